use serde::Serialize;

use crate::Timestamp;
use crate::auth::AuthError;
use crate::ports::StoreError;

/// Most people that a report names one by one; it counts all.
pub(super) const MAX_LINES: usize = 1000;

/// What is wanted of a round.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct SyncOrder {
    /// Say what would change, and change nothing.
    pub dry_run: bool,
    /// Believe the directory though far fewer people are there than before.
    pub accept: bool,
    /// Read everybody, not only those who changed.
    pub everybody: bool,
}

/// What a round did, or would do.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Default)]
pub struct SyncReport {
    /// Whether nothing was changed, because only the difference was asked for.
    pub dry_run: bool,
    /// Whether everybody was read; else those who changed.
    pub everybody: bool,
    /// People that the directory told of.
    pub people: u64,
    /// People who can be found now for the first time.
    pub added: u64,
    /// People whose name, picture or other facts are others now.
    pub changed: u64,
    /// People whose groups are others now.
    pub regrouped: u64,
    /// People who were absent and are there again.
    pub returned: u64,
    /// People who are gone, or may not enter any more.
    pub removed: u64,
    /// Present when so many are missing that nothing was changed.
    pub held: Option<Held>,
    /// The first of these people, one by one.
    pub lines: Vec<SyncLine>,
}

/// More than half of the people who are known are missing in the directory's answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Held {
    /// People who are known here.
    pub known: u64,
    /// How many of them are missing.
    pub missing: u64,
}

/// What a round means to one person.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct SyncLine {
    /// The login.
    pub login: String,
    /// What happens.
    pub what: SyncWhat,
    /// What exactly: fields as `display name: "A" -> "B"`, groups as `+Team` and `-Team`.
    pub details: Vec<String>,
}

/// What happens to a person.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum SyncWhat {
    /// Can be found for the first time.
    Added,
    /// Has other facts.
    Changed,
    /// Has other groups.
    Groups,
    /// Is there again.
    Returned,
    /// Is gone.
    Removed,
}

impl SyncWhat {
    /// The word.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Added => "added",
            Self::Changed => "changed",
            Self::Groups => "groups",
            Self::Returned => "returned",
            Self::Removed => "removed",
        }
    }
}

impl SyncReport {
    pub(super) fn tell(&mut self, login: &str, what: SyncWhat, details: Vec<String>) {
        *match what {
            SyncWhat::Added => &mut self.added,
            SyncWhat::Changed => &mut self.changed,
            SyncWhat::Groups => &mut self.regrouped,
            SyncWhat::Returned => &mut self.returned,
            SyncWhat::Removed => &mut self.removed,
        } += 1;
        if self.lines.len() < MAX_LINES {
            self.lines.push(SyncLine { login: login.to_owned(), what, details });
        }
    }
}

/// Why a round came to no end.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SyncError {
    /// No authenticator has this name and can list its people.
    #[error(
        "authenticator `{0}` can't be synchronised: no front uses it, or its adapter can't list people (ldap-windows with \
         a service account can)"
    )]
    Impossible(String),
    /// The directory gave no answer; nothing more was changed.
    #[error("{}", .0.full_text())]
    Directory(#[from] AuthError),
    /// The store did not answer.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The realm is another installation's.
    #[error("{0}")]
    Realm(String),
    /// More people than anybody meant.
    #[error(
        "the directory lists more than {0} people; narrow `user_filter`, or raise `sync.most` if they are meant"
    )]
    TooMany(usize),
}

/// How a directory that is read stands.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct DirectoryStatus {
    /// The end of the last round that came to one.
    pub last_success: Option<Timestamp>,
    /// People who are known from it and present.
    pub people: u64,
    /// People added, changed and removed since the start of the server.
    pub changes: u64,
    /// Rounds that came to no end since the start.
    pub failures: u64,
    /// Whether the last round came to no end.
    pub silent: bool,
    /// Present while a round is held back.
    pub held: Option<Held>,
}

impl DirectoryStatus {
    /// The word of the readiness report.
    pub fn as_str(&self) -> &'static str {
        match self {
            Self { held: Some(_), .. } => "held",
            Self { silent: true, .. } => "silent",
            Self { last_success: None, .. } => "waiting",
            _ => "ok",
        }
    }
}
