//! Who gets a text to many, and who an alert: once each, and nobody else.

use std::collections::BTreeSet;
use std::sync::Arc;

use portico_core::administration::{Actor, Audience, BroadcastKind, Right, Rights};
use portico_core::auth::ExternalGroup;
use portico_core::engine::{AlertTo, Engine, EngineError, GroupForm, NewBroadcast};
use portico_core::front::{FrontId, Grantee, OptionOverrides, Role, RoleGrant};
use portico_core::group::{GroupKind, GroupSelector};
use portico_core::policy::Mode;
use portico_core::ports::AdministrationStore;
use portico_core::{AccountId, CommunityId, GroupId};

use crate::town::{NAMES, Person, Town, enter, hear, texts};

const TEXT: &str = "the lift is out of order";

/// Two fronts of one community, `open` and `second`, and `far` of another. Eve has the role `staff` by her login, fay by a
/// group over there; everybody may alert everybody, and who is staff receives what is for administrators.
fn town() -> Town {
    let mut options = OptionOverrides::default();
    options.receive_alerts = Some(true);
    let staff = Arc::new(Role { name: "staff".into(), options, enters_full_front: None });
    let set = move |front: &mut portico_core::front::Front| {
        front.role_book.insert(staff.name.clone(), Arc::clone(&staff));
        let by_login = Grantee::Login { realm: None, login: "eve".into() };
        let by_group = Grantee::Group(GroupSelector { realm: None, group: "Janitors".into() });
        front.roles = vec![
            RoleGrant { to: by_login, role: Arc::clone(&staff) },
            RoleGrant { to: by_group, role: Arc::clone(&staff) },
        ];
        front.options.create_groups = true;
        front.options.alert_administrators = true;
        front.options.alert_group = true;
        front.options.alert_everybody = true;
    };
    let town = Town::new()
        .with_front("open", Mode::OpenCommunity, set.clone())
        .with_front("second", Mode::OpenCommunity, set.clone())
        .with_front("far", Mode::OpenCommunity, |front| {
            set(front);
            front.community = CommunityId::new("far").unwrap();
        });
    let janitors = ExternalGroup { id: "7".into(), name: "Janitors".into(), leader: false, built_in: false };
    assert!(town.fake.change("5", |fay| fay.identity.groups = vec![janitors].into()));
    town
}

/// Everybody where they are: ann to dan and eve at `open`, dan at `second` too, fay at `second`, ben at `far` as well.
struct Company {
    engine: Arc<Engine>,
    people: Vec<(&'static str, Person)>,
    club: GroupId,
}

impl Company {
    async fn come(town: &Town) -> Self {
        let engine = town.start().await;
        let mut people = Vec::new();
        for (place, name) in [
            ("open", "ann"),
            ("open", "ben"),
            ("open", "cat"),
            ("open", "dan"),
            ("open", "eve"),
            ("second", "fay"),
            ("far", "ben"),
        ] {
            let key = if place == "far" { "ben of far" } else { name };
            people.push((key, enter(&engine, place, name).await));
        }
        enter(&engine, "second", "dan").await;
        let form =
            GroupForm { name: "Club".into(), kind: GroupKind::Public, topic: None, managers_write: false };
        let club = engine.make_group(&people[0].1.visitor, form).await.unwrap().group.id;
        engine.join_group(&people[1].1.visitor, club).await.unwrap();
        let company = Self { engine, people, club };
        let here = CommunityId::default();
        assert!(
            company
                .engine
                .grant_role(&Actor::command_line(), &Rights::all(), &here, company.id("cat"), "staff")
                .await
                .unwrap()
        );
        company
    }

    fn id(&self, name: &str) -> AccountId {
        self.person(name).id()
    }

    fn person(&self, name: &str) -> &Person {
        &self.people.iter().find(|(known, _)| *known == name).unwrap().1
    }

    /// Forgets what everybody has heard so far.
    async fn hush(&mut self) {
        for (_, person) in &mut self.people {
            hear(&self.engine, person).await;
        }
    }

    /// Who has just heard `text` exactly once; that anybody heard it twice is a failure.
    async fn heard(&mut self, text: &str) -> BTreeSet<&'static str> {
        let mut heard = BTreeSet::new();
        for (name, person) in &mut self.people {
            let events = hear(&self.engine, person).await;
            match texts(&events).into_iter().filter(|heard| *heard == text).count() {
                0 => {}
                1 => drop(heard.insert(*name)),
                more => panic!("{name} heard it {more} times"),
            }
        }
        heard
    }
}

fn set(names: &[&'static str]) -> BTreeSet<&'static str> {
    names.iter().copied().collect()
}

fn message(audience: Audience, front: Option<&str>) -> NewBroadcast {
    let front = front.map(|front| FrontId::new(front).unwrap());
    NewBroadcast { kind: BroadcastKind::Message, audience, front, text: TEXT.into() }
}

#[tokio::test]
async fn a_text_reaches_its_audience_once_and_nobody_else() {
    let town = town();
    let company = Company::come(&town).await;
    let (club, ben, fay) = (company.club, company.id("ben"), company.id("fay"));
    let staff = || Audience::Role("staff".into());
    let everybody = ["ann", "ben", "cat", "dan", "eve", "fay"];
    let with_far = ["ann", "ben", "cat", "dan", "eve", "fay", "ben of far"];
    drop(company);
    for (audience, front, wanted) in [
        (Audience::Everybody, None, set(&with_far)),
        (Audience::Everybody, Some("open"), set(&everybody[..5])),
        (Audience::Everybody, Some("second"), set(&["dan", "fay"])),
        (Audience::Everybody, Some("far"), set(&["ben of far"])),
        (Audience::Group(club), None, set(&["ann", "ben"])),
        (Audience::Group(club), Some("second"), set(&[])),
        // Given by administrators, by the login, by a group over there.
        (staff(), None, set(&["cat", "eve", "fay"])),
        (staff(), Some("second"), set(&["fay"])),
        (staff(), Some("far"), set(&[])),
        (Audience::Account(fay), None, set(&["fay"])),
        (Audience::Account(fay), Some("open"), set(&[])),
        (Audience::Account(ben), Some("open"), set(&["ben"])),
        (Audience::Account(ben), Some("far"), set(&["ben of far"])),
    ] {
        // Each time anew, so that what one of them left behind helps no other.
        let town = self::town();
        let mut company = Company::come(&town).await;
        let audience = match audience {
            Audience::Group(_) => Audience::Group(company.club),
            Audience::Account(id) => Audience::Account(company.id(if id == fay { "fay" } else { "ben" })),
            other => other,
        };
        company.hush().await;
        let new = message(audience.clone(), front);
        let sent = company.engine.send_to_many(&Actor::command_line(), new).await.unwrap();
        company.engine.deliver_broadcasts().await.unwrap();
        company.engine.deliver_broadcasts().await.unwrap();
        assert_eq!(company.heard(TEXT).await, wanted, "{audience:?} at {front:?}");
        let kept = company.engine.broadcast(sent.id).await.unwrap();
        assert_eq!((kept.done, kept.sent), (true, u64::try_from(wanted.len()).unwrap()), "{audience:?}");

        // As if the server had stopped before its progress was written.
        let mut halfway = kept;
        (halfway.done, halfway.sent, halfway.reached) = (false, 0, None);
        AdministrationStore::keep_broadcast(&town.store, &halfway).await.unwrap();
        company.engine.deliver_broadcasts().await.unwrap();
        assert_eq!(company.heard(TEXT).await, set(&[]), "{audience:?} again");
    }
}

#[tokio::test]
async fn what_is_no_audience_is_told() {
    let town = town();
    let company = Company::come(&town).await;
    let nobody = AccountId::generate(town.clock_now());
    let nothing = GroupId::generate(town.clock_now());
    let send = async |audience| {
        company.engine.send_to_many(&Actor::command_line(), message(audience, None)).await.unwrap_err()
    };
    assert!(matches!(send(Audience::Account(nobody)).await, EngineError::NotFound));
    assert!(matches!(send(Audience::Group(nothing)).await, EngineError::NotFound));
    let unknown = send(Audience::Role("boss".into())).await;
    assert!(unknown.to_string().contains("boss"), "{unknown}");
}

#[tokio::test]
async fn an_alert_reaches_whom_it_is_for_and_needs_its_option() {
    let town = town();
    let mut company = Company::come(&town).await;
    let root = company.id("dan");
    let rights: Rights = [Right::Audit].into_iter().collect();
    let none = Rights::default();
    company.engine.set_rights(&Actor::command_line(), &rights, root, &none, rights.clone()).await.unwrap();
    let far = ["ann", "ben", "cat", "dan", "eve"];
    for (number, (to, wanted)) in [
        (AlertTo::Administrators, set(&["cat", "dan", "eve", "fay"])),
        (AlertTo::Group(company.club), set(&["ann", "ben"])),
        // Of the front from where it comes.
        (AlertTo::Everybody, set(&far)),
    ]
    .into_iter()
    .enumerate()
    {
        company.hush().await;
        let text = format!("fire {number}");
        company.engine.alert(&company.person("ann").visitor, to, &text).await.unwrap();
        company.engine.deliver_broadcasts().await.unwrap();
        assert_eq!(company.heard(&format!("Alert from ann:\n{text}")).await, wanted, "{to:?}");
    }
    // Nobody alerts a group of others.
    let cat = company.person("cat");
    let others = company.engine.alert(&cat.visitor, AlertTo::Group(company.club), "fire").await;
    assert!(matches!(others, Err(EngineError::NotFound)), "{others:?}");
}

#[tokio::test]
async fn each_kind_of_alert_has_an_option_of_its_own() {
    for allowed in 0..3 {
        let town = Town::new().with_front("open", Mode::OpenCommunity, |front| {
            front.options.create_groups = true;
            front.options.alert_administrators = allowed == 0;
            front.options.alert_group = allowed == 1;
            front.options.alert_everybody = allowed == 2;
        });
        let engine = town.start().await;
        let ann = enter(&engine, "open", NAMES[0]).await;
        let form =
            GroupForm { name: "Club".into(), kind: GroupKind::Public, topic: None, managers_write: false };
        let club = engine.make_group(&ann.visitor, form).await.unwrap().group.id;
        let kinds = [AlertTo::Administrators, AlertTo::Group(club), AlertTo::Everybody];
        for (number, to) in kinds.into_iter().enumerate() {
            let sent = engine.alert(&ann.visitor, to, "fire").await;
            if number == allowed {
                sent.unwrap();
            } else {
                assert!(matches!(sent, Err(EngineError::NotPermitted(_))), "{to:?}: {sent:?}");
            }
        }
    }
}

#[tokio::test]
async fn a_text_that_fails_holds_up_no_other_and_is_tried_again() {
    let town = town();
    let mut company = Company::come(&town).await;
    let ben = company.id("ben");
    let by = Actor::command_line();
    let stuck = company.engine.send_to_many(&by, message(Audience::Account(ben), None)).await.unwrap();
    let later = NewBroadcast { text: "and another thing".into(), ..message(Audience::Account(ben), None) };
    let later = company.engine.send_to_many(&by, later).await.unwrap();
    company.hush().await;
    town.store.refuse_text(Some(TEXT));
    assert!(company.engine.deliver_broadcasts().await.is_err(), "whoever called is told");
    assert_eq!(company.heard("and another thing").await, set(&["ben", "ben of far"]));
    assert!(company.engine.broadcast(later.id).await.unwrap().done);
    assert!(!company.engine.broadcast(stuck.id).await.unwrap().done);
    town.store.refuse_text(None);
    company.engine.deliver_broadcasts().await.unwrap();
    assert_eq!(company.heard(TEXT).await, set(&["ben", "ben of far"]));
    assert!(company.engine.broadcast(stuck.id).await.unwrap().done);
}
