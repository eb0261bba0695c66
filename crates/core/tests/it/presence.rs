//! How people are, and what telling everybody costs.

use std::time::Duration;

use portico_core::contact::ContactAction;
use portico_core::engine::{Engine, EngineError};
use portico_core::messaging::{Event, PresenceState, PresenceView};
use portico_core::policy::{Mode, OfflineChoice};
use portico_core::testing::FakePerson;

use crate::town::{Person, Town, at, enter, hear, say, talk};

fn town() -> Town {
    Town::new().with_front("open", Mode::OpenCommunity, |front| {
        front.options.busy_reasons = vec!["Meeting".into(), "Eating".into()];
    })
}

/// What `events` say last of how somebody is.
fn told(events: &[Event], of: &Person) -> Option<PresenceView> {
    let all = events.iter().flat_map(|event| match event {
        Event::Presence { account, presence } => vec![(*account, presence.clone())],
        Event::Presences { people } => people.iter().map(|one| (one.account, one.presence.clone())).collect(),
        _ => Vec::new(),
    });
    all.filter(|(account, _)| *account == of.id()).map(|(_, presence)| presence).last()
}

async fn seen(engine: &Engine, by: &Person, of: &Person) -> PresenceState {
    let people = engine.roster(&by.visitor, None, 200).await.unwrap().people;
    people.iter().find(|person| person.id == of.id()).unwrap().presence.state
}

async fn choose(engine: &Engine, who: &Person, state: PresenceState) {
    engine.choose_presence(&who.visitor, state, None).await.unwrap();
}

async fn befriend(engine: &Engine, one: &Person, other: &Person) {
    engine.change_contact(&one.visitor, other.id(), ContactAction::Request).await.unwrap();
    engine.change_contact(&other.visitor, one.id(), ContactAction::Accept).await.unwrap();
}

#[tokio::test]
async fn what_somebody_chooses_is_told_with_its_reason_and_holds_over_a_restart() {
    let town = town();
    let engine = town.start().await;
    let (mut ann, ben) = (enter(&engine, "open", "ann").await, enter(&engine, "open", "ben").await);
    let mut bens_phone = enter(&engine, "open", "ben").await;
    hear(&engine, &mut ann).await;
    engine.choose_presence(&ben.visitor, PresenceState::Busy, Some("Eating")).await.unwrap();
    let busy = told(&hear(&engine, &mut ann).await, &ben).unwrap();
    assert_eq!((busy.state, busy.reason.as_deref()), (PresenceState::Busy, Some("Eating")));
    let mine = hear(&engine, &mut bens_phone).await;
    assert!(
        matches!(mine.as_slice(), [Event::MyPresence { presence }] if presence.state == PresenceState::Busy)
    );

    let engine = town.start().await;
    let ann = engine.visit(&at(&engine, "open"), &ann.token, None).await.unwrap();
    assert_eq!(engine.presence_of(ann.community(), ben.id()).state, PresenceState::Offline);
    let ben = engine.visit(&at(&engine, "open"), &ben.token, None).await.unwrap();
    let view = engine.presence_of(ben.community(), ben.account());
    assert_eq!((view.state, view.reason.as_deref()), (PresenceState::Busy, Some("Eating")));
}

#[tokio::test]
async fn a_front_says_which_reasons_there_are_and_whether_anybody_may_hide() {
    let town = town().with_front("plain", Mode::OpenCommunity, |front| front.options.invisible = false);
    let engine = town.start().await;
    let (ann, ben) = (enter(&engine, "open", "ann").await, enter(&engine, "plain", "ben").await);
    for (state, reason) in [
        (PresenceState::Busy, Some("Sleeping")),
        (PresenceState::Away, Some("Meeting")),
        (PresenceState::Invisible, Some("Meeting")),
        (PresenceState::Offline, None),
    ] {
        let refused = engine.choose_presence(&ann.visitor, state, reason).await;
        assert!(matches!(refused, Err(EngineError::Unacceptable(_))), "{state:?} {refused:?}");
    }
    let refused = engine.choose_presence(&ben.visitor, PresenceState::Invisible, None).await;
    assert!(matches!(refused, Err(EngineError::NotPermitted(_))));
    assert!(engine.choose_presence(&ann.visitor, PresenceState::Invisible, None).await.is_ok());
}

#[tokio::test]
async fn nothing_tells_that_somebody_invisible_is_here() {
    let town = town().with_front("open", Mode::OpenCommunity, |_| {});
    let engine = town.start().await;
    let (mut ann, ben) = (enter(&engine, "open", "ann").await, enter(&engine, "open", "ben").await);
    let place = talk(&engine, &ann, &ben).await;
    choose(&engine, &ben, PresenceState::Invisible).await;
    let gone = told(&hear(&engine, &mut ann).await, &ben).unwrap();
    assert_eq!(gone.state, PresenceState::Offline);

    // From here on ben comes, goes, moves and writes, and ann hears nothing but what he says.
    for minutes in [1, 20, 60] {
        town.clock.advance(Duration::from_secs(60 * minutes));
        engine.sweep_presence();
        engine.tidy();
        engine.write_behind().await;
        ann.visitor = engine.visit(&at(&engine, "open"), &ann.token, None).await.unwrap();
        let back = engine.visit(&at(&engine, "open"), &ben.token, None).await.unwrap();
        engine.tell_of_device(&back, Some(true), None).await.unwrap();
        engine.tell_of_typing(&back, place).await.unwrap();
        let again = enter(&engine, "open", "ben").await;
        engine.poll(&again.visitor, Some(&again.cursor), Duration::ZERO).await.unwrap();
        engine.log_out(&again.visitor).await.unwrap();
        let events = hear(&engine, &mut ann).await;
        let silent = events.iter().all(|event| matches!(event, Event::Resync {}));
        assert!(silent, "{events:?}");
        assert_eq!(seen(&engine, &ann, &ben).await, PresenceState::Offline);
        assert_eq!(engine.person(&ann.visitor, ben.id()).await.unwrap().presence.since, gone.since);
        assert_eq!(engine.who_is_here(&at(&engine, "open"), 10).await.unwrap().count, 1);
        let own = engine.own_presence(&back).await.unwrap();
        assert_eq!((own.state, own.idle), (PresenceState::Invisible, Some(true)));
    }
    // A restart gives nothing away either.
    engine.shut_down().await;
    let engine = town.start().await;
    let _ann = engine.visit(&at(&engine, "open"), &ann.token, None).await.unwrap();
    let ben = engine.visit(&at(&engine, "open"), &ben.token, None).await.unwrap();
    let view = engine.presence_of(ben.community(), ben.account());
    assert_eq!((view.state, view.since), (PresenceState::Offline, gone.since));
}

#[tokio::test]
async fn when_somebody_was_last_seen_is_known_after_a_restart_and_hidden_where_the_front_says_so() {
    let town =
        town().with_front("discreet", Mode::OpenCommunity, |front| front.options.show_last_seen = false);
    let engine = town.start().await;
    let (ann, ben) = (enter(&engine, "open", "ann").await, enter(&engine, "open", "ben").await);
    let eve = enter(&engine, "discreet", "eve").await;
    let left = town.clock_now();
    engine.log_out(&ben.visitor).await.unwrap();
    town.clock.advance(Duration::from_secs(3600));
    engine.shut_down().await;
    let engine = town.start().await;
    for (front, person, since) in [("open", &ann, Some(left)), ("discreet", &eve, None)] {
        let visitor = engine.visit(&at(&engine, front), &person.token, None).await.unwrap();
        let people = engine.roster(&visitor, None, 10).await.unwrap().people;
        let row = people.iter().find(|row| row.id == ben.id()).unwrap();
        assert_eq!((row.presence.state, row.presence.since), (PresenceState::Offline, since), "{front}");
    }
}

#[tokio::test]
async fn an_idle_device_makes_its_person_away_unless_another_is_used() {
    let town = town();
    let engine = town.start().await;
    let (mut ann, ben) = (enter(&engine, "open", "ann").await, enter(&engine, "open", "ben").await);
    engine.tell_of_device(&ben.visitor, Some(true), None).await.unwrap();
    assert_eq!(told(&hear(&engine, &mut ann).await, &ben).unwrap().state, PresenceState::Away);
    let phone = enter(&engine, "open", "ben").await;
    assert_eq!(told(&hear(&engine, &mut ann).await, &ben).unwrap().state, PresenceState::Online);
    engine.tell_of_device(&phone.visitor, Some(true), None).await.unwrap();
    engine.tell_of_device(&ben.visitor, Some(false), None).await.unwrap();
    assert_eq!(seen(&engine, &ann, &ben).await, PresenceState::Online);
    engine.log_out(&ben.visitor).await.unwrap();
    assert_eq!(told(&hear(&engine, &mut ann).await, &ben).unwrap().state, PresenceState::Away);
}

#[tokio::test]
async fn the_time_zone_that_a_device_tells_is_shown_where_the_front_shows_it() {
    let town =
        town().with_front("discreet", Mode::OpenCommunity, |front| front.options.show_time_zone = false);
    let engine = town.start().await;
    let (mut ann, ben) = (enter(&engine, "open", "ann").await, enter(&engine, "open", "ben").await);
    let eve = enter(&engine, "discreet", "eve").await;
    hear(&engine, &mut ann).await;
    engine.tell_of_device(&ben.visitor, None, Some("Asia/Tokyo")).await.unwrap();
    let events = hear(&engine, &mut ann).await;
    let zone = events.iter().find_map(|event| match event {
        Event::Person { person } if person.id == ben.id() => person.timezone.clone(),
        _ => None,
    });
    assert_eq!(zone.as_deref(), Some("Asia/Tokyo"));
    assert_eq!(engine.person(&eve.visitor, ben.id()).await.unwrap().timezone, None);
    let refused = engine.tell_of_device(&ben.visitor, None, Some("<script>")).await;
    assert!(matches!(refused, Err(EngineError::Unacceptable(_))));
    let engine = town.start().await;
    let ann = engine.visit(&at(&engine, "open"), &ann.token, None).await.unwrap();
    assert_eq!(engine.person(&ann, ben.id()).await.unwrap().timezone.as_deref(), Some("Asia/Tokyo"));
}

#[tokio::test]
async fn from_whom_one_takes_messages_while_away_is_kept() {
    let town = town();
    let engine = town.start().await;
    let ann = enter(&engine, "open", "ann").await;
    engine.choose_offline(&ann.visitor, OfflineChoice::Favourites).await.unwrap();
    let engine = town.start().await;
    let kept = engine.presence_record(ann.visitor.community(), ann.id()).await.unwrap();
    assert_eq!(kept.offline_choice, OfflineChoice::Favourites);
}

mod typing {
    use super::*;

    async fn typing(engine: &Engine, who: &mut Person) -> usize {
        hear(engine, who).await.iter().filter(|event| matches!(event, Event::Typing { .. })).count()
    }

    #[tokio::test]
    async fn is_told_to_the_other_and_not_more_often_than_every_three_seconds() {
        let town = town();
        let engine = town.start().await;
        let (mut ann, mut ben) = (enter(&engine, "open", "ann").await, enter(&engine, "open", "ben").await);
        let place = talk(&engine, &ann, &ben).await;
        hear(&engine, &mut ann).await;
        let stale = ben.cursor.clone();
        for _ in 0..5 {
            engine.tell_of_typing(&ann.visitor, place).await.unwrap();
        }
        assert_eq!((typing(&engine, &mut ben).await, typing(&engine, &mut ann).await), (1, 0));
        town.clock.advance(Duration::from_secs(3));
        engine.tell_of_typing(&ann.visitor, place).await.unwrap();
        assert_eq!(typing(&engine, &mut ben).await, 1);
        ben.cursor = stale;
        assert_eq!(typing(&engine, &mut ben).await, 1, "a slow device hears it once");
        town.clock.advance(Duration::from_secs(7));
        let mut phone = enter(&engine, "open", "ben").await;
        assert_eq!(typing(&engine, &mut phone).await, 0, "and nobody when it is over");
    }

    #[tokio::test]
    async fn needs_the_right_to_write_and_a_front_that_tells() {
        let town = town().with_front("quiet", Mode::OpenCommunity, |front| front.options.typing = false);
        let engine = town.start().await;
        let (ann, mut ben) = (enter(&engine, "open", "ann").await, enter(&engine, "open", "ben").await);
        let (eve, at_quiet) = (enter(&engine, "open", "eve").await, enter(&engine, "quiet", "ann").await);
        let place = talk(&engine, &ann, &ben).await;
        assert!(matches!(engine.tell_of_typing(&eve.visitor, place).await, Err(EngineError::NotFound)));
        let refused = engine.tell_of_typing(&at_quiet.visitor, place).await;
        assert!(matches!(refused, Err(EngineError::NotPermitted(_))));
        engine.change_contact(&ben.visitor, ann.id(), ContactAction::Refuse).await.unwrap();
        assert!(engine.tell_of_typing(&ann.visitor, place).await.is_err());
        assert_eq!(typing(&engine, &mut ben).await, 0);
    }
}

mod costs {
    use super::*;
    use std::sync::Arc;

    async fn crowd(town: &Town, engine: &Engine, front: &str, count: usize) -> Vec<Person> {
        let mut people = Vec::with_capacity(count);
        for number in 0..count {
            let name = format!("p{number}");
            town.fake.add(FakePerson::new(&name, &name, &name));
            people.push(enter(engine, front, &name).await);
        }
        people
    }

    #[tokio::test]
    async fn a_login_storm_writes_an_entry_per_change_and_not_a_notice_per_reader() {
        let mut town = town();
        town.settings.presence_beat = Duration::from_millis(500);
        let engine = town.start().await;
        let people = crowd(&town, &engine, "open", 300).await;
        let traffic = engine.change_traffic();
        // Each appears, and comes online.
        assert_eq!((traffic.changes, traffic.entries), (600, 600));
        assert_eq!(people.len(), 300);
    }

    #[tokio::test(start_paused = true)]
    async fn whoever_waits_wakes_once_for_all_who_came_meanwhile() {
        let mut town = town();
        town.settings.presence_beat = Duration::from_millis(500);
        let engine = town.start().await;
        let ann = enter(&engine, "open", "ann").await;
        let later = crowd(&town, &engine, "open", 100).await;
        for person in &later {
            engine.log_out(&person.visitor).await.unwrap();
        }
        tokio::time::sleep(Duration::from_secs(2)).await;
        let cursor = engine.poll(&ann.visitor, None, Duration::ZERO).await.unwrap().cursor;
        let before = engine.change_traffic();
        let mut stream = engine.stream(ann.visitor.clone(), Some(&cursor)).unwrap();
        let waiting = tokio::spawn(async move {
            let (mut events, mut answers) = (Vec::new(), 0);
            while events.iter().map(size).sum::<usize>() < 100 {
                let Ok(Some(portico_core::engine::FeedItem::Events(more, _))) = stream.next().await else {
                    panic!()
                };
                events.extend(more);
                answers += 1;
            }
            answers
        });
        tokio::task::yield_now().await;
        for number in 0..100 {
            enter(&engine, "open", &format!("p{number}")).await;
        }
        let answers = waiting.await.unwrap();
        let after = engine.change_traffic();
        assert!(answers <= 3, "the first one, and the rest at the beat: {answers}");
        assert!(after.wakes - before.wakes <= 3, "{after:?}");
    }

    fn size(event: &Event) -> usize {
        match event {
            Event::Presence { .. } => 1,
            Event::Presences { people } => people.len(),
            _ => 0,
        }
    }

    #[tokio::test]
    async fn a_slow_reader_gets_the_last_state_of_each_and_nothing_of_the_way_to_it() {
        let town = town();
        let engine = town.start().await;
        let mut ann = enter(&engine, "open", "ann").await;
        let people = crowd(&town, &engine, "open", 20).await;
        hear(&engine, &mut ann).await;
        for _ in 0..10 {
            for person in &people {
                choose(&engine, person, PresenceState::Busy).await;
                choose(&engine, person, PresenceState::Away).await;
            }
        }
        let events = hear(&engine, &mut ann).await;
        let [Event::Presences { people: told }] = events.as_slice() else { panic!("{events:?}") };
        assert_eq!(told.len(), 20);
        assert!(told.iter().all(|one| one.presence.state == PresenceState::Away));
    }

    #[tokio::test]
    async fn telling_everybody_of_a_newcomer_asks_the_store_nothing_per_reader() {
        let town = town();
        let engine = town.start().await;
        let mut people = crowd(&town, &engine, "open", 60).await;
        for person in &mut people {
            // As every client does that begins.
            engine.roster(&person.visitor, None, 200).await.unwrap();
            while !hear(&engine, person).await.is_empty() {}
        }
        let _newcomer = enter(&engine, "open", "fay").await;
        let before = town.store.calls();
        for person in &mut people {
            let events = hear(&engine, person).await;
            assert!(events.iter().any(|event| matches!(event, Event::Person { .. })), "{events:?}");
        }
        assert_eq!(town.store.calls(), before);
    }

    #[tokio::test]
    async fn where_only_contacts_are_seen_only_contacts_are_told() {
        let town = town().with_front("open", Mode::Normal, |_| {});
        let engine = town.start().await;
        let (mut ann, ben) = (enter(&engine, "open", "ann").await, enter(&engine, "open", "ben").await);
        let mut others = crowd(&town, &engine, "open", 30).await;
        befriend(&engine, &ann, &ben).await;
        hear(&engine, &mut ann).await;
        let before = engine.change_traffic();
        choose(&engine, &ben, PresenceState::Busy).await;
        let after = engine.change_traffic();
        assert_eq!(after.entries - before.entries, 1);
        assert_eq!(told(&hear(&engine, &mut ann).await, &ben).unwrap().state, PresenceState::Busy);
        for other in &mut others {
            assert!(hear(&engine, other).await.is_empty());
        }
    }

    #[tokio::test]
    async fn devices_at_fronts_of_different_modes_each_see_what_theirs_shows() {
        let town = town().with_front("strict", Mode::Normal, |_| {});
        let engine = town.start().await;
        let (mut open, mut strict) =
            (enter(&engine, "open", "ann").await, enter(&engine, "strict", "ann").await);
        let (ben, cat) = (enter(&engine, "strict", "ben").await, enter(&engine, "open", "cat").await);
        befriend(&engine, &strict, &ben).await;
        hear(&engine, &mut open).await;
        hear(&engine, &mut strict).await;
        choose(&engine, &ben, PresenceState::Busy).await;
        choose(&engine, &cat, PresenceState::Busy).await;
        let (at_open, at_strict) = (hear(&engine, &mut open).await, hear(&engine, &mut strict).await);
        assert!(told(&at_open, &cat).is_some() && told(&at_strict, &ben).is_some());
        assert!(told(&at_strict, &cat).is_none(), "a stranger at a strict front");
    }

    #[tokio::test]
    async fn an_idle_poll_wakes_nobody_and_asks_nothing_while_strangers_come_and_go() {
        let town = town().with_front("open", Mode::Normal, |_| {});
        let engine = town.start().await;
        let mut ann = enter(&engine, "open", "ann").await;
        hear(&engine, &mut ann).await;
        let poll = {
            let (engine, visitor, cursor) = (Arc::clone(&engine), ann.visitor.clone(), ann.cursor.clone());
            tokio::spawn(
                async move { engine.poll(&visitor, Some(&cursor), Duration::from_millis(300)).await },
            )
        };
        tokio::time::sleep(Duration::from_millis(20)).await;
        crowd(&town, &engine, "open", 5).await;
        assert!(poll.await.unwrap().unwrap().events.is_empty());
        assert_eq!(engine.change_traffic().entries, 0);
        let ben = enter(&engine, "open", "ben").await;
        befriend(&engine, &ann, &ben).await;
        let place = talk(&engine, &ann, &ben).await;
        say(&engine, &ben, place, "hello").await;
        assert!(!hear(&engine, &mut ann).await.is_empty());
    }
}
