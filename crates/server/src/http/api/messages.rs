use actix_web::HttpResponse;
use actix_web::web::{Data, Json, Path};
use portico_core::FileId;
use portico_core::engine::{MAX_HISTORY_PAGE, Outgoing};
use portico_core::messaging::ShownMessage;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::http::api::id_in_path;
use crate::http::api::message_features::reply_to;
use crate::http::api::schema::{MessageDoc, ProblemDoc};
use crate::http::body::JsonBody;
use crate::http::caller::Caller;
use crate::http::query::Params;
use crate::http::{Problem, Site};

const DEFAULT_PAGE: usize = 50;

/// A message to send.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SendBody {
    /// 1 to 16,384 bytes of UTF-8 without U+0000; stored unchanged.
    text: String,
    /// At most 64 bytes, unique per sender and conversation: makes a repeated send harmless.
    client_id: Option<String>,
    /// The message of this conversation that it answers.
    reply_to: Option<String>,
    /// At most ten files that I have sent; with them the text may be empty.
    #[serde(default)]
    #[schema(value_type = Vec<String>)]
    files: Vec<FileId>,
}

/// A page of history.
#[derive(Debug, Serialize, ToSchema)]
pub struct HistoryBody {
    /// Oldest first.
    #[schema(value_type = Vec<MessageDoc>)]
    messages: Vec<ShownMessage>,
    /// Whether there are older ones.
    more: bool,
}

/// Send a message; it is durable when the answer comes.
#[utoipa::path(post, path = "/conversations/{id}/messages", tag = "messages", params(("id" = String, Path)),
    request_body = SendBody, responses((status = 201, body = MessageDoc),
    (status = 200, body = MessageDoc, description = "sent before under this client_id: the original"),
    (status = 403, body = ProblemDoc), (status = 404, body = ProblemDoc), (status = 409, body = ProblemDoc),
    (status = 422, body = ProblemDoc), (status = 503, body = ProblemDoc)))]
pub async fn post(
    site: Data<Site>,
    Caller(visitor): Caller,
    path: Path<String>,
    JsonBody(body): JsonBody<SendBody>,
) -> Result<HttpResponse, Problem> {
    let id = id_in_path(&path)?;
    let outgoing = Outgoing {
        text: body.text,
        client_id: body.client_id,
        reply_to: reply_to(body.reply_to.as_deref())?,
        files: body.files,
    };
    let (message, new) = site.engine.send_message(&visitor, id, outgoing).await?;
    let mut response = if new { HttpResponse::Created() } else { HttpResponse::Ok() };
    Ok(response.json(message))
}

/// The messages of a conversation, backwards in pages.
#[utoipa::path(get, path = "/conversations/{id}/messages", tag = "messages",
    params(("id" = String, Path), ("before" = Option<String>, Query, description = "a message id, exclusive"),
           ("limit" = Option<u32>, Query, description = "50 by default, at most 200")),
    responses((status = 200, body = HistoryBody), (status = 404, body = ProblemDoc)))]
pub async fn list(
    site: Data<Site>,
    Caller(visitor): Caller,
    path: Path<String>,
    params: Params,
) -> Result<Json<HistoryBody>, Problem> {
    params.only(&["before", "limit"])?;
    let limit = params.limit(DEFAULT_PAGE, MAX_HISTORY_PAGE)?;
    let page = site.engine.history(&visitor, id_in_path(&path)?, params.parsed("before")?, limit).await?;
    Ok(Json(HistoryBody { messages: page.messages, more: page.more }))
}
