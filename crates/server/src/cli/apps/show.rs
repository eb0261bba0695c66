//! `portico apps show`: all about one application.

use std::fmt::Write;

use portico_auth_sql::recipe::Recipe;
use portico_auth_sql::{DatabaseKind, TablePrefix};
use serde::Serialize;

use super::own::OwnKind;
use super::{App, words};

/// Everything there is to say. Its text and its JSON say the same.
#[derive(Debug, Serialize)]
pub(super) struct Facts {
    id: String,
    name: String,
    kind: &'static str,
    category: &'static str,
    versions: String,
    confidence: &'static str,
    confidence_means: &'static str,
    maintained: &'static str,
    source: String,
    databases: Vec<&'static str>,
    table_prefix: String,
    login_by: Vec<String>,
    schemes: Vec<String>,
    reads: Vec<String>,
    refusals: Vec<String>,
    notes: Vec<String>,
    recognised_by: Vec<String>,
    settings: Vec<Key>,
    example: String,
    grants: Vec<Grants>,
}

/// A key of the configuration.
#[derive(Debug, Serialize)]
struct Key {
    key: String,
    required: bool,
    about: String,
}

/// What a database user must be allowed.
#[derive(Debug, Serialize)]
struct Grants {
    database: &'static str,
    statements: Vec<String>,
}

impl Facts {
    pub(super) fn of(app: App<'_>) -> Self {
        match app {
            App::Recipe(recipe) => Self::of_recipe(recipe),
            App::Own(kind) => Self::of_kind(kind),
        }
    }

    fn of_recipe(recipe: &Recipe) -> Self {
        let files: Vec<String> =
            recipe.config.iter().flat_map(|config| &config.file).map(|file| format!("`{file}`")).collect();
        Self {
            id: recipe.id.clone(),
            name: recipe.name.clone(),
            kind: "sql",
            category: recipe.category.as_str(),
            versions: recipe.versions.clone(),
            confidence: recipe.confidence.as_str(),
            confidence_means: words::confidence(recipe.confidence),
            maintained: words::maintained(recipe.maintained),
            source: recipe.source.clone(),
            databases: recipe.databases.iter().map(|&kind| words::database(kind)).collect(),
            table_prefix: recipe.prefix.clone(),
            login_by: words::logins(recipe),
            schemes: words::schemes(recipe),
            reads: words::reads(recipe),
            refusals: words::refusals(recipe),
            notes: recipe.notes.clone(),
            recognised_by: files,
            settings: settings(recipe),
            example: example(recipe),
            grants: recipe.databases.iter().filter_map(|&kind| grants(recipe, kind)).collect(),
        }
    }

    fn of_kind(kind: &OwnKind) -> Self {
        let manual = kind.manual.trim_start_matches("../");
        let config = kind.config();
        let files = config.iter().flat_map(|config| &config.file);
        let tables = kind.tables_with(kind.prefix);
        let grants = kind.databases.iter().filter_map(|&database| {
            let statements: Vec<String> = tables.iter().filter_map(|table| grant(database, table)).collect();
            (!statements.is_empty()).then_some(Grants { database, statements })
        });
        Self {
            id: kind.id.to_owned(),
            name: kind.name.to_owned(),
            kind: kind.id,
            category: kind.category.as_str(),
            versions: kind.versions.to_owned(),
            confidence: kind.confidence.as_str(),
            confidence_means: words::confidence(kind.confidence),
            maintained: "yes",
            source: format!("an adapter of its own: {manual}"),
            databases: kind.databases.to_vec(),
            table_prefix: kind.prefix.to_owned(),
            login_by: Vec::new(),
            schemes: Vec::new(),
            reads: Vec::new(),
            refusals: Vec::new(),
            notes: kind.notes.iter().map(|note| (*note).to_owned()).collect(),
            recognised_by: files.map(|file| format!("`{file}`")).collect(),
            settings: Vec::new(),
            example: kind.example.to_owned(),
            grants: grants.collect(),
        }
    }

    pub(super) fn to_json(&self) -> String {
        serde_json::to_string(self).unwrap_or_default()
    }

    pub(super) fn to_text(&self) -> String {
        let mut text = format!("{} ({})\n", self.name, self.id);
        let mut line = |title: &str, value: &str| {
            if !value.is_empty() {
                let _ = writeln!(text, "  {title:<14} {value}");
            }
        };
        line("versions", &self.versions);
        line("category", self.category);
        line("confidence", self.confidence_means);
        line("maintained", self.maintained);
        line("facts from", &self.source);
        line("databases", &self.databases.join(", "));
        line("table prefix", &self.table_prefix);
        line("recognised by", &self.recognised_by.join(", "));
        for (title, list) in
            [("Login by", &self.login_by), ("Refused", &self.refusals), ("Notes", &self.notes)]
        {
            section(&mut text, title, list);
        }
        section(&mut text, "Passwords", &wrapped(&self.schemes));
        section(&mut text, "Read", &wrapped(&self.reads));
        let keys: Vec<String> = self.settings.iter().map(Key::line).collect();
        section(&mut text, "Keys of the authenticator", &keys);
        section(&mut text, "Example", &self.example.lines().map(str::to_owned).collect::<Vec<_>>());
        for grants in &self.grants {
            let lines: Vec<String> = grants.statements.iter().map(|sql| format!("{sql};")).collect();
            section(&mut text, &format!("Grants ({})", grants.database), &lines);
        }
        text.trim_end().to_owned()
    }
}

impl Key {
    fn line(&self) -> String {
        let required = if self.required { " (required)" } else { "" };
        format!("{}{required}: {}", self.key, self.about)
    }
}

fn section(text: &mut String, title: &str, lines: &[String]) {
    if lines.is_empty() {
        return;
    }
    let _ = writeln!(text, "\n{title}");
    for line in lines {
        let _ = writeln!(text, "  {line}");
    }
}

/// Words in lines of at most 100 characters.
fn wrapped(list: &[String]) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for word in list {
        match lines.last_mut() {
            Some(line) if line.chars().count() + word.chars().count() < 98 => {
                line.push_str(", ");
                line.push_str(word);
            }
            _ => lines.push(word.clone()),
        }
    }
    lines
}

fn settings(recipe: &Recipe) -> Vec<Key> {
    let key =
        |key: &str, required, about: &str| Key { key: key.to_owned(), required, about: about.to_owned() };
    let mut keys = vec![
        key("app", true, &format!("\"{}\".", recipe.id)),
        key(
            "database_url",
            true,
            "Where the application's database is; or `database_url_file`, a file that says so.",
        ),
        key("table_prefix", false, "What the names of the tables begin with."),
    ];
    keys.extend(recipe.settings().into_iter().map(|setting| {
        let or_file = if setting.secret {
            format!(" Or `{}_file`, a file with it.", setting.key)
        } else {
            String::new()
        };
        Key {
            key: setting.key.to_owned(),
            required: setting.required,
            about: format!("{}{or_file}", setting.about),
        }
    }));
    keys
}

fn example(recipe: &Recipe) -> String {
    let name = super::super::init::section_name(&recipe.id);
    let url = match recipe.databases.first() {
        Some(DatabaseKind::Postgres) => "postgres://portico:PASSWORD@localhost/DATABASE",
        Some(DatabaseKind::Sqlite) => "sqlite:/path/of/the.db",
        _ => "mysql://portico:PASSWORD@localhost/DATABASE",
    };
    let mut text = format!(
        "[authenticator.{name}]\nkind = \"sql\"\napp = \"{}\"\ndatabase_url = \"{url}\"\n",
        recipe.id
    );
    if !recipe.prefix.is_empty() {
        let _ = writeln!(text, "table_prefix = \"{}\"", recipe.prefix);
    }
    for setting in
        recipe.settings().into_iter().filter(|setting| setting.required || setting.key == "base_url")
    {
        let value = if setting.key == "base_url" { "https://www.example.org" } else { "…" };
        let _ = writeln!(text, "{} = \"{value}\"", setting.key);
    }
    text
}

fn grants(recipe: &Recipe, kind: DatabaseKind) -> Option<Grants> {
    let prefix = TablePrefix::new(&recipe.prefix).ok()?;
    let statements = recipe.grants(&prefix, "DATABASE", "portico", kind);
    (!statements.is_empty()).then(|| Grants { database: words::database(kind), statements })
}

/// Reading one table of an adapter with code of its own.
fn grant(database: &str, table: &str) -> Option<String> {
    match database {
        "mysql" => Some(format!("GRANT SELECT ON `DATABASE`.`{table}` TO 'portico'@'localhost'")),
        "postgres" => Some(format!("GRANT SELECT ON \"{table}\" TO \"portico\"")),
        _ => None,
    }
}
