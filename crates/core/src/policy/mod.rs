//! Who may see, find, ask and write to whom: pure functions over plain values, decided here and nowhere else.

use serde::{Deserialize, Serialize};

use crate::contact::Relation;

/// Who sees whom on a front.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Mode {
    /// People see and write to those who accepted them as a contact.
    Normal,
    /// Everybody sees and may write to everybody.
    OpenCommunity,
    /// As normal, within one's groups. Not in this version.
    GroupCommunity,
    /// As open-community, within one's groups. Not in this version.
    OpenGroupCommunity,
}

impl Mode {
    /// The word of the configuration and of `GET front`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Normal => "normal",
            Self::OpenCommunity => "open-community",
            Self::GroupCommunity => "group-community",
            Self::OpenGroupCommunity => "open-group-community",
        }
    }

    /// Whether this version enforces the mode; a front with another one refuses to start.
    pub fn is_built(self) -> bool {
        matches!(self, Self::Normal | Self::OpenCommunity)
    }
}

/// What one person may do with another.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Permissions {
    /// The other stands in the roster, and their id can be used.
    pub see: bool,
    /// The other is found by the exact login.
    pub find: bool,
    /// A contact may be asked for.
    pub request: bool,
    /// Messages may be written.
    pub write: bool,
    /// The other's presence is shown.
    pub presence: bool,
}

impl Permissions {
    const NOTHING: Self = Self { see: false, find: false, request: false, write: false, presence: false };

    fn and(self, other: Self) -> Self {
        Self {
            see: self.see && other.see,
            find: self.find && other.find,
            request: self.request && other.request,
            write: self.write && other.write,
            presence: self.presence && other.presence,
        }
    }

    fn or(self, other: Self) -> Self {
        Self {
            see: self.see || other.see,
            find: self.find || other.find,
            request: self.request || other.request,
            write: self.write || other.write,
            presence: self.presence || other.presence,
        }
    }
}

/// What a mode by itself allows between two people with this relation.
pub fn mode_allows(mode: Mode, relation: Relation) -> Permissions {
    use Relation::{Accepted, None, Refused, RefusedByThem, Requested, RequestedByThem};
    let refused = matches!(relation, Refused | RefusedByThem);
    match mode {
        Mode::Normal => Permissions {
            see: !matches!(relation, None),
            find: true,
            request: matches!(relation, None | Requested | RequestedByThem | Accepted | Refused),
            write: relation == Accepted,
            presence: relation == Accepted,
        },
        Mode::OpenCommunity => Permissions {
            see: true,
            find: true,
            request: relation != RefusedByThem,
            write: !refused,
            presence: !refused,
        },
        // Not in this version: nothing is allowed until it is enforced.
        Mode::GroupCommunity | Mode::OpenGroupCommunity => Permissions::NOTHING,
    }
}

/// What a person acting at a front of mode `viewer` may do with somebody who has entered fronts of the modes `other`.
///
/// The viewer's front and at least one front that the other has entered must both allow it: the stricter wins.
pub fn between(viewer: Mode, other: impl IntoIterator<Item = Mode>, relation: Relation) -> Permissions {
    let theirs =
        other.into_iter().map(|mode| mode_allows(mode, relation)).fold(Permissions::NOTHING, Permissions::or);
    mode_allows(viewer, relation).and(theirs)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// One row per mode and relation: see, find, request, write, presence.
    const TABLE: [(Mode, Relation, &str); 12] = [
        (Mode::Normal, Relation::None, "-fr--"),
        (Mode::Normal, Relation::Requested, "sfr--"),
        (Mode::Normal, Relation::RequestedByThem, "sfr--"),
        (Mode::Normal, Relation::Accepted, "sfrwp"),
        (Mode::Normal, Relation::Refused, "sfr--"),
        (Mode::Normal, Relation::RefusedByThem, "sf---"),
        (Mode::OpenCommunity, Relation::None, "sfrwp"),
        (Mode::OpenCommunity, Relation::Requested, "sfrwp"),
        (Mode::OpenCommunity, Relation::RequestedByThem, "sfrwp"),
        (Mode::OpenCommunity, Relation::Accepted, "sfrwp"),
        (Mode::OpenCommunity, Relation::Refused, "sfr--"),
        (Mode::OpenCommunity, Relation::RefusedByThem, "sf---"),
    ];

    fn letters(p: Permissions) -> String {
        [(p.see, 's'), (p.find, 'f'), (p.request, 'r'), (p.write, 'w'), (p.presence, 'p')]
            .map(|(allowed, letter)| if allowed { letter } else { '-' })
            .iter()
            .collect()
    }

    #[test]
    fn the_table_of_permissions_holds_row_by_row() {
        for (mode, relation, wanted) in TABLE {
            assert_eq!(letters(mode_allows(mode, relation)), wanted, "{mode:?} {relation:?}");
        }
        assert_eq!(TABLE.len(), 2 * Relation::ALL.len(), "a row for every built mode and relation");
    }

    #[test]
    fn of_two_fronts_the_stricter_wins_whoever_looks() {
        for relation in Relation::ALL {
            let strict = mode_allows(Mode::Normal, relation).and(mode_allows(Mode::OpenCommunity, relation));
            assert_eq!(between(Mode::Normal, [Mode::OpenCommunity], relation), strict);
            assert_eq!(between(Mode::OpenCommunity, [Mode::Normal], relation), strict);
        }
    }

    #[test]
    fn one_front_of_the_other_that_allows_it_is_enough() {
        let allowed = between(Mode::OpenCommunity, [Mode::Normal, Mode::OpenCommunity], Relation::None);
        assert!(allowed.write);
    }

    #[test]
    fn somebody_without_a_front_and_modes_not_yet_built_allow_nothing() {
        assert_eq!(between(Mode::OpenCommunity, [], Relation::Accepted), Permissions::NOTHING);
        for relation in Relation::ALL {
            assert_eq!(mode_allows(Mode::GroupCommunity, relation), Permissions::NOTHING);
            assert_eq!(mode_allows(Mode::OpenGroupCommunity, relation), Permissions::NOTHING);
        }
    }
}
