//! The catalogue covers the list of applications that it was made for, and every recipe of this build can be read.

use std::collections::BTreeSet;

use portico_auth_sql::recipe::Catalogue;

/// Applications that have a kind of authenticator of their own.
const KINDS: [(&str, &str); 5] = [
    ("ldap", "ldap-windows"),
    ("phorum", "phorum"),
    ("phpbb2", "phpbb"),
    ("phpbb3", "phpbb"),
    ("phpbb4", "phpbb"),
];

/// Backup copies of adapters that are there under their own names.
const LEFT_OUT: [&str; 2] = ["dolphin-bak", "php-fusion-bak"];

#[test]
fn every_application_of_the_list_is_a_recipe_or_a_kind_of_its_own() {
    let catalogue = Catalogue::bundled();
    let known: BTreeSet<&str> = catalogue.ids().collect();
    let listed: Vec<&str> = include_str!("facts-ids.txt").lines().collect();
    assert_eq!(listed.len(), 195);
    let missing: Vec<&str> = listed
        .iter()
        .copied()
        .filter(|id| !known.contains(id) && !LEFT_OUT.contains(id) && !KINDS.iter().any(|(own, _)| own == id))
        .collect();
    assert!(missing.is_empty(), "no recipe for {missing:?}");
    for (own, kind) in KINDS {
        assert!(!known.contains(own), "`{own}` is a recipe, and of the kind `{kind}`");
    }
    for left_out in LEFT_OUT {
        assert!(listed.contains(&left_out) && !known.contains(left_out), "{left_out}");
    }
}

#[test]
fn every_recipe_of_this_build_can_be_read() {
    let catalogue = Catalogue::bundled();
    let readable: Vec<&str> = catalogue.iter().map(|recipe| recipe.id.as_str()).collect();
    let all: Vec<&str> = catalogue.ids().collect();
    assert_eq!(readable, all);
}
