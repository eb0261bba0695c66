use async_trait::async_trait;
use portico_core::messaging::{Conference, ConferenceChange, ConferenceRefusal, Conversation, NewConference};
use portico_core::ports::{ConferenceStore, StoreResult};
use portico_core::{AccountId, CommunityId};

use crate::sql_store::SqlStore;

#[async_trait]
impl ConferenceStore for SqlStore {
    async fn open_conference(&self, new: &NewConference) -> StoreResult<Conversation> {
        Ok(self.make_conference(new).await?)
    }

    async fn change_conference(
        &self,
        change: &ConferenceChange,
    ) -> StoreResult<Result<(Conference, Conference), ConferenceRefusal>> {
        Ok(self.change_one_conference(change).await?)
    }

    async fn conference_invitations(
        &self,
        community: &CommunityId,
        account: AccountId,
    ) -> StoreResult<Vec<Conversation>> {
        Ok(self.invited_to_conferences(community, account).await?)
    }
}
