use serde::{Deserialize, Serialize};

/// Who sees whom on a front.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Mode {
    /// People see and write to those who accepted them as a contact.
    Normal,
    /// Everybody sees and may write to everybody.
    OpenCommunity,
    /// Those who share a group see and may write to each other; nobody else does.
    GroupCommunity,
    /// Everybody sees and may write to all who are in a group, whichever it is.
    OpenGroupCommunity,
}

impl Mode {
    /// All of them, for tables.
    pub const ALL: [Self; 4] =
        [Self::Normal, Self::OpenCommunity, Self::GroupCommunity, Self::OpenGroupCommunity];

    /// The word of the configuration and of `GET front`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Normal => "normal",
            Self::OpenCommunity => "open-community",
            Self::GroupCommunity => "group-community",
            Self::OpenGroupCommunity => "open-group-community",
        }
    }

    /// Whether groups decide who sees whom.
    pub fn is_of_groups(self) -> bool {
        matches!(self, Self::GroupCommunity | Self::OpenGroupCommunity)
    }
}
