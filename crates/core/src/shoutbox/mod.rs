//! Walls: short texts for everybody at a front or in a group, with votes and a queue for moderators.
//!
//! What may be shouted and voted is decided here, by pure functions over what the store has counted.

mod rules;

use std::fmt;
use std::str::FromStr;

use serde::{Serialize, Serializer};

use crate::front::FrontId;
use crate::{AccountId, CommunityId, GroupId, InvalidId, ShoutId, Timestamp};

pub use rules::{Counts, ShoutRefusal, ShoutRules, VoteCounts};

/// Longest text of a shout, in characters.
pub const MAX_SHOUT_CHARS: usize = 500;

/// Where a shout stands.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Wall {
    /// For everybody at a front.
    Front(FrontId),
    /// For the members of a group.
    Group(GroupId),
}

impl fmt::Display for Wall {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Front(front) => write!(f, "front:{front}"),
            Self::Group(group) => write!(f, "group:{group}"),
        }
    }
}

impl FromStr for Wall {
    type Err = InvalidId;

    fn from_str(text: &str) -> Result<Self, InvalidId> {
        match text.split_once(':') {
            Some(("front", id)) => FrontId::new(id).map(Self::Front),
            Some(("group", id)) => id.parse().map(Self::Group),
            _ => Err(InvalidId),
        }
    }
}

impl Serialize for Wall {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

/// How far a shout has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum ShoutState {
    /// A moderator has to look at it.
    Waiting,
    /// Everybody at the wall sees it.
    Shown,
    /// As many voted against it as hide a shout; a moderator can show it again.
    Hidden,
    /// A moderator has turned it down.
    Rejected,
}

impl ShoutState {
    const ALL: [Self; 4] = [Self::Waiting, Self::Shown, Self::Hidden, Self::Rejected];

    /// The word of the database and of the API.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Waiting => "waiting",
            Self::Shown => "shown",
            Self::Hidden => "hidden",
            Self::Rejected => "rejected",
        }
    }

    /// From its word.
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.as_str() == word)
    }
}

/// A text on a wall.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Shout {
    /// Its id; a later shout has a greater one.
    pub id: ShoutId,
    /// Where it lives.
    pub community: CommunityId,
    /// Where it stands.
    pub wall: Wall,
    /// Who shouted.
    pub author: AccountId,
    /// The front it came through.
    pub front: FrontId,
    /// The text.
    pub text: String,
    /// How far it has come.
    pub state: ShoutState,
    /// When.
    pub at: Timestamp,
}

/// A shout with its votes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ShoutTally {
    /// The shout.
    pub shout: Shout,
    /// Votes for it.
    pub up: u32,
    /// Votes against it.
    pub down: u32,
}

/// A vote on a shout.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Vote {
    /// For it.
    Up,
    /// Against it.
    Down,
}

/// Makes the text of a shout of what was sent: one paragraph, without control characters and spaces around it.
///
/// # Errors
/// [`ShoutRefusal::Text`] when nothing is left or it is too long.
pub fn shout_text(sent: &str) -> Result<String, ShoutRefusal> {
    let flat: String = sent.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
    let text = flat.trim();
    if text.is_empty() || text.chars().count() > MAX_SHOUT_CHARS {
        return Err(ShoutRefusal::Text);
    }
    Ok(text.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wall_has_one_spelling() {
        let front = Wall::Front(FrontId::new("im").unwrap());
        let group = Wall::Group(GroupId::generate(Timestamp::from_secs(1)));
        for wall in [front, group] {
            assert_eq!(wall.to_string().parse(), Ok(wall));
        }
        for bad in ["", "im", "front:", "front:A B", "group:x", "room:im"] {
            assert_eq!(bad.parse::<Wall>(), Err(InvalidId), "{bad}");
        }
    }

    #[test]
    fn a_shout_is_one_paragraph_of_limited_length() {
        assert_eq!(shout_text(" a\nb\0c ").unwrap(), "a b c");
        assert_eq!(shout_text(&"é".repeat(MAX_SHOUT_CHARS)).unwrap().chars().count(), MAX_SHOUT_CHARS);
        for bad in ["", " \n\t", &"é".repeat(MAX_SHOUT_CHARS + 1)] {
            assert_eq!(shout_text(bad), Err(ShoutRefusal::Text));
        }
    }
}
