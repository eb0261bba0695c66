//! A `[[person]]`.

use std::collections::BTreeSet;

use portico_passwords::{Fields, Scheme};

use super::{Report, conditions, is_identifier, pattern};
use crate::recipe::hook;
use crate::recipe::model::Recipe;
use crate::recipe::person::{Join, Person};
use crate::recipe::rule::Rule;

/// Each further form of the password costs a hash.
const MOST_FORMS: usize = 4;

pub(super) fn check(recipe: &Recipe, person: &Person, key: &str, report: &mut Report<'_>) {
    joins(&person.join, &format!("{key}.join"), report);
    conditions::check(&person.conditions, &format!("{key}.where"), report);
    logins(person, key, report);
    passwords(recipe, person, key, report);
    rules(recipe, person, key, report);
    identity(recipe, person, key, report);
    groups(recipe, person, key, report);
    inbox(recipe, person, key, report);
}

fn joins(joins: &[Join], key: &str, report: &mut Report<'_>) {
    let mut names = BTreeSet::new();
    for (at, join) in joins.iter().enumerate() {
        let key = format!("{key}[{at}]");
        if !is_identifier(join.name()) || join.name() == "t" {
            report.add(&key, format!("`{}` can't be an alias", join.name()));
        }
        if !names.insert(join.name()) {
            report.add(format!("{key}.as"), format!("`{}` is there twice", join.name()));
        }
        if join.on.is_empty() && join.conditions.is_empty() {
            report.add(&key, "it needs `on` (its column = a column of the person) or `where`");
        }
        for outer in join.on.values() {
            let later = outer
                .split_once('.')
                .is_some_and(|(alias, _)| joins.iter().position(|other| other.name() == alias) >= Some(at));
            if later {
                report.add(format!("{key}.on"), format!("`{outer}` belongs to this or a later join"));
            }
        }
        conditions::check_for_sql(&join.conditions, &format!("{key}.where"), report);
    }
}

fn logins(person: &Person, key: &str, report: &mut Report<'_>) {
    if person.login.is_empty() {
        report.add(format!("{key}.login"), "name at least one column");
    }
    for (at, login) in person.login.iter().enumerate() {
        let key = format!("{key}.login[{at}]");
        match (&login.split, login.column.len()) {
            (None, 1) | (Some(_), 2..) => {}
            (None, _) => report.add(format!("{key}.column"), "expected one column, or `split` with several"),
            (Some(_), _) => report.add(format!("{key}.split"), "a name that is cut needs several columns"),
        }
        if login.split.as_ref().is_some_and(String::is_empty) {
            report.add(format!("{key}.split"), "the text is empty");
        }
    }
}

/// The schemes of a list of words; unknown ones are mistakes.
fn schemes(words: &[String], key: &str, report: &mut Report<'_>) -> Vec<Scheme> {
    let mut all = Vec::new();
    for (at, word) in words.iter().enumerate() {
        match Scheme::list(word) {
            Ok(schemes) => all.extend(schemes),
            Err(error) => report.add(format!("{key}[{at}]"), error.to_string()),
        }
    }
    all
}

fn passwords(recipe: &Recipe, person: &Person, key: &str, report: &mut Report<'_>) {
    if person.password.is_empty() {
        report.add(format!("{key}.password"), "name at least one column");
    }
    if person.password_also.len() > MOST_FORMS {
        report.add(format!("{key}.password_also"), format!("at most {MOST_FORMS}: each costs a hash"));
    }
    let list = format!("{key}.schemes");
    let mut all = schemes(&person.schemes, &list, report);
    if let Some(select) = &person.select {
        for (value, words) in &select.schemes {
            all.extend(schemes(words, &format!("{key}.select.schemes.{value}"), report));
        }
    }
    if person.schemes.is_empty() && person.select.is_none() {
        report.add(&list, format!("name at least one: a formula, or one of {}", Scheme::names().join(", ")));
    }
    for scheme in &all {
        let Fields { salt, site_key, email, rounds, .. } = scheme.fields();
        for (needed, there, what) in [
            (salt, person.salt.is_some() || person.hook.is_some(), "the salt's column: `salt`"),
            (site_key, recipe.site_key.is_some(), "the site's secret: [site_key]"),
            (email, person.identity.email.is_some(), "the e-mail column: `identity.email`"),
            (rounds, person.rounds.is_some(), "the column with the number of rounds: `rounds`"),
        ] {
            if needed && !there {
                report.add(&list, format!("`{scheme}` needs {what}"));
            }
        }
    }
    if let Some(name) = &person.hook
        && hook::find(name).is_none()
    {
        let known = hook::names().join(", ");
        report.add(format!("{key}.hook"), format!("unknown hook `{name}`, expected one of {known}"));
    }
}

fn rules(recipe: &Recipe, person: &Person, key: &str, report: &mut Report<'_>) {
    for (at, refuse) in person.refuse.iter().enumerate() {
        rule(recipe, &refuse.rule(), &format!("{key}.refuse[{at}]"), report);
    }
    if let Some(ban) = &person.write_ban {
        rule(recipe, ban, &format!("{key}.write_ban"), report);
    }
}

fn rule(recipe: &Recipe, rule: &Rule, key: &str, report: &mut Report<'_>) {
    conditions::check(&rule.when, &format!("{key}.when"), report);
    if rule.when.is_empty() && rule.rows.is_none() {
        report.add(key, "it needs `when`, or `rows`, or both");
    }
    let Some(rows) = &rule.rows else { return };
    joins(&rows.join, &format!("{key}.rows.join"), report);
    conditions::check(&rows.conditions, &format!("{key}.rows.where"), report);
    if rows.matches.is_empty() {
        report.add(format!("{key}.rows.match"), "say whose rows they are: { user_id = \"{id}\" }");
    }
    for (column, value) in &rows.matches {
        value_of_person(recipe, &value.as_text(), &format!("{key}.rows.match.{column}"), report);
    }
}

/// A pattern that is compared with a column.
fn value_of_person(recipe: &Recipe, text: &str, key: &str, report: &mut Report<'_>) {
    pattern(recipe, text, key, report);
    if text.contains("{base_url}") {
        report.add(key, "{base_url} is no value of a row");
    }
}

fn identity(recipe: &Recipe, person: &Person, key: &str, report: &mut Report<'_>) {
    let identity = &person.identity;
    for (name, list) in [
        ("email_verified", &identity.email_verified),
        ("administrator", &identity.administrator),
        ("moderator", &identity.moderator),
    ] {
        conditions::check(list, &format!("{key}.identity.{name}"), report);
    }
    for (name, text) in [("avatar", &identity.avatar), ("profile", &identity.profile)] {
        if let Some(text) = text {
            pattern(recipe, text, &format!("{key}.identity.{name}"), report);
        }
    }
    for (name, list) in [
        ("administrator_groups", &identity.administrator_groups),
        ("moderator_groups", &identity.moderator_groups),
    ] {
        if !list.is_empty() && person.groups.is_none() {
            report.add(format!("{key}.identity.{name}"), "there is no [person.groups]");
        }
    }
}

fn groups(recipe: &Recipe, person: &Person, key: &str, report: &mut Report<'_>) {
    let Some(groups) = &person.groups else { return };
    if groups.members.is_none() && groups.columns.is_empty() {
        report.add(format!("{key}.groups"), "it needs `members`, `columns`, or both");
    }
    if let Some(members) = &groups.members {
        let key = format!("{key}.groups.members");
        conditions::check(&members.conditions, &format!("{key}.where"), report);
        conditions::check(&members.leader, &format!("{key}.leader"), report);
        if let Some(value) = &members.value {
            value_of_person(recipe, value, &format!("{key}.value"), report);
        }
    }
    if let Some(names) = &groups.names {
        conditions::check(&names.conditions, &format!("{key}.groups.names.where"), report);
    }
}

fn inbox(recipe: &Recipe, person: &Person, key: &str, report: &mut Report<'_>) {
    let Some(inbox) = &person.inbox else { return };
    let key = format!("{key}.inbox");
    if inbox.column.is_some() == inbox.count.is_some() {
        report.add(&key, "it needs either `column` or `count`");
    }
    if let Some(url) = &inbox.url {
        pattern(recipe, url, &format!("{key}.url"), report);
    }
    if let Some(count) = &inbox.count {
        joins(&count.join, &format!("{key}.count.join"), report);
        conditions::check_for_sql(&count.conditions, &format!("{key}.count.where"), report);
        if let Some(value) = &count.value {
            value_of_person(recipe, value, &format!("{key}.count.value"), report);
        }
    }
}
