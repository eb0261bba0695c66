use portico_core::administration::{
    Actor, Audience, AuditEntry, AuditFilter, Ban, BanSubject, Broadcast, BroadcastKind, Change, Closure,
    DayCount, Decision, Mute, Place, Report, ReportFilter, ReportRefusal, ReportTarget, Rights, Tally,
};
use portico_core::ports::{AccountFilter, AdminSessionRecord};
use portico_core::{AccountId, BanId, BroadcastId, MuteId, ReportId};
use serde_json::json;

use crate::port_tests;
use crate::world::{NOW, World, at, community, front, main_community, new_account, realm, session_of};

port_tests![
    every_act_leaves_one_line_with_what_was_and_what_is,
    what_there_is_not_leaves_no_line,
    the_log_is_found_by_who_what_and_when,
    bans_and_mutes_come_back_as_they_were,
    sessions_end_in_the_database,
    a_report_is_filed_once_and_not_too_often,
    parallel_reports_stay_within_the_limit,
    a_report_is_closed_once,
    of_parallel_decisions_over_a_report_one_holds,
    texts_to_many_remember_how_far_they_came,
    a_text_of_the_server_itself_is_nobodys_act,
    accounts_are_found_by_the_beginning_of_their_login,
    sessions_of_the_administration_are_kept_and_expire,
    counts_add_up_and_people_count_once_a_day,
];

fn line(action: &str) -> AuditEntry {
    AuditEntry::new(NOW, &Actor::command_line(), action)
}

fn everything() -> AuditFilter {
    AuditFilter { limit: 1000, ..AuditFilter::default() }
}

fn ban(pattern: &str) -> Ban {
    Ban {
        id: BanId::generate(NOW),
        subject: BanSubject::name(pattern, Some(realm("forum"))).unwrap(),
        place: Place::Front(front("im")),
        reason: Some("\u{1F600} spam".into()),
        until: Some(at(60)),
        created_at: NOW,
        by: "root".into(),
    }
}

fn mute(account: AccountId) -> Mute {
    Mute {
        id: MuteId::generate(NOW),
        account,
        place: Place::Community(community("main")),
        reason: None,
        until: None,
        created_at: NOW,
        by: "root".into(),
    }
}

fn report(reporter: AccountId, about: AccountId, seconds: i64) -> Report {
    Report {
        id: ReportId::generate(at(seconds)),
        community: main_community(),
        front: front("im"),
        reporter,
        target: ReportTarget::Account { account: about },
        text: "rude".into(),
        created_at: at(seconds),
        closed: None,
    }
}

async fn person(world: &World, login: &str) -> AccountId {
    world.store.create_account(new_account("forum", login, login)).await.unwrap().id
}

async fn done(world: &World, change: Change) -> AuditEntry {
    world.store.administer(&change, line("done")).await.unwrap().unwrap()
}

async fn every_act_leaves_one_line_with_what_was_and_what_is(world: &World) {
    let ann = person(world, "ann").await;
    let ban = ban("sp*m");
    let added = done(world, Change::AddBan(ban.clone())).await;
    assert_eq!((added.before, added.after.unwrap()["subject"]["pattern"].as_str()), (None, Some("sp*m")));
    let lifted = done(world, Change::RemoveBan(ban.id)).await;
    assert!(lifted.before.is_some() && lifted.after.is_none());
    let first = mute(ann);
    done(world, Change::SetMute(first.clone())).await;
    let second = Mute { id: MuteId::generate(at(1)), reason: Some("again".into()), ..first.clone() };
    let replaced = done(world, Change::SetMute(second.clone())).await;
    assert_eq!(replaced.before.unwrap()["id"], json!(first.id.to_string()));
    done(world, Change::RemoveMute(second.id)).await;
    let rights = Rights::from_words("audit,groups").unwrap();
    done(world, Change::SetRights(ann, Some(rights.clone()))).await;
    assert_eq!(world.store.administrators().await.unwrap(), [(ann, rights)]);
    let taken = done(world, Change::SetRights(ann, None)).await;
    assert_eq!((taken.before, taken.after), (Some(json!(["groups", "audit"])), None));
    let entry = line("noted").changed(Some(json!({ "a": 1 })), None).on("account", ann);
    let noted = world.store.administer(&Change::Record, entry.clone()).await.unwrap().unwrap();
    assert_eq!(noted, entry);
    let all = world.store.audit(&everything()).await.unwrap();
    assert_eq!(all.len(), 8);
    assert!(all.contains(&noted));
}

async fn what_there_is_not_leaves_no_line(world: &World) {
    let ann = person(world, "ann").await;
    let closure = Closure { decision: Decision::Dismiss, text: None, at: NOW, by: "root".into() };
    for change in [
        Change::RemoveBan(BanId::generate(NOW)),
        Change::RemoveMute(MuteId::generate(NOW)),
        Change::SetRights(ann, None),
        Change::CloseReport(ReportId::generate(NOW), closure),
    ] {
        assert_eq!(world.store.administer(&change, line("nothing")).await.unwrap(), None, "{change:?}");
    }
    assert!(world.store.audit(&everything()).await.unwrap().is_empty());
}

async fn the_log_is_found_by_who_what_and_when(world: &World) {
    let ann = person(world, "ann").await;
    let mut actor = Actor::command_line();
    (actor.id, actor.name, actor.address) = (Some(ann), "Ann".into(), Some("2001:db8::1".parse().unwrap()));
    for seconds in 0..5 {
        let mut entry = AuditEntry::new(at(seconds), &actor, if seconds % 2 == 0 { "even" } else { "odd" });
        if seconds == 4 {
            entry.actor = Actor::command_line();
            entry = entry.on("ban", "b").at_place(&Place::Front(front("im")));
        }
        world.store.administer(&Change::Record, entry).await.unwrap();
    }
    let found = async |filter: AuditFilter| world.store.audit(&filter).await.unwrap().len();
    let all = world.store.audit(&everything()).await.unwrap();
    assert!(all.windows(2).all(|pair| pair[0].id > pair[1].id), "newest first");
    assert_eq!(all[4].actor, actor);
    assert_eq!(found(AuditFilter { actor: Some("Ann".into()), ..everything() }).await, 4);
    assert_eq!(found(AuditFilter { actor: Some("ann".into()), ..everything() }).await, 0);
    assert_eq!(found(AuditFilter { actor: Some(ann.to_string()), ..everything() }).await, 4);
    assert_eq!(found(AuditFilter { action: Some("even".into()), ..everything() }).await, 3);
    assert_eq!(found(AuditFilter { target: Some("b".into()), ..everything() }).await, 1);
    assert_eq!(found(AuditFilter { from: Some(at(1)), to: Some(at(3)), ..everything() }).await, 2);
    assert_eq!(found(AuditFilter { before: Some(all[2].id), ..everything() }).await, 2);
    assert_eq!(found(AuditFilter { limit: 3, ..AuditFilter::default() }).await, 3);
}

async fn bans_and_mutes_come_back_as_they_were(world: &World) {
    let ann = person(world, "ann").await;
    let mut bans = vec![ban("a*"), ban("b?")];
    bans[1].subject = BanSubject::address("2001:db8::/32").unwrap();
    for ban in &bans {
        done(world, Change::AddBan(ban.clone())).await;
    }
    let mut kept = world.store.bans().await.unwrap();
    kept.sort_by_key(|ban| ban.id);
    bans.sort_by_key(|ban| ban.id);
    assert_eq!(kept, bans);
    done(world, Change::SetMute(mute(ann))).await;
    let kept = world.store.mutes().await.unwrap();
    assert_eq!((kept.len(), kept[0].account, &kept[0].place), (1, ann, &mute(ann).place));
}

async fn sessions_end_in_the_database(world: &World) {
    let (ann, ben) = (person(world, "ann").await, person(world, "ben").await);
    for (who, token) in [(ann, 1), (ann, 2), (ben, 3)] {
        world.store.create_session(&session_of(who, token)).await.unwrap();
    }
    assert_eq!(world.store.sessions_of(ann, NOW).await.unwrap().len(), 2);
    assert_eq!(world.store.sessions_of(ann, at(3600)).await.unwrap().len(), 0, "expired");
    let here = world.store.sessions_at(&front("im"), None, NOW, 10).await.unwrap();
    assert_eq!(here.len(), 3);
    assert_eq!(world.store.sessions_at(&front("im"), Some(ann.max(ben)), NOW, 10).await.unwrap().len(), 0);
    let end =
        |front_id: &str| Change::EndSessions { account: ann, front: Some(front(front_id)), session: None };
    assert_eq!(done(world, end("other")).await.before, Some(json!({ "sessions": 0 })));
    assert_eq!(done(world, end("im")).await.before, Some(json!({ "sessions": 2 })));
    assert_eq!(world.store.sessions_of(ann, NOW).await.unwrap().len(), 0);
    assert_eq!(world.store.sessions_of(ben, NOW).await.unwrap().len(), 1);
}

async fn a_report_is_filed_once_and_not_too_often(world: &World) {
    let ann = person(world, "ann").await;
    let file = async |new: &Report, since| world.store.file_report(new, 2, since).await.unwrap();
    let others: Vec<AccountId> =
        [person(world, "b").await, person(world, "c").await, person(world, "d").await].into();
    let first = report(ann, others[0], 0);
    assert_eq!(file(&first, at(-10)).await, Ok(()));
    assert_eq!(file(&report(ann, others[0], 1), at(-10)).await, Err(ReportRefusal::Repeated));
    assert_eq!(file(&report(ann, others[1], 1), at(-10)).await, Ok(()));
    let third = report(ann, others[2], 2);
    assert_eq!(file(&third, at(-10)).await, Err(ReportRefusal::TooMany { oldest: at(0) }));
    assert_eq!(file(&third, at(0)).await, Ok(()), "the first one is older than that");
    assert_eq!(world.store.report(first.id).await.unwrap(), Some(first));
}

async fn parallel_reports_stay_within_the_limit(world: &World) {
    let ann = person(world, "ann").await;
    let mut others = Vec::new();
    for n in 0..8 {
        others.push(report(ann, person(world, &format!("p{n}")).await, n));
    }
    let filed =
        futures_util::future::join_all(others.iter().map(|one| world.store.file_report(one, 3, at(-10))))
            .await;
    assert_eq!(filed.into_iter().filter(|outcome| outcome.as_ref().unwrap().is_ok()).count(), 3);
}

async fn a_report_is_closed_once(world: &World) {
    let (ann, ben) = (person(world, "ann").await, person(world, "ben").await);
    let new = report(ann, ben, 0);
    world.store.file_report(&new, 10, at(-10)).await.unwrap().unwrap();
    let wanted = |open| ReportFilter { open: Some(open), front: Some(front("im")), after: None, limit: 10 };
    assert_eq!(world.store.reports(&wanted(true)).await.unwrap().len(), 1);
    let closure =
        Closure { decision: Decision::Dismiss, text: Some("fine".into()), at: at(1), by: "root".into() };
    done(world, Change::CloseReport(new.id, closure.clone())).await;
    let again = world.store.administer(&Change::CloseReport(new.id, closure.clone()), line("again")).await;
    assert_eq!(again.unwrap(), None);
    assert_eq!(world.store.reports(&wanted(true)).await.unwrap().len(), 0);
    assert_eq!(world.store.reports(&wanted(false)).await.unwrap()[0].closed, Some(closure));
    let elsewhere = ReportFilter { front: Some(front("other")), ..wanted(false) };
    assert!(world.store.reports(&elsewhere).await.unwrap().is_empty());
}

async fn of_parallel_decisions_over_a_report_one_holds(world: &World) {
    let (ann, ben) = (person(world, "ann").await, person(world, "ben").await);
    let new = report(ann, ben, 0);
    world.store.file_report(&new, 10, at(-10)).await.unwrap().unwrap();
    let decisions = (0..8).map(|number| {
        let (store, id) = (world.store.clone(), new.id);
        tokio::spawn(async move {
            let closure =
                Closure { decision: Decision::Dismiss, text: None, at: at(1), by: format!("judge {number}") };
            let entry = line("decided").on("judge", number);
            store.administer(&Change::CloseReport(id, closure), entry).await.unwrap().map(|_| number)
        })
    });
    let done = futures_util::future::join_all(decisions).await;
    let done: Vec<i32> = done.into_iter().filter_map(Result::unwrap).collect();
    let [winner] = done.as_slice() else { panic!("{done:?}") };
    let closed = world.store.report(new.id).await.unwrap().unwrap().closed.unwrap();
    assert_eq!(closed.by, format!("judge {winner}"));
    assert_eq!(world.store.audit(&everything()).await.unwrap().len(), 1);
}

async fn texts_to_many_remember_how_far_they_came(world: &World) {
    let ann = person(world, "ann").await;
    let mut sent = Broadcast {
        id: BroadcastId::generate(NOW),
        kind: BroadcastKind::Message,
        audience: Audience::Role("helper".into()),
        front: Some(front("im")),
        community: None,
        text: "hello \u{1F600}".into(),
        created_at: NOW,
        by: "root".into(),
        sent: 0,
        reached: None,
        done: false,
    };
    done(world, Change::StartBroadcast(sent.clone())).await;
    assert_eq!(world.store.unfinished_broadcasts().await.unwrap(), [sent.clone()]);
    (sent.sent, sent.reached) = (3, Some((main_community(), Some(ann))));
    world.store.keep_broadcast(&sent).await.unwrap();
    assert_eq!(world.store.broadcast(sent.id).await.unwrap(), Some(sent.clone()));
    sent.done = true;
    world.store.keep_broadcast(&sent).await.unwrap();
    assert!(world.store.unfinished_broadcasts().await.unwrap().is_empty());
    assert_eq!(world.store.broadcasts(None, 10).await.unwrap().len(), 1);
    assert_eq!(world.store.broadcasts(Some(sent.id), 10).await.unwrap().len(), 0);
}

async fn a_text_of_the_server_itself_is_nobodys_act(world: &World) {
    let sent = Broadcast {
        id: BroadcastId::generate(NOW),
        kind: BroadcastKind::Alert,
        audience: Audience::Deciders(front("im")),
        front: None,
        community: None,
        text: "1 new report waits".into(),
        created_at: NOW,
        by: "Administration".into(),
        sent: 0,
        reached: None,
        done: false,
    };
    world.store.begin_broadcast(&sent).await.unwrap();
    assert_eq!(world.store.unfinished_broadcasts().await.unwrap(), [sent]);
    assert!(world.store.audit(&everything()).await.unwrap().is_empty());
}

async fn accounts_are_found_by_the_beginning_of_their_login(world: &World) {
    let ann = person(world, "Ann").await;
    let odd = person(world, "a%n_!").await;
    person(world, "ben").await;
    world.store.enter_front(ann, &main_community(), &front("im"), NOW).await.unwrap();
    let found = async |filter: AccountFilter| {
        let mut found: Vec<AccountId> =
            world.store.find_accounts(&filter).await.unwrap().into_iter().map(|account| account.id).collect();
        found.sort_unstable();
        found
    };
    let all = AccountFilter { limit: 10, ..AccountFilter::default() };
    let login = |login: &str| AccountFilter { login: Some(login.into()), ..all.clone() };
    assert_eq!(found(all.clone()).await.len(), 3);
    assert_eq!(found(login("an")).await, [ann]);
    assert_eq!(found(login("a%")).await, [odd]);
    assert_eq!(found(login("a%n_!")).await, [odd]);
    assert_eq!(found(login("%")).await, []);
    assert_eq!(found(AccountFilter { front: Some(front("im")), ..all.clone() }).await, [ann]);
    assert_eq!(found(AccountFilter { realm: Some(realm("other")), ..all.clone() }).await, []);
    let first = found(AccountFilter { limit: 1, ..all.clone() }).await[0];
    assert_eq!(found(AccountFilter { after: Some(first), ..all.clone() }).await.len(), 2);
    let nobody = AccountId::generate(at(1));
    let known = world.store.accounts_numbered(&[nobody, ann]).await.unwrap();
    assert_eq!(known.iter().map(|account| account.id).collect::<Vec<_>>(), [ann]);
    assert_eq!(world.store.entered(&[nobody, ann]).await.unwrap(), [(ann, main_community(), front("im"))]);
    assert_eq!(world.store.account(odd).await.unwrap().unwrap().profile.login, "a%n_!");
}

async fn sessions_of_the_administration_are_kept_and_expire(world: &World) {
    let ann = person(world, "ann").await;
    let record = AdminSessionRecord {
        token_hash: [9; 32],
        account: ann,
        stamp: "0123".into(),
        created_at: NOW,
        expires_at: at(60),
    };
    world.store.keep_admin_session(&record).await.unwrap();
    assert_eq!(world.store.admin_session(&[9; 32]).await.unwrap(), Some(record.clone()));
    assert_eq!(world.store.admin_session(&[8; 32]).await.unwrap(), None);
    world.store.forget_expired_admin_sessions(at(59)).await.unwrap();
    assert!(world.store.admin_session(&[9; 32]).await.unwrap().is_some());
    world.store.forget_expired_admin_sessions(at(60)).await.unwrap();
    assert_eq!(world.store.admin_session(&[9; 32]).await.unwrap(), None);
    world.store.keep_admin_session(&record).await.unwrap();
    world.store.forget_admin_session(&[9; 32]).await.unwrap();
    assert_eq!(world.store.admin_session(&[9; 32]).await.unwrap(), None);
}

async fn counts_add_up_and_people_count_once_a_day(world: &World) {
    let (ann, ben) = (person(world, "ann").await, person(world, "ben").await);
    let day = |day: &str, messages| DayCount {
        day: day.into(),
        front: front("im"),
        tally: Tally { messages, sessions: 1, bytes: 7, ..Tally::default() },
    };
    let seen = |day: &str, who| (day.to_owned(), front("im"), who);
    let add =
        async |counts: &[DayCount], people: &[_]| world.store.add_statistics(counts, people).await.unwrap();
    add(&[day("2026-11-22", 2)], &[seen("2026-11-22", ann)]).await;
    add(&[day("2026-11-22", 3), day("2026-11-23", 1)], &[seen("2026-11-22", ann), seen("2026-11-22", ben)])
        .await;
    add(&[], &[seen("2026-11-23", ann)]).await;
    let days = world.store.statistics("2026-11-01", "2026-11-30", None).await.unwrap();
    assert_eq!(days.len(), 2);
    let tally = days[0].tally;
    assert_eq!((tally.messages, tally.sessions, tally.people, tally.bytes), (5, 2, 2, 14));
    assert_eq!((days[1].tally.messages, days[1].tally.people), (1, 1));
    assert_eq!(world.store.statistics("2026-11-23", "2026-11-23", None).await.unwrap().len(), 1);
    assert!(
        world.store.statistics("2026-11-01", "2026-11-30", Some(&front("other"))).await.unwrap().is_empty()
    );
    // Another day later the people of the first are forgotten, their number is not.
    add(&[], &[seen("2026-11-25", ann)]).await;
    assert_eq!(world.store.statistics("2026-11-22", "2026-11-22", None).await.unwrap()[0].tally.people, 2);
}
