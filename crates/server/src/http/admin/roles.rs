use actix_web::HttpResponse;
use actix_web::web::{Data, Path};
use portico_core::{AccountId, CommunityId};
use serde_json::json;

use super::caller::Admin;
use crate::http::api::id_in_path;
use crate::http::api::schema::ProblemDoc;
use crate::http::query::Params;
use crate::http::{Problem, Site};

fn community(params: &Params) -> Result<CommunityId, Problem> {
    params.only(&["community"])?;
    match params.text("community") {
        None => Ok(CommunityId::default()),
        Some(name) => CommunityId::new(name).map_err(|_| Problem::invalid("`community` is not valid")),
    }
}

async fn record(
    site: &Site,
    admin: &Admin,
    action: &str,
    (community, account, role): (&CommunityId, AccountId, &str),
    given: bool,
) -> Result<(), Problem> {
    let mut entry = site.engine.audit_entry(&admin.actor, action).on("account", account);
    entry.community = Some(community.clone());
    let role = Some(json!({ "role": role }));
    let (before, after) = if given { (None, role) } else { (role, None) };
    Ok(site.engine.record(entry.changed(before, after)).await?)
}

/// Give somebody a role; in force at once.
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
    let (account, community) = (id_in_path(&account)?, community(&params)?);
    if site.engine.grant_role(&community, account, &role).await? {
        record(&site, &admin, "role-given", (&community, account, &role), true).await?;
    }
    Ok(HttpResponse::NoContent().finish())
}

/// Take a role from somebody that an administrator gave them; in force at once.
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
    let (account, community) = (id_in_path(&account)?, community(&params)?);
    if !site.engine.withdraw_role(&community, account, &role).await? {
        return Err(Problem::new("not-found"));
    }
    record(&site, &admin, "role-taken", (&community, account, &role), false).await?;
    Ok(HttpResponse::NoContent().finish())
}
