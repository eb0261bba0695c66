//! Texts that were begun on one device and go on on another.

use std::sync::Arc;

use crate::ConversationId;
use crate::engine::{Engine, EngineError, Visitor};
use crate::messaging::{Draft, Notice, Sequence, check_draft};

impl Engine {
    /// Keeps what the visitor has begun to write in a conversation; an empty text forgets it. The other devices are told.
    ///
    /// # Errors
    /// [`EngineError`]
    pub async fn save_draft(
        &self,
        visitor: &Visitor,
        id: ConversationId,
        text: String,
        reply_to: Option<Sequence>,
    ) -> Result<(), EngineError> {
        self.members_only(visitor)?;
        check_draft(&text)?;
        let conversation = self.conversation_of(visitor, id).await?.ok_or(EngineError::NotFound)?;
        let draft =
            (!text.is_empty()).then(|| Arc::new(Draft { text, reply_to, saved_at: self.clock.now() }));
        if draft.is_some()
            && let Some(original) = reply_to
        {
            self.check_answers(visitor, &conversation, original).await?;
        }
        self.store.put_draft(id, visitor.account(), draft.as_deref()).await?;
        let notice = Notice::Draft(visitor.session.id(), id, draft);
        self.mailboxes.push(visitor.community(), [visitor.account()], &notice);
        Ok(())
    }
}
