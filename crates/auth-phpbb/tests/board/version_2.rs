//! phpBB 2.0.

use portico_auth_sql::for_each_database;
use portico_auth_sql::testing::{TestDatabase, TestDatabaseKind};
use portico_core::Timestamp;
use portico_core::auth::{Authenticator, ExternalGroup, Refusal, StaffFlags};

use crate::fixture::{Board, Door, NOW, Sql};
use crate::schema::V;

for_each_database!(
    passwords_are_md5_of_the_posted_bytes,
    passwords_may_have_been_hashed_with_slashes_or_in_windows_1252,
    names_are_trimmed_escaped_cut_and_compared_by_the_database,
    inactive_members_hear_it_only_after_the_right_password,
    the_guest_never_enters,
    five_tries_lock_for_half_an_hour,
    a_board_before_2_0_19_counts_no_tries,
    a_disabled_board_takes_only_administrators,
    bans_go_by_id_by_address_and_by_e_mail,
    founders_do_not_exist_and_nobody_is_exempt,
    personal_groups_are_skipped,
    columns_may_be_null,
    avatars_and_zones_are_told,
);

async fn passwords_are_md5_of_the_posted_bytes(db: TestDatabase) {
    let board = Board::install(&db, V::V20).await;
    // md5("it's") and md5("a&amp;b"): what was posted was not escaped.
    board.member(2, "Alice", "").with("user_password", "706dc2ee585fb5dcb18e3ac08da7ce0c").seed().await;
    board.member(3, "Bob", "").with("user_password", "40014f2a3d56f4f7fdb387f476d213d4").seed().await;
    let door = board.phpbb().await;
    assert_eq!(door.accepted("Alice", "it's").await, "2");
    assert_eq!(door.refused("Alice", " it's ").await, Refusal::BadSecret, "passwords are not trimmed");
    assert_eq!(door.refused("Bob", "a&b").await, Refusal::BadSecret);
    assert_eq!(door.accepted("Bob", "a&amp;b").await, "3");
}

async fn passwords_may_have_been_hashed_with_slashes_or_in_windows_1252(db: TestDatabase) {
    let board = Board::install(&db, V::V20).await;
    // PHP: md5("p\\\"q"), md5("caf\xe9"), md5("p\\\"q\x80")
    board.member(2, "Slashed", "").with("user_password", "5858c244e48f6e42183a570a59455a94").seed().await;
    board.member(3, "Latin", "").with("user_password", "961f50f6282239d09e48f812c1ca7276").seed().await;
    board.member(4, "Both", "").with("user_password", "24cb9b47efc890e4fe224beaec984521").seed().await;
    let door = board.phpbb().await;
    assert_eq!(door.accepted("Slashed", "p\"q").await, "2");
    assert_eq!(door.accepted("Latin", "café").await, "3");
    assert_eq!(door.accepted("Both", "p\"q€").await, "4");
}

async fn names_are_trimmed_escaped_cut_and_compared_by_the_database(db: TestDatabase) {
    let board = Board::install(&db, V::V20).await;
    board.member(2, "A&amp;B", "").seed().await;
    board.member(3, "Élodie", "").seed().await;
    board.member(4, &"x".repeat(25), "").seed().await;
    let door = board.phpbb().await;
    assert_eq!(door.accepted(" A&B ", "correct horse").await, "2");
    assert_eq!(door.accepted("Élodie", "correct horse").await, "3");
    assert_eq!(door.accepted(&"x".repeat(40), "correct horse").await, "4");
    assert_eq!(door.accepted("A&B\\", "correct horse").await, "2", "backslashes at the end go");
    if db.kind() == TestDatabaseKind::Mariadb {
        assert_eq!(door.accepted("ÉLODIE", "correct horse").await, "3", "MySQL's collation ignores case");
    }
}

async fn inactive_members_hear_it_only_after_the_right_password(db: TestDatabase) {
    let board = Board::install(&db, V::V20).await;
    board.member(2, "Carol", "").with("user_active", 0).seed().await;
    let door = board.phpbb().await;
    assert_eq!(door.refused("Carol", "wrong").await, Refusal::BadSecret);
    assert_eq!(door.refused("Carol", "correct horse").await, Refusal::Disabled);
}

async fn the_guest_never_enters(db: TestDatabase) {
    let board = Board::install(&db, V::V20).await;
    db.execute("UPDATE phpbb_users SET user_password = '3cb4e732631f47e6eb961f34554b7cde', user_active = 1")
        .await;
    assert_eq!(board.phpbb().await.refused("Anonymous", "correct horse").await, Refusal::UnknownSubject);
}

async fn five_tries_lock_for_half_an_hour(db: TestDatabase) {
    let board = Board::install(&db, V::V20).await;
    for (id, tries, last) in [(2, 5, NOW - 60), (3, 4, NOW - 60), (4, 5, NOW - 1801), (5, 99, 0)] {
        let name = format!("u{id}");
        board
            .member(id, &name, "")
            .with("user_login_tries", tries)
            .with("user_last_login_try", last)
            .seed()
            .await;
    }
    let door = board.phpbb().await;
    let until = Some(Timestamp::from_secs(NOW - 60 + 1800));
    assert_eq!(door.refused("u2", "correct horse").await, Refusal::Locked { until });
    assert_eq!(door.refused("u2", "wrong").await, Refusal::BadSecret);
    for free in ["u3", "u4", "u5"] {
        door.accepted(free, "correct horse").await;
    }
}

async fn a_board_before_2_0_19_counts_no_tries(db: TestDatabase) {
    let board = Board::install(&db, V::V20).await;
    board.alice().await;
    db.execute("ALTER TABLE phpbb_users DROP COLUMN user_login_tries; ALTER TABLE phpbb_users DROP COLUMN user_last_login_try;").await;
    let door = board.phpbb().await;
    door.phpbb.check().await.unwrap();
    assert_eq!(door.accepted("Alice", "correct horse").await, "2");
}

async fn a_disabled_board_takes_only_administrators(db: TestDatabase) {
    let board = Board::install(&db, V::V20).await;
    board.setting("board_disable", "1").await;
    board.alice().await;
    board.member(3, "Admin", "").with("user_level", 1).seed().await;
    let door = board.phpbb().await;
    assert_eq!(door.refused("Alice", "correct horse").await, Refusal::NotPermitted);
    assert_eq!(door.accepted("Admin", "correct horse").await, "3");
}

const BANNED: Refusal = Refusal::Banned { reason: None, until: None };

async fn from(door: &Door, name: &str, peer: &str) -> Option<Refusal> {
    door.login_from(name, "correct horse", peer).await.unwrap().refusal().cloned()
}

async fn bans_go_by_id_by_address_and_by_e_mail(db: TestDatabase) {
    let board = Board::install(&db, V::V20).await;
    board.alice().await;
    for (id, email) in
        [(3, "free@example.net"), (4, "one@evil.example"), (5, "two@example.net"), (6, "x@sub.evil.example")]
    {
        board.member(id, &format!("u{id}"), "").with("user_email", email).seed().await;
    }
    board.ban(1, &[("ban_userid", 2.into())]).await;
    // 192.0.2.7; 10.1.2.*; 172.16.*.*; 11.*.*.*
    for (id, address) in [(2, "c0000207"), (3, "0a0102ff"), (4, "ac10ffff"), (5, "0bffffff")] {
        board.ban(id, &[("ban_ip", address.into())]).await;
    }
    board.ban(6, &[("ban_email", "@evil.example".into())]).await;
    board.ban(7, &[("ban_email", "two@example.net".into())]).await;
    let door = board.phpbb().await;
    assert_eq!(door.refused("Alice", "correct horse").await, BANNED);
    for (peer, banned) in [
        ("192.0.2.7", true),
        ("::ffff:192.0.2.7", true),
        ("192.0.2.8", false),
        ("10.1.2.99", true),
        ("10.1.3.99", false),
        ("172.16.200.1", true),
        ("172.17.0.1", false),
        ("11.2.3.4", true),
        ("2001:db8::1", false),
    ] {
        assert_eq!(from(&door, "u3", peer).await, banned.then_some(BANNED), "{peer}");
    }
    assert_eq!(door.refused("u4", "correct horse").await, BANNED, "by domain");
    assert_eq!(door.refused("u5", "correct horse").await, BANNED, "by address");
    assert_eq!(door.accepted("u6", "correct horse").await, "6", "another domain");
    assert_eq!(door.accepted("u3", "correct horse").await, "3", "without an address none is tested");
}

async fn founders_do_not_exist_and_nobody_is_exempt(db: TestDatabase) {
    let board = Board::install(&db, V::V20).await;
    board.member(2, "Admin", "").with("user_level", 1).seed().await;
    board.ban(1, &[("ban_userid", 2.into())]).await;
    assert_eq!(board.phpbb().await.refused("Admin", "correct horse").await, BANNED);
}

async fn personal_groups_are_skipped(db: TestDatabase) {
    let board = Board::install(&db, V::V20).await;
    board.member(2, "Alice", "").with("user_level", 2).seed().await;
    for (id, name, moderator, single) in
        [(10, "", 0, 1), (11, "Chess", 2, 0), (12, "Go", 9, 0), (13, "Wait", 9, 0)]
    {
        board
            .insert(
                "groups",
                &[
                    ("group_id", i64::from(id).into()),
                    ("group_name", name.into()),
                    ("group_moderator", i64::from(moderator).into()),
                    ("group_single_user", i64::from(single).into()),
                ],
            )
            .await;
        let pending = i64::from(id == 13);
        board
            .insert(
                "user_group",
                &[
                    ("group_id", i64::from(id).into()),
                    ("user_id", 2.into()),
                    ("user_pending", pending.into()),
                ],
            )
            .await;
    }
    let identity = board.phpbb().await.identity("Alice", "correct horse").await;
    let group = |id: &str, name: &str, leader| ExternalGroup {
        id: id.into(),
        name: name.into(),
        leader,
        built_in: false,
    };
    assert_eq!(identity.groups, Some(vec![group("11", "Chess", true), group("12", "Go", false)]));
    assert_eq!(identity.staff, StaffFlags { administrator: false, moderator: true });
}

async fn columns_may_be_null(db: TestDatabase) {
    let board = Board::install(&db, V::V20).await;
    let mut member = board.member(2, "Alice", "");
    for column in ["user_email", "user_lang", "user_timezone", "user_avatar", "user_avatar_type"] {
        member = member.with(column, Sql::Null);
    }
    member.seed().await;
    let identity = board.phpbb().await.identity("Alice", "correct horse").await;
    assert_eq!((identity.email, identity.avatar), (None, None));
    assert_eq!(identity.language.as_deref(), Some("en"), "that of the board");
}

async fn avatars_and_zones_are_told(db: TestDatabase) {
    let board = Board::install(&db, V::V20).await;
    board.setting("allow_avatar_upload", "1").await;
    board.setting("avatar_path", "images/avatars").await;
    board
        .member(2, "Alice", "")
        .with("user_avatar", "4711.gif")
        .with("user_avatar_type", 1)
        .with("user_timezone", "-5.00")
        .seed()
        .await;
    let door = board.phpbb_with(serde_json::json!({"url": "http://f.example"})).await;
    let identity = door.identity("Alice", "correct horse").await;
    assert_eq!(identity.avatar.as_deref(), Some("http://f.example/images/avatars/4711.gif"));
    assert_eq!(identity.profile_url.as_deref(), Some("http://f.example/profile.php?mode=viewprofile&u=2"));
    assert_eq!(identity.timezone.as_deref(), Some("Etc/GMT+5"));
}
