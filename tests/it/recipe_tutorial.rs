//! The manual's page about recipes: every file is written and every command run, in the order of the page.

use std::path::Path;

use crate::support::databases::sqlite;
use crate::support::portico;

const PAGE: &str = include_str!("../../docs/write-a-recipe.md");

/// A block of the page with the comment above it.
#[derive(Debug)]
struct Step {
    /// `file`, `add`, `sql` or `run`.
    what: &'static str,
    /// What stands behind the word.
    about: &'static str,
    code: &'static str,
}

fn steps() -> Vec<Step> {
    let mut steps = Vec::new();
    let mut rest = PAGE;
    while let Some((_, after)) = rest.split_once("<!-- ") {
        let (comment, after) = after.split_once(" -->\n```").expect("a block follows the comment");
        let (what, about) = comment.split_once(": ").expect("a word and what it is about");
        let (_language, after) = after.split_once('\n').expect("the block has lines");
        let (code, after) = after.split_once("\n```\n").expect("the block ends");
        steps.push(Step { what, about, code });
        rest = after;
    }
    steps
}

pub(crate) async fn the_walkthrough_of_recipes_works_as_it_is_written() {
    let folder = tempfile::tempdir().unwrap();
    let steps = steps();
    assert!(steps.len() > 15, "{steps:#?}");
    for step in &steps {
        match step.what {
            "file" => write(folder.path(), step.about, step.code, false),
            "add" => write(folder.path(), step.about, step.code, true),
            "sql" => {
                let file = folder.path().join(step.about);
                std::fs::write(&file, "").unwrap();
                sqlite(&file.display().to_string(), step.code).await;
            }
            "run" => run(folder.path(), step).await,
            other => panic!("`{other}` is no step"),
        }
    }
}

fn write(folder: &Path, name: &str, text: &str, add: bool) {
    let path = folder.join(name);
    std::fs::create_dir_all(path.parent().unwrap()).unwrap();
    let before = if add { std::fs::read_to_string(&path).expect(name) } else { String::new() };
    std::fs::write(&path, format!("{before}{text}\n")).unwrap();
}

/// One command: `portico WORDS`, perhaps behind `echo 'TEXT' | `. The comment says the status and a part of what is printed.
async fn run(folder: &Path, step: &Step) {
    let (status, says) = step.about.split_once(' ').expect("a status and a text");
    let (input, command) = match step.code.strip_prefix("echo '").and_then(|rest| rest.split_once("' | ")) {
        Some((input, command)) => (format!("{input}\n"), command),
        None => (String::new(), step.code),
    };
    let words = command.strip_prefix("portico ").expect("a command of ours").split_whitespace();
    let outcome = portico(words).folder(folder).input(input).run().await;
    let printed = format!("{}{}", outcome.stdout, outcome.stderr);
    assert_eq!(
        outcome.status.map(|status| status.to_string()).as_deref(),
        Some(status),
        "{}\n{printed}",
        step.code
    );
    assert!(printed.contains(says), "`{says}` is missing:\n{}\n{printed}", step.code);
}

pub(crate) async fn every_block_of_the_walkthrough_is_a_step() {
    let blocks = PAGE.matches("\n```").count() / 2;
    assert_eq!(steps().len(), blocks, "a block without a comment above it is not tested");
}
