//! A foreign database is asked, never written to, and its faults have names.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use portico_auth_sql::testing::{TestDatabase, TestDatabaseKind};
use portico_auth_sql::{DatabaseKind, DatabaseSettings, ForeignDatabase, TablePrefix, for_each_database};
use portico_core::auth::AuthError;

for_each_database!(
    rows_come_back_with_their_types,
    parameters_are_bound_and_never_spliced,
    nothing_can_be_written,
    nothing_is_opened_before_the_first_query,
    an_outage_is_unavailable_and_ends_by_itself,
    a_missing_table_is_named,
    a_missing_column_is_named,
    a_text_that_the_database_cannot_hold_matches_nothing,
    many_queries_at_once_share_a_few_connections,
    a_query_given_up_leaves_the_pool_usable,
    queries_are_counted,
    columns_and_tables_can_be_looked_for,
);

async fn seeded(db: &TestDatabase) -> ForeignDatabase {
    db.execute(
        "CREATE TABLE t_users (user_id integer NOT NULL, username varchar(255) NOT NULL, zone decimal(5,2) NULL);
         INSERT INTO t_users VALUES (2, 'alice', -5.50);
         INSERT INTO t_users VALUES (3, 'o''neil', NULL);",
    )
    .await;
    ForeignDatabase::connect(&db.settings())
}

fn users(db: &ForeignDatabase) -> String {
    db.dialect().table(&TablePrefix::new("t_").unwrap(), "users")
}

async fn rows_come_back_with_their_types(db: TestDatabase) {
    let foreign = seeded(&db).await;
    let sql = format!(
        "SELECT user_id, username, zone, COUNT(*) AS many FROM {} GROUP BY user_id, username, zone ORDER BY user_id",
        users(&foreign)
    );
    let rows = foreign.query(&sql, &[]).await.unwrap();
    assert_eq!(rows[0].i64("user_id").unwrap(), 2);
    assert_eq!(rows[0].text("username").unwrap(), "alice");
    assert_eq!(rows[0].bytes("username").unwrap(), b"alice");
    assert_eq!(rows[0].optional_f64("zone").unwrap(), Some(-5.5));
    assert_eq!(rows[0].i64("many").unwrap(), 1);
    assert_eq!(rows[1].optional_f64("zone").unwrap(), None);
    let error = rows[0].i64("username").unwrap_err();
    assert!(matches!(&error, AuthError::Inconsistent { what } if what.contains("`username`")), "{error}");
}

async fn parameters_are_bound_and_never_spliced(db: TestDatabase) {
    let foreign = seeded(&db).await;
    let sql = format!("SELECT user_id FROM {} WHERE username = ?", users(&foreign));
    let found = foreign.query(&sql, &["o'neil".into()]).await.unwrap();
    assert_eq!(found[0].i64("user_id").unwrap(), 3);
    for hostile in
        ["' OR 1=1 -- ", "\\' OR 1=1 -- ", "$1", "?", "x' UNION SELECT 1 -- ", "%", "\u{1F600}", "ÿ"]
    {
        assert!(foreign.query(&sql, &[hostile.into()]).await.unwrap().is_empty(), "{hostile}");
    }
    let both = format!(
        "SELECT username FROM {} WHERE user_id IN ({}) AND username <> ?",
        users(&foreign),
        foreign.dialect().list(2)
    );
    let found = foreign.query(&both, &[2.into(), 3.into(), "alice".into()]).await.unwrap();
    assert_eq!(found.len(), 1);
}

async fn nothing_can_be_written(db: TestDatabase) {
    let foreign = seeded(&db).await;
    for sql in [
        "INSERT INTO t_users VALUES (9, 'x', NULL)",
        "UPDATE t_users SET username = 'x'",
        "DELETE FROM t_users",
        "CREATE TABLE t_new (a integer)",
        "DROP TABLE t_users",
    ] {
        assert!(foreign.query(sql, &[]).await.is_err(), "{sql}");
    }
    let rows = foreign.query(&format!("SELECT username FROM {}", users(&foreign)), &[]).await.unwrap();
    assert_eq!(rows.len(), 2);
}

async fn nothing_is_opened_before_the_first_query(db: TestDatabase) {
    db.cut().await;
    let foreign = ForeignDatabase::connect(&db.settings());
    assert_eq!(foreign.queries(), 0);
    db.restore().await;
}

async fn an_outage_is_unavailable_and_ends_by_itself(db: TestDatabase) {
    let foreign = seeded(&db).await;
    let sql = format!("SELECT user_id FROM {}", users(&foreign));
    assert_eq!(foreign.query(&sql, &[]).await.unwrap().len(), 2);
    db.cut().await;
    for _ in 0..2 {
        let error = foreign.query(&sql, &[]).await.unwrap_err();
        assert!(matches!(error, AuthError::Unavailable { .. }), "{error}");
    }
    db.restore().await;
    assert_eq!(foreign.query(&sql, &[]).await.unwrap().len(), 2);
}

fn misconfigured(error: &AuthError, parts: &[&str]) {
    let text = error.full_text();
    assert!(matches!(error, AuthError::Misconfigured { .. }), "{text}");
    for part in parts {
        assert!(text.contains(part), "{part} is missing in: {text}");
    }
}

async fn a_missing_table_is_named(db: TestDatabase) {
    let foreign = seeded(&db).await;
    let error = foreign.query("SELECT 1 FROM t_gone", &[]).await.unwrap_err();
    misconfigured(&error, &["`t_gone`", "table_prefix"]);
}

async fn a_missing_column_is_named(db: TestDatabase) {
    let foreign = seeded(&db).await;
    let error = foreign.require_columns(&users(&foreign), &["user_id", "gone"]).await.unwrap_err();
    misconfigured(&error, &["gone"]);
}

async fn a_text_that_the_database_cannot_hold_matches_nothing(db: TestDatabase) {
    let foreign = seeded(&db).await;
    if db.kind() == TestDatabaseKind::Mariadb {
        db.execute("ALTER TABLE t_users CONVERT TO CHARACTER SET latin1").await;
    }
    let sql = format!("SELECT user_id FROM {} WHERE username = ?", users(&foreign));
    for name in ["中文", "\0", "a\0b", "\u{1F600}"] {
        assert!(foreign.query(&sql, &[name.into()]).await.unwrap().is_empty(), "{name:?}");
    }
    assert_eq!(foreign.query(&sql, &["alice".into()]).await.unwrap().len(), 1);
}

async fn many_queries_at_once_share_a_few_connections(db: TestDatabase) {
    let foreign = seeded(&db).await;
    let sql = format!("SELECT user_id FROM {} WHERE username = ?", users(&foreign));
    let alice = ["alice".into()];
    let answers = futures_util::future::join_all((0..50).map(|_| foreign.query(&sql, &alice))).await;
    assert!(answers.into_iter().all(|answer| answer.unwrap().len() == 1));
}

async fn a_query_given_up_leaves_the_pool_usable(db: TestDatabase) {
    let foreign = seeded(&db).await;
    let sql = format!("SELECT user_id FROM {}", users(&foreign));
    for polls in 0..20 {
        let mut query = Box::pin(foreign.query(&sql, &[]));
        for _ in 0..polls {
            if futures_util::poll!(&mut query).is_ready() {
                break;
            }
            tokio::task::yield_now().await;
        }
    }
    assert_eq!(foreign.query(&sql, &[]).await.unwrap().len(), 2);
}

async fn queries_are_counted(db: TestDatabase) {
    let foreign = seeded(&db).await;
    let before = foreign.queries();
    for _ in 0..3 {
        foreign.query("SELECT 1", &[]).await.unwrap();
    }
    assert_eq!(foreign.queries() - before, 3);
    assert_eq!(db.queries(), foreign.queries());
}

async fn columns_and_tables_can_be_looked_for(db: TestDatabase) {
    let foreign = seeded(&db).await;
    assert!(foreign.has_column(&users(&foreign), "zone").await.unwrap());
    assert!(!foreign.has_column(&users(&foreign), "gone").await.unwrap());
    assert!(foreign.has_table(&users(&foreign)).await.unwrap());
    assert!(!foreign.has_table("gone").await.unwrap());
}

/// What only servers have: users, databases, grants.
mod on_servers {
    use super::*;

    async fn a_wrong_password_names_the_user(db: TestDatabase) {
        let foreign =
            ForeignDatabase::connect(&DatabaseSettings::from_url(&db.url_for("nobody", "s3cret")).unwrap());
        let error = foreign.query("SELECT 1", &[]).await.unwrap_err();
        misconfigured(&error, &["`nobody`", "database_url"]);
        assert!(!error.full_text().contains("s3cret"));
    }

    async fn an_unknown_database_is_named(db: TestDatabase) {
        let url = db.url().replace(db.name(), "no_such_db");
        let foreign = ForeignDatabase::connect(
            &DatabaseSettings::from_url(&url).unwrap().with_origin("/var/www/config.php"),
        );
        misconfigured(
            &foreign.query("SELECT 1", &[]).await.unwrap_err(),
            &["`no_such_db`", "/var/www/config.php"],
        );
    }

    async fn a_denied_table_or_column_says_what_to_grant(db: TestDatabase) {
        seeded(&db).await;
        let url = db.restricted_user(&[("t_users", &["user_id"])]).await;
        let foreign = ForeignDatabase::connect(&DatabaseSettings::from_url(&url).unwrap());
        assert_eq!(foreign.query("SELECT user_id FROM t_users", &[]).await.unwrap().len(), 2);
        let error = foreign.query("SELECT user_id, username FROM t_users", &[]).await.unwrap_err();
        misconfigured(&error, &["t_users", "GRANT SELECT"]);
        assert!(!foreign.has_column("t_users", "gone").await.unwrap());
    }

    async fn a_server_that_says_nothing_is_unavailable_in_time(db: TestDatabase) {
        let silent = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let scheme = if db.dialect().kind() == DatabaseKind::Mysql { "mysql" } else { "postgres" };
        let url = format!("{scheme}://u:p@{}/d", silent.local_addr().unwrap());
        let settings = DatabaseSettings::from_url(&url)
            .unwrap()
            .with_connect_timeout(std::time::Duration::from_millis(100));
        let error = ForeignDatabase::connect(&settings).query("SELECT 1", &[]).await.unwrap_err();
        assert!(matches!(error, AuthError::Unavailable { .. }), "{error}");
    }

    macro_rules! on {
        ($name:ident, $kind:ident, $needs:literal: $($test:ident),+) => {
            mod $name {
                $(#[test] #[ignore = $needs] fn $test() {
                    portico_auth_sql::testing::run(portico_auth_sql::testing::TestDatabaseKind::$kind, super::$test);
                })+
            }
        };
    }
    on!(mariadb, Mariadb, "needs MariaDB: run cargo xtask test":
        a_wrong_password_names_the_user, an_unknown_database_is_named, a_denied_table_or_column_says_what_to_grant,
        a_server_that_says_nothing_is_unavailable_in_time);
    on!(postgres, Postgres, "needs PostgreSQL: run cargo xtask test":
        a_wrong_password_names_the_user, an_unknown_database_is_named, a_denied_table_or_column_says_what_to_grant,
        a_server_that_says_nothing_is_unavailable_in_time);
}

#[tokio::test]
async fn a_host_that_does_not_exist_is_unavailable() {
    for url in [
        "mysql://u:s3cret@no-such-host.invalid/d",
        "postgres://u:s3cret@127.0.0.1:1/d",
        "sqlite:/nowhere/x.db",
    ] {
        let foreign = ForeignDatabase::connect(&DatabaseSettings::from_url(url).unwrap());
        let error = foreign.query("SELECT 1", &[]).await.unwrap_err();
        assert!(matches!(error, AuthError::Unavailable { .. }), "{url}: {error}");
        assert!(!error.full_text().contains("s3cret"));
    }
}

#[tokio::test]
async fn a_file_that_is_no_database_is_misconfigured() {
    let foreign = ForeignDatabase::connect(&DatabaseSettings::sqlite(concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/tests/database.rs"
    )));
    misconfigured(&foreign.query("SELECT 1 FROM t", &[]).await.unwrap_err(), &["no SQLite 3 database"]);
}
