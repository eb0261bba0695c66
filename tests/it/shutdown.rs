//! SIGTERM: open requests are answered, nothing acknowledged is lost.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use serde_json::json;

use crate::kill::{holds, write_on};
use crate::support::{Database, Stream, builder};

pub(crate) async fn open_polls_are_answered_and_streams_end(database: Database) {
    let mut server = builder(database).start().await;
    let ann = server.person("ann").await;
    let phone = server.person("ann").await;
    let mut heard = ann.listener();
    heard.drain().await;
    let cursor = heard.cursor.clone();
    let polling = tokio::spawn({
        let cursor = cursor.clone();
        async move { ann.poll(&cursor, Duration::from_secs(50)).await }
    });
    let mut stream = Stream::open(&phone, "", None).await.unwrap();
    server.polls_wait(1).await;
    let begun = Instant::now();
    server.terminate().await;
    let answer = polling.await.unwrap().expect(200);
    assert_eq!(answer["events"], json!([]));
    assert!(answer["cursor"].is_string());
    while stream.event().await.is_some() {}
    assert!(begun.elapsed() < Duration::from_secs(15), "{:?}", begun.elapsed());
}

pub(crate) async fn nothing_acknowledged_is_lost_and_what_was_taken_is_answered(database: Database) {
    let mut server = builder(database).start().await;
    let (ann, bob) = (server.person("ann").await, server.person("bob").await);
    let talk = ann.talk_to(&bob).await;
    let mut all = Vec::new();
    for round in 0..2 {
        let stop = Arc::new(AtomicBool::new(false));
        let writers: Vec<_> = (0..8)
            .map(|number| {
                let person = if number % 2 == 0 { ann.clone() } else { bob.clone() };
                let label = format!("r{round}w{number}");
                tokio::spawn(write_on(person, talk.clone(), label, Arc::clone(&stop)))
            })
            .collect();
        let polling = tokio::spawn({
            let bob = server.person("bob").await;
            let current = bob.get("events").await.expect(200);
            async move {
                bob.get(&format!("events?cursor={}&wait=50", current["cursor"].as_str().unwrap()))
                    .await
                    .status
            }
        });
        tokio::time::sleep(Duration::from_millis(400)).await;
        server.terminate().await;
        stop.store(true, Ordering::Relaxed);
        for writer in writers {
            all.push(writer.await.unwrap());
        }
        assert_eq!(polling.await.unwrap(), 200);
        server.start_again().await;
        holds(&ann.whole_history(&talk).await, &all);
    }
    assert!(all.iter().flatten().filter(|attempt| attempt.acknowledged.is_some()).count() > 20);
}

pub(crate) async fn connections_that_stay_open_do_not_hold_it_up(database: Database) {
    let mut server = builder(database).start().await;
    server.person("ann").await;
    let _idle = tokio::net::TcpStream::connect(server.public).await.unwrap();
    let begun = Instant::now();
    server.terminate().await;
    assert!(begun.elapsed() < Duration::from_secs(15), "{:?}", begun.elapsed());
}
