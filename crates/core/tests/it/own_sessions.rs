//! Where one is logged in, and logging out there.

use portico_core::engine::{Engine, EngineError};
use portico_core::policy::Mode;

use crate::town::{Person, Town, at, enter, try_enter};

async fn is_over(engine: &Engine, front: &str, person: &Person) -> Option<&'static str> {
    match engine.visit(&at(engine, front), &person.token, None).await {
        Ok(_) => None,
        Err(EngineError::SessionEnded(why)) => Some(why.as_str()),
        Err(error) => panic!("{error:?}"),
    }
}

#[tokio::test]
async fn ones_sessions_are_listed_wherever_they_are_and_end_one_by_one() {
    let town = Town::new().with_front("second", Mode::OpenCommunity, |_| ());
    let engine = town.start().await;
    let (here, there) = (enter(&engine, "open", "ann").await, enter(&engine, "second", "ann").await);
    let ben = enter(&engine, "open", "ben").await;
    let own = engine.own_sessions(&here.visitor).await.unwrap();
    let mut listed: Vec<_> = own.iter().map(|one| (one.front.to_string(), one.current)).collect();
    listed.sort();
    assert_eq!(listed, [("open".to_owned(), true), ("second".to_owned(), false)]);

    // Somebody else's session is as unknown as none.
    let theirs = engine.end_own_session(&ben.visitor, here.visitor.session().id()).await;
    assert!(matches!(theirs, Err(EngineError::NotFound)), "{theirs:?}");
    assert_eq!(is_over(&engine, "open", &here).await, None);

    let id = there.visitor.session().id();
    engine.end_own_session(&here.visitor, id).await.unwrap();
    assert_eq!(is_over(&engine, "second", &there).await, Some("logged-out"));
    assert!(matches!(engine.end_own_session(&here.visitor, id).await, Err(EngineError::NotFound)), "once");
    assert_eq!(is_over(&engine, "open", &here).await, None);
    assert_eq!(engine.own_sessions(&here.visitor).await.unwrap().len(), 1);
}

#[tokio::test]
async fn a_session_that_sleeps_is_listed_and_ended_too() {
    let town = Town::new();
    let engine = town.start().await;
    let asleep = enter(&engine, "open", "ann").await;
    let engine = town.start().await;
    let here = enter(&engine, "open", "ann").await;
    assert_eq!(engine.own_sessions(&here.visitor).await.unwrap().len(), 2);
    engine.end_own_session(&here.visitor, asleep.visitor.session().id()).await.unwrap();
    assert_eq!(is_over(&engine, "open", &asleep).await, Some("logged-out"));
    // After the next start nobody remembers why, and it is over all the same.
    let engine = town.start().await;
    let gone = engine.visit(&at(&engine, "open"), &asleep.token, None).await;
    assert!(matches!(gone, Err(EngineError::SessionRequired)), "{gone:?}");
}

#[tokio::test]
async fn a_session_that_slept_over_a_restart_gives_its_place_back_when_it_is_ended() {
    let town = Town::new().with_front("open", Mode::OpenCommunity, |front| {
        front.options.max_sessions = Some(2);
    });
    let asleep = enter(&*town.start().await, "open", "ann").await.visitor.session().id();
    let engine = town.start().await;
    let here = enter(&engine, "open", "ann").await;
    assert!(try_enter(&engine, "open", "ben", "ben").await.is_err(), "it counts");
    engine.end_own_session(&here.visitor, asleep).await.unwrap();
    try_enter(&engine, "open", "ben", "ben").await.expect("and now it doesn't");
}

#[tokio::test]
async fn ending_the_own_session_is_logging_out() {
    let town = Town::new();
    let engine = town.start().await;
    let ann = enter(&engine, "open", "ann").await;
    engine.end_own_session(&ann.visitor, ann.visitor.session().id()).await.unwrap();
    let gone = engine.visit(&at(&engine, "open"), &ann.token, None).await;
    assert!(matches!(gone, Err(EngineError::SessionRequired)), "{gone:?}");
}
