//! Phorum 6.0 before the laws, on each database.

#[path = "support/mod.rs"]
#[expect(dead_code, reason = "the logins use the rest")]
mod support;

use std::net::TcpListener;
use std::process::ExitCode;

use portico_auth_conformance::people::UNREADABLE_HASH;
use portico_auth_conformance::{Condition, Fixture, Installation, Lack, Person};
use portico_auth_phorum::PhorumConfig;
use portico_auth_sql::testing::{TestDatabase, TestDatabaseKind};
use portico_auth_sql::{Cell, ForeignDatabase};
use portico_core::async_trait;
use portico_core::auth::{AuthRegistry, BoxError, CredentialKind, Credentials, DuplicateKind, SecretCookies};
use serde_json::{Map, Value};

use support::{Board, Row, Version};

// php -r 'foreach (["Wren-71-alice-Quince", "Siskin-64-carol-Damson"] as $p) echo password_hash($p, PASSWORD_BCRYPT, ["cost" => 4]), "\n";'
const ALICE: &str = "$2y$04$N724/p/ijd/E.EB33v2wUuO2pynPeH93vXiRylmt64weaJRdk6DIW";
const CAROL: &str = "$2y$04$Aiydi0C.i6yAAidax3Yo3.tzyR.onBDnbSMviRFrgzITlE2i/0wCy";
// php -r 'echo md5("Heron-28-grace-Medlar");'
const GRACE: &str = "54fd1e0315683eafe85894b061eb9bca";

/// The tables whose rows must stay as they are, with the columns that say so.
const WATCHED: [(&str, &str, &str); 4] = [
    (
        "phorum_users",
        "user_id",
        "user_id, username, password, password_temp, sessid_lt, active, date_last_active",
    ),
    ("phorum_settings", "name", "name, data"),
    ("phorum_user_group_xref", "group_id", "user_id, group_id, status"),
    ("phorum_banlists", "id", "id, forum_id, string"),
];

/// Who is who in the table.
fn user_id(person: Person) -> Result<i64, BoxError> {
    match person {
        Person::Alice => Ok(11),
        Person::Grace => Ok(12),
        Person::Carol => Ok(13),
        Person::Erin => Ok(14),
        other => Err(format!("{other} is no member here").into()),
    }
}

/// 64 hexadecimal digits, as 6.0 makes them.
fn session_id(user: i64) -> String {
    format!("{:064x}", 0x5eed_0000_0000_0000_0000_u128 + u128::from(user.unsigned_abs()) * 7919)
}

fn jar(value: &str) -> SecretCookies {
    ["phorum_session_v5", "phorum_session_st"]
        .map(|name| (name.to_owned(), value.to_owned()))
        .into_iter()
        .collect()
}

struct Phorum6(TestDatabaseKind);

#[async_trait]
impl Fixture for Phorum6 {
    fn adapter(&self) -> &'static str {
        "phorum"
    }

    fn database(&self) -> &'static str {
        self.0.name()
    }

    fn needs(&self) -> Option<&'static str> {
        self.0.needs()
    }

    fn lacks(&self) -> Vec<Lack> {
        vec![
            Lack::person(Person::Bob, "Phorum lets the banned in: they may read but not write"),
            Lack::person(Person::Dave, "Phorum neither counts nor locks"),
            Lack::person(
                Person::Paula,
                "an account that waits for approval is not active to Phorum, as Carol's",
            ),
            Lack::person(Person::Victor, "Phorum lets in who must change the password"),
        ]
    }

    async fn install(&self) -> Result<Box<dyn Installation>, BoxError> {
        let board = Board::install(TestDatabase::create(self.0).await, Version::V6_0).await;
        let cast = [
            (Person::Alice, ALICE, 1),
            (Person::Grace, GRACE, 1),
            (Person::Carol, CAROL, 0),
            (Person::Erin, UNREADABLE_HASH, 1),
        ];
        for (id, (person, stored, active)) in (11..).zip(cast) {
            board.add(Row::new(id, person.login()).stored(stored).with("active", active)).await;
        }
        board.group(3, "Gardeners", &[(11, 1), (12, 2)]).await;
        board.ban(0, 5, false, "12").await;
        let silent = TcpListener::bind("127.0.0.1:0")?;
        let other =
            if self.0 == TestDatabaseKind::Sqlite { Some(TestDatabase::create(self.0).await) } else { None };
        Ok(Box::new(Installed { board, silent, other }))
    }
}

struct Installed {
    board: Board,
    /// Takes connections and says nothing.
    silent: TcpListener,
    /// SQLite: a file without the tables, that can be locked as well.
    other: Option<TestDatabase>,
}

impl Installed {
    /// Makes this the long session of a member.
    async fn log_in(&self, user: i64, id: &str) {
        let update =
            format!("UPDATE {{p}}_users SET sessid_lt = '{id}', sessid_st = '{id}' WHERE user_id = {user}");
        self.board.execute(&update).await;
    }

    /// The database's address with another host and port.
    fn url_at(&self, address: &str) -> String {
        let url = self.board.db.url();
        let (before, rest) = url.rsplit_once('@').unwrap_or_default();
        let (_, database) = rest.split_once('/').unwrap_or_default();
        format!("{before}@{address}/{database}")
    }
}

#[async_trait]
impl Installation for Installed {
    fn register(&self, registry: &mut AuthRegistry) -> Result<(), DuplicateKind> {
        registry.register::<PhorumConfig>().map(drop)
    }

    async fn options(&self, condition: Condition) -> Result<Map<String, Value>, BoxError> {
        let db = &self.board.db;
        let url = match (condition, &self.other) {
            (Condition::Healthy, _) => db.url(),
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
            (Condition::WrongServiceAccount, None) => db.url_for("no_such_reader", "no-such-secret"),
        };
        let mut options = Map::new();
        options.insert("database_url".to_owned(), url.into());
        options.insert("url".to_owned(), "https://forum.example.org".into());
        Ok(options)
    }

    fn spellings_of_alice(&self) -> Vec<String> {
        let mut spellings = vec![" alice ".to_owned(), "alice\t".to_owned()];
        if self.board.db.kind() != TestDatabaseKind::Postgres {
            spellings.extend(["ALICE".to_owned(), "Alice".to_owned()]);
        }
        if self.board.db.kind() == TestDatabaseKind::Mariadb {
            // The usual collation ignores accents as well.
            spellings.extend(["alicé".to_owned(), "ÀLICE".to_owned()]);
        }
        spellings
    }

    async fn credentials(&self, person: Person, kind: CredentialKind) -> Result<Credentials, BoxError> {
        if kind != CredentialKind::ExternalSession {
            return Err("Phorum's members have passwords and sessions".into());
        }
        let user = user_id(person)?;
        self.log_in(user, &session_id(user)).await;
        Ok(Credentials::ExternalSession { cookies: jar(&format!("{user}%3A{}", session_id(user))) })
    }

    async fn worthless_sessions(&self) -> Result<Vec<(String, SecretCookies)>, BoxError> {
        // Erin has no session: both columns are empty.
        let never = session_id(99);
        Ok([
            ("a guest's, who has none", "0%3A".to_owned()),
            ("of a member without a session", "14%3A".to_owned()),
            ("an ended session's", format!("14%3A{}", session_id(14))),
            ("of another forum on the same host", format!("11%3A{never}")),
            ("a well-formed session of nobody", format!("4711%3A{never}")),
            ("another member's", format!("12%3A{}", session_id(11))),
            ("no number", format!("x%3A{}", session_id(11))),
            ("a number with more", format!("11.0%3A{}", session_id(11))),
            ("no colon", format!("11{}", session_id(11))),
        ]
        .map(|(what, value)| (what.to_owned(), jar(&value)))
        .into())
    }

    async fn end_session(&self, person: Person) -> Result<(), BoxError> {
        self.log_in(user_id(person)?, "").await;
        Ok(())
    }

    async fn rename(&self, person: Person, new_login: &str) -> Result<(), BoxError> {
        let (old, new) = (self.board.quote(person.login()), self.board.quote(new_login));
        self.board.execute(&format!("UPDATE {{p}}_users SET username = {new} WHERE username = {old}")).await;
        Ok(())
    }

    async fn snapshot(&self) -> Result<String, BoxError> {
        let database = ForeignDatabase::connect(&self.board.db.settings());
        let mut text = String::new();
        for (table, order, columns) in WATCHED {
            for row in database.query(&format!("SELECT {columns} FROM {table} ORDER BY {order}"), &[]).await?
            {
                for column in columns.split(", ") {
                    match row.cell(column)? {
                        Cell::Null => text.push_str("NULL"),
                        Cell::Int(number) => text.push_str(&number.to_string()),
                        Cell::Float(number) => text.push_str(&number.to_string()),
                        Cell::Text(value) => text.push_str(value),
                        Cell::Bytes(bytes) => text.push_str(&format!("{bytes:?}")),
                    }
                    text.push('\t');
                }
                text.push('\n');
            }
        }
        Ok(text)
    }

    fn secrets(&self) -> Vec<String> {
        let mut secrets: Vec<String> = [ALICE, CAROL, GRACE, UNREADABLE_HASH].map(str::to_owned).to_vec();
        secrets.push("no-such-secret".to_owned());
        secrets.extend((11..=14).map(session_id));
        let url = self.board.db.url();
        let password = url.rsplit_once('@').and_then(|(before, _)| before.rsplit_once(':'));
        // The servers of a test run have passwords long enough to be found in a text, or none.
        secrets
            .extend(password.map(|(_, password)| password.to_owned()).filter(|password| password.len() >= 8));
        secrets
    }

    async fn queries(&self) -> Option<u64> {
        Some(self.board.db.queries())
    }
}

fn main() -> ExitCode {
    let fixtures = TestDatabaseKind::ALL.map(|kind| Box::new(Phorum6(kind)) as Box<dyn Fixture>);
    portico_auth_conformance::main(fixtures.into())
}
