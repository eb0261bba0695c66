//! Coming in by the forum's own cookies.

use portico_auth_sql::for_each_database;
use portico_auth_sql::testing::TestDatabase;
use portico_core::auth::{AuthError, Authenticator, CredentialKind, Decision};
use serde_json::json;

use crate::support::{Board, Row, Version, come, enter};

for_each_database!(
    the_long_session_says_what_the_password_says,
    with_tight_security_writing_needs_the_short_session_too,
    a_forum_without_cookies_has_no_sessions_in_them,
    the_state_of_the_account_is_told_after_a_right_session_only,
    a_member_without_a_session_has_none,
    ids_are_compared_byte_for_byte,
    the_oldest_forums_kept_no_sessions,
    a_module_that_keeps_the_sessions_is_named,
    sessions_are_taken_where_the_address_of_the_forum_is_known,
    a_forum_whose_module_checks_passwords_lets_in_by_cookies,
);

const LONG: &str = "5f0c1b2a9d8e7f60112233445566778899aabbccddeeff000102030405060708";
const SHORT: &str = "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff";

async fn board(db: TestDatabase, version: Version) -> Board {
    let board = Board::install(db, version).await;
    let (long, short) = (&LONG[..32], &SHORT[..32]);
    let row = Row::new(7, "Alice");
    let row = match version {
        Version::V5_0 => row,
        Version::V5_1 => row.with("cookie_sessid_lt", long).with("sessid_st", short),
        Version::V5_2 => row.with("sessid_lt", long).with("sessid_st", short),
        Version::V6_0 => row.with("sessid_lt", LONG).with("sessid_st", SHORT),
    };
    board.add(row).await;
    board
}

/// Who comes in, with what restriction, or why nobody does.
fn word(answer: Result<Decision, AuthError>) -> String {
    match answer {
        Ok(Decision::Accepted { identity, .. }) => match identity.restrictions.write {
            Some(_) => format!("{} reads", identity.subject),
            None => identity.subject.as_str().to_owned(),
        },
        Ok(Decision::Refused(refusal)) => refusal.as_str().to_owned(),
        other => format!("{other:?}"),
    }
}

fn value(user: &str, id: &str) -> String {
    format!("{user}%3A{id}")
}

async fn the_long_session_says_what_the_password_says(db: TestDatabase) {
    for version in [Version::V5_1, Version::V5_2, Version::V6_0] {
        let board = board(TestDatabase::create(db.kind()).await, version).await;
        board.group(3, "Gardeners", &[(7, 2)]).await;
        let phorum = board.phorum_with(json!({"cookies": true})).await;
        let long = if version == Version::V6_0 { LONG } else { &LONG[..32] };
        let by_password = enter(&phorum, "Alice").await;
        for value in [format!("7%3A{long}"), format!("7:{long}")] {
            let answer = come(&phorum, &[("phorum_session_v5", &value)]).await.unwrap();
            assert_eq!(answer.identity(), Some(&by_password), "{version:?}");
        }
    }
}

async fn with_tight_security_writing_needs_the_short_session_too(db: TestDatabase) {
    let board = board(db, Version::V6_0).await;
    board.add(Row::new(8, "Bob").with("sessid_lt", SHORT).with("sessid_st", LONG)).await;
    let phorum = board.phorum_with(json!({"cookies": true})).await;
    let (long, short, wrong) = (value("7", LONG), value("7", SHORT), value("7", &SHORT.replace('0', "1")));
    let bobs = value("8", LONG);
    for (tight, cookies, expected) in [
        ("0", vec![("phorum_session_v5", &long)], "7"),
        ("0", vec![("phorum_session_v5", &long), ("phorum_session_st", &wrong)], "7"),
        ("0", vec![("phorum_session_st", &short)], "unknown-subject"),
        ("1", vec![("phorum_session_v5", &long), ("phorum_session_st", &short)], "7"),
        ("1", vec![("phorum_session_v5", &long)], "7 reads"),
        ("1", vec![("phorum_session_v5", &long), ("phorum_session_st", &wrong)], "7 reads"),
        ("1", vec![("phorum_session_v5", &long), ("phorum_session_st", &bobs)], "7 reads"),
        ("1", vec![("phorum_session_v5", &short), ("phorum_session_st", &short)], "unknown-subject"),
        ("1", vec![("phorum_session_st", &short)], "unknown-subject"),
    ] {
        board.set("tight_security", tight).await;
        let cookies: Vec<(&str, &str)> =
            cookies.iter().map(|(name, value)| (*name, value.as_str())).collect();
        assert_eq!(word(come(&phorum, &cookies).await), expected, "{tight} {cookies:?}");
    }
}

async fn a_forum_without_cookies_has_no_sessions_in_them(db: TestDatabase) {
    let board = board(db, Version::V6_0).await;
    let phorum = board.phorum_with(json!({"cookies": true})).await;
    for (mode, expected) in [("0", "unknown-subject"), ("1", "7"), ("2", "7"), ("", "unknown-subject")] {
        board.set("use_cookies", mode).await;
        assert_eq!(
            word(come(&phorum, &[("phorum_session_v5", &value("7", LONG))]).await),
            expected,
            "{mode}"
        );
    }
}

async fn the_state_of_the_account_is_told_after_a_right_session_only(db: TestDatabase) {
    let board = board(db, Version::V6_0).await;
    board.add(Row::new(8, "Carol").with("active", 0).with("sessid_lt", SHORT)).await;
    board.ban(0, 5, false, "7").await;
    let phorum = board.phorum_with(json!({"cookies": true})).await;
    let strict = board.phorum_with(json!({"cookies": true, "refuse_banned": true})).await;
    let long = |user, id| value(user, id);
    assert_eq!(word(come(&phorum, &[("phorum_session_v5", &long("8", SHORT))]).await), "disabled");
    assert_eq!(word(come(&phorum, &[("phorum_session_v5", &long("8", LONG))]).await), "unknown-subject");
    assert_eq!(word(come(&phorum, &[("phorum_session_v5", &long("7", LONG))]).await), "7 reads");
    assert_eq!(word(come(&strict, &[("phorum_session_v5", &long("7", LONG))]).await), "banned");
    assert_eq!(word(come(&strict, &[("phorum_session_v5", &long("7", SHORT))]).await), "unknown-subject");
    board.set("status", "disabled").await;
    assert_eq!(word(come(&phorum, &[("phorum_session_v5", &long("7", LONG))]).await), "not-permitted");
}

async fn a_member_without_a_session_has_none(db: TestDatabase) {
    let board = Board::install(db, Version::V6_0).await;
    board.add(Row::new(7, "Alice")).await;
    board.add(Row::new(8, "Bob").with("sessid_lt", "0")).await;
    let phorum = board.phorum_with(json!({"cookies": true})).await;
    for cookie in [
        "7%3A",
        "7:",
        "7",
        "8%3A0",
        "0%3A",
        "%3A",
        "",
        "7%3A%00",
        "99%3Aabc",
        "4294967296%3Aabc",
        "\u{FF17}%3Aabc",
    ] {
        assert_eq!(
            word(come(&phorum, &[("phorum_session_v5", cookie)]).await),
            "unknown-subject",
            "{cookie}"
        );
    }
    assert_eq!(word(come(&phorum, &[]).await), "unknown-subject");
}

async fn ids_are_compared_byte_for_byte(db: TestDatabase) {
    let board = board(db, Version::V6_0).await;
    board.add(Row::new(8, "Bob").with("sessid_lt", "0e830400451993494058024219903391")).await;
    let phorum = board.phorum_with(json!({"cookies": true})).await;
    for cookie in [
        value("7", &LONG.to_uppercase()),
        value("7", &LONG[..63]),
        value("7", &format!("{LONG} ")),
        value("7", &format!("{LONG}%00")),
        value("07", LONG) + "x",
        // Two numbers that PHP takes for zero.
        value("8", "0e462097431906509019562988736854"),
    ] {
        assert_eq!(
            word(come(&phorum, &[("phorum_session_v5", &cookie)]).await),
            "unknown-subject",
            "{cookie}"
        );
    }
}

async fn the_oldest_forums_kept_no_sessions(db: TestDatabase) {
    let board = board(db, Version::V5_0).await;
    let phorum = board.phorum_with(json!({"cookies": true})).await;
    phorum.check().await.unwrap();
    let answer = come(&phorum, &[("phorum_session_v5", &value("7", &LONG[..32]))]).await;
    assert_eq!(word(answer), "unknown-subject");
}

async fn a_module_that_keeps_the_sessions_is_named(db: TestDatabase) {
    let board = board(db, Version::V6_0).await;
    // php -r 'echo serialize(["user_session_restore"=>["mods"=>["sso"],"funcs"=>["f"]]]);'
    let hooks = "a:1:{s:20:\"user_session_restore\";a:2:{s:4:\"mods\";a:1:{i:0;s:3:\"sso\";}s:5:\"funcs\";a:1:{i:0;s:1:\"f\";}}}";
    board.set("hooks", hooks).await;
    let phorum = board.phorum_with(json!({"cookies": true})).await;
    for error in [
        phorum.check().await.unwrap_err(),
        come(&phorum, &[("phorum_session_v5", &value("7", LONG))]).await.unwrap_err(),
    ] {
        assert!(error.as_str() == "misconfigured" && error.to_string().contains("`sso`"), "{error}");
    }
    enter(&phorum, "Alice").await;
    board.phorum().await.check().await.unwrap();
    let keys = json!({"cookies": true, "ignore_authentication_modules": true});
    let phorum = board.phorum_with(keys).await;
    phorum.check().await.unwrap();
    assert_eq!(word(come(&phorum, &[("phorum_session_v5", &value("7", LONG))]).await), "7");
}

async fn sessions_are_taken_where_the_address_of_the_forum_is_known(db: TestDatabase) {
    let board = board(db, Version::V6_0).await;
    for (keys, taken) in [
        (json!({}), false),
        (json!({"cookies": true}), true),
        (json!({"url": "https://f.example"}), true),
        (json!({"url": "https://f.example", "cookies": false}), false),
    ] {
        let phorum = board.phorum_with(keys.clone()).await;
        let capabilities = phorum.capabilities();
        assert_eq!(capabilities.takes(CredentialKind::ExternalSession), taken, "{keys}");
        let names: &[&str] = if taken { &["phorum_session_v5", "phorum_session_st"] } else { &[] };
        assert_eq!(capabilities.cookies, names, "{keys}");
        let answer = come(&phorum, &[("phorum_session_v5", &value("7", LONG))]).await;
        assert_eq!(word(answer), if taken { "7" } else { "not-permitted" }, "{keys}");
    }
}

async fn a_forum_whose_module_checks_passwords_lets_in_by_cookies(db: TestDatabase) {
    let board = board(db, Version::V6_0).await;
    // php -r 'echo serialize(["user_authenticate"=>["mods"=>["ldap"],"funcs"=>["f"]]]);'
    let hooks = "a:1:{s:17:\"user_authenticate\";a:2:{s:4:\"mods\";a:1:{i:0;s:4:\"ldap\";}s:5:\"funcs\";a:1:{i:0;s:1:\"f\";}}}";
    board.set("hooks", hooks).await;
    let both = board.phorum_with(json!({"cookies": true})).await;
    assert!(both.check().await.unwrap_err().to_string().contains("passwords = false"));
    let phorum = board.phorum_with(json!({"cookies": true, "passwords": false})).await;
    phorum.check().await.unwrap();
    assert!(!phorum.capabilities().takes(CredentialKind::Password));
    assert_eq!(word(come(&phorum, &[("phorum_session_v5", &value("7", LONG))]).await), "7");
}
