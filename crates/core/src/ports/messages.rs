use async_trait::async_trait;

use crate::administration::AuditEntry;
use crate::messaging::{
    ChangeRefusal, ChangedMessage, Draft, Expired, Expiry, Marks, Message, MessageChange, MessageSearch,
    MessageVersion, Place, ReactionWrite, Sequence,
};
use crate::ports::StoreResult;
use crate::{AccountId, CommunityId, ConversationId};

/// What becomes of messages after they were sent, and what is kept beside them.
#[async_trait]
pub trait MessageStore {
    /// Changes a message in one transaction: reads it under lock, keeps the text that is replaced, and counts its version
    /// up. A repeated client id of an edit, and a deletion of what is deleted, change nothing.
    ///
    /// The inner error is the answer to the person; nothing was written then.
    async fn change_message(
        &self,
        change: &MessageChange,
    ) -> StoreResult<Result<ChangedMessage, ChangeRefusal>>;

    /// The same by somebody who keeps order: when it changes anything, the line of the audit log is written in the same
    /// transaction.
    async fn moderate_message(
        &self,
        change: &MessageChange,
        line: AuditEntry,
    ) -> StoreResult<Result<ChangedMessage, ChangeRefusal>>;

    /// The texts that a message had, oldest first; not the one it has.
    async fn message_versions(&self, message: Sequence) -> StoreResult<Vec<MessageVersion>>;

    /// The texts with which messages were sent, of those that have another one now.
    async fn first_texts(&self, messages: &[Sequence]) -> StoreResult<Vec<(Sequence, String)>>;

    /// The messages with these sequence numbers, in order; unknown ones are passed over.
    async fn messages_numbered(&self, messages: &[Sequence]) -> StoreResult<Vec<Message>>;

    /// Gives a reaction or takes it back in one transaction, and counts the message's version up if that changed anything.
    ///
    /// The inner error is the answer to the person; nothing was written then.
    async fn react(&self, write: &ReactionWrite) -> StoreResult<Result<ChangedMessage, ChangeRefusal>>;

    /// The reactions of one person to these messages: message and emoji.
    async fn reactions_by(
        &self,
        account: AccountId,
        messages: &[Sequence],
    ) -> StoreResult<Vec<(Sequence, String)>>;

    /// Keeps a person's draft in a conversation in place of the one before; `None` forgets it.
    async fn put_draft(
        &self,
        id: ConversationId,
        account: AccountId,
        draft: Option<&Draft>,
    ) -> StoreResult<()>;

    /// A person's drafts in these conversations.
    async fn drafts(
        &self,
        account: AccountId,
        conversations: &[ConversationId],
    ) -> StoreResult<Vec<(ConversationId, Draft)>>;

    /// The messages of a search in the conversations that its person is in now, newest first; deleted ones are never found.
    async fn search_messages(&self, search: &MessageSearch) -> StoreResult<Vec<Message>>;

    /// Looks at the next `limit` messages (at most [`EXPIRED_AT_ONCE`](crate::messaging::EXPIRED_AT_ONCE)) and removes in
    /// one transaction those that are to go, with all that is kept beside them. The newest message of all is not removed,
    /// only emptied, so that its number is never given again.
    async fn expire(&self, expiry: &Expiry, limit: usize) -> StoreResult<Expired>;

    /// How far people have got in a conversation.
    async fn receipts(&self, id: ConversationId) -> StoreResult<Vec<(AccountId, Marks)>>;

    /// Writes behind how far people have got. Never moves a mark backwards.
    async fn keep_receipts(&self, marks: &[(Place, Marks)]) -> StoreResult<()>;

    /// What people (at most 1,000) have chosen for themselves in a community: who, name and value.
    async fn preferences(
        &self,
        community: &CommunityId,
        accounts: &[AccountId],
    ) -> StoreResult<Vec<(AccountId, String, String)>>;

    /// Keeps choices in place of those of the same names.
    async fn put_preferences(
        &self,
        community: &CommunityId,
        account: AccountId,
        choices: &[(&'static str, String)],
    ) -> StoreResult<()>;
}
