//! Addresses and data sources in one text, as applications write them: URLs, JDBC, PDO, Go's MySQL driver, libpq.

use super::place::{Place, kind_of};
use crate::{DatabaseKind, DatabaseUrlError};

fn wrong(what: &str) -> DatabaseUrlError {
    DatabaseUrlError { what: what.to_owned() }
}

/// What the text says. Parts that it doesn't name stay empty.
pub(super) fn parse(text: &str) -> Result<Place, DatabaseUrlError> {
    let text = text.trim();
    let text = text.strip_prefix("jdbc:").unwrap_or(text);
    if let Some((scheme, rest)) = text.split_once("://").filter(|(scheme, _)| is_scheme(scheme)) {
        return address(scheme, rest);
    }
    if text.contains("@tcp(") || text.contains("@unix(") {
        return go(text);
    }
    if let Some((scheme, rest)) =
        text.split_once(':').filter(|(scheme, _)| kind_of(scheme).is_some() && is_scheme(scheme))
    {
        return match kind_of(scheme) {
            Some(DatabaseKind::Sqlite) => Ok(sqlite(rest)),
            kind if rest.contains('=') => Ok(Place { kind, ..named_parts(rest, ';') }),
            // `jdbc:postgresql:name`
            kind => Ok(Place {
                kind,
                database: decoded(rest.split('?').next().unwrap_or_default())?,
                ..Place::default()
            }),
        };
    }
    if text.contains("@/") {
        return go(text);
    }
    if text.contains("dbname=") {
        return Ok(Place { kind: Some(DatabaseKind::Postgres), ..named_parts(text, ' ') });
    }
    Err(wrong("it is no address of a database"))
}

fn is_scheme(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|b| b.is_ascii_alphanumeric() || b"+-._".contains(&b))
}

fn sqlite(path: &str) -> Place {
    let path = path.split('?').next().unwrap_or_default();
    Place { kind: Some(DatabaseKind::Sqlite), database: path.to_owned(), ..Place::default() }
}

/// `scheme://user:password@host:port/database?options`
fn address(scheme: &str, rest: &str) -> Result<Place, DatabaseUrlError> {
    let scheme = scheme.split('+').next().unwrap_or_default();
    let kind = kind_of(scheme).ok_or_else(|| wrong("its scheme is not known"))?;
    if kind == DatabaseKind::Sqlite {
        return Ok(sqlite(rest));
    }
    let (rest, options) = rest.split_once('?').unwrap_or((rest, ""));
    // The last `@` and the `/` behind it: passwords with unencoded ones are common.
    let (account, server) = rest.rsplit_once('@').unwrap_or(("", rest));
    let (host, database) = server.split_once('/').unwrap_or((server, ""));
    let (user, password) = account.split_once(':').unwrap_or((account, ""));
    let mut place = Place {
        kind: Some(kind),
        host: decoded(host)?,
        database: decoded(database)?,
        user: decoded(user)?,
        password: decoded(password)?,
        ..Place::default()
    };
    for (key, value) in pairs(options, '&') {
        set(&mut place, key, &decoded(value)?);
    }
    Ok(place)
}

/// `user:password@tcp(host:port)/database?options`
fn go(text: &str) -> Result<Place, DatabaseUrlError> {
    let (account, rest) = ["@tcp(", "@unix(", "@/"]
        .into_iter()
        .find_map(|at| text.rfind(at).map(|place| (&text[..place], &text[place + 1..])))
        .ok_or_else(|| wrong("it is no address of a database"))?;
    let (server, database) = match rest.split_once('(') {
        Some((_, rest)) => rest.split_once(")/").ok_or_else(|| wrong("`)/` and the database are missing"))?,
        None => ("", rest.trim_start_matches('/')),
    };
    let (user, password) = account.split_once(':').unwrap_or((account, ""));
    let database = database.split('?').next().unwrap_or_default();
    Ok(Place {
        kind: Some(DatabaseKind::Mysql),
        host: server.to_owned(),
        user: user.to_owned(),
        password: password.to_owned(),
        database: database.to_owned(),
        ..Place::default()
    })
}

/// `host=…;dbname=…`, also with spaces and quotes as libpq takes them.
fn named_parts(text: &str, between: char) -> Place {
    let mut place = Place::default();
    for (key, value) in pairs(text, between) {
        set(&mut place, key, value.trim_matches('\''));
    }
    place
}

fn pairs(text: &str, between: char) -> impl Iterator<Item = (&str, &str)> {
    text.split(between).filter_map(|pair| pair.split_once('=')).map(|(key, value)| (key.trim(), value.trim()))
}

/// Options of the drivers; those that don't say where the database is are passed over.
fn set(place: &mut Place, key: &str, value: &str) {
    let value = value.to_owned();
    match key.to_ascii_lowercase().as_str() {
        "host" | "server" => place.host = value,
        "port" => place.port = value,
        "unix_socket" | "socket" => place.socket = value,
        "dbname" | "database" => place.database = value,
        "user" | "username" => place.user = value,
        "password" => place.password = value,
        "charset" => place.charset = value,
        "sslmode" | "ssl-mode" => {
            place.tls = value.starts_with("verify") || value.eq_ignore_ascii_case("require")
        }
        _ => {}
    }
}

/// Undoes percent-encoding; a `%` that begins no code is itself.
fn decoded(text: &str) -> Result<String, DatabaseUrlError> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((&byte, after)) = rest.split_first() {
        let digit = |at: usize| after.get(at).and_then(|digit| char::from(*digit).to_digit(16));
        let code = if byte == b'%' { digit(0).zip(digit(1)) } else { None };
        match code {
            Some((high, low)) => {
                bytes.push(u8::try_from(high * 16 + low).unwrap_or_default());
                rest = after.get(2..).unwrap_or_default();
            }
            None => {
                bytes.push(byte);
                rest = after;
            }
        }
    }
    String::from_utf8(bytes).map_err(|_| wrong("it is not UTF-8 after percent-decoding"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn data_sources_of_many_drivers_are_read() {
        for (text, url) in [
            (
                "mysql://u:p@h:3307/d?serverVersion=8.0&charset=utf8mb4",
                "mysql://u:p@h:3307/d?charset=utf8mb4",
            ),
            ("mysqli://u:p@localhost/d", "mysql://u:p@localhost/d"),
            ("postgresql://u:p@h/d?sslmode=require&connect_timeout=10", "postgres://u:p@h/d?tls=require"),
            ("postgres://u:p@h/d?sslmode=disable", "postgres://u:p@h/d"),
            ("mysql+pymysql://u:p%2Fx@h/d", "mysql://u:p%2Fx@h/d"),
            ("jdbc:mysql://h:3306/d?user=u&password=p&useSSL=false", "mysql://u:p@h:3306/d"),
            ("jdbc:postgresql:d", "postgres://localhost/d"),
            ("mysql:host=h;port=3307;dbname=d;charset=utf8", "mysql://h:3307/d?charset=utf8"),
            ("mysql:unix_socket=/run/s;dbname=d", "mysql://localhost/d?socket=/run/s"),
            ("pgsql:host=h;dbname=d", "postgres://h/d"),
            ("u:p@tcp(h:3307)/d?charset=utf8mb4", "mysql://u:p@h:3307/d"),
            ("u:p@w@unix(/run/s)/d", "mysql://u:p%40w@localhost/d?socket=/run/s"),
            ("host=h port=5433 user=u password=pw dbname=d sslmode=disable", "postgres://u:pw@h:5433/d"),
            ("sqlite:///var/d.db", "sqlite:/var/d.db"),
            ("sqlite:/var/d.db", "sqlite:/var/d.db"),
        ] {
            let place = parse(text).unwrap();
            assert_eq!(place.url(place.kind.unwrap()).unwrap(), url, "{text}");
        }
    }

    #[test]
    fn what_is_no_address_is_refused_without_repeating_it() {
        for text in ["", "s3cret", "oracle://u:s3cret@h/d", "u:s3cret@tcp(h"] {
            let error = match parse(text) {
                Ok(_) => panic!("{text}"),
                Err(error) => error.to_string(),
            };
            assert!(!error.contains("s3cret"), "{error}");
        }
    }

    proptest::proptest! {
        #[test]
        fn any_text_is_read_or_refused_without_a_panic(text in ".{0,60}", scheme in "(mysql:|jdbc:pg:|u@tcp\\(|pgsql://)") {
            let _ = parse(&text);
            let _ = parse(&format!("{scheme}{text}"));
        }
    }
}
