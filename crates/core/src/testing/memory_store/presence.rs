//! What is kept of how people are.

use async_trait::async_trait;

use super::{MemoryStore, inconsistent};
use crate::messaging::PresenceRecord;
use crate::ports::{PresenceStore, StoreResult};
use crate::{AccountId, CommunityId, Timestamp};

#[async_trait]
impl PresenceStore for MemoryStore {
    async fn presences(
        &self,
        community: &CommunityId,
        accounts: &[AccountId],
    ) -> StoreResult<Vec<(AccountId, PresenceRecord)>> {
        let state = self.state()?;
        let kept = accounts.iter().filter_map(|&account| {
            let record = state.presences.get(&(community.clone(), account))?;
            Some((account, record.clone()))
        });
        Ok(kept.collect())
    }

    async fn keep_presence(
        &self,
        community: &CommunityId,
        account: AccountId,
        record: &PresenceRecord,
    ) -> StoreResult<()> {
        let mut state = self.state()?;
        if !state.accounts.contains_key(&account) {
            return inconsistent("presence needs an account that exists");
        }
        let kept = state.presences.entry((community.clone(), account)).or_default();
        *kept = PresenceRecord { seen_at: kept.seen_at, ..record.clone() };
        Ok(())
    }

    async fn keep_last_seen(&self, seen: &[(CommunityId, AccountId, Timestamp)]) -> StoreResult<()> {
        let mut state = self.state()?;
        for (community, account, at) in seen {
            if state.accounts.contains_key(account) {
                let kept = state.presences.entry((community.clone(), *account)).or_default();
                kept.seen_at = kept.seen_at.max(Some(*at));
            }
        }
        Ok(())
    }

    async fn forget_presence(&self, account: AccountId) -> StoreResult<()> {
        self.state()?.presences.retain(|(_, known), _| *known != account);
        Ok(())
    }
}
