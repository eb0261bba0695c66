use std::time::Duration;

use portico_core::engine::{EngineError, FeedItem};
use portico_core::messaging::{Event, PresenceState};

use crate::town::{Town, at, enter, hear, resyncs, say, talk, texts};

#[tokio::test]
async fn a_message_reaches_an_open_poll_and_the_senders_other_device() {
    let town = Town::new();
    let engine = town.start().await;
    let (ann, ben) = (enter(&engine, "open", "ann").await, enter(&engine, "open", "ben").await);
    let mut anns_phone = enter(&engine, "open", "ann").await;
    let place = talk(&engine, &ann, &ben).await;
    let waiting = tokio::spawn({
        let engine = engine.clone();
        async move { engine.poll(&ben.visitor, Some(&ben.cursor), Duration::from_secs(30)).await.unwrap().events }
    });
    tokio::time::sleep(Duration::from_millis(20)).await;
    say(&engine, &ann, place, "hello").await;
    assert_eq!(texts(&waiting.await.unwrap()), ["hello"]);
    assert_eq!(texts(&hear(&engine, &mut anns_phone).await), ["hello"]);
}

#[tokio::test]
async fn an_idle_poll_asks_the_store_nothing() {
    let town = Town::new();
    let engine = town.start().await;
    let mut ann = enter(&engine, "open", "ann").await;
    hear(&engine, &mut ann).await;
    let before = town.store.calls();
    for _ in 0..20 {
        engine.visit(&at(&engine, "open"), &ann.token, None).await.unwrap();
        hear(&engine, &mut ann).await;
    }
    assert_eq!(town.store.calls(), before);
}

#[tokio::test]
async fn a_bogus_token_costs_no_look_into_the_store() {
    let town = Town::new();
    let engine = town.start().await;
    let before = town.store.calls();
    for token in ["", "x", &"A".repeat(64)] {
        let refused = engine.visit(&at(&engine, "open"), token, None).await;
        assert!(matches!(refused, Err(EngineError::SessionRequired)));
    }
    assert_eq!(town.store.calls(), before);
}

#[tokio::test]
async fn a_newer_poll_of_the_same_session_ends_the_older_one() {
    let town = Town::new();
    let engine = town.start().await;
    let ann = enter(&engine, "open", "ann").await;
    let older = tokio::spawn({
        let (engine, visitor, cursor) = (engine.clone(), ann.visitor.clone(), ann.cursor.clone());
        async move { engine.poll(&visitor, Some(&cursor), Duration::from_secs(50)).await }
    });
    tokio::time::sleep(Duration::from_millis(20)).await;
    engine.poll(&ann.visitor, Some(&ann.cursor), Duration::ZERO).await.unwrap();
    let ended = tokio::time::timeout(Duration::from_secs(2), older).await.unwrap().unwrap().unwrap();
    assert!(ended.events.is_empty());
}

#[tokio::test]
async fn a_session_that_ends_ends_its_polls_at_once_and_its_streams_too() {
    let town = Town::new();
    let engine = town.start().await;
    let ann = enter(&engine, "open", "ann").await;
    let poll = tokio::spawn({
        let (engine, visitor, cursor) = (engine.clone(), ann.visitor.clone(), ann.cursor.clone());
        async move { engine.poll(&visitor, Some(&cursor), Duration::from_secs(50)).await }
    });
    let mut stream = engine.stream(ann.visitor.clone(), Some(&ann.cursor)).unwrap();
    tokio::time::sleep(Duration::from_millis(20)).await;
    engine.log_out(&ann.visitor).await.unwrap();
    let ended = tokio::time::timeout(Duration::from_secs(2), poll).await.unwrap().unwrap();
    assert!(matches!(ended, Err(EngineError::SessionRequired)));
    assert!(stream.next().await.unwrap().is_none());
    assert!(engine.visit(&at(&engine, "open"), &ann.token, None).await.is_err());
}

#[tokio::test]
async fn a_stream_and_a_poll_understand_each_others_cursors() {
    let town = Town::new();
    let engine = town.start().await;
    let (ann, mut ben) = (enter(&engine, "open", "ann").await, enter(&engine, "open", "ben").await);
    let place = talk(&engine, &ann, &ben).await;
    say(&engine, &ann, place, "one").await;
    hear(&engine, &mut ben).await;
    let mut stream = engine.stream(ben.visitor.clone(), Some(&ben.cursor)).unwrap();
    say(&engine, &ann, place, "two").await;
    let Some(FeedItem::Events(events, cursor)) = stream.next().await.unwrap() else { panic!("no events") };
    assert_eq!(texts(&events), ["two"]);
    ben.cursor = cursor;
    say(&engine, &ann, place, "three").await;
    assert_eq!(texts(&hear(&engine, &mut ben).await), ["three"]);
}

#[tokio::test]
async fn after_a_restart_the_missed_messages_come_and_then_one_resync() {
    let town = Town::new();
    let engine = town.start().await;
    let (ann, mut ben) = (enter(&engine, "open", "ann").await, enter(&engine, "open", "ben").await);
    let place = talk(&engine, &ann, &ben).await;
    for text in ["one", "two"] {
        say(&engine, &ann, place, text).await;
    }
    let engine = town.start().await;
    ben.visitor = engine.visit(&at(&engine, "open"), &ben.token, None).await.unwrap();
    let events = hear(&engine, &mut ben).await;
    assert_eq!((texts(&events), resyncs(&events)), (vec!["one", "two"], 1));
    assert!(hear(&engine, &mut ben).await.is_empty(), "one resync, not one per poll");
}

#[tokio::test]
async fn a_mailbox_that_overflowed_loses_no_message() {
    let mut town = Town::new();
    town.settings.mailbox_capacity = 2;
    let engine = town.start().await;
    let (ann, mut ben) = (enter(&engine, "open", "ann").await, enter(&engine, "open", "ben").await);
    let place = talk(&engine, &ann, &ben).await;
    let sent: Vec<String> = (0..1200).map(|number| number.to_string()).collect();
    for text in &sent {
        say(&engine, &ann, place, text).await;
    }
    let mut heard: Vec<String> = Vec::new();
    loop {
        let events = hear(&engine, &mut ben).await;
        if events.is_empty() {
            break;
        }
        heard.extend(texts(&events).into_iter().map(str::to_owned));
    }
    assert_eq!(heard, sent);
}

#[tokio::test]
async fn coming_and_going_is_told_once_and_a_reconnect_is_not() {
    let town = Town::new();
    let engine = town.start().await;
    let mut ann = enter(&engine, "open", "ann").await;
    let ben = enter(&engine, "open", "ben").await;
    let states = |events: Vec<Event>| -> Vec<PresenceState> {
        let state = |event: &Event| match event {
            Event::Presence { account, presence } if *account == ben.id() => Some(presence.state),
            _ => None,
        };
        events.iter().filter_map(state).collect()
    };
    assert_eq!(states(hear(&engine, &mut ann).await), [PresenceState::Online]);
    town.clock.advance(Duration::from_secs(40));
    hear(&engine, &mut ann).await;
    engine.poll(&ben.visitor, Some(&ben.cursor), Duration::ZERO).await.unwrap();
    engine.sweep_presence();
    assert!(states(hear(&engine, &mut ann).await).is_empty());
    town.clock.advance(Duration::from_secs(46));
    hear(&engine, &mut ann).await;
    engine.sweep_presence();
    assert_eq!(states(hear(&engine, &mut ann).await), [PresenceState::Offline]);
}

#[tokio::test]
async fn reading_on_one_device_marks_the_others() {
    let town = Town::new();
    let engine = town.start().await;
    let (ann, ben) = (enter(&engine, "open", "ann").await, enter(&engine, "open", "ben").await);
    let mut bens_phone = enter(&engine, "open", "ben").await;
    let place = talk(&engine, &ann, &ben).await;
    let sequence = say(&engine, &ann, place, "one").await;
    hear(&engine, &mut bens_phone).await;
    let upto = portico_core::messaging::Sequence::new(sequence);
    engine.mark_read(&ben.visitor, place, upto).await.unwrap();
    engine.mark_read(&ben.visitor, place, upto).await.unwrap();
    let events = hear(&engine, &mut bens_phone).await;
    assert!(matches!(events.as_slice(), [Event::Read { message_id, .. }] if *message_id == upto));
}

#[tokio::test]
async fn open_polls_are_answered_when_the_server_is_about_to_stop() {
    let town = Town::new();
    let engine = town.start().await;
    let ann = enter(&engine, "open", "ann").await;
    let poll = tokio::spawn({
        let (engine, visitor, cursor) = (engine.clone(), ann.visitor.clone(), ann.cursor.clone());
        async move { engine.poll(&visitor, Some(&cursor), Duration::from_secs(50)).await }
    });
    tokio::time::sleep(Duration::from_millis(20)).await;
    engine.begin_shutdown();
    let answer = tokio::time::timeout(Duration::from_secs(2), poll).await.unwrap().unwrap().unwrap();
    assert_eq!(answer.cursor, ann.cursor);
}
