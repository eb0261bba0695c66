//! What is kept once per installation.

use portico_core::auth::Realm;
use portico_core::ports::RealmClaim;
use sea_orm::sea_query::Expr;
use sea_orm::{
    ActiveValue::Set, ColumnTrait, ConnectionTrait, DatabaseTransaction, EntityTrait, QueryFilter,
    QuerySelect,
};

use crate::entity::{meta, realm};
use crate::failure::{Failure, Sql};
use crate::key::Key;
use crate::sql_store::{Kind, SqlStore};

impl SqlStore {
    pub(crate) async fn keep_meta(&self, name: &str, value: &[u8]) -> Sql<Vec<u8>> {
        let known =
            || async { Sql::Ok(meta::Entity::find_by_id(Key::from(name)).one(self.writer()?).await?) };
        if let Some(row) = known().await? {
            return Ok(row.value);
        }
        let row = meta::ActiveModel { name: Set(name.into()), value: Set(value.to_vec()) };
        match self.insert_once(meta::Entity::insert(row)).await? {
            true => Ok(value.to_vec()),
            false => known().await?.map(|row| row.value).ok_or_else(vanished),
        }
    }

    /// Waits until no other transaction holds this value, which must have been kept before, and holds it.
    pub(super) async fn lock_meta(&self, txn: &DatabaseTransaction, name: &str) -> Sql<()> {
        let mut query = meta::Entity::find_by_id(Key::from(name));
        match self.kind() {
            // The transaction has the only writing connection to itself.
            Kind::Sqlite => {}
            Kind::MySql | Kind::Postgres => query = query.lock_exclusive(),
        }
        query.one(txn).await?.map(drop).ok_or_else(vanished)
    }

    pub(crate) async fn replace_meta(&self, name: &str, value: &[u8]) -> Sql<()> {
        if self.keep_meta(name, value).await? == value {
            return Ok(());
        }
        let update = meta::Entity::update_many()
            .col_expr(meta::Column::Value, Expr::value(value.to_vec()))
            .filter(meta::Column::Name.eq(Key::from(name)));
        update.exec(self.writer()?).await?;
        Ok(())
    }

    pub(crate) async fn keep_realm(&self, name: &Realm, fingerprint: &str) -> Sql<RealmClaim> {
        let known = || async {
            Sql::Ok(realm::Entity::find_by_id(Key::from(name.as_str())).one(self.writer()?).await?)
        };
        let mut row = known().await?;
        if row.is_none() {
            let new =
                realm::ActiveModel { realm: Set(name.as_str().into()), fingerprint: Set(fingerprint.into()) };
            if self.insert_once(realm::Entity::insert(new)).await? {
                return Ok(RealmClaim::Granted);
            }
            row = known().await?;
        }
        let owner = row.ok_or_else(vanished)?.fingerprint.0;
        Ok(if owner == fingerprint { RealmClaim::Granted } else { RealmClaim::OwnedBy(owner) })
    }

    pub(crate) async fn answer(&self) -> Sql<()> {
        for connection in [self.reader()?, self.writer()?] {
            connection.query_one(sea_orm::sea_query::Query::select().expr(1)).await?;
        }
        Ok(())
    }

    /// Inserts a row; `false` when a uniqueness rule was in the way.
    pub(super) async fn insert_once<A>(&self, insert: sea_orm::Insert<A>) -> Sql<bool>
    where
        A: sea_orm::ActiveModelTrait,
    {
        match insert.exec_without_returning(self.writer()?).await.map_err(Failure::from) {
            Ok(_) => Ok(true),
            Err(failure) if failure.is_conflict() => Ok(false),
            Err(failure) => Err(failure),
        }
    }
}

fn vanished() -> Failure {
    Failure::broken("a row that was just there is gone")
}
