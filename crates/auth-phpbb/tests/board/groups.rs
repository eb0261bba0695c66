//! Which groups a member has.

use portico_auth_sql::for_each_database;
use portico_auth_sql::testing::TestDatabase;
use portico_core::auth::{ExternalGroup, StaffFlags};

use crate::fixture::Board;
use crate::schema::V;

for_each_database!(
    memberships_that_wait_for_approval_do_not_count,
    groups_keep_their_names_and_leaders_are_told,
    a_pair_that_occurs_twice_is_one_membership,
    no_group_is_said_as_none,
    staff_is_found_by_the_names_of_the_system_groups,
);

fn group(id: &str, name: &str, leader: bool) -> ExternalGroup {
    let built_in = name == "REGISTERED";
    ExternalGroup { id: id.into(), name: name.into(), leader, built_in }
}

async fn memberships_that_wait_for_approval_do_not_count(db: TestDatabase) {
    let board = Board::install(&db, V::V33).await;
    board.alice().await;
    board.group(20, "Chess", 0).await;
    board.join(2, 2, false, false).await;
    board.join(2, 20, false, true).await;
    let groups = board.phpbb().await.identity("alice", "correct horse").await.groups;
    assert_eq!(groups, Some(vec![group("2", "REGISTERED", false)]));
}

async fn groups_keep_their_names_and_leaders_are_told(db: TestDatabase) {
    let board = Board::install(&db, V::V33).await;
    board.alice().await;
    for (id, name, kind) in [(20, "Chess &amp; Go", 0), (21, "Hidden", 2), (22, "Free", 4)] {
        board.group(id, name, kind).await;
        board.join(2, id, id == 20, false).await;
    }
    let groups = board.phpbb().await.identity("alice", "correct horse").await.groups;
    assert_eq!(
        groups,
        Some(vec![group("20", "Chess & Go", true), group("21", "Hidden", false), group("22", "Free", false)])
    );
}

async fn a_pair_that_occurs_twice_is_one_membership(db: TestDatabase) {
    let board = Board::install(&db, V::V33).await;
    board.alice().await;
    board.join(2, 2, false, false).await;
    board.join(2, 2, true, false).await;
    let groups = board.phpbb().await.identity("alice", "correct horse").await.groups;
    assert_eq!(groups, Some(vec![group("2", "REGISTERED", true)]));
}

async fn no_group_is_said_as_none(db: TestDatabase) {
    let board = Board::install(&db, V::V33).await;
    board.alice().await;
    assert_eq!(board.phpbb().await.identity("alice", "correct horse").await.groups, Some(Vec::new()));
}

async fn staff_is_found_by_the_names_of_the_system_groups(db: TestDatabase) {
    let board = Board::install(&db, V::V33).await;
    // A group that only looks like the system's.
    board.group(30, "ADMINISTRATORS", 0).await;
    for (id, group) in [(2, 5), (3, 4), (4, 30), (5, 5)] {
        let name = format!("u{id}");
        board.member(id, &name, &name).seed().await;
        board.join(id, group, false, id == 5).await;
    }
    board.member(6, "Founder", "founder").with("user_type", 3).seed().await;
    let door = board.phpbb().await;
    for (name, administrator, moderator) in [
        ("u2", true, false),
        ("u3", false, true),
        ("u4", false, false),
        ("u5", false, false),
        ("founder", true, false),
    ] {
        let staff = door.identity(name, "correct horse").await.staff;
        assert_eq!(staff, StaffFlags { administrator, moderator }, "{name}");
    }
}
