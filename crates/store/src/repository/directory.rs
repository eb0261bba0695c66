//! What directories say of people, and what follows for many of them at once.

use std::collections::{BTreeMap, BTreeSet, HashSet};

use portico_core::auth::{Realm, SubjectId};
use portico_core::ports::{DirectoryChanges, DirectoryPerson, FrontPlace, KnownPerson, NewAccount};
use portico_core::{AccountId, CommunityId, Timestamp};
use sea_orm::sea_query::{Expr, ExprTrait, OnConflict, Order, Query, SelectStatement};
use sea_orm::{
    ActiveValue::Set, ColumnTrait, Condition, ConnectionTrait, EntityTrait, FromQueryResult, Iterable,
    QueryFilter,
};
use uuid::Uuid;

use super::accounts::account_of;
use super::{CHUNK, key_of, moment, rows};
use crate::entity::{
    account, directory_person, entered_front, group, group_member, identity, member, session,
};
use crate::failure::{Sql, retried};
use crate::key::Key;
use crate::sql_store::{SqlStore, all, one};

/// An account with what its directory said.
#[derive(Debug, FromQueryResult)]
struct Row {
    #[sea_orm(nested)]
    account: account::Model,
    registered_at: Option<i64>,
    listed_only: Option<bool>,
    absent_since: Option<i64>,
    details: Option<String>,
}

/// How many there are.
#[derive(Debug, FromQueryResult)]
struct Count {
    people: i64,
}

/// A part in a group.
#[derive(Debug, FromQueryResult)]
struct Part {
    account: Uuid,
    external_id: Key,
    name: String,
}

impl Row {
    fn known(self) -> Sql<KnownPerson> {
        let person = DirectoryPerson {
            listed_only: self.listed_only.unwrap_or_default(),
            absent_since: self.absent_since.map(moment),
            details: self.details.as_deref().map(facts).unwrap_or_default(),
        };
        Ok(KnownPerson {
            account: account_of(self.account)?,
            registered_at: self.registered_at.map(moment),
            person,
        })
    }
}

impl SqlStore {
    pub(crate) async fn find_directory_person(&self, account: AccountId) -> Sql<Option<DirectoryPerson>> {
        let row = directory_person::Entity::find_by_id(account.as_uuid()).one(self.reader()?).await?;
        Ok(row.map(|row| DirectoryPerson {
            listed_only: row.listed_only,
            absent_since: row.absent_since.map(moment),
            details: facts(&row.details),
        }))
    }

    pub(crate) async fn replace_directory_person(
        &self,
        account: AccountId,
        person: &DirectoryPerson,
    ) -> Sql<()> {
        keep(self.writer()?, &[(account, person.clone())]).await
    }

    pub(crate) async fn mark_arrived(&self, account: AccountId, proven: bool) -> Sql<()> {
        retried(|| async {
            let txn = self.begin().await?;
            let update = directory_person::Entity::update_many()
                .col_expr(directory_person::Column::ListedOnly, Expr::value(false))
                .filter(directory_person::Column::Account.eq(account.as_uuid()))
                .filter(directory_person::Column::ListedOnly.eq(true));
            if update.exec(&txn).await?.rows_affected > 0 {
                account::Entity::update_many()
                    .col_expr(account::Column::Proven, Expr::value(proven))
                    .filter(account::Column::Id.eq(account.as_uuid()))
                    .exec(&txn)
                    .await?;
            }
            Ok(txn.commit().await?)
        })
        .await
    }

    pub(crate) async fn find_known_people(
        &self,
        realm: &Realm,
        subjects: &[SubjectId],
    ) -> Sql<Vec<KnownPerson>> {
        let mut known = Vec::with_capacity(subjects.len());
        for some in subjects.chunks(CHUNK) {
            let subjects = some.iter().map(|subject| Key::from(subject.as_str()));
            let query = people_of(realm)
                .and_where(Expr::col((identity::Entity, identity::Column::Subject)).is_in(subjects))
                .take();
            for row in all::<Row, _, _>(self.reader()?, &query).await? {
                known.push(row.known()?);
            }
        }
        Ok(known)
    }

    pub(crate) async fn page_of_realm(
        &self,
        realm: &Realm,
        after: Option<&SubjectId>,
        limit: usize,
    ) -> Sql<Vec<KnownPerson>> {
        let place = (identity::Entity, identity::Column::Subject);
        let query = people_of(realm)
            .and_where_option(after.map(|after| Expr::col(place).gt(Key::from(after.as_str()))))
            .order_by(place, Order::Asc)
            .limit(rows(limit))
            .take();
        all::<Row, _, _>(self.reader()?, &query).await?.into_iter().map(Row::known).collect()
    }

    pub(crate) async fn count_present_of(&self, realm: &Realm) -> Sql<u64> {
        let query = Query::select()
            .expr_as(Expr::col((identity::Entity, identity::Column::Account)).count(), "people")
            .from(identity::Entity)
            .left_join(
                directory_person::Entity,
                Expr::col((directory_person::Entity, directory_person::Column::Account))
                    .equals((identity::Entity, identity::Column::Account)),
            )
            .and_where(Expr::col((identity::Entity, identity::Column::Realm)).eq(Key::from(realm.as_str())))
            .and_where(Expr::col((identity::Entity, identity::Column::Live)).eq(1))
            .and_where(Expr::col((directory_person::Entity, directory_person::Column::AbsentSince)).is_null())
            .take();
        let count = one::<Count, _, _>(self.reader()?, &query).await?;
        Ok(count.and_then(|count| u64::try_from(count.people).ok()).unwrap_or_default())
    }

    pub(crate) async fn find_groups_of_people(
        &self,
        community: &CommunityId,
        realm: &Realm,
        accounts: &[AccountId],
    ) -> Sql<Vec<(AccountId, String, String)>> {
        let mut parts = Vec::new();
        for some in accounts.chunks(CHUNK) {
            let query = Query::select()
                .column((group_member::Entity, group_member::Column::Account))
                .columns([(group::Entity, group::Column::ExternalId), (group::Entity, group::Column::Name)])
                .from(group_member::Entity)
                .inner_join(
                    group::Entity,
                    Expr::col((group::Entity, group::Column::Id))
                        .equals((group_member::Entity, group_member::Column::GroupId)),
                )
                .and_where(
                    Expr::col((group_member::Entity, group_member::Column::Account))
                        .is_in(some.iter().map(AccountId::as_uuid)),
                )
                .and_where(Expr::col((group::Entity, group::Column::Community)).eq(key_of(community)))
                .and_where(Expr::col((group::Entity, group::Column::Realm)).eq(Key::from(realm.as_str())))
                .take();
            let found = all::<Part, _, _>(self.reader()?, &query).await?;
            parts.extend(
                found
                    .into_iter()
                    .map(|part| (AccountId::from_uuid(part.account), part.external_id.0, part.name)),
            );
        }
        Ok(parts)
    }

    pub(crate) async fn apply_directory(&self, changes: &DirectoryChanges, now: Timestamp) -> Sql<()> {
        retried(|| self.try_apply_directory(changes, now)).await
    }

    async fn try_apply_directory(&self, changes: &DirectoryChanges, now: Timestamp) -> Sql<()> {
        let txn = self.begin().await?;
        make(&txn, &changes.made).await?;
        for (account, profile) in &changes.profiles {
            super::accounts::write_profile(&txn, *account, profile).await?;
        }
        keep(&txn, &changes.people).await?;
        enter(&txn, &changes.entered, now).await?;
        for place in &changes.left {
            let key = (key_of(&place.community), place.account.as_uuid(), Key::from(place.front.as_str()));
            entered_front::Entity::delete_by_id(key).exec(&txn).await?;
        }
        for some in changes.without_sessions.chunks(CHUNK) {
            let theirs = session::Column::Account.is_in(some.iter().map(AccountId::as_uuid));
            session::Entity::delete_many().filter(theirs).exec(&txn).await?;
        }
        Ok(txn.commit().await?)
    }
}

fn facts(json: &str) -> BTreeMap<String, String> {
    serde_json::from_str(json).unwrap_or_default()
}

/// The people of a realm whose links are live.
fn people_of(realm: &Realm) -> SelectStatement {
    Query::select()
        .columns(account::Column::iter().map(|column| (account::Entity, column)))
        .column((identity::Entity, identity::Column::RegisteredAt))
        .columns([
            (directory_person::Entity, directory_person::Column::ListedOnly),
            (directory_person::Entity, directory_person::Column::AbsentSince),
            (directory_person::Entity, directory_person::Column::Details),
        ])
        .from(identity::Entity)
        .inner_join(
            account::Entity,
            Expr::col((account::Entity, account::Column::Id))
                .equals((identity::Entity, identity::Column::Account)),
        )
        .left_join(
            directory_person::Entity,
            Expr::col((directory_person::Entity, directory_person::Column::Account))
                .equals((identity::Entity, identity::Column::Account)),
        )
        .and_where(Expr::col((identity::Entity, identity::Column::Realm)).eq(Key::from(realm.as_str())))
        .and_where(Expr::col((identity::Entity, identity::Column::Live)).eq(1))
        .take()
}

async fn make(db: &impl ConnectionTrait, new: &[NewAccount]) -> Sql<()> {
    for some in new.chunks(CHUNK) {
        let accounts = some.iter().map(super::accounts::row_of);
        account::Entity::insert_many(accounts).exec_without_returning(db).await?;
        let links = some.iter().map(|new| identity::ActiveModel {
            realm: Set(new.realm.as_str().into()),
            subject: Set(new.subject.as_str().into()),
            account: Set(new.id.as_uuid()),
            registered_at: Set(new.registered_at.map(Timestamp::as_millis)),
            linked_at: Set(new.created_at.as_millis()),
            retired_at: Set(None),
            live: Set(Some(1)),
        });
        identity::Entity::insert_many(links).exec_without_returning(db).await?;
    }
    Ok(())
}

async fn keep(db: &impl ConnectionTrait, people: &[(AccountId, DirectoryPerson)]) -> Sql<()> {
    for some in people.chunks(CHUNK) {
        let rows = some.iter().map(|(account, person)| directory_person::ActiveModel {
            account: Set(account.as_uuid()),
            listed_only: Set(person.listed_only),
            absent_since: Set(person.absent_since.map(Timestamp::as_millis)),
            details: Set(serde_json::to_string(&person.details).unwrap_or_else(|_| "{}".to_owned())),
        });
        let replace = OnConflict::column(directory_person::Column::Account)
            .update_columns([
                directory_person::Column::ListedOnly,
                directory_person::Column::AbsentSince,
                directory_person::Column::Details,
            ])
            .to_owned();
        directory_person::Entity::insert_many(rows).on_conflict(replace).exec_without_returning(db).await?;
    }
    Ok(())
}

/// Lets people stand at fronts where they don't yet.
async fn enter(db: &impl ConnectionTrait, places: &[FrontPlace], now: Timestamp) -> Sql<()> {
    for some in places.chunks(CHUNK) {
        let ids: BTreeSet<Uuid> = some.iter().map(|place| place.account.as_uuid()).collect();
        let members: HashSet<(String, Uuid)> = member::Entity::find()
            .filter(member::Column::Account.is_in(ids.iter().copied()))
            .all(db)
            .await?
            .into_iter()
            .map(|row| (row.community.0, row.account))
            .collect();
        let standing: HashSet<(String, Uuid, String)> = entered_front::Entity::find()
            .filter(Condition::all().add(entered_front::Column::Account.is_in(ids)))
            .all(db)
            .await?
            .into_iter()
            .map(|row| (row.community.0, row.account, row.front.0))
            .collect();
        let (mut joining, mut entering) = (BTreeSet::new(), BTreeSet::new());
        for place in some {
            let (community, account) = (place.community.as_str().to_owned(), place.account.as_uuid());
            let front = place.front.as_str().to_owned();
            if !members.contains(&(community.clone(), account)) {
                joining.insert((community.clone(), account));
            }
            if !standing.contains(&(community.clone(), account, front.clone())) {
                entering.insert((community, account, front));
            }
        }
        if !joining.is_empty() {
            let rows = joining.into_iter().map(|(community, account)| member::ActiveModel {
                community: Set(Key(community)),
                account: Set(account),
                joined_at: Set(now.as_millis()),
            });
            member::Entity::insert_many(rows).exec_without_returning(db).await?;
        }
        if !entering.is_empty() {
            let rows = entering.into_iter().map(|(community, account, front)| entered_front::ActiveModel {
                community: Set(Key(community)),
                account: Set(account),
                front: Set(Key(front)),
                entered_at: Set(now.as_millis()),
            });
            entered_front::Entity::insert_many(rows).exec_without_returning(db).await?;
        }
    }
    Ok(())
}
