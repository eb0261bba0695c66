//! What administrators do to people, groups, contacts, conferences and walls, each with its line.

use portico_core::account::{AccountLife, AccountState, OwnMessages};
use portico_core::administration::{Actor, AuditEntry, AuditFilter, Change, RoleGrant};
use portico_core::auth::Realm;
use portico_core::contact::{ContactChange, ContactLimits, Link, Pair};
use portico_core::group::{
    Group, GroupEdit, GroupKind, GroupRefusal, NewGroup, Part, PartAction, PartChange,
};
use portico_core::messaging::{ConferenceAction, ConferenceChange, ConferenceRefusal, NewConference};
use portico_core::ports::{
    AccountFilter, ConferenceFilter, ContactWrite, GroupFilter, NativeProfile, NativeState, NewNativeUser,
    ShoutFilter,
};
use portico_core::shoutbox::{Shout, ShoutRules, ShoutState, Wall};
use portico_core::{AccountId, ConversationId, GroupId, ShoutId};
use secrecy::SecretString;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::world::{NOW, World, at, front, main_community, message, new_account};

crate::port_tests!(
    a_state_changes_only_from_where_it_was_meant_to,
    accounts_are_found_by_state_role_and_disuse,
    a_deletion_begins_with_its_line_and_once,
    own_accounts_change_with_their_lines,
    an_own_account_is_made_with_its_line_or_not_at_all,
    roles_come_and_go_with_their_lines,
    groups_are_administered_by_nobody_in_them,
    groups_are_counted_without_the_rooms_of_news,
    contacts_are_made_and_ended_but_no_refusal_is_touched,
    a_conference_is_closed_for_everybody,
    shouts_of_all_walls_are_listed_and_decided,
);

fn line(action: &str) -> AuditEntry {
    AuditEntry::new(NOW, &Actor::command_line(), action)
}

async fn log(world: &World) -> Vec<AuditEntry> {
    world.store.audit(&AuditFilter { limit: 1000, ..AuditFilter::default() }).await.unwrap()
}

/// What there was and is by the only line of this act.
async fn told(world: &World, action: &str) -> (Value, Value) {
    let lines: Vec<AuditEntry> =
        log(world).await.into_iter().filter(|entry| entry.action == action).collect();
    let [entry] = lines.as_slice() else { panic!("{action}: {lines:?}") };
    (entry.before.clone().unwrap_or_default(), entry.after.clone().unwrap_or_default())
}

async fn done(world: &World, change: Change, action: &str) -> bool {
    world.store.administer(&change, line(action)).await.unwrap().is_some()
}

fn state(account: AccountId, from: &[AccountState], to: AccountState) -> Change {
    let to = AccountLife { state: to, reason: Some("spam".into()), until: None, active_at: Some(at(9)) };
    Change::SetState { account, from: from.to_vec(), to }
}

async fn a_state_changes_only_from_where_it_was_meant_to(world: &World) {
    use AccountState::{Active, Locked, Pending};
    let ann = world.person("ann").await;
    assert!(!done(world, state(ann, &[Pending], Active), "no").await);
    assert!(done(world, state(ann, &[Active, Pending], Locked), "lock").await);
    let (before, after) = told(world, "lock").await;
    assert_eq!(
        (&before["state"], &after["state"], &after["reason"]),
        (&json!("active"), &json!("locked"), &json!("spam"))
    );
    let life = world.store.account_life(ann).await.unwrap().unwrap();
    assert_eq!((life.state, life.reason.as_deref(), life.active_at), (Locked, Some("spam"), Some(at(9))));
    assert!(!done(world, state(AccountId::generate(NOW), &[Active], Locked), "nobody").await);
    assert_eq!(log(world).await.len(), 1);
}

async fn accounts_are_found_by_state_role_and_disuse(world: &World) {
    let (ann, ben, cat) = (world.person("ann").await, world.person("ben").await, world.person("cat").await);
    assert!(done(world, state(ann, &[AccountState::Active], AccountState::Locked), "lock").await);
    world.store.mark_active(&[ben], at(100)).await.unwrap();
    assert!(crate::roles::grant(world, &main_community(), cat, "staff", 0).await);
    let found = async |filter: AccountFilter| {
        let found = world.store.find_accounts(&AccountFilter { limit: 10, ..filter }).await.unwrap();
        let mut ids: Vec<AccountId> = found.iter().map(|account| account.id).collect();
        ids.sort_unstable();
        ids
    };
    let sorted = |mut ids: Vec<AccountId>| {
        ids.sort_unstable();
        ids
    };
    let by_state = |state| AccountFilter { state: Some(state), ..AccountFilter::default() };
    assert_eq!(found(by_state(AccountState::Locked)).await, [ann]);
    assert_eq!(found(by_state(AccountState::Active)).await, sorted(vec![ben, cat]));
    let unused = AccountFilter { unused_since: Some(at(50)), ..AccountFilter::default() };
    assert_eq!(found(unused).await, sorted(vec![ann, cat]));
    let staff = AccountFilter { role: Some("staff".into()), ..AccountFilter::default() };
    assert_eq!(found(staff).await, [cat]);
}

async fn a_deletion_begins_with_its_line_and_once(world: &World) {
    let ann = world.person("ann").await;
    let leave = || Change::Leave { account: ann, messages: OwnMessages::Delete, now: at(1) };
    assert!(done(world, leave(), "deleted").await);
    assert!(!done(world, leave(), "deleted").await);
    let (before, after) = told(world, "deleted").await;
    assert_eq!((&before["realm"], &after["messages"]), (&json!("forum"), &json!("delete")));
    assert!(!before.to_string().contains("ann"), "a deleted name is kept nowhere");
    let life = world.store.account_life(ann).await.unwrap().unwrap();
    assert_eq!(life.state, AccountState::Leaving);
}

async fn own_accounts_change_with_their_lines(world: &World) {
    let id = Uuid::from_u128(7);
    let new = |id, login: &str| NewNativeUser {
        id,
        login: login.into(),
        folded_login: login.to_lowercase(),
        display_name: None,
        email: None,
        password_hash: SecretString::from("$argon2id$x"),
        state: NativeState::Pending,
        administrator: false,
        created_at: NOW,
    };
    world.natives.create(new(id, "Ann")).await.unwrap();
    assert!(done(world, Change::SetNativeState(id, NativeState::Active), "approved").await);
    assert!(!done(world, Change::SetNativeState(id, NativeState::Active), "approved").await);
    let profile = NativeProfile { email: Some("A@b.org".into()), ..NativeProfile::default() };
    assert!(done(world, Change::SetNativeProfile(id, profile.clone()), "changed").await);
    let verified = NativeProfile { email_verified_at: Some(at(5)), ..profile.clone() };
    assert!(!done(world, Change::SetNativeProfile(id, verified), "changed").await);
    let kept = world.natives.get(id).await.unwrap().unwrap();
    assert_eq!(kept.email_verified_at, None, "where nothing changes nothing is written");
    let moved = NativeProfile { email: Some("c@b.org".into()), ..profile.clone() };
    assert!(done(world, Change::SetNativeProfile(id, moved), "moved").await, "in the same domain");
    assert_eq!(told(world, "moved").await.0["email"], "@b.org");
    assert!(done(world, Change::SetNativeProfile(id, profile), "moved back").await);
    assert_eq!(world.natives.by_email("a@b.org").await.unwrap().len(), 1);
    assert_eq!(told(world, "changed").await.1["email"], "@b.org", "nothing that tells who it is");
    assert!(!done(world, Change::RemoveSecondFactor(id), "factor").await);
    world.natives.begin_second_factor(id, SecretString::from("ABC")).await.unwrap();
    let confirmed = world.natives.confirm_second_factor(id, 1, &[[1; 32]], NOW).await.unwrap();
    assert_eq!(confirmed, portico_core::ports::Confirmed::First);
    assert!(done(world, Change::RemoveSecondFactor(id), "factor").await);
    assert!(!world.natives.get(id).await.unwrap().unwrap().second_factor);
    // Somebody who came in meanwhile has more than that: they leave as everybody does.
    let other = Uuid::from_u128(8);
    world.natives.create(new(other, "Ben")).await.unwrap();
    let account = new_account(Realm::NATIVE, &other.to_string(), "Ben");
    world.store.create_account(account).await.unwrap();
    assert!(!done(world, Change::RemoveNative(other), "removed").await);
    assert!(world.natives.get(other).await.unwrap().is_some());
    assert!(done(world, Change::RemoveNative(id), "removed").await);
    assert!(!done(world, Change::RemoveNative(id), "removed").await);
    assert!(world.natives.get(id).await.unwrap().is_none());
    assert_eq!(told(world, "removed").await.0["login"], "Ann");
}

async fn an_own_account_is_made_with_its_line_or_not_at_all(world: &World) {
    let new = NewNativeUser { administrator: true, ..crate::native_users::new_user("Ann") };
    assert!(done(world, Change::MakeNative(new.clone()), "made").await);
    let made = world.natives.get(new.id).await.unwrap().unwrap();
    assert_eq!((made.login.as_str(), made.state, made.administrator), ("Ann", NativeState::Active, true));
    let (before, after) = told(world, "made").await;
    assert_eq!((before, after), (Value::Null, json!({ "login": "Ann", "administrator": true })));
    let again = Change::MakeNative(crate::native_users::new_user("ANN"));
    crate::world::assert_conflict(world.store.administer(&again, line("again")).await);
    assert_eq!(log(world).await.len(), 1, "no line of what was not done");
    // And no account without its line: a line that is there already can't be written.
    let known = log(world).await.remove(0);
    let ben = crate::native_users::new_user("ben");
    let failed = world.store.administer(&Change::MakeNative(ben.clone()), known).await;
    if failed.is_err() {
        assert!(world.natives.get(ben.id).await.unwrap().is_none());
    }
}

async fn roles_come_and_go_with_their_lines(world: &World) {
    let ann = world.person("ann").await;
    let grant = || RoleGrant { community: main_community(), account: ann, role: "staff".into(), now: NOW };
    assert!(done(world, Change::GrantRole(grant()), "given").await);
    assert!(!done(world, Change::GrantRole(grant()), "given").await);
    assert_eq!(world.store.granted_roles(&main_community(), ann).await.unwrap(), ["staff"]);
    assert!(done(world, Change::WithdrawRole(grant()), "taken").await);
    assert!(!done(world, Change::WithdrawRole(grant()), "taken").await);
    assert_eq!(told(world, "taken").await.0["role"], "staff");
}

async fn make(world: &World, name: &str) -> Result<Group, GroupRefusal> {
    let new = NewGroup {
        id: GroupId::generate(NOW),
        room: ConversationId::generate(NOW),
        community: main_community(),
        name: name.to_owned(),
        kind: GroupKind::Public,
        topic: None,
        managers_write: false,
        creator: None,
        limit: None,
        now: NOW,
    };
    world.store.make_group(&new, line("made")).await.unwrap()
}

async fn assign(world: &World, group: GroupId, person: AccountId, part: Part) -> Result<Part, GroupRefusal> {
    let change = PartChange {
        community: main_community(),
        group,
        actor: person,
        subject: person,
        action: PartAction::Set(part),
        now: NOW,
    };
    let changed = world.store.assign_part(&change, line("part")).await.unwrap()?;
    assert_eq!(changed.dissolved, None, "a group that administrators empty stays");
    Ok(changed.after)
}

async fn groups_are_administered_by_nobody_in_them(world: &World) {
    let ann = world.person("ann").await;
    let group = make(world, "Chess").await.unwrap();
    assert_eq!(make(world, " chess ").await, Err(GroupRefusal::NameTaken));
    assert_eq!(told(world, "made").await.1["name"], "Chess");
    for part in [Part::Member, Part::Member, Part::Manager, Part::Refused, Part::Outside, Part::Manager] {
        assert_eq!(assign(world, group.id, ann, part).await, Ok(part));
        let seen = world.store.group_for(group.id, ann).await.unwrap().unwrap();
        assert_eq!(seen.part, part);
    }
    let parts = log(world).await.into_iter().filter(|entry| entry.action == "part").count();
    assert_eq!(parts, 5, "what changes nothing leaves no line");
    assert_eq!(world.store.conversation(group.room).await.unwrap().unwrap().members, [ann]);
    let edit = GroupEdit {
        community: main_community(),
        group: group.id,
        actor: None,
        name: Some("Go".into()),
        kind: Some(GroupKind::Private),
        topic: None,
        managers_write: None,
        announcement: None,
    };
    let edited = world.store.revise_group(&edit, line("edited")).await.unwrap().unwrap();
    assert_eq!((edited.name.as_str(), edited.kind), ("Go", GroupKind::Private));
    world.store.revise_group(&edit, line("edited")).await.unwrap().unwrap();
    assert_eq!(told(world, "edited").await.0["kind"], "public");
    // The name is free again, and a second one of it can't be made public.
    let other = make(world, "Go").await.unwrap();
    let public = GroupEdit { kind: Some(GroupKind::Public), name: None, ..edit };
    let taken = world.store.revise_group(&public, line("edited")).await.unwrap();
    assert_eq!(taken, Err(GroupRefusal::NameTaken));
    assert_eq!(world.store.group(other.id).await.unwrap().unwrap().name, "Go");
    let gone = world.store.end_group(&main_community(), group.id, line("ended")).await.unwrap().unwrap();
    assert_eq!(gone.members, [ann]);
    let again = world.store.end_group(&main_community(), group.id, line("ended")).await.unwrap();
    assert_eq!(again, Err(GroupRefusal::NotFound));
    assert_eq!(told(world, "ended").await.0["name"], "Go");
}

async fn groups_are_counted_without_the_rooms_of_news(world: &World) {
    use portico_core::auth::Realm;
    use portico_core::group::{GroupSeat, Seating};
    let (ann, ben) = (world.person("ann").await, world.person("ben").await);
    let seating = |realm: &str, external_id: &str| Seating {
        community: main_community(),
        realm: Realm::new(realm).unwrap(),
        people: vec![(
            ann,
            vec![GroupSeat {
                external_id: external_id.to_owned(),
                name: "Staff".to_owned(),
                kind: GroupKind::Official,
                managers_write: false,
                manager: true,
            }],
        )],
        complete: false,
        now: NOW,
    };
    world.store.seat(&seating("forum", "5")).await.unwrap();
    world.store.seat(&seating(Realm::OWN, "news:im")).await.unwrap();
    let chess = make(world, "Chess").await.unwrap();
    assign(world, chess.id, ann, Part::Manager).await.unwrap();
    assign(world, chess.id, ben, Part::AsksToLeave).await.unwrap();
    let all = world.store.groups_page(&GroupFilter { limit: 10, ..GroupFilter::default() }).await.unwrap();
    assert_eq!(all.len(), 2, "without the room of news");
    let one = |filter: GroupFilter| async move {
        let mut found = world.store.groups_page(&GroupFilter { limit: 10, ..filter }).await.unwrap();
        assert_eq!(found.len(), 1);
        found.remove(0)
    };
    let counted = one(GroupFilter { id: Some(chess.id), ..GroupFilter::default() }).await;
    assert_eq!((counted.members, counted.managers, counted.waiting), (2, 1, 1));
    let mirrored = one(GroupFilter { kind: Some(GroupKind::Official), ..GroupFilter::default() }).await;
    let id = mirrored.group.id;
    assert_eq!(assign(world, id, ben, Part::Member).await, Err(GroupRefusal::KeptElsewhere));
    let kept = world.store.end_group(&main_community(), id, line("ended")).await.unwrap();
    assert_eq!(kept, Err(GroupRefusal::KeptElsewhere));
    let rest = GroupFilter { after: Some(all[0].group.id), limit: 10, ..GroupFilter::default() };
    assert_eq!(world.store.groups_page(&rest).await.unwrap(), all[1..]);
}

async fn contacts_are_made_and_ended_but_no_refusal_is_touched(world: &World) {
    use portico_core::contact::ContactAction;
    let (ann, ben) = (world.person("ann").await, world.person("ben").await);
    let pair = Pair::new(ann, ben).unwrap();
    let relate = async |change: ContactChange, action: &str| {
        let limits = ContactLimits::default();
        let write = ContactWrite { community: main_community(), actor: ann, pair, change, limits, now: NOW };
        world.store.assign_contact(&write, line(action)).await.unwrap().unwrap()
    };
    for _ in 0..2 {
        assert_eq!(relate(ContactChange::Befriend, "made").await.link, Link::Accepted);
    }
    let (before, after) = told(world, "made").await;
    assert_eq!((&before["contact"], &after["contact"]), (&json!("none"), &json!("accepted")));
    for _ in 0..2 {
        assert_eq!(relate(ContactChange::Separate, "ended").await.link, Link::None);
    }
    told(world, "ended").await;
    assert!(world.store.contacts(&main_community(), ann).await.unwrap().is_empty());
    world.act(ben, ContactAction::Refuse, ann, None).await.unwrap();
    let refused = relate(ContactChange::Befriend, "overruled").await;
    assert!(refused.side_of(ben).refused && refused.link == Link::None);
    assert!(relate(ContactChange::Separate, "overruled").await.side_of(ben).refused);
    assert!(log(world).await.iter().all(|entry| entry.action != "overruled"));
}

async fn a_conference_is_closed_for_everybody(world: &World) {
    let (ann, ben) = (world.person("ann").await, world.person("ben").await);
    let id = ConversationId::generate(NOW);
    let new = NewConference {
        id,
        community: main_community(),
        topic: Some("plans".to_owned()),
        host: ann,
        invite: vec![ben],
        now: NOW,
    };
    world.store.open_conference(&new).await.unwrap();
    world.store.append(&[message(1, id, ann, "psst")]).await.unwrap();
    let page = async || {
        let filter = ConferenceFilter { limit: 10, ..ConferenceFilter::default() };
        world.store.conferences_page(&filter).await.unwrap()
    };
    let listed = page().await;
    assert_eq!(listed.len(), 1);
    assert_eq!((listed[0].participants, listed[0].invited, listed[0].host), (1, 1, ann));
    assert_eq!(listed[0].last_message_at, Some(at(1)));
    let nobody = AccountId::from_uuid(Uuid::nil());
    let close = ConferenceChange {
        community: main_community(),
        conversation: id,
        actor: nobody,
        action: ConferenceAction::Close,
        now: NOW,
    };
    let (before, after) = world.store.moderate_conference(&close, line("closed")).await.unwrap().unwrap();
    assert!(before.has(ann) && after.is_closed() && after.invited.is_empty());
    let (was, is) = told(world, "closed").await;
    assert_eq!((&was["participants"], &is["gone"]), (&json!(1), &json!([ann, ben])));
    assert!(page().await.is_empty());
    let again = async |second: i64| {
        let id = ConversationId::generate(at(second));
        world.store.open_conference(&NewConference { id, ..new.clone() }).await.unwrap().id
    };
    let (talked, silent) = (again(1).await, again(2).await);
    world.store.append(&[message(2, talked, ann, "one"), message(3, talked, ann, "two")]).await.unwrap();
    let said: Vec<_> = page().await.into_iter().map(|one| (one.id, one.last_message_at)).collect();
    assert_eq!(said, [(talked, Some(at(3))), (silent, None)]);
    for conversation in [talked, silent] {
        let close = ConferenceChange { conversation, ..close.clone() };
        world.store.moderate_conference(&close, line("closed too")).await.unwrap().unwrap();
    }
    let theirs = world.store.conference_invitations(&main_community(), ben).await.unwrap();
    assert!(theirs.is_empty());
    let talk = world.talk(ann, ben).await;
    let two = ConferenceChange { conversation: talk, ..close };
    let refused = world.store.moderate_conference(&two, line("closed")).await.unwrap();
    assert_eq!(refused, Err(ConferenceRefusal::NotFound));
}

async fn shouts_of_all_walls_are_listed_and_decided(world: &World) {
    let ann = world.person("ann").await;
    let rules = ShoutRules {
        per_day: None,
        per_week: None,
        approval: true,
        queue_person: 5,
        queue: 5,
        mute_after_rejections: 0,
        mute_after_votes: 0,
        votes_per_day: None,
        votes_per_week: None,
        hidden_by_votes: 0,
    };
    let mut ids = Vec::new();
    for (second, wall) in [(1, front("im")), (2, front("second"))] {
        let shout = Shout {
            id: ShoutId::generate(at(second)),
            community: main_community(),
            wall: Wall::Front(wall.clone()),
            author: ann,
            front: wall,
            text: "hello".into(),
            state: ShoutState::Waiting,
            at: at(second),
        };
        ids.push(world.store.post_shout(&shout, &rules).await.unwrap().unwrap().id);
    }
    let found = async |filter: ShoutFilter| {
        let page = world.store.shouts_page(&ShoutFilter { limit: 10, ..filter }).await.unwrap();
        page.iter().map(|tally| tally.shout.id).collect::<Vec<_>>()
    };
    assert_eq!(found(ShoutFilter::default()).await, [ids[1], ids[0]]);
    assert!(done(world, Change::SetShoutState(ids[0], ShoutState::Shown), "shown").await);
    assert!(!done(world, Change::SetShoutState(ids[0], ShoutState::Shown), "shown").await);
    let waiting = ShoutFilter { states: vec![ShoutState::Waiting], ..ShoutFilter::default() };
    assert_eq!(found(waiting).await, [ids[1]]);
    let wall = ShoutFilter { wall: Some(Wall::Front(front("im"))), ..ShoutFilter::default() };
    assert_eq!(found(wall).await, [ids[0]]);
    assert_eq!(found(ShoutFilter { before: Some(ids[1]), ..ShoutFilter::default() }).await, [ids[0]]);
    assert!(done(world, Change::RemoveShout(ids[0]), "removed").await);
    assert!(!done(world, Change::RemoveShout(ids[0]), "removed").await);
    assert_eq!(told(world, "removed").await.0["wall"], "front:im");
}
