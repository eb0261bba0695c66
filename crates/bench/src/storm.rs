//! Many log in at once while as many watch, against the same logins with nobody watching. They have been here before: it is
//! a Monday morning, not the first day.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use anyhow::Result;
use portico_core::engine::FeedItem;
use portico_core::messaging::Event;

use crate::town::{Town, seconds};
use crate::verdict::{Verdict, number, ratio};

/// A beat with so few presences tells each by itself.
const SINGLE_EVENTS: f64 = 8.0;
/// A beat with more tells so many in one event.
const PRESENCES_IN_AN_EVENT: f64 = 200.0;

pub(crate) async fn run(people: usize) -> Result<Vec<Verdict>> {
    let quiet = Town::over_maps().await?;
    for number in 0..people {
        quiet.enter(&format!("w{number}")).await?;
    }
    know_all(&quiet, people).await?;
    let alone = log_in_all(&quiet, people).await?;

    let town = Town::over_maps().await?;
    let mut watchers = Vec::with_capacity(people);
    for number in 0..people {
        watchers.push(town.enter(&format!("w{number}")).await?);
    }
    know_all(&town, people).await?;
    let (delivered, sent) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
    let mut streams = Vec::with_capacity(people);
    for watcher in watchers {
        // From now on: what the watchers saw of each other is not what is measured.
        let mut stream = town.engine.stream(watcher.visitor, None)?;
        let (delivered, sent) = (Arc::clone(&delivered), Arc::clone(&sent));
        streams.push(tokio::spawn(async move {
            while let Ok(Some(item)) = stream.next().await {
                if let FeedItem::Events(events, _) = item {
                    sent.fetch_add(events.len(), Ordering::Relaxed);
                    delivered.fetch_add(events.iter().map(presences_in).sum(), Ordering::Relaxed);
                }
            }
        }));
    }
    tokio::time::sleep(Duration::from_secs(1)).await;
    delivered.store(0, Ordering::Relaxed);
    sent.store(0, Ordering::Relaxed);
    let before = town.engine.change_traffic();
    let begun = Instant::now();
    let watched = log_in_all(&town, people).await?;
    let wanted = people * people;
    while delivered.load(Ordering::Relaxed) < wanted && begun.elapsed() < Duration::from_secs(600) {
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    let (all_told, told) = (seconds(begun.elapsed()), delivered.load(Ordering::Relaxed));
    let sent = sent.load(Ordering::Relaxed);
    let after = town.engine.change_traffic();
    town.engine.begin_shutdown();
    for stream in streams {
        stream.await?;
    }
    let (entries, beats, wakes) =
        (after.entries - before.entries, after.beats - before.beats, after.wakes - before.wakes);
    Ok(vec![
        Verdict::new(
            "storm: entries a login",
            ratio(number(entries), number(people)),
            2.0,
            format!("{people} logins, {people} watch: {entries} entries instead of {wanted} notices"),
        ),
        Verdict::new(
            "storm: events a watcher and beat",
            ratio(number(sent), number(people) * number(beats)),
            SINGLE_EVENTS + number(people) / PRESENCES_IN_AN_EVENT,
            format!("{:.0} events to each watcher for {people} logins", ratio(number(sent), number(people))),
        ),
        Verdict::new(
            "storm: wakes a watcher and beat",
            ratio(number(wakes), number(people) * number(beats)),
            1.01,
            format!(
                "{wakes} wakes in {beats} beats; {told} of {wanted} presences told after {all_told:.1} s"
            ),
        ),
        Verdict::new(
            "storm: presences that were not told",
            number(wanted.saturating_sub(told)),
            0.0,
            String::new(),
        ),
        Verdict::new(
            "storm: time of the logins by that with nobody watching",
            ratio(watched, alone),
            2.0 + number(people) / 10.0,
            format!("{watched:.2} s by {alone:.2} s"),
        ),
    ])
}

async fn know_all(town: &Town, people: usize) -> Result<()> {
    for number in 0..people {
        town.member(&format!("p{number}")).await?;
    }
    Ok(())
}

async fn log_in_all(town: &Town, people: usize) -> Result<f64> {
    let begun = Instant::now();
    for number in 0..people {
        town.enter(&format!("p{number}")).await?;
    }
    Ok(seconds(begun.elapsed()))
}

/// How many of those who log in an event tells of.
fn presences_in(event: &Event) -> usize {
    match event {
        Event::Presence { .. } => 1,
        Event::Presences { people } => people.len(),
        _ => 0,
    }
}
