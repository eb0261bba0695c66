//! Sessions.

use portico_core::auth::Restrictions;
use portico_core::front::FrontId;
use portico_core::ports::{SessionRecord, StoredSession};
use portico_core::session::{Proof, Standing};
use portico_core::{AccountId, SessionId, Timestamp};
use sea_orm::sea_query::{CaseStatement, Expr, ExprTrait};
use sea_orm::{ActiveValue::Set, ColumnTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect};
use uuid::Uuid;

use super::accounts::account_of;
use super::{CHUNK, community_id, front_id, key_of, moment};
use crate::entity::{account, session};
use crate::failure::{Failure, Sql, retried};
use crate::key::Key;
use crate::sql_store::SqlStore;

/// Most sessions that one statement writes behind: its work grows with the square of this.
const TOUCHED_AT_ONCE: usize = 100;

impl SqlStore {
    pub(crate) async fn keep_session(&self, record: &SessionRecord) -> Sql<()> {
        session::Entity::insert(row_of(record)?).exec_without_returning(self.writer()?).await?;
        Ok(())
    }

    pub(crate) async fn keep_session_within(
        &self,
        record: &SessionRecord,
        most: u32,
    ) -> Sql<Vec<StoredSession>> {
        retried(|| self.try_keep_within(record, most)).await
    }

    async fn try_keep_within(&self, record: &SessionRecord, most: u32) -> Sql<Vec<StoredSession>> {
        let txn = self.begin().await?;
        // Parallel logins of one person are counted one after the other.
        self.lock_account(&txn, record.account).await?;
        let mut theirs = session::Entity::find()
            .filter(session::Column::Account.eq(record.account.as_uuid()))
            .filter(session::Column::Front.eq(Key::from(record.front.as_str())))
            .filter(session::Column::ExpiresAt.gt(record.created_at.as_millis()))
            .order_by_asc(session::Column::CreatedAt)
            .order_by_asc(session::Column::Id)
            .all(&txn)
            .await?;
        let others = usize::try_from(most).unwrap_or(usize::MAX).saturating_sub(1);
        theirs.truncate(theirs.len().saturating_sub(others));
        for some in theirs.chunks(CHUNK) {
            let these = session::Column::Id.is_in(some.iter().map(|row| row.id));
            session::Entity::delete_many().filter(these).exec(&txn).await?;
        }
        session::Entity::insert(row_of(record)?).exec_without_returning(&txn).await?;
        txn.commit().await?;
        let stored = |row: session::Model| {
            let token_hash = row.token_hash.try_into();
            let token_hash = token_hash.map_err(|_| Failure::broken("a token's hash has not 32 bytes"))?;
            Ok(StoredSession { id: SessionId::from_uuid(row.id), token_hash })
        };
        theirs.into_iter().map(stored).collect()
    }

    pub(crate) async fn find_session(&self, token_hash: &[u8; 32]) -> Sql<Option<SessionRecord>> {
        let found = session::Entity::find().filter(session::Column::TokenHash.eq(token_hash.to_vec()));
        let Some(mut row) = found.one(self.reader()?).await? else { return Ok(None) };
        let standing = match row.standing.take() {
            Some(standing) => serde_json::from_str(&standing)
                .map_err(|_| Failure::broken("what a session rests on can't be read"))?,
            None => self.standing_from_before(&row).await?,
        };
        record_of(row, standing).map(Some)
    }

    /// A session that was made before its standing was kept rests on its account; an authenticator is called like its
    /// realm unless the configuration says otherwise.
    async fn standing_from_before(&self, row: &session::Model) -> Sql<Standing> {
        let account = account::Entity::find_by_id(row.account).one(self.reader()?).await?;
        let account = account_of(account.ok_or_else(|| Failure::broken("a session without an account"))?)?;
        Ok(Standing {
            authenticator: account.realm.as_str().to_owned(),
            realm: account.realm,
            subject: account.subject,
            proof: Proof::Password,
            groups: None,
            secret_stamp: None,
            restrictions: serde_json::from_str(&row.restrictions)
                .map_err(|_| Failure::broken("a session's restrictions can't be read"))?,
            lent: Restrictions::default(),
        })
    }

    pub(crate) async fn replace_standing(&self, id: SessionId, standing: &Standing) -> Sql<()> {
        let update = session::Entity::update_many()
            .col_expr(session::Column::Standing, Expr::value(json(standing)?))
            .filter(session::Column::Id.eq(id.as_uuid()));
        update.exec(self.writer()?).await?;
        Ok(())
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

fn row_of(record: &SessionRecord) -> Sql<session::ActiveModel> {
    let restrictions = serde_json::to_string(&record.standing.restrictions);
    Ok(session::ActiveModel {
        id: Set(record.id.as_uuid()),
        token_hash: Set(record.token_hash.to_vec()),
        account: Set(record.account.as_uuid()),
        front: Set(record.front.as_str().into()),
        community: Set(key_of(&record.community)),
        restrictions: Set(restrictions.map_err(|_| Failure::broken("restrictions that are no JSON"))?),
        created_at: Set(record.created_at.as_millis()),
        seen_at: Set(record.seen_at.as_millis()),
        expires_at: Set(record.expires_at.as_millis()),
        standing: Set(Some(json(&record.standing)?)),
    })
}

fn json(standing: &Standing) -> Sql<String> {
    serde_json::to_string(standing).map_err(|_| Failure::broken("a standing that is no JSON"))
}

pub(super) fn record_of(row: session::Model, standing: Standing) -> Sql<SessionRecord> {
    Ok(SessionRecord {
        id: SessionId::from_uuid(row.id),
        token_hash: row
            .token_hash
            .try_into()
            .map_err(|_| Failure::broken("a token's hash has not 32 bytes"))?,
        account: AccountId::from_uuid(row.account),
        front: front_id(&row.front)?,
        community: community_id(&row.community)?,
        standing,
        created_at: moment(row.created_at),
        seen_at: moment(row.seen_at),
        expires_at: moment(row.expires_at),
    })
}
