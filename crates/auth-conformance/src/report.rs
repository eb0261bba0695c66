//! What is kept of a run, so that it can be read as one even when every trial is a process of its own.

use std::fmt::Write as _;
use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};

use crate::law::Law;
use crate::verdict::Verdict;

/// The column of a fixture.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Column {
    pub(crate) adapter: String,
    pub(crate) database: String,
}

impl Column {
    pub(crate) fn name(&self) -> String {
        format!("{}-{}", self.adapter, self.database)
    }
}

/// Each law's verdict, if it was tried.
type Verdicts = Vec<(Law, Option<Verdict>)>;

/// Where a run's verdicts are kept: `target/conformance`.
#[derive(Debug, Clone)]
pub(crate) struct Archive {
    folder: PathBuf,
    run: String,
}

impl Archive {
    /// The archive in the target folder that this test program was built in. Verdicts of other runs are not counted:
    /// a run is named by the test runner (nextest's `NEXTEST_RUN_ID`), or is this process.
    pub(crate) fn of_this_run() -> io::Result<Self> {
        let run =
            std::env::var("NEXTEST_RUN_ID").unwrap_or_else(|_| format!("process {}", std::process::id()));
        Ok(Self::new(target_folder()?.join("conformance"), run))
    }

    pub(crate) fn new(folder: PathBuf, run: String) -> Self {
        Self { folder, run }
    }

    /// Keeps a verdict and writes the fixture's report and the table of all fixtures anew.
    pub(crate) fn keep(&self, column: &Column, law: Law, verdict: &Verdict) -> io::Result<()> {
        let kept = self.folder.join(".verdicts").join(column.name());
        fs::create_dir_all(&kept)?;
        // Other trials may be other processes: one writes at a time, and whoever is last has seen all before it.
        let turn = File::create(self.folder.join(".lock"))?;
        turn.lock()?;
        let (word, lines) = match verdict {
            Verdict::Holds(notes) => (HOLDS, notes.join("\n")),
            Verdict::NotApplicable(reason) => (NOT_APPLICABLE, reason.clone()),
            Verdict::Broken(what) => (BROKEN, what.clone()),
        };
        fs::write(kept.join(format!("{:02}", law.number())), format!("{}\n{word}\n{lines}", self.run))?;
        let report = one_fixture(column, &self.verdicts(&kept));
        fs::write(self.folder.join(format!("{}.txt", column.name())), report)?;
        fs::write(self.folder.join("table.txt"), table(&self.columns()?))?;
        turn.unlock()
    }

    /// This run's verdicts of one fixture, one for each law.
    fn verdicts(&self, kept: &Path) -> Verdicts {
        Law::ALL.map(|law| (law, self.verdict(&kept.join(format!("{:02}", law.number()))))).into()
    }

    fn verdict(&self, file: &Path) -> Option<Verdict> {
        let text = fs::read_to_string(file).ok()?;
        let (run, rest) = text.split_once('\n')?;
        let (word, lines) = rest.split_once('\n')?;
        match word {
            _ if run != self.run => None,
            HOLDS => Some(Verdict::Holds(lines.lines().map(str::to_owned).collect())),
            NOT_APPLICABLE => Some(Verdict::NotApplicable(lines.to_owned())),
            _ => Some(Verdict::Broken(lines.to_owned())),
        }
    }

    /// All fixtures that this run has verdicts of, of every adapter, in order.
    fn columns(&self) -> io::Result<Vec<(String, Verdicts)>> {
        let mut columns = Vec::new();
        for entry in fs::read_dir(self.folder.join(".verdicts"))? {
            let entry = entry?;
            let verdicts = self.verdicts(&entry.path());
            if verdicts.iter().any(|(_, verdict)| verdict.is_some()) {
                columns.push((entry.file_name().to_string_lossy().into_owned(), verdicts));
            }
        }
        columns.sort_by(|a, b| a.0.cmp(&b.0));
        Ok(columns)
    }

    /// The table of all fixtures of this run.
    pub(crate) fn table(&self) -> io::Result<String> {
        Ok(table(&self.columns()?))
    }
}

const HOLDS: &str = "holds";
const NOT_APPLICABLE: &str = "not applicable";
const BROKEN: &str = "BROKEN";
const NOT_RUN: &str = "not run";

/// The report of one fixture.
fn one_fixture(column: &Column, verdicts: &[(Law, Option<Verdict>)]) -> String {
    let title = format!("Conformance of {} on {}", column.adapter, column.database);
    let mut text = format!("{title}\n{}\n\n", "=".repeat(title.chars().count()));
    let [mut hold, mut lacking, mut broken, mut missing] = [0; 4];
    for (law, verdict) in verdicts {
        let (word, lines): (_, Vec<&str>) = match verdict {
            Some(Verdict::Holds(notes)) => {
                hold += 1;
                (HOLDS, notes.iter().map(String::as_str).collect())
            }
            Some(Verdict::NotApplicable(reason)) => {
                lacking += 1;
                (NOT_APPLICABLE, reason.lines().collect())
            }
            Some(Verdict::Broken(what)) => {
                broken += 1;
                (BROKEN, what.lines().collect())
            }
            None => {
                missing += 1;
                (NOT_RUN, Vec::new())
            }
        };
        let _ = writeln!(text, "{:>2}  {word:<14}  {}", law.number(), law.title());
        for line in lines {
            let _ = writeln!(text, "{:20}- {line}", "");
        }
    }
    let _ = writeln!(text, "\n{hold} hold, {lacking} not applicable, {broken} broken, {missing} not run");
    text
}

/// Laws by fixtures.
fn table(columns: &[(String, Verdicts)]) -> String {
    let width = Law::ALL.iter().map(|law| law.title().chars().count()).max().unwrap_or(0);
    let mut text = format!("{:width$}", "", width = width + 4);
    for (name, _) in columns {
        let _ = write!(text, "  {name}");
    }
    text.push('\n');
    for (row, law) in Law::ALL.iter().enumerate() {
        let _ = write!(text, "{:>2}  {:<width$}", law.number(), law.title());
        for (name, verdicts) in columns {
            let word = match verdicts.get(row).and_then(|(_, verdict)| verdict.as_ref()) {
                Some(Verdict::Holds(_)) => HOLDS,
                Some(Verdict::NotApplicable(_)) => "n/a",
                Some(Verdict::Broken(_)) => BROKEN,
                None => "-",
            };
            let _ = write!(text, "  {word:<width$}", width = name.chars().count());
        }
        text.truncate(text.trim_end().len());
        text.push('\n');
    }
    text
}

/// The folder that Cargo marks as its own, above this program.
fn target_folder() -> io::Result<PathBuf> {
    let program = std::env::current_exe()?;
    let marked = program.ancestors().find(|folder| folder.join("CACHEDIR.TAG").is_file());
    let folder = marked.or_else(|| program.parent()).map(Path::to_path_buf);
    folder.ok_or_else(|| io::Error::other("this program is in no folder"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn column(database: &str) -> Column {
        Column { adapter: "fake".into(), database: database.into() }
    }

    #[test]
    fn trials_in_processes_of_their_own_make_one_report() {
        let folder = tempfile::tempdir().unwrap();
        let archive = || Archive::new(folder.path().to_owned(), "run 1".into());
        archive()
            .keep(&column("memory"), Law::WrongPassword, &Verdict::Holds(vec!["a note".into()]))
            .unwrap();
        archive()
            .keep(&column("memory"), Law::Outage, &Verdict::NotApplicable("it has none".into()))
            .unwrap();
        archive().keep(&column("chain"), Law::Outage, &Verdict::Broken("was refused".into())).unwrap();
        let report = fs::read_to_string(folder.path().join("fake-memory.txt")).unwrap();
        assert!(
            report.starts_with("Conformance of fake on memory\n=============================\n"),
            "{report}"
        );
        assert!(report.contains("\n 2  holds           wrong password is a bad secret\n"), "{report}");
        assert!(report.contains("- a note") && report.contains("- it has none"), "{report}");
        assert!(report.ends_with("\n1 hold, 1 not applicable, 0 broken, 22 not run\n"), "{report}");
        let table = fs::read_to_string(folder.path().join("table.txt")).unwrap();
        let row = table.lines().find(|line| line.starts_with(" 9  ")).unwrap();
        assert!(row.ends_with("  BROKEN      n/a"), "{table}");
    }

    #[test]
    fn verdicts_of_an_earlier_run_are_not_counted() {
        let folder = tempfile::tempdir().unwrap();
        let run = |name: &str| Archive::new(folder.path().to_owned(), name.into());
        run("1").keep(&column("memory"), Law::WrongPassword, &Verdict::Holds(Vec::new())).unwrap();
        run("2").keep(&column("memory"), Law::Outage, &Verdict::Holds(Vec::new())).unwrap();
        let report = fs::read_to_string(folder.path().join("fake-memory.txt")).unwrap();
        assert!(report.contains("\n 2  not run"), "{report}");
        assert!(report.ends_with("\n1 hold, 0 not applicable, 0 broken, 23 not run\n"), "{report}");
    }
}
