//! Who gets in, and what the others hear.

use portico_auth_sql::for_each_database;
use portico_auth_sql::testing::TestDatabase;
use portico_core::auth::{AuthError, Authenticator, Refusal};

use crate::fixture::{Board, NOW, refusal};
use crate::schema::V;

for_each_database!(
    every_version_lets_its_members_in,
    a_wrong_password_is_a_bad_secret_and_an_unknown_name_an_unknown_subject,
    an_unknown_name_and_a_wrong_password_cost_the_same,
    an_unknown_name_costs_the_hash_that_most_members_have,
    inactive_members_hear_it_only_after_the_right_password,
    robots_and_the_guest_never_enter,
    an_e_mail_address_is_no_name,
    the_name_and_the_password_zero_are_refused,
    an_empty_password_is_refused,
    too_many_tries_lock_a_member_out,
    too_many_tries_from_an_address_lock_it_out,
    tries_are_counted_by_forwarded_address_where_the_board_does,
    limits_of_zero_are_off,
    old_tries_do_not_count,
    limits_can_be_ignored_by_option,
    another_login_method_is_misconfigured,
    a_disabled_board_still_takes_logins,
    a_disabled_board_takes_only_staff_where_that_is_wanted,
    an_old_password_may_read_but_not_write,
    nothing_is_written,
);

async fn every_version_lets_its_members_in(db: TestDatabase) {
    for version in [V::V20, V::V30, V::V31, V::V32, V::V33, V::V40] {
        let fresh = TestDatabase::create(db.kind()).await;
        let board = Board::install(&fresh, version).await;
        board.alice().await;
        let door = board.phpbb().await;
        door.phpbb.check().await.unwrap();
        assert_eq!(door.accepted("Alice", "correct horse").await, "2", "{version:?}");
        assert_eq!(door.refused("Alice", "correct horsf").await, Refusal::BadSecret, "{version:?}");
    }
}

async fn a_wrong_password_is_a_bad_secret_and_an_unknown_name_an_unknown_subject(db: TestDatabase) {
    let board = Board::install(&db, V::V33).await;
    board.alice().await;
    let door = board.phpbb().await;
    assert_eq!(door.refused("Alice", "Correct horse").await, Refusal::BadSecret);
    assert_eq!(door.refused("Alic", "correct horse").await, Refusal::UnknownSubject);
}

async fn an_unknown_name_and_a_wrong_password_cost_the_same(db: TestDatabase) {
    for version in [V::V20, V::V30, V::V33, V::V40] {
        let fresh = TestDatabase::create(db.kind()).await;
        let board = Board::install(&fresh, version).await;
        board.alice().await;
        board.member(3, "Empty", "empty").with("user_password", "").seed().await;
        board.member(4, "Starred", "starred").with("user_password", "*").seed().await;
        let door = board.phpbb().await;
        let _ = door.refused_from("warm", "up", "192.0.2.1").await;
        let mut costs = Vec::new();
        for (login, password) in [
            ("alice", "wrong"),
            ("nobody", "wrong"),
            ("empty", "wrong"),
            ("starred", "*"),
            ("alice", "0"),
            ("0", "wrong"),
            ("", "wrong"),
        ] {
            let (hashes, queries) = (door.pool.computed(), fresh.queries());
            let refusal = door.refused_from(login, password, "192.0.2.1").await;
            assert!(refusal.is_failed_guess(), "{login}");
            costs.push((door.pool.computed() - hashes, fresh.queries() - queries));
        }
        assert!(costs.iter().all(|cost| *cost == costs[0] && cost.0 == 1), "{version:?}: {costs:?}");
    }
}

async fn an_unknown_name_costs_the_hash_that_most_members_have(db: TestDatabase) {
    let board = Board::install(&db, V::V33).await;
    let bcrypt = "$2y$10$jCTmxmoruvKUUC1Axwe1Xu47ed/gbUJWaMS9U5upME9khkM9KnRmi";
    board.member(2, "Old", "old").seed().await;
    board.member(3, "A", "a").with("user_password", bcrypt).seed().await;
    board.member(4, "B", "b").with("user_password", bcrypt).seed().await;
    let door = board.phpbb().await;
    let _ = door.refused("warm-up", "wrong").await;
    // A busy machine makes a login slower, never quicker: the quickest of some is what it costs.
    let cost = async |login: &str| {
        let mut quickest = std::time::Duration::MAX;
        for _ in 0..3 {
            let started = std::time::Instant::now();
            let _ = door.refused(login, "wrong").await;
            quickest = quickest.min(started.elapsed());
        }
        quickest
    };
    let (nobody, old) = (cost("nobody").await, cost("old").await);
    assert!(
        nobody > old + std::time::Duration::from_millis(5),
        "nobody costs bcrypt, md5 is cheap: {nobody:?}, {old:?}"
    );
}

async fn inactive_members_hear_it_only_after_the_right_password(db: TestDatabase) {
    let board = Board::install(&db, V::V33).await;
    board.member(2, "Carol", "carol").with("user_type", 1).with("user_inactive_reason", 1).seed().await;
    let door = board.phpbb().await;
    assert_eq!(door.refused("carol", "wrong").await, Refusal::BadSecret);
    assert_eq!(door.refused("carol", "correct horse").await, Refusal::Disabled);
}

async fn robots_and_the_guest_never_enter(db: TestDatabase) {
    let board = Board::install(&db, V::V33).await;
    board.member(2, "Robot [Bot]", "robot [bot]").with("user_type", 2).with("user_password", "").seed().await;
    board.member(3, "Armed [Bot]", "armed [bot]").with("user_type", 2).seed().await;
    let door = board.phpbb().await;
    for password in ["correct horse", "", " ", "0"] {
        assert_eq!(door.refused("Anonymous", password).await, Refusal::BadSecret);
        assert_eq!(door.refused("Robot [Bot]", password).await, Refusal::BadSecret);
    }
    assert_eq!(door.refused("Armed [Bot]", "correct horse").await, Refusal::Disabled);
}

async fn an_e_mail_address_is_no_name(db: TestDatabase) {
    let board = Board::install(&db, V::V33).await;
    board.alice().await;
    assert_eq!(
        board.phpbb().await.refused("user2@example.org", "correct horse").await,
        Refusal::UnknownSubject
    );
}

async fn the_name_and_the_password_zero_are_refused(db: TestDatabase) {
    let board = Board::install(&db, V::V33).await;
    board.member(2, "0", "0").seed().await;
    // md5("0") and md5("00")
    board.member(3, "Zero", "zero").with("user_password", "cfcd208495d565ef66e7dff9f98764da").seed().await;
    board.member(4, "00", "00").with("user_password", "b4b147bc522828731f1a016bfa72c073").seed().await;
    let door = board.phpbb().await;
    assert_eq!(door.refused("0", "correct horse").await, Refusal::UnknownSubject);
    assert_eq!(door.refused(" 0 ", "correct horse").await, Refusal::UnknownSubject);
    assert_eq!(door.refused("Zero", "0").await, Refusal::BadSecret);
    assert_eq!(door.refused("Zero", " 0 ").await, Refusal::BadSecret);
    assert_eq!(door.accepted("00", "00").await, "4");
}

async fn an_empty_password_is_refused(db: TestDatabase) {
    let board = Board::install(&db, V::V33).await;
    // md5 of the empty text
    board.member(2, "Alice", "alice").with("user_password", "d41d8cd98f00b204e9800998ecf8427e").seed().await;
    let door = board.phpbb().await;
    for password in ["", "  ", "\0", "\u{FEFF}"] {
        assert_eq!(door.refused("alice", password).await, Refusal::BadSecret, "{password:?}");
    }
}

async fn too_many_tries_lock_a_member_out(db: TestDatabase) {
    let board = Board::install(&db, V::V33).await;
    board.member(2, "Dave", "dave").with("user_login_attempts", 3).seed().await;
    board.member(3, "Erin", "erin").with("user_login_attempts", 2).seed().await;
    let door = board.phpbb().await;
    assert_eq!(door.refused("dave", "correct horse").await, Refusal::Locked { until: None });
    assert_eq!(
        door.refused("dave", "wrong").await,
        Refusal::BadSecret,
        "told only to who knows the password"
    );
    assert_eq!(door.accepted("erin", "correct horse").await, "3");
}

async fn tries(board: &Board<'_>, count: usize, address: &str, forwarded_for: &str, time: i64) {
    for _ in 0..count {
        let values = [
            ("attempt_ip", address.into()),
            ("attempt_forwarded_for", forwarded_for.into()),
            ("attempt_time", time.into()),
        ];
        board.insert("login_attempts", &values).await;
    }
}

async fn too_many_tries_from_an_address_lock_it_out(db: TestDatabase) {
    let board = Board::install(&db, V::V33).await;
    board.setting("ip_login_limit_max", "4").await;
    board.alice().await;
    tries(&board, 4, "192.0.2.66", "", NOW - 100).await;
    tries(&board, 3, "192.0.2.67", "", NOW - 100).await;
    let door = board.phpbb().await;
    assert_eq!(
        door.refused_from("alice", "correct horse", "192.0.2.66").await,
        Refusal::Locked { until: None }
    );
    assert_eq!(
        door.refused_from("alice", "correct horse", "::ffff:192.0.2.66").await,
        Refusal::Locked { until: None }
    );
    assert_eq!(door.refused_from("nobody", "correct horse", "192.0.2.66").await, Refusal::UnknownSubject);
    assert!(door.login_from("alice", "correct horse", "192.0.2.67").await.unwrap().identity().is_some());
    assert_eq!(
        door.accepted("alice", "correct horse").await,
        "2",
        "without an address there is nothing to count"
    );
}

async fn tries_are_counted_by_forwarded_address_where_the_board_does(db: TestDatabase) {
    let board = Board::install(&db, V::V33).await;
    board.setting("ip_login_limit_max", "2").await;
    board.setting("ip_login_limit_use_forwarded", "1").await;
    board.alice().await;
    tries(&board, 2, "192.0.2.1", "10.1.1.1", NOW - 100).await;
    let door = board.phpbb().await;
    let answer = door.login_as("alice", "correct horse", Some("192.0.2.9"), Some("10.1.1.1")).await;
    assert_eq!(refusal(answer), Refusal::Locked { until: None });
    let answer = door.login_as("alice", "correct horse", Some("192.0.2.1"), Some("10.1.1.2")).await;
    assert!(answer.unwrap().identity().is_some());
}

async fn limits_of_zero_are_off(db: TestDatabase) {
    let board = Board::install(&db, V::V33).await;
    board.setting("max_login_attempts", "0").await;
    board.setting("ip_login_limit_max", "0").await;
    board.member(2, "Alice", "alice").with("user_login_attempts", 99).seed().await;
    tries(&board, 3, "192.0.2.66", "", NOW - 100).await;
    let door = board.phpbb().await;
    assert!(door.login_from("alice", "correct horse", "192.0.2.66").await.unwrap().identity().is_some());
}

async fn old_tries_do_not_count(db: TestDatabase) {
    let board = Board::install(&db, V::V33).await;
    board.setting("ip_login_limit_max", "1").await;
    board.alice().await;
    tries(&board, 5, "192.0.2.66", "", NOW - 21_601).await;
    let door = board.phpbb().await;
    assert!(door.login_from("alice", "correct horse", "192.0.2.66").await.unwrap().identity().is_some());
}

async fn limits_can_be_ignored_by_option(db: TestDatabase) {
    let board = Board::install(&db, V::V33).await;
    board.member(2, "Alice", "alice").with("user_login_attempts", 99).seed().await;
    let door = board.phpbb_with(serde_json::json!({"ignore_attempt_limits": true})).await;
    assert_eq!(door.accepted("alice", "correct horse").await, "2");
}

async fn another_login_method_is_misconfigured(db: TestDatabase) {
    let board = Board::install(&db, V::V33).await;
    board.alice().await;
    let door = board.phpbb().await;
    for method in ["ldap", "oauth", "apache"] {
        board.setting("auth_method", method).await;
        let error = door.login("alice", "correct horse").await.unwrap_err();
        assert!(
            matches!(&error, AuthError::Misconfigured { what, .. } if what.contains(method) && what.contains("auth_method"))
        );
        assert!(door.phpbb.check().await.is_err());
    }
}

async fn a_disabled_board_still_takes_logins(db: TestDatabase) {
    let board = Board::install(&db, V::V33).await;
    board.setting("board_disable", "1").await;
    board.alice().await;
    assert_eq!(board.phpbb().await.accepted("alice", "correct horse").await, "2");
}

async fn a_disabled_board_takes_only_staff_where_that_is_wanted(db: TestDatabase) {
    let board = Board::install(&db, V::V33).await;
    board.setting("board_disable", "1").await;
    board.alice().await;
    board.member(3, "Mod", "mod").seed().await;
    board.join(3, 4, false, false).await;
    let door = board.phpbb_with(serde_json::json!({"enforce_board_disable": true})).await;
    assert_eq!(door.refused("alice", "wrong").await, Refusal::BadSecret);
    assert_eq!(door.refused("alice", "correct horse").await, Refusal::NotPermitted);
    assert_eq!(door.accepted("mod", "correct horse").await, "3");
}

async fn an_old_password_may_read_but_not_write(db: TestDatabase) {
    let board = Board::install(&db, V::V33).await;
    board.setting("chg_passforce", "30").await;
    board.member(2, "Old", "old").with("user_passchg", NOW - 31 * 86_400).seed().await;
    board.member(3, "New", "new").with("user_passchg", NOW - 29 * 86_400).seed().await;
    let door = board.phpbb().await;
    assert!(door.identity("old", "correct horse").await.restrictions.write.is_some());
    assert!(door.identity("new", "correct horse").await.restrictions.write.is_none());
}

async fn nothing_is_written(db: TestDatabase) {
    let board = Board::install(&db, V::V33).await;
    board.alice().await;
    let door = board.phpbb().await;
    let _ = door.refused_from("alice", "wrong", "192.0.2.1").await;
    let _ = door.accepted("alice", "correct horse").await;
    // The counters are still those of the board.
    let foreign = portico_auth_sql::ForeignDatabase::connect(&db.settings());
    let rows = foreign
        .query("SELECT user_login_attempts, user_lastvisit FROM phpbb_users WHERE user_id = 2", &[])
        .await
        .unwrap();
    assert_eq!((rows[0].i64("user_login_attempts").unwrap(), rows[0].i64("user_lastvisit").unwrap()), (0, 0));
    assert!(foreign.query("SELECT 1 FROM phpbb_login_attempts", &[]).await.unwrap().is_empty());
}
