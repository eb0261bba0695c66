use crate::FileId;
use crate::Timestamp;
use crate::front::FrontId;
use crate::messaging::Sequence;

/// Most messages that one transaction looks at.
pub const EXPIRED_AT_ONCE: usize = 500;

/// Which old messages are to go.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Expiry {
    /// Sent through this front.
    pub front: FrontId,
    /// Before this.
    pub before: Timestamp,
    /// Whether they are read or not.
    pub which: Expiring,
    /// Messages up to here have been looked at.
    pub after: Sequence,
}

/// Which of a front's old messages go.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Expiring {
    /// All.
    All,
    /// Those of direct conversations that their recipient has never read.
    NeverRead,
}

impl Expiring {
    /// Its word, for the place where it is remembered how far one has got.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::All => "all",
            Self::NeverRead => "never-read",
        }
    }
}

/// What one step has done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Expired {
    /// The messages that are gone.
    pub gone: Vec<Sequence>,
    /// The files that they carried.
    pub files: Vec<FileId>,
    /// Messages up to here have been looked at.
    pub upto: Sequence,
    /// Whether there are more that are old enough.
    pub more: bool,
}
