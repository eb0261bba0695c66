use actix_web::HttpResponse;
use actix_web::web::{self, Data, Json, Path, ServiceConfig};
use portico_core::contact::Relation;
use portico_core::{AccountId, CommunityId};
use serde::Serialize;
use utoipa::ToSchema;

use super::caller::Admin;
use super::session::WhoBody;
use super::{community, resource};
use crate::http::api::id_in_path;
use crate::http::api::schema::ProblemDoc;
use crate::http::query::Params;
use crate::http::{Problem, Site};

/// The routes of somebody's contacts.
pub fn routes(config: &mut ServiceConfig) {
    config.service(resource("/accounts/{id}/contacts").route(web::get().to(list))).service(
        resource("/accounts/{id}/contacts/{other}").route(web::put().to(put)).route(web::delete().to(delete)),
    );
}

/// Somebody with whom a person has something.
#[derive(Debug, Serialize, ToSchema)]
pub struct TheirContactBody {
    account: WhoBody,
    /// As the person sees it: `requested`, `requested-by-them`, `accepted`, `refused`, `refused-by-them`.
    #[schema(value_type = String)]
    relation: Relation,
}

/// Somebody's contacts.
#[derive(Debug, Serialize, ToSchema)]
pub struct TheirContactsBody {
    /// By id.
    contacts: Vec<TheirContactBody>,
}

/// Somebody's contacts in a community, requests and refusals among them; their notes of each other are nobody else's.
#[utoipa::path(get, path = "/accounts/{id}/contacts", tag = "accounts", params(
    ("id" = String, Path, description = "the account"),
    ("community" = Option<String>, Query, description = "where; without it `main`")), responses(
    (status = 200, body = TheirContactsBody), (status = 401, body = ProblemDoc), (status = 403, body = ProblemDoc),
    (status = 404, body = ProblemDoc), (status = 422, body = ProblemDoc)))]
pub async fn list(
    site: Data<Site>,
    _admin: Admin,
    path: Path<String>,
    params: Params,
) -> Result<Json<TheirContactsBody>, Problem> {
    params.only(&["community"])?;
    let community = community(&site, params.text("community"))?;
    let found = site.engine.contacts_of(&community, id_in_path(&path)?).await?;
    let contacts = found
        .into_iter()
        .map(|(member, relation)| TheirContactBody { account: (&member.account).into(), relation });
    Ok(Json(TheirContactsBody { contacts: contacts.collect() }))
}

/// The community and the two people whom a call is about.
fn pair(
    site: &Site,
    path: &(String, String),
    params: &Params,
) -> Result<(CommunityId, (AccountId, AccountId)), Problem> {
    params.only(&["community"])?;
    let community = community(site, params.text("community"))?;
    Ok((community, (id_in_path(&path.0)?, id_in_path(&path.1)?)))
}

/// Make two people contacts of each other, without a request and without a limit. A refusal is not overruled.
#[utoipa::path(put, path = "/accounts/{id}/contacts/{other}", tag = "accounts", params(
    ("id" = String, Path, description = "the account"), ("other" = String, Path, description = "the other one"),
    ("community" = Option<String>, Query, description = "where; without it `main`")), responses(
    (status = 204), (status = 401, body = ProblemDoc), (status = 403, body = ProblemDoc),
    (status = 404, body = ProblemDoc), (status = 422, body = ProblemDoc)))]
pub async fn put(
    site: Data<Site>,
    admin: Admin,
    path: Path<(String, String)>,
    params: Params,
) -> Result<HttpResponse, Problem> {
    let (community, people) = pair(&site, &path, &params)?;
    site.engine.join_people(&admin.actor, &community, people).await?;
    Ok(HttpResponse::NoContent().finish())
}

/// End the contact of two people, or a request between them. A refusal stays: it is a person's own.
#[utoipa::path(delete, path = "/accounts/{id}/contacts/{other}", tag = "accounts", params(
    ("id" = String, Path, description = "the account"), ("other" = String, Path, description = "the other one"),
    ("community" = Option<String>, Query, description = "where; without it `main`")), responses(
    (status = 204), (status = 401, body = ProblemDoc), (status = 403, body = ProblemDoc),
    (status = 404, body = ProblemDoc), (status = 422, body = ProblemDoc)))]
pub async fn delete(
    site: Data<Site>,
    admin: Admin,
    path: Path<(String, String)>,
    params: Params,
) -> Result<HttpResponse, Problem> {
    let (community, people) = pair(&site, &path, &params)?;
    site.engine.part_people(&admin.actor, &community, people).await?;
    Ok(HttpResponse::NoContent().finish())
}
