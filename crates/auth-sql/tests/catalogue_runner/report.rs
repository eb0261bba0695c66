//! One line for each application, kept over the processes of a run.

use std::fmt::Write as _;
use std::fs::{self, File};
use std::path::PathBuf;

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
#[derive(Debug, Clone, Copy)]
pub enum Part {
    Tries,
    Laws,
}

/// Keeps a part of an application's line and writes `target/conformance/applications.txt` anew.
pub fn keep(id: &str, database: &str, part: Part, text: &str) -> std::io::Result<()> {
    let folder = target_folder()?.join("conformance");
    let kept = folder.join(".applications");
    fs::create_dir_all(&kept)?;
    let turn = File::create(folder.join(".applications.lock"))?;
    turn.lock()?;
    let run = std::env::var("NEXTEST_RUN_ID").unwrap_or_else(|_| format!("process {}", std::process::id()));
    let part = match part {
        Part::Tries => "1",
        Part::Laws => "2",
    };
    fs::write(kept.join(format!("{id}@{database}@{part}")), format!("{run}\n{text}"))?;
    let mut lines: Vec<(String, String)> = Vec::new();
    for entry in fs::read_dir(&kept)? {
        let entry = entry?;
        let name = entry.file_name().to_string_lossy().into_owned();
        let text = fs::read_to_string(entry.path())?;
        let (Some((of_run, text)), Some((key, _))) = (text.split_once('\n'), name.rsplit_once('@')) else {
            continue;
        };
        if of_run == run {
            lines.push((key.to_owned(), format!("{name} {text}")));
        }
    }
    lines.sort_by(|a, b| a.1.cmp(&b.1));
    let mut table = String::new();
    let mut applications: Vec<&str> = Vec::new();
    let mut last = "";
    for (key, line) in &lines {
        let (id, database) = key.split_once('@').unwrap_or((key, ""));
        let text = line.split_once(' ').map_or("", |(_, text)| text);
        if key == last {
            let _ = write!(table, "; {text}");
        } else {
            let _ = write!(table, "{}{id:<20} {database:<9} {text}", if last.is_empty() { "" } else { "\n" });
        }
        last = key;
        if !applications.contains(&id) {
            applications.push(id);
        }
    }
    let _ = writeln!(table, "\n\n{} applications", applications.len());
    fs::write(folder.join("applications.txt"), table)?;
    turn.unlock()
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
