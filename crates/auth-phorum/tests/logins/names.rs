//! Whose name it is (facts: trimming, no escaping, the column's comparison, no e-mail address).

use portico_auth_sql::for_each_database;
use portico_auth_sql::testing::{TestDatabase, TestDatabaseKind};
use portico_core::auth::Refusal;

use crate::support::{Board, PASSWORD, Row, Version, enter, refusal, try_login};

for_each_database!(
    the_name_is_trimmed_by_phps_rules,
    neither_name_nor_password_is_escaped_or_normalised,
    the_name_is_compared_as_the_database_compares_it,
    nobody_logs_in_by_email_address,
    two_members_with_one_name_are_an_inconsistency,
    the_exact_name_wins_over_another_case,
);

async fn board(db: TestDatabase) -> Board {
    Board::install(db, Version::V6_0).await
}

async fn the_name_is_trimmed_by_phps_rules(db: TestDatabase) {
    let board = board(db).await;
    board.add(Row::new(7, "Alice")).await;
    let phorum = board.phorum().await;
    for typed in [" Alice", "Alice \t\r\n", "\x0B\0Alice\0"] {
        assert_eq!(enter(&phorum, typed).await.subject.as_str(), "7", "{typed:?}");
    }
    for typed in ["\u{a0}Alice", "Al ice", "Alice."] {
        assert_eq!(refusal(&phorum, typed, PASSWORD).await, Refusal::UnknownSubject, "{typed:?}");
    }
}

async fn neither_name_nor_password_is_escaped_or_normalised(db: TestDatabase) {
    let board = board(db).await;
    // php -r 'echo md5("a&b<\"c\"> d\\e\x27");'
    board.add(Row::new(7, "A&B <\"c\">'\\").stored("289c80465f59e61a5b878a6f72defa77")).await;
    // php -r 'echo md5("e\u{301}");'
    board.add(Row::new(8, "combining").stored("5526861fbb1e71a1bda6ac364310a807")).await;
    let phorum = board.phorum().await;
    assert!(try_login(&phorum, "A&B <\"c\">'\\", "a&b<\"c\"> d\\e'").await.unwrap().identity().is_some());
    let escaped = "A&amp;B &lt;&quot;c&quot;&gt;'\\";
    assert_eq!(refusal(&phorum, escaped, PASSWORD).await, Refusal::UnknownSubject);
    assert!(try_login(&phorum, "combining", "e\u{301}").await.unwrap().identity().is_some());
    assert_eq!(refusal(&phorum, "combining", "é").await, Refusal::BadSecret);
}

async fn the_name_is_compared_as_the_database_compares_it(db: TestDatabase) {
    let board = board(db).await;
    board.add(Row::new(7, "Élodie")).await;
    board.add(Row::new(8, "Bob")).await;
    let phorum = board.phorum().await;
    let kind = board.db.kind();
    // MySQL: the column's collation. PostgreSQL: exactly. SQLite, which Phorum never ran on: ASCII letters of any case.
    for (typed, subject, kinds) in [
        ("Élodie", "7", &TestDatabaseKind::ALL[..]),
        ("élodie", "7", &[TestDatabaseKind::Mariadb]),
        ("ELODIE", "7", &[TestDatabaseKind::Mariadb]),
        ("Bob", "8", &TestDatabaseKind::ALL),
        ("BOB", "8", &[TestDatabaseKind::Mariadb, TestDatabaseKind::Sqlite]),
    ] {
        if kinds.contains(&kind) {
            let identity = enter(&phorum, typed).await;
            assert_eq!(identity.subject.as_str(), subject, "{typed}");
            assert!(["Élodie", "Bob"].contains(&identity.login.as_str()), "the login is the stored name");
        } else {
            assert_eq!(refusal(&phorum, typed, PASSWORD).await, Refusal::UnknownSubject, "{typed}");
        }
    }
}

async fn nobody_logs_in_by_email_address(db: TestDatabase) {
    let board = board(db).await;
    board.add(Row::new(7, "Alice").with("email", "alice@mail.example")).await;
    let phorum = board.phorum().await;
    assert_eq!(refusal(&phorum, "alice@mail.example", PASSWORD).await, Refusal::UnknownSubject);
}

async fn two_members_with_one_name_are_an_inconsistency(db: TestDatabase) {
    let board = board(db).await;
    board.add(Row::new(7, "Alice")).await;
    board.add(Row::new(8, "Alice")).await;
    let error = try_login(&board.phorum().await, "Alice", PASSWORD).await.unwrap_err();
    assert_eq!(error.as_str(), "inconsistent");
    assert!(
        error.to_string().contains("user_id 7 and 8") || error.to_string().contains("user_id 8 and 7"),
        "{error}"
    );
}

async fn the_exact_name_wins_over_another_case(db: TestDatabase) {
    if db.kind() == TestDatabaseKind::Mariadb {
        return; // Phorum's unique index forbids such a pair there.
    }
    let board = board(db).await;
    board.add(Row::new(7, "alice")).await;
    board.add(Row::new(8, "Alice")).await;
    let phorum = board.phorum().await;
    assert_eq!(enter(&phorum, "Alice").await.subject.as_str(), "8");
    assert_eq!(enter(&phorum, "alice").await.subject.as_str(), "7");
    match board.db.kind() {
        TestDatabaseKind::Sqlite => {
            assert_eq!(try_login(&phorum, "ALICE", PASSWORD).await.unwrap_err().as_str(), "inconsistent");
        }
        _ => assert_eq!(refusal(&phorum, "ALICE", PASSWORD).await, Refusal::UnknownSubject),
    }
}
