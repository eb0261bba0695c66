//! `[[person.refuse]]` and `[person.write_ban]`: when somebody is not let in, or not to write.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::condition::{Condition, Constant, TimeColumn};
use super::person::Join;

/// A reason not to let somebody in who has the right password.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Refuse {
    /// What the person is told.
    #[serde(rename = "as")]
    pub answer: RefuseAs,
    /// What must hold, of the person's row or, with `rows`, of one of those. Without any, a row is enough.
    #[serde(default)]
    pub when: Vec<Condition>,
    /// Rows of another table.
    #[serde(default)]
    pub rows: Option<RelatedRows>,
    /// Where its end stands.
    #[serde(default)]
    pub until: Option<TimeColumn>,
    /// The column with the reason that the person is shown.
    #[serde(default)]
    pub reason: Option<String>,
    /// It holds when there is no such row, or when not all of `when` holds.
    #[serde(default)]
    pub unless: bool,
}

/// A reason not to let somebody write.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Rule {
    /// What must hold, of the person's row or, with `rows`, of one of those. Without any, a row is enough.
    #[serde(default)]
    pub when: Vec<Condition>,
    /// Rows of another table.
    #[serde(default)]
    pub rows: Option<RelatedRows>,
    /// Where its end stands.
    #[serde(default)]
    pub until: Option<TimeColumn>,
    /// The column with the reason that the person is shown.
    #[serde(default)]
    pub reason: Option<String>,
}

/// What a refusal is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub enum RefuseAs {
    /// The account is not active.
    Disabled,
    /// Banned.
    Banned,
    /// The account waits for an administrator, or for a confirmed e-mail address.
    Pending,
    /// Too many wrong guesses over there.
    Locked,
    /// The password must be changed over there first.
    ExpiredPassword,
    /// This person may not enter here.
    NotPermitted,
    /// To the application this is nobody.
    UnknownSubject,
}

/// Rows of another table that belong to a person.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct RelatedRows {
    /// The table.
    pub table: String,
    /// Tables whose rows belong to it.
    #[serde(default)]
    pub join: Vec<Join>,
    /// Its column = a value: a text with `{id}`, `{login}`, `{email}` or `{column.NAME}` of the person, or a constant.
    #[serde(rename = "match")]
    pub matches: BTreeMap<String, Constant>,
    /// Which of its rows count.
    #[serde(default, rename = "where")]
    pub conditions: Vec<Condition>,
    /// Not every version of the application has the table: without it there are no rows.
    #[serde(default)]
    pub optional: bool,
}

impl Refuse {
    /// The part that it has in common with a write ban.
    pub fn rule(&self) -> Rule {
        Rule {
            when: self.when.clone(),
            rows: self.rows.clone(),
            until: self.until.clone(),
            reason: self.reason.clone(),
        }
    }
}
