//! Lists of administrators: who is in them, and what they cost the store.

use portico_core::engine::{Engine, LoginOrigin};
use portico_core::messaging::PresenceState;
use portico_core::policy::Mode;
use portico_core::ports::AccountFilter;
use portico_core::{AccountId, CommunityId};

use crate::town::{NAMES, Person, Town, at, enter};

async fn here(engine: &Engine, after: Option<AccountId>, limit: usize) -> Vec<(AccountId, PresenceState)> {
    let present = engine.who_is_present(None, after, limit).await.unwrap();
    present.into_iter().map(|person| (person.account.id, person.state)).collect()
}

#[tokio::test]
async fn who_is_here_is_read_at_once_and_guests_are_not_among_them() {
    let town = Town::new().with_front("open", Mode::OpenCommunity, |front| front.guests = true).with_front(
        "far",
        Mode::OpenCommunity,
        |front| {
            front.community = CommunityId::new("far").unwrap();
        },
    );
    let engine = town.start().await;
    for _ in 0..5 {
        engine.enter_as_guest(&at(&engine, "open"), &LoginOrigin::default()).await.unwrap();
    }
    let mut people = Vec::new();
    for name in NAMES {
        people.push(enter(&engine, "open", name).await);
    }
    let mut ids: Vec<AccountId> = people.iter().map(Person::id).collect();
    ids.sort_unstable();
    let calls = town.store.calls();
    let all = here(&engine, None, 100).await;
    assert_eq!(town.store.calls() - calls, 1, "for everybody");
    assert_eq!(all.iter().map(|(id, _)| *id).collect::<Vec<_>>(), ids);
    let page: Vec<_> = here(&engine, Some(ids[1]), 2).await.into_iter().map(|(id, _)| id).collect();
    assert_eq!(page, ids[2..4]);
    // Whoever is occupied here and not there can be reached.
    let ann = &people[0];
    engine.choose_presence(&ann.visitor, PresenceState::Busy, None).await.unwrap();
    let state =
        async || here(&engine, None, 100).await.into_iter().find(|(id, _)| *id == ann.id()).unwrap().1;
    assert_eq!(state().await, PresenceState::Busy);
    enter(&engine, "far", "ann").await;
    assert_eq!(state().await, PresenceState::Online);
}

#[tokio::test]
async fn a_list_of_accounts_costs_as_many_calls_as_one_of_them() {
    let town = Town::new().with_front("second", Mode::OpenCommunity, |_| {});
    let engine = town.start().await;
    for name in NAMES {
        enter(&engine, "open", name).await;
    }
    let ann = enter(&engine, "second", "ann").await;
    let calls = town.store.calls();
    let all = engine.accounts(AccountFilter { limit: 100, ..AccountFilter::default() }).await.unwrap();
    assert_eq!((all.len(), town.store.calls() - calls), (NAMES.len(), 3));
    let fronts = |id| all.iter().find(|listed| listed.account.id == id).unwrap().fronts.len();
    assert_eq!(fronts(ann.id()), 2);
    assert!(all.iter().all(|listed| listed.online && listed.life.active_at.is_some()));
}
