//! Bans, mutes, kicks, reports, texts to many, the audit log.

use std::sync::Arc;
use std::time::Duration;

use portico_core::administration::{
    Actor, Audience, AuditFilter, BanSubject, BroadcastKind, Decision, Place, ReportFilter, Right, Rights,
};
use portico_core::auth::{Credentials, Refusal};
use portico_core::engine::{
    AlertTo, Engine, EngineError, EntryError, LoginOrigin, NewBan, NewBroadcast, NewMute, NewReport, Verdict,
};
use portico_core::front::{FrontId, FrontOptions};
use portico_core::messaging::Event;
use portico_core::policy::Mode;

use crate::town::{NAMES, Town, at, enter, hear, say, talk, texts, try_enter};

fn root() -> Actor {
    Actor::command_line()
}

fn ban_of(subject: BanSubject) -> NewBan {
    NewBan { subject, place: Place::Everywhere, reason: Some("spam".into()), until: None }
}

fn name(pattern: &str) -> NewBan {
    ban_of(BanSubject::name(pattern, None).unwrap())
}

async fn lines(engine: &Engine) -> Vec<String> {
    let filter = AuditFilter { limit: 1000, ..AuditFilter::default() };
    let mut all: Vec<_> =
        engine.audit(&filter).await.unwrap().into_iter().map(|entry| entry.action).collect();
    all.reverse();
    all
}

fn origin(peer: &str) -> LoginOrigin {
    LoginOrigin { peer: Some(peer.parse().unwrap()), ..LoginOrigin::default() }
}

#[tokio::test(start_paused = true)]
async fn a_ban_of_a_name_ends_open_polls_at_once_and_stops_the_next_login() {
    let town = Town::new();
    let engine = town.start().await;
    let mut ann = enter(&engine, "open", "ann").await;
    let ben = enter(&engine, "open", "ben").await;
    hear(&engine, &mut ann).await;
    let waiting = {
        let (engine, visitor, cursor) = (Arc::clone(&engine), ann.visitor.clone(), ann.cursor.clone());
        tokio::spawn(async move { engine.poll(&visitor, Some(&cursor), Duration::from_secs(50)).await })
    };
    tokio::time::sleep(Duration::from_millis(10)).await;
    let ban = engine.ban(&root(), name("A?n")).await.unwrap();
    match waiting.await.unwrap() {
        Err(EngineError::SessionEnded(ending)) => {
            assert_eq!((ending.as_str(), ending.sentence().as_str()), ("banned", "You were banned: spam"));
        }
        other => panic!("{other:?}"),
    }
    match try_enter(&engine, "open", "ann", "ann").await {
        Err(EntryError::Refused(Refusal::Banned { reason, .. })) => {
            assert_eq!(reason.as_deref(), Some("spam"))
        }
        other => panic!("{other:?}"),
    }
    // A stranger learns nothing of the ban.
    assert!(matches!(
        try_enter(&engine, "open", "ann", "wrong").await,
        Err(EntryError::Refused(Refusal::BadSecret))
    ));
    assert!(engine.poll(&ben.visitor, None, Duration::ZERO).await.is_ok());
    engine.lift_ban(&root(), ban.id).await.unwrap();
    enter(&engine, "open", "ann").await;
    assert_eq!(lines(&engine).await, ["ban-added", "ban-lifted"]);
    assert!(matches!(engine.lift_ban(&root(), ban.id).await, Err(EngineError::NotFound)));
    assert_eq!(lines(&engine).await.len(), 2, "what did not happen is not in the log");
}

#[tokio::test]
async fn a_banned_address_is_refused_before_the_password_is_looked_at() {
    let town = Town::new();
    let engine = town.start().await;
    engine.ban(&root(), ban_of(BanSubject::address("192.0.2.0/24").unwrap())).await.unwrap();
    let open = at(&engine, "open");
    for password in ["ann", "wrong"] {
        let credentials = Credentials::password("ann", password);
        let entered = engine.log_in(&open, &credentials, &origin("::ffff:192.0.2.9"), None).await;
        assert!(matches!(entered, Err(EntryError::Refused(Refusal::Banned { .. }))), "{entered:?}");
    }
    let elsewhere =
        engine.log_in(&open, &Credentials::password("ann", "ann"), &origin("198.51.100.1"), None).await;
    let token = elsewhere.unwrap().token;
    // Whoever moves there is out.
    let moved = engine.visit(&open, token.expose(), Some("192.0.2.1".parse().unwrap())).await;
    assert!(matches!(moved, Err(EngineError::SessionEnded(_))), "{moved:?}");
}

#[tokio::test]
async fn whoever_slept_while_they_were_banned_does_not_wake() {
    let town = Town::new();
    let token = {
        let engine = town.start().await;
        let ann = enter(&engine, "open", "ann").await;
        engine.shut_down().await;
        ann.token
    };
    let engine = town.start().await;
    engine.ban(&root(), name("ann")).await.unwrap();
    let engine = {
        engine.shut_down().await;
        town.start().await
    };
    assert_eq!(engine.ban_count(), 1, "it is kept");
    let woken = engine.visit(&at(&engine, "open"), &token, None).await;
    assert!(matches!(woken, Err(EngineError::SessionEnded(_))), "{woken:?}");
}

#[tokio::test]
async fn a_renamed_person_is_out_with_the_next_round() {
    let town = Town::new();
    let engine = town.start().await;
    let ann = enter(&engine, "open", "ann").await;
    engine.ban(&root(), name("annabel")).await.unwrap();
    assert_eq!(engine.revalidate().await.ended, 0);
    let profile = portico_core::account::Profile::named("annabel");
    portico_core::ports::Store::refresh_profile(&town.store, ann.id(), &profile).await.unwrap();
    // What is known of people in memory is forgotten when the engine hears of it; here a new engine has never known it.
    let engine = town.start().await;
    assert!(engine.visit(&at(&engine, "open"), &ann.token, None).await.is_err());
}

#[tokio::test]
async fn a_banned_device_is_out_and_stays_out() {
    let town = Town::new();
    let engine = town.start().await;
    let open = at(&engine, "open");
    let device = "0123456789abcdefghij";
    let there = LoginOrigin { device: Some(device.into()), ..LoginOrigin::default() };
    let login = engine.log_in(&open, &Credentials::password("ann", "ann"), &there, None).await.unwrap();
    engine.ban(&root(), ban_of(BanSubject::device(device).unwrap())).await.unwrap();
    assert!(engine.visit(&open, login.token.expose(), None).await.is_err());
    let again = engine.log_in(&open, &Credentials::password("ben", "ben"), &there, None).await;
    assert!(matches!(again, Err(EntryError::Refused(Refusal::Banned { .. }))));
    let other = enter(&engine, "open", "ben").await;
    assert!(engine.used_on(&other.visitor, "another-device-0000").await.is_ok());
    assert!(matches!(engine.used_on(&other.visitor, device).await, Err(EngineError::SessionEnded(_))));
}

#[tokio::test]
async fn the_muted_read_but_do_not_write_from_that_moment_on() {
    let town = Town::new().with_front("second", Mode::OpenCommunity, |_| {});
    let engine = town.start().await;
    let (mut ann, ben) = (enter(&engine, "open", "ann").await, enter(&engine, "open", "ben").await);
    let there = enter(&engine, "second", "ann").await;
    let room = talk(&engine, &ann, &ben).await;
    let until = town.clock_now().plus(Duration::from_secs(60));
    let here = Place::Front(FrontId::new("open").unwrap());
    let account = ann.id();
    let new = |place: Place, until| NewMute { account, place, reason: None, until };
    engine.mute(&root(), new(here.clone(), Some(until))).await.unwrap();
    let refused = engine.send(&ann.visitor, room, "hello".into(), None).await;
    assert!(matches!(refused, Err(EngineError::WriteRestricted(_))), "{refused:?}");
    assert_eq!(engine.restrictions(&ann.visitor).write.unwrap().until(), Some(until));
    assert!(hear(&engine, &mut ann).await.iter().any(|event| matches!(event, Event::Session {})));
    // Elsewhere they write, and when it is over here too.
    say(&engine, &there, room, "from the other front").await;
    town.clock.advance(Duration::from_secs(61));
    say(&engine, &ann, room, "hello").await;
    // It is kept over a restart, and replaced by another at the same place.
    engine.mute(&root(), new(here.clone(), None)).await.unwrap();
    assert_eq!(engine.mutes().len(), 1);
    let engine = town.start().await;
    let ann = enter(&engine, "open", "ann").await;
    assert!(engine.send(&ann.visitor, room, "hello".into(), None).await.is_err());
    let mute = engine.mutes().pop().unwrap();
    engine.unmute(&root(), mute.id).await.unwrap();
    say(&engine, &ann, room, "at last").await;
    assert_eq!(lines(&engine).await, ["muted", "muted", "unmuted"]);
}

#[tokio::test(start_paused = true)]
async fn the_kicked_are_out_at_once_on_all_devices_and_may_come_back() {
    let town = Town::new();
    let engine = town.start().await;
    let (mut one, two) = (enter(&engine, "open", "ann").await, enter(&engine, "open", "ann").await);
    hear(&engine, &mut one).await;
    let waiting = {
        let (engine, visitor, cursor) = (Arc::clone(&engine), one.visitor.clone(), one.cursor.clone());
        tokio::spawn(async move { engine.poll(&visitor, Some(&cursor), Duration::from_secs(50)).await })
    };
    tokio::time::sleep(Duration::from_millis(10)).await;
    assert_eq!(engine.kick(&root(), one.id(), None, None, Some("calm down".into())).await.unwrap(), 2);
    match waiting.await.unwrap() {
        Err(EngineError::SessionEnded(ending)) => assert_eq!(ending.as_str(), "kicked"),
        other => panic!("{other:?}"),
    }
    assert!(engine.visit(&at(&engine, "open"), &two.token, None).await.is_err());
    enter(&engine, "open", "ann").await;
    let nobody = portico_core::AccountId::generate(town.clock_now());
    assert!(matches!(engine.kick(&root(), nobody, None, None, None).await, Err(EngineError::NotFound)));
    assert_eq!(lines(&engine).await, ["kicked"]);
}

fn with_options(change: impl FnOnce(&mut FrontOptions)) -> Town {
    Town::new().with_front("open", Mode::OpenCommunity, |front| change(&mut front.options))
}

#[tokio::test]
async fn reports_are_filed_once_ten_an_hour_and_only_about_what_one_sees() {
    let town = Town::new();
    let engine = town.start().await;
    let (ann, ben, cat) = (
        enter(&engine, "open", "ann").await,
        enter(&engine, "open", "ben").await,
        enter(&engine, "open", "cat").await,
    );
    let room = talk(&engine, &ann, &ben).await;
    let mut ids = Vec::new();
    for n in 0..12 {
        ids.push(portico_core::messaging::Sequence::new(
            say(&engine, &ben, room, &format!("rude {n}")).await,
        ));
    }
    let report = |n: usize| engine.file_report(&ann.visitor, NewReport::Message(room, ids[n]), "rude".into());
    report(0).await.unwrap();
    assert!(matches!(report(0).await, Err(EngineError::Repeated(_))));
    for n in 1..10 {
        report(n).await.unwrap();
    }
    match report(10).await {
        Err(EngineError::TooOften { retry_after }) => assert!(retry_after <= Duration::from_secs(3600)),
        other => panic!("{other:?}"),
    }
    town.clock.advance(Duration::from_secs(3601));
    report(10).await.unwrap();
    let outsider = engine.file_report(&cat.visitor, NewReport::Message(room, ids[0]), "x".into()).await;
    assert!(matches!(outsider, Err(EngineError::NotFound)));
    let oneself = engine.file_report(&ann.visitor, NewReport::Account(ann.id()), "x".into()).await;
    assert!(oneself.is_err());
    engine.file_report(&cat.visitor, NewReport::Account(ben.id()), "rude".into()).await.unwrap();
}

#[tokio::test]
async fn moderators_see_a_reported_message_with_five_before_it_and_decide() {
    let town =
        with_options(|options| options.moderator = true).with_front("plain", Mode::OpenCommunity, |_| {});
    let engine = town.start().await;
    let (ann, ben) = (enter(&engine, "open", "ann").await, enter(&engine, "open", "ben").await);
    let cat = enter(&engine, "open", "cat").await;
    let plain = enter(&engine, "plain", "cat").await;
    let room = talk(&engine, &ann, &ben).await;
    let mut last = 0;
    for n in 0..9 {
        last = say(&engine, &ben, room, &format!("line {n}")).await;
    }
    say(&engine, &ann, room, "afterwards").await;
    let what = NewReport::Message(room, portico_core::messaging::Sequence::new(last));
    let id = engine.file_report(&ann.visitor, what, "rude".into()).await.unwrap();
    let filter = || ReportFilter { open: Some(true), limit: 50, ..ReportFilter::default() };
    assert!(matches!(engine.reports_here(&plain.visitor, filter()).await, Err(EngineError::NotPermitted(_))));
    assert!(matches!(engine.report_here(&plain.visitor, id).await, Err(EngineError::NotPermitted(_))));
    let listed = engine.reports_here(&cat.visitor, filter()).await.unwrap();
    assert_eq!(listed.len(), 1);
    assert!(listed[0].messages.is_empty(), "a list shows nobody's lines");
    let card = engine.report_here(&cat.visitor, id).await.unwrap();
    let shown: Vec<_> = card.messages.iter().map(|message| message.text.as_str()).collect();
    assert_eq!(shown, ["line 3", "line 4", "line 5", "line 6", "line 7", "line 8"]);
    let verdict = || Verdict { decision: Decision::Mute, text: Some("be nice".into()), until: None };
    let decided = engine.decide_here(&cat.visitor, id, verdict()).await.unwrap();
    assert_eq!(decided.report.closed.unwrap().by, "cat");
    assert!(engine.send(&ben.visitor, room, "why".into(), None).await.is_err());
    assert!(matches!(engine.decide_here(&cat.visitor, id, verdict()).await, Err(EngineError::Conflict(_))));
    assert!(engine.reports_here(&cat.visitor, filter()).await.unwrap().is_empty());
    assert_eq!(lines(&engine).await, ["report-read", "muted", "report-decided"]);
}

#[tokio::test]
async fn a_report_belongs_to_the_moderators_of_its_front() {
    let town =
        with_options(|options| options.moderator = true)
            .with_front("other", Mode::OpenCommunity, |front| front.options.moderator = true);
    let engine = town.start().await;
    let (ann, ben) = (enter(&engine, "open", "ann").await, enter(&engine, "other", "ben").await);
    let cat = enter(&engine, "other", "cat").await;
    let id = engine.file_report(&ann.visitor, NewReport::Account(ben.id()), "rude".into()).await.unwrap();
    let all = ReportFilter { limit: 50, ..ReportFilter::default() };
    assert!(engine.reports_here(&cat.visitor, all).await.unwrap().is_empty());
    assert!(matches!(engine.report_here(&cat.visitor, id).await, Err(EngineError::NotFound)));
    let verdict = Verdict { decision: Decision::Dismiss, text: None, until: None };
    assert!(matches!(engine.decide_here(&cat.visitor, id, verdict).await, Err(EngineError::NotFound)));
}

fn to(audience: Audience, text: &str) -> NewBroadcast {
    NewBroadcast { kind: BroadcastKind::Message, audience, front: None, text: text.into() }
}

#[tokio::test]
async fn a_text_to_everybody_reaches_everybody_once_and_nobody_can_answer() {
    let town = Town::new().with_front("second", Mode::Normal, |_| {});
    let engine = town.start().await;
    let mut people = Vec::new();
    for name in NAMES {
        people.push(enter(&engine, "second", name).await);
    }
    let sent = engine.send_to_many(&root(), to(Audience::Everybody, "closed tonight")).await.unwrap();
    engine.deliver_broadcasts().await.unwrap();
    engine.deliver_broadcasts().await.unwrap();
    let done = engine.broadcast(sent.id).await.unwrap();
    assert_eq!((done.done, done.sent), (true, 6));
    for person in &mut people {
        assert_eq!(texts(&hear(&engine, person).await), ["closed tonight"]);
        let list = engine.conversations(&person.visitor, None, 10).await.unwrap().conversations;
        assert_eq!(list.len(), 1);
        assert!(!list[0].may_write);
        assert_eq!(list[0].view.unread, 1);
        assert!(list[0].members.iter().any(|member| member.account.profile.login == "Administration"));
        let room = list[0].view.conversation.id;
        assert!(engine.send(&person.visitor, room, "thanks".into(), None).await.is_err());
        let roster = engine.roster(&person.visitor, None, 50).await.unwrap().people;
        assert!(roster.iter().all(|other| other.login != "Administration"));
    }
}

#[tokio::test]
async fn a_text_to_a_thousand_people_is_in_nobodys_way() {
    use portico_core::ports::{NewAccount, Store};
    let town = Town::new();
    let engine = town.start().await;
    let (ann, ben) = (enter(&engine, "open", "ann").await, enter(&engine, "open", "ben").await);
    let (community, open) = (ann.visitor.community().clone(), FrontId::new("open").unwrap());
    for n in 0..998 {
        let now = town.clock_now();
        let new = NewAccount {
            id: portico_core::AccountId::generate(now),
            realm: portico_core::auth::Realm::new("fake").unwrap(),
            subject: portico_core::auth::SubjectId::new(format!("many-{n}")).unwrap(),
            registered_at: None,
            profile: portico_core::account::Profile::named(&format!("many{n}")),
            proven: true,
            pending: false,
            replaces: None,
            created_at: now,
        };
        let made = town.store.create_account(new).await.unwrap();
        town.store.enter_front(made.id, &community, &open, now).await.unwrap();
    }
    let room = talk(&engine, &ann, &ben).await;
    let sent = engine.send_to_many(&root(), to(Audience::Everybody, "closed tonight")).await.unwrap();
    let delivering = {
        let engine = Arc::clone(&engine);
        tokio::spawn(async move { engine.deliver_broadcasts().await })
    };
    // Somebody's own messages go through between its pages.
    for n in 0..20 {
        say(&engine, &ann, room, &format!("meanwhile {n}")).await;
    }
    delivering.await.unwrap().unwrap();
    assert_eq!(engine.broadcast(sent.id).await.unwrap().sent, 1000);
}

#[tokio::test]
async fn a_text_to_many_goes_on_after_a_crash() {
    let town = Town::new();
    let engine = town.start().await;
    for name in NAMES {
        enter(&engine, "open", name).await;
    }
    let sent = engine.send_to_many(&root(), to(Audience::Everybody, "hello")).await.unwrap();
    drop(engine);
    // Nothing was delivered before the crash; the new server finds it.
    let engine = town.start().await;
    engine.deliver_broadcasts().await.unwrap();
    let mut kept = engine.broadcast(sent.id).await.unwrap();
    assert_eq!(kept.sent, 6);
    // As if the crash had come before its progress was written: everybody has it, and nobody gets it twice.
    (kept.done, kept.sent, kept.reached) = (false, 0, None);
    portico_core::ports::AdministrationStore::keep_broadcast(&town.store, &kept).await.unwrap();
    engine.deliver_broadcasts().await.unwrap();
    assert_eq!(engine.broadcast(sent.id).await.unwrap().sent, 0);
    let ann = enter(&engine, "open", "ann").await;
    let list = engine.conversations(&ann.visitor, None, 10).await.unwrap().conversations;
    assert_eq!(list[0].view.unread, 1);
}

#[tokio::test]
async fn a_text_to_those_who_are_here_is_told_once_and_kept_nowhere() {
    let town = Town::new();
    let engine = town.start().await;
    let mut ann = enter(&engine, "open", "ann").await;
    let sent = engine.send_to_many(&root(), to(Audience::Online, "lunch")).await.unwrap();
    assert_eq!((sent.done, sent.sent), (true, 1));
    let heard = hear(&engine, &mut ann).await;
    assert!(
        heard.iter().any(|event| matches!(event, Event::Notice { text, .. } if text == "lunch")),
        "{heard:?}"
    );
    engine.deliver_broadcasts().await.unwrap();
    assert!(engine.conversations(&ann.visitor, None, 10).await.unwrap().conversations.is_empty());
}

#[tokio::test]
async fn alerts_need_their_option_and_are_not_repeated_while_they_wait_unread() {
    let town = with_options(|options| {
        options.alert_administrators = true;
        options.receive_alerts = true;
    });
    let engine = town.start().await;
    let (ann, mut ben) = (enter(&engine, "open", "ann").await, enter(&engine, "open", "ben").await);
    for denied in [AlertTo::Everybody, AlertTo::Group(portico_core::GroupId::generate(town.clock_now()))] {
        assert!(matches!(
            engine.alert(&ann.visitor, denied, "help").await,
            Err(EngineError::NotPermitted(_))
        ));
    }
    for _ in 0..3 {
        engine.alert(&ann.visitor, AlertTo::Administrators, "the printer burns").await.unwrap();
        engine.deliver_broadcasts().await.unwrap();
    }
    let alert = "Alert from ann:\nthe printer burns";
    assert_eq!(texts(&hear(&engine, &mut ben).await), [alert]);
    // Read, it comes again; unread, after an hour.
    let list = engine.conversations(&ben.visitor, None, 10).await.unwrap().conversations;
    let last = list[0].view.last_message.as_ref().unwrap();
    engine.mark_read(&ben.visitor, last.conversation, last.sequence).await.unwrap();
    for _ in 0..2 {
        engine.alert(&ann.visitor, AlertTo::Administrators, "the printer burns").await.unwrap();
        engine.deliver_broadcasts().await.unwrap();
    }
    assert_eq!(texts(&hear(&engine, &mut ben).await), [alert]);
    town.clock.advance(Duration::from_secs(3601));
    let ann = enter(&engine, "open", "ann").await;
    engine.alert(&ann.visitor, AlertTo::Administrators, "the printer burns").await.unwrap();
    engine.deliver_broadcasts().await.unwrap();
    assert_eq!(texts(&hear(&engine, &mut ben).await), [alert]);
    for _ in 0..9 {
        engine.alert(&ann.visitor, AlertTo::Administrators, "x").await.unwrap();
    }
    assert!(matches!(
        engine.alert(&ann.visitor, AlertTo::Administrators, "x").await,
        Err(EngineError::TooOften { .. })
    ));
}

#[tokio::test]
async fn nobody_gives_or_takes_rights_that_they_do_not_have() {
    let town = Town::new();
    let engine = town.start().await;
    let ann = enter(&engine, "open", "ann").await.id();
    let rights = |words: &str| Rights::from_words(words).unwrap();
    let mine = rights("administrators,audit");
    let none = Rights::default();
    let set = |before: Rights, after: Rights| {
        let (engine, mine) = (&engine, mine.clone());
        async move { engine.set_rights(&root(), &mine, ann, &before, after).await }
    };
    set(none.clone(), rights("audit")).await.unwrap();
    assert!(matches!(set(rights("audit"), rights("audit,groups")).await, Err(EngineError::NotPermitted(_))));
    assert!(matches!(set(Rights::all(), rights("audit")).await, Err(EngineError::NotPermitted(_))));
    assert!(engine.rights_of(ann).unwrap().has(Right::Audit));
    set(rights("audit"), none.clone()).await.unwrap();
    assert_eq!(engine.rights_of(ann), Some(none), "written down: none");
    assert_eq!(lines(&engine).await, ["rights-set", "rights-set"]);
}
