//! From an application's settings to a `database_url`.

use std::fmt::Write;

use super::data_source;
use crate::{DatabaseKind, DatabaseSettings, DatabaseUrlError};

/// Where a database is, in the words of an application.
#[derive(Default, Clone, PartialEq, Eq)]
pub(super) struct Place {
    pub(super) kind: Option<DatabaseKind>,
    pub(super) host: String,
    pub(super) port: String,
    pub(super) socket: String,
    pub(super) database: String,
    pub(super) user: String,
    pub(super) password: String,
    pub(super) charset: String,
    pub(super) tls: bool,
}

/// The kind of database behind an application's word for it: `mysqli`, `pdo_mysql`, `Mysql`,
/// `Drupal\Core\Database\Driver\pgsql`, `sqlite3`.
pub fn kind_of(word: &str) -> Option<DatabaseKind> {
    let word = word.trim().to_ascii_lowercase();
    let word = word.rsplit(['\\', '/']).next().unwrap_or_default();
    [("mysql", DatabaseKind::Mysql), ("mariadb", DatabaseKind::Mysql), ("sqlite", DatabaseKind::Sqlite)]
        .into_iter()
        .chain([("postgres", DatabaseKind::Postgres), ("pgsql", DatabaseKind::Postgres)])
        .find(|(part, _)| word.contains(part))
        .map(|(_, kind)| kind)
        .or_else(|| matches!(word, "pg" | "pdo_pg" | "psql").then_some(DatabaseKind::Postgres))
}

impl Place {
    /// What an address or data source says, over what is known already.
    pub(super) fn read_url(&mut self, url: &str) -> Result<(), DatabaseUrlError> {
        let said = data_source::parse(url)?;
        let over = |old: &mut String, new: String| {
            if !new.is_empty() {
                *old = new;
            }
        };
        self.kind = said.kind.or(self.kind);
        over(&mut self.host, said.host);
        over(&mut self.port, said.port);
        over(&mut self.socket, said.socket);
        over(&mut self.database, said.database);
        over(&mut self.user, said.user);
        over(&mut self.password, said.password);
        over(&mut self.charset, said.charset);
        self.tls |= said.tls;
        Ok(())
    }

    /// The `database_url`.
    ///
    /// # Errors
    /// [`DatabaseUrlError`] saying which part is wrong.
    pub(super) fn url(&self, kind: DatabaseKind) -> Result<String, DatabaseUrlError> {
        if kind == DatabaseKind::Sqlite {
            let url = format!("sqlite:{}", encoded(&self.database, "/"));
            return DatabaseSettings::from_url(&url).map(|_| url);
        }
        let (host, port, socket) = self.server();
        let scheme = if kind == DatabaseKind::Mysql { "mysql" } else { "postgres" };
        let mut url = format!("{scheme}://");
        if !self.user.is_empty() {
            url.push_str(&encoded(&self.user, ""));
            if !self.password.is_empty() {
                let _ = write!(url, ":{}", encoded(&self.password, ""));
            }
            url.push('@');
        }
        let _ =
            if host.contains(':') { write!(url, "[{host}]") } else { write!(url, "{}", encoded(&host, "")) };
        if !port.is_empty() {
            let _ = write!(url, ":{port}");
        }
        let _ = write!(url, "/{}", encoded(&self.database, ""));
        let mut options = Vec::new();
        if !socket.is_empty() {
            options.push(format!("socket={}", encoded(&socket, "/")));
        }
        if kind == DatabaseKind::Mysql && !self.charset.is_empty() {
            options.push(format!("charset={}", charset_name(&self.charset)));
        }
        if self.tls {
            options.push("tls=require".to_owned());
        }
        if !options.is_empty() {
            let _ = write!(url, "?{}", options.join("&"));
        }
        DatabaseSettings::from_url(&url).map(|_| url)
    }

    /// Host, port and socket. PHP's database functions take a port or a socket behind the host's colon, nothing as this
    /// computer, and mysqli a `p:` before the host.
    fn server(&self) -> (String, String, String) {
        let host = self.host.trim();
        let host = host.strip_prefix("p:").unwrap_or(host);
        let (mut name, mut port, mut socket) =
            (host.to_owned(), self.port.trim().to_owned(), self.socket.trim().to_owned());
        if let Some((address, rest)) = host.strip_prefix('[').and_then(|rest| rest.split_once(']')) {
            name = address.to_owned();
            port = rest.strip_prefix(':').filter(|rest| !rest.is_empty()).unwrap_or(&port).to_owned();
        } else if host.starts_with('/') {
            (name, socket) = (String::new(), host.to_owned());
        } else if let Some((before, rest)) = host.split_once(':').filter(|(_, rest)| !is_ipv6_rest(rest)) {
            name = before.to_owned();
            // `localhost:3306:/path`, as old MySQL functions took it.
            match rest.find('/') {
                Some(at) => socket = rest[at..].to_owned(),
                None if !rest.is_empty() => port = rest.to_owned(),
                None => {}
            }
        }
        if port.starts_with('/') {
            socket = std::mem::take(&mut port);
        }
        if port == "0" {
            port.clear();
        }
        if name.is_empty() {
            name = "localhost".to_owned();
        }
        (name, port, socket)
    }
}

/// `::1` is an address, `host:3306` is not.
fn is_ipv6_rest(rest: &str) -> bool {
    rest.contains(':') && !rest.contains('/')
}

/// `UTF-8` and `utf8mb4_unicode_ci` are other words for character sets of MySQL.
fn charset_name(charset: &str) -> String {
    let plain: String = charset.trim().to_ascii_lowercase().chars().filter(|c| *c != '-').collect();
    let name = plain.split('_').next().unwrap_or_default().to_owned();
    match name.as_str() {
        "iso88591" | "iso885915" => "latin1".to_owned(),
        _ => name,
    }
}

/// Percent-encodes all but letters, digits, `-`, `_`, `.`, `~` and `also`.
pub(super) fn encoded(text: &str, also: &str) -> String {
    let mut url = String::with_capacity(text.len());
    for byte in text.bytes() {
        let plain =
            byte.is_ascii_alphanumeric() || b"-_.~".contains(&byte) || also.as_bytes().contains(&byte);
        if plain {
            url.push(char::from(byte));
        } else {
            let _ = write!(url, "%{byte:02X}");
        }
    }
    url
}

#[cfg(test)]
mod tests {
    use super::*;

    fn place(host: &str, port: &str) -> String {
        let place = Place {
            host: host.into(),
            port: port.into(),
            database: "d".into(),
            user: "u".into(),
            password: "p@:/%".into(),
            ..Place::default()
        };
        place.url(DatabaseKind::Mysql).unwrap()
    }

    #[test]
    fn hosts_carry_ports_and_sockets_as_in_php() {
        for (host, port, url) in [
            ("", "", "localhost/d"),
            ("db", "", "db/d"),
            ("db", "3307", "db:3307/d"),
            ("db:3308", "", "db:3308/d"),
            ("db:3308", "0", "db:3308/d"),
            ("p:db", "", "db/d"),
            ("localhost:/run/my.sock", "", "localhost/d?socket=/run/my.sock"),
            ("localhost:3306:/run/my.sock", "", "localhost/d?socket=/run/my.sock"),
            (":/run/my.sock", "", "localhost/d?socket=/run/my.sock"),
            ("/run/my.sock", "", "localhost/d?socket=/run/my.sock"),
            ("localhost", "/run/my.sock", "localhost/d?socket=/run/my.sock"),
            ("::1", "3306", "[::1]:3306/d"),
            ("[::1]:3307", "", "[::1]:3307/d"),
        ] {
            assert_eq!(place(host, port), format!("mysql://u:p%40%3A%2F%25@{url}"), "{host} {port}");
        }
    }

    #[test]
    fn words_for_kinds_are_understood() {
        for (words, kind) in [
            (
                "mysql mysqli MySQL pdo_mysql mysql2 MariaDB nativemysqli Pdo_Mysql com.mysql.jdbc.Driver",
                DatabaseKind::Mysql,
            ),
            (r"phpbb\db\driver\mysqli Drupal\mysql\Driver\Database\mysql", DatabaseKind::Mysql),
            ("pgsql postgres postgresql Pdo_Pgsql pg psql postgres8", DatabaseKind::Postgres),
            ("sqlite sqlite3 pdo_sqlite SQLite3", DatabaseKind::Sqlite),
        ] {
            for word in words.split(' ') {
                assert_eq!(kind_of(word), Some(kind), "{word}");
            }
        }
        for word in ["", "oci8", "mssqlnative", "db2"] {
            assert_eq!(kind_of(word), None, "{word}");
        }
    }

    #[test]
    fn character_sets_have_many_names() {
        for (charset, name) in [
            ("UTF-8", "utf8"),
            ("utf8mb4_unicode_ci", "utf8mb4"),
            ("ISO-8859-1", "latin1"),
            ("latin1", "latin1"),
        ] {
            assert_eq!(charset_name(charset), name);
        }
    }

    proptest::proptest! {
        #[test]
        fn whatever_an_address_is_made_of_is_read_back(
            host in "[a-z0-9.-]{1,20}", user in ".{1,12}", password in ".{0,20}", database in ".{1,12}",
        ) {
            use secrecy::ExposeSecret;
            let place = Place { host, user, password, database, ..Place::default() };
            let url = place.url(DatabaseKind::Postgres).unwrap();
            let read = DatabaseSettings::from_url(&url).unwrap();
            proptest::prop_assert_eq!(&read.user, &place.user);
            proptest::prop_assert_eq!(read.password.expose_secret(), &place.password);
            proptest::prop_assert_eq!(&read.database, &place.database);
        }
    }
}
