//! Every third-party dependency says beside its version why it is there; who can't say it doesn't need it.

use std::path::Path;

use anyhow::{Context, Result};

use super::Violation;

const SECTION: &str = "[workspace.dependencies]";

pub(super) fn check(root: &Path) -> Result<Vec<Violation>> {
    let path = root.join("Cargo.toml");
    let text = std::fs::read_to_string(&path).with_context(|| format!("can't read {}", path.display()))?;
    Ok(violations(&text))
}

fn violations(manifest: &str) -> Vec<Violation> {
    let mut violations = Vec::new();
    let mut inside = false;
    // The entry whose value goes on over the next lines, and whether a comment was seen in it.
    let mut open: Option<(usize, String, bool)> = None;
    for (index, line) in manifest.lines().enumerate() {
        let (code, comment) = split_comment(line);
        let code = code.trim();
        if open.is_none() && code.starts_with('[') {
            inside = code == SECTION;
            continue;
        }
        if !inside || (open.is_none() && code.is_empty()) {
            continue;
        }
        let has_comment = comment.is_some_and(|comment| !comment.trim().is_empty());
        let (number, mut entry, commented) = open.take().unwrap_or((index + 1, String::new(), false));
        entry.push_str(code);
        let commented = commented || has_comment;
        if depth(&entry) > 0 {
            open = Some((number, entry, commented));
        } else if !commented && !is_ours(&entry) {
            let name = entry.split(['=', '.']).next().unwrap_or_default().trim().to_owned();
            violations.push(Violation::new(
                format!("Cargo.toml:{number}"),
                format!("`{name}` has no reason beside it; write what it is for as a comment on its line"),
            ));
        }
    }
    violations
}

/// Crates of the workspace explain themselves.
fn is_ours(entry: &str) -> bool {
    entry.contains("path =") || entry.contains("path=")
}

/// Code and comment of a TOML line; a `#` in a string is none.
fn split_comment(line: &str) -> (&str, Option<&str>) {
    let mut quote = None;
    for (at, c) in line.char_indices() {
        match (quote, c) {
            (None, '#') => return (&line[..at], Some(&line[at + 1..])),
            (None, '"' | '\'') => quote = Some(c),
            (Some(open), _) if open == c => quote = None,
            _ => {}
        }
    }
    (line, None)
}

/// How many brackets are still open.
fn depth(entry: &str) -> isize {
    entry.chars().fold(0, |depth, c| match c {
        '[' | '{' => depth + 1,
        ']' | '}' => depth - 1,
        _ => depth,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn places(manifest: &str) -> Vec<String> {
        violations(manifest).into_iter().map(|violation| violation.place).collect()
    }

    #[test]
    fn a_dependency_without_a_reason_is_found() {
        let manifest =
            "[workspace.dependencies]\nserde = \"1\" # JSON\nrand = \"0.9\"\n\n[profile.dev]\ndebug = 1\n";
        assert_eq!(places(manifest), ["Cargo.toml:3"]);
        assert!(violations(manifest)[0].message.starts_with("`rand` has no reason"));
    }

    #[test]
    fn a_heading_above_and_an_empty_comment_are_no_reasons() {
        assert_eq!(places("[workspace.dependencies]\n# Runtime\ntokio = \"1\"\nserde = \"1\" #\n").len(), 2);
    }

    #[test]
    fn a_hash_sign_in_a_string_is_no_comment() {
        assert_eq!(
            places("[workspace.dependencies]\nx = { git = \"https://example.org/#main\" }\n").len(),
            1
        );
    }

    #[test]
    fn a_value_over_several_lines_has_its_reason_on_any_of_them() {
        let value = "x = { version = \"1\", features = [\n  \"a\",\n] }";
        assert_eq!(places(&format!("[workspace.dependencies]\n{value} # why\n")), [""; 0]);
        assert_eq!(places(&format!("[workspace.dependencies]\n{value}\n")), ["Cargo.toml:2"]);
    }

    #[test]
    fn our_own_crates_and_other_sections_need_none() {
        assert!(places("[workspace.dependencies]\nportico-core = { path = \"crates/core\" }\n").is_empty());
        assert!(places("[dependencies]\nserde = \"1\"\n").is_empty());
    }
}
