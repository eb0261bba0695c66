//! The test's own connection to a server: it may write.

use mysql_async::prelude::Queryable;
use sqlx::{AssertSqlSafe, ConnectOptions, Connection};

use super::TestDatabaseKind;

/// Runs statements with all rights. One connection per call: tests are short, and an outage must not break it.
pub(super) async fn execute(kind: TestDatabaseKind, url: &str, sql: &str) -> Result<(), String> {
    match kind {
        TestDatabaseKind::Mariadb => {
            let options = mysql_async::Opts::from_url(url).map_err(|error| error.to_string())?;
            let mut conn = mysql_async::Conn::new(options).await.map_err(|error| error.to_string())?;
            let done = conn.query_drop(sql).await.map_err(|error| error.to_string());
            let _ = conn.disconnect().await;
            done
        }
        TestDatabaseKind::Postgres => {
            let options: sqlx::postgres::PgConnectOptions =
                url.parse().map_err(|error: sqlx::Error| error.to_string())?;
            let options = options.disable_statement_logging();
            let mut conn =
                sqlx::PgConnection::connect_with(&options).await.map_err(|error| error.to_string())?;
            let done = sqlx::raw_sql(AssertSqlSafe(sql.to_owned())).execute(&mut conn).await;
            let _ = conn.close().await;
            done.map(drop).map_err(|error| error.to_string())
        }
        TestDatabaseKind::Sqlite => {
            let path = url.strip_prefix("sqlite:").unwrap_or(url);
            let options = sqlx::sqlite::SqliteConnectOptions::new()
                .filename(path)
                .create_if_missing(true)
                .synchronous(sqlx::sqlite::SqliteSynchronous::Off)
                .disable_statement_logging();
            let mut conn =
                sqlx::SqliteConnection::connect_with(&options).await.map_err(|error| error.to_string())?;
            let done = sqlx::raw_sql(AssertSqlSafe(sql.to_owned())).execute(&mut conn).await;
            let _ = conn.close().await;
            done.map(drop).map_err(|error| error.to_string())
        }
    }
}
