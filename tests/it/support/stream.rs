use std::time::Duration;

use futures_util::StreamExt;
use reqwest::Method;
use serde_json::Value;

use super::{PATIENCE, Person, Reply};

/// One open stream of Server-Sent Events.
pub(crate) struct Stream {
    body: std::pin::Pin<Box<dyn futures_util::Stream<Item = reqwest::Result<Vec<u8>>> + Send>>,
    unread: Vec<u8>,
    /// The last `id` that was seen.
    pub(crate) last_id: Option<String>,
}

/// What a stream brings.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Frame {
    /// An event, and the cursor behind it where there is one.
    Event(Value, Option<String>),
    /// A line that only shows life.
    Comment(String),
}

impl Stream {
    /// Opens a stream. `query` is a question mark and parameters, or nothing.
    pub(crate) async fn open(
        person: &Person,
        query: &str,
        last_event_id: Option<&str>,
    ) -> Result<Self, Box<Reply>> {
        Self::try_open(person, query, last_event_id).await.expect("the server answers")
    }

    /// The same; nothing when the connection broke.
    pub(crate) async fn try_open(
        person: &Person,
        query: &str,
        last_event_id: Option<&str>,
    ) -> Option<Result<Self, Box<Reply>>> {
        let mut request = person.request(Method::GET, &format!("events/stream{query}"));
        if let Some(id) = last_event_id {
            request = request.header("last-event-id", id);
        }
        let response = request.send().await.ok()?;
        if response.status().as_u16() != 200 {
            return Some(Err(Box::new(Reply::read(response).await.ok()?)));
        }
        assert_eq!(response.headers()["content-type"], "text/event-stream");
        assert_eq!(response.headers()["x-content-type-options"], "nosniff");
        let body = response.bytes_stream().map(|chunk| chunk.map(|bytes| bytes.to_vec()));
        Some(Ok(Self { body: Box::pin(body), unread: Vec::new(), last_id: None }))
    }

    /// The next frame; `None` when the server has closed the stream.
    pub(crate) async fn frame(&mut self) -> Option<Frame> {
        loop {
            if let Some(end) = self.unread.windows(2).position(|pair| pair == b"\n\n") {
                let block: Vec<u8> = self.unread.drain(..end + 2).collect();
                return Some(self.parse(&String::from_utf8(block).expect("UTF-8")));
            }
            let chunk = tokio::time::timeout(PATIENCE + Duration::from_secs(5), self.body.next()).await;
            match chunk.expect("a stream shows life every 20 seconds") {
                Some(Ok(bytes)) => self.unread.extend_from_slice(&bytes),
                Some(Err(_)) | None => return None,
            }
        }
    }

    fn parse(&mut self, block: &str) -> Frame {
        let field = |name: &str| block.lines().find_map(|line| line.strip_prefix(name)).map(str::to_owned);
        let Some(data) = field("data: ") else { return Frame::Comment(block.trim().to_owned()) };
        assert!(field("event: ").is_none(), "events of a stream have no name: {block}");
        let id = field("id: ");
        if id.is_some() {
            self.last_id.clone_from(&id);
        }
        Frame::Event(serde_json::from_str(&data).expect("JSON"), id)
    }

    /// The next event; `None` when the server has closed the stream.
    pub(crate) async fn event(&mut self) -> Option<Value> {
        loop {
            if let Frame::Event(event, _) = self.frame().await? {
                return Some(event);
            }
        }
    }

    /// The next event of this type.
    pub(crate) async fn until_type(&mut self, kind: &str) -> Value {
        let wait = async {
            loop {
                let event = self.event().await.unwrap_or_else(|| panic!("the stream ended before {kind}"));
                if event["type"] == kind {
                    return event;
                }
            }
        };
        tokio::time::timeout(PATIENCE, wait).await.unwrap_or_else(|_| panic!("{kind} never came"))
    }
}
