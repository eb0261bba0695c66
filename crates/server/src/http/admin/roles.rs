use actix_web::HttpResponse;
use actix_web::web::{Data, Path};
use portico_core::{AccountId, CommunityId};

use super::caller::Admin;
use super::community;
use crate::http::api::id_in_path;
use crate::http::api::schema::ProblemDoc;
use crate::http::query::Params;
use crate::http::{Problem, Site};

fn place(site: &Site, params: &Params) -> Result<CommunityId, Problem> {
    params.only(&["community"])?;
    community(site, params.text("community"))
}

/// Give somebody a role; in force at once. One with `moderator` or `receive_alerts` needs the right `moderation` as well.
#[utoipa::path(put, path = "/accounts/{id}/roles/{role}", tag = "accounts", params(
    ("id" = String, Path, description = "the account"), ("role" = String, Path, description = "the role"),
    ("community" = Option<String>, Query, description = "where; without it `main`")), responses(
    (status = 204), (status = 401, body = ProblemDoc), (status = 403, body = ProblemDoc),
    (status = 404, body = ProblemDoc), (status = 422, body = ProblemDoc)))]
pub async fn give(
    site: Data<Site>,
    admin: Admin,
    path: Path<(String, String)>,
    params: Params,
) -> Result<HttpResponse, Problem> {
    let (account, role) = path.into_inner();
    let (account, community): (AccountId, _) = (id_in_path(&account)?, place(&site, &params)?);
    site.engine.grant_role(&admin.actor, &admin.rights, &community, account, &role).await?;
    Ok(HttpResponse::NoContent().finish())
}

/// Take a role from somebody that an administrator gave them; in force at once. One with `moderator` or `receive_alerts` needs
/// the right `moderation` as well.
#[utoipa::path(delete, path = "/accounts/{id}/roles/{role}", tag = "accounts", params(
    ("id" = String, Path, description = "the account"), ("role" = String, Path, description = "the role"),
    ("community" = Option<String>, Query, description = "where; without it `main`")), responses(
    (status = 204), (status = 401, body = ProblemDoc), (status = 403, body = ProblemDoc),
    (status = 404, body = ProblemDoc)))]
pub async fn take(
    site: Data<Site>,
    admin: Admin,
    path: Path<(String, String)>,
    params: Params,
) -> Result<HttpResponse, Problem> {
    let (account, role) = path.into_inner();
    let (account, community): (AccountId, _) = (id_in_path(&account)?, place(&site, &params)?);
    if !site.engine.withdraw_role(&admin.actor, &admin.rights, &community, account, &role).await? {
        return Err(Problem::new("not-found"));
    }
    Ok(HttpResponse::NoContent().finish())
}
