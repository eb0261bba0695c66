//! One line for each application, kept over the processes of a run.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::fs::{self, File};
use std::path::PathBuf;

use portico_auth_conformance::Law;

use crate::laws::WAITING;

/// What was tried on one application and came out as it must.
#[derive(Debug, Default, Clone)]
pub struct Counts {
    pub accepted: usize,
    pub wrong_password: usize,
    pub unknown: usize,
    pub inactive_or_banned: usize,
    pub unreadable: usize,
    pub hostile: usize,
}

impl Counts {
    pub fn add(&mut self, expect: &str) {
        let counter = match expect {
            "accepted" => &mut self.accepted,
            "bad-secret" => &mut self.wrong_password,
            "unknown-subject" => &mut self.unknown,
            "inconsistent" | "misconfigured" => &mut self.unreadable,
            _ => &mut self.inactive_or_banned,
        };
        *counter += 1;
    }

    fn line(&self) -> String {
        format!(
            "accepted {:>2}, wrong password {:>2}, unknown {:>2}, inactive or banned {:>2}, unreadable {:>2}, hostile names {:>2}",
            self.accepted,
            self.wrong_password,
            self.unknown,
            self.inactive_or_banned,
            self.unreadable,
            self.hostile
        )
    }
}

/// Which part of an application's line.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Part {
    Tries,
    Laws,
}

/// What came of a part.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum State {
    Passed,
    Failed,
    /// It can't be tried; the text says why.
    Untried,
}

/// A part of an application's line.
#[derive(Debug, Clone)]
pub struct Entry {
    pub state: State,
    pub text: String,
    /// Each law that was tried, and whether it holds; otherwise it is not applicable.
    pub laws: Vec<(Law, bool)>,
}

impl Entry {
    pub fn passed(text: String, laws: Vec<(Law, bool)>) -> Self {
        Self { state: State::Passed, text, laws }
    }

    pub fn untried(text: &str) -> Self {
        Self { state: State::Untried, text: text.to_owned(), laws: Vec::new() }
    }

    pub fn failed() -> Self {
        Self { state: State::Failed, text: "FAILED, see the test's output".to_owned(), laws: Vec::new() }
    }

    fn write(&self) -> String {
        let state = match self.state {
            State::Passed => "passed",
            State::Failed => "failed",
            State::Untried => "untried",
        };
        let laws = self
            .laws
            .iter()
            .map(|(law, holds)| format!(" {}{}", law.number(), if *holds { "+" } else { "-" }));
        format!("{state}{}\n{}", laws.collect::<String>(), self.text)
    }

    fn read(written: &str) -> Option<Self> {
        let (head, text) = written.split_once('\n')?;
        let mut words = head.split(' ');
        let state = match words.next()? {
            "passed" => State::Passed,
            "failed" => State::Failed,
            _ => State::Untried,
        };
        let laws = words.filter_map(|word| {
            let number = word.trim_end_matches(['+', '-']);
            let law = Law::ALL.into_iter().find(|law| law.number().to_string() == number)?;
            Some((law, word.ends_with('+')))
        });
        Some(Self { state, text: text.to_owned(), laws: laws.collect() })
    }
}

/// All that this run has found out so far, by application, database and part.
type Entries = BTreeMap<(String, String, Part), Entry>;

/// Keeps a part of an application's line and writes `target/conformance/applications.txt` anew.
pub fn keep(id: &str, database: &str, part: Part, entry: &Entry) -> std::io::Result<()> {
    let folder = target_folder()?.join("conformance");
    let kept = folder.join(".applications");
    fs::create_dir_all(&kept)?;
    let turn = File::create(folder.join(".applications.lock"))?;
    turn.lock()?;
    let run = std::env::var("NEXTEST_RUN_ID").unwrap_or_else(|_| format!("process {}", std::process::id()));
    let number = match part {
        Part::Tries => "1",
        Part::Laws => "2",
    };
    fs::write(kept.join(format!("{id}@{database}@{number}")), format!("{run}\n{}", entry.write()))?;
    let mut entries = Entries::new();
    for file in fs::read_dir(&kept)? {
        let file = file?;
        let name = file.file_name().to_string_lossy().into_owned();
        let text = fs::read_to_string(file.path())?;
        let mut key = name.splitn(3, '@').map(str::to_owned);
        let (Some(id), Some(database), Some(number)) = (key.next(), key.next(), key.next()) else { continue };
        let Some((of_run, written)) = text.split_once('\n') else { continue };
        let part = if number == "1" { Part::Tries } else { Part::Laws };
        if of_run == run
            && let Some(entry) = Entry::read(written)
        {
            entries.insert((id, database, part), entry);
        }
    }
    fs::write(folder.join("applications.txt"), table(&entries) + &totals(&entries))?;
    turn.unlock()
}

/// One line for each application and database.
fn table(entries: &Entries) -> String {
    let mut table = String::new();
    let mut last = None;
    for ((id, database, _), entry) in entries {
        if last == Some((id, database)) {
            let _ = write!(table, "; {}", entry.text);
        } else {
            let begin = if last.is_none() { "" } else { "\n" };
            let _ = write!(table, "{begin}{id:<20} {database:<9} {}", entry.text);
        }
        last = Some((id, database));
    }
    table
}

/// How many recipes passed what on which database.
fn totals(entries: &Entries) -> String {
    let applications: BTreeSet<&str> = entries.keys().map(|(id, ..)| id.as_str()).collect();
    let databases: BTreeSet<&str> = entries.keys().map(|(_, database, _)| database.as_str()).collect();
    let mut totals = format!("\n\n{} applications\n", applications.len());
    for database in databases {
        let of = |part| entries.iter().filter(move |((_, on, of), _)| on == database && *of == part);
        for (part, what) in [(Part::Tries, "test cases"), (Part::Laws, "laws")] {
            let named = |state| {
                of(part).filter(move |(_, entry)| entry.state == state).map(|((id, ..), _)| id.as_str())
            };
            if of(part).next().is_none() {
                continue;
            }
            let _ = write!(totals, "\n{database}, {what}: {} recipes passed", named(State::Passed).count());
            for (state, word) in [(State::Failed, "FAILED"), (State::Untried, "can't be tried")] {
                let ids: Vec<&str> = named(state).collect();
                if !ids.is_empty() {
                    let _ = write!(totals, ", {} {word} ({})", ids.len(), ids.join(", "));
                }
            }
            totals.push('\n');
        }
        for law in Law::ALL {
            let tried = of(Part::Laws).flat_map(|(_, entry)| &entry.laws).filter(|(tried, _)| *tried == law);
            let verdicts: Vec<bool> = tried.map(|(_, holds)| *holds).collect();
            let hold = verdicts.iter().filter(|holds| **holds).count();
            if !verdicts.is_empty() {
                let (number, title, lack) = (law.number(), law.title(), verdicts.len() - hold);
                let _ = write!(totals, "  law {number:>2} holds for {hold:>3}");
                if lack > 0 {
                    let _ = write!(totals, ", not applicable to {lack:>3}");
                }
                let _ = writeln!(totals, ": {title}");
                if law == Law::Outage {
                    let _ =
                        writeln!(totals, "         with a server that never answers: {}", WAITING.join(", "));
                }
            }
        }
    }
    totals
}

impl std::fmt::Display for Counts {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.line())
    }
}

/// The folder that Cargo marks as its own, above this program.
fn target_folder() -> std::io::Result<PathBuf> {
    let program = std::env::current_exe()?;
    let marked = program.ancestors().find(|folder| folder.join("CACHEDIR.TAG").is_file());
    let folder = marked.or_else(|| program.parent()).map(std::path::Path::to_path_buf);
    folder.ok_or_else(|| std::io::Error::other("this program is in no folder"))
}
