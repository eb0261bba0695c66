use actix_web::HttpResponse;
use actix_web::web::{self, Data, Json, Path};
use portico_core::ShoutId;
use portico_core::engine::{ShoutView, Visitor};
use portico_core::shoutbox::{Vote, Wall};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::http::api::id_in_path;
use crate::http::api::schema::ProblemDoc;
use crate::http::body::JsonBody;
use crate::http::caller::Caller;
use crate::http::front::AtFront;
use crate::http::query::Params;
use crate::http::{Problem, Site, problem};

/// The routes of walls.
pub fn routes(config: &mut web::ServiceConfig) {
    let resource = |path: &str| web::resource(path).default_service(web::to(problem::method_not_allowed));
    config
        .service(resource("/shouts").route(web::get().to(list)).route(web::post().to(post)))
        .service(resource("/shouts/public").route(web::get().to(public)))
        .service(resource("/shouts/{id}").route(web::put().to(decide)).route(web::delete().to(delete)))
        .service(resource("/shouts/{id}/vote").route(web::put().to(vote)));
}

/// A shout.
#[derive(Debug, ToSchema)]
#[schema(as = Shout)]
#[expect(
    dead_code,
    reason = "describes what portico_core::engine::ShoutView serialises to; a test compares them"
)]
pub struct ShoutDoc {
    /// Opaque id.
    id: String,
    /// `front:ID` or `group:ID`.
    wall: String,
    author: ShoutAuthorDoc,
    text: String,
    /// `waiting`, `shown`, `hidden` or `rejected`; the last three only to moderators and the author.
    state: String,
    /// Votes for it.
    up: u32,
    /// Votes against it.
    down: u32,
    /// My vote: `true` = for it. `null` in events.
    my_vote: Option<bool>,
    /// RFC 3339.
    at: String,
}

/// Who shouted.
#[derive(Debug, ToSchema)]
#[schema(as = ShoutAuthor)]
#[expect(dead_code, reason = "a description for OpenAPI")]
pub struct ShoutAuthorDoc {
    id: String,
    /// `null` when the account is gone.
    display_name: Option<String>,
}

/// A page of a wall, newest first.
#[derive(Debug, Serialize, ToSchema)]
pub struct WallBody {
    #[schema(value_type = Vec<ShoutDoc>)]
    shouts: Vec<ShoutView>,
    /// For `before` of the next page; `null` at the end.
    next: Option<String>,
    /// Whether I moderate here.
    moderator: bool,
}

/// A text for a wall.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewShoutBody {
    /// 1 to 500 characters; line breaks become spaces.
    text: String,
    /// The group whose wall it is; without, the front's.
    group: Option<String>,
}

/// A vote.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct VoteBody {
    /// `up`, `down`, or `null` to take it back.
    #[serde(deserialize_with = "vote_or_null")]
    #[schema(value_type = Option<String>)]
    vote: Option<VoteWord>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum VoteWord {
    Up,
    Down,
}

/// A missing vote is a mistake, not a vote taken back.
fn vote_or_null<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<Option<VoteWord>, D::Error> {
    Option::deserialize(deserializer)
}

/// A moderator's decision.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct DecisionBody {
    /// `show` or `reject`.
    #[schema(value_type = String)]
    decision: Decision,
}

#[derive(Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum Decision {
    Show,
    Reject,
}

fn wall_of(visitor: &Visitor, group: Option<&str>) -> Result<Wall, Problem> {
    match group {
        Some(group) => Ok(Wall::Group(id_in_path(group)?)),
        None => Ok(Wall::Front(visitor.front().id.clone())),
    }
}

/// The front's wall, or a group's: newest first. Moderators read the queue with `queue=true`.
#[utoipa::path(get, path = "/shouts", tag = "shoutbox", params(
    ("group" = Option<String>, Query, description = "the group whose wall it is"),
    ("queue" = Option<bool>, Query), ("before" = Option<String>, Query),
    ("limit" = Option<u32>, Query, description = "at most 100")),
    responses((status = 200, body = WallBody), (status = 403, body = ProblemDoc), (status = 404, body = ProblemDoc)))]
pub async fn list(
    site: Data<Site>,
    Caller(visitor): Caller,
    params: Params,
) -> Result<Json<WallBody>, Problem> {
    params.only(&["group", "queue", "before", "limit"])?;
    let wall = wall_of(&visitor, params.text("group"))?;
    let queue = params.parsed::<bool>("queue")?.unwrap_or(false);
    let before = params.parsed::<ShoutId>("before")?;
    let page = site.engine.wall(&visitor, &wall, queue, before, params.limit(50, 100)?).await?;
    let next = page.next.map(|id| id.to_string());
    Ok(Json(WallBody { shouts: page.shouts, next, moderator: page.moderator }))
}

/// The newest shouts of a front whose wall is public, without a session.
#[utoipa::path(get, path = "/shouts/public", tag = "shoutbox",
    responses((status = 200, body = WallBody), (status = 404, body = ProblemDoc)))]
pub async fn public(site: Data<Site>, AtFront(front): AtFront) -> Result<Json<WallBody>, Problem> {
    let shouts = site.engine.public_wall(&front).await?;
    Ok(Json(WallBody { shouts, next: None, moderator: false }))
}

/// Shout. The answer's `state` is `waiting` when a moderator looks at it first.
#[utoipa::path(post, path = "/shouts", tag = "shoutbox", request_body = NewShoutBody,
    responses((status = 201, body = ShoutDoc), (status = 403, body = ProblemDoc), (status = 404, body = ProblemDoc),
    (status = 422, body = ProblemDoc)))]
pub async fn post(
    site: Data<Site>,
    Caller(visitor): Caller,
    JsonBody(body): JsonBody<NewShoutBody>,
) -> Result<HttpResponse, Problem> {
    let wall = wall_of(&visitor, body.group.as_deref())?;
    Ok(HttpResponse::Created().json(site.engine.shout(&visitor, wall, &body.text).await?))
}

/// Vote on another person's shout.
#[utoipa::path(put, path = "/shouts/{id}/vote", tag = "shoutbox", params(("id" = String, Path)),
    request_body = VoteBody, responses((status = 200, body = ShoutDoc), (status = 403, body = ProblemDoc),
    (status = 404, body = ProblemDoc)))]
pub async fn vote(
    site: Data<Site>,
    Caller(visitor): Caller,
    path: Path<String>,
    JsonBody(body): JsonBody<VoteBody>,
) -> Result<Json<ShoutView>, Problem> {
    let vote = body.vote.map(|word| match word {
        VoteWord::Up => Vote::Up,
        VoteWord::Down => Vote::Down,
    });
    Ok(Json(site.engine.vote_on_shout(&visitor, id_in_path(&path)?, vote).await?))
}

/// A moderator shows a shout, or turns it down.
#[utoipa::path(put, path = "/shouts/{id}", tag = "shoutbox", params(("id" = String, Path)),
    request_body = DecisionBody, responses((status = 200, body = ShoutDoc), (status = 403, body = ProblemDoc),
    (status = 404, body = ProblemDoc)))]
pub async fn decide(
    site: Data<Site>,
    Caller(visitor): Caller,
    path: Path<String>,
    JsonBody(body): JsonBody<DecisionBody>,
) -> Result<Json<ShoutView>, Problem> {
    let show = body.decision == Decision::Show;
    Ok(Json(site.engine.decide_shout(&visitor, id_in_path(&path)?, show).await?))
}

/// Remove my shout, or as a moderator anybody's.
#[utoipa::path(delete, path = "/shouts/{id}", tag = "shoutbox", params(("id" = String, Path)),
    responses((status = 204), (status = 403, body = ProblemDoc), (status = 404, body = ProblemDoc)))]
pub async fn delete(
    site: Data<Site>,
    Caller(visitor): Caller,
    path: Path<String>,
) -> Result<HttpResponse, Problem> {
    site.engine.remove_shout(&visitor, id_in_path(&path)?).await?;
    Ok(HttpResponse::NoContent().finish())
}

#[cfg(test)]
mod tests {
    use super::*;
    use portico_core::engine::ShoutAuthor;
    use portico_core::front::FrontId;
    use portico_core::shoutbox::ShoutState;
    use portico_core::{AccountId, Timestamp};
    use utoipa::PartialSchema;

    fn keys(value: &serde_json::Value) -> Vec<String> {
        let mut keys: Vec<_> = value.as_object().unwrap().keys().cloned().collect();
        keys.sort();
        keys
    }

    #[test]
    fn what_is_documented_is_what_is_sent() {
        let now = Timestamp::from_secs(1);
        let author = ShoutAuthor { id: AccountId::generate(now), display_name: None };
        let wall = Wall::Front(FrontId::new("im").unwrap());
        let id = ShoutId::generate(now);
        let text = String::from("hello");
        let shout = ShoutView {
            id,
            wall,
            author,
            text,
            state: ShoutState::Shown,
            up: 1,
            down: 0,
            my_vote: None,
            at: now,
        };
        let sent = serde_json::to_value(shout).unwrap();
        assert_eq!(keys(&serde_json::to_value(ShoutDoc::schema()).unwrap()["properties"]), keys(&sent));
        let author = serde_json::to_value(ShoutAuthorDoc::schema()).unwrap();
        assert_eq!(keys(&author["properties"]), keys(&sent["author"]));
    }

    #[test]
    fn a_vote_is_taken_back_by_null_and_not_by_silence() {
        assert!(serde_json::from_str::<VoteBody>("{}").is_err());
        assert!(serde_json::from_str::<VoteBody>(r#"{"vote":null}"#).unwrap().vote.is_none());
    }
}
