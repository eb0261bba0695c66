//! Groups that people make and manage here.

use futures_util::future::join_all;
use portico_core::account::OwnMessages;
use portico_core::auth::Realm;
use portico_core::group::{
    Group, GroupEdit, GroupKind, GroupRefusal, GroupSeat, ManagerAction, NewGroup, OwnAction, Part,
    PartAction, PartChange, PartChanged, Seating,
};
use portico_core::messaging::Sequence;
use portico_core::ports::NEWS_PREFIX;
use portico_core::{AccountId, ConversationId, GroupId};

use crate::world::{NOW, World, at, community, main_community, message, realm};

crate::port_tests!(
    a_local_group_has_a_room_and_its_creator_manages_it,
    a_name_is_taken_once_by_what_is_offered,
    nobody_makes_more_groups_than_allowed_however_fast,
    a_part_changes_as_the_core_decides_and_is_kept,
    parallel_joins_are_one_membership_each,
    who_joins_has_read_what_was_said_before_they_came,
    the_last_ones_leaving_dissolves_the_group,
    a_dissolved_group_leaves_its_room_to_nobody,
    what_is_offered_comes_in_pages_without_what_is_private,
    a_group_is_changed_by_its_managers_alone,
    a_pin_moves_forward_only,
    invitations_and_requests_are_found,
    a_group_keeps_a_manager_when_the_only_ones_account_is_deleted,
    a_room_of_news_is_passed_on_to_nobody,
);

fn new_group(name: &str, kind: GroupKind, creator: AccountId) -> NewGroup {
    NewGroup {
        id: GroupId::generate(NOW),
        room: ConversationId::generate(NOW),
        community: main_community(),
        name: name.to_owned(),
        kind,
        topic: Some("about".to_owned()),
        managers_write: false,
        creator: Some(creator),
        limit: Some(5),
        now: NOW,
    }
}

async fn make(world: &World, name: &str, kind: GroupKind, creator: AccountId) -> Group {
    world.store.create_group(&new_group(name, kind, creator)).await.unwrap().unwrap()
}

async fn act(
    world: &World,
    group: GroupId,
    (actor, subject): (AccountId, AccountId),
    action: PartAction,
) -> Result<PartChanged, GroupRefusal> {
    let change = PartChange { community: main_community(), group, actor, subject, action, now: at(5) };
    world.store.change_part(&change).await.unwrap()
}

async fn own(world: &World, group: GroupId, who: AccountId, action: OwnAction) -> Result<Part, GroupRefusal> {
    act(world, group, (who, who), PartAction::Own(action)).await.map(|changed| changed.after)
}

async fn manage(
    world: &World,
    group: GroupId,
    who: (AccountId, AccountId),
    action: ManagerAction,
) -> Result<Part, GroupRefusal> {
    act(world, group, who, PartAction::Managers(action)).await.map(|changed| changed.after)
}

fn edit_of(group: GroupId, actor: AccountId) -> GroupEdit {
    GroupEdit {
        community: main_community(),
        group,
        actor: Some(actor),
        name: None,
        kind: None,
        topic: None,
        managers_write: None,
        announcement: None,
    }
}

async fn a_local_group_has_a_room_and_its_creator_manages_it(world: &World) {
    let ann = world.person("ann").await;
    let group = make(world, "Chess", GroupKind::Public, ann).await;
    assert!(group.is_local());
    assert_eq!(world.store.group(group.id).await.unwrap().as_ref(), Some(&group));
    let room = world.store.conversation(group.room).await.unwrap().unwrap();
    assert_eq!((room.group, room.members), (Some(group.id), vec![ann]));
    let seen = world.store.group_for(group.id, ann).await.unwrap().unwrap();
    assert_eq!((seen.part, seen.manager, seen.members), (Part::Manager, true, 1));
    assert_eq!(world.store.managers_of(group.id).await.unwrap(), [ann]);
    assert_eq!(world.store.groups_of(&main_community(), ann).await.unwrap(), [seen]);
}

async fn a_name_is_taken_once_by_what_is_offered(world: &World) {
    let ann = world.person("ann").await;
    let group = make(world, "Chess", GroupKind::Public, ann).await;
    let again = world.store.create_group(&new_group("CHESS", GroupKind::Official, ann)).await.unwrap();
    assert_eq!(again, Err(GroupRefusal::NameTaken));
    make(world, "Chess", GroupKind::Private, ann).await;
    let go = make(world, "Go", GroupKind::Public, ann).await;
    let rename = GroupEdit { name: Some("chess".into()), ..edit_of(go.id, ann) };
    assert_eq!(world.store.edit_group(&rename).await.unwrap(), Err(GroupRefusal::NameTaken));
    let mut elsewhere = new_group("Chess", GroupKind::Public, ann);
    elsewhere.community = community("elsewhere");
    assert!(world.store.create_group(&elsewhere).await.unwrap().is_ok());
    let named = world.store.group_named(&main_community(), " cheSS").await.unwrap();
    assert_eq!(named.map(|group| group.id), Some(group.id));
}

async fn nobody_makes_more_groups_than_allowed_however_fast(world: &World) {
    let ann = world.person("ann").await;
    let wanted: Vec<NewGroup> =
        (0..20).map(|number| new_group(&format!("g{number}"), GroupKind::Public, ann)).collect();
    let made = join_all(wanted.iter().map(|new| world.store.create_group(new))).await;
    let refused = Err(GroupRefusal::LimitReached { limit: 5 });
    assert_eq!(made.iter().filter(|outcome| outcome.as_ref().unwrap().is_ok()).count(), 5);
    assert_eq!(made.iter().filter(|outcome| *outcome.as_ref().unwrap() == refused).count(), 15);
}

async fn a_part_changes_as_the_core_decides_and_is_kept(world: &World) {
    let (ann, ben) = (world.person("ann").await, world.person("ben").await);
    let id = make(world, "Board", GroupKind::Official, ann).await.id;
    assert_eq!(own(world, id, ben, OwnAction::Join).await, Ok(Part::AsksToJoin));
    assert_eq!(manage(world, id, (ben, ben), ManagerAction::Approve).await, Err(GroupRefusal::NotManaged));
    assert_eq!(world.store.group_for(id, ann).await.unwrap().unwrap().waiting, 1);
    assert_eq!(manage(world, id, (ann, ben), ManagerAction::Approve).await, Ok(Part::Member));
    assert_eq!(own(world, id, ben, OwnAction::Leave).await, Ok(Part::AsksToLeave));
    let seen = world.store.group_for(id, ben).await.unwrap().unwrap();
    assert_eq!((seen.part, seen.members), (Part::AsksToLeave, 2));
    assert_eq!(manage(world, id, (ann, ben), ManagerAction::Promote).await, Ok(Part::Manager));
    assert_eq!(world.store.pending_parts(id).await.unwrap(), []);
    assert_eq!(manage(world, id, (ben, ann), ManagerAction::Demote).await, Ok(Part::Member));
    assert_eq!(manage(world, id, (ben, ann), ManagerAction::Refuse).await, Ok(Part::Refused));
    assert_eq!(own(world, id, ann, OwnAction::Join).await, Err(GroupRefusal::Refused));
    let elsewhere = PartChange {
        community: community("elsewhere"),
        group: id,
        actor: ben,
        subject: ann,
        action: PartAction::Managers(ManagerAction::Invite),
        now: NOW,
    };
    assert_eq!(world.store.change_part(&elsewhere).await.unwrap(), Err(GroupRefusal::NotFound));
}

async fn parallel_joins_are_one_membership_each(world: &World) {
    let ann = world.person("ann").await;
    let id = make(world, "Chess", GroupKind::Public, ann).await.id;
    let people = world.people(10).await;
    let joins = (0..40).map(|number| own(world, id, people[number % people.len()], OwnAction::Join));
    assert!(join_all(joins).await.iter().all(|outcome| *outcome == Ok(Part::Member)));
    assert_eq!(world.store.group_for(id, ann).await.unwrap().unwrap().members, 11);
}

async fn who_joins_has_read_what_was_said_before_they_came(world: &World) {
    let (ann, ben) = (world.person("ann").await, world.person("ben").await);
    let group = make(world, "Chess", GroupKind::Public, ann).await;
    world.store.append(&[message(1, group.room, ann, "early")]).await.unwrap();
    own(world, group.id, ben, OwnAction::Join).await.unwrap();
    world.store.append(&[message(2, group.room, ann, "late")]).await.unwrap();
    let view = world.store.conversation_view(group.room, ben).await.unwrap().unwrap();
    assert_eq!((view.unread, view.read_up_to), (1, Some(Sequence::new(1))));
    let missed = world.store.messages_for(&main_community(), ben, Sequence::START, 9).await.unwrap();
    assert_eq!(missed.len(), 2, "a room's history is its members'");
}

async fn the_last_ones_leaving_dissolves_the_group(world: &World) {
    let (ann, ben) = (world.person("ann").await, world.person("ben").await);
    let id = make(world, "Chess", GroupKind::Public, ann).await.id;
    manage(world, id, (ann, ben), ManagerAction::Invite).await.unwrap();
    let left = act(world, id, (ann, ann), PartAction::Own(OwnAction::Leave)).await.unwrap();
    assert_eq!(left.dissolved, Some(vec![ben]), "who was invited is told");
    assert_eq!(world.store.group(id).await.unwrap(), None);
    assert_eq!(own(world, id, ben, OwnAction::Join).await, Err(GroupRefusal::NotFound));
}

async fn a_dissolved_group_leaves_its_room_to_nobody(world: &World) {
    let (ann, ben) = (world.person("ann").await, world.person("ben").await);
    let group = make(world, "Chess", GroupKind::Public, ann).await;
    own(world, group.id, ben, OwnAction::Join).await.unwrap();
    world.store.append(&[message(1, group.room, ann, "said")]).await.unwrap();
    let foreign = world.store.dissolve_group(&main_community(), group.id, ben).await.unwrap();
    assert_eq!(foreign, Err(GroupRefusal::NotManaged));
    let gone = world.store.dissolve_group(&main_community(), group.id, ann).await.unwrap().unwrap();
    assert_eq!((gone.members.len(), gone.others.len()), (2, 0));
    assert_eq!(world.store.conversation(group.room).await.unwrap(), None);
    assert_eq!(world.store.conversations(&main_community(), ben, None, 9).await.unwrap(), []);
    assert_eq!(world.store.messages_for(&main_community(), ben, Sequence::START, 9).await.unwrap(), []);
    assert!(world.store.create_group(&new_group("chess", GroupKind::Public, ann)).await.unwrap().is_ok());
}

async fn what_is_offered_comes_in_pages_without_what_is_private(world: &World) {
    let (ann, ben) = (world.person("ann").await, world.person("ben").await);
    make(world, "Secret", GroupKind::Private, ann).await;
    let mut offered = vec![
        make(world, "Chess", GroupKind::Public, ann).await.id,
        make(world, "Board", GroupKind::Official, ann).await.id,
        make(world, "Go", GroupKind::Public, ann).await.id,
    ];
    own(world, offered[2], ben, OwnAction::Join).await.unwrap();
    offered.truncate(2);
    offered.sort();
    let page = async |after| world.store.joinable_groups(&main_community(), ben, after, 1).await.unwrap();
    let first = page(None).await;
    let second = page(Some(first[0].group.id)).await;
    assert_eq!([first[0].group.id, second[0].group.id].to_vec(), offered);
    assert!(page(Some(second[0].group.id)).await.is_empty());
    let elsewhere = world.store.joinable_groups(&community("elsewhere"), ben, None, 9).await.unwrap();
    assert_eq!(elsewhere, []);
}

async fn a_group_is_changed_by_its_managers_alone(world: &World) {
    let (ann, ben) = (world.person("ann").await, world.person("ben").await);
    let id = make(world, "Chess", GroupKind::Private, ann).await.id;
    let by_ben = GroupEdit { topic: Some(None), ..edit_of(id, ben) };
    assert_eq!(world.store.edit_group(&by_ben).await.unwrap(), Err(GroupRefusal::NotFound), "it is private");
    let edit = GroupEdit {
        name: Some("Go".into()),
        topic: Some(None),
        managers_write: Some(true),
        ..edit_of(id, ann)
    };
    let changed = world.store.edit_group(&edit).await.unwrap().unwrap();
    assert_eq!((changed.name.as_str(), changed.topic.as_deref(), changed.managers_write), ("Go", None, true));
    assert_eq!(world.store.group(id).await.unwrap(), Some(changed));
}

async fn a_pin_moves_forward_only(world: &World) {
    let ann = world.person("ann").await;
    let group = make(world, "Chess", GroupKind::Public, ann).await;
    let said = [message(1, group.room, ann, "one"), message(2, group.room, ann, "two")];
    world.store.append(&said).await.unwrap();
    let pin = async |pin: Option<i64>| {
        let announcement = Some(pin.map(Sequence::new));
        world.store.edit_group(&GroupEdit { announcement, ..edit_of(group.id, ann) }).await.unwrap().unwrap();
        let seen = world.store.group_for(group.id, ann).await.unwrap().unwrap();
        seen.announcement.map(|message| message.text)
    };
    assert_eq!(pin(Some(2)).await.as_deref(), Some("two"));
    assert_eq!(pin(Some(1)).await.as_deref(), Some("two"), "a late repetition of an older one");
    assert_eq!(pin(None).await, None);
}

async fn invitations_and_requests_are_found(world: &World) {
    let (ann, ben, cat) = (world.person("ann").await, world.person("ben").await, world.person("cat").await);
    let id = make(world, "Board", GroupKind::Official, ann).await.id;
    manage(world, id, (ann, ben), ManagerAction::Invite).await.unwrap();
    own(world, id, cat, OwnAction::Join).await.unwrap();
    let pending = world.store.pending_parts(id).await.unwrap();
    let mut parts: Vec<_> = pending.iter().map(|one| (one.account, one.part, one.set_by)).collect();
    parts.sort_by_key(|(account, ..)| *account != ben);
    assert_eq!(parts, [(ben, Part::Invited, Some(ann)), (cat, Part::AsksToJoin, None)]);
    let mine = world.store.group_invitations(&main_community(), ben).await.unwrap();
    assert_eq!((mine.len(), mine[0].0.group.id, mine[0].1.since), (1, id, at(5)));
    assert_eq!(world.store.group_invitations(&main_community(), cat).await.unwrap(), []);
}

async fn a_group_keeps_a_manager_when_the_only_ones_account_is_deleted(world: &World) {
    let people = [world.person("ann").await, world.person("ben").await, world.person("cat").await];
    let [ann, ben, cat] = people;
    let chess = make(world, "Chess", GroupKind::Official, ann).await;
    let alone = make(world, "Alone", GroupKind::Public, ann).await;
    let shared = make(world, "Shared", GroupKind::Public, ann).await;
    for group in [chess.id, shared.id] {
        for person in [ben, cat] {
            act(world, group, (ann, person), PartAction::Seat).await.unwrap();
        }
    }
    manage(world, shared.id, (ann, cat), ManagerAction::Promote).await.unwrap();
    assert!(world.store.begin_leaving(ann, OwnMessages::Keep, at(9)).await.unwrap());
    assert!(world.store.erase_some(ann, 100).await.unwrap());

    assert_eq!(world.store.managers_of(chess.id).await.unwrap(), [ben.min(cat)], "the older account");
    assert_eq!(world.store.managers_of(shared.id).await.unwrap(), [cat], "who managed it already");
    assert_eq!(world.store.group(alone.id).await.unwrap(), None, "a group without anybody ends");
    let (room, seen) = (
        world.store.conversation(chess.room).await.unwrap().unwrap(),
        world.store.group_for(chess.id, ben).await.unwrap().unwrap(),
    );
    assert_eq!((room.members.len(), seen.members), (2, 2));
    manage(world, chess.id, (ben.min(cat), ben.max(cat)), ManagerAction::Promote).await.unwrap();
}

async fn a_room_of_news_is_passed_on_to_nobody(world: &World) {
    let (ann, ben) = (world.person("ann").await, world.person("ben").await);
    let seat = |name: &str, manager| GroupSeat {
        external_id: format!("{NEWS_PREFIX}{name}"),
        name: name.to_owned(),
        kind: GroupKind::Public,
        managers_write: true,
        manager,
    };
    let seating = Seating {
        community: main_community(),
        realm: realm(Realm::OWN),
        people: vec![(ann, vec![seat("all", true), seat("few", true)]), (ben, vec![seat("all", false)])],
        complete: false,
        now: NOW,
    };
    world.store.seat(&seating).await.unwrap();
    let rooms = world.store.groups_from(&main_community(), &realm(Realm::OWN)).await.unwrap();
    assert!(world.store.begin_leaving(ann, OwnMessages::Keep, at(9)).await.unwrap());
    assert!(world.store.erase_some(ann, 100).await.unwrap());

    assert_eq!(rooms.len(), 2);
    for room in rooms {
        assert_eq!(
            world.store.managers_of(room.id).await.unwrap(),
            [],
            "nobody writes there now: {}",
            room.name
        );
        assert_eq!(world.store.group(room.id).await.unwrap(), Some(room), "it waits for whoever comes next");
    }
}
