//! One connection to one database, whatever its kind.

mod mysql;
mod postgres;
mod postgres_numeric;
mod postgres_types;
mod sqlite;

use crate::problem::{Problem, What};
use crate::{DatabaseKind, DatabaseSettings, Param, Row};

/// An open connection that can only read.
pub(crate) enum Connection {
    Mysql(Box<mysql::Mysql>),
    Postgres(Box<sqlx::PgConnection>),
    Sqlite(Box<sqlx::SqliteConnection>),
}

impl Connection {
    /// Connects within the settings' time-out.
    pub(crate) async fn open(settings: &DatabaseSettings) -> Result<Self, Problem> {
        let opening = async {
            Ok(match settings.kind() {
                DatabaseKind::Mysql => Self::Mysql(Box::new(mysql::Mysql::open(settings).await?)),
                DatabaseKind::Postgres => Self::Postgres(Box::new(postgres::open(settings).await?)),
                DatabaseKind::Sqlite => Self::Sqlite(Box::new(sqlite::open(settings).await?)),
            })
        };
        match tokio::time::timeout(settings.connect_timeout, opening).await {
            Ok(result) => result,
            Err(elapsed) => Err(Problem::new(What::Unreachable, elapsed)),
        }
    }

    /// Runs one statement. `sql` has this kind's own placeholders.
    pub(crate) async fn query(&mut self, sql: &str, params: &[Param]) -> Result<Vec<Row>, Problem> {
        match self {
            Self::Mysql(connection) => connection.query(sql, params).await,
            Self::Postgres(connection) => postgres::query(connection, sql, params).await,
            Self::Sqlite(connection) => sqlite::query(connection, sql, params).await,
        }
    }
}
