//! Files, without their contents.

use std::time::Duration;

use portico_core::files::{FileName, FileQuota, FileRefusal, MediaType, StoredFile};
use portico_core::front::FrontId;
use portico_core::messaging::Sequence;
use portico_core::{AccountId, ConversationId, FileId, Timestamp};
use sea_orm::sea_query::{Expr, ExprTrait};
use sea_orm::{
    ActiveValue::Set, ColumnTrait, Condition, DatabaseTransaction, EntityTrait, PaginatorTrait, QueryFilter,
    QueryOrder, QuerySelect,
};
use uuid::Uuid;

use super::{CHUNK, community_id, front_id, key_of, moment, rows};
use crate::entity::file;
use crate::failure::{Failure, Sql, retried};
use crate::key::Key;
use crate::sql_store::{Kind, SqlStore};

/// The span that `attachments_per_week` speaks of.
const WEEK: Duration = Duration::from_secs(7 * 24 * 3600);

impl SqlStore {
    pub(crate) async fn take_reservation(
        &self,
        new: &StoredFile,
        quota: &FileQuota,
    ) -> Sql<Result<(), FileRefusal>> {
        retried(|| self.try_reserve(new, quota)).await
    }

    async fn try_reserve(&self, new: &StoredFile, quota: &FileQuota) -> Sql<Result<(), FileRefusal>> {
        let txn = self.begin().await?;
        // Two uploads of one person are counted one after the other.
        self.lock_account(&txn, new.owner).await?;
        let (taken, lately) = usage(&txn, self.kind(), new).await?;
        if let Err(refusal) = quota.check(new.size, taken, lately) {
            txn.rollback().await?;
            return Ok(Err(refusal));
        }
        file::Entity::insert(row_of(new)?).exec_without_returning(&txn).await?;
        txn.commit().await?;
        Ok(Ok(()))
    }

    pub(crate) async fn mark_complete(&self, id: FileId, media_type: MediaType) -> Sql<()> {
        file::Entity::update_many()
            .col_expr(file::Column::Complete, Expr::value(true))
            .col_expr(file::Column::MediaType, Expr::value(Key::from(media_type.as_str())))
            .filter(file::Column::Id.eq(id.as_uuid()))
            .exec(self.writer()?)
            .await?;
        Ok(())
    }

    pub(crate) async fn find_file(&self, id: FileId) -> Sql<Option<StoredFile>> {
        file::Entity::find_by_id(id.as_uuid()).one(self.reader()?).await?.map(file_of).transpose()
    }

    pub(crate) async fn give_files(
        &self,
        ids: &[FileId],
        owner: AccountId,
        conversation: ConversationId,
    ) -> Sql<Result<Vec<StoredFile>, FileRefusal>> {
        retried(|| self.try_give(ids, owner, conversation)).await
    }

    async fn try_give(
        &self,
        ids: &[FileId],
        owner: AccountId,
        conversation: ConversationId,
    ) -> Sql<Result<Vec<StoredFile>, FileRefusal>> {
        let txn = self.begin().await?;
        self.lock_account(&txn, owner).await?;
        let wanted = file::Entity::find().filter(file::Column::Id.is_in(uuids(ids))).all(&txn).await?;
        let mut given = Vec::with_capacity(ids.len());
        for id in ids {
            let free = |row: &&file::Model| {
                row.id == id.as_uuid()
                    && row.owner == owner.as_uuid()
                    && row.complete
                    && row.conversation.is_none_or(|has| has == conversation.as_uuid())
            };
            let Some(row) = wanted.iter().find(free) else {
                txn.rollback().await?;
                return Ok(Err(FileRefusal::NotYours));
            };
            given.push(StoredFile { conversation: Some(conversation), ..file_of(row.clone())? });
        }
        file::Entity::update_many()
            .col_expr(file::Column::Conversation, Expr::value(conversation.as_uuid()))
            .filter(file::Column::Id.is_in(uuids(ids)))
            .exec(&txn)
            .await?;
        txn.commit().await?;
        Ok(Ok(given))
    }

    pub(crate) async fn drop_files(&self, ids: &[FileId]) -> Sql<()> {
        for some in ids.chunks(CHUNK) {
            let these = file::Entity::delete_many().filter(file::Column::Id.is_in(uuids(some)));
            these.exec(self.writer()?).await?;
        }
        Ok(())
    }

    pub(crate) async fn find_stale_files(
        &self,
        front: &FrontId,
        unclaimed_before: Timestamp,
        claimed_before: Option<Timestamp>,
        limit: usize,
    ) -> Sql<Vec<FileId>> {
        let begun_before = |time: Timestamp| file::Column::CreatedAt.lt(time.as_millis());
        let unclaimed =
            Condition::all().add(file::Column::Conversation.is_null()).add(begun_before(unclaimed_before));
        let claimed = claimed_before.map(|before| {
            Condition::all().add(file::Column::Conversation.is_not_null()).add(begun_before(before))
        });
        let found: Vec<Uuid> = file::Entity::find()
            .select_only()
            .column(file::Column::Id)
            .filter(file::Column::Front.eq(Key::from(front.as_str())))
            .filter(Condition::any().add(unclaimed).add_option(claimed))
            .order_by_asc(file::Column::CreatedAt)
            .limit(rows(limit))
            .into_tuple()
            .all(self.reader()?)
            .await?;
        Ok(found.into_iter().map(FileId::from_uuid).collect())
    }
}

/// What the files of a person take in bytes, and how many were begun within seven days.
async fn usage(txn: &DatabaseTransaction, kind: Kind, new: &StoredFile) -> Sql<(u64, u64)> {
    let own = file::Entity::find()
        .filter(file::Column::Owner.eq(new.owner.as_uuid()))
        .filter(file::Column::Community.eq(key_of(&new.community)));
    // A sum of large numbers is a decimal on MySQL and PostgreSQL, and nothing where there are no rows.
    let number = match kind {
        Kind::MySql => "SIGNED",
        Kind::Sqlite | Kind::Postgres => "BIGINT",
    };
    let taken: Option<Option<i64>> = own
        .clone()
        .select_only()
        .column_as(Expr::col(file::Column::Size).sum().cast_as(number), "taken")
        .into_tuple()
        .one(txn)
        .await?;
    let since = new.created_at.minus(WEEK).as_millis();
    let lately = own.filter(file::Column::CreatedAt.gt(since)).count(txn).await?;
    Ok((taken.flatten().and_then(|taken| u64::try_from(taken).ok()).unwrap_or_default(), lately))
}

fn uuids(ids: &[FileId]) -> impl Iterator<Item = Uuid> {
    ids.iter().map(FileId::as_uuid)
}

fn row_of(new: &StoredFile) -> Sql<file::ActiveModel> {
    Ok(file::ActiveModel {
        id: Set(new.id.as_uuid()),
        owner: Set(new.owner.as_uuid()),
        community: Set(key_of(&new.community)),
        front: Set(new.front.as_str().into()),
        conversation: Set(new.conversation.map(|id| id.as_uuid())),
        message: Set(new.message.map(Sequence::get)),
        name: Set(new.name.as_str().to_owned()),
        size: Set(i64::try_from(new.size).map_err(|_| Failure::broken("a file of more than 2^63 bytes"))?),
        media_type: Set(new.media_type.as_str().into()),
        complete: Set(new.complete),
        created_at: Set(new.created_at.as_millis()),
    })
}

#[expect(clippy::needless_pass_by_value, reason = "a row becomes what it stands for")]
pub(super) fn file_of(row: file::Model) -> Sql<StoredFile> {
    let media_type = MediaType::from_word(&row.media_type.0)
        .ok_or_else(|| Failure::broken("a file has a media type that is not known"))?;
    Ok(StoredFile {
        id: FileId::from_uuid(row.id),
        owner: AccountId::from_uuid(row.owner),
        community: community_id(&row.community)?,
        front: front_id(&row.front)?,
        conversation: row.conversation.map(ConversationId::from_uuid),
        message: row.message.map(Sequence::new),
        name: FileName::new(&row.name),
        size: u64::try_from(row.size).unwrap_or_default(),
        media_type,
        complete: row.complete,
        created_at: moment(row.created_at),
    })
}
