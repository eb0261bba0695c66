//! Who somebody is over there: identity, groups, inbox.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::condition::{Condition, Constant, TimeColumn};
use super::one_or_many;

/// The columns of a person's identity. Patterns are texts with `{id}`, `{login}`, `{email}`, `{column.NAME}` and
/// `{base_url}`; they give nothing when something they use is empty.
#[derive(Debug, Clone, PartialEq, Eq, Default, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct IdentityColumns {
    /// The name to show: a column, or several that are joined by a blank.
    #[serde(default, deserialize_with = "one_or_many::list")]
    #[cfg_attr(feature = "schema", schemars(with = "one_or_many::OneOrMany<String>"))]
    pub display_name: Vec<String>,
    /// The e-mail address.
    #[serde(default)]
    pub email: Option<String>,
    /// What must hold for the address to be proved. Without it: it isn't known to be.
    #[serde(default)]
    pub email_verified: Vec<Condition>,
    /// The language.
    #[serde(default)]
    pub language: Option<String>,
    /// The time zone.
    #[serde(default)]
    pub timezone: Option<String>,
    /// When the account was made.
    #[serde(default)]
    pub registered_at: Option<TimeColumn>,
    /// The address of the person's picture: a pattern.
    #[serde(default)]
    pub avatar: Option<String>,
    /// The address of the person's page: a pattern.
    #[serde(default)]
    pub profile: Option<String>,
    /// What must hold for an administrator.
    #[serde(default)]
    pub administrator: Vec<Condition>,
    /// What must hold for a moderator.
    #[serde(default)]
    pub moderator: Vec<Condition>,
    /// The ids of groups whose members are administrators.
    #[serde(default, deserialize_with = "one_or_many::list")]
    #[cfg_attr(feature = "schema", schemars(with = "one_or_many::OneOrMany<Constant>"))]
    pub administrator_groups: Vec<Constant>,
    /// The ids of groups whose members are moderators.
    #[serde(default, deserialize_with = "one_or_many::list")]
    #[cfg_attr(feature = "schema", schemars(with = "one_or_many::OneOrMany<Constant>"))]
    pub moderator_groups: Vec<Constant>,
}

/// The groups that somebody is in.
#[derive(Debug, Clone, PartialEq, Eq, Default, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Groups {
    /// The table of memberships.
    #[serde(default)]
    pub members: Option<Members>,
    /// Columns of the person's row with the id of a group, or with a list of ids.
    #[serde(default)]
    pub columns: Vec<GroupColumn>,
    /// The table of the groups' names. Without it the id is the name.
    #[serde(default)]
    pub names: Option<GroupNames>,
    /// Names of groups that no table has: id = name.
    #[serde(default)]
    pub titles: BTreeMap<String, String>,
}

/// A table of memberships.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Members {
    /// The table.
    pub table: String,
    /// Its column with the person.
    pub person: String,
    /// What stands there, if not the id: `{login}`, `{email}` or `{column.NAME}`.
    #[serde(default)]
    pub value: Option<String>,
    /// Its column with the group.
    pub group: String,
    /// Which of its rows count.
    #[serde(default, rename = "where")]
    pub conditions: Vec<Condition>,
    /// What must hold of a row for its person to lead the group.
    #[serde(default)]
    pub leader: Vec<Condition>,
    /// Not every version of the application has the table.
    #[serde(default)]
    pub optional: bool,
}

/// A column with a group or with a list of groups.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(untagged, expecting = "expected a column's name or { column = \"…\", list = \",\" }")]
pub enum GroupColumn {
    /// A column with one group.
    One(String),
    /// A column with a list of groups.
    List(GroupList),
}

/// A column with a list of groups.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct GroupList {
    /// The column.
    pub column: String,
    /// What stands between two groups.
    pub list: String,
}

impl GroupColumn {
    /// The column.
    pub fn column(&self) -> &str {
        match self {
            Self::One(column) => column,
            Self::List(list) => &list.column,
        }
    }
}

/// The table of the groups' names.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct GroupNames {
    /// The table.
    pub table: String,
    /// Its column with the group's id.
    pub id: String,
    /// Its column with the group's name.
    pub name: String,
    /// Which of its rows count.
    #[serde(default, rename = "where")]
    pub conditions: Vec<Condition>,
}

/// Unread private messages: a column, or a count of rows.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Inbox {
    /// The column of the person's row that has the number.
    #[serde(default)]
    pub column: Option<String>,
    /// The rows that are counted.
    #[serde(default)]
    pub count: Option<InboxCount>,
    /// The address of the inbox: a pattern.
    #[serde(default)]
    pub url: Option<String>,
}

/// Rows that are counted.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct InboxCount {
    /// The table.
    pub table: String,
    /// Its column with the person.
    pub person: String,
    /// What stands there, if not the id: `{login}`, `{email}` or `{column.NAME}`.
    #[serde(default)]
    pub value: Option<String>,
    /// Tables whose rows belong to it.
    #[serde(default)]
    pub join: Vec<super::person::Join>,
    /// Which of its rows count: `is`, `not`, `above`, `below`, `empty` and `bits` only.
    #[serde(default, rename = "where")]
    pub conditions: Vec<Condition>,
    /// A column that is summed up instead of counting rows.
    #[serde(default)]
    pub sum: Option<String>,
    /// Not every version of the application has the table.
    #[serde(default)]
    pub optional: bool,
}
