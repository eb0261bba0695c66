//! SQLite: one writing connection, a few reading ones, and a locked file beside the database as the lease.

use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use sea_orm::sqlx::ConnectOptions as _;
use sea_orm::sqlx::error::DatabaseError;
use sea_orm::sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous};
use sea_orm::{DatabaseConnection, SqlxSqliteConnector};

use super::doubt::Doubt;
use super::{OpenError, OpenOptions, Purpose};
use crate::lease::Lease;
use crate::sql_store::{Kind, SqlStore};

/// How long a statement waits for another process: a backup, or a command that looks.
const BUSY_TIMEOUT: Duration = Duration::from_secs(5);

pub(super) async fn connect(
    url: &str,
    options: &OpenOptions,
    purpose: Purpose,
) -> Result<SqlStore, OpenError> {
    let settings = settings(url)?;
    let Some(path) = path_in(url, &settings) else {
        let only = pool(url, settings, 1, options).await?;
        return Ok(SqlStore::new(Kind::Sqlite, only.clone(), only, None, Doubt::default()));
    };
    match purpose {
        Purpose::Look => {
            let reader = pool(url, settings.read_only(true), options.max_connections, options).await?;
            Ok(SqlStore::new(Kind::Sqlite, reader.clone(), reader, None, Doubt::default()))
        }
        Purpose::Serve => {
            make(url, &path)?;
            let lease = take_lease(url, &path, options).await?;
            let written = settings
                .journal_mode(SqliteJournalMode::Wal)
                .synchronous(SqliteSynchronous::Full)
                // The log is cut back to 64 MiB after a burst.
                .pragma("journal_size_limit", "67108864");
            let writer = pool(url, written.clone(), 1, options).await?;
            let reader =
                pool(url, written.pragma("query_only", "ON"), options.max_connections, options).await?;
            Ok(SqlStore::new(Kind::Sqlite, writer, reader, Some(Lease::of_file(lease)), Doubt::default()))
        }
    }
}

/// Whether a server holds the lock.
pub(super) fn is_in_use(url: &str) -> Result<bool, OpenError> {
    let Some(path) = path_in(url, &settings(url)?) else {
        return Ok(false);
    };
    let lock = match path.canonicalize().map(|path| lock_path(&path)) {
        Ok(lock) if lock.exists() => lock,
        _ => return Ok(false),
    };
    let opened = File::options().read(true).write(true).open(&lock);
    let file = opened.map_err(|source| file_error(url, "can't open the lock file", &lock, source))?;
    match file.try_lock() {
        Ok(()) => Ok(false),
        Err(std::fs::TryLockError::WouldBlock) => Ok(true),
        Err(std::fs::TryLockError::Error(source)) => Err(file_error(url, "can't lock", &lock, source)),
    }
}

fn settings(url: &str) -> Result<SqliteConnectOptions, OpenError> {
    let parsed = url.parse::<SqliteConnectOptions>();
    let settings = parsed.map_err(|error| OpenError::of_connection(super::redacted_url(url), &error))?;
    Ok(settings.foreign_keys(true).busy_timeout(BUSY_TIMEOUT).disable_statement_logging())
}

/// The file; `None` for a database in memory.
fn path_in(url: &str, settings: &SqliteConnectOptions) -> Option<PathBuf> {
    let in_memory = url.contains(":memory:") || url.contains("mode=memory");
    (!in_memory).then(|| settings.get_filename().to_owned())
}

async fn pool(
    url: &str,
    settings: SqliteConnectOptions,
    connections: u32,
    options: &OpenOptions,
) -> Result<DatabaseConnection, OpenError> {
    let pool = SqlitePoolOptions::new()
        .max_connections(connections.max(1))
        .min_connections(1)
        // A database in memory lives as long as its connection.
        .idle_timeout(None)
        .max_lifetime(None)
        .test_before_acquire(false)
        .acquire_timeout(options.acquire_timeout)
        .connect_with(settings)
        .await;
    match pool {
        Ok(pool) => Ok(SqlxSqliteConnector::from_sqlx_sqlite_pool(pool)),
        Err(error) => Err(unusable(url, &error)),
    }
}

fn unusable(url: &str, error: &sea_orm::sqlx::Error) -> OpenError {
    let code = error.as_database_error().and_then(DatabaseError::code).unwrap_or_default().into_owned();
    let url = super::redacted_url(url);
    let what = match code.as_str() {
        "14" => {
            "the file can't be opened; does it exist, and may this user read and write it and its folder?"
        }
        "26" => "the file is not an SQLite database",
        "8" | "1032" | "1544" => "the file or its folder can't be written to",
        _ => return OpenError::of_connection(url, error),
    };
    OpenError::Unusable { url, what: what.to_owned() }
}

fn file_error(url: &str, what: &str, path: &Path, source: io::Error) -> OpenError {
    OpenError::File { url: super::redacted_url(url), what: format!("{what} {}", path.display()), source }
}

/// Makes the file if there is none, for its owner alone: it holds private messages and password hashes. SQLite gives
/// the files it makes beside it the same rights.
fn make(url: &str, path: &Path) -> Result<(), OpenError> {
    match private_file().create_new(true).open(path) {
        Ok(_) => Ok(()),
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Ok(()),
        Err(error) => {
            Err(file_error(url, "can't make the database file; does its folder exist?", path, error))
        }
    }
}

async fn take_lease(url: &str, path: &Path, options: &OpenOptions) -> Result<File, OpenError> {
    // Two names of one file must meet at one lock.
    let path = path.canonicalize().map_err(|source| file_error(url, "can't find", path, source))?;
    let lock = lock_path(&path);
    let opened = private_file().create(true).truncate(false).open(&lock);
    let file = opened.map_err(|source| file_error(url, "can't make the lock file", &lock, source))?;
    let deadline = tokio::time::Instant::now() + options.lease_wait;
    loop {
        match file.try_lock() {
            Ok(()) => return Ok(file),
            Err(std::fs::TryLockError::WouldBlock) if tokio::time::Instant::now() < deadline => {
                tokio::time::sleep(Duration::from_millis(100)).await;
            }
            Err(std::fs::TryLockError::WouldBlock) => {
                return Err(OpenError::InUse { url: super::redacted_url(url) });
            }
            Err(std::fs::TryLockError::Error(source)) => {
                return Err(file_error(url, "can't lock", &lock, source));
            }
        }
    }
}

fn lock_path(path: &Path) -> PathBuf {
    let mut lock = path.as_os_str().to_owned();
    lock.push(".lock");
    lock.into()
}

fn private_file() -> std::fs::OpenOptions {
    let mut options = File::options();
    options.read(true).write(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options
}
