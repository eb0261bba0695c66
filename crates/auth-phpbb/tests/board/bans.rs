//! Bans stop a login after the right password.

use portico_auth_sql::for_each_database;
use portico_auth_sql::testing::TestDatabase;
use portico_core::Timestamp;
use portico_core::auth::Refusal;

use crate::fixture::{Board, Door, NOW, refusal};
use crate::schema::V;

for_each_database!(
    a_banned_member_hears_the_shown_reason_and_the_end,
    a_ban_is_told_only_after_the_right_password,
    a_ban_that_is_past_is_ignored,
    an_address_is_banned_with_wildcards,
    without_an_address_address_bans_are_not_tested,
    an_exclusion_ends_the_check,
    founders_are_exempt,
    e_mail_patterns_do_not_stop_a_login,
    forwarded_addresses_are_tested_where_the_board_does,
    the_longest_ban_is_told,
    version_4_bans_users_and_networks_until_their_end,
    version_4_knows_no_wildcards_in_addresses,
    version_4_tests_e_mail_patterns,
);

const FOREVER: Refusal = Refusal::Banned { reason: None, until: None };

async fn lets_in(door: &Door, peer: &str) -> bool {
    door.login_from("alice", "correct horse", peer).await.unwrap().identity().is_some()
}

async fn a_banned_member_hears_the_shown_reason_and_the_end(db: TestDatabase) {
    for version in [V::V30, V::V33] {
        let fresh = TestDatabase::create(db.kind()).await;
        let board = Board::install(&fresh, version).await;
        board.alice().await;
        board
            .ban(
                1,
                &[
                    ("ban_userid", 2.into()),
                    ("ban_end", (NOW + 3600).into()),
                    ("ban_reason", "internal".into()),
                    ("ban_give_reason", "spam &amp; lies".into()),
                ],
            )
            .await;
        let expected = Refusal::Banned {
            reason: Some("spam & lies".into()),
            until: Some(Timestamp::from_secs(NOW + 3600)),
        };
        assert_eq!(board.phpbb().await.refused("alice", "correct horse").await, expected);
    }
}

async fn a_ban_is_told_only_after_the_right_password(db: TestDatabase) {
    let board = Board::install(&db, V::V33).await;
    board.alice().await;
    board.ban(1, &[("ban_userid", 2.into())]).await;
    board.ban(2, &[("ban_ip", "192.0.2.*".into())]).await;
    let door = board.phpbb().await;
    assert_eq!(door.refused_from("alice", "wrong", "192.0.2.7").await, Refusal::BadSecret);
    assert_eq!(door.refused_from("nobody", "wrong", "192.0.2.7").await, Refusal::UnknownSubject);
    assert_eq!(door.refused("alice", "correct horse").await, FOREVER);
}

async fn a_ban_that_is_past_is_ignored(db: TestDatabase) {
    let board = Board::install(&db, V::V33).await;
    board.alice().await;
    board.ban(1, &[("ban_userid", 2.into()), ("ban_end", (NOW - 1).into())]).await;
    board.ban(2, &[("ban_ip", "*".into()), ("ban_end", (NOW - 1).into())]).await;
    assert!(lets_in(&board.phpbb().await, "192.0.2.7").await);
}

async fn an_address_is_banned_with_wildcards(db: TestDatabase) {
    let board = Board::install(&db, V::V33).await;
    board.alice().await;
    for (id, pattern) in [(1, "192.0.2.7"), (2, "10.1.*"), (3, "2001:DB8:*")] {
        board.ban(id, &[("ban_ip", pattern.into())]).await;
    }
    let door = board.phpbb().await;
    for banned in ["192.0.2.7", "::ffff:192.0.2.7", "10.1.255.3", "2001:db8::1"] {
        assert_eq!(door.refused_from("alice", "correct horse", banned).await, FOREVER, "{banned}");
    }
    for free in ["192.0.2.70", "10.11.0.1", "2001:db9::1"] {
        assert!(lets_in(&door, free).await, "{free}");
    }
}

async fn without_an_address_address_bans_are_not_tested(db: TestDatabase) {
    let board = Board::install(&db, V::V33).await;
    board.alice().await;
    board.ban(1, &[("ban_ip", "*".into())]).await;
    let door = board.phpbb().await;
    assert_eq!(door.accepted("alice", "correct horse").await, "2");
    assert_eq!(door.refused_from("alice", "correct horse", "192.0.2.7").await, FOREVER);
}

async fn an_exclusion_ends_the_check(db: TestDatabase) {
    let board = Board::install(&db, V::V33).await;
    board.alice().await;
    board.ban(1, &[("ban_userid", 2.into())]).await;
    board.ban(2, &[("ban_ip", "192.0.2.*".into()), ("ban_exclude", 1.into())]).await;
    let door = board.phpbb().await;
    assert!(lets_in(&door, "192.0.2.7").await, "whatever the other rows say");
    assert_eq!(door.refused_from("alice", "correct horse", "192.0.3.7").await, FOREVER);
}

async fn founders_are_exempt(db: TestDatabase) {
    let board = Board::install(&db, V::V33).await;
    board.member(2, "Alice", "alice").with("user_type", 3).seed().await;
    board.ban(1, &[("ban_userid", 2.into())]).await;
    board.ban(2, &[("ban_ip", "*".into())]).await;
    assert!(lets_in(&board.phpbb().await, "192.0.2.7").await);
}

async fn e_mail_patterns_do_not_stop_a_login(db: TestDatabase) {
    let board = Board::install(&db, V::V33).await;
    board.alice().await;
    board.ban(1, &[("ban_email", "*@example.org".into())]).await;
    assert!(lets_in(&board.phpbb().await, "192.0.2.7").await);
}

async fn forwarded_addresses_are_tested_where_the_board_does(db: TestDatabase) {
    let board = Board::install(&db, V::V33).await;
    board.alice().await;
    board.ban(1, &[("ban_ip", "10.9.8.7".into())]).await;
    let door = board.phpbb().await;
    let forwarded = Some("172.16.0.1, 10.9.8.7");
    assert!(
        door.login_as("alice", "correct horse", Some("192.0.2.7"), forwarded)
            .await
            .unwrap()
            .identity()
            .is_some()
    );
    board.setting("forwarded_for_check", "1").await;
    assert_eq!(refusal(door.login_as("alice", "correct horse", Some("192.0.2.7"), forwarded).await), FOREVER);
}

async fn the_longest_ban_is_told(db: TestDatabase) {
    let board = Board::install(&db, V::V33).await;
    board.alice().await;
    for (id, end, reason) in [(1, NOW + 10, "short"), (2, 0, "for ever"), (3, NOW + 99, "longer")] {
        board
            .ban(id, &[("ban_userid", 2.into()), ("ban_end", end.into()), ("ban_give_reason", reason.into())])
            .await;
    }
    let expected = Refusal::Banned { reason: Some("for ever".into()), until: None };
    assert_eq!(board.phpbb().await.refused("alice", "correct horse").await, expected);
}

async fn version_4_bans_users_and_networks_until_their_end(db: TestDatabase) {
    let board = Board::install(&db, V::V40).await;
    board.alice().await;
    board.member(3, "Bob", "bob").seed().await;
    let user = |id: i64, end: i64| {
        [
            ("ban_mode", "user".into()),
            ("ban_userid", id.into()),
            ("ban_item", id.to_string().as_str().into()),
            ("ban_end", end.into()),
        ]
    };
    let network = |network: &str, end: i64| {
        [("ban_mode", "ip".into()), ("ban_item", network.into()), ("ban_end", end.into())]
    };
    board.ban(1, &user(3, NOW + 60)).await;
    board.ban(2, &user(2, NOW - 60)).await;
    board.ban(3, &network("198.51.100.0/24", 0)).await;
    board.ban(4, &network("203.0.113.9", 0)).await;
    board.ban(5, &network("0.0.0.0/0", NOW - 1)).await;
    let door = board.phpbb().await;
    let expected = Refusal::Banned { reason: None, until: Some(Timestamp::from_secs(NOW + 60)) };
    assert_eq!(door.refused("bob", "correct horse").await, expected);
    assert!(lets_in(&door, "192.0.2.7").await, "both that concern her are past");
    assert_eq!(door.refused_from("alice", "correct horse", "198.51.100.77").await, FOREVER);
    assert_eq!(door.refused_from("alice", "correct horse", "203.0.113.9").await, FOREVER);
}

async fn version_4_knows_no_wildcards_in_addresses(db: TestDatabase) {
    let board = Board::install(&db, V::V40).await;
    board.alice().await;
    board.ban(1, &[("ban_mode", "ip".into()), ("ban_item", "192.0.2.*".into())]).await;
    assert!(lets_in(&board.phpbb().await, "192.0.2.7").await);
}

async fn version_4_tests_e_mail_patterns(db: TestDatabase) {
    let board = Board::install(&db, V::V40).await;
    board.alice().await;
    board.ban(1, &[("ban_mode", "email".into()), ("ban_item", "user2@*".into())]).await;
    assert_eq!(board.phpbb().await.refused("alice", "correct horse").await, FOREVER);
}
