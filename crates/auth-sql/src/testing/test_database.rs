//! A private database for one test.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use super::proxy::Proxy;
use super::{admin, counter_of};
use crate::{DatabaseKind, DatabaseSettings, Dialect};

/// On which server.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum TestDatabaseKind {
    /// A temporary file.
    Sqlite,
    /// The server of `PORTICO_TEST_MARIADB_URL`.
    Mariadb,
    /// The server of `PORTICO_TEST_POSTGRES_URL`.
    Postgres,
}

impl TestDatabaseKind {
    /// All kinds.
    pub const ALL: [Self; 3] = [Self::Sqlite, Self::Mariadb, Self::Postgres];

    /// One lower-case word: `mariadb`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Sqlite => "sqlite",
            Self::Mariadb => "mariadb",
            Self::Postgres => "postgres",
        }
    }

    /// The service that must run.
    pub fn needs(self) -> Option<&'static str> {
        match self {
            Self::Sqlite => None,
            Self::Mariadb => Some("MariaDB"),
            Self::Postgres => Some("PostgreSQL"),
        }
    }
}

/// A fresh, empty database of a test's own; dropped with it.
pub struct TestDatabase {
    kind: TestDatabaseKind,
    name: String,
    /// For the test's own connection, past the proxy.
    admin_url: String,
    /// For making and dropping the database.
    server_url: String,
    user: String,
    password: String,
    proxy: Option<Arc<Proxy>>,
    users: std::sync::Mutex<Vec<String>>,
    lock: std::sync::Mutex<Option<std::thread::JoinHandle<()>>>,
    release: std::sync::Mutex<Option<std::sync::mpsc::Sender<()>>>,
    _folder: Option<tempfile::TempDir>,
}

impl std::fmt::Debug for TestDatabase {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("TestDatabase")
            .field("kind", &self.kind)
            .field("name", &self.name)
            .finish_non_exhaustive()
    }
}

static NUMBER: AtomicU64 = AtomicU64::new(0);

fn unique(what: &str) -> String {
    let now = std::time::Instant::now();
    let salt = std::collections::hash_map::RandomState::new();
    let random = std::hash::BuildHasher::hash_one(&salt, now);
    format!("portico_{what}_{}_{:08x}", NUMBER.fetch_add(1, Ordering::Relaxed), random & 0xFFFF_FFFF)
}

impl TestDatabase {
    /// A fresh database.
    ///
    /// # Panics
    /// When the server's variable is missing or the server doesn't answer: a skip is not a pass.
    pub async fn create(kind: TestDatabaseKind) -> Self {
        let name = unique("t");
        match kind {
            TestDatabaseKind::Sqlite => {
                let folder = tempfile::tempdir().expect("a temporary folder");
                let path = folder.path().join("forum.db").to_string_lossy().into_owned();
                let admin_url = format!("sqlite:{path}");
                let made = Self {
                    kind,
                    name: path,
                    server_url: admin_url.clone(),
                    admin_url,
                    user: String::new(),
                    password: String::new(),
                    proxy: None,
                    users: Default::default(),
                    lock: Default::default(),
                    release: Default::default(),
                    _folder: Some(folder),
                };
                made.execute("PRAGMA user_version = 1").await;
                made
            }
            TestDatabaseKind::Mariadb => {
                Self::on_server(kind, name, "PORTICO_TEST_MARIADB_URL", "mysql").await
            }
            TestDatabaseKind::Postgres => {
                Self::on_server(kind, name, "PORTICO_TEST_POSTGRES_URL", "postgres").await
            }
        }
    }

    async fn on_server(kind: TestDatabaseKind, name: String, variable: &str, default_database: &str) -> Self {
        let server = std::env::var(variable).unwrap_or_else(|_| {
            panic!("{variable} is not set: this test needs a server, run cargo xtask test")
        });
        let server = server.trim_end_matches('/').to_owned();
        let (_, rest) = server.split_once("://").expect("an address with a scheme");
        let (account, address) = rest.rsplit_once('@').expect("an address with a user");
        let (user, password) = account.split_once(':').unwrap_or((account, ""));
        let server_url = format!("{server}/{default_database}");
        let options =
            if kind == TestDatabaseKind::Mariadb { " CHARACTER SET utf8 COLLATE utf8_bin" } else { "" };
        let created = admin::execute(kind, &server_url, &format!("CREATE DATABASE {name}{options}")).await;
        created.unwrap_or_else(|error| panic!("{variable}: no database could be made: {error}"));
        let proxy = Proxy::start(address.to_owned()).await;
        Self {
            kind,
            admin_url: format!("{server}/{name}"),
            name,
            server_url,
            user: user.to_owned(),
            password: password.to_owned(),
            proxy: Some(proxy),
            users: Default::default(),
            lock: Default::default(),
            release: Default::default(),
            _folder: None,
        }
    }

    /// On which server it is.
    pub fn kind(&self) -> TestDatabaseKind {
        self.kind
    }

    /// How statements for it are spelt.
    pub fn dialect(&self) -> Dialect {
        Dialect::of(match self.kind {
            TestDatabaseKind::Sqlite => DatabaseKind::Sqlite,
            TestDatabaseKind::Mariadb => DatabaseKind::Mysql,
            TestDatabaseKind::Postgres => DatabaseKind::Postgres,
        })
    }

    /// Runs statements, separated by `;`, with all rights.
    ///
    /// # Panics
    /// When the server refuses one.
    pub async fn execute(&self, sql: &str) {
        let done = admin::execute(self.kind, &self.admin_url, sql).await;
        done.unwrap_or_else(|error| panic!("{error}\nin: {sql}"));
    }

    /// Runs each of these with all rights; the error is that of the first that the server refuses.
    ///
    /// # Errors
    /// The server's words and the statement.
    pub async fn try_execute(&self, statements: &[String]) -> Result<(), String> {
        let sql = statements.join(";\n");
        if sql.is_empty() {
            return Ok(());
        }
        admin::execute(self.kind, &self.admin_url, &sql).await.map_err(|error| format!("{error}\nin: {sql}"))
    }

    /// The `database_url` for an adapter, through a line that [`cut`](Self::cut) cuts.
    pub fn url(&self) -> String {
        self.url_for(&self.user, &self.password)
    }

    /// The same for another user.
    pub fn url_for(&self, user: &str, password: &str) -> String {
        let address = self.proxy.as_ref().map(|proxy| proxy.address().to_string()).unwrap_or_default();
        match self.kind {
            TestDatabaseKind::Sqlite => format!("sqlite:{}", self.name),
            TestDatabaseKind::Mariadb => format!("mysql://{user}:{password}@{address}/{}", self.name),
            TestDatabaseKind::Postgres => format!("postgres://{user}:{password}@{address}/{}", self.name),
        }
    }

    /// The name of the database; on SQLite the path.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The same as settings.
    pub fn settings(&self) -> DatabaseSettings {
        DatabaseSettings::from_url(&self.url()).expect("a good address")
    }

    /// How many queries all pools of this process have sent to this database.
    pub fn queries(&self) -> u64 {
        counter_of(&self.settings()).load(Ordering::Relaxed)
    }

    /// Makes a user who may read these columns and nothing else, and gives the `database_url` of that user. No columns =
    /// the whole table. SQLite has no users: there it is the usual address.
    pub async fn restricted_user(&self, grants: &[(&str, &[&str])]) -> String {
        if self.kind == TestDatabaseKind::Sqlite {
            return self.url();
        }
        let user = unique("u");
        let (account, create) = match self.kind {
            TestDatabaseKind::Mariadb => {
                let account = format!("'{user}'@'%'");
                (account.clone(), format!("CREATE USER {account} IDENTIFIED BY 'reader'"))
            }
            _ => (user.clone(), format!("CREATE ROLE {user} LOGIN PASSWORD 'reader'")),
        };
        self.execute(&create).await;
        self.users.lock().unwrap().push(account.clone());
        for (table, columns) in grants {
            let columns: Vec<String> =
                columns.iter().map(|column| self.dialect().identifier(column)).collect();
            let columns =
                if columns.is_empty() { String::new() } else { format!(" ({})", columns.join(", ")) };
            let table = self.dialect().identifier(table);
            self.execute(&format!("GRANT SELECT{columns} ON {table} TO {account}")).await;
        }
        self.url_for(&user, "reader")
    }

    /// The database is not there any more: lines are closed and new ones refused; the SQLite file is locked.
    pub async fn cut(&self) {
        if let Some(proxy) = &self.proxy {
            proxy.cut().await;
            return;
        }
        let (release, released) = std::sync::mpsc::channel::<()>();
        let (locked, is_locked) = tokio::sync::oneshot::channel();
        let path = self.name.clone();
        let holder = std::thread::spawn(move || {
            let runtime =
                tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
            runtime.block_on(async {
                use sqlx::{ConnectOptions, Connection};
                let options =
                    sqlx::sqlite::SqliteConnectOptions::new().filename(path).disable_statement_logging();
                let mut conn = sqlx::SqliteConnection::connect_with(&options).await.expect("the file");
                sqlx::raw_sql("BEGIN EXCLUSIVE").execute(&mut conn).await.expect("a lock");
                let _ = locked.send(());
                let _ = released.recv();
                let _ = conn.close().await;
            });
        });
        is_locked.await.expect("a lock");
        *self.lock.lock().unwrap() = Some(holder);
        *self.release.lock().unwrap() = Some(release);
    }

    /// It is there again.
    pub async fn restore(&self) {
        if let Some(proxy) = &self.proxy {
            proxy.restore().await;
            return;
        }
        drop(self.release.lock().unwrap().take());
        if let Some(holder) = self.lock.lock().unwrap().take() {
            let _ = holder.join();
        }
    }
}

impl Drop for TestDatabase {
    fn drop(&mut self) {
        drop(self.release.lock().unwrap().take());
        if let Some(holder) = self.lock.lock().unwrap().take() {
            let _ = holder.join();
        }
        if self.kind == TestDatabaseKind::Sqlite {
            return;
        }
        let (kind, server, database) = (self.kind, self.server_url.clone(), self.name.clone());
        let mut statements = Vec::new();
        let users = std::mem::take(&mut *self.users.lock().unwrap());
        match kind {
            TestDatabaseKind::Postgres => {
                statements.push(format!("DROP DATABASE IF EXISTS {database} WITH (FORCE)"));
                statements.extend(users.iter().map(|user| format!("DROP ROLE IF EXISTS {user}")));
            }
            _ => {
                statements.push(format!("DROP DATABASE IF EXISTS {database}"));
                statements.extend(users.iter().map(|user| format!("DROP USER IF EXISTS {user}")));
            }
        }
        // The test's own runtime may be ending; and a failed clean-up must not hide why a test failed.
        let clean_up = std::thread::spawn(move || {
            let Ok(runtime) = tokio::runtime::Builder::new_current_thread().enable_all().build() else {
                return;
            };
            runtime.block_on(async {
                for statement in statements {
                    let _ = admin::execute(kind, &server, &statement).await;
                }
            });
        });
        let _ = clean_up.join();
    }
}
