//! What becomes of messages after they were sent.

use async_trait::async_trait;
use portico_core::administration::AuditEntry;
use portico_core::messaging::{
    ChangeRefusal, ChangedMessage, Draft, Expired, Expiry, Marks, Message, MessageChange, MessageSearch,
    MessageVersion, Place, ReactionWrite, Sequence,
};
use portico_core::ports::{MessageStore, StoreResult};
use portico_core::{AccountId, CommunityId, ConversationId};

use crate::sql_store::SqlStore;

#[async_trait]
impl MessageStore for SqlStore {
    async fn change_message(
        &self,
        change: &MessageChange,
    ) -> StoreResult<Result<ChangedMessage, ChangeRefusal>> {
        Ok(self.change_one(change).await?)
    }

    async fn moderate_message(
        &self,
        change: &MessageChange,
        line: AuditEntry,
    ) -> StoreResult<Result<ChangedMessage, ChangeRefusal>> {
        Ok(self.change_one_with_line(change, &line).await?)
    }

    async fn message_versions(&self, message: Sequence) -> StoreResult<Vec<MessageVersion>> {
        Ok(self.versions_of(message).await?)
    }

    async fn first_texts(&self, messages: &[Sequence]) -> StoreResult<Vec<(Sequence, String)>> {
        Ok(self.texts_as_sent(messages).await?)
    }

    async fn messages_numbered(&self, messages: &[Sequence]) -> StoreResult<Vec<Message>> {
        let numbers: Vec<i64> = messages.iter().map(|message| message.get()).collect();
        Ok(self.by_sequence(&numbers).await?)
    }

    async fn react(&self, write: &ReactionWrite) -> StoreResult<Result<ChangedMessage, ChangeRefusal>> {
        Ok(self.write_reaction(write).await?)
    }

    async fn reactions_by(
        &self,
        account: AccountId,
        messages: &[Sequence],
    ) -> StoreResult<Vec<(Sequence, String)>> {
        Ok(self.reactions_of_person(account, messages).await?)
    }

    async fn put_draft(
        &self,
        id: ConversationId,
        account: AccountId,
        draft: Option<&Draft>,
    ) -> StoreResult<()> {
        Ok(self.keep_draft(id, account, draft).await?)
    }

    async fn drafts(
        &self,
        account: AccountId,
        conversations: &[ConversationId],
    ) -> StoreResult<Vec<(ConversationId, Draft)>> {
        Ok(self.drafts_of(account, conversations).await?)
    }

    async fn search_messages(&self, search: &MessageSearch) -> StoreResult<Vec<Message>> {
        Ok(self.found(search).await?)
    }

    async fn expire(&self, expiry: &Expiry, limit: usize) -> StoreResult<Expired> {
        Ok(self.remove_old(expiry, limit).await?)
    }

    async fn receipts(&self, id: ConversationId) -> StoreResult<Vec<(AccountId, Marks)>> {
        Ok(self.receipts_of(id).await?)
    }

    async fn keep_receipts(&self, marks: &[(Place, Marks)]) -> StoreResult<()> {
        Ok(self.move_receipts(marks).await?)
    }

    async fn preferences(
        &self,
        community: &CommunityId,
        accounts: &[AccountId],
    ) -> StoreResult<Vec<(AccountId, String, String)>> {
        Ok(self.preferences_kept(community, accounts).await?)
    }

    async fn put_preferences(
        &self,
        community: &CommunityId,
        account: AccountId,
        choices: &[(&'static str, String)],
    ) -> StoreResult<()> {
        Ok(self.keep_preferences(community, account, choices).await?)
    }
}
