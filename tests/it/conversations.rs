//! Conversations of two: opening, listing, reading.

use serde_json::{Value, json};

use crate::support::client::text;
use crate::support::{Database, builder};

pub(crate) async fn opening_twice_gives_the_same_conversation(database: Database) {
    let server = builder(database).start().await;
    let (ann, bob) = (server.person("ann").await, server.person("bob").await);
    let made = ann.post("conversations", &json!({ "with": [bob.id] })).await.expect(201);
    let again = ann.post("conversations", &json!({ "with": [bob.id] })).await.expect(200);
    let from_the_other_side = bob.post("conversations", &json!({ "with": [ann.id] })).await.expect(200);
    assert_eq!(made["id"], again["id"]);
    assert_eq!(made["id"], from_the_other_side["id"]);
    assert_eq!(made["kind"], "direct");
    assert_eq!(made["last_message"], Value::Null);
    assert_eq!((&made["unread"], &made["may_write"]), (&json!(0), &json!(true)));
    let members: Vec<String> = made["members"].as_array().unwrap().iter().map(|m| text(&m["id"])).collect();
    assert!(members.contains(&ann.id) && members.contains(&bob.id), "{members:?}");
}

pub(crate) async fn with_whom_must_be_one_other_person(database: Database) {
    let server = builder(database).start().await;
    let (ann, bob, cleo) =
        (server.person("ann").await, server.person("bob").await, server.person("cleo").await);
    ann.post("conversations", &json!({ "with": [ann.id] })).await.problem(422, "unacceptable");
    ann.post("conversations", &json!({ "with": [] })).await.problem(422, "unacceptable");
    ann.post("conversations", &json!({ "with": [bob.id, cleo.id] })).await.problem(422, "unacceptable");
    ann.post("conversations", &json!({ "with": bob.id })).await.problem(400, "invalid-request");
    ann.post("conversations", &json!({ "with": [7] })).await.problem(400, "invalid-request");
}

pub(crate) async fn opening_from_both_sides_at_once_makes_one(database: Database) {
    let server = builder(database).start().await;
    let (ann, bob) = (server.person("ann").await, server.person("bob").await);
    let (to_bob, to_ann) = (json!({ "with": [bob.id] }), json!({ "with": [ann.id] }));
    let asked = (0..20).map(|number| {
        let (who, body) = if number % 2 == 0 { (&ann, &to_bob) } else { (&bob, &to_ann) };
        who.post("conversations", body)
    });
    let replies = futures_util::future::join_all(asked).await;
    let mut ids: Vec<String> = replies.iter().map(|reply| text(&reply.json()["id"])).collect();
    ids.dedup();
    assert_eq!(ids.len(), 1, "{ids:?}");
    assert_eq!(replies.iter().filter(|reply| reply.status == 201).count(), 1);
    assert!(replies.iter().all(|reply| matches!(reply.status, 200 | 201)));
}

pub(crate) async fn the_list_has_the_newest_first_in_pages(database: Database) {
    let server = builder(database).start().await;
    let ann = server.person("ann").await;
    let mut talks = Vec::new();
    for name in ["b", "c", "d", "e", "f"] {
        let other = server.person(&format!("person-{name}")).await;
        let talk = ann.talk_to(&other).await;
        let message = other.say(&talk, &format!("from {name}")).await;
        talks.push((talk, message));
    }
    // A word in the oldest makes it the newest.
    let (first, _) = talks.remove(0);
    let newest = ann.say(&first, "back to you").await;
    talks.push((first, newest));
    talks.reverse();
    let whole = ann.get("conversations").await.expect(200);
    assert_eq!(whole["next"], Value::Null);
    for (listed, (talk, message)) in whole["conversations"].as_array().unwrap().iter().zip(&talks) {
        assert_eq!((&listed["id"], &listed["last_message"]), (&json!(talk), message));
        assert_eq!(*listed, ann.conversation(talk).await);
    }
    let (mut seen, mut after) = (Vec::new(), String::new());
    loop {
        let page = ann.get(&format!("conversations?limit=2&after={after}")).await.expect(200);
        seen.extend(page["conversations"].as_array().unwrap().clone());
        let Some(next) = page["next"].as_str() else { break };
        next.clone_into(&mut after);
    }
    assert_eq!(Value::Array(seen), whole["conversations"]);
}

pub(crate) async fn what_is_unread_is_counted_until_it_is_read_on_any_device(database: Database) {
    let server = builder(database).start().await;
    let (ann, bob) = (server.person("ann").await, server.person("bob").await);
    let phone = server.person("bob").await;
    let talk = ann.talk_to(&bob).await;
    let mut sent = Vec::new();
    for number in 0..3 {
        sent.push(text(&ann.say(&talk, &format!("number {number}")).await["id"]));
    }
    bob.say(&talk, "my own is never unread").await;
    let unread = async |who: &crate::support::Person| who.conversation(&talk).await["unread"].clone();
    assert_eq!((unread(&bob).await, unread(&ann).await), (json!(3), json!(1)));

    let mark =
        async |id: &str| bob.put(&format!("conversations/{talk}/read"), &json!({ "message_id": id })).await;
    let mut heard = phone.listener();
    mark(&sent[1]).await.expect(204);
    let event = heard.until_type("read").await;
    assert_eq!(event, json!({ "type": "read", "conversation_id": talk, "message_id": sent[1] }));
    assert_eq!(unread(&phone).await, 1);
    assert_eq!(phone.conversation(&talk).await["read_up_to"], sent[1]);
    // A mark never moves back.
    mark(&sent[0]).await.expect(204);
    assert_eq!(unread(&bob).await, 1);
    mark("999999").await.problem(404, "not-found");
    assert_eq!(unread(&ann).await, 1, "what bob reads is his");
}

pub(crate) async fn a_mark_needs_a_message_of_that_conversation(database: Database) {
    let server = builder(database).start().await;
    let (ann, bob, cleo) =
        (server.person("ann").await, server.person("bob").await, server.person("cleo").await);
    let (talk, other) = (ann.talk_to(&bob).await, ann.talk_to(&cleo).await);
    ann.say(&talk, "here").await;
    let elsewhere = text(&ann.say(&other, "there").await["id"]);
    let mark = bob.put(&format!("conversations/{talk}/read"), &json!({ "message_id": elsewhere })).await;
    mark.problem(404, "not-found");
}
