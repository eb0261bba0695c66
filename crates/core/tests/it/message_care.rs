//! Receipts, export, unwanted words, and the end of old messages.

use portico_core::account::PreferencesChange;
use portico_core::engine::{EngineError, Exported, SearchScope};
use portico_core::front::WordFilterAction;
use portico_core::messaging::{Event, Sequence};
use portico_core::moderation::WordFilter;
use portico_core::policy::{Mode, OfflineChoice};
use std::time::Duration;

use crate::town::{Town, at, enter, hear, say, talk};

type Told = (Option<i64>, Option<i64>);

fn receipts(events: &[Event]) -> Vec<Told> {
    let told = events.iter().filter_map(|event| match event {
        Event::Receipt { delivered_up_to, read_up_to, .. } => {
            Some((delivered_up_to.map(Sequence::get), read_up_to.map(Sequence::get)))
        }
        _ => None,
    });
    told.collect()
}

#[tokio::test]
async fn what_was_handed_to_a_device_is_delivered_and_what_was_read_is_read() {
    let town = Town::new();
    let engine = town.start().await;
    let (mut ann, mut ben) = (enter(&engine, "open", "ann").await, enter(&engine, "open", "ben").await);
    let place = talk(&engine, &ann, &ben).await;
    for number in 1..=3 {
        say(&engine, &ann, place, &number.to_string()).await;
    }
    hear(&engine, &mut ann).await;
    engine.tell_receipts();
    assert_eq!(receipts(&hear(&engine, &mut ann).await), [], "nobody has got anything yet");
    hear(&engine, &mut ben).await;
    engine.tell_receipts();
    assert_eq!(receipts(&hear(&engine, &mut ann).await), [(Some(3), None)], "three at once are one receipt");
    engine.mark_read(&ben.visitor, place, Sequence::new(2)).await.unwrap();
    engine.tell_receipts();
    engine.tell_receipts();
    assert_eq!(receipts(&hear(&engine, &mut ann).await), [(Some(3), Some(2))]);
    assert_eq!(receipts(&hear(&engine, &mut ben).await), [], "one's own are no news");
    // Written behind, and there again after a restart.
    engine.shut_down().await;
    let engine = town.start().await;
    let ann = enter(&engine, "open", "ann").await;
    let shown = engine.conversation(&ann.visitor, place).await.unwrap().receipts;
    assert_eq!(shown.len(), 1);
    assert_eq!(
        (shown[0].delivered_up_to, shown[0].read_up_to),
        (Some(Sequence::new(3)), Some(Sequence::new(2)))
    );
}

#[tokio::test]
async fn who_does_not_tell_what_they_read_is_not_told_either() {
    let town = Town::new();
    let engine = town.start().await;
    let (ann, ben) = (enter(&engine, "open", "ann").await, enter(&engine, "open", "ben").await);
    let place = talk(&engine, &ann, &ben).await;
    let silent = PreferencesChange { read_receipts: Some(false), ..PreferencesChange::default() };
    engine.change_preferences(&ben.visitor, silent).await.unwrap();
    say(&engine, &ann, place, "one").await;
    say(&engine, &ben, place, "two").await;
    engine.mark_read(&ben.visitor, place, Sequence::new(1)).await.unwrap();
    engine.mark_read(&ann.visitor, place, Sequence::new(2)).await.unwrap();
    for person in [&ann, &ben] {
        let receipt = engine.conversation(&person.visitor, place).await.unwrap().receipts[0];
        assert!(receipt.delivered_up_to.is_some() && receipt.read_up_to.is_none());
    }
    let open = PreferencesChange { read_receipts: Some(true), ..PreferencesChange::default() };
    engine.change_preferences(&ben.visitor, open).await.unwrap();
    let of_ben = engine.conversation(&ann.visitor, place).await.unwrap().receipts[0];
    assert_eq!(of_ben.read_up_to, None, "what was read unseen stays unseen");
}

#[tokio::test]
async fn an_idle_poll_asks_the_store_nothing() {
    let town = Town::new();
    let engine = town.start().await;
    let (ann, mut ben) = (enter(&engine, "open", "ann").await, enter(&engine, "open", "ben").await);
    let place = talk(&engine, &ann, &ben).await;
    say(&engine, &ann, place, "one").await;
    hear(&engine, &mut ben).await;
    engine.tell_receipts();
    hear(&engine, &mut ben).await;
    let before = town.store.calls();
    for _ in 0..5 {
        hear(&engine, &mut ben).await;
        engine.tell_receipts();
    }
    assert_eq!(town.store.calls(), before);
}

#[tokio::test]
async fn an_export_is_ones_own_and_one_at_a_time() {
    let town = Town::new();
    let engine = town.start().await;
    let (ann, ben, cat) = (
        enter(&engine, "open", "ann").await,
        enter(&engine, "open", "ben").await,
        enter(&engine, "open", "cat").await,
    );
    let (here, there) = (talk(&engine, &ann, &ben).await, talk(&engine, &ben, &cat).await);
    for number in 0..450 {
        say(&engine, &ann, here, &format!("here {number}")).await;
    }
    say(&engine, &cat, there, "there").await;
    let mut export = engine.export(ann.visitor.clone()).unwrap();
    assert!(matches!(engine.export(ann.visitor.clone()), Err(EngineError::Busy(_))));
    let other = engine.export(cat.visitor.clone()).unwrap();
    let (mut texts, mut ended) = (Vec::new(), false);
    while let Some(things) = export.next().await.unwrap() {
        assert!(things.len() <= 200, "in small steps");
        for thing in things {
            match thing {
                Exported::Message { message } => texts.push(message.text.clone()),
                Exported::End {} => ended = true,
                _ => {}
            }
        }
    }
    assert!(ended);
    let wanted: Vec<String> = (0..450).rev().map(|number| format!("here {number}")).collect();
    assert_eq!(texts, wanted);
    drop((export, other));
    assert!(engine.export(ann.visitor.clone()).is_ok());
}

#[tokio::test]
async fn messages_end_by_the_options_of_the_front_they_came_through() {
    let town = Town::new().with_front("short", Mode::OpenCommunity, |front| {
        front.options.message_retention = Some(Duration::from_secs(3600));
    });
    let engine = town.start().await;
    let (ann, ben) = (enter(&engine, "short", "ann").await, enter(&engine, "open", "ben").await);
    let place = talk(&engine, &ann, &ben).await;
    for number in 0..1_000 {
        say(&engine, &ann, place, &format!("old {number}")).await;
    }
    say(&engine, &ben, place, "through the other front").await;
    town.clock.advance(Duration::from_secs(3601));
    say(&engine, &ann, place, "young").await;
    engine.expire_messages().await;
    let left = engine.history(&ben.visitor, place, None, 50).await.unwrap().messages;
    let texts: Vec<_> = left.iter().map(|message| message.text.as_str()).collect();
    assert_eq!(texts, ["through the other front", "young"]);
    let before = town.store.calls();
    engine.expire_messages().await;
    assert!(town.store.calls() - before < 10, "what was looked at is not looked at again");
    // Unread for too long: by default after 90 days.
    engine.mark_read(&ann.visitor, place, left[0].sequence).await.unwrap();
    say(&engine, &ben, place, "the newest").await;
    town.clock.advance(Duration::from_secs(91 * 86_400));
    let ben = enter(&engine, "open", "ben").await;
    say(&engine, &ben, place, "today").await;
    engine.expire_messages().await;
    let left = engine.history(&ben.visitor, place, None, 50).await.unwrap().messages;
    let texts: Vec<_> = left.iter().map(|message| message.text.as_str()).collect();
    assert_eq!(texts, ["through the other front", "today"]);
}

#[tokio::test]
async fn unwanted_words_are_refused_where_the_front_says_so() {
    let town = Town::new().with_front("strict", Mode::OpenCommunity, |front| {
        front.options.word_filter_action = WordFilterAction::Refuse;
    });
    let engine = town.start().await;
    for front in ["open", "strict"] {
        engine.set_word_filter(&at(&engine, front).id, Some(WordFilter::parse("badger").unwrap()));
    }
    let (ann, ben) = (enter(&engine, "strict", "ann").await, enter(&engine, "open", "ben").await);
    let place = talk(&engine, &ann, &ben).await;
    let refused = engine.send(&ann.visitor, place, "a Badger".into(), None).await;
    assert!(matches!(refused, Err(EngineError::UnwantedWord(word)) if word == "Badger"));
    let (masked, _) = engine.send(&ben.visitor, place, "a Badger".into(), None).await.unwrap();
    assert_eq!(masked.text, "a ******");
    let message = say(&engine, &ann, place, "fine").await;
    let edit = engine.edit(&ann.visitor, place, Sequence::new(message), "badger".into(), None).await;
    assert!(matches!(edit, Err(EngineError::UnwantedWord(_))));
}

#[tokio::test]
async fn a_search_needs_words_and_a_conversation_of_ones_own() {
    let town = Town::new();
    let engine = town.start().await;
    let (ann, ben, cat) = (
        enter(&engine, "open", "ann").await,
        enter(&engine, "open", "ben").await,
        enter(&engine, "open", "cat").await,
    );
    let place = talk(&engine, &ann, &ben).await;
    for number in 0..5 {
        say(&engine, &ann, place, &format!("word {number}")).await;
    }
    let all = SearchScope::default();
    let page = engine.search(&ben.visitor, "word", all, 2).await.unwrap();
    assert_eq!((page.messages.len(), page.next), (2, Some(Sequence::new(4))));
    let last = SearchScope { before: Some(Sequence::new(2)), ..all };
    assert_eq!(engine.search(&ben.visitor, "word", last, 2).await.unwrap().next, None);
    assert!(engine.search(&cat.visitor, "word", all, 2).await.unwrap().messages.is_empty());
    let here = SearchScope { conversation: Some(place), ..all };
    assert!(matches!(engine.search(&cat.visitor, "word", here, 2).await, Err(EngineError::NotFound)));
    assert!(matches!(engine.search(&ben.visitor, "?!", all, 2).await, Err(EngineError::Unacceptable(_))));
}

#[tokio::test]
async fn whoever_takes_no_messages_while_offline_is_written_to_once_they_are_back() {
    let town = Town::new();
    let engine = town.start().await;
    let (ann, mut ben) = (enter(&engine, "open", "ann").await, enter(&engine, "open", "ben").await);
    let place = talk(&engine, &ann, &ben).await;
    let none =
        PreferencesChange { offline_messages: Some(OfflineChoice::None), ..PreferencesChange::default() };
    engine.change_preferences(&ben.visitor, none).await.unwrap();
    hear(&engine, &mut ben).await;
    say(&engine, &ann, place, "you are here").await;
    town.clock.advance(Duration::from_secs(120));
    engine.sweep_presence();
    let refused = engine.send(&ann.visitor, place, "are you there?".into(), None).await;
    assert!(matches!(refused, Err(EngineError::MayNotWrite(_))), "{refused:?}");
    hear(&engine, &mut ben).await;
    say(&engine, &ann, place, "welcome back").await;
}
