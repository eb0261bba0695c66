//! Which front an address leads to, with many fronts and with one.

use std::sync::Arc;
use std::time::Instant;

use anyhow::Result;
use portico_core::front::FrontTable;
use portico_core::testing::FakeAuthenticator;

use crate::town::{front, seconds};
use crate::verdict::{Verdict, ratio};

const TIMES: u32 = 5_000;
const ROUNDS: usize = 5;

pub(crate) fn run(fronts: usize) -> Result<Vec<Verdict>> {
    let fake = FakeAuthenticator::new();
    let table = |count: usize| -> Result<FrontTable> {
        let all: Result<Vec<_>> =
            (0..count).map(|n| Ok(Arc::new(front(&format!("front{n}"), &fake)?))).collect();
        Ok(FrontTable::new(all?)?)
    };
    let (one, many) = (table(1)?, table(fronts)?);
    let last = format!("/front{}/api/v1/events", fronts.saturating_sub(1));
    // The best of some, by turns: what else the machine does meanwhile is nobody's cost.
    let (mut alone, mut among) = (f64::INFINITY, f64::INFINITY);
    for _ in 0..ROUNDS {
        alone = alone.min(time(&one, "/front0/api/v1/events"));
        among = among.min(time(&many, &last));
    }
    Ok(vec![Verdict::new(
        "fronts: resolving among many by resolving one",
        ratio(among, alone),
        // A lookup each, in a larger map.
        3.0,
        format!("{fronts} fronts, {:.2} µs by {:.2} µs", among * 1e6, alone * 1e6),
    )])
}

fn time(table: &FrontTable, path: &str) -> f64 {
    let begun = Instant::now();
    for _ in 0..TIMES {
        std::hint::black_box(table.resolve(Some("chat.example.org"), std::hint::black_box(path)));
    }
    seconds(begun.elapsed()) / f64::from(TIMES)
}
