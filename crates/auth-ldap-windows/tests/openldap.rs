//! A real OpenLDAP, with the people that the test runner makes.

mod live;
mod support;

use live::{Branch, Kind};
use portico_auth_ldap_windows::{Approach, Preset, discover};
use portico_core::auth::{Authenticator, Refusal, SyncScope};
use secrecy::SecretString;
use serde_json::{Value, json};
use support::{build, group_names, identity, log_in, logins, refusal, run};

fn options() -> Value {
    let (mut options, base) = (Kind::OpenLdap.options(), Kind::OpenLdap.base());
    options.insert("base_dn".into(), format!("ou=people,{base}").into());
    options.insert("group_base_dn".into(), format!("ou=groups,{base}").into());
    Value::Object(options)
}

#[tokio::test]
#[ignore = "needs OpenLDAP: run cargo xtask test"]
async fn people_log_in_by_name_or_address_and_bring_their_nested_groups() {
    let directory = build(options()).unwrap();
    let password = Kind::OpenLdap.password();
    let alice = identity(log_in(&directory, "alice", &password).await);
    assert_eq!(identity(log_in(&directory, "Alice@Example.ORG", &password).await), alice);
    assert_eq!(group_names(&alice), ["Engineers", "Rust", "Staff"]);
    assert_eq!((alice.details["title"].as_str(), alice.details["department"].as_str()), ("Engineer", "Rust"));
    let person = identity(log_in(&directory, "jmueller", &password).await);
    assert_eq!(person.display_name.as_deref(), Some("Müller, Jürgen"));
    assert_eq!(group_names(&person), ["Engineers", "Rust", "Staff", "Team, Grün"]);
    for login in ["*", "alice)(x=*", "*)(uid=*", "nobody"] {
        assert_eq!(refusal(log_in(&directory, login, &password).await), Refusal::UnknownSubject, "{login}");
    }
}

#[tokio::test]
#[ignore = "needs OpenLDAP: run cargo xtask test"]
async fn the_password_policy_says_why() {
    let directory = build(options()).unwrap();
    let password = Kind::OpenLdap.password();
    let locked = Refusal::Locked { until: None };
    for (login, right, wrong) in [
        ("mona", Refusal::ExpiredPassword, Refusal::BadSecret),
        ("lena", locked.clone(), locked.clone()),
        ("dora", locked.clone(), locked.clone()),
        ("erik", locked.clone(), locked),
    ] {
        assert_eq!(refusal(log_in(&directory, login, &password).await), right, "{login}");
        assert_eq!(refusal(log_in(&directory, login, "wrong").await), wrong, "{login}");
    }
}

#[tokio::test]
#[ignore = "needs OpenLDAP: run cargo xtask test"]
async fn guesses_lock_as_the_directory_counts_them() {
    let mut branch = Branch::grow(Kind::OpenLdap).await;
    let otto = branch.person("otto", "Otto-Often-1").await;
    let policy = format!("cn=three-guesses,ou=policies,{}", Kind::OpenLdap.base());
    branch.replace(&otto, "pwdPolicySubentry", policy).await;
    let directory = build(Value::Object(branch.options())).unwrap();
    for _ in 0..3 {
        assert_eq!(refusal(log_in(&directory, "otto", "wrong").await), Refusal::BadSecret);
    }
    assert_eq!(refusal(log_in(&directory, "otto", "Otto-Often-1").await), Refusal::Locked { until: None });
}

#[tokio::test]
#[ignore = "needs OpenLDAP: run cargo xtask test"]
async fn memberships_are_the_same_from_both_sides() {
    let from_groups = build(options()).unwrap();
    let mut other = options();
    other["group_membership"] = "member-of".into();
    let from_people = build(other).unwrap();
    let password = Kind::OpenLdap.password();
    for login in ["alice", "bob", "jmueller"] {
        let one = identity(log_in(&from_groups, login, &password).await);
        assert_eq!(identity(log_in(&from_people, login, &password).await), one, "{login}");
        for directory in [&from_groups, &from_people] {
            let (_, people, _) = run(directory.sync().unwrap(), None).await.unwrap();
            let listed = people.iter().find(|entry| entry.identity.login == login).unwrap();
            assert_eq!(listed.identity, one, "{login}");
        }
    }
}

#[tokio::test]
#[ignore = "needs OpenLDAP: run cargo xtask test"]
async fn a_later_run_brings_changes() {
    let mut branch = Branch::grow(Kind::OpenLdap).await;
    let alice = branch.person("alice", "Wren-71-alice").await;
    branch.person("grace", "Heron-28-grace").await;
    let mut options = branch.options();
    options.insert("group_membership".into(), "none".into());
    let directory = build(Value::Object(options)).unwrap();
    let sync = directory.sync().unwrap();
    let (_, people, cursor) = run(sync, None).await.unwrap();
    assert_eq!(logins(&people), ["alice", "grace"]);
    branch.replace(&alice, "title", "Admiral").await;
    let (scope, people, _) = run(sync, Some(&cursor)).await.unwrap();
    assert_eq!(scope, SyncScope::Changes);
    let found = people.iter().find(|entry| entry.identity.login == "alice").unwrap();
    assert_eq!(found.identity.details["title"], "Admiral");
}

#[tokio::test]
#[ignore = "needs OpenLDAP: run cargo xtask test"]
async fn starttls_and_a_bind_of_ones_own_work_too() {
    let base = Kind::OpenLdap.base();
    let direct = json!({
        "url": live::variable("PORTICO_TEST_OPENLDAP_URL"), "starttls": true, "ca_file": Kind::OpenLdap.ca(),
        "schema": "openldap", "direct_bind": format!("uid={{login}},ou=people,{base}"), "base_dn": base,
    });
    let directory = build(direct).unwrap();
    let password = Kind::OpenLdap.password();
    assert_eq!(identity(log_in(&directory, "alice", &password).await).login, "alice");
    for (login, wanted) in [("alice", "wrong"), ("alice,ou=x", &password), ("nobody", &password)] {
        assert_eq!(refusal(log_in(&directory, login, wanted).await), Refusal::BadSecret, "{login}");
    }
}

#[tokio::test]
#[ignore = "needs OpenLDAP: run cargo xtask test"]
async fn what_is_wrong_is_told_with_what_to_do() {
    for (key, value, says) in [
        ("ca_file", Value::Null, "`ca_file`"),
        ("bind_password", json!("wrong"), "bind_password"),
        ("base_dn", json!("ou=gone,dc=example,dc=org"), "base_dn"),
        ("base_dn", json!("dc=other,dc=org"), "base_dn"),
        ("base_dn", json!("nonsense"), "base_dn"),
        ("schema", json!("rfc2307"), "user_filter"),
    ] {
        let mut options = options();
        options[key] = value;
        let error = build(options).unwrap().check().await.unwrap_err();
        assert!(
            error.as_str() == "misconfigured" && error.full_text().contains(says),
            "{key}: {}",
            error.full_text()
        );
    }
    let report = build(options()).unwrap().explain().await;
    assert!(report.failed.is_none(), "{:?}", report.failed);
    let fingerprint = build(options()).unwrap().fingerprint().await.unwrap().unwrap();
    assert!(fingerprint.starts_with("directory "), "{fingerprint}");
}

#[tokio::test]
#[ignore = "needs OpenLDAP: run cargo xtask test"]
async fn a_directory_is_discovered_from_its_address() {
    let account = Some((Kind::OpenLdap.service(), SecretString::from(Kind::OpenLdap.password())));
    let approach = Approach { ca_file: Some(Kind::OpenLdap.ca().into()), account, ..Approach::default() };
    let found = discover(&Kind::OpenLdap.url(), &approach).await.unwrap();
    assert_eq!((found.base_dn.as_str(), found.schema), (Kind::OpenLdap.base().as_str(), Preset::OpenLdap));
    assert!(found.people_found && found.user_filter.is_none());
}
