use actix_web::HttpResponse;
use actix_web::web::{Data, Json, Path};
use portico_core::contact::ContactAction;
use portico_core::messaging::PersonView;
use serde::Deserialize;
use utoipa::ToSchema;

use crate::http::api::id_in_path;
use crate::http::api::schema::{PersonDoc, ProblemDoc};
use crate::http::body::JsonBody;
use crate::http::caller::Caller;
use crate::http::{Problem, Site};

/// What to do to the relation.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ContactBody {
    /// `request`, `accept`, `refuse`, `withdraw` or `remove`.
    #[schema(value_type = String)]
    action: ContactAction,
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
    (status = 404, body = ProblemDoc), (status = 409, body = ProblemDoc)))]
pub async fn put(
    site: Data<Site>,
    Caller(visitor): Caller,
    path: Path<String>,
    JsonBody(body): JsonBody<ContactBody>,
) -> Result<Json<PersonView>, Problem> {
    Ok(Json(site.engine.change_contact(&visitor, id_in_path(&path)?, body.action).await?))
}

/// End the contact, my request or my refusal.
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
