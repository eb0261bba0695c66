//! Sessions.

use portico_core::front::FrontId;
use portico_core::ports::SessionRecord;
use portico_core::{AccountId, SessionId, Timestamp};
use sea_orm::sea_query::{CaseStatement, Expr, ExprTrait};
use sea_orm::{ActiveValue::Set, ColumnTrait, EntityTrait, QueryFilter, QuerySelect};
use uuid::Uuid;

use super::{community_id, front_id, key_of, moment};
use crate::entity::session;
use crate::failure::{Failure, Sql, retried};
use crate::key::Key;
use crate::sql_store::SqlStore;

/// Most sessions that one statement writes behind: its work grows with the square of this.
const TOUCHED_AT_ONCE: usize = 100;

impl SqlStore {
    pub(crate) async fn keep_session(&self, record: &SessionRecord) -> Sql<()> {
        let restrictions = serde_json::to_string(&record.restrictions);
        let row = session::ActiveModel {
            id: Set(record.id.as_uuid()),
            token_hash: Set(record.token_hash.to_vec()),
            account: Set(record.account.as_uuid()),
            front: Set(record.front.as_str().into()),
            community: Set(key_of(&record.community)),
            restrictions: Set(restrictions.map_err(|_| Failure::broken("restrictions that are no JSON"))?),
            created_at: Set(record.created_at.as_millis()),
            seen_at: Set(record.seen_at.as_millis()),
            expires_at: Set(record.expires_at.as_millis()),
        };
        session::Entity::insert(row).exec_without_returning(self.writer()?).await?;
        Ok(())
    }

    pub(crate) async fn find_session(&self, token_hash: &[u8; 32]) -> Sql<Option<SessionRecord>> {
        let found = session::Entity::find().filter(session::Column::TokenHash.eq(token_hash.to_vec()));
        found.one(self.reader()?).await?.map(record_of).transpose()
    }

    pub(crate) async fn forget_session(&self, id: SessionId) -> Sql<bool> {
        let deleted = session::Entity::delete_by_id(id.as_uuid()).exec(self.writer()?).await?;
        Ok(deleted.rows_affected > 0)
    }

    pub(crate) async fn touch(&self, seen: &[(SessionId, Timestamp)]) -> Sql<()> {
        for some in seen.chunks(TOUCHED_AT_ONCE) {
            retried(|| self.touch_some(some)).await?;
        }
        Ok(())
    }

    /// One statement for many sessions: each gets its own time, where that is later than the one it has.
    async fn touch_some(&self, seen: &[(SessionId, Timestamp)]) -> Sql<()> {
        let ids: Vec<Uuid> = seen.iter().map(|(id, _)| id.as_uuid()).collect();
        let mut later = CaseStatement::new();
        for (id, at) in seen {
            let earlier = Expr::col(session::Column::SeenAt).lt(at.as_millis());
            later = later.case(Expr::col(session::Column::Id).eq(id.as_uuid()).and(earlier), at.as_millis());
        }
        let later = later.finally(Expr::col(session::Column::SeenAt));
        session::Entity::update_many()
            .col_expr(session::Column::SeenAt, later.into())
            .filter(session::Column::Id.is_in(ids))
            .exec(self.writer()?)
            .await?;
        Ok(())
    }

    pub(crate) async fn seen_since(
        &self,
        front: &FrontId,
        since: Timestamp,
    ) -> Sql<Vec<(SessionId, Timestamp)>> {
        let seen: Vec<(Uuid, i64)> = session::Entity::find()
            .select_only()
            .column(session::Column::Id)
            .column(session::Column::SeenAt)
            .filter(session::Column::Front.eq(Key::from(front.as_str())))
            .filter(session::Column::SeenAt.gte(since.as_millis()))
            .into_tuple()
            .all(self.reader()?)
            .await?;
        Ok(seen.into_iter().map(|(id, at)| (SessionId::from_uuid(id), moment(at))).collect())
    }

    pub(crate) async fn forget_expired(&self, now: Timestamp) -> Sql<u64> {
        let expired = session::Entity::delete_many().filter(session::Column::ExpiresAt.lt(now.as_millis()));
        Ok(expired.exec(self.writer()?).await?.rows_affected)
    }
}

fn record_of(row: session::Model) -> Sql<SessionRecord> {
    Ok(SessionRecord {
        id: SessionId::from_uuid(row.id),
        token_hash: row
            .token_hash
            .try_into()
            .map_err(|_| Failure::broken("a token's hash has not 32 bytes"))?,
        account: AccountId::from_uuid(row.account),
        front: front_id(&row.front)?,
        community: community_id(&row.community)?,
        restrictions: serde_json::from_str(&row.restrictions)
            .map_err(|_| Failure::broken("a session's restrictions can't be read"))?,
        created_at: moment(row.created_at),
        seen_at: moment(row.seen_at),
        expires_at: moment(row.expires_at),
    })
}
