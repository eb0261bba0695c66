use portico_core::ConversationId;
use portico_core::account::OwnMessages;
use portico_core::contact::Pair;
use portico_core::messaging::{Conversation, Sequence};

use crate::port_tests;
use crate::world::{
    NOW, World, assert_conflict, assert_inconsistent, at, community, main_community, message, new_account,
};

port_tests![
    a_pair_has_one_direct_conversation,
    parallel_openings_make_one_conversation,
    every_community_has_its_own_conversation_of_a_pair,
    an_id_belongs_to_one_conversation,
    a_conversation_needs_two_accounts,
    only_members_see_a_conversation,
    conversations_come_newest_first,
    the_list_is_paged,
    a_conversation_whose_newest_message_is_gone_keeps_its_place,
    a_view_shows_the_newest_message,
    the_read_mark_never_moves_back,
    marks_of_parallel_devices_end_at_the_latest,
    unread_are_the_messages_of_others_behind_the_mark,
    unread_are_counted_up_to_a_thousand,
];

async fn a_pair_has_one_direct_conversation(world: &World) {
    let (alice, bob) = (world.person("alice").await, world.person("bob").await);
    let id = ConversationId::generate(NOW);
    let pair = Pair::new(bob, alice).unwrap();
    let (made, new) = world.store.open_direct(&main_community(), pair, id, at(5)).await.unwrap();
    assert!(new);
    let wanted = Conversation {
        id,
        community: main_community(),
        group: None,
        conference: None,
        members: vec![pair.low(), pair.high()],
        created_at: at(5),
    };
    assert_eq!(made, wanted);
    let again = Pair::new(alice, bob).unwrap();
    let other_id = ConversationId::generate(NOW);
    let known = world.store.open_direct(&main_community(), again, other_id, at(9)).await.unwrap();
    assert_eq!(known, (made.clone(), false));
    assert_eq!(world.store.conversation(id).await.unwrap(), Some(made));
    assert_eq!(world.store.conversation(other_id).await.unwrap(), None);
}

async fn parallel_openings_make_one_conversation(world: &World) {
    let (alice, bob) = (world.person("alice").await, world.person("bob").await);
    let pair = Pair::new(alice, bob).unwrap();
    let openings = (0..32).map(|_| {
        let store = world.store.clone();
        let id = ConversationId::generate(NOW);
        tokio::spawn(async move { store.open_direct(&main_community(), pair, id, NOW).await.unwrap() })
    });
    let outcomes: Vec<_> =
        futures_util::future::join_all(openings).await.into_iter().map(Result::unwrap).collect();
    assert_eq!(outcomes.iter().filter(|(_, new)| *new).count(), 1);
    assert!(outcomes.iter().all(|(conversation, _)| *conversation == outcomes[0].0));
    let list = world.store.conversations(&main_community(), alice, None, 10).await.unwrap();
    assert_eq!(list.len(), 1);
}

async fn every_community_has_its_own_conversation_of_a_pair(world: &World) {
    let (alice, bob) = (world.person("alice").await, world.person("bob").await);
    let pair = Pair::new(alice, bob).unwrap();
    let here = world.talk(alice, bob).await;
    let id = ConversationId::generate(NOW);
    let (elsewhere, new) = world.store.open_direct(&community("other"), pair, id, NOW).await.unwrap();
    assert!(new && elsewhere.id != here);
    let list = world.store.conversations(&community("other"), alice, None, 10).await.unwrap();
    assert_eq!(list.iter().map(|view| view.conversation.id).collect::<Vec<_>>(), [id]);
}

async fn an_id_belongs_to_one_conversation(world: &World) {
    let people = world.people(3).await;
    let id = world.talk(people[0], people[1]).await;
    let other = Pair::new(people[0], people[2]).unwrap();
    assert_conflict(world.store.open_direct(&main_community(), other, id, NOW).await);
}

async fn a_conversation_needs_two_accounts(world: &World) {
    let alice = world.person("alice").await;
    let pair = Pair::new(alice, new_account("forum", "x", "x").id).unwrap();
    let id = ConversationId::generate(NOW);
    assert_inconsistent(world.store.open_direct(&main_community(), pair, id, NOW).await);
    assert_eq!(world.store.conversation(id).await.unwrap(), None);
}

async fn only_members_see_a_conversation(world: &World) {
    let people = world.people(3).await;
    let id = world.talk(people[0], people[1]).await;
    assert!(world.store.conversation_view(id, people[0]).await.unwrap().is_some());
    assert_eq!(world.store.conversation_view(id, people[2]).await.unwrap(), None);
    let unknown = ConversationId::generate(NOW);
    assert_eq!(world.store.conversation_view(unknown, people[0]).await.unwrap(), None);
    assert_eq!(world.store.conversations(&main_community(), people[2], None, 10).await.unwrap(), []);
}

/// Conversations of one person: the third and second have messages, the last ones none. In the order they are listed.
async fn some_conversations(world: &World) -> (portico_core::AccountId, Vec<ConversationId>) {
    let people = world.people(6).await;
    let me = people[0];
    let mut made = Vec::new();
    for &other in &people[1..] {
        made.push(world.talk(me, other).await);
    }
    let sent =
        [message(1, made[2], me, "x"), message(2, made[1], me, "y"), message(3, made[2], people[3], "z")];
    world.store.append(&sent).await.unwrap();
    let mut empty = vec![made[0], made[3], made[4]];
    empty.sort_unstable_by(|one, other| other.cmp(one));
    (me, [vec![made[2], made[1]], empty].concat())
}

async fn conversations_come_newest_first(world: &World) {
    let (me, order) = some_conversations(world).await;
    let list = world.store.conversations(&main_community(), me, None, 100).await.unwrap();
    assert_eq!(list.iter().map(|view| view.conversation.id).collect::<Vec<_>>(), order);
    let newest: Vec<_> =
        list.iter().map(|view| view.last_message.as_ref().map(|message| message.sequence.get())).collect();
    assert_eq!(newest, [Some(3), Some(2), None, None, None]);
    assert_eq!(list.iter().map(|view| view.unread).collect::<Vec<_>>(), [1, 0, 0, 0, 0]);
    assert!(list.iter().all(|view| view.conversation.has(me) && view.conversation.members.len() == 2));
}

async fn the_list_is_paged(world: &World) {
    let (me, order) = some_conversations(world).await;
    let (mut seen, mut after) = (Vec::new(), None);
    loop {
        let page = world.store.conversations(&main_community(), me, after, 2).await.unwrap();
        assert!(page.len() <= 2);
        let Some(last) = page.last() else { break };
        after = Some(last.place());
        seen.extend(page.iter().map(|view| view.conversation.id));
    }
    assert_eq!(seen, order);
}

async fn a_conversation_whose_newest_message_is_gone_keeps_its_place(world: &World) {
    let people = world.people(5).await;
    let me = people[0];
    let mut order = Vec::new();
    for (sequence, &other) in (1..).zip(&people[1..4]) {
        let talk = world.talk(me, other).await;
        world.store.append(&[message(sequence, talk, other, "hello")]).await.unwrap();
        order.insert(0, talk);
    }
    let empty = world.talk(me, people[4]).await;
    order.push(empty);
    // Before the last message of all, which would stay there without its text.
    world.store.begin_leaving(people[2], OwnMessages::Delete, NOW).await.unwrap();
    while !world.store.erase_some(people[2], 10).await.unwrap() {}
    for size in [1, 2, 3, 10] {
        let (mut seen, mut after) = (Vec::new(), None);
        loop {
            let page = world.store.conversations(&main_community(), me, after, size).await.unwrap();
            let Some(last) = page.last() else { break };
            after = Some(last.place());
            seen.extend(page.iter().map(|view| view.conversation.id));
        }
        assert_eq!(seen, order, "{size} at a time");
    }
    let view = world.store.conversation_view(order[1], me).await.unwrap().unwrap();
    assert_eq!((view.last_message, view.newest), (None, Sequence::new(2)));
    let mut talks = world.store.talks(&main_community(), me).await.unwrap();
    talks.sort_unstable_by_key(|talk| talk.id);
    let mut all = Vec::new();
    for id in &order {
        all.push(world.store.conversation(*id).await.unwrap().unwrap());
    }
    all.sort_unstable_by_key(|talk| talk.id);
    assert_eq!(talks, all);
    assert_eq!(world.store.talks(&community("other"), me).await.unwrap(), []);
}

async fn a_view_shows_the_newest_message(world: &World) {
    let (alice, bob) = (world.person("alice").await, world.person("bob").await);
    let id = world.talk(alice, bob).await;
    let empty = world.store.conversation_view(id, alice).await.unwrap().unwrap();
    assert_eq!((empty.last_message.clone(), empty.unread, empty.read_up_to), (None, 0, None));
    assert_eq!(Some(empty.conversation), world.store.conversation(id).await.unwrap());
    let newest = message(2, id, bob, "newest");
    world.store.append(&[message(1, id, bob, "older"), newest.clone()]).await.unwrap();
    let view = world.store.conversation_view(id, alice).await.unwrap().unwrap();
    assert_eq!((view.last_message, view.unread), (Some(newest), 2));
}

async fn the_read_mark_never_moves_back(world: &World) {
    let (alice, bob) = (world.person("alice").await, world.person("bob").await);
    let id = world.talk(alice, bob).await;
    let mark = async |upto| world.store.mark_read(id, alice, Sequence::new(upto)).await.unwrap();
    assert!(mark(5).await);
    assert!(!mark(5).await);
    assert!(!mark(4).await);
    assert!(mark(6).await);
    let view = world.store.conversation_view(id, alice).await.unwrap().unwrap();
    assert_eq!(view.read_up_to, Some(Sequence::new(6)));
    // The other one's mark is their own; strangers have none.
    assert_eq!(world.store.conversation_view(id, bob).await.unwrap().unwrap().read_up_to, None);
    let carol = world.person("carol").await;
    assert!(!world.store.mark_read(id, carol, Sequence::new(9)).await.unwrap());
    assert!(!world.store.mark_read(ConversationId::generate(NOW), alice, Sequence::new(9)).await.unwrap());
}

async fn marks_of_parallel_devices_end_at_the_latest(world: &World) {
    let (alice, bob) = (world.person("alice").await, world.person("bob").await);
    let id = world.talk(alice, bob).await;
    let marks = (1..=40).map(|upto| {
        let store = world.store.clone();
        tokio::spawn(async move { store.mark_read(id, alice, Sequence::new(upto * 7 % 41)).await.unwrap() })
    });
    futures_util::future::join_all(marks).await.into_iter().for_each(|moved| _ = moved.unwrap());
    let view = world.store.conversation_view(id, alice).await.unwrap().unwrap();
    assert_eq!(view.read_up_to, Some(Sequence::new(40)));
}

async fn unread_are_the_messages_of_others_behind_the_mark(world: &World) {
    let (alice, bob) = (world.person("alice").await, world.person("bob").await);
    let id = world.talk(alice, bob).await;
    let senders = [bob, alice, bob, bob, alice];
    let sent: Vec<_> =
        (1..).zip(senders).map(|(sequence, sender)| message(sequence, id, sender, "x")).collect();
    world.store.append(&sent).await.unwrap();
    let unread = async || world.store.conversation_view(id, alice).await.unwrap().unwrap().unread;
    assert_eq!(unread().await, 3);
    world.store.mark_read(id, alice, Sequence::new(3)).await.unwrap();
    assert_eq!(unread().await, 1);
    world.store.mark_read(id, alice, Sequence::new(5)).await.unwrap();
    assert_eq!(unread().await, 0);
    assert_eq!(world.store.conversation_view(id, bob).await.unwrap().unwrap().unread, 2);
}

async fn unread_are_counted_up_to_a_thousand(world: &World) {
    let (alice, bob) = (world.person("alice").await, world.person("bob").await);
    let id = world.talk(alice, bob).await;
    let sent: Vec<_> = (1..=1003).map(|sequence| message(sequence, id, bob, "x")).collect();
    world.store.append(&sent).await.unwrap();
    let unread = async || world.store.conversation_view(id, alice).await.unwrap().unwrap().unread;
    assert_eq!(unread().await, 1000);
    world.store.mark_read(id, alice, Sequence::new(4)).await.unwrap();
    assert_eq!(unread().await, 999);
}
