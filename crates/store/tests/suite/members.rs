use portico_core::account::OwnMessages;
use portico_core::ports::Entering;

use crate::port_tests;
use crate::world::{NOW, World, assert_inconsistent, at, community, front, main_community, new_account};

port_tests![
    entering_a_front_joins_its_community,
    parallel_entries_are_one_first_time,
    nobody_enters_without_an_account,
    people_of_another_community_are_not_found,
    the_roster_is_paged_by_id,
    members_are_found_by_their_ids,
    a_limited_front_takes_no_more_people_than_it_may,
];

async fn entering_a_front_joins_its_community(world: &World) {
    let alice = world.store.create_account(new_account("forum", "7", "Alice")).await.unwrap();
    assert_eq!(world.store.member(&main_community(), alice.id).await.unwrap(), None);
    let enter = async |id: &str, seconds| {
        world.store.enter_front(alice.id, &main_community(), &front(id), at(seconds)).await.unwrap()
    };
    assert!(enter("im", 0).await);
    assert!(!enter("im", 1).await);
    assert!(enter("forum", 2).await);
    assert!(!enter("im", 3).await);
    let member = world.store.member(&main_community(), alice.id).await.unwrap().unwrap();
    assert_eq!(member.account, alice);
    assert_eq!(member.fronts, [front("forum"), front("im")]);
}

async fn parallel_entries_are_one_first_time(world: &World) {
    let alice = world.store.create_account(new_account("forum", "7", "Alice")).await.unwrap().id;
    let entries = (0..16).map(|number| {
        let store = world.store.clone();
        let entered = front(if number % 2 == 0 { "im" } else { "forum" });
        tokio::spawn(async move { store.enter_front(alice, &main_community(), &entered, NOW).await.unwrap() })
    });
    let outcomes = futures_util::future::join_all(entries).await;
    assert_eq!(outcomes.into_iter().filter(|first| *first.as_ref().unwrap()).count(), 2);
}

async fn nobody_enters_without_an_account(world: &World) {
    let nobody = new_account("forum", "x", "x").id;
    assert_inconsistent(world.store.enter_front(nobody, &main_community(), &front("im"), NOW).await);
    assert_eq!(world.store.roster(&main_community(), None, 10).await.unwrap().members, []);
}

async fn people_of_another_community_are_not_found(world: &World) {
    let alice = world.person("alice").await;
    let other = community("other");
    assert_eq!(world.store.member(&other, alice).await.unwrap(), None);
    assert_eq!(world.store.members(&other, &[alice]).await.unwrap(), []);
    assert_eq!(world.store.members_by_login(&other, "alice").await.unwrap(), []);
    assert_eq!(world.store.roster(&other, None, 10).await.unwrap().members, []);
    world.store.enter_front(alice, &other, &front("elsewhere"), NOW).await.unwrap();
    let member = world.store.member(&other, alice).await.unwrap().unwrap();
    assert_eq!(member.fronts, [front("elsewhere")]);
}

async fn the_roster_is_paged_by_id(world: &World) {
    let mut people = world.people(7).await;
    people.sort_unstable();
    let (mut seen, mut after) = (Vec::new(), None);
    loop {
        let page = world.store.roster(&main_community(), after, 3).await.unwrap();
        assert!(page.members.len() <= 3);
        assert!(page.members.iter().all(|member| member.fronts == [front("im")]));
        seen.extend(page.members.iter().map(|member| member.account.id));
        after = page.next;
        if after.is_none() {
            break;
        }
    }
    assert_eq!(seen, people);
    // A page that ends exactly at the end has no next one.
    assert_eq!(world.store.roster(&main_community(), None, 7).await.unwrap().next, None);
}

async fn members_are_found_by_their_ids(world: &World) {
    let people = world.people(5).await;
    let mut asked: Vec<_> = (0..900).map(|_| new_account("forum", "x", "x").id).collect();
    asked.extend([people[1], people[3], people[1]]);
    let found = world.store.members(&main_community(), &asked).await.unwrap();
    let mut ids: Vec<_> = found.iter().map(|member| member.account.id).collect();
    ids.sort_unstable();
    let mut wanted = vec![people[1], people[3]];
    wanted.sort_unstable();
    assert_eq!(ids, wanted);
    assert_eq!(world.store.members(&main_community(), &[]).await.unwrap(), []);
}

async fn a_limited_front_takes_no_more_people_than_it_may(world: &World) {
    let here = main_community();
    let ann = world.person("ann").await;
    let mut others = Vec::new();
    for number in 0..12 {
        let login = format!("x{number}");
        others.push(world.store.create_account(new_account("forum", &login, &login)).await.unwrap().id);
    }
    let enter = |account| {
        let store = world.store.clone();
        async move { store.enter_limited_front(account, &main_community(), &front("im"), 5, NOW).await.unwrap() }
    };
    let entered = futures_util::future::join_all(others.iter().map(|id| enter(*id))).await;
    let first = entered.iter().filter(|entering| **entering == Entering::First).count();
    let full = entered.iter().filter(|entering| **entering == Entering::Full).count();
    assert_eq!((first, full), (4, 8), "ann is there already");
    assert_eq!(world.store.count_entered(&here, &front("im")).await.unwrap(), 5);
    assert_eq!(world.store.count_entered(&here, &front("other")).await.unwrap(), 0);
    assert_eq!(enter(ann).await, Entering::Again, "who has been there comes again");
    let refused = others.iter().zip(&entered).find(|(_, entering)| **entering == Entering::Full).unwrap().0;
    assert!(world.store.member(&here, *refused).await.unwrap().is_none());
    world.store.begin_leaving(ann, OwnMessages::Keep, NOW).await.unwrap();
    assert_eq!(enter(*refused).await, Entering::First, "who leaves makes room");
}
