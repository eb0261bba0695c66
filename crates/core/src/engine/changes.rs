//! Editing and deleting messages, and reactions to them.
//!
//! A change is a notice to the members, not a message of its own: the order of messages never changes. What a client missed
//! it learns with the next `resync`.

use std::sync::Arc;
use std::time::Duration;

use serde_json::json;

use crate::administration::{Actor, AuditEntry};
use crate::engine::{Engine, EngineError, Visitor};
use crate::messaging::{
    ChangeKind, ChangeRefusal, ChangedMessage, Conversation, Emoji, Message, MessageChange, MessageVersion,
    Notice, ReactionWrite, Sequence, ShownMessage, ShownReactions, check_text,
};
use crate::{AccountId, ConversationId, FileId, ReportId};

impl Engine {
    /// Replaces the text of one's own message, within the front's `edit_window`. Durable on return.
    ///
    /// # Errors
    /// [`EngineError`]
    pub async fn edit(
        &self,
        visitor: &Visitor,
        id: ConversationId,
        message: Sequence,
        text: String,
        client_id: Option<String>,
    ) -> Result<ShownMessage, EngineError> {
        self.members_only(visitor)?;
        check_text(&text, client_id.as_deref())?;
        let conversation = self.conversation_of(visitor, id).await?.ok_or(EngineError::NotFound)?;
        let original = self.readable(visitor, &conversation, message).await?;
        if original.sender != visitor.account() {
            return Err(EngineError::NotPermitted("only who wrote a message edits it".into()));
        }
        if let Err(refusal) = self.check_may_edit(visitor, &conversation, &original).await
            && !self.edited_before(message, client_id.as_deref()).await?
        {
            return Err(refusal);
        }
        let text = self.filtered(&visitor.front, &text)?;
        let mentions = self.mentions_in(visitor, &conversation, &text).await?;
        let kind = ChangeKind::Edit { text, mentions, client_id };
        let changed = self.change(visitor.account(), &conversation, message, (kind, None)).await?;
        self.shown_one(visitor, changed).await
    }

    async fn check_may_edit(
        &self,
        visitor: &Visitor,
        conversation: &Conversation,
        original: &Message,
    ) -> Result<(), EngineError> {
        self.check_may_send(visitor, conversation).await?;
        if self.is_over(original, visitor.options().edit_window) {
            return Err(EngineError::NotPermitted("this message is too old to be edited".into()));
        }
        Ok(())
    }

    /// Whether a message is older than this. A clock that went back makes no message younger than the newest one is.
    fn is_over(&self, message: &Message, window: Duration) -> bool {
        self.clock.now().max(self.writer.latest()) > message.sent_at.plus(window)
    }

    /// What was edited while it was allowed is acknowledged though it is allowed no more.
    async fn edited_before(&self, message: Sequence, client_id: Option<&str>) -> Result<bool, EngineError> {
        let Some(client_id) = client_id else { return Ok(false) };
        let versions = self.store.message_versions(message).await?;
        Ok(versions.iter().any(|version| version.client_id.as_deref() == Some(client_id)))
    }

    /// Deletes a message: one's own within the front's `delete_window`; in rooms their managers and moderators any at any
    /// time. Its place stays, its text is kept for moderators.
    ///
    /// # Errors
    /// [`EngineError`]
    pub async fn delete_message(
        &self,
        visitor: &Visitor,
        id: ConversationId,
        message: Sequence,
    ) -> Result<(), EngineError> {
        self.members_only(visitor)?;
        let conversation = self.conversation_of(visitor, id).await?.ok_or(EngineError::NotFound)?;
        let original = self.readable(visitor, &conversation, message).await?;
        if original.deleted_at.is_some() {
            return Ok(());
        }
        let keeps_order = self.keeps_order_in(visitor, &conversation).await?;
        if original.sender != visitor.account() {
            if !keeps_order {
                return Err(EngineError::NotPermitted("only who wrote a message deletes it".into()));
            }
            let by = self.in_charge(visitor).await?;
            return self.remove_message(&by, visitor.account(), &conversation, &original).await;
        }
        if !keeps_order && self.is_over(&original, visitor.options().delete_window) {
            return Err(EngineError::NotPermitted("this message is too old to be deleted".into()));
        }
        self.change(visitor.account(), &conversation, message, (ChangeKind::Delete, None)).await?;
        Ok(())
    }

    /// Deletes another's message, with its line of the audit log. `by` has the right to do so; `remover` is the account in
    /// whose name the text is kept.
    pub(super) async fn remove_message(
        &self,
        by: &Actor,
        remover: AccountId,
        conversation: &Arc<Conversation>,
        message: &Message,
    ) -> Result<(), EngineError> {
        let mut line = self.audit_entry(by, "message-removed").on("message", message.sequence);
        (line.front, line.community) = (Some(message.front.clone()), Some(conversation.community.clone()));
        let before = json!({
            "conversation": conversation.id, "sender": message.sender, "sent_at": message.sent_at
        });
        let line = line.changed(Some(before), None);
        self.change(remover, conversation, message.sequence, (ChangeKind::Delete, Some(line))).await?;
        Ok(())
    }

    /// The texts that a message had, oldest first, for moderators who are members. That they read them is written down.
    ///
    /// # Errors
    /// [`EngineError`]
    pub async fn message_versions(
        &self,
        visitor: &Visitor,
        id: ConversationId,
        message: Sequence,
    ) -> Result<Vec<MessageVersion>, EngineError> {
        self.members_only(visitor)?;
        let conversation = self.conversation_of(visitor, id).await?.ok_or(EngineError::NotFound)?;
        if !visitor.options().moderator {
            return Err(EngineError::NotPermitted("only moderators read what a message was before".into()));
        }
        let found = self.readable(visitor, &conversation, message).await?;
        let by = self.in_charge(visitor).await?;
        self.read_versions(&by, &found, None).await
    }

    /// The texts that a message had, for somebody who may read them: that they did is written down first.
    pub(super) async fn read_versions(
        &self,
        by: &Actor,
        message: &Message,
        report: Option<ReportId>,
    ) -> Result<Vec<MessageVersion>, EngineError> {
        let mut line = self.audit_entry(by, "message-history-read").on("message", message.sequence);
        line.front = Some(message.front.clone());
        let what =
            json!({ "conversation": message.conversation, "sender": message.sender, "report": report });
        self.record(line.changed(None, Some(what))).await?;
        Ok(self.store.message_versions(message.sequence).await?)
    }

    /// Gives a reaction to a message, or takes it back. All reactions to the message as they are then.
    ///
    /// # Errors
    /// [`EngineError`]
    pub async fn react(
        &self,
        visitor: &Visitor,
        id: ConversationId,
        message: Sequence,
        emoji: &str,
        given: bool,
    ) -> Result<ShownReactions, EngineError> {
        self.members_only(visitor)?;
        let conversation = self.conversation_of(visitor, id).await?.ok_or(EngineError::NotFound)?;
        let emoji: Emoji = emoji
            .parse()
            .map_err(|error: crate::messaging::NotAnEmoji| EngineError::Unacceptable(error.to_string()))?;
        self.readable(visitor, &conversation, message).await?;
        if given {
            self.check_may_react(visitor, &conversation).await?;
        }
        let write = ReactionWrite {
            conversation: id,
            message,
            account: visitor.account(),
            emoji,
            given,
            now: self.clock.now(),
        };
        let outcome = self.store.react(&write).await?;
        let message = self.tell_of(&conversation, outcome, Notice::Reactions)?;
        self.shown_reactions(visitor, message).await
    }

    /// Who may read a room may react in it, whoever writes there; a refusal or ban is one for reactions as well.
    async fn check_may_react(&self, visitor: &Visitor, at: &Conversation) -> Result<(), EngineError> {
        if !visitor.options().reactions {
            return Err(EngineError::NotPermitted("there are no reactions here".into()));
        }
        if at.group.is_none() {
            return self.check_may_send(visitor, at).await;
        }
        self.write_restriction(visitor).map_or(Ok(()), |why| Err(EngineError::WriteRestricted(why)))
    }

    /// A message of a conversation that the visitor may read.
    pub(super) async fn readable(
        &self,
        visitor: &Visitor,
        conversation: &Conversation,
        message: Sequence,
    ) -> Result<Message, EngineError> {
        if message <= conversation.floor_of(visitor.account()) {
            return Err(EngineError::NotFound);
        }
        self.store.message(conversation.id, message).await?.ok_or(EngineError::NotFound)
    }

    /// Whether the visitor may delete others' messages in a conversation: in rooms their managers, and moderators.
    pub(super) async fn keeps_order_in(
        &self,
        visitor: &Visitor,
        conversation: &Conversation,
    ) -> Result<bool, EngineError> {
        let Some(group) = conversation.group else { return Ok(false) };
        if visitor.options().moderator {
            return Ok(true);
        }
        Ok(self.manages(visitor, group).await?)
    }

    async fn change(
        &self,
        by: AccountId,
        conversation: &Arc<Conversation>,
        message: Sequence,
        (kind, line): (ChangeKind, Option<AuditEntry>),
    ) -> Result<Arc<Message>, EngineError> {
        let change =
            MessageChange { conversation: conversation.id, message, by, now: self.clock.now(), kind };
        // A message that is deleted takes its files with it; what it carried is asked before it is forgotten.
        let carried = match change.kind {
            ChangeKind::Delete => self.store.message(conversation.id, message).await?,
            ChangeKind::Edit { .. } => None,
        };
        let outcome = match line {
            Some(line) => self.store.moderate_message(&change, line).await?,
            None => self.store.change_message(&change).await?,
        };
        let changed = self.tell_of(conversation, outcome, Notice::Changed)?;
        let files: Vec<FileId> =
            carried.iter().flat_map(|message| &message.files).map(|file| file.id).collect();
        self.forget_carried(&files).await;
        Ok(changed)
    }

    /// Tells the live members of what is durable now.
    fn tell_of(
        &self,
        conversation: &Conversation,
        outcome: Result<ChangedMessage, ChangeRefusal>,
        notice: fn(Arc<Message>) -> Notice,
    ) -> Result<Arc<Message>, EngineError> {
        let ChangedMessage { message, changed } = outcome.map_err(|refusal| match refusal {
            ChangeRefusal::Unknown => EngineError::NotFound,
            other => EngineError::Change(other),
        })?;
        let message = Arc::new(message);
        if changed {
            self.quotes.forget([&message.sequence]);
            let notice = notice(Arc::clone(&message));
            self.mailboxes.push(&conversation.community, conversation.members.iter().copied(), &notice);
            self.tell_guests_of(conversation, &notice);
        }
        Ok(message)
    }
}
