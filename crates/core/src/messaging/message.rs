use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::files::AttachedFile;
use crate::front::FrontId;
use crate::messaging::{Mentions, Reaction};
use crate::{AccountId, ConversationId, Timestamp};

/// Longest text of a message, in bytes of UTF-8.
pub const MAX_TEXT_BYTES: usize = 16_384;
/// Longest client id, in bytes.
pub const MAX_CLIENT_ID_BYTES: usize = 64;

/// A message's place in the order of all messages, given by the writer in commit order; 1 is the first.
///
/// It is also the message's id to clients, as decimal text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Sequence(i64);

/// A text that is not a message id.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not a message id")]
pub struct InvalidSequence;

impl Sequence {
    /// Before every message.
    pub const START: Self = Self(0);

    /// From its number.
    pub const fn new(number: i64) -> Self {
        Self(number)
    }

    /// Its number.
    pub const fn get(self) -> i64 {
        self.0
    }

    /// The next one.
    #[must_use]
    pub const fn next(self) -> Self {
        Self(self.0.saturating_add(1))
    }
}

impl fmt::Display for Sequence {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.0, f)
    }
}

impl FromStr for Sequence {
    type Err = InvalidSequence;

    /// Decimal digits without sign or leading zero, so that an id has one spelling.
    fn from_str(text: &str) -> Result<Self, InvalidSequence> {
        let canonical =
            !text.is_empty() && !text.starts_with('0') && text.bytes().all(|b| b.is_ascii_digit());
        if !canonical {
            return Err(InvalidSequence);
        }
        text.parse().map(Self).map_err(|_| InvalidSequence)
    }
}

impl Serialize for Sequence {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Sequence {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

/// A message as stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Message {
    /// Its place and id.
    pub sequence: Sequence,
    /// Where it belongs.
    pub conversation: ConversationId,
    /// Who wrote it.
    pub sender: AccountId,
    /// The front it was written through, for audit; never a filter on reading.
    pub front: FrontId,
    /// The text: as sent, or as edited last; empty when it was deleted.
    pub text: String,
    /// The sender's own id for it, unique per sender and conversation.
    pub client_id: Option<String>,
    /// When; never decreasing within a conversation.
    pub sent_at: Timestamp,
    /// The message of the same conversation that it answers.
    pub reply_to: Option<Sequence>,
    /// Who is named in the text.
    pub mentions: Mentions,
    /// How often anything about it has changed.
    pub version: i64,
    /// When its text was changed last.
    pub edited_at: Option<Timestamp>,
    /// When it was deleted.
    pub deleted_at: Option<Timestamp>,
    /// The reactions, in the order of their first use.
    pub reactions: Vec<Reaction>,
    /// The files that it carries.
    pub files: Vec<AttachedFile>,
}

impl Message {
    /// The word of the API for what it is.
    pub fn kind(&self) -> &'static str {
        if self.deleted_at.is_some() { "deleted" } else { "text" }
    }

    /// Whether it has not the text with which it was sent.
    pub fn has_another_text(&self) -> bool {
        self.edited_at.is_some() || self.deleted_at.is_some()
    }

    /// Whether it is the same message, whatever has become of it since.
    pub fn is_same_send(&self, other: &Self) -> bool {
        self.sequence == other.sequence
            && self.conversation == other.conversation
            && self.sender == other.sender
            && self.sent_at == other.sent_at
            && self.client_id == other.client_id
    }

    /// What a repeated send is recognised by; `None` without a client id.
    pub fn client_key(&self) -> Option<ClientKey> {
        let client_id = self.client_id.clone()?;
        Some(ClientKey { conversation: self.conversation, sender: self.sender, client_id })
    }
}

/// What a repeated send is recognised by.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ClientKey {
    /// The conversation.
    pub conversation: ConversationId,
    /// The sender.
    pub sender: AccountId,
    /// The sender's id for the message.
    pub client_id: String,
}

/// Why a text can't be sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum TextRefusal {
    /// Nothing in it.
    #[error("a message needs a text of at least one byte")]
    Empty,
    /// Longer than [`MAX_TEXT_BYTES`].
    #[error("a message has at most {MAX_TEXT_BYTES} bytes of UTF-8")]
    TooLong,
    /// U+0000, which PostgreSQL can't store.
    #[error("a message can't contain U+0000")]
    Nul,
    /// A client id that is empty, longer than [`MAX_CLIENT_ID_BYTES`], or contains U+0000.
    #[error("a client_id has 1 to {MAX_CLIENT_ID_BYTES} bytes and no U+0000")]
    ClientId,
}

/// Whether a text and client id can be sent with files: these need no words.
///
/// # Errors
/// [`TextRefusal`]
pub fn check_text_with_files(text: &str, client_id: Option<&str>, files: usize) -> Result<(), TextRefusal> {
    let said = if text.is_empty() && files > 0 { "\u{1F4CE}" } else { text };
    check_text(said, client_id)
}

/// Whether a text and client id can be sent.
///
/// # Errors
/// [`TextRefusal`]
pub fn check_text(text: &str, client_id: Option<&str>) -> Result<(), TextRefusal> {
    if text.is_empty() {
        return Err(TextRefusal::Empty);
    }
    if text.len() > MAX_TEXT_BYTES {
        return Err(TextRefusal::TooLong);
    }
    if text.contains('\0') {
        return Err(TextRefusal::Nul);
    }
    match client_id {
        Some(id) if id.is_empty() || id.len() > MAX_CLIENT_ID_BYTES || id.contains('\0') => {
            Err(TextRefusal::ClientId)
        }
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_id_has_one_spelling() {
        assert_eq!("12".parse(), Ok(Sequence::new(12)));
        for bad in ["", "0", "012", "+1", "-1", "1 ", "99999999999999999999", "x"] {
            assert_eq!(bad.parse::<Sequence>(), Err(InvalidSequence), "{bad}");
        }
    }

    #[test]
    fn texts_are_limited_in_bytes() {
        assert_eq!(check_text(&"é".repeat(MAX_TEXT_BYTES / 2), None), Ok(()));
        assert_eq!(check_text(&"é".repeat(MAX_TEXT_BYTES / 2 + 1), None), Err(TextRefusal::TooLong));
        assert_eq!(check_text("", None), Err(TextRefusal::Empty));
        assert_eq!(check_text("a\0b", None), Err(TextRefusal::Nul));
        assert_eq!(check_text("a", Some("")), Err(TextRefusal::ClientId));
        assert_eq!(check_text("a", Some(&"c".repeat(65))), Err(TextRefusal::ClientId));
    }
}
