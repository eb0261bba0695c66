//! Every table and column that is ever read, by version and by what it is for. `check` looks for them, and the
//! grants are made of them.

use portico_auth_sql::{DatabaseKind, Dialect, InvalidPrefix, TablePrefix};

use crate::version::Version;

/// A table without its prefix, and columns of it.
pub(crate) type Columns = Vec<(&'static str, Vec<&'static str>)>;

/// What a login, the directory and the inbox read.
pub(crate) fn of_logins(version: Version) -> Columns {
    if version == Version::V20 {
        return vec![
            ("config", vec!["config_name", "config_value"]),
            (
                "users",
                vec![
                    "user_id",
                    "user_active",
                    "username",
                    "user_password",
                    "user_level",
                    "user_regdate",
                    "user_timezone",
                    "user_lang",
                    "user_email",
                    "user_avatar",
                    "user_avatar_type",
                    "user_unread_privmsg",
                ],
            ),
            ("groups", vec!["group_id", "group_name", "group_moderator", "group_single_user"]),
            ("user_group", vec!["group_id", "user_id", "user_pending"]),
            ("banlist", vec!["ban_id", "ban_userid", "ban_ip", "ban_email"]),
        ];
    }
    let mut users = vec![
        "user_id",
        "user_type",
        "username",
        "username_clean",
        "user_password",
        "user_passchg",
        "user_email",
        "user_regdate",
        "user_lang",
        "user_timezone",
        "user_login_attempts",
        "user_avatar",
        "user_avatar_type",
        "user_avatar_width",
        "user_avatar_height",
        "user_colour",
        "user_unread_privmsg",
    ];
    if version == Version::V30 {
        users.extend(["user_pass_convert", "user_dst"]);
    }
    let bans = match version {
        Version::V40 => {
            ("bans", vec!["ban_id", "ban_userid", "ban_mode", "ban_item", "ban_end", "ban_reason_display"])
        }
        _ => (
            "banlist",
            vec!["ban_id", "ban_userid", "ban_ip", "ban_email", "ban_end", "ban_exclude", "ban_give_reason"],
        ),
    };
    let mut columns = vec![
        ("config", vec!["config_name", "config_value"]),
        ("users", users),
        ("groups", vec!["group_id", "group_name", "group_type"]),
        ("user_group", vec!["group_id", "user_id", "user_pending", "group_leader"]),
        bans,
    ];
    if version >= Version::V31 {
        columns.push(("login_attempts", vec!["attempt_ip", "attempt_forwarded_for", "attempt_time"]));
    }
    columns
}

/// What the board's cookies are looked up in. `keys`: whether remembered logins have a table.
pub(crate) fn of_sessions(version: Version, keys: bool) -> Columns {
    let mut sessions = vec!["session_id", "session_user_id", "session_time", "session_ip"];
    match version {
        Version::V20 => sessions.push("session_logged_in"),
        _ => sessions.extend(["session_browser", "session_forwarded_for", "session_autologin"]),
    }
    let mut columns = vec![("sessions", sessions)];
    if keys {
        columns.push(("sessions_keys", vec!["key_id", "user_id", "last_login"]));
    }
    columns
}

/// What new topics are read from.
pub(crate) fn of_news(version: Version) -> Columns {
    let topics = |more: &[&'static str]| {
        let mut topics =
            vec!["topic_id", "forum_id", "topic_title", "topic_time", "topic_status", "topic_moved_id"];
        topics.extend(more);
        ("topics", topics)
    };
    if version == Version::V20 {
        return vec![
            ("forums", vec!["forum_id", "forum_name", "auth_view", "auth_read"]),
            topics(&["topic_poster"]),
            ("auth_access", vec!["group_id", "forum_id", "auth_view", "auth_read", "auth_mod"]),
        ];
    }
    let visible = if version == Version::V30 { "topic_approved" } else { "topic_visibility" };
    let rights = |who| vec![who, "forum_id", "auth_option_id", "auth_role_id", "auth_setting"];
    vec![
        ("forums", vec!["forum_id", "forum_name", "forum_password"]),
        topics(&["topic_first_poster_name", visible]),
        ("acl_groups", rights("group_id")),
        ("acl_users", rights("user_id")),
        ("acl_options", vec!["auth_option_id", "auth_option"]),
        ("acl_roles_data", vec!["role_id", "auth_option_id", "auth_setting"]),
    ]
}

/// Why no grants can be listed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum GrantsError {
    /// A version that Portico doesn't know.
    #[error("phpBB {0:?} is unknown; expected the row `version` of the table config, like 3.3.15")]
    Version(String),
    /// The prefix is wrong.
    #[error(transparent)]
    Prefix(#[from] InvalidPrefix),
}

/// The statements, without `;`, that let `user` read all that Portico ever reads of a board, and nothing else: `SELECT`
/// on named columns of the tables of this `version` (the row `version` of the board's table `config`).
///
/// On MySQL and MariaDB `user` is a name at `localhost`, or `name@host`. SQLite has no users: there is nothing to grant.
///
/// # Errors
/// [`GrantsError`]: an unknown version, or a prefix with other characters than letters, digits and `_`.
pub fn grants(
    version: &str,
    prefix: &str,
    database: &str,
    user: &str,
    kind: DatabaseKind,
) -> Result<Vec<String>, GrantsError> {
    let row = version;
    let version = Version::parse(row).ok_or_else(|| GrantsError::Version(row.to_owned()))?;
    let prefix = TablePrefix::new(prefix)?;
    let patch = version.patch(row).unwrap_or(u32::MAX);
    let mut all = of_logins(version);
    for (table, columns) in &mut all {
        match (version, *table) {
            (Version::V20, "users") if patch >= 19 => {
                columns.extend(["user_login_tries", "user_last_login_try"])
            }
            _ => {}
        }
    }
    if version == Version::V30 && patch >= 9 {
        all.push(("login_attempts", vec!["attempt_ip", "attempt_forwarded_for", "attempt_time"]));
    }
    all.extend(of_sessions(version, version != Version::V20 || patch >= 18));
    all.extend(of_news(version));
    let dialect = Dialect::of(kind);
    let statement = |(table, columns): (&str, Vec<&str>)| {
        let columns: Vec<String> = columns.iter().map(|column| dialect.identifier(column)).collect();
        let columns = columns.join(", ");
        let table = dialect.table(&prefix, table);
        match kind {
            DatabaseKind::Sqlite => None,
            DatabaseKind::Postgres => {
                Some(format!("GRANT SELECT ({columns}) ON {table} TO {}", dialect.identifier(user)))
            }
            DatabaseKind::Mysql => {
                let (name, host) = user.rsplit_once('@').unwrap_or((user, "localhost"));
                let quote = |text: &str| {
                    format!("'{}'", text.trim_matches('\'').replace('\\', "\\\\").replace('\'', "''"))
                };
                let database = dialect.identifier(database);
                Some(format!(
                    "GRANT SELECT ({columns}) ON {database}.{table} TO {}@{}",
                    quote(name),
                    quote(host)
                ))
            }
        }
    };
    Ok(all.into_iter().filter_map(statement).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn grants_name_columns_and_quote_names() {
        let mysql = grants("3.3.15", "phpbb_", "forum", "portico@10.0.0.%", DatabaseKind::Mysql).unwrap();
        assert_eq!(
            mysql[0],
            "GRANT SELECT (`config_name`, `config_value`) ON `forum`.`phpbb_config` TO 'portico'@'10.0.0.%'"
        );
        assert!(mysql.iter().all(|grant| grant.starts_with("GRANT SELECT (`")), "{mysql:?}");
        let postgres = grants("3.0.8", "b_", "forum", "po\"rtico", DatabaseKind::Postgres).unwrap();
        assert!(postgres[0].ends_with("ON \"b_config\" TO \"po\"\"rtico\""), "{}", postgres[0]);
        assert!(!postgres.iter().any(|grant| grant.contains("b_login_attempts")), "since 3.0.9 only");
        assert!(grants(".0.23", "phpbb_", "f", "u", DatabaseKind::Sqlite).unwrap().is_empty());
    }

    #[test]
    fn no_secret_of_the_board_is_granted_but_what_a_login_compares() {
        for version in [".0.23", "3.0.14", "3.1.12", "3.2.11", "3.3.15", "4.0.0"] {
            let all = grants(version, "phpbb_", "f", "u", DatabaseKind::Mysql).unwrap().join("\n");
            for secret in
                ["user_actkey", "user_newpasswd", "reset_token", "user_form_salt", "user_permissions"]
            {
                assert!(!all.contains(secret), "{version} {secret}");
            }
        }
    }

    #[test]
    fn an_unknown_version_or_a_hostile_prefix_is_refused() {
        assert!(matches!(grants("1.4", "p", "f", "u", DatabaseKind::Mysql), Err(GrantsError::Version(_))));
        assert!(matches!(grants("3.3.1", "p`", "f", "u", DatabaseKind::Mysql), Err(GrantsError::Prefix(_))));
    }
}
