use std::sync::Arc;

use crate::auth::Restriction;
use crate::engine::{Engine, EngineError, Visitor};
use crate::files::StoredFile;
use crate::messaging::{
    Appended, ClientKey, Conversation, NewMessage, Sequence, ShownMessage, check_text_with_files,
};
use crate::policy::WriteRefusal;
use crate::{ConversationId, FileId};

/// A message to send.
#[derive(Debug, Clone, Default)]
pub struct Outgoing {
    /// The text.
    pub text: String,
    /// The sender's id for it.
    pub client_id: Option<String>,
    /// The message of the conversation that it answers.
    pub reply_to: Option<Sequence>,
    /// The sender's files that it carries; with them the text may be empty.
    pub files: Vec<FileId>,
}

impl Engine {
    /// Sends a message; durable on return. `true` = written now, `false` = it had been before, under the same client id.
    ///
    /// # Errors
    /// [`EngineError`]
    pub async fn send(
        &self,
        visitor: &Visitor,
        id: ConversationId,
        text: String,
        client_id: Option<String>,
    ) -> Result<(ShownMessage, bool), EngineError> {
        self.send_message(visitor, id, Outgoing { text, client_id, ..Outgoing::default() }).await
    }

    /// Sends a message, perhaps in answer to another one; durable on return. `true` = written now.
    ///
    /// # Errors
    /// [`EngineError`]
    pub async fn send_message(
        &self,
        visitor: &Visitor,
        id: ConversationId,
        outgoing: Outgoing,
    ) -> Result<(ShownMessage, bool), EngineError> {
        self.members_only(visitor)?;
        let Outgoing { text, client_id, reply_to, files } = outgoing;
        check_text_with_files(&text, client_id.as_deref(), files.len())?;
        let text = self.filtered(&visitor.front, &text)?;
        let conversation = self.conversation_of(visitor, id).await?.ok_or(EngineError::NotFound)?;
        if let Err(refusal) = self.check_may_send(visitor, &conversation).await {
            // What was written while it was allowed is acknowledged though it is allowed no more.
            let original = self.sent_before(visitor, id, &text, client_id).await?;
            return original.map(|message| (message, false)).ok_or(refusal);
        }
        if let Some(original) = reply_to {
            self.check_answers(visitor, &conversation, original).await?;
        }
        let mentions = self.mentions_in(visitor, &conversation, &text).await?;
        let files = self.claim_files(visitor, conversation.id, &files).await?;
        let message = NewMessage {
            conversation,
            sender: visitor.account(),
            front: visitor.front().id.clone(),
            text,
            client_id,
            reply_to,
            mentions,
            files: files.iter().map(StoredFile::attached).collect(),
        };
        let (message, new) = match self.writer.append(message).await? {
            Appended::New(message) => (message, true),
            Appended::Repeated(message) => (message, false),
        };
        Ok((self.shown_one(visitor, message).await?, new))
    }

    /// Refuses an answer to something that is not in the conversation.
    pub(super) async fn check_answers(
        &self,
        visitor: &Visitor,
        conversation: &Conversation,
        original: Sequence,
    ) -> Result<(), EngineError> {
        match self.readable(visitor, conversation, original).await {
            Err(EngineError::NotFound) => Err(EngineError::Unacceptable(
                "`reply_to` must be the id of a message in this conversation".into(),
            )),
            other => other.map(drop),
        }
    }

    pub(super) async fn check_may_send(
        &self,
        visitor: &Visitor,
        conversation: &Conversation,
    ) -> Result<(), EngineError> {
        if let Some(restriction) = self.write_restriction(visitor) {
            return Err(EngineError::WriteRestricted(restriction));
        }
        if let Some(group) = conversation.group {
            let permitted = self.may_write_in(visitor, group).await?;
            return if permitted { Ok(()) } else { Err(not_writable_room()) };
        }
        if conversation.conference.is_some() {
            // Whoever is in it has been invited by somebody who may write to them, and wanted to be.
            return Ok(());
        }
        let other = conversation.other_than(visitor.account()).ok_or(EngineError::NotFound)?;
        let member = self.member_of(visitor.community(), other).await?.ok_or(WriteRefusal::General)?;
        let eyes = self.look(visitor, &[other]).await?;
        self.permissions_in(visitor, &eyes, &member, conversation.id).await?.write?;
        Ok(())
    }

    async fn sent_before(
        &self,
        visitor: &Visitor,
        conversation: ConversationId,
        text: &str,
        client_id: Option<String>,
    ) -> Result<Option<ShownMessage>, EngineError> {
        let Some(client_id) = client_id else { return Ok(None) };
        let key = ClientKey { conversation, sender: visitor.account(), client_id };
        let Some(message) = self.store.messages_by_client(std::slice::from_ref(&key)).await?.pop() else {
            return Ok(None);
        };
        let first = match message.has_another_text() {
            true => self.store.first_texts(&[message.sequence]).await?.pop().map(|(_, text)| text),
            false => None,
        };
        if first.as_ref().unwrap_or(&message.text) != text {
            return Ok(None);
        }
        Ok(Some(self.shown_one(visitor, Arc::new(message)).await?))
    }

    /// Why the visitor may not write, if so.
    pub(super) fn write_restriction(&self, visitor: &Visitor) -> Option<Restriction> {
        let theirs = visitor.session().standing().restrictions.write.clone();
        let over =
            |restriction: &Restriction| restriction.until().is_some_and(|until| until <= self.clock.now());
        theirs
            .filter(|restriction| !over(restriction))
            .or_else(|| self.mute_of(visitor.account(), visitor.community(), &visitor.front().id))
    }
}

fn not_writable_room() -> EngineError {
    EngineError::NotPermitted("only its managers write in this room".into())
}
