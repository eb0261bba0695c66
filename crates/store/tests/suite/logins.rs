use portico_core::account::fold_login;

use crate::port_tests;
use crate::world::{NOW, World, front, main_community, new_account, realm};

port_tests![
    one_login_in_two_realms_is_two_people,
    folded_logins_are_compared_as_bytes,
    the_longest_login_is_found
];

async fn one_login_in_two_realms_is_two_people(world: &World) {
    for name in ["forum", "intranet"] {
        let account = world.store.create_account(new_account(name, "7", "Alice")).await.unwrap();
        let taken =
            world.store.login_taken_elsewhere(&main_community(), "alice", &realm(name)).await.unwrap();
        assert_eq!(taken, name == "intranet");
        world.store.enter_front(account.id, &main_community(), &front("im"), NOW).await.unwrap();
    }
    let found = world.store.members_by_login(&main_community(), "alice").await.unwrap();
    let mut realms: Vec<_> = found.iter().map(|member| member.account.realm.as_str().to_owned()).collect();
    realms.sort_unstable();
    assert_eq!(realms, ["forum", "intranet"]);
    assert!(!world.store.login_taken_elsewhere(&main_community(), "bob", &realm("forum")).await.unwrap());
}

async fn folded_logins_are_compared_as_bytes(world: &World) {
    for login in ["resume", "résumé", "straße", "strasse"] {
        world.person(login).await;
    }
    for login in ["resume", "résumé", "straße", "strasse"] {
        let found = world.store.members_by_login(&main_community(), &fold_login(login)).await.unwrap();
        assert_eq!(found.len(), 1, "{login}");
        assert_eq!(found[0].account.profile.login, login);
    }
    for other in ["resume ", "RESUME", "resumé", ""] {
        assert_eq!(world.store.members_by_login(&main_community(), other).await.unwrap(), [], "{other:?}");
    }
}

async fn the_longest_login_is_found(world: &World) {
    let longest = "\u{1F600}".repeat(255);
    let account = world.store.create_account(new_account("forum", "7", &longest)).await.unwrap();
    world.store.enter_front(account.id, &main_community(), &front("im"), NOW).await.unwrap();
    let found = world.store.members_by_login(&main_community(), &longest).await.unwrap();
    assert_eq!(found[0].account, account);
}
