//! Messages, as OpenAPI describes them.

use utoipa::ToSchema;

use crate::http::api::files::FileDoc;

/// A message, in answers and events.
#[derive(Debug, ToSchema)]
#[schema(as = Message)]
#[expect(
    dead_code,
    reason = "describes what portico_core::messaging::ShownMessage serialises to; a test compares them"
)]
pub struct MessageDoc {
    /// Opaque id.
    id: String,
    /// Where it belongs.
    conversation_id: String,
    /// The account that wrote it.
    sender: String,
    /// `text` or `deleted`.
    kind: String,
    /// The text: as sent, or as edited last; empty when it was deleted.
    text: String,
    /// RFC 3339.
    sent_at: String,
    /// The sender's own id for it.
    client_id: Option<String>,
    /// Grows with every change; what has a smaller one is older.
    version: i64,
    /// When its text was changed last.
    edited_at: Option<String>,
    /// When it was deleted.
    deleted_at: Option<String>,
    /// The message that it answers.
    reply_to: Option<QuoteDoc>,
    /// The accounts that are named in it.
    mentions: Vec<String>,
    /// Whether everybody in the room is named.
    mentions_all: bool,
    /// Whether I am named, by somebody else.
    mentioned: bool,
    /// In the order of their first use.
    reactions: Vec<ReactionDoc>,
    /// The files that it carries.
    files: Vec<FileDoc>,
}

/// The message that another one answers, in short.
#[derive(Debug, ToSchema)]
#[schema(as = Quote)]
#[expect(
    dead_code,
    reason = "describes what portico_core::messaging::Quote serialises to; a test compares them"
)]
pub struct QuoteDoc {
    id: String,
    /// `null` when it is not there any more.
    sender: Option<String>,
    /// The first 200 characters of its text.
    text: String,
    /// Whether it was deleted, or is not there any more.
    deleted: bool,
}

/// Everybody who reacted to a message with one emoji.
#[derive(Debug, ToSchema)]
#[schema(as = Reaction)]
#[expect(dead_code, reason = "a description for OpenAPI; a test compares it")]
pub struct ReactionDoc {
    emoji: String,
    count: u32,
    /// The first 20.
    accounts: Vec<String>,
    /// Whether I am among them.
    mine: bool,
}
