//! What differs between the databases in the text of a statement.

use std::fmt;

use crate::DatabaseKind;

/// The beginning of an application's table names: `phpbb_`. Only `A-Z a-z 0-9 _`, because names can't be bound
/// as parameters.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct TablePrefix(String);

/// A prefix with other characters than letters, digits and `_`, or one that is too long.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("table_prefix {0:?} may consist of A-Z, a-z, 0-9 and _ only, 48 at most")]
pub struct InvalidPrefix(pub String);

impl TablePrefix {
    /// Checks a prefix; the empty one is valid.
    ///
    /// # Errors
    /// [`InvalidPrefix`]
    pub fn new(prefix: &str) -> Result<Self, InvalidPrefix> {
        let fits = prefix.len() <= 48 && prefix.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_');
        if fits { Ok(Self(prefix.to_owned())) } else { Err(InvalidPrefix(prefix.to_owned())) }
    }

    /// The prefix.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for TablePrefix {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// The spelling of statements that a kind of database wants.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Dialect(DatabaseKind);

impl Dialect {
    /// The spelling for this kind.
    pub fn of(kind: DatabaseKind) -> Self {
        Self(kind)
    }

    /// The kind of database.
    pub fn kind(self) -> DatabaseKind {
        self.0
    }

    /// `name` as a quoted identifier: names like `groups` are reserved words somewhere. The quote character inside
    /// the name is doubled.
    pub fn identifier(self, name: &str) -> String {
        // SQLite knows double quotes too, but takes "misspelt" for a text when there is no such column.
        let quote = match self.0 {
            DatabaseKind::Mysql | DatabaseKind::Sqlite => '`',
            DatabaseKind::Postgres => '"',
        };
        let mut quoted = String::with_capacity(name.len() + 2);
        quoted.push(quote);
        for character in name.chars() {
            if character == quote {
                quoted.push(quote);
            }
            quoted.push(character);
        }
        quoted.push(quote);
        quoted
    }

    /// The table `name` of an application, with its prefix, quoted.
    pub fn table(self, prefix: &TablePrefix, name: &str) -> String {
        self.identifier(&format!("{prefix}{name}"))
    }

    /// `?` for one parameter, `?, ?` for two, and so on: the inside of `IN (…)`.
    pub fn list(self, parameters: usize) -> String {
        vec!["?"; parameters].join(", ")
    }

    /// A statement with `?` placeholders as this database wants it: PostgreSQL numbers them. A `?` inside quotes
    /// is left alone.
    pub(crate) fn placeholders(self, sql: &str) -> String {
        if self.0 != DatabaseKind::Postgres {
            return sql.to_owned();
        }
        let mut numbered = String::with_capacity(sql.len() + 8);
        let mut quote = None;
        let mut number = 0;
        for character in sql.chars() {
            match (quote, character) {
                (None, '?') => {
                    number += 1;
                    numbered.push('$');
                    numbered.push_str(&number.to_string());
                    continue;
                }
                (None, '\'' | '"') => quote = Some(character),
                (Some(open), close) if open == close => quote = None,
                _ => {}
            }
            numbered.push(character);
        }
        numbered
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_prefix_that_could_end_an_identifier_is_refused() {
        for hostile in ["phpbb`", "a\"b", "x; --", "é", "a b", "a.b", &"x".repeat(49)] {
            assert!(TablePrefix::new(hostile).is_err(), "{hostile}");
        }
        assert_eq!(TablePrefix::new("phpBB3_").unwrap().as_str(), "phpBB3_");
        assert!(TablePrefix::new("").is_ok());
    }

    #[test]
    fn identifiers_are_quoted_and_their_quotes_doubled() {
        assert_eq!(Dialect::of(DatabaseKind::Mysql).identifier("gro`ups"), "`gro``ups`");
        assert_eq!(Dialect::of(DatabaseKind::Postgres).identifier("gro\"ups"), "\"gro\"\"ups\"");
    }

    #[test]
    fn postgres_placeholders_are_numbered_outside_quotes_only() {
        let dialect = Dialect::of(DatabaseKind::Postgres);
        assert_eq!(
            dialect.placeholders("a = ? AND \"w?\" = '?' OR b IN (?, ?)"),
            "a = $1 AND \"w?\" = '?' OR b IN ($2, $3)"
        );
        assert_eq!(Dialect::of(DatabaseKind::Sqlite).placeholders("a = ?"), "a = ?");
    }
}
