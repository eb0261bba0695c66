use portico_core::AccountId;
use portico_core::Timestamp;
use portico_core::contact::{ContactAction, Relation};
use portico_core::engine::EngineError;
use portico_core::messaging::Event;
use portico_core::policy::Mode;

use crate::town::{Person, Town, enter, hear};

async fn seen(engine: &portico_core::engine::Engine, who: &Person) -> Vec<(String, Relation)> {
    let page = engine.roster(&who.visitor, None, 200).await.unwrap();
    page.people.into_iter().map(|person| (person.login, person.relation)).collect()
}

fn normal() -> Town {
    Town::new().with_front("normal", Mode::Normal, |_| {})
}

#[tokio::test]
async fn at_an_open_front_everybody_who_has_entered_is_seen() {
    let town = Town::new();
    let engine = town.start().await;
    let ann = enter(&engine, "open", "ann").await;
    assert!(seen(&engine, &ann).await.is_empty(), "not oneself, and not those who never came");
    enter(&engine, "open", "ben").await;
    assert_eq!(seen(&engine, &ann).await, [("ben".to_owned(), Relation::None)]);
}

#[tokio::test]
async fn at_a_normal_front_people_are_found_by_name_asked_and_then_seen() {
    let town = normal();
    let engine = town.start().await;
    let (ann, mut ben) = (enter(&engine, "normal", "ann").await, enter(&engine, "normal", "ben").await);
    assert!(seen(&engine, &ann).await.is_empty());
    assert!(matches!(engine.open_direct(&ann.visitor, ben.id()).await, Err(EngineError::NotFound)));
    let found = engine.find_people(&ann.visitor, "BEN").await.unwrap();
    engine.change_contact(&ann.visitor, found[0].id, ContactAction::Request).await.unwrap();
    let told = hear(&engine, &mut ben).await;
    assert!(told.iter().any(|event| matches!(event,
        Event::Person { person } if person.id == ann.id() && person.relation == Relation::RequestedByThem)));
    assert!(matches!(engine.open_direct(&ann.visitor, ben.id()).await, Err(EngineError::MayNotWrite(_))));
    engine.change_contact(&ben.visitor, ann.id(), ContactAction::Accept).await.unwrap();
    assert!(engine.open_direct(&ann.visitor, ben.id()).await.is_ok());
}

#[tokio::test]
async fn a_refusal_closes_a_conversation_at_once() {
    let town = Town::new();
    let engine = town.start().await;
    let (ann, ben) = (enter(&engine, "open", "ann").await, enter(&engine, "open", "ben").await);
    let place = crate::town::talk(&engine, &ann, &ben).await;
    engine.send(&ann.visitor, place, "before".into(), Some("b".into())).await.unwrap();
    engine.change_contact(&ben.visitor, ann.id(), ContactAction::Refuse).await.unwrap();
    let refused = engine.send(&ann.visitor, place, "hello?".into(), None).await;
    assert!(matches!(refused, Err(EngineError::MayNotWrite(_))));
    let again = engine.send(&ann.visitor, place, "before".into(), Some("b".into())).await;
    assert!(matches!(again, Ok((_, false))), "what was written before is still acknowledged");
    engine.change_contact(&ben.visitor, ann.id(), ContactAction::Remove).await.unwrap();
    assert!(engine.send(&ann.visitor, place, "hello!".into(), None).await.is_ok());
}

#[tokio::test]
async fn between_fronts_of_different_modes_the_stricter_wins() {
    let town = normal();
    let engine = town.start().await;
    let (ann, ben) = (enter(&engine, "open", "ann").await, enter(&engine, "normal", "ben").await);
    assert!(seen(&engine, &ann).await.is_empty());
    assert!(seen(&engine, &ben).await.is_empty());
    enter(&engine, "open", "ben").await;
    assert_eq!(seen(&engine, &ann).await.len(), 1, "ben has entered an open front as well");
}

#[tokio::test]
async fn nothing_crosses_communities() {
    let town = Town::new().with_front("other", Mode::OpenCommunity, |front| {
        front.community = portico_core::CommunityId::new("other").unwrap();
    });
    let engine = town.start().await;
    let (ann, ben) = (enter(&engine, "open", "ann").await, enter(&engine, "other", "ben").await);
    assert!(seen(&engine, &ann).await.is_empty());
    assert!(engine.find_people(&ann.visitor, "ben").await.unwrap().is_empty());
    assert!(matches!(engine.person(&ann.visitor, ben.id()).await, Err(EngineError::NotFound)));
    assert!(matches!(engine.open_direct(&ann.visitor, ben.id()).await, Err(EngineError::NotFound)));
}

#[tokio::test]
async fn strangers_and_oneself_are_no_partners() {
    let town = Town::new();
    let engine = town.start().await;
    let ann = enter(&engine, "open", "ann").await;
    let nobody = AccountId::generate(Timestamp::from_secs(1));
    assert!(matches!(engine.open_direct(&ann.visitor, nobody).await, Err(EngineError::NotFound)));
    assert!(matches!(engine.open_direct(&ann.visitor, ann.id()).await, Err(EngineError::Unacceptable(_))));
    let asked = engine.change_contact(&ann.visitor, nobody, ContactAction::Request).await;
    assert!(matches!(asked, Err(EngineError::NotFound)));
}

#[tokio::test]
async fn the_roster_comes_in_pages() {
    let town = Town::new();
    let engine = town.start().await;
    let ann = enter(&engine, "open", "ann").await;
    for name in ["ben", "cat", "dan", "eve", "fay"] {
        enter(&engine, "open", name).await;
    }
    let (mut after, mut names) = (None, Vec::new());
    loop {
        let page = engine.roster(&ann.visitor, after, 2).await.unwrap();
        names.extend(page.people.into_iter().map(|person| person.login));
        match page.next {
            Some(next) => after = Some(next),
            None => break,
        }
    }
    names.sort();
    assert_eq!(names, ["ben", "cat", "dan", "eve", "fay"]);
}
