//! What moderators do leaves a line each; those who decide are told of what waits; clocks that go back; what upkeep trims.

use std::sync::Arc;
use std::time::Duration;

use portico_core::administration::{ActorKind, AuditEntry, AuditFilter, Decision, Place, Rights};
use portico_core::engine::{Engine, EngineError, EntryError, NewMute, NewReport, Verdict};
use portico_core::front::{Front, OptionOverrides, Role};
use portico_core::group::{GroupKind, NewGroup};
use portico_core::messaging::Sequence;
use portico_core::policy::Mode;
use portico_core::shoutbox::{ShoutRefusal, Wall};
use portico_core::testing::FakePerson;
use portico_core::{ConversationId, GroupId};

use crate::town::{NAMES, Person, Town, at, enter, hear, say, talk, texts, try_enter};

const MINUTE: Duration = Duration::from_secs(60);
const HOUR: Duration = Duration::from_secs(3600);

fn root() -> portico_core::administration::Actor {
    portico_core::administration::Actor::command_line()
}

async fn log(engine: &Engine) -> Vec<AuditEntry> {
    let filter = AuditFilter { limit: 1000, ..AuditFilter::default() };
    let mut all = engine.audit(&filter).await.unwrap();
    all.reverse();
    // How somebody comes by a role is told elsewhere.
    all.retain(|entry| entry.action != "role-given");
    all
}

async fn words(engine: &Engine) -> Vec<String> {
    log(engine).await.into_iter().map(|entry| entry.action).collect()
}

/// A front with the role `keeper`, which `change` says the options of.
fn with_keeper(front: &mut Front, change: impl FnOnce(&mut OptionOverrides)) {
    let mut options = OptionOverrides::default();
    change(&mut options);
    let role = Arc::new(Role { name: "keeper".into(), options, enters_full_front: None });
    front.role_book.insert(role.name.clone(), role);
}

async fn keep(engine: &Engine, who: &Person) {
    engine.grant_role(&root(), &Rights::all(), who.visitor.community(), who.id(), "keeper").await.unwrap();
}

fn moderated() -> Town {
    Town::new().with_front("open", Mode::OpenCommunity, |front| {
        with_keeper(front, |options| options.moderator = Some(true));
        front.options.shoutbox = true;
        front.options.create_groups = true;
    })
}

async fn group_of(town: &Town, who: &Person) -> (GroupId, ConversationId) {
    let new = NewGroup {
        id: GroupId::generate(town.clock_now()),
        room: ConversationId::generate(town.clock_now()),
        community: who.visitor.community().clone(),
        name: "club".into(),
        kind: GroupKind::Public,
        topic: None,
        managers_write: false,
        creator: Some(who.id()),
        limit: None,
        now: town.clock_now(),
    };
    let made = portico_core::ports::LocalGroupStore::create_group(&town.store, &new).await.unwrap().unwrap();
    (made.id, made.room)
}

#[tokio::test]
async fn whoever_deletes_anothers_message_leaves_a_line_and_ones_own_none() {
    let town = moderated();
    let engine = town.start().await;
    let (ann, ben) = (enter(&engine, "open", "ann").await, enter(&engine, "open", "ben").await);
    let (group, room) = group_of(&town, &ann).await;
    engine.join_group(&ben.visitor, group).await.unwrap();
    let mine = Sequence::new(say(&engine, &ben, room, "mine").await);
    let rude = Sequence::new(say(&engine, &ben, room, "rude").await);
    let rude_too = Sequence::new(say(&engine, &ann, room, "rude too").await);
    engine.delete_message(&ben.visitor, room, mine).await.unwrap();
    assert!(words(&engine).await.is_empty(), "one's own");
    assert!(matches!(
        engine.delete_message(&ben.visitor, room, rude_too).await,
        Err(EngineError::NotPermitted(_))
    ));
    for _ in 0..2 {
        engine.delete_message(&ann.visitor, room, rude).await.unwrap();
    }
    keep(&engine, &ben).await;
    engine.delete_message(&ben.visitor, room, rude_too).await.unwrap();
    let log = log(&engine).await;
    let told: Vec<_> = log
        .iter()
        .map(|line| (line.action.as_str(), line.actor.kind, line.actor.name.as_str(), line.actor.id))
        .collect();
    assert_eq!(
        told,
        [
            ("message-removed", ActorKind::Person, "ann", Some(ann.id())),
            ("message-removed", ActorKind::Moderator, "ben", Some(ben.id())),
        ]
    );
    assert_eq!(log[0].before.as_ref().unwrap()["sender"], ben.id().to_string());
    assert!(!format!("{log:?}").contains("rude"), "no text of a message");
}

#[tokio::test]
async fn whoever_reads_what_a_message_was_leaves_a_line() {
    let town = moderated();
    let engine = town.start().await;
    let (ann, ben) = (enter(&engine, "open", "ann").await, enter(&engine, "open", "ben").await);
    let cat = enter(&engine, "open", "cat").await;
    keep(&engine, &cat).await;
    let place = talk(&engine, &ann, &ben).await;
    let message = Sequence::new(say(&engine, &ben, place, "an insult").await);
    engine.edit(&ben.visitor, place, message, "a compliment".into(), None).await.unwrap();
    let report = NewReport::Message(place, message);
    let id = engine.file_report(&ann.visitor, report, "insults".into()).await.unwrap();
    // Whoever handles the report reads what it was, though not a member; others don't.
    assert!(matches!(engine.reported_texts_here(&ann.visitor, id).await, Err(EngineError::NotPermitted(_))));
    assert!(matches!(
        engine.message_versions(&cat.visitor, place, message).await,
        Err(EngineError::NotFound)
    ));
    assert!(words(&engine).await.is_empty(), "what was refused was not done");
    for by_moderator in [true, false] {
        let found = match by_moderator {
            true => engine.reported_texts_here(&cat.visitor, id).await.unwrap(),
            false => engine.reported_texts(&root(), id).await.unwrap(),
        };
        assert_eq!(found.iter().map(|one| one.text.as_str()).collect::<Vec<_>>(), ["an insult"]);
    }
    keep(&engine, &ann).await;
    engine.message_versions(&ann.visitor, place, message).await.unwrap();
    let log = log(&engine).await;
    let told: Vec<_> = log.iter().map(|line| (line.action.as_str(), line.actor.name.as_str())).collect();
    let read = "message-history-read";
    assert_eq!(told, [(read, "cat"), (read, "command line"), (read, "ann")]);
    assert_eq!(log[0].after.as_ref().unwrap()["report"], id.to_string());
    assert!(!format!("{log:?}").contains("insult"), "no text of a message");
    let about_ben =
        engine.file_report(&ann.visitor, NewReport::Account(ben.id()), "rude".into()).await.unwrap();
    assert!(matches!(engine.reported_texts(&root(), about_ben).await, Err(EngineError::NotFound)));
}

#[tokio::test]
async fn a_message_that_is_removed_by_a_report_leaves_one_line_with_the_decision_beside_it() {
    let town = moderated();
    let engine = town.start().await;
    let (ann, ben) = (enter(&engine, "open", "ann").await, enter(&engine, "open", "ben").await);
    let place = talk(&engine, &ann, &ben).await;
    let message = Sequence::new(say(&engine, &ben, place, "rude").await);
    let report = NewReport::Message(place, message);
    let id = engine.file_report(&ann.visitor, report, "rude".into()).await.unwrap();
    let verdict = Verdict { decision: Decision::RemoveMessage, text: None, until: None };
    engine.decide_report(&root(), id, verdict).await.unwrap();
    assert_eq!(words(&engine).await, ["message-removed", "report-decided"]);
    // Removed already: nothing was done, so nothing is written down.
    engine.remove_any_message(&root(), place, message).await.unwrap();
    assert_eq!(words(&engine).await.len(), 2);
}

#[tokio::test]
async fn of_two_who_decide_at_once_one_does_and_the_other_is_told() {
    for first in [Decision::Mute, Decision::RemoveMessage] {
        let town = moderated();
        let engine = town.start().await;
        let (ann, ben) = (enter(&engine, "open", "ann").await, enter(&engine, "open", "ben").await);
        let place = talk(&engine, &ann, &ben).await;
        let message = Sequence::new(say(&engine, &ben, place, "rude").await);
        let report = NewReport::Message(place, message);
        let id = engine.file_report(&ann.visitor, report, "rude".into()).await.unwrap();
        let (cat, dan) = (enter(&engine, "open", "cat").await, enter(&engine, "open", "dan").await);
        keep(&engine, &cat).await;
        keep(&engine, &dan).await;
        let second = if first == Decision::Mute { Decision::RemoveMessage } else { Decision::Mute };
        let verdict = |decision| Verdict { decision, text: None, until: None };
        // Both have read the report while it was open.
        let (one, other) = tokio::join!(
            engine.decide_here(&cat.visitor, id, verdict(first)),
            engine.decide_here(&dan.visitor, id, verdict(second)),
        );
        let closed = one.unwrap().report.closed.unwrap();
        assert_eq!((closed.decision, closed.by.as_str()), (first, "cat"));
        assert!(
            matches!(&other, Err(EngineError::Conflict(why)) if why.contains(first.as_str()) && why.contains("cat")),
            "{other:?}"
        );
        let done = if first == Decision::Mute { "muted" } else { "message-removed" };
        assert_eq!(words(&engine).await, [done, "report-decided"], "the second did nothing");
        let gone =
            engine.history(&ann.visitor, place, None, 10).await.unwrap().messages[0].deleted_at.is_some();
        assert_eq!(gone, first == Decision::RemoveMessage);
    }
}

/// The texts of the alerts that somebody heard.
async fn alerts(engine: &Engine, who: &mut Person) -> Vec<String> {
    engine.tell_what_waits().await;
    engine.deliver_broadcasts().await.unwrap();
    let events = hear(engine, who).await;
    texts(&events).into_iter().map(str::to_owned).collect()
}

#[tokio::test]
async fn those_who_decide_are_told_of_reports_and_a_flood_is_one_alert() {
    let town = Town::new()
        .with_front("open", Mode::OpenCommunity, |front| {
            front.title = "The Chat".into();
            with_keeper(front, |options| options.receive_alerts = Some(true));
        })
        .with_front("other", Mode::OpenCommunity, |_| {});
    let engine = town.start().await;
    let mut keeper = enter(&engine, "open", "ann").await;
    let mut chief = enter(&engine, "other", "ben").await;
    let mut nobody = enter(&engine, "open", "cat").await;
    keep(&engine, &keeper).await;
    let rights = Rights::from_words("moderation").unwrap();
    let none = Rights::default();
    engine.set_rights(&root(), &Rights::all(), chief.id(), &none, rights).await.unwrap();
    let before = words(&engine).await;
    let one = "1 new report waits for a decision at The Chat (/open/).";
    let reporter = enter(&engine, "open", "dan").await;
    engine.file_report(&reporter.visitor, NewReport::Account(nobody.id()), "rude".into()).await.unwrap();
    assert_eq!(alerts(&engine, &mut keeper).await, [one]);
    assert_eq!(alerts(&engine, &mut chief).await, [one], "administrators wherever they are");
    for name in ["eve", "fay"] {
        let other = enter(&engine, "open", name).await;
        for person in [&keeper, &nobody] {
            engine.file_report(&other.visitor, NewReport::Account(person.id()), "rude".into()).await.unwrap();
        }
    }
    assert!(alerts(&engine, &mut keeper).await.is_empty(), "not before the pause is over");
    town.clock.advance(10 * MINUTE);
    town.store.set_available(false);
    engine.tell_what_waits().await;
    town.store.set_available(true);
    let four = "4 new reports wait for a decision at The Chat (/open/).";
    assert_eq!(alerts(&engine, &mut keeper).await, [four]);
    town.clock.advance(10 * MINUTE);
    assert!(alerts(&engine, &mut keeper).await.is_empty(), "told once");
    assert!(alerts(&engine, &mut nobody).await.is_empty());
    assert_eq!(words(&engine).await, before, "nobody has acted");
    // Who receives alerts at this front is not told of the other one's.
    let elsewhere = enter(&engine, "other", "eve").await;
    engine.file_report(&elsewhere.visitor, NewReport::Account(chief.id()), "rude".into()).await.unwrap();
    assert!(alerts(&engine, &mut keeper).await.is_empty());
}

#[tokio::test]
async fn waiting_accounts_and_shouts_are_told_of_where_the_front_says_so() {
    for told in [true, false] {
        let town = Town::new().with_front("open", Mode::OpenCommunity, |front| {
            with_keeper(front, |options| options.receive_alerts = Some(true));
            front.options.alert_of_waiting = told;
            front.options.shoutbox = true;
            front.options.shout_approval = true;
        });
        let engine = town.start().await;
        let (mut keeper, ben) = (enter(&engine, "open", "ann").await, enter(&engine, "open", "ben").await);
        keep(&engine, &keeper).await;
        let wall = Wall::Front(ben.visitor.front().id.clone());
        engine.shout(&ben.visitor, wall, "hello").await.unwrap();
        let mut front = Front::clone(&at(&engine, "open"));
        front.options.approve_new_accounts = true;
        engine.replace_fronts(&[Arc::new(front)]).await;
        for _ in 0..2 {
            let waits = try_enter(&engine, "open", "cat", "cat").await;
            assert!(matches!(waits, Err(EntryError::Refused(_))));
        }
        let mut heard = alerts(&engine, &mut keeper).await;
        heard.sort();
        if told {
            assert_eq!(heard.len(), 2, "{heard:?}");
            assert!(heard[0].starts_with("1 new account waits"), "{heard:?}");
            assert!(heard[1].starts_with("1 new shout waits"), "{heard:?}");
        } else {
            assert!(heard.is_empty(), "{heard:?}");
        }
    }
}

#[tokio::test]
async fn walls_are_trimmed_where_only_a_role_opens_the_shoutbox() {
    let town = Town::new().with_front("open", Mode::OpenCommunity, |front| {
        with_keeper(front, |options| options.shoutbox = Some(true));
        front.options.shoutbox = false;
        front.options.shouts_kept = 2;
        front.options.shout_retention = HOUR;
    });
    let engine = town.start().await;
    let ann = enter(&engine, "open", "ann").await;
    keep(&engine, &ann).await;
    let wall = Wall::Front(ann.visitor.front().id.clone());
    let left = async || {
        let page = engine.wall(&ann.visitor, &wall, false, None, 50).await.unwrap();
        page.shouts.into_iter().map(|shout| shout.text).collect::<Vec<_>>()
    };
    for text in ["one", "two", "three"] {
        engine.shout(&ann.visitor, wall.clone(), text).await.unwrap();
        town.clock.advance(MINUTE);
    }
    engine.trim_walls().await;
    assert_eq!(left().await, ["three", "two"], "more than are kept");
    town.clock.advance(59 * MINUTE);
    engine.trim_walls().await;
    assert_eq!(left().await, ["three"], "older than they are kept");
    town.clock.advance(HOUR);
    engine.trim_walls().await;
    assert!(left().await.is_empty());
}

#[tokio::test]
async fn a_throttle_neither_opens_nor_stays_when_the_clock_goes_back() {
    let town = Town::new();
    let engine = town.start().await;
    for _ in 0..5 {
        try_enter(&engine, "open", "ann", "wrong").await.unwrap_err();
    }
    let shut =
        async || matches!(try_enter(&engine, "open", "ann", "ann").await, Err(EntryError::Throttled { .. }));
    assert!(shut().await);
    town.clock.set(town.clock_now().minus(HOUR));
    assert!(shut().await, "it does not open");
    town.clock.advance(5 * MINUTE + MINUTE);
    assert!(!shut().await, "it lasts no longer than it would have");
}

#[tokio::test]
async fn a_mute_holds_when_the_clock_goes_back_and_one_that_is_over_stays_over() {
    let town = Town::new();
    let engine = town.start().await;
    let (ann, ben) = (enter(&engine, "open", "ann").await, enter(&engine, "open", "ben").await);
    let place = talk(&engine, &ann, &ben).await;
    let until = town.clock_now().plus(5 * MINUTE);
    let mute = |who: &Person| NewMute {
        account: who.id(),
        place: Place::Everywhere,
        reason: None,
        until: Some(until),
    };
    engine.mute(&root(), mute(&ann)).await.unwrap();
    town.clock.set(town.clock_now().minus(HOUR));
    let refused = engine.send(&ann.visitor, place, "hello".into(), None).await;
    assert!(matches!(refused, Err(EngineError::WriteRestricted(_))), "it does not open");
    town.clock.set(until.plus(MINUTE));
    engine.tidy();
    town.clock.set(until.minus(HOUR));
    say(&engine, &ann, place, "hello").await;
    // Another mute is another one.
    engine.mute(&root(), NewMute { until: None, ..mute(&ann) }).await.unwrap();
    let refused = engine.send(&ann.visitor, place, "hello".into(), None).await;
    assert!(matches!(refused, Err(EngineError::WriteRestricted(_))));
}

#[tokio::test]
async fn the_edit_window_neither_opens_again_nor_shuts_when_the_clock_goes_back() {
    let town = Town::new();
    let engine = town.start().await;
    let (ann, ben) = (enter(&engine, "open", "ann").await, enter(&engine, "open", "ben").await);
    let place = talk(&engine, &ann, &ben).await;
    let old = Sequence::new(say(&engine, &ann, place, "old").await);
    town.clock.advance(20 * MINUTE);
    say(&engine, &ben, place, "newer").await;
    let edit = async |message, text: &str| engine.edit(&ann.visitor, place, message, text.into(), None).await;
    assert!(matches!(edit(old, "no").await, Err(EngineError::NotPermitted(_))));
    town.clock.set(town.clock_now().minus(HOUR));
    assert!(matches!(edit(old, "no").await, Err(EngineError::NotPermitted(_))), "it does not open");
    assert!(matches!(
        engine.delete_message(&ann.visitor, place, old).await,
        Err(EngineError::NotPermitted(_))
    ));
    let new = Sequence::new(say(&engine, &ann, place, "new").await);
    edit(new, "newest").await.unwrap();
    // After a restart too.
    let engine = town.start().await;
    let ann = enter(&engine, "open", "ann").await;
    let refused = engine.edit(&ann.visitor, place, old, "no".into(), None).await;
    assert!(matches!(refused, Err(EngineError::NotPermitted(_))));
}

#[tokio::test]
async fn quotas_do_not_open_when_the_clock_goes_back_and_end_when_their_time_is_over() {
    let town = Town::new().with_front("open", Mode::OpenCommunity, |front| {
        front.options.shoutbox = true;
        front.options.shouts_per_day = Some(2);
        front.options.alert_administrators = true;
    });
    let engine = town.start().await;
    let mut people = Vec::new();
    for name in NAMES {
        people.push(enter(&engine, "open", name).await);
    }
    for number in 0..8 {
        let name = format!("x{number}");
        town.fake.add(FakePerson::new(&name, &name, &name));
        people.push(enter(&engine, "open", &name).await);
    }
    let ann = &people[0];
    let wall = Wall::Front(ann.visitor.front().id.clone());
    let shout = async || engine.shout(&ann.visitor, wall.clone(), "hello").await;
    let report = async |number: usize| {
        let about = NewReport::Account(people[number].id());
        engine.file_report(&ann.visitor, about, "rude".into()).await
    };
    let alarm =
        async || engine.alert(&ann.visitor, portico_core::engine::AlertTo::Administrators, "help").await;
    for _ in 0..2 {
        shout().await.unwrap();
    }
    for _ in 0..10 {
        alarm().await.unwrap();
    }
    for number in 1..=10 {
        report(number).await.unwrap();
    }
    let begun = town.clock_now();
    for back in [Duration::ZERO, HOUR] {
        town.clock.set(begun.minus(back));
        assert!(matches!(shout().await, Err(EngineError::Shout(ShoutRefusal::Quota { .. }))));
        assert!(matches!(alarm().await, Err(EngineError::TooOften { retry_after }) if retry_after <= HOUR));
        let refused = report(11).await;
        assert!(matches!(refused, Err(EngineError::TooOften { retry_after }) if retry_after <= 2 * HOUR));
    }
    // An hour by the clock that went back, not two.
    town.clock.advance(HOUR + MINUTE);
    alarm().await.unwrap();
    town.clock.set(begun.plus(24 * HOUR + MINUTE));
    report(11).await.unwrap();
    let engine = town.start().await;
    let ann = enter(&engine, "open", "ann").await;
    engine.shout(&ann.visitor, wall, "hello").await.unwrap();
}

#[tokio::test]
async fn whoever_refuses_somebody_stays_hidden_from_them() {
    use portico_core::contact::{Contact, ContactAction, Pair};
    let (me, them) = (
        portico_core::AccountId::generate(portico_core::Timestamp::from_secs(1)),
        portico_core::AccountId::generate(portico_core::Timestamp::from_secs(2)),
    );
    let now = portico_core::Timestamp::from_secs(3);
    let mut contact = Contact::none(Pair::new(me, them).unwrap(), now);
    for action in [ContactAction::Request, ContactAction::Hide, ContactAction::Refuse] {
        contact = contact.after(me, &action.into(), now).unwrap();
        assert!(action == ContactAction::Request || contact.side_of(me).hidden, "{action:?}");
    }
    // Asked again, the refusal is taken back and the hiding not.
    contact = contact.after(me, &ContactAction::Request.into(), now).unwrap();
    assert!(contact.side_of(me).hidden && !contact.side_of(me).refused);
    contact = contact.after(me, &ContactAction::Remove.into(), now).unwrap();
    assert!(!contact.side_of(me).hidden, "whatever one keeps of the other goes");
}

#[tokio::test]
async fn what_moderators_do_on_walls_and_in_conferences_leaves_lines() {
    let town = moderated();
    let engine = town.start().await;
    let (ann, ben) = (enter(&engine, "open", "ann").await, enter(&engine, "open", "ben").await);
    let cat = enter(&engine, "open", "cat").await;
    keep(&engine, &cat).await;
    let wall = Wall::Front(ann.visitor.front().id.clone());
    let shout = engine.shout(&ann.visitor, wall.clone(), "loud").await.unwrap().id;
    for _ in 0..2 {
        engine.decide_shout(&cat.visitor, shout, false).await.unwrap();
    }
    engine.remove_shout(&cat.visitor, shout).await.unwrap();
    let own = engine.shout(&ann.visitor, wall, "mine").await.unwrap().id;
    engine.remove_shout(&ann.visitor, own).await.unwrap();
    let opened = engine.open_conference(&ann.visitor, None, &[ben.id(), cat.id()]).await.unwrap();
    let place = opened.view.conversation.id;
    engine.accept_conference(&ben.visitor, place).await.unwrap();
    engine.remove_from_conference(&cat.visitor, place, ben.id()).await.unwrap();
    engine.remove_from_conference(&ann.visitor, place, cat.id()).await.unwrap();
    let lines: Vec<_> = log(&engine).await.into_iter().map(|line| (line.action, line.actor.name)).collect();
    let by_cat = |action: &str| (action.to_owned(), "cat".to_owned());
    let wanted = ["shout-rejected", "shout-removed", "conference-person-removed"].map(by_cat);
    assert_eq!(lines, wanted, "once each, and none of the host or of an author");
}
