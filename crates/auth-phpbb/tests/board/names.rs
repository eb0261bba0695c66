//! Whose name it is.

use portico_auth_sql::for_each_database;
use portico_auth_sql::testing::{TestDatabase, TestDatabaseKind};
use portico_core::auth::{AuthError, Refusal};

use crate::fixture::Board;
use crate::schema::V;

for_each_database!(
    names_are_found_by_their_clean_form,
    names_with_entities_are_escaped_first,
    upgraded_boards_keep_the_old_clean_form,
    a_board_of_3_0_looks_for_its_own_form_only,
    names_beyond_the_known_map_are_found_by_their_spelling,
    the_spelling_wins_over_a_guess,
    two_rows_for_one_name_are_inconsistent,
    hostile_names_match_nobody,
);

async fn names_are_found_by_their_clean_form(db: TestDatabase) {
    let board = Board::install(&db, V::V33).await;
    for (id, username, clean) in [
        (2, "Bob Smith", "bob smith"),
        (3, "Élodie", "élodie"),
        (4, "Straße", "strasse"),
        (5, "Łukasz", "l\u{337}ukasz"),
        (6, "Владимир", "влaдимиp"),
        (7, "O'Neil", "o\u{2B9}neil"),
        (8, "who?", "who\u{294}"),
        (9, "ﬁn", "fin"),
        (10, "김철수", "김철수"),
    ] {
        board.member(id, username, clean).seed().await;
    }
    let door = board.phpbb().await;
    for (typed, id) in [
        ("bob smith", "2"),
        ("  BOB    Smith ", "2"),
        ("Bob\u{A0}Smith", "2"),
        ("b\u{200B}ob smith", "2"),
        ("ÉLODIE", "3"),
        ("E\u{301}lodie", "3"),
        ("STRASSE", "4"),
        ("ŁUKASZ", "5"),
        ("ВЛАДИМИР", "6"),
        ("o'neil", "7"),
        ("WHO?", "8"),
        ("FIN", "9"),
        ("김철수", "10"),
    ] {
        assert_eq!(door.accepted(typed, "correct horse").await, id, "{typed}");
    }
    assert_eq!(door.refused("Elodie", "correct horse").await, Refusal::UnknownSubject, "accents count");
}

async fn names_with_entities_are_escaped_first(db: TestDatabase) {
    let board = Board::install(&db, V::V33).await;
    board.member(2, "A&amp;B &lt;3", "a&amp;b &lt;3").seed().await;
    let door = board.phpbb().await;
    let identity = door.identity("a&b <3", "correct horse").await;
    assert_eq!((identity.subject.as_str(), identity.login.as_str()), ("2", "A&B <3"), "shown as text");
    assert_eq!(
        door.refused("a&amp;b &lt;3", "correct horse").await,
        Refusal::UnknownSubject,
        "entities are escaped again"
    );
}

async fn upgraded_boards_keep_the_old_clean_form(db: TestDatabase) {
    let board = Board::install(&db, V::V33).await;
    // Stored in another spelling, so that only the clean form finds it.
    board.member(2, "M²", "m2").seed().await;
    board.member(3, "™x", "tmx").seed().await;
    board.member(4, "½", "1/2").seed().await;
    let door = board.phpbb().await;
    assert_eq!(door.accepted("m²", "correct horse").await, "2", "the form of 3.0 and 3.1");
    assert_eq!(door.accepted("™x", "correct horse").await, "3", "the form of 3.2 and later");
    assert_eq!(door.accepted("½", "correct horse").await, "4");
}

async fn a_board_of_3_0_looks_for_its_own_form_only(db: TestDatabase) {
    let board = Board::install(&db, V::V30).await;
    board.member(2, "other", "tmx").seed().await;
    board.member(3, "™x", "TMx").seed().await;
    let door = board.phpbb().await;
    assert_eq!(door.accepted("™x", "correct horse").await, "3");
    assert_eq!(door.accepted("tmx", "correct horse").await, "2");
}

async fn names_beyond_the_known_map_are_found_by_their_spelling(db: TestDatabase) {
    let board = Board::install(&db, V::V33).await;
    // Clean forms that nobody can compute without phpBB's own table.
    board.member(2, "ʇxǝʇ", "ʇx-unknown-ʇ").seed().await;
    board.member(3, "カロリン", "unknown to us").seed().await;
    let door = board.phpbb().await;
    assert_eq!(door.accepted("ʇxǝʇ", "correct horse").await, "2");
    assert_eq!(door.accepted("カロリン", "correct horse").await, "3");
}

async fn the_spelling_wins_over_a_guess(db: TestDatabase) {
    let board = Board::install(&db, V::V33).await;
    // U+0585 looks like an o in Unicode's data.
    board.member(2, "o", "o").with("user_password", "d02c4c4cde7ae76252540d116a40f23a").seed().await;
    board.member(3, "\u{585}", "\u{585}-somehow").seed().await;
    let door = board.phpbb().await;
    assert_eq!(door.accepted("\u{585}", "correct horse").await, "3");
    assert_eq!(door.accepted("o", "zero").await, "2");
}

async fn two_rows_for_one_name_are_inconsistent(db: TestDatabase) {
    let board = Board::install(&db, V::V33).await;
    board.alice().await;
    board.member(3, "ALICE", "alice").seed().await;
    let error = board.phpbb().await.login("alice", "correct horse").await.unwrap_err();
    assert!(matches!(&error, AuthError::Inconsistent { what } if what.contains("username_clean")), "{error}");
}

async fn hostile_names_match_nobody(db: TestDatabase) {
    let latin1 = db.kind() == TestDatabaseKind::Mariadb;
    for version in [V::V20, V::V30, V::V33] {
        let fresh = TestDatabase::create(db.kind()).await;
        let board = Board::install(&fresh, version).await;
        board.alice().await;
        if latin1 && version == V::V33 {
            fresh.execute("ALTER TABLE phpbb_users CONVERT TO CHARACTER SET latin1").await;
        }
        let door = board.phpbb().await;
        let long = "x".repeat(1024);
        let accents = format!("a{}", "\u{301}".repeat(300));
        for name in [
            "alice' -- ",
            "alice\\' OR 1=1 -- ",
            "' OR ''='",
            "alice\"; DROP TABLE phpbb_users",
            "%",
            "_____",
            "al_ce",
            "*",
            "alice%",
            "\u{1F600}",
            "中文",
            "ÿ\u{FFFD}",
            "\u{202E}ecila",
            "a\0lice\0x",
            "$1",
            "?",
            "alice?",
            "-1",
            "1",
            "2",
            "0x32",
            "NULL",
            "\u{10FFFF}",
            &long,
            &accents,
            "\u{200B}",
            "\u{FEFF}",
            "ａlice\u{7F}x",
        ] {
            let answer = door.login(name, "correct horse").await;
            assert_eq!(crate::fixture::refusal(answer), Refusal::UnknownSubject, "{version:?} {name:?}");
        }
        assert_eq!(door.accepted("Alice", "correct horse").await, "2");
    }
}
