//! Coming in by the board's own cookies.

use portico_auth_sql::for_each_database;
use portico_auth_sql::testing::TestDatabase;
use portico_core::auth::{AuthError, Authenticator, CredentialKind, Decision, Refusal};
use serde_json::json;

use crate::fixture::{BROWSER, Board, Door, From, HERE, NOW, door, refusal, session_id};
use crate::schema::V;

for_each_database!(
    a_live_session_says_what_the_password_says,
    the_address_is_compared_as_strictly_as_the_board_says,
    the_browser_is_compared_as_strictly_as_the_board_says,
    the_forwarded_header_is_compared_where_the_board_says,
    a_session_ends_when_the_board_says,
    a_remembered_member_comes_back_by_the_key,
    a_key_counts_only_where_the_board_would_look_at_it,
    version_2_remembers_by_a_serialised_cookie,
    guests_and_robots_are_nobody,
    a_ban_is_told_after_a_right_session_only,
    an_inactive_members_session_is_disabled,
    values_that_are_no_ids_are_not_looked_for,
    cookies_of_another_board_are_nobodys,
    the_names_of_the_cookies_are_the_boards,
    maintenance_keeps_sessions_out_only_by_option,
    who_else_decides_about_logins_may_leave_the_sessions_to_the_board,
);

const ALL: [V; 6] = [V::V20, V::V30, V::V31, V::V32, V::V33, V::V40];

fn jar<'a>(id: &'a str, user: &'a str, key: &'a str) -> [(&'a str, &'a str); 3] {
    [("phpbb3_x7k2q_sid", id), ("phpbb3_x7k2q_u", user), ("phpbb3_x7k2q_k", key)]
}

async fn board_with_alice(db: &TestDatabase, version: V) -> Board<'_> {
    let board = Board::install(db, version).await;
    board.alice().await;
    board
}

async fn cookie_door(board: &Board<'_>) -> Door {
    board.phpbb_with(json!({"cookies": true})).await
}

/// Who comes in, or why nobody does.
fn word(answer: Result<Decision, AuthError>) -> String {
    match answer {
        Ok(Decision::Accepted { identity, .. }) => identity.subject.as_str().to_owned(),
        Ok(Decision::Refused(refusal)) => refusal.as_str().to_owned(),
        other => format!("{other:?}"),
    }
}

async fn a_live_session_says_what_the_password_says(db: TestDatabase) {
    for version in ALL {
        let fresh = TestDatabase::create(db.kind()).await;
        let board = board_with_alice(&fresh, version).await;
        let id = board.session(2, &[]).await;
        let door = cookie_door(&board).await;
        let by_password = door.identity("Alice", "correct horse").await;
        let v2 = [("phpbb2mysql_sid", id.as_str())];
        let jar = jar(&id, "2", "");
        let answer = door.come(if version == V::V20 { &v2 } else { &jar }, HERE).await.unwrap();
        assert_eq!(answer.identity(), Some(&by_password), "{version:?}");
    }
}

async fn the_address_is_compared_as_strictly_as_the_board_says(db: TestDatabase) {
    let board = board_with_alice(&db, V::V33).await;
    let id = board.session(2, &[]).await;
    let six = board
        .session(
            2,
            &[("session_id", session_id(900).as_str().into()), ("session_ip", "2001:db8:1:2::7".into())],
        )
        .await;
    let door = cookie_door(&board).await;
    for (parts, session, peer, expected) in [
        ("3", &id, "192.0.2.200", "2"),
        ("3", &id, "192.0.3.7", "unknown-subject"),
        ("4", &id, "192.0.2.200", "unknown-subject"),
        ("4", &id, "::ffff:192.0.2.7", "2"),
        ("2", &id, "192.0.99.7", "2"),
        ("0", &id, "203.0.113.5", "2"),
        ("3", &six, "2001:db8:1:2:ffff::1", "2"),
        ("3", &six, "2001:db8:1:3::7", "unknown-subject"),
        ("4", &six, "2001:db8:1:2::8", "unknown-subject"),
        ("2", &six, "2001:db8:1:3::7", "2"),
        ("3", &six, "192.0.2.7", "unknown-subject"),
    ] {
        board.setting("ip_check", parts).await;
        let answer = door.come(&jar(session, "2", ""), From { peer: Some(peer), ..HERE }).await;
        assert_eq!(word(answer), expected, "ip_check {parts}, {peer}");
    }
    board.setting("ip_check", "3").await;
    assert_eq!(word(door.come(&jar(&id, "2", ""), From { peer: None, ..HERE }).await), "unknown-subject");
}

async fn the_browser_is_compared_as_strictly_as_the_board_says(db: TestDatabase) {
    let odd = "Odd \"Browser\" <1.0> & more";
    for version in [V::V30, V::V33] {
        let fresh = TestDatabase::create(db.kind()).await;
        let board = board_with_alice(&fresh, version).await;
        let stored = "Odd &quot;Browser&quot; &lt;1.0&gt; &amp; more";
        let id = board.session(2, &[("session_browser", stored.into())]).await;
        let door = cookie_door(&board).await;
        for (check, browser, expected) in [
            ("1", Some(odd), "2"),
            ("1", Some("ODD \"browser\" <1.0> & MORE "), "2"),
            ("1", Some(BROWSER), "unknown-subject"),
            ("1", None, "unknown-subject"),
            ("0", Some(BROWSER), "2"),
        ] {
            board.setting("browser_check", check).await;
            let answer = door.come(&jar(&id, "2", ""), From { browser, ..HERE }).await;
            assert_eq!(word(answer), expected, "{version:?} browser_check {check}, {browser:?}");
        }
    }
}

async fn the_forwarded_header_is_compared_where_the_board_says(db: TestDatabase) {
    let board = board_with_alice(&db, V::V33).await;
    let id = board.session(2, &[("session_forwarded_for", "198.51.100.1 198.51.100.2".into())]).await;
    let door = cookie_door(&board).await;
    for (check, forwarded_for, expected) in [
        ("0", None, "2"),
        ("1", None, "unknown-subject"),
        ("1", Some("198.51.100.1, 198.51.100.2"), "2"),
        ("1", Some("198.51.100.1"), "unknown-subject"),
        ("1", Some("198.51.100.1, 198.51.100.2, unknown"), "unknown-subject"),
    ] {
        board.setting("forwarded_for_check", check).await;
        let answer = door.come(&jar(&id, "2", ""), From { forwarded_for, ..HERE }).await;
        assert_eq!(word(answer), expected, "forwarded_for_check {check}, {forwarded_for:?}");
    }
}

async fn a_session_ends_when_the_board_says(db: TestDatabase) {
    let board = board_with_alice(&db, V::V33).await;
    let short = board.session(2, &[("session_time", NOW.into())]).await;
    let remembered = board
        .session(
            2,
            &[
                ("session_id", session_id(901).as_str().into()),
                ("session_time", NOW.into()),
                ("session_autologin", 1.into()),
            ],
        )
        .await;
    let door = cookie_door(&board).await;
    let at = |session: String, now: i64| {
        let door = &door;
        async move { word(door.come(&jar(&session, "2", ""), From { now, ..HERE }).await) }
    };
    assert_eq!(at(short.clone(), NOW + 3660).await, "2");
    assert_eq!(at(short.clone(), NOW + 3661).await, "unknown-subject");
    board.setting("session_length", "600").await;
    assert_eq!(at(short, NOW + 661).await, "unknown-subject");
    assert_eq!(at(remembered.clone(), NOW + 400 * 86_400).await, "2", "without a limit");
    board.setting("max_autologin_time", "10").await;
    assert_eq!(at(remembered.clone(), NOW + 10 * 86_400 - 60).await, "2");
    assert_eq!(at(remembered.clone(), NOW + 10 * 86_400 - 59).await, "unknown-subject");
    board.setting("allow_autologin", "0").await;
    assert_eq!(at(remembered, NOW + 1).await, "unknown-subject");
}

async fn a_remembered_member_comes_back_by_the_key(db: TestDatabase) {
    for version in [V::V30, V::V33, V::V40] {
        let fresh = TestDatabase::create(db.kind()).await;
        let board = board_with_alice(&fresh, version).await;
        board.member(3, "Bob", "bob").seed().await;
        board.member(4, "Carol", "carol").with("user_type", 1).seed().await;
        board.key(2, "0123456789abcdef").await;
        board.key(4, "fedcba9876543210").await;
        let ended = session_id(902);
        let door = cookie_door(&board).await;
        for (id, user, key, expected) in [
            (ended.as_str(), "2", "0123456789abcdef", "2"),
            ("anything", "2", "0123456789abcdef", "2"),
            ("", "2", "0123456789abcdef", "unknown-subject"),
            (&ended, "3", "0123456789abcdef", "unknown-subject"),
            (&ended, "1", "0123456789abcdef", "unknown-subject"),
            (&ended, "2", "0123456789ABCDEF", "unknown-subject"),
            (&ended, "2", "0123456789abcde", "unknown-subject"),
            (&ended, "2", "", "unknown-subject"),
            (&ended, "2x", "0123456789abcdef", "unknown-subject"),
            (&ended, "-2", "0123456789abcdef", "unknown-subject"),
            (&ended, "4", "fedcba9876543210", "unknown-subject"),
        ] {
            assert_eq!(
                word(door.come(&jar(id, user, key), HERE).await),
                expected,
                "{version:?} {id} {user} {key}"
            );
        }
        // Wherever it comes from: keys are bound to nothing.
        let elsewhere = From { peer: Some("203.0.113.5"), browser: None, ..HERE };
        assert_eq!(word(door.come(&jar(&ended, "2", "0123456789abcdef"), elsewhere).await), "2");
    }
}

async fn a_key_counts_only_where_the_board_would_look_at_it(db: TestDatabase) {
    let board = board_with_alice(&db, V::V33).await;
    board.key(2, "0123456789abcdef").await;
    let guest = board.session(1, &[]).await;
    let door = cookie_door(&board).await;
    let key = |id: String| {
        let door = &door;
        async move { word(door.come(&jar(&id, "2", "0123456789abcdef"), HERE).await) }
    };
    assert_eq!(key(guest).await, "unknown-subject", "a guest's live session is as far as the board looks");
    assert_eq!(key(session_id(903)).await, "2");
    board.setting("max_autologin_time", "1").await;
    assert_eq!(key(session_id(903)).await, "2", "a day old, to the second");
    let later = From { now: NOW + 1, ..HERE };
    let answer = door.come(&jar(&session_id(903), "2", "0123456789abcdef"), later).await;
    assert_eq!(word(answer), "unknown-subject");
    board.setting("max_autologin_time", "0").await;
    board.setting("allow_autologin", "0").await;
    assert_eq!(key(session_id(903)).await, "unknown-subject");
}

async fn version_2_remembers_by_a_serialised_cookie(db: TestDatabase) {
    let board = board_with_alice(&db, V::V20).await;
    board.key(2, "0123abcd").await;
    let door = cookie_door(&board).await;
    let data = |key: &str, user: &str| {
        let text =
            format!("a:2:{{s:11:\"autologinid\";s:{}:\"{key}\";s:6:\"userid\";s:1:\"{user}\";}}", key.len());
        text.replace('"', "%22")
            .replace(';', "%3B")
            .replace(':', "%3A")
            .replace('{', "%7B")
            .replace('}', "%7D")
    };
    for (value, expected) in [
        (data("0123abcd", "2"), "2"),
        (data("0123abce", "2"), "unknown-subject"),
        (data("", "2"), "unknown-subject"),
        (data("0123abcd", "1"), "unknown-subject"),
        ("a%3A0%3A%7B%7D".to_owned(), "unknown-subject"),
        ("O:8:\"stdClass\":0:{}".to_owned(), "unknown-subject"),
    ] {
        assert_eq!(word(door.come(&[("phpbb2mysql_data", &value)], HERE).await), expected, "{value}");
    }
    let id = board.session(2, &[]).await;
    for (peer, now, expected) in [
        ("192.0.2.99", NOW, "2"),
        ("192.0.3.7", NOW, "unknown-subject"),
        ("2001:db8::1", NOW, "unknown-subject"),
        ("192.0.2.7", NOW + 3540, "2"),
        ("192.0.2.7", NOW + 3541, "unknown-subject"),
    ] {
        let from = From { peer: Some(peer), now, ..HERE };
        assert_eq!(word(door.come(&[("phpbb2mysql_sid", &id)], from).await), expected, "{peer} {now}");
    }
    let guest = board.session(-1, &[("session_id", session_id(77).as_str().into())]).await;
    assert_eq!(word(door.come(&[("phpbb2mysql_sid", &guest)], HERE).await), "unknown-subject");
}

async fn guests_and_robots_are_nobody(db: TestDatabase) {
    let board = board_with_alice(&db, V::V33).await;
    board.member(9, "Robot", "robot").with("user_type", 2).seed().await;
    let guest = board.session(1, &[]).await;
    let robot = board.session(9, &[]).await;
    let door = cookie_door(&board).await;
    for id in [guest, robot] {
        assert_eq!(word(door.come(&jar(&id, "2", ""), HERE).await), "unknown-subject");
    }
    assert_eq!(word(door.come(&[("phpbb3_x7k2q_u", "2")], HERE).await), "unknown-subject");
    assert_eq!(word(door.come(&[], HERE).await), "unknown-subject");
}

async fn a_ban_is_told_after_a_right_session_only(db: TestDatabase) {
    let board = board_with_alice(&db, V::V33).await;
    board.member(3, "Flora", "flora").with("user_type", 3).seed().await;
    let (id, founder) = (board.session(2, &[]).await, board.session(3, &[]).await);
    board.ban(1, &[("ban_ip", "192.0.2.*".into()), ("ban_give_reason", "open proxy".into())]).await;
    let door = cookie_door(&board).await;
    let told = refusal(door.come(&jar(&id, "2", ""), HERE).await);
    assert_eq!(told, Refusal::Banned { reason: Some("open proxy".to_owned()), until: None });
    assert_eq!(word(door.come(&jar(&founder, "3", ""), HERE).await), "3", "founders are never banned");
    assert_eq!(word(door.come(&jar(&session_id(5), "2", ""), HERE).await), "unknown-subject");
    board.setting("ip_check", "0").await;
    assert_eq!(word(door.come(&jar(&id, "2", ""), From { peer: Some("203.0.113.5"), ..HERE }).await), "2");
}

async fn an_inactive_members_session_is_disabled(db: TestDatabase) {
    let board = Board::install(&db, V::V33).await;
    board.member(2, "Alice", "alice").with("user_type", 1).seed().await;
    let id = board.session(2, &[]).await;
    let door = cookie_door(&board).await;
    assert_eq!(word(door.come(&jar(&id, "2", ""), HERE).await), "disabled");
    assert_eq!(
        word(door.come(&jar(&id, "2", ""), From { peer: Some("203.0.113.5"), ..HERE }).await),
        "unknown-subject"
    );
}

async fn values_that_are_no_ids_are_not_looked_for(db: TestDatabase) {
    let board = board_with_alice(&db, V::V33).await;
    let door = cookie_door(&board).await;
    door.phpbb.check().await.unwrap();
    for value in
        ["x", "' OR 1=1 -- ", "%00", "%FF%FE", "<b>", "\u{1F600}", &"a".repeat(33), &"0".repeat(60_000)]
    {
        let before = db.queries();
        assert_eq!(word(door.come(&jar(value, "2", value), HERE).await), "unknown-subject", "{value}");
        let asked = db.queries() - before;
        let could_be_a_key = value.len() <= 64 && value.bytes().all(|byte| byte.is_ascii_alphanumeric());
        assert_eq!(asked, if could_be_a_key { 2 } else { 1 }, "{value}");
    }
}

async fn cookies_of_another_board_are_nobodys(db: TestDatabase) {
    let (here, there) = (TestDatabase::create(db.kind()).await, db);
    let (board, other) = (board_with_alice(&here, V::V33).await, board_with_alice(&there, V::V33).await);
    let foreign = other.session(2, &[("session_id", session_id(904).as_str().into())]).await;
    let own = board.session(2, &[]).await;
    let door = cookie_door(&board).await;
    assert_eq!(
        word(door.come(&jar(&foreign, "2", ""), HERE).await),
        "unknown-subject",
        "under the same names"
    );
    let renamed = [("phpbb3_other_sid", own.as_str()), ("phpbb3_other_u", "2")];
    assert_eq!(word(door.come(&renamed, HERE).await), "unknown-subject", "under other names");
    let both = [renamed[0], renamed[1], ("phpbb3_x7k2q_sid", own.as_str())];
    assert_eq!(word(door.come(&both, HERE).await), "2", "beside the board's own");
}

async fn the_names_of_the_cookies_are_the_boards(db: TestDatabase) {
    let board = board_with_alice(&db, V::V33).await;
    let door = cookie_door(&board).await;
    assert!(door.phpbb.capabilities().takes(CredentialKind::ExternalSession));
    assert_eq!(door.phpbb.capabilities().cookies, Vec::<String>::new(), "not known before the first look");
    door.phpbb.check().await.unwrap();
    let names = ["phpbb3_x7k2q_sid", "phpbb3_x7k2q_u", "phpbb3_x7k2q_k"];
    assert_eq!(door.phpbb.capabilities().cookies, names);
    board.setting("cookie_name", "renamed").await;
    door.refused("nobody", "x").await;
    assert_eq!(door.phpbb.capabilities().cookies, ["renamed_sid", "renamed_u", "renamed_k"]);
    board.setting("cookie_name", "no;name").await;
    let error = door.phpbb.check().await.unwrap_err();
    assert!(error.as_str() == "misconfigured" && error.to_string().contains("no;name"), "{error}");
    let named = board.phpbb_with(json!({"cookies": true, "cookie_name": "own"})).await;
    named.phpbb.check().await.unwrap();
    assert_eq!(named.phpbb.capabilities().cookies, ["own_sid", "own_u", "own_k"]);
    let off = board.phpbb_with(json!({"url": "https://f.example", "cookies": false})).await;
    assert!(!off.phpbb.capabilities().takes(CredentialKind::ExternalSession));
    let on = board.phpbb_with(json!({"url": "https://f.example"})).await;
    assert!(
        on.phpbb.capabilities().takes(CredentialKind::ExternalSession),
        "on by itself where the address is known"
    );
    let error = door_error(json!({"cookie_name": "a b"}), &db).await;
    assert!(error.contains("cookie_name"), "{error}");
}

async fn door_error(options: serde_json::Value, db: &TestDatabase) -> String {
    door(&db.url(), options).await.unwrap_err().to_string()
}

async fn maintenance_keeps_sessions_out_only_by_option(db: TestDatabase) {
    let board = board_with_alice(&db, V::V33).await;
    board.member(3, "Root", "root").seed().await;
    board.join(3, 5, false, false).await;
    let (member, root) = (board.session(2, &[]).await, board.session(3, &[]).await);
    board.setting("board_disable", "1").await;
    let (open, strict) = (
        cookie_door(&board).await,
        board.phpbb_with(json!({"cookies": true, "enforce_board_disable": true})).await,
    );
    assert_eq!(word(open.come(&jar(&member, "2", ""), HERE).await), "2");
    assert_eq!(word(strict.come(&jar(&member, "2", ""), HERE).await), "not-permitted");
    assert_eq!(word(strict.come(&jar(&root, "3", ""), HERE).await), "3");
}

async fn who_else_decides_about_logins_may_leave_the_sessions_to_the_board(db: TestDatabase) {
    let board = board_with_alice(&db, V::V33).await;
    let id = board.session(2, &[]).await;
    board.setting("auth_method", "oauth").await;
    let both = cookie_door(&board).await;
    assert!(both.phpbb.check().await.unwrap_err().to_string().contains("passwords = false"));
    assert_eq!(word(both.come(&jar(&id, "2", ""), HERE).await), "2");
    let cookies = board.phpbb_with(json!({"cookies": true, "passwords": false})).await;
    cookies.phpbb.check().await.unwrap();
    assert!(!cookies.phpbb.capabilities().takes(CredentialKind::Password));
    assert_eq!(word(cookies.come(&jar(&id, "2", ""), HERE).await), "2");
    assert_eq!(cookies.refused("Alice", "correct horse").await, Refusal::NotPermitted);
    board.setting("auth_method", "apache").await;
    let error = cookies.phpbb.check().await.unwrap_err();
    assert!(error.as_str() == "misconfigured" && error.to_string().contains("`apache`"), "{error}");
    assert_eq!(cookies.come(&jar(&id, "2", ""), HERE).await.unwrap_err().as_str(), "misconfigured");
}
