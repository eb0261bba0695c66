//! Conditions say one thing each.

use super::Report;
use crate::recipe::condition::Condition;

const COMPARISONS: &str = "is, not, above, below, empty, has, starts_with, contains, bits, is_past, is_future, \
                           is_future_or_never";

/// Which comparisons a condition names.
fn named(condition: &Condition) -> Vec<&'static str> {
    let all = [
        ("is", condition.is.is_some()),
        ("not", condition.not.is_some()),
        ("above", condition.above.is_some()),
        ("below", condition.below.is_some()),
        ("empty", condition.empty.is_some()),
        ("has", condition.has.is_some()),
        ("starts_with", condition.starts_with.is_some()),
        ("contains", condition.contains.is_some()),
        ("bits", condition.bits.is_some()),
        ("is_past", condition.is_past.is_some()),
        ("is_future", condition.is_future.is_some()),
        ("is_future_or_never", condition.is_future_or_never.is_some()),
    ];
    all.into_iter().filter(|(_, there)| *there).map(|(name, _)| name).collect()
}

pub(super) fn check(conditions: &[Condition], key: &str, report: &mut Report<'_>) {
    for (at, condition) in conditions.iter().enumerate() {
        let key = format!("{key}[{at}]");
        let named = named(condition);
        match named.as_slice() {
            [] => report.add(&key, format!("it compares with nothing; expected one of {COMPARISONS}")),
            [_] => {}
            several => {
                report.add(&key, format!("it has {}; write a condition for each", several.join(" and ")));
            }
        }
        let needs_time = named.iter().any(|name| name.starts_with("is_"));
        if needs_time && condition.time.is_none() {
            let forms = "unix, unix-ms, unix-us, datetime, date, digits";
            report.add(&key, format!("`{}` needs `time`, one of {forms}", named.join(", ")));
        }
        if condition.time.is_some() && !needs_time && condition.empty.is_none() {
            report.add(
                format!("{key}.time"),
                "only is_past, is_future, is_future_or_never and empty take a time",
            );
        }
        for (name, list) in [("is", &condition.is), ("not", &condition.not)] {
            if list.as_ref().is_some_and(Vec::is_empty) {
                report.add(format!("{key}.{name}"), "the list is empty");
            }
        }
        if condition.is_future_or_never == Some(false) {
            report.add(
                format!("{key}.is_future_or_never"),
                "it can only be true; the opposite is `is_past = true`",
            );
        }
    }
}

/// Conditions that the database itself must decide.
pub(super) fn check_for_sql(conditions: &[Condition], key: &str, report: &mut Report<'_>) {
    check(conditions, key, report);
    const BY_SQL: [&str; 6] = ["is", "not", "above", "below", "empty", "bits"];
    for (at, condition) in conditions.iter().enumerate() {
        for name in named(condition).into_iter().filter(|name| !BY_SQL.contains(name)) {
            let key = format!("{key}[{at}].{name}");
            report.add(key, format!("the database decides here, which takes {} only", BY_SQL.join(", ")));
        }
    }
}
