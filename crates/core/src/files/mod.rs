//! Files that people send: who sent them, how large they are, and which conversation may read them.
//!
//! Their contents are the [`BlobStore`](crate::ports::BlobStore)'s.

mod kind;
mod name;

use serde::{Deserialize, Serialize};

use crate::front::FrontId;
use crate::messaging::Sequence;
use crate::{AccountId, CommunityId, ConversationId, FileId, Timestamp};

pub use kind::{HEAD_BYTES, MediaType};
pub use name::FileName;

/// Most files of one message.
pub const MAX_FILES_OF_MESSAGE: usize = 10;

/// A file, without its contents.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredFile {
    /// Its id.
    pub id: FileId,
    /// Who sent it.
    pub owner: AccountId,
    /// Where it lives.
    pub community: CommunityId,
    /// The front it came through.
    pub front: FrontId,
    /// The conversation it was given to; `None` until it is sent.
    pub conversation: Option<ConversationId>,
    /// The message that carries it: who may read that one may read the file. `None` until the message is durable.
    pub message: Option<Sequence>,
    /// What it is called.
    pub name: FileName,
    /// Its length in bytes; while it is being received, the length that was announced.
    pub size: u64,
    /// What it is, by its contents.
    pub media_type: MediaType,
    /// Whether all of it is here.
    pub complete: bool,
    /// When its upload began.
    pub created_at: Timestamp,
}

impl StoredFile {
    /// As a message shows it.
    pub fn attached(&self) -> AttachedFile {
        AttachedFile {
            id: self.id,
            name: self.name.as_str().to_owned(),
            size: self.size,
            media_type: self.media_type,
        }
    }
}

/// A file as the message that carries it shows it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AttachedFile {
    /// Its id.
    pub id: FileId,
    /// What it is called.
    pub name: String,
    /// Its length in bytes.
    pub size: u64,
    /// What it is, by its contents.
    pub media_type: MediaType,
}

/// How much a person may send at a front.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FileQuota {
    /// Most bytes of one file.
    pub largest: u64,
    /// Most bytes of all files of the person that are kept.
    pub space: u64,
    /// Most files within seven days; `None` = any number.
    pub per_week: Option<u32>,
}

impl FileQuota {
    /// Whether a file of `size` bytes is taken from somebody whose files take `taken` bytes and who has sent `lately` files
    /// within seven days.
    ///
    /// # Errors
    /// [`FileRefusal`]
    pub fn check(&self, size: u64, taken: u64, lately: u64) -> Result<(), FileRefusal> {
        if size == 0 {
            return Err(FileRefusal::Empty);
        }
        if size > self.largest {
            return Err(FileRefusal::TooLarge { largest: self.largest });
        }
        if taken.saturating_add(size) > self.space {
            return Err(FileRefusal::NoSpace { space: self.space });
        }
        match self.per_week {
            Some(per_week) if lately >= u64::from(per_week) => Err(FileRefusal::TooMany { per_week }),
            _ => Ok(()),
        }
    }
}

/// Why a file is not taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum FileRefusal {
    /// Nothing in it.
    #[error("an empty file can't be sent")]
    Empty,
    /// Larger than one file may be.
    #[error("a file has at most {largest} bytes here")]
    TooLarge {
        /// The front's `max_attachment` in bytes.
        largest: u64,
    },
    /// The person's files would take more space than they may.
    #[error("your files would take more than the {space} bytes that you have here")]
    NoSpace {
        /// The front's `attachment_space` in bytes.
        space: u64,
    },
    /// The person has sent as many files in seven days as they may.
    #[error("you have sent {per_week} files within seven days, as many as you may")]
    TooMany {
        /// The front's `attachments_per_week`.
        per_week: u32,
    },
    /// What arrived is not as long as it was announced.
    #[error("the file did not arrive whole: send it again")]
    Truncated,
    /// A file can't be sent with this message: it is another person's, not here, or another conversation's.
    #[error("a file of this message is not there, or was sent to another conversation before")]
    NotYours,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_quota_counts_the_file_at_hand() {
        let quota = FileQuota { largest: 100, space: 250, per_week: Some(3) };
        let table = [
            ((1, 0, 0), Ok(())),
            ((100, 150, 2), Ok(())),
            ((0, 0, 0), Err(FileRefusal::Empty)),
            ((101, 0, 0), Err(FileRefusal::TooLarge { largest: 100 })),
            ((100, 151, 0), Err(FileRefusal::NoSpace { space: 250 })),
            ((1, u64::MAX, 0), Err(FileRefusal::NoSpace { space: 250 })),
            ((1, 0, 3), Err(FileRefusal::TooMany { per_week: 3 })),
        ];
        for ((size, taken, lately), wanted) in table {
            assert_eq!(quota.check(size, taken, lately), wanted, "{size} {taken} {lately}");
        }
        assert_eq!(FileQuota { per_week: None, ..quota }.check(1, 0, 1_000_000), Ok(()));
    }
}
