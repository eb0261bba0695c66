use crate::contact::Relation;
use crate::policy::{Availability, Facts, Mode, OfflineChoice, Permissions, WriteRefusal};

/// What a mode by itself allows between two people.
pub fn mode_allows(mode: Mode, facts: &Facts) -> Permissions {
    as_they_are(opened_by(mode, facts), facts)
}

/// What a person acting at a front of mode `viewer` may do with somebody who has entered fronts of the modes `other`.
///
/// The viewer's front and at least one front that the other has entered must both allow it: the stricter wins.
pub fn between(viewer: Mode, other: impl IntoIterator<Item = Mode>, facts: &Facts) -> Permissions {
    let theirs = other
        .into_iter()
        .map(|mode| opened_by(mode, facts))
        .reduce(Permissions::or)
        .unwrap_or(Permissions::NOTHING);
    as_they_are(opened_by(viewer, facts).and(theirs), facts)
}

/// What a mode opens, before it is looked at how the other is at the moment.
fn opened_by(mode: Mode, facts: &Facts) -> Permissions {
    match mode {
        Mode::Normal => among_contacts(facts),
        Mode::OpenCommunity => among_neighbours(facts),
        Mode::GroupCommunity if facts.shared_group => among_neighbours(facts),
        Mode::GroupCommunity => Permissions::closed(WriteRefusal::NoSharedGroup),
        Mode::OpenGroupCommunity if facts.other_grouped => among_neighbours(facts),
        Mode::OpenGroupCommunity => {
            let write =
                if facts.wrote_to_viewer { unless_refused(facts) } else { Err(WriteRefusal::NotGrouped) };
            Permissions { write, call: false, ..Permissions::NOTHING }
        }
    }
}

fn among_contacts(facts: &Facts) -> Permissions {
    let relation = facts.relation;
    let accepted = relation == Relation::Accepted;
    let see = relation != Relation::None;
    let write = match unless_refused(facts) {
        Ok(()) if !accepted => Err(WriteRefusal::NotAContact),
        Ok(()) if facts.hidden_by_viewer => Err(WriteRefusal::YouHide),
        outcome => outcome,
    };
    Permissions {
        see,
        find: see || facts.rank_permits(),
        request: may_ask(facts) && (is_linked(relation) || facts.rank_permits()),
        write,
        call: write.is_ok(),
        presence: accepted,
    }
}

/// Those who are open to each other without being contacts.
fn among_neighbours(facts: &Facts) -> Permissions {
    let write = unless_refused(facts);
    Permissions {
        see: true,
        find: true,
        request: may_ask(facts),
        write,
        call: write.is_ok(),
        presence: write.is_ok(),
    }
}

fn unless_refused(facts: &Facts) -> Result<(), WriteRefusal> {
    match facts.relation {
        Relation::Refused => Err(WriteRefusal::YouRefuse),
        Relation::RefusedByThem => Err(WriteRefusal::General),
        Relation::None | Relation::Requested | Relation::RequestedByThem | Relation::Accepted => Ok(()),
    }
}

fn may_ask(facts: &Facts) -> bool {
    let reachable = facts.viewer_reachable && facts.other_reachable;
    facts.relation != Relation::RefusedByThem && (reachable || is_linked(facts.relation))
}

/// Whether a contact was asked for or is there: asking again asks for nothing new, or accepts.
fn is_linked(relation: Relation) -> bool {
    matches!(relation, Relation::Requested | Relation::RequestedByThem | Relation::Accepted)
}

/// What is left of what the modes open, as the other is at the moment.
fn as_they_are(opened: Permissions, facts: &Facts) -> Permissions {
    let presence = opened.presence && !facts.hidden_by_other;
    // The answer to whoever writes must not say more of the other than what is shown.
    let shown =
        if presence && facts.availability.is_shown() { facts.availability } else { Availability::Offline };
    let write = opened.write.and(takes_messages(shown, facts));
    Permissions { presence, write, call: opened.call && write.is_ok(), ..opened }
}

fn takes_messages(shown: Availability, facts: &Facts) -> Result<(), WriteRefusal> {
    if !facts.other_reachable {
        return Err(WriteRefusal::Unreachable);
    }
    match shown {
        Availability::DoNotDisturb if !facts.favourite_of_other => Err(WriteRefusal::DoNotDisturb),
        Availability::Offline | Availability::Invisible => {
            let chosen = match facts.offline_choice {
                OfflineChoice::All => true,
                OfflineChoice::Favourites => facts.favourite_of_other,
                OfflineChoice::None => false,
            };
            if chosen && facts.offline_messages { Ok(()) } else { Err(WriteRefusal::OfflineNotTaken) }
        }
        _ => Ok(()),
    }
}
