//! Finding messages by their words, and the end of old ones.

use portico_core::AccountId;
use portico_core::messaging::{
    ChangeKind, Expiring, Expiry, Message, MessageChange, MessageSearch, SearchWords, Sequence,
};

use crate::message_features::{Talk, change, edit, react, talk};
use crate::port_tests;
use crate::world::{World, at, community, front, main_community, message, sequences};

port_tests![
    messages_are_found_by_all_their_words,
    only_ones_own_conversations_are_searched,
    a_search_is_narrowed_and_paged,
    what_was_edited_is_found_by_its_new_words_and_what_was_deleted_never,
    whatever_is_typed_the_database_understands,
    a_thousand_old_messages_go_in_small_steps_and_newer_ones_stay,
    what_nobody_has_read_goes_and_what_was_read_stays,
    the_newest_message_is_emptied_and_its_number_never_given_again,
];

fn search(account: AccountId, typed: &str) -> MessageSearch {
    MessageSearch {
        community: main_community(),
        account,
        words: SearchWords::of(typed).unwrap(),
        conversation: None,
        from: None,
        before: None,
        limit: 50,
    }
}

async fn found(world: &World, search: MessageSearch) -> Vec<i64> {
    sequences(&world.store.search_messages(&search).await.unwrap())
}

/// Alice talks with Bob (3 to 7) and Carol with Bob (8).
async fn library(world: &World) -> (Talk, AccountId) {
    let talk = talk(world).await;
    let carol = world.person("carol").await;
    let other = world.talk(carol, talk.bob).await;
    let texts = [
        "The quick brown fox",
        "a QUICK answer, please!",
        "foxes are quicker",
        "brown; quick",
        "see www.example.org/quick_fox",
    ];
    let mut sent: Vec<Message> =
        (3..).zip(texts).map(|(sequence, text)| message(sequence, talk.id, talk.alice, text)).collect();
    sent.push(message(8, other, carol, "the quick one is here as well"));
    world.store.append(&sent).await.unwrap();
    (talk, carol)
}

async fn messages_are_found_by_all_their_words(world: &World) {
    let (talk, _) = library(world).await;
    for (typed, wanted) in [
        ("answer", vec![4]),
        ("quick brown", vec![6, 3]),
        ("the fox", vec![3]),
        ("the", vec![3]),
        ("th", vec![3]),
        ("are fo", vec![5]),
        ("are", vec![5]),
        ("ar quick", vec![]),
        ("QUICK", vec![6, 5, 4, 3]),
        ("quick answer", vec![4]),
        ("a quick", vec![4]),
        ("quick a", vec![4]),
        ("fo quick", vec![]),
        ("nothing", vec![]),
    ] {
        let mut there = found(world, search(talk.alice, typed)).await;
        // An address may be one word to a database.
        there.retain(|sequence| *sequence != 7);
        assert_eq!(there, wanted, "{typed}");
    }
}

async fn only_ones_own_conversations_are_searched(world: &World) {
    let (talk, carol) = library(world).await;
    assert_eq!(found(world, search(carol, "quick")).await, [8]);
    assert!(found(world, search(talk.bob, "quick")).await.contains(&8));
    assert!(!found(world, search(talk.alice, "quick")).await.contains(&8));
    let stranger = world.person("dora").await;
    assert_eq!(found(world, search(stranger, "quick")).await, [0; 0]);
    let elsewhere = MessageSearch { community: community("other"), ..search(carol, "quick") };
    assert_eq!(found(world, elsewhere).await, [0; 0]);
}

async fn a_search_is_narrowed_and_paged(world: &World) {
    let (talk, carol) = library(world).await;
    let quick = || search(talk.bob, "quick");
    assert_eq!(found(world, MessageSearch { from: Some(carol), ..quick() }).await, [8]);
    let here = MessageSearch { conversation: Some(talk.id), limit: 2, ..quick() };
    let first = found(world, here.clone()).await;
    assert_eq!(first.len(), 2);
    let next = MessageSearch { before: Some(Sequence::new(first[1])), ..here };
    let second = found(world, next).await;
    assert!(second.iter().all(|sequence| *sequence < first[1]) && !second.is_empty());
    assert!(!first.contains(&8));
}

async fn what_was_edited_is_found_by_its_new_words_and_what_was_deleted_never(world: &World) {
    let talk = talk(world).await;
    assert_eq!(found(world, search(talk.bob, "one")).await, [1]);
    change(world, &edit(&talk, "uno", None)).await.unwrap();
    assert_eq!(found(world, search(talk.bob, "one")).await, [0; 0]);
    assert_eq!(found(world, search(talk.bob, "uno")).await, [1]);
    react(world, &talk, talk.bob, "👍", true).await.unwrap();
    assert_eq!(found(world, search(talk.bob, "uno")).await, [1]);
    change(world, &MessageChange { kind: ChangeKind::Delete, ..edit(&talk, "", None) }).await.unwrap();
    assert_eq!(found(world, search(talk.bob, "uno")).await, [0; 0]);
}

async fn whatever_is_typed_the_database_understands(world: &World) {
    let (talk, _) = library(world).await;
    for typed in [
        "fox\" OR \"x",
        "NEAR(quick fox)",
        "text:fox",
        "-fox",
        "+fox -quick",
        "fox*",
        "(((",
        "'; DROP TABLE messages; --",
        "%_%",
        "a & b | !c <-> d",
        "\\x\0",
        "fox:*",
        "😀 fox",
        "$1 ? :a",
        "ﬁne ²³ ½ ǅ",
        "日本語 テスト",
        "and or not",
        "AND",
    ] {
        if let Ok(words) = SearchWords::of(typed) {
            let search = MessageSearch { words, ..search(talk.alice, "x") };
            world.store.search_messages(&search).await.unwrap_or_else(|error| panic!("{typed}: {error}"));
        }
    }
    assert_eq!(world.store.history(talk.id, None, 50).await.unwrap().len(), 7);
}

fn expiry(which: Expiring, before: i64) -> Expiry {
    Expiry { front: front("im"), before: at(before), which, after: Sequence::START }
}

/// All steps of an expiry, as many messages at once: what is gone, and how many steps it took.
async fn expire_all(world: &World, mut expiry: Expiry, limit: usize) -> (Vec<i64>, usize) {
    let (mut gone, mut steps) = (Vec::new(), 0);
    loop {
        let step = world.store.expire(&expiry, limit).await.unwrap();
        steps += 1;
        assert!(step.gone.len() <= limit);
        gone.extend(step.gone.iter().map(|sequence| sequence.get()));
        assert!(step.upto >= expiry.after);
        expiry.after = step.upto;
        if !step.more {
            return (gone, steps);
        }
    }
}

async fn a_thousand_old_messages_go_in_small_steps_and_newer_ones_stay(world: &World) {
    let talk = talk(world).await;
    let sent: Vec<Message> = (3..=1100)
        .map(|sequence| {
            let plain = message(sequence, talk.id, talk.alice, &format!("text {sequence}"));
            if sequence % 10 == 0 { Message { front: front("other"), ..plain } } else { plain }
        })
        .collect();
    world.store.append(&sent).await.unwrap();
    change(world, &edit(&talk, "uno", None)).await.unwrap();
    react(world, &talk, talk.bob, "👍", true).await.unwrap();
    let (gone, steps) = expire_all(world, expiry(Expiring::All, 1001), 200).await;
    assert!(steps >= 5);
    let wanted: Vec<i64> = (1..=1000).filter(|sequence| *sequence < 3 || sequence % 10 != 0).collect();
    assert_eq!(gone, wanted);
    let left = sequences(&world.store.messages_after(Sequence::START, 2000).await.unwrap());
    let kept: Vec<i64> = (3..=1100).filter(|sequence| *sequence > 1000 || sequence % 10 == 0).collect();
    assert_eq!(left, kept);
    assert_eq!(world.store.message_versions(Sequence::new(1)).await.unwrap(), []);
    assert_eq!(world.store.reactions_by(talk.bob, &[Sequence::new(1)]).await.unwrap(), []);
    assert_eq!(found(world, search(talk.bob, "text 999")).await, [0; 0]);
    assert_eq!(found(world, search(talk.bob, "text 1005")).await, [1005]);
    let (again, _) = expire_all(world, expiry(Expiring::All, 1001), 200).await;
    assert_eq!(again, [0; 0]);
}

async fn what_nobody_has_read_goes_and_what_was_read_stays(world: &World) {
    let talk = talk(world).await;
    // 1 is Alice's, 2 is Bob's; then Alice writes 3 to 6, and Bob reads up to 4.
    let sent: Vec<Message> = (3..=6).map(|sequence| message(sequence, talk.id, talk.alice, "x")).collect();
    world.store.append(&sent).await.unwrap();
    world.store.append(&[message(7, talk.id, talk.bob, "new")]).await.unwrap();
    world.store.mark_read(talk.id, talk.bob, Sequence::new(4)).await.unwrap();
    let (gone, _) = expire_all(world, expiry(Expiring::NeverRead, 7), 3).await;
    assert_eq!(gone, [2, 5, 6], "what Alice has not read, and what Bob has not");
    assert_eq!(sequences(&world.store.history(talk.id, None, 10).await.unwrap()), [1, 3, 4, 7]);
}

async fn the_newest_message_is_emptied_and_its_number_never_given_again(world: &World) {
    let talk = talk(world).await;
    let (gone, _) = expire_all(world, expiry(Expiring::All, 100), 500).await;
    assert_eq!(gone, [1, 2]);
    assert_eq!(world.store.last_message().await.unwrap().unwrap().0, Sequence::new(2));
    let left = world.store.history(talk.id, None, 10).await.unwrap();
    assert_eq!((left.len(), left[0].text.as_str(), left[0].deleted_at.is_some()), (1, "", true));
    assert_eq!(found(world, search(talk.alice, "two")).await, [0; 0]);
    world.store.append(&[message(3, talk.id, talk.bob, "three")]).await.unwrap();
    let (gone, _) = expire_all(world, expiry(Expiring::All, 3), 500).await;
    assert_eq!(gone, [2], "once it is not the newest any more it goes");
}
