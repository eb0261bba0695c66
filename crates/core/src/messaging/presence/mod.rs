//! Who is here and how they are.
//!
//! Two layers make a person's state. What the person *chose* holds for all their devices until they change it, over
//! restarts too. What each *device* tells (it is open, it is idle) only matters where the person chose nothing else:
//!
//! | devices | chosen: online | chosen: away, busy, do-not-disturb | chosen: invisible |
//! |---|---|---|---|
//! | one is active | online | as chosen | invisible; offline to others |
//! | all that are here are idle | away | as chosen | invisible; offline to others |
//! | none is here | offline | offline | offline |

mod board;
mod changes;

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::Timestamp;
use crate::policy::OfflineChoice;

pub use board::{Changed, PresenceBoard};
pub use changes::{Aspect, ChangeFeed, ChangePage, ChangeTraffic, Readers};
pub(crate) use changes::{ChangeLogs, CommunityChanges};

/// How somebody is, as others see it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Default)]
pub struct PresenceView {
    /// Their state; never [`PresenceState::Invisible`].
    pub state: PresenceState,
    /// Why, in words of the front.
    pub reason: Option<Arc<str>>,
    /// Since when; of somebody offline, when they were last seen. `None` = not known, or not shown.
    pub since: Option<Timestamp>,
}

/// A state, the most reachable first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum PresenceState {
    /// A session has an open poll or was seen in the last 45 s.
    Online,
    /// Here, but not at the screen.
    Away,
    /// Here, but occupied.
    Busy,
    /// Here, and only favourites get through.
    DoNotDisturb,
    /// Here, and offline to everybody else.
    Invisible,
    /// Not here.
    #[default]
    Offline,
}

impl PresenceState {
    /// Every state.
    pub const ALL: [Self; 6] =
        [Self::Online, Self::Away, Self::Busy, Self::DoNotDisturb, Self::Invisible, Self::Offline];

    /// The word of the API and of the database.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Online => "online",
            Self::Away => "away",
            Self::Busy => "busy",
            Self::DoNotDisturb => "do-not-disturb",
            Self::Invisible => "invisible",
            Self::Offline => "offline",
        }
    }

    /// The state of a word.
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.as_str() == word)
    }

    /// What others are shown of it.
    #[must_use]
    pub fn shown(self) -> Self {
        if self == Self::Invisible { Self::Offline } else { self }
    }
}

/// What a person has chosen for all their devices. [`PresenceState::Online`] without a reason is no choice: the devices
/// decide.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct PresenceChoice {
    /// Any state but [`PresenceState::Offline`].
    pub state: PresenceState,
    /// Why.
    pub reason: Option<Arc<str>>,
}

impl Default for PresenceChoice {
    fn default() -> Self {
        Self { state: PresenceState::Online, reason: None }
    }
}

/// What is kept of a person's presence over restarts, per community.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct PresenceRecord {
    /// What they chose.
    pub choice: PresenceChoice,
    /// Their time zone, as a device told it: an IANA name.
    pub time_zone: Option<Arc<str>>,
    /// When others could last see them here.
    pub seen_at: Option<Timestamp>,
    /// Whose messages they take while they are not here.
    pub offline_choice: OfflineChoice,
}

/// How I am, as my own devices see it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct OwnPresence {
    /// My state, [`PresenceState::Invisible`] included.
    pub state: PresenceState,
    /// Why, as far as it holds now.
    pub reason: Option<Arc<str>>,
    /// Since when.
    pub since: Option<Timestamp>,
    /// What I chose.
    pub chosen: PresenceChoice,
    /// Whether the asking device has said that it is idle.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub idle: Option<bool>,
    /// My time zone, as far as a device told it.
    pub time_zone: Option<Arc<str>>,
    /// Whose messages I take while I am not here.
    pub offline_messages: OfflineChoice,
}

/// Whether this can be an IANA time zone name: `Area/Place`, `Area/Region/Place`, or one of the short ones (`UTC`, `CET`).
/// The list itself changes several times a year and belongs to the client's system.
pub fn is_time_zone(name: &str) -> bool {
    let part = |part: &str| {
        part.starts_with(|c: char| c.is_ascii_alphabetic())
            && part.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '+'))
    };
    name.len() <= 64 && name.split('/').count() <= 3 && name.split('/').all(part)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_state_has_one_word_here_and_in_json() {
        for state in PresenceState::ALL {
            assert_eq!(PresenceState::from_word(state.as_str()), Some(state));
            assert_eq!(serde_json::to_value(state).unwrap(), state.as_str());
            assert_ne!(state.shown(), PresenceState::Invisible);
        }
    }

    #[test]
    fn a_time_zone_has_the_form_of_one() {
        for good in
            ["Europe/Berlin", "America/Argentina/Buenos_Aires", "UTC", "Etc/GMT+5", "America/Port-au-Prince"]
        {
            assert!(is_time_zone(good), "{good}");
        }
        for bad in ["", "/", "Europe/", "a/b/c/d", "Europe/Ber lin", "<b>", "../etc/passwd", "5", "Ö/x"] {
            assert!(!is_time_zone(bad), "{bad}");
        }
        assert!(!is_time_zone(&"x".repeat(65)));
    }
}
