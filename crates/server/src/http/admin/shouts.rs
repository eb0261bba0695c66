use actix_web::HttpResponse;
use actix_web::web::{self, Data, Json, Path, ServiceConfig};
use portico_core::CommunityId;
use portico_core::engine::ShoutView;
use portico_core::ports::ShoutFilter;
use portico_core::shoutbox::{ShoutState, Wall};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::caller::Admin;
use super::resource;
use crate::http::api::id_in_path;
use crate::http::api::schema::ProblemDoc;
use crate::http::api::shouts::ShoutDoc;
use crate::http::body::JsonBody;
use crate::http::query::Params;
use crate::http::{Problem, Site};

/// The routes of walls.
pub fn routes(config: &mut ServiceConfig) {
    config
        .service(resource("/shouts").route(web::get().to(list)))
        .service(resource("/shouts/{id}").route(web::put().to(decide)).route(web::delete().to(remove)));
}

/// A shout and its community.
#[derive(Debug, Serialize, ToSchema)]
pub struct AdminShoutBody {
    community: String,
    #[schema(value_type = ShoutDoc)]
    shout: ShoutView,
}

impl From<(CommunityId, ShoutView)> for AdminShoutBody {
    fn from((community, shout): (CommunityId, ShoutView)) -> Self {
        Self { community: community.to_string(), shout }
    }
}

/// A page of shouts.
#[derive(Debug, Serialize, ToSchema)]
pub struct AdminShoutsBody {
    /// Newest first.
    shouts: Vec<AdminShoutBody>,
    /// For `before` of the next page.
    next: Option<String>,
}

/// Shouts of all walls: without `state` those that a moderator has to look at.
#[utoipa::path(get, path = "/shouts", tag = "moderation", params(
    ("state" = Option<String>, Query, description = "`queue` (waiting or hidden by votes), `waiting`, `hidden`, `shown`, `rejected` or `all`"),
    ("wall" = Option<String>, Query, description = "`front:ID` or `group:ID`"),
    ("before" = Option<String>, Query, description = "`next` of the page before"),
    ("limit" = Option<u32>, Query, description = "at most 200")),
    responses((status = 200, body = AdminShoutsBody), (status = 400, body = ProblemDoc), (status = 401, body = ProblemDoc),
    (status = 403, body = ProblemDoc)))]
pub async fn list(site: Data<Site>, _admin: Admin, params: Params) -> Result<Json<AdminShoutsBody>, Problem> {
    params.only(&["state", "wall", "before", "limit"])?;
    let limit = params.limit(50, 200)?;
    let unknown =
        || Problem::invalid("`state` is `queue`, `waiting`, `hidden`, `shown`, `rejected` or `all`");
    let states = match params.text("state") {
        None | Some("queue") => vec![ShoutState::Waiting, ShoutState::Hidden],
        Some("all") => Vec::new(),
        Some(word) => vec![ShoutState::from_word(word).ok_or_else(unknown)?],
    };
    let wall: Option<Wall> = params.parsed("wall")?;
    let filter = ShoutFilter { states, wall, before: params.parsed("before")?, limit: limit + 1 };
    let mut page = site.engine.all_shouts(&filter).await?;
    let more = page.len() > limit;
    page.truncate(limit);
    let next = page.last().filter(|_| more).map(|(_, shout)| shout.id.to_string());
    Ok(Json(AdminShoutsBody { shouts: page.into_iter().map(Into::into).collect(), next }))
}

/// What becomes of a shout.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct DecideShoutBody {
    /// Whether everybody at the wall sees it; `false` turns it down.
    show: bool,
}

/// Show a shout, or turn it down.
#[utoipa::path(put, path = "/shouts/{id}", tag = "moderation",
    params(("id" = String, Path, description = "the shout")), request_body = DecideShoutBody, responses(
    (status = 200, body = AdminShoutBody), (status = 400, body = ProblemDoc), (status = 401, body = ProblemDoc),
    (status = 403, body = ProblemDoc), (status = 404, body = ProblemDoc), (status = 409, body = ProblemDoc)))]
pub async fn decide(
    site: Data<Site>,
    admin: Admin,
    path: Path<String>,
    JsonBody(body): JsonBody<DecideShoutBody>,
) -> Result<Json<AdminShoutBody>, Problem> {
    Ok(Json(site.engine.decide_any_shout(&admin.actor, id_in_path(&path)?, body.show).await?.into()))
}

/// Remove a shout and its votes.
#[utoipa::path(delete, path = "/shouts/{id}", tag = "moderation",
    params(("id" = String, Path, description = "the shout")), responses(
    (status = 204), (status = 401, body = ProblemDoc), (status = 403, body = ProblemDoc),
    (status = 404, body = ProblemDoc)))]
pub async fn remove(site: Data<Site>, admin: Admin, path: Path<String>) -> Result<HttpResponse, Problem> {
    site.engine.remove_any_shout(&admin.actor, id_in_path(&path)?).await?;
    Ok(HttpResponse::NoContent().finish())
}
