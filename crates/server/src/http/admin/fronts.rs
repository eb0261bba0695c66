use actix_web::HttpResponse;
use actix_web::web::{Data, Json, Path};
use portico_core::AccountId;
use portico_core::engine::EngineError;
use portico_core::front::{Explanation, FrontId, OwnRoles};
use serde::{Deserialize, Serialize};
use serde_json::json;
use utoipa::ToSchema;

use super::caller::Admin;
use crate::http::api::schema::ProblemDoc;
use crate::http::body::JsonBody;
use crate::http::query::Params;
use crate::http::{Problem, Site};

/// Longest text of a closed front, in characters.
const MAX_MAINTENANCE: usize = 1000;

/// A front.
#[derive(Debug, Serialize, ToSchema)]
pub struct AdminFrontBody {
    id: String,
    title: String,
    path: String,
    community: String,
    /// `normal`, `open-community`, …
    mode: &'static str,
    /// The authenticators' realms, in order.
    realms: Vec<String>,
    /// The roles that are given here.
    roles: Vec<String>,
}

/// The fronts.
#[derive(Debug, Serialize, ToSchema)]
pub struct AdminFrontsBody {
    fronts: Vec<AdminFrontBody>,
}

/// The fronts that there are.
#[utoipa::path(get, path = "/fronts", tag = "options", responses(
    (status = 200, body = AdminFrontsBody), (status = 401, body = ProblemDoc)))]
pub async fn list(site: Data<Site>, _admin: Admin) -> Json<AdminFrontsBody> {
    let fronts = site.engine.fronts().iter().map(|front| {
        let roles: Vec<String> = front.role_book.keys().cloned().collect();
        AdminFrontBody {
            id: front.id.to_string(),
            title: front.title.clone(),
            path: front.path.as_str().to_owned(),
            community: front.community.to_string(),
            mode: front.mode.as_str(),
            realms: front.chain.members().iter().map(|member| member.realm().as_str().to_owned()).collect(),
            roles,
        }
    });
    Json(AdminFrontsBody { fronts: fronts.collect() })
}

/// What visitors of a closed front read.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct MaintenanceBody {
    /// The text; `null` opens the front again.
    text: Option<String>,
}

/// Close a front for maintenance, or open it again: until the server is started again or its options are read again.
#[utoipa::path(put, path = "/fronts/{id}/maintenance", tag = "options",
    params(("id" = String, Path, description = "the front")), request_body = MaintenanceBody, responses(
    (status = 204), (status = 401, body = ProblemDoc), (status = 403, body = ProblemDoc),
    (status = 404, body = ProblemDoc), (status = 422, body = ProblemDoc)))]
pub async fn maintenance(
    site: Data<Site>,
    admin: Admin,
    path: Path<String>,
    JsonBody(body): JsonBody<MaintenanceBody>,
) -> Result<HttpResponse, Problem> {
    let unknown = || Problem::new("not-found");
    let id = FrontId::new(&path).map_err(|_| unknown())?;
    if body.text.as_ref().is_some_and(|text| text.chars().count() > MAX_MAINTENANCE) {
        return Err(
            Problem::new("unacceptable").detail(format!("the text has at most {MAX_MAINTENANCE} characters"))
        );
    }
    let before = site.engine.fronts().get(&id).ok_or_else(unknown)?.options.maintenance.clone();
    site.engine.set_maintenance(&id, body.text.clone()).await;
    let mut entry = site.engine.audit_entry(&admin.actor, "maintenance-set").on("front", &id);
    entry.front = Some(id);
    site.engine.record(entry.changed(Some(json!(before)), Some(json!(body.text)))).await?;
    Ok(HttpResponse::NoContent().finish())
}

/// What came of reading the configuration again.
#[derive(Debug, Serialize, ToSchema)]
pub struct ReloadedBody {
    /// The fronts at which something else holds now.
    changed: Vec<String>,
    /// Keys that were changed in the file and hold after the next start.
    needs_restart: Vec<String>,
}

/// Read the configuration again: what can be changed while people are here is changed, all of it or nothing.
#[utoipa::path(post, path = "/reload", tag = "options", responses(
    (status = 200, body = ReloadedBody), (status = 401, body = ProblemDoc), (status = 403, body = ProblemDoc),
    (status = 422, body = ProblemDoc)))]
pub async fn reload(site: Data<Site>, admin: Admin) -> Result<Json<ReloadedBody>, Problem> {
    let done = site.desk.reloader.reload(&admin.actor).await;
    let done = done.map_err(|refused| Problem::new("unacceptable").detail(refused.to_string()))?;
    Ok(Json(ReloadedBody { changed: done.changed, needs_restart: done.needs_restart }))
}

/// What holds at a front.
#[derive(Debug, Serialize, ToSchema)]
pub struct OptionsBody {
    /// Whose options: `null` = those of somebody without a role.
    account: Option<String>,
    /// Their roles, in order.
    roles: Vec<String>,
    /// `option`, `value`, and `said`: every place that says something about it, the strongest first.
    #[schema(value_type = Vec<Object>)]
    options: Vec<Explanation>,
}

/// What holds at a front, and why: for everybody, or for one person who has a session there.
#[utoipa::path(get, path = "/fronts/{id}/options", tag = "options", params(
    ("id" = String, Path, description = "the front"),
    ("account" = Option<String>, Query, description = "for this person, as their newest session there has it"),
    ("option" = Option<String>, Query, description = "only this option")), responses(
    (status = 200, body = OptionsBody), (status = 400, body = ProblemDoc), (status = 401, body = ProblemDoc),
    (status = 403, body = ProblemDoc), (status = 404, body = ProblemDoc), (status = 422, body = ProblemDoc)))]
pub async fn options(
    site: Data<Site>,
    _admin: Admin,
    path: Path<String>,
    params: Params,
) -> Result<Json<OptionsBody>, Problem> {
    params.only(&["account", "option"])?;
    let unknown = || Problem::new("not-found");
    let id = FrontId::new(&path).map_err(|_| unknown())?;
    let front = site.engine.fronts().get(&id).ok_or_else(unknown)?;
    let option = params.text("option");
    let known = |name: &str| portico_core::front::OPTIONS.iter().any(|option| option.name == name);
    if let Some(name) = option.filter(|name| !known(name)) {
        return Err(Problem::new("unacceptable").detail(format!("there is no option `{name}`")));
    }
    let Some(account) = params.parsed::<AccountId>("account")? else {
        let options = front.explain_itself(option);
        return Ok(Json(OptionsBody { account: None, roles: Vec::new(), options }));
    };
    let account = site.engine.any_account(account).await?;
    let sessions = site.engine.sessions_of(account.id).await?;
    let session = sessions.into_iter().find(|session| session.front == id).ok_or_else(|| {
        Problem::new("unacceptable")
            .detail("this person has no session at this front: what follows from their groups is not known")
    })?;
    let own = OwnRoles {
        login: account.profile.login.clone(),
        granted: site.engine.granted_roles(&front.community, account.id).await.map_err(EngineError::from)?,
    };
    let held = front.roles_of(&session.standing, &own);
    Ok(Json(OptionsBody {
        account: Some(account.id.to_string()),
        roles: held.iter().map(|held| held.role.name.clone()).collect(),
        options: front.explain(&session.standing, &own, option),
    }))
}
