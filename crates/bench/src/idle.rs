//! Polls while nothing happens.

use std::time::{Duration, Instant};

use anyhow::Result;

use crate::town::{Town, seconds};
use crate::verdict::{Verdict, number, ratio};

const PEOPLE: usize = 50;
const POLLS: usize = 40;

pub(crate) async fn run() -> Result<Vec<Verdict>> {
    let town = Town::over_sqlite().await?;
    let mut people = Vec::with_capacity(PEOPLE);
    for number in 0..PEOPLE {
        people.push(town.enter(&format!("p{number}")).await?);
    }
    // What is news to the first ones is told, and every book is open.
    tokio::time::sleep(Duration::from_secs(1)).await;
    for person in &mut people {
        let token = person.token.expose().to_owned();
        town.engine.visit(&town.front, &token, None).await?;
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
        for person in &mut people {
            town.engine.visit(&town.front, person.token.expose(), None).await?;
            let answer = town.engine.poll(&person.visitor, Some(&person.cursor), Duration::ZERO).await?;
            person.cursor = answer.cursor;
        }
    }
    let (took, used) = (seconds(begun.elapsed()), statements() - before);
    let polls = number(PEOPLE * POLLS);
    Ok(vec![Verdict::new(
        "idle: statements a poll",
        ratio(number(used), polls),
        0.0,
        format!("{polls} polls, {:.1} µs each", took * 1e6 / polls),
    )])
}
