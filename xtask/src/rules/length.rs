//! A file that is too long holds more than one concept.

use std::path::Path;

use anyhow::{Context, Result};

use super::Violation;

const MOST_LINES: usize = 500;
const FOLDERS: &[&str] = &["crates", "xtask", "tests"];

pub(super) fn check(root: &Path) -> Result<Vec<Violation>> {
    let mut violations = Vec::new();
    for folder in FOLDERS {
        let path = root.join(folder);
        if path.is_dir() {
            visit(root, &path, &mut violations)?;
        }
    }
    violations.sort_by(|a, b| a.place.cmp(&b.place));
    Ok(violations)
}

fn visit(root: &Path, folder: &Path, violations: &mut Vec<Violation>) -> Result<()> {
    for entry in std::fs::read_dir(folder).with_context(|| format!("can't read {}", folder.display()))? {
        let entry = entry?;
        let path = entry.path();
        if entry.file_type()?.is_dir() {
            if entry.file_name() != "target" {
                visit(root, &path, violations)?;
            }
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            let text =
                std::fs::read_to_string(&path).with_context(|| format!("can't read {}", path.display()))?;
            let lines = text.lines().count();
            if lines > MOST_LINES {
                let place = path.strip_prefix(root).unwrap_or(&path).display().to_string();
                let message = format!("has {lines} lines, more than {MOST_LINES}; give each concept a file");
                violations.push(Violation::new(place, message));
            }
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_source_file_of_more_than_500_lines_is_too_long() {
        let root = tempfile::tempdir().unwrap();
        let folder = root.path().join("crates/core/src");
        std::fs::create_dir_all(&folder).unwrap();
        std::fs::write(folder.join("long.rs"), "//\n".repeat(501)).unwrap();
        std::fs::write(folder.join("just.rs"), "//\n".repeat(500)).unwrap();
        std::fs::write(folder.join("data.sql"), "--\n".repeat(9000)).unwrap();
        let found = check(root.path()).unwrap();
        assert_eq!(found.len(), 1, "{found:?}");
        assert!(found[0].place.ends_with("long.rs"));
        assert!(found[0].message.contains("501 lines"));
    }
}
