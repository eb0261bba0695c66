//! From a URL to a [`SqlStore`].

pub(crate) mod doubt;
mod error;
mod mysql;
mod postgres;
mod sqlite;
mod url;

use std::time::Duration;

use secrecy::{ExposeSecret, SecretString};

use crate::migration::{SchemaAge, migrate, schema_age};
use crate::sql_store::{Kind, SqlStore};

pub use error::OpenError;
pub use url::redacted_url;

/// How a database is opened.
#[derive(Debug, Clone)]
pub struct OpenOptions {
    /// Most connections to MySQL, MariaDB or PostgreSQL, the lease's not counted; most reading ones to an SQLite file,
    /// which has one writing connection beside them.
    pub max_connections: u32,
    /// How long a statement waits for a free connection.
    pub acquire_timeout: Duration,
    /// How long the first connection may take.
    pub connect_timeout: Duration,
    /// How long to wait for a lease that another process holds: a restart may overlap with the process it replaces.
    pub lease_wait: Duration,
    /// How often the lease's connection is tried; less than a minute, after which MySQL and MariaDB give a silent one up.
    pub lease_check: Duration,
}

impl Default for OpenOptions {
    fn default() -> Self {
        Self {
            max_connections: 8,
            acquire_timeout: Duration::from_secs(20),
            connect_timeout: Duration::from_secs(10),
            lease_wait: Duration::from_secs(2),
            lease_check: Duration::from_secs(10),
        }
    }
}

/// What a command opens a database for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Purpose {
    /// To serve: with the lease, and the right to change the schema.
    Serve,
    /// To look, beside a server that may be running.
    Look,
}

impl SqlStore {
    /// Connects, takes the lease, and brings the schema up to date.
    ///
    /// `url`: `sqlite://portico.db` (a path relative to the working directory; `sqlite:///var/lib/portico/portico.db` for
    /// an absolute one), made when it is missing and readable by its owner alone; `sqlite::memory:`, lost when it is
    /// closed; `mysql://user:password@host/database` (MariaDB too, also as `mariadb://`);
    /// `postgres://user:password@host/database`.
    ///
    /// # Errors
    /// [`OpenError`]; [`OpenError::InUse`] when another server process owns the database.
    pub async fn open(url: &SecretString, options: &OpenOptions) -> Result<Self, OpenError> {
        let store = connect(url.expose_secret(), options, Purpose::Serve).await?;
        let writer = store.writer().map_err(|_| in_use(url))?;
        match migrate(writer, &redacted_url(url.expose_secret())).await {
            Ok(()) => Ok(store),
            Err(error) => {
                store.close().await;
                Err(error)
            }
        }
    }

    /// Connects for reading alone: without a lease, and without changing the schema. Writes are refused by the database.
    ///
    /// # Errors
    /// [`OpenError`]; [`OpenError::SchemaOlder`] when no server of this version has opened the database yet.
    pub async fn open_read_only(url: &SecretString, options: &OpenOptions) -> Result<Self, OpenError> {
        let store = connect(url.expose_secret(), options, Purpose::Look).await?;
        let url = redacted_url(url.expose_secret());
        let age = match store.reader() {
            Ok(reader) => schema_age(reader).await,
            Err(_) => Ok(SchemaAge::Current),
        };
        let refusal = match age {
            Ok(SchemaAge::Current) => return Ok(store),
            Ok(SchemaAge::Older) => OpenError::SchemaOlder { url },
            Ok(SchemaAge::Newer(migration)) => OpenError::SchemaNewer { url, migration },
            Err(source) => OpenError::Migration { url, source },
        };
        store.close().await;
        Err(refusal)
    }

    /// Whether a server process owns the database at this moment. A database that doesn't exist yet is owned by nobody;
    /// nothing is made.
    ///
    /// # Errors
    /// [`OpenError`] when the database can't be asked.
    pub async fn is_in_use(url: &SecretString, options: &OpenOptions) -> Result<bool, OpenError> {
        let url = url.expose_secret();
        match url::kind_of(url)? {
            Kind::Sqlite => sqlite::is_in_use(url),
            Kind::MySql => mysql::is_in_use(url, options).await,
            Kind::Postgres => postgres::is_in_use(url, options).await,
        }
    }
}

fn in_use(url: &SecretString) -> OpenError {
    OpenError::InUse { url: redacted_url(url.expose_secret()) }
}

async fn connect(url: &str, options: &OpenOptions, purpose: Purpose) -> Result<SqlStore, OpenError> {
    match url::kind_of(url)? {
        Kind::Sqlite => sqlite::connect(url, options, purpose).await,
        Kind::MySql => mysql::connect(url, options, purpose).await,
        Kind::Postgres => postgres::connect(url, options, purpose).await,
    }
}
