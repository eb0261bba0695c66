//! Finding messages again.

use actix_web::web::{self, Data, Json, ServiceConfig};
use portico_core::engine::SearchScope;
use portico_core::messaging::{MAX_FOUND, ShownMessage};
use serde::Serialize;
use utoipa::ToSchema;

use crate::http::api::schema::{MessageDoc, ProblemDoc};
use crate::http::caller::Caller;
use crate::http::problem;
use crate::http::query::Params;
use crate::http::{Problem, Site};

/// Longest text that is searched for, in bytes.
const MAX_QUERY: usize = 1024;

/// The routes of this page.
pub fn routes(config: &mut ServiceConfig) {
    let search = web::resource("/search").default_service(web::to(problem::method_not_allowed));
    config.service(search.route(web::get().to(get)));
}

/// Found messages.
#[derive(Debug, Serialize, ToSchema)]
pub struct FoundBody {
    /// Newest first.
    #[schema(value_type = Vec<MessageDoc>)]
    messages: Vec<ShownMessage>,
    /// For `before` of the next page; `null` at the end.
    next: Option<String>,
}

/// Search the messages that I may read: all words must be there, the last one may be the beginning of one.
#[utoipa::path(get, path = "/search", tag = "messages",
    params(("q" = String, Query), ("conversation" = Option<String>, Query, description = "in this one only"),
           ("from" = Option<String>, Query, description = "of this account only"),
           ("before" = Option<String>, Query, description = "a message id, exclusive"),
           ("limit" = Option<u32>, Query, description = "20 by default, at most 50")),
    responses((status = 200, body = FoundBody), (status = 403, body = ProblemDoc), (status = 404, body = ProblemDoc),
    (status = 422, body = ProblemDoc)))]
pub async fn get(
    site: Data<Site>,
    Caller(visitor): Caller,
    params: Params,
) -> Result<Json<FoundBody>, Problem> {
    params.only(&["q", "conversation", "from", "before", "limit"])?;
    let typed = params.text("q").unwrap_or_default();
    if typed.len() > MAX_QUERY {
        return Err(Problem::new("unacceptable").detail(format!("`q` has at most {MAX_QUERY} bytes")));
    }
    let scope = SearchScope {
        conversation: params.parsed("conversation")?,
        from: params.parsed("from")?,
        before: params.parsed("before")?,
    };
    let page = site.engine.search(&visitor, typed, scope, params.limit(20, MAX_FOUND)?).await?;
    Ok(Json(FoundBody { messages: page.messages, next: page.next.map(|message| message.to_string()) }))
}
