//! What serde can't see: names that can't be identifiers, schemes that don't exist, columns that nothing joins.
//! Everything is looked at, so that all mistakes are told at once.

mod conditions;
mod person;

use std::collections::BTreeSet;

use super::columns;
use super::mistake::{Mistake, line_of};
use super::model::Recipe;
use super::pattern::{Part, Pattern};
use crate::TablePrefix;
use crate::find::config_mistakes;

/// The longest name of a table or column.
const IDENTIFIER_BYTES: usize = 64;

/// Collects mistakes and finds their lines.
pub(super) struct Report<'a> {
    text: &'a str,
    mistakes: Vec<Mistake>,
}

impl Report<'_> {
    fn add(&mut self, key: impl Into<String>, what: impl Into<String>) {
        let (key, what) = (key.into(), what.into());
        let mistake = Mistake { line: line_of(self.text, &key), key, what };
        if !self.mistakes.contains(&mistake) {
            self.mistakes.push(mistake);
        }
    }
}

/// Every mistake in a recipe of the file `stem`.toml with this text.
pub(super) fn mistakes(recipe: &Recipe, stem: &str, text: &str) -> Vec<Mistake> {
    let mut report = Report { text, mistakes: Vec::new() };
    head(recipe, stem, &mut report);
    tables_and_columns(recipe, &mut report);
    people(recipe, &mut report);
    for (at, person) in recipe.people.iter().enumerate() {
        person::check(recipe, person, &format!("person[{at}]"), &mut report);
    }
    for (key, value) in [
        ("site_key.row", recipe.site_key.as_ref().and_then(|key| key.row.as_ref())),
        ("fingerprint", recipe.fingerprint.as_ref()),
    ] {
        if let Some(value) = value {
            conditions::check_for_sql(&value.conditions, &format!("{key}.where"), &mut report);
        }
    }
    for (key, page) in
        [("register", &recipe.links.register), ("forgotten_password", &recipe.links.forgotten_password)]
    {
        if let Some(page) = page {
            pattern(recipe, page, &format!("links.{key}"), &mut report);
        }
    }
    report.mistakes.sort_by_key(|mistake| mistake.line);
    report.mistakes
}

fn head(recipe: &Recipe, stem: &str, report: &mut Report<'_>) {
    let is_word = |word: &str| {
        !word.is_empty() && word.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'_' | b'-'))
    };
    if !is_word(&recipe.id) {
        report.add("id", "expected a word of `A-Z a-z 0-9 . _ -`");
    } else if recipe.id != stem {
        report.add("id", format!("it is `{}`, the file is `{stem}.toml`: both must be the same", recipe.id));
    }
    for (key, text) in [("name", &recipe.name), ("versions", &recipe.versions), ("source", &recipe.source)] {
        if text.trim().is_empty() {
            report.add(key, "it is empty");
        }
    }
    if recipe.databases.is_empty() {
        report.add("databases", "name at least one of mysql, postgres, sqlite");
    }
    if let Err(error) = TablePrefix::new(&recipe.prefix) {
        report.add("prefix", error.to_string());
    }
    if let Some(charset) = &recipe.charset
        && (charset.is_empty() || !charset.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_'))
    {
        report.add("charset", "expected a name like utf8mb4 or latin1");
    }
    for (at, config) in recipe.config.iter().enumerate() {
        let key = if recipe.config.len() == 1 { "config".to_owned() } else { format!("config[{at}]") };
        for mistake in config_mistakes(config) {
            report.add(format!("{key}.{}", mistake.key), mistake.what);
        }
    }
}

fn tables_and_columns(recipe: &Recipe, report: &mut Report<'_>) {
    for used in columns::of_recipe(recipe) {
        let table = used.table.strip_prefix('=').unwrap_or(&used.table);
        if used.table.is_empty() && used.column.is_empty() {
            let column = "the column's alias is that of no joined table; write a plain name for the person's own table";
            report.add(used.key, column);
            continue;
        }
        if !is_identifier(table) {
            let key = used.key.rsplit_once('.').map_or(used.key.as_str(), |(above, _)| above).to_owned();
            report.add(key, format!("`{table}` can't be a table: {IDENTIFIER_RULE}"));
        }
        if !is_identifier(&used.column) {
            report.add(used.key, format!("`{}` can't be a column: {IDENTIFIER_RULE}", used.column));
        }
    }
}

const IDENTIFIER_RULE: &str = "expected 1 to 64 of `A-Z a-z 0-9 _ $ -`";

pub(super) fn is_identifier(name: &str) -> bool {
    (1..=IDENTIFIER_BYTES).contains(&name.len())
        && name.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'$' | b'-'))
}

fn people(recipe: &Recipe, report: &mut Report<'_>) {
    if recipe.people.is_empty() {
        report.add("person", "there must be at least one [[person]]");
    }
    let mut kinds = BTreeSet::new();
    for (at, person) in recipe.people.iter().enumerate() {
        let key = format!("person[{at}].kind");
        match &person.kind {
            None if recipe.people.len() > 1 => {
                report.add(key, "a recipe with several [[person]] must give each a `kind`");
            }
            None => {}
            Some(kind) => {
                if kind.is_empty()
                    || !kind.bytes().all(|b| b.is_ascii_lowercase() || matches!(b, b'-' | b'_'))
                {
                    report.add(&key, "expected a word of `a-z _ -`");
                }
                if !kinds.insert(kind) {
                    report.add(&key, format!("`{kind}` is there twice"));
                }
            }
        }
    }
    if !recipe.people.is_empty() && recipe.people.iter().all(|person| person.only_if_named) {
        report.add("person[0].only_if_named", "somebody must be let in without the key `people`");
    }
}

/// Whether a pattern can be filled in.
fn pattern(recipe: &Recipe, text: &str, key: &str, report: &mut Report<'_>) {
    match Pattern::parse(text) {
        Err(what) => report.add(key, what),
        Ok(pattern) => {
            if pattern.parts().contains(&Part::BaseUrl) && !recipe.base_url {
                report.add(key, "{base_url} needs `base_url = true` at the top of the recipe");
            }
        }
    }
}
