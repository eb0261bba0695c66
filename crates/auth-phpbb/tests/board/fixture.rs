//! A board in a test's database, and an authenticator on it.

use std::net::IpAddr;
use std::sync::Arc;

use portico_auth_phpbb::{Phpbb, PhpbbConfig};
use portico_auth_sql::DatabaseKind;
use portico_auth_sql::testing::TestDatabase;
use portico_core::Timestamp;
use portico_core::auth::{
    Adapter, AuthContext, AuthError, Authenticator, BuildContext, Credentials, Decision, ExternalIdentity,
    HashPool, Realm, Refusal,
};
use portico_core::front::FrontId;
use portico_core::testing::MockClock;

use crate::schema::{V, schema};

/// "Now" in all tests: 2026-11-22.
pub const NOW: i64 = 1_795_305_600;

/// md5("correct horse") as PHP gives it; every phpBB but 3.0 with its conversion flag takes a bare md5.
pub const CORRECT_HORSE: &str = "3cb4e732631f47e6eb961f34554b7cde";

/// In the order of their ids on a fresh board.
const SYSTEM_GROUPS: [&str; 7] = [
    "GUESTS",
    "REGISTERED",
    "REGISTERED_COPPA",
    "GLOBAL_MODERATORS",
    "ADMINISTRATORS",
    "BOTS",
    "NEWLY_REGISTERED",
];

/// A value in a statement.
#[derive(Debug, Clone)]
pub enum Sql {
    Int(i64),
    Text(String),
    Null,
}

impl std::convert::From<i64> for Sql {
    fn from(number: i64) -> Self {
        Self::Int(number)
    }
}

impl std::convert::From<&str> for Sql {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}

/// A board of some version.
pub struct Board<'a> {
    pub db: &'a TestDatabase,
    pub version: V,
}

impl<'a> Board<'a> {
    /// A freshly installed board: settings, the guest, the groups of the system.
    pub async fn install(db: &'a TestDatabase, version: V) -> Self {
        let board = Self { db, version };
        let mut sql = schema(db.dialect().kind(), version);
        let mut settings = vec![
            ("version", version.row()),
            ("board_startdate", "1100000000"),
            ("board_disable", "0"),
            ("default_lang", "en"),
            ("cookie_name", if version == V::V20 { "phpbb2mysql" } else { "phpbb3_x7k2q" }),
            ("session_length", "3600"),
            ("allow_autologin", "1"),
            ("max_autologin_time", "0"),
        ];
        if version == V::V20 {
            settings.extend([("max_login_attempts", "5"), ("login_reset_time", "30")]);
        } else {
            settings.extend([
                ("auth_method", "db"),
                ("require_activation", "0"),
                ("max_login_attempts", "3"),
                ("ip_login_limit_max", "50"),
                ("ip_login_limit_time", "21600"),
                ("ip_login_limit_use_forwarded", "0"),
                ("forwarded_for_check", "0"),
                ("ip_check", "3"),
                ("browser_check", "1"),
                ("chg_passforce", "0"),
                ("allow_avatar", "1"),
                ("allow_avatar_upload", "1"),
                ("allow_avatar_remote", "1"),
                ("allow_avatar_local", "1"),
                ("allow_avatar_gravatar", "1"),
            ]);
        }
        for (name, value) in settings {
            let values = [("config_name", name.into()), ("config_value", value.into())];
            sql.push_str(&board.insert_sql("config", &values));
        }
        if version == V::V20 {
            let guest = [("user_id", (-1).into()), ("username", "Anonymous".into())];
            sql.push_str(&board.insert_sql("users", &guest));
        } else {
            for (id, name) in (1..).zip(SYSTEM_GROUPS) {
                let values =
                    [("group_id", Sql::Int(id)), ("group_name", name.into()), ("group_type", 3.into())];
                sql.push_str(&board.insert_sql("groups", &values));
            }
            let guest =
                board.member(1, "Anonymous", "anonymous").with("user_type", 2).with("user_password", "");
            sql.push_str(&board.insert_sql("users", &guest.values));
        }
        db.execute(&sql).await;
        board
    }

    /// Sets a row of `config`.
    pub async fn setting(&self, name: &str, value: &str) {
        let old = self.literal(&name.into());
        let new = self.insert_sql("config", &[("config_name", name.into()), ("config_value", value.into())]);
        self.db.execute(&format!("DELETE FROM phpbb_config WHERE config_name = {old}; {new}")).await;
    }

    pub fn literal(&self, value: &Sql) -> String {
        match value {
            Sql::Int(number) => number.to_string(),
            Sql::Null => "NULL".to_owned(),
            Sql::Text(text) => {
                let mut quoted = text.replace('\'', "''");
                if self.db.dialect().kind() == DatabaseKind::Mysql {
                    quoted = quoted.replace('\\', "\\\\");
                }
                format!("'{quoted}'")
            }
        }
    }

    pub async fn insert(&self, table: &str, values: &[(&str, Sql)]) {
        self.db.execute(&self.insert_sql(table, values)).await;
    }

    fn insert_sql(&self, table: &str, values: &[(&str, Sql)]) -> String {
        let columns: Vec<&str> = values.iter().map(|(column, _)| *column).collect();
        let literals: Vec<String> = values.iter().map(|(_, value)| self.literal(value)).collect();
        format!("INSERT INTO phpbb_{table} ({}) VALUES ({});\n", columns.join(", "), literals.join(", "))
    }

    pub async fn group(&self, id: i64, name: &str, kind: i64) {
        self.insert(
            "groups",
            &[("group_id", id.into()), ("group_name", name.into()), ("group_type", kind.into())],
        )
        .await;
    }

    pub async fn join(&self, user: i64, group: i64, leader: bool, pending: bool) {
        let values = [
            ("user_id", user.into()),
            ("group_id", group.into()),
            ("group_leader", i64::from(leader).into()),
            ("user_pending", i64::from(pending).into()),
        ];
        self.insert("user_group", &values).await;
    }

    /// A member whose password is "correct horse". `username` as stored: with entities.
    pub fn member(&self, id: i64, username: &str, clean: &str) -> Member<'_> {
        let mut values: Vec<(&'static str, Sql)> = vec![
            ("user_id", id.into()),
            ("username", username.into()),
            ("user_password", CORRECT_HORSE.into()),
            ("user_regdate", 1_200_000_000.into()),
            ("user_email", format!("user{id}@example.org").as_str().into()),
            ("user_lang", "en".into()),
        ];
        if self.version == V::V20 {
            values.push(("user_active", 1.into()));
        } else {
            values.extend([
                ("username_clean", clean.into()),
                ("user_permissions", "".into()),
                ("user_passchg", 1_200_000_000.into()),
            ]);
        }
        Member { board: self, values }
    }

    /// The ordinary member "Alice", id 2.
    pub async fn alice(&self) {
        self.member(2, "Alice", "alice").seed().await;
    }

    pub async fn ban(&self, id: i64, values: &[(&str, Sql)]) {
        let mut all = vec![("ban_id", Sql::Int(id))];
        all.extend(values.iter().cloned());
        self.insert(if self.version == V::V40 { "bans" } else { "banlist" }, &all).await;
    }

    /// A session of the member, begun a minute ago by the usual visitor; what the cookie `_sid` holds.
    pub async fn session(&self, user: i64, changes: &[(&'static str, Sql)]) -> String {
        let id = session_id(user);
        let mut values: Vec<(&str, Sql)> = vec![
            ("session_id", id.as_str().into()),
            ("session_user_id", user.into()),
            ("session_time", (NOW - 60).into()),
            ("session_ip", if self.version == V::V20 { "c0000207" } else { "192.0.2.7" }.into()),
        ];
        if self.version == V::V20 {
            values.push(("session_logged_in", i64::from(user > 0).into()));
        } else {
            values.extend([("session_browser", BROWSER.into()), ("session_autologin", 0.into())]);
        }
        for (column, value) in changes {
            values.retain(|(name, _)| name != column);
            values.push((column, value.clone()));
        }
        self.insert("sessions", &values).await;
        values
            .iter()
            .find(|(name, _)| *name == "session_id")
            .map(|(_, id)| self.literal(id).replace('\'', ""))
            .unwrap()
    }

    /// A key of the member, used a day ago; what the cookie `_k` holds.
    pub async fn key(&self, user: i64, key: &str) {
        use md5::Digest as _;
        let digest: String = md5::Md5::digest(key).iter().map(|byte| format!("{byte:02x}")).collect();
        let values = [
            ("key_id", digest.as_str().into()),
            ("user_id", user.into()),
            ("last_login", (NOW - 86_400).into()),
        ];
        self.insert("sessions_keys", &values).await;
    }

    /// The authenticator with the usual options.
    pub async fn phpbb(&self) -> Door {
        self.phpbb_with(serde_json::json!({})).await
    }

    /// The authenticator with more options.
    pub async fn phpbb_with(&self, options: serde_json::Value) -> Door {
        door(&self.db.url(), options).await.unwrap()
    }
}

/// The usual visitor's browser.
pub const BROWSER: &str = "Mozilla/5.0 (X11; Linux x86_64)";

/// 32 hexadecimal digits.
pub fn session_id(user: i64) -> String {
    format!("{:032x}", 0x5eed_0000_0000_0000_0000_u128 + u128::from(user.unsigned_abs()) * 7919)
}

/// Who knocks, and from where.
#[derive(Debug, Clone, Copy)]
pub struct From<'a> {
    pub peer: Option<&'a str>,
    pub browser: Option<&'a str>,
    pub forwarded_for: Option<&'a str>,
    pub now: i64,
}

/// The usual visitor.
pub const HERE: From<'_> =
    From { peer: Some("192.0.2.7"), browser: Some(BROWSER), forwarded_for: None, now: NOW };

/// A row of `users` to be.
pub struct Member<'a> {
    board: &'a Board<'a>,
    values: Vec<(&'static str, Sql)>,
}

impl Member<'_> {
    /// With another value in a column.
    pub fn with(mut self, column: &'static str, value: impl Into<Sql>) -> Self {
        self.values.retain(|(name, _)| *name != column);
        self.values.push((column, value.into()));
        self
    }

    pub async fn seed(self) {
        self.board.insert("users", &self.values).await;
    }
}

/// An authenticator and what stands around it.
#[derive(Debug)]
pub struct Door {
    pub phpbb: Phpbb,
    pub pool: HashPool,
    front: FrontId,
}

/// An authenticator on any database.
pub async fn door(url: &str, mut options: serde_json::Value) -> anyhow::Result<Door> {
    options["database_url"] = url.into();
    door_with(options).await
}

/// An authenticator with these options only.
pub async fn door_with(options: serde_json::Value) -> anyhow::Result<Door> {
    let pool = HashPool::new(2, 64)?;
    let clock = Arc::new(MockClock::new(Timestamp::from_secs(NOW)));
    let cx = BuildContext::new("forum", Realm::new("forum")?, pool.clone(), clock);
    let config: PhpbbConfig = serde_json::from_value(options)?;
    let phpbb = config.build(&cx).await.map_err(|error| anyhow::anyhow!(error))?;
    Ok(Door { phpbb, pool, front: FrontId::new("im")? })
}

impl Door {
    /// A login from nowhere in particular.
    pub async fn login(&self, login: &str, password: &str) -> Result<Decision, AuthError> {
        self.login_as(login, password, None, None).await
    }

    /// A login from an address.
    pub async fn login_from(&self, login: &str, password: &str, peer: &str) -> Result<Decision, AuthError> {
        self.login_as(login, password, Some(peer), None).await
    }

    pub async fn login_as(
        &self,
        login: &str,
        password: &str,
        peer: Option<&str>,
        forwarded_for: Option<&str>,
    ) -> Result<Decision, AuthError> {
        let peer: Option<IpAddr> = peer.map(|peer| peer.parse().unwrap());
        let cx = AuthContext::new(&self.front, Timestamp::from_secs(NOW))
            .with_peer(peer)
            .with_forwarded_for(forwarded_for);
        self.phpbb.authenticate(&Credentials::password(login, password), &cx).await
    }

    /// Comes with these cookies.
    pub async fn come(&self, cookies: &[(&str, &str)], from: From<'_>) -> Result<Decision, AuthError> {
        let cx = AuthContext::new(&self.front, Timestamp::from_secs(from.now))
            .with_peer(from.peer.map(|peer| peer.parse().unwrap()))
            .with_user_agent(from.browser)
            .with_forwarded_for(from.forwarded_for);
        let cookies = cookies.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        self.phpbb.authenticate(&Credentials::ExternalSession { cookies }, &cx).await
    }

    /// The user id of whoever was let in.
    pub async fn accepted(&self, login: &str, password: &str) -> String {
        self.identity(login, password).await.subject.as_str().to_owned()
    }

    pub async fn identity(&self, login: &str, password: &str) -> ExternalIdentity {
        match self.login(login, password).await {
            Ok(Decision::Accepted { identity, .. }) => *identity,
            other => panic!("{login:?} was not let in: {other:?}"),
        }
    }

    pub async fn refused(&self, login: &str, password: &str) -> Refusal {
        refusal(self.login(login, password).await)
    }

    pub async fn refused_from(&self, login: &str, password: &str, peer: &str) -> Refusal {
        refusal(self.login_from(login, password, peer).await)
    }
}

pub fn refusal(answer: Result<Decision, AuthError>) -> Refusal {
    match answer {
        Ok(Decision::Refused(refusal)) => refusal,
        other => panic!("expected a refusal, was {other:?}"),
    }
}
