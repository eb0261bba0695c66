//! What a recipe needs: rights in the database, keys of the configuration.

use std::collections::{BTreeMap, BTreeSet};

use super::columns;
use super::hook;
use super::model::Recipe;
use super::person::Person;
use crate::{DatabaseKind, Dialect, TablePrefix};

/// A key of `[authenticator.NAME]` that a recipe takes, beside `app`, `recipes`, `database_url` and `table_prefix`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Setting {
    /// The key.
    pub key: &'static str,
    /// Whether `portico check` complains without it.
    pub required: bool,
    /// Whether it is a secret (and may stand in a file: `site_key_file`).
    pub secret: bool,
    /// What it is, as a sentence.
    pub about: String,
}

impl Recipe {
    /// The keys that an authenticator of this recipe takes.
    pub fn settings(&self) -> Vec<Setting> {
        let mut settings = Vec::new();
        if self.base_url {
            settings.push(Setting {
                key: "base_url",
                required: false,
                secret: false,
                about: format!("The public address of {}, for links and pictures.", self.name),
            });
        }
        if let Some(key) = &self.site_key {
            settings.push(Setting {
                key: "site_key",
                required: key.required && key.row.is_none() && key.default.is_none(),
                secret: true,
                about: format!("The site's secret that passwords are hashed with: {}.", key.title),
            });
        }
        let kinds: Vec<&str> = self.people.iter().filter_map(|person| person.kind.as_deref()).collect();
        if !kinds.is_empty() {
            let usual: Vec<&str> = self
                .people
                .iter()
                .filter(|person| !person.only_if_named)
                .filter_map(|person| person.kind.as_deref())
                .collect();
            settings.push(Setting {
                key: "people",
                required: false,
                secret: false,
                about: format!(
                    "Who may enter: a list of {}. Without it: {}.",
                    kinds.join(", "),
                    usual.join(", ")
                ),
            });
        }
        settings
    }

    /// Every table with the columns that are read of it, without the prefix: `=users` has none.
    pub(crate) fn tables(&self) -> BTreeMap<String, BTreeSet<String>> {
        let mut tables: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
        let hooked: Vec<&Person> = self.people.iter().filter(|person| hook_of(person).is_some()).collect();
        for used in columns::of_recipe(self) {
            if !hooked.iter().any(|person| person.table == used.table) {
                tables.entry(used.table).or_default().insert(used.column);
            }
        }
        for (table, columns) in
            hooked.iter().filter_map(|person| hook_of(person)).flat_map(hook::Source::reads)
        {
            let known = tables.entry((*table).to_owned()).or_default();
            known.extend(columns.iter().map(|column| (*column).to_owned()));
        }
        tables
    }

    /// The statements that let `user` read what this recipe reads, and nothing else: `SELECT` on columns. Without a
    /// `;` at the end. Columns that not every version has are granted apart: such a statement fails where the column is
    /// missing, and isn't needed there. A MySQL user is written `name` (at `localhost`) or `name@host`. SQLite has no users: nothing.
    pub fn grants(
        &self,
        prefix: &TablePrefix,
        database: &str,
        user: &str,
        kind: DatabaseKind,
    ) -> Vec<String> {
        let dialect = Dialect::of(kind);
        let uses = columns::of_recipe(self);
        let is_optional = |table: &str, column: &str| {
            let mut those =
                uses.iter().filter(|used| used.table == table && used.column == column).peekable();
            those.peek().is_some() && those.all(|used| used.optional_column)
        };
        let mut granted: Vec<(String, String)> = Vec::new();
        for (table, columns) in self.tables() {
            let name = table_name(dialect, prefix, &table);
            let (optional, usual): (Vec<&String>, Vec<&String>) =
                columns.iter().partition(|column| is_optional(&table, column));
            let usual: Vec<String> = usual.into_iter().map(|column| dialect.identifier(column)).collect();
            granted.push((name.clone(), usual.join(", ")));
            granted.extend(optional.into_iter().map(|column| (name.clone(), dialect.identifier(column))));
        }
        let tables = granted.into_iter().filter(|(_, columns)| !columns.is_empty());
        match kind {
            DatabaseKind::Sqlite => Vec::new(),
            DatabaseKind::Mysql => {
                let (name, host) = user.rsplit_once('@').unwrap_or((user, "localhost"));
                let account = format!("{}@{}", quoted(name), quoted(host));
                let database = dialect.identifier(database);
                tables
                    .map(|(table, columns)| {
                        format!("GRANT SELECT ({columns}) ON {database}.{table} TO {account}")
                    })
                    .collect()
            }
            DatabaseKind::Postgres => {
                let role = dialect.identifier(user);
                let database = dialect.identifier(database);
                std::iter::once(format!("GRANT CONNECT ON DATABASE {database} TO {role}"))
                    .chain(
                        tables
                            .map(|(table, columns)| format!("GRANT SELECT ({columns}) ON {table} TO {role}")),
                    )
                    .collect()
            }
        }
    }
}

fn hook_of(person: &Person) -> Option<&'static dyn hook::Source> {
    hook::find(person.hook.as_deref()?)?.source()
}

/// A text of a statement for an administrator's eyes.
fn quoted(text: &str) -> String {
    format!("'{}'", text.replace('\\', "\\\\").replace('\'', "''"))
}

/// A table as written in a recipe, with its prefix, quoted.
pub(crate) fn table_name(dialect: Dialect, prefix: &TablePrefix, table: &str) -> String {
    match table.strip_prefix('=') {
        Some(name) => dialect.identifier(name),
        None => dialect.table(prefix, table),
    }
}
