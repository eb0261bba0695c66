//! Groups and who is in them.

use std::collections::hash_map::Entry;
use std::collections::{BTreeMap, BTreeSet, HashMap};

use portico_core::auth::Realm;
use portico_core::group::{Group, GroupKind, GroupSeat, RoomChange, Seating};
use portico_core::messaging::Sequence;
use portico_core::{AccountId, CommunityId, ConversationId, GroupId};
use sea_orm::sea_query::{Expr, ExprTrait, Query};
use sea_orm::{
    ActiveModelTrait, ActiveValue::Set, ColumnTrait, Condition, ConnectionTrait, EntityTrait,
    IntoActiveModel, QueryFilter, QueryOrder, QuerySelect,
};
use uuid::Uuid;

use super::{CHUNK, community_id, key_of, moment, rows};
use crate::entity::{conversation, conversation_member, group, group_member, message};
use crate::failure::{Failure, Sql, retried};
use crate::key::Key;
use crate::sql_store::{SqlStore, all};

impl SqlStore {
    pub(crate) async fn seat_people(&self, seating: &Seating) -> Sql<Vec<RoomChange>> {
        // At most logins and at every round of news nothing has changed: then nobody waits for the writer.
        if self.is_seated(seating).await? {
            return Ok(Vec::new());
        }
        // Two seatings that make the same group at once: the later one finds it the second time.
        match retried(|| self.try_seat(seating)).await {
            Err(failure) if failure.is_conflict() => retried(|| self.try_seat(seating)).await,
            outcome => outcome,
        }
    }

    /// Whether everybody sits where the seating wants them already.
    async fn is_seated(&self, seating: &Seating) -> Sql<bool> {
        let db = self.reader()?;
        let wanted = wanted(seating);
        let known = known_groups(db, seating, &wanted).await?;
        let as_wanted = |(id, seat): (&&str, &&GroupSeat)| {
            known
                .get(*id)
                .is_some_and(|row| row.name == seat.name && row.managers_write == seat.managers_write)
        };
        if !wanted.iter().all(as_wanted) {
            return Ok(false);
        }
        let present = present(db, seating).await?;
        let nothing = HashMap::new();
        Ok(seating.people.iter().all(|(person, seats)| {
            let before = present.get(&person.as_uuid()).unwrap_or(&nothing);
            let mut groups: HashMap<Uuid, bool> = HashMap::with_capacity(seats.len());
            groups.extend(
                seats.iter().filter_map(|seat| Some((known.get(&seat.external_id)?.id, seat.manager))),
            );
            let seated = groups.iter().all(|(group, manager)| before.get(group) == Some(manager));
            seated && (!seating.complete || before.len() == groups.len())
        }))
    }

    async fn try_seat(&self, seating: &Seating) -> Sql<Vec<RoomChange>> {
        let txn = self.begin().await?;
        let wanted = wanted(seating);
        let groups = prepare_groups(&txn, seating, &wanted).await?;
        let present = present(&txn, seating).await?;
        let mut changed: BTreeMap<(Uuid, Uuid), BTreeSet<AccountId>> = BTreeMap::new();
        let mut joining = Vec::new();
        for (person, seats) in &seating.people {
            let id = person.as_uuid();
            let mut before = present.get(&id).cloned().unwrap_or_default();
            for seat in seats {
                let Some(group) = groups.get(seat.external_id.as_str()) else { continue };
                match before.remove(&group.id) {
                    Some(manager) if manager == seat.manager => continue,
                    Some(_) => set_manager(&txn, group.id, id, seat.manager).await?,
                    None => joining.push((group, id, seat.manager)),
                }
                changed.entry((group.id, group.room)).or_default().insert(*person);
            }
            if seating.complete {
                for (group, room) in leave(&txn, seating, id, before.into_keys().collect()).await? {
                    tracing::debug!(%group, "a membership ended");
                    changed.entry((group, room)).or_default().insert(*person);
                }
            }
        }
        join(&txn, &joining).await?;
        txn.commit().await?;
        let change = |((group, room), people): ((Uuid, Uuid), BTreeSet<AccountId>)| RoomChange {
            group: GroupId::from_uuid(group),
            room: ConversationId::from_uuid(room),
            people: people.into_iter().collect(),
        };
        Ok(changed.into_iter().map(change).collect())
    }

    pub(crate) async fn find_groups_from(&self, community: &CommunityId, realm: &Realm) -> Sql<Vec<Group>> {
        let found = of_realm(community, realm).order_by_asc(group::Column::ExternalId);
        found.all(self.reader()?).await?.into_iter().map(group_of).collect()
    }

    pub(crate) async fn find_group(&self, id: GroupId) -> Sql<Option<Group>> {
        group::Entity::find_by_id(id.as_uuid()).one(self.reader()?).await?.map(group_of).transpose()
    }

    pub(crate) async fn people_of_group(
        &self,
        id: GroupId,
        after: Option<AccountId>,
        limit: usize,
    ) -> Sql<Vec<(AccountId, bool)>> {
        let mut query = group_member::Entity::find()
            .filter(group_member::Column::GroupId.eq(id.as_uuid()))
            .order_by_asc(group_member::Column::Account)
            .limit(rows(limit));
        if let Some(after) = after {
            query = query.filter(group_member::Column::Account.gt(after.as_uuid()));
        }
        let found = query.all(self.reader()?).await?;
        Ok(found.into_iter().map(|row| (AccountId::from_uuid(row.account), row.manager)).collect())
    }
}

/// Every group that somebody is seated in, by its id over there.
fn wanted(seating: &Seating) -> BTreeMap<&str, &GroupSeat> {
    let seats = seating.people.iter().flat_map(|(_, seats)| seats);
    seats.map(|seat| (seat.external_id.as_str(), seat)).collect()
}

fn of_realm(community: &CommunityId, realm: &Realm) -> sea_orm::Select<group::Entity> {
    group::Entity::find()
        .filter(group::Column::Community.eq(key_of(community)))
        .filter(group::Column::Realm.eq(Key::from(realm.as_str())))
}

/// The groups that somebody is seated in: found, renamed where they are called otherwise now, or made.
async fn prepare_groups<'s>(
    db: &impl ConnectionTrait,
    seating: &Seating,
    wanted: &BTreeMap<&'s str, &GroupSeat>,
) -> Sql<HashMap<&'s str, group::Model>> {
    let mut known = known_groups(db, seating, wanted).await?;
    let mut groups = HashMap::with_capacity(wanted.len());
    for (id, seat) in wanted {
        let mut row = match known.remove(*id) {
            Some(row) => row,
            None => make_group(db, seating, seat).await?,
        };
        if row.name != seat.name || row.managers_write != seat.managers_write {
            let update = group::Entity::update_many()
                .col_expr(group::Column::Name, Expr::value(seat.name.clone()))
                .col_expr(group::Column::ManagersWrite, Expr::value(seat.managers_write))
                .filter(group::Column::Id.eq(row.id));
            update.exec(db).await?;
            row.name.clone_from(&seat.name);
            row.managers_write = seat.managers_write;
        }
        groups.insert(*id, row);
    }
    Ok(groups)
}

/// Those of the wanted groups that there are, by their id over there.
async fn known_groups(
    db: &impl ConnectionTrait,
    seating: &Seating,
    wanted: &BTreeMap<&str, &GroupSeat>,
) -> Sql<HashMap<String, group::Model>> {
    let mut known: HashMap<String, group::Model> = HashMap::with_capacity(wanted.len());
    let ids: Vec<Key> = wanted.keys().map(|id| Key::from(*id)).collect();
    for some in ids.chunks(CHUNK) {
        let found = of_realm(&seating.community, &seating.realm)
            .filter(group::Column::ExternalId.is_in(some.iter().cloned()));
        known.extend(found.all(db).await?.into_iter().map(|row| (row.external_id.0.clone(), row)));
    }
    Ok(known)
}

/// A group and its room, both empty.
async fn make_group(db: &impl ConnectionTrait, seating: &Seating, seat: &GroupSeat) -> Sql<group::Model> {
    let room = ConversationId::generate(seating.now).as_uuid();
    let conversation = conversation::ActiveModel {
        id: Set(room),
        community: Set(key_of(&seating.community)),
        low: Set(None),
        high: Set(None),
        host: Set(None),
        topic: Set(None),
        created_at: Set(seating.now.as_millis()),
    };
    conversation::Entity::insert(conversation).exec_without_returning(db).await?;
    let row = group::Model {
        id: GroupId::generate(seating.now).as_uuid(),
        community: key_of(&seating.community),
        realm: seating.realm.as_str().into(),
        external_id: seat.external_id.as_str().into(),
        name: seat.name.clone(),
        kind: seat.kind.as_str().into(),
        managers_write: seat.managers_write,
        room,
        topic: None,
        announcement: None,
        created_by: None,
        created_at: seating.now.as_millis(),
    };
    let new = row.clone().into_active_model().reset_all();
    group::Entity::insert(new).exec_without_returning(db).await?;
    Ok(row)
}

/// What everybody is in now: for each person the groups of the realm, with whether they manage them.
async fn present(db: &impl ConnectionTrait, seating: &Seating) -> Sql<HashMap<Uuid, HashMap<Uuid, bool>>> {
    let mut present: HashMap<Uuid, HashMap<Uuid, bool>> = HashMap::new();
    for some in seating.people.chunks(CHUNK) {
        let query = Query::select()
            .columns([
                (group_member::Entity, group_member::Column::GroupId),
                (group_member::Entity, group_member::Column::Account),
                (group_member::Entity, group_member::Column::Manager),
            ])
            .from(group_member::Entity)
            .inner_join(
                group::Entity,
                Expr::col((group::Entity, group::Column::Id))
                    .equals((group_member::Entity, group_member::Column::GroupId)),
            )
            .and_where(
                Expr::col((group_member::Entity, group_member::Column::Account))
                    .is_in(some.iter().map(|(person, _)| person.as_uuid())),
            )
            .and_where(Expr::col((group::Entity, group::Column::Community)).eq(seating.community.as_str()))
            .and_where(Expr::col((group::Entity, group::Column::Realm)).eq(seating.realm.as_str()))
            .take();
        for row in all::<group_member::Model, _, _>(db, &query).await? {
            present.entry(row.account).or_default().insert(row.group_id, row.manager);
        }
    }
    Ok(present)
}

/// Begins memberships: of the group, whether as its manager, and of its room.
pub(super) async fn join(db: &impl ConnectionTrait, joining: &[(&group::Model, Uuid, bool)]) -> Sql<()> {
    // What was said before somebody came is there to be read, but is not news to them.
    let mut last: HashMap<Uuid, Option<i64>> = HashMap::new();
    for (group, ..) in joining {
        if let Entry::Vacant(unknown) = last.entry(group.room) {
            unknown.insert(last_sequence(db, group.room).await?);
        }
    }
    for some in joining.chunks(CHUNK) {
        let members = some.iter().map(|(group, account, manager)| group_member::ActiveModel {
            group_id: Set(group.id),
            account: Set(*account),
            manager: Set(*manager),
        });
        group_member::Entity::insert_many(members).exec_without_returning(db).await?;
        let places = some.iter().map(|(group, account, _)| {
            let last = last.get(&group.room).copied().flatten();
            conversation_member::ActiveModel {
                conversation: Set(group.room),
                account: Set(*account),
                community: Set(group.community.clone()),
                last_sequence: Set(last.unwrap_or(0)),
                read_up_to: Set(last),
                from_sequence: Set(0),
                invited_by: Set(None),
                joined_at: Set(None),
            }
        });
        conversation_member::Entity::insert_many(places).exec_without_returning(db).await?;
    }
    Ok(())
}

pub(super) async fn last_sequence(db: &impl ConnectionTrait, room: Uuid) -> Sql<Option<i64>> {
    let newest = message::Entity::find()
        .select_only()
        .column(message::Column::Sequence)
        .filter(message::Column::Conversation.eq(room))
        .order_by_desc(message::Column::Sequence)
        .limit(1);
    Ok(newest.into_tuple().one(db).await?)
}

pub(super) async fn set_manager(
    db: &impl ConnectionTrait,
    group: Uuid,
    account: Uuid,
    manager: bool,
) -> Sql<()> {
    group_member::Entity::update_many()
        .col_expr(group_member::Column::Manager, Expr::value(manager))
        .filter(group_member::Column::GroupId.eq(group))
        .filter(group_member::Column::Account.eq(account))
        .exec(db)
        .await?;
    Ok(())
}

/// Ends memberships; the groups and their rooms.
async fn leave(
    db: &impl ConnectionTrait,
    seating: &Seating,
    account: Uuid,
    groups: Vec<Uuid>,
) -> Sql<Vec<(Uuid, Uuid)>> {
    if groups.is_empty() {
        return Ok(Vec::new());
    }
    let rooms: Vec<(Uuid, Uuid)> = of_realm(&seating.community, &seating.realm)
        .select_only()
        .column(group::Column::Id)
        .column(group::Column::Room)
        .filter(group::Column::Id.is_in(groups.iter().copied()))
        .into_tuple()
        .all(db)
        .await?;
    group_member::Entity::delete_many()
        .filter(group_member::Column::Account.eq(account))
        .filter(group_member::Column::GroupId.is_in(groups))
        .exec(db)
        .await?;
    let theirs = Condition::all()
        .add(conversation_member::Column::Account.eq(account))
        .add(conversation_member::Column::Conversation.is_in(rooms.iter().map(|(_, room)| *room)));
    conversation_member::Entity::delete_many().filter(theirs).exec(db).await?;
    Ok(rooms)
}

pub(super) fn group_of(row: group::Model) -> Sql<Group> {
    Ok(Group {
        id: GroupId::from_uuid(row.id),
        community: community_id(&row.community)?,
        realm: Realm::new(&row.realm.0)
            .map_err(|_| Failure::broken("a group has a realm that can't be one"))?,
        external_id: row.external_id.0,
        name: row.name,
        kind: GroupKind::from_word(&row.kind.0)
            .ok_or_else(|| Failure::broken("a group has an unknown kind"))?,
        managers_write: row.managers_write,
        room: ConversationId::from_uuid(row.room),
        topic: row.topic,
        announcement: row.announcement.map(Sequence::new),
        created_by: row.created_by.map(AccountId::from_uuid),
        created_at: moment(row.created_at),
    })
}
