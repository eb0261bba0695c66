//! Who has entered which front, and so is in which community.

use std::collections::HashMap;

use portico_core::account::Member;
use portico_core::front::FrontId;
use portico_core::{AccountId, CommunityId, Timestamp};
use sea_orm::sea_query::SelectStatement;
use sea_orm::{ActiveValue::Set, ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder};
use uuid::Uuid;

use super::accounts::account_of;
use super::{CHUNK, front_id, key_of};
use crate::entity::{account, entered_front, member};
use crate::failure::{Sql, retried};
use crate::key::Key;
use crate::sql_store::{SqlStore, all};

impl SqlStore {
    pub(crate) async fn enter(
        &self,
        account: AccountId,
        community: &CommunityId,
        front: &FrontId,
        now: Timestamp,
    ) -> Sql<bool> {
        if has_entered(self.reader()?, account, community, front).await? {
            return Ok(false);
        }
        retried(|| self.try_enter(account, community, front, now)).await
    }

    async fn try_enter(
        &self,
        account: AccountId,
        community: &CommunityId,
        front: &FrontId,
        now: Timestamp,
    ) -> Sql<bool> {
        let txn = self.begin().await?;
        // Parallel logins of one person wait here, so that none of them meets a uniqueness rule.
        self.lock_account(&txn, account).await?;
        if has_entered(&txn, account, community, front).await? {
            txn.rollback().await?;
            return Ok(false);
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
        Ok(true)
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

async fn has_entered(
    db: &impl ConnectionTrait,
    account: AccountId,
    community: &CommunityId,
    front: &FrontId,
) -> Sql<bool> {
    let key = (key_of(community), account.as_uuid(), Key::from(front.as_str()));
    Ok(entered_front::Entity::find_by_id(key).one(db).await?.is_some())
}
