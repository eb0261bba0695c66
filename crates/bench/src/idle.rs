//! Polls while nothing happens, among few and among many.

use std::time::{Duration, Instant};

use anyhow::Result;

use crate::town::{Town, seconds};
use crate::verdict::{Verdict, number, ratio};

/// Those who poll.
const PEOPLE: usize = 50;
const POLLS: usize = 40;

struct Measured {
    statements: u64,
    seconds_each: f64,
}

pub(crate) async fn run(people: usize) -> Result<Vec<Verdict>> {
    let few = polls_among(PEOPLE).await?;
    let many = polls_among(people.max(PEOPLE)).await?;
    let polls = number(PEOPLE * POLLS);
    Ok(vec![
        Verdict::new(
            "idle: statements a poll",
            ratio(number(few.statements + many.statements), 2.0 * polls),
            0.0,
            format!("{} polls", 2 * PEOPLE * POLLS),
        ),
        Verdict::new(
            "idle: time of a poll among many by that among few",
            ratio(many.seconds_each, few.seconds_each),
            3.0,
            format!(
                "{} people by {PEOPLE}: {:.1} µs by {:.1} µs",
                people.max(PEOPLE),
                many.seconds_each * 1e6,
                few.seconds_each * 1e6
            ),
        ),
    ])
}

async fn polls_among(people: usize) -> Result<Measured> {
    let town = Town::over_sqlite().await?;
    let mut here = Vec::with_capacity(people);
    for number in 0..people {
        here.push(town.enter(&format!("p{number}")).await?);
    }
    // What is news to the first ones is told, and every book is open.
    tokio::time::sleep(Duration::from_secs(1)).await;
    let polling = here.iter_mut().take(PEOPLE);
    let mut polling: Vec<_> = polling.collect();
    for person in &mut polling {
        town.engine.visit(&town.front, person.token.expose(), None).await?;
        loop {
            let answer = town.engine.poll(&person.visitor, Some(&person.cursor), Duration::ZERO).await?;
            person.cursor = answer.cursor;
            if answer.events.is_empty() {
                break;
            }
        }
    }
    let statements = || town.sql.as_ref().map_or(0, portico_store::SqlStore::statements);
    let (before, begun) = (statements(), Instant::now());
    for _ in 0..POLLS {
        for person in &mut polling {
            town.engine.visit(&town.front, person.token.expose(), None).await?;
            let answer = town.engine.poll(&person.visitor, Some(&person.cursor), Duration::ZERO).await?;
            person.cursor = answer.cursor;
        }
    }
    let (took, used) = (seconds(begun.elapsed()), statements() - before);
    Ok(Measured { statements: used, seconds_each: took / number(PEOPLE * POLLS) })
}
