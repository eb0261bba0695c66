//! How far others have got: delivered and read.
//!
//! Marks live in memory, are told in batches and written behind: what is lost with a crash comes again with the next
//! message. They are for conversations of a few people, and only of people who show that they are here.

use crate::engine::{Engine, EngineError, Visitor};
use crate::messaging::{Conversation, Event, Marks, Notice, PresenceState, Sequence};
use crate::{AccountId, ConversationId};

/// Most members of a conversation in which receipts are told.
const MOST_MEMBERS: usize = 50;

/// How far somebody else has got in a conversation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Receipt {
    /// Who.
    pub account: AccountId,
    /// Up to which message one of their devices has received.
    pub delivered_up_to: Option<Sequence>,
    /// Up to which message they have read; `None` also when they or the reader of this don't tell.
    pub read_up_to: Option<Sequence>,
}

fn has_receipts(conversation: &Conversation) -> bool {
    conversation.group.is_none() && conversation.members.len() <= MOST_MEMBERS
}

fn some(mark: Sequence) -> Option<Sequence> {
    (mark > Sequence::START).then_some(mark)
}

impl Engine {
    /// Notes which messages of others have just been handed to a device of the visitor.
    pub(super) async fn note_delivered(
        &self,
        visitor: &Visitor,
        events: &[Event],
    ) -> Result<(), EngineError> {
        if visitor.is_guest() || self.hides(visitor) {
            return Ok(());
        }
        for event in events {
            let Event::Message { message } = event else { continue };
            if message.sender == visitor.account() {
                continue;
            }
            let conversation = self.conversation_of(visitor, message.conversation).await?;
            if conversation.is_some_and(|conversation| has_receipts(&conversation)) {
                let marks = Marks { delivered: message.sequence, read: Sequence::START };
                self.receipts.advance((message.conversation, visitor.account()), marks);
            }
        }
        Ok(())
    }

    /// Notes that the visitor has read up to a message, as far as they let others know.
    pub(super) async fn note_read(
        &self,
        visitor: &Visitor,
        conversation: &Conversation,
        upto: Sequence,
    ) -> Result<(), EngineError> {
        if has_receipts(conversation) && !self.hides(visitor) {
            let read = if self.tells_read(visitor).await? { upto } else { Sequence::START };
            self.receipts.advance((conversation.id, visitor.account()), Marks { delivered: upto, read });
        }
        Ok(())
    }

    /// Whether the visitor is invisible: a receipt would tell that they are here.
    fn hides(&self, visitor: &Visitor) -> bool {
        self.true_state(visitor.community(), visitor.account()) == PresenceState::Invisible
    }

    /// Whether the visitor lets others know what they have read, and so may know it of others.
    async fn tells_read(&self, visitor: &Visitor) -> Result<bool, EngineError> {
        Ok(visitor.options().read_receipts
            && self.preferences_of(visitor.community(), visitor.account()).await?.read_receipts)
    }

    /// Tells the live members of conversations how far the others have got since the last time.
    pub fn tell_receipts(&self) {
        for ((id, account), marks) in self.receipts.take_untold() {
            let Some(Some(conversation)) = self.conversations.peek(&id) else { continue };
            let others = conversation.members.iter().copied().filter(|&member| member != account);
            self.mailboxes.push(&conversation.community, others, &Notice::Receipt(id, account, marks));
        }
    }

    /// Writes the marks that are not written yet.
    pub(super) async fn write_receipts(&self) {
        let marks = self.receipts.take_unwritten();
        if marks.is_empty() {
            return;
        }
        if let Err(error) = self.store.keep_receipts(&marks).await {
            tracing::warn!(%error, "how far people have got could not be written");
            self.receipts.put_back_unwritten(marks);
        }
    }

    /// How far the others have got, as far as the visitor may know.
    pub(super) async fn receipts_in(
        &self,
        visitor: &Visitor,
        conversation: &Conversation,
    ) -> Result<Vec<Receipt>, EngineError> {
        if visitor.is_guest() || !has_receipts(conversation) {
            return Ok(Vec::new());
        }
        let kept = self.store.receipts(conversation.id).await?;
        let mut receipts = Vec::new();
        for &account in conversation.members.iter().filter(|&&member| member != visitor.account()) {
            let kept = kept.iter().find(|(who, _)| *who == account).map(|(_, marks)| *marks);
            let marks = kept.unwrap_or_default().max(self.receipts.known((conversation.id, account)));
            receipts.extend(self.shown_receipt(visitor, account, marks).await?);
        }
        Ok(receipts)
    }

    pub(super) async fn show_receipt(
        &self,
        visitor: &Visitor,
        conversation_id: ConversationId,
        account: AccountId,
        marks: Marks,
    ) -> Result<Option<Event>, EngineError> {
        let shown = self.shown_receipt(visitor, account, marks).await?;
        Ok(shown.map(|Receipt { account, delivered_up_to, read_up_to }| Event::Receipt {
            conversation_id,
            account,
            delivered_up_to,
            read_up_to,
        }))
    }

    /// Somebody whose presence the visitor does not see is not given away by a receipt either.
    async fn shown_receipt(
        &self,
        visitor: &Visitor,
        account: AccountId,
        marks: Marks,
    ) -> Result<Option<Receipt>, EngineError> {
        let seen = self.facts_about(visitor, account).await?.is_some_and(|(_, may)| may.presence);
        if !seen || marks == Marks::default() {
            return Ok(None);
        }
        let both_tell = self.tells_read(visitor).await?
            && self.preferences_of(visitor.community(), account).await?.read_receipts;
        let read_up_to = some(marks.read).filter(|_| both_tell);
        Ok(Some(Receipt { account, delivered_up_to: some(marks.delivered), read_up_to }))
    }
}
