//! MySQL and MariaDB through mysql_async, which still speaks to servers of 2004.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use mysql_async::prelude::Queryable;
use mysql_async::{Conn, Error, Opts, OptsBuilder, Params, ServerError, SslOpts, Value};
use secrecy::ExposeSecret;

use crate::problem::{Problem, What, quoted};
use crate::{Cell, DatabaseSettings, Host, Param, Row, Tls};

/// Where servers on this computer have their socket: PHP takes `localhost` for it, and accounts are often bound to it.
const SOCKETS: [&str; 4] = [
    "/run/mysqld/mysqld.sock",
    "/var/run/mysqld/mysqld.sock",
    "/var/lib/mysql/mysql.sock",
    "/tmp/mysql.sock",
];

/// A connection whose session can't write.
pub(crate) struct Mysql {
    conn: Conn,
    /// Bytes that are no UTF-8 are windows-1252: MySQL's "latin1".
    latin1: bool,
}

impl Mysql {
    pub(crate) async fn open(settings: &DatabaseSettings) -> Result<Self, Problem> {
        let mut conn = Conn::new(options(settings)).await.map_err(problem)?;
        if let Some(charset) = &settings.charset {
            // A checked name; statements of this kind take no parameters.
            conn.query_drop(format!("SET NAMES {charset}")).await.map_err(problem)?;
        }
        // Older servers have no read-only sessions; there the account's grants must do.
        if conn.server_version() >= (5, 6, 5) {
            conn.query_drop("SET SESSION TRANSACTION READ ONLY").await.map_err(problem)?;
        }
        let latin1 = settings.charset.as_deref().is_some_and(|charset| !charset.starts_with("utf8"));
        Ok(Self { conn, latin1 })
    }

    pub(crate) async fn query(&mut self, sql: &str, params: &[Param]) -> Result<Vec<Row>, Problem> {
        let params = match params {
            [] => Params::Empty,
            params => Params::Positional(params.iter().map(bound).collect()),
        };
        let rows: Vec<mysql_async::Row> = self.conn.exec(sql, params).await.map_err(problem)?;
        let Some(first) = rows.first() else {
            return Ok(Vec::new());
        };
        let columns: Arc<[String]> =
            first.columns_ref().iter().map(|column| column.name_str().into_owned()).collect();
        let latin1 = self.latin1;
        let row = |row: mysql_async::Row| {
            Row::new(
                Arc::clone(&columns),
                row.unwrap().into_iter().map(|value| cell(value, latin1)).collect(),
            )
        };
        Ok(rows.into_iter().map(row).collect())
    }
}

fn options(settings: &DatabaseSettings) -> Opts {
    let mut options = OptsBuilder::default()
        .user(Some(settings.user.clone()))
        .pass(Some(settings.password.expose_secret()))
        .db_name(Some(settings.database.clone()))
        .prefer_socket(false)
        .tcp_keepalive(Some(Duration::from_secs(60)));
    options = match &settings.host {
        Host::Socket(path, _) => options.socket(Some(path.to_string_lossy())),
        Host::Tcp(host, port) => match local_socket(host, *port) {
            Some(path) => options.socket(Some(path.to_string_lossy())),
            None => options.ip_or_hostname(host.clone()).tcp_port(*port),
        },
    };
    if settings.tls == Tls::Require {
        let roots = settings.tls_ca.iter().map(|file| file.clone().into()).collect();
        options = options.ssl_opts(SslOpts::default().with_root_certs(roots));
    }
    options.into()
}

fn local_socket(host: &str, port: u16) -> Option<PathBuf> {
    let local = host.eq_ignore_ascii_case("localhost") && port == 3306;
    local.then(|| SOCKETS.iter().map(Path::new).find(|path| path.exists()).map(Path::to_owned)).flatten()
}

fn bound(param: &Param) -> Value {
    match param {
        Param::Text(text) => Value::Bytes(text.clone().into_bytes()),
        Param::Int(number) => Value::Int(*number),
        Param::Bytes(bytes) => Value::Bytes(bytes.clone()),
    }
}

fn cell(value: Value, latin1: bool) -> Cell {
    match value {
        Value::NULL => Cell::Null,
        Value::Int(number) => Cell::Int(number),
        Value::UInt(number) => {
            i64::try_from(number).map_or_else(|_| Cell::Text(number.to_string()), Cell::Int)
        }
        Value::Float(number) => Cell::Float(number.into()),
        Value::Double(number) => Cell::Float(number),
        Value::Bytes(bytes) => match String::from_utf8(bytes) {
            Ok(text) => Cell::Text(text),
            Err(error) if latin1 => Cell::Text(windows_1252(error.as_bytes())),
            Err(error) => Cell::Bytes(error.into_bytes()),
        },
        Value::Date(year, month, day, hour, minute, second, micros) => {
            let fraction = if micros == 0 { String::new() } else { format!(".{micros:06}") };
            Cell::Text(format!("{year:04}-{month:02}-{day:02} {hour:02}:{minute:02}:{second:02}{fraction}"))
        }
        Value::Time(negative, days, hours, minutes, seconds, _) => {
            let sign = if negative { "-" } else { "" };
            Cell::Text(format!("{sign}{:02}:{minutes:02}:{seconds:02}", days * 24 + u32::from(hours)))
        }
    }
}

/// The upper half of windows-1252 (the table of the Unicode consortium's CP1252.TXT); the five bytes that it leaves
/// open are control characters, as in MySQL.
fn windows_1252(bytes: &[u8]) -> String {
    const HIGH: [char; 32] = [
        '€', '\u{81}', '‚', 'ƒ', '„', '…', '†', '‡', 'ˆ', '‰', 'Š', '‹', 'Œ', '\u{8D}', 'Ž', '\u{8F}',
        '\u{90}', '‘', '’', '“', '”', '•', '–', '—', '˜', '™', 'š', '›', 'œ', '\u{9D}', 'ž', 'Ÿ',
    ];
    bytes
        .iter()
        .map(|&byte| match byte {
            0x80..=0x9F => HIGH.get(usize::from(byte) - 0x80).copied().unwrap_or(char::REPLACEMENT_CHARACTER),
            _ => char::from(byte),
        })
        .collect()
}

/// Sorts an error; numbers are those of MySQL's and MariaDB's `mysqld_error.h`.
fn problem(error: Error) -> Problem {
    let what = match &error {
        Error::Server(server) => server_problem(server),
        Error::Driver(driver) => match driver {
            mysql_async::DriverError::ConnectionClosed
            | mysql_async::DriverError::PoolDisconnected
            | mysql_async::DriverError::PacketOutOfOrder => What::Unreachable,
            mysql_async::DriverError::UnknownAuthPlugin { .. }
            | mysql_async::DriverError::MysqlOldPasswordDisabled
            | mysql_async::DriverError::CleartextPluginDisabled
            | mysql_async::DriverError::NoClientSslFlagFromServer => What::Setting(driver.to_string()),
            _ => What::Other("the server's answer could not be understood".to_owned()),
        },
        Error::Io(mysql_async::IoError::Tls(_)) | Error::Url(_) => What::Setting(error.to_string()),
        Error::Io(_) => What::Unreachable,
        Error::Other(_) => What::Other("the driver failed".to_owned()),
    };
    // Texts of the server may quote values; of these only the number is kept.
    if matches!(what, What::Other(_) | What::Unrepresentable) {
        return Problem::without_source(what);
    }
    Problem::new(what, error)
}

fn server_problem(error: &ServerError) -> What {
    match error.code {
        // Too many connections (of all, of this user, in this hour), shutting down, killed.
        1040 | 1203 | 1226 | 1053 | 1077 | 1079 | 1152 | 1158..=1161 | 1317 | 1927 | 3168 | 4031 => {
            What::Busy
        }
        // Lock waits, deadlocks, statement time-outs.
        1205 | 1213 | 1969 | 3024 => What::Busy,
        1045 | 1698 | 1820 | 1862 | 4151 => What::RefusedUser,
        1129 | 1130 => What::RefusedHost,
        1044 | 1049 => What::UnknownDatabase,
        1146 | 1109 => What::MissingTable(quoted(&error.message, '\'').map(|name| last_part(&name))),
        1054 => What::MissingColumn(quoted(&error.message, '\'').map(|name| last_part(&name))),
        1143 => What::DeniedColumn(error.message.clone()),
        1142 | 1227 | 1370 => What::Denied(error.message.clone()),
        1115 => What::Setting("the server does not know the `charset`".to_owned()),
        // "Illegal mix of collations" with a COERCIBLE side, "Cannot convert string": the parameter does not fit.
        1267 | 1270 | 1271 if error.message.contains("COERCIBLE") => What::Unrepresentable,
        1366 | 3854 | 3988 => What::Unrepresentable,
        code => What::Other(format!("MySQL error {code}")),
    }
}

/// `phpbb_users` of `forum.phpbb_users`.
fn last_part(name: &str) -> String {
    name.rsplit('.').next().unwrap_or(name).to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn windows_1252_gives_its_characters() {
        assert_eq!(windows_1252(b"caf\xE9 \x80"), "café €");
    }

    #[test]
    fn the_names_of_what_is_missing_are_found_in_the_servers_texts() {
        let error =
            |code, message: &str| ServerError { code, message: message.to_owned(), state: String::new() };
        assert_eq!(
            server_problem(&error(1146, "Table 'forum.phpbb_users' doesn't exist")),
            What::MissingTable(Some("phpbb_users".into()))
        );
        assert_eq!(
            server_problem(&error(1054, "Unknown column 'u.user_type' in 'field list'")),
            What::MissingColumn(Some("user_type".into()))
        );
        let both =
            "Illegal mix of collations (utf8_bin,IMPLICIT) and (utf8_general_ci,IMPLICIT) for operation '='";
        assert_eq!(server_problem(&error(1267, both)), What::Other("MySQL error 1267".into()));
    }
}
