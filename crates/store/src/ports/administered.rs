use async_trait::async_trait;
use portico_core::administration::AuditEntry;
use portico_core::contact::{Contact, ContactRefusal};
use portico_core::group::{Dissolved, Group, GroupEdit, GroupRefusal, NewGroup, PartChange, PartChanged};
use portico_core::messaging::{Conference, ConferenceChange, ConferenceRefusal};
use portico_core::ports::{
    AdministeredStore, ConferenceCount, ConferenceFilter, ContactWrite, GroupCount, GroupFilter, ShoutFilter,
    StoreResult,
};
use portico_core::shoutbox::ShoutTally;
use portico_core::{CommunityId, GroupId};

use crate::sql_store::SqlStore;

#[async_trait]
impl AdministeredStore for SqlStore {
    async fn make_group(&self, new: &NewGroup, line: AuditEntry) -> StoreResult<Result<Group, GroupRefusal>> {
        Ok(self.make_local_group_with(new, Some(&line)).await?)
    }

    async fn revise_group(
        &self,
        edit: &GroupEdit,
        line: AuditEntry,
    ) -> StoreResult<Result<Group, GroupRefusal>> {
        Ok(self.change_group_with(edit, Some(&line)).await?)
    }

    async fn assign_part(
        &self,
        change: &PartChange,
        line: AuditEntry,
    ) -> StoreResult<Result<PartChanged, GroupRefusal>> {
        Ok(self.change_part_with(change, Some(&line)).await?)
    }

    async fn end_group(
        &self,
        community: &CommunityId,
        id: GroupId,
        line: AuditEntry,
    ) -> StoreResult<Result<Dissolved, GroupRefusal>> {
        Ok(self.end_local_group(community, id, None, Some(&line)).await?)
    }

    async fn assign_contact(
        &self,
        write: &ContactWrite,
        line: AuditEntry,
    ) -> StoreResult<Result<Contact, ContactRefusal>> {
        Ok(self.change_contact_with(write, Some(&line)).await?)
    }

    async fn moderate_conference(
        &self,
        change: &ConferenceChange,
        line: AuditEntry,
    ) -> StoreResult<Result<(Conference, Conference), ConferenceRefusal>> {
        Ok(self.change_conference_with(change, Some(&line)).await?)
    }

    async fn groups_page(&self, filter: &GroupFilter) -> StoreResult<Vec<GroupCount>> {
        Ok(self.page_of_groups(filter).await?)
    }

    async fn conferences_page(&self, filter: &ConferenceFilter) -> StoreResult<Vec<ConferenceCount>> {
        Ok(self.page_of_conferences(filter).await?)
    }

    async fn shouts_page(&self, filter: &ShoutFilter) -> StoreResult<Vec<ShoutTally>> {
        Ok(self.page_of_shouts(filter).await?)
    }
}
