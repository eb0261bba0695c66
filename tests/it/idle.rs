//! What costs nothing.

use std::time::Duration;

use serde_json::json;

use crate::support::{Database, Stream, builder};

pub(crate) async fn an_idle_poll_does_no_sql(database: Database) {
    let server = builder(database).server("seen_write_interval = \"1h\"").start().await;
    let (ann, bob) = (server.person("ann").await, server.person("bob").await);
    let mut heard = ann.listener();
    bob.get("roster").await.expect(200);
    // Who came is told at a beat, a little later.
    tokio::time::sleep(Duration::from_millis(1_200)).await;
    heard.drain().await;
    let before = server.statements_at_rest().await;
    for round in 0..200 {
        let wait = if round % 50 == 0 { Duration::from_millis(100) } else { Duration::ZERO };
        assert!(heard.hear(wait).await.is_empty());
    }
    let _stream = Stream::open(&ann, "", None).await.unwrap();
    assert_eq!(server.statements().await, before);
}

pub(crate) async fn a_warm_send_costs_no_look_at_sessions_or_permissions(database: Database) {
    let server = builder(database).server("seen_write_interval = \"1h\"").start().await;
    let (ann, bob) = (server.person("ann").await, server.person("bob").await);
    let talk = ann.talk_to(&bob).await;
    ann.say(&talk, "warm").await;
    let before = server.statements_at_rest().await;
    for number in 0..20 {
        ann.say(&talk, &format!("{number}")).await;
    }
    let with_ids = server.statements().await;
    // One statement for the message, one for its conversation; the transaction's own are not counted.
    assert!(with_ids - before <= 20 * 2, "{}", with_ids - before);
    let mut heard = bob.listener();
    let messages = heard.drain().await.iter().filter(|event| event["type"] == "message").count();
    assert_eq!(messages, 21);
    assert_eq!(server.statements().await, with_ids, "hearing of them costs nothing");
}

pub(crate) async fn parallel_sends_share_a_transaction(database: Database) {
    let server = builder(database).server("seen_write_interval = \"1h\"").start().await;
    let (ann, bob) = (server.person("ann").await, server.person("bob").await);
    let talk = ann.talk_to(&bob).await;
    ann.say(&talk, "warm").await;
    let before = server.statements_at_rest().await;
    let sends = (0..300).map(|number| {
        let (ann, talk) = (&ann, &talk);
        async move { ann.write(talk, &json!({ "text": format!("{number}") })).await.expect(201) }
    });
    futures_util::future::join_all(sends).await;
    let cost = server.statements().await - before;
    assert!(cost < 300, "{cost} statements for 300 messages");
}

pub(crate) async fn the_seen_times_are_written_behind(database: Database) {
    let mut server = builder(database).server("seen_write_interval = \"1s\"").start().await;
    let ann = server.person("ann").await;
    ann.get("session").await.expect(200);
    let before = server.statements_at_rest().await;
    ann.get("session").await.expect(200);
    crate::support::eventually("the times are written", async || {
        (server.statements().await > before).then_some(())
    })
    .await;
    server.restart().await;
    ann.get("session").await.expect(200);
}
