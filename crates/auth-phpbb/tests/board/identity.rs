//! What Portico learns of a member.

use portico_auth_sql::for_each_database;
use portico_auth_sql::testing::TestDatabase;
use portico_core::Timestamp;
use portico_core::auth::{Authenticator, Email};

use crate::fixture::{Board, Sql};
use crate::schema::V;

for_each_database!(
    a_member_is_told_with_all_that_is_known,
    an_address_is_verified_where_the_board_demanded_activation,
    avatars_of_every_kind_have_their_addresses,
    switched_off_avatars_are_not_shown,
    numbers_of_old_avatar_types_are_still_understood,
    hours_of_3_0_become_a_zone,
    the_fingerprint_is_the_birthday_of_the_board,
    links_lead_to_the_board,
);

const URL: &str = "https://forum.example.org/phpbb/";

async fn a_member_is_told_with_all_that_is_known(db: TestDatabase) {
    let board = Board::install(&db, V::V33).await;
    board
        .member(2, "A&amp;B", "a&amp;b")
        .with("user_timezone", "Europe/Berlin")
        .with("user_lang", "de_x_sie")
        .seed()
        .await;
    let identity =
        board.phpbb_with(serde_json::json!({"url": URL})).await.identity("A&B", "correct horse").await;
    assert_eq!(identity.subject.as_str(), "2");
    assert_eq!(identity.login, "A&B");
    assert_eq!(identity.email, Some(Email { address: "user2@example.org".into(), verified: false }));
    assert_eq!(identity.language.as_deref(), Some("de_x_sie"));
    assert_eq!(identity.timezone.as_deref(), Some("Europe/Berlin"));
    assert_eq!(identity.registered_at, Some(Timestamp::from_secs(1_200_000_000)));
    let profile = "https://forum.example.org/phpbb/memberlist.php?mode=viewprofile&u=2";
    assert_eq!(identity.profile_url.as_deref(), Some(profile));
}

async fn an_address_is_verified_where_the_board_demanded_activation(db: TestDatabase) {
    let board = Board::install(&db, V::V33).await;
    board.alice().await;
    let door = board.phpbb().await;
    for (activation, verified) in [("0", false), ("1", true), ("2", true), ("3", false)] {
        board.setting("require_activation", activation).await;
        let email = door.identity("alice", "correct horse").await.email.unwrap();
        assert_eq!(email.verified, verified, "{activation}");
    }
}

async fn avatar(
    db: &TestDatabase,
    version: V,
    kind: impl Into<Sql>,
    value: &str,
    off: Option<&str>,
) -> Option<String> {
    let fresh = TestDatabase::create(db.kind()).await;
    let board = Board::install(&fresh, version).await;
    if let Some(off) = off {
        board.setting(off, "0").await;
    }
    board
        .member(2, "Alice", "alice")
        .with("user_avatar", value)
        .with("user_avatar_type", kind)
        .with("user_avatar_width", 80)
        .with("user_avatar_height", 60)
        .seed()
        .await;
    board.phpbb_with(serde_json::json!({"url": URL})).await.identity("alice", "correct horse").await.avatar
}

async fn avatars_of_every_kind_have_their_addresses(db: TestDatabase) {
    for (version, kind, value, expected) in [
        (
            V::V33,
            "avatar.driver.upload",
            "2_1400000000.png",
            Some("https://forum.example.org/phpbb/download/file.php?avatar=2_1400000000.png"),
        ),
        (
            V::V33,
            "avatar.driver.local",
            "cats/a b.png",
            Some("https://forum.example.org/phpbb/images/avatars/gallery/cats/a%20b.png"),
        ),
        (
            V::V33,
            "avatar.driver.remote",
            "https://img.example.net/x.png",
            Some("https://img.example.net/x.png"),
        ),
        (V::V33, "avatar.driver.remote", "javascript:alert(1)", None),
        (V::V40, "avatar.driver.remote", "https://img.example.net/x.png", None),
        // PHP: hash("sha256", "alice@example.org") and md5 of the same
        (
            V::V33,
            "avatar.driver.gravatar",
            " Alice@example.org ",
            Some(
                "https://gravatar.com/avatar/7a64adf28737ea90719cbdf0b1a87a5effff3753b79c91d717f4f4153ead0498?s=80",
            ),
        ),
        (
            V::V32,
            "avatar.driver.gravatar",
            "alice@example.org",
            Some("https://gravatar.com/avatar/fbf7c6aec1d4280b7c2704c1c0478bd6?s=80"),
        ),
        (V::V33, "", "", None),
        (V::V33, "avatar.driver.other", "x", None),
    ] {
        assert_eq!(avatar(&db, version, kind, value, None).await.as_deref(), expected, "{version:?} {kind}");
    }
}

async fn switched_off_avatars_are_not_shown(db: TestDatabase) {
    for (kind, value, off) in [
        ("avatar.driver.upload", "2_1.png", "allow_avatar"),
        ("avatar.driver.upload", "2_1.png", "allow_avatar_upload"),
        ("avatar.driver.local", "x.png", "allow_avatar_local"),
        ("avatar.driver.remote", "https://x.example/x.png", "allow_avatar_remote"),
        ("avatar.driver.gravatar", "a@example.org", "allow_avatar_gravatar"),
    ] {
        assert_eq!(avatar(&db, V::V33, kind, value, Some(off)).await, None, "{off}");
    }
}

async fn numbers_of_old_avatar_types_are_still_understood(db: TestDatabase) {
    let upload = Some("https://forum.example.org/phpbb/download/file.php?avatar=2_1.png");
    assert_eq!(avatar(&db, V::V30, 1, "2_1.png", None).await.as_deref(), upload);
    assert_eq!(avatar(&db, V::V33, "1", "2_1.png", None).await.as_deref(), upload);
    assert_eq!(
        avatar(&db, V::V30, 2, "http://x.example/x.png", None).await.as_deref(),
        Some("http://x.example/x.png")
    );
    assert_eq!(avatar(&db, V::V30, 0, "x", None).await, None);
}

async fn hours_of_3_0_become_a_zone(db: TestDatabase) {
    let board = Board::install(&db, V::V30).await;
    board.member(2, "Alice", "alice").with("user_timezone", 1).with("user_dst", 1).seed().await;
    board.member(3, "Ravi", "ravi").with("user_timezone", "5.50").seed().await;
    let door = board.phpbb().await;
    assert_eq!(door.identity("alice", "correct horse").await.timezone.as_deref(), Some("Etc/GMT-2"));
    assert_eq!(door.identity("ravi", "correct horse").await.timezone, None);
}

async fn the_fingerprint_is_the_birthday_of_the_board(db: TestDatabase) {
    let board = Board::install(&db, V::V33).await;
    let fingerprint = board.phpbb().await.phpbb.fingerprint().await.unwrap();
    assert_eq!(fingerprint.as_deref(), Some("phpBB board_startdate 1100000000"));
}

async fn links_lead_to_the_board(db: TestDatabase) {
    for (version, page) in [(V::V33, "ucp.php"), (V::V20, "profile.php")] {
        let fresh = TestDatabase::create(db.kind()).await;
        let board = Board::install(&fresh, version).await;
        let door = board.phpbb_with(serde_json::json!({"url": "https://f.example.org"})).await;
        door.phpbb.check().await.unwrap();
        let links = door.phpbb.capabilities().links;
        assert_eq!(links.register.unwrap(), format!("https://f.example.org/{page}?mode=register"));
        assert_eq!(
            links.forgotten_password.unwrap(),
            format!("https://f.example.org/{page}?mode=sendpassword")
        );
    }
    assert_eq!(
        Board { db: &db, version: V::V33 }.phpbb().await.phpbb.capabilities().links,
        Default::default()
    );
}
