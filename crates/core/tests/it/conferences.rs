//! Conferences: nobody comes in uninvited, and everybody reads what was said while they were in.

use futures_util::future::join_all;
use portico_core::contact::ContactAction;
use portico_core::engine::{EngineError, NewReport};
use portico_core::messaging::{ConferenceRefusal, Event, Sequence};
use portico_core::{AccountId, ConversationId};

use crate::town::{Person, Town, enter, hear, say, texts};

type Running = std::sync::Arc<portico_core::engine::Engine>;

async fn open(engine: &Running, host: &Person, invite: &[AccountId]) -> ConversationId {
    engine.open_conference(&host.visitor, Some("plans"), invite).await.unwrap().view.conversation.id
}

async fn read(engine: &Running, who: &Person, place: ConversationId) -> Option<Vec<String>> {
    match engine.history(&who.visitor, place, None, 200).await {
        Ok(page) => Some(page.messages.into_iter().map(|message| message.text.clone()).collect()),
        Err(EngineError::NotFound) => None,
        Err(other) => panic!("{other}"),
    }
}

fn invitations(events: &[Event]) -> usize {
    events.iter().filter(|event| matches!(event, Event::Invitation { .. })).count()
}

#[tokio::test]
async fn who_is_invited_reads_nothing_before_they_accept_and_what_is_said_after_that() {
    let town = Town::new();
    let engine = town.start().await;
    let (ann, mut ben) = (enter(&engine, "open", "ann").await, enter(&engine, "open", "ben").await);
    let place = open(&engine, &ann, &[ben.id()]).await;
    say(&engine, &ann, place, "before").await;
    let told = hear(&engine, &mut ben).await;
    assert_eq!((invitations(&told), texts(&told).len()), (1, 0));
    assert_eq!(read(&engine, &ben, place).await, None);
    assert!(matches!(engine.send(&ben.visitor, place, "me".into(), None).await, Err(EngineError::NotFound)));
    let waiting = engine.conference_invitations(&ben.visitor).await.unwrap();
    assert_eq!((waiting.len(), waiting[0].people.len()), (1, 2));
    let info = engine.accept_conference(&ben.visitor, place).await.unwrap();
    assert!(info.view.last_message.is_none() && info.view.unread == 0 && info.may_write);
    assert_eq!(info.members.len(), 2);
    say(&engine, &ann, place, "after").await;
    assert_eq!(texts(&hear(&engine, &mut ben).await), ["after"]);
    assert_eq!(read(&engine, &ben, place).await, Some(vec!["after".to_owned()]));
    assert_eq!(read(&engine, &ann, place).await.map(|all| all.len()), Some(2));
    // A device that comes back after a restart gets no more than that either.
    let engine = town.start().await;
    let mut ben = enter(&engine, "open", "ben").await;
    ben.cursor = engine.poll(&ben.visitor, None, std::time::Duration::ZERO).await.unwrap().cursor;
    let listed = engine.conversations(&ben.visitor, None, 10).await.unwrap().conversations;
    assert_eq!(listed[0].view.unread, 1);
}

#[tokio::test]
async fn nobody_comes_in_uninvited_whatever_ids_they_know() {
    let town = Town::new();
    let engine = town.start().await;
    let (ann, ben, eve) = (
        enter(&engine, "open", "ann").await,
        enter(&engine, "open", "ben").await,
        enter(&engine, "open", "eve").await,
    );
    let place = open(&engine, &ann, &[ben.id()]).await;
    let eve_is_lost =
        |outcome: Result<(), EngineError>| assert!(matches!(outcome, Err(EngineError::NotFound)));
    eve_is_lost(engine.accept_conference(&eve.visitor, place).await.map(drop));
    eve_is_lost(engine.decline_conference(&eve.visitor, place).await);
    eve_is_lost(engine.leave_conference(&eve.visitor, place).await);
    eve_is_lost(engine.invite_to_conference(&eve.visitor, place, &[eve.id()]).await.map(drop));
    eve_is_lost(engine.remove_from_conference(&eve.visitor, place, ann.id()).await);
    eve_is_lost(engine.set_conference_topic(&eve.visitor, place, Some("mine")).await.map(drop));
    eve_is_lost(engine.conversation(&eve.visitor, place).await.map(drop));
    eve_is_lost(engine.send(&eve.visitor, place, "me".into(), None).await.map(drop));
    // Nor does the invited one do more than answer.
    eve_is_lost(engine.invite_to_conference(&ben.visitor, place, &[eve.id()]).await.map(drop));
    let direct = crate::town::talk(&engine, &ann, &ben).await;
    assert!(matches!(
        engine.invite_to_conference(&ann.visitor, direct, &[eve.id()]).await,
        Err(EngineError::NotPermitted(_))
    ));
}

#[tokio::test]
async fn who_was_put_out_hears_and_reads_nothing_more() {
    let town = Town::new();
    let engine = town.start().await;
    let (ann, mut ben, cat) = (
        enter(&engine, "open", "ann").await,
        enter(&engine, "open", "ben").await,
        enter(&engine, "open", "cat").await,
    );
    let place = open(&engine, &ann, &[ben.id(), cat.id()]).await;
    for person in [&ben, &cat] {
        engine.accept_conference(&person.visitor, place).await.unwrap();
    }
    let refused = engine.remove_from_conference(&cat.visitor, place, ben.id()).await;
    assert!(matches!(refused, Err(EngineError::Conference(ConferenceRefusal::NotHost))));
    say(&engine, &cat, place, "unread when ben goes").await;
    engine.remove_from_conference(&ann.visitor, place, ben.id()).await.unwrap();
    say(&engine, &ann, place, "without ben").await;
    let told = hear(&engine, &mut ben).await;
    assert_eq!(texts(&told), Vec::<&str>::new(), "what was not fetched in time is not shown any more");
    assert!(told.iter().any(|event| matches!(event, Event::ConversationGone { .. })));
    assert_eq!(read(&engine, &ben, place).await, None);
    let late = engine.send(&ben.visitor, place, "still here".into(), None).await;
    assert!(matches!(late, Err(EngineError::NotFound)));
    // The host's leaving makes the one who has been there longest the host, and the last one's closes it.
    engine.leave_conference(&ann.visitor, place).await.unwrap();
    let view = engine.conversation(&cat.visitor, place).await.unwrap().view;
    assert_eq!(view.conversation.conference.unwrap().host, cat.id());
    engine.leave_conference(&cat.visitor, place).await.unwrap();
    assert!(matches!(engine.conversation(&cat.visitor, place).await, Err(EngineError::NotFound)));
}

#[tokio::test]
async fn a_refusal_binds_but_a_third_person_may_bring_both_together() {
    let town = Town::new();
    let engine = town.start().await;
    let (ann, ben, cat) = (
        enter(&engine, "open", "ann").await,
        enter(&engine, "open", "ben").await,
        enter(&engine, "open", "cat").await,
    );
    engine.change_contact(&ben.visitor, ann.id(), ContactAction::Refuse).await.unwrap();
    let refused = engine.open_conference(&ann.visitor, None, &[ben.id(), cat.id()]).await;
    assert!(matches!(refused, Err(EngineError::MayNotWrite(_))), "{refused:?}");
    assert!(engine.conference_invitations(&cat.visitor).await.unwrap().is_empty(), "nothing was made");
    let place = open(&engine, &cat, &[ann.id(), ben.id()]).await;
    engine.accept_conference(&ann.visitor, place).await.unwrap();
    engine.accept_conference(&ben.visitor, place).await.unwrap();
    say(&engine, &ann, place, "hello all").await;
    assert_eq!(read(&engine, &ben, place).await, Some(vec!["hello all".to_owned()]));
}

#[tokio::test]
async fn the_limit_holds_when_many_are_invited_at_once() {
    let town = Town::new().with_front("small", portico_core::policy::Mode::OpenCommunity, |front| {
        front.options.max_conference_members = 3;
    });
    let engine = town.start().await;
    let ann = enter(&engine, "small", "ann").await;
    let mut others = Vec::new();
    for name in ["ben", "cat", "dan", "eve", "fay"] {
        others.push(enter(&engine, "small", name).await.id());
    }
    let too_many = engine.open_conference(&ann.visitor, None, &others).await;
    assert!(matches!(too_many, Err(EngineError::Conference(ConferenceRefusal::LimitReached { limit: 3 }))));
    let place = open(&engine, &ann, &others[..1]).await;
    let tries = (0..200).map(|number| {
        let one = [others[number % others.len()]];
        let (engine, ann) = (&engine, &ann);
        async move { engine.invite_to_conference(&ann.visitor, place, &one).await.map(drop) }
    });
    join_all(tries).await;
    let view = engine.conversation(&ann.visitor, place).await.unwrap().view;
    assert_eq!(view.conversation.conference.unwrap().size(), 3);
}

#[tokio::test]
async fn where_there_are_no_conferences_nobody_opens_one() {
    let town = Town::new().with_front("none", portico_core::policy::Mode::OpenCommunity, |front| {
        front.options.conferences = false;
    });
    let engine = town.start().await;
    let (ann, ben) = (enter(&engine, "none", "ann").await, enter(&engine, "open", "ben").await);
    let refused = engine.open_conference(&ann.visitor, None, &[ben.id()]).await;
    assert!(matches!(refused, Err(EngineError::NotPermitted(_))));
    let place = open(&engine, &ben, &[ann.id()]).await;
    assert!(matches!(engine.accept_conference(&ann.visitor, place).await, Err(EngineError::NotPermitted(_))));
}

#[tokio::test]
async fn what_was_said_before_one_came_can_not_be_reported() {
    let town = Town::new();
    let engine = town.start().await;
    let (ann, ben) = (enter(&engine, "open", "ann").await, enter(&engine, "open", "ben").await);
    let place = open(&engine, &ann, &[ben.id()]).await;
    let before = Sequence::new(say(&engine, &ann, place, "before").await);
    engine.accept_conference(&ben.visitor, place).await.unwrap();
    let after = Sequence::new(say(&engine, &ann, place, "after").await);
    let report =
        |message| engine.file_report(&ben.visitor, NewReport::Message(place, message), "spam".into());
    assert!(matches!(report(before).await, Err(EngineError::NotFound)));
    report(after).await.unwrap();
}

#[tokio::test]
async fn what_becomes_of_a_message_is_told_to_those_who_may_read_it() {
    let town = Town::new();
    let engine = town.start().await;
    let (ann, mut ben) = (enter(&engine, "open", "ann").await, enter(&engine, "open", "ben").await);
    let mut cat = enter(&engine, "open", "cat").await;
    let place = open(&engine, &ann, &[ben.id(), cat.id()]).await;
    engine.accept_conference(&ben.visitor, place).await.unwrap();
    let before = Sequence::new(say(&engine, &ann, place, "before").await);
    engine.accept_conference(&cat.visitor, place).await.unwrap();
    for reader in [&mut ben, &mut cat] {
        hear(&engine, reader).await;
    }
    engine.edit(&ann.visitor, place, before, "still before".into(), None).await.unwrap();
    engine.react(&ben.visitor, place, before, "👍", true).await.unwrap();
    let tells = |events: &[Event]| {
        let told = |event: &&Event| {
            matches!(event, Event::MessageChanged { .. } | Event::Reactions { .. } | Event::Message { .. })
        };
        events.iter().filter(told).count()
    };
    assert_eq!(tells(&hear(&engine, &mut ben).await), 2);
    assert_eq!(tells(&hear(&engine, &mut cat).await), 0, "what cat may not read is not told to cat");
}
