//! Bans of addresses among those who are here.

use std::net::IpAddr;

use portico_auth_sql::for_each_database;
use portico_auth_sql::testing::TestDatabase;
use portico_core::auth::{Authenticator, DirectoryState, Refusal, SubjectId};
use serde_json::json;

use crate::fixture::{Board, Door, NOW};
use crate::schema::V;

for_each_database!(
    whoever_comes_from_a_banned_address_is_found,
    exclusions_and_founders_are_spared,
    version_4_bans_networks,
    version_2_bans_by_digits,
    without_a_hit_it_costs_two_queries,
    email_patterns_count_by_option,
);

fn people(of: &[(i64, &str)]) -> Vec<(SubjectId, Vec<IpAddr>)> {
    of.iter()
        .map(|(id, from)| {
            let from =
                from.split(' ').filter(|part| !part.is_empty()).map(|part| part.parse().unwrap()).collect();
            (SubjectId::new(id.to_string()).unwrap(), from)
        })
        .collect()
}

async fn banned(door: &Door, of: &[(i64, &str)]) -> Vec<(String, Option<String>)> {
    let answer = door.phpbb.directory().unwrap().address_bans(&people(of)).await.unwrap();
    let told = answer.into_iter().map(|(who, state)| match state {
        DirectoryState::Refused(Refusal::Banned { reason, .. }) => (who.as_str().to_owned(), reason),
        other => panic!("{who}: {other:?}"),
    });
    let mut told: Vec<_> = told.collect();
    told.sort();
    told
}

async fn board_of_five(db: &TestDatabase, version: V) -> Board<'_> {
    let board = Board::install(db, version).await;
    for id in 2..7 {
        let name = format!("m{id}");
        board.member(id, &name, &name).seed().await;
    }
    board
}

const HERE: [(i64, &str); 6] = [
    (2, "192.0.2.7"),
    (3, "198.51.100.1 203.0.113.9"),
    (4, "2001:db8::5"),
    (5, ""),
    (6, "::ffff:192.0.2.8"),
    (99, "192.0.2.7"),
];

async fn whoever_comes_from_a_banned_address_is_found(db: TestDatabase) {
    let board = board_of_five(&db, V::V33).await;
    let door = board.phpbb().await;
    assert_eq!(banned(&door, &HERE).await, []);
    board.ban(1, &[("ban_ip", "192.0.2.*".into()), ("ban_give_reason", "proxy &amp; co".into())]).await;
    board.ban(2, &[("ban_ip", "203.0.113.9".into())]).await;
    board.ban(3, &[("ban_ip", "2001:DB8:*".into()), ("ban_end", (NOW - 1).into())]).await;
    board.ban(4, &[("ban_userid", 4.into())]).await;
    let proxy = Some("proxy & co".to_owned());
    let expected = [("2".to_owned(), proxy.clone()), ("3".to_owned(), None), ("6".to_owned(), proxy)];
    assert_eq!(
        banned(&door, &HERE).await,
        expected,
        "an ended ban bans nobody, and nobody unknown is answered"
    );
    board.ban(5, &[("ban_ip", "2001:DB8:*".into())]).await;
    assert_eq!(banned(&door, &HERE).await.len(), 4);
}

async fn exclusions_and_founders_are_spared(db: TestDatabase) {
    let board = board_of_five(&db, V::V33).await;
    board.member(8, "Founder", "founder").with("user_type", 3).seed().await;
    board.ban(1, &[("ban_ip", "*".into())]).await;
    board.ban(2, &[("ban_userid", 2.into()), ("ban_exclude", 1.into())]).await;
    board.ban(3, &[("ban_ip", "198.51.100.1".into()), ("ban_exclude", 1.into())]).await;
    let door = board.phpbb().await;
    let of = [(2, "192.0.2.7"), (3, "198.51.100.1"), (4, "192.0.2.7"), (8, "192.0.2.7")];
    assert_eq!(banned(&door, &of).await, [("4".to_owned(), None)]);
}

async fn version_4_bans_networks(db: TestDatabase) {
    let board = board_of_five(&db, V::V40).await;
    for (id, item) in [(1, "192.0.2.0/24"), (2, "2001:db8::/32"), (3, "203.0.113.9"), (4, "198.51.*")] {
        board.ban(id, &[("ban_mode", "ip".into()), ("ban_item", item.into())]).await;
    }
    let door = board.phpbb().await;
    let who: Vec<String> = banned(&door, &HERE).await.into_iter().map(|(who, _)| who).collect();
    assert_eq!(who, ["2", "3", "4", "6"]);
}

async fn version_2_bans_by_digits(db: TestDatabase) {
    let board = board_of_five(&db, V::V20).await;
    board.ban(1, &[("ban_ip", "c00002ff".into())]).await;
    board.ban(2, &[("ban_ip", "cb007109".into())]).await;
    let door = board.phpbb().await;
    let who: Vec<String> = banned(&door, &HERE).await.into_iter().map(|(who, _)| who).collect();
    assert_eq!(who, ["2", "3", "6", "99"]);
}

async fn without_a_hit_it_costs_two_queries(db: TestDatabase) {
    let board = board_of_five(&db, V::V33).await;
    for id in 1..50 {
        board.ban(id, &[("ban_ip", format!("10.0.{id}.*").as_str().into())]).await;
    }
    let door = board.phpbb().await;
    door.phpbb.check().await.unwrap();
    let before = db.queries();
    assert_eq!(banned(&door, &HERE).await, []);
    assert_eq!(db.queries() - before, 2);
    assert_eq!(banned(&door, &[]).await, []);
    assert_eq!(db.queries() - before, 2);
}

async fn email_patterns_count_by_option(db: TestDatabase) {
    let board = board_of_five(&db, V::V33).await;
    board.ban(1, &[("ban_email", "*@EXAMPLE.org".into()), ("ban_give_reason", "throw-away".into())]).await;
    board.ban(2, &[("ban_email", "user3@example.org".into()), ("ban_exclude", 1.into())]).await;
    let (lax, strict) = (board.phpbb().await, board.phpbb_with(json!({"refuse_banned_emails": true})).await);
    assert_eq!(lax.accepted("m2", "correct horse").await, "2", "as on the board");
    let told = Refusal::Banned { reason: Some("throw-away".to_owned()), until: None };
    assert_eq!(strict.refused("m2", "correct horse").await, told);
    assert_eq!(strict.accepted("m3", "correct horse").await, "3", "excluded");
    let subjects: Vec<SubjectId> = ["2", "3"].map(|id| SubjectId::new(id).unwrap()).into();
    for (door, active) in [(lax, 2), (strict, 1)] {
        let entries = door.phpbb.directory().unwrap().lookup(&subjects).await.unwrap();
        assert_eq!(
            entries.iter().filter(|entry| matches!(entry.state, DirectoryState::Active(_))).count(),
            active
        );
    }
    // 2.0 looks at addresses and domains at every start of a session: so does the directory.
    let fresh = TestDatabase::create(db.kind()).await;
    let board = board_of_five(&fresh, V::V20).await;
    board.ban(1, &[("ban_email", "@example.org".into())]).await;
    let door = board.phpbb().await;
    assert_eq!(door.refused("m2", "correct horse").await.as_str(), "banned");
    let entries = door.phpbb.directory().unwrap().lookup(&subjects).await.unwrap();
    assert!(entries.iter().all(|entry| matches!(entry.state, DirectoryState::Refused(_))));
}
