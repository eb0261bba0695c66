//! Holding a table of calls against what the server says that it has.

use std::collections::BTreeSet;

use serde_json::Value;

/// Every call of a document, as `GET /people/{id}`.
pub(crate) fn described(document: &Value) -> BTreeSet<String> {
    let mut calls = BTreeSet::new();
    for (path, methods) in document["paths"].as_object().expect("paths") {
        for method in methods.as_object().expect("methods").keys() {
            calls.insert(format!("{} {path}", method.to_uppercase()));
        }
    }
    calls
}

/// The described call that a row of a table makes: of those that fit the one with the fewest placeholders.
pub(crate) fn call_of<'d>(described: &'d BTreeSet<String>, method: &str, path: &str) -> Option<&'d String> {
    let path = path.split('?').next().unwrap_or(path);
    let row: Vec<&str> = path.split('/').collect();
    let fits = |call: &&String| {
        let Some((of, path)) = call.split_once(" /") else { return false };
        let parts: Vec<&str> = path.split('/').collect();
        let same = |(part, sent): (&&str, &&str)| part.starts_with('{') || part == sent;
        of == method && parts.len() == row.len() && parts.iter().zip(&row).all(same)
    };
    described.iter().filter(fits).min_by_key(|call| call.matches('{').count())
}

/// Asserts that the rows and the open calls together are exactly the calls of the document: a new call needs a row.
#[track_caller]
pub(crate) fn assert_complete<'r>(
    document: &Value,
    rows: impl IntoIterator<Item = (&'r str, &'r str)>,
    open: &[(&str, &str)],
) {
    let described = described(document);
    let mut known = BTreeSet::new();
    for (method, path) in rows {
        let call = call_of(&described, method, path);
        known.insert(call.unwrap_or_else(|| panic!("{method} {path} is not described")).clone());
    }
    for (call, why) in open {
        assert!(described.contains(*call), "{call} is not described");
        assert!(known.insert((*call).to_owned()), "{call} stands in the table and is called open: {why}");
    }
    let missing: Vec<_> = described.difference(&known).collect();
    assert!(missing.is_empty(), "calls without a row: {missing:?}");
}
