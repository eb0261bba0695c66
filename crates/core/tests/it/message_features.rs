use futures_util::future::join_all;
use portico_core::engine::{EngineError, Outgoing};
use portico_core::messaging::{ChangeRefusal, Event, SendFailure, Sequence, ShownMessage};
use std::time::Duration;

use crate::town::{Person, Town, enter, hear, resyncs, say, talk, texts};

fn changed(events: &[Event]) -> Vec<&ShownMessage> {
    let changes = events.iter().filter_map(|event| match event {
        Event::MessageChanged { message } => Some(message),
        _ => None,
    });
    changes.collect()
}

#[tokio::test]
async fn an_edit_is_told_to_both_and_keeps_the_messages_place() {
    let town = Town::new();
    let engine = town.start().await;
    let (mut ann, mut ben) = (enter(&engine, "open", "ann").await, enter(&engine, "open", "ben").await);
    let place = talk(&engine, &ann, &ben).await;
    let first = Sequence::new(say(&engine, &ann, place, "frist").await);
    say(&engine, &ben, place, "second").await;
    hear(&engine, &mut ben).await;
    let edited = engine.edit(&ann.visitor, place, first, "first".into(), None).await.unwrap();
    assert_eq!((edited.text.as_str(), edited.version, edited.sequence), ("first", 1, first));
    for person in [&mut ann, &mut ben] {
        let events = hear(&engine, person).await;
        assert_eq!(changed(&events)[0].text, "first");
    }
    let history = engine.history(&ben.visitor, place, None, 50).await.unwrap().messages;
    let shown: Vec<_> = history.iter().map(|message| message.text.as_str()).collect();
    assert_eq!(shown, ["first", "second"]);
}

#[tokio::test]
async fn only_who_wrote_a_message_edits_and_deletes_it_and_not_for_ever() {
    let town = Town::new();
    let engine = town.start().await;
    let (ann, ben, eve) = (
        enter(&engine, "open", "ann").await,
        enter(&engine, "open", "ben").await,
        enter(&engine, "open", "eve").await,
    );
    let place = talk(&engine, &ann, &ben).await;
    let message = Sequence::new(say(&engine, &ann, place, "mine").await);
    let edit = |who: &Person, client_id: Option<&str>| {
        let (engine, visitor, client_id) =
            (engine.clone(), who.visitor.clone(), client_id.map(str::to_owned));
        async move { engine.edit(&visitor, place, message, "other".into(), client_id).await }
    };
    assert!(matches!(edit(&ben, None).await, Err(EngineError::NotPermitted(_))));
    assert!(matches!(edit(&eve, None).await, Err(EngineError::NotFound)));
    let deletion = engine.delete_message(&ben.visitor, place, message).await;
    assert!(matches!(deletion, Err(EngineError::NotPermitted(_))));
    let versions = engine.message_versions(&ann.visitor, place, message).await;
    assert!(matches!(versions, Err(EngineError::NotPermitted(_))), "moderators only");
    edit(&ann, Some("e1")).await.unwrap();
    town.clock.advance(Duration::from_secs(15 * 60 + 1));
    assert!(matches!(edit(&ann, None).await, Err(EngineError::NotPermitted(_))));
    assert!(edit(&ann, Some("e1")).await.is_ok(), "what was acknowledged is acknowledged again");
    let deletion = engine.delete_message(&ann.visitor, place, message).await;
    assert!(matches!(deletion, Err(EngineError::NotPermitted(_))));
}

#[tokio::test]
async fn two_devices_that_edit_at_once_end_with_the_same_text() {
    let town = Town::new();
    let engine = town.start().await;
    let (ann, mut ben) = (enter(&engine, "open", "ann").await, enter(&engine, "open", "ben").await);
    let again = enter(&engine, "open", "ann").await;
    let place = talk(&engine, &ann, &ben).await;
    let message = Sequence::new(say(&engine, &ann, place, "zero").await);
    hear(&engine, &mut ben).await;
    let edits = (0..10).map(|number| {
        let device = if number % 2 == 0 { &ann.visitor } else { &again.visitor };
        engine.edit(device, place, message, format!("text {number}"), None)
    });
    for edit in join_all(edits).await {
        edit.unwrap();
    }
    let events = hear(&engine, &mut ben).await;
    let last = changed(&events).into_iter().max_by_key(|message| message.version).unwrap();
    let kept = engine.history(&ben.visitor, place, None, 50).await.unwrap().messages.pop().unwrap();
    assert_eq!((last.version, &last.text), (kept.version, &kept.text));
    assert_eq!(kept.version, 10);
}

#[tokio::test]
async fn a_deleted_message_keeps_its_place_without_its_text() {
    let town = Town::new();
    let engine = town.start().await;
    let (ann, mut ben) = (enter(&engine, "open", "ann").await, enter(&engine, "open", "ben").await);
    let place = talk(&engine, &ann, &ben).await;
    let message = Sequence::new(say(&engine, &ann, place, "secret").await);
    let outgoing = Outgoing { text: "what?".into(), reply_to: Some(message), ..Outgoing::default() };
    let (answer, _) = engine.send_message(&ben.visitor, place, outgoing).await.unwrap();
    assert_eq!(answer.reply_to.as_ref().unwrap().text, "secret");
    engine.delete_message(&ann.visitor, place, message).await.unwrap();
    engine.delete_message(&ann.visitor, place, message).await.unwrap();
    let events = hear(&engine, &mut ben).await;
    assert_eq!(changed(&events).len(), 1, "deleting again is no change");
    assert_eq!(changed(&events)[0].kind(), "deleted");
    let history = engine.history(&ben.visitor, place, None, 50).await.unwrap().messages;
    assert_eq!(history[0].text, "");
    let quote = history[1].reply_to.as_ref().unwrap();
    assert_eq!((quote.text.as_str(), quote.deleted), ("", true));
    let json = serde_json::to_value(&history[0]).unwrap().to_string();
    assert!(!json.contains("secret"));
    let edit = engine.edit(&ann.visitor, place, message, "back".into(), None).await;
    assert!(matches!(edit, Err(EngineError::Change(ChangeRefusal::Deleted))));
    let kept = portico_core::ports::MessageStore::message_versions(&town.store, message).await.unwrap();
    assert_eq!(kept[0].text, "secret");
}

#[tokio::test]
async fn a_send_that_is_repeated_after_an_edit_is_still_the_same_send() {
    let town = Town::new();
    let engine = town.start().await;
    let (ann, ben) = (enter(&engine, "open", "ann").await, enter(&engine, "open", "ben").await);
    let place = talk(&engine, &ann, &ben).await;
    let send = |text: &str| engine.send(&ann.visitor, place, text.to_owned(), Some("c1".into()));
    let (message, _) = send("one").await.unwrap();
    engine.edit(&ann.visitor, place, message.sequence, "two".into(), None).await.unwrap();
    let (again, new) = send("one").await.unwrap();
    assert_eq!((new, again.sequence, again.text.as_str()), (false, message.sequence, "two"));
    assert!(matches!(send("two").await, Err(EngineError::Send(SendFailure::ClientIdConflict))));
}

#[tokio::test]
async fn an_answer_needs_a_message_of_the_same_conversation() {
    let town = Town::new();
    let engine = town.start().await;
    let (ann, ben, cat) = (
        enter(&engine, "open", "ann").await,
        enter(&engine, "open", "ben").await,
        enter(&engine, "open", "cat").await,
    );
    let (here, there) = (talk(&engine, &ann, &ben).await, talk(&engine, &ann, &cat).await);
    let elsewhere = Sequence::new(say(&engine, &cat, there, "elsewhere").await);
    let long = Sequence::new(say(&engine, &ben, here, &"ü".repeat(500)).await);
    let answer = async |reply_to| {
        let outgoing = Outgoing { text: "yes".into(), reply_to: Some(reply_to), ..Outgoing::default() };
        engine.send_message(&ann.visitor, here, outgoing).await
    };
    for bad in [elsewhere, Sequence::new(999)] {
        assert!(matches!(answer(bad).await, Err(EngineError::Unacceptable(_))));
    }
    let (good, _) = answer(long).await.unwrap();
    let quote = good.reply_to.as_ref().unwrap();
    assert_eq!((quote.text.chars().count(), quote.sender), (200, Some(ben.id())));
    let edited = engine.edit(&ben.visitor, here, long, "short".into(), None).await.unwrap();
    assert_eq!(edited.version, 1);
    let history = engine.history(&ann.visitor, here, None, 50).await.unwrap().messages;
    assert_eq!(history[1].reply_to.as_ref().unwrap().text, "short", "a quote follows its original");
}

#[tokio::test]
async fn who_is_named_is_told_so_and_nobody_else() {
    let town = Town::new();
    let engine = town.start().await;
    let (mut ann, mut ben) = (enter(&engine, "open", "ann").await, enter(&engine, "open", "ben").await);
    let _cat = enter(&engine, "open", "cat").await;
    let place = talk(&engine, &ann, &ben).await;
    say(&engine, &ann, place, "@BEN and @\"cat\" and @ann, @all").await;
    let heard = |events: Vec<Event>| match events.into_iter().find(|e| matches!(e, Event::Message { .. })) {
        Some(Event::Message { message }) => message,
        _ => panic!("no message"),
    };
    let to_ben = heard(hear(&engine, &mut ben).await);
    assert!(to_ben.mentioned && !to_ben.mentions.all);
    let mut named = to_ben.mentions.accounts.clone();
    let mut wanted = vec![ann.id(), ben.id()];
    named.sort_unstable();
    wanted.sort_unstable();
    assert_eq!(named, wanted, "cat is not in the conversation");
    assert!(!heard(hear(&engine, &mut ann).await).mentioned, "nobody mentions themselves");
}

#[tokio::test]
async fn reactions_are_seen_by_both_and_are_each_ones_own() {
    let town = Town::new();
    let engine = town.start().await;
    let (ann, mut ben) = (enter(&engine, "open", "ann").await, enter(&engine, "open", "ben").await);
    let place = talk(&engine, &ann, &ben).await;
    let message = Sequence::new(say(&engine, &ann, place, "good?").await);
    hear(&engine, &mut ben).await;
    engine.react(&ann.visitor, place, message, "👍", true).await.unwrap();
    let events = hear(&engine, &mut ben).await;
    let json = serde_json::to_value(&events[0]).unwrap();
    assert_eq!(json["type"], "reactions");
    assert_eq!(json["version"], 1);
    assert_eq!(json["reactions"][0]["emoji"], "👍");
    assert_eq!(json["reactions"][0]["mine"], false);
    let mine = engine.react(&ben.visitor, place, message, "👍", true).await.unwrap();
    let json = serde_json::to_value(&mine).unwrap();
    assert_eq!((&json[0]["count"], &json[0]["mine"]), (&2.into(), &true.into()));
    engine.react(&ben.visitor, place, message, "👍", true).await.unwrap();
    assert_eq!(hear(&engine, &mut ben).await.len(), 1, "what was there already is no news");
    for bad in ["", "x", "👍👍"] {
        let refused = engine.react(&ben.visitor, place, message, bad, true).await;
        assert!(matches!(refused, Err(EngineError::Unacceptable(_))), "{bad}");
    }
}

#[tokio::test]
async fn a_draft_reaches_my_other_devices_and_nobody_elses() {
    let town = Town::new();
    let engine = town.start().await;
    let (mut ann, mut ben) = (enter(&engine, "open", "ann").await, enter(&engine, "open", "ben").await);
    let mut again = enter(&engine, "open", "ann").await;
    let place = talk(&engine, &ann, &ben).await;
    hear(&engine, &mut ann).await;
    hear(&engine, &mut again).await;
    engine.save_draft(&ann.visitor, place, "I wou".into(), None).await.unwrap();
    assert!(hear(&engine, &mut ann).await.is_empty(), "the device itself knows");
    let events = hear(&engine, &mut again).await;
    assert!(matches!(&events[0], Event::Draft { draft: Some(draft), .. } if draft.text == "I wou"));
    assert!(!hear(&engine, &mut ben).await.iter().any(|event| matches!(event, Event::Draft { .. })));
    let engine = town.start().await;
    let shown = engine.conversation(&enter(&engine, "open", "ann").await.visitor, place).await.unwrap();
    assert_eq!(shown.draft.unwrap().text, "I wou");
    assert_eq!(engine.conversation(&ben.visitor, place).await.unwrap().draft, None);
    engine.save_draft(&ann.visitor, place, String::new(), None).await.unwrap();
    assert_eq!(engine.conversation(&ann.visitor, place).await.unwrap().draft, None);
}

#[tokio::test]
async fn changes_that_fell_out_of_the_mailbox_are_one_resync() {
    let mut town = Town::new();
    town.settings.mailbox_capacity = 4;
    let engine = town.start().await;
    let (ann, mut ben) = (enter(&engine, "open", "ann").await, enter(&engine, "open", "ben").await);
    let place = talk(&engine, &ann, &ben).await;
    let message = Sequence::new(say(&engine, &ann, place, "0").await);
    hear(&engine, &mut ben).await;
    for number in 1..10 {
        engine.edit(&ann.visitor, place, message, number.to_string(), None).await.unwrap();
    }
    let events = hear(&engine, &mut ben).await;
    assert_eq!((resyncs(&events), texts(&events).len()), (1, 0));
    let history = engine.history(&ben.visitor, place, None, 50).await.unwrap().messages;
    assert_eq!(history[0].text, "9");
}
