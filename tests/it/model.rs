//! A model of the whole: people who write, readers who lose their connections, a server that is stopped and killed.
//! Each reader ends with exactly what was stored, in order.

use std::collections::HashSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use serde_json::{Value, json};
use tokio::task::JoinHandle;

use crate::support::client::text;
use crate::support::stream::Frame;
use crate::support::{Database, Person, Random, Stream, builder};

/// What a reader has learned of messages, repeats dropped by their id.
#[derive(Debug, Default)]
struct Learned {
    ids: HashSet<String>,
    messages: Vec<Value>,
}

impl Learned {
    fn learn(&mut self, event: &Value) {
        if event["type"] == "message" && self.ids.insert(text(&event["message"]["id"])) {
            self.messages.push(event["message"].clone());
        }
    }

    fn of(&self, talk: &str) -> Vec<Value> {
        self.messages.iter().filter(|message| message["conversation_id"] == talk).cloned().collect()
    }
}

/// Sends each text until it is acknowledged, sometimes without waiting for the answer, sometimes once more.
async fn send_all(
    person: Person,
    talk: String,
    label: String,
    count: usize,
    mut random: Random,
) -> Vec<Value> {
    let path = format!("conversations/{talk}/messages");
    let mut acknowledged = Vec::new();
    for number in 0..count {
        let words = format!("{label} {number} {}", "x".repeat(usize::try_from(random.below(200)).unwrap()));
        let body = json!({ "text": words, "client_id": format!("{label}-{number}") });
        loop {
            let sending = Person::try_send(person.request(reqwest::Method::POST, &path).json(&body));
            if random.once_in(4) {
                let patience = Duration::from_millis(random.below(12));
                let _dropped = tokio::time::timeout(patience, sending).await;
                continue;
            }
            match sending.await {
                Some(reply) if matches!(reply.status, 200 | 201) => {
                    acknowledged.push(reply.json());
                    break;
                }
                Some(reply) => assert_eq!(reply.status, 503, "{}", reply.text()),
                None => tokio::time::sleep(Duration::from_millis(20)).await,
            }
        }
        if random.once_in(10) {
            tokio::time::sleep(Duration::from_millis(random.below(30))).await;
        }
    }
    acknowledged
}

/// Polls until told to stop, then until nothing is left. Sometimes hangs up on an open poll.
async fn read_by_poll(person: Person, stop: Arc<AtomicBool>, mut random: Random) -> Learned {
    let (mut learned, mut cursor) = (Learned::default(), person.cursor.clone());
    loop {
        let last = stop.load(Ordering::Relaxed);
        let wait = if last { 0 } else { random.below(2) };
        let call = format!("events?cursor={cursor}&wait={wait}");
        let polling = Person::try_send(person.request(reqwest::Method::GET, &call));
        let reply = if random.once_in(5) && !last {
            let patience = Duration::from_millis(random.below(40));
            tokio::time::timeout(patience, polling).await.unwrap_or(None)
        } else {
            polling.await
        };
        let Some(reply) = reply else { continue };
        let answer = reply.expect(200);
        let events = answer["events"].as_array().unwrap();
        events.iter().for_each(|event| learned.learn(event));
        cursor = text(&answer["cursor"]);
        if last && events.is_empty() {
            return learned;
        }
    }
}

/// Streams until told to stop; cut and resumed now and then.
async fn read_by_stream(person: Person, stop: Arc<AtomicBool>, mut random: Random) -> Learned {
    let (mut learned, mut last_id) = (Learned::default(), person.cursor.clone());
    while !stop.load(Ordering::Relaxed) {
        let Some(opened) = Stream::try_open(&person, "", Some(&last_id)).await else {
            // The server is away at this moment.
            tokio::time::sleep(Duration::from_millis(20)).await;
            continue;
        };
        let mut stream =
            opened.unwrap_or_else(|refused| panic!("the stream was refused: {}", refused.text()));
        let frames = random.below(40);
        for _ in 0..frames {
            let frame = tokio::time::timeout(Duration::from_millis(300), stream.frame()).await;
            match frame {
                Ok(Some(Frame::Event(event, id))) => {
                    learned.learn(&event);
                    last_id = id.unwrap_or(last_id);
                }
                Ok(Some(Frame::Comment(_))) => {}
                Ok(None) | Err(_) => break,
            }
        }
    }
    // What is left is read by polling: the cursors are the same.
    let rest = Person { cursor: last_id, ..person };
    let rest = read_by_poll(rest, stop, random).await;
    for message in rest.messages {
        learned.learn(&json!({ "type": "message", "message": message }));
    }
    learned
}

pub(crate) async fn every_reader_learns_exactly_what_was_stored(database: Database) {
    let mut random = Random::announced();
    let mut server = builder(database).server("mailbox_capacity = 2").start().await;
    let mut people = Vec::new();
    for name in ["ann", "bob", "cleo"] {
        people.push(server.person(name).await);
    }
    let pairs = [(0, 1), (1, 2), (0, 2)];
    let mut talks = Vec::new();
    for (one, other) in pairs {
        talks.push(people[one].talk_to(&people[other]).await);
    }

    let stop = Arc::new(AtomicBool::new(false));
    let mut readers: Vec<(usize, &str, JoinHandle<Learned>)> = Vec::new();
    for (index, person) in people.iter().enumerate() {
        // Each device is a session of its own: polls of one session end each other.
        let password = crate::support::client::password_of(&person.login);
        let polling = server.enter("/im/", &person.login, &password).await;
        let streaming = server.enter("/im/", &person.login, &password).await;
        let by_poll = read_by_poll(polling, Arc::clone(&stop), random.branch());
        let by_stream = read_by_stream(streaming, Arc::clone(&stop), random.branch());
        readers.push((index, "long poll", tokio::spawn(by_poll)));
        readers.push((index, "stream", tokio::spawn(by_stream)));
    }
    let mut senders = Vec::new();
    for (talk, (one, other)) in talks.iter().zip(pairs) {
        for sender in [one, other] {
            let label = format!("{sender}@{}", &talk[talk.len() - 4..]);
            let sending = send_all(people[sender].clone(), talk.clone(), label, 60, random.branch());
            senders.push((talk.clone(), tokio::spawn(sending)));
        }
    }
    for _ in 0..4 {
        tokio::time::sleep(Duration::from_millis(150 + random.below(500))).await;
        if random.once_in(2) {
            server.kill_9().await
        } else {
            server.terminate().await
        }
        tokio::time::sleep(Duration::from_millis(random.below(80))).await;
        server.start_again().await;
    }

    let mut acknowledged: Vec<(String, Vec<Value>)> = Vec::new();
    for (talk, sender) in senders {
        acknowledged.push((talk, sender.await.unwrap()));
    }
    stop.store(true, Ordering::Relaxed);
    let mut histories = Vec::new();
    for (talk, (one, _)) in talks.iter().zip(pairs) {
        let history = people[one].whole_history(talk).await;
        let ids: HashSet<String> = history.iter().map(|message| text(&message["client_id"])).collect();
        assert_eq!(ids.len(), history.len(), "something is stored twice");
        for (_, sent) in acknowledged.iter().filter(|(of, _)| of == talk) {
            let found: Vec<&Value> = history.iter().filter(|message| sent.contains(message)).collect();
            assert_eq!(found, sent.iter().collect::<Vec<_>>(), "acknowledged in this order");
        }
        histories.push(history);
    }
    for (index, how, reader) in readers {
        let learned = reader.await.unwrap();
        let reader_all = learned.messages.clone();
        let mut total = 0;
        for ((talk, history), (one, other)) in talks.iter().zip(&histories).zip(pairs) {
            let entitled = index == one || index == other;
            let learned = learned.of(talk);
            let missing: Vec<&Value> = history.iter().filter(|m| entitled && !learned.contains(m)).collect();
            let instead: Vec<&Value> =
                missing.iter().flat_map(|m| reader_all.iter().filter(|l| l["id"] == m["id"])).collect();
            assert!(
                missing.is_empty(),
                "person {index} by {how} never learned of {missing:#?}, but of {instead:#?} by the same ids"
            );
            assert!(!entitled || learned == *history, "person {index} by {how}: out of order");
            assert!(entitled || learned.is_empty(), "person {index} by {how} learned of others' messages");
            total += learned.len();
        }
        assert_eq!(total, learned.messages.len(), "person {index} by {how} learned of others' messages");
    }
    println!("{} messages", histories.iter().map(Vec::len).sum::<usize>());
}
