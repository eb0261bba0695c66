//! A foreign database with a small pool of connections.

use std::fmt;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use portico_core::auth::AuthError;
use tokio::sync::Semaphore;
use tokio::time::Instant;

use crate::connection::Connection;
use crate::problem::{Problem, What};
use crate::{DatabaseSettings, Dialect, Param, Row};

/// Most connections at a time. A login asks a few indexed questions of a millisecond each; shared hosts allow few.
const CONNECTIONS: usize = 4;
/// A connection unused for longer is not trusted: firewalls forget it silently, and a query would hang.
const TRUSTED_IDLE: Duration = Duration::from_secs(60);

/// Another application's database. Only asked, never written to: sessions are opened read only on every kind.
///
/// Opens connections when they are needed and by itself again after an outage. Cheap to clone; clones share the pool.
/// Dropping a running query only costs its connection.
#[derive(Clone)]
pub struct ForeignDatabase {
    inner: Arc<Inner>,
}

struct Inner {
    settings: DatabaseSettings,
    permits: Semaphore,
    idle: Mutex<Vec<(Connection, Instant)>>,
    queries: Arc<AtomicU64>,
}

impl ForeignDatabase {
    /// A pool for this database. Opens no connection yet: a database that is down must not stop the server's start.
    pub fn connect(settings: &DatabaseSettings) -> Self {
        #[cfg(feature = "testing")]
        let queries = crate::testing::counter_of(settings);
        #[cfg(not(feature = "testing"))]
        let queries = Arc::default();
        Self {
            inner: Arc::new(Inner {
                settings: settings.clone(),
                permits: Semaphore::new(CONNECTIONS),
                idle: Mutex::default(),
                queries,
            }),
        }
    }

    /// The spelling that statements for this database need.
    pub fn dialect(&self) -> Dialect {
        Dialect::of(self.inner.settings.kind())
    }

    /// Where it is.
    pub fn settings(&self) -> &DatabaseSettings {
        &self.inner.settings
    }

    /// How many statements were sent so far; tests compare the work of different refusals by it.
    pub fn queries(&self) -> u64 {
        self.inner.queries.load(Ordering::Relaxed)
    }

    /// Runs one `SELECT`. `sql_template` has a `?` for each of `params`, whatever the kind of database; other values
    /// never become part of a statement, and identifiers only through [`Dialect`].
    ///
    /// A text that the column's character set can't hold equals nothing: the answer is empty.
    ///
    /// # Errors
    /// [`AuthError::Unavailable`] when the server can't be reached or can't work now; [`AuthError::Misconfigured`] when
    /// user, password, database, a table, a column or a grant is wrong; [`AuthError::Inconsistent`] otherwise.
    pub async fn query(&self, sql_template: &str, params: &[Param]) -> Result<Vec<Row>, AuthError> {
        match self.run(sql_template, params).await {
            Ok(rows) => Ok(rows),
            Err(Problem { what: What::Unrepresentable, .. }) => Ok(Vec::new()),
            Err(problem) => Err(problem.into_auth_error(&self.inner.settings)),
        }
    }

    /// Whether there is a column `column` in `table` (quoted by [`Dialect::table`]). A MySQL user with grants on columns
    /// only can't tell a column that doesn't exist from one that isn't granted: both are `false`.
    ///
    /// # Errors
    /// As [`query`](Self::query); a missing table or grant is an error.
    pub async fn has_column(&self, table: &str, column: &str) -> Result<bool, AuthError> {
        let column = self.dialect().identifier(column);
        match self.run(&format!("SELECT {column} FROM {table} WHERE 1 = 0"), &[]).await {
            Ok(_) => Ok(true),
            Err(Problem { what: What::MissingColumn(_) | What::DeniedColumn(_), .. }) => Ok(false),
            Err(problem) => Err(problem.into_auth_error(&self.inner.settings)),
        }
    }

    /// Whether there is such a table (quoted by [`Dialect::table`]).
    ///
    /// # Errors
    /// As [`query`](Self::query); a missing grant is an error.
    pub async fn has_table(&self, table: &str) -> Result<bool, AuthError> {
        match self.run(&format!("SELECT 1 FROM {table} WHERE 1 = 0"), &[]).await {
            Ok(_) => Ok(true),
            Err(Problem { what: What::MissingTable(_), .. }) => Ok(false),
            Err(problem) => Err(problem.into_auth_error(&self.inner.settings)),
        }
    }

    /// Looks for the columns of a table by asking for them without wanting a row.
    ///
    /// # Errors
    /// As [`query`](Self::query): the message names the table, column or grant that is missing.
    pub async fn require_columns(&self, table: &str, columns: &[&str]) -> Result<(), AuthError> {
        let columns: Vec<String> = columns.iter().map(|column| self.dialect().identifier(column)).collect();
        let sql = format!("SELECT {} FROM {table} WHERE 1 = 0", columns.join(", "));
        self.query(&sql, &[]).await.map(drop)
    }

    async fn run(&self, sql_template: &str, params: &[Param]) -> Result<Vec<Row>, Problem> {
        let sql = self.dialect().placeholders(sql_template);
        let inner = &*self.inner;
        let _permit =
            inner.permits.acquire().await.map_err(|closed| Problem::new(What::Unreachable, closed))?;
        inner.queries.fetch_add(1, Ordering::Relaxed);
        if let Some(mut connection) = inner.take_idle() {
            let answer = connection.query(&sql, params).await;
            match answer {
                // The server was restarted or dropped it meanwhile: ask again on a new one.
                Err(problem) if problem.ends_the_connection() => inner.forget_idle(),
                answer => {
                    inner.put_back(connection);
                    return answer;
                }
            }
        }
        let mut connection = Connection::open(&inner.settings).await?;
        let answer = connection.query(&sql, params).await;
        if !matches!(&answer, Err(problem) if problem.ends_the_connection()) {
            inner.put_back(connection);
        }
        answer
    }
}

impl Inner {
    fn take_idle(&self) -> Option<Connection> {
        let mut idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner);
        idle.retain(|(_, since)| since.elapsed() < TRUSTED_IDLE);
        idle.pop().map(|(connection, _)| connection)
    }

    fn put_back(&self, connection: Connection) {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner).push((connection, Instant::now()));
    }

    fn forget_idle(&self) {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner).clear();
    }
}

impl fmt::Debug for ForeignDatabase {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ForeignDatabase")
            .field("settings", &self.inner.settings)
            .field("queries", &self.queries())
            .finish_non_exhaustive()
    }
}
