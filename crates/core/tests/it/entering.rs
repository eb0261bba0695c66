use std::time::Duration;

use portico_core::Timestamp;
use portico_core::account::{ReusedSubject, SameLogin};
use portico_core::auth::Refusal;
use portico_core::engine::EntryError;
use portico_core::policy::Mode;
use portico_core::ports::{RealmClaim, Store};
use portico_core::testing::{FakeAuthenticator, FakeHealth, FakePerson};

use crate::town::{Town, at, enter, say, talk, try_enter};

#[tokio::test]
async fn the_same_login_in_two_realms_is_two_people() {
    let others = FakeAuthenticator::new().with_person(FakePerson::new("0", "ann", "other"));
    let town = Town::new().with_realm("elsewhere", "other", &others);
    let engine = town.start().await;
    let here = enter(&engine, "open", "ann").await;
    let there = try_enter(&engine, "elsewhere", "ann", "other").await.unwrap();
    assert_ne!(here.id(), there.account.id);
    assert_eq!(there.account.realm.as_str(), "other");
}

#[tokio::test]
async fn a_renamed_person_keeps_the_account() {
    let town = Town::new();
    let engine = town.start().await;
    let before = enter(&engine, "open", "ann").await;
    town.fake.change("0", |person| person.identity.login = "anna".into());
    let after = try_enter(&engine, "open", "anna", "ann").await.unwrap();
    assert_eq!(after.account.id, before.id());
    assert_eq!(after.account.profile.login, "anna");
}

#[tokio::test]
async fn a_reused_subject_is_a_new_account() {
    let town = Town::new();
    let engine = town.start().await;
    town.fake.change("0", |person| {
        person.identity.registered_at = Some(Timestamp::from_secs(1));
    });
    let first = enter(&engine, "open", "ann").await;
    town.fake.change("0", |person| {
        person.identity.registered_at = Some(Timestamp::from_secs(2));
    });
    let second = enter(&engine, "open", "ann").await;
    assert_ne!(first.id(), second.id());
    let kept = engine.visit(&at(&engine, "open"), &first.token, None).await;
    assert!(kept.is_err(), "whoever had the id before is out");
    let engine = town.start().await;
    assert!(engine.visit(&at(&engine, "open"), &first.token, None).await.is_err(), "after a restart too");
    assert!(engine.visit(&at(&engine, "open"), &second.token, None).await.is_ok());
}

#[tokio::test]
async fn a_new_login_of_the_same_browser_takes_the_place_of_the_old_one() {
    let town = Town::new().with_front("one", Mode::Normal, |front| front.options.max_sessions = Some(1));
    let engine = town.start().await;
    let old = enter(&engine, "one", "ann").await;
    let credentials = portico_core::auth::Credentials::password("ann", "ann");
    let front = at(&engine, "one");
    let new = engine.log_in(&front, &credentials, &Default::default(), Some(&old.visitor)).await.unwrap();
    assert!(engine.visit(&front, &old.token, None).await.is_err());
    assert!(engine.visit(&front, new.token.expose(), None).await.is_ok());
}

#[tokio::test]
async fn who_owns_one_spelling_of_a_name_cannot_clear_the_failures_of_another() {
    let town = Town::new();
    let engine = town.start().await;
    for _ in 0..4 {
        assert!(matches!(try_enter(&engine, "open", "ANN", "wrong").await, Err(EntryError::Refused(_))));
    }
    try_enter(&engine, "open", "ann", "ann").await.unwrap();
    assert!(matches!(try_enter(&engine, "open", "ANN", "wrong").await, Err(EntryError::Refused(_))));
    assert!(matches!(try_enter(&engine, "open", "ANN", "wrong").await, Err(EntryError::Throttled(_))));
}

#[tokio::test]
async fn a_strict_front_refuses_what_conflicts() {
    let others = FakeAuthenticator::new().with_person(FakePerson::new("0", "ann", "other"));
    let town =
        Town::new().with_realm("elsewhere", "other", &others).with_front("strict", Mode::Normal, |front| {
            front.link_policy.same_login = SameLogin::Refuse;
            front.link_policy.reused_subject = ReusedSubject::Refuse;
        });
    let engine = town.start().await;
    try_enter(&engine, "elsewhere", "ann", "other").await.unwrap();
    let refused = try_enter(&engine, "strict", "ann", "ann").await;
    assert!(matches!(refused, Err(EntryError::Link(_))), "{refused:?}");
}

#[tokio::test]
async fn parallel_first_logins_make_one_account() {
    let town = Town::new();
    let engine = town.start().await;
    let logins = futures_util::future::join_all((0..20).map(|_| enter(&engine, "open", "ann"))).await;
    assert!(logins.iter().all(|login| login.id() == logins[0].id()));
}

#[tokio::test]
async fn wrong_guesses_are_throttled_whether_or_not_the_name_exists() {
    let town = Town::new();
    let engine = town.start().await;
    for name in ["ann", "nobody-at-all"] {
        for _ in 0..5 {
            assert!(matches!(try_enter(&engine, "open", name, "wrong").await, Err(EntryError::Refused(_))));
        }
        assert!(
            matches!(try_enter(&engine, "open", name, "wrong").await, Err(EntryError::Throttled(_))),
            "{name}"
        );
    }
    assert!(matches!(try_enter(&engine, "open", " ANN ", "ann").await, Err(EntryError::Throttled(_))));
    town.clock.advance(Duration::from_secs(301));
    assert!(try_enter(&engine, "open", "ann", "ann").await.is_ok(), "a name is never locked for good");
}

#[tokio::test]
async fn a_guess_counts_once_though_two_authenticators_share_a_realm() {
    let town = Town::new().with_front("twice", Mode::OpenCommunity, |front| {
        let member = std::sync::Arc::clone(&front.chain.members()[0]);
        front.chain = portico_core::auth::Chain::new(vec![std::sync::Arc::clone(&member), member]);
    });
    let engine = town.start().await;
    for _ in 0..5 {
        assert!(matches!(try_enter(&engine, "twice", "nobody", "wrong").await, Err(EntryError::Refused(_))));
    }
    assert!(matches!(try_enter(&engine, "twice", "nobody", "wrong").await, Err(EntryError::Throttled(_))));
}

#[tokio::test]
async fn parallel_guesses_cannot_pass_the_throttle_together() {
    let town = Town::new();
    let engine = town.start().await;
    let tries = (0..50).map(|_| try_enter(&engine, "open", "ann", "wrong"));
    let heard = futures_util::future::join_all(tries).await;
    let refused = heard.iter().filter(|result| matches!(result, Err(EntryError::Refused(_)))).count();
    assert_eq!(refused, 5);
}

#[tokio::test]
async fn an_outage_is_no_refusal_and_never_counted_against_the_person() {
    let town = Town::new();
    let engine = town.start().await;
    town.fake.set_health(FakeHealth::Unavailable);
    for _ in 0..20 {
        let outage = try_enter(&engine, "open", "ann", "ann").await;
        assert!(matches!(outage, Err(EntryError::Unanswered(_))), "{outage:?}");
    }
    town.fake.set_health(FakeHealth::default());
    assert!(try_enter(&engine, "open", "ann", "ann").await.is_ok());
}

#[tokio::test]
async fn a_reason_told_after_the_right_password_is_no_wrong_guess() {
    let town = Town::new();
    let engine = town.start().await;
    town.fake.change("0", |person| person.refusal = Some(Refusal::Disabled));
    for _ in 0..20 {
        let refused = try_enter(&engine, "open", "ann", "ann").await;
        assert!(matches!(refused, Err(EntryError::Refused(Refusal::Disabled))), "{refused:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn refusals_come_on_a_fixed_step() {
    let mut town = Town::new();
    town.settings.refusal_step = Duration::from_millis(250);
    let engine = town.start().await;
    let begun = tokio::time::Instant::now();
    let _ = try_enter(&engine, "open", "ann", "wrong").await;
    assert_eq!(begun.elapsed(), Duration::from_millis(250));
}

#[tokio::test]
async fn a_realm_that_is_another_installation_is_refused() {
    let town = Town::new();
    let engine = town.start().await;
    let realm = portico_core::auth::Realm::new("fake").unwrap();
    assert_eq!(town.store.claim_realm(&realm, "board of 2001").await.unwrap(), RealmClaim::Granted);
    assert_eq!(town.store.claim_realm(&realm, "board of 2001").await.unwrap(), RealmClaim::Granted);
    let claim = town.store.claim_realm(&realm, "another board").await.unwrap();
    assert_eq!(claim, RealmClaim::OwnedBy("board of 2001".into()));
    // A source without a fingerprint can't be told apart and is let through.
    assert!(engine.prove_realm(&at(&engine, "open").chain.members()[0]).await.is_ok());
}

#[tokio::test]
async fn a_token_works_at_its_own_front_only() {
    let town = Town::new().with_front("second", Mode::OpenCommunity, |_| {});
    let engine = town.start().await;
    let ann = enter(&engine, "open", "ann").await;
    assert!(engine.visit(&at(&engine, "second"), &ann.token, None).await.is_err());
    assert!(engine.visit(&at(&engine, "open"), &ann.token, None).await.is_ok());
}

#[tokio::test]
async fn sessions_survive_a_restart_and_end_when_they_expire() {
    let town = Town::new();
    let engine = town.start().await;
    let ann = enter(&engine, "open", "ann").await;
    let engine = town.start().await;
    assert!(engine.visit(&at(&engine, "open"), &ann.token, None).await.is_ok());
    town.clock.advance(Duration::from_secs(31 * 24 * 3600));
    assert!(engine.visit(&at(&engine, "open"), &ann.token, None).await.is_err());
}

#[tokio::test]
async fn who_may_read_but_not_write_reads_and_does_not_write() {
    use portico_core::auth::Restriction;
    use portico_core::engine::EngineError;
    let town = Town::new();
    let engine = town.start().await;
    let (ann, ben) = (enter(&engine, "open", "ann").await, enter(&engine, "open", "ben").await);
    let place = talk(&engine, &ann, &ben).await;
    say(&engine, &ben, place, "before").await;
    town.fake.change("1", |person| {
        person.identity.restrictions.write = Some(Restriction::new("banned there"));
    });
    let ben = enter(&engine, "open", "ben").await;
    let refused = engine.send(&ben.visitor, place, "after".into(), None).await;
    assert!(matches!(refused, Err(EngineError::WriteRestricted(_))), "{refused:?}");
    assert_eq!(engine.history(&ben.visitor, place, None, 50).await.unwrap().messages.len(), 1);
}
