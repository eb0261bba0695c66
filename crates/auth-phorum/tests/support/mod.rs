//! A Phorum to log in at.
#![expect(clippy::unwrap_used, reason = "a test that can't be set up must fail")]

mod layout;

use std::sync::Arc;

use portico_auth_phorum::{Phorum, PhorumConfig};
use portico_auth_sql::testing::{TestDatabase, TestDatabaseKind};
use portico_core::auth::{
    Adapter, AuthContext, AuthError, Authenticator, BuildContext, Credentials, Decision, ExternalIdentity,
    HashPool, Realm, Refusal,
};
use portico_core::front::FrontId;
use portico_core::ports::{Clock, SystemClock};
use serde_json::{Value, json};

pub(crate) use layout::Version;

// What every member's password is, and how Phorum stores it.
pub(crate) const PASSWORD: &str = "correct horse";
// php -r 'echo md5("correct horse");'
pub(crate) const MD5: &str = "3cb4e732631f47e6eb961f34554b7cde";
// php -r 'echo password_hash("correct horse", PASSWORD_BCRYPT, ["cost" => 4]);'
pub(crate) const BCRYPT: &str = "$2y$04$/K23rIpeM/cqQJzQ87MY2OcYQL8GE4UUmOukb.T1IOgME5moFAqWS";
// php -r 'echo password_hash("correct horse", PASSWORD_ARGON2ID, ["memory_cost" => 1024, "time_cost" => 2]);'
pub(crate) const ARGON2ID: &str =
    "$argon2id$v=19$m=1024,t=2,p=1$aGxYWjhVY2tJbDgxaExYYQ$i4/K16a+2zn9RW5LpczV+Kkjs7IMEIcy2c83UUNFL4o";
// php -r 'echo md5("tmp4711");'
pub(crate) const TEMPORARY_MD5: &str = "9e710f1f03fb69c890043a7f8acb29e4";
pub(crate) const TEMPORARY: &str = "tmp4711";
/// What Phorum stores for accounts that are managed elsewhere.
pub(crate) const NO_PASSWORD: &str = "*NO PASSWORD SET*";

/// A row of the `users` table.
#[derive(Debug, Clone)]
pub(crate) struct Row {
    pub(crate) id: i64,
    pub(crate) name: String,
    pub(crate) columns: Vec<(&'static str, Value)>,
}

impl Row {
    /// An active member with [`PASSWORD`], stored as the version stores it by itself.
    pub(crate) fn new(id: i64, name: &str) -> Self {
        Self { id, name: name.to_owned(), columns: Vec::new() }
    }

    /// The same with another value in a column.
    pub(crate) fn with(mut self, column: &'static str, value: impl Into<Value>) -> Self {
        self.columns.push((column, value.into()));
        self
    }

    /// The same with this value in the column `password`.
    pub(crate) fn stored(self, password: &str) -> Self {
        self.with("password", password)
    }
}

/// An installed forum.
pub(crate) struct Board {
    pub(crate) db: TestDatabase,
    pub(crate) version: Version,
    pub(crate) prefix: &'static str,
    pub(crate) pool: HashPool,
}

impl Board {
    /// A forum of this version with the settings of a fresh installation and no members.
    pub(crate) async fn install(db: TestDatabase, version: Version) -> Self {
        Self::install_as(db, version, "phorum").await
    }

    /// The same with another prefix.
    pub(crate) async fn install_as(db: TestDatabase, version: Version, prefix: &'static str) -> Self {
        db.execute(&version.tables(db.kind(), prefix)).await;
        let board = Self { db, version, prefix, pool: HashPool::new(2, 64).unwrap() };
        for (name, data) in [
            ("title", "Phorum 5"),
            ("internal_version", "2010101500"),
            ("user_time_zone", "1"),
            ("use_cookies", "1"),
        ] {
            board.set(name, data).await;
        }
        // php -r 'echo serialize(["format"=>["mods"=>["smileys"],"funcs"=>["phorum_mod_smileys"]]]);'
        let hooks = "a:1:{s:6:\"format\";a:2:{s:4:\"mods\";a:1:{i:0;s:7:\"smileys\";}\
                     s:5:\"funcs\";a:1:{i:0;s:18:\"phorum_mod_smileys\";}}}";
        board.set("hooks", hooks).await;
        if let Some(level) = version.patch_level() {
            board.set("internal_patchlevel", level).await;
        }
        if version > Version::V5_0 {
            board.set("admin_session_salt", "0.79293200 1442139722").await;
        }
        board
    }

    pub(crate) async fn execute(&self, sql: &str) {
        self.db.execute(&sql.replace("{p}", self.prefix)).await;
    }

    /// Writes a row of `settings`.
    pub(crate) async fn set(&self, name: &str, data: &str) {
        let (name, data) = (self.quote(name), self.quote(data));
        self.execute(&format!("DELETE FROM {{p}}_settings WHERE name = {name}")).await;
        self.execute(&format!("INSERT INTO {{p}}_settings (name, type, data) VALUES ({name}, 'V', {data})"))
            .await;
    }

    pub(crate) async fn add(&self, row: Row) {
        let stored = if self.version == Version::V6_0 { BCRYPT } else { MD5 };
        let mut columns: Vec<(&str, Value)> = vec![
            ("user_id", row.id.into()),
            ("username", row.name.clone().into()),
            ("password", stored.into()),
            ("password_temp", NO_PASSWORD.into()),
            ("email", format!("{}@mail.example", row.id).into()),
            ("active", 1.into()),
            ("date_added", 1_100_000_000.into()),
        ];
        for (column, value) in row.columns {
            columns.retain(|(name, _)| *name != column);
            columns.push((column, value));
        }
        let names: Vec<&str> = columns.iter().map(|(name, _)| *name).collect();
        let values: Vec<String> = columns.iter().map(|(_, value)| self.literal(value)).collect();
        let (names, values) = (names.join(", "), values.join(", "));
        self.execute(&format!("INSERT INTO {{p}}_users ({names}) VALUES ({values})")).await;
    }

    /// Adds a ban; `kind` is the number of the column `type`.
    pub(crate) async fn ban(&self, forum: i64, kind: i64, pcre: bool, text: &str) {
        let (pcre, text) = (i64::from(pcre), self.quote(text));
        let columns = "forum_id, type, pcre, string";
        self.execute(&format!(
            "INSERT INTO {{p}}_banlists ({columns}) VALUES ({forum}, {kind}, {pcre}, {text})"
        ))
        .await;
    }

    pub(crate) async fn group(&self, id: i64, name: &str, members: &[(i64, i64)]) {
        let name = self.quote(name);
        self.execute(&format!("INSERT INTO {{p}}_groups (group_id, name) VALUES ({id}, {name})")).await;
        for (member, status) in members {
            let values = format!("({member}, {id}, {status})");
            self.execute(&format!(
                "INSERT INTO {{p}}_user_group_xref (user_id, group_id, status) VALUES {values}"
            ))
            .await;
        }
    }

    fn literal(&self, value: &Value) -> String {
        match value {
            Value::String(text) => self.quote(text),
            other => other.to_string(),
        }
    }

    /// A text as a literal.
    pub(crate) fn quote(&self, text: &str) -> String {
        let text = text.replace('\'', "''");
        let text =
            if self.db.kind() == TestDatabaseKind::Mariadb { text.replace('\\', "\\\\") } else { text };
        format!("'{text}'")
    }

    /// An authenticator for the forum.
    pub(crate) async fn phorum(&self) -> Phorum {
        self.phorum_with(json!({})).await
    }

    /// The same with further keys.
    pub(crate) async fn phorum_with(&self, mut keys: Value) -> Phorum {
        let map = keys.as_object_mut().unwrap();
        if !map.contains_key("config_php") {
            map.entry("database_url").or_insert_with(|| self.db.url().into());
        }
        if self.prefix != "phorum" {
            map.entry("table_prefix").or_insert_with(|| self.prefix.into());
        }
        let config: PhorumConfig = serde_json::from_value(keys).unwrap();
        config.build(&context(self.pool.clone())).await.unwrap()
    }
}

pub(crate) fn context(pool: HashPool) -> BuildContext {
    BuildContext::new("forum", Realm::new("forum").unwrap(), pool, Arc::new(SystemClock))
}

/// Tries a name and password, from nowhere in particular.
pub(crate) async fn try_login(phorum: &Phorum, login: &str, password: &str) -> Result<Decision, AuthError> {
    try_login_from(phorum, login, password, None).await
}

/// Tries a name and password from an address.
pub(crate) async fn try_login_from(
    phorum: &Phorum,
    login: &str,
    password: &str,
    peer: Option<&str>,
) -> Result<Decision, AuthError> {
    let front = FrontId::new("im").unwrap();
    let cx = AuthContext::new(&front, SystemClock.now()).with_peer(peer.map(|peer| peer.parse().unwrap()));
    phorum.authenticate(&Credentials::password(login, password), &cx).await
}

/// Comes with these cookies.
pub(crate) async fn come(phorum: &Phorum, cookies: &[(&str, &str)]) -> Result<Decision, AuthError> {
    let front = FrontId::new("im").unwrap();
    let cx = AuthContext::new(&front, SystemClock.now());
    let cookies = cookies.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
    phorum.authenticate(&Credentials::ExternalSession { cookies }, &cx).await
}

/// Logs in; panics with the answer when refused.
pub(crate) async fn enter(phorum: &Phorum, login: &str) -> ExternalIdentity {
    match try_login(phorum, login, PASSWORD).await {
        Ok(Decision::Accepted { identity, .. }) => *identity,
        other => panic!("{login} was not let in: {other:?}"),
    }
}

/// The refusal of a name and password; panics with any other answer.
pub(crate) async fn refusal(phorum: &Phorum, login: &str, password: &str) -> Refusal {
    match try_login(phorum, login, password).await {
        Ok(Decision::Refused(refusal)) => refusal,
        other => panic!("{login} was not refused: {other:?}"),
    }
}
