//! Files: received, given to a conversation, read, and forgotten.

use std::sync::Arc;
use std::time::Duration;

use tokio::io::AsyncRead;

use crate::engine::{Engine, EngineError, Visitor};
use crate::files::{
    FileName, FileQuota, FileRefusal, HEAD_BYTES, MAX_FILES_OF_MESSAGE, MediaType, StoredFile,
};
use crate::ports::{BlobStore, BlobWriter};
use crate::{ConversationId, FileId};

/// How long a file waits for a message that carries it.
const WAITS_FOR_MESSAGE: Duration = Duration::from_secs(24 * 3600);
/// How many files one step of a clearing forgets.
const FORGOTTEN_AT_ONCE: usize = 500;

/// A file that is being received.
pub struct Upload {
    file: StoredFile,
    writer: Box<dyn BlobWriter>,
    received: u64,
    head: Vec<u8>,
}

impl std::fmt::Debug for Upload {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Upload")
            .field("file", &self.file)
            .field("received", &self.received)
            .finish_non_exhaustive()
    }
}

impl Upload {
    /// Its id.
    pub fn id(&self) -> FileId {
        self.file.id
    }

    /// Adds what arrived.
    ///
    /// # Errors
    /// [`FileRefusal::Truncated`] when it is more than was announced; [`EngineError::Blobs`].
    pub async fn write(&mut self, bytes: &[u8]) -> Result<(), EngineError> {
        self.received = self.received.saturating_add(u64::try_from(bytes.len()).unwrap_or(u64::MAX));
        if self.received > self.file.size {
            return Err(FileRefusal::Truncated.into());
        }
        let missing = HEAD_BYTES.saturating_sub(self.head.len()).min(bytes.len());
        self.head.extend_from_slice(&bytes[..missing]);
        Ok(self.writer.write(bytes).await?)
    }
}

impl Engine {
    /// Begins to receive a file of `size` bytes. Its space is the visitor's from now on: end it with
    /// [`finish_upload`](Self::finish_upload) or [`abandon_upload`](Self::abandon_upload).
    ///
    /// # Errors
    /// [`EngineError::File`] beyond a limit, [`EngineError::NotPermitted`] where no files are sent.
    pub async fn begin_upload(
        &self,
        visitor: &Visitor,
        name: &str,
        size: u64,
    ) -> Result<Upload, EngineError> {
        self.members_only(visitor)?;
        let blobs = self.blobs_for(visitor)?;
        if let Some(restriction) = self.write_restriction(visitor) {
            return Err(EngineError::WriteRestricted(restriction));
        }
        let options = visitor.options();
        let quota = FileQuota {
            largest: options.max_attachment,
            space: options.attachment_space,
            per_week: options.attachments_per_week,
        };
        let now = self.clock.now();
        let file = StoredFile {
            id: FileId::generate(now),
            owner: visitor.account(),
            community: visitor.community().clone(),
            front: visitor.front().id.clone(),
            conversation: None,
            message: None,
            name: FileName::new(name),
            size,
            media_type: MediaType::Bytes,
            complete: false,
            created_at: now,
        };
        self.store.reserve_file(&file, &quota).await??;
        match blobs.create(file.id).await {
            Ok(writer) => Ok(Upload { file, writer, received: 0, head: Vec::with_capacity(HEAD_BYTES) }),
            Err(error) => {
                self.store.forget_files(&[file.id]).await?;
                Err(error.into())
            }
        }
    }

    /// Makes a received file durable.
    ///
    /// # Errors
    /// [`FileRefusal::Truncated`] when it is less than was announced; nothing is kept then.
    pub async fn finish_upload(&self, visitor: &Visitor, upload: Upload) -> Result<StoredFile, EngineError> {
        let Upload { mut file, writer, received, head } = upload;
        if received != file.size {
            drop(writer);
            self.remove_files(&[file.id]).await?;
            return Err(FileRefusal::Truncated.into());
        }
        if let Err(error) = writer.finish().await {
            self.remove_files(&[file.id]).await?;
            return Err(error.into());
        }
        (file.media_type, file.complete) = (MediaType::of(&head), true);
        self.store.complete_file(file.id, file.media_type).await?;
        self.count_file(&visitor.front().id, file.size);
        tracing::debug!(front = %visitor.front().id, bytes = file.size, "a file was received");
        Ok(file)
    }

    /// Gives up an upload that broke off. What a crash leaves behind is found later.
    pub async fn abandon_upload(&self, upload: Upload) {
        let id = upload.id();
        drop(upload);
        if let Err(error) = self.remove_files(&[id]).await {
            tracing::warn!(%error, "a file that did not arrive whole could not be removed yet");
        }
    }

    /// A file that the visitor may read: their own, or one that a message carries which they may read.
    ///
    /// # Errors
    /// [`EngineError::NotFound`] for all others, and for files that are not complete.
    pub async fn file(&self, visitor: &Visitor, id: FileId) -> Result<StoredFile, EngineError> {
        let file = self.store.file(id).await?.filter(|file| file.complete).ok_or(EngineError::NotFound)?;
        if file.community != *visitor.community() {
            return Err(EngineError::NotFound);
        }
        let own = !visitor.is_guest() && file.owner == visitor.account();
        let shared = match (file.conversation, file.message) {
            (Some(conversation), Some(message)) => self.may_read(visitor, conversation, message).await?,
            _ => false,
        };
        if own || shared { Ok(file) } else { Err(EngineError::NotFound) }
    }

    /// The contents of a file from `offset` on.
    ///
    /// # Errors
    /// [`EngineError::NotFound`] when they are not there any more.
    pub async fn read_file(
        &self,
        file: &StoredFile,
        offset: u64,
    ) -> Result<Box<dyn AsyncRead + Send + Unpin>, EngineError> {
        let blobs = self.settings.blobs.as_ref().ok_or(EngineError::NotFound)?;
        match blobs.open(file.id, offset).await {
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Err(EngineError::NotFound),
            other => Ok(other?),
        }
    }

    /// Removes a file of the visitor's that no message carries.
    ///
    /// # Errors
    /// [`EngineError::NotFound`] for all others.
    pub async fn discard_file(&self, visitor: &Visitor, id: FileId) -> Result<(), EngineError> {
        self.members_only(visitor)?;
        let file = self.store.file(id).await?.ok_or(EngineError::NotFound)?;
        if file.owner != visitor.account()
            || file.community != *visitor.community()
            || file.conversation.is_some()
        {
            return Err(EngineError::NotFound);
        }
        self.remove_files(&[id]).await
    }

    /// Gives files of the visitor's to a conversation that they are about to write to.
    pub(super) async fn claim_files(
        &self,
        visitor: &Visitor,
        conversation: ConversationId,
        ids: &[FileId],
    ) -> Result<Vec<StoredFile>, EngineError> {
        if ids.is_empty() {
            return Ok(Vec::new());
        }
        self.blobs_for(visitor)?;
        if ids.len() > MAX_FILES_OF_MESSAGE {
            return Err(EngineError::Unacceptable(format!(
                "a message carries at most {MAX_FILES_OF_MESSAGE} files"
            )));
        }
        if ids.iter().enumerate().any(|(index, id)| ids[..index].contains(id)) {
            return Err(EngineError::Unacceptable("a file is named twice".into()));
        }
        Ok(self.store.claim_files(ids, visitor.account(), conversation).await??)
    }

    /// Removes the files of a message that is gone. What can't be removed now is of no use to anybody, and is found when its
    /// time is over.
    pub(super) async fn forget_carried(&self, files: &[FileId]) {
        if files.is_empty() {
            return;
        }
        if let Err(error) = self.remove_files(files).await {
            tracing::warn!(%error, "files of messages that are gone could not be removed yet");
        }
    }

    /// Removes files: what they contain first, so that nothing is left that nobody knows of.
    pub(super) async fn remove_files(&self, ids: &[FileId]) -> Result<(), EngineError> {
        if let Some(blobs) = &self.settings.blobs {
            for id in ids {
                blobs.remove(*id).await?;
            }
        }
        Ok(self.store.forget_files(ids).await?)
    }

    /// Removes files that no message carries after a day, and those that are older than their front keeps files.
    pub async fn forget_stale_files(&self) {
        if self.settings.blobs.is_none() {
            return;
        }
        let now = self.clock.now();
        for front in self.fronts().iter() {
            let claimed_before = front.options.attachment_retention.map(|kept| now.minus(kept));
            loop {
                let unclaimed_before = now.minus(WAITS_FOR_MESSAGE);
                let stale =
                    self.store.stale_files(&front.id, unclaimed_before, claimed_before, FORGOTTEN_AT_ONCE);
                let removed = match stale.await {
                    Ok(stale) if stale.is_empty() => break,
                    Ok(stale) => self.remove_files(&stale).await,
                    Err(error) => Err(error.into()),
                };
                if let Err(error) = removed {
                    tracing::warn!(front = %front.id, %error, "old files could not be removed yet");
                    break;
                }
            }
        }
    }

    fn blobs_for(&self, visitor: &Visitor) -> Result<&Arc<dyn BlobStore>, EngineError> {
        let blobs = self.settings.blobs.as_ref().filter(|_| visitor.options().attachments);
        blobs.ok_or_else(|| EngineError::NotPermitted("files can't be sent here".into()))
    }
}
