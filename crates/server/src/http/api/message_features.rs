//! What becomes of messages after they were sent, and drafts.

use actix_web::HttpResponse;
use actix_web::web::{self, Data, Json, Path, ServiceConfig};
use portico_core::Timestamp;
use portico_core::messaging::{MessageVersion, Sequence, ShownMessage, ShownReactions};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::http::api::id_in_path;
use crate::http::api::schema::{MessageDoc, ProblemDoc, ReactionDoc};
use crate::http::body::JsonBody;
use crate::http::caller::Caller;
use crate::http::problem;
use crate::http::{Problem, Site};

/// The routes of this page.
pub fn routes(config: &mut ServiceConfig) {
    let resource = |path: &str| web::resource(path).default_service(web::to(problem::method_not_allowed));
    config
        .service(
            resource("/conversations/{id}/messages/{message}")
                .route(web::patch().to(edit))
                .route(web::delete().to(delete)),
        )
        .service(resource("/conversations/{id}/messages/{message}/history").route(web::get().to(versions)))
        .service(
            resource("/conversations/{id}/messages/{message}/reactions/{emoji}")
                .route(web::put().to(react))
                .route(web::delete().to(take_back)),
        )
        .service(resource("/conversations/{id}/draft").route(web::put().to(save_draft)));
}

/// Another text for a message.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct EditBody {
    /// 1 to 16,384 bytes of UTF-8 without U+0000.
    text: String,
    /// At most 64 bytes, unique per message: makes a repeated edit harmless.
    client_id: Option<String>,
}

/// Edit my message, within the front's `edit_window`.
#[utoipa::path(patch, path = "/conversations/{id}/messages/{message}", tag = "messages", request_body = EditBody,
    params(("id" = String, Path), ("message" = String, Path)),
    responses((status = 200, body = MessageDoc), (status = 403, body = ProblemDoc), (status = 404, body = ProblemDoc),
    (status = 409, body = ProblemDoc, description = "deleted, or the client_id was used for another text"),
    (status = 422, body = ProblemDoc)))]
pub async fn edit(
    site: Data<Site>,
    Caller(visitor): Caller,
    path: Path<(String, String)>,
    JsonBody(body): JsonBody<EditBody>,
) -> Result<Json<ShownMessage>, Problem> {
    let (id, message) = (id_in_path(&path.0)?, id_in_path(&path.1)?);
    Ok(Json(site.engine.edit(&visitor, id, message, body.text, body.client_id).await?))
}

/// Delete a message: mine within the front's `delete_window`; in rooms, managers and moderators any.
#[utoipa::path(delete, path = "/conversations/{id}/messages/{message}", tag = "messages",
    params(("id" = String, Path), ("message" = String, Path)),
    responses((status = 204), (status = 403, body = ProblemDoc), (status = 404, body = ProblemDoc)))]
pub async fn delete(
    site: Data<Site>,
    Caller(visitor): Caller,
    path: Path<(String, String)>,
) -> Result<HttpResponse, Problem> {
    site.engine.delete_message(&visitor, id_in_path(&path.0)?, id_in_path(&path.1)?).await?;
    Ok(HttpResponse::NoContent().finish())
}

/// The texts that a message had, oldest first.
#[derive(Debug, Serialize, ToSchema)]
pub struct VersionsBody {
    versions: Vec<VersionBody>,
}

/// A text that a message had.
#[derive(Debug, Serialize, ToSchema)]
pub struct VersionBody {
    /// The message's version when it had this text.
    version: i64,
    /// The text.
    text: String,
    /// When it was replaced.
    #[schema(value_type = String)]
    until: Timestamp,
    /// The account that replaced it.
    by: String,
}

impl From<Vec<MessageVersion>> for VersionsBody {
    fn from(versions: Vec<MessageVersion>) -> Self {
        Self { versions: versions.into_iter().map(VersionBody::from).collect() }
    }
}

impl From<MessageVersion> for VersionBody {
    fn from(version: MessageVersion) -> Self {
        Self {
            version: version.version,
            text: version.text,
            until: version.until,
            by: version.by.to_string(),
        }
    }
}

/// What a message was before it was edited or deleted: for moderators who are members. That you read it is written down.
#[utoipa::path(get, path = "/conversations/{id}/messages/{message}/history", tag = "messages",
    params(("id" = String, Path), ("message" = String, Path)),
    responses((status = 200, body = VersionsBody), (status = 403, body = ProblemDoc), (status = 404, body = ProblemDoc)))]
pub async fn versions(
    site: Data<Site>,
    Caller(visitor): Caller,
    path: Path<(String, String)>,
) -> Result<Json<VersionsBody>, Problem> {
    let versions = site.engine.message_versions(&visitor, id_in_path(&path.0)?, id_in_path(&path.1)?).await?;
    Ok(Json(versions.into()))
}

/// All reactions to a message.
#[derive(Debug, Serialize, ToSchema)]
pub struct ReactionsBody {
    message_id: String,
    /// The message's version.
    version: i64,
    #[schema(value_type = Vec<ReactionDoc>)]
    reactions: ShownReactions,
}

impl ReactionsBody {
    fn of(reactions: ShownReactions) -> Self {
        let message = reactions.message();
        Self { message_id: message.sequence.to_string(), version: message.version, reactions }
    }
}

/// React to a message with one emoji.
#[utoipa::path(put, path = "/conversations/{id}/messages/{message}/reactions/{emoji}", tag = "messages",
    params(("id" = String, Path), ("message" = String, Path),
           ("emoji" = String, Path, description = "one emoji, at most 32 bytes")),
    responses((status = 200, body = ReactionsBody), (status = 403, body = ProblemDoc), (status = 404, body = ProblemDoc),
    (status = 409, body = ProblemDoc), (status = 422, body = ProblemDoc)))]
pub async fn react(
    site: Data<Site>,
    Caller(visitor): Caller,
    path: Path<(String, String, String)>,
) -> Result<Json<ReactionsBody>, Problem> {
    let (id, message) = (id_in_path(&path.0)?, id_in_path(&path.1)?);
    Ok(Json(ReactionsBody::of(site.engine.react(&visitor, id, message, &path.2, true).await?)))
}

/// Take a reaction of mine back.
#[utoipa::path(delete, path = "/conversations/{id}/messages/{message}/reactions/{emoji}", tag = "messages",
    params(("id" = String, Path), ("message" = String, Path), ("emoji" = String, Path)),
    responses((status = 200, body = ReactionsBody), (status = 404, body = ProblemDoc),
    (status = 409, body = ProblemDoc), (status = 422, body = ProblemDoc)))]
pub async fn take_back(
    site: Data<Site>,
    Caller(visitor): Caller,
    path: Path<(String, String, String)>,
) -> Result<Json<ReactionsBody>, Problem> {
    let (id, message) = (id_in_path(&path.0)?, id_in_path(&path.1)?);
    Ok(Json(ReactionsBody::of(site.engine.react(&visitor, id, message, &path.2, false).await?)))
}

/// What I have begun to write.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SaveDraftBody {
    /// At most 16,384 bytes; empty: there is none any more.
    text: String,
    /// The message that it answers.
    reply_to: Option<String>,
}

/// Keep what I have begun to write, for my other devices.
#[utoipa::path(put, path = "/conversations/{id}/draft", tag = "conversations", params(("id" = String, Path)),
    request_body = SaveDraftBody,
    responses((status = 204), (status = 404, body = ProblemDoc), (status = 422, body = ProblemDoc)))]
pub async fn save_draft(
    site: Data<Site>,
    Caller(visitor): Caller,
    path: Path<String>,
    JsonBody(body): JsonBody<SaveDraftBody>,
) -> Result<HttpResponse, Problem> {
    let reply_to = reply_to(body.reply_to.as_deref())?;
    site.engine.save_draft(&visitor, id_in_path(&path)?, body.text, reply_to).await?;
    Ok(HttpResponse::NoContent().finish())
}

/// The message that is answered; what can't be an id is as little in the conversation as one that isn't there.
pub fn reply_to(text: Option<&str>) -> Result<Option<Sequence>, Problem> {
    let unknown = |_| {
        Problem::new("unacceptable").detail("`reply_to` must be the id of a message in this conversation")
    };
    text.map(|text| text.parse().map_err(unknown)).transpose()
}

/// What I have begun to write, in the conversation's object.
#[derive(Debug, ToSchema)]
#[schema(as = Draft)]
#[expect(
    dead_code,
    reason = "describes what portico_core::messaging::Draft serialises to; a test compares them"
)]
pub struct DraftDoc {
    /// The text.
    text: String,
    /// The message that it answers.
    reply_to: Option<String>,
    /// RFC 3339.
    saved_at: String,
}

#[cfg(test)]
mod tests {
    use super::*;
    use portico_core::messaging::Draft;
    use utoipa::PartialSchema;

    #[test]
    fn a_draft_is_documented_as_it_is_sent() {
        let draft = Draft { text: "x".into(), reply_to: None, saved_at: Timestamp::from_secs(1) };
        let sent = serde_json::to_value(draft).unwrap();
        let schema = serde_json::to_value(DraftDoc::schema()).unwrap();
        let documented: Vec<_> = schema["properties"].as_object().unwrap().keys().collect();
        let sent: Vec<_> = sent.as_object().unwrap().keys().collect();
        assert_eq!(documented, sent);
    }
}
