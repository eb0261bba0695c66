use std::collections::BTreeMap;

use portico_core::account::Profile;
use portico_core::group::{GroupKind, GroupSeat, Seating};
use portico_core::ports::{DirectoryChanges, DirectoryPerson, FrontPlace};

use crate::port_tests;
use crate::world::{
    NOW, World, assert_conflict, at, front, main_community, new_account, profile, realm, session_of, subject,
};

port_tests![
    colleagues_are_made_in_one_transaction_or_not_at_all,
    what_a_directory_says_is_kept_and_replaced,
    who_arrives_is_listed_only_no_more,
    people_of_a_realm_come_in_pages_by_subject,
    changes_reach_profiles_fronts_and_sessions,
    groups_of_many_people_are_told_at_once,
];

fn listed() -> DirectoryPerson {
    let details = BTreeMap::from([("title".to_owned(), "Köchin \u{1F373}".to_owned())]);
    DirectoryPerson { listed_only: true, absent_since: None, details }
}

async fn colleagues_are_made_in_one_transaction_or_not_at_all(world: &World) {
    let mut changes = DirectoryChanges::default();
    for number in 0..600 {
        let new = new_account("domain", &format!("{number:04}"), &format!("p{number}"));
        changes.people.push((new.id, listed()));
        let (community, front) = (main_community(), front("im"));
        changes.entered.push(FrontPlace { community, front, account: new.id });
        changes.made.push(new);
    }
    world.store.change_people(&changes, NOW).await.unwrap();
    assert_eq!(world.store.count_present(&realm("domain")).await.unwrap(), 600);
    let page = world.store.roster(&main_community(), None, 1000).await.unwrap();
    assert_eq!(page.members.len(), 600);
    assert_eq!(page.members[0].fronts, [front("im")]);

    let mut again = DirectoryChanges::default();
    again.made.push(new_account("domain", "new", "new"));
    again.made.push(new_account("domain", "0007", "taken"));
    assert_conflict(world.store.change_people(&again, NOW).await);
    assert_eq!(world.store.identity(&realm("domain"), &subject("new")).await.unwrap(), None);
}

async fn what_a_directory_says_is_kept_and_replaced(world: &World) {
    let account = world.store.create_account(new_account("domain", "7", "Alice")).await.unwrap().id;
    assert_eq!(world.store.directory_person(account).await.unwrap(), None);
    world.store.keep_directory_person(account, &listed()).await.unwrap();
    assert_eq!(world.store.directory_person(account).await.unwrap(), Some(listed()));
    let absent = DirectoryPerson { absent_since: Some(at(5)), ..DirectoryPerson::default() };
    world.store.keep_directory_person(account, &absent).await.unwrap();
    assert_eq!(world.store.directory_person(account).await.unwrap(), Some(absent.clone()));
    let known = world.store.known_people(&realm("domain"), &[subject("7"), subject("8")]).await.unwrap();
    assert_eq!(known.len(), 1);
    assert_eq!((known[0].account.id, &known[0].person), (account, &absent));
    assert_eq!(world.store.count_present(&realm("domain")).await.unwrap(), 0);
}

async fn who_arrives_is_listed_only_no_more(world: &World) {
    let account = world.store.create_account(new_account("domain", "7", "Alice")).await.unwrap().id;
    // Whoever was here before stays as they are.
    world.store.arrive(account, false).await.unwrap();
    let proven = || async {
        world.store.identity(&realm("domain"), &subject("7")).await.unwrap().unwrap().account.proven
    };
    assert!(proven().await);
    world.store.keep_directory_person(account, &listed()).await.unwrap();
    world.store.arrive(account, false).await.unwrap();
    assert!(!proven().await);
    assert!(!world.store.directory_person(account).await.unwrap().unwrap().listed_only);
    world.store.arrive(account, true).await.unwrap();
    assert!(!proven().await);
}

async fn people_of_a_realm_come_in_pages_by_subject(world: &World) {
    for id in ["b", "a", "B", "c"] {
        world.store.create_account(new_account("domain", id, id)).await.unwrap();
    }
    world.store.create_account(new_account("other", "a", "x")).await.unwrap();
    let mut found = Vec::new();
    let mut after = None;
    loop {
        let page = world.store.people_of_realm(&realm("domain"), after.as_ref(), 3).await.unwrap();
        let Some(last) = page.last() else { break };
        after = Some(last.account.subject.clone());
        found.extend(page.into_iter().map(|known| known.account.subject.to_string()));
    }
    assert_eq!(found, ["B", "a", "b", "c"]);
}

async fn changes_reach_profiles_fronts_and_sessions(world: &World) {
    let account = world.store.create_account(new_account("domain", "7", "Alice")).await.unwrap().id;
    world.store.create_session(&session_of(account, 1)).await.unwrap();
    let place = FrontPlace { community: main_community(), front: front("im"), account };
    let changes = DirectoryChanges {
        entered: vec![place.clone(), place.clone()],
        profiles: vec![(account, Profile { colour: Some("#102030".into()), ..profile("Alicia") })],
        ..DirectoryChanges::default()
    };
    world.store.change_people(&changes, NOW).await.unwrap();
    world.store.change_people(&changes, NOW).await.unwrap();
    let member = world.store.member(&main_community(), account).await.unwrap().unwrap();
    assert_eq!((member.fronts.len(), member.account.profile.display_name.as_str()), (1, "Alicia"));

    let changes = DirectoryChanges {
        left: vec![place],
        without_sessions: vec![account],
        ..DirectoryChanges::default()
    };
    world.store.change_people(&changes, NOW).await.unwrap();
    let member = world.store.member(&main_community(), account).await.unwrap();
    assert!(member.is_none_or(|member| member.fronts.is_empty()));
    assert_eq!(world.store.sessions_seen_since(&front("im"), at(-1000)).await.unwrap(), []);
}

async fn groups_of_many_people_are_told_at_once(world: &World) {
    let seat = |id: &str| GroupSeat {
        external_id: id.to_owned(),
        name: format!("Group {id}"),
        kind: GroupKind::Official,
        managers_write: false,
        manager: false,
    };
    let mut people = Vec::new();
    for id in ["1", "2", "3"] {
        let account = world.store.create_account(new_account("domain", id, id)).await.unwrap().id;
        people.push((account, vec![seat("a"), seat("b")]));
    }
    people[2].1.pop();
    let (community, realm) = (main_community(), realm("domain"));
    let seating =
        Seating { community: community.clone(), realm: realm.clone(), people, complete: true, now: NOW };
    world.store.seat(&seating).await.unwrap();
    let ids: Vec<_> = seating.people.iter().map(|(account, _)| *account).collect();
    let parts = world.store.groups_of_people(&community, &realm, &ids).await.unwrap();
    assert_eq!(parts.len(), 5);
    assert!(parts.contains(&(ids[2], "a".to_owned(), "Group a".to_owned())));
}
