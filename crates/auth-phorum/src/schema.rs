//! Which Phorum it is, told by its tables.

use portico_auth_sql::{DatabaseKind, Dialect, TablePrefix};
use portico_core::auth::AuthError;

use crate::forum::{BAN_COLUMNS, Forum, MESSAGE_COLUMNS, SETTING_COLUMNS};
use crate::group;
use crate::password::Rule;
use crate::settings::Settings;
use crate::user::{COLUMNS, LATER_COLUMNS};

/// Columns of `users` for the long and the short session id, since 5.2.
pub(crate) const SESSION_COLUMNS: [&str; 2] = ["sessid_lt", "sessid_st"];
/// The same in 5.1.
pub(crate) const SESSION_COLUMNS_5_1: [&str; 2] = ["cookie_sessid_lt", "sessid_st"];

/// The names of the tables, with their prefix, quoted.
#[derive(Debug)]
pub(crate) struct Tables {
    dialect: Dialect,
    prefix: TablePrefix,
}

impl Tables {
    pub(crate) fn new(dialect: Dialect, prefix: &TablePrefix) -> Self {
        Self { dialect, prefix: prefix.clone() }
    }

    fn table(&self, name: &str) -> String {
        self.dialect.table(&self.prefix, name)
    }

    pub(crate) fn users(&self) -> String {
        self.table("users")
    }

    pub(crate) fn settings(&self) -> String {
        self.table("settings")
    }

    pub(crate) fn groups(&self) -> String {
        self.table("groups")
    }

    pub(crate) fn user_groups(&self) -> String {
        self.table("user_group_xref")
    }

    pub(crate) fn bans(&self) -> String {
        self.table("banlists")
    }

    pub(crate) fn private_messages(&self) -> String {
        self.table("pm_xref")
    }

    pub(crate) fn forums(&self) -> String {
        self.table("forums")
    }

    pub(crate) fn forum_groups(&self) -> String {
        self.table("forum_group_xref")
    }

    pub(crate) fn posts(&self) -> String {
        self.table("messages")
    }
}

/// How a typed name is compared with `username`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum NameMatch {
    /// By the column's own rules, as Phorum does: on MySQL its collation (usually without regard to case and
    /// accents), on PostgreSQL exactly.
    AsTheColumn,
    /// SQLite, which Phorum itself never ran on: the exact name, else the same but for the case of ASCII letters.
    ExactThenAnyCase,
}

/// The generations of tables, as far as a login tells them apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Generation {
    /// 5.0 and 5.1.
    Before5_2,
    /// 5.2 and 6.0: `display_name`. Which of the two is told by the settings: the upgrade changes no column's name.
    Since5_2,
}

/// What the tables look like.
#[derive(Debug, Clone)]
pub(crate) struct Schema {
    kind: DatabaseKind,
    generation: Generation,
    /// Those of [`LATER_COLUMNS`] that are there.
    later: Vec<&'static str>,
    messages: bool,
    /// The columns of the long and the short session id.
    sessions: Option<[&'static str; 2]>,
}

impl Schema {
    /// Looks at every table and column that a login needs.
    ///
    /// # Errors
    /// Those of the database: the message names the table, column or grant that is missing.
    pub(crate) async fn find_out(forum: &Forum, cookies: bool) -> Result<Self, AuthError> {
        let (database, tables) = (&forum.database, &forum.tables);
        let users = tables.users();
        database.require_columns(&users, &COLUMNS).await?;
        let mut later = Vec::new();
        for column in LATER_COLUMNS {
            if database.has_column(&users, column).await? {
                later.push(column);
            }
        }
        database.require_columns(&tables.settings(), &SETTING_COLUMNS).await?;
        database.require_columns(&tables.groups(), &group::COLUMNS).await?;
        database.require_columns(&tables.user_groups(), &group::MEMBER_COLUMNS).await?;
        database.require_columns(&tables.bans(), &BAN_COLUMNS).await?;

        let generation = generation(&later);
        // The oldest 5.0 kept private messages elsewhere.
        let messages =
            generation == Generation::Since5_2 || database.has_table(&tables.private_messages()).await?;
        if messages {
            database.require_columns(&tables.private_messages(), &MESSAGE_COLUMNS).await?;
        }
        let sessions = match generation {
            _ if !cookies => None,
            Generation::Since5_2 => Some(SESSION_COLUMNS),
            // 5.0 kept no session ids: its cookie held the digest of the password.
            Generation::Before5_2 => {
                database.has_column(&users, SESSION_COLUMNS_5_1[0]).await?.then_some(SESSION_COLUMNS_5_1)
            }
        };
        if let Some(columns) = &sessions {
            database.require_columns(&users, columns).await?;
        }
        tracing::debug!(?generation, ?later, messages, "looked at the forum's tables");
        Ok(Self { kind: database.dialect().kind(), generation, later, messages, sessions })
    }

    /// Whether `users` has this one of [`LATER_COLUMNS`].
    pub(crate) fn has(&self, column: &str) -> bool {
        self.later.contains(&column)
    }

    /// Whether there are private messages in the tables of 5.1 and later.
    pub(crate) fn has_messages(&self) -> bool {
        self.messages
    }

    /// The columns of the long and the short session id, where the forum keeps such.
    pub(crate) fn session_columns(&self) -> Option<[&'static str; 2]> {
        self.sessions
    }

    /// Whether moved threads leave a marked copy behind.
    pub(crate) fn marks_moved(&self) -> bool {
        self.generation == Generation::Since5_2
    }

    /// All columns of `users` that there are and that are read, for a `SELECT`.
    pub(crate) fn user_columns(&self) -> String {
        let columns: Vec<&str> = COLUMNS.iter().chain(&self.later).copied().collect();
        columns.join(", ")
    }

    pub(crate) fn name_match(&self) -> NameMatch {
        match self.kind {
            DatabaseKind::Mysql | DatabaseKind::Postgres => NameMatch::AsTheColumn,
            DatabaseKind::Sqlite => NameMatch::ExactThenAnyCase,
        }
    }

    /// How passwords are compared. Where the tables are those of 5.2 or 6.0 and the forum doesn't say which, it is
    /// taken for 6.0: that one understands all that 5.2 does.
    pub(crate) fn rule(&self, settings: &Settings) -> Rule {
        let is_6_0 = self.generation == Generation::Since5_2 && settings.has_patch_of_6_0().unwrap_or(true);
        if is_6_0 {
            Rule::PhpHashes
        } else {
            Rule::Md5InSql { ignore_case: self.kind == DatabaseKind::Mysql }
        }
    }
}

fn generation(later: &[&str]) -> Generation {
    if later.contains(&"display_name") { Generation::Since5_2 } else { Generation::Before5_2 }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn schema(kind: DatabaseKind, later: &[&'static str]) -> Schema {
        Schema { kind, generation: generation(later), later: later.to_vec(), messages: true, sessions: None }
    }

    fn settings(level: &str) -> Settings {
        [("internal_patchlevel".to_owned(), level.to_owned())].into_iter().collect()
    }

    #[test]
    fn the_rule_for_passwords_follows_the_version() {
        let new = schema(DatabaseKind::Mysql, &LATER_COLUMNS);
        assert_eq!(new.rule(&settings("2026062900")), Rule::PhpHashes);
        assert_eq!(new.rule(&settings("2016101000")), Rule::Md5InSql { ignore_case: true });
        assert_eq!(new.rule(&Settings::default()), Rule::PhpHashes);
        for later in [&["tz_offset"][..], &[]] {
            let old = schema(DatabaseKind::Postgres, later);
            assert_eq!(old.rule(&settings("2026062900")), Rule::Md5InSql { ignore_case: false });
        }
    }

    #[test]
    fn only_columns_that_are_there_are_asked_for() {
        let columns = schema(DatabaseKind::Sqlite, &["tz_offset"]).user_columns();
        assert!(columns.ends_with("date_added, tz_offset"), "{columns}");
        assert!(!columns.contains("display_name"));
    }
}
