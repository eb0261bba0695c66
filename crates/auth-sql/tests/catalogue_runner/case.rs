//! A test case: an application's tables with a few people in them, and what must happen when they log in.

use std::path::Path;

use serde::Deserialize;

/// One file of `tests/catalogue`.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Case {
    #[serde(default)]
    pub table: Vec<Table>,
    #[serde(default)]
    pub authenticator: toml::Table,
    #[serde(default, rename = "try")]
    pub tries: Vec<Try>,
}

/// A table of the application.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Table {
    /// The prefix of the recipe is added, but to `=name`.
    pub name: String,
    /// `id int key`, `name varchar(40) unique`, `lifted datetime null`.
    pub columns: Vec<String>,
    /// `{}` stands for NULL.
    #[serde(default)]
    pub rows: Vec<Vec<toml::Value>>,
    /// The kinds of databases that the table is made on; all of them without.
    #[serde(default)]
    pub only_on: Vec<String>,
}

/// A login, and what comes of it.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Try {
    pub login: String,
    pub password: String,
    /// `accepted`, a reason of a refusal, `inconsistent` or `misconfigured`.
    pub expect: String,
    #[serde(default)]
    pub subject: Option<String>,
    /// The login as the application has it.
    #[serde(default)]
    pub name: Option<String>,
    #[serde(default)]
    pub display_name: Option<String>,
    #[serde(default)]
    pub email: Option<String>,
    #[serde(default)]
    pub email_verified: Option<bool>,
    /// Names of groups, in any order.
    #[serde(default)]
    pub groups: Option<Vec<String>>,
    /// Names of groups that the person leads.
    #[serde(default)]
    pub leads: Option<Vec<String>>,
    #[serde(default)]
    pub unread: Option<u64>,
    #[serde(default)]
    pub administrator: Option<bool>,
    #[serde(default)]
    pub moderator: Option<bool>,
    #[serde(default)]
    pub avatar: Option<String>,
    #[serde(default)]
    pub profile: Option<String>,
    #[serde(default)]
    pub language: Option<String>,
    #[serde(default)]
    pub timezone: Option<String>,
    /// RFC 3339, UTC.
    #[serde(default)]
    pub registered_at: Option<String>,
    /// The reason of a ban.
    #[serde(default)]
    pub reason: Option<String>,
    /// The end of a ban or lock: RFC 3339, UTC.
    #[serde(default)]
    pub until: Option<String>,
    /// Whether the person may write.
    #[serde(default)]
    pub may_write: Option<bool>,
    /// A text that the error contains.
    #[serde(default)]
    pub error: Option<String>,
    /// The kinds of databases that it is tried on; all of them without.
    #[serde(default)]
    pub only_on: Vec<String>,
    /// What is tried here, for whoever reads the file.
    #[serde(default)]
    #[expect(dead_code, reason = "for the reader")]
    pub note: Option<String>,
}

impl Case {
    pub fn read(path: &Path) -> Result<Self, String> {
        let text = std::fs::read_to_string(path).map_err(|error| format!("{}: {error}", path.display()))?;
        toml::from_str(&text).map_err(|error| format!("{}: {error}", path.display()))
    }
}

impl Table {
    /// Gives a column room for any text: what the tests make need not have the length of the application's own values.
    pub fn widen(&mut self, column: &str) {
        for text in &mut self.columns {
            let mut words: Vec<&str> = text.split_whitespace().collect();
            let is_text = |kind: &&str| kind.starts_with("varchar(") || kind.starts_with("char(");
            if words.first() == Some(&column) && words.get(1).is_some_and(is_text) {
                words[1] = "varchar(255)";
                *text = words.join(" ");
            }
        }
    }
}

impl Try {
    pub fn is_on(&self, database: &str) -> bool {
        self.only_on.is_empty() || self.only_on.iter().any(|kind| kind == database)
    }
}
