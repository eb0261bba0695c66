//! What the other system says holds while people are here: bans, groups, names, private messages, news.

use std::net::IpAddr;
use std::time::Duration;

use portico_core::Timestamp;
use portico_core::auth::{ExternalGroup, Refusal, Restriction, Topic};
use portico_core::engine::{Engine, EngineError, EntryError, LoginOrigin};
use portico_core::front::{NewsPlace, NewsRule};
use portico_core::group::GroupSelector;
use portico_core::messaging::Event;
use portico_core::policy::Mode;
use portico_core::shoutbox::Wall;
use portico_core::testing::{FakeAuthenticator, FakeHealth};

use crate::town::{Person, Town, at, enter, hear, say, texts, try_enter};

fn group(id: &str, name: &str, leader: bool) -> ExternalGroup {
    ExternalGroup { id: id.into(), name: name.into(), leader, built_in: false }
}

fn put_in(fake: &FakeAuthenticator, subject: &str, groups: &[(&str, &str, bool)]) {
    let groups: Vec<_> = groups.iter().map(|(id, name, leader)| group(id, name, *leader)).collect();
    assert!(fake.change(subject, |person| person.identity.groups = Some(groups)));
}

async fn is_told(engine: &Engine, person: &Person) -> Option<&'static str> {
    match engine.poll(&person.visitor, Some(&person.cursor), Duration::ZERO).await {
        Err(EngineError::SessionEnded(ending)) => Some(ending.as_str()),
        Err(other) => panic!("{other}"),
        Ok(_) => None,
    }
}

#[tokio::test]
async fn whoever_is_banned_over_there_is_out_and_told_why() {
    let town = Town::new();
    let engine = town.start().await;
    let (ann, ben) = (enter(&engine, "open", "ann").await, enter(&engine, "open", "ben").await);
    assert_eq!(engine.revalidate().await.ended, 0);
    let ban =
        Refusal::Banned { reason: Some("spam".into()), until: Some(Timestamp::from_secs(1_900_000_000)) };
    town.fake.change("0", |ann| ann.refusal = Some(ban));
    assert_eq!(engine.revalidate().await.ended, 1);
    assert_eq!(is_told(&engine, &ann).await, Some("banned"));
    assert_eq!(is_told(&engine, &ben).await, None);
    let again = engine.visit(&at(&engine, "open"), &ann.token, None).await.unwrap_err();
    let EngineError::SessionEnded(ending) = again else { panic!("{again}") };
    assert_eq!(ending.sentence(), "You were banned: spam");
    assert_eq!(ending.until(), Some(Timestamp::from_secs(1_900_000_000)));
    let after_restart = town.start().await;
    assert!(after_restart.visit(&at(&after_restart, "open"), &ann.token, None).await.is_err(), "durable");
}

#[tokio::test]
async fn whoever_is_deleted_or_has_another_password_over_there_is_out() {
    let town = Town::new();
    for subject in ["0", "1"] {
        town.fake.change(subject, |person| person.identity.secret_stamp = Some("then".into()));
    }
    let engine = town.start().await;
    let (ann, ben) = (enter(&engine, "open", "ann").await, enter(&engine, "open", "ben").await);
    town.fake.change("0", |ann| ann.identity.secret_stamp = Some("now".into()));
    town.fake.remove("1");
    assert_eq!(engine.revalidate().await.ended, 2);
    assert_eq!(is_told(&engine, &ann).await, Some("password-changed"));
    assert_eq!(is_told(&engine, &ben).await, Some("gone"));
}

#[tokio::test]
async fn a_banned_address_ends_the_sessions_seen_from_there() {
    let town = Town::new();
    let engine = town.start().await;
    let (here, there): (IpAddr, IpAddr) = ("192.0.2.7".parse().unwrap(), "192.0.2.8".parse().unwrap());
    let (ann, ben) = (enter(&engine, "open", "ann").await, enter(&engine, "open", "ben").await);
    engine.visit(&at(&engine, "open"), &ann.token, Some(here)).await.unwrap();
    engine.visit(&at(&engine, "open"), &ben.token, Some(there)).await.unwrap();
    town.fake.ban_address(there);
    assert_eq!(engine.revalidate().await.ended, 1);
    assert_eq!(is_told(&engine, &ann).await, None);
    assert_eq!(is_told(&engine, &ben).await, Some("banned"));
}

#[tokio::test]
async fn whoever_may_not_write_over_there_any_more_reads_on_here() {
    let town = Town::new();
    let engine = town.start().await;
    let (mut ann, ben) = (enter(&engine, "open", "ann").await, enter(&engine, "open", "ben").await);
    let talk = crate::town::talk(&engine, &ann, &ben).await;
    town.fake.change("0", |ann| ann.identity.restrictions.write = Some(Restriction::new("muted")));
    assert_eq!(engine.revalidate().await.changed, 1);
    let refused = engine.send(&ann.visitor, talk, "hello".into(), None).await.unwrap_err();
    assert!(matches!(refused, EngineError::WriteRestricted(_)), "{refused}");
    assert!(hear(&engine, &mut ann).await.iter().any(|event| matches!(event, Event::Session {})));
    let anew = town.start().await;
    let visitor = anew.visit(&at(&anew, "open"), &ann.token, None).await.unwrap();
    let refused = anew.send(&visitor, talk, "hello".into(), None).await.unwrap_err();
    assert!(matches!(refused, EngineError::WriteRestricted(_)), "kept over a restart: {refused}");
}

#[tokio::test]
async fn an_outage_over_there_leaves_everybody_where_they_are() {
    let town = Town::new();
    let engine = town.start().await;
    let ann = enter(&engine, "open", "ann").await;
    for health in [FakeHealth::Unavailable, FakeHealth::Misconfigured] {
        town.fake.set_health(health);
        let round = engine.revalidate().await;
        assert_eq!((round.unanswered, round.ended), (1, 0));
        assert_eq!(is_told(&engine, &ann).await, None);
    }
    town.fake.set_health(FakeHealth::Healthy);
    assert_eq!(engine.revalidate().await.unanswered, 0);
}

#[tokio::test]
async fn looking_after_people_who_have_not_changed_asks_nothing_of_the_store() {
    let town = Town::new();
    put_in(&town.fake, "0", &[("7", "Team", false)]);
    let engine = town.start().await;
    let _ann = enter(&engine, "open", "ann").await;
    engine.revalidate().await;
    let before = town.store.calls();
    assert_eq!(engine.revalidate().await.people, 1);
    assert_eq!(town.store.calls(), before);
}

#[tokio::test]
async fn a_renamed_member_keeps_account_history_and_contacts() {
    let town = Town::new();
    let engine = town.start().await;
    let (ann, mut ben) = (enter(&engine, "open", "ann").await, enter(&engine, "open", "ben").await);
    let talk = crate::town::talk(&engine, &ann, &ben).await;
    say(&engine, &ann, talk, "it is me").await;
    town.fake.change("0", |ann| ann.identity.login = "Anna".into());
    engine.revalidate().await;
    let told = hear(&engine, &mut ben).await;
    let renamed = told.iter().find_map(|event| match event {
        Event::Person { person } if person.id == ann.id() => Some(person.login.as_str()),
        _ => None,
    });
    assert_eq!(renamed, Some("Anna"));
    let again = try_enter(&engine, "open", "Anna", "ann").await.unwrap();
    assert_eq!(again.account.id, ann.id());
    assert_eq!(engine.history(&again.visitor, talk, None, 10).await.unwrap().messages.len(), 1);
}

#[tokio::test]
async fn groups_over_there_are_rooms_here() {
    let town = Town::new();
    put_in(&town.fake, "0", &[("7", "Team", true)]);
    put_in(&town.fake, "1", &[("7", "Team", false)]);
    let engine = town.start().await;
    let (ann, mut ben) = (enter(&engine, "open", "ann").await, enter(&engine, "open", "ben").await);
    let cat = enter(&engine, "open", "cat").await;
    let groups = engine.groups(&ann.visitor).await.unwrap();
    assert_eq!(groups.len(), 1);
    assert_eq!((groups[0].group.name.as_str(), groups[0].manager, groups[0].members), ("Team", true, 2));
    let (team, room) = (groups[0].group.id, groups[0].group.room);
    say(&engine, &ann, room, "welcome").await;
    assert_eq!(texts(&hear(&engine, &mut ben).await), ["welcome"]);
    let members = engine.group_members(&ben.visitor, team, None, 10).await.unwrap();
    let mut names: Vec<_> =
        members.people.iter().map(|(member, leads)| (member.account.profile.login.clone(), *leads)).collect();
    names.sort();
    assert_eq!(names, [("ann".to_owned(), true), ("ben".to_owned(), false)]);
    let listed = engine.conversations(&ben.visitor, None, 10).await.unwrap().conversations;
    assert!(listed.iter().any(|info| info.view.conversation.group == Some(team) && info.may_write));
    for refused in [
        engine.send(&cat.visitor, room, "me too".into(), None).await.err(),
        engine.history(&cat.visitor, room, None, 10).await.err(),
        engine.group_members(&cat.visitor, team, None, 10).await.err(),
    ] {
        assert!(matches!(refused, Some(EngineError::NotFound)), "{refused:?}");
    }
}

#[tokio::test]
async fn whoever_leaves_a_group_over_there_is_out_of_its_room() {
    let town = Town::new();
    for subject in ["0", "1"] {
        put_in(&town.fake, subject, &[("7", "Team", false)]);
    }
    let engine = town.start().await;
    let (ann, mut ben) = (enter(&engine, "open", "ann").await, enter(&engine, "open", "ben").await);
    let room = engine.groups(&ann.visitor).await.unwrap()[0].group.room;
    put_in(&town.fake, "1", &[("8", "Chess", false)]);
    engine.revalidate().await;
    let told = hear(&engine, &mut ben).await;
    assert!(told.iter().any(
        |event| matches!(event, Event::ConversationGone { conversation_id } if *conversation_id == room)
    ));
    assert!(told.iter().any(|event| matches!(event, Event::Conversation { .. })), "the new one: {told:?}");
    say(&engine, &ann, room, "without ben").await;
    assert!(texts(&hear(&engine, &mut ben).await).is_empty());
    assert!(engine.history(&ben.visitor, room, None, 10).await.is_err());
    let names: Vec<_> =
        engine.groups(&ben.visitor).await.unwrap().into_iter().map(|part| part.group.name).collect();
    assert_eq!(names, ["Chess"]);
}

#[tokio::test]
async fn a_front_for_a_group_lets_nobody_else_in_and_nobody_stay() {
    let town = Town::new().with_front("staff", Mode::OpenCommunity, |front| {
        front.require_groups = vec![GroupSelector { realm: None, group: "Team".into() }];
    });
    put_in(&town.fake, "0", &[("7", "Team", false)]);
    let engine = town.start().await;
    let ann = enter(&engine, "staff", "ann").await;
    let refused = try_enter(&engine, "staff", "ben", "ben").await.unwrap_err();
    assert!(matches!(refused, EntryError::Refused(Refusal::NotPermitted)), "{refused}");
    put_in(&town.fake, "0", &[]);
    assert_eq!(engine.revalidate().await.ended, 1);
    assert_eq!(is_told(&engine, &ann).await, Some("not-permitted"));
}

#[tokio::test]
async fn unread_private_messages_are_told_when_their_number_changes() {
    let town = Town::new();
    let engine = town.start().await;
    let mut ann = enter(&engine, "open", "ann").await;
    town.fake.change("0", |ann| ann.unread = 3);
    for wanted in [vec![3], vec![]] {
        engine.revalidate().await;
        let told: Vec<u64> = hear(&engine, &mut ann)
            .await
            .iter()
            .filter_map(|event| match event {
                Event::Inbox { unread } => Some(*unread),
                _ => None,
            })
            .collect();
        assert_eq!(told, wanted);
    }
    let visitor = &ann.visitor;
    assert_eq!(engine.unread_elsewhere(visitor.community(), visitor.account()), Some(3));
}

fn topic(id: u64, forum: &str, title: &str) -> Topic {
    Topic {
        id,
        forum: forum.into(),
        title: title.into(),
        author: Some("Grace".into()),
        url: Some(format!("https://forum.example.org/viewtopic.php?t={id}")),
        posted_at: Timestamp::from_secs(1),
    }
}

fn with_news(place: NewsPlace, forum: &str) -> Town {
    Town::new().with_front("news", Mode::OpenCommunity, |front| {
        front.news = vec![NewsRule { authenticator: "fake".into(), forums: vec![forum.into()], place }];
    })
}

#[tokio::test]
async fn new_topics_are_announced_once_whatever_happens_between() {
    let town = with_news(NewsPlace::Room("News".into()), "General");
    town.fake.post(topic(1, "General", "before Portico came"));
    let engine = town.start().await;
    engine.announce_news().await;
    let mut ann = enter(&engine, "news", "ann").await;
    town.fake.post(topic(2, "General", "Hello"));
    town.fake.post(topic(3, "Elsewhere", "not chosen"));
    for _ in 0..2 {
        engine.announce_news().await;
    }
    let told = hear(&engine, &mut ann).await;
    assert_eq!(
        texts(&told),
        ["Hello\nGeneral · Grace\nhttps://forum.example.org/viewtopic.php?t=2"],
        "neither what was there before nor anything twice"
    );
    let anew = town.start().await;
    town.fake.post(topic(4, "General", "after a restart"));
    anew.announce_news().await;
    let visitor = anew.visit(&at(&anew, "news"), &ann.token, None).await.unwrap();
    let rooms = anew.conversations(&visitor, None, 10).await.unwrap().conversations;
    let room = rooms.iter().find(|info| info.group.is_some()).unwrap();
    assert!(!room.may_write, "only those who announce write there");
    let history = anew.history(&visitor, room.view.conversation.id, None, 10).await.unwrap().messages;
    assert_eq!(history.len(), 2);
    let announcer = room.members.iter().find(|member| member.account.id == history[0].sender).unwrap();
    assert_eq!(announcer.account.profile.display_name, "fake");
    let refused = anew.send(&visitor, room.view.conversation.id, "me too".into(), None).await.unwrap_err();
    assert!(matches!(refused, EngineError::NotPermitted(_)), "{refused}");
    let people = anew.roster(&visitor, None, 100).await.unwrap().people;
    assert!(people.is_empty(), "who announces is no person: {people:?}");
}

#[tokio::test]
async fn what_only_a_group_may_read_is_announced_in_its_room_alone() {
    let town = with_news(NewsPlace::Group("Team".into()), "#7");
    put_in(&town.fake, "0", &[("7", "Team", false)]);
    let engine = town.start().await;
    let (mut ann, mut ben) = (enter(&engine, "news", "ann").await, enter(&engine, "news", "ben").await);
    engine.announce_news().await;
    town.fake.post(topic(1, "#7", "secret plans"));
    engine.announce_news().await;
    assert_eq!(texts(&hear(&engine, &mut ann).await).len(), 1);
    assert!(texts(&hear(&engine, &mut ben).await).is_empty());
}

#[tokio::test]
async fn what_guests_may_not_read_is_not_announced_to_all() {
    let town = with_news(NewsPlace::Room("News".into()), "#7");
    let engine = town.start().await;
    let mut ann = enter(&engine, "news", "ann").await;
    engine.announce_news().await;
    town.fake.post(topic(1, "#7", "secret plans"));
    engine.announce_news().await;
    assert!(texts(&hear(&engine, &mut ann).await).is_empty());
}

mod hand_over {
    use base64::Engine as _;
    use base64::engine::general_purpose::URL_SAFE_NO_PAD;
    use hmac::{Hmac, KeyInit, Mac};
    use portico_core::session::{Proof, TicketRefusal};
    use sha2::Sha256;

    use super::*;

    const SECRET: &str = "an example secret of thirty-two+ bytes";

    fn town() -> Town {
        Town::new().with_front("door", Mode::OpenCommunity, |front| {
            front.hand_over = Some(SECRET.to_owned().into());
        })
    }

    fn ticket(subject: &str, realm: &str) -> String {
        let json = serde_json::json!({
            "realm": realm, "subject": subject, "front": "door", "nonce": "0123456789abcdef",
            "expires": 1_800_000_030_i64
        });
        let payload = URL_SAFE_NO_PAD.encode(json.to_string());
        let mut mac = <Hmac<Sha256> as KeyInit>::new_from_slice(SECRET.as_bytes()).unwrap();
        mac.update(payload.as_bytes());
        format!("{payload}.{}", URL_SAFE_NO_PAD.encode(mac.finalize().into_bytes()))
    }

    #[tokio::test]
    async fn a_signed_ticket_opens_the_door_once() {
        let town = town();
        let engine = town.start().await;
        let (door, origin) = (at(&engine, "door"), LoginOrigin::default());
        let login = engine.hand_over(&door, &ticket("0", "fake"), &origin, None).await.unwrap();
        assert_eq!(login.account.profile.login, "ann");
        assert_eq!(login.visitor.session().standing().proof, Proof::HandOver);
        let twelve_hours = town.clock_now().plus(Duration::from_secs(12 * 3600));
        assert_eq!(login.visitor.session().expires_at(), twelve_hours);
        for engine in [engine, town.start().await] {
            let again = engine.hand_over(&door, &ticket("0", "fake"), &origin, None).await.unwrap_err();
            assert!(matches!(again, EntryError::Ticket(TicketRefusal::Used)), "{again}");
        }
    }

    #[tokio::test]
    async fn a_ticket_lets_in_nobody_whom_a_login_would_not() {
        let town = town();
        town.fake.change("0", |ann| ann.refusal = Some(Refusal::Disabled));
        let engine = town.start().await;
        let (door, origin) = (at(&engine, "door"), LoginOrigin::default());
        let disabled = engine.hand_over(&door, &ticket("0", "fake"), &origin, None).await.unwrap_err();
        assert!(matches!(disabled, EntryError::Refused(Refusal::Disabled)), "{disabled}");
        let elsewhere = engine.hand_over(&door, &ticket("1", "another"), &origin, None).await.unwrap_err();
        assert!(matches!(elsewhere, EntryError::Ticket(TicketRefusal::Elsewhere)), "{elsewhere}");
        let closed = engine.hand_over(&at(&engine, "open"), &ticket("1", "fake"), &origin, None).await;
        assert!(matches!(closed, Err(EntryError::Refused(Refusal::NotPermitted))), "the front takes none");
    }

    #[tokio::test]
    async fn a_ticket_for_nobody_makes_no_account() {
        let town = town();
        let engine = town.start().await;
        let origin = LoginOrigin::default();
        let refused =
            engine.hand_over(&at(&engine, "door"), &ticket("99", "fake"), &origin, None).await.unwrap_err();
        assert!(matches!(refused, EntryError::Refused(Refusal::UnknownSubject)), "{refused}");
    }
}

mod guests {
    use portico_core::session::Proof;

    use super::*;

    fn town() -> Town {
        let room = NewsPlace::Room("News".into());
        Town::new().with_front("news", Mode::OpenCommunity, |front| {
            front.guests = true;
            front.news =
                vec![NewsRule { authenticator: "fake".into(), forums: vec!["General".into()], place: room }];
        })
    }

    #[tokio::test]
    async fn a_guest_reads_what_is_announced_to_everybody() {
        let town = town();
        let engine = town.start().await;
        engine.announce_news().await;
        let login = engine.enter_as_guest(&at(&engine, "news"), &LoginOrigin::default()).await.unwrap();
        assert_eq!(login.visitor.session().standing().proof, Proof::Guest);
        let token = login.token.expose().to_owned();
        let mut guest = Person { visitor: login.visitor, cursor: login.cursor, token };
        town.fake.post(topic(1, "General", "Hello"));
        engine.announce_news().await;
        assert_eq!(texts(&hear(&engine, &mut guest).await).len(), 1);
        let rooms = engine.conversations(&guest.visitor, None, 10).await.unwrap().conversations;
        assert_eq!((rooms.len(), rooms[0].may_write), (1, false));
        let room = rooms[0].view.conversation.id;
        assert_eq!(engine.history(&guest.visitor, room, None, 10).await.unwrap().messages.len(), 1);
        assert!(engine.visit(&at(&engine, "news"), &guest.token, None).await.is_ok());
        engine.log_out(&guest.visitor).await.unwrap();
        assert!(engine.visit(&at(&engine, "news"), &guest.token, None).await.is_err());
    }

    #[tokio::test]
    async fn a_guest_does_nothing_else_and_is_nobody() {
        let town = town();
        let engine = town.start().await;
        engine.announce_news().await;
        let ann = enter(&engine, "news", "ann").await;
        let ben = enter(&engine, "open", "ben").await;
        let talk = crate::town::talk(&engine, &ann, &ben).await;
        let guest =
            engine.enter_as_guest(&at(&engine, "news"), &LoginOrigin::default()).await.unwrap().visitor;
        assert!(engine.roster(&guest, None, 10).await.unwrap().people.is_empty());
        assert!(engine.history(&guest, talk, None, 10).await.is_err());
        let room =
            engine.conversations(&guest, None, 10).await.unwrap().conversations[0].view.conversation.id;
        let refused = [
            engine.send(&guest, room, "me too".into(), None).await.err(),
            engine.open_direct(&guest, ann.id()).await.err(),
            engine.find_people(&guest, "ann").await.err(),
            engine.person(&guest, ann.id()).await.err(),
            engine.avatar_source(&guest, ann.id()).await.err(),
        ];
        for error in refused {
            assert!(matches!(error, Some(EngineError::NotPermitted(_))), "{error:?}");
        }
        let seen = engine.roster(&ann.visitor, None, 10).await.unwrap().people;
        assert_eq!(seen.iter().map(|person| person.id).collect::<Vec<_>>(), [ben.id()]);
        assert_eq!(engine.who_is_here(&at(&engine, "news"), 10).await.unwrap().count, 1, "ann alone");
        assert_eq!(engine.revalidate().await.ended, 0, "nobody knows guests, and nobody asks");
    }

    #[tokio::test]
    async fn a_guest_reads_a_wall_that_everybody_may_read_and_no_other() {
        for public in [false, true] {
            let town = town().with_front("news", Mode::OpenCommunity, |front| {
                front.guests = true;
                front.options.shoutbox = true;
                front.options.shoutbox_public = public;
            });
            let engine = town.start().await;
            let ann = enter(&engine, "news", "ann").await;
            let login = engine.enter_as_guest(&at(&engine, "news"), &LoginOrigin::default()).await.unwrap();
            let token = login.token.expose().to_owned();
            let mut guest = Person { visitor: login.visitor, cursor: login.cursor, token };
            let wall = Wall::Front(ann.visitor.front().id.clone());
            engine.shout(&ann.visitor, wall.clone(), "hello").await.unwrap();
            let heard = hear(&engine, &mut guest).await;
            assert_eq!(heard.iter().any(|event| matches!(event, Event::Shout { .. })), public, "{heard:?}");
            assert_eq!(engine.wall(&guest.visitor, &wall, false, None, 10).await.is_ok(), public);
        }
    }

    #[tokio::test]
    async fn a_guest_leaves_nothing_behind_and_takes_no_members_place() {
        let mut town = town().with_front("small", Mode::OpenCommunity, |front| {
            front.guests = true;
            front.options.max_sessions = Some(1);
        });
        town.settings.throttle.per_address = 2;
        let engine = town.start().await;
        let origin = LoginOrigin { peer: Some("192.0.2.7".parse().unwrap()), ..LoginOrigin::default() };
        for _ in 0..2 {
            engine.enter_as_guest(&at(&engine, "small"), &origin).await.unwrap();
        }
        let refused = engine.enter_as_guest(&at(&engine, "small"), &origin).await.unwrap_err();
        assert!(matches!(refused, EntryError::Throttled(_)), "{refused}");
        let _ann = enter(&engine, "small", "ann").await;
        let before = engine.live_sessions();
        town.clock.advance(Duration::from_secs(1200));
        engine.tidy();
        assert!(engine.live_sessions() <= before - 2, "{} of {before}", engine.live_sessions());
    }

    #[tokio::test]
    async fn a_front_takes_guests_only_where_it_says_so() {
        let engine = town().start().await;
        let refused = engine.enter_as_guest(&at(&engine, "open"), &LoginOrigin::default()).await.unwrap_err();
        assert!(matches!(refused, EntryError::Refused(Refusal::NotPermitted)), "{refused}");
    }
}
