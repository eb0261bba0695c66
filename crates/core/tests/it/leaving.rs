//! Those who were in something with somebody who left hear of it, however long the deletion takes.

use portico_core::account::{AccountState, OwnMessages};
use portico_core::engine::GroupForm;
use portico_core::group::{GroupKind, Part};
use portico_core::messaging::Event;
use portico_core::policy::Mode;
use portico_core::testing::PausedCall;
use portico_core::{ConversationId, GroupId};

use crate::town::{Person, Town, enter, hear, resyncs, say, talk};

type Running = std::sync::Arc<portico_core::engine::Engine>;

fn town(mode: Mode) -> Town {
    Town::new().with_front("open", mode, |front| front.options.create_groups = true)
}

/// Ann's club, which ben is in too.
async fn club(engine: &Running, ann: &Person, ben: &Person) -> (GroupId, ConversationId) {
    let form =
        GroupForm { name: "Chess".into(), kind: GroupKind::Public, topic: None, managers_write: false };
    let group = engine.make_group(&ann.visitor, form).await.unwrap().group;
    engine.join_group(&ben.visitor, group.id).await.unwrap();
    (group.id, group.room)
}

fn of_group(events: &[Event], group: GroupId) -> bool {
    events.iter().any(|event| matches!(event, Event::Group { group_id } if *group_id == group))
}

#[tokio::test]
async fn whoever_inherits_a_group_hears_of_it() {
    let engine = town(Mode::OpenCommunity).start().await;
    let (ann, mut ben) = (enter(&engine, "open", "ann").await, enter(&engine, "open", "ben").await);
    let (group, _) = club(&engine, &ann, &ben).await;
    hear(&engine, &mut ben).await;
    engine.leave(&ann.visitor, None, OwnMessages::Keep, None).await.unwrap();
    let heard = hear(&engine, &mut ben).await;
    assert!(of_group(&heard, group), "{heard:?}");
    assert_eq!(resyncs(&heard), 0, "nothing was deleted");
    assert_eq!(engine.group(&ben.visitor, group).await.unwrap().part, Part::Manager);
}

#[tokio::test]
async fn texts_that_are_deleted_go_from_the_screens_of_their_group() {
    let engine = town(Mode::OpenCommunity).start().await;
    let (ann, mut ben) = (enter(&engine, "open", "ann").await, enter(&engine, "open", "ben").await);
    let (_, room) = club(&engine, &ann, &ben).await;
    say(&engine, &ann, room, "a secret").await;
    say(&engine, &ben, room, "which?").await;
    hear(&engine, &mut ben).await;
    engine.leave(&ann.visitor, None, OwnMessages::Delete, None).await.unwrap();
    assert!(resyncs(&hear(&engine, &mut ben).await) > 0);
    assert_eq!(engine.history(&ben.visitor, room, None, 9).await.unwrap().messages.len(), 1);
}

#[tokio::test]
async fn the_end_of_a_long_deletion_is_told_and_believed() {
    let engine = town(Mode::OpenCommunity).start().await;
    let (ann, mut ben) = (enter(&engine, "open", "ann").await, enter(&engine, "open", "ben").await);
    let (group, room) = club(&engine, &ann, &ben).await;
    let opened = engine.open_conference(&ann.visitor, Some("plans"), &[ben.id()]).await.unwrap();
    let conference = opened.view.conversation.id;
    engine.accept_conference(&ben.visitor, conference).await.unwrap();
    let place = talk(&engine, &ann, &ben).await;
    for number in 0..2100 {
        say(&engine, &ann, place, &number.to_string()).await;
    }
    engine.leave(&ann.visitor, None, OwnMessages::Delete, None).await.unwrap();
    assert_eq!(engine.life_of(ann.id()).await.unwrap().state, AccountState::Leaving, "much is left to do");
    // What is in memory now is what holds until the last step.
    let seen = ben.visitor.clone();
    let members = async |id| engine.conversation(&seen, id).await.unwrap().members.len();
    assert_eq!(members(conference).await, 2);
    say(&engine, &ben, room, "is she gone?").await;
    say(&engine, &ben, conference, "is she gone?").await;
    assert_eq!(engine.group(&ben.visitor, group).await.unwrap().part, Part::Member);
    hear(&engine, &mut ben).await;

    engine.erase_leaving().await;
    assert_eq!(engine.life_of(ann.id()).await.unwrap().state, AccountState::Left);
    let heard = hear(&engine, &mut ben).await;
    assert!(of_group(&heard, group) && resyncs(&heard) > 0, "{heard:?}");
    assert_eq!(engine.group(&ben.visitor, group).await.unwrap().part, Part::Manager);
    assert_eq!(members(conference).await, 1);
    let again = enter(&engine, "open", "cat").await;
    engine.invite_to_conference(&ben.visitor, conference, &[again.id()]).await.unwrap();
}

#[tokio::test]
async fn a_deletion_that_fails_on_the_way_is_told_and_goes_on() {
    let town = town(Mode::GroupCommunity);
    let engine = town.start().await;
    let (ann, mut ben) = (enter(&engine, "open", "ann").await, enter(&engine, "open", "ben").await);
    let (group, _) = club(&engine, &ann, &ben).await;
    hear(&engine, &mut ben).await;
    let pause = town.store.pause_at(PausedCall::EraseSome);
    let leaving = {
        let (engine, visitor) = (engine.clone(), ann.visitor.clone());
        tokio::spawn(async move { engine.leave(&visitor, None, OwnMessages::Keep, None).await })
    };
    pause.reached().await;
    town.store.set_available(false);
    pause.release();
    leaving.await.unwrap().expect("the person is out");
    town.store.set_available(true);
    let heard = hear(&engine, &mut ben).await;
    assert!(of_group(&heard, group) && resyncs(&heard) > 0, "who saw her could not be found out: {heard:?}");
    engine.erase_leaving().await;
    assert!(of_group(&hear(&engine, &mut ben).await, group));
    assert_eq!(engine.life_of(ann.id()).await.unwrap().state, AccountState::Left);
}

#[tokio::test]
async fn a_group_that_is_made_is_answered_though_others_can_not_be_told_one_by_one() {
    let town = town(Mode::GroupCommunity);
    let engine = town.start().await;
    let (ann, mut ben) = (enter(&engine, "open", "ann").await, enter(&engine, "open", "ben").await);
    hear(&engine, &mut ben).await;
    let pause = town.store.pause_at(PausedCall::GroupIds);
    let making = {
        let (engine, visitor) = (engine.clone(), ann.visitor.clone());
        let form =
            GroupForm { name: "Chess".into(), kind: GroupKind::Public, topic: None, managers_write: false };
        tokio::spawn(async move { engine.make_group(&visitor, form).await })
    };
    pause.reached().await;
    town.store.set_available(false);
    pause.release();
    let made = making.await.unwrap().unwrap();
    town.store.set_available(true);
    assert_eq!(engine.group(&ann.visitor, made.group.id).await.unwrap(), made);
    assert!(resyncs(&hear(&engine, &mut ben).await) > 0, "everybody looks around anew");
}
