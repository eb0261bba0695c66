use portico_core::messaging::{MAX_TEXT_BYTES, Message, Sequence};
use portico_core::{AccountId, ConversationId};

use crate::port_tests;
use crate::world::{
    NOW, World, assert_conflict, assert_inconsistent, at, front, main_community, message, sequences,
};

port_tests![
    a_message_is_read_as_it_was_written,
    texts_are_kept_to_the_byte,
    an_append_is_all_or_none,
    an_unknown_conversation_takes_nothing,
    a_client_id_is_used_once_per_sender_and_conversation,
    client_ids_are_compared_as_bytes,
    messages_without_a_client_id_are_never_repeats,
    client_ids_are_looked_up_together,
    large_batches_are_appended,
    parallel_appends_all_arrive,
    the_last_message_is_known,
];

struct Talk {
    id: ConversationId,
    alice: AccountId,
    bob: AccountId,
}

async fn talk(world: &World) -> Talk {
    let (alice, bob) = (world.person("alice").await, world.person("bob").await);
    Talk { id: world.talk(alice, bob).await, alice, bob }
}

fn with_client_id(message: Message, client_id: &str) -> Message {
    Message { client_id: Some(client_id.to_owned()), ..message }
}

async fn a_message_is_read_as_it_was_written(world: &World) {
    let talk = talk(world).await;
    let plain = message(41, talk.id, talk.alice, "hello");
    let full =
        Message { front: front("forum"), ..with_client_id(message(42, talk.id, talk.bob, "hi"), "c-1") };
    world.store.append(&[plain.clone(), full.clone()]).await.unwrap();
    assert_eq!(world.store.history(talk.id, None, 10).await.unwrap(), [plain.clone(), full.clone()]);
    assert_eq!(world.store.message(talk.id, plain.sequence).await.unwrap(), Some(plain));
    assert_eq!(world.store.messages_by_client(&[full.client_key().unwrap()]).await.unwrap(), [full]);
    world.store.append(&[]).await.unwrap();
}

async fn texts_are_kept_to_the_byte(world: &World) {
    let talk = talk(world).await;
    let texts = [
        "\u{1F600}\u{1F468}\u{200D}\u{1F469}\u{200D}\u{1F467}".to_owned(),
        "\u{1F680}".repeat(MAX_TEXT_BYTES / 4),
        "x".repeat(MAX_TEXT_BYTES),
        "  spaces around  \r\n\t".to_owned(),
        "e\u{301} is not é, \u{FEFF}\u{202E}\u{1}\u{7f}\u{10FFFF}".to_owned(),
        "' \" \\ ; -- % _ ? $1 :a \\0".to_owned(),
    ];
    for (sequence, text) in (1..).zip(&texts) {
        world.store.append(&[message(sequence, talk.id, talk.alice, text)]).await.unwrap();
    }
    let kept: Vec<_> = world
        .store
        .history(talk.id, None, 10)
        .await
        .unwrap()
        .into_iter()
        .map(|message| message.text)
        .collect();
    assert_eq!(kept, texts);
}

async fn an_append_is_all_or_none(world: &World) {
    let talk = talk(world).await;
    world.store.append(&[with_client_id(message(1, talk.id, talk.alice, "first"), "c-1")]).await.unwrap();
    let repeated_sequence = [message(2, talk.id, talk.bob, "new"), message(1, talk.id, talk.bob, "taken")];
    assert_conflict(world.store.append(&repeated_sequence).await);
    let repeated_client_id = [
        message(2, talk.id, talk.bob, "new"),
        with_client_id(message(3, talk.id, talk.alice, "again"), "c-1"),
    ];
    assert_conflict(world.store.append(&repeated_client_id).await);
    let repeated_among_themselves = [
        with_client_id(message(2, talk.id, talk.bob, "new"), "c-2"),
        with_client_id(message(3, talk.id, talk.bob, "again"), "c-2"),
    ];
    assert_conflict(world.store.append(&repeated_among_themselves).await);
    // Far apart, so that they are in different statements.
    let mut many: Vec<_> = (2..2000).map(|sequence| message(sequence, talk.id, talk.bob, "x")).collect();
    many.push(message(1, talk.id, talk.bob, "taken"));
    assert_conflict(world.store.append(&many).await);

    assert_eq!(sequences(&world.store.history(talk.id, None, 10).await.unwrap()), [1]);
    let view = world.store.conversation_view(talk.id, talk.bob).await.unwrap().unwrap();
    assert_eq!((view.place().last, view.unread), (Sequence::new(1), 1));
    assert_eq!(world.store.last_message().await.unwrap(), Some((Sequence::new(1), at(1))));
}

async fn an_unknown_conversation_takes_nothing(world: &World) {
    let talk = talk(world).await;
    let unknown = ConversationId::generate(NOW);
    let batch = [message(1, talk.id, talk.bob, "x"), message(2, unknown, talk.bob, "y")];
    assert_inconsistent(world.store.append(&batch).await);
    assert_eq!(world.store.last_message().await.unwrap(), None);
}

async fn a_client_id_is_used_once_per_sender_and_conversation(world: &World) {
    let talk = talk(world).await;
    let carol = world.person("carol").await;
    let other = world.talk(talk.alice, carol).await;
    let sent = [
        with_client_id(message(1, talk.id, talk.alice, "a"), "c"),
        with_client_id(message(2, talk.id, talk.bob, "b"), "c"),
        with_client_id(message(3, other, talk.alice, "c"), "c"),
    ];
    world.store.append(&sent).await.unwrap();
    assert_conflict(world.store.append(&[with_client_id(message(4, other, talk.alice, "d"), "c")]).await);
    for message in sent {
        let found = world.store.messages_by_client(&[message.client_key().unwrap()]).await.unwrap();
        assert_eq!(found, [message]);
    }
}

async fn client_ids_are_compared_as_bytes(world: &World) {
    let talk = talk(world).await;
    let longest = "\u{1F600}".repeat(16);
    let ids = ["a", "a ", "A", "á", "a\u{301}", " a", longest.as_str()];
    let sent: Vec<_> = (1..)
        .zip(ids)
        .map(|(sequence, id)| with_client_id(message(sequence, talk.id, talk.alice, id), id))
        .collect();
    world.store.append(&sent).await.unwrap();
    for message in sent {
        let found = world.store.messages_by_client(&[message.client_key().unwrap()]).await.unwrap();
        assert_eq!(found, [message]);
    }
}

async fn messages_without_a_client_id_are_never_repeats(world: &World) {
    let talk = talk(world).await;
    let sent: Vec<_> = (1..=5).map(|sequence| message(sequence, talk.id, talk.alice, "same")).collect();
    world.store.append(&sent).await.unwrap();
    assert_eq!(world.store.history(talk.id, None, 10).await.unwrap(), sent);
}

async fn client_ids_are_looked_up_together(world: &World) {
    let talk = talk(world).await;
    let sent: Vec<_> = (1..=450)
        .map(|sequence| with_client_id(message(sequence, talk.id, talk.alice, "x"), &format!("c-{sequence}")))
        .collect();
    world.store.append(&sent).await.unwrap();
    let mut keys: Vec<_> = sent.iter().filter_map(Message::client_key).collect();
    let mut strange = keys[0].clone();
    strange.client_id = "never sent".to_owned();
    keys.push(strange);
    keys.push(keys[0].clone());
    let mut found = world.store.messages_by_client(&keys).await.unwrap();
    found.sort_unstable_by_key(|message| message.sequence);
    assert_eq!(found, sent);
    assert_eq!(world.store.messages_by_client(&[]).await.unwrap(), []);
}

async fn large_batches_are_appended(world: &World) {
    let people = world.people(5).await;
    let mut talks = Vec::new();
    for &other in &people[1..] {
        talks.push(world.talk(people[0], other).await);
    }
    // 1,200 rows, and among them texts of 5 MB together.
    let long = "\u{1F680}".repeat(MAX_TEXT_BYTES / 4);
    let sent: Vec<_> = (1..=1200_i64)
        .map(|sequence| {
            let text = if sequence % 4 == 0 { long.as_str() } else { "short" };
            let place = usize::try_from(sequence).unwrap() % talks.len();
            message(sequence, talks[place], people[0], text)
        })
        .collect();
    world.store.append(&sent).await.unwrap();
    let read = world.store.messages_after(Sequence::START, 2000).await.unwrap();
    assert!(read == sent, "the batch is not what was written");
    let list = world.store.conversations(&main_community(), people[0], None, 10).await.unwrap();
    let newest: Vec<_> = list.iter().map(|view| view.place().last.get()).collect();
    assert_eq!(newest, [1200, 1199, 1198, 1197]);
}

async fn parallel_appends_all_arrive(world: &World) {
    let people = world.people(4).await;
    let mut talks = Vec::new();
    for &other in &people[1..] {
        talks.push((world.talk(people[0], other).await, other));
    }
    let mut appends = tokio::task::JoinSet::new();
    for number in 0..30_i64 {
        let (store, places, sender) = (world.store.clone(), talks.clone(), people[0]);
        appends.spawn(async move {
            // Every batch touches every conversation, in another order.
            let batch: Vec<_> = (0..3_i64)
                .map(|place| {
                    let (id, _) = places[usize::try_from((place + number) % 3).unwrap()];
                    message(number * 3 + place + 1, id, sender, "x")
                })
                .collect();
            store.append(&batch).await.unwrap();
        });
        let (store, (id, other)) = (world.store.clone(), talks[usize::try_from(number % 3).unwrap()]);
        appends.spawn(async move {
            store.mark_read(id, other, Sequence::new(number)).await.unwrap();
        });
    }
    while let Some(outcome) = appends.join_next().await {
        outcome.unwrap();
    }
    let all = world.store.messages_after(Sequence::START, 1000).await.unwrap();
    assert_eq!(sequences(&all), (1..=90).collect::<Vec<_>>());
}

async fn the_last_message_is_known(world: &World) {
    assert_eq!(world.store.last_message().await.unwrap(), None);
    let talk = talk(world).await;
    world
        .store
        .append(&[message(1, talk.id, talk.bob, "x"), message(7, talk.id, talk.bob, "y")])
        .await
        .unwrap();
    assert_eq!(world.store.last_message().await.unwrap(), Some((Sequence::new(7), at(7))));
}
