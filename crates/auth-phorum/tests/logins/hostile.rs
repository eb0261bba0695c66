//! Names and passwords of people who mean no good.

use portico_auth_sql::for_each_database;
use portico_auth_sql::testing::TestDatabase;
use portico_core::auth::Refusal;

use crate::support::{Board, PASSWORD, Row, Version, enter, refusal};

for_each_database!(
    hostile_names_match_nobody_and_raise_no_error,
    hostile_passwords_match_nothing_and_raise_no_error,
    hostile_names_raise_no_error_on_old_character_sets,
    a_login_given_up_leaves_the_instance_usable,
);

fn hostile_texts() -> Vec<String> {
    let texts = [
        "' OR '1'='1",
        "' OR 1=1 -- ",
        "\" OR \"\"=\"",
        "Alice' -- ",
        "Alice'/*",
        "\\' OR 1=1 #",
        "%",
        "_____",
        "*",
        "Alice\0",
        "\0Alice' OR 1=1",
        "Ali\0ce",
        "?",
        "$1",
        "{p}",
        "Alice; DROP TABLE phorum_users",
        "\u{202e}ecilA",
        "Αlice",
        "👩‍👩‍👧‍👦",
        "\u{fffd}",
        "\u{feff}Alice",
        "A\u{308}lice",
        "0",
        "-1",
        "7",
        "NULL",
    ];
    let mut texts: Vec<String> = texts.map(str::to_owned).to_vec();
    texts.push("A".repeat(1024));
    texts.push("é".repeat(500));
    texts
}

async fn match_nobody(board: &Board) {
    let phorum = board.phorum().await;
    for text in hostile_texts() {
        if text == "Alice\0" {
            continue; // Trimmed, it is Alice.
        }
        assert_eq!(refusal(&phorum, &text, PASSWORD).await, Refusal::UnknownSubject, "{text:?}");
    }
    enter(&phorum, "Alice").await;
}

async fn hostile_names_match_nobody_and_raise_no_error(db: TestDatabase) {
    let board = Board::install(db, Version::V6_0).await;
    board.add(Row::new(7, "Alice")).await;
    board.add(Row::new(8, "Zoë")).await;
    match_nobody(&board).await;
}

async fn hostile_passwords_match_nothing_and_raise_no_error(db: TestDatabase) {
    let board = Board::install(db, Version::V5_2).await;
    board.add(Row::new(7, "Alice")).await;
    let phorum = board.phorum().await;
    for text in hostile_texts() {
        assert_eq!(refusal(&phorum, "Alice", &text).await, Refusal::BadSecret, "{text:?}");
    }
}

async fn hostile_names_raise_no_error_on_old_character_sets(db: TestDatabase) {
    let is_mysql = db.kind() == portico_auth_sql::testing::TestDatabaseKind::Mariadb;
    let board = Board::install(db, Version::V5_0).await;
    if is_mysql {
        board.execute("ALTER TABLE {p}_users CONVERT TO CHARACTER SET latin1").await;
    }
    board.add(Row::new(7, "Alice")).await;
    match_nobody(&board).await;
}

async fn a_login_given_up_leaves_the_instance_usable(db: TestDatabase) {
    let board = Board::install(db, Version::V6_0).await;
    board.add(Row::new(7, "Alice")).await;
    let phorum = board.phorum().await;
    for micros in [0, 50, 200, 1000, 5000, 20_000] {
        let login = crate::support::try_login(&phorum, "Alice", PASSWORD);
        let _ = tokio::time::timeout(std::time::Duration::from_micros(micros), login).await;
    }
    enter(&phorum, "Alice").await;
}
