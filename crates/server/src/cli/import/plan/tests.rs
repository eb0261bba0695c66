use super::*;
use crate::cli::import::tables::{OldGroup, OldMembership};

fn user(id: i64, username: &str, status: i64) -> OldUser {
    OldUser { id, username: username.into(), status, ..OldUser::default() }
}

fn tables() -> OldTables {
    OldTables {
        users: vec![user(1, "ann", 1), user(2, "ben", 3), user(3, "gone", 9)],
        ..OldTables::default()
    }
}

#[test]
fn accounts_come_with_the_name_as_typed_and_the_state_they_had() {
    let mut old = tables();
    old.users.push(OldUser { nickname: "Cl\u{e9}o M".into(), name: "HIDDEN".into(), ..user(4, "cl_o_m", 4) });
    old.users.push(user(5, "ANN", 1));
    old.users
        .push(OldUser { password: "A9993E364706816ABA3E25717850C26C9CD0D89D".into(), ..user(6, "eve", 2) });
    let plan = Plan::of(&old);
    let found: Vec<_> = plan.people.iter().map(|p| (p.login.as_str(), p.state, p.sha1.is_some())).collect();
    assert_eq!(
        found,
        [
            ("ann", NativeState::Active, false),
            ("ben", NativeState::Active, false),
            ("Cl\u{e9}o M", NativeState::Disabled, false),
            ("eve", NativeState::Pending, true),
        ]
    );
    assert_eq!(plan.people[2].display_name, None);
    assert_eq!(plan.report.left_out.values().sum::<usize>(), 2);
}

#[test]
fn relations_keep_their_side_and_their_notes() {
    let mut old = tables();
    let row = |owner, other, status, text: &str| OldContact {
        owner,
        other,
        status,
        text: text.into(),
        group: "work".into(),
    };
    old.contacts = vec![
        row(1, 2, 2, "Benny"),
        row(2, 1, 0, "let me in"),
        row(1, 2, 1, ""),
        row(1, 3, 1, ""),
        row(1, 1, 1, ""),
    ];
    let plan = Plan::of(&old);
    assert_eq!(plan.relations.len(), 2);
    assert!(plan.relations[0].favourite);
    assert_eq!(plan.relations[0].nickname.as_deref(), Some("Benny"));
    assert_eq!(plan.relations[0].group.as_deref(), Some("work"));
    assert_eq!(plan.relations[1].kind, RelationKind::Asked(Some("let me in".into())));
    assert_eq!(plan.relations[1].group, None);
    assert_eq!(plan.report.left_out.values().sum::<usize>(), 4);
}

#[test]
fn groups_come_with_those_who_are_in_them() {
    let mut old = tables();
    old.groups = vec![
        OldGroup { id: 7, name: "Team".into(), kind: 1 },
        OldGroup { id: 8, name: "Empty".into(), kind: 0 },
    ];
    let part = |user, pending| OldMembership { group: 7, user, pending };
    old.memberships = vec![part(1, 0), part(1, 0), part(2, -1), part(3, 0), part(2, 2)];
    let plan = Plan::of(&old);
    let team = Group { old: 7, name: "Team".into(), kind: GroupKind::Official, members: vec![1, 2] };
    assert_eq!(plan.groups, [team]);
}

#[test]
fn messages_between_people_who_come_over_are_decoded() {
    let mut old = tables();
    let message = |author, to, text: &str, encoding: &str, conference| OldMessage {
        id: 1,
        author,
        to,
        text: text.into(),
        encoding: encoding.into(),
        conference,
    };
    old.messages = vec![
        message(1, 2, "aGVsbG8", "64", 0),
        message(2, 1, "6A", "64", 0),
        message(1, 2, "Pz8|", "64", 0),
        message(1, 2, "secret", "AA", 0),
        message(-99, 2, "aGVsbG8", "64", 0),
        message(1, 3, "aGVsbG8", "64", 0),
        message(1, 2, "aGVsbG8", "64", 4),
        message(1, 2, "\u{1}\u{2}", "64", 0),
    ];
    let plan = Plan::of(&old);
    let texts: Vec<&str> = plan.messages.iter().map(|message| message.text.as_str()).collect();
    assert_eq!(texts, ["hello", "\u{e8}", "??>"]);
    assert_eq!(plan.report.left_out.values().sum::<usize>(), 1 + 5, "and the account that had left");
}

#[test]
fn bans_of_names_and_networks_come_over() {
    let mut old = tables();
    let ban = |kind: &str, value: &str| OldBan { kind: kind.into(), value: value.into() };
    old.bans = vec![
        ban("U", "admin%"),
        ban("U", "r__t"),
        ban("I", "10.0.%"),
        ban("I", "192.0.2.7"),
        ban("I", "10.0.1%"),
        ban("P", "PC1"),
        ban("U", "%"),
        ban("U", "ADMIN%"),
        ban("I", "1%"),
    ];
    let plan = Plan::of(&old);
    for why in ["ban: a pattern of names that would ban everybody", "ban: twice"] {
        assert_eq!(plan.report.left_out.get(why), Some(&1), "{why}: {:?}", plan.report.left_out);
    }
    assert_eq!(
        plan.bans,
        [
            BanSubject::name("admin*", None).unwrap(),
            BanSubject::name("r??t", None).unwrap(),
            BanSubject::address("10.0.0.0/16").unwrap(),
            BanSubject::address("192.0.2.7").unwrap(),
        ]
    );
}
#[test]
fn what_one_side_alone_says_makes_no_contact() {
    let mut old = tables();
    old.users.push(user(4, "dan", 1));
    let row = |owner, other, status| OldContact { owner, other, status, ..OldContact::default() };
    let kinds = |rows: Vec<OldContact>| -> Vec<(i64, RelationKind, bool)> {
        let old = OldTables { users: old.users.clone(), contacts: rows, ..OldTables::default() };
        let plan = Plan::of(&old);
        plan.relations.into_iter().map(|relation| (relation.owner, relation.kind, relation.hidden)).collect()
    };
    assert_eq!(kinds(vec![row(1, 2, 1)]), [(1, RelationKind::Asked(None), false)]);
    assert_eq!(kinds(vec![row(1, 2, 5)]), [(1, RelationKind::Nothing, true)]);
    assert_eq!(
        kinds(vec![row(1, 2, 1), row(2, 1, 5)]),
        [(1, RelationKind::Accepted, false), (2, RelationKind::Accepted, true)]
    );
    let refused = [(2, RelationKind::RefusedByOther, false)];
    assert_eq!(kinds(vec![row(1, 2, 1), row(2, 1, -1)]), refused);
    assert_eq!(kinds(vec![row(2, 1, 1), row(2, 1, -1)]), refused, "of two rows the refusal holds");
    assert!(kinds(vec![row(1, 2, i64::MIN)]).is_empty());
}

#[test]
fn nobody_takes_the_name_that_another_one_logs_in_with() {
    let mut old = tables();
    old.users = vec![
        OldUser { nickname: "BEN".into(), ..user(1, "ann", 1) },
        user(2, "ben", 1),
        OldUser { nickname: "Ann".into(), ..user(3, "ann_2", 1) },
        OldUser { nickname: "a\u{202e}b".into(), ..user(4, "hidden", 1) },
        user(5, "\u{202e}", 1),
    ];
    let plan = Plan::of(&old);
    let logins: Vec<&str> = plan.people.iter().map(|person| person.login.as_str()).collect();
    assert_eq!(logins, ["ann", "ben", "ann_2", "hidden"]);
    assert_eq!(plan.report.left_out.values().sum::<usize>(), 1);
}

#[test]
fn names_and_addresses_keep_the_rules_that_people_keep() {
    let mut old = tables();
    let called = |id, name: &str, email: &str| OldUser {
        name: name.into(),
        email: email.into(),
        ..user(id, &format!("user_{id}"), 1)
    };
    old.users = vec![
        called(1, "Ann \u{c4}rger", "ann@example.org"),
        called(2, "adm\u{200b}in", "ann@example.org\r\nBcc: eve@example.org"),
        called(3, "ad\u{202e}nim", "<ann@example.org>"),
        called(4, &"x".repeat(65), "nobody"),
        called(5, "  ", " "),
        called(6, "user_6", "a@b"),
    ];
    let plan = Plan::of(&old);
    let found: Vec<_> =
        plan.people.iter().map(|person| (person.display_name.as_deref(), person.email.as_deref())).collect();
    let nothing = (None, None);
    let wanted = [
        (Some("Ann \u{c4}rger"), Some("ann@example.org")),
        nothing,
        nothing,
        nothing,
        nothing,
        (None, Some("a@b")),
    ];
    assert_eq!(found, wanted);
    let counted = |why: &str| plan.report.left_out.get(why).copied();
    assert_eq!(counted("name to show: against the rules, so that the login is shown"), Some(3));
    assert_eq!(counted("e-mail address: none that could be one"), Some(3));
    assert_eq!(plan.report.left_out.len(), 2);
}
