//! Groups that people make and manage here.

use futures_util::future::join_all;
use portico_core::auth::ExternalGroup;
use portico_core::engine::{EngineError, GroupForm};
use portico_core::group::{GroupKind, GroupRefusal, ManagerAction, Membership, Part};
use portico_core::messaging::Event;
use portico_core::policy::Mode;
use portico_core::testing::FakePerson;
use portico_core::{GroupId, Timestamp};

use crate::town::{Person, Town, enter, hear, say, texts};

type Running = std::sync::Arc<portico_core::engine::Engine>;

/// A town where people make groups.
fn town() -> Town {
    Town::new().with_front("open", Mode::OpenCommunity, |front| front.options.create_groups = true)
}

fn form(name: &str, kind: GroupKind) -> GroupForm {
    GroupForm { name: name.into(), kind, topic: None, managers_write: false }
}

async fn make(engine: &Running, who: &Person, name: &str, kind: GroupKind) -> Membership {
    engine.make_group(&who.visitor, form(name, kind)).await.unwrap()
}

fn refused<T: std::fmt::Debug>(outcome: Result<T, EngineError>) -> GroupRefusal {
    match outcome {
        Err(EngineError::Group(refusal)) => refusal,
        other => panic!("{other:?}"),
    }
}

async fn part(engine: &Running, who: &Person, id: GroupId) -> Option<Part> {
    match engine.group(&who.visitor, id).await {
        Ok(seen) => Some(seen.part),
        Err(EngineError::NotFound) => None,
        Err(other) => panic!("{other}"),
    }
}

#[tokio::test]
async fn everybody_comes_into_a_public_group_and_goes_as_they_like() {
    let town = town();
    let engine = town.start().await;
    let (ann, mut ben) = (enter(&engine, "open", "ann").await, enter(&engine, "open", "ben").await);
    let club = make(&engine, &ann, "Chess", GroupKind::Public).await;
    assert!(club.manager && club.members == 1);
    let offered = engine.joinable_groups(&ben.visitor, None, 10).await.unwrap().groups;
    assert_eq!((offered.len(), offered[0].part), (1, Part::Outside));
    say(&engine, &ann, club.group.room, "early").await;
    let joined = engine.join_group(&ben.visitor, club.group.id).await.unwrap();
    assert_eq!((joined.part, joined.members), (Part::Member, 2));
    let told = hear(&engine, &mut ben).await;
    assert!(told.iter().any(|event| matches!(event, Event::Conversation { .. })));
    let view = engine.conversation(&ben.visitor, club.group.room).await.unwrap().view;
    assert_eq!((view.unread, view.last_message.is_some()), (0, true), "read, and there to be read");
    say(&engine, &ann, club.group.room, "late").await;
    assert_eq!(texts(&hear(&engine, &mut ben).await), ["late"]);
    engine.leave_group(&ben.visitor, club.group.id).await.unwrap();
    say(&engine, &ann, club.group.room, "without ben").await;
    let told = hear(&engine, &mut ben).await;
    assert!(
        texts(&told).is_empty() && told.iter().any(|event| matches!(event, Event::ConversationGone { .. }))
    );
    assert!(matches!(
        engine.history(&ben.visitor, club.group.room, None, 9).await,
        Err(EngineError::NotFound)
    ));
}

#[tokio::test]
async fn into_an_official_group_one_is_let_and_let_go() {
    let town = town();
    let engine = town.start().await;
    let (mut ann, ben) = (enter(&engine, "open", "ann").await, enter(&engine, "open", "ben").await);
    let id = make(&engine, &ann, "Board", GroupKind::Official).await.group.id;
    let managing = ann.visitor.clone();
    let manage = |action| engine.manage_member(&managing, id, ben.id(), action);
    hear(&engine, &mut ann).await;
    assert_eq!(engine.join_group(&ben.visitor, id).await.unwrap().part, Part::AsksToJoin);
    let told = hear(&engine, &mut ann).await;
    assert!(told.iter().any(|event| matches!(event, Event::Group { group_id } if *group_id == id)));
    assert_eq!(engine.group(&ann.visitor, id).await.unwrap().waiting, 1);
    let waiting = engine.group_requests(&ann.visitor, id).await.unwrap();
    assert_eq!((waiting.len(), waiting[0].part), (1, Part::AsksToJoin));
    assert_eq!(
        engine.manage_member(&ann.visitor, id, ben.id(), ManagerAction::Refuse).await.unwrap(),
        Part::Refused
    );
    assert_eq!(refused(engine.join_group(&ben.visitor, id).await), GroupRefusal::Refused);
    assert_eq!(refused(engine.group_requests(&ben.visitor, id).await), GroupRefusal::NotManaged);
    manage(ManagerAction::Remove).await.unwrap();
    engine.join_group(&ben.visitor, id).await.unwrap();
    assert_eq!(manage(ManagerAction::Approve).await.unwrap(), Part::Member);
    assert_eq!(engine.leave_group(&ben.visitor, id).await.unwrap(), Part::AsksToLeave);
    assert_eq!(engine.groups(&ben.visitor).await.unwrap().len(), 1, "still in it");
    assert_eq!(manage(ManagerAction::Approve).await.unwrap(), Part::Outside);
    assert!(engine.groups(&ben.visitor).await.unwrap().is_empty());
}

#[tokio::test]
async fn of_a_private_group_nobody_outside_learns_anything() {
    let town = town();
    let engine = town.start().await;
    let (ann, mut ben, eve) = (
        enter(&engine, "open", "ann").await,
        enter(&engine, "open", "ben").await,
        enter(&engine, "open", "eve").await,
    );
    let id = make(&engine, &ann, "Secret", GroupKind::Private).await.group.id;
    assert!(engine.joinable_groups(&eve.visitor, None, 10).await.unwrap().groups.is_empty());
    assert_eq!(part(&engine, &eve, id).await, None);
    assert!(matches!(engine.join_group(&eve.visitor, id).await, Err(EngineError::NotFound)));
    assert!(matches!(engine.leave_group(&eve.visitor, id).await, Err(EngineError::NotFound)));
    assert!(matches!(engine.group_requests(&eve.visitor, id).await, Err(EngineError::NotFound)));
    assert!(matches!(
        engine.manage_member(&eve.visitor, id, eve.id(), ManagerAction::Invite).await,
        Err(EngineError::NotFound)
    ));
    let same_name = engine.make_group(&eve.visitor, form("Secret", GroupKind::Public)).await;
    assert!(same_name.is_ok(), "not even by its name");
    engine.manage_member(&ann.visitor, id, ben.id(), ManagerAction::Invite).await.unwrap();
    let told = hear(&engine, &mut ben).await;
    assert!(told.iter().any(|event| matches!(event, Event::Group { group_id } if *group_id == id)));
    assert_eq!(engine.group_invitations(&ben.visitor).await.unwrap().len(), 1);
    let room = engine.group(&ben.visitor, id).await.unwrap().group.room;
    assert!(matches!(engine.history(&ben.visitor, room, None, 9).await, Err(EngineError::NotFound)));
    assert_eq!(engine.join_group(&ben.visitor, id).await.unwrap().part, Part::Member);
    assert_eq!(engine.leave_group(&ben.visitor, id).await.unwrap(), Part::Outside);
    assert_eq!(part(&engine, &ben, id).await, None, "who has left is outside");
}

#[tokio::test]
async fn a_group_keeps_a_manager_and_ends_with_its_last_member() {
    let town = town();
    let engine = town.start().await;
    let (ann, ben) = (enter(&engine, "open", "ann").await, enter(&engine, "open", "ben").await);
    let id = make(&engine, &ann, "Chess", GroupKind::Public).await.group.id;
    engine.join_group(&ben.visitor, id).await.unwrap();
    assert_eq!(refused(engine.leave_group(&ann.visitor, id).await), GroupRefusal::LastManager);
    let edit = |who: &Person| {
        let visitor = who.visitor.clone();
        let engine = &engine;
        async move { engine.edit_group(&visitor, id, Some("Go"), Some(Some("stones")), Some(true)).await }
    };
    assert_eq!(refused(edit(&ben).await), GroupRefusal::NotManaged);
    engine.manage_member(&ann.visitor, id, ben.id(), ManagerAction::Promote).await.unwrap();
    let seen = edit(&ben).await.unwrap();
    assert_eq!((seen.group.name.as_str(), seen.group.topic.as_deref()), ("Go", Some("stones")));
    engine.leave_group(&ann.visitor, id).await.unwrap();
    assert!(matches!(engine.group_members(&ann.visitor, id, None, 9).await, Err(EngineError::NotFound)));
    engine.leave_group(&ben.visitor, id).await.unwrap();
    assert_eq!(part(&engine, &ann, id).await, None, "there is no such group any more");
    assert!(engine.make_group(&ann.visitor, form("go", GroupKind::Public)).await.is_ok(), "its name is free");
}

#[tokio::test]
async fn where_only_managers_write_an_announcement_is_pinned_for_everybody() {
    let town = town();
    let engine = town.start().await;
    let (ann, ben) = (enter(&engine, "open", "ann").await, enter(&engine, "open", "ben").await);
    let mut board = form("Board", GroupKind::Public);
    board.managers_write = true;
    let group = engine.make_group(&ann.visitor, board).await.unwrap().group;
    engine.join_group(&ben.visitor, group.id).await.unwrap();
    let written = engine.send(&ben.visitor, group.room, "me too".into(), None).await;
    assert!(matches!(written, Err(EngineError::NotPermitted(_))));
    let theirs = engine.announce_in_group(&ben.visitor, group.id, "x".into(), None).await;
    assert_eq!(refused(theirs), GroupRefusal::NotManaged);
    let (message, new) =
        engine.announce_in_group(&ann.visitor, group.id, "read this".into(), Some("a".into())).await.unwrap();
    let (again, new_again) =
        engine.announce_in_group(&ann.visitor, group.id, "read this".into(), Some("a".into())).await.unwrap();
    assert!(new && !new_again && again == message);
    let pinned = engine.group(&ben.visitor, group.id).await.unwrap().announcement.unwrap();
    assert_eq!(pinned.text, "read this");
    engine.unpin_announcement(&ann.visitor, group.id).await.unwrap();
    assert!(engine.group(&ben.visitor, group.id).await.unwrap().announcement.is_none());
    assert_eq!(engine.history(&ben.visitor, group.room, None, 9).await.unwrap().messages.len(), 1);
}

#[tokio::test]
async fn many_makers_at_once_make_as_many_groups_as_allowed_and_none_twice() {
    let town = Town::new().with_front("open", Mode::OpenCommunity, |front| {
        front.options.create_groups = true;
        front.options.max_own_groups = 3;
    });
    let engine = town.start().await;
    let ann = enter(&engine, "open", "ann").await;
    let names: Vec<String> = (0..200).map(|number| format!("group {}", number % 50)).collect();
    let makes = names.iter().map(|name| engine.make_group(&ann.visitor, form(name, GroupKind::Public)));
    let made = join_all(makes).await.into_iter().filter(Result::is_ok).count();
    assert_eq!(made, 3);
    let ben = enter(&engine, "open", "ben").await;
    let taken = engine.make_group(&ben.visitor, form("GROUP 0", GroupKind::Official)).await;
    assert_eq!(refused(taken), GroupRefusal::NameTaken);
}

#[tokio::test]
async fn a_front_may_put_everybody_into_groups_and_let_nobody_make_or_join_others() {
    let town = Town::new().with_front("open", Mode::OpenCommunity, |front| {
        front.options.default_groups = vec!["Everybody".into()];
        front.options.join_groups = false;
    });
    let engine = town.start().await;
    let (ann, ben) = (enter(&engine, "open", "ann").await, enter(&engine, "open", "ben").await);
    let mine = engine.groups(&ben.visitor).await.unwrap();
    assert_eq!((mine.len(), mine[0].group.name.as_str(), mine[0].members), (1, "Everybody", 2));
    let made = engine.make_group(&ann.visitor, form("x", GroupKind::Public)).await;
    assert!(matches!(made, Err(EngineError::NotPermitted(_))));
    engine.leave_group(&ben.visitor, mine[0].group.id).await.unwrap();
    let back = engine.join_group(&ben.visitor, mine[0].group.id).await;
    assert!(matches!(back, Err(EngineError::NotPermitted(_))));
    let again = enter(&engine, "open", "ben").await;
    assert!(engine.groups(&again.visitor).await.unwrap().is_empty(), "only at the first time");
}

#[tokio::test]
async fn a_mirrored_group_is_changed_where_it_comes_from() {
    let town = town();
    let mut person = FakePerson::new("77", "lea", "lea");
    person.identity.groups =
        Some(vec![ExternalGroup { id: "7".into(), name: "Team".into(), leader: true, built_in: false }]);
    town.fake.add(person);
    let engine = town.start().await;
    let (lea, ben) = (enter(&engine, "open", "lea").await, enter(&engine, "open", "ben").await);
    let team = engine.groups(&lea.visitor).await.unwrap().remove(0);
    let id = team.group.id;
    assert!(team.manager && !team.group.is_local());
    let kept = GroupRefusal::KeptElsewhere;
    assert_eq!(refused(engine.edit_group(&lea.visitor, id, Some("Mine"), None, None).await), kept);
    assert_eq!(refused(engine.dissolve_group(&lea.visitor, id).await), kept);
    assert_eq!(refused(engine.leave_group(&lea.visitor, id).await), kept);
    let invite = engine.manage_member(&lea.visitor, id, ben.id(), ManagerAction::Invite).await;
    assert_eq!(refused(invite), kept);
    assert_eq!(refused(engine.announce_in_group(&lea.visitor, id, "x".into(), None).await), kept);
    assert!(matches!(engine.join_group(&ben.visitor, id).await, Err(EngineError::NotFound)));
    assert!(engine.joinable_groups(&ben.visitor, None, 9).await.unwrap().groups.is_empty());
    let never = GroupId::generate(Timestamp::from_secs(1));
    assert!(matches!(engine.join_group(&ben.visitor, never).await, Err(EngineError::NotFound)));
}

#[tokio::test]
async fn groups_of_one_community_are_nothing_in_another() {
    let town = town().with_front("other", Mode::OpenCommunity, |front| {
        front.community = portico_core::CommunityId::new("other").unwrap();
    });
    let engine = town.start().await;
    let (ann, ben) = (enter(&engine, "open", "ann").await, enter(&engine, "other", "ben").await);
    let id = make(&engine, &ann, "Chess", GroupKind::Public).await.group.id;
    assert_eq!(part(&engine, &ben, id).await, None);
    assert!(matches!(engine.join_group(&ben.visitor, id).await, Err(EngineError::NotFound)));
    assert!(engine.joinable_groups(&ben.visitor, None, 9).await.unwrap().groups.is_empty());
    let invited = engine.manage_member(&ann.visitor, id, ben.id(), ManagerAction::Invite).await;
    assert!(matches!(invited, Err(EngineError::NotFound)));
}
