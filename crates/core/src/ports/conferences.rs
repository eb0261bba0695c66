use async_trait::async_trait;

use crate::messaging::{Conference, ConferenceChange, ConferenceRefusal, Conversation, NewConference};
use crate::ports::StoreResult;
use crate::{AccountId, CommunityId};

/// Conversations of several people, ad hoc.
#[async_trait]
pub trait ConferenceStore: std::fmt::Debug + Send + Sync {
    /// Opens a conference.
    async fn open_conference(&self, new: &NewConference) -> StoreResult<Conversation>;

    /// Changes a conference in one transaction, as [`Conference::after`] decides from what is there; the conference before
    /// and now. The newest message is read under a lock that no message passes.
    ///
    /// The inner error is the answer to the person; nothing was written then.
    async fn change_conference(
        &self,
        change: &ConferenceChange,
    ) -> StoreResult<Result<(Conference, Conference), ConferenceRefusal>>;

    /// The conferences that `account` is invited to.
    async fn conference_invitations(
        &self,
        community: &CommunityId,
        account: AccountId,
    ) -> StoreResult<Vec<Conversation>>;
}
