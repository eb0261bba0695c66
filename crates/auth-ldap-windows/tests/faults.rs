//! What happens when the directory, the configuration or the person at the login page misbehaves: each has its own answer.

mod fake;
mod support;

use std::time::{Duration, Instant};

use fake::cast::{self, SERVICE, SERVICE_PASSWORD};
use fake::tree::{Account, FakeEntry};
use fake::{FakeServer, Manners, Mood};
use portico_auth_conformance::Person;
use portico_core::auth::{AuthError, Authenticator, Refusal};
use serde_json::{Value, json};
use support::{build, log_in, refusal, trusted};

fn options(server: &FakeServer) -> Value {
    let schema =
        if server.state.manners == Manners::ActiveDirectory { "active-directory" } else { "openldap" };
    json!({
        "url": server.url(), "allow_plain": true, "bind_dn": SERVICE, "bind_password": SERVICE_PASSWORD,
        "schema": schema, "trusted_names": true, "details": ["department", "manager", "title"], "connect_timeout": "400ms", "operation_timeout": "400ms",
    })
}

async fn domain() -> FakeServer {
    FakeServer::start(Manners::ActiveDirectory, cast::domain()).await
}

fn alice() -> (&'static str, &'static str) {
    (Person::Alice.login(), Person::Alice.password())
}

#[tokio::test]
async fn an_empty_password_never_reaches_a_bind() {
    let server = domain().await;
    let directory = build(options(&server)).unwrap();
    for password in ["", " ", "\t", "\0", "Wren\0", &"x".repeat(5000)] {
        assert_eq!(refusal(log_in(&directory, "alice", password).await), Refusal::BadSecret);
    }
    assert_eq!(server.questions(), 0);
}

#[tokio::test]
async fn a_name_that_nobody_can_have_is_not_asked_for() {
    let server = domain().await;
    let directory = build(options(&server)).unwrap();
    for login in ["", "  ", "a\0", "alice\n", &"a".repeat(10_000)] {
        assert_eq!(refusal(log_in(&directory, login, "secret").await), Refusal::UnknownSubject);
    }
    assert_eq!(server.questions(), 0);
}

#[tokio::test]
async fn filter_and_name_specials_find_nobody() {
    let server = domain().await;
    let directory = build(options(&server)).unwrap();
    let password = Person::Alice.password();
    for login in [
        "*",
        "*)(uid=*",
        "alice)(|(a=*",
        "a*",
        "\\61lice",
        "alice,DC=example",
        "CN=alice,DC=example,DC=test",
        "#61",
        "al\\ice",
        "ali\u{0301}ce",
    ] {
        assert_eq!(refusal(log_in(&directory, login, password).await), Refusal::UnknownSubject, "{login}");
    }
}

#[tokio::test]
async fn each_state_of_an_account_is_told_after_the_right_password_only() {
    let mut entries = cast::domain();
    let states = [
        (Account::Disabled, Refusal::Disabled),
        (Account::Expired, Refusal::Disabled),
        (Account::PasswordExpired, Refusal::ExpiredPassword),
        (Account::MustChange, Refusal::ExpiredPassword),
        (Account::NotAtThisHour, Refusal::NotPermitted),
    ];
    for (number, (account, _)) in (20..).zip(&states) {
        entries.push(cast::windows_person(number, &format!("p{number}"), "right", *account));
    }
    let server = FakeServer::start(Manners::ActiveDirectory, entries).await;
    let directory = build(options(&server)).unwrap();
    for (number, (account, wanted)) in (20..).zip(states) {
        let login = format!("p{number}");
        assert_eq!(refusal(log_in(&directory, &login, "right").await), wanted, "{account:?}");
        assert_eq!(refusal(log_in(&directory, &login, "wrong").await), Refusal::BadSecret, "{account:?}");
        // Without a password the entry must tell the same, but for the hours, which only a login looks at.
        if account != Account::NotAtThisHour {
            assert_eq!(refusal(trusted(&directory, &login).await), wanted, "{account:?}");
        }
    }
    assert_eq!(refusal(trusted(&directory, "dave").await), Refusal::Locked { until: None });
}

#[tokio::test]
async fn a_trusted_name_is_a_windows_name_of_this_domain() {
    let server = domain().await;
    let directory = build(options(&server)).unwrap();
    for name in ["alice", "EXAMPLE\\alice", "example\\ALICE", "alice@example.test", "alice@EXAMPLE.TEST"] {
        assert_eq!(trusted(&directory, name).await.unwrap().identity().unwrap().login, "alice", "{name}");
    }
    for name in ["OTHER\\alice", "alice@other.test", "alice@mail.test", "portico", "alice\0"] {
        assert_eq!(refusal(trusted(&directory, name).await), Refusal::UnknownSubject, "{name}");
    }
    let mut off = options(&server);
    off["trusted_names"] = false.into();
    assert_eq!(refusal(trusted(&build(off).unwrap(), "alice").await), Refusal::NotPermitted);
}

#[tokio::test]
async fn a_person_brings_name_mail_facts_and_nested_groups() {
    let server = domain().await;
    let directory = build(options(&server)).unwrap();
    let (login, password) = alice();
    let decision = log_in(&directory, login, password).await.unwrap();
    let identity = decision.identity().unwrap();
    assert_eq!(identity.subject.as_str(), "11111111-1111-1111-1111-111111111101");
    assert_eq!(identity.display_name.as_deref(), Some("alice of Example"));
    assert_eq!(identity.email.as_ref().unwrap().address, "alice@mail.test");
    assert_eq!(identity.details["department"], "Research");
    assert_eq!(identity.details["manager"], "Hopper, Grace");
    assert_eq!(identity.registered_at.unwrap().to_string(), "2026-01-02T03:04:05.000Z");
    let groups: Vec<&str> =
        identity.groups.as_ref().unwrap().iter().map(|group| group.name.as_str()).collect();
    assert_eq!(
        groups,
        ["Editors", "Staff", "Domain Users", "Users"],
        "a circle ends, the primary group counts"
    );
}

#[tokio::test]
async fn only_the_facts_that_are_listed_are_told_and_a_picture_is_only_noted() {
    let server = domain().await;
    server.change("sAMAccountName", "alice", |entry| entry.set("thumbnailPhoto", b"\xff\xd8\xff\xe0"));
    for (listed, told) in [
        (json!(["phone"]), vec![]),
        (json!(["mail"]), vec!["mail"]),
        (Value::Null, vec!["department", "mail"]),
    ] {
        let mut options = options(&server);
        let keys = options.as_object_mut().unwrap();
        keys.remove("details");
        if !listed.is_null() {
            keys.insert("details".into(), listed);
        }
        let decision = log_in(&build(options).unwrap(), alice().0, alice().1).await.unwrap();
        let identity = decision.identity().unwrap();
        assert_eq!(identity.details.keys().collect::<Vec<_>>(), told);
        assert!(identity.photo);
    }
    let mut without = options(&server);
    without["photos"] = false.into();
    let directory = build(without).unwrap();
    let decision = log_in(&directory, alice().0, alice().1).await.unwrap();
    let identity = decision.identity().unwrap();
    assert!(!identity.photo);
    assert_eq!(directory.directory().unwrap().photo(&identity.subject).await.unwrap(), None);
}

#[tokio::test]
async fn a_changed_password_shows_in_the_stamp_and_nothing_else_does() {
    let server = domain().await;
    let directory = build(options(&server)).unwrap();
    let stamp = || async {
        let decision = log_in(&directory, alice().0, alice().1).await.unwrap();
        decision.identity().unwrap().secret_stamp.clone().unwrap()
    };
    let before = stamp().await;
    server.change("sAMAccountName", "alice", |entry| entry.set("displayName", "Alice Q."));
    assert_eq!(stamp().await, before);
    server.change("sAMAccountName", "alice", |entry| entry.set("pwdLastSet", "133000000000000001"));
    assert_ne!(stamp().await, before);
}

#[tokio::test]
async fn a_389_directory_is_known_by_its_own_ids() {
    let mut entries = cast::unix();
    for entry in &mut entries {
        for (name, value) in &mut entry.attributes {
            if name == "entryUUID" {
                *name = "nsUniqueId".to_owned();
                let id = String::from_utf8_lossy(value).replace('-', "");
                *value = [&id[..8], &id[8..16], &id[16..24], &id[24..]].join("-").into_bytes();
            }
        }
    }
    let server = FakeServer::start(Manners::OpenLdap, entries).await;
    for word in ["389", "389ds"] {
        let mut options = options(&server);
        options["schema"] = word.into();
        let directory = build(options).unwrap();
        let decision = log_in(&directory, alice().0, alice().1).await.unwrap();
        let identity = decision.identity().unwrap();
        assert_eq!(identity.subject.as_str(), "00000000-00004000-80000000-00000001");
        let groups = identity.groups.as_ref().unwrap();
        assert!(groups.iter().any(|group| group.name == "staff"), "{groups:?}");
        let found =
            directory.directory().unwrap().lookup(std::slice::from_ref(&identity.subject)).await.unwrap();
        assert_eq!(found[0].identity, *identity);
        assert_eq!(refusal(log_in(&directory, alice().0, "wrong").await), Refusal::BadSecret);
    }
}

#[tokio::test]
async fn of_two_people_with_one_address_the_windows_name_goes_first() {
    let mut entries = cast::domain();
    let mut mallory = cast::windows_person(30, "mallory", "Mallory-1", Account::Usable);
    // Whoever may write their own address must not become somebody else, nor keep them out.
    mallory.set("mail", "alice@example.test");
    entries.push(mallory);
    let server = FakeServer::start(Manners::ActiveDirectory, entries).await;
    let directory = build(options(&server)).unwrap();
    let decision = log_in(&directory, "alice@example.test", Person::Alice.password()).await.unwrap();
    assert_eq!(decision.identity().unwrap().login, "alice");
    assert_eq!(refusal(log_in(&directory, "alice@example.test", "Mallory-1").await), Refusal::BadSecret);
}

#[tokio::test]
async fn a_name_that_finds_two_people_lets_nobody_in() {
    let mut entries = cast::domain();
    let mut twin = cast::windows_person(31, "twin", "Twin-1", Account::Usable);
    twin.set("mail", "alice@mail.test");
    entries.push(twin);
    let server = FakeServer::start(Manners::ActiveDirectory, entries).await;
    let directory = build(options(&server)).unwrap();
    let error = log_in(&directory, "alice@mail.test", "Twin-1").await.unwrap_err();
    assert!(matches!(&error, AuthError::Inconsistent { what } if what.contains("several people")), "{error}");
    assert!(log_in(&directory, "alice", Person::Alice.password()).await.unwrap().identity().is_some());
}

#[tokio::test]
async fn an_entry_without_its_stable_id_is_inconsistent() {
    let server = domain().await;
    server.change("sAMAccountName", "alice", |entry| {
        entry.attributes.retain(|(name, _)| name != "objectGUID");
    });
    let directory = build(options(&server)).unwrap();
    let (login, password) = alice();
    let error = log_in(&directory, login, password).await.unwrap_err();
    assert!(matches!(&error, AuthError::Inconsistent { what } if what.contains("objectGUID")), "{error}");
}

/// Every way for a directory to misbehave is an outage or an inconsistency with its own words, never a refusal, never a hang.
#[tokio::test]
async fn a_directory_that_misbehaves_is_told_from_one_that_refuses() {
    let endless = "more entries than";
    for (mood, kind, says) in [
        (Mood::Hangs, "unavailable", "no answer within"),
        (Mood::Resets, "unavailable", "ended the connection"),
        (Mood::HangsUpAfter(1), "unavailable", "ended the connection"),
        (Mood::Babbles(b"HTTP/1.1 400 Bad Request\r\n\r\n".to_vec()), "", ""),
        (Mood::Babbles(vec![0x30, 0x80, 0x00, 0xff, 0x31]), "", ""),
        (Mood::Babbles(vec![0x30, 0x03, 0x02, 0x01, 0x01]), "inconsistent", "not LDAP"),
        (Mood::Babbles(vec![0x30, 0x05, 0x02, 0x01, 0x01, 0x61, 0x00]), "inconsistent", "not LDAP"),
        (Mood::NeverEnds, "inconsistent", endless),
        (Mood::MalformedEntries, "inconsistent", "not LDAP"),
        (Mood::Refers, "misconfigured", "another server"),
        (Mood::SearchesEndWith(1), "misconfigured", "right to read"),
        (Mood::SearchesEndWith(32), "misconfigured", "base_dn"),
        (Mood::SearchesEndWith(50), "misconfigured", "right to read"),
        (Mood::SearchesEndWith(51), "unavailable", "result code 51"),
        (Mood::SearchesEndWith(4), "misconfigured", "limit"),
        (Mood::SearchesEndWith(80), "inconsistent", "result code 80"),
        (Mood::BindsEndWith(8, b"Transport encryption required."), "misconfigured", "starttls"),
        (Mood::BindsEndWith(52, b"later"), "unavailable", "later"),
        (Mood::BindsEndWith(49, b"\xff\xfe"), "inconsistent", "not LDAP"),
        (Mood::BindsEndWith(4711, b""), "inconsistent", "4711"),
    ] {
        let server = domain().await;
        server.behave(mood.clone());
        let mut options = options(&server);
        options["base_dn"] = cast::BASE.into();
        let directory = build(options).unwrap();
        let begun = Instant::now();
        let (login, password) = alice();
        let error = log_in(&directory, login, password).await.expect_err("an outage is no answer");
        assert!(begun.elapsed() < Duration::from_secs(8), "{mood:?} took {:?}", begun.elapsed());
        let text = error.full_text();
        assert!(kind.is_empty() || error.as_str() == kind, "{mood:?}: {text}");
        assert!(text.contains(says), "{mood:?}: {text}");
        assert!(!text.contains(password) && !text.contains(SERVICE_PASSWORD), "{text}");
    }
}

#[tokio::test]
async fn a_search_with_a_missing_base_names_it_at_the_check() {
    let server = domain().await;
    let mut options = options(&server);
    options["base_dn"] = "OU=Gone,DC=example,DC=test".into();
    let error = build(options).unwrap().check().await.unwrap_err().full_text();
    assert!(error.contains("OU=Gone,DC=example,DC=test") && error.contains("base_dn"), "{error}");
}

#[tokio::test]
async fn a_filter_that_finds_nobody_is_told_at_the_check() {
    let server = domain().await;
    let mut options = options(&server);
    options["user_filter"] = "(objectClass=martian)".into();
    let error = build(options).unwrap().check().await.unwrap_err().full_text();
    assert!(error.contains("(objectClass=martian)") && error.contains("user_filter"), "{error}");
}

#[tokio::test]
async fn the_check_tells_each_step_that_worked() {
    let server = domain().await;
    let report = build(options(&server)).unwrap().explain().await;
    assert!(report.failed.is_none(), "{:?}", report.failed);
    let steps = report.passed.join("\n");
    for part in ["answers", "DC=example,DC=test", "`EXAMPLE`", "objectGUID", "groups"] {
        assert!(steps.contains(part), "{steps}");
    }
}

#[tokio::test]
async fn a_refused_service_account_is_told_and_not_hammered() {
    let server = domain().await;
    let mut options = options(&server);
    options["bind_password"] = "wrong".into();
    let directory = build(options).unwrap();
    for _ in 0..5 {
        let error = log_in(&directory, "alice", Person::Alice.password()).await.unwrap_err();
        assert!(
            matches!(&error, AuthError::Misconfigured { what, .. } if what.contains("bind_password")),
            "{error}"
        );
    }
    let tried = server.state.tried.lock().unwrap().len();
    assert_eq!(tried, 1, "five logins must not lock the service account");
}

#[tokio::test]
async fn the_next_server_answers_while_one_is_out_and_is_asked_first_then() {
    let (out, well) = (domain().await, domain().await);
    out.behave(Mood::Hangs);
    let mut options = options(&well);
    options["url"] = json!([out.url(), well.url()]);
    let directory = build(options).unwrap();
    let (login, password) = alice();
    // Connected it is, so only the question shows that it is out: this login pays for it.
    let first = log_in(&directory, login, password).await;
    assert!(matches!(first, Err(AuthError::Unavailable { .. })), "{first:?}");
    let connections = || out.state.connections.load(std::sync::atomic::Ordering::Relaxed);
    let asked = connections();
    assert!(log_in(&directory, login, password).await.unwrap().identity().is_some());
    assert!(log_in(&directory, login, password).await.unwrap().identity().is_some());
    assert_eq!(connections(), asked, "the hanging server was asked again");
}

#[tokio::test]
async fn a_server_that_refuses_connections_costs_nobody_a_login() {
    let gone = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap();
    let well = domain().await;
    let mut options = options(&well);
    options["url"] = json!([format!("ldap://{gone}"), well.url()]);
    let directory = build(options).unwrap();
    let (login, password) = alice();
    assert!(log_in(&directory, login, password).await.unwrap().identity().is_some());
}

#[tokio::test]
async fn connections_are_kept_bounded_and_replaced_when_the_server_ends_them() {
    let server = domain().await;
    let mut options = options(&server);
    options["connections"] = 3.into();
    options["operation_timeout"] = "5s".into();
    let directory = build(options).unwrap();
    let (login, password) = alice();
    let crowd = (0..40).map(|_| log_in(&directory, login, password));
    for answer in futures_util::future::join_all(crowd).await {
        assert!(answer.unwrap().identity().is_some());
    }
    let opened = server.state.connections.load(std::sync::atomic::Ordering::Relaxed);
    assert!(opened <= 6, "{opened} connections for 40 logins, 3 and 3 are allowed");

    // All that is kept ends, unseen until it is used.
    server.behave(Mood::Resets);
    let _ = log_in(&directory, login, password).await;
    server.behave(Mood::Serves);
    assert!(log_in(&directory, login, password).await.unwrap().identity().is_some());
}

/// A connection on which somebody has bound is never asked anything.
#[tokio::test]
async fn nothing_is_looked_up_as_the_person_who_logged_in() {
    let server = domain().await;
    let directory = build(options(&server)).unwrap();
    for _ in 0..3 {
        let _ = log_in(&directory, "alice", "wrong").await;
        let (login, password) = alice();
        assert!(log_in(&directory, login, password).await.unwrap().identity().is_some());
    }
    let tried = server.state.tried.lock().unwrap().clone();
    let as_service = tried.iter().filter(|(name, _)| name == SERVICE).count();
    assert_eq!(as_service, 1, "the look-ups' connection was bound anew: {tried:?}");
}

#[tokio::test]
async fn people_who_bind_themselves_need_no_service_account() {
    for template in ["{login}@example.test", "EXAMPLE\\{login}", "CN={login},DC=example,DC=test"] {
        let server = domain().await;
        let options = json!({"url": server.url(), "allow_plain": true, "direct_bind": template, "base_dn": cast::BASE,
            "domain": "EXAMPLE"});
        // Who is nobody may not read the names of the domain; they are configured instead.
        let directory = build(options).unwrap();
        let (login, password) = alice();
        let decision = log_in(&directory, login, password).await.unwrap();
        assert_eq!(decision.identity().unwrap().login, "alice", "{template}");
        assert_eq!(refusal(log_in(&directory, "alice", "wrong").await), Refusal::BadSecret);
        assert_eq!(refusal(log_in(&directory, "nobody", "wrong").await), Refusal::UnknownSubject);
        assert!(directory.directory().is_none());
    }
}

#[test]
fn a_configuration_that_cannot_work_says_which_key_and_what_would() {
    let base = json!({"url": "ldaps://dc1", "bind_dn": "x", "bind_password": "s3cret"});
    for (key, value, says) in [
        ("url", json!("ldap://dc1"), "allow_plain"),
        ("url", json!([]), "at least one"),
        ("bind_password", Value::Null, "bind_password"),
        ("direct_bind", json!("{login}@x"), "only one"),
        ("page_size", json!(5), "10 to 1000"),
        ("ca_file", json!("/no/such/file.pem"), "/no/such/file.pem"),
        ("starttls", json!(true), "starttls"),
    ] {
        let mut options = base.clone();
        options[key] = value;
        let error = build(options).expect_err(key).to_string();
        assert!(error.contains(says) && !error.contains("s3cret"), "{key}: {error}");
    }
    let nothing = build(json!({"url": "ldaps://dc1"})).unwrap_err().to_string();
    assert!(nothing.contains("bind_dn") && nothing.contains("direct_bind"), "{nothing}");
    let both =
        build(json!({"url": "ldaps://dc1", "direct_bind": "{login}@x", "trusted_names": true})).unwrap_err();
    assert!(both.to_string().contains("service account"), "{both}");
}

#[tokio::test]
async fn a_unix_directory_finds_groups_upwards_and_ends_in_circles() {
    let server = FakeServer::start(Manners::OpenLdap, cast::unix()).await;
    let directory = build(options(&server)).unwrap();
    let (login, password) = alice();
    let decision = log_in(&directory, login, password).await.unwrap();
    let groups = decision.identity().unwrap().groups.clone().unwrap();
    let names: Vec<&str> = groups.iter().map(|group| group.name.as_str()).collect();
    assert_eq!(names, ["editors", "staff", "circle"]);
}

#[tokio::test]
async fn unix_groups_count_by_login_and_by_number() {
    let mut entries = cast::unix();
    let alice_entry = entries.iter_mut().find(|entry| entry.has("uid", b"alice")).unwrap();
    *alice_entry = alice_entry.clone().with("objectClass", "posixAccount").with("gidNumber", "100");
    for (name, number, member) in
        [("users", "100", "nobody"), ("admins", "101", "alice"), ("else", "102", "grace")]
    {
        entries.push(
            FakeEntry::new(format!("cn={name},{}", cast::BASE))
                .with("objectClass", "posixGroup")
                .with("cn", name)
                .with("entryUUID", format!("00000000-0000-4000-8000-000000000{number}"))
                .with("gidNumber", number)
                .with("memberUid", member),
        );
    }
    let server = FakeServer::start(Manners::OpenLdap, entries).await;
    let mut options = options(&server);
    options["schema"] = "rfc2307".into();
    let directory = build(options).unwrap();
    let decision = log_in(&directory, "alice", Person::Alice.password()).await.unwrap();
    let groups = decision.identity().unwrap().groups.clone().unwrap();
    let names: Vec<&str> = groups.iter().map(|group| group.name.as_str()).collect();
    assert_eq!(names, ["users", "admins"]);
}
