use actix_web::HttpResponse;
use actix_web::web::{Data, Json, Path};
use portico_core::contact::{ContactAction, ContactChange, NotesChange};
use portico_core::engine::MAX_LIST_PAGE;
use portico_core::messaging::PersonView;
use serde::{Deserialize, Deserializer};
use utoipa::ToSchema;

use crate::http::api::id_in_path;
use crate::http::api::schema::{PersonDoc, ProblemDoc, RosterBody};
use crate::http::body::JsonBody;
use crate::http::caller::Caller;
use crate::http::query::Params;
use crate::http::{Problem, Site};

/// What to do to the relation.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ContactBody {
    /// `request`, `accept`, `refuse`, `withdraw`, `remove`, `hide` or `unhide`.
    #[schema(value_type = String)]
    action: ContactAction,
    /// With `request`: what is shown to the person who is asked, at most 500 characters.
    text: Option<String>,
}

/// What I keep of somebody for myself. What is absent stays as it is; `null` takes it away.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NotesBody {
    /// Whether they are a favourite: they reach me when I am not to be disturbed.
    favourite: Option<bool>,
    /// My own name for them, at most 64 characters.
    #[serde(default, deserialize_with = "given")]
    nickname: Option<Option<String>>,
    /// My own name for a group of contacts that they are in, at most 64 characters.
    #[serde(default, deserialize_with = "given")]
    group: Option<Option<String>>,
    /// 1 to 5; only of contacts.
    #[serde(default, deserialize_with = "given")]
    rating: Option<Option<u8>>,
}

/// Tells a value that is `null` from one that is absent.
fn given<'de, D: Deserializer<'de>, T: Deserialize<'de>>(value: D) -> Result<Option<Option<T>>, D::Error> {
    Option::deserialize(value).map(Some)
}

/// Everybody with whom I have something: contacts, requests, refusals, favourites, notes; in pages.
#[utoipa::path(get, path = "/contacts", tag = "people",
    params(("after" = Option<String>, Query, description = "`next` of the page before"),
           ("limit" = Option<u32>, Query, description = "at most 200")),
    responses((status = 200, body = RosterBody), (status = 401, body = ProblemDoc)))]
pub async fn list(
    site: Data<Site>,
    Caller(visitor): Caller,
    params: Params,
) -> Result<Json<RosterBody>, Problem> {
    params.only(&["after", "limit"])?;
    let limit = params.limit(MAX_LIST_PAGE, MAX_LIST_PAGE)?;
    let page = site.engine.contacts(&visitor, params.parsed("after")?, limit).await?;
    Ok(Json(RosterBody { people: page.people, next: page.next.map(|next| next.to_string()) }))
}

/// The relation with one person.
#[utoipa::path(get, path = "/contacts/{account}", tag = "people", params(("account" = String, Path)),
    responses((status = 200, body = PersonDoc), (status = 404, body = ProblemDoc)))]
pub async fn get(
    site: Data<Site>,
    Caller(visitor): Caller,
    path: Path<String>,
) -> Result<Json<PersonView>, Problem> {
    Ok(Json(site.engine.person(&visitor, id_in_path(&path)?).await?))
}

/// Change the relation with one person. Repeating what is done changes nothing.
#[utoipa::path(put, path = "/contacts/{account}", tag = "people", params(("account" = String, Path)),
    request_body = ContactBody, responses((status = 200, body = PersonDoc), (status = 403, body = ProblemDoc),
    (status = 404, body = ProblemDoc), (status = 409, body = ProblemDoc), (status = 422, body = ProblemDoc)))]
pub async fn put(
    site: Data<Site>,
    Caller(visitor): Caller,
    path: Path<String>,
    JsonBody(body): JsonBody<ContactBody>,
) -> Result<Json<PersonView>, Problem> {
    let change = match (body.action, body.text) {
        (ContactAction::Request, text) => ContactChange::Ask(text),
        (action, None) => action.into(),
        (_, Some(_)) => return Err(Problem::invalid("`text` goes with `request` alone")),
    };
    Ok(Json(site.engine.change_contact(&visitor, id_in_path(&path)?, change).await?))
}

/// Change what I keep of one person for myself.
#[utoipa::path(patch, path = "/contacts/{account}", tag = "people", params(("account" = String, Path)),
    request_body = NotesBody, responses((status = 200, body = PersonDoc), (status = 403, body = ProblemDoc),
    (status = 404, body = ProblemDoc), (status = 409, body = ProblemDoc), (status = 422, body = ProblemDoc)))]
pub async fn patch(
    site: Data<Site>,
    Caller(visitor): Caller,
    path: Path<String>,
    JsonBody(body): JsonBody<NotesBody>,
) -> Result<Json<PersonView>, Problem> {
    let NotesBody { favourite, nickname, group, rating } = body;
    let notes = ContactChange::Note(NotesChange { favourite, nickname, group, rating });
    Ok(Json(site.engine.change_contact(&visitor, id_in_path(&path)?, notes).await?))
}

/// End the contact, my request or my refusal, and forget what I have noted.
#[utoipa::path(delete, path = "/contacts/{account}", tag = "people", params(("account" = String, Path)),
    responses((status = 204), (status = 404, body = ProblemDoc)))]
pub async fn delete(
    site: Data<Site>,
    Caller(visitor): Caller,
    path: Path<String>,
) -> Result<HttpResponse, Problem> {
    site.engine.remove_contact(&visitor, id_in_path(&path)?).await?;
    Ok(HttpResponse::NoContent().finish())
}
