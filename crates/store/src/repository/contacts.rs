//! Contacts.

use portico_core::contact::{Contact, ContactRefusal, Link, Pair};
use portico_core::ports::ContactWrite;
use portico_core::{AccountId, CommunityId};
use sea_orm::sea_query::{Expr, ExprTrait, LockType, Query, SelectStatement, UnionType};
use sea_orm::{
    ActiveValue::Set, ColumnTrait, Condition, ConnectionTrait, DatabaseTransaction, EntityTrait, Iterable,
    QueryFilter,
};

use super::{key_of, moment};
use crate::entity::{account, contact};
use crate::failure::{Failure, Sql, retried};
use crate::key::Key;
use crate::sql_store::{Kind, SqlStore, all};

const NONE: &str = "none";
const ASKED_BY_LOW: &str = "asked-by-low";
const ASKED_BY_HIGH: &str = "asked-by-high";
const ACCEPTED: &str = "accepted";

impl SqlStore {
    pub(crate) async fn contacts_of(&self, community: &CommunityId, account: AccountId) -> Sql<Vec<Contact>> {
        contacts(self.reader()?, community, account).await
    }

    pub(crate) async fn change_contact(&self, write: &ContactWrite) -> Sql<Result<Contact, ContactRefusal>> {
        retried(|| self.try_change_contact(write)).await
    }

    async fn try_change_contact(&self, write: &ContactWrite) -> Sql<Result<Contact, ContactRefusal>> {
        let txn = self.begin().await?;
        // In the order of their ids: two writers of one pair never wait for each other.
        self.lock_account(&txn, write.pair.low()).await?;
        self.lock_account(&txn, write.pair.high()).await?;
        let outcome = decide(&txn, write).await?;
        match outcome {
            Ok(_) => txn.commit().await?,
            Err(_) => txn.rollback().await?,
        }
        Ok(outcome)
    }

    /// Holds an account against other transactions that do the same, until the end of this one.
    pub(super) async fn lock_account(&self, txn: &DatabaseTransaction, id: AccountId) -> Sql<()> {
        let mut query = Query::select();
        query
            .column(account::Column::Id)
            .from(account::Entity)
            .and_where(Expr::col(account::Column::Id).eq(id.as_uuid()));
        match self.kind() {
            // The transaction has the only writing connection to itself.
            Kind::Sqlite => {}
            Kind::MySql => _ = query.lock_exclusive(),
            // Lets rows that refer to the account be written meanwhile.
            Kind::Postgres => _ = query.lock(LockType::NoKeyUpdate),
        }
        match txn.query_one(&query).await? {
            Some(_) => Ok(()),
            None => Err(Failure::broken("there is no such account")),
        }
    }
}

async fn decide(txn: &DatabaseTransaction, write: &ContactWrite) -> Sql<Result<Contact, ContactRefusal>> {
    let (low, high) = (write.pair.low().as_uuid(), write.pair.high().as_uuid());
    let key = (key_of(&write.community), low, high);
    let row = contact::Entity::find_by_id(key.clone()).one(txn).await?;
    let is_kept = row.is_some();
    let before = row.map_or_else(|| Ok(Contact::none(write.pair, write.now)), |row| contact_of(&row))?;
    let after = match before.after(write.actor, write.action, write.now) {
        Ok(after) => after,
        Err(refusal) => return Ok(Err(refusal)),
    };
    let counts = |contact: &Contact| contact.relation_for(write.actor).counts();
    if let Some(limit) = write.limit
        && counts(&after)
        && !counts(&before)
    {
        let mine = contacts(txn, &write.community, write.actor).await?;
        let count = mine.iter().filter(|contact| counts(contact)).count();
        if count >= usize::try_from(limit).unwrap_or(usize::MAX) {
            return Ok(Err(ContactRefusal::LimitReached { limit }));
        }
    }
    if after == before {
        return Ok(Ok(after));
    }
    if after.is_empty() {
        contact::Entity::delete_by_id(key).exec(txn).await?;
    } else if is_kept {
        update(txn, &write.community, &after).await?;
    } else {
        insert(txn, &write.community, &after).await?;
    }
    Ok(Ok(after))
}

async fn insert(txn: &DatabaseTransaction, community: &CommunityId, contact: &Contact) -> Sql<()> {
    let row = contact::ActiveModel {
        community: Set(key_of(community)),
        low: Set(contact.pair.low().as_uuid()),
        high: Set(contact.pair.high().as_uuid()),
        link: Set(word_of(contact)),
        refused_by_low: Set(contact.refused_by_low),
        refused_by_high: Set(contact.refused_by_high),
        changed_at: Set(contact.changed_at.as_millis()),
    };
    contact::Entity::insert(row).exec_without_returning(txn).await?;
    Ok(())
}

async fn update(txn: &DatabaseTransaction, community: &CommunityId, contact: &Contact) -> Sql<()> {
    contact::Entity::update_many()
        .col_expr(contact::Column::Link, Expr::value(word_of(contact)))
        .col_expr(contact::Column::RefusedByLow, Expr::value(contact.refused_by_low))
        .col_expr(contact::Column::RefusedByHigh, Expr::value(contact.refused_by_high))
        .col_expr(contact::Column::ChangedAt, Expr::value(contact.changed_at.as_millis()))
        .filter(
            Condition::all()
                .add(contact::Column::Community.eq(key_of(community)))
                .add(contact::Column::Low.eq(contact.pair.low().as_uuid()))
                .add(contact::Column::High.eq(contact.pair.high().as_uuid())),
        )
        .exec(txn)
        .await?;
    Ok(())
}

async fn contacts(
    db: &impl ConnectionTrait,
    community: &CommunityId,
    account: AccountId,
) -> Sql<Vec<Contact>> {
    // Two halves, each by its own index: an OR would be left to the optimizer.
    let half = |column: contact::Column| -> SelectStatement {
        Query::select()
            .columns(contact::Column::iter())
            .from(contact::Entity)
            .and_where(Expr::col(contact::Column::Community).eq(community.as_str()))
            .and_where(Expr::col(column).eq(account.as_uuid()))
            .take()
    };
    let query = half(contact::Column::Low).union(UnionType::All, half(contact::Column::High)).take();
    let rows: Vec<contact::Model> = all(db, &query).await?;
    rows.iter().map(contact_of).collect()
}

fn contact_of(row: &contact::Model) -> Sql<Contact> {
    let (low, high) = (AccountId::from_uuid(row.low), AccountId::from_uuid(row.high));
    let pair =
        Pair::new(low, high).ok_or_else(|| Failure::broken("a contact of a person with themselves"))?;
    let link = match row.link.0.as_str() {
        NONE => Link::None,
        ASKED_BY_LOW => Link::RequestedBy(pair.low()),
        ASKED_BY_HIGH => Link::RequestedBy(pair.high()),
        ACCEPTED => Link::Accepted,
        _ => return Err(Failure::broken("a contact's link has a state that is not known")),
    };
    Ok(Contact {
        pair,
        link,
        refused_by_low: row.refused_by_low,
        refused_by_high: row.refused_by_high,
        changed_at: moment(row.changed_at),
    })
}

fn word_of(contact: &Contact) -> Key {
    Key::from(match contact.link {
        Link::None => NONE,
        Link::RequestedBy(person) if person == contact.pair.low() => ASKED_BY_LOW,
        Link::RequestedBy(_) => ASKED_BY_HIGH,
        Link::Accepted => ACCEPTED,
    })
}
