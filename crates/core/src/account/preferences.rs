use serde::Serialize;

use crate::policy::OfflineChoice;

/// What somebody has chosen for themselves in a community.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Preferences {
    /// Whose messages they take while they are offline.
    pub offline_messages: OfflineChoice,
    /// Whether others may know what they have read, and they what others have.
    pub read_receipts: bool,
}

impl Default for Preferences {
    fn default() -> Self {
        Self { offline_messages: OfflineChoice::default(), read_receipts: true }
    }
}

/// A change of some of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct PreferencesChange {
    /// Whose messages they take while they are offline.
    pub offline_messages: Option<OfflineChoice>,
    /// Whether others may know what they have read.
    pub read_receipts: Option<bool>,
}

const READ_RECEIPTS: &str = "read_receipts";

impl Preferences {
    /// From what is kept. Unknown names and words are passed over: an older version must be able to read them.
    pub fn of<'a>(kept: impl Iterator<Item = (&'a str, &'a str)>) -> Self {
        let mut preferences = Self::default();
        for (name, value) in kept {
            if name == READ_RECEIPTS {
                preferences.read_receipts = value != "false";
            }
        }
        preferences
    }
}

impl PreferencesChange {
    /// What is to be kept here: name and value.
    pub fn words(self) -> Vec<(&'static str, String)> {
        let receipts = self.read_receipts.map(|choice| (READ_RECEIPTS, choice.to_string()));
        receipts.into_iter().collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_kept_is_read_again_and_what_is_not_known_is_passed_over() {
        let change = PreferencesChange { read_receipts: Some(false), ..PreferencesChange::default() };
        let words = change.words();
        let kept = words.iter().map(|(name, value)| (*name, value.as_str()));
        let read = Preferences::of(kept.chain([("new_one", "x")]));
        assert!(!read.read_receipts);
        assert_eq!(Preferences::of([("read_receipt", "false")].into_iter()), Preferences::default());
        assert!(PreferencesChange::default().words().is_empty());
    }
}
