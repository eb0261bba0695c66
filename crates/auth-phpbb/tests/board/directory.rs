//! Members without a login.

use portico_auth_sql::for_each_database;
use portico_auth_sql::testing::TestDatabase;
use portico_core::auth::{Authenticator, DirectoryState, Refusal, Restrictions, SubjectId};

use crate::fixture::{Board, NOW};
use crate::schema::V;

for_each_database!(
    the_directory_agrees_with_the_login,
    the_number_of_queries_does_not_grow_with_the_people,
    subjects_that_are_no_user_ids_do_not_exist,
    unread_messages_are_counted,
);

fn subjects(ids: &[&str]) -> Vec<SubjectId> {
    ids.iter().map(|id| SubjectId::new(*id).unwrap()).collect()
}

async fn the_directory_agrees_with_the_login(db: TestDatabase) {
    for version in [V::V20, V::V30, V::V33, V::V40] {
        let fresh = TestDatabase::create(db.kind()).await;
        let board = Board::install(&fresh, version).await;
        let active = if version == V::V20 { "user_active" } else { "user_type" };
        board.alice().await;
        board.member(3, "Bob", "bob").seed().await;
        board.member(4, "Carol", "carol").with(active, i64::from(version != V::V20)).seed().await;
        if version == V::V40 {
            board
                .ban(1, &[("ban_mode", "user".into()), ("ban_userid", 3.into()), ("ban_item", "3".into())])
                .await;
        } else {
            board.ban(1, &[("ban_userid", 3.into())]).await;
        }
        let door = board.phpbb().await;
        let entries =
            door.phpbb.directory().unwrap().lookup(&subjects(&["2", "3", "4", "99"])).await.unwrap();
        let states: Vec<_> = entries.iter().map(|entry| entry.state.clone()).collect();
        let expected = [
            DirectoryState::Active(Restrictions::default()),
            DirectoryState::Refused(Refusal::Banned { reason: None, until: None }),
            DirectoryState::Refused(Refusal::Disabled),
        ];
        assert_eq!(states, expected, "{version:?}");
        assert_eq!(entries[0].identity, door.identity("Alice", "correct horse").await, "{version:?}");
    }
}

async fn the_number_of_queries_does_not_grow_with_the_people(db: TestDatabase) {
    let board = Board::install(&db, V::V33).await;
    for id in 2..30 {
        let name = format!("u{id}");
        board.member(id, &name, &name).seed().await;
        board.join(id, 2, false, false).await;
    }
    board.ban(1, &[("ban_userid", 9.into()), ("ban_end", (NOW - 1).into())]).await;
    let door = board.phpbb().await;
    let directory = door.phpbb.directory().unwrap();
    directory.lookup(&subjects(&["2"])).await.unwrap();
    let all: Vec<SubjectId> = (2..30).map(|id| SubjectId::new(id.to_string()).unwrap()).collect();
    let before = db.queries();
    assert_eq!(directory.lookup(&all).await.unwrap().len(), 28);
    assert_eq!(db.queries() - before, 4);
}

async fn subjects_that_are_no_user_ids_do_not_exist(db: TestDatabase) {
    let board = Board::install(&db, V::V33).await;
    board.alice().await;
    let door = board.phpbb().await;
    let strange = subjects(&["02", "+2", " 2", "2 ", "-1", "0", "alice", "99999999999999999999", "2.0"]);
    assert!(door.phpbb.directory().unwrap().lookup(&strange).await.unwrap().is_empty());
}

async fn unread_messages_are_counted(db: TestDatabase) {
    for version in [V::V20, V::V33] {
        let fresh = TestDatabase::create(db.kind()).await;
        let board = Board::install(&fresh, version).await;
        board.member(2, "Alice", "alice").with("user_unread_privmsg", 3).seed().await;
        board.member(3, "Bob", "bob").seed().await;
        let door = board.phpbb().await;
        let unread = door.phpbb.inbox().unwrap().unread(&subjects(&["2", "3", "77"])).await.unwrap();
        let counts: Vec<(&str, u64)> =
            unread.iter().map(|(subject, count)| (subject.as_str(), *count)).collect();
        assert_eq!(counts, [("2", 3), ("3", 0)]);
    }
}
