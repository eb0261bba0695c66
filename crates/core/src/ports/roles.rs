use async_trait::async_trait;

use crate::ports::StoreResult;
use crate::{AccountId, CommunityId};

/// The roles that administrators have given to accounts, by [`Change::GrantRole`](crate::administration::Change::GrantRole).
#[async_trait]
pub trait RoleStore {
    /// All roles that were given, in the order they were given. They are few: administrators give them one by one.
    async fn all_granted_roles(&self) -> StoreResult<Vec<(CommunityId, AccountId, String)>>;

    /// The roles of a member, in the order they were given.
    async fn granted_roles(&self, community: &CommunityId, account: AccountId) -> StoreResult<Vec<String>>;
}
