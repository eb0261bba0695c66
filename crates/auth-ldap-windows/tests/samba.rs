//! A real domain controller: Samba, with the people that the test runner makes.

mod live;
mod support;

use live::{Branch, Kind};
use portico_auth_ldap_windows::{Approach, Preset, discover};
use portico_core::auth::{AuthError, Authenticator, DirectoryState, Refusal, SyncScope};
use secrecy::SecretString;
use serde_json::{Value, json};
use support::{build, group_names, identity, log_in, logins, refusal, run, trusted};

fn options() -> Value {
    let mut options = Kind::Samba.options();
    options.insert("trusted_names".into(), true.into());
    options.insert("details".into(), json!(["title", "manager"]));
    Value::Object(options)
}

#[tokio::test]
#[ignore = "needs a Samba domain controller: run cargo xtask test"]
async fn a_person_is_one_subject_under_every_spelling() {
    let directory = build(options()).unwrap();
    let password = Kind::Samba.password();
    let alice = identity(log_in(&directory, "alice", &password).await);
    assert_eq!(alice.subject.as_str().len(), 36);
    for spelling in
        ["ALICE", "EXAMPLE\\alice", "alice@example.test", "Alice@EXAMPLE.TEST", "example.test\\alice"]
    {
        assert_eq!(identity(log_in(&directory, spelling, &password).await), alice, "{spelling}");
        assert_eq!(identity(trusted(&directory, spelling).await), alice, "{spelling}");
    }
    for other in ["OTHER\\alice", "alice@other.test", "*", "alice)(x=*", "CN=alice", "DC1$"] {
        assert_eq!(refusal(log_in(&directory, other, &password).await), Refusal::UnknownSubject, "{other}");
        assert_eq!(refusal(trusted(&directory, other).await), Refusal::UnknownSubject, "{other}");
    }
}

#[tokio::test]
#[ignore = "needs a Samba domain controller: run cargo xtask test"]
async fn an_umlaut_and_a_comma_in_a_name_disturb_nothing() {
    let directory = build(options()).unwrap();
    let person = identity(log_in(&directory, "jmueller", &Kind::Samba.password()).await);
    assert_eq!(person.display_name.as_deref(), Some("Müller, Jürgen"));
    assert_eq!(group_names(&person), ["Domain Users", "Engineers", "Rust", "Staff", "Team, Grün", "Users"]);
    let bob = identity(log_in(&directory, "bob", &Kind::Samba.password()).await);
    assert_eq!(bob.details["manager"], "Alice Example");
}

#[tokio::test]
#[ignore = "needs a Samba domain controller: run cargo xtask test"]
async fn each_state_of_an_account_has_its_refusal() {
    let directory = build(options()).unwrap();
    let password = Kind::Samba.password();
    for (login, by_password, by_entry) in [
        ("dora", Refusal::Disabled, Some(Refusal::Disabled)),
        ("erik", Refusal::Disabled, Some(Refusal::Disabled)),
        ("mona", Refusal::ExpiredPassword, Some(Refusal::ExpiredPassword)),
        ("lena", Refusal::Locked { until: None }, Some(Refusal::Locked { until: None })),
        // Only a login looks at the hour and the machine.
        ("nina", Refusal::NotPermitted, None),
        ("walt", Refusal::NotPermitted, None),
    ] {
        assert_eq!(refusal(log_in(&directory, login, &password).await), by_password, "{login}");
        let entry = trusted(&directory, login).await;
        match by_entry {
            Some(wanted) => assert_eq!(refusal(entry), wanted, "{login}"),
            None => drop(identity(entry)),
        }
        if login != "lena" {
            assert_eq!(refusal(log_in(&directory, login, "wrong").await), Refusal::BadSecret, "{login}");
        }
    }
}

#[tokio::test]
#[ignore = "needs a Samba domain controller: run cargo xtask test"]
async fn the_rule_for_chains_and_memory_find_the_same_groups() {
    let chained = build(options()).unwrap();
    let mut walking = options();
    walking["group_membership"] = "member-of".into();
    let walking = build(walking).unwrap();
    let (scope, people, _) = run(chained.sync().unwrap(), None).await.unwrap();
    assert_eq!(scope, SyncScope::Everybody);
    let password = Kind::Samba.password();
    for login in ["alice", "bob", "jmueller"] {
        let asked = identity(log_in(&chained, login, &password).await);
        let listed = people.iter().find(|entry| entry.identity.login == login).unwrap();
        assert_eq!(listed.identity, asked, "{login}");
        // Without the rule only what is written at entries: not the primary group.
        let walked = group_names(&identity(log_in(&walking, login, &password).await));
        let without_primary: Vec<String> =
            group_names(&asked).into_iter().filter(|name| !name.ends_with("Users")).collect();
        assert_eq!(walked, without_primary, "{login}");
    }
    let dora = people.iter().find(|entry| entry.identity.login == "dora").unwrap();
    assert_eq!(dora.state, DirectoryState::Refused(Refusal::Disabled));
    assert!(!logins(&people).contains(&"DC1$"), "machines are no people");
}

#[tokio::test]
#[ignore = "needs a Samba domain controller: run cargo xtask test"]
async fn a_later_run_brings_changes_and_a_changed_group_brings_everybody() {
    let mut branch = Branch::grow(Kind::Samba).await;
    let alice = branch.person("alice", "Wren-71-alice").await;
    branch.person("grace", "Heron-28-grace").await;
    let group = branch.group(&format!("g{}", branch.mark.clone()), &[&alice]).await;
    let directory = build(Value::Object(branch.options())).unwrap();
    let sync = directory.sync().unwrap();
    let (_, people, cursor) = run(sync, None).await.unwrap();
    assert_eq!(logins(&people), ["alice", "grace"]);

    branch.replace(&alice, "title", "Admiral").await;
    let (scope, people, cursor) = run(sync, Some(&cursor)).await.unwrap();
    assert_eq!((scope, logins(&people)), (SyncScope::Changes, vec!["alice"]));
    assert_eq!(people[0].identity.details["title"], "Admiral");

    branch.replace(&group, "description", "changed").await;
    let (scope, people, cursor) = run(sync, Some(&cursor)).await.unwrap();
    assert_eq!((scope, logins(&people)), (SyncScope::Everybody, vec!["alice", "grace"]));

    branch.remove(&alice).await;
    let (_, people, _) = run(sync, Some(&cursor)).await.unwrap();
    assert!(!logins(&people).contains(&"alice"));
    let (_, people, _) = run(sync, None).await.unwrap();
    assert_eq!(logins(&people), ["grace"]);
}

#[tokio::test]
#[ignore = "needs a Samba domain controller: run cargo xtask test"]
async fn the_check_and_the_fingerprint_know_the_domain() {
    let directory = build(options()).unwrap();
    let report = directory.explain().await;
    assert!(report.failed.is_none(), "{:?}", report.failed);
    assert!(report.passed.join("\n").contains("`EXAMPLE`, `example.test`"), "{:?}", report.passed);
    let fingerprint = directory.fingerprint().await.unwrap().unwrap();
    assert!(fingerprint.starts_with("domain S-1-5-21-"), "{fingerprint}");
}

#[tokio::test]
#[ignore = "needs a Samba domain controller: run cargo xtask test"]
async fn what_is_wrong_is_told_with_what_to_do() {
    let with = |key: &str, value: Value| {
        let mut options = options();
        options[key] = value;
        options
    };
    let plain = Kind::Samba.url().replace("ldaps", "ldap").replace(":636", ":389");
    for (options, kind, says) in [
        (with("ca_file", Value::Null), "misconfigured", "`ca_file`"),
        (with("bind_password", json!("wrong")), "misconfigured", "bind_password"),
        (with("base_dn", json!("OU=Gone,DC=example,DC=test")), "misconfigured", "base_dn"),
        (with("user_filter", json!("(sAMAccountName=nobody-at-all)")), "misconfigured", "user_filter"),
        (with("url", json!("ldaps://no-such-host.invalid")), "unavailable", "can't be resolved"),
        (
            json!({"url": plain, "allow_plain": true, "bind_dn": Kind::Samba.service(),
            "bind_password": Kind::Samba.password()}),
            "misconfigured",
            "starttls",
        ),
    ] {
        let error = build(options).unwrap().check().await.unwrap_err();
        assert!(error.as_str() == kind && error.full_text().contains(says), "{}", error.full_text());
    }
}

#[tokio::test]
#[ignore = "needs a Samba domain controller: run cargo xtask test"]
async fn starttls_and_a_bind_of_ones_own_work_too() {
    let plain = Kind::Samba.url().replace("ldaps", "ldap").replace(":636", ":389");
    let mut starttls = options();
    starttls["url"] = plain.into();
    starttls["starttls"] = true.into();
    let password = Kind::Samba.password();
    let directory = build(starttls).unwrap();
    assert_eq!(identity(log_in(&directory, "alice", &password).await).login, "alice");

    let direct = json!({"url": Kind::Samba.url(), "ca_file": Kind::Samba.ca(), "direct_bind": "{login}@example.test",
        "base_dn": Kind::Samba.base()});
    let directory = build(direct).unwrap();
    let alice = identity(log_in(&directory, "alice", &password).await);
    assert!(group_names(&alice).contains(&"Staff".to_owned()), "{alice:?}");
    assert_eq!(refusal(log_in(&directory, "dora", &password).await), Refusal::Disabled);
    assert!(refusal(log_in(&directory, "alice", "wrong").await).is_failed_guess());
}

#[tokio::test]
#[ignore = "needs a Samba domain controller: run cargo xtask test"]
async fn a_domain_is_discovered_from_its_address() {
    let account = Some((Kind::Samba.service(), SecretString::from(Kind::Samba.password())));
    let approach = Approach { ca_file: Some(Kind::Samba.ca().into()), account, ..Approach::default() };
    let found = discover(&Kind::Samba.url(), &approach).await.unwrap();
    assert_eq!((found.base_dn.as_str(), found.schema), ("DC=example,DC=test", Preset::ActiveDirectory));
    assert_eq!((found.domain.as_deref(), found.people_found), (Some("EXAMPLE"), true));
    assert_eq!(found.kerberos_realm.as_deref(), Some("EXAMPLE.TEST"));

    let without = Approach { account: None, ..approach };
    let found = discover(&Kind::Samba.url(), &without).await.unwrap();
    assert_eq!((found.base_dn.as_str(), found.people_found), ("DC=example,DC=test", false));
    let untrusted = discover(&Kind::Samba.url(), &Approach::default()).await;
    assert!(matches!(untrusted, Err(AuthError::Misconfigured { .. })), "{untrusted:?}");
}

/// The table of docs/windows.md, as the controller itself says it.
#[tokio::test]
#[ignore = "needs a Samba domain controller: run cargo xtask test"]
async fn the_controllers_own_codes_are_those_of_the_documentation() {
    let password = Kind::Samba.password();
    let base = Kind::Samba.base();
    for (login, password, code) in [
        ("alice", "wrong", "52e"),
        ("nobody-here", password.as_str(), "52e"),
        ("nina", &password, "530"),
        ("walt", &password, "531"),
        ("dora", &password, "533"),
        ("erik", &password, "701"),
        ("mona", &password, "773"),
        ("lena", &password, "775"),
    ] {
        let mut ldap = Kind::Samba.stranger().await;
        let answer = ldap.simple_bind(&format!("{login}@example.test"), password).await.unwrap();
        assert_eq!(answer.rc, 49, "{login}: {}", answer.text);
        assert!(answer.text.contains(&format!("data {code}")), "{login} at {base}: {}", answer.text);
    }
}

#[tokio::test]
#[ignore = "needs a Samba domain controller: run cargo xtask test"]
async fn a_new_password_shows_in_the_stamp_of_the_old_ones_sessions() {
    let mut branch = Branch::grow(Kind::Samba).await;
    let alice = branch.person("alice", "Wren-71-alice").await;
    let directory = build(Value::Object(branch.options())).unwrap();
    let before = identity(log_in(&directory, "alice", "Wren-71-alice").await);
    assert!(before.secret_stamp.is_some(), "{before:?}");
    let subjects = [before.subject.clone()];
    let asked = directory.directory().unwrap().lookup(&subjects).await.unwrap();
    assert_eq!(asked[0].identity, before);
    branch.set_password(&alice, "Wren-72-alice").await;
    let asked = directory.directory().unwrap().lookup(&subjects).await.unwrap();
    assert_ne!(asked[0].identity.secret_stamp, before.secret_stamp);
    // The administrator's tick "must change at next logon" counts as one.
    branch.replace(&alice, "pwdLastSet", "0").await;
    let again = directory.directory().unwrap().lookup(&subjects).await.unwrap();
    assert_ne!(again[0].identity.secret_stamp, asked[0].identity.secret_stamp);
}
