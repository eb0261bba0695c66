use std::fmt;

use async_trait::async_trait;

use crate::auth::{AuthError, DirectoryEntry};

/// Reads all the people of a directory, and later only what changed, so that people who never logged in can be found.
#[async_trait]
pub trait DirectorySync: Send + Sync {
    /// Begins a run over everybody (`since` = `None`), or over those who changed after an earlier run ended.
    ///
    /// A source that can't tell what changed since then — another server, a restored backup, groups that moved —
    /// answers with a run over everybody; see [`SyncRun::scope`].
    ///
    /// # Errors
    /// When no answer could be obtained.
    async fn begin(&self, since: Option<&SyncCursor>) -> Result<Box<dyn SyncRun + '_>, AuthError>;
}

/// A run under way. Dropping it at any time is allowed; only a run that reached its end has a cursor.
#[async_trait]
pub trait SyncRun: Send {
    /// What this run covers.
    fn scope(&self) -> SyncScope;

    /// The next people, in pages of bounded size; `None` when there are no more. A page may be empty.
    ///
    /// # Errors
    /// When no answer could be obtained: the run is over then, and begins again from the last kept cursor.
    async fn next(&mut self) -> Result<Option<Vec<DirectoryEntry>>, AuthError>;

    /// Where the next run goes on. `None` until [`next`](Self::next) has answered `None`.
    fn cursor(&self) -> Option<SyncCursor>;
}

/// What a run covers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SyncScope {
    /// Everybody: whoever is known and does not come is gone over there. The only way deletions are found.
    Everybody,
    /// Those who changed; who does not come may be as before, or gone.
    Changes,
}

/// A position in a source's changes: opaque, kept as text between runs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SyncCursor(String);

impl SyncCursor {
    /// A cursor from what [`as_str`](Self::as_str) gave.
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// The text to keep.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for SyncCursor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
