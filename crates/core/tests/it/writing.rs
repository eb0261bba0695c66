use futures_util::future::join_all;
use portico_core::engine::EngineError;
use portico_core::messaging::{SendFailure, Sequence};
use std::time::Duration;

use crate::town::{Town, enter, hear, say, talk, texts};

#[tokio::test]
async fn a_repeated_send_returns_the_original_and_another_text_conflicts() {
    let town = Town::new();
    let engine = town.start().await;
    let (ann, ben) = (enter(&engine, "open", "ann").await, enter(&engine, "open", "ben").await);
    let place = talk(&engine, &ann, &ben).await;
    let send = |text: &str| engine.send(&ann.visitor, place, text.to_owned(), Some("c1".into()));
    let (first, new) = send("one").await.unwrap();
    assert!(new);
    let (again, new) = send("one").await.unwrap();
    assert!(!new && again == first);
    assert!(matches!(send("two").await, Err(EngineError::Send(SendFailure::ClientIdConflict))));
    let (theirs, new) = engine.send(&ben.visitor, place, "one".into(), Some("c1".into())).await.unwrap();
    assert!(new && theirs.sequence != first.sequence, "client ids are the sender's own");
}

#[tokio::test]
async fn the_same_send_many_times_at_once_is_one_message() {
    let town = Town::new();
    let engine = town.start().await;
    let (ann, ben) = (enter(&engine, "open", "ann").await, enter(&engine, "open", "ben").await);
    let place = talk(&engine, &ann, &ben).await;
    let sends = (0..50).map(|_| engine.send(&ann.visitor, place, "once".into(), Some("c".into())));
    let answers: Vec<_> = join_all(sends).await.into_iter().map(Result::unwrap).collect();
    assert_eq!(answers.iter().filter(|(_, new)| *new).count(), 1);
    assert_eq!(engine.history(&ben.visitor, place, None, 200).await.unwrap().messages.len(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_commit_whose_answer_got_lost_is_acknowledged_once_it_is_found() {
    let town = Town::new();
    let engine = town.start().await;
    let (ann, mut ben) = (enter(&engine, "open", "ann").await, enter(&engine, "open", "ben").await);
    let place = talk(&engine, &ann, &ben).await;
    town.store.lose_next_answer();
    say(&engine, &ann, place, "one").await;
    say(&engine, &ann, place, "two").await;
    let history = engine.history(&ben.visitor, place, None, 50).await.unwrap().messages;
    assert_eq!(history.len(), 2);
    assert_eq!(texts(&hear(&engine, &mut ben).await), ["one", "two"]);
}

#[tokio::test(start_paused = true)]
async fn an_outage_of_the_store_is_told_and_ends_by_itself() {
    let town = Town::new();
    let engine = town.start().await;
    let (ann, mut ben) = (enter(&engine, "open", "ann").await, enter(&engine, "open", "ben").await);
    let place = talk(&engine, &ann, &ben).await;
    say(&engine, &ann, place, "before").await;
    town.store.set_available(false);
    let failed = engine.send(&ann.visitor, place, "during".into(), Some("d".into())).await;
    assert!(matches!(failed, Err(EngineError::Send(SendFailure::Unavailable))), "{failed:?}");
    town.store.set_available(true);
    engine.send(&ann.visitor, place, "during".into(), Some("d".into())).await.unwrap();
    assert_eq!(texts(&hear(&engine, &mut ben).await), ["before", "during"]);
}

#[tokio::test]
async fn times_never_decrease_though_the_clock_does() {
    let town = Town::new();
    let engine = town.start().await;
    let (ann, ben) = (enter(&engine, "open", "ann").await, enter(&engine, "open", "ben").await);
    let place = talk(&engine, &ann, &ben).await;
    say(&engine, &ann, place, "one").await;
    town.clock.set(portico_core::Timestamp::from_secs(1_000));
    say(&engine, &ann, place, "two").await;
    let engine = town.start().await;
    let ann = enter(&engine, "open", "ann").await;
    say(&engine, &ann, place, "three").await;
    let history = engine.history(&ann.visitor, place, None, 50).await.unwrap().messages;
    assert!(history.is_sorted_by_key(|message| message.sent_at));
}

#[tokio::test]
async fn history_is_paged_backwards() {
    let town = Town::new();
    let engine = town.start().await;
    let (ann, ben) = (enter(&engine, "open", "ann").await, enter(&engine, "open", "ben").await);
    let place = talk(&engine, &ann, &ben).await;
    for number in 1..=5 {
        say(&engine, &ann, place, &number.to_string()).await;
    }
    let page = |before: Option<i64>| engine.history(&ben.visitor, place, before.map(Sequence::new), 2);
    let newest = page(None).await.unwrap();
    assert_eq!(newest.messages.iter().map(|m| m.text.as_str()).collect::<Vec<_>>(), ["4", "5"]);
    assert!(newest.more);
    let last = page(Some(2)).await.unwrap();
    assert_eq!(last.messages.iter().map(|m| m.text.as_str()).collect::<Vec<_>>(), ["1"]);
    assert!(!last.more);
}

#[tokio::test]
async fn what_was_taken_is_written_before_the_writer_closes() {
    let town = Town::new();
    let engine = town.start().await;
    let (ann, ben) = (enter(&engine, "open", "ann").await, enter(&engine, "open", "ben").await);
    let place = talk(&engine, &ann, &ben).await;
    let sends: Vec<_> = (0..20)
        .map(|number| {
            let (engine, visitor) = (engine.clone(), ann.visitor.clone());
            tokio::spawn(async move { engine.send(&visitor, place, number.to_string(), None).await })
        })
        .collect();
    tokio::time::sleep(Duration::from_millis(5)).await;
    engine.shut_down().await;
    let acknowledged =
        join_all(sends).await.into_iter().filter(|send| send.as_ref().unwrap().is_ok()).count();
    let kept = town.start().await.history(&ben.visitor, place, None, 200).await.unwrap().messages.len();
    assert_eq!(kept, acknowledged);
    let late = engine.send(&ann.visitor, place, "late".into(), None).await;
    assert!(matches!(late, Err(EngineError::Send(SendFailure::ShuttingDown))));
}
