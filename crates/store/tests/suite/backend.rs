//! The stores that the suite runs on, each trial with a database of its own.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use libtest_mimic::Trial;
use portico_core::testing::MemoryStore;
use portico_store::{OpenError, OpenOptions, SqlStore};
use sea_orm::{ConnectionTrait, DatabaseConnection};
use secrecy::SecretString;

use crate::world::World;

type Running<'a> = Pin<Box<dyn Future<Output = ()> + Send + 'a>>;

/// A behaviour that a port promises.
#[derive(Clone, Copy)]
pub(crate) struct PortTest {
    pub(crate) name: &'static str,
    pub(crate) run: for<'a> fn(&'a World) -> Running<'a>,
}

/// A behaviour of a database: opening, owning, keeping it.
#[derive(Clone, Copy)]
pub(crate) struct DatabaseTest {
    pub(crate) name: &'static str,
    /// On which databases it makes sense.
    pub(crate) on: &'static [Backend],
    pub(crate) run: for<'a> fn(&'a Database) -> Running<'a>,
}

/// The `tests()` of a module: its functions over a `&World`.
#[macro_export]
macro_rules! port_tests {
    ($($name:ident),+ $(,)?) => {
        pub(crate) fn tests() -> Vec<$crate::backend::PortTest> {
            vec![$($crate::backend::PortTest { name: stringify!($name), run: |world| Box::pin($name(world)) }),+]
        }
    };
}

/// The `tests()` of a module: its functions over a `&Database`, and the databases they run on.
#[macro_export]
macro_rules! database_tests {
    ($($on:ident: $($name:ident),+;)+) => {
        pub(crate) fn tests() -> Vec<$crate::backend::DatabaseTest> {
            vec![$($($crate::backend::DatabaseTest {
                name: stringify!($name),
                on: &$crate::backend::$on,
                run: |database| Box::pin($name(database)),
            }),+),+]
        }
    };
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Backend {
    Memory,
    Sqlite,
    MariaDb,
    Postgres,
}

pub(crate) const EVERY: [Backend; 3] = [Backend::Sqlite, Backend::MariaDb, Backend::Postgres];
pub(crate) const FILE: [Backend; 1] = [Backend::Sqlite];
pub(crate) const MARIADB: [Backend; 1] = [Backend::MariaDb];
pub(crate) const SERVERS: [Backend; 2] = [Backend::MariaDb, Backend::Postgres];

impl Backend {
    pub(crate) const ALL: [Self; 4] = [Self::Memory, Self::Sqlite, Self::MariaDb, Self::Postgres];

    fn name(self) -> &'static str {
        match self {
            Self::Memory => "memory",
            Self::Sqlite => "sqlite",
            Self::MariaDb => "mariadb",
            Self::Postgres => "postgres",
        }
    }

    pub(crate) fn port_trial(self, test: PortTest) -> Trial {
        self.trial(test.name, async move || {
            let Some(database) = self.database().await else {
                let store = MemoryStore::new();
                return (test.run)(&World::new(Arc::new(store.clone()), Arc::new(store))).await;
            };
            let store = database.open().await.expect("the database opens");
            (test.run)(&World::new(Arc::new(store.clone()), Arc::new(store.clone()))).await;
            store.close().await;
            database.drop_it().await;
        })
    }

    pub(crate) fn database_trial(self, test: DatabaseTest) -> Option<Trial> {
        test.on.contains(&self).then(|| {
            self.trial(test.name, async move || {
                let database = self.database().await.expect("memory is no database");
                (test.run)(&database).await;
                database.drop_it().await;
            })
        })
    }

    fn trial(self, name: &str, body: impl AsyncFnOnce() + Send + 'static) -> Trial {
        let needs_server = SERVERS.contains(&self);
        let run = move || {
            let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build();
            runtime.expect("a runtime").block_on(body());
            Ok(())
        };
        Trial::test(format!("{}::{name}", self.name()), run).with_ignored_flag(needs_server)
    }

    async fn database(self) -> Option<Database> {
        match self {
            Self::Memory => None,
            Self::Sqlite => {
                let folder = tempfile::tempdir().expect("a temporary folder");
                let url = format!("sqlite://{}", folder.path().join("portico.db").display());
                Some(Database { backend: self, url, server: None, folder: Some(folder) })
            }
            Self::MariaDb => Some(Database::on_server(self, "PORTICO_TEST_MARIADB_URL").await),
            Self::Postgres => Some(Database::on_server(self, "PORTICO_TEST_POSTGRES_URL").await),
        }
    }
}

/// An empty database.
pub(crate) struct Database {
    pub(crate) backend: Backend,
    pub(crate) url: String,
    server: Option<Server>,
    folder: Option<tempfile::TempDir>,
}

struct Server {
    url: String,
    database: String,
}

impl Database {
    async fn on_server(backend: Backend, variable: &str) -> Self {
        let server = std::env::var(variable).unwrap_or_else(|_| {
            panic!("{variable} is not set: run cargo xtask test, which starts the servers")
        });
        let server = server.trim_end_matches('/').to_owned();
        let database = format!("portico_store_{}", uuid::Uuid::new_v4().simple());
        let url = format!("{server}/{database}");
        let server = Server { url: server, database };
        let fresh = Self { backend, url, server: Some(server), folder: None };
        fresh.on_its_server(&format!("CREATE DATABASE {}", fresh.name())).await;
        fresh
    }

    /// Its name on the server.
    pub(crate) fn name(&self) -> &str {
        self.server.as_ref().map_or("", |server| &server.database)
    }

    /// The file of an SQLite database.
    pub(crate) fn path(&self) -> std::path::PathBuf {
        self.folder.as_ref().expect("a file").path().join("portico.db")
    }

    /// An administrator's connection that is in no database of a test.
    pub(crate) async fn administrator(&self) -> DatabaseConnection {
        let server = self.server.as_ref().expect("a server");
        let url = match self.backend {
            Backend::Postgres => format!("{}/postgres", server.url),
            _ => server.url.clone(),
        };
        let mut options = sea_orm::ConnectOptions::new(url);
        options.max_connections(1).sqlx_logging(false);
        sea_orm::Database::connect(options).await.expect("the test server answers")
    }

    async fn on_its_server(&self, statement: &str) {
        let administrator = self.administrator().await;
        administrator.execute_unprepared(statement).await.expect("the statement works");
        administrator.close().await.expect("closing works");
    }

    /// A connection past the store.
    pub(crate) async fn raw(&self) -> DatabaseConnection {
        let mut options = sea_orm::ConnectOptions::new(&self.url);
        options.max_connections(1).sqlx_logging(false);
        sea_orm::Database::connect(options).await.expect("the database answers")
    }

    pub(crate) fn secret_url(&self) -> SecretString {
        self.url.clone().into()
    }

    /// Opens it without patience.
    pub(crate) async fn open(&self) -> Result<SqlStore, OpenError> {
        SqlStore::open(&self.secret_url(), &impatient()).await
    }

    /// Opens it when the lease that was just given up is free: a server notices a closed connection a moment later.
    pub(crate) async fn open_soon(&self) -> SqlStore {
        let options = OpenOptions { lease_wait: Duration::from_secs(10), ..impatient() };
        SqlStore::open(&self.secret_url(), &options).await.expect("the database opens")
    }

    pub(crate) async fn drop_it(self) {
        let statement = match self.backend {
            Backend::MariaDb => format!("DROP DATABASE {}", self.name()),
            // FORCE: what a test left connected must not keep it.
            Backend::Postgres => format!("DROP DATABASE {} WITH (FORCE)", self.name()),
            Backend::Memory | Backend::Sqlite => return,
        };
        self.on_its_server(&statement).await;
    }
}

/// Few connections, no waiting for the lease, and a lease that is watched closely.
pub(crate) fn impatient() -> OpenOptions {
    OpenOptions {
        max_connections: 4,
        lease_wait: Duration::ZERO,
        lease_check: Duration::from_millis(100),
        ..OpenOptions::default()
    }
}
