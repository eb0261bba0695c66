//! What survives a restart of how people are.

use std::collections::{BTreeMap, HashSet};
use std::sync::Arc;

use portico_core::messaging::{PresenceChoice, PresenceRecord, PresenceState};
use portico_core::policy::OfflineChoice;
use portico_core::{AccountId, CommunityId, Timestamp};
use sea_orm::sea_query::{CaseStatement, Expr, ExprTrait};
use sea_orm::{ActiveModelTrait, ActiveValue::Set, ColumnTrait, EntityTrait, QueryFilter, QuerySelect};
use uuid::Uuid;

use super::{CHUNK, key_of, moment};
use crate::entity::{account, presence};
use crate::failure::{Failure, Sql, retried};
use crate::sql_store::SqlStore;

/// Most times that one statement writes behind: its work grows with the square of this.
const SEEN_AT_ONCE: usize = 100;

impl SqlStore {
    pub(crate) async fn kept_presences(
        &self,
        community: &CommunityId,
        accounts: &[AccountId],
    ) -> Sql<Vec<(AccountId, PresenceRecord)>> {
        let mut found = Vec::new();
        for some in accounts.chunks(CHUNK) {
            let ids: Vec<Uuid> = some.iter().map(AccountId::as_uuid).collect();
            let rows = presence::Entity::find()
                .filter(presence::Column::Community.eq(key_of(community)))
                .filter(presence::Column::Account.is_in(ids))
                .all(self.reader()?)
                .await?;
            for row in rows {
                found.push((AccountId::from_uuid(row.account), record_of(row)?));
            }
        }
        Ok(found)
    }

    pub(crate) async fn replace_presence(
        &self,
        community: &CommunityId,
        account: AccountId,
        record: &PresenceRecord,
    ) -> Sql<()> {
        retried(|| self.try_replace_presence(community, account, record)).await
    }

    async fn try_replace_presence(
        &self,
        community: &CommunityId,
        account: AccountId,
        record: &PresenceRecord,
    ) -> Sql<()> {
        let txn = self.begin().await?;
        self.lock_account(&txn, account).await?;
        let place = (key_of(community), account.as_uuid());
        let known = presence::Entity::find_by_id(place.clone()).one(&txn).await?;
        let row = presence::ActiveModel {
            community: Set(place.0),
            account: Set(place.1),
            state: Set(record.choice.state.as_str().into()),
            reason: Set(record.choice.reason.as_deref().map(str::to_owned)),
            time_zone: Set(record.time_zone.as_deref().map(str::to_owned)),
            seen_at: Set(known.as_ref().and_then(|row| row.seen_at)),
            offline_choice: Set(record.offline_choice.as_str().into()),
        };
        match known {
            Some(_) => drop(row.update(&txn).await?),
            None => drop(presence::Entity::insert(row).exec_without_returning(&txn).await?),
        }
        Ok(txn.commit().await?)
    }

    pub(crate) async fn write_last_seen(&self, seen: &[(CommunityId, AccountId, Timestamp)]) -> Sql<()> {
        let mut places: BTreeMap<&CommunityId, Vec<(Uuid, i64)>> = BTreeMap::new();
        for (community, account, at) in seen {
            places.entry(community).or_default().push((account.as_uuid(), at.as_millis()));
        }
        for (community, times) in places {
            for some in times.chunks(SEEN_AT_ONCE) {
                retried(|| self.write_seen_at(community, some)).await?;
            }
        }
        Ok(())
    }

    /// Makes the rows that are missing, and moves the times of the others forward, each to its own.
    async fn write_seen_at(&self, community: &CommunityId, times: &[(Uuid, i64)]) -> Sql<()> {
        let ids: Vec<Uuid> = times.iter().map(|(id, _)| *id).collect();
        let txn = self.begin().await?;
        let known: Vec<Uuid> = presence::Entity::find()
            .select_only()
            .column(presence::Column::Account)
            .filter(presence::Column::Community.eq(key_of(community)))
            .filter(presence::Column::Account.is_in(ids.clone()))
            .into_tuple()
            .all(&txn)
            .await?;
        let known: HashSet<Uuid> = known.into_iter().collect();
        let accounts: Vec<Uuid> = account::Entity::find()
            .select_only()
            .column(account::Column::Id)
            .filter(account::Column::Id.is_in(ids.iter().copied().filter(|id| !known.contains(id))))
            .into_tuple()
            .all(&txn)
            .await?;
        let accounts: HashSet<Uuid> = accounts.into_iter().collect();
        let nothing = PresenceRecord::default();
        let fresh =
            times.iter().filter(|(id, _)| accounts.contains(id)).map(|(id, at)| presence::ActiveModel {
                community: Set(key_of(community)),
                account: Set(*id),
                state: Set(nothing.choice.state.as_str().into()),
                reason: Set(None),
                time_zone: Set(None),
                seen_at: Set(Some(*at)),
                offline_choice: Set(nothing.offline_choice.as_str().into()),
            });
        let fresh: Vec<_> = fresh.collect();
        if !fresh.is_empty() {
            presence::Entity::insert_many(fresh).exec_without_returning(&txn).await?;
        }
        if !known.is_empty() {
            let mut later = CaseStatement::new();
            for (id, at) in times {
                let seen_at = || Expr::col(presence::Column::SeenAt);
                let earlier = seen_at().is_null().or(seen_at().lt(*at));
                later = later.case(Expr::col(presence::Column::Account).eq(*id).and(earlier), *at);
            }
            let later = later.finally(Expr::col(presence::Column::SeenAt));
            presence::Entity::update_many()
                .col_expr(presence::Column::SeenAt, later.into())
                .filter(presence::Column::Community.eq(key_of(community)))
                .filter(presence::Column::Account.is_in(known))
                .exec(&txn)
                .await?;
        }
        Ok(txn.commit().await?)
    }

    pub(crate) async fn drop_presence(&self, account: AccountId) -> Sql<()> {
        let theirs = presence::Entity::delete_many().filter(presence::Column::Account.eq(account.as_uuid()));
        theirs.exec(self.writer()?).await?;
        Ok(())
    }
}

fn record_of(row: presence::Model) -> Sql<PresenceRecord> {
    let unknown = || Failure::broken("a row has a presence that can't be one");
    let state = PresenceState::from_word(&row.state.0).filter(|state| *state != PresenceState::Offline);
    Ok(PresenceRecord {
        choice: PresenceChoice { state: state.ok_or_else(unknown)?, reason: row.reason.map(Arc::from) },
        time_zone: row.time_zone.map(Arc::from),
        seen_at: row.seen_at.map(moment),
        offline_choice: OfflineChoice::from_word(&row.offline_choice.0).ok_or_else(unknown)?,
    })
}
