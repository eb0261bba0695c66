//! Conferences.

use futures_util::future::join_all;
use portico_core::account::OwnMessages;
use portico_core::messaging::{
    Conference, ConferenceAction, ConferenceChange, ConferenceRefusal, Conversation, NewConference, Sequence,
};
use portico_core::{AccountId, ConversationId};

use crate::world::{NOW, World, at, community, main_community, message, sequences};

crate::port_tests!(
    an_invited_one_is_no_member_yet,
    who_comes_reads_from_there_on,
    who_goes_reads_nothing_more,
    parallel_invitations_stop_exactly_at_the_limit,
    parallel_answers_are_one_membership_each,
    the_last_ones_leaving_closes_it,
    a_conference_of_another_community_is_not_found,
    invitations_are_found_by_whom_they_are_for,
    a_conference_outlives_a_host_whose_account_is_deleted,
    nobody_comes_into_a_conference_that_a_deletion_has_emptied,
);

async fn open(world: &World, host: AccountId, invite: &[AccountId]) -> ConversationId {
    let new = NewConference {
        id: ConversationId::generate(NOW),
        community: main_community(),
        topic: Some("plans".to_owned()),
        host,
        invite: invite.to_vec(),
        now: NOW,
    };
    // Those who are invited at the same moment stand in no particular order.
    let in_order = |mut conversation: Conversation| {
        if let Some(conference) = &mut conversation.conference {
            conference.invited.sort_by_key(|invited| invited.account);
        }
        conversation
    };
    let made = world.store.open_conference(&new).await.unwrap();
    let kept = world.store.conversation(new.id).await.unwrap();
    assert_eq!(kept.map(in_order), Some(in_order(made)));
    new.id
}

async fn act(
    world: &World,
    conversation: ConversationId,
    actor: AccountId,
    action: ConferenceAction,
) -> Result<Conference, ConferenceRefusal> {
    let change = ConferenceChange { community: main_community(), conversation, actor, action, now: at(5) };
    world.store.change_conference(&change).await.unwrap().map(|(_, after)| after)
}

fn invite(people: &[AccountId], limit: u32) -> ConferenceAction {
    ConferenceAction::Invite { people: people.to_vec(), limit: Some(limit) }
}

async fn an_invited_one_is_no_member_yet(world: &World) {
    let (ann, ben) = (world.person("ann").await, world.person("ben").await);
    let id = open(world, ann, &[ben]).await;
    world.store.append(&[message(1, id, ann, "before")]).await.unwrap();
    assert_eq!(world.store.conversation(id).await.unwrap().unwrap().members, [ann]);
    assert_eq!(world.store.conversation_view(id, ben).await.unwrap(), None);
    assert_eq!(world.store.conversations(&main_community(), ben, None, 9).await.unwrap(), []);
    assert_eq!(world.store.messages_for(&main_community(), ben, Sequence::START, 9).await.unwrap(), []);
    assert!(!world.store.mark_read(id, ben, Sequence::new(1)).await.unwrap());
}

async fn who_comes_reads_from_there_on(world: &World) {
    let (ann, ben) = (world.person("ann").await, world.person("ben").await);
    let id = open(world, ann, &[ben]).await;
    world.store.append(&[message(1, id, ann, "before")]).await.unwrap();
    act(world, id, ben, ConferenceAction::Accept).await.unwrap();
    let view = world.store.conversation_view(id, ben).await.unwrap().unwrap();
    assert_eq!((view.unread, view.last_message), (0, None));
    assert_eq!(view.conversation.floor_of(ben), Sequence::new(1));
    assert_eq!(view.conversation.floor_of(ann), Sequence::START);
    world.store.append(&[message(2, id, ann, "after"), message(3, id, ben, "mine")]).await.unwrap();
    let missed = world.store.messages_for(&main_community(), ben, Sequence::START, 9).await.unwrap();
    assert_eq!(sequences(&missed), [2, 3]);
    let listed = world.store.conversations(&main_community(), ben, None, 9).await.unwrap();
    assert_eq!(
        (listed[0].unread, listed[0].last_message.as_ref().map(|last| last.sequence.get())),
        (1, Some(3))
    );
    assert_eq!(listed[0].conversation, world.store.conversation(id).await.unwrap().unwrap());
    assert_eq!(listed[0].conversation.conference.as_ref().unwrap().topic.as_deref(), Some("plans"));
    let all = world.store.messages_for(&main_community(), ann, Sequence::START, 9).await.unwrap();
    assert_eq!(all.len(), 3);
}

async fn who_goes_reads_nothing_more(world: &World) {
    let (ann, ben) = (world.person("ann").await, world.person("ben").await);
    let id = open(world, ann, &[ben]).await;
    act(world, id, ben, ConferenceAction::Accept).await.unwrap();
    world.store.append(&[message(1, id, ann, "heard")]).await.unwrap();
    act(world, id, ann, ConferenceAction::Remove { person: ben, moderates: false }).await.unwrap();
    assert_eq!(world.store.messages_for(&main_community(), ben, Sequence::START, 9).await.unwrap(), []);
    assert_eq!(world.store.conversation_view(id, ben).await.unwrap(), None);
    assert_eq!(act(world, id, ben, ConferenceAction::Accept).await, Err(ConferenceRefusal::NotFound));
    act(world, id, ann, invite(&[ben], 9)).await.unwrap();
    act(world, id, ben, ConferenceAction::Accept).await.unwrap();
    assert_eq!(world.store.messages_for(&main_community(), ben, Sequence::START, 9).await.unwrap(), []);
}

async fn parallel_invitations_stop_exactly_at_the_limit(world: &World) {
    let ann = world.person("ann").await;
    let people = world.people(30).await;
    let id = open(world, ann, &people[..1]).await;
    let tries = (0..60).map(|number| act(world, id, ann, invite(&[people[number % people.len()]], 8)));
    let outcomes = join_all(tries).await;
    assert!(outcomes.contains(&Err(ConferenceRefusal::LimitReached { limit: 8 })));
    let conference = world.store.conversation(id).await.unwrap().unwrap().conference.unwrap();
    assert_eq!(conference.size(), 8);
}

async fn parallel_answers_are_one_membership_each(world: &World) {
    let ann = world.person("ann").await;
    let people = world.people(8).await;
    let id = open(world, ann, &people).await;
    let answers =
        (0..32).map(|number| act(world, id, people[number % people.len()], ConferenceAction::Accept));
    assert!(join_all(answers).await.iter().all(Result::is_ok));
    let conversation = world.store.conversation(id).await.unwrap().unwrap();
    assert_eq!(conversation.members.len(), 9);
    assert!(conversation.conference.unwrap().invited.is_empty());
}

async fn the_last_ones_leaving_closes_it(world: &World) {
    let (ann, ben, cat) = (world.person("ann").await, world.person("ben").await, world.person("cat").await);
    let id = open(world, ann, &[ben, cat]).await;
    act(world, id, ben, ConferenceAction::Accept).await.unwrap();
    let without = act(world, id, ann, ConferenceAction::Leave).await.unwrap();
    assert_eq!(without.host, ben);
    act(world, id, ben, ConferenceAction::Leave).await.unwrap();
    assert_eq!(world.store.conversation(id).await.unwrap(), None);
    assert_eq!(world.store.conference_invitations(&main_community(), cat).await.unwrap(), []);
    assert_eq!(act(world, id, cat, ConferenceAction::Accept).await, Err(ConferenceRefusal::NotFound));
}

async fn a_conference_of_another_community_is_not_found(world: &World) {
    let (ann, ben) = (world.person("ann").await, world.person("ben").await);
    let id = open(world, ann, &[ben]).await;
    let change = ConferenceChange {
        community: community("elsewhere"),
        conversation: id,
        actor: ben,
        action: ConferenceAction::Accept,
        now: NOW,
    };
    assert_eq!(world.store.change_conference(&change).await.unwrap(), Err(ConferenceRefusal::NotFound));
    let direct = world.talk(ann, ben).await;
    assert_eq!(act(world, direct, ann, ConferenceAction::Leave).await, Err(ConferenceRefusal::NotFound));
}

async fn invitations_are_found_by_whom_they_are_for(world: &World) {
    let (ann, ben, cat) = (world.person("ann").await, world.person("ben").await, world.person("cat").await);
    let id = open(world, ann, &[ben]).await;
    let mine = world.store.conference_invitations(&main_community(), ben).await.unwrap();
    assert_eq!(mine, [world.store.conversation(id).await.unwrap().unwrap()]);
    assert_eq!(mine[0].conference.as_ref().unwrap().invitation_of(ben).unwrap().by, ann);
    assert_eq!(world.store.conference_invitations(&main_community(), cat).await.unwrap(), []);
    assert_eq!(world.store.conference_invitations(&community("elsewhere"), ben).await.unwrap(), []);
    act(world, id, ben, ConferenceAction::Decline).await.unwrap();
    assert_eq!(world.store.conference_invitations(&main_community(), ben).await.unwrap(), []);
}

async fn a_conference_outlives_a_host_whose_account_is_deleted(world: &World) {
    let people = [world.person("ann").await, world.person("ben").await, world.person("cat").await];
    let [ann, ben, cat] = people;
    let id = open(world, ann, &[ben, cat]).await;
    act(world, id, ben, ConferenceAction::Accept).await.unwrap();
    world.store.append(&[message(1, id, ann, "welcome")]).await.unwrap();
    assert!(world.store.begin_leaving(ann, OwnMessages::Keep, at(9)).await.unwrap());
    assert!(world.store.erase_some(ann, 100).await.unwrap());

    let conversation = world.store.conversation(id).await.unwrap().unwrap();
    let conference = conversation.conference.as_ref().unwrap();
    assert_eq!((conference.host, &conversation.members), (ben, &vec![ben]));
    assert!(conference.invited.is_empty(), "nobody comes at the word of somebody who is gone");
    assert_eq!(world.store.history(id, None, 9).await.unwrap().len(), 1);
    act(world, id, ben, invite(&[cat], 9)).await.unwrap();
    act(world, id, cat, ConferenceAction::Accept).await.unwrap();
    let after = act(world, id, ben, ConferenceAction::Leave).await.unwrap();
    assert_eq!(after.host, cat);
}

async fn nobody_comes_into_a_conference_that_a_deletion_has_emptied(world: &World) {
    let people = [world.person("ann").await, world.person("ben").await, world.person("cat").await];
    let [ann, ben, cat] = people;
    let id = open(world, ann, &[ben]).await;
    act(world, id, ben, ConferenceAction::Accept).await.unwrap();
    act(world, id, ben, invite(&[cat], 9)).await.unwrap();
    act(world, id, ben, ConferenceAction::Leave).await.unwrap();
    // Cat was invited by somebody who is still there, if not in it.
    assert_eq!(world.store.conference_invitations(&main_community(), cat).await.unwrap().len(), 1);
    assert!(world.store.begin_leaving(ann, OwnMessages::Keep, at(9)).await.unwrap());
    assert!(world.store.erase_some(ann, 100).await.unwrap());

    assert_eq!(world.store.conference_invitations(&main_community(), cat).await.unwrap(), []);
    for action in [ConferenceAction::Accept, ConferenceAction::Decline] {
        assert_eq!(act(world, id, cat, action).await, Err(ConferenceRefusal::NotFound));
    }
    assert_eq!(world.store.conversation(id).await.unwrap(), None);
}
