//! Where a foreign database is.

use std::fmt;
use std::path::PathBuf;
use std::time::Duration;

use secrecy::SecretString;

/// The kinds of databases that applications keep their people in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, serde::Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "lowercase")]
pub enum DatabaseKind {
    /// MySQL 4.1 and later, MariaDB.
    Mysql,
    /// PostgreSQL.
    Postgres,
    /// An SQLite 3 file.
    Sqlite,
}

impl DatabaseKind {
    /// One lower-case word: `mysql`, `postgres`, `sqlite`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Mysql => "mysql",
            Self::Postgres => "postgres",
            Self::Sqlite => "sqlite",
        }
    }
}

/// How a server is reached.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Host {
    /// Host name or address, and port.
    Tcp(String, u16),
    /// A Unix socket: for MySQL the socket's path, for PostgreSQL the folder that it is in and the port in its name.
    Socket(PathBuf, u16),
}

/// Whether the connection to a server is encrypted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Tls {
    /// No encryption.
    Off,
    /// PostgreSQL: encrypted if the server offers it, without proof of who it is. MySQL: no encryption.
    #[default]
    Prefer,
    /// Encrypted, and the server's certificate must be good for its name.
    Require,
}

/// Where a database is, and as whom to ask it. `Debug` and all error texts leave out the password.
#[derive(Clone)]
pub struct DatabaseSettings {
    pub(crate) kind: DatabaseKind,
    /// For SQLite: not used.
    pub(crate) host: Host,
    pub(crate) user: String,
    pub(crate) password: SecretString,
    /// For SQLite: the path of the file.
    pub(crate) database: String,
    pub(crate) charset: Option<String>,
    pub(crate) tls: Tls,
    pub(crate) tls_ca: Option<PathBuf>,
    pub(crate) connect_timeout: Duration,
    pub(crate) origin: String,
}

/// Longest wait for a connection; stays below the usual time-out of a login, so that the error names the database.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(4);

impl DatabaseSettings {
    /// A MySQL or PostgreSQL database on a server.
    pub fn server(
        kind: DatabaseKind,
        host: Host,
        user: impl Into<String>,
        password: impl Into<SecretString>,
        database: impl Into<String>,
    ) -> Self {
        Self {
            kind,
            host,
            user: user.into(),
            password: password.into(),
            database: database.into(),
            charset: None,
            tls: Tls::default(),
            tls_ca: None,
            connect_timeout: CONNECT_TIMEOUT,
            origin: "database_url".to_owned(),
        }
    }

    /// An SQLite file.
    pub fn sqlite(path: impl Into<PathBuf>) -> Self {
        let path = path.into();
        let host = Host::Socket(PathBuf::new(), 0);
        Self::server(DatabaseKind::Sqlite, host, "", String::new(), path.to_string_lossy())
    }

    /// The same with the place where an administrator finds these settings, for error texts:
    /// `/var/www/forum/config.php`. Without it: `database_url`.
    #[must_use]
    pub fn with_origin(mut self, origin: impl Into<String>) -> Self {
        self.origin = origin.into();
        self
    }

    /// The same with the character set that the application itself asks MySQL for (`SET NAMES`). Texts then pass as
    /// the bytes that the application sees; bytes that are no UTF-8 are read as windows-1252. Without it: utf8mb4,
    /// or utf8 on servers that don't know it.
    #[must_use]
    pub fn with_charset(mut self, charset: Option<String>) -> Self {
        self.charset = charset;
        self
    }

    /// The same with this encryption.
    #[must_use]
    pub fn with_tls(mut self, tls: Tls) -> Self {
        self.tls = tls;
        self
    }

    /// The same with a file of certificates (PEM) to trust besides the usual ones.
    #[must_use]
    pub fn with_tls_ca(mut self, file: Option<PathBuf>) -> Self {
        self.tls_ca = file;
        self
    }

    /// The same with another limit for opening a connection (usually 4 s).
    #[must_use]
    pub fn with_connect_timeout(mut self, timeout: Duration) -> Self {
        self.connect_timeout = timeout;
        self
    }

    /// The kind of database.
    pub fn kind(&self) -> DatabaseKind {
        self.kind
    }

    /// The name of the database; for SQLite the path.
    pub fn database(&self) -> &str {
        &self.database
    }

    /// The place where an administrator finds these settings.
    pub fn origin(&self) -> &str {
        &self.origin
    }

    /// The server or file, for texts: `127.0.0.1:3306`.
    pub fn place(&self) -> String {
        match (&self.kind, &self.host) {
            (DatabaseKind::Sqlite, _) => self.database.clone(),
            (_, Host::Tcp(host, port)) if host.contains(':') => format!("[{host}]:{port}"),
            (_, Host::Tcp(host, port)) => format!("{host}:{port}"),
            (_, Host::Socket(path, _)) => path.display().to_string(),
        }
    }
}

impl fmt::Debug for DatabaseSettings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("DatabaseSettings")
            .field("kind", &self.kind)
            .field("place", &self.place())
            .field("user", &self.user)
            .field("database", &self.database)
            .field("origin", &self.origin)
            .finish_non_exhaustive()
    }
}
