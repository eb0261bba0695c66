//! What happens between a look and what follows from it.

use std::time::Duration;

use portico_core::account::AccountState;
use portico_core::auth::{Capabilities, CredentialKind, Credentials, Refusal};
use portico_core::engine::{EngineError, EntryError, LoginOrigin};
use portico_core::front::Entrance;
use portico_core::policy::Mode;
use portico_core::session::Ending;
use portico_core::testing::{FakeAuthenticator, FakePerson, PausedCall};

use crate::town::{Town, at, enter, try_enter};

const DAY: Duration = Duration::from_secs(24 * 3600);

#[tokio::test]
async fn a_session_that_ends_while_it_is_loaded_does_not_come_back() {
    let town = Town::new();
    let ann = enter(&*town.start().await, "open", "ann").await;
    let engine = town.start().await;
    let pause = town.store.pause_at(PausedCall::SessionByToken);
    let visiting = {
        let (engine, token) = (engine.clone(), ann.token.clone());
        tokio::spawn(async move { engine.visit(&at(&engine, "open"), &token, None).await.map(drop) })
    };
    pause.reached().await;
    let by = portico_core::administration::Actor::command_line();
    assert_eq!(engine.kick(&by, ann.id(), None, None, None).await.unwrap(), 1);
    pause.release();
    assert!(matches!(visiting.await.unwrap(), Err(EngineError::SessionRequired)));
    assert!(engine.visit(&at(&engine, "open"), &ann.token, None).await.is_err());
    assert_eq!(engine.live_sessions(), 0);
}

#[tokio::test]
async fn a_claim_that_is_overtaken_by_the_first_proof_opens_nothing() {
    let kinds = [CredentialKind::Password, CredentialKind::ClaimedName];
    let mut town = Town::new();
    town.fake = FakeAuthenticator::with_capabilities(Capabilities::new(kinds), None);
    town.fake.add(FakePerson::new("ann", "ann", "ann"));
    let town = town.with_front("claims", Mode::OpenCommunity, |front| {
        front.options.entrance = Entrance::default().only(kinds);
    });
    let engine = town.start().await;
    let pause = town.store.pause_at(PausedCall::CreateSession);
    let claiming = {
        let engine = engine.clone();
        let claim = Credentials::ClaimedName { name: "ann".into() };
        tokio::spawn(async move {
            engine.log_in(&at(&engine, "claims"), &claim, &LoginOrigin::default(), None).await.map(drop)
        })
    };
    pause.reached().await;
    let proven = enter(&engine, "claims", "ann").await;
    pause.release();
    let claimed = claiming.await.unwrap();
    assert!(matches!(claimed, Err(EntryError::Refused(Refusal::NotPermitted))), "{claimed:?}");
    assert_eq!(engine.live_sessions(), 1, "the proven one");
    engine.end_all_sessions(proven.id(), None, Ending::Gone).await.unwrap();
}

#[tokio::test]
async fn a_lock_that_is_made_while_the_one_before_it_ends_holds() {
    let town = Town::new();
    let engine = town.start().await;
    let ann = enter(&engine, "open", "ann").await.id();
    let by = portico_core::administration::Actor::command_line();
    engine.lock(&by, ann, Some("spam".into()), Some(town.clock_now().plus(DAY))).await.unwrap();
    town.clock.advance(2 * DAY);
    let pause = town.store.pause_at(PausedCall::SetAccountState);
    let entering = {
        let engine = engine.clone();
        tokio::spawn(async move { try_enter(&engine, "open", "ann", "ann").await.map(drop) })
    };
    pause.reached().await;
    engine.lock(&by, ann, Some("more spam".into()), None).await.unwrap();
    pause.release();
    match entering.await.unwrap() {
        Err(EntryError::AccountLocked { reason, until: None }) => {
            assert_eq!(reason.as_deref(), Some("more spam"))
        }
        other => panic!("{other:?}"),
    }
    let life = engine.life_of(ann).await.unwrap();
    assert_eq!((life.state, life.until), (AccountState::Locked, None));
}

#[tokio::test]
async fn an_unused_account_that_is_approved_or_locked_meanwhile_keeps_what_was_decided() {
    let town = Town::new().with_front("open", Mode::OpenCommunity, |front| {
        front.options.lock_after_inactivity = Some(30 * DAY);
    });
    let engine = town.start().await;
    let ann = enter(&engine, "open", "ann").await;
    engine.log_out(&ann.visitor).await.unwrap();
    town.clock.advance(40 * DAY);
    let by = portico_core::administration::Actor::command_line();
    let pause = town.store.pause_at(PausedCall::SetAccountState);
    let tending = {
        let engine = engine.clone();
        tokio::spawn(async move { engine.tend_unused().await })
    };
    pause.reached().await;
    engine.lock(&by, ann.id(), Some("spam".into()), None).await.unwrap();
    pause.release();
    tending.await.unwrap();
    assert_eq!(engine.life_of(ann.id()).await.unwrap().reason.as_deref(), Some("spam"));
}

#[tokio::test]
async fn whoever_comes_back_while_unused_accounts_are_looked_through_stays() {
    let town = Town::new().with_front("open", Mode::OpenCommunity, |front| {
        front.options.delete_after_inactivity = Some(30 * DAY);
    });
    let engine = town.start().await;
    let (ann, ben) = (enter(&engine, "open", "ann").await, enter(&engine, "open", "ben").await);
    for person in [&ann, &ben] {
        engine.log_out(&person.visitor).await.unwrap();
    }
    town.clock.advance(40 * DAY);
    let pause = town.store.pause_at(PausedCall::UnusedSince);
    let tending = {
        let engine = engine.clone();
        tokio::spawn(async move { engine.tend_unused().await })
    };
    pause.reached().await;
    enter(&engine, "open", "ann").await;
    pause.release();
    tending.await.unwrap();
    assert_eq!(engine.life_of(ann.id()).await.unwrap().state, AccountState::Active);
    assert_eq!(engine.life_of(ben.id()).await.unwrap().state, AccountState::Left);
}
