//! The board's tables, and what must be found out about them once.

use std::sync::{Arc, PoisonError, RwLock};

use portico_auth_sql::{Dialect, ForeignDatabase, TablePrefix};
use portico_core::auth::AuthError;
use portico_passwords::{Scheme, StoredHash, decoy};

use crate::board::Board;
use crate::password;
use crate::version::Version;

/// The names of the tables, quoted.
#[derive(Debug)]
pub(crate) struct Tables {
    pub(crate) config: String,
    pub(crate) users: String,
    pub(crate) groups: String,
    pub(crate) user_group: String,
    /// 2.0 to 3.3
    pub(crate) banlist: String,
    /// 4.0
    pub(crate) bans: String,
    pub(crate) login_attempts: String,
}

impl Tables {
    pub(crate) fn new(dialect: Dialect, prefix: &TablePrefix) -> Self {
        let table = |name| dialect.table(prefix, name);
        Self {
            config: table("config"),
            users: table("users"),
            groups: table("groups"),
            user_group: table("user_group"),
            banlist: table("banlist"),
            bans: table("bans"),
            login_attempts: table("login_attempts"),
        }
    }
}

/// What is learned of a board at the first login, and again when its version changes.
#[derive(Debug)]
pub(crate) struct Layout {
    version_row: String,
    pub(crate) version: Version,
    /// Columns of converted boards: salts of foreign hashes.
    pub(crate) has_salt: bool,
    pub(crate) has_login_name: bool,
    /// 2.0 counts tries since 2.0.19.
    pub(crate) has_login_tries: bool,
    pub(crate) counts_by_address: bool,
    /// What unknown names are checked against: costs what the newest members' hashes cost.
    pub(crate) decoy: StoredHash,
}

/// The last [`Layout`].
#[derive(Debug, Default)]
pub(crate) struct Schema {
    layout: RwLock<Option<Arc<Layout>>>,
}

impl Schema {
    /// The version, if anything was read already.
    pub(crate) fn known_version(&self) -> Option<Version> {
        self.layout.read().unwrap_or_else(PoisonError::into_inner).as_ref().map(|layout| layout.version)
    }

    /// The layout of this board; asks the database when it isn't known yet or the board was upgraded.
    pub(crate) async fn layout(
        &self,
        database: &ForeignDatabase,
        tables: &Tables,
        board: &Board,
    ) -> Result<Arc<Layout>, AuthError> {
        {
            let known = self.layout.read().unwrap_or_else(PoisonError::into_inner);
            if let Some(layout) = known.as_ref()
                && layout.version_row == board.text("version")
            {
                return Ok(Arc::clone(layout));
            }
        }
        self.learn(database, tables, board).await
    }

    /// Asks the database anew.
    pub(crate) async fn learn(
        &self,
        database: &ForeignDatabase,
        tables: &Tables,
        board: &Board,
    ) -> Result<Arc<Layout>, AuthError> {
        let version = board.version;
        let modern = version >= Version::V31;
        let version_row = board.text("version").to_owned();
        let layout = Arc::new(Layout {
            has_salt: modern && database.has_column(&tables.users, "user_passwd_salt").await?,
            has_login_name: modern && database.has_column(&tables.users, "login_name").await?,
            has_login_tries: version == Version::V20
                && database.has_column(&tables.users, "user_login_tries").await?
                && database.has_column(&tables.users, "user_last_login_try").await?,
            counts_by_address: version.counts_attempts_by_address(&version_row),
            decoy: usual_hash(database, tables, version).await?,
            version_row,
            version,
        });
        *self.layout.write().unwrap_or_else(PoisonError::into_inner) = Some(Arc::clone(&layout));
        Ok(layout)
    }
}

/// A hash that matches nobody and costs what most of the newest members' hashes cost; without members, what the version
/// makes by itself.
async fn usual_hash(
    database: &ForeignDatabase,
    tables: &Tables,
    version: Version,
) -> Result<StoredHash, AuthError> {
    let members = if version == Version::V20 { "user_active = 1" } else { "user_type IN (0, 3)" };
    let sql = format!(
        "SELECT user_password FROM {} WHERE {members} AND user_password <> '' ORDER BY user_id DESC LIMIT 25",
        tables.users
    );
    let mut kinds: Vec<(Scheme, usize, StoredHash)> = Vec::new();
    for row in database.query(&sql, &[]).await? {
        // A damaged value of one member is no reason to keep all others out.
        let Ok(text) = row.text("user_password") else { continue };
        let Ok(hash) = password::parse(text, version, false) else { continue };
        match kinds.iter_mut().find(|(scheme, ..)| *scheme == hash.scheme()) {
            Some((_, count, _)) => *count += 1,
            None => kinds.push((hash.scheme(), 1, hash)),
        }
    }
    // The first of the most frequent: the newest member's.
    let usual = kinds.iter().rev().max_by_key(|(_, count, _)| *count).map(|(_, _, hash)| hash.decoy());
    Ok(usual.unwrap_or_else(|| {
        decoy(match version {
            Version::V20 => Scheme::Md5Hex,
            Version::V30 => Scheme::PhpassH,
            Version::V31 | Version::V32 => Scheme::Bcrypt,
            Version::V33 | Version::V40 => Scheme::Argon2id,
        })
    }))
}

/// Every table and column that a login reads, by version: `check` looks for them, and the documentation lists them.
pub(crate) fn required(version: Version) -> Vec<(&'static str, Vec<&'static str>)> {
    let mut users: Vec<&'static str> = match version {
        Version::V20 => vec![
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
        _ => vec![
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
            "user_unread_privmsg",
        ],
    };
    if version == Version::V30 {
        users.extend(["user_pass_convert", "user_dst"]);
    }
    let groups = match version {
        Version::V20 => vec!["group_id", "group_name", "group_moderator", "group_single_user"],
        _ => vec!["group_id", "group_name", "group_type"],
    };
    let user_group = match version {
        Version::V20 => vec!["group_id", "user_id", "user_pending"],
        _ => vec!["group_id", "user_id", "user_pending", "group_leader"],
    };
    let bans = match version {
        Version::V20 => ("banlist", vec!["ban_id", "ban_userid", "ban_ip", "ban_email"]),
        Version::V40 => {
            ("bans", vec!["ban_id", "ban_userid", "ban_mode", "ban_item", "ban_end", "ban_reason_display"])
        }
        _ => ("banlist", vec!["ban_id", "ban_userid", "ban_ip", "ban_end", "ban_exclude", "ban_give_reason"]),
    };
    let mut required = vec![
        ("config", vec!["config_name", "config_value"]),
        ("users", users),
        ("groups", groups),
        ("user_group", user_group),
        bans,
    ];
    if version >= Version::V31 {
        required.push(("login_attempts", vec!["attempt_ip", "attempt_forwarded_for", "attempt_time"]));
    }
    required
}
