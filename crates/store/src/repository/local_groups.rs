//! Groups that people make and manage here.

use portico_core::administration::AuditEntry;
use portico_core::auth::Realm;
use portico_core::group::{
    Dissolved, Group, GroupEdit, GroupKind, GroupRefusal, Headcount, NewGroup, Part, PartAction, PartChange,
    PartChanged, local_external_id,
};
use portico_core::{AccountId, CommunityId, GroupId};
use sea_orm::sea_query::Expr;
use sea_orm::{
    ActiveModelTrait, ActiveValue::Set, ColumnTrait, Condition, ConnectionTrait, DatabaseTransaction,
    EntityTrait, IntoActiveModel, PaginatorTrait, QueryFilter, QueryOrder, QuerySelect,
};
use serde_json::json;
use uuid::Uuid;

use super::administer::add_difference;
use super::groups::{group_of, join, set_manager};
use super::key_of;
use crate::entity::{conversation, conversation_member, group, group_member, group_pending};
use crate::failure::{Sql, retried};
use crate::key::Key;
use crate::sql_store::{Kind, SqlStore};

/// An answer to the person, or the failure of a statement.
type Answer<T> = Sql<Result<T, GroupRefusal>>;

impl SqlStore {
    pub(crate) async fn make_local_group(&self, new: &NewGroup) -> Answer<Group> {
        self.make_local_group_with(new, None).await
    }

    /// The same, with the line of an administrator who does it; so the others below.
    pub(crate) async fn make_local_group_with(
        &self,
        new: &NewGroup,
        line: Option<&AuditEntry>,
    ) -> Answer<Group> {
        match retried(|| self.try_make_local_group(new, line)).await {
            Err(failure) if failure.is_conflict() => Ok(Err(GroupRefusal::NameTaken)),
            outcome => outcome,
        }
    }

    async fn try_make_local_group(&self, new: &NewGroup, line: Option<&AuditEntry>) -> Answer<Group> {
        let txn = self.begin().await?;
        if let Some(creator) = new.creator {
            self.lock_account(&txn, creator).await?;
            let made = group::Entity::find()
                .filter(group::Column::Community.eq(key_of(&new.community)))
                .filter(group::Column::CreatedBy.eq(creator.as_uuid()))
                .count(&txn)
                .await?;
            if let Some(limit) = new.limit.filter(|limit| made >= u64::from(*limit)) {
                return Ok(Err(GroupRefusal::LimitReached { limit }));
            }
        }
        let room = conversation::ActiveModel {
            id: Set(new.room.as_uuid()),
            community: Set(key_of(&new.community)),
            low: Set(None),
            high: Set(None),
            host: Set(None),
            topic: Set(None),
            created_at: Set(new.now.as_millis()),
        };
        conversation::Entity::insert(room).exec_without_returning(&txn).await?;
        let row = group::Model {
            id: new.id.as_uuid(),
            community: key_of(&new.community),
            realm: Realm::OWN.into(),
            external_id: Key(local_external_id(new.kind, &new.name, new.id)),
            name: new.name.clone(),
            kind: new.kind.as_str().into(),
            managers_write: new.managers_write,
            room: new.room.as_uuid(),
            topic: new.topic.clone(),
            announcement: None,
            created_by: new.creator.map(|creator| creator.as_uuid()),
            created_at: new.now.as_millis(),
        };
        group::Entity::insert(row.clone().into_active_model().reset_all())
            .exec_without_returning(&txn)
            .await?;
        if let Some(creator) = new.creator {
            join(&txn, &[(&row, creator.as_uuid(), true)]).await?;
        }
        let group = group_of(row)?;
        if let Some(line) = line {
            add_difference(&txn, line, None, Some(group.facts())).await?;
        }
        txn.commit().await?;
        Ok(Ok(group))
    }

    pub(crate) async fn change_part_in_group(&self, change: &PartChange) -> Answer<PartChanged> {
        self.change_part_with(change, None).await
    }

    pub(crate) async fn change_part_with(
        &self,
        change: &PartChange,
        line: Option<&AuditEntry>,
    ) -> Answer<PartChanged> {
        retried(|| self.try_change_part(change, line)).await
    }

    async fn try_change_part(&self, change: &PartChange, line: Option<&AuditEntry>) -> Answer<PartChanged> {
        let txn = self.begin().await?;
        let Some(row) = self.lock_group(&txn, &change.community, change.group).await? else {
            return Ok(Err(GroupRefusal::NotFound));
        };
        let before = part_of(&txn, row.id, change.subject.as_uuid()).await?;
        let managers = managers(&txn, row.id).await?;
        let members = group_member::Entity::find().filter(group_member::Column::GroupId.eq(row.id));
        let count = Headcount { members: members.count(&txn).await?, managers: managers.len() as u64 };
        let group = group_of(row.clone())?;
        let after = match decide(&txn, &group, change, before, count).await? {
            Ok(after) => after,
            Err(refusal) => return Ok(Err(refusal)),
        };
        let mut dissolved = None;
        if after != before {
            self.put_part(&txn, &row, change, (before, after)).await?;
            let kept = matches!(change.action, PartAction::Set(_));
            if before.is_in() && !after.is_in() && count.members == 1 && !kept {
                dissolved = Some(self.dissolve(&txn, &row).await?.1);
            }
            if let Some(line) = line {
                let shown = |part: Part| json!({ "account": change.subject, "part": part.full_word() });
                add_difference(&txn, line, Some(shown(before)), Some(shown(after))).await?;
            }
        }
        txn.commit().await?;
        Ok(Ok(PartChanged { group, before, after, managers, dissolved }))
    }

    async fn put_part(
        &self,
        txn: &DatabaseTransaction,
        row: &group::Model,
        change: &PartChange,
        (before, after): (Part, Part),
    ) -> Sql<()> {
        let person = change.subject.as_uuid();
        let manages = |part: Part| part == Part::Manager;
        match (before.is_in(), after.is_in()) {
            (false, true) => {
                // Before the newest message is looked for, and the room's people are told of the next one.
                self.lock_conversation(txn, row.room).await?;
                join(txn, &[(row, person, manages(after))]).await?;
            }
            (true, false) => {
                group_member::Entity::delete_by_id((row.id, person)).exec(txn).await?;
                conversation_member::Entity::delete_by_id((row.room, person)).exec(txn).await?;
            }
            (true, true) if manages(before) != manages(after) => {
                set_manager(txn, row.id, person, manages(after)).await?;
            }
            _ => {}
        }
        if before.pending_word().is_some() {
            group_pending::Entity::delete_by_id((row.id, person)).exec(txn).await?;
        }
        if let Some(word) = after.pending_word() {
            let set_by = (change.actor != change.subject).then(|| change.actor.as_uuid());
            let pending = group_pending::ActiveModel {
                group_id: Set(row.id),
                account: Set(person),
                part: Set(word.into()),
                set_by: Set(set_by),
                since: Set(change.now.as_millis()),
            };
            group_pending::Entity::insert(pending).exec_without_returning(txn).await?;
        }
        Ok(())
    }

    pub(crate) async fn change_group(&self, edit: &GroupEdit) -> Answer<Group> {
        self.change_group_with(edit, None).await
    }

    pub(crate) async fn change_group_with(
        &self,
        edit: &GroupEdit,
        line: Option<&AuditEntry>,
    ) -> Answer<Group> {
        match retried(|| self.try_change_group(edit, line)).await {
            Err(failure) if failure.is_conflict() => Ok(Err(GroupRefusal::NameTaken)),
            outcome => outcome,
        }
    }

    async fn try_change_group(&self, edit: &GroupEdit, line: Option<&AuditEntry>) -> Answer<Group> {
        let txn = self.begin().await?;
        let mut row = match self.lock_managed(&txn, &edit.community, edit.group, edit.actor).await? {
            Ok(row) => row,
            Err(refusal) => return Ok(Err(refusal)),
        };
        let before = group_of(row.clone())?;
        if edit.name.is_some() || edit.kind.is_some() {
            let kind = edit.kind.unwrap_or(before.kind);
            row.name = edit.name.clone().unwrap_or(row.name);
            row.kind = kind.as_str().into();
            row.external_id = Key(local_external_id(kind, &row.name, edit.group));
        }
        if let Some(topic) = &edit.topic {
            row.topic.clone_from(topic);
        }
        row.managers_write = edit.managers_write.unwrap_or(row.managers_write);
        if let Some(pin) = edit.announcement {
            let pin = pin.map(portico_core::messaging::Sequence::get);
            if pin.is_none() || pin > row.announcement {
                row.announcement = pin;
            }
        }
        group::Entity::update_many()
            .col_expr(group::Column::Name, Expr::value(row.name.clone()))
            .col_expr(group::Column::Kind, Expr::value(row.kind.clone()))
            .col_expr(group::Column::ExternalId, Expr::value(row.external_id.clone()))
            .col_expr(group::Column::Topic, Expr::value(row.topic.clone()))
            .col_expr(group::Column::ManagersWrite, Expr::value(row.managers_write))
            .col_expr(group::Column::Announcement, Expr::value(row.announcement))
            .filter(group::Column::Id.eq(row.id))
            .exec(&txn)
            .await?;
        let after = group_of(row)?;
        if let Some(line) = line.filter(|_| before != after) {
            add_difference(&txn, line, Some(before.facts()), Some(after.facts())).await?;
        }
        txn.commit().await?;
        Ok(Ok(after))
    }

    pub(crate) async fn end_local_group(
        &self,
        community: &CommunityId,
        id: GroupId,
        actor: Option<AccountId>,
        line: Option<&AuditEntry>,
    ) -> Answer<Dissolved> {
        retried(async || {
            let txn = self.begin().await?;
            let row = match self.lock_managed(&txn, community, id, actor).await? {
                Ok(row) => row,
                Err(refusal) => return Ok(Err(refusal)),
            };
            let (members, others) = self.dissolve(&txn, &row).await?;
            let group = group_of(row)?;
            if let Some(line) = line {
                add_difference(&txn, line, Some(group.facts()), None).await?;
            }
            txn.commit().await?;
            Ok(Ok(Dissolved { group, members, others }))
        })
        .await
    }

    /// Ends a group; who was in it, and who else had to do with it. Its room and the messages stay, without anybody who
    /// could read them.
    async fn dissolve(
        &self,
        txn: &DatabaseTransaction,
        row: &group::Model,
    ) -> Sql<(Vec<AccountId>, Vec<AccountId>)> {
        self.lock_conversation(txn, row.room).await?;
        let members: Vec<Uuid> = group_member::Entity::find()
            .select_only()
            .column(group_member::Column::Account)
            .filter(group_member::Column::GroupId.eq(row.id))
            .into_tuple()
            .all(txn)
            .await?;
        let mut others: Vec<Uuid> = group_pending::Entity::find()
            .select_only()
            .column(group_pending::Column::Account)
            .filter(group_pending::Column::GroupId.eq(row.id))
            .into_tuple()
            .all(txn)
            .await?;
        others.retain(|other| !members.contains(other));
        let room = conversation_member::Column::Conversation.eq(row.room);
        conversation_member::Entity::delete_many().filter(room).exec(txn).await?;
        let pending = group_pending::Column::GroupId.eq(row.id);
        group_pending::Entity::delete_many().filter(pending).exec(txn).await?;
        let inside = group_member::Column::GroupId.eq(row.id);
        group_member::Entity::delete_many().filter(inside).exec(txn).await?;
        group::Entity::delete_by_id(row.id).exec(txn).await?;
        let ids = |people: Vec<Uuid>| people.into_iter().map(AccountId::from_uuid).collect();
        Ok((ids(members), ids(others)))
    }

    /// Somebody leaves for good: each group that they were the last manager of is managed by the oldest account in it, and a group
    /// that nobody else is in ends.
    pub(super) async fn pass_groups_on(&self, txn: &DatabaseTransaction, leaver: Uuid) -> Sql<()> {
        let managed: Vec<Uuid> = group_member::Entity::find()
            .select_only()
            .column(group_member::Column::GroupId)
            .filter(group_member::Column::Account.eq(leaver))
            .order_by_asc(group_member::Column::GroupId)
            .into_tuple()
            .all(txn)
            .await?;
        for id in managed {
            let Some(row) = self.held_group(txn, id).await? else { continue };
            // Rooms of news are kept by the server, whoever is in them.
            if !group_of(row.clone())?.is_local() {
                continue;
            }
            let others = group_member::Entity::find()
                .filter(group_member::Column::GroupId.eq(id))
                .filter(group_member::Column::Account.ne(leaver))
                // Ids of accounts begin with the time they were made.
                .order_by_desc(group_member::Column::Manager)
                .order_by_asc(group_member::Column::Account);
            match others.one(txn).await? {
                Some(heir) if !heir.manager => set_manager(txn, id, heir.account, true).await?,
                Some(_) => {}
                None => drop(self.dissolve(txn, &row).await?),
            }
        }
        Ok(())
    }

    /// Holds a group against other changes until the end of the transaction.
    async fn held_group(&self, txn: &DatabaseTransaction, id: Uuid) -> Sql<Option<group::Model>> {
        let mut query = group::Entity::find_by_id(id);
        if self.kind() != Kind::Sqlite {
            query = query.lock_exclusive();
        }
        Ok(query.one(txn).await?)
    }

    /// Holds a group of this community against other changes until the end of the transaction.
    async fn lock_group(
        &self,
        txn: &DatabaseTransaction,
        community: &CommunityId,
        id: GroupId,
    ) -> Sql<Option<group::Model>> {
        let held = self.held_group(txn, id.as_uuid()).await?;
        Ok(held.filter(|row| row.community == key_of(community)))
    }

    /// The same, if it is a local one that `actor` manages; `None` = an administrator.
    async fn lock_managed(
        &self,
        txn: &DatabaseTransaction,
        community: &CommunityId,
        id: GroupId,
        actor: Option<AccountId>,
    ) -> Answer<group::Model> {
        let Some(row) = self.lock_group(txn, community, id).await? else {
            return Ok(Err(GroupRefusal::NotFound));
        };
        let part = match actor {
            Some(actor) => part_of(txn, row.id, actor.as_uuid()).await?,
            None => Part::Manager,
        };
        Ok(is_managed(&group_of(row.clone())?, part).map(|()| row))
    }

    /// Holds a conversation until the end of the transaction: no message of it is under way in another one, and none
    /// passes.
    pub(super) async fn lock_conversation(
        &self,
        txn: &DatabaseTransaction,
        id: Uuid,
    ) -> Sql<Option<conversation::Model>> {
        let mut query = conversation::Entity::find_by_id(id);
        if self.kind() != Kind::Sqlite {
            // Rows that refer to the conversation hold a weaker lock on it, which this one waits for.
            query = query.lock_exclusive();
        }
        Ok(query.one(txn).await?)
    }

    pub(crate) async fn managing(&self, id: GroupId) -> Sql<Vec<AccountId>> {
        managers(self.reader()?, id.as_uuid()).await
    }

    pub(crate) async fn find_group_named(&self, community: &CommunityId, name: &str) -> Sql<Option<Group>> {
        // The id of an offered group has nothing of the group in it but its name.
        let id = local_external_id(GroupKind::Public, name, GroupId::from_uuid(Uuid::nil()));
        let found = group::Entity::find()
            .filter(group::Column::Community.eq(key_of(community)))
            .filter(group::Column::Realm.eq(Key::from(Realm::OWN)))
            .filter(group::Column::ExternalId.eq(Key(id)));
        found.one(self.reader()?).await?.map(group_of).transpose()
    }
}

/// What becomes of a part, as the core decides.
async fn decide(
    txn: &DatabaseTransaction,
    group: &Group,
    change: &PartChange,
    before: Part,
    count: Headcount,
) -> Answer<Part> {
    Ok(match change.action {
        PartAction::Seat if before.is_in() => Ok(before),
        PartAction::Seat => Ok(Part::Member),
        PartAction::Set(part) => is_managed(group, Part::Manager).map(|()| part),
        PartAction::Own(_) if !group.shows_to(before) => Err(GroupRefusal::NotFound),
        PartAction::Own(_) if !group.is_local() => Err(GroupRefusal::KeptElsewhere),
        PartAction::Own(action) => before.after_own(action, group.kind, count),
        PartAction::Managers(action) => {
            let actor = part_of(txn, group.id.as_uuid(), change.actor.as_uuid()).await?;
            is_managed(group, actor).and_then(|()| before.after_managers(action, group.kind, count))
        }
    })
}

/// Whether somebody with this part manages a group that can be changed here.
fn is_managed(group: &Group, part: Part) -> Result<(), GroupRefusal> {
    match part {
        part if !group.shows_to(part) => Err(GroupRefusal::NotFound),
        _ if !group.is_local() => Err(GroupRefusal::KeptElsewhere),
        Part::Manager => Ok(()),
        _ => Err(GroupRefusal::NotManaged),
    }
}

async fn part_of(db: &impl ConnectionTrait, group: Uuid, account: Uuid) -> Sql<Part> {
    let key = (group, account);
    let member = group_member::Entity::find_by_id(key).one(db).await?;
    let pending = group_pending::Entity::find_by_id(key).one(db).await?;
    let word = pending.as_ref().map(|row| row.part.0.as_str());
    Ok(Part::from_kept(member.map(|row| row.manager), word))
}

async fn managers(db: &impl ConnectionTrait, group: Uuid) -> Sql<Vec<AccountId>> {
    let manage = Condition::all()
        .add(group_member::Column::GroupId.eq(group))
        .add(group_member::Column::Manager.eq(true));
    let found: Vec<Uuid> = group_member::Entity::find()
        .select_only()
        .column(group_member::Column::Account)
        .filter(manage)
        .order_by_asc(group_member::Column::Account)
        .into_tuple()
        .all(db)
        .await?;
    Ok(found.into_iter().map(AccountId::from_uuid).collect())
}
