//! Unwanted words, in everything that others read.

use portico_core::contact::{ContactAction, ContactChange, NotesChange};
use portico_core::engine::{AlertTo, Engine, EngineError, GroupForm};
use portico_core::front::WordFilterAction;
use portico_core::group::GroupKind;
use portico_core::moderation::WordFilter;
use portico_core::policy::Mode;
use std::sync::Arc;

use crate::town::{Person, Town, at, enter, talk};

const BAD: &str = "a badger";
const MASKED: &str = "a ******";

/// Two fronts with the same unwanted word: `open` masks it, `strict` refuses the text.
async fn running() -> Arc<Engine> {
    let mut town = Town::new();
    for (id, action) in [("open", WordFilterAction::Mask), ("strict", WordFilterAction::Refuse)] {
        town = town.with_front(id, Mode::OpenCommunity, |front| {
            front.options.word_filter_action = action;
            front.options.create_groups = true;
            front.options.shoutbox = true;
            front.options.alert_everybody = true;
            front.options.contact_nicknames = true;
        });
    }
    let engine = town.start().await;
    for front in ["open", "strict"] {
        engine.set_word_filter(&at(&engine, front).id, Some(WordFilter::parse("badger").unwrap()));
    }
    engine
}

/// Every kind of text that somebody writes for others, and how it is read after that.
async fn written(engine: &Arc<Engine>, who: &Person, other: &Person) -> Vec<(&'static str, Outcome)> {
    let me = &who.visitor;
    let mut all = Vec::new();
    let place = talk(engine, who, other).await;
    let sent = engine.send(me, place, BAD.into(), None).await;
    all.push(("message", sent.map(|(message, _)| message.text.clone())));
    let fine = engine.send(me, place, "fine".into(), None).await.unwrap().0.sequence;
    let edited = engine.edit(me, place, fine, BAD.into(), None).await;
    all.push(("edit", edited.map(|message| message.text.clone())));
    let form = |name: &str, topic: Option<&str>| GroupForm {
        name: name.into(),
        kind: GroupKind::Public,
        topic: topic.map(str::to_owned),
        managers_write: false,
    };
    let named = engine.make_group(me, form(BAD, None)).await;
    all.push(("name of a new group", named.map(|seen| seen.group.name)));
    let about = engine.make_group(me, form(&format!("One of {}", who.id()), Some(BAD))).await;
    all.push(("topic of a new group", about.map(|seen| seen.group.topic.unwrap_or_default())));
    let group = engine.make_group(me, form(&format!("Two of {}", who.id()), None)).await.unwrap().group.id;
    let topic = engine.edit_group(me, group, None, Some(Some(BAD)), None).await;
    all.push(("topic of a group", topic.map(|seen| seen.group.topic.unwrap_or_default())));
    let announced = engine.announce_in_group(me, group, BAD.into(), None).await;
    all.push(("announcement", announced.map(|(message, _)| message.text.clone())));
    let topic_of = |info: portico_core::engine::ConversationInfo| {
        info.view.conversation.conference.and_then(|conference| conference.topic).unwrap_or_default()
    };
    let opened = engine.open_conference(me, Some(BAD), &[other.id()]).await;
    all.push(("topic of a new conference", opened.map(topic_of)));
    let opened = engine.open_conference(me, None, &[other.id()]).await.unwrap().view.conversation.id;
    let changed = engine.set_conference_topic(me, opened, Some(BAD)).await;
    all.push(("topic of a conference", changed.map(topic_of)));
    let asked = engine.change_contact(me, other.id(), ContactChange::Ask(Some(BAD.into()))).await;
    all.push(("request", asked.map(|person| person.request_text.unwrap_or_default())));
    let alert = engine.alert(me, AlertTo::Everybody, BAD).await;
    let words = |text: String| text.lines().last().unwrap_or_default().to_owned();
    all.push(("alert", alert.map(|broadcast| words(broadcast.text))));
    all
}

type Outcome = Result<String, EngineError>;

#[tokio::test]
async fn everything_that_others_read_is_masked_or_refused() {
    let engine = running().await;
    let (ann, ben) = (enter(&engine, "open", "ann").await, enter(&engine, "open", "ben").await);
    for (what, outcome) in written(&engine, &ann, &ben).await {
        assert_eq!(outcome.unwrap(), MASKED, "{what}");
    }
    let (cat, dan) = (enter(&engine, "strict", "cat").await, enter(&engine, "strict", "dan").await);
    for (what, outcome) in written(&engine, &cat, &dan).await {
        assert!(matches!(outcome, Err(EngineError::UnwantedWord(_))), "{what}: {outcome:?}");
    }
}

#[tokio::test]
async fn what_is_noted_for_oneself_is_ones_own() {
    let engine = running().await;
    let (ann, ben) = (enter(&engine, "strict", "ann").await, enter(&engine, "strict", "ben").await);
    engine.change_contact(&ann.visitor, ben.id(), ContactAction::Request).await.unwrap();
    let notes = NotesChange {
        nickname: Some(Some(BAD.into())),
        group: Some(Some(BAD.into())),
        ..NotesChange::default()
    };
    let noted = engine.change_contact(&ann.visitor, ben.id(), ContactChange::Note(notes)).await.unwrap();
    assert_eq!((noted.nickname.as_deref(), noted.contact_group.as_deref()), (Some(BAD), Some(BAD)));
}
