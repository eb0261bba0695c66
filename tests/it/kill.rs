//! `kill -9` while people write: what was acknowledged is there, once and in order.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use serde_json::{Value, json};

use crate::support::client::text;
use crate::support::{Database, Person, builder};

/// What became of one send.
#[derive(Debug, Clone)]
pub(crate) struct Attempt {
    pub(crate) client_id: String,
    pub(crate) text: String,
    /// The message, when the server said that it has it.
    pub(crate) acknowledged: Option<Value>,
}

/// Writes one message after the other until told to stop or the server is gone.
pub(crate) async fn write_on(
    person: Person,
    talk: String,
    label: String,
    stop: Arc<AtomicBool>,
) -> Vec<Attempt> {
    let mut attempts = Vec::new();
    for number in 0.. {
        if stop.load(Ordering::Relaxed) {
            break;
        }
        let client_id = format!("{label}-{number}");
        let words = format!("{label} says {number}");
        let path = format!("conversations/{talk}/messages");
        let request = person.request(reqwest::Method::POST, &path);
        let body = json!({ "text": words, "client_id": client_id });
        let reply = Person::try_send(request.json(&body)).await;
        let acknowledged = reply.filter(|reply| matches!(reply.status, 200 | 201)).map(|reply| reply.json());
        let gone = acknowledged.is_none();
        attempts.push(Attempt { client_id, text: words, acknowledged });
        if gone {
            break;
        }
    }
    attempts
}

/// Every acknowledged message is in the history exactly as acknowledged, each writer's in the order of writing.
pub(crate) fn holds(history: &[Value], writers: &[Vec<Attempt>]) {
    let mut by_client_id: HashMap<String, usize> = HashMap::new();
    for message in history {
        *by_client_id.entry(text(&message["client_id"])).or_default() += 1;
    }
    assert!(by_client_id.values().all(|&count| count == 1), "stored twice: {by_client_id:?}");
    let ids: Vec<u64> = history.iter().map(|message| text(&message["id"]).parse().unwrap()).collect();
    assert!(ids.is_sorted());
    for attempts in writers {
        let wanted: Vec<&Value> =
            attempts.iter().filter_map(|attempt| attempt.acknowledged.as_ref()).collect();
        let found: Vec<&Value> = history.iter().filter(|message| wanted.contains(message)).collect();
        assert_eq!(found, wanted, "acknowledged, and not there as such");
    }
}

pub(crate) async fn every_acknowledged_message_survives_exactly_once(database: Database) {
    let mut server = builder(database).start().await;
    let (ann, bob) = (server.person("ann").await, server.person("bob").await);
    let talk = ann.talk_to(&bob).await;
    let mut all: Vec<Vec<Attempt>> = Vec::new();
    for round in 0..3 {
        let stop = Arc::new(AtomicBool::new(false));
        let mut writers = Vec::new();
        for number in 0..8 {
            let person = if number % 2 == 0 { ann.clone() } else { bob.clone() };
            let label = format!("r{round}w{number}");
            writers.push(tokio::spawn(write_on(person, talk.clone(), label, Arc::clone(&stop))));
        }
        tokio::time::sleep(Duration::from_millis(250 + 170 * round)).await;
        server.kill_9().await;
        stop.store(true, Ordering::Relaxed);
        for writer in writers {
            all.push(writer.await.unwrap());
        }
        server.start_again().await;
        holds(&ann.whole_history(&talk).await, &all);
    }
    let acknowledged = all.iter().flatten().filter(|attempt| attempt.acknowledged.is_some()).count();
    let lost_answers: Vec<&Attempt> =
        all.iter().flatten().filter(|attempt| attempt.acknowledged.is_none()).collect();
    assert!(acknowledged > 20, "only {acknowledged} messages: nothing was interrupted");
    assert!(!lost_answers.is_empty(), "no send was interrupted");
    // What was not acknowledged may be there or not; repeated with its id it is there once.
    for attempt in lost_answers {
        let sender = if attempt.client_id.split('w').next_back().unwrap().starts_with(['0', '2', '4', '6']) {
            &ann
        } else {
            &bob
        };
        let body = json!({ "text": attempt.text, "client_id": attempt.client_id });
        let reply = sender.write(&talk, &body).await;
        assert!(matches!(reply.status, 200 | 201), "{}", reply.text());
    }
    let history = bob.whole_history(&talk).await;
    assert_eq!(history.len(), all.iter().flatten().count());
    holds(&history, &all);
    println!("{acknowledged} acknowledged messages survived three kills");
}
