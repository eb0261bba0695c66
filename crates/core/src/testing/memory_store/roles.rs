use async_trait::async_trait;

use super::MemoryStore;
use crate::ports::{RoleStore, StoreResult};
use crate::{AccountId, CommunityId};

#[async_trait]
impl RoleStore for MemoryStore {
    async fn all_granted_roles(&self) -> StoreResult<Vec<(CommunityId, AccountId, String)>> {
        let state = self.state()?;
        let all = state.roles.iter().flat_map(|((community, account), roles)| {
            roles.iter().map(|role| (community.clone(), *account, role.clone()))
        });
        Ok(all.collect())
    }

    async fn granted_roles(&self, community: &CommunityId, account: AccountId) -> StoreResult<Vec<String>> {
        Ok(self.state()?.roles.get(&(community.clone(), account)).cloned().unwrap_or_default())
    }
}
