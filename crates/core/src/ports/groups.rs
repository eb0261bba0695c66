use async_trait::async_trait;

use crate::group::{
    Dissolved, Group, GroupEdit, GroupRefusal, Membership, NewGroup, PartChange, PartChanged, PendingPart,
};
use crate::ports::StoreResult;
use crate::{AccountId, CommunityId, GroupId};

/// Groups that people make and manage here.
///
/// The inner error of an answer is the one to the person; nothing was written then. Who may do what is looked at in the
/// transaction that does it: [`Part::after_own`](crate::group::Part::after_own),
/// [`Part::after_managers`](crate::group::Part::after_managers).
#[async_trait]
pub trait LocalGroupStore: std::fmt::Debug + Send + Sync {
    /// Makes a group with its room, its creator the first member and manager.
    async fn create_group(&self, new: &NewGroup) -> StoreResult<Result<Group, GroupRefusal>>;

    /// Changes somebody's part. Whoever comes in has read what was said before. When the last member leaves, the group is
    /// dissolved.
    async fn change_part(&self, change: &PartChange) -> StoreResult<Result<PartChanged, GroupRefusal>>;

    /// Changes a group itself; the group as it is now. A pin moves forward only.
    async fn edit_group(&self, edit: &GroupEdit) -> StoreResult<Result<Group, GroupRefusal>>;

    /// Ends a group. Its room and what was said there is nobody's any more.
    async fn dissolve_group(
        &self,
        community: &CommunityId,
        id: GroupId,
        actor: AccountId,
    ) -> StoreResult<Result<Dissolved, GroupRefusal>>;

    /// A group as `account` sees it: its members, and of the local ones those who could become one.
    async fn group_for(&self, id: GroupId, account: AccountId) -> StoreResult<Option<Membership>>;

    /// The public and official groups that `account` is not in, by id, beginning after `after`.
    async fn joinable_groups(
        &self,
        community: &CommunityId,
        account: AccountId,
        after: Option<GroupId>,
        limit: usize,
    ) -> StoreResult<Vec<Membership>>;

    /// Who asks, is invited or was refused, the oldest first; at most 1,000.
    async fn pending_parts(&self, id: GroupId) -> StoreResult<Vec<PendingPart>>;

    /// The groups that `account` is invited to, with who did it and when.
    async fn group_invitations(
        &self,
        community: &CommunityId,
        account: AccountId,
    ) -> StoreResult<Vec<(Membership, PendingPart)>>;

    /// The public or official group of this name, whatever its case.
    async fn group_named(&self, community: &CommunityId, name: &str) -> StoreResult<Option<Group>>;

    /// Those who manage a group.
    async fn managers_of(&self, id: GroupId) -> StoreResult<Vec<AccountId>>;
}
