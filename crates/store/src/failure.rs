//! What becomes of a database's error.

use std::future::Future;
use std::time::Duration;

use portico_core::ports::StoreError;
use sea_orm::sqlx::error::DatabaseError;
use sea_orm::sqlx::mysql::MySqlDatabaseError;
use sea_orm::sqlx::postgres::PgDatabaseError;
use sea_orm::{DbErr, RuntimeErr, SqlErr, sqlx};

/// The outcome of statements.
pub(crate) type Sql<T> = Result<T, Failure>;

/// Why statements did not do what was asked.
#[derive(Debug)]
pub(crate) enum Failure {
    /// The database's error.
    Database(DbErr),
    /// What was found can't be what was written.
    Broken(String),
    /// Another server process owns the database now.
    LeaseLost,
}

impl Failure {
    pub(crate) fn broken(what: impl Into<String>) -> Self {
        Self::Broken(what.into())
    }

    /// Whether a uniqueness rule was in the way.
    pub(crate) fn is_conflict(&self) -> bool {
        let Self::Database(error) = self else { return false };
        matches!(error.sql_err(), Some(SqlErr::UniqueConstraintViolation(_)))
    }

    /// Whether the transaction was given up in favour of another one, and may go through when it is tried again.
    fn yields_to_another(&self) -> bool {
        let Self::Database(error) = self else { return false };
        database_error(error).is_some_and(|error| match Code::of(error) {
            // Lock wait time-out, deadlock.
            Code::MySql(number) => matches!(number, 1205 | 1213),
            // Serialization failure, deadlock.
            Code::Postgres(state) => matches!(state.as_str(), "40001" | "40P01"),
            // Busy; its extended codes have it in the low byte.
            Code::Sqlite(number) => number & 0xff == 5,
        })
    }
}

impl From<DbErr> for Failure {
    fn from(error: DbErr) -> Self {
        Self::Database(error)
    }
}

impl From<Failure> for StoreError {
    fn from(failure: Failure) -> Self {
        match failure {
            Failure::Broken(what) => Self::Inconsistent(what),
            Failure::LeaseLost => Self::Unavailable("another server process owns the database now".into()),
            Failure::Database(error) if is_unavailable(&error) => Self::Unavailable(Box::new(error)),
            Failure::Database(error) => match (error.sql_err(), database_error(&error)) {
                (Some(SqlErr::UniqueConstraintViolation(_)), Some(cause)) => {
                    let rule = cause.constraint().or(cause.table()).unwrap_or("a uniqueness rule");
                    Self::Conflict(format!("{rule} was violated"))
                }
                (Some(SqlErr::ForeignKeyConstraintViolation(_)), _) => {
                    Self::Inconsistent("a row refers to another one that does not exist".to_owned())
                }
                // The database's own text may quote values; its code does not.
                (_, Some(cause)) => {
                    Self::Inconsistent(format!("a statement was refused with {}", Code::of(cause)))
                }
                (_, None) => Self::Inconsistent(error.to_string()),
            },
        }
    }
}

/// An error's code.
enum Code {
    MySql(u16),
    Postgres(String),
    Sqlite(i32),
}

impl Code {
    fn of(error: &dyn DatabaseError) -> Self {
        let code = error.code().unwrap_or_default();
        if let Some(error) = error.try_downcast_ref::<MySqlDatabaseError>() {
            Self::MySql(error.number())
        } else if error.try_downcast_ref::<PgDatabaseError>().is_some() {
            Self::Postgres(code.into_owned())
        } else {
            Self::Sqlite(code.parse().unwrap_or_default())
        }
    }

    /// Whether the server, not the statement, is the reason.
    fn is_outage(&self) -> bool {
        match self {
            // Too many connections, shutdown, server gone, connection lost or killed, read-only, disk full, lock wait
            // time-out, deadlock.
            Self::MySql(number) => matches!(
                number,
                1021 | 1040 | 1053 | 1114 | 1152
                    ..=1161
                        | 1184
                        | 1203
                        | 1205
                        | 1213
                        | 1226
                        | 1290
                        | 1317
                        | 1792
                        | 1836
                        | 1927
                        | 2006
                        | 2013
            ),
            // Connection, read-only transaction, rollback, resources, lock not available, operator intervention, system.
            Self::Postgres(state) => {
                ["08", "40", "53", "57", "58"].iter().any(|class| state.starts_with(class))
                    || matches!(state.as_str(), "25006" | "55P03")
            }
            // Busy, locked, read-only, interrupted, I/O error, full, can't open.
            Self::Sqlite(number) => matches!(number & 0xff, 5 | 6 | 8 | 9 | 10 | 13 | 14),
        }
    }
}

impl std::fmt::Display for Code {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::MySql(number) => write!(f, "MySQL error {number}"),
            Self::Postgres(state) => write!(f, "SQLSTATE {state}"),
            Self::Sqlite(number) => write!(f, "SQLite error {number}"),
        }
    }
}

fn driver_error(error: &DbErr) -> Option<&sqlx::Error> {
    match error {
        DbErr::Conn(RuntimeErr::SqlxError(error))
        | DbErr::Exec(RuntimeErr::SqlxError(error))
        | DbErr::Query(RuntimeErr::SqlxError(error)) => Some(error),
        _ => None,
    }
}

fn database_error(error: &DbErr) -> Option<&dyn DatabaseError> {
    driver_error(error)?.as_database_error()
}

/// The number of an error of MySQL or MariaDB.
pub(crate) fn mysql_error(error: &DbErr) -> Option<u16> {
    match Code::of(database_error(error)?) {
        Code::MySql(number) => Some(number),
        Code::Postgres(_) | Code::Sqlite(_) => None,
    }
}

fn is_unavailable(error: &DbErr) -> bool {
    if matches!(error, DbErr::ConnectionAcquire(_) | DbErr::Conn(_)) {
        return true;
    }
    match driver_error(error) {
        Some(sqlx::Error::Database(cause)) => Code::of(cause.as_ref()).is_outage(),
        Some(
            sqlx::Error::Io(_)
            | sqlx::Error::Tls(_)
            | sqlx::Error::Protocol(_)
            | sqlx::Error::PoolTimedOut
            | sqlx::Error::PoolClosed
            | sqlx::Error::WorkerCrashed,
        ) => true,
        _ => false,
    }
}

/// How often a transaction that yielded to another one is tried.
const MOST_TRIES: u32 = 8;

/// Runs a transaction, again when it had to yield to another one.
pub(crate) async fn retried<T, F>(mut transaction: impl FnMut() -> F) -> Sql<T>
where
    F: Future<Output = Sql<T>>,
{
    let mut tries = 1;
    loop {
        match transaction().await {
            Err(failure) if failure.yields_to_another() && tries < MOST_TRIES => {
                tracing::debug!(tries, "a transaction yielded to another one and is tried again");
                tokio::time::sleep(Duration::from_millis(u64::from(tries) * 5)).await;
                tries += 1;
            }
            outcome => return outcome,
        }
    }
}
