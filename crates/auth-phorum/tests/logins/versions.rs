//! Every released layout, and every way to say where it is (facts: tables, access data, prefix).

use portico_auth_sql::for_each_database;
use portico_auth_sql::testing::{TestDatabase, TestDatabaseKind};
use portico_core::auth::{Authenticator, CredentialKind, Refusal};
use serde_json::json;

use crate::support::{BCRYPT, Board, PASSWORD, Row, Version, enter, refusal};

for_each_database!(
    the_tables_of_5_0_are_enough,
    the_tables_of_5_1_are_enough,
    the_tables_of_5_2_are_enough,
    the_tables_of_6_0_are_enough,
    another_prefix_is_used_with_an_underscore,
    an_upgrade_from_5_2_to_6_0_is_noticed_without_a_restart,
    only_passwords_are_taken_and_the_links_are_phorums,
    the_fingerprint_tells_forums_apart_and_shows_no_salt,
);

async fn enough(db: TestDatabase, version: Version) {
    let board = Board::install(db, version).await;
    board.add(Row::new(7, "Alice")).await;
    board.group(3, "Gardeners", &[(7, 1)]).await;
    let phorum = board.phorum().await;
    phorum.check().await.unwrap();
    let identity = enter(&phorum, "Alice").await;
    assert_eq!((identity.subject.as_str(), identity.login.as_str()), ("7", "Alice"));
}

async fn the_tables_of_5_0_are_enough(db: TestDatabase) {
    enough(db, Version::V5_0).await;
}

async fn the_tables_of_5_1_are_enough(db: TestDatabase) {
    enough(db, Version::V5_1).await;
}

async fn the_tables_of_5_2_are_enough(db: TestDatabase) {
    enough(db, Version::V5_2).await;
}

async fn the_tables_of_6_0_are_enough(db: TestDatabase) {
    enough(db, Version::V6_0).await;
}

async fn another_prefix_is_used_with_an_underscore(db: TestDatabase) {
    let board = Board::install_as(db, Version::V6_0, "board").await;
    board.add(Row::new(7, "Alice")).await;
    enter(&board.phorum().await, "Alice").await;
    let error = board.phorum_with(json!({"table_prefix": "board_"})).await.check().await.unwrap_err();
    assert_eq!(error.as_str(), "misconfigured");
    assert!(error.to_string().contains("table_prefix"), "{error}");
}

async fn an_upgrade_from_5_2_to_6_0_is_noticed_without_a_restart(db: TestDatabase) {
    let board = Board::install(db, Version::V5_2).await;
    let alter = match board.db.kind() {
        TestDatabaseKind::Postgres => Some("ALTER COLUMN password TYPE varchar(255)"),
        TestDatabaseKind::Mariadb => Some("MODIFY COLUMN password varchar(255) NOT NULL default ''"),
        TestDatabaseKind::Sqlite => None,
    };
    if let Some(alter) = alter {
        board.execute(&format!("ALTER TABLE {{p}}_users {alter}")).await;
    }
    board.add(Row::new(7, "Alice")).await;
    board.add(Row::new(8, "Grace").stored(BCRYPT)).await;
    let phorum = board.phorum().await;
    enter(&phorum, "Alice").await;
    assert_eq!(refusal(&phorum, "Grace", PASSWORD).await, Refusal::BadSecret, "5.2 knows md5 only");
    board.set("internal_patchlevel", "2026062900").await;
    enter(&phorum, "Grace").await;
    enter(&phorum, "Alice").await;
}

async fn only_passwords_are_taken_and_the_links_are_phorums(db: TestDatabase) {
    let board = Board::install(db, Version::V6_0).await;
    let plain = board.phorum().await.capabilities();
    assert!(plain.takes(CredentialKind::Password) && !plain.takes(CredentialKind::ExternalSession));
    assert_eq!(plain.links.register, None);
    let linked = board.phorum_with(json!({"url": "https://www.example.org/forum/"})).await.capabilities();
    assert_eq!(linked.links.register.as_deref(), Some("https://www.example.org/forum/register.php"));
    assert_eq!(linked.links.forgotten_password.as_deref(), Some("https://www.example.org/forum/login.php"));
}

async fn the_fingerprint_tells_forums_apart_and_shows_no_salt(db: TestDatabase) {
    let board = Board::install(db, Version::V5_1).await;
    let phorum = board.phorum().await;
    let first = phorum.fingerprint().await.unwrap().unwrap();
    assert_eq!(first.len(), 32);
    assert!(!first.contains("1442139722"));
    board.set("title", "Another title").await;
    board.set("http_path", "https://moved.example.org").await;
    assert_eq!(phorum.fingerprint().await.unwrap().as_ref(), Some(&first), "a move is no other forum");
    board.set("admin_session_salt", "0.11111100 1500000000").await;
    assert_ne!(phorum.fingerprint().await.unwrap(), Some(first));
    board.execute("DELETE FROM {p}_settings WHERE name = 'admin_session_salt'").await;
    assert_eq!(phorum.fingerprint().await.unwrap(), None, "5.0 has nothing of the kind");
}

#[tokio::test]
async fn phorums_own_configuration_file_is_enough() {
    use crate::support::context;
    use portico_auth_phorum::PhorumConfig;
    use portico_core::auth::{Adapter, HashPool};

    let folder = tempfile::tempdir().unwrap();
    std::fs::write(
        folder.path().join("config.php"),
        "<?php\nif (!defined('PHORUM')) return;\n$PHORUM['DBCONFIG'] = array(\n'type' => 'mysql', 'name' => 'forum',\n\
         'server' => '127.0.0.1', 'port' => '1', 'user' => 'reader', 'password' => 's3cret', 'table_prefix' => 'p5'\n);\n",
    )
    .unwrap();
    let mut cx = context(HashPool::new(1, 1).unwrap());
    cx.base_dir = folder.path().to_owned();
    let config: PhorumConfig = serde_json::from_value(json!({"config_php": "config.php"})).unwrap();
    let phorum = config.build(&cx).await.unwrap();
    let shown = format!("{phorum:?}");
    assert!(shown.contains("127.0.0.1:1") && shown.contains("p5_") && !shown.contains("s3cret"), "{shown}");
    assert_eq!(phorum.check().await.unwrap_err().as_str(), "unavailable", "nobody listens there");
}

#[tokio::test]
async fn a_configuration_that_can_not_work_says_why() {
    use crate::support::context;
    use portico_auth_phorum::PhorumConfig;
    use portico_core::auth::{Adapter, HashPool};

    for (keys, expected) in [
        (json!({}), "one of `config_php` and `database_url` is needed"),
        (json!({"config_php": "a", "database_url": "sqlite:b"}), "can't both be there"),
        (json!({"config_php": "no-such-file.php"}), "no-such-file.php"),
        (json!({"database_url": "sqlite:x", "table_prefix": "a`b"}), "table_prefix"),
        (json!({"database_url": "sqlite:x", "url": "www.example.org"}), "url: "),
        (json!({"database_url": "mysql://u:p@h/d", "charset": "x'"}), "charset"),
    ] {
        let config: PhorumConfig = serde_json::from_value(keys).unwrap();
        let error = config.build(&context(HashPool::new(1, 1).unwrap())).await.unwrap_err().to_string();
        assert!(error.contains(expected), "{error}");
    }
    let unknown = serde_json::from_value::<PhorumConfig>(json!({"databse_url": "x"})).unwrap_err();
    assert!(
        unknown.to_string().contains("`databse_url`, expected one of `config_php`, `database_url`"),
        "{unknown}"
    );
}
