//! The schema, and how it got there.
//!
//! A released migration never changes; a change of the schema is a new file, added to the end of the list. Each must be
//! able to go on after it was interrupted, because MySQL and MariaDB commit every `CREATE` by itself.

mod m0001_people;
mod m0002_sessions;
mod m0003_messaging;
mod m0004_native_users;
mod m0005_groups;
mod m0006_proven;
mod m0007_account_roles;
mod m0008_contacts;
mod m0009_presence;
mod m0010_local_groups;
mod m0011_conferences;
mod m0012_message_features;
mod m0013_search;
mod m0014_account_life;
mod m0015_second_factor;
mod m0016_administration;
mod m0017_directory;
mod m0018_files;
mod m0019_walls;
mod m0020_passkeys;
mod m0021_mended;
mod m0024_audit_is_added_to;
mod schema;

use std::collections::BTreeSet;

use sea_orm::{ConnectionTrait, DatabaseConnection, DbBackend, DbErr};
use sea_orm_migration::{MigrationTrait, MigratorTrait};

use crate::open::OpenError;

/// The migrations of Portico.
#[derive(Debug)]
pub(crate) struct Migrator;

impl MigratorTrait for Migrator {
    fn migrations() -> Vec<Box<dyn MigrationTrait>> {
        vec![
            Box::new(m0001_people::Migration),
            Box::new(m0002_sessions::Migration),
            Box::new(m0003_messaging::Migration),
            Box::new(m0004_native_users::Migration),
            Box::new(m0005_groups::Migration),
            Box::new(m0006_proven::Migration),
            Box::new(m0007_account_roles::Migration),
            Box::new(m0008_contacts::Migration),
            Box::new(m0009_presence::Migration),
            Box::new(m0010_local_groups::Migration),
            Box::new(m0011_conferences::Migration),
            Box::new(m0012_message_features::Migration),
            Box::new(m0013_search::Migration),
            Box::new(m0014_account_life::Migration),
            Box::new(m0015_second_factor::Migration),
            Box::new(m0016_administration::Migration),
            Box::new(m0017_directory::Migration),
            Box::new(m0018_files::Migration),
            Box::new(m0019_walls::Migration),
            Box::new(m0020_passkeys::Migration),
            Box::new(m0021_mended::Migration),
            Box::new(m0024_audit_is_added_to::Migration),
        ]
    }
}

/// How the database's schema and the program's relate.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum SchemaAge {
    /// They are the same.
    Current,
    /// The database lacks migrations.
    Older,
    /// The database has a migration that this program does not know.
    Newer(String),
}

/// Compares the migrations in the database with those of the program, without writing.
pub(crate) async fn schema_age(db: &DatabaseConnection) -> Result<SchemaAge, DbErr> {
    let known: BTreeSet<_> =
        Migrator::migrations().iter().map(|migration| migration.name().to_owned()).collect();
    let applied = applied(db).await?;
    Ok(match applied.difference(&known).last() {
        Some(unknown) => SchemaAge::Newer(unknown.clone()),
        None if applied.len() < known.len() => SchemaAge::Older,
        None => SchemaAge::Current,
    })
}

async fn applied(db: &DatabaseConnection) -> Result<BTreeSet<String>, DbErr> {
    use sea_orm::sea_query::Query;

    if !sea_orm_migration::SchemaManager::new(db).has_table("seaql_migrations").await? {
        return Ok(BTreeSet::new());
    }
    let rows = db.query_all(&*Query::select().column("version").from("seaql_migrations")).await?;
    rows.iter().map(|row| row.try_get("", "version")).collect()
}

/// Brings the schema up to date.
pub(crate) async fn migrate(db: &DatabaseConnection, url: &str) -> Result<(), OpenError> {
    let failed = |source| OpenError::Migration { url: url.to_owned(), source };
    match schema_age(db).await.map_err(failed)? {
        SchemaAge::Current => {}
        SchemaAge::Older => Migrator::up(db, None).await.map_err(failed)?,
        SchemaAge::Newer(migration) => {
            return Err(OpenError::SchemaNewer { url: url.to_owned(), migration });
        }
    }
    if db.get_database_backend() == DbBackend::MySql {
        m0024_audit_is_added_to::guard_on_mysql(db).await.map_err(failed)?;
    }
    Ok(())
}
