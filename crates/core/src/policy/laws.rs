//! The decisions over every combination of facts, against the rules said another way, and against the laws.

use crate::contact::Relation;
use crate::policy::{
    Availability, Facts, Mode, OfflineChoice, Permissions, WriteRefusal, between, mode_allows,
};

/// Viewer and other: the other stands higher, is an equal, stands lower.
const RANKS: [(u32, u32); 3] = [(100, 10), (100, 100), (10, 100)];
/// In no group; in a group of their own; in one of the viewer's.
const GROUPS: [(bool, bool); 3] = [(false, false), (false, true), (true, true)];

/// How much of everything is gone through.
#[derive(Clone, Copy, PartialEq)]
enum Span {
    /// All of it.
    Whole,
    /// All that a law is about: people of one rank, and a viewer whom others can reach. The whole is held against the
    /// manual once.
    Equals,
}

/// Calls `look` with every combination of facts.
fn every_fact(span: Span, mut look: impl FnMut(&Facts)) {
    let mut facts = Facts::of(Relation::None);
    for relation in Relation::ALL {
        facts.relation = relation;
        for (shared_group, other_grouped) in GROUPS {
            (facts.shared_group, facts.other_grouped) = (shared_group, other_grouped);
            for (viewer_rank, other_rank) in RANKS {
                if span == Span::Equals && viewer_rank != other_rank {
                    continue;
                }
                (facts.viewer_rank, facts.other_rank) = (viewer_rank, other_rank);
                for bits in 0..128_u32 {
                    let bit = |place: u32| bits & (1 << place) != 0;
                    if span == Span::Equals && !bit(3) {
                        continue;
                    }
                    facts.hidden_by_viewer = bit(0);
                    facts.hidden_by_other = bit(1);
                    facts.favourite_of_other = bit(2);
                    facts.viewer_reachable = bit(3);
                    facts.other_reachable = bit(4);
                    facts.offline_messages = bit(5);
                    facts.wrote_to_viewer = bit(6);
                    for availability in Availability::ALL {
                        facts.availability = availability;
                        for offline_choice in OfflineChoice::ALL {
                            facts.offline_choice = offline_choice;
                            look(&facts);
                        }
                    }
                }
            }
        }
    }
}

/// Calls `look` with every pair of modes and every combination of facts.
fn everything(span: Span, mut look: impl FnMut(Mode, Mode, &Facts)) {
    every_fact(span, |facts| {
        for viewer in Mode::ALL {
            for other in Mode::ALL {
                look(viewer, other, facts);
            }
        }
    });
}

fn refused(facts: &Facts) -> bool {
    matches!(facts.relation, Relation::Refused | Relation::RefusedByThem)
}

/// The rules as the manual says them, one sentence an action.
fn as_the_manual_says(modes: [Mode; 2], facts: &Facts) -> [bool; 6] {
    let has = |mode: Mode| modes.contains(&mode);
    let contacts = facts.relation == Relation::Accepted;
    let grouped = (!has(Mode::GroupCommunity) || facts.shared_group)
        && (!has(Mode::OpenGroupCommunity) || facts.other_grouped);
    let known = !has(Mode::Normal) || facts.relation != Relation::None;
    let see = grouped && known;
    let find = grouped && (known || facts.viewer_rank <= facts.other_rank);
    let pending = matches!(facts.relation, Relation::Requested | Relation::RequestedByThem);
    let anew = facts.viewer_reachable
        && facts.other_reachable
        && (!has(Mode::Normal) || facts.viewer_rank <= facts.other_rank);
    let request = grouped && facts.relation != Relation::RefusedByThem && (contacts || pending || anew);
    let presence = grouped && !refused(facts) && (!has(Mode::Normal) || contacts) && !facts.hidden_by_other;
    let looks_offline = !presence || !facts.availability.is_shown();
    let disturbed = !looks_offline && facts.availability == Availability::DoNotDisturb;
    let taken = match facts.offline_choice {
        OfflineChoice::All => true,
        OfflineChoice::Favourites => facts.favourite_of_other,
        OfflineChoice::None => false,
    };
    let answers = has(Mode::OpenGroupCommunity) && !facts.other_grouped && facts.wrote_to_viewer;
    let write = !refused(facts)
        && (!has(Mode::Normal) || (contacts && !facts.hidden_by_viewer))
        && (!has(Mode::GroupCommunity) || facts.shared_group)
        && (grouped || answers)
        && facts.other_reachable
        && (!disturbed || facts.favourite_of_other)
        && (!looks_offline || (taken && facts.offline_messages));
    [see, find, request, write, write && grouped, presence]
}

fn allowed(may: &Permissions) -> [bool; 6] {
    [may.see, may.find, may.request, may.write.is_ok(), may.call, may.presence]
}

#[test]
fn every_combination_is_decided_as_the_manual_says() {
    let mut count = 0_u32;
    everything(Span::Whole, |viewer, other, facts| {
        count += 1;
        let may = between(viewer, [other], facts);
        assert_eq!(
            allowed(&may),
            as_the_manual_says([viewer, other], facts),
            "{viewer:?} {other:?} {facts:?}: see, find, request, write, call, presence"
        );
    });
    assert_eq!(count, 16 * 6 * 3 * 3 * 128 * 6 * 3);
}

#[test]
fn a_refusal_binds_both_whatever_else_holds() {
    everything(Span::Equals, |viewer, other, facts| {
        if refused(facts) {
            let may = between(viewer, [other], facts);
            assert!(may.write.is_err() && !may.call && !may.presence, "{viewer:?} {other:?} {facts:?}");
            assert!(!may.request || facts.relation == Relation::Refused, "only the refuser may ask again");
        }
    });
}

#[test]
fn without_a_shared_group_nothing_is_open_in_a_group_community() {
    everything(Span::Equals, |viewer, other, facts| {
        if [viewer, other].contains(&Mode::GroupCommunity) && !facts.shared_group {
            let may = between(viewer, [other], facts);
            assert_eq!(allowed(&may), [false; 6], "{viewer:?} {other:?} {facts:?}");
        }
    });
}

#[test]
fn of_two_fronts_the_stricter_wins_whoever_looks() {
    everything(Span::Equals, |viewer, other, facts| {
        let both = allowed(&between(viewer, [other], facts));
        let alone = [allowed(&mode_allows(viewer, facts)), allowed(&mode_allows(other, facts))];
        for action in 0..both.len() {
            // Who is shown as present by one front alone is told by it why they can't be written to; by both, less is told.
            let by_presence = action == 3 || action == 4;
            assert!(by_presence || both[action] == (alone[0][action] && alone[1][action]));
        }
        assert_eq!(both, allowed(&between(other, [viewer], facts)), "{viewer:?} {other:?} {facts:?}");
    });
}

#[test]
fn a_front_more_that_the_other_has_entered_takes_nothing_away() {
    every_fact(Span::Equals, |facts| {
        // What is shown may grow by it, and with it what is told of somebody who is not to be disturbed.
        if facts.availability == Availability::DoNotDisturb {
            return;
        }
        for viewer in Mode::ALL {
            let one = allowed(&between(viewer, [Mode::Normal], facts));
            for more in Mode::ALL {
                let two = allowed(&between(viewer, [Mode::Normal, more], facts));
                assert!(one.iter().zip(two).all(|(before, after)| after || !before), "{viewer:?} {more:?}");
            }
        }
    });
}

#[test]
fn becoming_contacts_sharing_a_group_and_being_a_favourite_take_nothing_away() {
    everything(Span::Equals, |viewer, other, facts| {
        let now = allowed(&between(viewer, [other], facts));
        let grows = |better: &Facts| {
            let then = allowed(&between(viewer, [other], better));
            let shown_more = facts.availability == Availability::DoNotDisturb && then[5] && !now[5];
            let lost = (0..now.len()).find(|&at| now[at] && !then[at]);
            assert!(lost.is_none() || shown_more, "{viewer:?} {other:?} {facts:?} -> {better:?}: {lost:?}");
        };
        if facts.relation == Relation::None {
            grows(&Facts { relation: Relation::Accepted, ..*facts });
        }
        grows(&Facts { shared_group: true, other_grouped: true, ..*facts });
        grows(&Facts { favourite_of_other: true, ..*facts });
    });
}

#[test]
fn only_favourites_disturb() {
    everything(Span::Equals, |viewer, other, facts| {
        let may = between(viewer, [other], facts);
        if may.presence && facts.availability == Availability::DoNotDisturb && !facts.favourite_of_other {
            assert!(may.write.is_err() && !may.call);
        }
        if facts.favourite_of_other {
            assert_ne!(may.write, Err(WriteRefusal::DoNotDisturb));
        }
    });
}

#[test]
fn nothing_tells_who_is_hidden_or_invisible_from_who_is_offline() {
    everything(Span::Equals, |viewer, other, facts| {
        let offline = Facts { hidden_by_other: false, availability: Availability::Offline, ..*facts };
        let mut truly = between(viewer, [other], &offline);
        let hidden = between(viewer, [other], &Facts { hidden_by_other: true, ..*facts });
        assert!(!hidden.presence);
        // Whether there is a presence to be shown is not told: it is shown as offline in both cases.
        truly.presence = false;
        assert_eq!(hidden, truly, "{viewer:?} {other:?} {facts:?}");
        let mut invisible =
            between(viewer, [other], &Facts { availability: Availability::Invisible, ..offline });
        invisible.presence = false;
        assert_eq!(invisible, truly);
    });
}

#[test]
fn a_refused_person_is_not_told_so_by_the_answer_to_a_message() {
    everything(Span::Equals, |viewer, other, facts| {
        if facts.relation == Relation::RefusedByThem {
            let why = between(viewer, [other], facts).write;
            let told = [WriteRefusal::General, WriteRefusal::NoSharedGroup, WriteRefusal::NotGrouped];
            assert!(why.is_err_and(|why| told.contains(&why)), "{why:?}");
        }
    });
}

#[test]
fn somebody_without_a_front_is_out_of_reach() {
    for viewer in Mode::ALL {
        let may = between(viewer, [], &Facts::of(Relation::Accepted));
        assert_eq!(allowed(&may), [false; 6]);
    }
}

#[test]
fn each_reason_is_given_where_it_is_the_reason() {
    let contact = Facts::of(Relation::Accepted);
    let offline = Facts { availability: Availability::Offline, ..contact };
    let table = [
        (Mode::Normal, Facts::of(Relation::None), WriteRefusal::NotAContact),
        (Mode::Normal, Facts { hidden_by_viewer: true, ..contact }, WriteRefusal::YouHide),
        (Mode::Normal, Facts { other_reachable: false, ..contact }, WriteRefusal::Unreachable),
        (Mode::OpenCommunity, Facts::of(Relation::Refused), WriteRefusal::YouRefuse),
        (Mode::OpenCommunity, Facts::of(Relation::RefusedByThem), WriteRefusal::General),
        (
            Mode::OpenCommunity,
            Facts { availability: Availability::DoNotDisturb, ..contact },
            WriteRefusal::DoNotDisturb,
        ),
        (
            Mode::OpenCommunity,
            Facts { offline_choice: OfflineChoice::None, ..offline },
            WriteRefusal::OfflineNotTaken,
        ),
        (Mode::OpenCommunity, Facts { offline_messages: false, ..offline }, WriteRefusal::OfflineNotTaken),
        (Mode::GroupCommunity, contact, WriteRefusal::NoSharedGroup),
        (Mode::OpenGroupCommunity, contact, WriteRefusal::NotGrouped),
    ];
    for (mode, facts, why) in table {
        assert_eq!(mode_allows(mode, &facts).write, Err(why), "{mode:?} {facts:?}");
    }
}
