//! What goes wrong is an error with a reason, never a refusal.

use std::time::Duration;

use portico_auth_sql::for_each_database;
use portico_auth_sql::testing::{TestDatabase, TestDatabaseKind};
use portico_core::auth::Authenticator;
use serde_json::json;

use crate::support::{Board, PASSWORD, Row, Version, enter, try_login};

for_each_database!(
    a_database_that_is_down_is_unavailable_and_comes_back,
    a_wrong_password_of_the_service_account_is_misconfigured,
    every_missing_table_is_named,
    every_missing_column_is_named,
    exactly_the_documented_grants_are_enough,
    a_missing_grant_is_named,
);

/// The tables and columns of the manual's `GRANT` statements, for the newest version.
const GRANTS: [(&str, &[&str]); 6] = [
    (
        "phorum_users",
        &[
            "user_id",
            "username",
            "password",
            "password_temp",
            "email",
            "active",
            "admin",
            "date_added",
            "display_name",
            "real_name",
            "user_language",
            "tz_offset",
            "is_dst",
            "force_password_change",
        ],
    ),
    ("phorum_settings", &["name", "data"]),
    ("phorum_groups", &["group_id", "name"]),
    ("phorum_user_group_xref", &["user_id", "group_id", "status"]),
    ("phorum_banlists", &["id", "forum_id", "type", "pcre", "string"]),
    ("phorum_pm_xref", &["user_id", "read_flag"]),
];

#[test]
fn the_manual_lists_exactly_the_grants_that_are_tested() {
    let manual = include_str!("../../README.md");
    for (table, columns) in GRANTS {
        let grant = format!("GRANT SELECT ({}) ON {table} TO", columns.join(", "));
        assert!(manual.replace(",\n  ", ", ").contains(&grant), "{grant}");
    }
    let (logins, _) = manual.split_once("For the forum's cookies").unwrap();
    assert_eq!(logins.matches("GRANT SELECT (").count(), GRANTS.len());
}

async fn board(db: TestDatabase) -> Board {
    let board = Board::install(db, Version::V6_0).await;
    board.add(Row::new(7, "Alice")).await;
    board
}

async fn a_database_that_is_down_is_unavailable_and_comes_back(db: TestDatabase) {
    let board = board(db).await;
    let phorum = board.phorum().await;
    enter(&phorum, "Alice").await;
    board.db.cut().await;
    for password in [PASSWORD, "wrong"] {
        let login = try_login(&phorum, "Alice", password);
        match tokio::time::timeout(Duration::from_secs(20), login).await {
            // The guard's time-out, which every instance has, says the same.
            Err(_elapsed) => {}
            Ok(answer) => assert_eq!(answer.unwrap_err().as_str(), "unavailable"),
        }
    }
    board.db.restore().await;
    enter(&phorum, "Alice").await;
}

async fn a_wrong_password_of_the_service_account_is_misconfigured(db: TestDatabase) {
    if db.kind() == TestDatabaseKind::Sqlite {
        return; // A file has no accounts.
    }
    let board = board(db).await;
    let url = board.db.url_for("no_such_reader", "s3cret-of-the-reader");
    let phorum = board.phorum_with(json!({"database_url": url})).await;
    for error in [phorum.check().await.unwrap_err(), try_login(&phorum, "Alice", PASSWORD).await.unwrap_err()]
    {
        assert_eq!(error.as_str(), "misconfigured", "{error}");
        assert!(error.to_string().contains("no_such_reader"), "{error}");
        assert!(!error.full_text().contains("s3cret"), "{}", error.full_text());
    }
}

async fn every_missing_table_is_named(db: TestDatabase) {
    let board = board(db).await;
    for (table, _) in GRANTS {
        board.execute(&format!("ALTER TABLE {table} RENAME TO elsewhere")).await;
        let phorum = board.phorum().await;
        for error in
            [phorum.check().await.unwrap_err(), try_login(&phorum, "Alice", PASSWORD).await.unwrap_err()]
        {
            assert_eq!(error.as_str(), "misconfigured", "{table}: {error}");
            assert!(error.to_string().contains(table), "{table}: {error}");
        }
        board.execute(&format!("ALTER TABLE elsewhere RENAME TO {table}")).await;
    }
    board.phorum().await.check().await.unwrap();
}

async fn every_missing_column_is_named(db: TestDatabase) {
    let board = board(db).await;
    for (table, columns) in GRANTS {
        for column in columns {
            let is_later = table == "phorum_users" && columns.iter().position(|c| c == column) >= Some(8);
            let quoted = board.db.dialect().identifier(column);
            board.execute(&format!("ALTER TABLE {table} RENAME COLUMN {quoted} TO elsewhere")).await;
            let checked = board.phorum().await.check().await;
            if is_later {
                checked.unwrap_or_else(|error| panic!("{column} is not in every version: {error}"));
            } else {
                let error = checked.unwrap_err();
                assert_eq!(error.as_str(), "misconfigured", "{table}.{column}: {error}");
                assert!(error.to_string().contains(column), "{table}.{column}: {error}");
            }
            board.execute(&format!("ALTER TABLE {table} RENAME COLUMN elsewhere TO {quoted}")).await;
        }
    }
}

async fn exactly_the_documented_grants_are_enough(db: TestDatabase) {
    let board = board(db).await;
    board.group(3, "Gardeners", &[(7, 1)]).await;
    board.ban(0, 5, false, "7").await;
    let url = board.db.restricted_user(&GRANTS).await;
    let phorum = board.phorum_with(json!({"database_url": url})).await;
    phorum.check().await.unwrap();
    let identity = enter(&phorum, "Alice").await;
    assert!(identity.restrictions.write.is_some());
    let subject = [identity.subject.clone()];
    assert_eq!(phorum.directory().unwrap().lookup(&subject).await.unwrap().len(), 1);
    assert_eq!(phorum.inbox().unwrap().unread(&subject).await.unwrap().len(), 1);
    assert!(phorum.fingerprint().await.unwrap().is_some());
}

async fn a_missing_grant_is_named(db: TestDatabase) {
    if db.kind() == TestDatabaseKind::Sqlite {
        return; // A file has no accounts.
    }
    let board = board(db).await;
    for left_out in 0..GRANTS.len() {
        let mut grants = GRANTS.to_vec();
        let (table, _) = grants.remove(left_out);
        let url = board.db.restricted_user(&grants).await;
        let error = board.phorum_with(json!({"database_url": url})).await.check().await.unwrap_err();
        assert_eq!(error.as_str(), "misconfigured", "{error}");
        assert!(error.full_text().contains(table), "{table}: {}", error.full_text());
    }
}
