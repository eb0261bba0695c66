//! A recipe in words.

use portico_auth_sql::DatabaseKind;
use portico_auth_sql::recipe::{
    Compare, Condition, Confidence, Login, Maintained, Person, Recipe, RefuseAs, RelatedRows, Transform,
};

/// What the confidence means.
pub(in crate::cli) fn confidence(confidence: Confidence) -> &'static str {
    match confidence {
        Confidence::High => "high: the facts were read in the application itself",
        Confidence::Medium => {
            "medium: the facts were read in part; try some people with `portico login-test`"
        }
        Confidence::Low => {
            "low: from memory, or from an adapter that was never tried; try many people with `portico login-test`"
        }
    }
}

pub(in crate::cli) fn maintained(maintained: Maintained) -> &'static str {
    match maintained {
        Maintained::Yes => "yes",
        Maintained::No => "no",
        Maintained::Unknown => "not known",
    }
}

pub(in crate::cli) fn database(kind: DatabaseKind) -> &'static str {
    match kind {
        DatabaseKind::Mysql => "mysql",
        DatabaseKind::Postgres => "postgres",
        DatabaseKind::Sqlite => "sqlite",
    }
}

/// What is typed as a name, one sentence for each kind of people.
pub(in crate::cli) fn logins(recipe: &Recipe) -> Vec<String> {
    let of = |person: &Person| {
        let ways: Vec<String> = person.login.iter().map(login).collect();
        let kind = person.kind.as_ref().map(|kind| format!("{kind}: ")).unwrap_or_default();
        let only = if person.only_if_named { ", if the key `people` names them" } else { "" };
        let before = transforms(&person.login_text);
        format!("{kind}{}{before}{only}", ways.join(", or "))
    };
    recipe.people.iter().map(of).collect()
}

fn login(login: &Login) -> String {
    let how = match login.compare {
        Compare::Exact => "exactly as it is",
        Compare::Collation => "as the database compares",
        Compare::IgnoreCase => "in capital or small letters",
        Compare::Lower => "in small letters",
    };
    let columns = login.column.join(login.split.as_deref().unwrap_or(" "));
    let only = match (&login.when_contains, &login.unless_contains) {
        (Some(text), _) => format!(" if it contains `{text}`"),
        (None, Some(text)) => format!(" unless it contains `{text}`"),
        (None, None) => String::new(),
    };
    format!("`{columns}`{only}, {how}")
}

fn transforms(list: &[Transform]) -> String {
    let words: Vec<String> = list.iter().map(transform).collect();
    if words.is_empty() { String::new() } else { format!(" (after: {})", words.join(", ")) }
}

/// `UpperFirst` is written `upper-first`, `Cut(32)` `cut-32`.
fn transform(transform: &Transform) -> String {
    let mut word = String::new();
    for c in format!("{transform:?}").chars() {
        match c {
            'A'..='Z' if word.is_empty() => word.push(c.to_ascii_lowercase()),
            'A'..='Z' => word.extend(['-', c.to_ascii_lowercase()]),
            '(' => word.push('-'),
            ')' => {}
            _ => word.push(c),
        }
    }
    word
}

/// All schemes, without repetitions, in their order.
pub(in crate::cli) fn schemes(recipe: &Recipe) -> Vec<String> {
    let mut all: Vec<String> = Vec::new();
    for person in &recipe.people {
        let chosen = person.select.iter().flat_map(|select| select.schemes.values().flatten());
        for scheme in person.schemes.iter().chain(chosen) {
            if !all.contains(scheme) {
                all.push(scheme.clone());
            }
        }
    }
    all
}

/// What comes along with a person.
pub(in crate::cli) fn reads(recipe: &Recipe) -> Vec<String> {
    let any = |has: fn(&Person) -> bool| recipe.people.iter().any(has);
    let groups = |person: &Person| person.groups.is_some();
    let staff = |person: &Person| {
        let identity = &person.identity;
        !(identity.administrator.is_empty()
            && identity.moderator.is_empty()
            && identity.administrator_groups.is_empty()
            && identity.moderator_groups.is_empty())
    };
    let list: [(&str, bool); 11] = [
        ("display name", any(|person| !person.identity.display_name.is_empty())),
        ("e-mail address", any(|person| person.identity.email.is_some())),
        ("groups", any(groups)),
        ("who administers and moderates", any(staff)),
        ("avatar", any(|person| person.identity.avatar.is_some())),
        ("link to the profile", any(|person| person.identity.profile.is_some())),
        ("language", any(|person| person.identity.language.is_some())),
        ("time zone", any(|person| person.identity.timezone.is_some())),
        ("date of registration", any(|person| person.identity.registered_at.is_some())),
        ("unread private messages", any(|person| person.inbox.is_some())),
        ("who may not write", any(|person| person.write_ban.is_some())),
    ];
    list.into_iter().filter(|(_, is_read)| *is_read).map(|(what, _)| what.to_owned()).collect()
}

/// Who is refused, and when.
pub(in crate::cli) fn refusals(recipe: &Recipe) -> Vec<String> {
    let mut all = Vec::new();
    for person in &recipe.people {
        let kind = person.kind.as_ref().map(|kind| format!(" ({kind})")).unwrap_or_default();
        for refuse in &person.refuse {
            let rule = rule_words(refuse.rows.as_ref(), &refuse.when);
            let when = if refuse.unless { "unless" } else { "when" };
            all.push(format!("{}{kind}: {when} {rule}", answer(refuse.answer)));
        }
        if let Some(ban) = &person.write_ban {
            all.push(format!(
                "enters without writing{kind}: when {}",
                rule_words(ban.rows.as_ref(), &ban.when)
            ));
        }
    }
    all
}

fn rule_words(rows: Option<&RelatedRows>, when: &[Condition]) -> String {
    let list = |conditions: &[Condition]| conditions.iter().map(condition).collect::<Vec<_>>().join(" and ");
    let Some(rows) = rows else {
        return if when.is_empty() { "always".to_owned() } else { list(when) };
    };
    let matches: Vec<String> =
        rows.matches.iter().map(|(column, value)| format!("`{column}` = {}", value.as_text())).collect();
    let further = [rows.conditions.as_slice(), when].concat();
    let mut words =
        format!("`{}` has a row with {}", rows.table.trim_start_matches('='), matches.join(" and "));
    if !further.is_empty() {
        words.push_str(&format!(" where {}", list(&further)));
    }
    words
}

fn answer(answer: RefuseAs) -> &'static str {
    match answer {
        RefuseAs::Disabled => "disabled",
        RefuseAs::Banned => "banned",
        RefuseAs::Pending => "pending",
        RefuseAs::Locked => "locked",
        RefuseAs::ExpiredPassword => "expired password",
        RefuseAs::NotPermitted => "not permitted",
        RefuseAs::UnknownSubject => "unknown",
    }
}

fn condition(condition: &Condition) -> String {
    let values = |list: &[portico_auth_sql::recipe::Constant]| {
        let quoted = |text: String| if text.is_empty() { "''".to_owned() } else { text };
        list.iter().map(|value| quoted(value.as_text())).collect::<Vec<_>>().join(" or ")
    };
    let truth =
        |value: Option<bool>, yes: &'static str, no: &'static str| value.map(|v| if v { yes } else { no });
    let number = |word: &str, value: Option<i64>| value.map(|value| format!("is {word} {value}"));
    let text = |word: &str, value: &Option<String>| value.as_ref().map(|value| format!("{word} {value}"));
    let words = condition
        .is
        .as_deref()
        .map(|list| format!("is {}", values(list)))
        .or_else(|| condition.not.as_deref().map(|list| format!("is not {}", values(list))))
        .or_else(|| number("above", condition.above))
        .or_else(|| number("below", condition.below))
        .or_else(|| truth(condition.empty, "is empty", "is not empty").map(str::to_owned))
        .or_else(|| text("lists", &condition.has))
        .or_else(|| text("begins with", &condition.starts_with))
        .or_else(|| text("contains", &condition.contains))
        .or_else(|| condition.bits.map(|bits| format!("has the bits {bits}")))
        .or_else(|| truth(condition.is_past, "has passed", "has not passed").map(str::to_owned))
        .or_else(|| truth(condition.is_future, "is to come", "is not to come").map(str::to_owned))
        .or_else(|| {
            truth(condition.is_future_or_never, "is to come or never", "has passed").map(str::to_owned)
        });
    format!("`{}` {}", condition.column, words.unwrap_or_default())
}
