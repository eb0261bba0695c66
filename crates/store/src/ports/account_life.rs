//! States of accounts, and what becomes of those who leave.

use async_trait::async_trait;
use portico_core::account::{AccountLife, AccountState, OwnMessages};
use portico_core::ports::{AccountLifeStore, NativeState, StoreResult};
use portico_core::{AccountId, CommunityId, SessionId, Timestamp};
use uuid::Uuid;

use crate::sql_store::SqlStore;

#[async_trait]
impl AccountLifeStore for SqlStore {
    async fn account_life(&self, account: AccountId) -> StoreResult<Option<AccountLife>> {
        Ok(self.life_of(account).await?)
    }

    async fn native_state(&self, user: Uuid) -> StoreResult<Option<NativeState>> {
        Ok(self.native_state_of(user).await?)
    }

    async fn account_lives(&self, accounts: &[AccountId]) -> StoreResult<Vec<(AccountId, AccountLife)>> {
        Ok(self.lives_of(accounts).await?)
    }

    async fn set_account_state(
        &self,
        account: AccountId,
        expected: &AccountLife,
        life: &AccountLife,
    ) -> StoreResult<bool> {
        Ok(self.replace_state(account, expected, life).await?)
    }

    async fn mark_active(&self, people: &[AccountId], at: Timestamp) -> StoreResult<()> {
        Ok(self.note_activity(people, at).await?)
    }

    async fn accounts_in(
        &self,
        state: AccountState,
        after: Option<AccountId>,
        limit: usize,
    ) -> StoreResult<Vec<(AccountId, AccountLife)>> {
        Ok(self.accounts_in_state(state, after, limit).await?)
    }

    async fn unused_since(
        &self,
        before: Timestamp,
        after: Option<AccountId>,
        limit: usize,
    ) -> StoreResult<Vec<(AccountId, Timestamp)>> {
        Ok(self.long_unused(before, after, limit).await?)
    }

    async fn communities_of(&self, account: AccountId) -> StoreResult<Vec<CommunityId>> {
        Ok(self.communities(account).await?)
    }

    async fn end_sessions(
        &self,
        account: AccountId,
        except: Option<SessionId>,
    ) -> StoreResult<Vec<[u8; 32]>> {
        Ok(self.delete_sessions(account, except).await?)
    }

    async fn begin_leaving(
        &self,
        account: AccountId,
        messages: OwnMessages,
        now: Timestamp,
    ) -> StoreResult<bool> {
        Ok(self.begin_to_leave(account, messages, now).await?)
    }

    async fn forget_tokens(&self, now: Timestamp) -> StoreResult<()> {
        Ok(self.forget_expired_tokens(now).await?)
    }

    async fn erase_some(&self, account: AccountId, limit: usize) -> StoreResult<bool> {
        Ok(self.erase_more(account, limit).await?)
    }
}
