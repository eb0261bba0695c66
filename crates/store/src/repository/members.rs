//! Who has entered which front, and so is in which community.

use std::collections::HashMap;

use portico_core::account::Member;
use portico_core::front::FrontId;
use portico_core::ports::Entering;
use portico_core::{AccountId, CommunityId, Timestamp};
use sea_orm::sea_query::{Expr, ExprTrait, Query, SelectStatement};
use sea_orm::{
    ActiveValue::Set, ColumnTrait, ConnectionTrait, EntityTrait, FromQueryResult, QueryFilter, QueryOrder,
};
use uuid::Uuid;

use super::accounts::account_of;
use super::{CHUNK, front_id, key_of};
use crate::entity::{account, entered_front, member};
use crate::failure::{Sql, retried};
use crate::key::Key;
use crate::sql_store::{SqlStore, all, one};

/// The value that first entries at limited fronts wait at, so that none is counted beside another.
const COUNTED_ONE_BY_ONE: &str = "first_entries";

/// How many there are.
#[derive(Debug, FromQueryResult)]
struct Count {
    people: i64,
}

impl SqlStore {
    pub(crate) async fn enter(
        &self,
        account: AccountId,
        community: &CommunityId,
        front: &FrontId,
        now: Timestamp,
    ) -> Sql<bool> {
        let entering = self.enter_if_room(account, community, front, None, now).await?;
        Ok(entering == Entering::First)
    }

    pub(crate) async fn enter_limited(
        &self,
        account: AccountId,
        community: &CommunityId,
        front: &FrontId,
        most: u32,
        now: Timestamp,
    ) -> Sql<Entering> {
        self.enter_if_room(account, community, front, Some(most), now).await
    }

    async fn enter_if_room(
        &self,
        account: AccountId,
        community: &CommunityId,
        front: &FrontId,
        most: Option<u32>,
        now: Timestamp,
    ) -> Sql<Entering> {
        if has_entered(self.reader()?, account, community, front).await? {
            return Ok(Entering::Again);
        }
        if most.is_some() {
            self.keep_meta(COUNTED_ONE_BY_ONE, &[]).await?;
        }
        retried(|| self.try_enter(account, community, front, most, now)).await
    }

    pub(crate) async fn entered_so_far(&self, community: &CommunityId, front: &FrontId) -> Sql<u64> {
        count_entered(self.reader()?, community, front).await
    }

    async fn try_enter(
        &self,
        account: AccountId,
        community: &CommunityId,
        front: &FrontId,
        most: Option<u32>,
        now: Timestamp,
    ) -> Sql<Entering> {
        let txn = self.begin().await?;
        // Parallel logins of one person wait here, so that none of them meets a uniqueness rule.
        self.lock_account(&txn, account).await?;
        if most.is_some() {
            self.lock_meta(&txn, COUNTED_ONE_BY_ONE).await?;
        }
        if has_entered(&txn, account, community, front).await? {
            txn.rollback().await?;
            return Ok(Entering::Again);
        }
        if let Some(most) = most
            && count_entered(&txn, community, front).await? >= u64::from(most)
        {
            txn.rollback().await?;
            return Ok(Entering::Full);
        }
        let (id, at) = (account.as_uuid(), now.as_millis());
        if member::Entity::find_by_id((key_of(community), id)).one(&txn).await?.is_none() {
            let row = member::ActiveModel {
                community: Set(key_of(community)),
                account: Set(id),
                joined_at: Set(at),
            };
            member::Entity::insert(row).exec_without_returning(&txn).await?;
        }
        let row = entered_front::ActiveModel {
            community: Set(key_of(community)),
            account: Set(id),
            front: Set(front.as_str().into()),
            entered_at: Set(at),
        };
        entered_front::Entity::insert(row).exec_without_returning(&txn).await?;
        txn.commit().await?;
        Ok(Entering::First)
    }

    /// The members whose accounts a query selects, in its order, with the fronts they have entered.
    pub(super) async fn with_fronts(
        &self,
        community: &CommunityId,
        accounts: &SelectStatement,
    ) -> Sql<Vec<Member>> {
        let rows: Vec<account::Model> = all(self.reader()?, accounts).await?;
        let ids: Vec<Uuid> = rows.iter().map(|row| row.id).collect();
        let mut fronts = self.fronts_of(community, &ids).await?;
        let member = |row: account::Model| {
            let fronts = fronts.remove(&row.id).unwrap_or_default();
            Ok(Member { account: account_of(row)?, fronts })
        };
        rows.into_iter().map(member).collect()
    }

    async fn fronts_of(
        &self,
        community: &CommunityId,
        accounts: &[Uuid],
    ) -> Sql<HashMap<Uuid, Vec<FrontId>>> {
        let mut fronts: HashMap<Uuid, Vec<FrontId>> = HashMap::with_capacity(accounts.len());
        for some in accounts.chunks(CHUNK) {
            let entered = entered_front::Entity::find()
                .filter(entered_front::Column::Community.eq(key_of(community)))
                .filter(entered_front::Column::Account.is_in(some.iter().copied()))
                .order_by_asc(entered_front::Column::Account)
                .order_by_asc(entered_front::Column::Front)
                .all(self.reader()?)
                .await?;
            for row in entered {
                fronts.entry(row.account).or_default().push(front_id(&row.front)?);
            }
        }
        Ok(fronts)
    }
}

/// The people who have entered a front, tombstones not among them.
async fn count_entered(db: &impl ConnectionTrait, community: &CommunityId, front: &FrontId) -> Sql<u64> {
    let entered = |column| Expr::col((entered_front::Entity, column));
    let query = Query::select()
        .expr_as(entered(entered_front::Column::Account).count(), "people")
        .from(entered_front::Entity)
        .inner_join(
            account::Entity,
            Expr::col((account::Entity, account::Column::Id))
                .equals((entered_front::Entity, entered_front::Column::Account)),
        )
        .and_where(entered(entered_front::Column::Community).eq(key_of(community)))
        .and_where(entered(entered_front::Column::Front).eq(Key::from(front.as_str())))
        .and_where(Expr::col((account::Entity, account::Column::RetiredAt)).is_null())
        .take();
    let count = one::<Count, _, _>(db, &query).await?;
    Ok(count.and_then(|count| u64::try_from(count.people).ok()).unwrap_or_default())
}

async fn has_entered(
    db: &impl ConnectionTrait,
    account: AccountId,
    community: &CommunityId,
    front: &FrontId,
) -> Sql<bool> {
    let key = (key_of(community), account.as_uuid(), Key::from(front.as_str()));
    Ok(entered_front::Entity::find_by_id(key).one(db).await?.is_some())
}
