use std::io::Write as _;
use std::process::ExitCode;
use std::sync::Arc;

use libtest_mimic::{Arguments, Completion, Failed, Trial};

use crate::fixture::Fixture;
use crate::judge::judge;
use crate::law::Law;
use crate::listener;
use crate::report::{Archive, Column};
use crate::verdict::Verdict;

/// Tries every law on every fixture: the `main` of a test target with `harness = false`.
///
/// Takes the arguments of the standard test harness, so it works under `cargo test` and `cargo nextest` alike. Trials
/// are named `sqlite::law_03_…`; those of a fixture that needs a service are ignored unless asked for. The verdicts
/// are kept as `target/conformance/<adapter>-<database>.txt`, and end as a table on standard output.
pub fn main(fixtures: Vec<Box<dyn Fixture>>) -> ExitCode {
    let arguments = Arguments::from_args();
    listener::plug_in();
    let archive = match Archive::of_this_run() {
        Ok(archive) => archive,
        Err(error) => {
            let _ = writeln!(std::io::stderr(), "there is nowhere to keep the report: {error}");
            return ExitCode::FAILURE;
        }
    };
    let fixtures: Vec<Arc<dyn Fixture>> = fixtures.into_iter().map(Arc::from).collect();
    let trials =
        fixtures.iter().flat_map(|fixture| Law::ALL.map(|law| trial(fixture, law, &archive))).collect();
    let conclusion = libtest_mimic::run(&arguments, trials);
    // A single trial is its own report, and a list must stay a list.
    let tried = conclusion.num_passed + conclusion.num_failed + conclusion.num_ignored;
    if !arguments.list
        && tried > 1
        && let Ok(table) = archive.table()
    {
        let _ = writeln!(std::io::stdout(), "{table}");
    }
    conclusion.exit_code()
}

fn trial(fixture: &Arc<dyn Fixture>, law: Law, archive: &Archive) -> Trial {
    let name = format!("{}::{}", fixture.database(), law.name());
    let (needs_service, archive) = (fixture.needs().is_some(), archive.clone());
    let fixture = Arc::clone(fixture);
    Trial::ignorable_test(name, move || run(&*fixture, law, &archive)).with_ignored_flag(needs_service)
}

fn run(fixture: &dyn Fixture, law: Law, archive: &Archive) -> Result<Completion, Failed> {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?;
    let verdict = runtime.block_on(judge(fixture, law));
    // Whatever still runs in the background (a given-up login) must not hold the process.
    runtime.shutdown_background();
    let column = Column { adapter: fixture.adapter().to_owned(), database: fixture.database().to_owned() };
    archive.keep(&column, law, &verdict)?;
    match verdict {
        Verdict::Holds(_) => Ok(Completion::Completed),
        Verdict::NotApplicable(reason) => Ok(Completion::ignored_with(format!("not applicable: {reason}"))),
        Verdict::Broken(what) => {
            let place = format!("{} on {}", fixture.adapter(), fixture.database());
            Err(Failed::from(format!("{place} breaks {law} ({}):\n{what}", law.title())))
        }
    }
}
