//! Directories that are read in rounds: colleagues who never logged in, and those who have gone.

use std::sync::Arc;

use portico_core::auth::{ExternalGroup, Refusal};
use portico_core::engine::{Engine, EngineError, SyncError, SyncOrder, SyncReport, SyncRules, SyncWhat};
use portico_core::front::Front;
use portico_core::group::GroupSelector;
use portico_core::messaging::Event;
use portico_core::policy::Mode;
use portico_core::testing::{FakeHealth, FakePerson};

use crate::town::{NAMES, Town, at, enter, hear, resyncs, say, texts, try_enter};

const DRY: SyncOrder = SyncOrder { dry_run: true, accept: false, everybody: false };
const ALL: SyncOrder = SyncOrder { dry_run: false, accept: false, everybody: true };
const ACCEPT: SyncOrder = SyncOrder { dry_run: false, accept: true, everybody: true };

/// `open` shows colleagues; so does `quiet`, where one must ask first; `closed` does not.
fn town() -> Town {
    let mut town = Town::new()
        .with_front("open", Mode::OpenCommunity, |front| front.directory = true)
        .with_front("closed", Mode::OpenCommunity, |front| {
            front.community = "else".to_owned().try_into().unwrap()
        });
    town.settings.directories.insert("fake".into(), SyncRules::default());
    town
}

async fn sync(engine: &Engine, order: SyncOrder) -> SyncReport {
    engine.sync_directory("fake", order).await.unwrap()
}

fn logins(report: &SyncReport, what: SyncWhat) -> Vec<&str> {
    report.lines.iter().filter(|line| line.what == what).map(|line| line.login.as_str()).collect()
}

#[tokio::test]
async fn colleagues_who_never_logged_in_are_found_written_to_and_read_it_at_their_first_login() {
    let engine = town().start().await;
    let mut ann = enter(&engine, "open", "ann").await;
    assert_eq!(engine.find_people(&ann.visitor, "ben").await.unwrap(), []);
    let report = sync(&engine, SyncOrder::default()).await;
    assert_eq!((report.people, report.added, report.removed), (6, 5, 0));
    assert!(hear(&engine, &mut ann).await.iter().any(|event| matches!(event, Event::Person { .. })));

    let ben = engine.find_people(&ann.visitor, "ben").await.unwrap().remove(0);
    assert!(ben.proven && ben.may.write);
    let (direct, _) = engine.open_direct(&ann.visitor, ben.id).await.unwrap();
    say(&engine, &ann, direct.view.conversation.id, "welcome").await;

    let mut login = enter(&engine, "open", "ben").await;
    assert_eq!(login.id(), ben.id, "the account that the directory made");
    let history = engine.history(&login.visitor, direct.view.conversation.id, None, 10).await.unwrap();
    assert_eq!(history.messages.iter().map(|m| m.text.as_str()).collect::<Vec<_>>(), ["welcome"]);
    let list = engine.conversations(&login.visitor, None, 10).await.unwrap();
    assert_eq!(list.conversations[0].view.unread, 1);
    say(&engine, &ann, direct.view.conversation.id, "again").await;
    assert_eq!(texts(&hear(&engine, &mut login).await), ["again"]);
}

#[tokio::test]
async fn a_front_that_does_not_say_so_lists_nobody_before_their_first_login() {
    let engine = town().start().await;
    sync(&engine, SyncOrder::default()).await;
    let ann = enter(&engine, "closed", "ann").await;
    assert_eq!(engine.find_people(&ann.visitor, "ben").await.unwrap(), []);
    assert_eq!(engine.roster(&ann.visitor, None, 50).await.unwrap().people, []);
}

#[tokio::test]
async fn only_colleagues_whom_a_front_would_let_in_are_listed_there_and_no_longer_than_that() {
    let group = |id: &str| ExternalGroup { id: id.into(), name: id.into(), leader: false, built_in: false };
    let town = town().with_front("open", Mode::OpenCommunity, |front: &mut Front| {
        front.directory = true;
        front.require_groups = vec![GroupSelector { realm: None, group: "team".into() }];
    });
    for subject in ["0", "1", "2"] {
        town.fake.change(subject, |person| person.identity.groups = Some(vec![group("team")]));
    }
    let engine = town.start().await;
    let ann = enter(&engine, "open", "ann").await;
    assert_eq!(sync(&engine, ALL).await.added, 2);
    let seen = || async {
        let page = engine.roster(&ann.visitor, None, 50).await.unwrap();
        let mut names: Vec<String> = page.people.into_iter().map(|person| person.login).collect();
        names.sort();
        names
    };
    assert_eq!(seen().await, ["ben", "cat"]);
    town.fake.change("2", |person| person.identity.groups = Some(vec![group("other")]));
    sync(&engine, ALL).await;
    assert_eq!(seen().await, ["ben"]);
}

#[tokio::test]
async fn who_is_disabled_or_deleted_loses_the_session_and_who_was_never_here_is_found_no_more() {
    let town = town();
    let engine = town.start().await;
    let (ann, eve) = (enter(&engine, "open", "ann").await, enter(&engine, "open", "eve").await);
    sync(&engine, ALL).await;
    let ben = engine.find_people(&ann.visitor, "ben").await.unwrap().remove(0);
    town.fake.change("1", |person| person.refusal = Some(Refusal::Disabled));
    town.fake.remove("4");
    let report = sync(&engine, ALL).await;
    assert_eq!(logins(&report, SyncWhat::Removed), ["ben", "eve"]);
    assert!(engine.visit(&at(&engine, "open"), &eve.token, None).await.is_err());
    assert_eq!(engine.find_people(&ann.visitor, "ben").await.unwrap(), []);
    assert!(matches!(engine.person(&ann.visitor, ben.id).await, Err(EngineError::NotFound)));
    // Said once, and the next round has nothing to do.
    assert_eq!(sync(&engine, ALL).await.removed, 0);
    // Whoever is there again is found again, under the same account.
    town.fake.change("1", |person| person.refusal = None);
    let report = sync(&engine, ALL).await;
    assert_eq!(logins(&report, SyncWhat::Returned), ["ben"]);
    assert_eq!(engine.find_people(&ann.visitor, "ben").await.unwrap()[0].id, ben.id);
}

#[tokio::test]
async fn a_session_that_sleeps_ends_with_its_person_as_well() {
    let town = town();
    let token = {
        let engine = town.start().await;
        enter(&engine, "open", "eve").await.token
    };
    // Another start: the session is in the store alone.
    let engine = town.start().await;
    town.fake.remove("4");
    sync(&engine, ALL).await;
    assert!(engine.visit(&at(&engine, "open"), &token, None).await.is_err());
}

#[tokio::test]
async fn a_dry_run_tells_the_difference_and_changes_nothing() {
    let town = town();
    let engine = town.start().await;
    let ann = enter(&engine, "open", "ann").await;
    sync(&engine, ALL).await;
    town.fake.change("1", |person| person.identity.display_name = Some("Benjamin".into()));
    town.fake.change("2", |person| {
        person.identity.details.insert("title".into(), "Chief".into());
        let team = ExternalGroup { id: "7".into(), name: "Team".into(), leader: false, built_in: false };
        person.identity.groups = Some(vec![team]);
    });
    town.fake.remove("3");
    town.fake.add(FakePerson::new("9", "gus", "gus"));
    for _ in 0..2 {
        let everybody = SyncOrder { everybody: true, ..DRY };
        let report = sync(&engine, everybody).await;
        assert!(report.dry_run);
        assert_eq!(logins(&report, SyncWhat::Added), ["gus"]);
        assert_eq!(logins(&report, SyncWhat::Removed), ["dan"]);
        assert_eq!(logins(&report, SyncWhat::Changed), ["ben", "cat"]);
        assert_eq!(logins(&report, SyncWhat::Groups), ["cat"]);
        let told: Vec<&String> = report.lines.iter().flat_map(|line| &line.details).collect();
        assert!(told.contains(&&"display name: \"ben\" -> \"Benjamin\"".to_owned()), "{told:?}");
        assert!(told.contains(&&"+Team".to_owned()), "{told:?}");
    }
    let report = sync(&engine, ALL).await;
    assert_eq!((report.added, report.changed, report.regrouped, report.removed), (1, 2, 1, 1));
    let cat = engine.find_people(&ann.visitor, "cat").await.unwrap().remove(0);
    assert_eq!(engine.details(&ann.visitor, cat.id).await.unwrap()["title"], "Chief");
}

#[tokio::test]
async fn only_changes_are_read_between_two_readings_of_everybody() {
    let town = town();
    let engine = town.start().await;
    assert!(sync(&engine, SyncOrder::default()).await.everybody);
    town.fake.change("1", |person| person.identity.display_name = Some("Benjamin".into()));
    // A restart keeps the position.
    let engine = town.start().await;
    let report = sync(&engine, SyncOrder::default()).await;
    assert_eq!((report.everybody, report.people, report.changed), (false, 1, 1));
    town.clock.advance(SyncRules::default().full_interval);
    assert!(sync(&engine, SyncOrder::default()).await.everybody);
}

#[tokio::test]
async fn an_outage_changes_nothing_and_is_told_by_the_status() {
    let town = town();
    let engine = town.start().await;
    let ann = enter(&engine, "open", "ann").await;
    sync(&engine, ALL).await;
    assert_eq!(engine.directories()["fake"].as_str(), "ok");
    town.fake.set_health(FakeHealth::Unavailable);
    assert!(matches!(engine.sync_directory("fake", ALL).await, Err(SyncError::Directory(_))));
    let status = &engine.directories()["fake"];
    assert_eq!((status.as_str(), status.people, status.failures), ("silent", 6, 1));
    assert_eq!(engine.roster(&ann.visitor, None, 50).await.unwrap().people.len(), 5);
    town.fake.set_health(FakeHealth::Healthy);
    sync(&engine, ALL).await;
    assert_eq!(engine.directories()["fake"].as_str(), "ok");
}

#[tokio::test]
async fn a_directory_that_lost_most_of_its_people_is_not_believed_until_somebody_says_so() {
    let town = town();
    for number in 10..60 {
        town.fake.add(FakePerson::new(&number.to_string(), &format!("p{number}"), "x"));
    }
    let engine = town.start().await;
    let mut ann = enter(&engine, "open", "ann").await;
    assert_eq!(sync(&engine, ALL).await.added, 55);
    assert_eq!(resyncs(&hear(&engine, &mut ann).await), 1, "more than is worth telling one by one");
    for number in 20..60 {
        town.fake.remove(&number.to_string());
    }
    town.fake.change("1", |person| person.identity.display_name = Some("Benjamin".into()));
    let report = sync(&engine, ALL).await;
    let held = report.held.unwrap();
    assert_eq!((held.known, held.missing), (56, 40));
    assert_eq!(engine.directories()["fake"].as_str(), "held");
    let ben = engine.find_people(&ann.visitor, "ben").await.unwrap().remove(0);
    assert_eq!(ben.display_name, "ben", "nothing at all is changed");
    assert_eq!(engine.roster(&ann.visitor, None, 100).await.unwrap().people.len(), 55);
    assert!(
        sync(&engine, SyncOrder::default()).await.held.is_none(),
        "a round over changes has nothing to hold"
    );

    let report = sync(&engine, ACCEPT).await;
    assert_eq!((report.held, report.removed), (None, 40));
    assert_eq!(engine.roster(&ann.visitor, None, 100).await.unwrap().people.len(), 15);
    assert_eq!(engine.directories()["fake"].as_str(), "ok");
}

#[tokio::test]
async fn more_people_than_anybody_meant_are_an_error() {
    let mut town = town();
    let rules = SyncRules { most: NAMES.len() - 1, ..SyncRules::default() };
    town.settings.directories.insert("fake".into(), rules);
    let engine = town.start().await;
    assert!(matches!(engine.sync_directory("fake", ALL).await, Err(SyncError::TooMany(5))));
    assert!(matches!(engine.sync_directory("nobody", ALL).await, Err(SyncError::Impossible(_))));
}

#[tokio::test]
async fn a_login_during_a_round_and_a_round_during_logins_make_one_account_each() {
    let town = town();
    for number in 10..300 {
        town.fake.add(FakePerson::new(&number.to_string(), &format!("p{number}"), "x"));
    }
    let engine = town.start().await;
    let logins = (10..300).map(|number| {
        let engine = Arc::clone(&engine);
        tokio::spawn(async move { try_enter(&engine, "open", &format!("p{number}"), "x").await.map(drop) })
    });
    let logins: Vec<_> = logins.collect();
    sync(&engine, ALL).await;
    for login in logins {
        login.await.unwrap().unwrap();
    }
    let report = sync(&engine, ALL).await;
    assert_eq!((report.added, report.removed), (0, 0));
    assert_eq!(engine.directories()["fake"].people, 296);
}
