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
    pub(crate) sessions: String,
    pub(crate) sessions_keys: String,
    pub(crate) forums: String,
    pub(crate) topics: String,
    pub(crate) acl_groups: String,
    pub(crate) acl_users: String,
    pub(crate) acl_options: String,
    pub(crate) acl_roles_data: String,
    /// 2.0
    pub(crate) auth_access: String,
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
            sessions: table("sessions"),
            sessions_keys: table("sessions_keys"),
            forums: table("forums"),
            topics: table("topics"),
            acl_groups: table("acl_groups"),
            acl_users: table("acl_users"),
            acl_options: table("acl_options"),
            acl_roles_data: table("acl_roles_data"),
            auth_access: table("auth_access"),
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
    /// 2.0 has keys for remembered logins since 2.0.18.
    pub(crate) has_keys: bool,
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
            has_keys: version != Version::V20 || version.patch(&version_row).is_some_and(|patch| patch >= 18),
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
