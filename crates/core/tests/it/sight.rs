//! Who hears of somebody: those who see them, those who saw them until now, and nobody else.

use portico_core::AccountId;
use portico_core::auth::ExternalGroup;
use portico_core::engine::{Engine, GroupForm, SyncOrder, SyncRules};
use portico_core::group::GroupKind;
use portico_core::messaging::Event;
use portico_core::policy::Mode;
use portico_core::testing::FakePerson;

use crate::town::{Person, Town, enter, hear};

fn in_group(id: &str) -> ExternalGroup {
    ExternalGroup { id: id.into(), name: id.to_uppercase(), leader: false, built_in: false }
}

/// A front where people see those with whom they share a group: ann, ben and cat are in one, dan in another, eve in none.
fn town() -> Town {
    let mut town = Town::new().with_front("clans", Mode::GroupCommunity, |front| {
        front.directory = true;
        front.options.create_groups = true;
    });
    for (subject, group) in [("0", "a"), ("1", "a"), ("2", "a"), ("3", "b")] {
        town.fake.change(subject, |person| person.identity.groups = Some(vec![in_group(group)]));
    }
    town.fake.change("4", |person| person.identity.groups = Some(Vec::new()));
    town.settings.directories.insert("fake".into(), SyncRules::default());
    town
}

#[derive(Debug, PartialEq)]
enum Heard {
    Nothing,
    Seen,
    Gone,
}

fn of(events: &[Event], about: AccountId) -> Heard {
    let mut heard = Heard::Nothing;
    for event in events {
        match event {
            Event::Person { person } if person.id == about => heard = Heard::Seen,
            Event::PersonGone { account } if *account == about => heard = Heard::Gone,
            _ => {}
        }
    }
    heard
}

async fn told(engine: &Engine, reader: &mut Person, about: AccountId) -> Heard {
    of(&hear(engine, reader).await, about)
}

#[tokio::test]
async fn who_shares_no_group_hears_nothing_of_whoever_joins_or_leaves_one() {
    let engine = town().start().await;
    let mut ann = enter(&engine, "clans", "ann").await;
    let ben = enter(&engine, "clans", "ben").await;
    let mut dan = enter(&engine, "clans", "dan").await;
    let mut eve = enter(&engine, "clans", "eve").await;
    assert_eq!(told(&engine, &mut ann, ben.id()).await, Heard::Seen, "a newcomer of the own group");
    assert_eq!(told(&engine, &mut dan, ben.id()).await, Heard::Nothing, "a newcomer of another one");
    hear(&engine, &mut eve).await;
    let form =
        GroupForm { name: "Chess".into(), kind: GroupKind::Public, topic: None, managers_write: false };
    let club = engine.make_group(&dan.visitor, form).await.unwrap().group.id;
    for reader in [&mut ann, &mut eve] {
        assert_eq!(told(&engine, reader, dan.id()).await, Heard::Nothing);
    }
    engine.join_group(&ben.visitor, club).await.unwrap();
    assert_eq!(told(&engine, &mut dan, ben.id()).await, Heard::Seen, "they share a group now");
    assert_eq!(told(&engine, &mut eve, ben.id()).await, Heard::Nothing);
    engine.leave_group(&ben.visitor, club).await.unwrap();
    assert_eq!(told(&engine, &mut dan, ben.id()).await, Heard::Gone, "and now they don't");
    assert_eq!(told(&engine, &mut eve, ben.id()).await, Heard::Nothing);
    assert_ne!(told(&engine, &mut ann, ben.id()).await, Heard::Gone, "the other group is still shared");
}

#[tokio::test]
async fn what_changes_about_a_stranger_is_not_told() {
    let town = town();
    let engine = town.start().await;
    let (mut ann, ben) = (enter(&engine, "clans", "ann").await, enter(&engine, "clans", "ben").await);
    let (mut dan, mut eve) = (enter(&engine, "clans", "dan").await, enter(&engine, "clans", "eve").await);
    for reader in [&mut ann, &mut dan, &mut eve] {
        hear(&engine, reader).await;
    }
    let all = SyncOrder { dry_run: false, accept: true, everybody: true };
    town.fake.change("1", |person| person.identity.display_name = Some("Benjamin".into()));
    engine.sync_directory("fake", all).await.unwrap();
    assert_eq!(told(&engine, &mut ann, ben.id()).await, Heard::Seen);
    for reader in [&mut dan, &mut eve] {
        assert_eq!(told(&engine, reader, ben.id()).await, Heard::Nothing);
    }
}

#[tokio::test]
async fn whoever_vanishes_from_a_directory_is_gone_for_those_who_saw_them_alone() {
    let town = town();
    town.fake.add(FakePerson::new("9", "gus", "gus"));
    town.fake.change("9", |person| person.identity.groups = Some(vec![in_group("a")]));
    let engine = town.start().await;
    let (mut ann, mut dan) = (enter(&engine, "clans", "ann").await, enter(&engine, "clans", "dan").await);
    let all = SyncOrder { dry_run: false, accept: true, everybody: true };
    engine.sync_directory("fake", all).await.unwrap();
    let gus = engine.find_people(&ann.visitor, "gus").await.unwrap().remove(0).id;
    assert!(engine.find_people(&dan.visitor, "gus").await.unwrap().is_empty());
    assert_eq!(told(&engine, &mut ann, gus).await, Heard::Seen);
    assert_eq!(told(&engine, &mut dan, gus).await, Heard::Nothing);
    town.fake.remove("9");
    engine.sync_directory("fake", all).await.unwrap();
    assert_eq!(told(&engine, &mut ann, gus).await, Heard::Gone);
    assert_eq!(told(&engine, &mut dan, gus).await, Heard::Nothing);
}

#[tokio::test]
async fn where_everybody_in_a_group_is_seen_whoever_leaves_the_last_one_is_gone() {
    let town = Town::new().with_front("wide", Mode::OpenGroupCommunity, |front| {
        front.options.create_groups = true;
    });
    let engine = town.start().await;
    let (mut ann, ben) = (enter(&engine, "wide", "ann").await, enter(&engine, "wide", "ben").await);
    assert_eq!(told(&engine, &mut ann, ben.id()).await, Heard::Nothing, "ben is in no group");
    let form =
        GroupForm { name: "Chess".into(), kind: GroupKind::Public, topic: None, managers_write: false };
    let club = engine.make_group(&ben.visitor, form).await.unwrap().group.id;
    assert_eq!(told(&engine, &mut ann, ben.id()).await, Heard::Seen);
    engine.dissolve_group(&ben.visitor, club).await.unwrap();
    assert_eq!(told(&engine, &mut ann, ben.id()).await, Heard::Gone);
}
