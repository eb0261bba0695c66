//! The board's settings: the rows of its table `config` that a login needs.

use std::collections::HashMap;

use portico_auth_sql::{Param, Row};
use portico_core::auth::AuthError;

use crate::version::Version;

/// The rows that are read. Other rows may hold secrets and are none of our business.
pub(crate) const ROWS: &[&str] = &[
    "version",
    "auth_method",
    "board_startdate",
    "board_disable",
    "board_timezone",
    "default_lang",
    "require_activation",
    "chg_passforce",
    "max_login_attempts",
    "login_reset_time",
    "ip_login_limit_max",
    "ip_login_limit_time",
    "ip_login_limit_use_forwarded",
    "forwarded_for_check",
    "cookie_name",
    "session_length",
    "ip_check",
    "browser_check",
    "allow_autologin",
    "max_autologin_time",
    "allow_avatar",
    "allow_avatar_upload",
    "allow_avatar_remote",
    "allow_avatar_local",
    "allow_avatar_gravatar",
    "avatar_path",
    "avatar_gallery_path",
];

/// The settings of a board at this moment.
#[derive(Debug)]
pub(crate) struct Board {
    rows: HashMap<String, String>,
    pub(crate) version: Version,
}

impl Board {
    /// Takes the rows of `config`; `table` is its name.
    pub(crate) fn new(rows: &[Row], table: &str) -> Result<Self, AuthError> {
        let mut values = HashMap::with_capacity(rows.len());
        for row in rows {
            values.insert(row.text("config_name")?.to_owned(), row.text("config_value")?.to_owned());
        }
        let Some(row) = values.get("version") else {
            return Err(AuthError::misconfigured(format!(
                "the table {table} has no row `version`: is it a phpBB board, and is table_prefix right?"
            )));
        };
        let version = Version::parse(row).ok_or_else(|| {
            AuthError::misconfigured(format!(
                "the board is phpBB {}; Portico knows 2.0, 3.0 to 3.3 and 4.0",
                row.escape_debug()
            ))
        })?;
        Ok(Self { rows: values, version })
    }

    /// The parameters of the query for the rows.
    pub(crate) fn params() -> Vec<Param> {
        ROWS.iter().map(|name| Param::from(*name)).collect()
    }

    /// A row's text; empty when there is none.
    pub(crate) fn text(&self, name: &str) -> &str {
        self.rows.get(name).map_or("", String::as_str)
    }

    /// A row's number, or `default` when there is none. Like PHP, what is no number counts as 0.
    pub(crate) fn number(&self, name: &str, default: i64) -> i64 {
        self.rows.get(name).map_or(default, |value| value.trim().parse().unwrap_or(0))
    }

    /// Whether a switch is on.
    pub(crate) fn is_on(&self, name: &str, default: bool) -> bool {
        self.number(name, i64::from(default)) != 0
    }

    /// phpBB 3 and 4 can leave logins to others; then the stored hashes mean nothing.
    pub(crate) fn require_own_passwords(&self) -> Result<(), AuthError> {
        let method = self.text("auth_method");
        if self.version == Version::V20 || method.is_empty() || method == "db" {
            return Ok(());
        }
        Err(AuthError::misconfigured(format!(
            "the board leaves logins to `{}` (setting auth_method), so its own passwords mean nothing; use an authenticator \
             for that system, set auth_method to db, or write `passwords = false`: then the board's cookies let people in",
            method.escape_debug()
        )))
    }

    /// Where the web server or an extension decides about sessions, the row of a session alone proves nobody.
    pub(crate) fn require_own_sessions(&self) -> Result<(), AuthError> {
        let method = self.text("auth_method");
        if self.version == Version::V20 || matches!(method, "" | "db" | "ldap" | "oauth") {
            return Ok(());
        }
        Err(AuthError::misconfigured(format!(
            "the board's sessions are proved by `{}` (setting auth_method) as well, which can't be asked; write `cookies = false`",
            method.escape_debug()
        )))
    }
}
