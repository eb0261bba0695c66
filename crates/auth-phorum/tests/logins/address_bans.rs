//! Bans of addresses among those who are here.

use std::net::IpAddr;
use std::time::{Duration, Instant};

use portico_auth_sql::for_each_database;
use portico_auth_sql::testing::TestDatabase;
use portico_core::auth::{Authenticator, DirectoryState, Refusal, SubjectId};
use serde_json::json;

use crate::support::{Board, Row, Version};

for_each_database!(
    whoever_comes_from_a_banned_address_may_not_write,
    hostile_expressions_and_many_people_take_no_time,
    a_changed_password_changes_the_stamp,
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

async fn whoever_comes_from_a_banned_address_may_not_write(db: TestDatabase) {
    let board = Board::install(db, Version::V6_0).await;
    let (phorum, strict) = (board.phorum().await, board.phorum_with(json!({"refuse_banned": true})).await);
    let here = people(&[
        (1, "10.0.0.7"),
        (2, "192.0.2.1 10.0.0.8"),
        (3, "192.0.2.1"),
        (4, ""),
        (5, "::ffff:10.0.0.9"),
        (6, "2001:db8::1"),
    ]);
    board.ban(0, 2, false, "10.0").await;
    assert_eq!(phorum.directory().unwrap().address_bans(&here).await.unwrap(), []);
    board.ban(0, 1, false, "10.0.0.").await;
    board.ban(0, 1, true, "2001:DB8.*").await;
    board.ban(7, 1, false, "192.0.2.").await;
    let answer = phorum.directory().unwrap().address_bans(&here).await.unwrap();
    let met: Vec<&str> = answer.iter().map(|(who, _)| who.as_str()).collect();
    assert_eq!(met, ["1", "2", "5", "6"], "a ban of one forum says nothing about the chat");
    for (_, state) in &answer {
        let DirectoryState::Active(restrictions) = state else { panic!("{state:?}") };
        assert!(restrictions.write.as_ref().unwrap().reason.contains("address"));
    }
    let answer = strict.directory().unwrap().address_bans(&here).await.unwrap();
    assert!(answer.iter().all(|(_, state)| matches!(state, DirectoryState::Refused(Refusal::Banned { .. }))));
    assert_eq!(phorum.directory().unwrap().address_bans(&[]).await.unwrap(), []);
}

async fn hostile_expressions_and_many_people_take_no_time(db: TestDatabase) {
    let board = Board::install(db, Version::V6_0).await;
    for text in
        ["(a+)+$", "(.*)*x", "((1|1)*)*y", "(\\d+\\.?)+z", "a{1,1000}{1,1000}", "(?=(a+))\\1", "[[:digit:]"]
    {
        board.ban(0, 1, true, text).await;
        board.ban(0, 2, true, text).await;
    }
    let name = "a".repeat(50);
    board.add(Row::new(1, &name).with("email", format!("{}@{}", "1".repeat(30), "1".repeat(60)))).await;
    let phorum = board.phorum().await;
    let here: Vec<(i64, String)> =
        (1..=2000).map(|id| (id, format!("10.11.{}.{}", id / 256, id % 256))).collect();
    let here: Vec<(i64, &str)> = here.iter().map(|(id, from)| (*id, from.as_str())).collect();
    let started = Instant::now();
    assert_eq!(phorum.directory().unwrap().address_bans(&people(&here)).await.unwrap(), []);
    phorum.directory().unwrap().lookup(&[SubjectId::new("1").unwrap()]).await.unwrap();
    assert!(started.elapsed() < Duration::from_secs(10), "{:?}", started.elapsed());
}

async fn a_changed_password_changes_the_stamp(db: TestDatabase) {
    let board = Board::install(db, Version::V6_0).await;
    board.add(Row::new(1, "Alice")).await;
    board.add(Row::new(2, "Bob")).await;
    let phorum = board.phorum().await;
    let subjects = ["1", "2"].map(|id| SubjectId::new(id).unwrap());
    let stamps = || async {
        let found = phorum.directory().unwrap().lookup(&subjects).await.unwrap();
        let mut stamps: Vec<_> = found
            .into_iter()
            .map(|entry| (entry.identity.subject, entry.identity.secret_stamp.unwrap()))
            .collect();
        stamps.sort();
        stamps.into_iter().map(|(_, stamp)| stamp).collect::<Vec<_>>()
    };
    let before = stamps().await;
    assert_ne!(before[0], before[1], "the same hash in two rows is no stamp to compare people by");
    board.execute("UPDATE {p}_users SET username = 'Alicia', sessid_lt = 'x' WHERE user_id = 1").await;
    assert_eq!(stamps().await, before);
    board
        .execute("UPDATE {p}_users SET password = '9e710f1f03fb69c890043a7f8acb29e4' WHERE user_id = 1")
        .await;
    let after = stamps().await;
    assert!(after[0] != before[0] && after[1] == before[1]);
}
