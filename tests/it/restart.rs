//! A restart loses nothing that people would miss.

use serde_json::{Value, json};

use crate::support::client::{Proof, password_of};
use crate::support::{Database, Person, builder};

/// Whether somebody is here begins anew with the server.
fn without_presence(mut session: Value) -> Value {
    session["presence"].take();
    session
}

pub(crate) async fn people_stay_logged_in_and_find_everything_again(database: Database) {
    let mut server = builder(database).start().await;
    let (ann, bob) = (server.person("ann").await, server.person("bob").await);
    let talk = ann.talk_to(&bob).await;
    let message = ann.say(&talk, "kept").await;
    ann.say(&talk, "unread").await;
    bob.put(&format!("conversations/{talk}/read"), &json!({ "message_id": message["id"] })).await.expect(204);
    ann.contact(&bob, "request").await.expect(200);
    bob.contact(&ann, "accept").await.expect(200);
    let before = (
        bob.get("conversations").await.expect(200),
        without_presence(bob.get("session").await.expect(200)),
        ann.whole_history(&talk).await,
    );
    for kill in [false, true, false] {
        if kill {
            server.kill_9().await
        } else {
            server.terminate().await
        }
        server.start_again().await;
        let after = (
            bob.get("conversations").await.expect(200),
            without_presence(bob.get("session").await.expect(200)),
            ann.whole_history(&talk).await,
        );
        assert_eq!(before, after);
        assert_eq!(ann.sees(&bob).await["relation"], "accepted");
    }
    let cookie = Proof::Cookie { pair: format!("portico_im={}", ann.token), origin: server.origin() };
    Person { proof: cookie, ..ann.clone() }.get("session").await.expect(200);
    server.enter("/im/", "ann", &password_of("ann")).await;
}

pub(crate) async fn a_session_that_was_ended_stays_ended(database: Database) {
    let mut server = builder(database).start().await;
    let ann = server.person("ann").await;
    ann.delete("session").await.expect(204);
    server.kill_9().await;
    server.start_again().await;
    ann.get("session").await.problem(401, "session-required");
}

pub(crate) async fn sequences_go_on_where_they_were(database: Database) {
    let mut server = builder(database).start().await;
    let (ann, bob) = (server.person("ann").await, server.person("bob").await);
    let talk = ann.talk_to(&bob).await;
    let mut last = 0;
    for _ in 0..3 {
        for number in 0..3 {
            let message = ann.say(&talk, &format!("{number}")).await;
            let id: u64 = message["id"].as_str().unwrap().parse().unwrap();
            assert!(id > last);
            last = id;
        }
        server.kill_9().await;
        server.start_again().await;
    }
    // A client id from before the restart is still one.
    let body = json!({ "text": "once", "client_id": "from before" });
    let original = ann.write(&talk, &body).await.expect(201);
    server.restart().await;
    assert_eq!(ann.write(&talk, &body).await.expect(200), original);
}

pub(crate) async fn the_first_answer_comes_soon_after_the_start(database: Database) {
    let mut server = builder(database).start().await;
    server.terminate().await;
    let begun = std::time::Instant::now();
    server.start_again().await;
    server.stranger("/im/").get("front").await.expect(200);
    println!("from the start to the first answer: {:?}", begun.elapsed());
}

pub(crate) async fn a_full_schema_needs_no_migration_twice(database: Database) {
    let mut server = builder(database).start().await;
    let first = server.statements().await;
    server.restart().await;
    let second = server.statements().await;
    assert!(second < first, "{second} statements at the second start, {first} at the first");
}
