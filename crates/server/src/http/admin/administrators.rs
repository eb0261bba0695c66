use actix_web::HttpResponse;
use actix_web::web::{Data, Json, Path};
use portico_core::AccountId;
use portico_core::administration::{Right, Rights};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::caller::{Admin, native_of, rights_of};
use super::session::WhoBody;
use crate::http::api::id_in_path;
use crate::http::api::schema::ProblemDoc;
use crate::http::body::JsonBody;
use crate::http::{Problem, Site};

/// An administrator and what they may do.
#[derive(Debug, Serialize, ToSchema)]
pub struct AdministratorBody {
    /// Who.
    account: WhoBody,
    /// What they may do.
    #[schema(value_type = Vec<String>)]
    rights: Rights,
}

/// The administrators.
#[derive(Debug, Serialize, ToSchema)]
pub struct AdministratorsBody {
    /// Those who have entered, by id.
    administrators: Vec<AdministratorBody>,
}

/// What somebody is to be allowed.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RightsBody {
    /// The rights, all of them; none takes everything away.
    #[schema(value_type = Vec<String>)]
    rights: Vec<Right>,
}

/// Who may do what. Administrators who have never signed in are listed among Portico's own accounts.
#[utoipa::path(get, path = "/administrators", tag = "administrators", responses(
    (status = 200, body = AdministratorsBody), (status = 401, body = ProblemDoc), (status = 403, body = ProblemDoc)))]
pub async fn list(site: Data<Site>, _admin: Admin) -> Result<Json<AdministratorsBody>, Problem> {
    let mut all: Vec<(AccountId, Rights)> = site.engine.administrators();
    for user in site.desk.users.list().await.map_err(portico_core::engine::EngineError::from)? {
        if user.administrator
            && let Some(account) =
                site.engine.account_by_key(site.desk.own.realm(), &user.id.to_string()).await?
            && site.engine.rights_of(account.id).is_none()
        {
            all.push((account.id, Rights::all()));
        }
    }
    all.sort_by_key(|(id, _)| *id);
    let mut administrators = Vec::new();
    for (id, rights) in all.into_iter().filter(|(_, rights)| !rights.is_empty()) {
        let account = site.engine.any_account(id).await?;
        administrators.push(AdministratorBody { account: (&account).into(), rights });
    }
    Ok(Json(AdministratorsBody { administrators }))
}

/// Give and take rights. Nobody gives or takes rights that they don't have.
#[utoipa::path(put, path = "/administrators/{account}", tag = "administrators",
    params(("account" = String, Path, description = "the account")), request_body = RightsBody, responses(
    (status = 200, body = AdministratorBody), (status = 401, body = ProblemDoc), (status = 403, body = ProblemDoc),
    (status = 404, body = ProblemDoc), (status = 422, body = ProblemDoc)))]
pub async fn put(
    site: Data<Site>,
    admin: Admin,
    path: Path<String>,
    JsonBody(body): JsonBody<RightsBody>,
) -> Result<Json<AdministratorBody>, Problem> {
    let rights: Rights = body.rights.into_iter().collect();
    Ok(Json(set(&site, &admin, id_in_path(&path)?, rights).await?))
}

/// Take all rights away.
#[utoipa::path(delete, path = "/administrators/{account}", tag = "administrators",
    params(("account" = String, Path, description = "the account")), responses(
    (status = 204), (status = 401, body = ProblemDoc), (status = 403, body = ProblemDoc),
    (status = 404, body = ProblemDoc)))]
pub async fn delete(site: Data<Site>, admin: Admin, path: Path<String>) -> Result<HttpResponse, Problem> {
    set(&site, &admin, id_in_path(&path)?, Rights::default()).await?;
    Ok(HttpResponse::NoContent().finish())
}

async fn set(
    site: &Site,
    admin: &Admin,
    id: AccountId,
    rights: Rights,
) -> Result<AdministratorBody, Problem> {
    let account = site.engine.any_account(id).await?;
    let user = native_of(site, &account).await?;
    if user.is_none() && !rights.is_empty() {
        return Err(Problem::new("unacceptable")
            .detail("only Portico's own accounts can sign in here, so only they can be administrators"));
    }
    let before = rights_of(site, &account, user.as_ref());
    site.engine.set_rights(&admin.actor, &admin.rights, id, &before, rights.clone()).await?;
    Ok(AdministratorBody { account: (&account).into(), rights })
}
