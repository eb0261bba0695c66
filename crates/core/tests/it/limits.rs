use std::time::Duration;

use futures_util::future::join_all;
use portico_core::contact::{ContactAction, ContactRefusal, Relation};
use portico_core::engine::{EngineError, EntryError};
use portico_core::policy::Mode;
use portico_core::testing::FakePerson;

use crate::town::{Town, enter, try_enter};

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
    let front = crate::town::at(&engine, "one");
    assert!(matches!(engine.visit(&front, &sleeper.token, None).await, Err(EngineError::FrontFull(_))));
    engine.log_out(&other.visitor).await.unwrap();
    assert!(engine.visit(&front, &sleeper.token, None).await.is_ok());
}
