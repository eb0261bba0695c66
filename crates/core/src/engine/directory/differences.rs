//! What a directory says otherwise than before, for the report.

use std::collections::{BTreeMap, BTreeSet};

use crate::account::Profile;

pub(super) fn differences(before: &Profile, now: &Profile) -> Vec<String> {
    let optional = |value: &Option<String>| value.clone().unwrap_or_default();
    let fields = [
        ("login", before.login.clone(), now.login.clone()),
        ("display name", before.display_name.clone(), now.display_name.clone()),
        ("e-mail", optional(&before.email), optional(&now.email)),
        ("picture", optional(&before.avatar), optional(&now.avatar)),
        ("page", optional(&before.profile_url), optional(&now.profile_url)),
        ("colour", optional(&before.colour), optional(&now.colour)),
        ("language", optional(&before.language), optional(&now.language)),
        ("time zone", optional(&before.timezone), optional(&now.timezone)),
    ];
    let differ = fields.into_iter().filter(|(_, before, now)| before != now);
    differ.map(|(name, before, now)| format!("{name}: \"{before}\" -> \"{now}\"")).collect()
}

pub(super) fn fact_differences(
    before: &BTreeMap<String, String>,
    now: &BTreeMap<String, String>,
) -> Vec<String> {
    let names: BTreeSet<&String> = before.keys().chain(now.keys()).collect();
    let value =
        |facts: &BTreeMap<String, String>, name: &String| facts.get(name).cloned().unwrap_or_default();
    let differ = names.into_iter().filter(|name| before.get(*name) != now.get(*name));
    differ.map(|name| format!("{name}: \"{}\" -> \"{}\"", value(before, name), value(now, name))).collect()
}
