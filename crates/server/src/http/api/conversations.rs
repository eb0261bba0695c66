use std::str::FromStr;

use actix_web::HttpResponse;
use actix_web::web::{Data, Json, Path};
use portico_core::engine::MAX_LIST_PAGE;
use portico_core::messaging::{ConversationPlace, Sequence};
use portico_core::{AccountId, ConversationId};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::http::api::conferences::{self, OpenConferenceBody};
use crate::http::api::id_in_path;
use crate::http::api::schema::{ConversationBody, ProblemDoc};
use crate::http::body::JsonBody;
use crate::http::caller::Caller;
use crate::http::query::Params;
use crate::http::{Problem, Site};

/// With whom: exactly one of the two.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct OpenBody {
    /// One account id: the direct conversation with this person.
    with: Option<Vec<String>>,
    /// A conference.
    conference: Option<OpenConferenceBody>,
}

/// My conversations, newest message first.
#[derive(Debug, Serialize, ToSchema)]
pub struct ConversationsBody {
    conversations: Vec<ConversationBody>,
    /// For `after` of the next page; `null` at the end.
    next: Option<String>,
}

/// Up to which message I have read.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ReadBody {
    message_id: String,
}

/// Open the direct conversation with somebody, or a conference.
#[utoipa::path(post, path = "/conversations", tag = "conversations", request_body = OpenBody, responses(
    (status = 201, body = ConversationBody, description = "made now"),
    (status = 200, body = ConversationBody, description = "it was there"),
    (status = 403, body = ProblemDoc), (status = 404, body = ProblemDoc), (status = 422, body = ProblemDoc)))]
pub async fn post(
    site: Data<Site>,
    Caller(visitor): Caller,
    JsonBody(body): JsonBody<OpenBody>,
) -> Result<HttpResponse, Problem> {
    let with = match (body.with, body.conference) {
        (Some(with), None) => with,
        (None, Some(conference)) => {
            let info = conferences::open(&site, &visitor, &conference).await?;
            return Ok(HttpResponse::Created().json(ConversationBody::of(info, &site.engine)));
        }
        _ => return Err(Problem::invalid("expected either `with` or `conference`")),
    };
    let [with] = with.as_slice() else {
        return Err(Problem::new("unacceptable")
            .detail("`with` must name exactly one person; open a conference to talk with several"));
    };
    let with: AccountId = id_in_path(with)?;
    let (info, made) = site.engine.open_direct(&visitor, with).await?;
    let body = ConversationBody::of(info, &site.engine);
    let mut response = if made { HttpResponse::Created() } else { HttpResponse::Ok() };
    Ok(response.json(body))
}

/// My conversations.
#[utoipa::path(get, path = "/conversations", tag = "conversations",
    params(("after" = Option<String>, Query), ("limit" = Option<u32>, Query, description = "at most 200")),
    responses((status = 200, body = ConversationsBody)))]
pub async fn list(
    site: Data<Site>,
    Caller(visitor): Caller,
    params: Params,
) -> Result<Json<ConversationsBody>, Problem> {
    params.only(&["after", "limit"])?;
    let after = params.parsed::<PlaceText>("after")?.map(|place| place.0);
    let limit = params.limit(MAX_LIST_PAGE, MAX_LIST_PAGE)?;
    let page = site.engine.conversations(&visitor, after, limit).await?;
    Ok(Json(ConversationsBody {
        conversations: page
            .conversations
            .into_iter()
            .map(|info| ConversationBody::of(info, &site.engine))
            .collect(),
        next: page.next.map(|place| format!("{}_{}", place.last, place.id)),
    }))
}

/// One of my conversations.
#[utoipa::path(get, path = "/conversations/{id}", tag = "conversations", params(("id" = String, Path)),
    responses((status = 200, body = ConversationBody), (status = 404, body = ProblemDoc)))]
pub async fn get(
    site: Data<Site>,
    Caller(visitor): Caller,
    path: Path<String>,
) -> Result<Json<ConversationBody>, Problem> {
    let info = site.engine.conversation(&visitor, id_in_path(&path)?).await?;
    Ok(Json(ConversationBody::of(info, &site.engine)))
}

/// Mark as read, on all my devices. Never moves back.
#[utoipa::path(put, path = "/conversations/{id}/read", tag = "conversations", params(("id" = String, Path)),
    request_body = ReadBody, responses((status = 204), (status = 404, body = ProblemDoc)))]
pub async fn read(
    site: Data<Site>,
    Caller(visitor): Caller,
    path: Path<String>,
    JsonBody(body): JsonBody<ReadBody>,
) -> Result<HttpResponse, Problem> {
    let upto: Sequence = id_in_path(&body.message_id)?;
    site.engine.mark_read(&visitor, id_in_path(&path)?, upto).await?;
    Ok(HttpResponse::NoContent().finish())
}

/// A place in the list, as `next` writes it.
struct PlaceText(ConversationPlace);

impl FromStr for PlaceText {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        let (last, id) = text.split_once('_').ok_or(())?;
        let last = if last == "0" { Sequence::START } else { last.parse().map_err(|_| ())? };
        let id: ConversationId = id.parse().map_err(|_| ())?;
        Ok(Self(ConversationPlace { last, id }))
    }
}
