use async_trait::async_trait;
use portico_core::files::{FileQuota, FileRefusal, MediaType, StoredFile};
use portico_core::front::FrontId;
use portico_core::ports::{FileStore, StoreResult};
use portico_core::{AccountId, ConversationId, FileId, Timestamp};

use crate::sql_store::SqlStore;

#[async_trait]
impl FileStore for SqlStore {
    async fn reserve_file(
        &self,
        file: &StoredFile,
        quota: &FileQuota,
    ) -> StoreResult<Result<(), FileRefusal>> {
        Ok(self.take_reservation(file, quota).await?)
    }

    async fn complete_file(&self, id: FileId, media_type: MediaType) -> StoreResult<()> {
        Ok(self.mark_complete(id, media_type).await?)
    }

    async fn file(&self, id: FileId) -> StoreResult<Option<StoredFile>> {
        Ok(self.find_file(id).await?)
    }

    async fn claim_files(
        &self,
        ids: &[FileId],
        owner: AccountId,
        conversation: ConversationId,
    ) -> StoreResult<Result<Vec<StoredFile>, FileRefusal>> {
        Ok(self.give_files(ids, owner, conversation).await?)
    }

    async fn forget_files(&self, ids: &[FileId]) -> StoreResult<()> {
        Ok(self.drop_files(ids).await?)
    }

    async fn stale_files(
        &self,
        front: &FrontId,
        unclaimed_before: Timestamp,
        claimed_before: Option<Timestamp>,
        limit: usize,
    ) -> StoreResult<Vec<FileId>> {
        Ok(self.find_stale_files(front, unclaimed_before, claimed_before, limit).await?)
    }
}
