//! Second factors of somebody who has lost them.

use actix_web::HttpResponse;
use actix_web::web::{Data, Path};
use portico_core::AccountId;
use portico_core::engine::EngineError;

use super::caller::{Admin, native_of, rights_of};
use crate::http::api::id_in_path;
use crate::http::api::schema::ProblemDoc;
use crate::http::{Problem, Site};

/// Take every second factor of one of Portico's own accounts away: the authenticator program, passkeys, recovery codes. The
/// password alone is good again. Whoever has rights that you have not is somebody else's to help.
#[utoipa::path(delete, path = "/accounts/{id}/second-factors", tag = "accounts", responses(
    (status = 204), (status = 401, body = ProblemDoc), (status = 403, body = ProblemDoc),
    (status = 404, body = ProblemDoc)))]
pub async fn delete(site: Data<Site>, admin: Admin, id: Path<String>) -> Result<HttpResponse, Problem> {
    let account: AccountId = id_in_path(&id)?;
    let account = site.engine.any_account(account).await?;
    let user = native_of(&site, &account).await?.ok_or_else(|| Problem::new("not-found"))?;
    if !admin.rights.cover(&rights_of(&site, &account, Some(&user))) {
        let why = "this person has rights that you don't have";
        return Err(Problem::new("not-permitted").detail(why));
    }
    if !site.desk.users.forget_second_factors(user.id).await.map_err(EngineError::from)? {
        return Err(Problem::new("not-found").detail("this account has no second factor"));
    }
    let entry = site.engine.audit_entry(&admin.actor, "second-factors-removed").on("account", account.id);
    site.engine.record(entry).await?;
    Ok(HttpResponse::NoContent().finish())
}
