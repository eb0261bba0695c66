use portico_core::AccountId;

use crate::port_tests;
use crate::world::{World, at, community, main_community, new_account};

port_tests![
    roles_are_given_once_kept_in_order_and_taken_again,
    roles_hold_in_one_community,
    parallel_grants_are_one_grant,
];

async fn somebody(world: &World) -> AccountId {
    world.store.create_account(new_account("forum", "7", "ann")).await.unwrap().id
}

async fn roles_are_given_once_kept_in_order_and_taken_again(world: &World) {
    let (store, ann, here) = (&world.store, somebody(world).await, main_community());
    assert!(store.granted_roles(&here, ann).await.unwrap().is_empty());
    assert!(store.grant_role(&here, ann, "staff", at(1)).await.unwrap());
    assert!(store.grant_role(&here, ann, "helper", at(2)).await.unwrap());
    assert!(!store.grant_role(&here, ann, "staff", at(3)).await.unwrap(), "they have it");
    assert_eq!(store.granted_roles(&here, ann).await.unwrap(), ["staff", "helper"]);
    let all = store.all_granted_roles().await.unwrap();
    assert_eq!(all, [(here.clone(), ann, "staff".into()), (here.clone(), ann, "helper".into())]);
    assert!(store.withdraw_role(&here, ann, "staff").await.unwrap());
    assert!(!store.withdraw_role(&here, ann, "staff").await.unwrap(), "they have it no more");
    assert_eq!(store.granted_roles(&here, ann).await.unwrap(), ["helper"]);
}

async fn roles_hold_in_one_community(world: &World) {
    let (store, ann) = (&world.store, somebody(world).await);
    store.grant_role(&main_community(), ann, "staff", at(1)).await.unwrap();
    assert!(store.granted_roles(&community("elsewhere"), ann).await.unwrap().is_empty());
    assert!(!store.withdraw_role(&community("elsewhere"), ann, "staff").await.unwrap());
}

async fn parallel_grants_are_one_grant(world: &World) {
    let ann = somebody(world).await;
    let grants = (0..8).map(|_| {
        let store = world.store.clone();
        tokio::spawn(async move { store.grant_role(&main_community(), ann, "staff", at(1)).await.unwrap() })
    });
    let fresh = futures_util::future::join_all(grants).await.into_iter().map(Result::unwrap);
    assert_eq!(fresh.filter(|&fresh| fresh).count(), 1);
}
