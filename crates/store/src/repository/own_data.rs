//! What somebody has left in places that are read by place otherwise.

use portico_core::administration::Report;
use portico_core::files::StoredFile;
use portico_core::shoutbox::ShoutTally;
use portico_core::{AccountId, CommunityId, FileId, ReportId, ShoutId};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect};

use super::administer::read;
use super::{files, key_of, rows, shouts};
use crate::entity::{file, report, shout};
use crate::failure::Sql;
use crate::sql_store::SqlStore;

impl SqlStore {
    pub(crate) async fn find_shouts_by(
        &self,
        community: &CommunityId,
        author: AccountId,
        after: Option<ShoutId>,
        limit: usize,
    ) -> Sql<Vec<ShoutTally>> {
        let mut own = shout::Entity::find()
            .filter(shout::Column::Author.eq(author.as_uuid()))
            .filter(shout::Column::Community.eq(key_of(community)))
            .order_by_asc(shout::Column::Id)
            .limit(rows(limit));
        if let Some(after) = after {
            own = own.filter(shout::Column::Id.gt(after.as_uuid()));
        }
        let db = self.reader()?;
        let found = own.all(db).await?;
        shouts::tallies(db, found).await
    }

    pub(crate) async fn find_files_by(
        &self,
        community: &CommunityId,
        owner: AccountId,
        after: Option<FileId>,
        limit: usize,
    ) -> Sql<Vec<StoredFile>> {
        let mut own = file::Entity::find()
            .filter(file::Column::Owner.eq(owner.as_uuid()))
            .filter(file::Column::Community.eq(key_of(community)))
            .filter(file::Column::Complete.eq(true))
            .order_by_asc(file::Column::Id)
            .limit(rows(limit));
        if let Some(after) = after {
            own = own.filter(file::Column::Id.gt(after.as_uuid()));
        }
        own.all(self.reader()?).await?.into_iter().map(files::file_of).collect()
    }

    pub(crate) async fn find_reports_by(
        &self,
        reporter: AccountId,
        after: Option<ReportId>,
        limit: usize,
    ) -> Sql<Vec<Report>> {
        let mut own = report::Entity::find()
            .filter(report::Column::Reporter.eq(reporter.as_uuid()))
            .order_by_asc(report::Column::Id)
            .limit(rows(limit));
        if let Some(after) = after {
            own = own.filter(report::Column::Id.gt(after.as_uuid()));
        }
        own.all(self.reader()?).await?.iter().map(|row| read(&row.report)).collect()
    }
}
