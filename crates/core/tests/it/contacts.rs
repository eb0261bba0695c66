//! What people do about each other: asking with a text, hiding, favouring, naming, rating, and the limits of it all.

use std::sync::Arc;

use portico_core::auth::ExternalGroup;
use portico_core::contact::{ContactAction, ContactChange, ContactRefusal, NotesChange, Relation};
use portico_core::engine::{Engine, EngineError};
use portico_core::front::{ContactRating, Front, Grantee, OptionOverrides, Role, RoleGrant};
use portico_core::group::GroupSelector;
use portico_core::messaging::{Event, PersonView, PresenceState, Tenths};
use portico_core::policy::{Mode, WriteRefusal};

use crate::town::{NAMES, Person, Town, enter, hear, talk, try_enter};

fn town(change: impl FnOnce(&mut Front)) -> Town {
    Town::new().with_front("normal", Mode::Normal, change)
}

async fn act(
    engine: &Engine,
    who: &Person,
    whom: &Person,
    change: impl Into<ContactChange>,
) -> Result<PersonView, EngineError> {
    engine.change_contact(&who.visitor, whom.id(), change).await
}

async fn befriend(engine: &Engine, one: &Person, other: &Person) {
    act(engine, one, other, ContactAction::Request).await.unwrap();
    act(engine, other, one, ContactAction::Accept).await.unwrap();
}

fn note(change: impl FnOnce(&mut NotesChange)) -> ContactChange {
    let mut notes = NotesChange::default();
    change(&mut notes);
    ContactChange::Note(notes)
}

fn text(words: &str) -> Option<Option<String>> {
    Some(Some(words.to_owned()))
}

#[expect(clippy::needless_pass_by_value, reason = "an outcome is looked at once")]
fn is_refused<T>(outcome: Result<T, EngineError>) -> bool {
    matches!(outcome, Err(EngineError::NotPermitted(_)))
}

async fn two(town: &Town) -> (Arc<Engine>, Person, Person) {
    let engine = town.start().await;
    let (ann, ben) = (enter(&engine, "normal", "ann").await, enter(&engine, "normal", "ben").await);
    (engine, ann, ben)
}

#[tokio::test]
async fn the_text_of_a_request_is_shown_to_who_is_asked() {
    let (engine, ann, mut ben) = two(&town(|_| {})).await;
    let long = ContactChange::Ask(Some("x".repeat(501)));
    assert!(matches!(act(&engine, &ann, &ben, long).await, Err(EngineError::Unacceptable(_))));
    act(&engine, &ann, &ben, ContactChange::Ask(Some("  we met at the fair ".into()))).await.unwrap();
    let told = hear(&engine, &mut ben).await;
    assert!(told.iter().any(|event| matches!(event, Event::Person { person }
        if person.request_text.as_deref() == Some("we met at the fair"))));
    let done = act(&engine, &ben, &ann, ContactAction::Accept).await.unwrap();
    assert_eq!((done.relation, done.request_text), (Relation::Accepted, None));
}

#[tokio::test]
async fn whoever_is_hidden_from_sees_somebody_offline() {
    let (engine, ann, mut ben) = two(&town(|_| {})).await;
    befriend(&engine, &ann, &ben).await;
    let place = talk(&engine, &ann, &ben).await;
    assert_eq!(engine.person(&ben.visitor, ann.id()).await.unwrap().presence.state, PresenceState::Online);
    hear(&engine, &mut ben).await;
    assert!(act(&engine, &ann, &ben, ContactAction::Hide).await.unwrap().hidden);
    let told = hear(&engine, &mut ben).await;
    assert!(
        told.iter().any(|event| matches!(event, Event::Person { person }
        if person.presence.state == PresenceState::Offline && !person.hidden)),
        "{told:?}"
    );
    // They write as to anybody offline; who hides must show themselves first.
    engine.send(&ben.visitor, place, "when you are back".into(), None).await.unwrap();
    let refused = engine.send(&ann.visitor, place, "psst".into(), None).await;
    assert!(matches!(refused, Err(EngineError::MayNotWrite(WriteRefusal::YouHide))), "{refused:?}");
    act(&engine, &ann, &ben, ContactAction::Unhide).await.unwrap();
    assert_eq!(engine.person(&ben.visitor, ann.id()).await.unwrap().presence.state, PresenceState::Online);
    assert!(engine.send(&ann.visitor, place, "here I am".into(), None).await.is_ok());
}

#[tokio::test]
async fn notes_are_ones_own_on_all_ones_devices_and_gone_with_the_contact() {
    let (engine, ann, mut ben) = two(&town(|_| {})).await;
    let mut phone = enter(&engine, "normal", "ann").await;
    befriend(&engine, &ann, &ben).await;
    let _ = (hear(&engine, &mut phone).await, hear(&engine, &mut ben).await);
    let noted = note(|notes| {
        notes.favourite = Some(true);
        notes.nickname = text(" Benny ");
        notes.group = text("Family");
    });
    let seen = act(&engine, &ann, &ben, noted).await.unwrap();
    assert_eq!(seen.nickname.as_deref(), Some("Benny"));
    assert_eq!((seen.contact_group.as_deref(), seen.favourite), (Some("Family"), true));
    let told = hear(&engine, &mut phone).await;
    assert!(told.iter().any(|event| matches!(event, Event::Person { person } if person.favourite)));
    hear(&engine, &mut ben).await;
    act(&engine, &ann, &ben, note(|notes| notes.nickname = text("B"))).await.unwrap();
    assert!(hear(&engine, &mut ben).await.is_empty(), "a nickname is nobody else's business");
    let theirs = engine.person(&ben.visitor, ann.id()).await.unwrap();
    assert_eq!((theirs.nickname, theirs.favourite), (None, false));
    act(&engine, &ann, &ben, note(|notes| notes.nickname = Some(None))).await.unwrap();
    assert_eq!(engine.person(&ann.visitor, ben.id()).await.unwrap().nickname, None);
    engine.remove_contact(&ann.visitor, ben.id()).await.unwrap();
    befriend(&engine, &ann, &ben).await;
    let anew = engine.person(&ann.visitor, ben.id()).await.unwrap();
    assert_eq!((anew.contact_group, anew.favourite), (None, false));
}

#[tokio::test]
async fn notes_that_could_not_be_shown_are_not_kept() {
    let (engine, ann, ben) = two(&town(|_| {})).await;
    befriend(&engine, &ann, &ben).await;
    let wrong = ["", "   ", "a\u{7}b", &"x".repeat(65)].map(str::to_owned);
    for words in wrong {
        let nickname = act(&engine, &ann, &ben, note(|notes| notes.nickname = text(&words))).await;
        assert!(matches!(nickname, Err(EngineError::Unacceptable(_))), "{words:?}");
        let group = act(&engine, &ann, &ben, note(|notes| notes.group = text(&words))).await;
        assert!(matches!(group, Err(EngineError::Unacceptable(_))), "{words:?}");
    }
}

#[tokio::test]
async fn nobody_is_noted_of_whom_one_sees_nothing() {
    let (engine, ann, ben) = two(&town(|_| {})).await;
    assert!(is_refused(act(&engine, &ann, &ben, note(|notes| notes.favourite = Some(true))).await));
    assert!(is_refused(act(&engine, &ann, &ben, ContactAction::Hide).await));
}

#[tokio::test]
async fn ratings_count_when_there_are_more_than_two() {
    let town = town(|front| front.options.contact_rating = ContactRating::Public);
    let engine = town.start().await;
    let eve = enter(&engine, "normal", "eve").await;
    let rate = |rating| note(move |notes| notes.rating = Some(Some(rating)));
    for (name, rating) in [("ann", 5), ("ben", 4), ("cat", 4)] {
        let rater = enter(&engine, "normal", name).await;
        assert!(matches!(
            act(&engine, &rater, &eve, rate(rating)).await,
            Err(EngineError::NotPermitted(_) | EngineError::Contact(ContactRefusal::NotAContact))
        ));
        befriend(&engine, &rater, &eve).await;
        let nonsense = act(&engine, &rater, &eve, rate(6)).await;
        assert!(matches!(nonsense, Err(EngineError::Unacceptable(_))));
        let seen = act(&engine, &rater, &eve, rate(rating)).await.unwrap();
        assert_eq!(seen.my_rating, Some(rating));
        assert_eq!(seen.rating, (name == "cat").then_some(Tenths(43)), "after {name}");
    }
    let ann = enter(&engine, "normal", "ann").await;
    engine.remove_contact(&ann.visitor, eve.id()).await.unwrap();
    let ben = enter(&engine, "normal", "ben").await;
    assert_eq!(engine.person(&ben.visitor, eve.id()).await.unwrap().rating, None);
}

#[tokio::test]
async fn what_a_front_switches_off_is_refused() {
    let town = town(|front| {
        front.options.contact_nicknames = false;
        front.options.hide_from_contacts = false;
    });
    let (engine, ann, ben) = two(&town).await;
    befriend(&engine, &ann, &ben).await;
    assert!(is_refused(act(&engine, &ann, &ben, ContactAction::Hide).await));
    assert!(is_refused(act(&engine, &ann, &ben, note(|notes| notes.nickname = text("B"))).await));
    assert!(
        is_refused(act(&engine, &ann, &ben, note(|notes| notes.rating = Some(Some(1)))).await),
        "off by default"
    );
    let managed = self::town(|front| front.options.manage_contacts = false);
    let (engine, ann, ben) = two(&managed).await;
    for action in [ContactAction::Request, ContactAction::Refuse, ContactAction::Remove] {
        assert!(is_refused(act(&engine, &ann, &ben, action).await), "{action:?}");
    }
    assert!(!engine.person(&ann.visitor, ben.id()).await.unwrap().may.request);
}

#[tokio::test]
async fn only_so_many_requests_wait_for_an_answer() {
    let town = town(|front| front.options.max_pending_requests = Some(1));
    let engine = town.start().await;
    let (ann, ben) = (enter(&engine, "normal", "ann").await, enter(&engine, "normal", "ben").await);
    let cat = enter(&engine, "normal", "cat").await;
    act(&engine, &ann, &ben, ContactAction::Request).await.unwrap();
    let second = act(&engine, &ann, &cat, ContactAction::Request).await;
    assert!(matches!(second, Err(EngineError::Contact(ContactRefusal::TooManyRequests { limit: 1 }))));
    act(&engine, &ben, &ann, ContactAction::Accept).await.unwrap();
    act(&engine, &ann, &cat, ContactAction::Request).await.unwrap();
}

#[tokio::test]
async fn an_acceptance_needs_room_on_both_sides() {
    let town = town(|_| {}).with_front("small", Mode::Normal, |front| front.options.max_contacts = Some(1));
    let engine = town.start().await;
    let ann = enter(&engine, "small", "ann").await;
    let (ben, cat) = (enter(&engine, "normal", "ben").await, enter(&engine, "normal", "cat").await);
    act(&engine, &ann, &ben, ContactAction::Request).await.unwrap();
    // Somebody else's request is accepted meanwhile by an administrator's hand: the small front is full.
    let pair = portico_core::contact::Pair::new(ann.id(), cat.id()).unwrap();
    let write = portico_core::ports::ContactWrite {
        community: ann.visitor.community().clone(),
        actor: ann.id(),
        pair,
        change: ContactChange::Befriend,
        limits: portico_core::contact::ContactLimits::default(),
        now: town.clock_now(),
    };
    portico_core::ports::Store::write_contact(&town.store, &write).await.unwrap().unwrap();
    let full = act(&engine, &ben, &ann, ContactAction::Accept).await;
    assert!(
        matches!(full, Err(EngineError::Contact(ContactRefusal::TheirLimitReached { limit: 1 }))),
        "{full:?}"
    );
}

#[tokio::test]
async fn newcomers_meet_whom_the_front_names() {
    let town = town(|front| front.options.auto_contacts = vec!["EVE".into(), "nobody".into()]);
    let engine = town.start().await;
    let eve = enter(&engine, "normal", "eve").await;
    let ann = enter(&engine, "normal", "ann").await;
    let relation = engine.person(&ann.visitor, eve.id()).await.unwrap().relation;
    assert_eq!(relation, Relation::Accepted);
    assert!(engine.person(&eve.visitor, ann.id()).await.unwrap().may.write);
    // Once: whoever ends it stays without it.
    engine.remove_contact(&ann.visitor, eve.id()).await.unwrap();
    let again = enter(&engine, "normal", "ann").await;
    assert_eq!(engine.person(&again.visitor, eve.id()).await.unwrap().relation, Relation::None);
}

/// A front where the group `Board` has this option.
fn with_role(change: impl FnOnce(&mut OptionOverrides)) -> Town {
    let town = town(|front| {
        let mut role = Role { name: "board".into(), ..Role::default() };
        change(&mut role.options);
        let group = GroupSelector { realm: None, group: "Board".into() };
        front.roles = vec![RoleGrant { to: Grantee::Group(group), role: Arc::new(role) }];
    });
    let board = ExternalGroup { id: "9".into(), name: "Board".into(), leader: false, built_in: false };
    town.fake.change("0", |ann| ann.identity.groups = Some(vec![board]));
    town
}

#[tokio::test]
async fn nobody_finds_or_asks_somebody_of_a_higher_rank() {
    let town = with_role(|options| options.rank = Some(10));
    let (engine, boss, ben) = two(&town).await;
    for _ in 0..2 {
        assert!(engine.find_people(&ben.visitor, "ann").await.unwrap().is_empty());
        assert!(engine.search_people(&ben.visitor, "an").await.unwrap().is_empty());
        assert!(matches!(
            act(&engine, &ben, &boss, ContactAction::Request).await,
            Err(EngineError::NotFound)
        ));
        // The same while she is away.
        engine.log_out(&boss.visitor).await.unwrap();
    }
    let boss = enter(&engine, "normal", "ann").await;
    assert_eq!(engine.search_people(&boss.visitor, "be").await.unwrap().len(), 1);
    act(&engine, &boss, &ben, ContactAction::Request).await.unwrap();
    act(&engine, &ben, &boss, ContactAction::Accept).await.unwrap();
    talk(&engine, &ben, &boss).await;
}

#[tokio::test]
async fn nobody_adds_or_writes_to_who_is_not_reachable() {
    let town = with_role(|options| options.reachable = Some(false));
    let (engine, robot, ben) = two(&town).await;
    assert!(is_refused(act(&engine, &ben, &robot, ContactAction::Request).await));
    assert!(is_refused(act(&engine, &robot, &ben, ContactAction::Request).await));
    let open = town.start().await;
    let (robot, ben) = (enter(&open, "normal", "ann").await, enter(&open, "open", "ben").await);
    assert!(!open.find_people(&ben.visitor, "ann").await.unwrap()[0].may.write);
    drop(robot);
}

#[tokio::test]
async fn all_relations_are_listed_in_pages() {
    let town = Town::new();
    let engine = town.start().await;
    let ann = enter(&engine, "open", "ann").await;
    let mut others = Vec::new();
    for name in &NAMES[1..] {
        others.push(enter(&engine, "open", name).await);
    }
    act(&engine, &ann, &others[0], ContactAction::Request).await.unwrap();
    act(&engine, &others[1], &ann, ContactAction::Request).await.unwrap();
    act(&engine, &ann, &others[2], ContactAction::Refuse).await.unwrap();
    act(&engine, &ann, &others[3], note(|notes| notes.favourite = Some(true))).await.unwrap();
    act(&engine, &others[4], &ann, note(|notes| notes.favourite = Some(true))).await.unwrap();
    let first = engine.contacts(&ann.visitor, None, 3).await.unwrap();
    let rest = engine.contacts(&ann.visitor, first.next, 3).await.unwrap();
    let mut names: Vec<_> = first.people.iter().chain(&rest.people).map(|p| p.login.as_str()).collect();
    names.sort_unstable();
    assert_eq!(names, ["ben", "cat", "dan", "eve"], "what others have noted of me is not mine");
    assert_eq!(rest.next, None);
}

#[tokio::test]
async fn a_search_takes_nothing_for_a_pattern() {
    let town = Town::new();
    for (subject, login) in [("90", "50%_off"), ("91", "ÉLODIE")] {
        town.fake.add(portico_core::testing::FakePerson::new(subject, login, "x"));
    }
    let engine = town.start().await;
    for login in ["50%_off", "ÉLODIE"] {
        try_enter(&engine, "open", login, "x").await.unwrap();
    }
    let ann = enter(&engine, "open", "ann").await;
    let search = async |part: &str| {
        let found = engine.search_people(&ann.visitor, part).await.unwrap();
        found.into_iter().map(|person| person.login).collect::<Vec<_>>()
    };
    assert_eq!(search("%_").await, ["50%_off"]);
    assert_eq!(search("élod").await, ["ÉLODIE"]);
    assert!(search("%%").await.is_empty() && search("__").await.is_empty());
    for short in ["", "a", " a "] {
        assert!(matches!(engine.search_people(&ann.visitor, short).await, Err(EngineError::Unacceptable(_))));
    }
}
