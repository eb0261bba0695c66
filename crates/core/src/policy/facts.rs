use serde::{Deserialize, Serialize};

use crate::contact::Relation;

/// How somebody is, as the server knows it. What others are shown may be less.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Availability {
    /// Here.
    Online,
    /// Here, but not at the keyboard.
    Away,
    /// Here, but occupied.
    Busy,
    /// Here, and only for favourites.
    DoNotDisturb,
    /// Here, and shown as offline.
    Invisible,
    /// Not here.
    #[default]
    Offline,
}

impl Availability {
    /// All of them, for tables.
    pub const ALL: [Self; 6] =
        [Self::Online, Self::Away, Self::Busy, Self::DoNotDisturb, Self::Invisible, Self::Offline];

    /// Whether others are shown that somebody is here.
    pub fn is_shown(self) -> bool {
        !matches!(self, Self::Invisible | Self::Offline)
    }
}

/// Whose messages somebody takes while they are offline.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum OfflineChoice {
    /// Everybody's who may write to them.
    #[default]
    All,
    /// Their favourites'.
    Favourites,
    /// Nobody's.
    None,
}

impl OfflineChoice {
    /// All of them, for tables.
    pub const ALL: [Self; 3] = [Self::All, Self::Favourites, Self::None];

    /// The word of the API and of the database.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::All => "all",
            Self::Favourites => "favourites",
            Self::None => "none",
        }
    }

    /// The choice of a word.
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|choice| choice.as_str() == word)
    }
}

/// Everything between two people that decides what one of them, the viewer, may do with the other.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Facts {
    /// The relation, as the viewer sees it.
    pub relation: Relation,
    /// Whether they are both in a group. News rooms are no groups in this sense, and who waits to be admitted is not in one.
    pub shared_group: bool,
    /// Whether the other is in any group.
    pub other_grouped: bool,
    /// Whether the viewer hides from the other.
    pub hidden_by_viewer: bool,
    /// Whether the other hides from the viewer.
    pub hidden_by_other: bool,
    /// Whether the viewer is a favourite of the other.
    pub favourite_of_other: bool,
    /// The viewer's option `reachable`.
    pub viewer_reachable: bool,
    /// The other's option `reachable`.
    pub other_reachable: bool,
    /// The viewer's option `rank`. The smaller the number, the higher the rank.
    pub viewer_rank: u32,
    /// The other's option `rank`.
    pub other_rank: u32,
    /// How the other is.
    pub availability: Availability,
    /// Whose messages the other takes while offline.
    pub offline_choice: OfflineChoice,
    /// Whether the options let the viewer write to people who are offline, and the other be written to.
    pub offline_messages: bool,
    /// Whether the other has written to the viewer in their conversation.
    pub wrote_to_viewer: bool,
}

impl Facts {
    /// Two people with nothing but a relation, both of them online and as everybody is by default.
    pub fn of(relation: Relation) -> Self {
        Self {
            relation,
            shared_group: false,
            other_grouped: false,
            hidden_by_viewer: false,
            hidden_by_other: false,
            favourite_of_other: false,
            viewer_reachable: true,
            other_reachable: true,
            viewer_rank: 100,
            other_rank: 100,
            availability: Availability::Online,
            offline_choice: OfflineChoice::All,
            offline_messages: true,
            wrote_to_viewer: false,
        }
    }

    /// Whether the viewer's rank lets them find and ask the other.
    pub(super) fn rank_permits(&self) -> bool {
        self.other_rank >= self.viewer_rank
    }
}
