use super::*;

const NOW: Timestamp = Timestamp::from_secs(1);

fn people() -> (AccountId, AccountId, Contact) {
    let (me, you) = (AccountId::generate(NOW), AccountId::generate(NOW));
    (me, you, Contact::none(Pair::new(me, you).unwrap(), NOW))
}

#[test]
fn a_request_that_is_accepted_is_a_contact_for_both() {
    let (me, you, contact) = people();
    let asked = contact.after(me, &ContactAction::Request.into(), NOW).unwrap();
    assert_eq!(asked.relation_for(me), Relation::Requested);
    assert_eq!(asked.relation_for(you), Relation::RequestedByThem);
    let done = asked.after(you, &ContactAction::Accept.into(), NOW).unwrap();
    assert_eq!((done.relation_for(me), done.relation_for(you)), (Relation::Accepted, Relation::Accepted));
}

#[test]
fn a_refusal_binds_until_the_refuser_takes_it_back() {
    let (me, you, contact) = people();
    let refused = contact.after(you, &ContactAction::Refuse.into(), NOW).unwrap();
    assert_eq!(refused.relation_for(me), Relation::RefusedByThem);
    assert_eq!(refused.after(me, &ContactAction::Request.into(), NOW), Err(ContactRefusal::RefusedByThem));
    assert_eq!(refused.after(me, &ContactAction::Remove.into(), NOW), Ok(refused.clone()));
    let open = refused.after(you, &ContactAction::Remove.into(), NOW).unwrap();
    assert!(open.is_empty());
}

#[test]
fn both_may_refuse_and_each_takes_back_only_the_own_refusal() {
    let (me, you, contact) = people();
    let both = contact
        .after(me, &ContactAction::Refuse.into(), NOW)
        .unwrap()
        .after(you, &ContactAction::Refuse.into(), NOW)
        .unwrap();
    assert_eq!(both.relation_for(me), Relation::Refused);
    assert_eq!(both.after(me, &ContactAction::Request.into(), NOW), Err(ContactRefusal::RefusedByThem));
    let theirs = both.after(me, &ContactAction::Remove.into(), NOW).unwrap();
    assert_eq!(theirs.relation_for(me), Relation::RefusedByThem);
}

#[test]
fn every_action_can_be_repeated_without_effect() {
    for relation_maker in [ContactAction::Request, ContactAction::Refuse] {
        let (me, _, contact) = people();
        let once = contact.after(me, &relation_maker.into(), NOW).unwrap();
        assert_eq!(once.after(me, &relation_maker.into(), Timestamp::from_secs(9)), Ok(once.clone()));
    }
}

#[test]
fn there_must_be_something_to_accept_or_withdraw() {
    let (me, _, contact) = people();
    assert_eq!(
        contact.after(me, &ContactAction::Accept.into(), NOW),
        Err(ContactRefusal::NothingTo("accept"))
    );
    assert_eq!(
        contact.after(me, &ContactAction::Withdraw.into(), NOW),
        Err(ContactRefusal::NothingTo("withdraw"))
    );
}

fn note(favourite: bool, nickname: &str) -> ContactChange {
    let nickname = Some(Some(nickname.to_owned()));
    ContactChange::Note(NotesChange { favourite: Some(favourite), nickname, ..NotesChange::default() })
}

#[test]
fn the_text_of_a_request_lives_as_long_as_the_request() {
    let (me, you, contact) = people();
    let asked = contact.after(me, &ContactChange::Ask(Some("we met".into())), NOW).unwrap();
    assert_eq!(asked.request_text.as_deref(), Some("we met"));
    let again = asked.after(me, &ContactChange::Ask(Some("hello?".into())), NOW).unwrap();
    assert_eq!(again, asked, "asking again asks for nothing new");
    for (who, end) in [
        (you, ContactAction::Accept),
        (you, ContactAction::Refuse),
        (you, ContactAction::Remove),
        (me, ContactAction::Withdraw),
    ] {
        assert_eq!(asked.after(who, &end.into(), NOW).unwrap().request_text, None, "{end:?}");
    }
}

#[test]
fn what_is_noted_and_hidden_is_ones_own() {
    let (me, you, contact) = people();
    let noted = contact.after(me, &note(true, "Boss"), NOW).unwrap();
    let hidden = noted.after(me, &ContactAction::Hide.into(), NOW).unwrap();
    assert_eq!(hidden.side_of(you), &Side::default());
    let mine = hidden.side_of(me);
    assert_eq!((mine.favourite, mine.hidden, mine.nickname.as_deref()), (true, true, Some("Boss")));
    let theirs = hidden.after(you, &ContactAction::Remove.into(), NOW).unwrap();
    assert_eq!(theirs.side_of(me), mine, "the other takes away only what is theirs");
    assert!(theirs.after(me, &ContactAction::Remove.into(), NOW).unwrap().is_empty());
}

#[test]
fn a_refusal_ends_favouring_keeps_hiding_and_stands_in_the_way_of_both() {
    let (me, _, contact) = people();
    let noted = contact.after(me, &note(true, "Pest"), NOW).unwrap();
    let refused = noted.after(me, &ContactAction::Refuse.into(), NOW).unwrap();
    let mine = refused.side_of(me);
    assert_eq!((mine.refused, mine.favourite, mine.nickname.as_deref()), (true, false, Some("Pest")));
    assert_eq!(refused.after(me, &ContactAction::Hide.into(), NOW), Err(ContactRefusal::RefusedByYou));
    assert_eq!(refused.after(me, &note(true, "Pest"), NOW), Err(ContactRefusal::RefusedByYou));
    assert!(refused.after(me, &note(false, "Nuisance"), NOW).is_ok());
    let hidden = noted.after(me, &ContactAction::Hide.into(), NOW).unwrap();
    assert!(hidden.after(me, &ContactAction::Refuse.into(), NOW).unwrap().side_of(me).hidden);
}

#[test]
fn only_contacts_are_rated() {
    let (me, you, contact) = people();
    let rate = ContactChange::Note(NotesChange { rating: Some(Some(5)), ..NotesChange::default() });
    assert_eq!(contact.after(me, &rate, NOW), Err(ContactRefusal::NotAContact));
    let friends = contact.after(you, &ContactChange::Befriend, NOW).unwrap();
    assert_eq!(friends.after(me, &rate, NOW).unwrap().side_of(me).rating, Some(5));
}

#[test]
fn nobody_is_made_a_contact_of_somebody_they_refuse() {
    let (me, you, contact) = people();
    let refused = contact.after(me, &ContactAction::Refuse.into(), NOW).unwrap();
    assert_eq!(refused.after(you, &ContactChange::Befriend, NOW), Ok(refused.clone()));
}

#[test]
fn limits_count_what_newly_takes_a_place() {
    let (me, you, nothing) = people();
    let asked = nothing.after(me, &ContactAction::Request.into(), NOW).unwrap();
    let done = asked.after(you, &ContactAction::Accept.into(), NOW).unwrap();
    let have = |mine: &[Relation], theirs: &[Relation]| {
        let (mine, theirs) = (mine.to_vec(), theirs.to_vec());
        move |person| if person == me { mine.clone() } else { theirs.clone() }
    };
    let two = ContactLimits { mine: Some(2), theirs: Some(2), pending: Some(1) };
    let none = have(&[], &[]);
    assert_eq!(two.check(me, (&nothing, &asked), &none), Ok(()));
    let waiting = have(&[Relation::Requested], &[]);
    let too_many = Err(ContactRefusal::TooManyRequests { limit: 1 });
    assert_eq!(two.check(me, (&nothing, &asked), &waiting), too_many);
    let full = have(&[Relation::Accepted, Relation::Requested], &[Relation::Accepted; 2]);
    let mine = Err(ContactRefusal::LimitReached { limit: 2 });
    assert_eq!(two.check(me, (&nothing, &asked), &full), mine);
    assert_eq!(two.check(you, (&asked, &done), &full), mine, "accepting counts");
    let roomy = ContactLimits { mine: None, ..two };
    let asker_full = have(&[Relation::Accepted; 2], &[]);
    let theirs = Err(ContactRefusal::TheirLimitReached { limit: 2 });
    assert_eq!(roomy.check(you, (&asked, &done), &asker_full), theirs, "for the asker too");
    assert_eq!(two.check(me, (&done, &done), &full), Ok(()), "nothing new");
}

#[test]
fn what_an_administrator_ends_leaves_each_what_is_theirs() {
    let (me, you, contact) = people();
    let friends = contact.after(you, &ContactChange::Befriend, NOW).unwrap();
    let rate = ContactChange::Note(NotesChange { rating: Some(Some(5)), ..NotesChange::default() });
    let rated = friends.after(me, &rate, NOW).unwrap().after(me, &note(true, "Boss"), NOW).unwrap();
    let parted = rated.after(you, &ContactChange::Separate, NOW).unwrap();
    let mine = parted.side_of(me);
    assert_eq!(
        (parted.link, mine.favourite, mine.nickname.as_deref(), mine.rating),
        (Link::None, true, Some("Boss"), None)
    );
    let refused = friends.after(me, &ContactAction::Refuse.into(), NOW).unwrap();
    assert!(refused.after(you, &ContactChange::Separate, NOW).unwrap().side_of(me).refused);
}
