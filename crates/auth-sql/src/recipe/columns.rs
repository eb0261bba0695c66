//! Which tables and columns a recipe reads, and which of its keys says so: for its validation, for `check`, for the
//! grants that it needs.

use super::condition::{Condition, TimeColumn};
use super::model::{Recipe, SingleValue};
use super::pattern::Pattern;
use super::person::{Join, Person};
use super::rule::RelatedRows;

/// A column of a table as a recipe names it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Use {
    /// The table as written: `users`, `=users`.
    pub(crate) table: String,
    /// The column, without an alias. Empty where an alias is not known.
    pub(crate) column: String,
    /// The key, from the top.
    pub(crate) key: String,
    /// The table may be missing.
    pub(crate) optional: bool,
    /// The column may be missing.
    pub(crate) optional_column: bool,
}

/// A column as written under a key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Named {
    pub(crate) key: String,
    pub(crate) column: String,
}

/// Collects the columns below a key.
#[derive(Default)]
struct Collector(Vec<Named>);

impl Collector {
    fn add(&mut self, key: impl Into<String>, column: &str) {
        self.0.push(Named { key: key.into(), column: column.to_owned() });
    }

    fn conditions(&mut self, key: &str, conditions: &[Condition]) {
        for (at, condition) in conditions.iter().enumerate() {
            self.add(format!("{key}[{at}].column"), &condition.column);
        }
    }

    fn time(&mut self, key: &str, time: Option<&TimeColumn>) {
        if let Some(time) = time {
            self.add(format!("{key}.column"), &time.column);
        }
    }

    fn optional(&mut self, key: &str, column: Option<&String>) {
        if let Some(column) = column {
            self.add(key, column);
        }
    }

    fn pattern(&mut self, key: &str, pattern: Option<&String>) {
        // A pattern that can't be read is a mistake of its own.
        if let Some(Ok(pattern)) = pattern.map(|text| Pattern::parse(text)) {
            for column in pattern.columns() {
                self.add(key, column);
            }
        }
    }

    fn matches(&mut self, key: &str, rows: &RelatedRows) {
        for (column, value) in &rows.matches {
            self.pattern(&format!("{key}.rows.match.{column}"), Some(&value.as_text()));
        }
    }
}

/// The columns that are read of a person's own row and of its joined rows.
pub(crate) fn of_person(person: &Person, key: &str) -> Vec<Named> {
    let mut all = Collector::default();
    all.add(format!("{key}.id"), &person.id);
    all.conditions(&format!("{key}.where"), &person.conditions);
    for (at, login) in person.login.iter().enumerate() {
        for column in &login.column {
            all.add(format!("{key}.login[{at}].column"), column);
        }
    }
    for column in &person.password {
        all.add(format!("{key}.password"), column);
    }
    all.optional(&format!("{key}.salt"), person.salt.as_ref());
    all.optional(&format!("{key}.rounds"), person.rounds.as_ref());
    all.optional(&format!("{key}.formula_login"), person.formula_login.as_ref());
    if let Some(select) = &person.select {
        all.add(format!("{key}.select.column"), &select.column);
    }
    let rules = person.refuse.iter().enumerate().map(|(at, refuse)| (format!("refuse[{at}]"), refuse.rule()));
    for (name, rule) in rules.chain(person.write_ban.clone().map(|rule| ("write_ban".to_owned(), rule))) {
        let key = format!("{key}.{name}");
        match &rule.rows {
            Some(rows) => all.matches(&key, rows),
            None => {
                all.conditions(&format!("{key}.when"), &rule.when);
                all.time(&format!("{key}.until"), rule.until.as_ref());
                all.optional(&format!("{key}.reason"), rule.reason.as_ref());
            }
        }
    }
    identity(person, key, &mut all);
    all.0
}

fn identity(person: &Person, key: &str, all: &mut Collector) {
    let identity = &person.identity;
    let sub = |name: &str| format!("{key}.identity.{name}");
    for column in &identity.display_name {
        all.add(sub("display_name"), column);
    }
    all.optional(&sub("email"), identity.email.as_ref());
    all.conditions(&sub("email_verified"), &identity.email_verified);
    all.optional(&sub("language"), identity.language.as_ref());
    all.optional(&sub("timezone"), identity.timezone.as_ref());
    all.time(&sub("registered_at"), identity.registered_at.as_ref());
    all.pattern(&sub("avatar"), identity.avatar.as_ref());
    all.pattern(&sub("profile"), identity.profile.as_ref());
    all.conditions(&sub("administrator"), &identity.administrator);
    all.conditions(&sub("moderator"), &identity.moderator);
    if let Some(groups) = &person.groups {
        for column in &groups.columns {
            all.add(format!("{key}.groups.columns"), column.column());
        }
        let value = groups.members.as_ref().and_then(|members| members.value.as_ref());
        all.pattern(&format!("{key}.groups.members.value"), value);
    }
    if let Some(inbox) = &person.inbox {
        all.optional(&format!("{key}.inbox.column"), inbox.column.as_ref());
        let value = inbox.count.as_ref().and_then(|count| count.value.as_ref());
        all.pattern(&format!("{key}.inbox.count.value"), value);
    }
}

/// Columns of a table, resolved by its joins.
struct Scope<'a> {
    table: &'a str,
    joins: &'a [Join],
    optional: bool,
    /// Columns that may be missing.
    optional_columns: &'a [String],
}

impl Scope<'_> {
    fn resolve(&self, named: Named) -> Use {
        let Named { key, column } = named;
        let optional_column = self.optional_columns.contains(&column);
        let (table, column) = match column.split_once('.') {
            None => (self.table.to_owned(), column),
            Some((alias, rest)) => match self.joins.iter().find(|join| join.name() == alias) {
                Some(join) => (join.table.clone(), rest.to_owned()),
                None => (String::new(), String::new()),
            },
        };
        Use { table, column, key, optional: self.optional, optional_column }
    }

    fn joins(&self, key: &str) -> Vec<Use> {
        let mut all = Vec::new();
        for (at, join) in self.joins.iter().enumerate() {
            let key = format!("{key}.join[{at}]");
            for (inner, outer) in &join.on {
                let inner = inner.strip_prefix(&format!("{}.", join.name())).unwrap_or(inner);
                let (table, column) = (join.table.clone(), inner.to_owned());
                let on = format!("{key}.on");
                all.push(Use { table, column, key: on, optional: self.optional, optional_column: false });
                all.push(self.resolve(Named { key: format!("{key}.on.{inner}"), column: outer.clone() }));
            }
            for (at, condition) in join.conditions.iter().enumerate() {
                let name = join_column(join, &condition.column);
                all.push(self.resolve(Named { key: format!("{key}.where[{at}].column"), column: name }));
            }
        }
        all
    }
}

/// A column in the `where` of a join: the joined table's own, with or without the alias, or another's.
pub(crate) fn join_column(join: &Join, column: &str) -> String {
    if column.contains('.') { column.to_owned() } else { format!("{}.{column}", join.name()) }
}

/// Every column of every table, with the key that names it.
pub(crate) fn of_recipe(recipe: &Recipe) -> Vec<Use> {
    let mut all = Vec::new();
    let mut single = |value: Option<&SingleValue>, key: &str| {
        if let Some(value) = value {
            let scope =
                Scope { table: &value.table, joins: &[], optional: value.optional, optional_columns: &[] };
            let mut columns = Collector::default();
            columns.add(format!("{key}.value"), &value.value);
            columns.conditions(&format!("{key}.where"), &value.conditions);
            all.extend(columns.0.into_iter().map(|named| scope.resolve(named)));
        }
    };
    single(recipe.site_key.as_ref().and_then(|key| key.row.as_ref()), "site_key.row");
    single(recipe.fingerprint.as_ref(), "fingerprint");
    for (at, person) in recipe.people.iter().enumerate() {
        let key = format!("person[{at}]");
        let optional_columns = &person.optional;
        let scope = Scope { table: &person.table, joins: &person.join, optional: false, optional_columns };
        all.extend(of_person(person, &key).into_iter().map(|named| scope.resolve(named)));
        all.extend(scope.joins(&key));
        all.extend(related(person, &key));
    }
    all
}

fn related(person: &Person, key: &str) -> Vec<Use> {
    let mut all = Vec::new();
    let rules = person.refuse.iter().enumerate().map(|(at, refuse)| (format!("refuse[{at}]"), refuse.rule()));
    for (name, rule) in rules.chain(person.write_ban.clone().map(|rule| ("write_ban".to_owned(), rule))) {
        let Some(rows) = &rule.rows else { continue };
        let key = format!("{key}.{name}");
        let scope =
            Scope { table: &rows.table, joins: &rows.join, optional: rows.optional, optional_columns: &[] };
        let columns = of_rows(rows, &rule.when, rule.until.as_ref(), rule.reason.as_ref(), &key);
        all.extend(columns.into_iter().map(|named| scope.resolve(named)));
        all.extend(scope.joins(&format!("{key}.rows")));
    }
    if let Some(groups) = &person.groups {
        if let Some(members) = &groups.members {
            let key = format!("{key}.groups.members");
            let mut columns = Collector::default();
            columns.add(format!("{key}.person"), &members.person);
            columns.add(format!("{key}.group"), &members.group);
            columns.conditions(&format!("{key}.where"), &members.conditions);
            columns.conditions(&format!("{key}.leader"), &members.leader);
            let scope = Scope {
                table: &members.table,
                joins: &[],
                optional: members.optional,
                optional_columns: &[],
            };
            all.extend(columns.0.into_iter().map(|named| scope.resolve(named)));
        }
        if let Some(names) = &groups.names {
            let key = format!("{key}.groups.names");
            let mut columns = Collector::default();
            columns.add(format!("{key}.id"), &names.id);
            columns.add(format!("{key}.name"), &names.name);
            columns.conditions(&format!("{key}.where"), &names.conditions);
            let scope = Scope { table: &names.table, joins: &[], optional: false, optional_columns: &[] };
            all.extend(columns.0.into_iter().map(|named| scope.resolve(named)));
        }
    }
    if let Some(count) = person.inbox.as_ref().and_then(|inbox| inbox.count.as_ref()) {
        let key = format!("{key}.inbox.count");
        let mut columns = Collector::default();
        columns.add(format!("{key}.person"), &count.person);
        columns.conditions(&format!("{key}.where"), &count.conditions);
        columns.optional(&format!("{key}.sum"), count.sum.as_ref());
        let scope = Scope {
            table: &count.table,
            joins: &count.join,
            optional: count.optional,
            optional_columns: &[],
        };
        all.extend(columns.0.into_iter().map(|named| scope.resolve(named)));
        all.extend(scope.joins(&key));
    }
    all
}

/// The columns that are read of related rows.
pub(crate) fn of_rows(
    rows: &RelatedRows,
    when: &[Condition],
    until: Option<&TimeColumn>,
    reason: Option<&String>,
    key: &str,
) -> Vec<Named> {
    let mut columns = Collector::default();
    for column in rows.matches.keys() {
        columns.add(format!("{key}.rows.match"), column);
    }
    columns.conditions(&format!("{key}.rows.where"), &rows.conditions);
    columns.conditions(&format!("{key}.when"), when);
    columns.time(&format!("{key}.until"), until);
    columns.optional(&format!("{key}.reason"), reason);
    columns.0
}
