//! What somebody has left in several places.

use async_trait::async_trait;

use super::MemoryStore;
use crate::administration::Report;
use crate::files::StoredFile;
use crate::ports::{OwnDataStore, StoreResult};
use crate::shoutbox::ShoutTally;
use crate::{AccountId, CommunityId, FileId, ReportId, ShoutId};

#[async_trait]
impl OwnDataStore for MemoryStore {
    async fn shouts_by(
        &self,
        community: &CommunityId,
        author: AccountId,
        after: Option<ShoutId>,
        limit: usize,
    ) -> StoreResult<Vec<ShoutTally>> {
        let state = self.state()?;
        let all = state.shouts.values().map(super::shouts::StoredShout::tally);
        let own = all.filter(|tally| tally.shout.author == author && tally.shout.community == *community);
        Ok(own.filter(|tally| Some(tally.shout.id) > after).take(limit).collect())
    }

    async fn files_by(
        &self,
        community: &CommunityId,
        owner: AccountId,
        after: Option<FileId>,
        limit: usize,
    ) -> StoreResult<Vec<StoredFile>> {
        let state = self.state()?;
        let own = state
            .files
            .values()
            .filter(|file| file.owner == owner && file.community == *community && file.complete);
        Ok(own.filter(|file| Some(file.id) > after).take(limit).cloned().collect())
    }

    async fn reports_by(
        &self,
        reporter: AccountId,
        after: Option<ReportId>,
        limit: usize,
    ) -> StoreResult<Vec<Report>> {
        let state = self.state()?;
        let own = state.administration.reports_by(reporter);
        Ok(own.filter(|report| Some(report.id) > after).take(limit).cloned().collect())
    }
}
