use std::ops::Deref;
use std::sync::Arc;

use serde::ser::{SerializeSeq, SerializeStruct};
use serde::{Serialize, Serializer};

use crate::AccountId;
use crate::messaging::{Message, Reaction, Sequence};

/// Most characters of a message that a reply to it quotes.
pub const MAX_QUOTE: usize = 200;

/// A message as one reader sees it: with what it answers, and what of it is about the reader.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ShownMessage {
    /// The message.
    pub message: Arc<Message>,
    /// What it answers.
    pub reply_to: Option<Arc<Quote>>,
    /// Whether the reader is named in it, and not by themselves.
    pub mentioned: bool,
    /// The reader's reactions.
    pub reactions: ShownReactions,
}

/// The reactions of a message as one reader sees them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ShownReactions {
    /// The message, whose reactions they are.
    message: Arc<Message>,
    /// The reader's own ones.
    mine: Vec<String>,
}

/// The message that a reply answers, in short.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Quote {
    /// Its id.
    pub id: Sequence,
    /// Who wrote it; `None` when it is not there any more.
    pub sender: Option<AccountId>,
    /// The first [`MAX_QUOTE`] characters of its text.
    pub text: String,
    /// Whether it was deleted, or is not there any more.
    pub deleted: bool,
}

impl Quote {
    /// Of a message.
    pub fn of(message: &Message) -> Self {
        Self {
            id: message.sequence,
            sender: Some(message.sender),
            text: message.text.chars().take(MAX_QUOTE).collect(),
            deleted: message.deleted_at.is_some(),
        }
    }

    /// Of a message that is not there, or not for the reader.
    pub fn gone(id: Sequence) -> Self {
        Self { id, sender: None, text: String::new(), deleted: true }
    }
}

impl ShownMessage {
    /// A message for `reader`, who reacted to it with `mine`.
    pub fn new(
        message: Arc<Message>,
        reply_to: Option<Arc<Quote>>,
        reader: AccountId,
        mine: Vec<String>,
    ) -> Self {
        let mentioned = message.sender != reader && message.mentions.names(reader);
        let reactions = ShownReactions::new(Arc::clone(&message), mine);
        Self { message, reply_to, mentioned, reactions }
    }
}

impl ShownMessage {
    /// A message as it is to everybody alike, without what it answers.
    pub fn for_nobody(message: Message) -> Self {
        let message = Arc::new(message);
        let reactions = ShownReactions::new(Arc::clone(&message), Vec::new());
        Self { message, reply_to: None, mentioned: false, reactions }
    }
}

impl Deref for ShownMessage {
    type Target = Message;

    fn deref(&self) -> &Message {
        &self.message
    }
}

impl ShownReactions {
    /// The reactions of a message for somebody who reacted with `mine`.
    pub fn new(message: Arc<Message>, mine: Vec<String>) -> Self {
        Self { message, mine }
    }

    /// Whose they are.
    pub fn message(&self) -> &Message {
        &self.message
    }
}

// Field names are those of the contract.
impl Serialize for ShownMessage {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let message = self.message.as_ref();
        let mut object = serializer.serialize_struct("Message", 16)?;
        object.serialize_field("id", &message.sequence)?;
        object.serialize_field("conversation_id", &message.conversation)?;
        object.serialize_field("sender", &message.sender)?;
        object.serialize_field("kind", message.kind())?;
        object.serialize_field("text", &message.text)?;
        object.serialize_field("sent_at", &message.sent_at)?;
        object.serialize_field("client_id", &message.client_id)?;
        object.serialize_field("version", &message.version)?;
        object.serialize_field("edited_at", &message.edited_at)?;
        object.serialize_field("deleted_at", &message.deleted_at)?;
        object.serialize_field("reply_to", &self.reply_to.as_deref())?;
        object.serialize_field("mentions", &message.mentions.accounts)?;
        object.serialize_field("mentions_all", &message.mentions.all)?;
        object.serialize_field("mentioned", &self.mentioned)?;
        object.serialize_field("reactions", &self.reactions)?;
        object.serialize_field("files", &message.files)?;
        object.end()
    }
}

impl Serialize for ShownReactions {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut list = serializer.serialize_seq(Some(self.message.reactions.len()))?;
        for reaction in &self.message.reactions {
            list.serialize_element(&ShownReaction { reaction, mine: self.mine.contains(&reaction.emoji) })?;
        }
        list.end()
    }
}

struct ShownReaction<'a> {
    reaction: &'a Reaction,
    mine: bool,
}

impl Serialize for ShownReaction<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut object = serializer.serialize_struct("Reaction", 4)?;
        object.serialize_field("emoji", &self.reaction.emoji)?;
        object.serialize_field("count", &self.reaction.count)?;
        object.serialize_field("accounts", &self.reaction.accounts)?;
        object.serialize_field("mine", &self.mine)?;
        object.end()
    }
}
