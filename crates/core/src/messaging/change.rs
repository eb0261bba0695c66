use crate::messaging::{Mentions, Message, Sequence};
use crate::{AccountId, ConversationId, Timestamp};

/// How often one message may be edited; its history stays bounded.
pub const MAX_EDITS: usize = 100;

/// A change of a message that its store makes in one transaction. Whether `by` may make it has been decided before.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MessageChange {
    /// The conversation that the message must belong to.
    pub conversation: ConversationId,
    /// The message.
    pub message: Sequence,
    /// Who changes it.
    pub by: AccountId,
    /// Now.
    pub now: Timestamp,
    /// What becomes of it.
    pub kind: ChangeKind,
}

/// What becomes of a message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ChangeKind {
    /// Another text.
    Edit {
        /// The text.
        text: String,
        /// Who is named in it.
        mentions: Mentions,
        /// The editor's own id for the edit, unique per message: makes a repeated edit harmless.
        client_id: Option<String>,
    },
    /// No text, no reactions.
    Delete,
}

/// A message after a change.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChangedMessage {
    /// As it is now.
    pub message: Message,
    /// Whether anything changed: `false` for a repeated change.
    pub changed: bool,
}

/// Why a message was not changed; nothing was written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ChangeRefusal {
    /// There is no such message in this conversation.
    #[error("there is no such message")]
    Unknown,
    /// It was deleted.
    #[error("the message was deleted")]
    Deleted,
    /// The client id stands for another text.
    #[error("this client_id was used for another text")]
    ClientIdConflict,
    /// It was edited [`MAX_EDITS`] times.
    #[error("a message can be edited {MAX_EDITS} times")]
    TooManyEdits,
    /// It has as many different reactions as a message may have.
    #[error("a message has at most {} different reactions", crate::messaging::MAX_REACTIONS)]
    TooManyReactions,
}

/// A text that a message had.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MessageVersion {
    /// The message's version when it had this text.
    pub version: i64,
    /// The text.
    pub text: String,
    /// When it was replaced.
    pub until: Timestamp,
    /// Who replaced it.
    pub by: AccountId,
    /// The client id of the edit that replaced it.
    pub client_id: Option<String>,
}
