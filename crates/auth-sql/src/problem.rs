//! What went wrong with a query, and in which words an administrator hears of it.

use portico_core::auth::{AuthError, BoxError};

use crate::{DatabaseKind, DatabaseSettings};

/// A failed connection or query, sorted by what can be done about it.
#[derive(Debug)]
pub(crate) struct Problem {
    pub(crate) what: What,
    /// The driver's or server's own words; kept out of what may hold values of parameters.
    pub(crate) source: Option<BoxError>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum What {
    /// Nobody answers, or the answer stopped.
    Unreachable,
    /// The server answers that it can't work now: too many connections, starting up, locked.
    Busy,
    /// The user or the password is refused.
    RefusedUser,
    /// The address that we come from is refused.
    RefusedHost,
    /// There is no such database.
    UnknownDatabase,
    /// A table is missing; its name if the server said it.
    MissingTable(Option<String>),
    /// A column is missing; its name if the server said it.
    MissingColumn(Option<String>),
    /// Reading is not granted; the server's sentence.
    Denied(String),
    /// Reading one column is not granted. MySQL says so of columns that don't exist, too, to users with grants on
    /// columns only.
    DeniedColumn(String),
    /// Something in the settings can't work: the sentence says what.
    Setting(String),
    /// A parameter is a text that the column's character set doesn't have, so no row can hold it.
    Unrepresentable,
    /// Anything else; a sentence without values.
    Other(String),
}

impl Problem {
    pub(crate) fn new(what: What, source: impl Into<BoxError>) -> Self {
        Self { what, source: Some(source.into()) }
    }

    pub(crate) fn without_source(what: What) -> Self {
        Self { what, source: None }
    }

    /// Whether the connection that it happened on is of no use any more.
    pub(crate) fn ends_the_connection(&self) -> bool {
        matches!(self.what, What::Unreachable | What::Busy)
    }

    pub(crate) fn into_auth_error(self, settings: &DatabaseSettings) -> AuthError {
        let place = settings.place();
        let database = settings.database();
        let origin = settings.origin();
        let user = &settings.user;
        let misconfigured = |what: String, source| AuthError::Misconfigured { what, source };
        match self.what {
            What::Unreachable if settings.kind() == DatabaseKind::Sqlite => AuthError::Unavailable {
                what: format!(
                    "the SQLite file {place} can't be opened: does it exist, and may Portico read it? ({origin})"
                ),
                retry_after: None,
                source: self.source,
            },
            What::Unreachable => AuthError::Unavailable {
                what: format!("the database server at {place} can't be reached"),
                retry_after: None,
                source: self.source,
            },
            What::Busy => AuthError::Unavailable {
                what: format!("the database at {place} can't answer now"),
                retry_after: None,
                source: self.source,
            },
            What::RefusedUser => misconfigured(
                format!(
                    "the database server at {place} refuses the user `{user}`: correct user and password in {origin}"
                ),
                self.source,
            ),
            What::RefusedHost => misconfigured(
                format!(
                    "the database server at {place} refuses connections from this computer: allow it for the user `{user}`"
                ),
                self.source,
            ),
            What::UnknownDatabase => misconfigured(
                format!(
                    "there is no database `{database}` at {place}, or the user `{user}` may not use it: correct {origin}"
                ),
                self.source,
            ),
            What::MissingTable(table) => misconfigured(
                format!(
                    "{} is missing in the database `{database}`: correct table_prefix or the database in {origin}",
                    named("table", table)
                ),
                self.source,
            ),
            What::MissingColumn(column) => misconfigured(
                format!(
                    "{} is missing in the database `{database}`: is it a version of the application that Portico doesn't know?",
                    named("column", column)
                ),
                self.source,
            ),
            What::Denied(sentence) | What::DeniedColumn(sentence) => misconfigured(
                format!(
                    "the database user `{user}` may not read all that a login needs: {sentence}; \
                     grant it: GRANT SELECT ON <table> TO {user}"
                ),
                self.source,
            ),
            What::Setting(sentence) => misconfigured(format!("{sentence} ({origin})"), self.source),
            What::Unrepresentable => {
                AuthError::inconsistent("the database can't hold a text that it was asked for")
            }
            What::Other(sentence) => AuthError::inconsistent(format!(
                "the database `{database}` at {place} refused a query: {sentence}"
            )),
        }
    }
}

fn named(kind: &str, name: Option<String>) -> String {
    match name {
        Some(name) => format!("the {kind} `{name}`"),
        None => format!("a {kind}"),
    }
}

/// The first text of `message` that stands between two `quote` characters.
pub(crate) fn quoted(message: &str, quote: char) -> Option<String> {
    let (_, rest) = message.split_once(quote)?;
    let (inner, _) = rest.split_once(quote)?;
    (!inner.is_empty()).then(|| inner.to_owned())
}
