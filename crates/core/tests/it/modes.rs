//! Who sees, finds, asks and writes to whom at fronts of the four modes, and what happens when groups change.

use portico_core::AccountId;
use portico_core::auth::ExternalGroup;
use portico_core::contact::ContactAction;
use portico_core::engine::{Engine, EngineError};
use portico_core::front::{NewsPlace, NewsRule};
use portico_core::messaging::Event;
use portico_core::policy::{Mode, WriteRefusal};

use crate::town::{Person, Town, enter, hear, say, talk};

fn town(mode: Mode) -> Town {
    Town::new().with_front("open", mode, |_| {})
}

/// Puts somebody in these groups over there.
fn put_in(town: &Town, subject: &str, groups: &[&str]) {
    let group = |name: &&str| ExternalGroup {
        id: (*name).into(),
        name: (*name).into(),
        leader: false,
        built_in: false,
    };
    let groups: Vec<_> = groups.iter().map(group).collect();
    assert!(town.fake.change(subject, |person| person.identity.groups = Some(groups)));
}

async fn seen(engine: &Engine, who: &Person) -> Vec<String> {
    let mut after = None;
    let mut names = Vec::new();
    loop {
        let page = engine.roster(&who.visitor, after, 2).await.unwrap();
        names.extend(page.people.into_iter().map(|person| person.login));
        after = page.next;
        if after.is_none() {
            names.sort();
            return names;
        }
    }
}

async fn found(engine: &Engine, who: &Person, login: &str) -> bool {
    let exactly = engine.find_people(&who.visitor, login).await.unwrap();
    let partly = engine.search_people(&who.visitor, &login[..2]).await.unwrap();
    let listed = partly.iter().any(|person| person.login == login);
    assert_eq!(!exactly.is_empty(), listed, "both ways of finding find the same people");
    listed
}

async fn opens(engine: &Engine, who: &Person, with: AccountId) -> Result<(), String> {
    match engine.open_direct(&who.visitor, with).await {
        Ok(_) => Ok(()),
        Err(EngineError::NotFound) => Err("not found".into()),
        Err(EngineError::MayNotWrite(why)) => Err(why.as_str().unwrap_or("general").into()),
        Err(other) => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn in_a_group_community_those_who_share_a_group_are_there_and_nobody_else() {
    let town = town(Mode::GroupCommunity);
    put_in(&town, "0", &["Team", "Chess"]);
    put_in(&town, "1", &["Team", "Chess"]);
    put_in(&town, "2", &["Choir"]);
    let engine = town.start().await;
    let (ann, ben) = (enter(&engine, "open", "ann").await, enter(&engine, "open", "ben").await);
    let (cat, dan) = (enter(&engine, "open", "cat").await, enter(&engine, "open", "dan").await);
    assert_eq!(seen(&engine, &ann).await, ["ben"], "once, though they share two groups");
    assert_eq!(seen(&engine, &ben).await, ["ann"]);
    assert!(seen(&engine, &cat).await.is_empty() && seen(&engine, &dan).await.is_empty());
    assert!(found(&engine, &ann, "ben").await);
    assert!(!found(&engine, &ann, "cat").await && !found(&engine, &ann, "dan").await);
    assert_eq!(opens(&engine, &ann, ben.id()).await, Ok(()));
    for (who, whom) in [(&ann, &cat), (&ann, &dan), (&dan, &ann)] {
        assert_eq!(opens(&engine, who, whom.id()).await, Err("not found".into()));
        let asked = engine.change_contact(&who.visitor, whom.id(), ContactAction::Request).await;
        assert!(matches!(asked, Err(EngineError::NotFound)));
    }
    let shared = engine.person(&ann.visitor, ben.id()).await.unwrap().groups;
    assert_eq!(shared.len(), 2, "which of my groups they are in");
}

#[tokio::test]
async fn contacts_without_a_shared_group_open_nothing_in_a_group_community() {
    let town = town(Mode::GroupCommunity).with_front("normal", Mode::Normal, |_| {});
    put_in(&town, "0", &["Team"]);
    put_in(&town, "1", &["Choir"]);
    let engine = town.start().await;
    let (ann, ben) = (enter(&engine, "normal", "ann").await, enter(&engine, "normal", "ben").await);
    engine.change_contact(&ann.visitor, ben.id(), ContactAction::Request).await.unwrap();
    engine.change_contact(&ben.visitor, ann.id(), ContactAction::Accept).await.unwrap();
    assert_eq!(opens(&engine, &ann, ben.id()).await, Ok(()));
    let (ann, ben) = (enter(&engine, "open", "ann").await, enter(&engine, "open", "ben").await);
    assert!(seen(&engine, &ann).await.is_empty());
    assert_eq!(opens(&engine, &ann, ben.id()).await, Err("not found".into()));
}

#[tokio::test]
async fn whoever_leaves_the_last_shared_group_is_gone_at_once() {
    let town = town(Mode::GroupCommunity);
    put_in(&town, "0", &["Team"]);
    put_in(&town, "1", &["Team"]);
    let engine = town.start().await;
    let (mut ann, mut ben) = (enter(&engine, "open", "ann").await, enter(&engine, "open", "ben").await);
    let place = talk(&engine, &ann, &ben).await;
    say(&engine, &ann, place, "hello").await;
    let _ = (hear(&engine, &mut ann).await, hear(&engine, &mut ben).await);
    put_in(&town, "1", &[]);
    assert_eq!(engine.revalidate().await.changed, 1);
    let refused = engine.send(&ann.visitor, place, "still there?".into(), None).await;
    assert!(matches!(refused, Err(EngineError::MayNotWrite(WriteRefusal::NoSharedGroup))), "{refused:?}");
    assert!(seen(&engine, &ann).await.is_empty());
    let told = hear(&engine, &mut ann).await;
    assert!(told.iter().any(|event| matches!(event, Event::PersonGone { account } if *account == ben.id())));
    assert!(hear(&engine, &mut ben).await.iter().any(|event| matches!(event, Event::Resync {})));
    assert_eq!(
        engine.history(&ann.visitor, place, None, 10).await.unwrap().messages.len(),
        1,
        "what was said stays"
    );
    put_in(&town, "1", &["Team"]);
    engine.revalidate().await;
    say(&engine, &ann, place, "there again").await;
}

#[tokio::test]
async fn in_an_open_group_community_whoever_is_in_a_group_is_there_for_everybody() {
    let town = town(Mode::OpenGroupCommunity);
    put_in(&town, "0", &["Team"]);
    put_in(&town, "1", &["Choir"]);
    let engine = town.start().await;
    let (ann, ben) = (enter(&engine, "open", "ann").await, enter(&engine, "open", "ben").await);
    let loner = enter(&engine, "open", "cat").await;
    assert_eq!(seen(&engine, &ann).await, ["ben"]);
    assert_eq!(seen(&engine, &loner).await, ["ann", "ben"]);
    assert!(!found(&engine, &ann, "cat").await && found(&engine, &loner, "ann").await);
    assert_eq!(opens(&engine, &ann, ben.id()).await, Ok(()));
    assert_eq!(opens(&engine, &ann, loner.id()).await, Err("not found".into()));
    // Who is in no group can only be answered.
    let place = talk(&engine, &loner, &ann).await;
    let early = engine.send(&ann.visitor, place, "who is there?".into(), None).await;
    assert!(matches!(early, Err(EngineError::MayNotWrite(WriteRefusal::NotGrouped))), "{early:?}");
    assert!(!engine.conversation(&ann.visitor, place).await.unwrap().may_write);
    say(&engine, &loner, place, "may I join?").await;
    assert!(engine.conversation(&ann.visitor, place).await.unwrap().may_write);
    say(&engine, &ann, place, "welcome").await;
    engine.change_contact(&loner.visitor, ann.id(), ContactAction::Refuse).await.unwrap();
    let refused = engine.send(&ann.visitor, place, "and?".into(), None).await;
    assert!(matches!(refused, Err(EngineError::MayNotWrite(WriteRefusal::General))), "{refused:?}");
}

#[tokio::test]
async fn a_news_room_makes_no_neighbours() {
    let town = Town::new().with_front("open", Mode::GroupCommunity, |front| {
        let place = NewsPlace::Room("News".into());
        front.news = vec![NewsRule { authenticator: "fake".into(), forums: vec!["1".into()], place }];
    });
    let engine = town.start().await;
    let (ann, _ben) = (enter(&engine, "open", "ann").await, enter(&engine, "open", "ben").await);
    assert_eq!(engine.groups(&ann.visitor).await.unwrap().len(), 1, "both sit in the news room");
    assert!(seen(&engine, &ann).await.is_empty());
}

#[tokio::test]
async fn a_refused_person_asks_and_writes_in_no_mode_and_sees_no_presence() {
    for mode in Mode::ALL {
        let town = town(mode);
        for subject in ["0", "1"] {
            put_in(&town, subject, &["Team"]);
        }
        let engine = town.start().await;
        let (ann, ben) = (enter(&engine, "open", "ann").await, enter(&engine, "open", "ben").await);
        if mode == Mode::Normal {
            engine.change_contact(&ann.visitor, ben.id(), ContactAction::Request).await.unwrap();
            engine.change_contact(&ben.visitor, ann.id(), ContactAction::Accept).await.unwrap();
        }
        let place = talk(&engine, &ann, &ben).await;
        engine.change_contact(&ben.visitor, ann.id(), ContactAction::Refuse).await.unwrap();
        let seen = engine.person(&ann.visitor, ben.id()).await.unwrap();
        assert_eq!((seen.may.write, seen.may.request, seen.may.call), (false, false, false), "{mode:?}");
        assert_eq!(seen.presence.since, None, "{mode:?}");
        assert!(engine.change_contact(&ann.visitor, ben.id(), ContactAction::Request).await.is_err());
        assert_eq!(opens(&engine, &ann, ben.id()).await, Err("general".into()), "{mode:?}");
        assert!(engine.send(&ann.visitor, place, "why?".into(), None).await.is_err());
        let mine = engine.send(&ben.visitor, place, "because".into(), None).await;
        assert!(matches!(mine, Err(EngineError::MayNotWrite(WriteRefusal::YouRefuse))), "it binds both");
    }
}

#[tokio::test]
async fn an_open_front_may_leave_its_people_to_be_searched_for() {
    let town =
        Town::new().with_front("open", Mode::OpenCommunity, |front| front.options.list_everybody = false);
    let engine = town.start().await;
    let (ann, ben) = (enter(&engine, "open", "ann").await, enter(&engine, "open", "ben").await);
    assert!(seen(&engine, &ann).await.is_empty());
    assert!(found(&engine, &ann, "ben").await);
    engine.change_contact(&ann.visitor, ben.id(), ContactAction::Request).await.unwrap();
    assert_eq!(seen(&engine, &ann).await, ["ben"]);
}

#[tokio::test]
async fn sends_at_a_warm_front_of_groups_ask_the_store_for_nothing_but_the_message() {
    let town = town(Mode::GroupCommunity);
    put_in(&town, "0", &["Team"]);
    put_in(&town, "1", &["Team"]);
    let engine = town.start().await;
    let (ann, ben) = (enter(&engine, "open", "ann").await, enter(&engine, "open", "ben").await);
    let place = talk(&engine, &ann, &ben).await;
    say(&engine, &ann, place, "warm up").await;
    let before = town.store.calls();
    say(&engine, &ann, place, "now").await;
    assert_eq!(town.store.calls() - before, 1);
}
