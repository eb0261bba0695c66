//! Which front an address leads to, with many fronts and with one.

use std::sync::Arc;
use std::time::Instant;

use anyhow::Result;
use portico_core::front::FrontTable;
use portico_core::testing::FakeAuthenticator;

use crate::town::{front, seconds};
use crate::verdict::{Verdict, number, ratio};

const TIMES: u32 = 20_000;

pub(crate) fn run(fronts: usize) -> Result<Vec<Verdict>> {
    let fake = FakeAuthenticator::new();
    let table = |count: usize| -> Result<FrontTable> {
        let all: Result<Vec<_>> =
            (0..count).map(|n| Ok(Arc::new(front(&format!("front{n}"), &fake)?))).collect();
        Ok(FrontTable::new(all?)?)
    };
    let (one, many) = (table(1)?, table(fronts)?);
    let (alone, among) =
        (time(&one, "/front0/api/v1/events"), time(&many, &format!("/front{}/api/v1/events", fronts - 1)));
    Ok(vec![Verdict::new(
        "fronts: resolving among many by resolving one",
        ratio(among, alone),
        // They are looked at one after the other: microseconds, once a request.
        number(fronts),
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
