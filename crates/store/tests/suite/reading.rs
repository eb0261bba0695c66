use portico_core::contact::Pair;
use portico_core::messaging::{Message, Sequence};
use portico_core::{AccountId, ConversationId};

use crate::port_tests;
use crate::world::{NOW, World, community, main_community, message, sequences};

port_tests![
    a_history_is_paged_backwards,
    a_message_is_found_in_its_own_conversation_alone,
    a_person_gets_the_messages_of_their_conversations,
    messages_of_many_conversations_come_in_one_order,
    messages_of_other_communities_stay_there,
    all_messages_are_read_in_order,
];

/// Alice talks with Bob (odd numbers) and Carol with Bob (even numbers), ten messages each.
async fn two_talks(world: &World) -> ([AccountId; 3], [ConversationId; 2]) {
    let (alice, bob, carol) =
        (world.person("alice").await, world.person("bob").await, world.person("carol").await);
    let talks = [world.talk(alice, bob).await, world.talk(carol, bob).await];
    let sent: Vec<Message> =
        (1..=20).map(|sequence| message(sequence, talks[usize::from(sequence % 2 == 0)], bob, "x")).collect();
    world.store.append(&sent).await.unwrap();
    ([alice, bob, carol], talks)
}

async fn a_history_is_paged_backwards(world: &World) {
    let (_, [talk, _]) = two_talks(world).await;
    let page = async |before: Option<i64>, limit| {
        sequences(&world.store.history(talk, before.map(Sequence::new), limit).await.unwrap())
    };
    assert_eq!(page(None, 4).await, [13, 15, 17, 19]);
    assert_eq!(page(Some(13), 4).await, [5, 7, 9, 11]);
    assert_eq!(page(Some(5), 4).await, [1, 3]);
    assert_eq!(page(Some(1), 4).await, [0; 0]);
    assert_eq!(page(Some(i64::MAX), 100).await.len(), 10);
    let unknown = ConversationId::generate(NOW);
    assert_eq!(world.store.history(unknown, None, 10).await.unwrap(), []);
}

async fn a_message_is_found_in_its_own_conversation_alone(world: &World) {
    let (_, [one, other]) = two_talks(world).await;
    assert!(world.store.message(one, Sequence::new(3)).await.unwrap().is_some());
    assert_eq!(world.store.message(other, Sequence::new(3)).await.unwrap(), None);
    assert_eq!(world.store.message(one, Sequence::new(99)).await.unwrap(), None);
}

async fn a_person_gets_the_messages_of_their_conversations(world: &World) {
    let ([alice, bob, _], _) = two_talks(world).await;
    let after = async |person, after, limit| {
        let found =
            world.store.messages_for(&main_community(), person, Sequence::new(after), limit).await.unwrap();
        sequences(&found)
    };
    assert_eq!(after(alice, 0, 100).await, [1, 3, 5, 7, 9, 11, 13, 15, 17, 19]);
    assert_eq!(after(bob, 0, 100).await, (1..=20).collect::<Vec<_>>());
    assert_eq!(after(bob, 5, 4).await, [6, 7, 8, 9]);
    assert_eq!(after(alice, 17, 100).await, [19]);
    assert_eq!(after(alice, 19, 100).await, [0; 0]);
    let stranger = world.person("dora").await;
    assert_eq!(after(stranger, 0, 100).await, [0; 0]);
}

async fn messages_of_many_conversations_come_in_one_order(world: &World) {
    let people = world.people(120).await;
    let me = people[0];
    let mut sent = Vec::new();
    for (sequence, &other) in (1..).zip(&people[1..]) {
        let talk = world.talk(me, other).await;
        sent.push(message(sequence, talk, other, "x"));
        sent.push(message(1000 - sequence, talk, me, "y"));
    }
    sent.sort_unstable_by_key(|message| message.sequence);
    world.store.append(&sent).await.unwrap();
    let all = world.store.messages_for(&main_community(), me, Sequence::START, 1000).await.unwrap();
    assert_eq!(all, sent);
    let some = world.store.messages_for(&main_community(), me, Sequence::new(100), 30).await.unwrap();
    assert_eq!(some, sent[100..130]);
    let list = world.store.conversations(&main_community(), me, None, 119).await.unwrap();
    assert_eq!(list.len(), 119);
    assert!(list.iter().all(|view| view.unread == 1));
}

async fn messages_of_other_communities_stay_there(world: &World) {
    let ([alice, bob, _], _) = two_talks(world).await;
    let pair = Pair::new(alice, bob).unwrap();
    let id = ConversationId::generate(NOW);
    world.store.open_direct(&community("other"), pair, id, NOW).await.unwrap();
    world.store.append(&[message(21, id, bob, "there")]).await.unwrap();
    let there = world.store.messages_for(&community("other"), alice, Sequence::START, 100).await.unwrap();
    assert_eq!(sequences(&there), [21]);
    let here = world.store.messages_for(&main_community(), alice, Sequence::new(18), 100).await.unwrap();
    assert_eq!(sequences(&here), [19]);
}

async fn all_messages_are_read_in_order(world: &World) {
    two_talks(world).await;
    let after = async |after, limit| {
        sequences(&world.store.messages_after(Sequence::new(after), limit).await.unwrap())
    };
    assert_eq!(after(0, 3).await, [1, 2, 3]);
    assert_eq!(after(18, 100).await, [19, 20]);
    assert_eq!(after(20, 100).await, [0; 0]);
}
