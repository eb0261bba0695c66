//! Acts of administration, each with its line of the audit log in one transaction. The log is only ever added to: there is
//! no statement here or elsewhere that changes or deletes a line of it.

use portico_core::administration::{
    Actor, ActorKind, AuditEntry, AuditFilter, Ban, Broadcast, Change, Closure, Mute, Report, Rights, Target,
};
use portico_core::front::FrontId;
use portico_core::{AccountId, AuditId, BanId, CommunityId, MuteId, ReportId};
use sea_orm::sea_query::Expr;
use sea_orm::{
    ActiveValue::Set, ColumnTrait, Condition, ConnectionTrait, DatabaseTransaction, EntityTrait, QueryFilter,
    QueryOrder, QuerySelect,
};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use super::{moment, rows};
use crate::entity::{administrator, audit, ban, broadcast, mute, report, session};
use crate::failure::{Failure, Sql, retried};
use crate::key::Key;
use crate::sql_store::SqlStore;

/// What there was and what there is; `None` when there is nothing to change.
pub(super) type Difference = Option<(Option<Value>, Option<Value>)>;

pub(super) fn written(thing: &impl Serialize) -> Sql<String> {
    serde_json::to_string(thing).map_err(|_| Failure::broken("something that is no JSON"))
}

pub(super) fn read<T: DeserializeOwned>(text: &str) -> Sql<T> {
    serde_json::from_str(text).map_err(|error| Failure::broken(format!("a row can't be read: {error}")))
}

fn value(thing: &impl Serialize) -> Sql<Value> {
    serde_json::to_value(thing).map_err(|_| Failure::broken("something that is no JSON"))
}

impl SqlStore {
    pub(crate) async fn change_with_audit(
        &self,
        change: &Change,
        entry: &AuditEntry,
    ) -> Sql<Option<AuditEntry>> {
        retried(|| self.try_change(change, entry)).await
    }

    async fn try_change(&self, change: &Change, entry: &AuditEntry) -> Sql<Option<AuditEntry>> {
        let txn = self.begin().await?;
        let Some((before, after)) = changed(self, &txn, change).await? else {
            txn.rollback().await?;
            return Ok(None);
        };
        let mut entry = entry.clone();
        if !matches!(change, Change::Record) {
            (entry.before, entry.after) = (before, after);
        }
        add_line(&txn, &entry).await?;
        txn.commit().await?;
        Ok(Some(entry))
    }

    pub(crate) async fn audit_page(&self, filter: &AuditFilter) -> Sql<Vec<AuditEntry>> {
        let mut wanted = Condition::all();
        if let Some(actor) = &filter.actor {
            let by_name = audit::Column::ActorName.eq(Key::from(actor.as_str()));
            wanted = wanted.add(match actor.parse::<AccountId>() {
                Ok(id) => Condition::any().add(by_name).add(audit::Column::ActorId.eq(id.as_uuid())),
                Err(_) => Condition::any().add(by_name),
            });
        }
        if let Some(action) = &filter.action {
            wanted = wanted.add(audit::Column::Action.eq(Key::from(action.as_str())));
        }
        if let Some(target) = &filter.target {
            wanted = wanted.add(audit::Column::TargetId.eq(Key::from(target.as_str())));
        }
        if let Some(from) = filter.from {
            wanted = wanted.add(audit::Column::At.gte(from.as_millis()));
        }
        if let Some(to) = filter.to {
            wanted = wanted.add(audit::Column::At.lt(to.as_millis()));
        }
        if let Some(before) = filter.before {
            wanted = wanted.add(audit::Column::Id.lt(before.as_uuid()));
        }
        let page =
            audit::Entity::find().filter(wanted).order_by_desc(audit::Column::Id).limit(rows(filter.limit));
        page.all(self.reader()?).await?.into_iter().map(entry_of).collect()
    }
}

async fn changed(store: &SqlStore, txn: &DatabaseTransaction, change: &Change) -> Sql<Difference> {
    match change {
        Change::AddBan(new) => {
            let row = ban::ActiveModel { id: Set(new.id.as_uuid()), ban: Set(written(new)?) };
            ban::Entity::insert(row).exec_without_returning(txn).await?;
            Ok(Some((None, Some(value(new)?))))
        }
        Change::RemoveBan(id) => remove_ban(txn, *id).await,
        Change::SetMute(new) => set_mute(txn, new).await,
        Change::RemoveMute(id) => remove_mute(txn, *id).await,
        Change::SetRights(account, rights) => set_rights(txn, *account, rights.as_ref()).await,
        Change::EndSessions { account, front, session: one } => {
            let mut theirs =
                session::Entity::delete_many().filter(session::Column::Account.eq(account.as_uuid()));
            if let Some(front) = front {
                theirs = theirs.filter(session::Column::Front.eq(Key::from(front.as_str())));
            }
            if let Some(one) = one {
                theirs = theirs.filter(session::Column::Id.eq(one.as_uuid()));
            }
            let ended = theirs.exec(txn).await?.rows_affected;
            Ok(Some((Some(json!({ "sessions": ended })), None)))
        }
        Change::CloseReport(id, closure) => close_report(txn, *id, closure).await,
        Change::StartBroadcast(new) => {
            add_broadcast(txn, new).await?;
            Ok(Some((None, Some(value(new)?))))
        }
        Change::Record => Ok(Some((None, None))),
        other => store.change_people(txn, other).await,
    }
}

pub(super) async fn add_broadcast(db: &impl ConnectionTrait, new: &Broadcast) -> Sql<()> {
    let row = broadcast::ActiveModel {
        id: Set(new.id.as_uuid()),
        done: Set(new.done),
        broadcast: Set(written(new)?),
    };
    broadcast::Entity::insert(row).exec_without_returning(db).await?;
    Ok(())
}

async fn remove_ban(txn: &DatabaseTransaction, id: BanId) -> Sql<Difference> {
    let Some(row) = ban::Entity::find_by_id(id.as_uuid()).one(txn).await? else { return Ok(None) };
    ban::Entity::delete_by_id(id.as_uuid()).exec(txn).await?;
    let before: Ban = read(&row.ban)?;
    Ok(Some((Some(value(&before)?), None)))
}

async fn set_mute(txn: &DatabaseTransaction, new: &Mute) -> Sql<Difference> {
    let same = Condition::all()
        .add(mute::Column::Account.eq(new.account.as_uuid()))
        .add(mute::Column::Place.eq(Key(new.place.key())));
    let before = mute::Entity::find().filter(same.clone()).one(txn).await?;
    mute::Entity::delete_many().filter(same).exec(txn).await?;
    let row = mute::ActiveModel {
        id: Set(new.id.as_uuid()),
        account: Set(new.account.as_uuid()),
        place: Set(Key(new.place.key())),
        mute: Set(written(new)?),
    };
    mute::Entity::insert(row).exec_without_returning(txn).await?;
    let before = before.map(|row| read::<Mute>(&row.mute)).transpose()?;
    Ok(Some((before.as_ref().map(value).transpose()?, Some(value(new)?))))
}

async fn remove_mute(txn: &DatabaseTransaction, id: MuteId) -> Sql<Difference> {
    let Some(row) = mute::Entity::find_by_id(id.as_uuid()).one(txn).await? else { return Ok(None) };
    mute::Entity::delete_by_id(id.as_uuid()).exec(txn).await?;
    let before: Mute = read(&row.mute)?;
    Ok(Some((Some(value(&before)?), None)))
}

async fn set_rights(
    txn: &DatabaseTransaction,
    account: AccountId,
    rights: Option<&Rights>,
) -> Sql<Difference> {
    let before = administrator::Entity::find_by_id(account.as_uuid()).one(txn).await?;
    if before.is_none() && rights.is_none() {
        return Ok(None);
    }
    administrator::Entity::delete_by_id(account.as_uuid()).exec(txn).await?;
    if let Some(rights) = rights {
        let row = administrator::ActiveModel { account: Set(account.as_uuid()), rights: Set(rights.words()) };
        administrator::Entity::insert(row).exec_without_returning(txn).await?;
    }
    let before = before.map(|row| rights_of(&row.rights)).transpose()?;
    Ok(Some((before.as_ref().map(value).transpose()?, rights.map(value).transpose()?)))
}

pub(super) fn rights_of(words: &str) -> Sql<Rights> {
    Rights::from_words(words).map_err(|error| Failure::broken(error.to_string()))
}

async fn close_report(txn: &DatabaseTransaction, id: ReportId, closure: &Closure) -> Sql<Difference> {
    let waiting = report::Entity::find_by_id(id.as_uuid()).filter(report::Column::Waits.eq(true));
    let Some(row) = waiting.one(txn).await? else { return Ok(None) };
    let mut kept: Report = read(&row.report)?;
    kept.closed = Some(closure.clone());
    // Where two decide at once, the later one finds it closed.
    let update = report::Entity::update_many()
        .col_expr(report::Column::Waits, Expr::value(false))
        .col_expr(report::Column::Report, Expr::value(written(&kept)?))
        .filter(report::Column::Id.eq(id.as_uuid()))
        .filter(report::Column::Waits.eq(true));
    if update.exec(txn).await?.rows_affected == 0 {
        return Ok(None);
    }
    Ok(Some((None, Some(value(closure)?))))
}

/// Writes the line of an act that changed something.
pub(super) async fn add_difference(
    db: &impl ConnectionTrait,
    line: &AuditEntry,
    before: Option<Value>,
    after: Option<Value>,
) -> Sql<()> {
    add_line(db, &line.clone().changed(before, after)).await
}

pub(super) async fn add_line(db: &impl ConnectionTrait, entry: &AuditEntry) -> Sql<()> {
    let (target_kind, target_id) = match &entry.target {
        Some(target) => (Some(target.kind.clone()), target.id.clone()),
        None => (None, String::new()),
    };
    let row = audit::ActiveModel {
        id: Set(entry.id.as_uuid()),
        at: Set(entry.at.as_millis()),
        actor_kind: Set(entry.actor.kind.as_str().into()),
        actor_id: Set(entry.actor.id.map(|id| id.as_uuid())),
        actor_name: Set(Key(entry.actor.name.clone())),
        address: Set(entry.actor.address.map(|address| address.to_string())),
        action: Set(entry.action.as_str().into()),
        target_kind: Set(target_kind),
        target_id: Set(Key(target_id)),
        front: Set(entry.front.as_ref().map(ToString::to_string)),
        community: Set(entry.community.as_ref().map(ToString::to_string)),
        was: Set(entry.before.as_ref().map(written).transpose()?),
        became: Set(entry.after.as_ref().map(written).transpose()?),
    };
    audit::Entity::insert(row).exec_without_returning(db).await?;
    Ok(())
}

fn entry_of(row: audit::Model) -> Sql<AuditEntry> {
    let kind = ActorKind::from_word(&row.actor_kind.0)
        .ok_or_else(|| Failure::broken("the audit log names a kind of actor that there isn't"))?;
    let broken = |_| Failure::broken("the audit log names a place that can't be one");
    Ok(AuditEntry {
        id: AuditId::from_uuid(row.id),
        at: moment(row.at),
        actor: Actor {
            kind,
            id: row.actor_id.map(AccountId::from_uuid),
            name: row.actor_name.0,
            address: row.address.and_then(|address| address.parse().ok()),
        },
        action: row.action.0,
        target: row.target_kind.map(|kind| Target { kind, id: row.target_id.0 }),
        front: row.front.as_deref().map(FrontId::new).transpose().map_err(broken)?,
        community: row.community.as_deref().map(CommunityId::new).transpose().map_err(broken)?,
        before: row.was.as_deref().map(read).transpose()?,
        after: row.became.as_deref().map(read).transpose()?,
    })
}
