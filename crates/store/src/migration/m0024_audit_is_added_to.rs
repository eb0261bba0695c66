//! The audit log is only added to, and the database itself sees to it: triggers that refuse to change or delete a line.
//!
//! - SQLite: three triggers. `INSERT OR REPLACE` deletes without asking the second, so the third refuses an id that is there.
//! - MySQL and MariaDB: two triggers. Making them needs the right `TRIGGER`, and with a binary log `SUPER` or
//!   `log_bin_trust_function_creators`; without it the server goes on with a warning, and tries again at each start.
//! - PostgreSQL: one function and two triggers, for `TRUNCATE` too.
//!
//! Whoever may change the tables of the database can take the triggers away.

use sea_orm::{ConnectionTrait, DbBackend, DbErr};
use sea_orm_migration::prelude::*;

use crate::failure::mysql_error;

#[derive(DeriveMigrationName)]
pub(super) struct Migration;

const SQLITE: [&str; 3] = [
    "CREATE TRIGGER IF NOT EXISTS audit_is_not_changed BEFORE UPDATE ON audit BEGIN \
        SELECT RAISE(ABORT, 'the audit log is only added to'); END",
    "CREATE TRIGGER IF NOT EXISTS audit_is_not_deleted BEFORE DELETE ON audit BEGIN \
        SELECT RAISE(ABORT, 'the audit log is only added to'); END",
    "CREATE TRIGGER IF NOT EXISTS audit_is_not_replaced BEFORE INSERT ON audit \
        WHEN EXISTS (SELECT 1 FROM audit WHERE id = new.id) BEGIN \
        SELECT RAISE(ABORT, 'the audit log is only added to'); END",
];

const MYSQL: [(&str, &str); 2] = [
    (
        "audit_is_not_changed",
        "CREATE TRIGGER audit_is_not_changed BEFORE UPDATE ON audit FOR EACH ROW \
            SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = 'the audit log is only added to'",
    ),
    (
        "audit_is_not_deleted",
        "CREATE TRIGGER audit_is_not_deleted BEFORE DELETE ON audit FOR EACH ROW \
            SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = 'the audit log is only added to'",
    ),
];

const POSTGRES: [&str; 3] = [
    "CREATE OR REPLACE FUNCTION audit_is_only_added_to() RETURNS trigger LANGUAGE plpgsql AS \
        $$ BEGIN RAISE EXCEPTION 'the audit log is only added to'; END $$",
    "CREATE OR REPLACE TRIGGER audit_is_not_changed BEFORE UPDATE OR DELETE ON audit \
        FOR EACH ROW EXECUTE FUNCTION audit_is_only_added_to()",
    "CREATE OR REPLACE TRIGGER audit_is_not_emptied BEFORE TRUNCATE ON audit \
        FOR EACH STATEMENT EXECUTE FUNCTION audit_is_only_added_to()",
];

/// Access denied to the database, the command or the privilege; no `SUPER` with a binary log.
const MAY_NOT: [u16; 4] = [1044, 1142, 1227, 1419];

#[expect(elided_lifetimes_in_paths, reason = "the trait elides it, and async_trait wants both alike")]
#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let db = manager.get_connection();
        let statements = match manager.get_database_backend() {
            DbBackend::Sqlite => SQLITE,
            // At each start, right after the migrations: what is missing then may have become possible.
            DbBackend::MySql => return Ok(()),
            _ => POSTGRES,
        };
        for statement in statements {
            db.execute_unprepared(statement).await?;
        }
        Ok(())
    }
}

/// Makes the triggers of MySQL and MariaDB that are missing, or says that it may not.
pub(super) async fn guard_on_mysql(db: &impl ConnectionTrait) -> Result<(), DbErr> {
    for (name, statement) in MYSQL {
        // Of other databases' triggers one sees nothing, and of one's own without the right nothing either.
        let known = Query::select()
            .column("TRIGGER_NAME")
            .from(("information_schema", "TRIGGERS"))
            .and_where(Expr::col("TRIGGER_SCHEMA").eq(Expr::cust("DATABASE()")))
            .and_where(Expr::col("TRIGGER_NAME").eq(name))
            .to_owned();
        if db.query_one(&known).await?.is_some() {
            continue;
        }
        match db.execute_unprepared(statement).await {
            Ok(_) => {}
            Err(error) if mysql_error(&error).is_some_and(|number| MAY_NOT.contains(&number)) => {
                tracing::warn!(
                    %error,
                    "the database can't be told to refuse changes of the audit log: grant the server's user TRIGGER on \
                     its database (and, with a binary log, set log_bin_trust_function_creators), and start it again"
                );
                return Ok(());
            }
            Err(error) => return Err(error),
        }
    }
    Ok(())
}
