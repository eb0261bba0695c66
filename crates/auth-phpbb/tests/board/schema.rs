//! The tables of each phpBB, as far as a login touches them, in the types that its installers use on each database.

use portico_auth_sql::DatabaseKind::{self, Mysql, Postgres, Sqlite};

/// Which layout.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum V {
    V20,
    V30,
    V31,
    V32,
    V33,
    V40,
}

impl V {
    /// What the configuration row `version` holds.
    pub fn row(self) -> &'static str {
        match self {
            Self::V20 => ".0.23",
            Self::V30 => "3.0.14",
            Self::V31 => "3.1.12",
            Self::V32 => "3.2.11",
            Self::V33 => "3.3.11",
            Self::V40 => "4.0.0-a2-dev",
        }
    }
}

/// phpBB's abstract column types: `UINT`, `TINT`, `BOOL`, `TIMESTAMP`, `VCHAR:n`, `VCHAR_CI`, `MTEXT`, `DECIMAL`.
fn column(kind: DatabaseKind, version: V, name: &str, abstract_type: &str) -> String {
    let (word, length) = abstract_type.split_once(':').unwrap_or((abstract_type, "255"));
    let (sql, default) = match (word, kind) {
        ("UINT", Mysql) if version < V::V32 => ("mediumint(8) UNSIGNED".to_owned(), "0"),
        ("UINT", Mysql) => ("int(10) UNSIGNED".to_owned(), "0"),
        ("INT", Mysql) => ("int(11)".to_owned(), "0"),
        ("TINT", Mysql) => ("tinyint(4)".to_owned(), "0"),
        ("BOOL", Mysql) => ("tinyint(1) UNSIGNED".to_owned(), "0"),
        ("TIMESTAMP", Mysql) => ("int(11) UNSIGNED".to_owned(), "0"),
        ("UINT" | "INT" | "TIMESTAMP", Postgres) => ("INT4".to_owned(), "0"),
        ("TINT" | "BOOL", Postgres) => ("INT2".to_owned(), "0"),
        ("UINT" | "BOOL" | "TIMESTAMP", Sqlite) => ("INTEGER UNSIGNED".to_owned(), "0"),
        ("INT" | "TINT", Sqlite) => ("INTEGER".to_owned(), "0"),
        ("VCHAR_CI", Postgres) => ("varchar_ci".to_owned(), "''"),
        ("VCHAR" | "VCHAR_CI", Mysql) => (format!("varchar({length})"), "''"),
        ("VCHAR" | "VCHAR_CI", _) => (format!("VARCHAR({length})"), "''"),
        ("CHAR", _) => (format!("char({length})"), "''"),
        ("MTEXT", Mysql) => return format!("{name} mediumtext NOT NULL"),
        ("MTEXT", Postgres) => ("TEXT".to_owned(), "''"),
        ("MTEXT", Sqlite) => ("MEDIUMTEXT(16777215)".to_owned(), "''"),
        ("DECIMAL", _) => ("decimal(5,2)".to_owned(), "0"),
        other => panic!("{other:?}"),
    };
    format!("{name} {sql} DEFAULT {default} NOT NULL")
}

fn table(kind: DatabaseKind, version: V, name: &str, key: &str, columns: &[(&str, &str)]) -> String {
    let mut lines: Vec<String> =
        columns.iter().map(|(name, word)| column(kind, version, name, word)).collect();
    if !key.is_empty() {
        lines.push(format!("PRIMARY KEY ({key})"));
    }
    let charset = match (kind, version) {
        (Mysql, V::V20) => " DEFAULT CHARSET=latin1",
        (Mysql, _) => " DEFAULT CHARSET=utf8 COLLATE=utf8_bin",
        _ => "",
    };
    format!("CREATE TABLE phpbb_{name} (\n  {}\n){charset};\n", lines.join(",\n  "))
}

/// All tables of a version. phpBB's PostgreSQL schema has a domain whose `=` ignores case.
pub fn schema(kind: DatabaseKind, version: V) -> String {
    let mut sql = String::new();
    if kind == Postgres && version > V::V20 {
        sql.push_str(
            "CREATE DOMAIN varchar_ci AS varchar(255) NOT NULL DEFAULT ''::character varying;
             CREATE FUNCTION varchar_ci_equal(varchar_ci, varchar_ci) RETURNS boolean
                 AS 'SELECT LOWER($1) = LOWER($2)' LANGUAGE SQL STRICT;
             CREATE OPERATOR = (PROCEDURE = varchar_ci_equal, LEFTARG = varchar_ci, RIGHTARG = varchar_ci);\n",
        );
    }
    if version == V::V20 {
        sql.push_str(&v20(kind));
        return sql;
    }
    let value = if version < V::V33 { "VCHAR:255" } else { "MTEXT" };
    sql.push_str(&table(
        kind,
        version,
        "config",
        "config_name",
        &[("config_name", "VCHAR:255"), ("config_value", value), ("is_dynamic", "BOOL")],
    ));
    let hash = if version == V::V30 { "VCHAR:40" } else { "VCHAR:255" };
    let mut users = vec![
        ("user_id", "UINT"),
        ("user_type", "TINT"),
        ("group_id", "UINT"),
        ("user_permissions", "MTEXT"),
        ("user_perm_from", "UINT"),
        ("user_ip", "VCHAR:40"),
        ("user_regdate", "TIMESTAMP"),
        ("username", "VCHAR_CI"),
        ("username_clean", "VCHAR_CI"),
        ("user_password", hash),
        ("user_passchg", "TIMESTAMP"),
        ("user_email", "VCHAR:100"),
        ("user_lastvisit", "TIMESTAMP"),
        ("user_warnings", "TINT"),
        ("user_login_attempts", "TINT"),
        ("user_inactive_reason", "TINT"),
        ("user_inactive_time", "TIMESTAMP"),
        ("user_posts", "UINT"),
        ("user_lang", "VCHAR:30"),
        ("user_colour", "VCHAR:6"),
        ("user_new_privmsg", "INT"),
        ("user_unread_privmsg", "INT"),
        ("user_allow_pm", "BOOL"),
        ("user_avatar", "VCHAR:255"),
        ("user_avatar_width", "UINT"),
        ("user_avatar_height", "UINT"),
        ("user_actkey", "VCHAR:32"),
        ("user_newpasswd", hash),
        ("user_form_salt", "VCHAR:32"),
        ("user_new", "BOOL"),
    ];
    if version == V::V30 {
        users.extend([
            ("user_pass_convert", "BOOL"),
            ("user_timezone", "DECIMAL"),
            ("user_dst", "BOOL"),
            ("user_avatar_type", "TINT"),
        ]);
    } else {
        users.extend([("user_timezone", "VCHAR:100"), ("user_avatar_type", "VCHAR:255")]);
    }
    if version >= V::V33 {
        users.extend([
            ("user_last_active", "TIMESTAMP"),
            ("reset_token", "VCHAR:64"),
            ("reset_token_expiration", "TIMESTAMP"),
        ]);
    }
    sql.push_str(&table(kind, version, "users", "user_id", &users));
    sql.push_str(&table(
        kind,
        version,
        "groups",
        "group_id",
        &[
            ("group_id", "UINT"),
            ("group_type", "TINT"),
            ("group_founder_manage", "BOOL"),
            ("group_skip_auth", "BOOL"),
            ("group_name", "VCHAR_CI"),
            ("group_colour", "VCHAR:6"),
        ],
    ));
    sql.push_str(&table(
        kind,
        version,
        "user_group",
        "",
        &[("group_id", "UINT"), ("user_id", "UINT"), ("group_leader", "BOOL"), ("user_pending", "BOOL")],
    ));
    if version == V::V40 {
        sql.push_str(&table(
            kind,
            version,
            "bans",
            "ban_id",
            &[
                ("ban_id", "UINT"),
                ("ban_userid", "UINT"),
                ("ban_mode", "VCHAR:255"),
                ("ban_item", "VCHAR:255"),
                ("ban_start", "TIMESTAMP"),
                ("ban_end", "TIMESTAMP"),
                ("ban_reason", "VCHAR:255"),
                ("ban_reason_display", "VCHAR:255"),
            ],
        ));
    } else {
        sql.push_str(&table(
            kind,
            version,
            "banlist",
            "ban_id",
            &[
                ("ban_id", "UINT"),
                ("ban_userid", "UINT"),
                ("ban_ip", "VCHAR:40"),
                ("ban_email", "VCHAR:100"),
                ("ban_start", "TIMESTAMP"),
                ("ban_end", "TIMESTAMP"),
                ("ban_exclude", "BOOL"),
                ("ban_reason", "VCHAR:255"),
                ("ban_give_reason", "VCHAR:255"),
            ],
        ));
    }
    sql.push_str(&table(
        kind,
        version,
        "login_attempts",
        "",
        &[
            ("attempt_ip", "VCHAR:40"),
            ("attempt_browser", "VCHAR:150"),
            ("attempt_forwarded_for", "VCHAR:255"),
            ("attempt_time", "TIMESTAMP"),
            ("user_id", "UINT"),
            ("username", "VCHAR:255"),
            ("username_clean", "VCHAR_CI"),
        ],
    ));
    sql.push_str(&sessions(kind, version));
    sql.push_str(&forums(kind, version));
    sql
}

fn sessions(kind: DatabaseKind, version: V) -> String {
    let sessions = [
        ("session_id", "CHAR:32"),
        ("session_user_id", "UINT"),
        ("session_last_visit", "TIMESTAMP"),
        ("session_start", "TIMESTAMP"),
        ("session_time", "TIMESTAMP"),
        ("session_ip", "VCHAR:40"),
        ("session_browser", "VCHAR:150"),
        ("session_forwarded_for", "VCHAR:255"),
        ("session_page", "VCHAR:255"),
        ("session_viewonline", "BOOL"),
        ("session_autologin", "BOOL"),
        ("session_admin", "BOOL"),
        ("session_forum_id", "UINT"),
    ];
    let keys =
        [("key_id", "CHAR:32"), ("user_id", "UINT"), ("last_ip", "VCHAR:40"), ("last_login", "TIMESTAMP")];
    table(kind, version, "sessions", "session_id", &sessions)
        + &table(kind, version, "sessions_keys", "key_id, user_id", &keys)
}

fn forums(kind: DatabaseKind, version: V) -> String {
    let visible = if version == V::V30 { ("topic_approved", "BOOL") } else { ("topic_visibility", "TINT") };
    let rights = |who| {
        [
            (who, "UINT"),
            ("forum_id", "UINT"),
            ("auth_option_id", "UINT"),
            ("auth_role_id", "UINT"),
            ("auth_setting", "TINT"),
        ]
    };
    let forums = [
        ("forum_id", "UINT"),
        ("parent_id", "UINT"),
        ("forum_name", "VCHAR:255"),
        ("forum_password", "VCHAR:255"),
        ("forum_type", "TINT"),
    ];
    let topics = [
        ("topic_id", "UINT"),
        ("forum_id", "UINT"),
        visible,
        ("topic_title", "VCHAR:255"),
        ("topic_poster", "UINT"),
        ("topic_time", "TIMESTAMP"),
        ("topic_status", "TINT"),
        ("topic_type", "TINT"),
        ("topic_first_poster_name", "VCHAR:255"),
        ("topic_moved_id", "UINT"),
    ];
    let options = [
        ("auth_option_id", "UINT"),
        ("auth_option", "VCHAR:50"),
        ("is_global", "BOOL"),
        ("is_local", "BOOL"),
    ];
    let roles = [("role_id", "UINT"), ("auth_option_id", "UINT"), ("auth_setting", "TINT")];
    [
        table(kind, version, "forums", "forum_id", &forums),
        table(kind, version, "topics", "topic_id", &topics),
        table(kind, version, "acl_groups", "", &rights("group_id")),
        table(kind, version, "acl_users", "", &rights("user_id")),
        table(kind, version, "acl_options", "auth_option_id", &options),
        table(kind, version, "acl_roles_data", "role_id, auth_option_id", &roles),
    ]
    .concat()
}

/// phpBB 2.0: most columns may be NULL.
fn v20(kind: DatabaseKind) -> String {
    let nullable = |sql: &str| sql.replace(" NOT NULL", "");
    let mut sql = table(
        kind,
        V::V20,
        "config",
        "config_name",
        &[("config_name", "VCHAR:255"), ("config_value", "VCHAR:255")],
    );
    sql.push_str(&table(
        kind,
        V::V20,
        "users",
        "user_id",
        &[
            ("user_id", "INT"),
            ("user_active", "TINT"),
            ("username", "VCHAR:25"),
            ("user_password", "VCHAR:32"),
            ("user_level", "TINT"),
            ("user_regdate", "INT"),
            ("user_unread_privmsg", "INT"),
            ("user_login_tries", "INT"),
            ("user_last_login_try", "INT"),
            ("user_actkey", "VCHAR:32"),
        ],
    ));
    for (name, word) in [
        ("user_timezone", "DECIMAL"),
        ("user_lang", "VCHAR:255"),
        ("user_email", "VCHAR:255"),
        ("user_avatar", "VCHAR:100"),
        ("user_avatar_type", "TINT"),
        ("user_newpasswd", "VCHAR:32"),
    ] {
        let column = nullable(&column(kind, V::V20, name, word));
        sql.push_str(&format!("ALTER TABLE phpbb_users ADD {column};\n"));
    }
    sql.push_str(&table(
        kind,
        V::V20,
        "groups",
        "group_id",
        &[
            ("group_id", "INT"),
            ("group_type", "TINT"),
            ("group_name", "VCHAR:40"),
            ("group_description", "VCHAR:255"),
            ("group_moderator", "INT"),
            ("group_single_user", "TINT"),
        ],
    ));
    sql.push_str(&nullable(&table(
        kind,
        V::V20,
        "user_group",
        "",
        &[("group_id", "INT"), ("user_id", "INT"), ("user_pending", "TINT")],
    )));
    sql.push_str(&table(
        kind,
        V::V20,
        "banlist",
        "ban_id",
        &[("ban_id", "INT"), ("ban_userid", "INT"), ("ban_ip", "CHAR:8")],
    ));
    sql.push_str("ALTER TABLE phpbb_banlist ADD ban_email varchar(255);\n");
    sql.push_str(&v20_sessions_and_forums(kind));
    sql
}

fn v20_sessions_and_forums(kind: DatabaseKind) -> String {
    let sessions = [
        ("session_id", "CHAR:32"),
        ("session_user_id", "INT"),
        ("session_start", "INT"),
        ("session_time", "INT"),
        ("session_ip", "CHAR:8"),
        ("session_page", "INT"),
        ("session_logged_in", "TINT"),
        ("session_admin", "TINT"),
    ];
    let keys = [("key_id", "VCHAR:32"), ("user_id", "INT"), ("last_ip", "VCHAR:8"), ("last_login", "INT")];
    let forums =
        [("forum_id", "INT"), ("forum_name", "VCHAR:150"), ("auth_view", "TINT"), ("auth_read", "TINT")];
    let topics = [
        ("topic_id", "INT"),
        ("forum_id", "INT"),
        ("topic_title", "CHAR:60"),
        ("topic_poster", "INT"),
        ("topic_time", "INT"),
        ("topic_status", "TINT"),
        ("topic_moved_id", "INT"),
    ];
    let access = [
        ("group_id", "INT"),
        ("forum_id", "INT"),
        ("auth_view", "TINT"),
        ("auth_read", "TINT"),
        ("auth_mod", "TINT"),
    ];
    [
        table(kind, V::V20, "sessions", "session_id", &sessions),
        table(kind, V::V20, "sessions_keys", "key_id, user_id", &keys),
        table(kind, V::V20, "forums", "forum_id", &forums),
        table(kind, V::V20, "topics", "topic_id", &topics),
        table(kind, V::V20, "auth_access", "", &access),
    ]
    .concat()
}
