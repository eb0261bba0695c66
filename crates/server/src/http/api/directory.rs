//! What a directory says of people, for their colleagues.

use actix_web::web::{Data, Json, Path};
use portico_core::messaging::PersonView;
use serde::Serialize;
use utoipa::ToSchema;

use crate::http::api::id_in_path;
use crate::http::api::schema::{PersonDoc, ProblemDoc};
use crate::http::caller::Caller;
use crate::http::{Problem, Site};

/// The order in which facts are shown; others follow by name.
const ORDER: [&str; 5] = ["title", "department", "phone", "mail", "manager"];

/// One person, with all that is known of them.
#[derive(Debug, Serialize, ToSchema)]
pub struct PersonDetailsBody {
    /// As in the roster.
    #[serde(flatten)]
    #[schema(value_type = PersonDoc)]
    pub person: PersonView,
    /// Facts from the directory; which ones is its authenticator's `details`.
    pub details: Vec<DetailBody>,
}

/// A fact about a person.
#[derive(Debug, Serialize, ToSchema)]
pub struct DetailBody {
    /// `title`, `department`, `phone`, `mail`, `manager`.
    pub key: String,
    /// What the directory says.
    pub value: String,
}

/// One person whom I may find, with what the directory says of them.
#[utoipa::path(get, path = "/people/{id}", tag = "people", params(("id" = String, Path)),
    responses((status = 200, body = PersonDetailsBody), (status = 401, body = ProblemDoc), (status = 404, body = ProblemDoc)))]
pub async fn person(
    site: Data<Site>,
    Caller(visitor): Caller,
    path: Path<String>,
) -> Result<Json<PersonDetailsBody>, Problem> {
    let id = id_in_path(&path)?;
    let person = site.engine.person(&visitor, id).await?;
    let mut details: Vec<DetailBody> = site
        .engine
        .details(&visitor, id)
        .await?
        .into_iter()
        .map(|(key, value)| DetailBody { key, value })
        .collect();
    let place =
        |detail: &DetailBody| ORDER.iter().position(|known| *known == detail.key).unwrap_or(ORDER.len());
    details.sort_by_key(place);
    Ok(Json(PersonDetailsBody { person, details }))
}
