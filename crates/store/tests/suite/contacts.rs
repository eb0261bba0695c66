use std::sync::Arc;

use portico_core::AccountId;
use portico_core::contact::ContactAction::{Accept, Hide, Refuse, Remove, Request, Withdraw};
use portico_core::contact::{
    Contact, ContactChange, ContactLimits, ContactRefusal, NotesChange, Pair, Relation, Side,
};
use portico_core::ports::{ContactWrite, Store};

use crate::port_tests;
use crate::world::{NOW, World, act, assert_inconsistent, at, community, main_community, new_account};

port_tests![
    a_request_and_its_answer_are_kept,
    every_state_survives,
    what_is_over_leaves_nothing,
    a_repetition_changes_nothing,
    a_refused_action_writes_nothing,
    the_limit_counts_requests_and_contacts,
    an_acceptance_counts_too,
    contacts_elsewhere_do_not_count,
    a_contact_needs_two_accounts,
    parallel_requests_stop_exactly_at_the_limit,
    requests_that_cross_meet,
    what_each_keeps_of_the_other_survives,
    an_acceptance_needs_room_on_both_sides,
    only_so_many_requests_wait,
    parallel_acceptances_stop_at_the_askers_limit,
];

async fn relations(store: &Arc<dyn Store>, viewer: AccountId) -> Vec<(AccountId, Relation)> {
    let contacts = store.contacts(&main_community(), viewer).await.unwrap();
    let mut relations: Vec<_> = contacts
        .iter()
        .map(|contact| (contact.pair.other_than(viewer), contact.relation_for(viewer)))
        .collect();
    relations.sort_unstable_by_key(|(other, _)| *other);
    relations
}

async fn a_request_and_its_answer_are_kept(world: &World) {
    let (alice, bob) = (world.person("alice").await, world.person("bob").await);
    world.act(alice, Request, bob, None).await.unwrap();
    assert_eq!(relations(&world.store, alice).await, [(bob, Relation::Requested)]);
    assert_eq!(relations(&world.store, bob).await, [(alice, Relation::RequestedByThem)]);
    let done = world.act(bob, Accept, alice, None).await.unwrap();
    assert_eq!(done.relation_for(alice), Relation::Accepted);
    assert_eq!(world.store.contacts(&main_community(), alice).await.unwrap(), std::slice::from_ref(&done));
    assert_eq!(world.store.contacts(&main_community(), bob).await.unwrap(), [done]);
}

async fn every_state_survives(world: &World) {
    let me = world.person("me").await;
    // Each of the two may be the one with the smaller id.
    for (number, action) in [Request, Refuse].into_iter().enumerate() {
        let you = world.person(&format!("you{number}")).await;
        let mine = world.act(me, action, you, None).await.unwrap();
        let other = world.person(&format!("other{number}")).await;
        let theirs = world.act(other, action, me, None).await.unwrap();
        let kept = world.store.contacts(&main_community(), me).await.unwrap();
        assert!(kept.contains(&mine) && kept.contains(&theirs), "{action:?}: {kept:?}");
    }
    let both = world.person("both").await;
    world.act(me, Refuse, both, None).await.unwrap();
    let refused = world.act(both, Refuse, me, None).await.unwrap();
    assert!(refused.low.refused && refused.high.refused);
    assert_eq!(world.store.contacts(&main_community(), both).await.unwrap(), [refused]);
}

async fn what_is_over_leaves_nothing(world: &World) {
    let (alice, bob) = (world.person("alice").await, world.person("bob").await);
    for (begin, end) in [(Request, Withdraw), (Request, Remove), (Refuse, Remove)] {
        world.act(alice, begin, bob, None).await.unwrap();
        let over = world.act(alice, end, bob, None).await.unwrap();
        assert!(over.is_empty());
        assert_eq!(world.store.contacts(&main_community(), alice).await.unwrap(), [], "{begin:?}, {end:?}");
    }
}

async fn a_repetition_changes_nothing(world: &World) {
    let (alice, bob) = (world.person("alice").await, world.person("bob").await);
    let asked = world.act(alice, Request, bob, Some(1)).await.unwrap();
    let pair = Pair::new(alice, bob).unwrap();
    let again = ContactWrite {
        community: main_community(),
        actor: alice,
        pair,
        change: Request.into(),
        limits: ContactLimits::of_mine(Some(1)),
        now: at(60),
    };
    assert_eq!(world.store.write_contact(&again).await.unwrap(), Ok(asked.clone()));
    assert_eq!(world.store.contacts(&main_community(), alice).await.unwrap(), [asked]);
    let nothing = ContactWrite { change: Remove.into(), actor: bob, ..again.clone() };
    let removed = world.store.write_contact(&nothing).await.unwrap().unwrap();
    assert_eq!(removed.changed_at, at(60));
    let still_nothing = ContactWrite { now: at(90), ..nothing };
    assert!(world.store.write_contact(&still_nothing).await.unwrap().unwrap().is_empty());
}

async fn a_refused_action_writes_nothing(world: &World) {
    let (alice, bob) = (world.person("alice").await, world.person("bob").await);
    assert_eq!(world.act(alice, Accept, bob, None).await, Err(ContactRefusal::NothingTo("accept")));
    assert_eq!(world.act(alice, Request, bob, Some(0)).await, Err(ContactRefusal::LimitReached { limit: 0 }));
    assert_eq!(world.store.contacts(&main_community(), alice).await.unwrap(), []);
    let refused = world.act(bob, Refuse, alice, None).await.unwrap();
    assert_eq!(world.act(alice, Request, bob, None).await, Err(ContactRefusal::RefusedByThem));
    assert_eq!(world.store.contacts(&main_community(), alice).await.unwrap(), [refused]);
}

async fn the_limit_counts_requests_and_contacts(world: &World) {
    let people = world.people(5).await;
    let me = people[0];
    let limit = Some(2);
    world.act(me, Request, people[1], limit).await.unwrap();
    world.act(people[1], Accept, me, limit).await.unwrap();
    world.act(me, Request, people[2], limit).await.unwrap();
    assert_eq!(
        world.act(me, Request, people[3], limit).await,
        Err(ContactRefusal::LimitReached { limit: 2 })
    );
    // What others want, and whom one refuses, takes up no place.
    world.act(people[3], Request, me, limit).await.unwrap();
    world.act(me, Refuse, people[4], limit).await.unwrap();
    // Asking again for what one has is no new contact; a place that becomes free can be taken.
    world.act(me, Request, people[1], limit).await.unwrap();
    world.act(me, Withdraw, people[2], limit).await.unwrap();
    world.act(me, Request, people[4], limit).await.unwrap();
}

async fn an_acceptance_counts_too(world: &World) {
    let people = world.people(3).await;
    world.act(people[1], Request, people[0], None).await.unwrap();
    world.act(people[2], Request, people[0], None).await.unwrap();
    world.act(people[0], Accept, people[1], Some(1)).await.unwrap();
    let full = world.act(people[0], Accept, people[2], Some(1)).await;
    assert_eq!(full, Err(ContactRefusal::LimitReached { limit: 1 }));
    assert_eq!(relations(&world.store, people[2]).await, [(people[0], Relation::Requested)]);
}

async fn contacts_elsewhere_do_not_count(world: &World) {
    let people = world.people(3).await;
    world.act(people[0], Request, people[1], Some(1)).await.unwrap();
    let elsewhere = ContactWrite {
        community: community("other"),
        actor: people[0],
        pair: Pair::new(people[0], people[2]).unwrap(),
        change: Request.into(),
        limits: ContactLimits::of_mine(Some(1)),
        now: NOW,
    };
    let contact = world.store.write_contact(&elsewhere).await.unwrap().unwrap();
    assert_eq!(world.store.contacts(&community("other"), people[0]).await.unwrap(), [contact]);
    assert_eq!(relations(&world.store, people[0]).await, [(people[1], Relation::Requested)]);
}

async fn a_contact_needs_two_accounts(world: &World) {
    let alice = world.person("alice").await;
    let pair = Pair::new(alice, new_account("forum", "x", "x").id).unwrap();
    let write = ContactWrite {
        community: main_community(),
        actor: alice,
        pair,
        change: Request.into(),
        limits: ContactLimits::default(),
        now: NOW,
    };
    assert_inconsistent(world.store.write_contact(&write).await);
}

async fn parallel_requests_stop_exactly_at_the_limit(world: &World) {
    let people = world.people(60).await;
    let (actors, others) = people.split_at(25);
    let limit_of = |place: usize| if place.is_multiple_of(2) { 3_u32 } else { 20 };
    let mut requests = tokio::task::JoinSet::new();
    // 1,000 requests: 40 of each actor, some people asked twice. The actors take turns, so that each comes to the limit
    // in the thick of it.
    for number in 0..40 {
        for (place, &actor) in actors.iter().enumerate() {
            let (store, other) = (world.store.clone(), others[number % others.len()]);
            requests.spawn(async move { act(&store, actor, Request, other, Some(limit_of(place))).await });
        }
    }
    assert_eq!(requests.len(), 1000);
    while let Some(outcome) = requests.join_next().await {
        if let Err(refusal) = outcome.unwrap() {
            assert!(matches!(refusal, ContactRefusal::LimitReached { limit: 3 | 20 }), "{refusal}");
        }
    }
    for (place, &actor) in actors.iter().enumerate() {
        assert_eq!(relations(&world.store, actor).await.len(), usize::try_from(limit_of(place)).unwrap());
    }
}

async fn requests_that_cross_meet(world: &World) {
    let people = world.people(6).await;
    let mut requests = tokio::task::JoinSet::new();
    for &one in &people {
        for &other in people.iter().filter(|other| **other != one) {
            let store = world.store.clone();
            requests.spawn(async move { act(&store, one, Request, other, Some(5)).await.unwrap() });
        }
    }
    while let Some(outcome) = requests.join_next().await {
        outcome.unwrap();
    }
    for &one in &people {
        let relations = relations(&world.store, one).await;
        assert_eq!(relations.len(), 5);
        assert!(relations.iter().all(|(_, relation)| *relation == Relation::Accepted), "{relations:?}");
    }
}

fn note(change: impl FnOnce(&mut NotesChange)) -> ContactChange {
    let mut notes = NotesChange::default();
    change(&mut notes);
    ContactChange::Note(notes)
}

async fn change(
    world: &World,
    actor: AccountId,
    other: AccountId,
    change: impl Into<ContactChange>,
    limits: ContactLimits,
) -> Result<Contact, ContactRefusal> {
    let pair = Pair::new(actor, other).unwrap();
    let write =
        ContactWrite { community: main_community(), actor, pair, change: change.into(), limits, now: NOW };
    world.store.write_contact(&write).await.unwrap()
}

async fn what_each_keeps_of_the_other_survives(world: &World) {
    let (alice, bob) = (world.person("alice").await, world.person("bob").await);
    let free = ContactLimits::default();
    let asked = ContactChange::Ask(Some("we met; don't you remember? \u{1F600}".into()));
    let asked = change(world, alice, bob, asked, free).await.unwrap();
    assert_eq!(world.store.contacts(&main_community(), bob).await.unwrap(), [asked]);
    change(world, bob, alice, Accept, free).await.unwrap();
    for (actor, other, name, rating) in [(alice, bob, "Bobby", 5), (bob, alice, "Ally", 1)] {
        let noted = note(|notes| {
            notes.favourite = Some(true);
            notes.nickname = Some(Some(name.to_owned()));
            notes.group = Some(Some("Family".to_owned()));
            notes.rating = Some(Some(rating));
        });
        change(world, actor, other, noted, free).await.unwrap();
    }
    let kept = change(world, alice, bob, Hide, free).await.unwrap();
    assert_eq!(world.store.contacts(&main_community(), alice).await.unwrap(), std::slice::from_ref(&kept));
    assert_eq!(kept.side_of(bob).nickname.as_deref(), Some("Ally"));
    assert_eq!((kept.side_of(alice).hidden, kept.side_of(bob).hidden), (true, false));
    let over = change(world, alice, bob, Remove, free).await.unwrap();
    assert_eq!(world.store.contacts(&main_community(), bob).await.unwrap(), std::slice::from_ref(&over));
    assert_eq!(over.side_of(alice), &Side::default());
    assert!(over.side_of(bob).favourite, "each takes away only what is theirs");
}

async fn an_acceptance_needs_room_on_both_sides(world: &World) {
    let people = world.people(3).await;
    let one = ContactLimits { mine: None, theirs: Some(1), pending: None };
    for other in [people[1], people[2]] {
        change(world, people[0], other, Request, one).await.unwrap();
    }
    change(world, people[1], people[0], Accept, one).await.unwrap();
    let full = change(world, people[2], people[0], Accept, one).await;
    assert_eq!(full, Err(ContactRefusal::TheirLimitReached { limit: 1 }));
    assert_eq!(relations(&world.store, people[2]).await, [(people[0], Relation::RequestedByThem)]);
}

async fn only_so_many_requests_wait(world: &World) {
    let people = world.people(3).await;
    let one = ContactLimits { mine: None, theirs: None, pending: Some(1) };
    change(world, people[0], people[1], Request, one).await.unwrap();
    let second = change(world, people[0], people[2], Request, one).await;
    assert_eq!(second, Err(ContactRefusal::TooManyRequests { limit: 1 }));
    change(world, people[1], people[0], Accept, one).await.unwrap();
    change(world, people[0], people[2], Request, one).await.unwrap();
}

async fn parallel_acceptances_stop_at_the_askers_limit(world: &World) {
    let people = world.people(21).await;
    let (asker, others) = people.split_first().unwrap();
    let limits = ContactLimits { mine: Some(100), theirs: Some(7), pending: None };
    for other in others {
        change(world, *asker, *other, Request, ContactLimits::default()).await.unwrap();
    }
    let mut answers = tokio::task::JoinSet::new();
    for other in others.iter().copied() {
        let (store, asker) = (world.store.clone(), *asker);
        answers.spawn(async move {
            let pair = Pair::new(other, asker).unwrap();
            let write = ContactWrite {
                community: main_community(),
                actor: other,
                pair,
                change: Accept.into(),
                limits,
                now: NOW,
            };
            store.write_contact(&write).await.unwrap().is_ok()
        });
    }
    let mut accepted = 0;
    while let Some(answer) = answers.join_next().await {
        accepted += usize::from(answer.unwrap());
    }
    let kept = relations(&world.store, *asker).await;
    assert_eq!(accepted, 7);
    assert_eq!(kept.iter().filter(|(_, relation)| *relation == Relation::Accepted).count(), 7);
}
