use portico_core::auth::{ExternalGroup, Restriction, Restrictions};
use portico_core::ports::SessionRecord;
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
