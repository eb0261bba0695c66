//! A fresh database for every server, gone at its end.

use mysql_async::prelude::Queryable;
use sqlx::{AssertSqlSafe, ConnectOptions, Connection};
use tempfile::TempDir;

/// Which of the three databases a test runs on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Database {
    /// A file.
    Sqlite,
    /// `PORTICO_TEST_MARIADB_URL`
    MariaDb,
    /// `PORTICO_TEST_POSTGRES_URL`
    Postgres,
}

/// An empty database. Dropped with this value.
#[derive(Debug)]
pub(crate) struct FreshDatabase {
    kind: Database,
    name: String,
    server: String,
    /// As `server.database_url` takes it.
    pub(crate) url: String,
}

impl Database {
    /// Makes an empty database; one in a file lies in `folder`.
    pub(crate) async fn fresh(self, folder: &TempDir) -> FreshDatabase {
        let name = format!("portico_it_{}", uuid::Uuid::new_v4().simple());
        let server = match self {
            Self::Sqlite => {
                let url = format!("sqlite://{}", folder.path().join("portico.db").display());
                return FreshDatabase { kind: self, name, server: String::new(), url };
            }
            Self::MariaDb => from_environment("PORTICO_TEST_MARIADB_URL"),
            Self::Postgres => from_environment("PORTICO_TEST_POSTGRES_URL"),
        };
        let fresh = FreshDatabase { kind: self, url: format!("{server}/{name}"), name, server };
        fresh.administer(&format!("CREATE DATABASE {}", fresh.name)).await;
        fresh
    }
}

fn from_environment(variable: &str) -> String {
    let url = std::env::var(variable)
        .unwrap_or_else(|_| panic!("{variable} is not set: run cargo xtask test, which starts the servers"));
    url.trim_end_matches('/').to_owned()
}

impl FreshDatabase {
    /// Runs a statement in the database, past the server.
    pub(crate) async fn execute(&self, sql: &str) {
        execute(self.kind, &self.url, sql).await;
    }

    /// An id as this database writes it in a statement.
    pub(crate) fn uuid(&self, id: &str) -> String {
        let hex = id.replace('-', "");
        assert!(hex.len() == 32 && hex.bytes().all(|byte| byte.is_ascii_hexdigit()), "{id}");
        if self.kind == Database::Postgres { format!("'{hex}'") } else { format!("X'{hex}'") }
    }

    async fn administer(&self, sql: &str) {
        let url = match self.kind {
            Database::Postgres => format!("{}/postgres", self.server),
            _ => self.server.clone(),
        };
        execute(self.kind, &url, sql).await;
    }
}

async fn execute(kind: Database, url: &str, sql: &str) {
    match kind {
        Database::Sqlite => sqlite(url.trim_start_matches("sqlite://"), sql).await,
        Database::MariaDb => {
            let mut connection = mysql_async::Conn::from_url(url).await.expect("MariaDB answers");
            connection.query_drop(sql).await.expect(sql);
            connection.disconnect().await.expect("MariaDB lets go");
        }
        Database::Postgres => {
            let options: sqlx::postgres::PgConnectOptions = url.parse().expect("a PostgreSQL URL");
            let options = options.disable_statement_logging();
            let mut connection =
                sqlx::PgConnection::connect_with(&options).await.expect("PostgreSQL answers");
            sqlx::raw_sql(AssertSqlSafe(sql.to_owned())).execute(&mut connection).await.expect(sql);
        }
    }
}

/// Runs statements in the SQLite file at `path`.
pub(crate) async fn sqlite(path: &str, sql: &str) {
    let options = sqlx::sqlite::SqliteConnectOptions::new()
        .filename(path)
        .busy_timeout(super::PATIENCE)
        .disable_statement_logging();
    let mut connection = sqlx::SqliteConnection::connect_with(&options).await.expect("the file opens");
    sqlx::raw_sql(AssertSqlSafe(sql.to_owned())).execute(&mut connection).await.expect(sql);
    connection.close().await.expect("the file closes");
}

impl Drop for FreshDatabase {
    fn drop(&mut self) {
        let statement = match self.kind {
            Database::Sqlite => return,
            Database::MariaDb => format!("DROP DATABASE IF EXISTS {}", self.name),
            Database::Postgres => format!("DROP DATABASE IF EXISTS {} WITH (FORCE)", self.name),
        };
        // A runtime can't be entered from within another: the clearing up has a thread of its own.
        std::thread::scope(|scope| {
            scope.spawn(|| super::run(self.administer(&statement)));
        });
    }
}
