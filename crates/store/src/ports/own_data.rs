//! What somebody has left in several places.

use async_trait::async_trait;
use portico_core::administration::Report;
use portico_core::files::StoredFile;
use portico_core::ports::{OwnDataStore, StoreResult};
use portico_core::shoutbox::ShoutTally;
use portico_core::{AccountId, CommunityId, FileId, ReportId, ShoutId};

use crate::sql_store::SqlStore;

#[async_trait]
impl OwnDataStore for SqlStore {
    async fn shouts_by(
        &self,
        community: &CommunityId,
        author: AccountId,
        after: Option<ShoutId>,
        limit: usize,
    ) -> StoreResult<Vec<ShoutTally>> {
        Ok(self.find_shouts_by(community, author, after, limit).await?)
    }

    async fn files_by(
        &self,
        community: &CommunityId,
        owner: AccountId,
        after: Option<FileId>,
        limit: usize,
    ) -> StoreResult<Vec<StoredFile>> {
        Ok(self.find_files_by(community, owner, after, limit).await?)
    }

    async fn reports_by(
        &self,
        reporter: AccountId,
        after: Option<ReportId>,
        limit: usize,
    ) -> StoreResult<Vec<Report>> {
        Ok(self.find_reports_by(reporter, after, limit).await?)
    }
}
