//! Which password is right, and what the answer costs (facts: passwords).

use portico_auth_sql::for_each_database;
use portico_auth_sql::testing::{TestDatabase, TestDatabaseKind};
use portico_core::auth::{Authenticator, Refusal};
use serde_json::json;

use crate::support::{
    ARGON2ID, BCRYPT, Board, MD5, NO_PASSWORD, PASSWORD, Row, TEMPORARY, TEMPORARY_MD5, Version, enter,
    refusal, try_login,
};

for_each_database!(
    versions_5_0_to_5_2_take_md5_only,
    version_6_0_takes_md5_bcrypt_and_argon2,
    a_forum_that_does_not_say_its_version_is_taken_for_6_0,
    md5_in_capitals_counts_where_the_database_ignores_case,
    the_temporary_password_is_right_too,
    a_confirmation_code_is_a_temporary_password,
    no_password_set_is_never_right,
    the_password_is_trimmed,
    nothing_counts_or_slows_failed_logins,
    a_module_that_checks_passwords_is_a_misconfiguration,
    other_modules_do_not_matter,
    an_unknown_name_costs_what_a_wrong_password_costs,
    an_unknown_hash_format_is_an_inconsistency_and_shows_no_hash,
);

async fn versions_5_0_to_5_2_take_md5_only(db: TestDatabase) {
    // One database, one layout after the other.
    let board = Board::install_as(db, Version::V5_0, "a").await;
    take_md5_only(&board).await;
    let board = Board::install_as(board.db, Version::V5_1, "b").await;
    take_md5_only(&board).await;
    let board = Board::install_as(board.db, Version::V5_2, "c").await;
    take_md5_only(&board).await;
}

async fn take_md5_only(board: &Board) {
    board.add(Row::new(1, "md5").stored(MD5)).await;
    // As much of a bcrypt hash as the column holds.
    board.add(Row::new(2, "bcrypt").stored(&BCRYPT[..50])).await;
    board.add(Row::new(3, "plain").stored(PASSWORD)).await;
    board.add(Row::new(4, "empty").stored("")).await;
    let phorum = board.phorum().await;
    enter(&phorum, "md5").await;
    for name in ["bcrypt", "plain", "empty"] {
        assert_eq!(refusal(&phorum, name, PASSWORD).await, Refusal::BadSecret, "{:?} {name}", board.version);
    }
    assert_eq!(refusal(&phorum, "md5", MD5).await, Refusal::BadSecret);
}

async fn version_6_0_takes_md5_bcrypt_and_argon2(db: TestDatabase) {
    let board = Board::install(db, Version::V6_0).await;
    for (id, stored) in [(1, MD5), (2, BCRYPT), (3, ARGON2ID)] {
        board.add(Row::new(id, &format!("m{id}")).stored(stored)).await;
    }
    let phorum = board.phorum().await;
    for name in ["m1", "m2", "m3"] {
        enter(&phorum, name).await;
        assert_eq!(refusal(&phorum, name, "wrong horse").await, Refusal::BadSecret, "{name}");
    }
}

async fn a_forum_that_does_not_say_its_version_is_taken_for_6_0(db: TestDatabase) {
    let board = Board::install(db, Version::V6_0).await;
    board.execute("DELETE FROM {p}_settings WHERE name = 'internal_patchlevel'").await;
    board.add(Row::new(1, "bcrypt")).await;
    enter(&board.phorum().await, "bcrypt").await;
}

async fn md5_in_capitals_counts_where_the_database_ignores_case(db: TestDatabase) {
    let capitals = MD5.to_uppercase();
    let board = Board::install_as(db, Version::V5_2, "old").await;
    board.add(Row::new(1, "Alice").stored(&capitals)).await;
    let phorum = board.phorum().await;
    if board.db.kind() == TestDatabaseKind::Mariadb {
        enter(&phorum, "Alice").await;
    } else {
        assert_eq!(refusal(&phorum, "Alice", PASSWORD).await, Refusal::BadSecret);
    }
    let board = Board::install_as(board.db, Version::V6_0, "new").await;
    board.add(Row::new(1, "Alice").stored(&capitals)).await;
    assert_eq!(refusal(&board.phorum().await, "Alice", PASSWORD).await, Refusal::BadSecret);
}

async fn the_temporary_password_is_right_too(db: TestDatabase) {
    let board = Board::install_as(db, Version::V5_0, "old").await;
    the_temporary_password_enters(&board).await;
    let board = Board::install_as(board.db, Version::V6_0, "new").await;
    the_temporary_password_enters(&board).await;
}

async fn the_temporary_password_enters(board: &Board) {
    board.add(Row::new(1, "Alice").with("password_temp", TEMPORARY_MD5)).await;
    let phorum = board.phorum().await;
    enter(&phorum, "Alice").await;
    assert!(try_login(&phorum, "Alice", TEMPORARY).await.unwrap().identity().is_some());
    assert_eq!(refusal(&phorum, "Alice", "neither").await, Refusal::BadSecret);
}

async fn a_confirmation_code_is_a_temporary_password(db: TestDatabase) {
    let board = Board::install(db, Version::V6_0).await;
    board.add(Row::new(1, "Newcomer").with("password_temp", TEMPORARY_MD5).with("active", -2)).await;
    let phorum = board.phorum().await;
    assert_eq!(refusal(&phorum, "Newcomer", TEMPORARY).await, Refusal::Disabled);
    assert_eq!(refusal(&phorum, "Newcomer", "no-such-code").await, Refusal::BadSecret);
}

async fn no_password_set_is_never_right(db: TestDatabase) {
    let board = Board::install(db, Version::V6_0).await;
    board.add(Row::new(1, "Elsewhere").stored(NO_PASSWORD)).await;
    let phorum = board.phorum().await;
    for typed in [NO_PASSWORD, PASSWORD, "*"] {
        assert_eq!(refusal(&phorum, "Elsewhere", typed).await, Refusal::BadSecret, "{typed}");
    }
}

async fn the_password_is_trimmed(db: TestDatabase) {
    let board = Board::install(db, Version::V6_0).await;
    board.add(Row::new(1, "Alice")).await;
    let phorum = board.phorum().await;
    for typed in [" correct horse", "correct horse\r\n", "\tcorrect horse\0"] {
        assert!(try_login(&phorum, "Alice", typed).await.unwrap().identity().is_some(), "{typed:?}");
    }
    for typed in ["correct  horse", "\u{a0}correct horse", "\0\0", "\0"] {
        assert_eq!(refusal(&phorum, "Alice", typed).await, Refusal::BadSecret, "{typed:?}");
    }
}

async fn nothing_counts_or_slows_failed_logins(db: TestDatabase) {
    let board = Board::install(db, Version::V5_2).await;
    board.add(Row::new(1, "Alice")).await;
    let phorum = board.phorum().await;
    for _ in 0..20 {
        assert_eq!(refusal(&phorum, "Alice", "wrong").await, Refusal::BadSecret);
    }
    enter(&phorum, "Alice").await;
}

async fn a_module_that_checks_passwords_is_a_misconfiguration(db: TestDatabase) {
    let board = Board::install(db, Version::V6_0).await;
    board.add(Row::new(1, "Alice")).await;
    let phorum = board.phorum().await;
    enter(&phorum, "Alice").await;
    for hook in ["user_authenticate", "user_check_login"] {
        // php -r 'echo serialize(["user_authenticate"=>["mods"=>["ldap_auth"],"funcs"=>["f"]]]);'
        let length = hook.len();
        let hooks = format!(
            "a:1:{{s:{length}:\"{hook}\";a:2:{{s:4:\"mods\";a:1:{{i:0;s:9:\"ldap_auth\";}}s:5:\"funcs\";a:1:{{i:0;s:1:\"f\";}}}}}}"
        );
        board.set("hooks", &hooks).await;
        let at_check = phorum.check().await.unwrap_err();
        let at_login = try_login(&phorum, "Alice", PASSWORD).await.unwrap_err();
        for error in [at_check, at_login] {
            assert_eq!(error.as_str(), "misconfigured");
            assert!(error.to_string().contains("`ldap_auth`"), "{error}");
        }
        let option = board.phorum_with(json!({"ignore_authentication_modules": true})).await;
        option.check().await.unwrap();
        enter(&option, "Alice").await;
    }
}

async fn other_modules_do_not_matter(db: TestDatabase) {
    let board = Board::install(db, Version::V6_0).await;
    board.add(Row::new(1, "Alice")).await;
    // php -r 'echo serialize(["user_session_create"=>["mods"=>["sso"],"funcs"=>["f"]]]);'
    let sso = "a:1:{s:19:\"user_session_create\";a:2:{s:4:\"mods\";a:1:{i:0;s:3:\"sso\";}s:5:\"funcs\";a:1:{i:0;s:1:\"f\";}}}";
    for hooks in [sso, "a:0:{}", "", "damaged"] {
        board.set("hooks", hooks).await;
        let phorum = board.phorum().await;
        phorum.check().await.unwrap();
        enter(&phorum, "Alice").await;
    }
}

async fn an_unknown_name_costs_what_a_wrong_password_costs(db: TestDatabase) {
    let mut next = Some(db);
    for (version, prefix) in [(Version::V5_0, "a"), (Version::V5_2, "b"), (Version::V6_0, "c")] {
        let board = Board::install_as(next.take().unwrap(), version, prefix).await;
        board.add(Row::new(1, "one")).await;
        board.add(Row::new(2, "two").with("password_temp", TEMPORARY_MD5)).await;
        board.add(Row::new(3, "md5").stored(MD5)).await;
        board.add(Row::new(4, "none").stored(NO_PASSWORD)).await;
        board.add(Row::new(5, "empty").stored("").with("password_temp", "")).await;
        board.add(Row::new(6, "inactive").with("active", 0)).await;
        board.add(Row::new(7, "banned")).await;
        board.ban(0, 5, false, "7").await;
        let phorum = board.phorum().await;
        let _ = try_login(&phorum, "one", "wrong").await;
        let mut costs = Vec::new();
        for name in ["nobody", "one", "two", "md5", "none", "empty", "inactive", "banned", "no\0body", "\0 "]
        {
            let before = (board.pool.computed(), board.db.queries());
            assert!(refusal(&phorum, name, "wrong").await.is_failed_guess(), "{name:?}");
            costs.push((board.pool.computed() - before.0, board.db.queries() - before.1));
        }
        assert!(costs.iter().all(|cost| *cost == (2, 2)), "{version:?}: (hashes, queries) {costs:?}");
        next = Some(board.db);
    }
}

async fn an_unknown_hash_format_is_an_inconsistency_and_shows_no_hash(db: TestDatabase) {
    let board = Board::install(db, Version::V6_0).await;
    board.add(Row::new(1, "Erin").stored("{no-such-scheme}4711-0815")).await;
    board
        .add(Row::new(2, "Carl").stored("{no-such-scheme}4711-0815").with("password_temp", TEMPORARY_MD5))
        .await;
    let phorum = board.phorum().await;
    for typed in [PASSWORD, "{no-such-scheme}4711-0815"] {
        let error = try_login(&phorum, "Erin", typed).await.unwrap_err();
        assert_eq!(error.as_str(), "inconsistent");
        assert!(error.to_string().contains("user_id 1") && !error.full_text().contains("4711"), "{error}");
    }
    assert!(try_login(&phorum, "Carl", TEMPORARY).await.unwrap().identity().is_some());
}
