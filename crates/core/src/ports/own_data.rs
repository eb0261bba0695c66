use async_trait::async_trait;

use crate::administration::Report;
use crate::files::StoredFile;
use crate::ports::StoreResult;
use crate::shoutbox::ShoutTally;
use crate::{AccountId, CommunityId, FileId, ReportId, ShoutId};

/// What somebody has left in places that are read by place otherwise, for their export; part of the
/// [`Store`](crate::ports::Store). Pages go from the oldest to the newest, and begin after an id.
#[async_trait]
pub trait OwnDataStore {
    /// The shouts of an author in a community, on whichever wall and in whichever state.
    async fn shouts_by(
        &self,
        community: &CommunityId,
        author: AccountId,
        after: Option<ShoutId>,
        limit: usize,
    ) -> StoreResult<Vec<ShoutTally>>;

    /// The files that somebody sent to a community, without those whose upload never ended.
    async fn files_by(
        &self,
        community: &CommunityId,
        owner: AccountId,
        after: Option<FileId>,
        limit: usize,
    ) -> StoreResult<Vec<StoredFile>>;

    /// The reports that somebody filed, in whichever community.
    async fn reports_by(
        &self,
        reporter: AccountId,
        after: Option<ReportId>,
        limit: usize,
    ) -> StoreResult<Vec<Report>>;
}
