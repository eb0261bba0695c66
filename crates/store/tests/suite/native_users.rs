use portico_core::account::{OwnMessages, fold_login};
use portico_core::auth::{Realm, SubjectId};
use portico_core::ports::{ListedNative, NativeFilter, NativeState, NativeUser, NewNativeUser};
use secrecy::ExposeSecret;
use uuid::Uuid;

use crate::port_tests;
use crate::world::{NOW, World, assert_conflict};

port_tests![
    a_user_is_found_by_login_and_id,
    a_login_is_taken_once,
    parallel_registrations_of_one_login_make_one_user,
    native_logins_are_compared_as_bytes,
    states_and_passwords_change,
    users_are_listed_by_login,
    a_page_of_users_is_what_is_wanted_and_no_more,
    the_state_of_a_user_is_told_by_itself,
    which_users_have_an_account_is_asked_at_once,
    a_hash_is_never_printed,
];

const HASH: &str = "$argon2id$v=19$m=19456,t=2,p=1$c29tZXNhbHQ$aGFzaA";

pub(crate) fn new_user(login: &str) -> NewNativeUser {
    NewNativeUser {
        id: Uuid::new_v4(),
        login: login.to_owned(),
        folded_login: fold_login(login),
        display_name: None,
        email: None,
        password_hash: HASH.into(),
        state: NativeState::Active,
        administrator: false,
        created_at: NOW,
    }
}

fn plain(user: &NativeUser) -> impl PartialEq + std::fmt::Debug {
    let hash = user.password_hash.expose_secret().to_owned();
    let names = (user.login.clone(), user.display_name.clone(), user.email.clone());
    (user.id, names, hash, user.state, user.administrator, user.created_at)
}

async fn a_user_is_found_by_login_and_id(world: &World) {
    let new = NewNativeUser {
        display_name: Some("Alice \u{1F600}".to_owned()),
        email: Some("alice@example.org".to_owned()),
        state: NativeState::Pending,
        administrator: true,
        ..new_user("Alice")
    };
    let made = world.natives.create(new.clone()).await.unwrap();
    assert_eq!((made.id, made.login.as_str(), made.administrator), (new.id, "Alice", true));
    assert_eq!(made.password_hash.expose_secret(), HASH);
    assert_eq!(plain(&world.natives.find("alice").await.unwrap().unwrap()), plain(&made));
    assert_eq!(plain(&world.natives.get(new.id).await.unwrap().unwrap()), plain(&made));
    assert!(world.natives.find("Alice").await.unwrap().is_none());
    assert!(world.natives.get(Uuid::new_v4()).await.unwrap().is_none());
}

async fn a_login_is_taken_once(world: &World) {
    world.natives.create(new_user("Alice")).await.unwrap();
    assert_conflict(world.natives.create(new_user("ALICE")).await);
    assert_eq!(world.natives.list().await.unwrap().len(), 1);
}

async fn parallel_registrations_of_one_login_make_one_user(world: &World) {
    let registrations = (0..16).map(|_| {
        let natives = world.natives.clone();
        tokio::spawn(async move { natives.create(new_user("alice")).await.is_ok() })
    });
    let made = futures_util::future::join_all(registrations).await;
    assert_eq!(made.into_iter().filter(|made| *made.as_ref().unwrap()).count(), 1);
}

async fn native_logins_are_compared_as_bytes(world: &World) {
    for login in ["resume", "résumé", "strasse", "straße", &"\u{1F600}".repeat(255)] {
        let made = world.natives.create(new_user(login)).await.unwrap();
        assert_eq!(world.natives.find(login).await.unwrap().unwrap().id, made.id);
    }
    assert!(world.natives.find("resume ").await.unwrap().is_none());
}

async fn states_and_passwords_change(world: &World) {
    let alice = world.natives.create(new_user("alice")).await.unwrap().id;
    for state in [NativeState::Pending, NativeState::Disabled, NativeState::Active, NativeState::Active] {
        assert!(world.natives.set_state(alice, state).await.unwrap());
        assert_eq!(world.natives.get(alice).await.unwrap().unwrap().state, state);
    }
    assert!(world.natives.set_password_hash(alice, "another hash".into()).await.unwrap());
    let hash = world.natives.get(alice).await.unwrap().unwrap().password_hash;
    assert_eq!(hash.expose_secret(), "another hash");
    assert!(!world.natives.set_state(Uuid::new_v4(), NativeState::Active).await.unwrap());
    assert!(!world.natives.set_password_hash(Uuid::new_v4(), "x".into()).await.unwrap());
}

async fn users_are_listed_by_login(world: &World) {
    for login in ["carol", "Alice", "bob"] {
        world.natives.create(new_user(login)).await.unwrap();
    }
    let logins: Vec<_> = world.natives.list().await.unwrap().into_iter().map(|user| user.login).collect();
    assert_eq!(logins, ["Alice", "bob", "carol"]);
}

async fn a_page_of_users_is_what_is_wanted_and_no_more(world: &World) {
    for login in ["Carol", "alice", "al%_!x", "Albert", "bob", "Álvaro", "alb"] {
        world.natives.create(new_user(login)).await.unwrap();
    }
    let waiting = NewNativeUser {
        email: Some("W@example.org".into()),
        display_name: Some("Waits".into()),
        state: NativeState::Pending,
        administrator: true,
        ..new_user("alwaits")
    };
    world.natives.create(waiting.clone()).await.unwrap();
    world.natives.set_email_verified(waiting.id, NOW).await.unwrap();
    let page = async |filter: NativeFilter| world.natives.page(&filter).await.unwrap();
    let logins = async |login: &str, after: Option<&str>, limit| {
        let filter =
            NativeFilter { login: login.into(), state: None, after: after.map(str::to_owned), limit };
        page(filter).await.into_iter().map(|user| user.login).collect::<Vec<_>>()
    };
    // The folded form of a name orders it and is compared as bytes.
    let all = logins("", None, 100).await;
    assert_eq!(all, ["al%_!x", "alb", "Albert", "alice", "alwaits", "bob", "Carol", "Álvaro"]);
    assert_eq!(logins("al", None, 100).await, all[..5]);
    assert_eq!(logins("al%", None, 100).await, ["al%_!x"], "signs of a pattern are letters");
    assert_eq!(logins("al_", None, 100).await, Vec::<String>::new());
    assert_eq!(logins("", None, 3).await, all[..3]);
    assert_eq!(logins("", Some("albert"), 3).await, all[3..6]);
    assert_eq!(logins("al", Some("albert"), 100).await, all[3..5]);
    assert_eq!(logins("", Some(&fold_login("Álvaro")), 3).await, Vec::<String>::new());
    let pending = NativeFilter { state: Some(NativeState::Pending), limit: 10, ..NativeFilter::default() };
    let told = ListedNative {
        id: waiting.id,
        login: waiting.login,
        display_name: waiting.display_name,
        email: waiting.email,
        email_verified: true,
        state: NativeState::Pending,
        administrator: true,
        second_factor: false,
        created_at: NOW,
    };
    assert_eq!(page(pending).await, [told]);
}

async fn the_state_of_a_user_is_told_by_itself(world: &World) {
    let alice = world.natives.create(new_user("alice")).await.unwrap().id;
    for state in [NativeState::Disabled, NativeState::Active] {
        world.natives.set_state(alice, state).await.unwrap();
        assert_eq!(world.store.native_state(alice).await.unwrap(), Some(state));
    }
    assert_eq!(world.store.native_state(Uuid::new_v4()).await.unwrap(), None);
}

async fn which_users_have_an_account_is_asked_at_once(world: &World) {
    let (ann, ben) = (world.person("ann").await, world.person("ben").await);
    let mut subjects = Vec::new();
    let mut realm = None;
    for id in [ann, ben] {
        let account = world.store.account(id).await.unwrap().unwrap();
        subjects.push(account.subject);
        realm = Some(account.realm);
    }
    let realm = realm.unwrap();
    subjects.push(SubjectId::new("nobody").unwrap());
    let mut found = world.store.accounts_of(&realm, &subjects).await.unwrap();
    found.sort();
    let mut wanted = vec![(subjects[0].clone(), ann), (subjects[1].clone(), ben)];
    wanted.sort();
    assert_eq!(found, wanted);
    let elsewhere = Realm::new("elsewhere").unwrap();
    assert!(world.store.accounts_of(&elsewhere, &subjects).await.unwrap().is_empty());
    assert!(world.store.accounts_of(&realm, &[]).await.unwrap().is_empty());
    // Who has left has none.
    world.store.begin_leaving(ann, OwnMessages::Keep, NOW).await.unwrap();
    assert_eq!(world.store.accounts_of(&realm, &subjects).await.unwrap(), [(subjects[1].clone(), ben)]);
}

async fn a_hash_is_never_printed(world: &World) {
    let user = world.natives.create(new_user("alice")).await.unwrap();
    let refused = world.natives.create(new_user("alice")).await.unwrap_err();
    let printed = format!("{user:?} {refused:?} {refused} {:?}", world.natives);
    assert!(!printed.contains("argon2id"), "{printed}");
}
