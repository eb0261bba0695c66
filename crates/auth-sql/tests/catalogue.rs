//! Every recipe with its test case: `catalogue::joomla::sqlite`, and ignored siblings on real servers.
#![expect(clippy::expect_used, reason = "a test that can't be set up must fail")]

#[path = "catalogue_runner/case.rs"]
mod case;
#[path = "catalogue_runner/copies.rs"]
mod copies;
#[path = "catalogue_runner/laws.rs"]
mod laws;
#[path = "catalogue_runner/related.rs"]
mod related;
#[path = "catalogue_runner/report.rs"]
mod report;
#[path = "catalogue_runner/tables.rs"]
mod tables;
#[path = "catalogue_runner/tries.rs"]
mod tries;
#[path = "catalogue_runner/world.rs"]
mod world;

use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;

use libtest_mimic::{Arguments, Failed, Trial};
use portico_auth_sql::DatabaseKind;
use portico_auth_sql::recipe::Recipe;
use portico_auth_sql::testing::TestDatabaseKind;

use case::Case;
use report::{Entry, Part};

fn main() -> ExitCode {
    let arguments = Arguments::from_args();
    let mut trials = Vec::new();
    for path in files(&tries::root().join("recipes")) {
        let id = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
        // The kinds are read roughly, so that a recipe with a mistake has its failing trial.
        let text = std::fs::read_to_string(&path).unwrap_or_default();
        let databases =
            text.lines().find(|line| line.starts_with("databases")).unwrap_or_default().to_owned();
        for kind in TestDatabaseKind::ALL {
            let word = match kind {
                TestDatabaseKind::Sqlite => "",
                TestDatabaseKind::Mariadb => DatabaseKind::Mysql.as_str(),
                TestDatabaseKind::Postgres => DatabaseKind::Postgres.as_str(),
            };
            if !databases.contains(word) {
                continue;
            }
            let name = format!("catalogue::{id}::{}", kind.name());
            let ignored = kind.needs().is_some();
            let (of_tries, of_laws) = ((path.clone(), id.clone()), (path.clone(), id.clone()));
            let tries = move || on_a_runtime(try_case(&of_tries.0, &of_tries.1, kind));
            trials.push(Trial::test(name, tries).with_ignored_flag(ignored));
            if kind != TestDatabaseKind::Postgres {
                let name = format!("laws::{id}::{}", kind.name());
                let laws = move || on_a_runtime(try_laws(&of_laws.0, &of_laws.1, kind));
                trials.push(Trial::test(name, laws).with_ignored_flag(ignored));
            }
        }
    }
    trials.push(Trial::test("every_test_case_has_its_recipe", || {
        every_test_case_has_its_recipe().map_err(Failed::from)
    }));
    libtest_mimic::run(&arguments, trials).exit_code()
}

fn on_a_runtime(test: impl Future<Output = Result<(), String>>) -> Result<(), Failed> {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?;
    let answer = runtime.block_on(test);
    runtime.shutdown_background();
    answer.map_err(Failed::from)
}

/// All `*.toml` in a folder.
fn files(folder: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder).expect("the folder of the catalogue");
    let mut files: Vec<PathBuf> = entries.map(|entry| entry.expect("an entry").path()).collect();
    files.retain(|path| path.extension().is_some_and(|extension| extension == "toml"));
    files.sort();
    files
}

async fn try_case(path: &Path, id: &str, kind: TestDatabaseKind) -> Result<(), String> {
    let recipe = Recipe::read(path).map_err(|error| error.to_string())?;
    let case = Case::read(&tries::root().join("tests/catalogue").join(format!("{id}.toml")))?;
    let counts = tries::run(&recipe, &case, kind).await;
    kept(id, kind, Part::Tries, counts.map(|counts| Entry::passed(counts.to_string(), Vec::new())))
}

async fn try_laws(path: &Path, id: &str, kind: TestDatabaseKind) -> Result<(), String> {
    let recipe = Recipe::read(path).map_err(|error| error.to_string())?;
    let case = Arc::new(Case::read(&tries::root().join("tests/catalogue").join(format!("{id}.toml")))?);
    kept(id, kind, Part::Laws, laws::run(&recipe, &case, kind).await)
}

/// Writes what came of it into the report; a failure as well.
fn kept(id: &str, kind: TestDatabaseKind, part: Part, came: Result<Entry, String>) -> Result<(), String> {
    let failed = Entry::failed();
    report::keep(id, kind.name(), part, came.as_ref().unwrap_or(&failed))
        .map_err(|error| error.to_string())?;
    came.map(drop)
}

fn every_test_case_has_its_recipe() -> Result<(), String> {
    let recipes = tries::root().join("recipes");
    let lost: Vec<String> = files(&tries::root().join("tests/catalogue"))
        .iter()
        .filter_map(|path| Some(path.file_name()?.to_string_lossy().into_owned()))
        .filter(|name| !recipes.join(name).is_file())
        .collect();
    if lost.is_empty() { Ok(()) } else { Err(format!("test cases without a recipe: {}", lost.join(", "))) }
}
