use std::io;

use async_trait::async_trait;
use tokio::io::AsyncRead;

use crate::files::{FileQuota, FileRefusal, MediaType, StoredFile};
use crate::front::FrontId;
use crate::ports::StoreResult;
use crate::{AccountId, ConversationId, FileId, Timestamp};

/// What is known of files; part of the [`Store`](crate::ports::Store).
#[async_trait]
pub trait FileStore {
    /// Records a file that is about to be received, if it is within the quota of its owner: what the owner's files take in the
    /// community is counted under a lock in the same transaction. An upload under way counts with its announced size.
    ///
    /// The inner error is the answer to the person; nothing was written then.
    async fn reserve_file(
        &self,
        file: &StoredFile,
        quota: &FileQuota,
    ) -> StoreResult<Result<(), FileRefusal>>;

    /// Records that all of a file is here, and what it is.
    async fn complete_file(&self, id: FileId, media_type: MediaType) -> StoreResult<()>;

    /// A file.
    async fn file(&self, id: FileId) -> StoreResult<Option<StoredFile>>;

    /// Gives files of `owner` to a conversation, all or none, in one transaction; in the order of `ids`. Files that are the
    /// conversation's already stay so: a message can be sent again.
    ///
    /// The inner error is the answer to the person: a file that is not complete, not there, another person's or another
    /// conversation's.
    async fn claim_files(
        &self,
        ids: &[FileId],
        owner: AccountId,
        conversation: ConversationId,
    ) -> StoreResult<Result<Vec<StoredFile>, FileRefusal>>;

    /// Forgets files.
    async fn forget_files(&self, ids: &[FileId]) -> StoreResult<()>;

    /// Files of a front to be forgotten, at most `limit`: those that no conversation has and that were begun before
    /// `unclaimed_before`, and with `claimed_before` those of conversations that are older than it.
    async fn stale_files(
        &self,
        front: &FrontId,
        unclaimed_before: Timestamp,
        claimed_before: Option<Timestamp>,
        limit: usize,
    ) -> StoreResult<Vec<FileId>>;
}

/// Where the contents of files are.
#[async_trait]
pub trait BlobStore: std::fmt::Debug + Send + Sync {
    /// Begins a file. Nothing can be read of it before it is finished.
    ///
    /// # Errors
    /// When there is no room, or no right to write.
    async fn create(&self, id: FileId) -> io::Result<Box<dyn BlobWriter>>;

    /// Reads a file from `offset` on.
    ///
    /// # Errors
    /// [`io::ErrorKind::NotFound`] for a file that is not there.
    async fn open(&self, id: FileId, offset: u64) -> io::Result<Box<dyn AsyncRead + Send + Unpin>>;

    /// Removes a file, begun or finished. A file that is not there is no error.
    ///
    /// # Errors
    /// When it is there and can't be removed.
    async fn remove(&self, id: FileId) -> io::Result<()>;
}

/// A file that is being written.
#[async_trait]
pub trait BlobWriter: Send {
    /// Adds bytes.
    ///
    /// # Errors
    /// When there is no room any more.
    async fn write(&mut self, bytes: &[u8]) -> io::Result<()>;

    /// Makes the file durable and readable.
    ///
    /// # Errors
    /// When the system could not keep it.
    async fn finish(self: Box<Self>) -> io::Result<()>;
}
