//! Passkeys of Portico's own accounts, and what they have in common with other second factors.

use portico_core::account::OwnMessages;
use portico_core::administration::{Actor, AuditEntry, Change};
use portico_core::ports::{Confirmed, NewAccount, Passkey, PasskeyAdded};
use secrecy::ExposeSecret;
use uuid::Uuid;

use crate::native_users::new_user;
use crate::port_tests;
use crate::world::{NOW, World, at, new_account};

port_tests![
    a_passkey_is_kept_as_it_was_made,
    a_credential_is_one_persons_and_there_is_a_limit,
    parallel_passkeys_stay_within_the_limit_and_one_is_the_first,
    a_use_is_counted_from_the_counter_that_was_seen,
    recovery_codes_come_with_the_first_factor_and_go_with_the_last,
    new_recovery_codes_take_the_place_of_the_old,
    all_factors_go_at_once,
    a_secret_is_written_anew_instead_of_what_it_was,
    the_installations_key_is_made_once,
    whoever_leaves_takes_the_passkeys_along,
];

const CODES: [[u8; 32]; 2] = [[1; 32], [2; 32]];

async fn user(world: &World, login: &str) -> Uuid {
    world.natives.create(new_user(login)).await.unwrap().id
}

fn passkey(user: Uuid, byte: u8) -> Passkey {
    Passkey {
        id: Uuid::from_u128(u128::from(byte)),
        user,
        name: format!("key {byte} · ключ"),
        credential: vec![byte; 1023],
        public_key: vec![byte; 300],
        rp_id: "chat.example.org".to_owned(),
        transports: vec!["internal".to_owned(), "hybrid".to_owned()],
        counter: u32::MAX - 1,
        made_at: at(i64::from(byte)),
        used_at: None,
    }
}

async fn a_passkey_is_kept_as_it_was_made(world: &World) {
    let ann = user(world, "ann").await;
    let bare = Passkey { transports: Vec::new(), counter: 0, ..passkey(ann, 7) };
    for key in [&bare, &passkey(ann, 3)] {
        let _ = world.natives.add_passkey(key, &CODES, 10).await.unwrap();
    }
    assert_eq!(world.natives.passkeys(ann).await.unwrap(), [passkey(ann, 3), bare], "the oldest first");
    assert!(world.natives.get(ann).await.unwrap().unwrap().second_factor);
    assert!(world.natives.passkeys(Uuid::new_v4()).await.unwrap().is_empty());
    let stranger = world.natives.add_passkey(&passkey(Uuid::new_v4(), 9), &CODES, 10).await.unwrap();
    assert_eq!(stranger, PasskeyAdded::NoUser);
}

async fn a_credential_is_one_persons_and_there_is_a_limit(world: &World) {
    let (ann, bob) = (user(world, "ann").await, user(world, "bob").await);
    let add = async |key: Passkey| world.natives.add_passkey(&key, &CODES, 2).await.unwrap();
    assert_eq!(add(passkey(ann, 1)).await, PasskeyAdded::First);
    assert_eq!(add(Passkey { id: Uuid::from_u128(99), ..passkey(bob, 1) }).await, PasskeyAdded::Known);
    assert!(!world.natives.get(bob).await.unwrap().unwrap().second_factor);
    assert_eq!(add(passkey(ann, 2)).await, PasskeyAdded::Another);
    assert_eq!(add(passkey(ann, 3)).await, PasskeyAdded::Full);
    assert!(!world.natives.remove_passkey(bob, passkey(ann, 1).id).await.unwrap(), "somebody else's");
    assert!(world.natives.remove_passkey(ann, passkey(ann, 1).id).await.unwrap());
    assert_eq!(add(passkey(ann, 3)).await, PasskeyAdded::Another);
}

async fn parallel_passkeys_stay_within_the_limit_and_one_is_the_first(world: &World) {
    let ann = user(world, "ann").await;
    let added = (1..=8).map(|byte| {
        let natives = world.natives.clone();
        tokio::spawn(async move { natives.add_passkey(&passkey(ann, byte), &CODES, 5).await.unwrap() })
    });
    let added: Vec<_> = futures_util::future::join_all(added).await.into_iter().map(Result::unwrap).collect();
    let count = |wanted| added.iter().filter(|one| **one == wanted).count();
    assert_eq!(
        (count(PasskeyAdded::First), count(PasskeyAdded::Another), count(PasskeyAdded::Full)),
        (1, 4, 3)
    );
    assert_eq!(world.natives.passkeys(ann).await.unwrap().len(), 5);
    assert_eq!(world.natives.recovery_left(ann).await.unwrap(), 2);
}

async fn a_use_is_counted_from_the_counter_that_was_seen(world: &World) {
    let ann = user(world, "ann").await;
    let (moving, still) = (passkey(ann, 1), Passkey { counter: 0, ..passkey(ann, 2) });
    for key in [&moving, &still] {
        let _ = world.natives.add_passkey(key, &CODES, 10).await.unwrap();
    }
    let uses = (0..6).map(|_| {
        let (natives, id) = (world.natives.clone(), moving.id);
        tokio::spawn(async move { natives.use_passkey(id, u32::MAX - 1, u32::MAX, at(50)).await.unwrap() })
    });
    let used = futures_util::future::join_all(uses).await;
    assert_eq!(used.into_iter().filter(|used| *used.as_ref().unwrap()).count(), 1);
    // Authenticators without a counter say 0 each time, also twice at one moment.
    for _ in 0..2 {
        assert!(world.natives.use_passkey(still.id, 0, 0, at(60)).await.unwrap());
    }
    assert!(!world.natives.use_passkey(Uuid::new_v4(), 0, 0, at(60)).await.unwrap());
    let kept = world.natives.passkeys(ann).await.unwrap();
    assert_eq!((kept[0].counter, kept[0].used_at), (u32::MAX, Some(at(50))));
    assert_eq!((kept[1].counter, kept[1].used_at), (0, Some(at(60))));
}

async fn recovery_codes_come_with_the_first_factor_and_go_with_the_last(world: &World) {
    let ann = user(world, "ann").await;
    let natives = &world.natives;
    assert!(natives.begin_second_factor(ann, "SECRET".into()).await.unwrap());
    assert_eq!(natives.add_passkey(&passkey(ann, 1), &CODES, 10).await.unwrap(), PasskeyAdded::First);
    let confirmed = natives.confirm_second_factor(ann, 1, &[[3; 32]], NOW).await.unwrap();
    assert_eq!(confirmed, Confirmed::Another);
    assert!(!natives.use_recovery_code(ann, &[3; 32]).await.unwrap(), "the codes that were there stay");
    assert!(natives.use_recovery_code(ann, &[1; 32]).await.unwrap());
    assert!(natives.remove_passkey(ann, passkey(ann, 1).id).await.unwrap());
    assert!(natives.get(ann).await.unwrap().unwrap().second_factor);
    assert_eq!(natives.recovery_left(ann).await.unwrap(), 1);
    assert_eq!(natives.add_passkey(&passkey(ann, 2), &CODES, 10).await.unwrap(), PasskeyAdded::Another);
    assert!(natives.remove_second_factor(ann).await.unwrap());
    assert!(natives.get(ann).await.unwrap().unwrap().second_factor);
    assert!(natives.remove_passkey(ann, passkey(ann, 2).id).await.unwrap());
    assert!(!natives.get(ann).await.unwrap().unwrap().second_factor);
    assert_eq!(natives.recovery_left(ann).await.unwrap(), 0);
    // One that was never confirmed is none.
    assert!(natives.begin_second_factor(ann, "OTHER".into()).await.unwrap());
    assert_eq!(natives.add_passkey(&passkey(ann, 4), &CODES, 10).await.unwrap(), PasskeyAdded::First);
    assert!(natives.remove_passkey(ann, passkey(ann, 4).id).await.unwrap());
    assert!(!natives.get(ann).await.unwrap().unwrap().second_factor);
}

async fn new_recovery_codes_take_the_place_of_the_old(world: &World) {
    let (ann, bob) = (user(world, "ann").await, user(world, "bob").await);
    let natives = &world.natives;
    let new = [[4; 32], [5; 32], [1; 32]];
    assert!(natives.begin_second_factor(ann, "SECRET".into()).await.unwrap());
    assert!(
        !natives.renew_recovery(ann, &new).await.unwrap(),
        "nothing is in force that they could stand in for"
    );
    assert!(!natives.renew_recovery(Uuid::new_v4(), &new).await.unwrap());
    assert_eq!(natives.recovery_left(ann).await.unwrap(), 0);
    for key in [passkey(ann, 1), passkey(bob, 2)] {
        assert_eq!(natives.add_passkey(&key, &CODES, 10).await.unwrap(), PasskeyAdded::First);
    }
    // Also when none is left.
    for code in &CODES {
        assert!(natives.use_recovery_code(ann, code).await.unwrap());
    }
    assert!(natives.renew_recovery(ann, &new).await.unwrap());
    assert!(!natives.use_recovery_code(ann, &[2; 32]).await.unwrap(), "an old one");
    assert!(natives.use_recovery_code(ann, &[4; 32]).await.unwrap());
    assert!(natives.renew_recovery(ann, &new[..2]).await.unwrap());
    assert!(!natives.use_recovery_code(ann, &[1; 32]).await.unwrap(), "of those before");
    assert_eq!(natives.recovery_left(ann).await.unwrap(), 2);
    assert_eq!(natives.recovery_left(bob).await.unwrap(), 2);
}

async fn all_factors_go_at_once(world: &World) {
    let (ann, bob) = (user(world, "ann").await, user(world, "bob").await);
    let natives = &world.natives;
    let forget = async || {
        let line = AuditEntry::new(NOW, &Actor::command_line(), "second-factors-removed");
        world.store.administer(&Change::RemoveSecondFactor(ann), line).await.unwrap().is_some()
    };
    assert!(!forget().await, "there is none");
    assert!(natives.begin_second_factor(ann, "SECRET".into()).await.unwrap());
    assert_eq!(natives.confirm_second_factor(ann, 1, &CODES, NOW).await.unwrap(), Confirmed::First);
    assert_eq!(natives.add_passkey(&passkey(ann, 1), &[], 10).await.unwrap(), PasskeyAdded::Another);
    assert_eq!(natives.add_passkey(&passkey(bob, 2), &CODES, 10).await.unwrap(), PasskeyAdded::First);
    assert!(forget().await);
    assert!(!forget().await);
    assert!(natives.second_factor(ann).await.unwrap().is_none());
    assert!(natives.passkeys(ann).await.unwrap().is_empty());
    assert_eq!(natives.recovery_left(ann).await.unwrap(), 0);
    assert!(!natives.get(ann).await.unwrap().unwrap().second_factor);
    assert_eq!(natives.passkeys(bob).await.unwrap().len(), 1);
    assert!(natives.get(bob).await.unwrap().unwrap().second_factor);
}

async fn a_secret_is_written_anew_instead_of_what_it_was(world: &World) {
    let ann = user(world, "ann").await;
    let rewrite = async |from: &str, to: &str| {
        world.natives.rewrite_second_factor(ann, &from.into(), &to.into()).await.unwrap()
    };
    assert!(!rewrite("CLEAR", "v1.sealed").await, "there is none");
    world.natives.begin_second_factor(ann, "CLEAR".into()).await.unwrap();
    assert!(!rewrite("clear", "v1.sealed").await);
    assert!(rewrite("CLEAR", "v1.sealed").await);
    assert!(!rewrite("CLEAR", "v1.other").await);
    let kept = world.natives.second_factor(ann).await.unwrap().unwrap();
    assert_eq!((kept.secret.expose_secret(), kept.confirmed), ("v1.sealed", false));
}

async fn the_installations_key_is_made_once(world: &World) {
    let key = world.natives.installation_key(&[7; 32]).await.unwrap();
    assert_eq!(world.natives.installation_key(&[8; 32]).await.unwrap(), key);
    assert_eq!(world.store.meta_or_insert("server_key", &[9; 32]).await.unwrap(), key);
}

async fn whoever_leaves_takes_the_passkeys_along(world: &World) {
    let (ann, bob) = (user(world, "ann").await, user(world, "bob").await);
    let account = NewAccount { ..new_account("native", &ann.to_string(), "ann") };
    let account = world.store.create_account(account).await.unwrap().id;
    for key in [passkey(ann, 1), passkey(bob, 2)] {
        assert_eq!(world.natives.add_passkey(&key, &CODES, 10).await.unwrap(), PasskeyAdded::First);
    }
    assert!(world.store.begin_leaving(account, OwnMessages::Keep, NOW).await.unwrap());
    assert!(world.natives.passkeys(ann).await.unwrap().is_empty());
    assert_eq!(world.natives.recovery_left(ann).await.unwrap(), 0);
    assert_eq!(world.natives.passkeys(bob).await.unwrap().len(), 1);
}
