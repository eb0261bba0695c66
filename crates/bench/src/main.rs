//! What Portico's work costs.
//!
//! Every bench sets a piece of work against a limit that is measured in the same run, on the same machine: the answer's
//! bare serialisation, the bare append, the same logins with nobody watching. What can be counted is counted: statements,
//! entries, wakes. So the verdict doesn't depend on how fast or busy the machine is. docs/performance.md has results.

#![expect(clippy::print_stdout, reason = "what a bench prints is its answer")]

mod fronts;
mod idle;
mod room;
mod roster;
mod storm;
mod town;
mod verdict;

use std::process::ExitCode;

use clap::Parser;

use crate::verdict::Verdict;

/// Measures what Portico's work costs, and fails when something costs more than it should.
#[derive(Debug, Parser)]
#[command(name = "portico-bench")]
struct Sizes {
    /// People in the roster that is listed
    #[arg(long, default_value_t = 1000)]
    roster: usize,
    /// Members of the room that is written to
    #[arg(long, default_value_t = 400)]
    members: usize,
    /// Messages that are sent to the room
    #[arg(long, default_value_t = 50)]
    messages: usize,
    /// Fronts that addresses lead to
    #[arg(long, default_value_t = 100)]
    fronts: usize,
    /// People who log in at once, people who watch them, and people who are here while some poll
    #[arg(long, default_value_t = 200)]
    storm: usize,
    /// The sizes that are promised: 5,000 in the roster, 2,000 members, 2,000 logins. Minutes, in a debug build
    #[arg(long)]
    full: bool,
}

#[tokio::main]
async fn main() -> anyhow::Result<ExitCode> {
    let mut sizes = Sizes::parse();
    if sizes.full {
        (sizes.roster, sizes.members, sizes.storm) = (5000, 2000, 2000);
    }
    let build = if cfg!(debug_assertions) { "debug" } else { "release" };
    println!("portico-bench, {build} build, {sizes:?}\n");
    let mut verdicts: Vec<Verdict> = Vec::new();
    verdicts.extend(roster::run(sizes.roster).await?);
    verdicts.extend(room::run(sizes.members, sizes.messages).await?);
    verdicts.extend(fronts::run(sizes.fronts)?);
    verdicts.extend(storm::run(sizes.storm).await?);
    verdicts.extend(idle::run(sizes.storm).await?);
    for verdict in &verdicts {
        println!("{verdict}");
    }
    let all_good = verdicts.iter().all(Verdict::is_good);
    Ok(if all_good { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}
