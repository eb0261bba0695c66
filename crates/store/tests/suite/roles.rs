use portico_core::administration::{Actor, AuditEntry, Change, RoleGrant};
use portico_core::{AccountId, CommunityId};

use crate::port_tests;
use crate::world::{World, at, community, main_community, new_account};

port_tests![
    roles_are_given_once_kept_in_order_and_taken_again,
    roles_hold_in_one_community,
    parallel_grants_are_one_grant,
];

/// Whether it was done, and so has its line.
async fn act(world: &World, change: Change) -> bool {
    let line = AuditEntry::new(at(0), &Actor::command_line(), "role");
    world.store.administer(&change, line).await.unwrap().is_some()
}

fn role(community: &CommunityId, account: AccountId, role: &str, second: i64) -> RoleGrant {
    RoleGrant { community: community.clone(), account, role: role.to_owned(), now: at(second) }
}

pub(crate) async fn grant(
    world: &World,
    community: &CommunityId,
    account: AccountId,
    name: &str,
    second: i64,
) -> bool {
    act(world, Change::GrantRole(role(community, account, name, second))).await
}

async fn withdraw(world: &World, community: &CommunityId, account: AccountId, name: &str) -> bool {
    act(world, Change::WithdrawRole(role(community, account, name, 9))).await
}

async fn somebody(world: &World) -> AccountId {
    world.store.create_account(new_account("forum", "7", "ann")).await.unwrap().id
}

async fn roles_are_given_once_kept_in_order_and_taken_again(world: &World) {
    let (store, ann, here) = (&world.store, somebody(world).await, main_community());
    assert!(store.granted_roles(&here, ann).await.unwrap().is_empty());
    assert!(grant(world, &here, ann, "staff", 1).await);
    assert!(grant(world, &here, ann, "helper", 2).await);
    assert!(!grant(world, &here, ann, "staff", 3).await, "they have it");
    assert_eq!(store.granted_roles(&here, ann).await.unwrap(), ["staff", "helper"]);
    let all = store.all_granted_roles().await.unwrap();
    assert_eq!(all, [(here.clone(), ann, "staff".into()), (here.clone(), ann, "helper".into())]);
    assert!(withdraw(world, &here, ann, "staff").await);
    assert!(!withdraw(world, &here, ann, "staff").await, "they have it no more");
    assert_eq!(store.granted_roles(&here, ann).await.unwrap(), ["helper"]);
}

async fn roles_hold_in_one_community(world: &World) {
    let (store, ann) = (&world.store, somebody(world).await);
    assert!(grant(world, &main_community(), ann, "staff", 1).await);
    assert!(store.granted_roles(&community("elsewhere"), ann).await.unwrap().is_empty());
    assert!(!withdraw(world, &community("elsewhere"), ann, "staff").await);
}

async fn parallel_grants_are_one_grant(world: &World) {
    let ann = somebody(world).await;
    let here = main_community();
    let grants = (0..8).map(|_| grant(world, &here, ann, "staff", 1));
    let fresh = futures_util::future::join_all(grants).await.into_iter();
    assert_eq!(fresh.filter(|&fresh| fresh).count(), 1);
}
