use std::fmt;
use std::future::Future;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use sea_orm::{
    ConnectionTrait, DatabaseConnection, DatabaseTransaction, FromQueryResult, SqliteTransactionMode,
    StatementBuilder, TransactionOptions, TransactionTrait,
};

use crate::failure::{Failure, Sql};
use crate::lease::Lease;
use crate::open::doubt::Doubt;

/// How long connections may take to close: a server that stops has written everything before.
const LAST_WORDS: Duration = Duration::from_secs(5);

/// Which database it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// SQLite, in a file or in memory.
    Sqlite,
    /// MySQL or MariaDB.
    MySql,
    /// PostgreSQL.
    Postgres,
}

impl Kind {
    /// `sqlite`, `mysql` or `postgres`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Sqlite => "sqlite",
            Self::MySql => "mysql",
            Self::Postgres => "postgres",
        }
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// Portico's own database. Clones share its connections; the lease is given back when the last one is dropped.
#[derive(Clone)]
pub struct SqlStore(Arc<Inner>);

struct Inner {
    kind: Kind,
    writer: DatabaseConnection,
    reader: DatabaseConnection,
    statements: Arc<AtomicU64>,
    lease: Option<Lease>,
    doubt: Doubt,
}

impl fmt::Debug for SqlStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SqlStore").field("kind", &self.0.kind).finish_non_exhaustive()
    }
}

impl SqlStore {
    /// `writer` and `reader` may be the same pool.
    pub(crate) fn new(
        kind: Kind,
        mut writer: DatabaseConnection,
        mut reader: DatabaseConnection,
        lease: Option<Lease>,
        doubt: Doubt,
    ) -> Self {
        let statements = Arc::new(AtomicU64::new(0));
        for connection in [&mut writer, &mut reader] {
            let counter = statements.clone();
            connection.set_metric_callback(move |_| {
                counter.fetch_add(1, Ordering::Relaxed);
            });
        }
        Self(Arc::new(Inner { kind, writer, reader, statements, lease, doubt }))
    }

    /// Which database it is: `sqlite`, `mysql` or `postgres`.
    pub fn kind(&self) -> Kind {
        self.0.kind
    }

    /// How many SQL statements have been executed so far, `BEGIN` and `COMMIT` not among them.
    pub fn statements(&self) -> u64 {
        self.0.statements.load(Ordering::Relaxed)
    }

    /// Ends when another server process owns the database: this one must stop serving. From then on every call answers
    /// [`StoreError::Unavailable`](portico_core::ports::StoreError::Unavailable).
    ///
    /// Never ends on SQLite, whose lease is a locked file, nor for a store without a lease.
    pub fn lease_lost(&self) -> impl Future<Output = ()> + Send + 'static {
        let watched = self.0.lease.as_ref().and_then(Lease::watch);
        async move {
            if let Some(mut lost) = watched
                && lost.wait_for(|lost| *lost).await.is_ok()
            {
                return;
            }
            std::future::pending::<()>().await;
        }
    }

    /// From now on tries every connection before it is used, however recently it was.
    ///
    /// For whoever ends a runtime that called this store and goes on with another one: a connection is opened on the
    /// runtime of the call that first needed it, and is dead without it.
    pub fn doubt_connections(&self) {
        self.0.doubt.raise();
    }

    /// Closes the connections after what is under way, and gives the lease back. Calls answer
    /// [`StoreError::Unavailable`](portico_core::ports::StoreError::Unavailable) from then on.
    ///
    /// Dropping the last clone does the same, only later, and without waiting.
    pub async fn close(&self) {
        for connection in [&self.0.writer, &self.0.reader] {
            match tokio::time::timeout(LAST_WORDS, connection.close_by_ref()).await {
                Ok(Ok(())) => {}
                Ok(Err(error)) => tracing::debug!(%error, "a database connection did not close properly"),
                Err(_) => tracing::warn!(
                    "a database connection does not close and is left to the end of the process"
                ),
            }
        }
        if let Some(lease) = &self.0.lease {
            lease.give_back().await;
        }
    }

    /// Whether it owns the database, and so may lock what is in it.
    pub(crate) fn serves(&self) -> bool {
        self.0.lease.is_some()
    }

    pub(crate) fn reader(&self) -> Sql<&DatabaseConnection> {
        self.owned().map(|inner| &inner.reader)
    }

    pub(crate) fn writer(&self) -> Sql<&DatabaseConnection> {
        self.owned().map(|inner| &inner.writer)
    }

    fn owned(&self) -> Sql<&Inner> {
        if self.0.lease.as_ref().is_some_and(Lease::is_lost) { Err(Failure::LeaseLost) } else { Ok(&self.0) }
    }

    /// Begins a transaction that will write.
    pub(crate) async fn begin(&self) -> Sql<DatabaseTransaction> {
        let mut options = TransactionOptions::default();
        if self.0.kind == Kind::Sqlite {
            options.sqlite_transaction_mode = Some(SqliteTransactionMode::Immediate);
        }
        Ok(self.writer()?.begin_with_options(options).await?)
    }
}

/// The rows of a query.
pub(crate) async fn all<M, C, S>(db: &C, query: &S) -> Sql<Vec<M>>
where
    M: FromQueryResult,
    C: ConnectionTrait,
    S: StatementBuilder,
{
    let rows = db.query_all(query).await?;
    rows.iter().map(|row| Ok(M::from_query_result(row, "")?)).collect()
}

/// The first row of a query.
pub(crate) async fn one<M, C, S>(db: &C, query: &S) -> Sql<Option<M>>
where
    M: FromQueryResult,
    C: ConnectionTrait,
    S: StatementBuilder,
{
    let row = db.query_one(query).await?;
    row.map(|row| Ok(M::from_query_result(&row, "")?)).transpose()
}
