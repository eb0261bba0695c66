//! From the configuration to a database and a table prefix.

use std::path::{Path, PathBuf};

use portico_auth_sql::php_config::{PhpConfig, PhpConfigError};
use portico_auth_sql::{DatabaseKind, DatabaseSettings, DatabaseUrlError, Host, InvalidPrefix, TablePrefix};
use secrecy::ExposeSecret;

use crate::PhpbbConfig;

/// Why a configuration can't work.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ConfigError {
    /// Neither or both of the two ways to name the database.
    #[error("give either `config_php` (the board's config.php) or `database_url`{0}")]
    NotOneDatabase(&'static str),
    /// `table_prefix` stands in `config.php` already.
    #[error("`table_prefix` belongs to `database_url`; with `config_php` it is read from there")]
    PrefixWithConfigPhp,
    /// The address is wrong.
    #[error(transparent)]
    Url(#[from] DatabaseUrlError),
    /// The prefix is wrong.
    #[error(transparent)]
    Prefix(#[from] InvalidPrefix),
    /// The board's file can't be used.
    #[error("config_php: {0}")]
    PhpConfig(#[from] PhpConfigError),
    /// The board is on a database that Portico can't ask.
    #[error(
        "config_php: {file}: `$dbms` is `{dbms}`; Portico reads boards on MySQL, MariaDB, PostgreSQL and SQLite 3"
    )]
    Dbms {
        /// The file.
        file: String,
        /// What stands there.
        dbms: String,
    },
    /// `url` is no address of a web page.
    #[error("url: expected the public address of the board, like https://forum.example.org/phpbb/")]
    BoardUrl,
    /// `cookie_name` is no beginning of a cookie's name.
    #[error(
        "cookie_name: expected the board's setting, letters, digits, `_`, `-` and `.`, like phpbb3_x7k2q"
    )]
    CookieName,
}

/// What is known before the first connection.
#[derive(Debug)]
pub(crate) struct Settings {
    pub(crate) database: DatabaseSettings,
    pub(crate) prefix: TablePrefix,
    /// With a slash at its end.
    pub(crate) board_url: Option<String>,
}

impl Settings {
    /// Reads the configuration, and the board's own if it is named there. `resolve` makes relative paths absolute.
    pub(crate) fn read(
        config: &PhpbbConfig,
        resolve: impl Fn(&Path) -> PathBuf,
    ) -> Result<Self, ConfigError> {
        let board_url = config.url.as_deref().map(board_url).transpose()?;
        let (database, prefix) = match (&config.config_php, &config.database_url) {
            (Some(_), Some(_)) => return Err(ConfigError::NotOneDatabase(", not both")),
            (None, None) => return Err(ConfigError::NotOneDatabase("")),
            (None, Some(url)) => {
                let mut database = DatabaseSettings::from_url(url.expose_secret())?;
                if database.kind() == DatabaseKind::Sqlite {
                    database = DatabaseSettings::sqlite(resolve(Path::new(database.database())));
                }
                (database, TablePrefix::new(config.table_prefix.as_deref().unwrap_or("phpbb_"))?)
            }
            (Some(path), None) => {
                if config.table_prefix.is_some() {
                    return Err(ConfigError::PrefixWithConfigPhp);
                }
                let path = resolve(path);
                from_config_php(&PhpConfig::read(&path)?, path.parent().unwrap_or(Path::new(".")))?
            }
        };
        Ok(Self { database, prefix, board_url })
    }
}

/// The database of a board's `config.php`, which stands in the folder `folder`.
fn from_config_php(php: &PhpConfig, folder: &Path) -> Result<(DatabaseSettings, TablePrefix), ConfigError> {
    let dbms = php.required_text(&["dbms"])?;
    let host = php.text(&["dbhost"])?.unwrap_or_default();
    let prefix = TablePrefix::new(&php.text(&["table_prefix"])?.unwrap_or_default())?;
    // 3.1 and later write a class: phpbb\db\driver\mysqli.
    let driver = dbms.rsplit('\\').next().unwrap_or_default().to_ascii_lowercase();
    let (kind, default_port) = match driver.as_str() {
        "mysql" | "mysql4" | "mysqli" => (DatabaseKind::Mysql, 3306),
        "postgres" | "postgres7" => (DatabaseKind::Postgres, 5432),
        "sqlite3" => {
            let database = DatabaseSettings::sqlite(folder.join(host)).with_origin(php.file());
            return Ok((database, prefix));
        }
        _ => return Err(ConfigError::Dbms { file: php.file().to_owned(), dbms }),
    };
    let port = php.text(&["dbport"])?.unwrap_or_default();
    let host = place(&host, &port, default_port);
    let name = php.required_text(&["dbname"])?;
    let user = php.text(&["dbuser"])?.unwrap_or_default();
    let password = php.text(&["dbpasswd"])?.unwrap_or_default();
    let database = DatabaseSettings::server(kind, host, user, password, name).with_origin(php.file());
    Ok((database, prefix))
}

/// Server and port as phpBB reads them: an empty host is this computer, the port may be a socket, and the host may carry
/// either behind a colon.
fn place(host: &str, port: &str, default_port: u16) -> Host {
    let (host, port) = match host.split_once(':') {
        Some((name, rest)) if port.is_empty() && !rest.contains(':') => (name, rest),
        _ => (host, port),
    };
    if port.starts_with('/') {
        return Host::Socket(PathBuf::from(port), default_port);
    }
    if host.starts_with('/') {
        return Host::Socket(PathBuf::from(host), port.parse().unwrap_or(default_port));
    }
    let host = if host.is_empty() { "localhost" } else { host };
    Host::Tcp(host.to_owned(), port.parse().unwrap_or(default_port))
}

fn board_url(url: &str) -> Result<String, ConfigError> {
    let rest = url.strip_prefix("https://").or_else(|| url.strip_prefix("http://")).unwrap_or_default();
    let plain = !rest.is_empty() && !rest.starts_with('/') && !rest.contains(['?', '#', ' ', '"', '<', '>']);
    if !plain || rest.contains(char::is_control) {
        return Err(ConfigError::BoardUrl);
    }
    Ok(format!("{}/", url.trim_end_matches('/')))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(php: &str) -> Result<(DatabaseSettings, TablePrefix), ConfigError> {
        from_config_php(&PhpConfig::parse("config.php", php.as_bytes()), Path::new("/var/www"))
    }

    #[test]
    fn the_config_php_of_3_3_is_read() {
        let (database, prefix) = read(
            r"<?php $dbms = 'phpbb\\db\\driver\\mysqli'; $dbhost = '127.0.0.1'; $dbport = ''; $dbname = 'forum';
            $dbuser = 'u'; $dbpasswd = 's3cret'; $table_prefix = 'phpbb_'; @define('PHPBB_INSTALLED', true);",
        )
        .unwrap();
        assert_eq!((database.kind(), database.place().as_str()), (DatabaseKind::Mysql, "127.0.0.1:3306"));
        assert_eq!(database.database(), "forum");
        assert_eq!(database.origin(), "config.php");
        assert_eq!(prefix.as_str(), "phpbb_");
        assert!(!format!("{database:?}").contains("s3cret"));
    }

    #[test]
    fn the_config_php_of_2_0_and_3_0_is_read() {
        let (database, _) = read(
            "<?php\n$dbms = 'postgres7';\n\n$dbhost = 'db';\n$dbname = 'forum';\n$dbuser = 'u';\n$dbpasswd = '';\n\
             $table_prefix = 'phpbb_';\ndefine('PHPBB_INSTALLED', true);\n?>",
        )
        .unwrap();
        assert_eq!(database.place(), "db:5432");
    }

    #[test]
    fn sockets_ports_and_files_are_read_as_phpbb_reads_them() {
        for (host, port, place) in [
            ("", "", "localhost:3306"),
            ("h", "3307", "h:3307"),
            ("h:3308", "", "h:3308"),
            ("localhost", "/run/my.sock", "/run/my.sock"),
            ("localhost:/run/my.sock", "", "/run/my.sock"),
            ("::1", "3306", "[::1]:3306"),
        ] {
            let php = format!("<?php $dbms='mysqli'; $dbhost='{host}'; $dbport='{port}'; $dbname='f';");
            assert_eq!(read(&php).unwrap().0.place(), place, "{host} {port}");
        }
        let sqlite =
            read("<?php $dbms='phpbb\\\\db\\\\driver\\\\sqlite3'; $dbhost='store/board.db';").unwrap().0;
        assert_eq!(sqlite.place(), "/var/www/store/board.db");
    }

    #[test]
    fn another_database_is_named() {
        let error = read("<?php $dbms='mssqlnative'; $dbname='f';").unwrap_err().to_string();
        assert!(error.contains("`mssqlnative`") && error.contains("config.php"), "{error}");
    }

    #[test]
    fn a_computed_password_is_named_with_its_line() {
        let error =
            read("<?php\n$dbms='mysqli'; $dbname='f';\n$dbpasswd = getenv('PW');").unwrap_err().to_string();
        assert!(error.contains("line 3") && error.contains("`$dbpasswd`"), "{error}");
    }

    #[test]
    fn an_address_of_the_board_is_a_web_address() {
        assert_eq!(board_url("https://f.example.org/phpbb").unwrap(), "https://f.example.org/phpbb/");
        for wrong in ["", "f.example.org", "ftp://x", "https://", "https://x/?a", "javascript:alert(1)"] {
            assert!(board_url(wrong).is_err(), "{wrong}");
        }
    }
}
