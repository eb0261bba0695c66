//! Changes of passwords, tokens for one use, second factors of Portico's own accounts.

use portico_core::Timestamp;
use portico_core::account::OwnMessages;
use portico_core::ports::{Confirmed, NativeProfile, NewAccount, NewPassword, OnceToken, TokenPurpose};
use secrecy::ExposeSecret;
use uuid::Uuid;

use crate::native_users::new_user;
use crate::port_tests;
use crate::world::{NOW, World, at, new_account};

port_tests![
    a_change_of_the_password_moves_its_time_and_keeps_the_past,
    a_change_instead_of_another_password_is_none,
    a_token_is_good_once_for_its_purpose_until_its_end,
    parallel_uses_of_a_token_have_one_winner,
    a_change_of_the_password_ends_the_tokens_that_could_replace_it,
    only_the_newest_tokens_are_good,
    users_are_found_by_their_address,
    a_profile_is_replaced_as_a_whole,
    a_second_factor_is_asked_for_once_it_is_confirmed,
    a_step_and_a_recovery_code_are_used_once,
    whoever_leaves_takes_the_secrets_along,
];

fn change(user: Uuid, hash: &str, at: Timestamp, keep: usize) -> NewPassword {
    NewPassword { user, hash: hash.into(), instead_of: None, keep, at }
}

fn token(user: Uuid, byte: u8, purpose: TokenPurpose, until: Timestamp) -> OnceToken {
    OnceToken { hash: [byte; 32], user, purpose, until }
}

async fn user(world: &World, login: &str) -> Uuid {
    world.natives.create(new_user(login)).await.unwrap().id
}

async fn a_change_of_the_password_moves_its_time_and_keeps_the_past(world: &World) {
    let ann = user(world, "ann").await;
    let before = world.natives.get(ann).await.unwrap().unwrap();
    assert_eq!(before.password_changed_at, NOW);
    for (number, hash) in ["one", "two", "three"].into_iter().enumerate() {
        // The clock stands still: the time moves all the same.
        assert!(world.natives.change_password(&change(ann, hash, NOW, 2)).await.unwrap());
        let now = world.natives.get(ann).await.unwrap().unwrap();
        assert_eq!(now.password_hash.expose_secret(), hash);
        assert_eq!(now.password_changed_at.as_millis(), NOW.as_millis() + 1 + number as i64);
    }
    let past = world.natives.past_hashes(ann, 10).await.unwrap();
    assert_eq!(past.iter().map(ExposeSecret::expose_secret).collect::<Vec<_>>(), ["two", "one"]);
    assert_eq!(world.natives.past_hashes(ann, 1).await.unwrap().len(), 1);
    assert!(world.natives.change_password(&change(ann, "four", at(9), 0)).await.unwrap());
    assert!(world.natives.past_hashes(ann, 10).await.unwrap().is_empty());
    assert!(!world.natives.change_password(&change(Uuid::new_v4(), "x", NOW, 2)).await.unwrap());
}

async fn a_change_instead_of_another_password_is_none(world: &World) {
    let ann = user(world, "ann").await;
    let stale = NewPassword { instead_of: Some("not this".into()), ..change(ann, "new", NOW, 0) };
    assert!(!world.natives.change_password(&stale).await.unwrap());
    let hash = world.natives.get(ann).await.unwrap().unwrap().password_hash;
    let fresh = NewPassword { instead_of: Some(hash), ..change(ann, "new", NOW, 0) };
    assert!(world.natives.change_password(&fresh).await.unwrap());
    assert!(!world.natives.change_password(&fresh).await.unwrap());
}

async fn a_token_is_good_once_for_its_purpose_until_its_end(world: &World) {
    let ann = user(world, "ann").await;
    world.natives.put_token(&token(ann, 1, TokenPurpose::Reset, at(60))).await.unwrap();
    let reset = TokenPurpose::Reset;
    assert_eq!(world.natives.token_user(&[1; 32], reset, NOW).await.unwrap(), Some(ann));
    assert_eq!(world.natives.token_user(&[1; 32], TokenPurpose::Verify, NOW).await.unwrap(), None);
    assert_eq!(world.natives.token_user(&[2; 32], reset, NOW).await.unwrap(), None);
    assert_eq!(world.natives.take_token(&[1; 32], reset, at(60)).await.unwrap(), None, "too late");
    assert_eq!(world.natives.take_token(&[1; 32], TokenPurpose::Verify, NOW).await.unwrap(), None);
    assert_eq!(world.natives.take_token(&[1; 32], reset, at(59)).await.unwrap(), Some(ann));
    assert_eq!(world.natives.take_token(&[1; 32], reset, at(59)).await.unwrap(), None, "used");
    world.natives.put_token(&token(ann, 3, reset, at(60))).await.unwrap();
    world.store.forget_tokens(at(60)).await.unwrap();
    assert_eq!(world.natives.token_user(&[3; 32], reset, NOW).await.unwrap(), None);
}

async fn parallel_uses_of_a_token_have_one_winner(world: &World) {
    let ann = user(world, "ann").await;
    world.natives.put_token(&token(ann, 1, TokenPurpose::Reset, at(60))).await.unwrap();
    let uses = (0..12).map(|_| {
        let natives = world.natives.clone();
        tokio::spawn(async move { natives.take_token(&[1; 32], TokenPurpose::Reset, NOW).await.unwrap() })
    });
    let won = futures_util::future::join_all(uses).await;
    assert_eq!(won.into_iter().filter(|won| won.as_ref().unwrap().is_some()).count(), 1);
}

async fn a_change_of_the_password_ends_the_tokens_that_could_replace_it(world: &World) {
    let (ann, bob) = (user(world, "ann").await, user(world, "bob").await);
    world.natives.put_token(&token(ann, 1, TokenPurpose::Reset, at(60))).await.unwrap();
    world.natives.put_token(&token(ann, 2, TokenPurpose::Verify, at(60))).await.unwrap();
    world.natives.put_token(&token(bob, 3, TokenPurpose::Reset, at(60))).await.unwrap();
    world.natives.change_password(&change(ann, "new", NOW, 0)).await.unwrap();
    let good = async |byte: u8, purpose| {
        world.natives.token_user(&[byte; 32], purpose, NOW).await.unwrap().is_some()
    };
    assert!(!good(1, TokenPurpose::Reset).await);
    assert!(good(2, TokenPurpose::Verify).await);
    assert!(good(3, TokenPurpose::Reset).await);
}

async fn only_the_newest_tokens_are_good(world: &World) {
    let ann = user(world, "ann").await;
    for byte in 1..=5 {
        world.natives.put_token(&token(ann, byte, TokenPurpose::Reset, at(i64::from(byte)))).await.unwrap();
    }
    let mut good = Vec::new();
    for byte in 1..=5 {
        good.extend(
            world.natives.token_user(&[byte; 32], TokenPurpose::Reset, NOW).await.unwrap().map(|_| byte),
        );
    }
    assert_eq!(good, [3, 4, 5]);
}

async fn users_are_found_by_their_address(world: &World) {
    let mut ann = new_user("ann");
    ann.email = Some("Ann@Example.org".to_owned());
    let ann = world.natives.create(ann).await.unwrap().id;
    let bob = user(world, "bob").await;
    let found = async |email: &str| {
        let users = world.natives.by_email(email).await.unwrap();
        users.into_iter().map(|user| user.id).collect::<Vec<_>>()
    };
    assert_eq!(found("ann@example.org").await, [ann]);
    assert!(found("ann@example.or").await.is_empty());
    let profile = NativeProfile { email: Some("ann@EXAMPLE.org".to_owned()), ..NativeProfile::default() };
    assert!(world.natives.set_profile(bob, &profile).await.unwrap());
    assert_eq!(found("ann@example.org").await.len(), 2);
}

async fn a_profile_is_replaced_as_a_whole(world: &World) {
    let ann = user(world, "ann").await;
    let full = NativeProfile {
        display_name: Some("Ann".to_owned()),
        email: Some("ann@example.org".to_owned()),
        email_verified_at: Some(at(5)),
    };
    for profile in [full.clone(), full, NativeProfile::default()] {
        assert!(world.natives.set_profile(ann, &profile).await.unwrap());
        let user = world.natives.get(ann).await.unwrap().unwrap();
        let kept = NativeProfile {
            display_name: user.display_name,
            email: user.email,
            email_verified_at: user.email_verified_at,
        };
        assert_eq!(kept, profile);
    }
    assert!(world.natives.set_email_verified(ann, at(7)).await.unwrap());
    assert_eq!(world.natives.get(ann).await.unwrap().unwrap().email_verified_at, Some(at(7)));
    assert!(!world.natives.set_profile(Uuid::new_v4(), &NativeProfile::default()).await.unwrap());
}

async fn a_second_factor_is_asked_for_once_it_is_confirmed(world: &World) {
    let ann = user(world, "ann").await;
    let natives = &world.natives;
    assert!(natives.second_factor(ann).await.unwrap().is_none());
    let confirm =
        async |step, codes: &[[u8; 32]]| natives.confirm_second_factor(ann, step, codes, NOW).await.unwrap();
    assert_eq!(confirm(1, &[]).await, Confirmed::Nothing);
    assert!(natives.begin_second_factor(ann, "FIRST".into()).await.unwrap());
    assert!(natives.begin_second_factor(ann, "SECOND".into()).await.unwrap());
    assert!(!natives.get(ann).await.unwrap().unwrap().second_factor);
    assert_eq!(confirm(7, &[[1; 32], [2; 32]]).await, Confirmed::First);
    assert_eq!(confirm(8, &[[3; 32]]).await, Confirmed::Nothing);
    assert!(natives.get(ann).await.unwrap().unwrap().second_factor);
    let factor = natives.second_factor(ann).await.unwrap().unwrap();
    assert_eq!(factor.secret.expose_secret(), "SECOND");
    assert_eq!((factor.confirmed, factor.last_step, factor.recovery_left), (true, 7, 2));
    assert!(!natives.begin_second_factor(ann, "THIRD".into()).await.unwrap());
    assert!(natives.remove_second_factor(ann).await.unwrap());
    assert!(!natives.remove_second_factor(ann).await.unwrap());
    assert!(!natives.get(ann).await.unwrap().unwrap().second_factor);
    assert!(natives.begin_second_factor(ann, "FOURTH".into()).await.unwrap());
    assert_eq!(natives.second_factor(ann).await.unwrap().unwrap().recovery_left, 0);
}

async fn a_step_and_a_recovery_code_are_used_once(world: &World) {
    let ann = user(world, "ann").await;
    world.natives.begin_second_factor(ann, "SECRET".into()).await.unwrap();
    let _ = world.natives.confirm_second_factor(ann, 10, &[[1; 32], [2; 32]], NOW).await.unwrap();
    for (step, good) in [(10, false), (9, false), (11, true), (11, false), (15, true), (12, false)] {
        assert_eq!(world.natives.use_step(ann, step).await.unwrap(), good, "{step}");
    }
    assert!(world.natives.use_recovery_code(ann, &[1; 32]).await.unwrap());
    assert!(!world.natives.use_recovery_code(ann, &[1; 32]).await.unwrap());
    assert!(!world.natives.use_recovery_code(ann, &[9; 32]).await.unwrap());
    assert_eq!(world.natives.second_factor(ann).await.unwrap().unwrap().recovery_left, 1);
    let parallel = (0..8).map(|_| {
        let natives = world.natives.clone();
        tokio::spawn(async move { natives.use_step(ann, 20).await.unwrap() })
    });
    let used = futures_util::future::join_all(parallel).await;
    assert_eq!(used.into_iter().filter(|used| *used.as_ref().unwrap()).count(), 1);
}

async fn whoever_leaves_takes_the_secrets_along(world: &World) {
    let ann = user(world, "ann").await;
    let account = NewAccount { ..new_account("native", &ann.to_string(), "ann") };
    let account = world.store.create_account(account).await.unwrap().id;
    world.natives.change_password(&change(ann, "new", NOW, 5)).await.unwrap();
    world.natives.put_token(&token(ann, 1, TokenPurpose::Reset, at(60))).await.unwrap();
    world.natives.begin_second_factor(ann, "SECRET".into()).await.unwrap();
    let _ = world.natives.confirm_second_factor(ann, 1, &[[1; 32]], NOW).await.unwrap();
    assert!(world.store.begin_leaving(account, OwnMessages::Keep, NOW).await.unwrap());
    assert!(world.natives.get(ann).await.unwrap().is_none());
    assert!(world.natives.find("ann").await.unwrap().is_none());
    assert!(world.natives.past_hashes(ann, 5).await.unwrap().is_empty());
    assert_eq!(world.natives.token_user(&[1; 32], TokenPurpose::Reset, NOW).await.unwrap(), None);
    assert!(world.natives.second_factor(ann).await.unwrap().is_none());
    assert!(!world.natives.use_recovery_code(ann, &[1; 32]).await.unwrap());
}
