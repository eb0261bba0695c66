//! MySQL and MariaDB: a pool, and a named lock of a connection of its own as the lease.

use sea_orm::SqlxMySqlConnector;
use sea_orm::sqlx::mysql::{MySqlConnectOptions, MySqlConnection, MySqlPoolOptions};
use sea_orm::sqlx::{ConnectOptions as _, Connection as _, Executor as _};

use super::doubt::Doubt;
use super::{OpenError, OpenOptions, Purpose};
use crate::lease::{Lease, MySqlLock, SessionLock as _};
use crate::sql_store::{Kind, SqlStore};

/// Set in every session, whatever the server's default is: a value that does not fit is an error, never cut.
const STRICT: &str = "SET SESSION sql_mode = CONCAT(@@sql_mode, ',STRICT_ALL_TABLES')";
/// Locks hold rows, not the gaps between them.
const READ_COMMITTED: &str = "SET SESSION TRANSACTION ISOLATION LEVEL READ COMMITTED";

pub(super) async fn connect(
    url: &str,
    options: &OpenOptions,
    purpose: Purpose,
) -> Result<SqlStore, OpenError> {
    let settings = settings(url)?;
    // Connected by hand first: a pool tries again until its time is over, and forgets why it failed.
    let first = first_connection(url, &settings, options).await?;
    let lease = match purpose {
        Purpose::Look => None,
        Purpose::Serve => {
            let lock = MySqlLock::new(settings.clone(), first);
            Some(Lease::of_session(lock, super::redacted_url(url), options).await?)
        }
    };
    let looks = purpose == Purpose::Look;
    let doubt = Doubt::default();
    let tried = doubt.clone();
    let pool = MySqlPoolOptions::new()
        .max_connections(options.max_connections.max(1))
        .acquire_timeout(options.acquire_timeout)
        .test_before_acquire(false)
        .before_acquire(move |connection, used| {
            let is_tried = tried.concerns(&used);
            Box::pin(async move { Ok(!is_tried || connection.ping().await.is_ok()) })
        })
        .after_connect(move |connection, _| {
            Box::pin(async move {
                connection.execute(READ_COMMITTED).await?;
                connection.execute(STRICT).await?;
                if looks {
                    connection.execute("SET SESSION TRANSACTION READ ONLY").await?;
                }
                Ok(())
            })
        })
        .connect_with(settings)
        .await
        .map_err(|error| OpenError::of_connection(super::redacted_url(url), &error))?;
    let pool = SqlxMySqlConnector::from_sqlx_mysql_pool(pool);
    Ok(SqlStore::new(Kind::MySql, pool.clone(), pool, lease, doubt))
}

/// Whether a server holds the lock.
pub(super) async fn is_in_use(url: &str, options: &OpenOptions) -> Result<bool, OpenError> {
    let settings = settings(url)?;
    let first = first_connection(url, &settings, options).await?;
    // The lock goes with the connection, at the end of this function.
    let taken = MySqlLock::new(settings, first).take().await;
    taken.map(|taken| !taken).map_err(|error| OpenError::of_connection(super::redacted_url(url), &error))
}

fn settings(url: &str) -> Result<MySqlConnectOptions, OpenError> {
    let shown = || super::redacted_url(url);
    let settings: MySqlConnectOptions =
        url.parse().map_err(|error| OpenError::of_connection(shown(), &error))?;
    if settings.get_database().is_none_or(str::is_empty) {
        let what = "the URL names no database; expected mysql://user:password@host/database".to_owned();
        return Err(OpenError::InvalidUrl { url: shown(), what });
    }
    Ok(settings.disable_statement_logging())
}

async fn first_connection(
    url: &str,
    settings: &MySqlConnectOptions,
    options: &OpenOptions,
) -> Result<MySqlConnection, OpenError> {
    let connected =
        tokio::time::timeout(options.connect_timeout, MySqlConnection::connect_with(settings)).await;
    let outcome = connected.unwrap_or_else(|late| Err(std::io::Error::from(late).into()));
    outcome.map_err(|error| OpenError::of_connection(super::redacted_url(url), &error))
}
