use portico_core::Timestamp;
use portico_core::group::GroupKind;
use portico_core::ports::{AdministeredStore, AdministrationStore};
use portico_core::testing::{MemoryStore, MockClock};

use super::*;

struct Move {
    store: MemoryStore,
    clock: MockClock,
}

impl Move {
    fn new() -> Self {
        Self { store: MemoryStore::new(), clock: MockClock::new(Timestamp::from_secs(1_800_000_000)) }
    }

    async fn write(&self, plan: &Plan) -> Written {
        let to = Destination {
            realm: Realm::new(Realm::NATIVE).unwrap(),
            community: community(),
            front: FrontId::new("im").unwrap(),
            pepper: None,
            suffix: Vec::new(),
            source: "old/IM_".into(),
        };
        let (store, clock) = (Arc::new(self.store.clone()), Arc::new(self.clock.clone()));
        Applying { store, users: &self.store, clock, to }.write(plan).await.unwrap()
    }

    async fn roster(&self) -> Vec<String> {
        let page = self.store.roster(&community(), None, 100).await.unwrap();
        let mut logins: Vec<_> =
            page.members.into_iter().map(|member| member.account.profile.login).collect();
        logins.sort();
        logins
    }
}

fn community() -> CommunityId {
    CommunityId::default()
}

fn person(old: i64, login: &str, state: NativeState) -> Person {
    Person { old, login: login.into(), display_name: None, email: None, state, sha1: None, role: None }
}

/// Ann is in, ben waits, cat is locked; all three are in a group, ann and ben are contacts and have written.
fn people() -> Plan {
    let relation = |owner, other| Relation {
        owner,
        other,
        kind: RelationKind::Accepted,
        favourite: false,
        hidden: false,
        nickname: None,
        group: None,
    };
    let message = |author, to| plan::Message { old: 1, author, to, text: "hello".into() };
    Plan {
        people: vec![
            person(1, "ann", NativeState::Active),
            person(2, "ben", NativeState::Pending),
            person(3, "cat", NativeState::Disabled),
        ],
        relations: vec![relation(1, 2), relation(2, 1)],
        groups: vec![plan::Group {
            old: 7,
            name: "Team".into(),
            kind: GroupKind::Official,
            members: vec![1, 2, 3],
        }],
        messages: vec![message(2, 1)],
        ..Plan::default()
    }
}

#[tokio::test]
async fn who_waits_or_is_locked_is_nowhere_until_they_are_let_in() {
    let moving = Move::new();
    let written = moving.write(&people()).await;
    assert_eq!((written.people, written.shut, written.relations, written.messages), (3, 2, 0, 0));
    assert_eq!(moving.roster().await, ["ann"]);
    let group = written.without_manager[0].id;
    assert_eq!(moving.store.group_members(group, None, 10).await.unwrap().len(), 1);
    assert_eq!(NativeUsers::list(&moving.store).await.unwrap().len(), 3, "their names are kept for them");

    // Let in by an administrator, and imported again.
    let ben = moving.store.find("ben").await.unwrap().unwrap();
    assert_eq!(ben.state, NativeState::Pending);
    moving.store.set_state(ben.id, NativeState::Active).await.unwrap();
    let again = moving.write(&people()).await;
    assert_eq!((again.people, again.shut, again.relations, again.messages), (1, 1, 1, 1));
    assert_eq!(moving.roster().await, ["ann", "ben"]);
    assert_eq!(moving.store.group_members(group, None, 10).await.unwrap().len(), 2);
    assert!(moving.write(&people()).await.is_nothing());
}

#[tokio::test]
async fn a_group_is_told_of_until_somebody_manages_it() {
    let moving = Move::new();
    let written = moving.write(&people()).await;
    let [unmanaged] = written.without_manager.as_slice() else { panic!("{written:?}") };
    assert_eq!(unmanaged.name, "Team");
    let page = moving.store.roster(&community(), None, 10).await.unwrap();
    let ann = page.members[0].account.id;
    let change = PartChange {
        community: community(),
        group: unmanaged.id,
        actor: ann,
        subject: ann,
        action: PartAction::Set(portico_core::group::Part::Manager),
        now: moving.clock.now(),
    };
    let line = AuditEntry::new(moving.clock.now(), &Actor::command_line(), "made-manager");
    moving.store.assign_part(&change, line).await.unwrap().unwrap();
    assert_eq!(moving.write(&people()).await.without_manager, []);
}

#[tokio::test]
async fn a_ban_of_elsewhere_or_one_that_is_over_is_no_reason_to_leave_one_out() {
    let moving = Move::new();
    let now = moving.clock.now();
    let subject = |name: &str| BanSubject::name(name, None).unwrap();
    let ban = |name: &str, place: Place, until: Option<Timestamp>| Ban {
        id: BanId::generate(now),
        subject: subject(name),
        place,
        reason: None,
        until,
        created_at: now,
        by: "root".into(),
    };
    let here = Place::Community(community());
    let over = Timestamp::from_secs(1_700_000_000);
    let there = [
        ban("elsewhere", Place::Front(FrontId::new("other").unwrap()), None),
        ban("over", here.clone(), Some(over)),
        ban("holds", here.clone(), None),
        ban("for a while", here.clone(), Some(Timestamp::from_secs(1_900_000_000))),
    ];
    for ban in there {
        let entry = AuditEntry::new(now, &Actor::command_line(), "ban-added");
        moving.store.administer(&Change::AddBan(ban), entry).await.unwrap();
    }
    let names = ["elsewhere", "over", "holds", "for a while", "new"];
    let plan = Plan { bans: names.map(subject).to_vec(), ..Plan::default() };
    let written = moving.write(&plan).await;
    assert_eq!((written.bans, written.bans_there), (3, 2));
    let holding: Vec<BanSubject> = moving
        .store
        .bans()
        .await
        .unwrap()
        .into_iter()
        .filter(|ban| ban.holds(now) && ban.place == here)
        .map(|ban| ban.subject)
        .collect();
    for name in names {
        assert!(holding.contains(&subject(name)), "{name}");
    }
    let again = moving.write(&plan).await;
    assert_eq!((again.bans, again.bans_there), (0, 5));
}
