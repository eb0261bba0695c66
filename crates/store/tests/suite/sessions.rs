use portico_core::auth::{ExternalGroup, Restriction, Restrictions};
use portico_core::ports::{SessionRecord, StoredSession};
use portico_core::session::Proof;
use portico_core::{SessionId, Timestamp};

use crate::port_tests;
use crate::world::{NOW, World, assert_conflict, assert_inconsistent, at, front, new_account, session_of};

port_tests![
    a_session_is_found_by_its_tokens_hash,
    restrictions_are_kept,
    what_a_session_rests_on_is_kept_and_replaced,
    a_token_opens_one_session,
    a_session_needs_an_account,
    a_deleted_session_is_gone,
    the_time_a_session_was_seen_only_moves_forward,
    many_sessions_are_touched_at_once,
    sessions_are_counted_by_front_and_time,
    expired_sessions_are_forgotten,
    the_oldest_sessions_of_a_person_at_a_front_make_room,
    parallel_sessions_of_a_person_stay_within_the_number,
];

async fn a_session_is_found_by_its_tokens_hash(world: &World) {
    let alice = world.person("alice").await;
    let mut session = session_of(alice, 7);
    session.token_hash = std::array::from_fn(|place| u8::try_from(255 - place).unwrap());
    world.store.create_session(&session).await.unwrap();
    assert_eq!(world.store.session_by_token(&session.token_hash).await.unwrap(), Some(session.clone()));
    let mut nearly = session.token_hash;
    nearly[31] ^= 1;
    assert_eq!(world.store.session_by_token(&nearly).await.unwrap(), None);
}

async fn restrictions_are_kept(world: &World) {
    let alice = world.person("alice").await;
    let reason =
        Restriction { reason: "„Ruhe“ \u{1F910} '\"\\".to_owned(), until_millis: Some(i64::MAX) };
    let mut session = session_of(alice, 1);
    session.standing.restrictions = Restrictions { write: Some(reason) };
    world.store.create_session(&session).await.unwrap();
    assert_eq!(world.store.session_by_token(&session.token_hash).await.unwrap(), Some(session));
}

async fn what_a_session_rests_on_is_kept_and_replaced(world: &World) {
    let alice = world.person("alice").await;
    let mut session = session_of(alice, 1);
    let team = ExternalGroup { id: "7".into(), name: "Tëam '\"".into(), leader: true, built_in: false };
    session.standing.groups = Some(vec![team]);
    session.standing.secret_stamp = Some("a1b2".into());
    session.standing.proof = Proof::ExternalSession;
    world.store.create_session(&session).await.unwrap();
    assert_eq!(world.store.session_by_token(&session.token_hash).await.unwrap(), Some(session.clone()));
    session.standing.groups = None;
    session.standing.restrictions = Restrictions { write: Some(Restriction::new("muted")) };
    world.store.set_standing(session.id, &session.standing).await.unwrap();
    assert_eq!(world.store.session_by_token(&session.token_hash).await.unwrap(), Some(session));
}

async fn a_token_opens_one_session(world: &World) {
    let alice = world.person("alice").await;
    world.store.create_session(&session_of(alice, 1)).await.unwrap();
    assert_conflict(world.store.create_session(&session_of(alice, 1)).await);
    world.store.create_session(&session_of(alice, 2)).await.unwrap();
}

async fn a_session_needs_an_account(world: &World) {
    let nobody = new_account("forum", "x", "x").id;
    assert_inconsistent(world.store.create_session(&session_of(nobody, 1)).await);
}

async fn a_deleted_session_is_gone(world: &World) {
    let session = session_of(world.person("alice").await, 1);
    world.store.create_session(&session).await.unwrap();
    assert!(world.store.delete_session(session.id).await.unwrap());
    assert!(!world.store.delete_session(session.id).await.unwrap());
    assert_eq!(world.store.session_by_token(&session.token_hash).await.unwrap(), None);
}

async fn seen(world: &World, token: u8) -> Timestamp {
    world.store.session_by_token(&[token; 32]).await.unwrap().unwrap().seen_at
}

async fn the_time_a_session_was_seen_only_moves_forward(world: &World) {
    let alice = world.person("alice").await;
    let (one, two) = (session_of(alice, 1), session_of(alice, 2));
    world.store.create_session(&one).await.unwrap();
    world.store.create_session(&two).await.unwrap();
    let stranger = SessionId::generate(NOW);
    world.store.touch_sessions(&[(one.id, at(60)), (stranger, at(60)), (two.id, at(-60))]).await.unwrap();
    assert_eq!((seen(world, 1).await, seen(world, 2).await), (at(60), NOW));
    world.store.touch_sessions(&[(one.id, at(30)), (two.id, at(30))]).await.unwrap();
    assert_eq!((seen(world, 1).await, seen(world, 2).await), (at(60), at(30)));
    world.store.touch_sessions(&[]).await.unwrap();
}

async fn many_sessions_are_touched_at_once(world: &World) {
    let alice = world.person("alice").await;
    let mut touched = Vec::new();
    for token in 0..250_u8 {
        let session = session_of(alice, token);
        world.store.create_session(&session).await.unwrap();
        touched.push((session.id, at(i64::from(token))));
    }
    world.store.touch_sessions(&touched).await.unwrap();
    let mut found = world.store.sessions_seen_since(&front("im"), NOW).await.unwrap();
    found.sort_unstable();
    touched.sort_unstable();
    assert_eq!(found, touched);
}

async fn sessions_are_counted_by_front_and_time(world: &World) {
    let alice = world.person("alice").await;
    let here = session_of(alice, 1);
    let stale = SessionRecord { seen_at: at(-301), ..session_of(alice, 2) };
    let elsewhere = SessionRecord { front: front("forum"), ..session_of(alice, 3) };
    for session in [&here, &stale, &elsewhere] {
        world.store.create_session(session).await.unwrap();
    }
    assert_eq!(world.store.sessions_seen_since(&front("im"), at(-300)).await.unwrap(), [(here.id, NOW)]);
    assert_eq!(world.store.sessions_seen_since(&front("im"), at(-301)).await.unwrap().len(), 2);
    assert_eq!(world.store.sessions_seen_since(&front("im"), at(1)).await.unwrap(), []);
}

async fn expired_sessions_are_forgotten(world: &World) {
    let alice = world.person("alice").await;
    let short = SessionRecord { expires_at: at(10), ..session_of(alice, 1) };
    let long = SessionRecord { expires_at: at(20), ..session_of(alice, 2) };
    world.store.create_session(&short).await.unwrap();
    world.store.create_session(&long).await.unwrap();
    assert_eq!(world.store.delete_expired_sessions(at(10)).await.unwrap(), 0);
    assert_eq!(world.store.delete_expired_sessions(at(11)).await.unwrap(), 1);
    assert_eq!(world.store.session_by_token(&short.token_hash).await.unwrap(), None);
    assert_eq!(world.store.session_by_token(&long.token_hash).await.unwrap(), Some(long));
}

async fn the_oldest_sessions_of_a_person_at_a_front_make_room(world: &World) {
    let (ann, bob) = (world.person("ann").await, world.person("bob").await);
    let elsewhere = SessionRecord { front: front("other"), ..session_of(ann, 50) };
    let expired = SessionRecord { expires_at: at(2), ..session_of(ann, 51) };
    for session in [&elsewhere, &expired, &session_of(bob, 52)] {
        world.store.create_session(session).await.unwrap();
    }
    let begun = |number: u8| SessionRecord { created_at: at(i64::from(number)), ..session_of(ann, number) };
    for number in [10, 11] {
        let ended = world.store.create_session_within(&begun(number), 2).await.unwrap();
        assert_eq!(ended, [], "there is room: what has expired counts no more");
    }
    let third = world.store.create_session_within(&begun(12), 2).await.unwrap();
    assert_eq!(third, [StoredSession { id: third[0].id, token_hash: [10; 32] }]);
    let hash = |number: u8| [number; 32];
    for (number, stays) in [(10, false), (11, true), (12, true), (50, true), (52, true)] {
        let found = world.store.session_by_token(&hash(number)).await.unwrap();
        assert_eq!(found.is_some(), stays, "{number}");
    }
    // The limit was lowered meanwhile.
    let last = world.store.create_session_within(&begun(13), 1).await.unwrap();
    assert_eq!(last.iter().map(|one| one.token_hash[0]).collect::<Vec<_>>(), [11, 12]);
}

async fn parallel_sessions_of_a_person_stay_within_the_number(world: &World) {
    let ann = world.person("ann").await;
    let made = (0..20_u8).map(|number| {
        let (store, session) = (world.store.clone(), session_of(ann, number));
        async move { store.create_session_within(&session, 4).await.unwrap() }
    });
    let ended: Vec<_> = futures_util::future::join_all(made).await.into_iter().flatten().collect();
    assert_eq!(ended.len(), 16);
    assert_eq!(world.store.end_sessions(ann, None).await.unwrap().len(), 4);
}
