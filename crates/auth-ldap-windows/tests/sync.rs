//! Everybody in the directory, and later whoever changed.

#![expect(clippy::expect_used, reason = "a test that can't be set up must fail")]

mod fake;
mod support;

use fake::cast::{self, BASE, SERVICE, SERVICE_PASSWORD, windows_person};
use fake::tree::{Account, FakeEntry};
use fake::{FakeServer, Manners, Mood};
use portico_auth_conformance::Person;
use portico_core::auth::{
    AuthError, Authenticator, DirectoryState, Refusal, Restrictions, SubjectId, SyncCursor, SyncScope,
};
use serde_json::json;
use support::{build, identity, log_in, logins, run};

async fn start(
    manners: Manners,
    entries: Vec<FakeEntry>,
) -> (FakeServer, portico_auth_ldap_windows::LdapWindows) {
    let server = FakeServer::start(manners, entries).await;
    let schema = if manners == Manners::ActiveDirectory { "active-directory" } else { "openldap" };
    let directory = build(json!({
        "url": server.url(), "allow_plain": true, "bind_dn": SERVICE, "bind_password": SERVICE_PASSWORD,
        "schema": schema, "page_size": 10, "operation_timeout": "2s",
    }));
    (server, directory.expect("the configuration works"))
}

#[tokio::test]
async fn a_first_run_brings_everybody_in_pages_with_their_states_and_groups() {
    let mut entries = cast::domain();
    entries.extend((10..60).map(|n| windows_person(n, &format!("person{n}"), "x", Account::Usable)));
    let (server, directory) = start(Manners::ActiveDirectory, entries).await;
    let (scope, people, _) = run(directory.sync().unwrap(), None).await.unwrap();
    assert_eq!((scope, people.len()), (SyncScope::Everybody, 55));
    let of = |login: &str| people.iter().find(|entry| entry.identity.login == login).unwrap();
    assert_eq!(of("carol").state, DirectoryState::Refused(Refusal::Disabled));
    assert_eq!(of("dave").state, DirectoryState::Refused(Refusal::Locked { until: None }));
    assert_eq!(of("victor").state, DirectoryState::Refused(Refusal::ExpiredPassword));
    assert_eq!(of("alice").state, DirectoryState::Active(Restrictions::default()));
    // What is found in memory is what a login finds by asking.
    let alice = identity(log_in(&directory, "alice", Person::Alice.password()).await);
    assert_eq!(of("alice").identity, alice);
    assert_eq!(alice.groups.unwrap().len(), 4);
    drop(server);
}

#[tokio::test]
async fn in_a_unix_directory_both_ways_find_the_same_groups() {
    let (_server, directory) = start(Manners::OpenLdap, cast::unix()).await;
    let (_, people, _) = run(directory.sync().unwrap(), None).await.unwrap();
    for person in [Person::Alice, Person::Grace] {
        let found = people.iter().find(|entry| entry.identity.login == person.login()).unwrap();
        assert_eq!(found.identity, identity(log_in(&directory, person.login(), person.password()).await));
    }
}

#[tokio::test]
async fn a_later_run_brings_whoever_changed() {
    for manners in [Manners::ActiveDirectory, Manners::OpenLdap] {
        let (entries, login) = match manners {
            Manners::ActiveDirectory => (cast::domain(), "sAMAccountName"),
            Manners::OpenLdap => (cast::unix(), "uid"),
        };
        let (server, directory) = start(manners, entries).await;
        let sync = directory.sync().unwrap();
        let (_, _, cursor) = run(sync, None).await.unwrap();
        server.change(login, "grace", |entry| entry.set("displayName", "Grace H."));
        let (scope, people, cursor) = run(sync, Some(&SyncCursor::new(cursor.as_str()))).await.unwrap();
        assert_eq!(scope, SyncScope::Changes, "{manners:?}");
        assert_eq!(logins(&people), ["grace"], "{manners:?}");
        assert_eq!(people[0].identity.display_name.as_deref(), Some("Grace H."));
        server.change(login, "alice", |entry| entry.set("displayName", "Alice Q."));
        let (_, people, _) = run(sync, Some(&cursor)).await.unwrap();
        // Where changes have times, the last ones come again: two may have one time.
        assert!(logins(&people).contains(&"alice"), "{manners:?}");
    }
}

#[tokio::test]
async fn nothing_new_is_an_empty_run_with_a_cursor() {
    let (_server, directory) = start(Manners::ActiveDirectory, cast::domain()).await;
    let sync = directory.sync().unwrap();
    let (_, _, cursor) = run(sync, None).await.unwrap();
    let (scope, people, again) = run(sync, Some(&cursor)).await.unwrap();
    assert_eq!((scope, people.len(), again), (SyncScope::Changes, 0, cursor));
}

#[tokio::test]
async fn a_changed_group_another_server_or_a_foreign_cursor_means_everybody() {
    let (server, directory) = start(Manners::ActiveDirectory, cast::domain()).await;
    let sync = directory.sync().unwrap();
    let (_, everybody, cursor) = run(sync, None).await.unwrap();
    server.change("cn", "Editors", |entry| {
        entry.attributes.push(("member".to_owned(), format!("CN=grace,{BASE}").into_bytes()));
    });
    let (scope, people, cursor) = run(sync, Some(&cursor)).await.unwrap();
    assert_eq!((scope, people.len()), (SyncScope::Everybody, everybody.len()));

    let number = cursor.as_str().split(' ').nth(1).unwrap().to_owned();
    for foreign in [
        cursor.as_str().replace("1111", "2222"),
        cursor.as_str().replace(&number, "99999999"),
        "time1 20261122081530Z".to_owned(),
        "usn1 x y".to_owned(),
        "usn2 1 a".to_owned(),
        String::new(),
        "*)(uid=*".to_owned(),
    ] {
        let (scope, ..) = run(sync, Some(&SyncCursor::new(foreign.as_str()))).await.unwrap();
        assert_eq!(scope, SyncScope::Everybody, "{foreign}");
    }
}

#[tokio::test]
async fn whoever_is_gone_is_missing_among_everybody() {
    let (server, directory) = start(Manners::ActiveDirectory, cast::domain()).await;
    let sync = directory.sync().unwrap();
    server.remove("sAMAccountName", "grace");
    let (scope, people, _) = run(sync, None).await.unwrap();
    assert_eq!(scope, SyncScope::Everybody);
    assert!(!logins(&people).contains(&"grace"));
}

#[tokio::test]
async fn a_run_that_breaks_off_is_an_error_and_leaves_no_cursor() {
    let mut entries = cast::domain();
    entries.extend((10..60).map(|n| windows_person(n, &format!("person{n}"), "x", Account::Usable)));
    let (server, directory) = start(Manners::ActiveDirectory, entries).await;
    let sync = directory.sync().unwrap();
    for mood in [Mood::Resets, Mood::Hangs, Mood::NeverEnds, Mood::SearchesEndWith(4)] {
        server.behave(Mood::Serves);
        let mut broken = sync.begin(None).await.unwrap();
        assert_eq!(broken.next().await.unwrap().unwrap().len(), 10);
        server.behave(mood.clone());
        let error = broken.next().await.expect_err("half of the people are not everybody");
        assert!(broken.cursor().is_none(), "{mood:?}: {error}");
        assert!(broken.next().await.unwrap().is_none() && broken.cursor().is_none(), "{mood:?}");
    }
    server.behave(Mood::SearchesEndWith(4));
    let mut run = match sync.begin(None).await {
        Ok(run) => run,
        Err(error) => return assert!(error.full_text().contains("page_size"), "{error}"),
    };
    let error = run.next().await.unwrap_err();
    assert!(matches!(&error, AuthError::Misconfigured { what, .. } if what.contains("page_size")), "{error}");
}

#[tokio::test]
async fn an_entry_that_cannot_be_read_does_not_stop_the_others() {
    let (server, directory) = start(Manners::ActiveDirectory, cast::domain()).await;
    server.change("sAMAccountName", "grace", |entry| {
        entry.attributes.retain(|(name, _)| name != "objectGUID");
    });
    let (_, people, _) = run(directory.sync().unwrap(), None).await.unwrap();
    assert_eq!(people.len(), 4);
}

#[tokio::test]
async fn many_are_looked_up_at_once_with_the_groups_that_one_has() {
    let mut entries = cast::domain();
    entries.extend((10..220).map(|n| windows_person(n, &format!("person{n}"), "x", Account::Usable)));
    let (server, directory) = start(Manners::ActiveDirectory, entries).await;
    let (_, everybody, _) = run(directory.sync().unwrap(), None).await.unwrap();
    let subjects: Vec<SubjectId> = everybody.iter().map(|entry| entry.identity.subject.clone()).collect();
    let lookups = directory.directory().unwrap();
    let before = server.questions();
    let many = lookups.lookup(&subjects).await.unwrap();
    assert_eq!(many.len(), subjects.len());
    assert!(server.questions() - before < 30, "{} questions for 215 people", server.questions() - before);
    for entry in &many {
        let one = lookups.lookup(std::slice::from_ref(&entry.identity.subject)).await.unwrap();
        assert_eq!(one, std::slice::from_ref(entry));
    }
}

#[tokio::test]
async fn a_picture_is_given_when_it_is_one() {
    let (server, directory) = start(Manners::ActiveDirectory, cast::domain()).await;
    let jpeg = b"\xff\xd8\xff\xe0 a face";
    server.change("sAMAccountName", "alice", |entry| entry.set("thumbnailPhoto", jpeg));
    server.change("sAMAccountName", "grace", |entry| entry.set("thumbnailPhoto", b"<svg onload=alert(1)>"));
    let lookups = directory.directory().unwrap();
    let subject = |person: Person| {
        let directory = &directory;
        async move { identity(log_in(directory, person.login(), person.password()).await).subject }
    };
    assert_eq!(lookups.photo(&subject(Person::Alice).await).await.unwrap().as_deref(), Some(&jpeg[..]));
    assert_eq!(lookups.photo(&subject(Person::Grace).await).await.unwrap(), None);
    assert_eq!(lookups.photo(&SubjectId::new("nobody").unwrap()).await.unwrap(), None);
}
