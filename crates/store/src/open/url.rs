//! What can be told from a database's URL.

use super::OpenError;
use crate::sql_store::Kind;

/// `url` without its password and query: fit for a log.
///
/// What stands between the first colon of the user part and the last `@` goes, so that an unescaped `/` or `@` inside a
/// password shows nothing of it.
pub fn redacted_url(url: &str) -> String {
    let Some((scheme, rest)) = url.split_once("://") else {
        return url.split('?').next().unwrap_or_default().to_owned();
    };
    // The query is cut after the user part: a password may hold a `?`.
    let (user, place) = match rest.rsplit_once('@') {
        Some((user, place)) => (user.split([':', '?']).next(), place),
        None => (None, rest),
    };
    let place = place.split('?').next().unwrap_or_default();
    match user {
        Some(user) => format!("{scheme}://{user}@{place}"),
        None => format!("{scheme}://{place}"),
    }
}

/// The database that the URL's scheme names.
pub(super) fn kind_of(url: &str) -> Result<Kind, OpenError> {
    match url.split_once(':').map(|(scheme, _)| scheme) {
        Some("sqlite") => Ok(Kind::Sqlite),
        Some("mysql" | "mariadb") => Ok(Kind::MySql),
        Some("postgres" | "postgresql") => Ok(Kind::Postgres),
        _ => Err(OpenError::UnknownScheme { url: redacted_url(url) }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_part_of_a_password_is_shown() {
        for (url, shown) in [
            ("mysql://chat:s3cret@db.example.org/chat", "mysql://chat@db.example.org/chat"),
            ("mysql://chat:s3/cr@e?t@db.example.org:3306/chat", "mysql://chat@db.example.org:3306/chat"),
            ("postgres://chat@db/chat?password=s3cret", "postgres://chat@db/chat"),
            ("sqlite:///var/lib/portico.db", "sqlite:///var/lib/portico.db"),
            ("sqlite::memory:", "sqlite::memory:"),
        ] {
            assert_eq!(redacted_url(url), shown);
        }
        for tricky in
            ["postgres:///chat?password=s3cret@home", "postgres:///chat?user=a:b&password=s3cret@home"]
        {
            let shown = redacted_url(tricky);
            assert!(!shown.contains("s3cret"), "{shown}");
        }
    }

    #[test]
    fn an_unknown_scheme_is_told_what_is_known() {
        let error = kind_of("oracle://chat:s3cret@db/chat").unwrap_err().to_string();
        assert!(error.contains("sqlite") && error.contains("mysql") && error.contains("postgres"), "{error}");
        assert!(!error.contains("s3cret"), "{error}");
    }
}
