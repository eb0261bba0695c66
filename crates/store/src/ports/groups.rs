use async_trait::async_trait;
use portico_core::group::{
    Dissolved, Group, GroupEdit, GroupRefusal, Membership, NewGroup, PartChange, PartChanged, PendingPart,
};
use portico_core::ports::{LocalGroupStore, StoreResult};
use portico_core::{AccountId, CommunityId, GroupId};

use crate::sql_store::SqlStore;

#[async_trait]
impl LocalGroupStore for SqlStore {
    async fn create_group(&self, new: &NewGroup) -> StoreResult<Result<Group, GroupRefusal>> {
        Ok(self.make_local_group(new).await?)
    }

    async fn change_part(&self, change: &PartChange) -> StoreResult<Result<PartChanged, GroupRefusal>> {
        Ok(self.change_part_in_group(change).await?)
    }

    async fn edit_group(&self, edit: &GroupEdit) -> StoreResult<Result<Group, GroupRefusal>> {
        Ok(self.change_group(edit).await?)
    }

    async fn dissolve_group(
        &self,
        community: &CommunityId,
        id: GroupId,
        actor: AccountId,
    ) -> StoreResult<Result<Dissolved, GroupRefusal>> {
        Ok(self.end_local_group(community, id, Some(actor), None).await?)
    }

    async fn group_for(&self, id: GroupId, account: AccountId) -> StoreResult<Option<Membership>> {
        Ok(self.group_seen_by(id, account).await?)
    }

    async fn joinable_groups(
        &self,
        community: &CommunityId,
        account: AccountId,
        after: Option<GroupId>,
        limit: usize,
    ) -> StoreResult<Vec<Membership>> {
        Ok(self.joinable_by(community, account, after, limit).await?)
    }

    async fn pending_parts(&self, id: GroupId) -> StoreResult<Vec<PendingPart>> {
        Ok(self.pending_in(id).await?)
    }

    async fn group_invitations(
        &self,
        community: &CommunityId,
        account: AccountId,
    ) -> StoreResult<Vec<(Membership, PendingPart)>> {
        Ok(self.invited_to_groups(community, account).await?)
    }

    async fn group_named(&self, community: &CommunityId, name: &str) -> StoreResult<Option<Group>> {
        Ok(self.find_group_named(community, name).await?)
    }

    async fn managers_of(&self, id: GroupId) -> StoreResult<Vec<AccountId>> {
        Ok(self.managing(id).await?)
    }
}
