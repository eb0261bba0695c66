//! The relation between two people.

use serde_json::json;

use crate::support::{Database, Person, TestServer, builder};

async fn two(server: &TestServer) -> (Person, Person) {
    (server.person_at("/strict/", "ann").await, server.person_at("/strict/", "bob").await)
}

async fn relations(one: &Person, other: &Person) -> (String, String) {
    let seen =
        async |by: &Person, whom: &Person| by.sees(whom).await["relation"].as_str().unwrap().to_owned();
    (seen(one, other).await, seen(other, one).await)
}

fn are(one: &str, other: &str) -> (String, String) {
    (one.to_owned(), other.to_owned())
}

pub(crate) async fn a_request_that_is_accepted_lets_both_write(database: Database) {
    let server = builder(database).start().await;
    let (ann, bob) = two(&server).await;
    assert_eq!(relations(&ann, &bob).await, are("none", "none"));
    let person = ann.contact(&bob, "request").await.expect(200);
    assert_eq!((&person["id"], &person["relation"]), (&json!(bob.id), &json!("requested")));
    assert_eq!(relations(&ann, &bob).await, are("requested", "requested-by-them"));
    ann.contact(&bob, "request").await.expect(200);
    ann.contact(&bob, "accept").await.problem(409, "conflict");
    assert_eq!(bob.contact(&ann, "accept").await.expect(200)["may"]["write"], true);
    assert_eq!(relations(&ann, &bob).await, are("accepted", "accepted"));
    let talk = ann.talk_to(&bob).await;
    ann.say(&talk, "hello").await;
    bob.say(&talk, "hello").await;
    // The end of the contact is the end of writing; what was written stays.
    ann.contact(&bob, "remove").await.expect(200);
    assert_eq!(relations(&ann, &bob).await, are("none", "none"));
    bob.write(&talk, &json!({ "text": "still there?" })).await.problem(403, "not-permitted");
    assert_eq!(bob.whole_history(&talk).await.len(), 2);
    assert_eq!(bob.conversation(&talk).await["may_write"], false);
}

pub(crate) async fn asking_each_other_is_accepting(database: Database) {
    let server = builder(database).start().await;
    let (ann, bob) = two(&server).await;
    ann.contact(&bob, "request").await.expect(200);
    bob.contact(&ann, "request").await.expect(200);
    assert_eq!(relations(&ann, &bob).await, are("accepted", "accepted"));
}

pub(crate) async fn a_request_can_be_withdrawn_once(database: Database) {
    let server = builder(database).start().await;
    let (ann, bob) = two(&server).await;
    ann.contact(&bob, "withdraw").await.problem(409, "conflict");
    ann.contact(&bob, "request").await.expect(200);
    bob.contact(&ann, "withdraw").await.problem(409, "conflict");
    ann.contact(&bob, "withdraw").await.expect(200);
    assert_eq!(relations(&ann, &bob).await, are("none", "none"));
    bob.contact(&ann, "accept").await.problem(409, "conflict");
}

pub(crate) async fn a_refusal_binds_until_it_is_taken_back(database: Database) {
    let server = builder(database).start().await;
    let (ann, bob) = two(&server).await;
    ann.contact(&bob, "request").await.expect(200);
    bob.contact(&ann, "refuse").await.expect(200);
    assert_eq!(relations(&ann, &bob).await, are("refused-by-them", "refused"));
    ann.contact(&bob, "request").await.problem(403, "not-permitted");
    // Not even with one's own refusal as a detour.
    ann.contact(&bob, "refuse").await.expect(200);
    ann.contact(&bob, "request").await.problem(403, "not-permitted");
    ann.contact(&bob, "remove").await.expect(200);
    let taken_back = bob.delete(&format!("contacts/{}", ann.id)).await;
    taken_back.expect(204);
    ann.contact(&bob, "request").await.expect(200);
    assert_eq!(relations(&ann, &bob).await, are("requested", "requested-by-them"));
}

pub(crate) async fn a_refusal_stops_messages_on_open_fronts_too(database: Database) {
    let server = builder(database).start().await;
    let (ann, bob) = (server.person("ann").await, server.person("bob").await);
    let talk = ann.talk_to(&bob).await;
    ann.say(&talk, "hello").await;
    bob.contact(&ann, "refuse").await.expect(200);
    ann.write(&talk, &json!({ "text": "why?" })).await.problem(403, "not-permitted");
    bob.write(&talk, &json!({ "text": "because" })).await.problem(403, "not-permitted");
    ann.post("conversations", &json!({ "with": [bob.id] })).await.problem(403, "not-permitted");
}

pub(crate) async fn deleting_ends_whatever_there_is(database: Database) {
    let server = builder(database).start().await;
    let (ann, bob) = two(&server).await;
    let path = format!("contacts/{}", bob.id);
    ann.delete(&path).await.expect(204);
    for _ in 0..2 {
        ann.contact(&bob, "request").await.expect(200);
        ann.delete(&path).await.expect(204);
        assert_eq!(relations(&ann, &bob).await, are("none", "none"));
    }
}

pub(crate) async fn one_is_no_contact_of_ones_own(database: Database) {
    let server = builder(database).start().await;
    let ann = server.person("ann").await;
    ann.contact(&ann, "request").await.problem(422, "unacceptable");
    ann.get(&format!("contacts/{}", ann.id)).await.problem(404, "not-found");
    let nonsense = ann.put(&format!("contacts/{}", ann.id), &json!({ "action": "marry" })).await;
    nonsense.problem(400, "invalid-request");
}

pub(crate) async fn contacts_survive_a_restart(database: Database) {
    let mut server = builder(database).start().await;
    let (ann, bob) = two(&server).await;
    ann.contact(&bob, "request").await.expect(200);
    bob.contact(&ann, "accept").await.expect(200);
    server.kill_9().await;
    server.start_again().await;
    assert_eq!(relations(&ann, &bob).await, are("accepted", "accepted"));
}
