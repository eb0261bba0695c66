//! Groups, their rooms, and what is good for one use.

use portico_core::group::{GroupKind, GroupSeat, Seating};
use portico_core::messaging::Sequence;
use portico_core::{AccountId, CommunityId};

use crate::world::{NOW, World, at, main_community, message, new_account, realm};

crate::port_tests!(
    a_seat_makes_the_group_and_its_room,
    a_complete_seating_ends_what_it_does_not_name,
    an_incomplete_seating_ends_nothing,
    a_group_is_renamed_and_its_managers_change,
    nothing_changes_twice,
    groups_of_two_realms_are_two_groups,
    who_comes_later_has_read_what_was_said_before,
    members_come_in_pages,
    a_room_is_a_conversation_without_a_pair,
    many_people_are_seated_at_once,
    what_was_burnt_can_not_be_used_again,
    a_value_is_replaced,
);

fn seat(id: &str, name: &str, manager: bool) -> GroupSeat {
    GroupSeat {
        external_id: id.to_owned(),
        name: name.to_owned(),
        kind: GroupKind::Official,
        managers_write: false,
        manager,
    }
}

fn seating(people: Vec<(AccountId, Vec<GroupSeat>)>) -> Seating {
    Seating { community: main_community(), realm: realm("forum"), people, complete: true, now: NOW }
}

async fn person(world: &World, subject: &str) -> AccountId {
    world.store.create_account(new_account("forum", subject, subject)).await.unwrap().id
}

async fn names(world: &World, account: AccountId) -> Vec<(String, bool, u64)> {
    let groups = world.store.groups_of(&main_community(), account).await.unwrap();
    groups.into_iter().map(|part| (part.group.name, part.manager, part.members)).collect()
}

async fn a_seat_makes_the_group_and_its_room(world: &World) {
    let (ann, ben) = (person(world, "ann").await, person(world, "ben").await);
    let both = vec![(ann, vec![seat("7", "Team", true)]), (ben, vec![seat("7", "Team", false)])];
    let changes = world.store.seat(&seating(both)).await.unwrap();
    let mut wanted = vec![ann, ben];
    wanted.sort();
    assert_eq!(changes.len(), 1);
    assert_eq!(changes[0].people, wanted);
    assert_eq!(names(world, ann).await, [("Team".to_owned(), true, 2)]);
    let groups = world.store.groups_from(&main_community(), &realm("forum")).await.unwrap();
    assert_eq!((groups[0].external_id.as_str(), groups[0].room), ("7", changes[0].room));
    assert_eq!(world.store.group(groups[0].id).await.unwrap().as_ref(), Some(&groups[0]));
    let room = world.store.conversation(groups[0].room).await.unwrap().unwrap();
    assert_eq!((room.group, room.members), (Some(groups[0].id), wanted));
}

async fn a_complete_seating_ends_what_it_does_not_name(world: &World) {
    let ann = person(world, "ann").await;
    let two = vec![seat("7", "Team", false), seat("8", "Chess", false)];
    world.store.seat(&seating(vec![(ann, two)])).await.unwrap();
    let changes = world.store.seat(&seating(vec![(ann, vec![seat("8", "Chess", false)])])).await.unwrap();
    assert_eq!(changes.len(), 1, "only the room that was left");
    assert_eq!(names(world, ann).await, [("Chess".to_owned(), false, 1)]);
    let left = world.store.conversation(changes[0].room).await.unwrap().unwrap();
    assert!(left.members.is_empty(), "the room stays, for the others");
}

async fn an_incomplete_seating_ends_nothing(world: &World) {
    let ann = person(world, "ann").await;
    world.store.seat(&seating(vec![(ann, vec![seat("7", "Team", false)])])).await.unwrap();
    let more = Seating { complete: false, ..seating(vec![(ann, vec![seat("8", "Chess", false)])]) };
    world.store.seat(&more).await.unwrap();
    assert_eq!(names(world, ann).await.len(), 2);
}

async fn a_group_is_renamed_and_its_managers_change(world: &World) {
    let ann = person(world, "ann").await;
    world.store.seat(&seating(vec![(ann, vec![seat("7", "Team", false)])])).await.unwrap();
    let changes = world.store.seat(&seating(vec![(ann, vec![seat("7", "Crew", true)])])).await.unwrap();
    assert_eq!(changes.len(), 1);
    assert_eq!(names(world, ann).await, [("Crew".to_owned(), true, 1)]);
}

async fn nothing_changes_twice(world: &World) {
    let ann = person(world, "ann").await;
    let once = seating(vec![(ann, vec![seat("7", "Team", false)])]);
    assert_eq!(world.store.seat(&once).await.unwrap().len(), 1);
    assert_eq!(world.store.seat(&once).await.unwrap(), []);
}

async fn groups_of_two_realms_are_two_groups(world: &World) {
    let ann = person(world, "ann").await;
    world.store.seat(&seating(vec![(ann, vec![seat("7", "Team", false)])])).await.unwrap();
    let other = Seating { realm: realm("domain"), ..seating(vec![(ann, vec![seat("7", "Team", false)])]) };
    world.store.seat(&other).await.unwrap();
    assert_eq!(names(world, ann).await.len(), 2, "the one did not end the other");
    let elsewhere = CommunityId::new("elsewhere").unwrap();
    assert_eq!(world.store.groups_of(&elsewhere, ann).await.unwrap(), []);
}

async fn who_comes_later_has_read_what_was_said_before(world: &World) {
    let (ann, ben) = (person(world, "ann").await, person(world, "ben").await);
    let team = || vec![seat("7", "Team", false)];
    let room = world.store.seat(&seating(vec![(ann, team())])).await.unwrap()[0].room;
    world.store.append(&[message(1, room, ann, "early")]).await.unwrap();
    world.store.seat(&seating(vec![(ben, team())])).await.unwrap();
    let view = world.store.conversation_view(room, ben).await.unwrap().unwrap();
    assert_eq!((view.unread, view.read_up_to), (0, Some(Sequence::new(1))));
    assert_eq!(view.last_message.map(|message| message.text).as_deref(), Some("early"));
    world.store.append(&[message(2, room, ann, "late")]).await.unwrap();
    let listed = world.store.conversations(&main_community(), ben, None, 10).await.unwrap();
    assert_eq!(listed[0].unread, 1);
    assert!(listed[0].conversation.members.is_empty(), "a room's people are not part of a list");
}

async fn members_come_in_pages(world: &World) {
    let (ann, ben) = (person(world, "ann").await, person(world, "ben").await);
    let both = vec![(ann, vec![seat("7", "Team", true)]), (ben, vec![seat("7", "Team", false)])];
    world.store.seat(&seating(both)).await.unwrap();
    let team = world.store.groups_from(&main_community(), &realm("forum")).await.unwrap()[0].id;
    let mut wanted = vec![(ann, true), (ben, false)];
    wanted.sort();
    let first = world.store.group_members(team, None, 1).await.unwrap();
    let second = world.store.group_members(team, Some(first[0].0), 1).await.unwrap();
    assert_eq!([first, second].concat(), wanted);
}

async fn a_room_is_a_conversation_without_a_pair(world: &World) {
    let ann = person(world, "ann").await;
    let two = vec![seat("7", "Team", false), seat("8", "Chess", false)];
    let changes = world.store.seat(&seating(vec![(ann, two)])).await.unwrap();
    assert_eq!(changes.len(), 2, "two rooms in one community, neither of a pair");
    let listed = world.store.conversations(&main_community(), ann, None, 10).await.unwrap();
    assert!(listed.iter().all(|view| view.conversation.group.is_some()));
}

async fn many_people_are_seated_at_once(world: &World) {
    let mut people = Vec::new();
    for number in 0..620 {
        let account = person(world, &number.to_string()).await;
        people.push((account, vec![seat("7", "Team", false), seat("8", "Chess", number % 2 == 0)]));
    }
    let changes = world.store.seat(&seating(people.clone())).await.unwrap();
    assert_eq!(changes.iter().map(|change| change.people.len()).collect::<Vec<_>>(), [620, 620]);
    assert_eq!(world.store.seat(&seating(people)).await.unwrap(), []);
}

async fn what_was_burnt_can_not_be_used_again(world: &World) {
    assert!(world.store.burn(&[7; 32], at(60)).await.unwrap());
    assert!(!world.store.burn(&[7; 32], at(90)).await.unwrap());
    world.store.forget_burnt(at(60)).await.unwrap();
    assert!(!world.store.burn(&[7; 32], at(60)).await.unwrap(), "still remembered");
    world.store.forget_burnt(at(61)).await.unwrap();
    assert!(world.store.burn(&[7; 32], at(120)).await.unwrap(), "forgotten");
}

async fn a_value_is_replaced(world: &World) {
    world.store.put_meta("mark", &[1]).await.unwrap();
    world.store.put_meta("mark", &[2, 3]).await.unwrap();
    assert_eq!(world.store.meta_or_insert("mark", &[9]).await.unwrap(), [2, 3]);
}
