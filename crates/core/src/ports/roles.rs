use async_trait::async_trait;

use crate::ports::StoreResult;
use crate::{AccountId, CommunityId, Timestamp};

/// The roles that administrators have given to accounts.
#[async_trait]
pub trait RoleStore {
    /// Gives a role to a member. `false` when they had it.
    async fn grant_role(
        &self,
        community: &CommunityId,
        account: AccountId,
        role: &str,
        now: Timestamp,
    ) -> StoreResult<bool>;

    /// Takes a role from a member. `false` when they did not have it.
    async fn withdraw_role(
        &self,
        community: &CommunityId,
        account: AccountId,
        role: &str,
    ) -> StoreResult<bool>;

    /// All roles that were given, in the order they were given. They are few: administrators give them one by one.
    async fn all_granted_roles(&self) -> StoreResult<Vec<(CommunityId, AccountId, String)>>;

    /// The roles of a member, in the order they were given.
    async fn granted_roles(&self, community: &CommunityId, account: AccountId) -> StoreResult<Vec<String>>;
}
