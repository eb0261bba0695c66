//! Accounts that wait, are locked, lie unused or are left.

use std::time::Duration;

use portico_core::account::{AccountState, OwnMessages};
use portico_core::administration::Actor;
use portico_core::auth::Refusal;
use portico_core::contact::ContactAction;
use portico_core::engine::{EngineError, EntryError};
use portico_core::policy::Mode;
use portico_core::ports::{AccountLifeStore, Store};

use crate::town::{Town, at, enter, hear, say, talk, try_enter};

fn root() -> Actor {
    Actor::command_line()
}

const DAY: Duration = Duration::from_secs(24 * 3600);

fn strict(town: Town, change: impl FnOnce(&mut portico_core::front::FrontOptions)) -> Town {
    town.with_front("open", Mode::OpenCommunity, |front| change(&mut front.options))
}

#[tokio::test]
async fn a_new_account_waits_for_approval_where_the_front_says_so_and_nobody_sees_it() {
    let town = strict(Town::new(), |options| options.approve_new_accounts = true);
    let engine = town.start().await;
    for _ in 0..2 {
        let refused = try_enter(&engine, "open", "ann", "ann").await;
        assert!(matches!(refused, Err(EntryError::Refused(Refusal::Pending))), "{refused:?}");
    }
    let waiting = engine.accounts_in_state(AccountState::Pending, None, 10).await.unwrap();
    let [(ann, _)] = waiting.as_slice() else { panic!("{waiting:?}") };
    let _ = try_enter(&engine, "open", "ben", "ben").await;
    let both = engine.accounts_in_state(AccountState::Pending, None, 10).await.unwrap();
    let ben = both.iter().find(|(id, _)| id != ann).unwrap().0;
    engine.approve(&root(), ben).await.unwrap();
    let ben = enter(&engine, "open", "ben").await;
    assert!(engine.roster(&ben.visitor, None, 10).await.unwrap().people.is_empty());
    engine.approve(&root(), *ann).await.unwrap();
    assert!(engine.approve(&root(), *ann).await.is_err(), "approved already");
    assert_eq!(enter(&engine, "open", "ann").await.id(), *ann);
}

#[tokio::test]
async fn a_lock_ends_sessions_at_once_and_tells_why_at_the_next_login() {
    let town = Town::new();
    let engine = town.start().await;
    let ann = enter(&engine, "open", "ann").await;
    let until = town.clock_now().plus(DAY);
    engine.lock(&root(), ann.id(), Some(" spam ".into()), Some(until)).await.unwrap();
    let ended = engine.visit(&at(&engine, "open"), &ann.token, None).await;
    assert!(matches!(&ended, Err(EngineError::SessionEnded(why)) if why.as_str() == "locked"), "{ended:?}");
    let refused = try_enter(&engine, "open", "ann", "ann").await;
    match refused {
        Err(EntryError::AccountLocked { reason, until: end }) => {
            assert_eq!((reason.as_deref(), end), (Some("spam"), Some(until)));
        }
        other => panic!("{other:?}"),
    }
    let wrong = try_enter(&engine, "open", "ann", "wrong").await;
    assert!(matches!(wrong, Err(EntryError::Refused(Refusal::BadSecret))), "told only to its person");
    // After a restart too.
    let engine = town.start().await;
    assert!(engine.visit(&at(&engine, "open"), &ann.token, None).await.is_err());
    town.clock.advance(DAY);
    enter(&engine, "open", "ann").await;
    assert_eq!(engine.life_of(ann.id()).await.unwrap().state, AccountState::Active);
}

#[tokio::test]
async fn a_lock_without_an_end_is_taken_away_by_an_administrator() {
    let town = Town::new();
    let engine = town.start().await;
    let ann = enter(&engine, "open", "ann").await;
    engine.lock(&root(), ann.id(), None, None).await.unwrap();
    town.clock.advance(400 * DAY);
    assert!(try_enter(&engine, "open", "ann", "ann").await.is_err());
    engine.unlock(&root(), ann.id()).await.unwrap();
    enter(&engine, "open", "ann").await;
    assert!(engine.unlock(&root(), ann.id()).await.is_err(), "not locked");
}

#[tokio::test]
async fn an_account_unused_for_too_long_is_locked_at_the_login() {
    let town = strict(Town::new(), |options| options.lock_after_inactivity = Some(30 * DAY));
    let engine = town.start().await;
    let ann = enter(&engine, "open", "ann").await;
    town.clock.advance(29 * DAY);
    enter(&engine, "open", "ann").await;
    town.clock.advance(31 * DAY);
    let refused = try_enter(&engine, "open", "ann", "ann").await;
    assert!(matches!(refused, Err(EntryError::AccountLocked { .. })), "{refused:?}");
    engine.unlock(&root(), ann.id()).await.unwrap();
    enter(&engine, "open", "ann").await;
}

#[tokio::test]
async fn unused_accounts_are_locked_and_later_deleted_by_upkeep_and_those_in_use_are_not() {
    let town = strict(Town::new(), |options| {
        options.lock_after_inactivity = Some(30 * DAY);
        options.delete_after_inactivity = Some(60 * DAY);
    });
    let engine = town.start().await;
    let (ann, ben) = (enter(&engine, "open", "ann").await, enter(&engine, "open", "ben").await);
    town.clock.advance(20 * DAY);
    let ben = {
        enter(&engine, "open", "ben").await;
        ben
    };
    town.clock.advance(11 * DAY);
    engine.tend_unused().await;
    let state = async |id| engine.life_of(id).await.unwrap().state;
    assert_eq!((state(ann.id()).await, state(ben.id()).await), (AccountState::Locked, AccountState::Active));
    town.clock.advance(15 * DAY);
    enter(&engine, "open", "ben").await;
    town.clock.advance(15 * DAY);
    engine.tend_unused().await;
    assert_eq!((state(ann.id()).await, state(ben.id()).await), (AccountState::Left, AccountState::Active));
}

#[tokio::test]
async fn the_mildest_front_decides_over_who_has_entered_several() {
    let town = strict(Town::new(), |options| options.delete_after_inactivity = Some(30 * DAY)).with_front(
        "second",
        Mode::OpenCommunity,
        |_| {},
    );
    let engine = town.start().await;
    let (ann, ben) = (enter(&engine, "open", "ann").await, enter(&engine, "open", "ben").await);
    enter(&engine, "second", "ben").await;
    town.clock.advance(100 * DAY);
    engine.tend_unused().await;
    let state = async |id| engine.life_of(id).await.unwrap().state;
    assert_eq!((state(ann.id()).await, state(ben.id()).await), (AccountState::Left, AccountState::Active));
}

#[tokio::test]
async fn whoever_leaves_is_gone_for_everybody_and_what_they_wrote_stays_without_a_name() {
    let town = Town::new();
    let engine = town.start().await;
    let ann = enter(&engine, "open", "ann").await;
    let mut ben = enter(&engine, "open", "ben").await;
    let place = talk(&engine, &ann, &ben).await;
    say(&engine, &ann, place, "hello").await;
    engine.change_contact(&ben.visitor, ann.id(), ContactAction::Request).await.unwrap();
    hear(&engine, &mut ben).await;

    engine.leave(&ann.visitor, None, OwnMessages::Keep, None).await.unwrap();
    let ended = engine.visit(&at(&engine, "open"), &ann.token, None).await;
    assert!(matches!(&ended, Err(EngineError::SessionEnded(why)) if why.as_str() == "gone"), "{ended:?}");
    assert!(!hear(&engine, &mut ben).await.is_empty(), "the others hear of it");
    assert!(engine.roster(&ben.visitor, None, 10).await.unwrap().people.is_empty());
    assert!(matches!(engine.person(&ben.visitor, ann.id()).await, Err(EngineError::NotFound)));
    let info = engine.conversation(&ben.visitor, place).await.unwrap();
    assert!(!info.may_write);
    let names: Vec<_> =
        info.members.iter().map(|member| member.account.profile.display_name.as_str()).collect();
    assert!(names.contains(&"Somebody who left"), "{names:?}");
    assert_eq!(engine.history(&ben.visitor, place, None, 10).await.unwrap().messages.len(), 1);
    assert!(engine.send(&ben.visitor, place, "are you there?".into(), None).await.is_err());

    let again = enter(&engine, "open", "ann").await;
    assert_ne!(again.id(), ann.id(), "whoever comes back is somebody new");
    assert!(engine.conversations(&again.visitor, None, 10).await.unwrap().conversations.is_empty());
}

#[tokio::test]
async fn own_messages_are_deleted_on_wish_in_steps_that_outlive_a_restart() {
    let town = Town::new();
    let engine = town.start().await;
    let (ann, ben) = (enter(&engine, "open", "ann").await, enter(&engine, "open", "ben").await);
    let place = talk(&engine, &ann, &ben).await;
    for number in 0..2500 {
        say(&engine, &ann, place, &format!("{number}")).await;
    }
    say(&engine, &ben, place, "mine").await;
    engine.leave(&ann.visitor, None, OwnMessages::Delete, None).await.unwrap();
    assert_eq!(engine.life_of(ann.id()).await.unwrap().state, AccountState::Leaving, "much is left to do");
    let engine = town.start().await;
    engine.erase_leaving().await;
    assert_eq!(town.store.account_life(ann.id()).await.unwrap().unwrap().state, AccountState::Left);
    let left = town.store.history(place, None, 10).await.unwrap();
    assert_eq!(left.iter().map(|message| message.text.as_str()).collect::<Vec<_>>(), ["mine"]);
}

#[tokio::test]
async fn a_conference_goes_on_when_its_host_is_gone_and_pages_read_anew() {
    let town = Town::new();
    let engine = town.start().await;
    let (ann, mut ben) = (enter(&engine, "open", "ann").await, enter(&engine, "open", "ben").await);
    let opened = engine.open_conference(&ann.visitor, Some("plans"), &[ben.id()]).await.unwrap();
    let id = opened.view.conversation.id;
    engine.accept_conference(&ben.visitor, id).await.unwrap();
    say(&engine, &ann, id, "welcome").await;
    hear(&engine, &mut ben).await;

    engine.leave(&ann.visitor, None, OwnMessages::Delete, None).await.unwrap();
    let heard = hear(&engine, &mut ben).await;
    assert!(
        heard.iter().any(|event| matches!(event, portico_core::messaging::Event::Resync {})),
        "texts are gone: {heard:?}"
    );
    let seen = engine.conversation(&ben.visitor, id).await.unwrap();
    assert_eq!(seen.view.conversation.conference.as_ref().map(|it| it.host), Some(ben.id()));
    let left = engine.history(&ben.visitor, id, None, 10).await.unwrap().messages;
    assert!(left.iter().all(|message| message.text.is_empty()));
    engine.leave_conference(&ben.visitor, id).await.unwrap();
}

#[tokio::test]
async fn nobody_leaves_where_the_front_does_not_let_them() {
    let town = strict(Town::new(), |options| options.leave = false);
    let engine = town.start().await;
    let ann = enter(&engine, "open", "ann").await;
    let refused = engine.leave(&ann.visitor, None, OwnMessages::Keep, None).await;
    assert!(matches!(refused, Err(EngineError::NotPermitted(_))), "{refused:?}");
    assert!(engine.visit(&at(&engine, "open"), &ann.token, None).await.is_ok());
}

#[tokio::test]
async fn an_account_that_another_system_keeps_has_no_password_to_change_here() {
    let town = Town::new();
    let engine = town.start().await;
    let ann = enter(&engine, "open", "ann").await;
    let (old, new) = ("ann".to_owned().into(), "another password".to_owned().into());
    let refused = engine.change_own_password(&ann.visitor, &old, &new, &Default::default()).await;
    assert!(matches!(refused, Err(EngineError::NotPermitted(_))), "{refused:?}");
    let own = engine.own_account(&ann.visitor).await.unwrap();
    assert!(own.facts.is_none() && own.rules.is_none() && own.may_leave && !own.may_change_profile);
}

#[tokio::test]
async fn strangers_guesses_never_keep_the_owner_of_a_name_out_of_a_known_network() {
    use portico_core::auth::Credentials;
    use portico_core::engine::LoginOrigin;
    let town = Town::new();
    let engine = town.start().await;
    let front = at(&engine, "open");
    let home = LoginOrigin { peer: Some("198.51.100.7".parse().unwrap()), ..LoginOrigin::default() };
    let right = Credentials::password("ann", "ann");
    let first = engine.log_in(&front, &right, &home, None).await.unwrap();
    for stranger in 0..60 {
        let peer = Some(format!("192.0.2.{stranger}").parse().unwrap());
        let origin = LoginOrigin { peer, ..LoginOrigin::default() };
        let _ = engine.log_in(&front, &Credentials::password("ann", "guess"), &origin, None).await;
    }
    engine.log_in(&front, &right, &home, None).await.unwrap();
    // From elsewhere the same device is known by what it was given, a new one is not.
    let away = LoginOrigin { peer: Some("203.0.113.9".parse().unwrap()), ..LoginOrigin::default() };
    let unknown = engine.log_in(&front, &right, &away, None).await;
    assert!(matches!(unknown, Err(EntryError::Throttled(_))), "{unknown:?}");
    let known = LoginOrigin { known_device: first.known_device, ..away };
    let entered = engine.log_in(&front, &right, &known, None).await.unwrap();
    assert!(entered.known_device.is_none(), "it keeps what it has");
}

#[tokio::test]
async fn whoever_is_locked_administers_nothing_and_whoever_was_away_still_does() {
    let town = strict(Town::new(), |options| options.lock_after_inactivity = Some(30 * DAY));
    let engine = town.start().await;
    let ann = enter(&engine, "open", "ann").await;
    let session = async || engine.open_admin_session(ann.id(), "stamp").await.unwrap().token;
    let token = session().await;
    engine.admin_session(token.expose()).await.unwrap();
    engine.lock(&root(), ann.id(), Some("misuse".into()), None).await.unwrap();
    assert!(matches!(engine.admin_session(token.expose()).await, Err(EngineError::SessionRequired)));
    engine.unlock(&root(), ann.id()).await.unwrap();
    engine.admin_session(token.expose()).await.unwrap();
    town.clock.advance(31 * DAY);
    engine.tend_unused().await;
    assert_eq!(engine.life_of(ann.id()).await.unwrap().state, AccountState::Locked);
    engine.admin_session(session().await.expose()).await.unwrap();
}
