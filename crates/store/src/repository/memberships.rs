//! Groups as somebody sees them.

use std::collections::HashMap;

use portico_core::auth::Realm;
use portico_core::group::{GroupKind, LOCAL_IDS, Membership, Part, PendingPart};
use portico_core::messaging::Sequence;
use portico_core::{AccountId, CommunityId, GroupId};
use sea_orm::sea_query::{Expr, ExprTrait, Query};
use sea_orm::{ColumnTrait, EntityTrait, FromQueryResult, QueryFilter, QueryOrder, QuerySelect};
use uuid::Uuid;

use super::groups::group_of;
use super::{CHUNK, key_of, moment, rows};
use crate::entity::{group, group_member, group_pending};
use crate::failure::Sql;
use crate::key::Key;
use crate::sql_store::{SqlStore, all};

/// Most people of whom a group's list of requests tells.
const MOST_PENDING: u64 = 1000;

/// How many of something a group has.
#[derive(Debug, FromQueryResult)]
struct Number {
    group_id: Uuid,
    number: i64,
}

impl SqlStore {
    pub(crate) async fn memberships_of(
        &self,
        community: &CommunityId,
        account: AccountId,
    ) -> Sql<Vec<Membership>> {
        let mine: Vec<Uuid> = group_member::Entity::find()
            .select_only()
            .column(group_member::Column::GroupId)
            .filter(group_member::Column::Account.eq(account.as_uuid()))
            .into_tuple()
            .all(self.reader()?)
            .await?;
        let mut memberships = Vec::with_capacity(mine.len());
        for some in mine.chunks(CHUNK) {
            let groups = group::Entity::find()
                .filter(group::Column::Id.is_in(some.iter().copied()))
                .filter(group::Column::Community.eq(key_of(community)));
            let groups = groups.all(self.reader()?).await?;
            memberships.extend(self.seen_by(groups, account).await?);
        }
        // Who has left since the first statement is not in it any more.
        memberships.retain(|seen| seen.part.is_in());
        memberships.sort_by(|a, b| (&a.group.name, a.group.id).cmp(&(&b.group.name, b.group.id)));
        Ok(memberships)
    }

    pub(crate) async fn group_seen_by(&self, id: GroupId, account: AccountId) -> Sql<Option<Membership>> {
        let row = group::Entity::find_by_id(id.as_uuid()).one(self.reader()?).await?;
        let mut seen = self.seen_by(row.into_iter().collect(), account).await?;
        Ok(seen.pop().filter(|seen| seen.group.shows_to(seen.part)))
    }

    pub(crate) async fn joinable_by(
        &self,
        community: &CommunityId,
        account: AccountId,
        after: Option<GroupId>,
        limit: usize,
    ) -> Sql<Vec<Membership>> {
        let mine = Query::select()
            .column(group_member::Column::GroupId)
            .from(group_member::Entity)
            .and_where(Expr::col(group_member::Column::Account).eq(account.as_uuid()))
            .take();
        let offered = [GroupKind::Public, GroupKind::Official].map(|kind| Key::from(kind.as_str()));
        let mut query = group::Entity::find()
            .filter(group::Column::Community.eq(key_of(community)))
            .filter(group::Column::Realm.eq(Key::from(Realm::OWN)))
            .filter(group::Column::ExternalId.gte(Key::from(LOCAL_IDS.0)))
            .filter(group::Column::ExternalId.lt(Key::from(LOCAL_IDS.1)))
            .filter(group::Column::Kind.is_in(offered))
            .filter(group::Column::Id.not_in_subquery(mine))
            .order_by_asc(group::Column::Id)
            .limit(rows(limit));
        if let Some(after) = after {
            query = query.filter(group::Column::Id.gt(after.as_uuid()));
        }
        let found = query.all(self.reader()?).await?;
        self.seen_by(found, account).await
    }

    pub(crate) async fn invited_to_groups(
        &self,
        community: &CommunityId,
        account: AccountId,
    ) -> Sql<Vec<(Membership, PendingPart)>> {
        let mine = group_pending::Entity::find()
            .filter(group_pending::Column::Account.eq(account.as_uuid()))
            .filter(group_pending::Column::Part.eq(Key::from("invited")));
        let pending: HashMap<Uuid, group_pending::Model> =
            mine.all(self.reader()?).await?.into_iter().map(|row| (row.group_id, row)).collect();
        let ids: Vec<Uuid> = pending.keys().copied().collect();
        let mut invitations = Vec::with_capacity(ids.len());
        for some in ids.chunks(CHUNK) {
            let groups = group::Entity::find()
                .filter(group::Column::Id.is_in(some.iter().copied()))
                .filter(group::Column::Community.eq(key_of(community)))
                .order_by_asc(group::Column::Id);
            let groups = groups.all(self.reader()?).await?;
            for seen in self.seen_by(groups, account).await? {
                if let Some(row) = pending.get(&seen.group.id.as_uuid()) {
                    invitations.push((seen, pending_of(row)));
                }
            }
        }
        Ok(invitations)
    }

    pub(crate) async fn pending_in(&self, id: GroupId) -> Sql<Vec<PendingPart>> {
        let found = group_pending::Entity::find()
            .filter(group_pending::Column::GroupId.eq(id.as_uuid()))
            .order_by_asc(group_pending::Column::Since)
            .order_by_asc(group_pending::Column::Account)
            .limit(MOST_PENDING);
        Ok(found.all(self.reader()?).await?.iter().map(pending_of).collect())
    }

    /// These groups (at most [`CHUNK`]) as somebody sees them, in their order.
    async fn seen_by(&self, groups: Vec<group::Model>, account: AccountId) -> Sql<Vec<Membership>> {
        if groups.is_empty() {
            return Ok(Vec::new());
        }
        let ids: Vec<Uuid> = groups.iter().map(|row| row.id).collect();
        let parts = self.parts_of(&ids, account.as_uuid()).await?;
        let part = |id: &Uuid| parts.get(id).copied().unwrap_or_default();
        let sizes = self.sizes(&ids).await?;
        let managed: Vec<Uuid> = ids.iter().copied().filter(|id| part(id) == Part::Manager).collect();
        let waiting = self.waiting(&managed).await?;
        let pinned: Vec<i64> =
            groups.iter().filter(|row| part(&row.id).is_in()).filter_map(|row| row.announcement).collect();
        let mut announcements: HashMap<Sequence, _> =
            self.by_sequence(&pinned).await?.into_iter().map(|message| (message.sequence, message)).collect();
        let number = |of: &HashMap<Uuid, i64>, id: &Uuid| {
            u64::try_from(of.get(id).copied().unwrap_or_default()).unwrap_or_default()
        };
        let seen = groups.into_iter().map(|row| {
            let (id, part) = (row.id, part(&row.id));
            let announcement = row.announcement.and_then(|pin| announcements.remove(&Sequence::new(pin)));
            Ok(Membership {
                group: group_of(row)?,
                manager: part == Part::Manager,
                part,
                members: number(&sizes, &id),
                waiting: number(&waiting, &id),
                announcement,
            })
        });
        seen.collect()
    }

    async fn parts_of(&self, groups: &[Uuid], account: Uuid) -> Sql<HashMap<Uuid, Part>> {
        let members = group_member::Entity::find()
            .filter(group_member::Column::Account.eq(account))
            .filter(group_member::Column::GroupId.is_in(groups.iter().copied()));
        let members: HashMap<Uuid, bool> =
            members.all(self.reader()?).await?.into_iter().map(|row| (row.group_id, row.manager)).collect();
        let pending = group_pending::Entity::find()
            .filter(group_pending::Column::Account.eq(account))
            .filter(group_pending::Column::GroupId.is_in(groups.iter().copied()));
        let pending: HashMap<Uuid, Key> =
            pending.all(self.reader()?).await?.into_iter().map(|row| (row.group_id, row.part)).collect();
        let part = |id: &Uuid| {
            Part::from_kept(members.get(id).copied(), pending.get(id).map(|word| word.0.as_str()))
        };
        Ok(groups.iter().map(|id| (*id, part(id))).collect())
    }

    /// How many are in these groups.
    async fn sizes(&self, groups: &[Uuid]) -> Sql<HashMap<Uuid, i64>> {
        let query = Query::select()
            .column(group_member::Column::GroupId)
            .expr_as(Expr::col(group_member::Column::Account).count(), "number")
            .from(group_member::Entity)
            .and_where(Expr::col(group_member::Column::GroupId).is_in(groups.iter().copied()))
            .add_group_by([Expr::col(group_member::Column::GroupId)])
            .take();
        let found = all::<Number, _, _>(self.reader()?, &query).await?;
        Ok(found.into_iter().map(|found| (found.group_id, found.number)).collect())
    }

    /// How many wait for a decision of these groups' managers.
    async fn waiting(&self, groups: &[Uuid]) -> Sql<HashMap<Uuid, i64>> {
        if groups.is_empty() {
            return Ok(HashMap::new());
        }
        let query = Query::select()
            .column(group_pending::Column::GroupId)
            .expr_as(Expr::col(group_pending::Column::Account).count(), "number")
            .from(group_pending::Entity)
            .and_where(Expr::col(group_pending::Column::GroupId).is_in(groups.iter().copied()))
            .and_where(Expr::col(group_pending::Column::Part).is_in(["asks-to-join", "asks-to-leave"]))
            .add_group_by([Expr::col(group_pending::Column::GroupId)])
            .take();
        let found = all::<Number, _, _>(self.reader()?, &query).await?;
        Ok(found.into_iter().map(|found| (found.group_id, found.number)).collect())
    }
}

fn pending_of(row: &group_pending::Model) -> PendingPart {
    PendingPart {
        account: AccountId::from_uuid(row.account),
        part: Part::from_kept((row.part.0 == "asks-to-leave").then_some(false), Some(row.part.0.as_str())),
        set_by: row.set_by.map(AccountId::from_uuid),
        since: moment(row.since),
    }
}
