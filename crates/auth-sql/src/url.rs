//! `database_url`: `mysql://user:password@host:port/database?charset=…`, `sqlite:path`.

use std::path::PathBuf;

use secrecy::SecretString;

use crate::{DatabaseKind, DatabaseSettings, Host, Tls};

/// A `database_url` that can't be used. Never contains the address itself: it may hold a password.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "database_url: {what} (expected mysql://USER:PASSWORD@HOST:PORT/DATABASE, mariadb://…, postgres://… or sqlite:PATH)"
)]
pub struct DatabaseUrlError {
    /// What is wrong.
    pub what: String,
}

fn wrong(what: impl Into<String>) -> DatabaseUrlError {
    DatabaseUrlError { what: what.into() }
}

impl DatabaseSettings {
    /// Reads `mysql://`, `mariadb://`, `postgres://`, `postgresql://`, `sqlite:path` or `sqlite://path`.
    ///
    /// User, password, host and database may be percent-encoded. Options after `?`: `charset` (MySQL), `socket`,
    /// `tls` = `off`, `prefer` or `require`, `tls_ca` = a file of certificates.
    ///
    /// # Errors
    /// [`DatabaseUrlError`] saying which part is wrong.
    pub fn from_url(url: &str) -> Result<Self, DatabaseUrlError> {
        let (scheme, rest) = url.split_once(':').ok_or_else(|| wrong("it has no scheme"))?;
        let (kind, port) = match scheme.to_ascii_lowercase().as_str() {
            "mysql" | "mariadb" => (DatabaseKind::Mysql, 3306),
            "postgres" | "postgresql" => (DatabaseKind::Postgres, 5432),
            "sqlite" => return sqlite(rest),
            _ => return Err(wrong("its scheme is not known")),
        };
        let rest = rest.strip_prefix("//").ok_or_else(|| wrong("`//` is missing after the scheme"))?;
        let (rest, options) = split_options(rest);
        let (authority, database) =
            rest.split_once('/').ok_or_else(|| wrong("the name of the database is missing"))?;
        let database = decode(database, "database")?;
        if database.is_empty() {
            return Err(wrong("the name of the database is missing"));
        }
        // The last `@`: passwords with an unencoded one are common.
        let (account, address) = authority.rsplit_once('@').unwrap_or(("", authority));
        let (user, password) = account.split_once(':').unwrap_or((account, ""));
        let host = host(address, port)?;
        let password = SecretString::from(decode(password, "password")?);
        let settings = Self::server(kind, host, decode(user, "user")?, password, database);
        settings.with_options(options)
    }

    fn with_options(mut self, options: &str) -> Result<Self, DatabaseUrlError> {
        for option in options.split('&').filter(|option| !option.is_empty()) {
            let (key, value) = option.split_once('=').unwrap_or((option, ""));
            let value = decode(value, key)?;
            match key {
                "charset" => {
                    if value.is_empty() || !value.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_') {
                        return Err(wrong("`charset` must be a name like utf8mb4 or latin1"));
                    }
                    self.charset = Some(value);
                }
                "socket" => {
                    let port = match self.host {
                        Host::Tcp(_, port) | Host::Socket(_, port) => port,
                    };
                    self.host = Host::Socket(PathBuf::from(value), port);
                }
                "tls" => {
                    self.tls = match value.as_str() {
                        "off" => Tls::Off,
                        "prefer" => Tls::Prefer,
                        "require" => Tls::Require,
                        _ => return Err(wrong("`tls` must be off, prefer or require")),
                    };
                }
                "tls_ca" => self.tls_ca = Some(PathBuf::from(value)),
                _ => {
                    let known = "charset, socket, tls and tls_ca";
                    return Err(wrong(format!("unknown option `{}`; there are {known}", key.escape_debug())));
                }
            }
        }
        Ok(self)
    }
}

fn sqlite(rest: &str) -> Result<DatabaseSettings, DatabaseUrlError> {
    let (path, options) = split_options(rest.strip_prefix("//").unwrap_or(rest));
    if !options.is_empty() {
        return Err(wrong("an SQLite file takes no options after `?`"));
    }
    let path = decode(path, "path")?;
    if path.is_empty() || path == ":memory:" {
        return Err(wrong("the path of the SQLite file is missing"));
    }
    Ok(DatabaseSettings::sqlite(path))
}

fn split_options(text: &str) -> (&str, &str) {
    text.split_once('?').unwrap_or((text, ""))
}

fn host(address: &str, port: u16) -> Result<Host, DatabaseUrlError> {
    let (name, given) = match address.strip_prefix('[') {
        Some(v6) => {
            let (name, rest) = v6.split_once(']').ok_or_else(|| wrong("`]` is missing after the address"))?;
            (name, rest.strip_prefix(':'))
        }
        None => match address.split_once(':') {
            Some((name, given)) => (name, Some(given)),
            None => (address, None),
        },
    };
    let port = match given {
        None | Some("") => port,
        Some(given) => given.parse().map_err(|_| wrong("the port is not a number up to 65535"))?,
    };
    let name = decode(name, "host")?;
    match name.as_str() {
        "" => Ok(Host::Tcp("127.0.0.1".to_owned(), port)),
        path if path.starts_with('/') => Ok(Host::Socket(PathBuf::from(path), port)),
        _ => Ok(Host::Tcp(name, port)),
    }
}

/// Undoes percent-encoding.
fn decode(text: &str, part: &str) -> Result<String, DatabaseUrlError> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((&byte, after)) = rest.split_first() {
        rest = after;
        if byte != b'%' {
            bytes.push(byte);
            continue;
        }
        let digit = |at: usize| rest.get(at).and_then(|&digit| char::from(digit).to_digit(16));
        let (Some(high), Some(low)) = (digit(0), digit(1)) else {
            return Err(wrong(format!(
                "a `%` in the {part} is not followed by two hexadecimal digits (write %25)"
            )));
        };
        bytes.push(u8::try_from(high * 16 + low).unwrap_or_default());
        rest = &rest[2..];
    }
    String::from_utf8(bytes).map_err(|_| wrong(format!("the {part} is not UTF-8 after percent-decoding")))
}

#[cfg(test)]
mod tests {
    use secrecy::ExposeSecret;

    use super::*;

    #[test]
    fn every_part_is_percent_decoded() {
        let settings = DatabaseSettings::from_url(
            "mysql://us%40er:p%2Fw%25@db.example.org:3307/for%20um?charset=latin1",
        )
        .unwrap();
        assert_eq!(settings.user, "us@er");
        assert_eq!(settings.password.expose_secret(), "p/w%");
        assert_eq!(settings.host, Host::Tcp("db.example.org".into(), 3307));
        assert_eq!(settings.database, "for um");
        assert_eq!(settings.charset.as_deref(), Some("latin1"));
    }

    #[test]
    fn schemes_give_kinds_and_ports() {
        for (url, kind, place) in [
            ("mysql://h/d", DatabaseKind::Mysql, "h:3306"),
            ("mariadb://h/d", DatabaseKind::Mysql, "h:3306"),
            ("postgres://h/d", DatabaseKind::Postgres, "h:5432"),
            ("postgresql://[::1]:99/d", DatabaseKind::Postgres, "[::1]:99"),
            ("sqlite:/var/forum.db", DatabaseKind::Sqlite, "/var/forum.db"),
            ("sqlite:///var/forum.db", DatabaseKind::Sqlite, "/var/forum.db"),
            ("sqlite://forum.db", DatabaseKind::Sqlite, "forum.db"),
            ("mysql://u@%2Frun%2Fmysqld.sock/d", DatabaseKind::Mysql, "/run/mysqld.sock"),
            ("mysql://u@localhost/d?socket=/tmp/s", DatabaseKind::Mysql, "/tmp/s"),
        ] {
            let settings = DatabaseSettings::from_url(url).unwrap();
            assert_eq!((settings.kind, settings.place().as_str()), (kind, place), "{url}");
        }
    }

    #[test]
    fn what_is_wrong_is_said_without_the_password() {
        for (url, part) in [
            ("no-scheme", "no scheme"),
            ("oracle://u:s3cret@h/d", "scheme is not known"),
            ("mysql:u:s3cret@h/d", "`//` is missing"),
            ("mysql://u:s3cret@h", "name of the database"),
            ("mysql://u:s3cret@h/", "name of the database"),
            ("mysql://u:s3cret%zz@h/d", "a `%` in the password"),
            ("mysql://u:s3cret@h:many/d", "port"),
            ("mysql://u:s3cret@h/d?colour=red", "unknown option `colour`"),
            ("mysql://u:s3cret@h/d?tls=maybe", "off, prefer or require"),
            ("mysql://u:s3cret@h/d?charset=a'b", "charset"),
            ("sqlite:", "path"),
        ] {
            let error = DatabaseSettings::from_url(url).unwrap_err().to_string();
            assert!(error.contains(part) && !error.contains("s3cret"), "{url}: {error}");
        }
    }

    #[test]
    fn debug_shows_no_password() {
        let settings = DatabaseSettings::from_url("mysql://u:s3cret@h/d").unwrap();
        assert!(!format!("{settings:?}").contains("s3cret"));
    }

    proptest::proptest! {
        #[test]
        fn any_text_is_read_or_refused_without_a_panic(url in ".{0,60}", scheme in "(mysql|sqlite|postgres)") {
            let _ = DatabaseSettings::from_url(&url);
            let _ = DatabaseSettings::from_url(&format!("{scheme}://{url}"));
        }
    }
}
