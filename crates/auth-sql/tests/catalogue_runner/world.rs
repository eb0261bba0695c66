//! A case, looked at as a database, and the rows in it that make a person.

use std::collections::BTreeMap;

use portico_auth_sql::recipe::{Compare, Join, Login, Recipe};
use portico_passwords::{Scheme, Subject, recognise, testing};

use crate::case::{Case, Table, Try};
use crate::tables;

pub type Cells = Vec<toml::Value>;

/// Rows that make one person: the person's own and the joined ones.
#[derive(Clone)]
pub struct Template {
    pub person: usize,
    /// Alias (empty: the person's own table) = number of the table in the case, and row.
    pub rows: BTreeMap<String, (usize, Cells)>,
    pub site_key: Option<String>,
}

pub fn text_of(value: &toml::Value) -> Option<String> {
    match value {
        toml::Value::Integer(number) => Some(number.to_string()),
        toml::Value::String(text) => Some(text.clone()),
        toml::Value::Boolean(yes) => Some(u8::from(*yes).to_string()),
        toml::Value::Float(number) => Some(number.to_string()),
        _ => None,
    }
}

pub fn same(one: Option<String>, other: Option<String>) -> bool {
    matches!((one, other), (Some(one), Some(other)) if one.to_lowercase() == other.to_lowercase())
}

/// A case, looked at as a database.
pub struct World<'a> {
    pub case: &'a Case,
}

impl World<'_> {
    pub fn table(&self, name: &str) -> Option<(usize, &Table)> {
        self.case.table.iter().enumerate().find(|(_, table)| table.name == name)
    }

    pub fn column(&self, table: usize, name: &str) -> Option<usize> {
        let names = self.case.table.get(table)?.columns.iter();
        names
            .map(|column| column.split_whitespace().next().unwrap_or_default())
            .position(|known| known == name)
    }

    pub fn cell(&self, table: usize, row: &Cells, column: &str) -> Option<String> {
        text_of(row.get(self.column(table, column)?)?)
    }

    pub fn is_unique(&self, table: usize, column: &str) -> bool {
        let Some(at) = self.column(table, column) else { return false };
        let columns = &self.case.table[table].columns;
        let has = |text: &str, word: &str| text.split_whitespace().any(|known| known == word);
        let keys = columns.iter().filter(|text| has(text, "key")).count();
        has(&columns[at], "unique") || (has(&columns[at], "key") && keys == 1)
    }

    /// The joined rows of a row.
    pub fn joined(
        &self,
        table: usize,
        row: &Cells,
        joins: &[Join],
    ) -> Option<BTreeMap<String, (usize, Cells)>> {
        let mut rows = BTreeMap::from([(String::new(), (table, row.clone()))]);
        for join in joins {
            let (at, joined) = self.table(&join.table)?;
            let outer = |column: &str| {
                let (alias, name) = column.split_once('.').unwrap_or(("", column));
                let (table, row) = rows.get(alias)?;
                self.cell(*table, row, name)
            };
            let fits = |candidate: &&Cells| {
                let on = join.on.iter().all(|(inner, other)| {
                    let inner = inner.rsplit('.').next().unwrap_or(inner);
                    same(self.cell(at, candidate, inner), outer(other))
                });
                on && join.conditions.iter().all(|condition| {
                    let name = condition.column.rsplit('.').next().unwrap_or_default();
                    let value = self.cell(at, candidate, name);
                    condition
                        .is
                        .as_ref()
                        .is_none_or(|list| list.iter().any(|constant| Some(constant.as_text()) == value))
                })
            };
            match joined.rows.iter().find(fits) {
                Some(found) => {
                    rows.insert(join.name().to_owned(), (at, found.clone()));
                }
                None if join.left => {}
                None => return None,
            }
        }
        Some(rows)
    }
}

/// A typed name as a login's column has it.
pub fn stored_name(recipe: &Recipe, person: usize, login: &Login, typed: &str) -> String {
    let texts = recipe.people[person].login_text.iter().chain(&login.text);
    let text = texts.fold(typed.to_owned(), |text, transform| transform.apply(&text));
    if login.compare == Compare::Lower { text.to_lowercase() } else { text }
}

impl Template {
    pub fn find(world: &World<'_>, recipe: &Recipe, attempt: &Try, site_key: Option<&str>) -> Option<Self> {
        for (at, person) in recipe.people.iter().enumerate() {
            let wrong_kind = match (&attempt.subject, &person.kind) {
                (Some(subject), Some(kind)) if recipe.people.len() > 1 => !subject.starts_with(kind.as_str()),
                _ => false,
            };
            let Some((table, main)) = world.table(&person.table).filter(|_| !wrong_kind) else { continue };
            for row in &main.rows {
                let Some(rows) = world.joined(table, row, &person.join) else { continue };
                let template = Self { person: at, rows, site_key: site_key.map(str::to_owned) };
                let named = person.login.iter().any(|login| {
                    let wanted = stored_name(recipe, at, login, &attempt.login);
                    let column = login.column.first().map_or("", String::as_str);
                    login.split.is_none() && same(template.value(world, column), Some(wanted))
                });
                let is_it = attempt.subject.as_ref().is_none_or(|subject| {
                    template.value(world, &person.id).is_some_and(|id| subject.ends_with(&id))
                });
                if named && is_it {
                    return Some(template);
                }
            }
        }
        None
    }

    pub fn value(&self, world: &World<'_>, column: &str) -> Option<String> {
        let (alias, name) = column.split_once('.').unwrap_or(("", column));
        let (table, row) = self.rows.get(alias)?;
        world.cell(*table, row, name)
    }

    pub fn set(&mut self, world: &World<'_>, column: &str, value: toml::Value) {
        let (alias, name) = column.split_once('.').unwrap_or(("", column));
        if let Some((table, row)) = self.rows.get_mut(alias)
            && let Some(at) = world.column(*table, name)
        {
            row[at] = value;
        }
    }

    /// The same with a text: a number where a number was.
    pub fn set_alike(&mut self, world: &World<'_>, column: &str, text: String) {
        let (alias, name) = column.split_once('.').unwrap_or(("", column));
        let Some((table, row)) = self.rows.get_mut(alias) else { return };
        let Some(cell) = world.column(*table, name).and_then(|at| row.get_mut(at)) else { return };
        *cell = match (&*cell, text.parse()) {
            (toml::Value::Integer(_), Ok(number)) => toml::Value::Integer(number),
            _ => toml::Value::String(text),
        };
    }

    pub fn table_of(&self, recipe: &Recipe, column: &str) -> String {
        let person = &recipe.people[self.person];
        let table = match column.split_once('.') {
            None => &person.table,
            Some((alias, _)) => {
                person.join.iter().find(|join| join.name() == alias).map_or(&person.table, |join| &join.table)
            }
        };
        tables::name_of(table, &recipe.prefix)
    }

    /// A stored value for a password in this row.
    pub fn hash(&self, world: &World<'_>, recipe: &Recipe, old: &Template, password: &str) -> Option<String> {
        let person = &recipe.people[self.person];
        let chosen = person.select.as_ref().and_then(|select| {
            let value = self.value(world, &select.column)?;
            select.schemes.get(&value)
        });
        let words = chosen.unwrap_or(&person.schemes);
        let mut schemes: Vec<Scheme> =
            words.iter().flat_map(|word| Scheme::list(word).unwrap_or_default()).collect();
        let known = person
            .password
            .iter()
            .find_map(|column| old.value(world, column).filter(|value| !value.is_empty()));
        // What the template's own value is made with comes first: it fits into the column.
        if let Some(known) = known {
            schemes.sort_by_key(|scheme| recognise(&known, std::slice::from_ref(scheme)).is_err());
        }
        let login = self
            .value(world, person.formula_login.as_deref().unwrap_or(person.name_column()))
            .unwrap_or_default();
        let salt = person.salt.as_ref().and_then(|column| self.value(world, column));
        let id = self.value(world, &person.id);
        let email = person.identity.email.as_ref().and_then(|column| self.value(world, column));
        let rounds = person.rounds.as_ref().and_then(|column| self.value(world, column)?.parse().ok());
        let subject = Subject {
            login: &login,
            salt: salt.as_deref(),
            site_key: self.site_key.as_deref(),
            id: id.as_deref(),
            email: email.as_deref(),
            rounds,
            typed: None,
        };
        let password =
            person.password_text.iter().fold(password.to_owned(), |text, transform| transform.apply(&text));
        let stored = schemes.iter().find_map(|scheme| {
            let stored = testing::stored(scheme, password.as_bytes(), &subject)?;
            let taken = recognise(&stored, &schemes).ok()?;
            taken.verify(password.as_bytes(), &subject).then_some(stored)
        })?;
        Some(if person.hook.as_deref() == Some("xenforo") {
            serde_json::json!({ "hash": stored, "salt": salt.unwrap_or_default() }).to_string()
        } else {
            stored
        })
    }
}

/// A value that nothing else has.
pub fn fresh(old: &str, number: usize) -> toml::Value {
    if old.parse::<i64>().is_ok() {
        return toml::Value::Integer(90_000 + i64::try_from(number).unwrap_or(0));
    }
    let tail = format!("{number:04}");
    let kept: String = old.chars().take(old.chars().count().saturating_sub(tail.len())).collect();
    toml::Value::String(format!("{kept}{tail}"))
}
pub fn site_key(world: &World<'_>, recipe: &Recipe) -> Option<String> {
    if let Some(key) = world.case.authenticator.get("site_key").and_then(toml::Value::as_str) {
        return Some(key.to_owned());
    }
    let key = recipe.site_key.as_ref()?;
    let stored = key.row.as_ref().and_then(|row| {
        let (at, table) = world.table(&row.table)?;
        let found = table.rows.iter().find(|candidate| {
            row.conditions.iter().all(|condition| {
                let value = world.cell(at, candidate, &condition.column);
                condition
                    .is
                    .as_ref()
                    .is_none_or(|list| list.iter().any(|constant| Some(constant.as_text()) == value))
            })
        })?;
        world.cell(at, found, &row.value)
    });
    stored.or_else(|| key.default.clone())
}
