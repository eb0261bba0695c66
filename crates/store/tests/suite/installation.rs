use portico_core::ports::RealmClaim;

use crate::port_tests;
use crate::world::{World, realm};

port_tests![
    it_answers,
    the_first_value_of_a_key_is_kept,
    parallel_starts_agree_on_one_value,
    a_realm_belongs_to_its_first_installation,
];

async fn it_answers(world: &World) {
    world.store.ping().await.unwrap();
}

async fn the_first_value_of_a_key_is_kept(world: &World) {
    let binary: Vec<u8> = (0..=255).collect();
    assert_eq!(world.store.meta_or_insert("token key", &binary).await.unwrap(), binary);
    assert_eq!(world.store.meta_or_insert("token key", b"other").await.unwrap(), binary);
    assert_eq!(world.store.meta_or_insert("token key ", b"another key").await.unwrap(), b"another key");
    assert_eq!(world.store.meta_or_insert("Token key", b"a third").await.unwrap(), b"a third");
}

async fn parallel_starts_agree_on_one_value(world: &World) {
    let starts = (0..16_u8).map(|number| {
        let store = world.store.clone();
        tokio::spawn(async move { store.meta_or_insert("key", &[number]).await.unwrap() })
    });
    let mut kept: Vec<_> =
        futures_util::future::join_all(starts).await.into_iter().map(Result::unwrap).collect();
    kept.dedup();
    assert_eq!(kept.len(), 1, "{kept:?}");
}

async fn a_realm_belongs_to_its_first_installation(world: &World) {
    let claim = async |name, fingerprint| world.store.claim_realm(&realm(name), fingerprint).await.unwrap();
    assert_eq!(claim("forum", "started 2001").await, RealmClaim::Granted);
    assert_eq!(claim("forum", "started 2001").await, RealmClaim::Granted);
    assert_eq!(claim("forum", "started 2002").await, RealmClaim::OwnedBy("started 2001".to_owned()));
    assert_eq!(claim("Forum", "started 2002").await, RealmClaim::Granted);
}
