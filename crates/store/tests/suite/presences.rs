use std::sync::Arc;

use portico_core::AccountId;
use portico_core::messaging::{PresenceChoice, PresenceRecord, PresenceState};
use portico_core::policy::OfflineChoice;

use crate::port_tests;
use crate::world::{NOW, World, assert_inconsistent, at, community, main_community};

port_tests![
    what_somebody_chose_is_kept_and_replaced,
    presence_is_kept_per_community,
    the_time_somebody_was_seen_only_moves_forward,
    a_choice_leaves_alone_when_somebody_was_seen,
    many_were_seen_at_once,
    whoever_is_gone_is_passed_over,
    a_forgotten_account_leaves_no_presence,
];

fn busy(reason: &str) -> PresenceRecord {
    PresenceRecord {
        choice: PresenceChoice { state: PresenceState::Busy, reason: Some(Arc::from(reason)) },
        time_zone: Some("Europe/Berlin".into()),
        seen_at: None,
        offline_choice: OfflineChoice::Favourites,
    }
}

impl World {
    async fn presence(&self, account: AccountId) -> Option<PresenceRecord> {
        let found = self.store.presences(&main_community(), &[account]).await.unwrap();
        found.into_iter().next().map(|(_, record)| record)
    }
}

async fn what_somebody_chose_is_kept_and_replaced(world: &World) {
    let (alice, bob) = (world.person("alice").await, world.person("bob").await);
    assert_eq!(world.presence(alice).await, None);
    world.store.keep_presence(&main_community(), alice, &busy("Sitzung „A“ \u{1F910} '\"")).await.unwrap();
    assert_eq!(world.presence(alice).await, Some(busy("Sitzung „A“ \u{1F910} '\"")));
    for state in &PresenceState::ALL[..5] {
        let record = PresenceRecord {
            choice: PresenceChoice { state: *state, reason: None },
            ..PresenceRecord::default()
        };
        world.store.keep_presence(&main_community(), alice, &record).await.unwrap();
        assert_eq!(world.presence(alice).await, Some(record));
    }
    assert_eq!(world.presence(bob).await, None);
    let nobody = AccountId::generate(NOW);
    assert_inconsistent(world.store.keep_presence(&main_community(), nobody, &busy("x")).await);
}

async fn presence_is_kept_per_community(world: &World) {
    let alice = world.person("alice").await;
    world.store.keep_presence(&community("other"), alice, &busy("there")).await.unwrap();
    assert_eq!(world.presence(alice).await, None);
    let there = world.store.presences(&community("other"), &[alice]).await.unwrap();
    assert_eq!(there, [(alice, busy("there"))]);
}

async fn the_time_somebody_was_seen_only_moves_forward(world: &World) {
    let alice = world.person("alice").await;
    for (seen, kept) in [(10, 10), (5, 10), (20, 20)] {
        world.store.keep_last_seen(&[(main_community(), alice, at(seen))]).await.unwrap();
        assert_eq!(world.presence(alice).await.unwrap().seen_at, Some(at(kept)));
    }
}

async fn a_choice_leaves_alone_when_somebody_was_seen(world: &World) {
    let alice = world.person("alice").await;
    world.store.keep_last_seen(&[(main_community(), alice, at(7))]).await.unwrap();
    let record = PresenceRecord { seen_at: Some(at(99)), ..busy("x") };
    world.store.keep_presence(&main_community(), alice, &record).await.unwrap();
    assert_eq!(world.presence(alice).await, Some(PresenceRecord { seen_at: Some(at(7)), ..busy("x") }));
    world.store.keep_last_seen(&[(main_community(), alice, at(8))]).await.unwrap();
    assert_eq!(world.presence(alice).await, Some(PresenceRecord { seen_at: Some(at(8)), ..busy("x") }));
}

async fn many_were_seen_at_once(world: &World) {
    let people = world.people(250).await;
    world.store.keep_presence(&main_community(), people[3], &busy("x")).await.unwrap();
    let times: Vec<_> =
        (0_i64..).zip(&people).map(|(second, id)| (main_community(), *id, at(second))).collect();
    world.store.keep_last_seen(&times).await.unwrap();
    let mut found = world.store.presences(&main_community(), &people).await.unwrap();
    assert_eq!(found.len(), 250);
    found.sort_by_key(|(id, _)| people.iter().position(|known| known == id));
    assert!((0_i64..).zip(&found).all(|(second, (_, record))| record.seen_at == Some(at(second))));
    assert_eq!(found[3].1.choice, busy("x").choice);
}

async fn whoever_is_gone_is_passed_over(world: &World) {
    let alice = world.person("alice").await;
    let gone = AccountId::generate(NOW);
    let times = [(main_community(), gone, at(1)), (main_community(), alice, at(1))];
    world.store.keep_last_seen(&times).await.unwrap();
    assert!(world.presence(alice).await.is_some() && world.presence(gone).await.is_none());
}

async fn a_forgotten_account_leaves_no_presence(world: &World) {
    let (alice, bob) = (world.person("alice").await, world.person("bob").await);
    for (place, account) in [(main_community(), alice), (community("other"), alice), (main_community(), bob)]
    {
        world.store.keep_presence(&place, account, &busy("x")).await.unwrap();
    }
    world.store.forget_presence(alice).await.unwrap();
    assert!(world.presence(alice).await.is_none() && world.presence(bob).await.is_some());
    assert!(world.store.presences(&community("other"), &[alice]).await.unwrap().is_empty());
}
