use serde::Serialize;

use crate::Timestamp;
use crate::front::FrontId;

/// The day of a moment in UTC: `2026-11-22`.
pub fn day_of(moment: Timestamp) -> String {
    moment.to_string().chars().take(10).collect()
}

/// What was counted at a front on a day. Nothing of what anybody wrote.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct DayCount {
    /// The day, in UTC.
    pub day: String,
    /// The front.
    pub front: FrontId,
    /// How much.
    #[serde(flatten)]
    pub tally: Tally,
}

/// How much.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
pub struct Tally {
    /// Messages written.
    pub messages: u64,
    /// Sessions opened.
    pub sessions: u64,
    /// Different people who were here.
    pub people: u64,
    /// Accounts made.
    pub new_accounts: u64,
    /// Files sent.
    pub files: u64,
    /// Their bytes.
    pub bytes: u64,
}

impl Tally {
    /// Both together.
    #[must_use]
    pub fn plus(self, other: Self) -> Self {
        Self {
            messages: self.messages.saturating_add(other.messages),
            sessions: self.sessions.saturating_add(other.sessions),
            people: self.people.saturating_add(other.people),
            new_accounts: self.new_accounts.saturating_add(other.new_accounts),
            files: self.files.saturating_add(other.files),
            bytes: self.bytes.saturating_add(other.bytes),
        }
    }

    /// Whether nothing was counted.
    pub fn is_nothing(&self) -> bool {
        *self == Self::default()
    }
}
