//! One server process owns a database: what makes a second one refuse to start.
//!
//! The lease is always something that the operating system or the database frees when the process dies, killed or not:
//! a locked file beside an SQLite database, a named lock of a MySQL or MariaDB session, an advisory lock of a PostgreSQL
//! session. A session can break while the process lives, so it is watched, and the lock taken anew; when another process
//! was faster, this one has lost the database and must stop.

use std::fmt;
use std::fs::File;
use std::time::Duration;

use async_trait::async_trait;
use sea_orm::sqlx::mysql::{MySqlConnectOptions, MySqlConnection};
use sea_orm::sqlx::postgres::{PgConnectOptions, PgConnection};
use sea_orm::sqlx::{self, Connection as _, Executor as _};
use tokio::sync::{Mutex, watch};
use tokio::task::JoinHandle;

use crate::open::{OpenError, OpenOptions};

/// How long the watched session may take to answer.
const ANSWER_TIMEOUT: Duration = Duration::from_secs(5);

/// The right to serve a database.
pub(crate) enum Lease {
    File(Mutex<Option<File>>),
    Session {
        lost: watch::Receiver<bool>,
        watcher: Mutex<Option<JoinHandle<()>>>,
        abort: tokio::task::AbortHandle,
    },
}

impl fmt::Debug for Lease {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Lease")
    }
}

impl Lease {
    /// The lease that a locked file is.
    pub(crate) fn of_file(file: File) -> Self {
        Self::File(Mutex::new(Some(file)))
    }

    /// Takes the lock, and watches it from then on.
    pub(crate) async fn of_session(
        mut lock: impl SessionLock,
        url: String,
        options: &OpenOptions,
    ) -> Result<Self, OpenError> {
        let deadline = tokio::time::Instant::now() + options.lease_wait;
        while !lock.take().await.map_err(|error| OpenError::of_connection(url.clone(), &error))? {
            if tokio::time::Instant::now() >= deadline {
                return Err(OpenError::InUse { url });
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        let (sender, lost) = watch::channel(false);
        let watcher = tokio::spawn(watch_over(lock, options.lease_check, sender));
        let abort = watcher.abort_handle();
        Ok(Self::Session { lost, watcher: Mutex::new(Some(watcher)), abort })
    }

    /// Becomes `true` when the lease is lost; `None` for one that can't be.
    pub(crate) fn watch(&self) -> Option<watch::Receiver<bool>> {
        match self {
            Self::File(_) => None,
            Self::Session { lost, .. } => Some(lost.clone()),
        }
    }

    /// Whether another process owns the database now.
    pub(crate) fn is_lost(&self) -> bool {
        match self {
            Self::File(_) => false,
            Self::Session { lost, .. } => *lost.borrow(),
        }
    }

    /// Gives the lease back before the process ends.
    pub(crate) async fn give_back(&self) {
        match self {
            Self::File(file) => drop(file.lock().await.take()),
            Self::Session { watcher, abort, .. } => {
                abort.abort();
                if let Some(watcher) = watcher.lock().await.take() {
                    // Ends with "cancelled": the watcher's connection is closed then.
                    let _ = watcher.await;
                }
            }
        }
    }
}

impl Drop for Lease {
    fn drop(&mut self) {
        if let Self::Session { abort, .. } = self {
            abort.abort();
        }
    }
}

/// A lock that lives as long as a database session.
#[async_trait]
pub(crate) trait SessionLock: Send + 'static {
    /// Takes the lock, if nobody else has it.
    async fn take(&mut self) -> sqlx::Result<bool>;

    /// Whether the session, and with it the lock, still lives.
    async fn lives(&mut self) -> bool;

    /// Begins another session, without the lock.
    async fn reconnect(&mut self) -> sqlx::Result<()>;
}

async fn watch_over(mut lock: impl SessionLock, every: Duration, lost: watch::Sender<bool>) {
    loop {
        tokio::time::sleep(every).await;
        if within(lock.lives()).await.unwrap_or(false) {
            continue;
        }
        tracing::warn!("the database session that holds the lease broke; taking the lease anew");
        let taken = within(async {
            lock.reconnect().await?;
            lock.take().await
        });
        match taken.await {
            Some(Ok(true)) => tracing::info!("the lease is taken anew"),
            Some(Ok(false)) => {
                tracing::error!("another server process has taken the database over; this one must stop");
                lost.send_replace(true);
                return;
            }
            // The database is away; nobody can take it over before it is back.
            Some(Err(error)) => tracing::warn!(%error, "the lease can't be taken anew yet"),
            None => tracing::warn!("the lease can't be taken anew yet: no answer"),
        }
    }
}

async fn within<T>(answer: impl Future<Output = T>) -> Option<T> {
    tokio::time::timeout(ANSWER_TIMEOUT, answer).await.ok()
}

/// `GET_LOCK` of MySQL and MariaDB.
pub(crate) struct MySqlLock {
    settings: MySqlConnectOptions,
    session: MySqlConnection,
}

impl MySqlLock {
    pub(crate) fn new(settings: MySqlConnectOptions, session: MySqlConnection) -> Self {
        Self { settings, session }
    }
}

#[async_trait]
impl SessionLock for MySqlLock {
    async fn take(&mut self) -> sqlx::Result<bool> {
        // A host that vanished is noticed after a minute: the watcher talks more often than that.
        self.session.execute("SET SESSION wait_timeout = 60").await?;
        // A lock's name has at most 64 characters, and is the whole server's, not the database's.
        let lock = "SELECT GET_LOCK(IF(CHAR_LENGTH(DATABASE()) <= 56, CONCAT('portico:', DATABASE()), \
                    CONCAT('portico:', SHA1(DATABASE()))), 0)";
        let taken: Option<i64> = sqlx::query_scalar(lock).fetch_one(&mut self.session).await?;
        Ok(taken == Some(1))
    }

    async fn lives(&mut self) -> bool {
        self.session.ping().await.is_ok()
    }

    async fn reconnect(&mut self) -> sqlx::Result<()> {
        self.session = MySqlConnection::connect_with(&self.settings).await?;
        Ok(())
    }
}

/// `pg_try_advisory_lock` of PostgreSQL.
pub(crate) struct PostgresLock {
    settings: PgConnectOptions,
    session: PgConnection,
}

impl PostgresLock {
    pub(crate) fn new(settings: PgConnectOptions, session: PgConnection) -> Self {
        Self { settings, session }
    }
}

#[async_trait]
impl SessionLock for PostgresLock {
    async fn take(&mut self) -> sqlx::Result<bool> {
        // A host that vanished is noticed after a minute.
        for setting in [
            "SET tcp_keepalives_idle = 30",
            "SET tcp_keepalives_interval = 10",
            "SET tcp_keepalives_count = 3",
        ] {
            self.session.execute(setting).await?;
        }
        // Advisory locks are a database's own; two schemas of one database are two installations. 0x706f7274 is `port`.
        let lock = "SELECT pg_try_advisory_lock(1886351988, hashtext(current_schema()))";
        sqlx::query_scalar(lock).fetch_one(&mut self.session).await
    }

    async fn lives(&mut self) -> bool {
        self.session.ping().await.is_ok()
    }

    async fn reconnect(&mut self) -> sqlx::Result<()> {
        self.session = PgConnection::connect_with(&self.settings).await?;
        Ok(())
    }
}
