//! How long it takes to look at everybody who is here: a board of a million members, 5,000 of them live.
//!
//! ```text
//! PORTICO_TEST_MARIADB_URL=mysql://root:…@127.0.0.1:3306 cargo run --release -p portico-auth-phpbb --example measure_directory -- mariadb
//! ```
//! and the same with `postgres` (`PORTICO_TEST_POSTGRES_URL`) and `sqlite`. Makes a database of its own there and drops it.
#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::print_stdout,
    reason = "a measurement stops at the first mistake"
)]

#[path = "../tests/board/schema.rs"]
#[expect(dead_code, reason = "one version is measured")]
mod schema;

use std::net::IpAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use portico_auth_phpbb::PhpbbConfig;
use portico_auth_sql::testing::{TestDatabase, TestDatabaseKind};
use portico_auth_sql::{ForeignDatabase, Param};
use portico_core::auth::{Adapter, Authenticator, BuildContext, HashPool, Realm, SubjectId};
use portico_core::ports::SystemClock;

const MEMBERS: u64 = 1_000_000;
const LIVE: u64 = 5_000;
const ROUNDS: usize = 7;

/// 1 to `n` as rows of a column `n`.
fn numbers(kind: TestDatabaseKind, n: u64) -> String {
    match kind {
        TestDatabaseKind::Mariadb => format!("(SELECT seq AS n FROM seq_1_to_{n}) s"),
        TestDatabaseKind::Postgres => format!("generate_series(1, {n}) AS s(n)"),
        TestDatabaseKind::Sqlite => {
            format!(
                "(WITH RECURSIVE c(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c WHERE n < {n}) SELECT n FROM c) s"
            )
        }
    }
}

async fn fill(db: &TestDatabase) {
    let kind = db.kind();
    db.execute(&schema::schema(db.dialect().kind(), schema::V::V33)).await;
    let name = if kind == TestDatabaseKind::Mariadb { "CONCAT('member', n)" } else { "'member' || n" };
    let million = numbers(kind, MEMBERS);
    for sql in [
        format!(
            "INSERT INTO phpbb_users (user_id, username, username_clean, user_password, user_permissions, user_email, user_passchg, user_regdate) \
             SELECT n + 1, {name}, {name}, '$2y$10$abcdefghijklmnopqrstuv', '', {name}, 1700000000, 1600000000 FROM {million}"
        ),
        format!("INSERT INTO phpbb_user_group (group_id, user_id, user_pending) SELECT 2, n + 1, 0 FROM {million}"),
        format!(
            "INSERT INTO phpbb_user_group (group_id, user_id, user_pending) SELECT 8 + n % 20, n * 4, 0 FROM {}",
            numbers(kind, MEMBERS / 4)
        ),
        format!(
            "INSERT INTO phpbb_banlist (ban_id, ban_userid) SELECT n, n * 97 FROM {}",
            numbers(kind, 10_000)
        ),
        "INSERT INTO phpbb_config (config_name, config_value) VALUES ('version', '3.3.15'), ('board_startdate', '1'), \
         ('auth_method', 'db'), ('cookie_name', 'x')"
            .to_owned(),
        "CREATE INDEX ug_user ON phpbb_user_group (user_id)".to_owned(),
        "CREATE INDEX ban_user ON phpbb_banlist (ban_userid, ban_exclude)".to_owned(),
    ] {
        db.execute(&sql).await;
    }
    for group in 1..30 {
        let kind = if group < 8 { 3 } else { 0 };
        let sql = format!(
            "INSERT INTO phpbb_groups (group_id, group_type, group_name) VALUES ({group}, {kind}, 'G{group}')"
        );
        db.execute(&sql).await;
    }
    let patterns: Vec<String> =
        (1..=1000).map(|n| format!("({}, '10.{}.{}.*')", 20_000 + n, n / 250, n % 250)).collect();
    db.execute(&format!("INSERT INTO phpbb_banlist (ban_id, ban_ip) VALUES {}", patterns.join(", "))).await;
    if kind != TestDatabaseKind::Sqlite {
        let analyze = if kind == TestDatabaseKind::Mariadb {
            "ANALYZE TABLE phpbb_users, phpbb_user_group"
        } else {
            "ANALYZE"
        };
        db.execute(analyze).await;
    }
}

fn median(mut times: Vec<Duration>) -> f64 {
    times.sort();
    times[times.len() / 2].as_secs_f64() * 1000.0
}

#[tokio::main]
async fn main() {
    let kind = match std::env::args().nth(1).as_deref() {
        Some("mariadb") => TestDatabaseKind::Mariadb,
        Some("postgres") => TestDatabaseKind::Postgres,
        Some("sqlite") => TestDatabaseKind::Sqlite,
        other => panic!("expected mariadb, postgres or sqlite, found {other:?}"),
    };
    let db = TestDatabase::create(kind).await;
    let began = Instant::now();
    fill(&db).await;
    println!("{}: {MEMBERS} members made in {:.1} s", kind.name(), began.elapsed().as_secs_f64());

    let pool = HashPool::new(1, 8).unwrap();
    let cx = BuildContext::new("forum", Realm::new("forum").unwrap(), pool, Arc::new(SystemClock));
    let config: PhpbbConfig =
        serde_json::from_value(serde_json::json!({"database_url": db.url(), "url": "https://f.example"}))
            .unwrap();
    let phpbb = config.build(&cx).await.unwrap();
    phpbb.check().await.unwrap();

    // Spread over the whole table, as live people are.
    let ids: Vec<u64> = (0..LIVE).map(|n| 2 + n * (MEMBERS / LIVE)).collect();
    let subjects: Vec<SubjectId> = ids.iter().map(|id| SubjectId::new(id.to_string()).unwrap()).collect();
    let people: Vec<(SubjectId, Vec<IpAddr>)> = subjects
        .iter()
        .zip(0_u32..)
        .map(|(who, n)| (who.clone(), vec![IpAddr::from((0xC000_0000 + n * 77).to_be_bytes())]))
        .collect();
    let bare = ForeignDatabase::connect(&db.settings());
    let list = bare.dialect().list(500);
    let (mut plain, mut lookups, mut inboxes, mut addresses) = (vec![], vec![], vec![], vec![]);
    let mut queries = 0;
    for _ in 0..ROUNDS {
        let began = Instant::now();
        let mut rows = 0;
        for ids in ids.chunks(500) {
            let params: Vec<Param> = ids.iter().map(|&id| Param::from(i64::try_from(id).unwrap())).collect();
            let sql = format!("SELECT user_id FROM phpbb_users WHERE user_id IN ({list})");
            rows += bare.query(&sql, &params).await.unwrap().len();
        }
        plain.push(began.elapsed());
        assert_eq!(rows, ids.len());
        let before = db.queries();
        let began = Instant::now();
        assert_eq!(phpbb.directory().unwrap().lookup(&subjects).await.unwrap().len(), ids.len());
        lookups.push(began.elapsed());
        let began = Instant::now();
        assert_eq!(phpbb.inbox().unwrap().unread(&subjects).await.unwrap().len(), ids.len());
        inboxes.push(began.elapsed());
        let began = Instant::now();
        assert!(phpbb.directory().unwrap().address_bans(&people).await.unwrap().is_empty());
        addresses.push(began.elapsed());
        queries = db.queries() - before;
    }
    let (plain, lookup, inbox, address) =
        (median(plain), median(lookups), median(inboxes), median(addresses));
    let all = lookup + inbox + address;
    println!("{LIVE} people, median of {ROUNDS}: {queries} queries");
    println!(
        "  directory {lookup:.1} ms, inbox {inbox:.1} ms, addresses {address:.1} ms; together {all:.1} ms"
    );
    println!("  the same ids by primary key alone {plain:.1} ms; ratio {:.1}", all / plain);
}
