use std::io;

use sea_orm::sqlx::mysql::MySqlDatabaseError;
use sea_orm::{DbErr, sqlx};

/// Why a database was not opened. Its text names the database without the password, and says what to do.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum OpenError {
    /// The URL names no database that is known.
    #[error(
        "{url}: not a database that is known; the URL must begin with sqlite://, mysql:// (also for MariaDB) or \
         postgres://"
    )]
    UnknownScheme {
        /// The URL without its password.
        url: String,
    },
    /// The URL can't be read, or says too little.
    #[error("{url}: {what}")]
    InvalidUrl {
        /// The URL without its password.
        url: String,
        /// What is wrong with it, and what is expected.
        what: String,
    },
    /// Another server process owns the database.
    #[error(
        "{url}: another server process is using this database; only one may. Stop it first, or give this one a \
         database of its own"
    )]
    InUse {
        /// The URL without its password.
        url: String,
    },
    /// There is no answer from there.
    #[error("{url}: the database can't be reached: {what}")]
    Unreachable {
        /// The URL without its password.
        url: String,
        /// What happened, and what to look at.
        what: String,
    },
    /// The user name or password was refused, or the user may not use the database.
    #[error(
        "{url}: access denied; look at the user name and password in the URL, and at the user's rights to the \
         database ({what})"
    )]
    AccessDenied {
        /// The URL without its password.
        url: String,
        /// What the database said.
        what: String,
    },
    /// The server has no such database.
    #[error(
        "{url}: the server has no database of this name; make it first (CREATE DATABASE), or correct the URL"
    )]
    UnknownDatabase {
        /// The URL without its password.
        url: String,
    },
    /// The file can't be made, opened or locked.
    #[error("{url}: {what}: {source}")]
    File {
        /// The URL.
        url: String,
        /// What was tried, with the path.
        what: String,
        /// What the system said.
        source: io::Error,
    },
    /// The file is not a database, or the database refused its settings.
    #[error("{url}: {what}")]
    Unusable {
        /// The URL without its password.
        url: String,
        /// What the database said.
        what: String,
    },
    /// A newer Portico has changed the schema.
    #[error(
        "{url}: a newer version of Portico has changed this database ({migration}); install that version, or restore \
         the backup from before the upgrade"
    )]
    SchemaNewer {
        /// The URL without its password.
        url: String,
        /// The change that this program does not know.
        migration: String,
    },
    /// This program's version has not yet changed the schema.
    #[error(
        "{url}: the database is empty or of an older version; start the server once, it brings it up to date"
    )]
    SchemaOlder {
        /// The URL without its password.
        url: String,
    },
    /// The schema can't be brought up to date.
    #[error(
        "{url}: the schema can't be brought up to date: {source}. The user needs the right to create tables and \
         indices; a start after the cause is gone continues where this one stopped"
    )]
    Migration {
        /// The URL without its password.
        url: String,
        /// What the database said.
        source: DbErr,
    },
}

impl OpenError {
    /// What a failed connection means.
    pub(crate) fn of_connection(url: String, error: &sqlx::Error) -> Self {
        let what = error.to_string();
        match error {
            sqlx::Error::Configuration(cause) => Self::InvalidUrl { url, what: cause.to_string() },
            sqlx::Error::Io(cause) => Self::Unreachable { url, what: advice(cause) },
            sqlx::Error::Tls(cause) => Self::Unreachable { url, what: format!("TLS: {cause}") },
            sqlx::Error::Database(cause) => {
                let code = cause.code().unwrap_or_default().into_owned();
                let number = cause.try_downcast_ref::<MySqlDatabaseError>().map(MySqlDatabaseError::number);
                match (number, code.as_str()) {
                    // Access denied (user, database, host), authentication plugin, host not allowed, no password.
                    (Some(1044 | 1045 | 1130 | 1227 | 1251 | 1698 | 3159), _)
                    | (None, "28000" | "28P01" | "42501") => {
                        Self::AccessDenied { url, what: cause.message().to_owned() }
                    }
                    (Some(1049), _) | (None, "3D000") => Self::UnknownDatabase { url },
                    (Some(1040 | 1203 | 1226), _) | (None, "53300" | "57P03" | "57P01") => {
                        Self::Unreachable { url, what: cause.message().to_owned() }
                    }
                    _ => Self::Unusable { url, what: cause.message().to_owned() },
                }
            }
            _ => Self::Unreachable { url, what },
        }
    }
}

fn advice(error: &io::Error) -> String {
    let hint = match error.kind() {
        io::ErrorKind::ConnectionRefused => {
            "nothing listens there; look at the port, and whether the server runs"
        }
        io::ErrorKind::TimedOut => "no answer in time; look at the host, and at firewalls between",
        io::ErrorKind::NotFound => "there is no such socket",
        io::ErrorKind::UnexpectedEof | io::ErrorKind::ConnectionReset => {
            "the other side hung up; is that port the database's?"
        }
        _ if is_name_failure(error) => "there is no such host",
        _ => return error.to_string(),
    };
    format!("{hint} ({error})")
}

/// The standard library gives failed name look-ups no kind of their own.
fn is_name_failure(error: &io::Error) -> bool {
    error.to_string().contains("failed to lookup address information")
}
