//! `[[person]]`: a table of people.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::condition::Condition;
use super::identity::{Groups, IdentityColumns, Inbox};
use super::one_or_many;
use super::rule::{Refuse, Rule};
use super::text::Transform;

/// A table of people.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Person {
    /// What these people are (`customer`), where a recipe has several tables: their subject is then `customer:12`.
    /// The authenticator's key `people = ["customer"]` names those that may enter; without it all may.
    #[serde(default)]
    pub kind: Option<String>,
    /// Only searched when the authenticator's key `people` names this kind.
    #[serde(default)]
    pub only_if_named: bool,
    /// The table.
    pub table: String,
    /// Tables whose rows belong to it.
    #[serde(default)]
    pub join: Vec<Join>,
    /// The column with the stable id: the subject. A login name only where the table has no other key.
    pub id: String,
    /// Rows that don't count as people at all.
    #[serde(default, rename = "where")]
    pub conditions: Vec<Condition>,
    /// What may be typed as a name. A later alternative is tried only when the earlier give no row.
    pub login: Vec<Login>,
    /// What happens to the typed name before it is looked up.
    #[serde(default, deserialize_with = "one_or_many::list")]
    #[cfg_attr(feature = "schema", schemars(with = "one_or_many::OneOrMany<Transform>"))]
    pub login_text: Vec<Transform>,
    /// What happens to the typed password before it is checked.
    #[serde(default, deserialize_with = "one_or_many::list")]
    #[cfg_attr(feature = "schema", schemars(with = "one_or_many::OneOrMany<Transform>"))]
    pub password_text: Vec<Transform>,
    /// Further forms of the typed password that are tried after the first, 4 at most.
    #[serde(default)]
    pub password_also: Vec<Vec<Transform>>,
    /// How names and titles are stored.
    #[serde(default)]
    pub stored_text: Option<StoredText>,
    /// The column with the password, or several: the first that isn't empty.
    #[serde(deserialize_with = "one_or_many::list")]
    #[cfg_attr(feature = "schema", schemars(with = "one_or_many::OneOrMany<String>"))]
    pub password: Vec<String>,
    /// Beginnings of stored values that are no passwords: with them nobody enters (`["!", "*"]`). Any other value of an
    /// unknown form is an error that the administrator hears of.
    #[serde(default, deserialize_with = "one_or_many::list")]
    #[cfg_attr(feature = "schema", schemars(with = "one_or_many::OneOrMany<String>"))]
    pub no_password: Vec<String>,
    /// Columns whose bytes are no text but a digest itself: they are read as hexadecimal digits.
    #[serde(default, deserialize_with = "one_or_many::list")]
    #[cfg_attr(feature = "schema", schemars(with = "one_or_many::OneOrMany<String>"))]
    pub binary: Vec<String>,
    /// Columns that not every version of the application has; they are empty where they are missing.
    #[serde(default, deserialize_with = "one_or_many::list")]
    #[cfg_attr(feature = "schema", schemars(with = "one_or_many::OneOrMany<String>"))]
    pub optional: Vec<String>,
    /// The column with the salt.
    #[serde(default)]
    pub salt: Option<String>,
    /// The column with the number of rounds.
    #[serde(default)]
    pub rounds: Option<String>,
    /// The password schemes, the newest first: names or formulas of the crate `portico-passwords`.
    pub schemes: Vec<String>,
    /// Schemes that a column of the row chooses.
    #[serde(default)]
    pub select: Option<Select>,
    /// The column that is `u` in formulas. Without it: the column of the first login alternative.
    #[serde(default)]
    pub formula_login: Option<String>,
    /// Code for what can't be said as data, by name.
    #[serde(default)]
    pub hook: Option<String>,
    /// When somebody with the right password is not let in. The first that holds decides.
    #[serde(default)]
    pub refuse: Vec<Refuse>,
    /// Who it is.
    #[serde(default)]
    pub identity: IdentityColumns,
    /// The groups that somebody is in.
    #[serde(default)]
    pub groups: Option<Groups>,
    /// When somebody is let in and may not write.
    #[serde(default)]
    pub write_ban: Option<Rule>,
    /// Unread private messages.
    #[serde(default)]
    pub inbox: Option<Inbox>,
}

impl Person {
    /// The column that has the name: that of the first login alternative.
    pub fn name_column(&self) -> &str {
        self.login.first().and_then(|login| login.column.first()).map_or("", String::as_str)
    }
}

/// A table whose row belongs to a person's row.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Join {
    /// The table.
    pub table: String,
    /// What its columns are called by: `auth.data`. Without it: the table's name.
    #[serde(default, rename = "as")]
    pub alias: Option<String>,
    /// Its column = a column of the person's table, or `alias.column` of an earlier join.
    #[serde(default)]
    pub on: BTreeMap<String, String>,
    /// Whether people without such a row count, too; its columns are empty then.
    #[serde(default)]
    pub left: bool,
    /// Which of its rows belong to it: `is`, `not`, `above`, `below`, `empty` and `bits` only.
    #[serde(default, rename = "where")]
    pub conditions: Vec<Condition>,
}

impl Join {
    /// What its columns are called by.
    pub fn name(&self) -> &str {
        self.alias.as_deref().unwrap_or_else(|| self.table.trim_start_matches('='))
    }
}

/// A column that a typed name may be found in.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Login {
    /// The column; with `split` several.
    #[serde(deserialize_with = "one_or_many::list")]
    #[cfg_attr(feature = "schema", schemars(with = "one_or_many::OneOrMany<String>"))]
    pub column: Vec<String>,
    /// How the typed name and the column are compared.
    pub compare: Compare,
    /// Only names that contain this text are looked up here: `@`.
    #[serde(default)]
    pub when_contains: Option<String>,
    /// Only names that don't contain this text are looked up here.
    #[serde(default)]
    pub unless_contains: Option<String>,
    /// The typed name is cut at the first of these texts, and each part is looked up in its column: `doe.jane`.
    #[serde(default)]
    pub split: Option<String>,
    /// What happens to the typed name (with `split`, to each part) here, after `login_text`.
    #[serde(default, deserialize_with = "one_or_many::list")]
    #[cfg_attr(feature = "schema", schemars(with = "one_or_many::OneOrMany<Transform>"))]
    pub text: Vec<Transform>,
}

/// How a typed name and a column are compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub enum Compare {
    /// Byte for byte.
    Exact,
    /// As the column's collation decides.
    Collation,
    /// Upper and lower case are the same: by the column's collation where that ignores case, by lower-casing both
    /// sides otherwise.
    IgnoreCase,
    /// The application stores names in lower case: the typed name is lower-cased.
    Lower,
}

/// How texts are stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "lowercase")]
pub enum StoredText {
    /// With HTML's entities; they are decoded for display.
    Html,
}

/// Schemes by the value of a column. A value that isn't listed falls to the person's `schemes`.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Select {
    /// The column.
    pub column: String,
    /// Value of the column = schemes.
    pub schemes: BTreeMap<String, Vec<String>>,
}
