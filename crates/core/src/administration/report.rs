use serde::{Deserialize, Serialize};

use crate::front::FrontId;
use crate::messaging::Sequence;
use crate::{AccountId, CommunityId, ConversationId, ReportId, Timestamp};

/// Most reports that one person may file in an hour.
pub const REPORTS_PER_HOUR: usize = 10;

/// Something that somebody wants the moderators to look at.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Report {
    /// Its id.
    pub id: ReportId,
    /// Where.
    pub community: CommunityId,
    /// Through which front: its moderators see it.
    pub front: FrontId,
    /// Who reported it.
    pub reporter: AccountId,
    /// What.
    pub target: ReportTarget,
    /// Why.
    pub text: String,
    /// When.
    pub created_at: Timestamp,
    /// What became of it; `None` = it waits.
    pub closed: Option<Closure>,
}

/// What was reported.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "kebab-case")]
pub enum ReportTarget {
    /// A message.
    Message {
        /// Where it is.
        conversation: ConversationId,
        /// Which.
        message: Sequence,
        /// Who wrote it.
        sender: AccountId,
    },
    /// A person.
    Account {
        /// Who.
        account: AccountId,
    },
}

impl ReportTarget {
    /// Whom it is about.
    pub fn person(&self) -> AccountId {
        match self {
            Self::Message { sender, .. } => *sender,
            Self::Account { account } => *account,
        }
    }

    /// One spelling for each target: a person reports it once.
    pub fn key(&self) -> String {
        match self {
            Self::Message { message, .. } => format!("message:{message}"),
            Self::Account { account } => format!("account:{account}"),
        }
    }
}

/// What became of a report.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Closure {
    /// The decision.
    pub decision: Decision,
    /// Why, for the other moderators.
    pub text: Option<String>,
    /// When.
    pub at: Timestamp,
    /// Who decided, by name.
    pub by: String,
}

/// What moderators do about a report.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Decision {
    /// Nothing is wrong.
    Dismiss,
    /// The message goes.
    RemoveMessage,
    /// The person may not write for a while.
    Mute,
    /// The person's sessions end.
    Kick,
}

impl Decision {
    /// The word of the API.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Dismiss => "dismiss",
            Self::RemoveMessage => "remove-message",
            Self::Mute => "mute",
            Self::Kick => "kick",
        }
    }
}

/// Why a report was not taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ReportRefusal {
    /// They have reported this before.
    Repeated,
    /// Too many within the hour.
    TooMany {
        /// When the oldest of them was filed.
        oldest: Timestamp,
    },
}

/// Which reports are wanted; oldest first.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ReportFilter {
    /// Those filed through this front.
    pub front: Option<FrontId>,
    /// Those that wait, or those that don't.
    pub open: Option<bool>,
    /// After this one.
    pub after: Option<ReportId>,
    /// At most so many.
    pub limit: usize,
}

impl ReportFilter {
    /// Whether a report is wanted.
    pub fn takes(&self, report: &Report) -> bool {
        self.front.as_ref().is_none_or(|front| report.front == *front)
            && self.open.is_none_or(|open| report.closed.is_none() == open)
            && self.after.is_none_or(|after| report.id > after)
    }
}
