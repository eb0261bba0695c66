use async_trait::async_trait;
use portico_core::account::Member;
use portico_core::ports::{ContactStore, Ratings, StoreResult};
use portico_core::{AccountId, CommunityId, ConversationId, GroupId};

use crate::sql_store::SqlStore;

#[async_trait]
impl ContactStore for SqlStore {
    async fn group_ids(
        &self,
        community: &CommunityId,
        accounts: &[AccountId],
    ) -> StoreResult<Vec<(AccountId, GroupId)>> {
        Ok(self.seats_that_count(community, accounts).await?)
    }

    async fn grouped_people(
        &self,
        community: &CommunityId,
        groups: Option<&[GroupId]>,
        after: Option<AccountId>,
        limit: usize,
    ) -> StoreResult<Vec<AccountId>> {
        Ok(self.people_in_groups(community, groups, after, limit).await?)
    }

    async fn ratings_of(
        &self,
        community: &CommunityId,
        accounts: &[AccountId],
    ) -> StoreResult<Vec<(AccountId, Ratings)>> {
        Ok(self.ratings(community, accounts).await?)
    }

    async fn members_named(
        &self,
        community: &CommunityId,
        part: &str,
        after: Option<AccountId>,
        limit: usize,
    ) -> StoreResult<Vec<Member>> {
        Ok(self.named(community, part, after, limit).await?)
    }

    async fn has_written(&self, conversation: ConversationId, account: AccountId) -> StoreResult<bool> {
        Ok(self.wrote(conversation, account).await?)
    }
}
