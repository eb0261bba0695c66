//! A roster of many people, against reading the same rows and serialising the same answer, with nothing decided.

use std::time::Instant;

use anyhow::Result;

use crate::town::{Town, seconds};
use crate::verdict::{Verdict, number, ratio};

const PAGE: usize = 200;

pub(crate) async fn run(people: usize) -> Result<Vec<Verdict>> {
    let town = Town::over_sqlite().await?;
    for number in 0..people {
        town.member(&format!("p{number}")).await?;
    }
    let me = town.enter("me").await?;
    let mut best = f64::INFINITY;
    let (mut rows, mut statements) = (Vec::new(), 0);
    for _ in 0..3 {
        let before = town.sql.as_ref().map_or(0, portico_store::SqlStore::statements);
        let (begun, mut after) = (Instant::now(), None);
        rows.clear();
        loop {
            let page = town.engine.roster(&me.visitor, after, PAGE).await?;
            std::hint::black_box(serde_json::to_vec(&page.people)?);
            rows.extend(page.people);
            after = page.next;
            if after.is_none() {
                break;
            }
        }
        best = best.min(seconds(begun.elapsed()));
        statements = town.sql.as_ref().map_or(0, portico_store::SqlStore::statements) - before;
    }
    anyhow::ensure!(rows.len() == people, "{} of {people} people", rows.len());
    let mut bare = f64::INFINITY;
    for _ in 0..3 {
        let (begun, mut after) = (Instant::now(), None);
        for page in rows.chunks(PAGE) {
            after = std::hint::black_box(town.store.roster(town.community(), after, PAGE).await?).next;
            std::hint::black_box(serde_json::to_vec(page)?);
        }
        bare = bare.min(seconds(begun.elapsed()));
    }
    let pages = people.div_ceil(PAGE);
    Ok(vec![
        Verdict::new(
            "roster: time by that of bare rows and text",
            ratio(best, bare),
            4.0,
            format!("{people} people, {:.0} ms by {:.1} ms", best * 1000.0, bare * 1000.0),
        ),
        Verdict::new(
            "roster: statements a page, nobody's own",
            ratio(number(statements), number(pages)),
            4.0,
            format!("{statements} statements for {pages} pages"),
        ),
    ])
}
