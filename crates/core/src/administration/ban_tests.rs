use super::*;

const NOW: Timestamp = Timestamp::from_secs(1_800_000_000);

fn ban(subject: BanSubject) -> Ban {
    Ban {
        id: BanId::generate(NOW),
        subject,
        place: Place::Everywhere,
        reason: None,
        until: None,
        created_at: NOW,
        by: "root".into(),
    }
}

fn found(list: &BanList, realm: Option<&Realm>, name: Option<&str>, address: Option<&str>) -> bool {
    let (community, front) = (CommunityId::default(), FrontId::new("im").unwrap());
    let address = address.map(|address| address.parse().unwrap());
    let suspect = Suspect { realm, name, address, ..Suspect::at(&community, &front) };
    list.find(&suspect, NOW).is_some()
}

fn named(list: &BanList, name: &str) -> bool {
    found(list, None, Some(name), None)
}

#[test]
fn names_are_banned_by_pattern_whatever_their_case() {
    let list = BanList::new(
        ["Sp?m*", "mallory", "*.bot", "(a+)+$", "ＷＩＤＥ"]
            .map(|pattern| ban(BanSubject::name(pattern, None).unwrap())),
    );
    for (name, wanted) in [
        ("SPAM", true),
        ("spam and eggs", true),
        ("spm", false),
        ("Mallory", true),
        ("mallory2", false),
        ("evil.bot", true),
        ("evilxbot", false),
        ("(a+)+$", true),
        ("aaaaaaaaaaaaaaaaaaaaaaaaaaaaa!", false),
        ("wide", true),
        ("", false),
    ] {
        let folded = fold_login(name);
        assert_eq!(named(&list, &folded), wanted, "{name}");
    }
}

#[test]
fn a_realms_ban_leaves_the_other_realms_people_alone() {
    let (forum, intranet) = (Realm::new("forum").unwrap(), Realm::new("intranet").unwrap());
    let list = BanList::new([ban(BanSubject::name("bob", Some(forum.clone())).unwrap())]);
    for (realm, wanted) in [(Some(&forum), true), (Some(&intranet), false), (None, false)] {
        assert_eq!(found(&list, realm, Some("bob"), None), wanted);
    }
}

#[test]
fn addresses_and_networks_are_banned_in_all_their_spellings() {
    let list = BanList::new(
        ["192.0.2.7", "10.9.8.7/8", "::ffff:198.51.100.0/120", "2001:db8:1::/48", "::ffff:203.0.113.9"]
            .map(|network| ban(BanSubject::address(network).unwrap())),
    );
    for (address, wanted) in [
        ("192.0.2.7", true),
        ("::ffff:192.0.2.7", true),
        ("192.0.2.8", false),
        ("10.255.0.1", true),
        ("11.0.0.1", false),
        ("198.51.100.200", true),
        ("::ffff:198.51.100.200", true),
        ("198.51.101.1", false),
        ("2001:db8:1:ffff::1", true),
        ("2001:db8:2::1", false),
        ("203.0.113.9", true),
    ] {
        assert_eq!(found(&list, None, None, Some(address)), wanted, "{address}");
    }
}

#[test]
fn what_would_ban_everybody_or_is_nonsense_is_refused() {
    for (pattern, why) in [
        ("", BanRefusal::Length),
        ("  ", BanRefusal::Length),
        ("*", BanRefusal::Everybody),
        ("?**?", BanRefusal::Everybody),
        ("＊", BanRefusal::Everybody),
        ("a\0b", BanRefusal::Control),
        ("a\nb", BanRefusal::Control),
    ] {
        assert_eq!(BanSubject::name(pattern, None), Err(why), "{pattern:?}");
    }
    assert_eq!(BanSubject::name(&"x".repeat(10_000), None), Err(BanRefusal::Length));
    for (network, why) in [
        ("0.0.0.0/0", BanRefusal::Wide),
        ("::/0", BanRefusal::Wide),
        ("::ffff:0:0/96", BanRefusal::Wide),
        ("::ffff:0.0.0.0/90", BanRefusal::Wide),
        ("10.0.0.0/33", BanRefusal::Network),
        ("localhost", BanRefusal::Network),
        ("", BanRefusal::Network),
    ] {
        assert_eq!(BanSubject::address(network), Err(why), "{network}");
    }
    assert_eq!(BanSubject::device("short"), Err(BanRefusal::Device));
    assert_eq!(BanSubject::device("not a device id, really"), Err(BanRefusal::Device));
}

#[test]
fn a_ban_holds_at_its_place_and_until_its_end() {
    let mut only_here = ban(BanSubject::name("bob", None).unwrap());
    only_here.place = Place::Front(FrontId::new("im").unwrap());
    let mut elsewhere = ban(BanSubject::name("cat", None).unwrap());
    elsewhere.place = Place::Community(CommunityId::new("other").unwrap());
    let mut over = ban(BanSubject::name("dan", None).unwrap());
    over.until = Some(NOW);
    let list = BanList::new([only_here, elsewhere, over]);
    for (name, wanted) in [("bob", true), ("cat", false), ("dan", false)] {
        assert_eq!(named(&list, name), wanted, "{name}");
    }
}

#[test]
fn a_lifted_ban_is_gone() {
    let mut list = BanList::default();
    let bans = ["bob", "b*", "*b"].map(|pattern| ban(BanSubject::name(pattern, None).unwrap()));
    let ids: Vec<BanId> = bans.iter().map(|ban| ban.id).collect();
    bans.into_iter().for_each(|ban| list.insert(ban));
    for id in ids {
        assert!(named(&list, "bob"));
        assert!(list.remove(id).is_some());
    }
    assert!(!named(&list, "bob"));
    assert!(list.is_empty());
}

#[test]
fn ten_thousand_bans_are_looked_through_in_no_time() {
    let names = (0..5000).map(|n| ban(BanSubject::name(&format!("spammer{n}"), None).unwrap()));
    let patterns = (0..2500).map(|n| ban(BanSubject::name(&format!("s{n}*x"), None).unwrap()));
    let networks =
        (0..2500).map(|n| ban(BanSubject::address(&format!("10.{}.{}.0/24", n / 250, n % 250)).unwrap()));
    let list = BanList::new(names.chain(patterns).chain(networks));
    assert_eq!(list.len(), 10_000);
    let begun = std::time::Instant::now();
    for n in 0..1000 {
        let name = format!("somebody{n}");
        assert!(!found(&list, None, Some(&name), Some("192.0.2.1")));
    }
    // A hundred times what it takes, for slow machines.
    assert!(begun.elapsed() < std::time::Duration::from_secs(20), "{:?}", begun.elapsed());
}
