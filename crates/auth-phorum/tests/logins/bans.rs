//! The ban list stops nobody from logging in; it stops writing (facts: bans).

use portico_auth_phorum::Phorum;
use portico_auth_sql::for_each_database;
use portico_auth_sql::testing::TestDatabase;
use portico_core::auth::{Decision, Refusal};
use serde_json::json;

use crate::support::{Board, PASSWORD, Row, Version, refusal, try_login_from};

for_each_database!(
    a_banned_name_enters_but_does_not_write,
    a_banned_email_address_enters_but_does_not_write,
    a_banned_user_id_is_equality,
    a_banned_address_is_tested_where_the_address_is_known,
    expressions_stand_between_word_boundaries,
    a_broken_expression_bans_nobody_and_stalls_nothing,
    bans_of_one_forum_and_word_lists_restrict_nobody,
    a_lifted_ban_is_noticed_at_the_next_login,
    by_option_the_banned_are_refused,
    a_slash_and_quotes_in_a_ban_are_data,
);

async fn board(db: TestDatabase) -> Board {
    let board = Board::install(db, Version::V6_0).await;
    board.add(Row::new(15, "Bobby").with("email", "bob@spam.example")).await;
    board.add(Row::new(5, "Grace")).await;
    board
}

/// What keeps the member from writing.
async fn restriction(phorum: &Phorum, login: &str, peer: Option<&str>) -> Option<String> {
    match try_login_from(phorum, login, PASSWORD, peer).await {
        Ok(Decision::Accepted { identity, .. }) => identity.restrictions.write.map(|write| write.reason),
        other => panic!("{login} was not let in: {other:?}"),
    }
}

async fn a_banned_name_enters_but_does_not_write(db: TestDatabase) {
    let board = board(db).await;
    board.ban(0, 2, false, "BOB").await;
    let phorum = board.phorum().await;
    let reason = restriction(&phorum, "Bobby", None).await.unwrap();
    assert!(reason.contains("user name is on the forum's ban list"), "`bob` bans bobby: {reason}");
    assert_eq!(restriction(&phorum, "Grace", None).await, None);
}

async fn a_banned_email_address_enters_but_does_not_write(db: TestDatabase) {
    let board = board(db).await;
    board.ban(0, 3, false, "@SPAM.example").await;
    let phorum = board.phorum().await;
    assert!(restriction(&phorum, "Bobby", None).await.unwrap().contains("e-mail address"));
    assert_eq!(restriction(&phorum, "Grace", None).await, None);
}

async fn a_banned_user_id_is_equality(db: TestDatabase) {
    let board = board(db).await;
    board.ban(0, 5, false, "15").await;
    let phorum = board.phorum().await;
    assert!(restriction(&phorum, "Bobby", None).await.unwrap().contains("account"));
    assert_eq!(restriction(&phorum, "Grace", None).await, None, "5 is not 15");
}

async fn a_banned_address_is_tested_where_the_address_is_known(db: TestDatabase) {
    let board = board(db).await;
    board.ban(0, 1, false, "198.51.100.").await;
    board.ban(0, 1, true, "2001:db8:.*").await;
    let phorum = board.phorum().await;
    assert_eq!(restriction(&phorum, "Bobby", None).await, None);
    assert_eq!(restriction(&phorum, "Bobby", Some("192.0.2.1")).await, None);
    for peer in ["198.51.100.7", "2001:db8::7", "::ffff:198.51.100.7"] {
        assert!(restriction(&phorum, "Bobby", Some(peer)).await.unwrap().contains("address"), "{peer}");
    }
}

async fn expressions_stand_between_word_boundaries(db: TestDatabase) {
    let board = board(db).await;
    board.ban(0, 2, true, "bob").await;
    let phorum = board.phorum().await;
    assert_eq!(restriction(&phorum, "Bobby", None).await, None, "bobby goes on after bob");
    board.ban(0, 2, true, "bob[a-z]+").await;
    assert!(restriction(&phorum, "Bobby", None).await.is_some());
}

async fn a_broken_expression_bans_nobody_and_stalls_nothing(db: TestDatabase) {
    let board = board(db).await;
    for broken in ["(", "[", "*", "a/b", "(?=x)x", "((((((((x{999}){999}){999}){999})", "(a+)+(a+)+(a+)+$"] {
        board.ban(0, 2, true, broken).await;
    }
    let phorum = board.phorum().await;
    assert_eq!(restriction(&phorum, "Bobby", None).await, None);
    board.ban(0, 2, true, "bobby").await;
    assert!(restriction(&phorum, "Bobby", None).await.is_some(), "the others still count");
}

async fn bans_of_one_forum_and_word_lists_restrict_nobody(db: TestDatabase) {
    let board = board(db).await;
    board.ban(3, 2, false, "bob").await;
    board.ban(0, 4, false, "bob").await;
    board.ban(0, 6, false, "bob").await;
    board.ban(0, 2, false, "").await;
    board.ban(0, 2, true, "").await;
    assert_eq!(restriction(&board.phorum().await, "Bobby", None).await, None);
}

async fn a_lifted_ban_is_noticed_at_the_next_login(db: TestDatabase) {
    let board = board(db).await;
    board.ban(0, 5, false, "15").await;
    let phorum = board.phorum().await;
    assert!(restriction(&phorum, "Bobby", None).await.is_some());
    board.execute("DELETE FROM {p}_banlists").await;
    assert_eq!(restriction(&phorum, "Bobby", None).await, None);
}

async fn by_option_the_banned_are_refused(db: TestDatabase) {
    let board = board(db).await;
    board.ban(0, 5, false, "15").await;
    let phorum = board.phorum_with(json!({"refuse_banned": true})).await;
    let Refusal::Banned { reason, until } = refusal(&phorum, "Bobby", PASSWORD).await else {
        panic!("not banned")
    };
    assert!(reason.unwrap().contains("ban list") && until.is_none());
    assert_eq!(refusal(&phorum, "Bobby", "wrong").await, Refusal::BadSecret);
    assert_eq!(restriction(&phorum, "Grace", None).await, None);
}

async fn a_slash_and_quotes_in_a_ban_are_data(db: TestDatabase) {
    let board = board(db).await;
    board.ban(0, 2, false, "'; DROP TABLE phorum_users; --").await;
    board.ban(0, 2, true, "b\\/c|o'clock").await;
    assert!(restriction(&board.phorum().await, "Bobby", None).await.is_none());
    // The boundaries belong to the first and to the last alternative, as in Phorum.
    board.ban(0, 2, true, "b\\/c|o'?b+y").await;
    assert!(restriction(&board.phorum().await, "Bobby", None).await.is_some());
}
