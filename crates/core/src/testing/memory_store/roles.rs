use async_trait::async_trait;

use super::MemoryStore;
use crate::ports::{RoleStore, StoreResult};
use crate::{AccountId, CommunityId, Timestamp};

#[async_trait]
impl RoleStore for MemoryStore {
    async fn grant_role(
        &self,
        community: &CommunityId,
        account: AccountId,
        role: &str,
        _: Timestamp,
    ) -> StoreResult<bool> {
        let mut state = self.state()?;
        let roles = state.roles.entry((community.clone(), account)).or_default();
        let fresh = !roles.iter().any(|known| known == role);
        if fresh {
            roles.push(role.to_owned());
        }
        Ok(fresh)
    }

    async fn withdraw_role(
        &self,
        community: &CommunityId,
        account: AccountId,
        role: &str,
    ) -> StoreResult<bool> {
        let mut state = self.state()?;
        let roles = state.roles.entry((community.clone(), account)).or_default();
        let before = roles.len();
        roles.retain(|known| known != role);
        Ok(roles.len() < before)
    }

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
