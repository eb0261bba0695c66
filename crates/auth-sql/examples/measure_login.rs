//! What the database part of a login costs on a table of a million people.
//!
//! `cargo run --release -p portico-auth-sql --example measure_login -- mariadb|postgres|sqlite`, with the server in
//! `PORTICO_TEST_MARIADB_URL` or `PORTICO_TEST_POSTGRES_URL` (`cargo xtask services` prints them). The passwords are md5, which
//! costs a microsecond, so that what is measured is the database, the statement and the reading of the row. Prints the
//! median of each kind of login and its ratio to a `SELECT` by primary key in the same run.
#![expect(clippy::print_stdout, reason = "it is what the example is for")]

use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use portico_auth_sql::recipe::{Recipe, SqlApplication, SqlConfig};
use portico_auth_sql::testing::{TestDatabase, TestDatabaseKind};
use portico_auth_sql::{ForeignDatabase, Param};
use portico_core::auth::{AuthContext, Authenticator, BuildContext, Credentials, Decision, HashPool, Realm};
use portico_core::front::FrontId;
use portico_core::ports::{Clock, SystemClock};

const PEOPLE: u64 = 1_000_000;
const LOGINS: u64 = 300;
/// md5("secret").
const STORED: &str = "5ebe2294ecd0e0f08eab7690d2a6ee69";

fn recipe(login: &str) -> String {
    format!(
        "id = \"million\"\nname = \"A million\"\ncategory = \"other\"\nversions = \"1\"\nconfidence = \"high\"\n\
         source = \"this example\"\ndatabases = [\"mysql\", \"postgres\", \"sqlite\"]\n[[person]]\ntable = \"people\"\n\
         id = \"id\"\nlogin = [{login}]\npassword = \"password\"\nschemes = [\"md5(p)\"]\n\
         [person.identity]\nemail = \"email\"\n"
    )
}

async fn fill(db: &TestDatabase) {
    let insert = format!("INSERT INTO people SELECT n, {{name}}, '{STORED}', {{email}} FROM {{numbers}}");
    let make = |name: &str, email: &str, numbers: &str| {
        insert.replace("{name}", name).replace("{email}", email).replace("{numbers}", numbers)
    };
    let table = "CREATE TABLE people (id int PRIMARY KEY, name varchar(60){ci} UNIQUE, password varchar(60), \
                 email varchar(80){ci})";
    let (table, rows, index) = match db.kind() {
        TestDatabaseKind::Mariadb => (
            table.replace("{ci}", " CHARACTER SET utf8mb4 COLLATE utf8mb4_general_ci"),
            make(
                "CONCAT('User', n)",
                "CONCAT('user', n, '@example.org')",
                &format!("(SELECT seq AS n FROM seq_1_to_{PEOPLE}) s"),
            ),
            "CREATE INDEX by_email ON people (email)",
        ),
        TestDatabaseKind::Postgres => (
            table.replace("{ci}", ""),
            make(
                "'User' || n",
                "'user' || n || '@example.org'",
                &format!("generate_series(1, {PEOPLE}) AS n"),
            ),
            "CREATE INDEX by_email ON people (LOWER(email)); CREATE INDEX by_name ON people (LOWER(name)); ANALYZE people",
        ),
        TestDatabaseKind::Sqlite => (
            table.replace("{ci}", " COLLATE NOCASE"),
            format!(
                "WITH RECURSIVE s(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM s WHERE n < {PEOPLE}) {}",
                make("'User' || n", "'user' || n || '@example.org'", "s")
            ),
            "CREATE INDEX by_email ON people (email)",
        ),
    };
    db.execute(&table).await;
    db.execute(&rows).await;
    db.execute(index).await;
}

fn median(mut times: Vec<Duration>) -> f64 {
    times.sort();
    times.get(times.len() / 2).map_or(0.0, |time| time.as_secs_f64() * 1000.0)
}

/// Somebody else each time, all over the table.
fn number(at: u64) -> u64 {
    at * 7_919 * 131 % PEOPLE + 1
}

async fn logins(db: &TestDatabase, login: &str, name: impl Fn(u64) -> String) -> Result<f64> {
    let recipe = Recipe::parse("million.toml", &recipe(login))?;
    let config: SqlConfig =
        serde_json::from_value(serde_json::json!({ "app": "million", "database_url": db.url() }))?;
    let cx =
        BuildContext::new("million", Realm::new("million")?, HashPool::new(1, 8)?, Arc::new(SystemClock));
    let application = SqlApplication::of_recipe(recipe, &config, &cx)?;
    application.check().await?;
    let front = FrontId::new("front")?;
    let mut times = Vec::new();
    for at in 0..LOGINS {
        let credentials = Credentials::password(name(number(at)), "secret");
        let cx = AuthContext::new(&front, SystemClock.now());
        let begun = Instant::now();
        let decision = application.authenticate(&credentials, &cx).await?;
        times.push(begun.elapsed());
        if !matches!(decision, Decision::Accepted { .. }) {
            bail!("{} was not let in: {decision:?}", name(number(at)));
        }
    }
    Ok(median(times))
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<()> {
    let kind = match std::env::args().nth(1).as_deref() {
        Some("mariadb") => TestDatabaseKind::Mariadb,
        Some("postgres") => TestDatabaseKind::Postgres,
        Some("sqlite") => TestDatabaseKind::Sqlite,
        _ => bail!("expected mariadb, postgres or sqlite"),
    };
    let db = TestDatabase::create(kind).await;
    fill(&db).await;
    let database = ForeignDatabase::connect(&db.settings());
    let mut times = Vec::new();
    for at in 0..LOGINS {
        let id = Param::from(i64::try_from(number(at)).context("a small number")?);
        let begun = Instant::now();
        database.query("SELECT id, name, password, email FROM people WHERE id = ?", &[id]).await?;
        times.push(begun.elapsed());
    }
    let bare = median(times);
    println!("{} people on {}; median of {LOGINS}", PEOPLE, kind.name());
    println!("by primary key            {bare:>8.3} ms   1.0");
    let both = "{ column = \"name\", compare = \"ignore-case\" }, { column = \"email\", compare = \"ignore-case\", when_contains = \"@\" }";
    for (what, login, spelt) in [
        ("exact name", "{ column = \"name\", compare = \"exact\" }", "User{n}"),
        ("name without case", "{ column = \"name\", compare = \"ignore-case\" }", "uSER{n}"),
        ("name or e-mail address", both, "USER{n}@example.org"),
    ] {
        let took = logins(&db, login, |n| spelt.replace("{n}", &n.to_string())).await?;
        println!("{what:<25} {took:>8.3} ms   {:.1}", took / bare);
    }
    Ok(())
}
