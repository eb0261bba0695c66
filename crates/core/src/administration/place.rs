use serde::{Deserialize, Serialize};

use crate::CommunityId;
use crate::front::FrontId;

/// Where something holds.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Place {
    /// Everywhere.
    #[default]
    Everywhere,
    /// At all fronts of a community.
    Community(CommunityId),
    /// At one front.
    Front(FrontId),
}

impl Place {
    /// Whether this front of this community is in it.
    pub fn covers(&self, community: &CommunityId, front: &FrontId) -> bool {
        match self {
            Self::Everywhere => true,
            Self::Community(place) => place == community,
            Self::Front(place) => place == front,
        }
    }

    /// The front, if it is one.
    pub fn front(&self) -> Option<&FrontId> {
        match self {
            Self::Front(front) => Some(front),
            Self::Everywhere | Self::Community(_) => None,
        }
    }

    /// The community, if it is one.
    pub fn community(&self) -> Option<&CommunityId> {
        match self {
            Self::Community(community) => Some(community),
            Self::Everywhere | Self::Front(_) => None,
        }
    }

    /// A key for the database: one spelling for each place.
    pub fn key(&self) -> String {
        match self {
            Self::Everywhere => "everywhere".to_owned(),
            Self::Community(community) => format!("community:{community}"),
            Self::Front(front) => format!("front:{front}"),
        }
    }
}
