//! Contacts.

use std::collections::HashMap;

use portico_core::administration::AuditEntry;
use portico_core::contact::{Contact, ContactRefusal, Link, Pair, Relation, Side};
use portico_core::ports::ContactWrite;
use portico_core::{AccountId, CommunityId};
use sea_orm::sea_query::{Expr, ExprTrait, LockType, Query, SelectStatement, UnionType};
use sea_orm::{ActiveValue::Set, ConnectionTrait, DatabaseTransaction, EntityTrait, Iterable};
use serde_json::json;

use super::administer::add_difference;
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
        self.change_contact_with(write, None).await
    }

    /// The same, with the line of an administrator who does it.
    pub(crate) async fn change_contact_with(
        &self,
        write: &ContactWrite,
        line: Option<&AuditEntry>,
    ) -> Sql<Result<Contact, ContactRefusal>> {
        retried(|| self.try_change_contact(write, line)).await
    }

    async fn try_change_contact(
        &self,
        write: &ContactWrite,
        line: Option<&AuditEntry>,
    ) -> Sql<Result<Contact, ContactRefusal>> {
        let txn = self.begin().await?;
        // In the order of their ids: two writers of one pair never wait for each other.
        self.lock_account(&txn, write.pair.low()).await?;
        self.lock_account(&txn, write.pair.high()).await?;
        match decide(&txn, write).await? {
            Ok((before, after)) => {
                if let Some(line) = line.filter(|_| before != after) {
                    let with = write.pair.other_than(write.actor);
                    let shown = |one: &Contact| Some(json!({ "with": with, "contact": one.link.as_str() }));
                    add_difference(&txn, line, shown(&before), shown(&after)).await?;
                }
                txn.commit().await?;
                Ok(Ok(after))
            }
            Err(refusal) => {
                txn.rollback().await?;
                Ok(Err(refusal))
            }
        }
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

/// The contact before and now.
async fn decide(
    txn: &DatabaseTransaction,
    write: &ContactWrite,
) -> Sql<Result<(Contact, Contact), ContactRefusal>> {
    let (low, high) = (write.pair.low().as_uuid(), write.pair.high().as_uuid());
    let key = (key_of(&write.community), low, high);
    let row = contact::Entity::find_by_id(key.clone()).one(txn).await?;
    let is_kept = row.is_some();
    let before = row.map_or_else(|| Ok(Contact::none(write.pair, write.now)), contact_of)?;
    let after = match before.after(write.actor, &write.change, write.now) {
        Ok(after) => after,
        Err(refusal) => return Ok(Err(refusal)),
    };
    if let Err(refusal) = check_limits(txn, write, (&before, &after)).await? {
        return Ok(Err(refusal));
    }
    if after == before {
        return Ok(Ok((before, after)));
    }
    if after.is_empty() {
        contact::Entity::delete_by_id(key).exec(txn).await?;
    } else if is_kept {
        contact::Entity::update(row_of(&write.community, &after)).validate()?.exec(txn).await?;
    } else {
        contact::Entity::insert(row_of(&write.community, &after)).exec_without_returning(txn).await?;
    }
    Ok(Ok((before, after)))
}

/// Holds the outcome against the limits. Both accounts are locked, so neither count can change meanwhile.
async fn check_limits(
    txn: &DatabaseTransaction,
    write: &ContactWrite,
    step: (&Contact, &Contact),
) -> Sql<Result<(), ContactRefusal>> {
    let other = write.pair.other_than(write.actor);
    let (mine, theirs) = write.limits.counted(write.actor, step);
    let mut counted: HashMap<AccountId, Vec<Relation>> = HashMap::new();
    for (person, wanted) in [(write.actor, mine), (other, theirs)] {
        if wanted {
            let all = contacts(txn, &write.community, person).await?;
            counted.insert(person, all.iter().map(|contact| contact.relation_for(person)).collect());
        }
    }
    let all_of = |person| counted.get(&person).cloned().unwrap_or_default();
    Ok(write.limits.check(write.actor, step, all_of))
}

fn row_of(community: &CommunityId, contact: &Contact) -> contact::ActiveModel {
    let (low, high) = (contact.low.clone(), contact.high.clone());
    contact::ActiveModel {
        community: Set(key_of(community)),
        low: Set(contact.pair.low().as_uuid()),
        high: Set(contact.pair.high().as_uuid()),
        link: Set(word_of(contact)),
        refused_by_low: Set(low.refused),
        refused_by_high: Set(high.refused),
        changed_at: Set(contact.changed_at.as_millis()),
        hidden_by_low: Set(low.hidden),
        hidden_by_high: Set(high.hidden),
        favourite_of_low: Set(low.favourite),
        favourite_of_high: Set(high.favourite),
        nickname_by_low: Set(low.nickname),
        nickname_by_high: Set(high.nickname),
        group_by_low: Set(low.group),
        group_by_high: Set(high.group),
        request_text: Set(contact.request_text.clone()),
        rating_by_low: Set(low.rating.map(i16::from)),
        rating_by_high: Set(high.rating.map(i16::from)),
    }
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
    rows.into_iter().map(contact_of).collect()
}

fn contact_of(row: contact::Model) -> Sql<Contact> {
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
    let rating = |stored: Option<i16>| {
        let rating = stored.map(u8::try_from).transpose();
        rating.map_err(|_| Failure::broken("a contact's rating can't be one"))
    };
    Ok(Contact {
        pair,
        link,
        request_text: row.request_text,
        low: Side {
            refused: row.refused_by_low,
            hidden: row.hidden_by_low,
            favourite: row.favourite_of_low,
            nickname: row.nickname_by_low,
            group: row.group_by_low,
            rating: rating(row.rating_by_low)?,
        },
        high: Side {
            refused: row.refused_by_high,
            hidden: row.hidden_by_high,
            favourite: row.favourite_of_high,
            nickname: row.nickname_by_high,
            group: row.group_by_high,
            rating: rating(row.rating_by_high)?,
        },
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
