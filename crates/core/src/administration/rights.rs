use std::collections::BTreeSet;
use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// Something that an administrator may do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Right {
    /// See, make, approve, lock and delete accounts, and end their sessions.
    Accounts,
    /// Ban, mute, kick, decide over reports.
    Moderation,
    /// Make groups and say who is in them.
    Groups,
    /// Write to everybody, to groups and to roles.
    Messages,
    /// Load the options anew; maintenance.
    Options,
    /// See the statistics.
    Statistics,
    /// Read the audit log.
    Audit,
    /// Give and take rights.
    Administrators,
}

impl Right {
    /// All there are.
    pub const ALL: [Self; 8] = [
        Self::Accounts,
        Self::Moderation,
        Self::Groups,
        Self::Messages,
        Self::Options,
        Self::Statistics,
        Self::Audit,
        Self::Administrators,
    ];

    /// The word of the API and the database.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Accounts => "accounts",
            Self::Moderation => "moderation",
            Self::Groups => "groups",
            Self::Messages => "messages",
            Self::Options => "options",
            Self::Statistics => "statistics",
            Self::Audit => "audit",
            Self::Administrators => "administrators",
        }
    }
}

impl fmt::Display for Right {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// A word that is no right.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "`{0}` is no right; there are: accounts, moderation, groups, messages, options, statistics, audit, administrators"
)]
pub struct UnknownRight(pub String);

impl FromStr for Right {
    type Err = UnknownRight;

    fn from_str(word: &str) -> Result<Self, UnknownRight> {
        Self::ALL
            .into_iter()
            .find(|right| right.as_str() == word)
            .ok_or_else(|| UnknownRight(word.to_owned()))
    }
}

/// What an administrator may do.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Rights(BTreeSet<Right>);

impl Rights {
    /// Everything.
    pub fn all() -> Self {
        Right::ALL.into_iter().collect()
    }

    /// Whether this right is among them.
    pub fn has(&self, right: Right) -> bool {
        self.0.contains(&right)
    }

    /// Whether all of `others` are among them: nobody gives or takes rights they don't have.
    pub fn cover(&self, others: &Self) -> bool {
        self.0.is_superset(&others.0)
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// One by one.
    pub fn iter(&self) -> impl Iterator<Item = Right> {
        self.0.iter().copied()
    }

    /// As kept: the words with commas between them.
    pub fn words(&self) -> String {
        self.0.iter().map(|right| right.as_str()).collect::<Vec<_>>().join(",")
    }

    /// From [`words`](Self::words).
    ///
    /// # Errors
    /// The first word that is no right.
    pub fn from_words(words: &str) -> Result<Self, UnknownRight> {
        words.split(',').map(str::trim).filter(|word| !word.is_empty()).map(str::parse).collect()
    }
}

impl FromIterator<Right> for Rights {
    fn from_iter<I: IntoIterator<Item = Right>>(rights: I) -> Self {
        Self(rights.into_iter().collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rights_are_kept_as_their_words() {
        assert_eq!(Rights::from_words(&Rights::all().words()), Ok(Rights::all()));
        assert_eq!(Rights::from_words("audit, accounts").unwrap().words(), "accounts,audit");
        assert_eq!(Rights::from_words(""), Ok(Rights::default()));
        assert_eq!(Rights::from_words("audit,root"), Err(UnknownRight("root".into())));
        assert!(Rights::all().cover(&Rights::from_words("audit").unwrap()));
        assert!(!Rights::from_words("audit").unwrap().cover(&Rights::all()));
        for right in Right::ALL {
            assert_eq!(serde_json::to_value(right).unwrap(), right.as_str());
        }
    }
}
