//! Editing and deleting messages, and reactions to them.
//!
//! A change is a notice to the members, not a message of its own: the order of messages never changes. What a client missed
//! it learns with the next `resync`.

use std::sync::Arc;

use crate::engine::{Engine, EngineError, Visitor};
use crate::messaging::{
    ChangeKind, ChangeRefusal, ChangedMessage, Conversation, Emoji, Message, MessageChange, MessageVersion,
    Notice, ReactionWrite, Sequence, ShownMessage, ShownReactions, check_text,
};
use crate::{AccountId, CommunityId, ConversationId, FileId};

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
        let changed = self.change(visitor.account(), &conversation, message, kind).await?;
        self.shown_one(visitor, changed).await
    }

    async fn check_may_edit(
        &self,
        visitor: &Visitor,
        conversation: &Conversation,
        original: &Message,
    ) -> Result<(), EngineError> {
        self.check_may_send(visitor, conversation).await?;
        let until = original.sent_at.plus(visitor.options().edit_window);
        if self.clock.now() > until {
            return Err(EngineError::NotPermitted("this message is too old to be edited".into()));
        }
        Ok(())
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
        if !self.keeps_order_in(visitor, &conversation).await? {
            if original.sender != visitor.account() {
                return Err(EngineError::NotPermitted("only who wrote a message deletes it".into()));
            }
            if self.clock.now() > original.sent_at.plus(visitor.options().delete_window) {
                return Err(EngineError::NotPermitted("this message is too old to be deleted".into()));
            }
        }
        self.change(visitor.account(), &conversation, message, ChangeKind::Delete).await?;
        Ok(())
    }

    /// Deletes a message in the name of `by`, whose right to do so the caller has decided.
    ///
    /// # Errors
    /// [`EngineError::NotFound`] when there is no such message in this community.
    pub async fn remove_message(
        &self,
        community: &CommunityId,
        id: ConversationId,
        message: Sequence,
        by: AccountId,
    ) -> Result<(), EngineError> {
        let load = || async { Ok(self.store.conversation(id).await?.map(Arc::new)) };
        let conversation = self.conversations.get(&id, load).await?;
        let conversation =
            conversation.filter(|found| found.community == *community).ok_or(EngineError::NotFound)?;
        self.change(by, &conversation, message, ChangeKind::Delete).await?;
        Ok(())
    }

    /// The texts that a message had, oldest first, for moderators who are members.
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
        self.readable(visitor, &conversation, message).await?;
        Ok(self.store.message_versions(message).await?)
    }

    /// The texts that a message had, for whoever the caller lets know.
    ///
    /// # Errors
    /// [`EngineError::NotFound`] when there is no such message in this community.
    pub async fn message_versions_for_admin(
        &self,
        community: &CommunityId,
        id: ConversationId,
        message: Sequence,
    ) -> Result<Vec<MessageVersion>, EngineError> {
        let conversation = self.store.conversation(id).await?;
        conversation.filter(|found| found.community == *community).ok_or(EngineError::NotFound)?;
        self.store.message(id, message).await?.ok_or(EngineError::NotFound)?;
        Ok(self.store.message_versions(message).await?)
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
        kind: ChangeKind,
    ) -> Result<Arc<Message>, EngineError> {
        let change =
            MessageChange { conversation: conversation.id, message, by, now: self.clock.now(), kind };
        // A message that is deleted takes its files with it; what it carried is asked before it is forgotten.
        let carried = match change.kind {
            ChangeKind::Delete => self.store.message(conversation.id, message).await?,
            ChangeKind::Edit { .. } => None,
        };
        let outcome = self.store.change_message(&change).await?;
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
