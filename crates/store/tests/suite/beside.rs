//! People beside each other: the groups that count, ratings, names.

use portico_core::contact::{ContactAction, ContactChange, ContactLimits, NotesChange, Pair};
use portico_core::group::{GroupKind, GroupSeat, Seating};
use portico_core::ports::{ContactWrite, NewAccount, Ratings};
use portico_core::{AccountId, GroupId};

use crate::port_tests;
use crate::world::{NOW, World, community, front, main_community, message, new_account, realm};

port_tests![
    groups_that_count_are_told_for_many_at_once,
    people_of_groups_come_in_pages_and_once,
    news_rooms_do_not_count,
    ratings_of_contacts_are_added_up,
    people_are_found_by_part_of_a_name,
    nothing_in_a_name_is_a_pattern,
    names_follow_the_profile,
    who_has_written_is_known,
];

fn seat(id: &str) -> GroupSeat {
    GroupSeat {
        external_id: id.to_owned(),
        name: id.to_owned(),
        kind: GroupKind::Official,
        managers_write: false,
        manager: false,
    }
}

async fn sit(world: &World, realm_name: &str, person: AccountId, groups: &[&str]) {
    let seats = groups.iter().map(|id| seat(id)).collect();
    let seating = Seating {
        community: main_community(),
        realm: realm(realm_name),
        people: vec![(person, seats)],
        complete: false,
        now: NOW,
    };
    world.store.seat(&seating).await.unwrap();
}

async fn group(world: &World, id: &str) -> GroupId {
    let groups = world.store.groups_from(&main_community(), &realm("forum")).await.unwrap();
    groups.iter().find(|group| group.external_id == id).unwrap().id
}

async fn groups_that_count_are_told_for_many_at_once(world: &World) {
    let people = world.people(3).await;
    sit(world, "forum", people[0], &["7", "8"]).await;
    sit(world, "forum", people[1], &["8"]).await;
    let mut told = world.store.group_ids(&main_community(), &people).await.unwrap();
    told.sort_unstable();
    let (seven, eight) = (group(world, "7").await, group(world, "8").await);
    let mut wanted = vec![(people[0], seven), (people[0], eight), (people[1], eight)];
    wanted.sort_unstable();
    assert_eq!(told, wanted);
    assert_eq!(world.store.group_ids(&community("other"), &people).await.unwrap(), []);
    assert_eq!(world.store.group_ids(&main_community(), &[]).await.unwrap(), []);
}

async fn people_of_groups_come_in_pages_and_once(world: &World) {
    let mut people = world.people(4).await;
    for person in &people[..3] {
        sit(world, "forum", *person, &["7", "8"]).await;
    }
    sit(world, "forum", people[3], &["9"]).await;
    let groups = [group(world, "7").await, group(world, "8").await];
    let store = &world.store;
    let page = async |groups: Option<&[GroupId]>, after, limit| {
        store.grouped_people(&main_community(), groups, after, limit).await.unwrap()
    };
    let mut sharing = people[..3].to_vec();
    sharing.sort_unstable();
    let first = page(Some(&groups), None, 2).await;
    assert_eq!(first, sharing[..2]);
    assert_eq!(page(Some(&groups), Some(first[1]), 2).await, sharing[2..]);
    people.sort_unstable();
    assert_eq!(page(None, None, 10).await, people);
    assert_eq!(page(Some(&[]), None, 10).await, []);
}

async fn news_rooms_do_not_count(world: &World) {
    let people = world.people(2).await;
    for person in &people {
        sit(world, "portico", *person, &["news:board"]).await;
    }
    assert_eq!(world.store.group_ids(&main_community(), &people).await.unwrap(), []);
    assert_eq!(world.store.grouped_people(&main_community(), None, None, 10).await.unwrap(), []);
    // Another realm's group of that name does, and another group of our own.
    sit(world, "forum", people[0], &["news:board"]).await;
    sit(world, "portico", people[1], &["chess"]).await;
    assert_eq!(world.store.group_ids(&main_community(), &people).await.unwrap().len(), 2);
}

async fn ratings_of_contacts_are_added_up(world: &World) {
    let people = world.people(4).await;
    let change = async |actor: AccountId, other: AccountId, change: ContactChange| {
        let pair = Pair::new(actor, other).unwrap();
        let limits = ContactLimits::default();
        let write = ContactWrite { community: main_community(), actor, pair, change, limits, now: NOW };
        world.store.write_contact(&write).await.unwrap().unwrap();
    };
    for (rater, rating) in people[1..].iter().zip([5, 4, 2]) {
        change(*rater, people[0], ContactChange::Befriend).await;
        let notes = NotesChange { rating: Some(Some(rating)), ..NotesChange::default() };
        change(*rater, people[0], ContactChange::Note(notes)).await;
    }
    let told = world.store.ratings_of(&main_community(), &people).await.unwrap();
    assert_eq!(told, [(people[0], Ratings { count: 3, sum: 11 })]);
    // Only contacts count.
    change(people[0], people[1], ContactAction::Remove.into()).await;
    let told = world.store.ratings_of(&main_community(), &people).await.unwrap();
    assert_eq!(told, [(people[0], Ratings { count: 2, sum: 6 })]);
}

async fn named(world: &World, part: &str) -> Vec<String> {
    let found = world.store.members_named(&main_community(), part, None, 50).await.unwrap();
    let mut logins: Vec<_> = found.into_iter().map(|member| member.account.profile.login).collect();
    logins.sort();
    logins
}

/// A person whose login and name differ.
async fn person(world: &World, login: &str, name: &str) -> AccountId {
    let mut new: NewAccount = new_account("forum", login, login);
    new.profile.display_name = name.to_owned();
    let account = world.store.create_account(new).await.unwrap();
    world.store.enter_front(account.id, &main_community(), &front("im"), NOW).await.unwrap();
    account.id
}

async fn people_are_found_by_part_of_a_name(world: &World) {
    person(world, "Alice", "Élodie Durand").await;
    person(world, "bob", "Bob").await;
    world.store.create_account(new_account("forum", "9", "alina")).await.unwrap();
    assert_eq!(named(world, "ali").await, ["Alice"], "who never came is nobody here");
    assert_eq!(named(world, "lic").await, ["Alice"]);
    assert_eq!(named(world, "élodie d").await, ["Alice"]);
    assert_eq!(named(world, "durand").await, ["Alice"]);
    assert_eq!(named(world, "o").await, ["Alice", "bob"]);
    let first = world.store.members_named(&main_community(), "o", None, 1).await.unwrap();
    let after = Some(first[0].account.id);
    let second = world.store.members_named(&main_community(), "o", after, 1).await.unwrap();
    assert_eq!((first.len(), second.len()), (1, 1));
    assert_ne!(first[0].account.id, second[0].account.id);
}

async fn nothing_in_a_name_is_a_pattern(world: &World) {
    for login in ["50%", "a_b", "axb", "back\\slash", "o'clock", "wow!", "plain"] {
        person(world, login, login).await;
    }
    for (part, wanted) in [
        ("%", vec!["50%"]),
        ("_", vec!["a_b"]),
        ("a_b", vec!["a_b"]),
        ("\\", vec!["back\\slash"]),
        ("'", vec!["o'clock"]),
        ("!", vec!["wow!"]),
        ("!%", vec![]),
        ("[a-z]", vec![]),
    ] {
        assert_eq!(named(world, part).await, wanted, "{part}");
    }
}

async fn names_follow_the_profile(world: &World) {
    let alice = person(world, "alice", "Old Name").await;
    let mut profile = new_account("forum", "alice", "alice").profile;
    profile.display_name = "NEW Name".to_owned();
    world.store.refresh_profile(alice, &profile).await.unwrap();
    assert_eq!((named(world, "old").await, named(world, "new").await), (vec![], vec!["alice".to_owned()]));
}

async fn who_has_written_is_known(world: &World) {
    let people = world.people(2).await;
    let talk = world.talk(people[0], people[1]).await;
    world.store.append(&[message(1, talk, people[0], "hello")]).await.unwrap();
    assert!(world.store.has_written(talk, people[0]).await.unwrap());
    assert!(!world.store.has_written(talk, people[1]).await.unwrap());
}
