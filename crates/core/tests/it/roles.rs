//! Roles of people and what holds at fronts, changed while people are here.

use std::sync::Arc;
use std::time::Duration;

use portico_core::CommunityId;
use portico_core::administration::{Actor, Right, Rights};
use portico_core::engine::EngineError;
use portico_core::front::{Front, Grantee, Limit, OptionOverrides, Role, RoleGrant};
use portico_core::messaging::Event;
use portico_core::policy::Mode;

use crate::town::{Town, at, enter, hear};

fn role(name: &str, max_contacts: u32) -> Arc<Role> {
    let mut options = OptionOverrides::default();
    options.max_contacts = Some(Limit::AtMost(max_contacts));
    Arc::new(Role { name: name.into(), options, enters_full_front: None })
}

fn town() -> Town {
    Town::new().with_front("one", Mode::OpenCommunity, |front| {
        front.options.max_contacts = Some(3);
        for role in [role("staff", 100), role("helper", 10)] {
            front.role_book.insert(role.name.clone(), role);
        }
    })
}

fn sessions_told(events: &[Event]) -> usize {
    events.iter().filter(|event| matches!(event, Event::Session {})).count()
}

#[tokio::test]
async fn a_role_holds_at_once_over_restarts_and_until_it_is_taken() {
    let (town, here) = (town(), CommunityId::default());
    let engine = town.start().await;
    let mut ann = enter(&engine, "one", "ann").await;
    let ben = enter(&engine, "one", "ben").await;
    assert_eq!(ann.visitor.options().max_contacts, Some(3));
    assert!(
        engine.grant_role(&Actor::command_line(), &Rights::all(), &here, ann.id(), "staff").await.unwrap()
    );
    assert!(
        !engine.grant_role(&Actor::command_line(), &Rights::all(), &here, ann.id(), "staff").await.unwrap()
    );
    assert_eq!(ann.visitor.options().max_contacts, Some(100));
    assert_eq!(ben.visitor.options().max_contacts, Some(3));
    assert!(sessions_told(&hear(&engine, &mut ann).await) > 0);

    let again = town.start().await;
    let woken = again.visit(&at(&again, "one"), &ann.token, None).await.unwrap();
    assert_eq!(woken.options().max_contacts, Some(100));
    assert_eq!(enter(&again, "one", "ann").await.visitor.options().max_contacts, Some(100));
    assert!(
        again.withdraw_role(&Actor::command_line(), &Rights::all(), &here, ann.id(), "staff").await.unwrap()
    );
    assert!(
        !again.withdraw_role(&Actor::command_line(), &Rights::all(), &here, ann.id(), "staff").await.unwrap()
    );
    assert_eq!(woken.options().max_contacts, Some(3));
}

#[tokio::test]
async fn only_roles_that_are_configured_are_given_and_only_to_members() {
    let (town, here) = (town(), CommunityId::default());
    let engine = town.start().await;
    let ann = enter(&engine, "one", "ann").await;
    let error =
        engine.grant_role(&Actor::command_line(), &Rights::all(), &here, ann.id(), "boss").await.unwrap_err();
    assert!(matches!(&error, EngineError::Unacceptable(why) if why.contains("helper, staff")), "{error}");
    let elsewhere = CommunityId::new("elsewhere").unwrap();
    assert!(
        engine
            .grant_role(&Actor::command_line(), &Rights::all(), &elsewhere, ann.id(), "staff")
            .await
            .is_err()
    );
}

fn changed(front: &Front, change: impl FnOnce(&mut Front)) -> Arc<Front> {
    let mut front = front.clone();
    change(&mut front);
    Arc::new(front)
}

#[tokio::test]
async fn what_holds_at_a_front_changes_while_people_are_here() {
    let engine = town().start().await;
    let mut ann = enter(&engine, "one", "ann").await;
    let mut elsewhere = enter(&engine, "open", "ben").await;
    let new = changed(&at(&engine, "one"), |front| front.options.max_contacts = Some(5));
    engine.replace_fronts(&[new]).await;
    let visitor = engine.visit(&at(&engine, "one"), &ann.token, None).await.unwrap();
    assert_eq!(visitor.options().max_contacts, Some(5));
    assert_eq!(sessions_told(&hear(&engine, &mut ann).await), 1);
    assert_eq!(sessions_told(&hear(&engine, &mut elsewhere).await), 0, "nothing changed there");
}

#[tokio::test]
async fn who_is_not_admitted_any_more_goes_at_once() {
    let engine = town().start().await;
    let ann = enter(&engine, "one", "ann").await;
    let new = changed(&at(&engine, "one"), |front| {
        front.require_groups = vec![portico_core::group::GroupSelector { realm: None, group: "Team".into() }];
    });
    engine.replace_fronts(&[new]).await;
    let gone = engine.visit(&at(&engine, "one"), &ann.token, None).await;
    assert!(matches!(gone, Err(EngineError::SessionEnded(_))), "{gone:?}");
}

#[tokio::test]
async fn open_polls_and_streams_end_when_maintenance_begins() {
    let engine = town().start().await;
    let ann = enter(&engine, "one", "ann").await;
    let poll = {
        let (engine, visitor, cursor) = (engine.clone(), ann.visitor.clone(), ann.cursor.clone());
        tokio::spawn(async move { engine.poll(&visitor, Some(&cursor), Duration::from_secs(50)).await })
    };
    let mut stream = engine.stream(ann.visitor.clone(), None).unwrap();
    let stream = tokio::spawn(async move { stream.next().await });
    tokio::time::sleep(Duration::from_millis(50)).await;
    assert!(!poll.is_finished() && !stream.is_finished());
    let begun = std::time::Instant::now();
    assert!(engine.set_maintenance(&at(&engine, "one").id, Some("back at noon".into())).await);
    assert!(poll.await.unwrap().unwrap().events.is_empty());
    assert!(stream.await.unwrap().unwrap().is_none());
    assert!(begun.elapsed() < Duration::from_secs(5));
    assert!(engine.set_maintenance(&at(&engine, "one").id, None).await);
    assert!(engine.visit(&at(&engine, "one"), &ann.token, None).await.is_ok(), "people stay logged in");
}

#[tokio::test]
async fn a_role_that_decides_over_reports_is_given_and_taken_by_who_may_decide_over_them() {
    let keeper = |name: &str, change: fn(&mut OptionOverrides)| {
        let mut options = OptionOverrides::default();
        change(&mut options);
        Arc::new(Role { name: name.into(), options, enters_full_front: None })
    };
    let town = town().with_front("one", Mode::OpenCommunity, |front| {
        let moderator = keeper("moderator", |options| options.moderator = Some(true));
        let alerted = keeper("alerted", |options| options.receive_alerts = Some(true));
        let quiet = keeper("quiet", |options| options.moderator = Some(false));
        let to = Grantee::Login { realm: None, login: "Cat".into() };
        front.roles = vec![RoleGrant { to, role: Arc::clone(&moderator) }];
        for role in [moderator, alerted, quiet] {
            front.role_book.insert(role.name.clone(), role);
        }
    });
    let (engine, here, by) = (town.start().await, CommunityId::default(), Actor::command_line());
    let (ann, ben) = (enter(&engine, "one", "ann").await, enter(&engine, "one", "ben").await);
    let clerk: Rights = [Right::Accounts].into_iter().collect();
    let judge: Rights = [Right::Accounts, Right::Moderation].into_iter().collect();
    for role in ["moderator", "alerted"] {
        let refused = engine.grant_role(&by, &clerk, &here, ann.id(), role).await;
        assert!(
            matches!(&refused, Err(EngineError::NotPermitted(why)) if why.contains("moderation")),
            "{refused:?}"
        );
        assert!(engine.grant_role(&by, &judge, &here, ann.id(), role).await.unwrap());
        let refused = engine.withdraw_role(&by, &clerk, &here, ann.id(), role).await;
        assert!(matches!(refused, Err(EngineError::NotPermitted(_))), "{refused:?}");
    }
    assert!(engine.grant_role(&by, &clerk, &here, ben.id(), "quiet").await.unwrap());

    let realm = portico_core::auth::Realm::new("fake").unwrap();
    let keeps = async |login: &str, account| engine.keeps_order(&realm, login, account).await.unwrap();
    assert!(keeps("ann", Some(ann.id())).await, "given");
    assert!(!keeps("ben", Some(ben.id())).await);
    assert!(keeps("cat", None).await, "by the login, before they have ever entered");
    let elsewhere = portico_core::auth::Realm::new("elsewhere").unwrap();
    assert!(!engine.keeps_order(&elsewhere, "cat", None).await.unwrap(), "nobody of there comes in here");
}
