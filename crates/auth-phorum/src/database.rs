//! Where the forum's tables are: from `database_url`, or from Phorum's own `include/db/config.php`.

use std::path::Path;

use portico_auth_sql::php_config::{PhpConfig, PhpConfigError};
use portico_auth_sql::{DatabaseKind, DatabaseSettings, Host, InvalidPrefix, TablePrefix};
use portico_core::auth::{BoxError, BuildContext};
use secrecy::ExposeSecret;

use crate::config::PhorumConfig;

/// The prefix when nobody says another.
const DEFAULT_PREFIX: &str = "phorum";

/// The database and the beginning of the tables' names, the underscore included.
#[derive(Debug, Clone)]
pub(crate) struct Place {
    pub(crate) settings: DatabaseSettings,
    pub(crate) prefix: TablePrefix,
}

/// Why the place can't be known.
#[derive(Debug, thiserror::Error)]
pub(crate) enum PlaceError {
    #[error(
        "one of `config_php` and `database_url` is needed: the path of the forum's include/db/config.php, or the address of its database"
    )]
    Nowhere,
    #[error("`config_php` and `database_url` can't both be there: remove one")]
    Twice,
    #[error(transparent)]
    File(#[from] PhpConfigError),
    #[error(
        "{file}: the database type {found:?} is not known (expected mysql, mysqli or postgresql); use `database_url` instead"
    )]
    UnknownType { file: String, found: String },
    #[error("{file}: {key} {found:?} is no port number")]
    BadPort { file: String, key: &'static str, found: String },
    #[error("charset {0:?} must be the name of a character set of MySQL, for example utf8 or latin1")]
    BadCharset(String),
    #[error("{0} (without the final underscore, which Phorum adds itself)")]
    Prefix(#[from] InvalidPrefix),
}

/// Reads the place from the configuration, or from the forum's own file.
pub(crate) fn place(config: &PhorumConfig, cx: &BuildContext) -> Result<Place, BoxError> {
    let (settings, prefix) = match (&config.config_php, &config.database_url) {
        (Some(file), None) => from_file(&cx.resolve(file))?,
        (None, Some(url)) => (from_url(url.expose_secret(), cx)?, None),
        (None, None) => return Err(PlaceError::Nowhere.into()),
        (Some(_), Some(_)) => return Err(PlaceError::Twice.into()),
    };
    let settings = match &config.charset {
        Some(charset) => settings.with_charset(Some(checked_charset(charset)?)),
        None => settings,
    };
    let prefix = config.table_prefix.clone().or(prefix).unwrap_or_else(|| DEFAULT_PREFIX.to_owned());
    let prefix =
        TablePrefix::new(&format!("{prefix}_")).map_err(|_| PlaceError::from(InvalidPrefix(prefix)))?;
    Ok(Place { settings, prefix })
}

/// SQLite paths are relative to the configuration file, like all others.
fn from_url(url: &str, cx: &BuildContext) -> Result<DatabaseSettings, BoxError> {
    let settings = DatabaseSettings::from_url(url)?;
    Ok(match settings.kind() {
        DatabaseKind::Sqlite => DatabaseSettings::sqlite(cx.resolve(settings.database())),
        DatabaseKind::Mysql | DatabaseKind::Postgres => settings,
    })
}

/// Reads `$PHORUM['DBCONFIG']`, and the prefix in it.
fn from_file(file: &Path) -> Result<(DatabaseSettings, Option<String>), PlaceError> {
    from_php(&PhpConfig::read(file)?, &file.display().to_string())
}

fn from_php(php: &PhpConfig, file: &str) -> Result<(DatabaseSettings, Option<String>), PlaceError> {
    let required = |key| php.required_text(&["PHORUM", "DBCONFIG", key]);
    let filled = |key| -> Result<Option<String>, PhpConfigError> {
        Ok(php.text(&["PHORUM", "DBCONFIG", key])?.filter(|value| !value.is_empty()))
    };
    let kind = kind(&required("type")?, file)?;
    let address = Address { server: filled("server")?, port: filled("port")?, socket: filled("socket")? };
    let user = filled("user")?.unwrap_or_default();
    let password = filled("password")?.unwrap_or_default();
    let settings =
        DatabaseSettings::server(kind, address.host(kind, file)?, user, password, required("name")?);
    let charset = filled("charset")?.as_deref().map(checked_charset).transpose()?;
    Ok((settings.with_charset(charset).with_origin(file), filled("table_prefix")?))
}

/// The database layers that Phorum has had.
fn kind(name: &str, file: &str) -> Result<DatabaseKind, PlaceError> {
    match name {
        "mysql" | "mysqli" | "mysqlnew" | "mysqlinew" | "mysqli_replication" => Ok(DatabaseKind::Mysql),
        "postgresql" | "pgsql" => Ok(DatabaseKind::Postgres),
        other => Err(PlaceError::UnknownType { file: file.to_owned(), found: other.to_owned() }),
    }
}

/// `SET NAMES` takes it as a name, not as a bound value.
fn checked_charset(charset: &str) -> Result<String, PlaceError> {
    let is_name = !charset.is_empty() && charset.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_');
    if is_name { Ok(charset.to_owned()) } else { Err(PlaceError::BadCharset(charset.to_owned())) }
}

/// How PHP's functions are told where a server is.
struct Address {
    /// `host`, `host:port`, `host:/path/of/a/socket` or `:/path/of/a/socket`.
    server: Option<String>,
    port: Option<String>,
    socket: Option<String>,
}

impl Address {
    fn host(&self, kind: DatabaseKind, file: &str) -> Result<Host, PlaceError> {
        let port_of = |key, text: &str| {
            text.parse::<u16>().map_err(|_| PlaceError::BadPort {
                file: file.to_owned(),
                key,
                found: text.to_owned(),
            })
        };
        let standard = if kind == DatabaseKind::Postgres { 5432 } else { 3306 };
        let port = self.port.as_deref().map_or(Ok(standard), |text| port_of("port", text))?;
        if let Some(socket) = &self.socket {
            return Ok(Host::Socket(socket.into(), port));
        }
        let server = self.server.as_deref().unwrap_or("localhost");
        match server.rsplit_once(':') {
            Some((_, socket)) if socket.starts_with('/') => Ok(Host::Socket(socket.into(), port)),
            // More than one colon: an IPv6 address.
            Some((host, port)) if !host.contains(':') => {
                Ok(Host::Tcp(host.to_owned(), port_of("server", port)?))
            }
            _ => Ok(Host::Tcp(server.trim_matches(['[', ']']).to_owned(), port)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(dbconfig: &str) -> Result<(DatabaseSettings, Option<String>), PlaceError> {
        let text = format!(
            "<?php\n// the forum's own file\nif (!defined('PHORUM')) return;\n$PHORUM['DBCONFIG'] = array(\n{dbconfig}\n);\n"
        );
        from_php(&PhpConfig::parse("config.php", text.as_bytes()), "config.php")
    }

    #[test]
    fn phorums_own_file_is_enough() {
        let (settings, prefix) = read(
            "'type' => 'mysql', 'name' => \"phorum5\", 'server' => 'db.example.org', 'user' => 'reader',\n\
             'password' => 'pa\\'ss', 'table_prefix' => 'forum', 'charset' => 'utf8', 'mysql_use_ft' => '1',\n\
             // 'down_page' => 'http://www.example.com/down.html',\n",
        )
        .unwrap();
        assert_eq!(settings.kind(), DatabaseKind::Mysql);
        assert_eq!((settings.place(), settings.database()), ("db.example.org:3306".to_owned(), "phorum5"));
        assert_eq!(settings.origin(), "config.php");
        assert_eq!(prefix.as_deref(), Some("forum"));
        assert!(!format!("{settings:?}").contains("pa'ss"));
    }

    #[test]
    fn a_server_may_carry_a_port_or_a_socket() {
        for (server, place) in [
            ("'server' => 'localhost'", "localhost:3306"),
            ("'server' => 'db:3307'", "db:3307"),
            ("'server' => 'db', 'port' => 3308", "db:3308"),
            ("'server' => '[::1]'", "[::1]:3306"),
            ("'server' => '2001:db8::1'", "[2001:db8::1]:3306"),
            ("'server' => ':/run/my.sock'", "/run/my.sock"),
            ("'server' => 'localhost:/run/my.sock'", "/run/my.sock"),
            ("'socket' => '/run/my.sock', 'port' => ''", "/run/my.sock"),
            ("'server' => ''", "localhost:3306"),
        ] {
            let (settings, _) = read(&format!(
                "'type' => 'mysqli', 'name' => 'f', 'user' => 'u', 'password' => 'p', {server}"
            ))
            .unwrap();
            assert_eq!(settings.place(), place, "{server}");
        }
    }

    #[test]
    fn errors_name_the_file_and_the_key() {
        for (dbconfig, expected) in [
            ("'name' => 'f'", "config.php: `$PHORUM['DBCONFIG']['type']` is not set"),
            ("'type' => 'oracle', 'name' => 'f'", "config.php: the database type \"oracle\" is not known"),
            ("'type' => 'mysql', 'name' => getenv('DB')", "`$PHORUM['DBCONFIG']['name']` is computed by PHP"),
            (
                "'type' => 'mysql', 'name' => 'f', 'server' => 'db:many'",
                "config.php: server \"many\" is no port number",
            ),
            (
                "'type' => 'mysql', 'name' => 'f', 'charset' => 'utf8; DROP'",
                "charset \"utf8; DROP\" must be the name",
            ),
        ] {
            let error = read(dbconfig).unwrap_err().to_string();
            assert!(error.contains(expected), "{error}");
        }
    }
}
