//! phpBB 3.3 before the laws, on each database.
#![expect(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

#[path = "board/fixture.rs"]
#[expect(dead_code, reason = "the logins use the rest")]
mod fixture;
#[path = "board/schema.rs"]
#[expect(dead_code, reason = "the logins use the other versions")]
mod schema;

use std::net::TcpListener;
use std::process::ExitCode;

use portico_auth_conformance::people::UNREADABLE_HASH;
use portico_auth_conformance::{Condition, Fixture, Installation, Lack, Person};
use portico_auth_phpbb::PhpbbConfig;
use portico_auth_sql::testing::{TestDatabase, TestDatabaseKind};
use portico_auth_sql::{Cell, ForeignDatabase};
use portico_core::async_trait;
use portico_core::auth::{AuthRegistry, BoxError, CredentialKind, Credentials, DuplicateKind, SecretCookies};
use portico_core::ports::{Clock, SystemClock};
use serde_json::{Map, Value};

use fixture::Board;
use schema::V;

/// The portable hashes of the cast's passwords, computed in PHP 8.2 from the description of the format:
/// md5(salt . p), then 2^11 times md5(digest . p), in phpass's base 64.
const CAST: [(Person, &str); 6] = [
    (Person::Alice, "$H$98c4ab64fwS7jE8JO/qN6u2SHh3yx91"),
    (Person::Grace, "$H$954fd1e03/FU81TLik1oGee2OWgU7J1"),
    (Person::Bob, "$H$93d5a143djms2UV8fp6khihUHPsnaT0"),
    (Person::Carol, "$H$9dd4e46f7G3ovC0inrydkMJMT/TQ/d1"),
    (Person::Dave, "$H$93007051a.Wkl.Cll5IgLXiw3CH9NB1"),
    (Person::Erin, UNREADABLE_HASH),
];

/// The tables whose rows must stay as they are, with the columns that say so.
const WATCHED: [(&str, &str, &str); 8] = [
    (
        "phpbb_users",
        "user_id",
        "user_id, username, username_clean, user_password, user_login_attempts, user_lastvisit, user_last_active",
    ),
    ("phpbb_config", "config_name", "config_name, config_value"),
    ("phpbb_groups", "group_id", "group_id, group_name"),
    ("phpbb_user_group", "user_id", "user_id, group_id, group_leader, user_pending"),
    ("phpbb_banlist", "ban_id", "ban_id, ban_userid, ban_ip, ban_end"),
    ("phpbb_login_attempts", "attempt_time", "attempt_ip, attempt_time, user_id"),
    ("phpbb_sessions", "session_id", "session_id, session_user_id, session_time, session_ip"),
    ("phpbb_sessions_keys", "key_id", "key_id, user_id, last_login"),
];

fn main() -> ExitCode {
    let on = |kind| Box::new(Phpbb33(kind)) as Box<dyn Fixture>;
    portico_auth_conformance::main(TestDatabaseKind::ALL.map(on).into())
}

/// The suite's visitor as the board writes it down.
const AGENT: &str = "Mozilla/5.0 (X11; Linux x86_64) Conformance/1.0";

/// The cookies of a visitor who doesn't want to be remembered.
fn jar(user: &str, id: &str) -> SecretCookies {
    [("phpbb3_x7k2q_u", user), ("phpbb3_x7k2q_k", ""), ("phpbb3_x7k2q_sid", id)]
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .into_iter()
        .collect()
}

struct Phpbb33(TestDatabaseKind);

#[async_trait]
impl Fixture for Phpbb33 {
    fn adapter(&self) -> &'static str {
        "phpbb"
    }

    fn database(&self) -> &'static str {
        self.0.name()
    }

    fn needs(&self) -> Option<&'static str> {
        self.0.needs()
    }

    fn lacks(&self) -> Vec<Lack> {
        vec![
            Lack::person(
                Person::Paula,
                "phpBB says of an account that waits for approval what it says of Carol's",
            ),
            Lack::person(
                Person::Victor,
                "phpBB lets in whose password is too old, and to the page for changing it",
            ),
        ]
    }

    async fn install(&self) -> Result<Box<dyn Installation>, BoxError> {
        let db = TestDatabase::create(self.0).await;
        let board = Board::install(&db, V::V33).await;
        for (id, (person, stored)) in (11..).zip(CAST) {
            let name = person.login();
            let member = board.member(id, name, name).with("user_password", stored);
            match person {
                Person::Carol => member.with("user_type", 1),
                Person::Dave => member.with("user_login_attempts", 3),
                _ => member,
            }
            .seed()
            .await;
            board.join(id, 2, false, false).await;
        }
        board.ban(1, &[("ban_userid", 13.into()), ("ban_give_reason", "spam".into())]).await;
        let silent = TcpListener::bind("127.0.0.1:0")?;
        let other = match self.0 {
            TestDatabaseKind::Sqlite => Some(TestDatabase::create(self.0).await),
            TestDatabaseKind::Mariadb | TestDatabaseKind::Postgres => None,
        };
        Ok(Box::new(Installed { db, silent, other }))
    }
}

struct Installed {
    db: TestDatabase,
    /// Takes connections and says nothing.
    silent: TcpListener,
    /// SQLite: a file without the tables, that can be locked as well.
    other: Option<TestDatabase>,
}

impl Installed {
    fn board(&self) -> Board<'_> {
        Board { db: &self.db, version: V::V33 }
    }

    /// The database's address with another host and port.
    fn url_at(&self, address: &str) -> String {
        let url = self.db.url();
        let (before, rest) = url.rsplit_once('@').unwrap_or_default();
        let (_, database) = rest.split_once('/').unwrap_or_default();
        format!("{before}@{address}/{database}")
    }
}

#[async_trait]
impl Installation for Installed {
    fn register(&self, registry: &mut AuthRegistry) -> Result<(), DuplicateKind> {
        registry.register::<PhpbbConfig>().map(drop)
    }

    async fn options(&self, condition: Condition) -> Result<Map<String, Value>, BoxError> {
        let url = match (condition, &self.other) {
            (Condition::Healthy, _) => self.db.url(),
            (Condition::Unreachable, Some(_)) => "sqlite:/no-such-folder/forum.db".to_owned(),
            (Condition::Unreachable, None) => {
                let free = TcpListener::bind("127.0.0.1:0")?.local_addr()?;
                self.url_at(&free.to_string())
            }
            (Condition::Hanging, Some(other)) => {
                other.cut().await;
                other.url()
            }
            (Condition::Hanging, None) => self.url_at(&self.silent.local_addr()?.to_string()),
            (Condition::WrongServiceAccount, Some(other)) => {
                other.restore().await;
                other.url()
            }
            (Condition::WrongServiceAccount, None) => self.db.url_for("no_such_reader", "no-such-secret"),
        };
        let mut options = Map::new();
        options.insert("database_url".to_owned(), url.into());
        options.insert("url".to_owned(), "https://forum.example.org".into());
        Ok(options)
    }

    fn spellings_of_alice(&self) -> Vec<String> {
        // Cyrillic а and с, full width, a zero-width space.
        ["ALICE", " Alice ", "\u{430}li\u{441}e", "ａｌｉｃｅ", "al\u{200B}ice"].map(str::to_owned).to_vec()
    }

    async fn credentials(&self, person: Person, kind: CredentialKind) -> Result<Credentials, BoxError> {
        if kind != CredentialKind::ExternalSession {
            return Err("phpBB's members have passwords and sessions".into());
        }
        let user = CAST
            .iter()
            .zip(11..)
            .find(|((other, _), _)| *other == person)
            .map(|(_, id)| id)
            .ok_or("not a member")?;
        // Now by the clock: the instances have the system's.
        let now = SystemClock.now().as_millis() / 1000;
        let id = fixture::session_id(user);
        self.db.execute(&format!("DELETE FROM phpbb_sessions WHERE session_id = '{id}'")).await;
        self.board().session(user, &[("session_time", now.into()), ("session_browser", AGENT.into())]).await;
        Ok(Credentials::ExternalSession { cookies: jar(&user.to_string(), &id) })
    }

    async fn worthless_sessions(&self) -> Result<Vec<(String, SecretCookies)>, BoxError> {
        let now = SystemClock.now().as_millis() / 1000;
        let of = |user: i64, time: i64, id: &'static str| async move {
            let changes =
                [("session_time", time.into()), ("session_browser", AGENT.into()), ("session_id", id.into())];
            self.board().session(user, &changes).await
        };
        let guest = of(1, now, "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa1").await;
        let expired = of(11, now - 3661, "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa2").await;
        let never = "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa3";
        let foreign = ["phpbb3_other_sid", "phpbb3_other_u"].map(str::to_owned).into_iter();
        let foreign = foreign.zip([fixture::session_id(11), "11".to_owned()]).collect();
        let mut jars = vec![
            ("a guest's".to_owned(), jar("1", &guest)),
            ("an expired session's".to_owned(), jar("11", &expired)),
            ("a well-formed session that never was".to_owned(), jar("11", never)),
            ("of another board on the same host".to_owned(), foreign),
        ];
        let keyed = |key: &str| {
            let mut cookies: Vec<(String, String)> = vec![
                ("phpbb3_x7k2q_sid".to_owned(), never.to_owned()),
                ("phpbb3_x7k2q_u".to_owned(), "11".to_owned()),
            ];
            cookies.push(("phpbb3_x7k2q_k".to_owned(), key.to_owned()));
            cookies.into_iter().collect()
        };
        for key in ["forgedkey0123456", "0", "' OR 1=1 -- ", "\u{FF11}"] {
            jars.push((format!("a forged key {key:?}"), keyed(key)));
        }
        Ok(jars)
    }

    async fn end_session(&self, person: Person) -> Result<(), BoxError> {
        let user = CAST.iter().zip(11..).find(|((other, _), _)| *other == person).map_or(0, |(_, id)| id);
        self.db.execute(&format!("DELETE FROM phpbb_sessions WHERE session_user_id = {user}")).await;
        Ok(())
    }

    async fn rename(&self, person: Person, new_login: &str) -> Result<(), BoxError> {
        let board = self.board();
        let (old, new) = (board.literal(&person.login().into()), board.literal(&new_login.into()));
        let sql =
            format!("UPDATE phpbb_users SET username = {new}, username_clean = {new} WHERE username = {old}");
        self.db.execute(&sql).await;
        Ok(())
    }

    async fn snapshot(&self) -> Result<String, BoxError> {
        let database = ForeignDatabase::connect(&self.db.settings());
        let mut text = String::new();
        for (table, order, columns) in WATCHED {
            let sql = format!("SELECT {columns} FROM {table} ORDER BY {order}");
            for row in database.query(&sql, &[]).await? {
                for column in columns.split(", ") {
                    text.push_str(&match row.cell(column)? {
                        Cell::Int(number) => number.to_string(),
                        Cell::Text(value) => value.clone(),
                        other => format!("{other:?}"),
                    });
                    text.push('\t');
                }
                text.push('\n');
            }
        }
        Ok(text)
    }

    fn secrets(&self) -> Vec<String> {
        let mut secrets: Vec<String> = CAST.iter().map(|(_, stored)| (*stored).to_owned()).collect();
        secrets.push("no-such-secret".to_owned());
        secrets.extend((11..=16).map(fixture::session_id));
        secrets
    }

    async fn queries(&self) -> Option<u64> {
        Some(self.db.queries())
    }
}
