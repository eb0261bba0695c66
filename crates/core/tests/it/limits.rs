use std::time::Duration;

use futures_util::future::join_all;
use portico_core::account::OwnMessages;
use portico_core::auth::{Credentials, Realm, SubjectId};
use portico_core::contact::{ContactAction, ContactRefusal, Relation};
use portico_core::engine::{Engine, EngineError, EntryError, Login, LoginOrigin};
use portico_core::policy::Mode;
use portico_core::ports::{AccountLifeStore as _, Store as _};
use portico_core::testing::FakePerson;

use crate::town::{NAMES, Town, at, enter, try_enter};

fn town_of_two_fronts() -> Town {
    Town::new()
        .with_front("small", Mode::OpenCommunity, |front| {
            front.options.max_contacts = Some(3);
            front.options.max_sessions = Some(50);
        })
        .with_front("large", Mode::OpenCommunity, |front| {
            front.options.max_contacts = Some(20);
            front.options.max_sessions = Some(200);
        })
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_thousand_parallel_requests_leave_exactly_the_limit_of_the_front_acted_on() {
    let town = town_of_two_fronts();
    for number in 0..40 {
        town.fake.add(FakePerson::new(&format!("x{number}"), &format!("x{number}"), "x"));
    }
    let engine = town.start().await;
    let mut others = Vec::new();
    for number in 0..40 {
        others.push(try_enter(&engine, "large", &format!("x{number}"), "x").await.unwrap().account.id);
    }
    for (front, limit) in [("small", 3), ("large", 20)] {
        let ann = enter(&engine, front, "ann").await;
        let requests = (0..1000).map(|number| {
            let (engine, visitor, other) =
                (engine.clone(), ann.visitor.clone(), others[number % others.len()]);
            tokio::spawn(async move { engine.change_contact(&visitor, other, ContactAction::Request).await })
        });
        let answers = join_all(requests).await;
        let refused = |answer: &Result<_, EngineError>| {
            matches!(answer, Err(EngineError::Contact(ContactRefusal::LimitReached { .. })))
        };
        assert!(answers.iter().all(|answer| answer.as_ref().is_ok_and(|a| a.is_ok() || refused(a))));
        let people = engine.roster(&ann.visitor, None, 200).await.unwrap().people;
        let asked = people.iter().filter(|person| person.relation == Relation::Requested).count();
        assert_eq!(asked, limit, "{front}");
    }
}

#[tokio::test]
async fn accepting_counts_for_the_one_who_accepts() {
    let town = Town::new().with_front("one", Mode::Normal, |front| front.options.max_contacts = Some(1));
    let engine = town.start().await;
    let ann = enter(&engine, "one", "ann").await;
    for name in ["ben", "cat"] {
        let other = enter(&engine, "one", name).await;
        engine.change_contact(&other.visitor, ann.id(), ContactAction::Request).await.unwrap();
    }
    let people = engine.roster(&ann.visitor, None, 200).await.unwrap().people;
    let first = engine.change_contact(&ann.visitor, people[0].id, ContactAction::Accept).await;
    assert_eq!(first.unwrap().relation, Relation::Accepted);
    let second = engine.change_contact(&ann.visitor, people[1].id, ContactAction::Accept).await;
    assert!(matches!(second, Err(EngineError::Contact(ContactRefusal::LimitReached { limit: 1 }))));
    engine.remove_contact(&ann.visitor, people[0].id).await.unwrap();
    assert!(engine.change_contact(&ann.visitor, people[1].id, ContactAction::Accept).await.is_ok());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn logins_with_restarts_between_leave_exactly_the_limit() {
    let town = town_of_two_fronts();
    let mut inside = 0;
    for _ in 0..4 {
        let engine = town.start().await;
        let logins = (0..20).map(|_| {
            let engine = engine.clone();
            tokio::spawn(async move { try_enter(&engine, "small", "ann", "ann").await.map(drop) })
        });
        for login in join_all(logins).await {
            match login.unwrap() {
                Ok(()) => inside += 1,
                Err(EntryError::FrontFull(_)) => {}
                Err(other) => panic!("{other:?}"),
            }
        }
    }
    assert_eq!(inside, 50);
    let engine = town.start().await;
    assert!(try_enter(&engine, "large", "ann", "ann").await.is_ok(), "the other front has its own limit");
}

#[tokio::test]
async fn a_sleeping_session_that_wakes_at_a_full_front_is_kept() {
    let town = Town::new().with_front("one", Mode::Normal, |front| front.options.max_sessions = Some(1));
    let engine = town.start().await;
    let sleeper = enter(&engine, "one", "ann").await;
    town.clock.advance(Duration::from_secs(301));
    let other = enter(&engine, "one", "ben").await;
    let front = at(&engine, "one");
    assert!(matches!(engine.visit(&front, &sleeper.token, None).await, Err(EngineError::FrontFull(_))));
    engine.log_out(&other.visitor).await.unwrap();
    assert!(engine.visit(&front, &sleeper.token, None).await.is_ok());
}

/// Somebody who logs in from `address` with their name as password.
async fn from(engine: &Engine, front: &str, name: &str, address: &str) -> Result<Login, EntryError> {
    let origin = LoginOrigin { peer: Some(address.parse().unwrap()), ..LoginOrigin::default() };
    engine.log_in(&at(engine, front), &Credentials::password(name, name), &origin, None).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn parallel_logins_of_one_person_leave_the_newest_sessions_and_end_the_others() {
    let town = Town::new().with_front("open", Mode::OpenCommunity, |front| {
        front.options.max_sessions_per_person = Some(3);
    });
    let engine = town.start().await;
    let mut first = enter(&engine, "open", "ann").await;
    let ben = enter(&engine, "open", "ben").await;
    let logins = (0..200).map(|_| {
        let engine = engine.clone();
        tokio::spawn(async move { try_enter(&engine, "open", "ann", "ann").await })
    });
    let mut alive = 0;
    for login in join_all(logins).await {
        match login.unwrap() {
            Ok(login) => {
                let visit = engine.visit(&at(&engine, "open"), login.token.expose(), None).await;
                alive += usize::from(visit.is_ok());
            }
            Err(EntryError::SessionEnded(ending)) => assert_eq!(ending.as_str(), "replaced"),
            Err(other) => panic!("{other:?}"),
        }
    }
    assert_eq!(alive, 3);
    let heard = engine.poll(&first.visitor, Some(&first.cursor), Duration::ZERO).await;
    assert!(matches!(heard, Err(EngineError::SessionEnded(ending)) if ending.as_str() == "replaced"));
    assert!(engine.visit(&at(&engine, "open"), &ben.token, None).await.is_ok(), "others' are others'");
    // A restart changes nothing, and sleeping sessions count.
    let engine = town.start().await;
    assert!(engine.visit(&at(&engine, "open"), &first.token, None).await.is_err());
    town.clock.advance(Duration::from_secs(3600));
    first = enter(&engine, "open", "ann").await;
    assert!(engine.visit(&at(&engine, "open"), &first.token, None).await.is_ok());
    assert_eq!(town.store.end_sessions(first.id(), None).await.unwrap().len(), 3);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn parallel_logins_from_one_address_leave_exactly_the_limit() {
    let town = Town::new().with_front("open", Mode::OpenCommunity, |front| {
        front.options.max_sessions_per_address = Some(7);
    });
    let engine = town.start().await;
    let logins = (0..200).map(|number| {
        let engine = engine.clone();
        let (name, address) = (NAMES[number % NAMES.len()], format!("2001:db8:0:1::{number:x}"));
        tokio::spawn(async move { from(&engine, "open", name, &address).await })
    });
    let mut inside = Vec::new();
    for login in join_all(logins).await {
        match login.unwrap() {
            Ok(login) => inside.push(login),
            Err(EntryError::AddressFull(full)) => assert!(!full.retry_after.is_zero()),
            Err(other) => panic!("{other:?}"),
        }
    }
    assert_eq!(inside.len(), 7);
    let elsewhere = from(&engine, "open", "ann", "203.0.113.5").await.unwrap();
    let full = Some("2001:db8:0:1::abcd".parse().unwrap());
    let moved = engine.visit(&at(&engine, "open"), elsewhere.token.expose(), full).await;
    assert!(matches!(moved, Err(EngineError::AddressFull(_))), "it moves to where no place is left");
    let own = Some("203.0.113.5".parse().unwrap());
    assert!(engine.visit(&at(&engine, "open"), elsewhere.token.expose(), own).await.is_ok(), "and is kept");
    engine.log_out(&inside[0].visitor).await.unwrap();
    assert!(engine.visit(&at(&engine, "open"), elsewhere.token.expose(), full).await.is_ok());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_front_takes_as_many_people_as_it_says_and_they_come_again() {
    let town = Town::new().with_front("open", Mode::OpenCommunity, |front| {
        front.options.max_accounts = Some(5);
        front.options.auto_contacts = vec!["ann".into()];
    });
    for number in 0..60 {
        town.fake.add(FakePerson::new(&format!("x{number}"), &format!("x{number}"), "x"));
    }
    let engine = town.start().await;
    let ann = enter(&engine, "open", "ann").await;
    let logins = (0..60).map(|number| {
        let engine = engine.clone();
        tokio::spawn(async move { (number, try_enter(&engine, "open", &format!("x{number}"), "x").await) })
    });
    let mut inside = Vec::new();
    for login in join_all(logins).await {
        match login.unwrap() {
            (number, Ok(_)) => inside.push(number),
            (_, Err(EntryError::NoMoreAccounts)) => {}
            (_, Err(other)) => panic!("{other:?}"),
        }
    }
    assert_eq!(inside.len(), 4, "and ann");
    assert_eq!(engine.roster(&ann.visitor, None, 200).await.unwrap().people.len(), 4);
    let contacts = town.store.contacts(ann.visitor.community(), ann.id()).await.unwrap();
    assert_eq!(contacts.len(), 4, "nobody who was not let in is anybody's contact");
    assert!(contacts.iter().all(|contact| contact.relation_for(ann.id()) == Relation::Accepted));
    for number in &inside {
        try_enter(&engine, "open", &format!("x{number}"), "x").await.expect("who has been here enters");
    }
    assert!(matches!(try_enter(&engine, "open", "ben", "ben").await, Err(EntryError::NoMoreAccounts)));
    let (realm, subject) = (Realm::new("fake").unwrap(), SubjectId::new("1").unwrap());
    assert!(town.store.identity(&realm, &subject).await.unwrap().is_none(), "nothing is made for them");
    // Whoever leaves makes room.
    engine.delete_account(ann.id(), OwnMessages::Keep).await.unwrap();
    try_enter(&engine, "open", "ben", "ben").await.unwrap();
}
