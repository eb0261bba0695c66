use async_trait::async_trait;
use portico_core::messaging::PresenceRecord;
use portico_core::ports::{PresenceStore, StoreResult};
use portico_core::{AccountId, CommunityId, Timestamp};

use crate::sql_store::SqlStore;

#[async_trait]
impl PresenceStore for SqlStore {
    async fn presences(
        &self,
        community: &CommunityId,
        accounts: &[AccountId],
    ) -> StoreResult<Vec<(AccountId, PresenceRecord)>> {
        Ok(self.kept_presences(community, accounts).await?)
    }

    async fn keep_presence(
        &self,
        community: &CommunityId,
        account: AccountId,
        record: &PresenceRecord,
    ) -> StoreResult<()> {
        Ok(self.replace_presence(community, account, record).await?)
    }

    async fn keep_last_seen(&self, seen: &[(CommunityId, AccountId, Timestamp)]) -> StoreResult<()> {
        Ok(self.write_last_seen(seen).await?)
    }

    async fn forget_presence(&self, account: AccountId) -> StoreResult<()> {
        Ok(self.drop_presence(account).await?)
    }
}
