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
    the_inbox_uses_what_the_directory_has_just_read,
    a_changed_password_changes_the_stamp_and_a_rename_does_not,
    an_enforced_maintenance_is_told_to_who_is_here,
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

async fn the_inbox_uses_what_the_directory_has_just_read(db: TestDatabase) {
    let board = Board::install(&db, V::V33).await;
    board.member(2, "Alice", "alice").with("user_unread_privmsg", 3).seed().await;
    let door = board.phpbb().await;
    let (directory, inbox) = (door.phpbb.directory().unwrap(), door.phpbb.inbox().unwrap());
    directory.lookup(&subjects(&["2"])).await.unwrap();
    let before = db.queries();
    assert_eq!(inbox.unread(&subjects(&["2", "77"])).await.unwrap()[0].1, 3);
    assert_eq!(db.queries() - before, 1, "77 only");
    db.execute("UPDATE phpbb_users SET user_unread_privmsg = 4 WHERE user_id = 2").await;
    assert_eq!(inbox.unread(&subjects(&["2"])).await.unwrap()[0].1, 4, "good for one question");
}

async fn a_changed_password_changes_the_stamp_and_a_rename_does_not(db: TestDatabase) {
    for version in [V::V20, V::V30, V::V33] {
        let fresh = TestDatabase::create(db.kind()).await;
        let board = Board::install(&fresh, version).await;
        board.alice().await;
        board.member(3, "Bob", "bob").seed().await;
        let door = board.phpbb().await;
        let stamps = async || -> Vec<String> {
            let found = door.phpbb.directory().unwrap().lookup(&subjects(&["2", "3"])).await.unwrap();
            found.into_iter().map(|entry| entry.identity.secret_stamp.unwrap()).collect()
        };
        let before = stamps().await;
        assert_ne!(before[0], before[1], "{version:?}");
        assert!(!before[0].contains(crate::fixture::CORRECT_HORSE) && before[0].len() == 32);
        fresh.execute("UPDATE phpbb_users SET username = 'Alicia', user_lang = 'fr' WHERE user_id = 2").await;
        assert_eq!(stamps().await, before, "{version:?}");
        fresh
            .execute(
                "UPDATE phpbb_users SET user_password = '0123456789abcdef0123456789abcdef' WHERE user_id = 2",
            )
            .await;
        let after = stamps().await;
        assert!(after[0] != before[0] && after[1] == before[1], "{version:?}");
        if version != V::V20 {
            fresh.execute("UPDATE phpbb_users SET user_passchg = 1234567890 WHERE user_id = 3").await;
            assert_ne!(stamps().await[1], after[1], "changed to the same");
        }
    }
}

async fn an_enforced_maintenance_is_told_to_who_is_here(db: TestDatabase) {
    let board = Board::install(&db, V::V33).await;
    board.member(2, "Alice", "alice").with("user_colour", "AA0000").seed().await;
    board.setting("board_disable", "1").await;
    let (open, strict) =
        (board.phpbb().await, board.phpbb_with(serde_json::json!({"enforce_board_disable": true})).await);
    let state = async |door: &crate::fixture::Door| {
        let mut found = door.phpbb.directory().unwrap().lookup(&subjects(&["2"])).await.unwrap();
        found.remove(0)
    };
    let entry = state(&open).await;
    assert_eq!(entry.state, DirectoryState::Active(Restrictions::default()));
    assert_eq!(entry.identity.colour.as_deref(), Some("#aa0000"));
    assert_eq!(state(&strict).await.state, DirectoryState::Refused(Refusal::NotPermitted));
}
