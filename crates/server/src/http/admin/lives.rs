use actix_web::HttpResponse;
use actix_web::web::{self, Data, Json, Path, ServiceConfig};
use portico_core::account::{Account, AccountLife, OwnMessages};
use portico_core::{AccountId, Timestamp};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::accounts::{ListedBody, listed};
use super::caller::Admin;
use super::moderation::end;
use super::resource;
use crate::http::api::id_in_path;
use crate::http::api::schema::ProblemDoc;
use crate::http::body::JsonBody;
use crate::http::query::Params;
use crate::http::{Problem, Site};

/// The routes of what is done about accounts, whatever realm they come from.
pub fn routes(config: &mut ServiceConfig) {
    config
        .service(resource("/accounts/{id}/approve").route(web::post().to(approve)))
        .service(resource("/accounts/{id}/refuse").route(web::post().to(refuse)))
        .service(resource("/accounts/{id}/lock").route(web::post().to(lock)).route(web::delete().to(unlock)))
        .service(resource("/accounts/{id}/attempts").route(web::delete().to(forgive)));
}

/// Whether an account can be used.
#[derive(Debug, Serialize, ToSchema)]
pub struct StateBody {
    /// `active`, `pending` (waits for approval), `locked`, `leaving` or `left`.
    state: &'static str,
    /// Why it is locked, as its person reads it.
    state_reason: Option<String>,
    /// When the lock ends by itself.
    #[schema(value_type = Option<String>)]
    state_until: Option<Timestamp>,
}

impl From<AccountLife> for StateBody {
    fn from(life: AccountLife) -> Self {
        Self { state: life.state.as_str(), state_reason: life.reason, state_until: life.until }
    }
}

async fn shown(site: &Site, id: AccountId) -> Result<Json<ListedBody>, Problem> {
    let account = site.engine.any_account(id).await?;
    Ok(Json(listed(site, site.engine.listed(account).await?)))
}

async fn to_be_shut(site: &Site, admin: &Admin, path: &str) -> Result<Account, Problem> {
    let account = site.engine.any_account(id_in_path(path)?).await?;
    admin.may_shut(site, &account).await?;
    Ok(account)
}

/// Let a waiting account in.
#[utoipa::path(post, path = "/accounts/{id}/approve", tag = "accounts",
    params(("id" = String, Path, description = "the account")), responses(
    (status = 200, body = ListedBody), (status = 401, body = ProblemDoc), (status = 403, body = ProblemDoc),
    (status = 404, body = ProblemDoc), (status = 422, body = ProblemDoc)))]
pub async fn approve(
    site: Data<Site>,
    admin: Admin,
    path: Path<String>,
) -> Result<Json<ListedBody>, Problem> {
    let id = id_in_path(&path)?;
    site.engine.approve(&admin.actor, id).await?;
    shown(&site, id).await
}

/// Why a waiting account is refused.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RefuseBody {
    /// Told to the person.
    reason: Option<String>,
}

/// Refuse a waiting account: it is locked.
#[utoipa::path(post, path = "/accounts/{id}/refuse", tag = "accounts",
    params(("id" = String, Path, description = "the account")), request_body = RefuseBody, responses(
    (status = 200, body = ListedBody), (status = 401, body = ProblemDoc), (status = 403, body = ProblemDoc),
    (status = 404, body = ProblemDoc), (status = 422, body = ProblemDoc)))]
pub async fn refuse(
    site: Data<Site>,
    admin: Admin,
    path: Path<String>,
    JsonBody(body): JsonBody<RefuseBody>,
) -> Result<Json<ListedBody>, Problem> {
    let id = id_in_path(&path)?;
    site.engine.refuse(&admin.actor, id, body.reason).await?;
    shown(&site, id).await
}

/// Why an account is locked, and for how long.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct LockBody {
    /// Told to the person.
    reason: Option<String>,
    /// RFC 3339; absent = until it is unlocked.
    #[schema(value_type = Option<String>)]
    until: Option<Timestamp>,
    /// Instead of `until`: from now.
    minutes: Option<u64>,
}

/// Lock an account: its person is out when this answers, and does not get in.
#[utoipa::path(post, path = "/accounts/{id}/lock", tag = "accounts",
    params(("id" = String, Path, description = "the account")), request_body = LockBody, responses(
    (status = 200, body = ListedBody), (status = 400, body = ProblemDoc), (status = 401, body = ProblemDoc),
    (status = 403, body = ProblemDoc), (status = 404, body = ProblemDoc), (status = 422, body = ProblemDoc)))]
pub async fn lock(
    site: Data<Site>,
    admin: Admin,
    path: Path<String>,
    JsonBody(body): JsonBody<LockBody>,
) -> Result<Json<ListedBody>, Problem> {
    let account = to_be_shut(&site, &admin, &path).await?;
    let until = end(body.until, body.minutes)?;
    site.engine.lock(&admin.actor, account.id, body.reason, until).await?;
    shown(&site, account.id).await
}

/// Take a lock away: an administrator's, and one for long disuse.
#[utoipa::path(delete, path = "/accounts/{id}/lock", tag = "accounts",
    params(("id" = String, Path, description = "the account")), responses(
    (status = 200, body = ListedBody), (status = 401, body = ProblemDoc), (status = 403, body = ProblemDoc),
    (status = 404, body = ProblemDoc), (status = 422, body = ProblemDoc)))]
pub async fn unlock(site: Data<Site>, admin: Admin, path: Path<String>) -> Result<Json<ListedBody>, Problem> {
    let id = id_in_path(&path)?;
    site.engine.unlock(&admin.actor, id).await?;
    shown(&site, id).await
}

/// Delete an account with everything that belongs to it. Its person is out when this answers; what is many rows goes on in
/// small steps. Whoever comes from another system makes a new account by logging in again: lock or ban them instead.
#[utoipa::path(delete, path = "/accounts/{id}", tag = "accounts", params(
    ("id" = String, Path, description = "the account"),
    ("messages" = Option<String>, Query, description = "`keep` (as it is without it) or `delete`")), responses(
    (status = 204), (status = 400, body = ProblemDoc), (status = 401, body = ProblemDoc),
    (status = 403, body = ProblemDoc), (status = 404, body = ProblemDoc), (status = 422, body = ProblemDoc)))]
pub async fn delete(
    site: Data<Site>,
    admin: Admin,
    path: Path<String>,
    params: Params,
) -> Result<HttpResponse, Problem> {
    params.only(&["messages"])?;
    let messages = match params.text("messages") {
        None | Some("keep") => OwnMessages::Keep,
        Some("delete") => OwnMessages::Delete,
        Some(_) => return Err(Problem::invalid("`messages` is `keep` or `delete`")),
    };
    let account = to_be_shut(&site, &admin, &path).await?;
    site.engine.remove_account(&admin.actor, account.id, messages).await?;
    Ok(HttpResponse::NoContent().finish())
}

/// What was forgotten.
#[derive(Debug, Serialize, ToSchema)]
pub struct ForgottenBody {
    /// How many counts of failed logins there were.
    forgotten: usize,
}

/// Forget the failed logins under somebody's name, so that its pauses are over. Those of addresses stay.
#[utoipa::path(delete, path = "/accounts/{id}/attempts", tag = "accounts",
    params(("id" = String, Path, description = "the account")), responses(
    (status = 200, body = ForgottenBody), (status = 401, body = ProblemDoc), (status = 403, body = ProblemDoc),
    (status = 404, body = ProblemDoc)))]
pub async fn forgive(
    site: Data<Site>,
    admin: Admin,
    path: Path<String>,
) -> Result<Json<ForgottenBody>, Problem> {
    let account = site.engine.any_account(id_in_path(&path)?).await?;
    let forgotten = site.engine.forgive_attempts(&admin.actor, &account).await?;
    Ok(Json(ForgottenBody { forgotten }))
}
