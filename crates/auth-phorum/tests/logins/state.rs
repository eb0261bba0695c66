//! Who may have a session (facts: account state, status of the forum).

use portico_auth_sql::for_each_database;
use portico_auth_sql::testing::TestDatabase;
use portico_core::auth::Refusal;
use serde_json::json;

use crate::support::{Board, PASSWORD, Row, Version, enter, refusal};

for_each_database!(
    only_active_members_enter_in_every_version,
    a_state_is_told_only_after_the_right_password,
    a_disabled_forum_lets_nobody_in,
    an_admin_only_forum_lets_administrators_in,
    a_read_only_forum_treats_members_as_not_logged_in,
    who_must_change_the_password_is_let_in,
    an_administrator_is_staff,
);

async fn only_active_members_enter_in_every_version(db: TestDatabase) {
    let mut next = Some(db);
    for (version, prefix) in Version::ALL.into_iter().zip(["a", "b", "c", "d"]) {
        let board = Board::install_as(next.take().unwrap(), version, prefix).await;
        let states = [(1, 1), (2, 0), (3, -1), (4, -2), (5, -3), (6, 2)];
        for (id, active) in states {
            board.add(Row::new(id, &format!("m{id}")).with("active", active)).await;
        }
        let phorum = board.phorum().await;
        enter(&phorum, "m1").await;
        for (id, active) in &states[1..] {
            let told = refusal(&phorum, &format!("m{id}"), PASSWORD).await;
            assert_eq!(told, Refusal::Disabled, "{version:?} active = {active}");
        }
        next = Some(board.db);
    }
}

async fn a_state_is_told_only_after_the_right_password(db: TestDatabase) {
    let board = Board::install(db, Version::V6_0).await;
    board.add(Row::new(1, "Carol").with("active", 0)).await;
    let phorum = board.phorum().await;
    assert_eq!(refusal(&phorum, "Carol", "wrong").await, Refusal::BadSecret);
    board.set("status", "disabled").await;
    assert_eq!(refusal(&phorum, "Carol", "wrong").await, Refusal::BadSecret);
    assert_eq!(refusal(&phorum, "Nobody", PASSWORD).await, Refusal::UnknownSubject);
}

/// A forum in this state with a member and an administrator.
async fn forum_in(db: TestDatabase, status: &str) -> Board {
    let board = Board::install(db, Version::V5_2).await;
    board.add(Row::new(1, "Alice")).await;
    board.add(Row::new(2, "Root").with("admin", 1)).await;
    board.set("status", status).await;
    board
}

async fn a_disabled_forum_lets_nobody_in(db: TestDatabase) {
    let board = forum_in(db, "disabled").await;
    let phorum = board.phorum().await;
    for name in ["Alice", "Root"] {
        assert_eq!(refusal(&phorum, name, PASSWORD).await, Refusal::NotPermitted, "{name}");
    }
    board.set("status", "normal").await;
    enter(&phorum, "Alice").await;
}

async fn an_admin_only_forum_lets_administrators_in(db: TestDatabase) {
    let board = forum_in(db, "admin-only").await;
    let phorum = board.phorum().await;
    assert_eq!(refusal(&phorum, "Alice", PASSWORD).await, Refusal::NotPermitted);
    enter(&phorum, "Root").await;
}

async fn a_read_only_forum_treats_members_as_not_logged_in(db: TestDatabase) {
    let board = forum_in(db, "read-only").await;
    let phorum = board.phorum().await;
    assert_eq!(refusal(&phorum, "Alice", PASSWORD).await, Refusal::NotPermitted);
    assert_eq!(enter(&phorum, "Root").await.restrictions.write, None);
    let option = board.phorum_with(json!({"enter_read_only_forum": true})).await;
    let restriction = enter(&option, "Alice").await.restrictions.write.unwrap();
    assert!(restriction.reason.contains("read-only"), "{}", restriction.reason);
}

async fn who_must_change_the_password_is_let_in(db: TestDatabase) {
    let board = Board::install(db, Version::V6_0).await;
    board.add(Row::new(1, "Victor").with("force_password_change", 1)).await;
    let identity = enter(&board.phorum().await, "Victor").await;
    assert_eq!(identity.restrictions.write, None);
    let option = board.phorum_with(json!({"refuse_forced_password_change": true})).await;
    assert_eq!(refusal(&option, "Victor", PASSWORD).await, Refusal::ExpiredPassword);
    assert_eq!(refusal(&option, "Victor", "wrong").await, Refusal::BadSecret);
}

async fn an_administrator_is_staff(db: TestDatabase) {
    let board = forum_in(db, "normal").await;
    let phorum = board.phorum().await;
    assert!(enter(&phorum, "Root").await.staff.administrator);
    assert!(!enter(&phorum, "Alice").await.staff.administrator);
}
