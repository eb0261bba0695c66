use async_trait::async_trait;
use uuid::Uuid;

use crate::account::{AccountLife, AccountState, OwnMessages};
use crate::ports::{NativeState, StoreResult};
use crate::{AccountId, CommunityId, SessionId, Timestamp};

/// States of accounts, and what becomes of the accounts of those who leave.
#[async_trait]
pub trait AccountLifeStore: std::fmt::Debug + Send + Sync {
    /// The state of an account; `None` = there is no such account.
    async fn account_life(&self, account: AccountId) -> StoreResult<Option<AccountLife>>;

    /// Whether one of Portico's own accounts can be used; `None` = there is no such account.
    async fn native_state(&self, user: Uuid) -> StoreResult<Option<NativeState>>;

    /// Replaces state, reason and end, not the time of the last use, where all of it is still as `expected`: compared and
    /// written in one transaction. An account that is leaving or has left stays so. `false` when nothing was changed.
    async fn set_account_state(
        &self,
        account: AccountId,
        expected: &AccountLife,
        life: &AccountLife,
    ) -> StoreResult<bool>;

    /// The states of these accounts (at most 1,000), in no particular order.
    async fn account_lives(&self, accounts: &[AccountId]) -> StoreResult<Vec<(AccountId, AccountLife)>>;

    /// Records when people were last here. Never moves a time backwards.
    async fn mark_active(&self, people: &[AccountId], at: Timestamp) -> StoreResult<()>;

    /// The accounts in this state by id, beginning after `after`.
    async fn accounts_in(
        &self,
        state: AccountState,
        after: Option<AccountId>,
        limit: usize,
    ) -> StoreResult<Vec<(AccountId, AccountLife)>>;

    /// Active, locked and waiting accounts by id, beginning after `after`, that nobody has used since `before`: last used, or
    /// if that isn't known made, before it.
    async fn unused_since(
        &self,
        before: Timestamp,
        after: Option<AccountId>,
        limit: usize,
    ) -> StoreResult<Vec<(AccountId, Timestamp)>>;

    /// The communities that an account is a member of.
    async fn communities_of(&self, account: AccountId) -> StoreResult<Vec<CommunityId>>;

    /// Deletes the sessions of an account, all but `except`: the hashes of their tokens.
    async fn end_sessions(&self, account: AccountId, except: Option<SessionId>)
    -> StoreResult<Vec<[u8; 32]>>;

    /// The person leaves, in one transaction: sessions and the link of the identity are gone, so is the native account with
    /// its secrets, and what is shown has no name any more. The state is [`AccountState::Leaving`] then. `false` when there
    /// is no such account, or it is leaving already.
    async fn begin_leaving(
        &self,
        account: AccountId,
        messages: OwnMessages,
        now: Timestamp,
    ) -> StoreResult<bool>;

    /// Forgets tokens of letters that have expired.
    async fn forget_tokens(&self, now: Timestamp) -> StoreResult<()>;

    /// Deletes some more of what belongs to an account that is leaving, at most about `limit` rows, in one transaction. `true`
    /// when nothing is left to do: the state is [`AccountState::Left`] then. May be called again at any time.
    async fn erase_some(&self, account: AccountId, limit: usize) -> StoreResult<bool>;
}
