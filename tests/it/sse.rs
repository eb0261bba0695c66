//! Learning by Server-Sent Events: the same events with the same cursors.

use std::time::Duration;

use serde_json::{Value, json};

use crate::support::stream::Frame;
use crate::support::{Database, Listener, Stream, builder};

pub(crate) async fn a_stream_brings_what_a_poll_would(database: Database) {
    let server = builder(database).start().await;
    let (ann, bob) = (server.person("ann").await, server.person("bob").await);
    let talk = ann.talk_to(&bob).await;
    let mut stream = Stream::open(&bob, "", None).await.unwrap();
    let open = stream.frame().await;
    assert!(matches!(open, Some(Frame::Comment(_))), "something can be read at once: {open:?}");
    let message = ann.say(&talk, "line one\nline two\r\n\n<&>").await;
    let event = stream.until_type("message").await;
    assert_eq!(event, json!({ "type": "message", "message": message }));
}

pub(crate) async fn a_stream_goes_on_where_it_was_cut(database: Database) {
    let server = builder(database).start().await;
    let (ann, bob) = (server.person("ann").await, server.person("bob").await);
    let talk = ann.talk_to(&bob).await;
    let mut stream = Stream::open(&bob, &format!("?cursor={}", bob.cursor), None).await.unwrap();
    ann.say(&talk, "before the cut").await;
    stream.until_type("message").await;
    let last = stream.last_id.clone().expect("a cursor");
    drop(stream);
    let missed = [ann.say(&talk, "in between").await, ann.say(&talk, "in between too").await];
    // What the browser says itself counts, not the address that it repeats.
    let mut stream = Stream::open(&bob, &format!("?cursor={}", bob.cursor), Some(&last)).await.unwrap();
    for message in missed {
        assert_eq!(stream.until_type("message").await["message"], message);
    }
}

pub(crate) async fn cursors_of_streams_and_polls_are_the_same(database: Database) {
    let server = builder(database).start().await;
    let (ann, bob) = (server.person("ann").await, server.person("bob").await);
    let talk = ann.talk_to(&bob).await;
    let mut heard = bob.listener();
    ann.say(&talk, "one").await;
    heard.until_type("message").await;
    let mut stream = Stream::open(&bob, &format!("?cursor={}", heard.cursor), None).await.unwrap();
    let two = ann.say(&talk, "two").await;
    assert_eq!(stream.until_type("message").await["message"], two);
    let mut heard = Listener::new(bob.clone(), stream.last_id.clone().unwrap());
    let three = ann.say(&talk, "three").await;
    assert_eq!(heard.until_type("message").await["message"], three);
}

pub(crate) async fn streams_end_neither_each_other_nor_polls(database: Database) {
    let server = builder(database).start().await;
    let (ann, bob) = (server.person("ann").await, server.person("bob").await);
    let talk = ann.talk_to(&bob).await;
    let mut first = Stream::open(&bob, "", None).await.unwrap();
    let mut second = Stream::open(&bob, "", None).await.unwrap();
    bob.poll(&bob.cursor, Duration::ZERO).await.expect(200);
    let message = ann.say(&talk, "to all").await;
    for stream in [&mut first, &mut second] {
        assert_eq!(stream.until_type("message").await["message"], message);
    }
}

pub(crate) async fn a_stream_after_a_restart_brings_what_was_missed(database: Database) {
    let mut server = builder(database).start().await;
    let (ann, bob) = (server.person("ann").await, server.person("bob").await);
    let talk = ann.talk_to(&bob).await;
    let mut stream = Stream::open(&bob, &format!("?cursor={}", bob.cursor), None).await.unwrap();
    ann.say(&talk, "before").await;
    stream.until_type("message").await;
    let last = stream.last_id.clone().unwrap();
    let missed = ann.say(&talk, "unread").await;
    server.kill_9().await;
    server.start_again().await;
    let mut stream = Stream::open(&bob, "", Some(&last)).await.unwrap();
    assert_eq!(stream.until_type("message").await["message"], missed);
    let resync = stream.until_type("resync").await;
    assert_eq!(resync, json!({ "type": "resync" }));
}

pub(crate) async fn a_stream_keeps_its_person_online(database: Database) {
    let server = builder(database).start().await;
    let (ann, bob) = (server.person("ann").await, server.person("bob").await);
    let _stream = Stream::open(&bob, "", None).await.unwrap();
    assert_eq!(ann.sees(&bob).await["presence"]["state"], "online");
}

pub(crate) async fn every_events_cursor_leads_behind_it(database: Database) {
    let server = builder(database).start().await;
    let (ann, bob) = (server.person("ann").await, server.person("bob").await);
    let talk = ann.talk_to(&bob).await;
    let mut sent = Vec::new();
    for number in 0..10 {
        sent.push(ann.say(&talk, &format!("{number}")).await);
    }
    let mut stream = Stream::open(&bob, &format!("?cursor={}", bob.cursor), None).await.unwrap();
    let mut seen: Vec<Value> = Vec::new();
    // Cut after every frame that has a cursor: nothing may be missing, repeats are dropped by id.
    while seen.len() < sent.len() {
        let Some(Frame::Event(event, id)) = stream.frame().await else { continue };
        if event["type"] == "message" && !seen.contains(&event["message"]) {
            seen.push(event["message"].clone());
        }
        if let Some(id) = id {
            stream = Stream::open(&bob, "", Some(&id)).await.unwrap();
        }
    }
    assert_eq!(seen, sent);
}
