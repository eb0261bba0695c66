use actix_web::http::header;
use actix_web::web::{Bytes, Data, Json};
use actix_web::{HttpRequest, HttpResponse};
use futures_util::stream;
use portico_core::engine::{EventFeed, FeedItem};
use portico_core::messaging::Event;
use serde::Serialize;
use utoipa::ToSchema;

use crate::http::api::schema::ProblemDoc;
use crate::http::caller::Caller;
use crate::http::query::Params;
use crate::http::{Problem, Site};

/// What happened after a cursor.
#[derive(Debug, Serialize, ToSchema)]
pub struct EventsBody {
    /// Each has a `type`: `message`, `message-changed`, `reactions`, `receipt`, `draft`,
    /// `presence`, `presences`, `my-presence`, `typing`, `person`, `person-gone`, `read`, `conversation`,
    /// `conversation-gone`, `session`, `inbox`, `session-ended`, `resync`. Ignore others.
    #[schema(value_type = Vec<Object>)]
    events: Vec<Event>,
    /// For the next poll.
    cursor: String,
}

/// Wait for something to happen.
#[utoipa::path(get, path = "/events", tag = "events",
    params(("cursor" = Option<String>, Query, description = "absent: the current one, at once"),
           ("wait" = Option<f64>, Query, description = "seconds, clamped to 0-55")),
    responses((status = 200, body = EventsBody), (status = 400, body = ProblemDoc), (status = 401, body = ProblemDoc)))]
pub async fn poll(
    site: Data<Site>,
    Caller(visitor): Caller,
    params: Params,
) -> Result<Json<EventsBody>, Problem> {
    params.only(&["cursor", "wait"])?;
    let _open = site.metrics.poll_opened();
    let answer = site.engine.poll(&visitor, params.text("cursor"), params.wait()?).await?;
    Ok(Json(EventsBody { events: answer.events, cursor: answer.cursor }))
}

/// The same events as Server-Sent Events; `id` is the cursor. A stream ends when its session does.
#[utoipa::path(get, path = "/events/stream", tag = "events",
    params(("cursor" = Option<String>, Query), ("Last-Event-ID" = Option<String>, Header)),
    responses((status = 200, content_type = "text/event-stream", body = String), (status = 400, body = ProblemDoc),
    (status = 401, body = ProblemDoc)))]
pub async fn stream(
    request: HttpRequest,
    site: Data<Site>,
    Caller(visitor): Caller,
    params: Params,
) -> Result<HttpResponse, Problem> {
    params.only(&["cursor"])?;
    // A browser that comes back sends both; where it was is what it says itself.
    let resumed =
        request.headers().get("last-event-id").and_then(|id| id.to_str().ok()).filter(|id| !id.is_empty());
    let feed = site.engine.stream(visitor, resumed.or_else(|| params.text("cursor")))?;
    let open = site.metrics.stream_opened();
    let body = stream::unfold(Some((feed, open, true)), |state| async move {
        let (mut feed, open, first) = state?;
        if first {
            // Something to read at once: proxies and browsers then know that the stream is open.
            return Some((Ok::<_, Problem>(Bytes::from_static(b": open\n\n")), Some((feed, open, false))));
        }
        let chunk = next_chunk(&mut feed).await?;
        Some((Ok(chunk), Some((feed, open, false))))
    });
    Ok(HttpResponse::Ok()
        .insert_header((header::CONTENT_TYPE, "text/event-stream"))
        .insert_header((header::CACHE_CONTROL, "no-store"))
        .insert_header(("x-accel-buffering", "no"))
        // Compressed, events would wait in the encoder for company.
        .insert_header(header::ContentEncoding::Identity)
        .streaming(body))
}

async fn next_chunk(feed: &mut EventFeed) -> Option<Bytes> {
    match feed.next().await {
        Ok(Some(FeedItem::KeepAlive)) => Some(Bytes::from_static(b": still here\n\n")),
        Ok(Some(FeedItem::Events(events, cursor))) => Some(frame(&events, &cursor)),
        Ok(None) => None,
        Err(error) => {
            tracing::error!(%error, "a stream of events ended early");
            None
        }
    }
}

/// The last event carries the cursor behind all of them, so a cut between them repeats rather than loses.
fn frame(events: &[Event], cursor: &str) -> Bytes {
    let mut text = String::new();
    for (index, event) in events.iter().enumerate() {
        let Ok(json) = serde_json::to_string(event) else { continue };
        if index + 1 == events.len() {
            text.push_str("id: ");
            text.push_str(cursor);
            text.push('\n');
        }
        text.push_str("data: ");
        text.push_str(&json);
        text.push_str("\n\n");
    }
    Bytes::from(text)
}
