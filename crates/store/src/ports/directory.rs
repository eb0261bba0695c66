use async_trait::async_trait;
use portico_core::auth::{Realm, SubjectId};
use portico_core::ports::{DirectoryChanges, DirectoryPerson, DirectoryStore, KnownPerson, StoreResult};
use portico_core::{AccountId, CommunityId, Timestamp};

use crate::sql_store::SqlStore;

#[async_trait]
impl DirectoryStore for SqlStore {
    async fn directory_person(&self, account: AccountId) -> StoreResult<Option<DirectoryPerson>> {
        Ok(self.find_directory_person(account).await?)
    }

    async fn keep_directory_person(&self, account: AccountId, person: &DirectoryPerson) -> StoreResult<()> {
        Ok(self.replace_directory_person(account, person).await?)
    }

    async fn arrive(&self, account: AccountId, proven: bool) -> StoreResult<()> {
        Ok(self.mark_arrived(account, proven).await?)
    }

    async fn known_people(&self, realm: &Realm, subjects: &[SubjectId]) -> StoreResult<Vec<KnownPerson>> {
        Ok(self.find_known_people(realm, subjects).await?)
    }

    async fn people_of_realm(
        &self,
        realm: &Realm,
        after: Option<&SubjectId>,
        limit: usize,
    ) -> StoreResult<Vec<KnownPerson>> {
        Ok(self.page_of_realm(realm, after, limit).await?)
    }

    async fn count_present(&self, realm: &Realm) -> StoreResult<u64> {
        Ok(self.count_present_of(realm).await?)
    }

    async fn groups_of_people(
        &self,
        community: &CommunityId,
        realm: &Realm,
        accounts: &[AccountId],
    ) -> StoreResult<Vec<(AccountId, String, String)>> {
        Ok(self.find_groups_of_people(community, realm, accounts).await?)
    }

    async fn change_people(&self, changes: &DirectoryChanges, now: Timestamp) -> StoreResult<()> {
        Ok(self.apply_directory(changes, now).await?)
    }
}
