//! Who it is (facts: display name, groups, language, time zone, no avatar).

use portico_auth_sql::for_each_database;
use portico_auth_sql::testing::TestDatabase;
use portico_core::Timestamp;
use portico_core::auth::ExternalGroup;
use serde_json::json;

use crate::support::{Board, Row, Version, enter};

for_each_database!(
    an_identity_holds_what_phorum_knows,
    a_custom_display_name_is_html_and_becomes_text,
    a_display_name_without_that_module_is_text,
    a_display_name_of_nothing_but_html_falls_back,
    groups_are_those_with_status_1_and_2,
    an_email_address_is_verified_where_registration_proves_it,
    the_time_zone_is_the_members_own_where_the_forum_allows_it,
    the_oldest_tables_say_less_and_nothing_wrong,
    old_bytes_in_a_name_keep_nobody_out,
);

async fn an_identity_holds_what_phorum_knows(db: TestDatabase) {
    let board = Board::install(db, Version::V6_0).await;
    let row = Row::new(7, "Alice")
        .with("display_name", "Alice in Chains")
        .with("email", "alice@mail.example")
        .with("user_language", "german")
        .with("tz_offset", 5.5)
        .with("date_added", 1_234_567_890);
    board.add(row).await;
    let identity = enter(&board.phorum_with(json!({"url": "https://f.example"})).await, "Alice").await;
    assert_eq!(identity.subject.as_str(), "7");
    assert_eq!((identity.login.as_str(), identity.shown_name()), ("Alice", "Alice in Chains"));
    assert_eq!(identity.email.unwrap().address, "alice@mail.example");
    assert_eq!(identity.language.as_deref(), Some("german"));
    assert_eq!(identity.timezone.as_deref(), Some("Asia/Kolkata"));
    assert_eq!(identity.profile_url.as_deref(), Some("https://f.example/profile.php?0,7"));
    assert_eq!(identity.registered_at, Some(Timestamp::from_millis(1_234_567_890_000)));
    assert_eq!(identity.groups, Some(vec![]), "it said there are none");
    assert_eq!(identity.avatar, None);
    assert!(!identity.staff.administrator && !identity.staff.moderator);
}

async fn a_custom_display_name_is_html_and_becomes_text(db: TestDatabase) {
    let board = Board::install(db, Version::V6_0).await;
    let html = "<span style=\"color:red\">Tom &amp; <b>Jerry</b></span><script>x()</script>";
    board.add(Row::new(7, "Tom").with("display_name", html)).await;
    board.set("custom_display_name", "1").await;
    assert_eq!(enter(&board.phorum().await, "Tom").await.shown_name(), "Tom & Jerryx()");
}

async fn a_display_name_without_that_module_is_text(db: TestDatabase) {
    let board = Board::install(db, Version::V5_2).await;
    board.add(Row::new(7, "Tom").with("display_name", "<b>Tom</b> &amp;")).await;
    for off in ["", "0"] {
        board.set("custom_display_name", off).await;
        assert_eq!(enter(&board.phorum().await, "Tom").await.shown_name(), "<b>Tom</b> &amp;");
    }
}

async fn a_display_name_of_nothing_but_html_falls_back(db: TestDatabase) {
    let board = Board::install(db, Version::V6_0).await;
    board.add(Row::new(7, "Tom").with("display_name", "<img src=x>").with("real_name", "Thomas")).await;
    board.set("custom_display_name", "1").await;
    let phorum = board.phorum().await;
    assert_eq!(enter(&phorum, "Tom").await.shown_name(), "Tom");
    board.set("display_name_source", "real_name").await;
    assert_eq!(enter(&phorum, "Tom").await.shown_name(), "Thomas");
}

async fn groups_are_those_with_status_1_and_2(db: TestDatabase) {
    let board = Board::install(db, Version::V6_0).await;
    board.add(Row::new(7, "Alice")).await;
    for (id, name, status) in
        [(1, "Suspended", -1), (2, "Waiting", 0), (3, "Gardeners", 1), (4, "Readers' \\ \"&", 2)]
    {
        board.group(id, name, &[(7, status), (8, 1)]).await;
    }
    // A membership of a group that is gone.
    board.execute("INSERT INTO {p}_user_group_xref (user_id, group_id, status) VALUES (7, 99, 1)").await;
    let group = |id: &str, name: &str, leader| ExternalGroup {
        id: id.to_owned(),
        name: name.to_owned(),
        leader,
        built_in: false,
    };
    let expected = vec![group("3", "Gardeners", false), group("4", "Readers' \\ \"&", true)];
    assert_eq!(enter(&board.phorum().await, "Alice").await.groups, Some(expected));
}

async fn an_email_address_is_verified_where_registration_proves_it(db: TestDatabase) {
    let board = Board::install(db, Version::V6_0).await;
    board.add(Row::new(7, "Alice")).await;
    board.add(Row::new(8, "Bare").with("email", "")).await;
    let phorum = board.phorum().await;
    for (control, verified) in [("0", false), ("1", true), ("2", false), ("3", true)] {
        board.set("registration_control", control).await;
        assert_eq!(enter(&phorum, "Alice").await.email.unwrap().verified, verified, "{control}");
    }
    assert_eq!(enter(&phorum, "Bare").await.email, None);
}

async fn the_time_zone_is_the_members_own_where_the_forum_allows_it(db: TestDatabase) {
    let board = Board::install(db, Version::V5_1).await;
    board.add(Row::new(1, "East").with("tz_offset", 2).with("is_dst", 1)).await;
    board.add(Row::new(2, "Forum").with("tz_offset", -99)).await;
    let phorum = board.phorum().await;
    assert_eq!(enter(&phorum, "East").await.timezone.as_deref(), Some("Etc/GMT-3"));
    assert_eq!(enter(&phorum, "Forum").await.timezone, None);
    board.set("user_time_zone", "0").await;
    assert_eq!(enter(&phorum, "East").await.timezone, None);
}

async fn the_oldest_tables_say_less_and_nothing_wrong(db: TestDatabase) {
    let board = Board::install(db, Version::V5_0).await;
    board.add(Row::new(7, "Alice")).await;
    let identity = enter(&board.phorum().await, "Alice").await;
    assert_eq!((identity.display_name, identity.language, identity.timezone), (None, None, None));
    assert_eq!(identity.profile_url, None, "no url was configured");
}

async fn old_bytes_in_a_name_keep_nobody_out(db: TestDatabase) {
    let board = Board::install(db, Version::V5_2).await;
    board.add(Row::new(7, "Alice").with("display_name", "x\u{1}y\u{7f}z")).await;
    if board.db.kind() == portico_auth_sql::testing::TestDatabaseKind::Sqlite {
        board
            .execute("UPDATE {p}_users SET real_name = CAST(x'E9FF' AS text), email = CAST(x'E940' AS text)")
            .await;
    }
    assert_eq!(enter(&board.phorum().await, "Alice").await.shown_name(), "xyz");
}
