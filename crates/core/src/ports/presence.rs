use async_trait::async_trait;

use crate::messaging::PresenceRecord;
use crate::ports::StoreResult;
use crate::{AccountId, CommunityId, Timestamp};

/// What survives a restart of how people are.
#[async_trait]
pub trait PresenceStore: std::fmt::Debug + Send + Sync {
    /// What is kept of `accounts` (at most 1,000) in `community`, in no particular order; nothing of those who never chose
    /// anything and were never seen.
    async fn presences(
        &self,
        community: &CommunityId,
        accounts: &[AccountId],
    ) -> StoreResult<Vec<(AccountId, PresenceRecord)>>;

    /// Keeps what a person chose and told. Leaves alone when they were seen.
    async fn keep_presence(
        &self,
        community: &CommunityId,
        account: AccountId,
        record: &PresenceRecord,
    ) -> StoreResult<()>;

    /// Writes behind when people were last seen. Never moves a time backwards; unknown accounts are passed over.
    async fn keep_last_seen(&self, seen: &[(CommunityId, AccountId, Timestamp)]) -> StoreResult<()>;

    /// Forgets everything of an account, in every community.
    async fn forget_presence(&self, account: AccountId) -> StoreResult<()>;
}
