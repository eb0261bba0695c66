//! Whether accounts may be used, and when they last were.

use portico_core::account::{AccountLife, AccountState};
use portico_core::{AccountId, CommunityId, SessionId, Timestamp};
use sea_orm::sea_query::{Expr, ExprTrait};
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect};
use uuid::Uuid;

use super::{community_id, moment, rows};
use crate::entity::{account, account_life, member, native_token, session};
use crate::failure::{Failure, Sql, retried};
use crate::key::Key;
use crate::sql_store::SqlStore;

use account_life::Column::{ActiveAt, Id, State, StateReason, StateUntil};

impl SqlStore {
    pub(crate) async fn life_of(&self, id: AccountId) -> Sql<Option<AccountLife>> {
        let found = account_life::Entity::find_by_id(id.as_uuid()).one(self.reader()?).await?;
        found.map(life).transpose()
    }

    pub(crate) async fn lives_of(&self, ids: &[AccountId]) -> Sql<Vec<(AccountId, AccountLife)>> {
        let mut lives = Vec::with_capacity(ids.len());
        for some in ids.chunks(super::CHUNK) {
            let found = account_life::Entity::find().filter(Id.is_in(some.iter().map(AccountId::as_uuid)));
            for row in found.all(self.reader()?).await? {
                lives.push((AccountId::from_uuid(row.id), life(row)?));
            }
        }
        Ok(lives)
    }

    pub(crate) async fn replace_state(
        &self,
        id: AccountId,
        expected: &AccountLife,
        new: &AccountLife,
    ) -> Sql<bool> {
        retried(|| self.try_replace_state(id, expected, new)).await
    }

    async fn try_replace_state(&self, id: AccountId, expected: &AccountLife, new: &AccountLife) -> Sql<bool> {
        let gone = matches!(expected.state, AccountState::Leaving | AccountState::Left);
        if gone || self.life_of(id).await?.is_none() {
            return Ok(false);
        }
        let txn = self.begin().await?;
        self.lock_account(&txn, id).await?;
        let now = account_life::Entity::find_by_id(id.as_uuid()).one(&txn).await?.map(life).transpose()?;
        if now.as_ref() != Some(expected) {
            txn.rollback().await?;
            return Ok(false);
        }
        let state = (new.state != AccountState::Active).then(|| Key::from(new.state.as_str()));
        account_life::Entity::update_many()
            .col_expr(State, Expr::value(state))
            .col_expr(StateReason, Expr::value(new.reason.clone()))
            .col_expr(StateUntil, Expr::value(new.until.map(Timestamp::as_millis)))
            .filter(Id.eq(id.as_uuid()))
            .exec(&txn)
            .await?;
        txn.commit().await?;
        Ok(true)
    }

    pub(crate) async fn note_activity(&self, people: &[AccountId], at: Timestamp) -> Sql<()> {
        for some in people.chunks(super::CHUNK) {
            let ids: Vec<Uuid> = some.iter().map(AccountId::as_uuid).collect();
            account_life::Entity::update_many()
                .col_expr(ActiveAt, Expr::value(at.as_millis()))
                .filter(Id.is_in(ids))
                .filter(ActiveAt.is_null().or(ActiveAt.lt(at.as_millis())))
                .exec(self.writer()?)
                .await?;
        }
        Ok(())
    }

    pub(crate) async fn accounts_in_state(
        &self,
        state: AccountState,
        after: Option<AccountId>,
        limit: usize,
    ) -> Sql<Vec<(AccountId, AccountLife)>> {
        let mut query = match state {
            AccountState::Active => account_life::Entity::find().filter(State.is_null()),
            other => account_life::Entity::find().filter(State.eq(Key::from(other.as_str()))),
        };
        if let Some(after) = after {
            query = query.filter(Id.gt(after.as_uuid()));
        }
        let found = query.order_by_asc(Id).limit(rows(limit)).all(self.reader()?).await?;
        found.into_iter().map(|row| Ok((AccountId::from_uuid(row.id), life(row)?))).collect()
    }

    pub(crate) async fn long_unused(
        &self,
        before: Timestamp,
        after: Option<AccountId>,
        limit: usize,
    ) -> Sql<Vec<(AccountId, Timestamp)>> {
        let gone = [AccountState::Leaving, AccountState::Left].map(|state| Key::from(state.as_str()));
        let mut query = account_life::Entity::find()
            .filter(ActiveAt.lt(before.as_millis()))
            .filter(State.is_null().or(State.is_not_in(gone)))
            // Tombstones have nobody who could use them.
            .filter(Expr::col(account::Column::RetiredAt).is_null());
        if let Some(after) = after {
            query = query.filter(Id.gt(after.as_uuid()));
        }
        let found = query.order_by_asc(Id).limit(rows(limit)).all(self.reader()?).await?;
        let since = |row: &account_life::Model| moment(row.active_at.unwrap_or(row.created_at));
        Ok(found.iter().map(|row| (AccountId::from_uuid(row.id), since(row))).collect())
    }

    pub(crate) async fn communities(&self, id: AccountId) -> Sql<Vec<CommunityId>> {
        let places = member::Entity::find()
            .filter(member::Column::Account.eq(id.as_uuid()))
            .order_by_asc(member::Column::Community)
            .all(self.reader()?)
            .await?;
        places.iter().map(|row| community_id(&row.community)).collect()
    }

    pub(crate) async fn delete_sessions(
        &self,
        id: AccountId,
        except: Option<SessionId>,
    ) -> Sql<Vec<[u8; 32]>> {
        retried(|| self.try_delete_sessions(id, except)).await
    }

    async fn try_delete_sessions(&self, id: AccountId, except: Option<SessionId>) -> Sql<Vec<[u8; 32]>> {
        let txn = self.begin().await?;
        let mut theirs = session::Entity::find().filter(session::Column::Account.eq(id.as_uuid()));
        if let Some(except) = except {
            theirs = theirs.filter(session::Column::Id.ne(except.as_uuid()));
        }
        let theirs = theirs.all(&txn).await?;
        let ids: Vec<Uuid> = theirs.iter().map(|row| row.id).collect();
        for some in ids.chunks(super::CHUNK) {
            session::Entity::delete_many()
                .filter(session::Column::Id.is_in(some.iter().copied()))
                .exec(&txn)
                .await?;
        }
        txn.commit().await?;
        let hash = |row: session::Model| {
            row.token_hash.try_into().map_err(|_| Failure::broken("a token's hash has not 32 bytes"))
        };
        theirs.into_iter().map(hash).collect()
    }

    pub(crate) async fn forget_expired_tokens(&self, now: Timestamp) -> Sql<()> {
        let over =
            native_token::Entity::delete_many().filter(native_token::Column::Until.lte(now.as_millis()));
        over.exec(self.writer()?).await?;
        Ok(())
    }
}

/// A new account begins its life, in the transaction that makes it.
pub(super) async fn begin_life(
    db: &impl ConnectionTrait,
    id: AccountId,
    pending: bool,
    now: Timestamp,
) -> Sql<()> {
    let state = pending.then(|| Key::from(AccountState::Pending.as_str()));
    account_life::Entity::update_many()
        .col_expr(State, Expr::value(state))
        .col_expr(ActiveAt, Expr::value(now.as_millis()))
        .filter(Id.eq(id.as_uuid()))
        .exec(db)
        .await?;
    Ok(())
}

pub(super) fn life(row: account_life::Model) -> Sql<AccountLife> {
    Ok(AccountLife {
        state: match row.state {
            Some(state) => state.0.parse().map_err(Failure::Broken)?,
            None => AccountState::Active,
        },
        reason: row.state_reason,
        until: row.state_until.map(moment),
        active_at: row.active_at.map(moment),
    })
}
