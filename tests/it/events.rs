//! Learning by polling what has happened.

use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::support::{Database, Listener, Stream, builder};

/// Far from [`LONG`], so that a machine with much to do is not taken for a server that sleeps.
const AT_ONCE: Duration = Duration::from_secs(5);
const LONG: Duration = Duration::from_secs(15);

pub(crate) async fn a_message_wakes_an_open_poll_at_once(database: Database) {
    let server = builder(database).start().await;
    let (ann, bob) = (server.person("ann").await, server.person("bob").await);
    let talk = ann.talk_to(&bob).await;
    let mut heard = bob.listener();
    heard.drain().await;
    let polling = tokio::spawn(async move { (heard.hear(LONG).await, Instant::now(), heard) });
    server.polls_wait(1).await;
    let message = ann.say(&talk, "wake up").await;
    let sent = Instant::now();
    let (events, woken, mut heard) = polling.await.unwrap();
    assert_eq!(events, [json!({ "type": "message", "message": message })]);
    assert!(woken.saturating_duration_since(sent) < AT_ONCE);
    assert_eq!(heard.drain().await, Vec::<Value>::new());
}

pub(crate) async fn the_senders_other_devices_hear_it_too(database: Database) {
    let server = builder(database).start().await;
    let (ann, bob) = (server.person("ann").await, server.person("bob").await);
    let phone = server.person("ann").await;
    let talk = ann.talk_to(&bob).await;
    let mut heard = phone.listener();
    let message = ann.say(&talk, "from the desk").await;
    assert_eq!(heard.until_type("message").await["message"], message);
    // And the device it was sent from, which drops it by its id.
    assert_eq!(ann.listener().until_type("message").await["message"], message);
}

pub(crate) async fn without_a_cursor_the_current_one_comes_at_once(database: Database) {
    let server = builder(database).start().await;
    let (ann, bob) = (server.person("ann").await, server.person("bob").await);
    let talk = ann.talk_to(&bob).await;
    ann.say(&talk, "before").await;
    let begun = Instant::now();
    let answer = bob.get("events?wait=30").await.expect(200);
    assert!(begun.elapsed() < AT_ONCE);
    assert_eq!(answer["events"], json!([]));
    let mut heard = Listener::new(bob.clone(), answer["cursor"].as_str().unwrap().to_owned());
    let after = ann.say(&talk, "after").await;
    assert_eq!(heard.until_type("message").await["message"], after);
}

pub(crate) async fn a_wait_that_runs_out_is_an_empty_list(database: Database) {
    let server = builder(database).start().await;
    let ann = server.person("ann").await;
    let mut heard = ann.listener();
    heard.drain().await;
    for (wait, least) in [(0.0, 0), (-5.0, 0), (0.7, 700), (1.0, 1000)] {
        let begun = Instant::now();
        let answer = ann.get(&format!("events?cursor={}&wait={wait}", heard.cursor)).await.expect(200);
        assert_eq!(answer["events"], json!([]));
        let took = begun.elapsed();
        assert!(
            took >= Duration::from_millis(least) && took < Duration::from_millis(least) + AT_ONCE,
            "{took:?}"
        );
        heard = Listener::new(ann.clone(), answer["cursor"].as_str().unwrap().to_owned());
    }
    for wait in ["soon", "NaN", "1s", "0x10"] {
        ann.get(&format!("events?cursor={}&wait={wait}", heard.cursor)).await.problem(400, "invalid-request");
    }
}

/// Longer than 55 s is taken for 55 s; that the wait is cut there shows here only by its being accepted, and by its
/// still being woken.
pub(crate) async fn a_wait_that_is_too_long_is_accepted(database: Database) {
    let server = builder(database).start().await;
    let (ann, bob) = (server.person("ann").await, server.person("bob").await);
    let talk = ann.talk_to(&bob).await;
    for wait in ["56", "100000", "1e300", "inf"] {
        let current = bob.get("events").await.expect(200);
        let call = format!("events?cursor={}&wait={wait}", current["cursor"].as_str().unwrap());
        let (answer, _) = tokio::join!(bob.get(&call), async {
            server.polls_wait(1).await;
            ann.say(&talk, "there you are").await
        });
        assert_eq!(answer.expect(200)["events"][0]["type"], "message", "{wait}");
    }
}

pub(crate) async fn a_newer_poll_of_the_session_ends_the_older_one(database: Database) {
    let server = builder(database).start().await;
    let ann = server.person("ann").await;
    let other_device = server.person("ann").await;
    let mut heard = ann.listener();
    heard.drain().await;
    let cursor = heard.cursor.clone();
    let (first, second) = (ann.clone(), ann.clone());
    let begun = Instant::now();
    let older = tokio::spawn({
        let cursor = cursor.clone();
        async move { first.poll(&cursor, LONG).await }
    });
    server.polls_wait(1).await;
    // A poll of another session of the same person changes nothing.
    other_device.poll(&other_device.cursor, Duration::from_millis(100)).await.expect(200);
    assert!(!older.is_finished());
    let newer = tokio::spawn({
        let cursor = cursor.clone();
        async move { second.poll(&cursor, LONG).await }
    });
    let older = older.await.unwrap().expect(200);
    assert_eq!(older["events"], json!([]));
    assert!(begun.elapsed() < AT_ONCE);
    assert!(!newer.is_finished(), "the newer poll was not to end with it");
    let bob = server.person("bob").await;
    bob.say(&bob.talk_to(&ann).await, "good morning").await;
    assert_ne!(newer.await.unwrap().expect(200)["events"], json!([]));
}

pub(crate) async fn a_poll_of_a_session_that_ends_gets_a_401_at_once(database: Database) {
    let server = builder(database).start().await;
    let ann = server.person("ann").await;
    let mut heard = ann.listener();
    heard.drain().await;
    let polling = tokio::spawn({
        let (ann, cursor) = (ann.clone(), heard.cursor.clone());
        async move { ann.poll(&cursor, LONG).await }
    });
    let mut stream = Stream::open(&ann, "", None).await.unwrap();
    server.polls_wait(1).await;
    let begun = Instant::now();
    ann.delete("session").await.expect(204);
    polling.await.unwrap().problem(401, "session-required");
    while stream.event().await.is_some() {}
    assert!(begun.elapsed() < AT_ONCE);
    Stream::open(&ann, "", None).await.err().expect("no second stream").problem(401, "session-required");
}

pub(crate) async fn cursors_that_were_not_given_to_me_are_refused(database: Database) {
    let server = builder(database).start().await;
    let (ann, bob) = (server.person("ann").await, server.person("bob").await);
    let eve = server.person_at("/elsewhere/", "ann").await;
    let own = ann.cursor.clone();
    let mut flipped = own.clone().into_bytes();
    flipped[10] = if flipped[10] == b'A' { b'B' } else { b'A' };
    let flipped = String::from_utf8(flipped).unwrap();
    let long = "A".repeat(129);
    let half = &own[..own.len() / 2];
    for bad in
        [bob.cursor.as_str(), eve.cursor.as_str(), &flipped, &long, half, "0", "-1", "%00", "%FF", "null"]
    {
        ann.get(&format!("events?cursor={bad}&wait=5")).await.problem(400, "invalid-request");
        let stream = Stream::open(&ann, &format!("?cursor={bad}"), None).await;
        stream.err().expect("no stream").problem(400, "invalid-request");
    }
    let stream = Stream::open(&ann, "", Some(&bob.cursor)).await;
    stream.err().expect("no stream").problem(400, "invalid-request");
    // All of a person's devices, at every front of the community, understand each other's.
    server.person_at("/second/", "ann").await.poll(&own, Duration::ZERO).await.expect(200);
}

pub(crate) async fn after_a_restart_the_missed_messages_come_and_then_one_resync(database: Database) {
    let mut server = builder(database).start().await;
    let (ann, bob) = (server.person("ann").await, server.person("bob").await);
    let talk = ann.talk_to(&bob).await;
    ann.say(&talk, "heard").await;
    let mut heard = bob.listener();
    heard.until_type("message").await;
    heard.drain().await;
    let mut missed = Vec::new();
    for number in 0..3 {
        missed.push(ann.say(&talk, &format!("missed {number}")).await);
    }
    server.restart().await;
    missed.push(ann.say(&talk, "missed after the restart").await);
    let events = heard.drain().await;
    let messages: Vec<Value> = events
        .iter()
        .filter(|event| event["type"] == "message")
        .map(|event| event["message"].clone())
        .collect();
    assert_eq!(messages, missed);
    let resyncs = events.iter().filter(|event| event["type"] == "resync").count();
    assert_eq!(resyncs, 1, "{events:#?}");
    let next = ann.say(&talk, "from now on").await;
    assert_eq!(heard.until_type("message").await["message"], next);
}

pub(crate) async fn a_mailbox_that_overflowed_loses_no_message(database: Database) {
    let server = builder(database).server("mailbox_capacity = 2").start().await;
    let (ann, bob) = (server.person("ann").await, server.person("bob").await);
    let talk = ann.talk_to(&bob).await;
    let mut heard = bob.listener();
    heard.drain().await;
    let mut sent = Vec::new();
    for number in 0..40 {
        sent.push(ann.say(&talk, &format!("number {number}")).await);
    }
    let events = heard.drain().await;
    let messages: Vec<Value> = events
        .iter()
        .filter(|event| event["type"] == "message")
        .map(|event| event["message"].clone())
        .collect();
    assert_eq!(messages, sent);
    assert_eq!(events.iter().filter(|event| event["type"] == "resync").count(), 1);
}

pub(crate) async fn coming_and_leaving_is_heard_of(database: Database) {
    let server = builder(database).start().await;
    let ann = server.person("ann").await;
    let mut heard = ann.listener();
    let bob = server.person("bob").await;
    let came = heard
        .until("bob appears", |event| event["type"] == "person" && event["person"]["id"] == bob.id)
        .await;
    assert_eq!(came["person"]["login"], "bob");
    let phone = server.person("bob").await;
    bob.delete("session").await.expect(204);
    phone.get("session").await.expect(200);
    assert_eq!(ann.sees(&bob).await["presence"]["state"], "online", "the phone is still here");
    phone.delete("session").await.expect(204);
    let about_bob = |state: &'static str| {
        let id = bob.id.clone();
        move |event: &Value| {
            event["type"] == "presence" && event["account"] == id && event["presence"]["state"] == state
        }
    };
    let left = heard.until("bob leaves", about_bob("offline")).await;
    assert!(left["presence"]["since"].is_string());
    assert_eq!(ann.sees(&bob).await["presence"], left["presence"]);
    server.person("bob").await;
    heard.until("bob is back", about_bob("online")).await;
}

pub(crate) async fn strangers_on_a_strict_front_hear_nothing_of_each_other(database: Database) {
    let server = builder(database).start().await;
    let ann = server.person_at("/strict/", "ann").await;
    let mut heard = ann.listener();
    heard.drain().await;
    let bob = server.person_at("/strict/", "bob").await;
    bob.delete("session").await.expect(204);
    let events = heard.drain().await;
    let told = |event: &Value| event["type"] == "presence" || event["type"] == "person";
    assert!(!events.iter().any(told), "{events:#?}");
}

pub(crate) async fn both_hear_of_every_change_between_them(database: Database) {
    let server = builder(database).start().await;
    let (ann, bob) = (server.person_at("/strict/", "ann").await, server.person_at("/strict/", "bob").await);
    let (mut anns, mut bobs) = (ann.listener(), bob.listener());
    let steps: [(bool, &str, Option<&str>, Option<&str>); 4] = [
        (true, "request", Some("requested"), Some("requested-by-them")),
        (false, "accept", Some("accepted"), Some("accepted")),
        (true, "remove", None, None),
        (false, "refuse", Some("refused-by-them"), Some("refused")),
    ];
    for (by_ann, action, for_ann, for_bob) in steps {
        let (who, whom) = if by_ann { (&ann, &bob) } else { (&bob, &ann) };
        who.contact(whom, action).await.expect(200);
        for (heard, other, relation) in [(&mut anns, &bob, for_ann), (&mut bobs, &ann, for_bob)] {
            heard
                .until(action, |event| match relation {
                    Some(relation) => {
                        event["person"]["id"] == other.id && event["person"]["relation"] == relation
                    }
                    None => event["type"] == "person-gone" && event["account"] == other.id,
                })
                .await;
        }
    }
}
