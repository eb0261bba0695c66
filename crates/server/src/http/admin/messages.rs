use actix_web::HttpResponse;
use actix_web::web::{Data, Json, Path};
use portico_core::Timestamp;
use portico_core::administration::{Audience, Broadcast, BroadcastKind};
use portico_core::engine::NewBroadcast;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use utoipa::ToSchema;

use super::caller::Admin;
use crate::http::api::id_in_path;
use crate::http::api::schema::ProblemDoc;
use crate::http::body::JsonBody;
use crate::http::query::Params;
use crate::http::{Problem, Site};

/// A text to many.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewMessageBody {
    /// Who gets it.
    to: ToBody,
    /// Only people of this front.
    front: Option<String>,
    /// 1 to 16,384 bytes.
    text: String,
}

/// Who gets a text: exactly one of these.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ToBody {
    /// `true`: everybody.
    everybody: Option<bool>,
    /// `true`: whoever is here now; told once, kept nowhere.
    online: Option<bool>,
    /// The members of a group.
    group: Option<String>,
    /// Whoever has a role.
    role: Option<String>,
    /// One person.
    account: Option<String>,
}

impl ToBody {
    fn audience(self) -> Result<Audience, Problem> {
        match (self.everybody, self.online, self.group, self.role, self.account) {
            (Some(true), None, None, None, None) => Ok(Audience::Everybody),
            (None, Some(true), None, None, None) => Ok(Audience::Online),
            (None, None, Some(group), None, None) => Ok(Audience::Group(id_in_path(&group)?)),
            (None, None, None, Some(role), None) => Ok(Audience::Role(role)),
            (None, None, None, None, Some(account)) => Ok(Audience::Account(id_in_path(&account)?)),
            _ => Err(Problem::invalid(
                "`to` is one of {\"everybody\":true}, {\"online\":true}, {\"group\":id}, {\"role\":name}, {\"account\":id}",
            )),
        }
    }
}

/// A text to many and how far it has come.
#[derive(Debug, Serialize, ToSchema)]
pub struct BroadcastBody {
    /// Opaque id.
    id: String,
    /// `message` or `alert`.
    kind: &'static str,
    /// As it was asked for.
    #[schema(value_type = Object)]
    to: Value,
    /// Only people of this front.
    front: Option<String>,
    /// The text.
    text: String,
    /// `running` or `done`.
    state: &'static str,
    /// How many have it so far.
    sent: u64,
    /// When it was begun.
    #[schema(value_type = String)]
    created_at: Timestamp,
    /// By whom.
    by: String,
}

impl From<Broadcast> for BroadcastBody {
    fn from(broadcast: Broadcast) -> Self {
        let to = match &broadcast.audience {
            Audience::Everybody => json!({ "everybody": true }),
            Audience::Online => json!({ "online": true }),
            Audience::Group(group) => json!({ "group": group }),
            Audience::Role(role) => json!({ "role": role }),
            Audience::Account(account) => json!({ "account": account }),
            Audience::Administrators => json!({ "administrators": true }),
            Audience::Deciders(front) => json!({ "deciders": front }),
        };
        Self {
            id: broadcast.id.to_string(),
            kind: match broadcast.kind {
                BroadcastKind::Message => "message",
                BroadcastKind::Alert => "alert",
            },
            to,
            front: broadcast.front.map(|front| front.to_string()),
            text: broadcast.text,
            state: if broadcast.done { "done" } else { "running" },
            sent: broadcast.sent,
            created_at: broadcast.created_at,
            by: broadcast.by,
        }
    }
}

/// A page of texts to many.
#[derive(Debug, Serialize, ToSchema)]
pub struct BroadcastsBody {
    /// Newest first.
    messages: Vec<BroadcastBody>,
    /// For `before` of the next page.
    next: Option<String>,
}

/// Write to many. It is on its way when this answers, and reaches everybody once, whatever happens to the server.
#[utoipa::path(post, path = "/messages", tag = "messages", request_body = NewMessageBody, responses(
    (status = 202, body = BroadcastBody), (status = 400, body = ProblemDoc), (status = 401, body = ProblemDoc),
    (status = 403, body = ProblemDoc), (status = 404, body = ProblemDoc), (status = 422, body = ProblemDoc)))]
pub async fn post(
    site: Data<Site>,
    admin: Admin,
    JsonBody(body): JsonBody<NewMessageBody>,
) -> Result<HttpResponse, Problem> {
    let front = site.engine.place(body.front.as_deref(), None)?.front().cloned();
    let new =
        NewBroadcast { kind: BroadcastKind::Message, audience: body.to.audience()?, front, text: body.text };
    let sent = site.engine.send_to_many(&admin.actor, new).await?;
    Ok(HttpResponse::Accepted().json(BroadcastBody::from(sent)))
}

/// What was written to many, and how far it has come.
#[utoipa::path(get, path = "/messages", tag = "messages", params(
    ("before" = Option<String>, Query, description = "`next` of the page before"),
    ("limit" = Option<u32>, Query, description = "at most 200")),
    responses((status = 200, body = BroadcastsBody), (status = 401, body = ProblemDoc), (status = 403, body = ProblemDoc)))]
pub async fn list(site: Data<Site>, _admin: Admin, params: Params) -> Result<Json<BroadcastsBody>, Problem> {
    params.only(&["before", "limit"])?;
    let limit = params.limit(50, 200)?;
    let mut page = site.engine.broadcasts(params.parsed("before")?, limit + 1).await?;
    let more = page.len() > limit;
    page.truncate(limit);
    let next = page.last().filter(|_| more).map(|broadcast| broadcast.id.to_string());
    Ok(Json(BroadcastsBody { messages: page.into_iter().map(Into::into).collect(), next }))
}

/// One of them.
#[utoipa::path(get, path = "/messages/{id}", tag = "messages",
    params(("id" = String, Path, description = "the text's id")), responses(
    (status = 200, body = BroadcastBody), (status = 401, body = ProblemDoc), (status = 403, body = ProblemDoc),
    (status = 404, body = ProblemDoc)))]
pub async fn get(
    site: Data<Site>,
    _admin: Admin,
    path: Path<String>,
) -> Result<Json<BroadcastBody>, Problem> {
    Ok(Json(site.engine.broadcast(id_in_path(&path)?).await?.into()))
}
