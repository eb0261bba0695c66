//! Files, without their contents.

use std::time::Duration;

use async_trait::async_trait;

use super::MemoryStore;
use crate::files::{FileQuota, FileRefusal, MediaType, StoredFile};
use crate::front::FrontId;
use crate::ports::{FileStore, StoreResult};
use crate::{AccountId, ConversationId, FileId, Timestamp};

const WEEK: Duration = Duration::from_secs(7 * 24 * 3600);

#[async_trait]
impl FileStore for MemoryStore {
    async fn reserve_file(
        &self,
        file: &StoredFile,
        quota: &FileQuota,
    ) -> StoreResult<Result<(), FileRefusal>> {
        let mut state = self.state()?;
        let since = file.created_at.minus(WEEK);
        let own: Vec<_> = state
            .files
            .values()
            .filter(|known| known.owner == file.owner && known.community == file.community)
            .collect();
        let taken: u64 = own.iter().map(|known| known.size).sum();
        let lately = own.iter().filter(|known| known.created_at > since).count();
        let refusal = quota.check(file.size, taken, u64::try_from(lately).unwrap_or(u64::MAX));
        if let Err(refusal) = refusal {
            return Ok(Err(refusal));
        }
        state.files.insert(file.id, file.clone());
        Ok(Ok(()))
    }

    async fn complete_file(&self, id: FileId, media_type: MediaType) -> StoreResult<()> {
        if let Some(file) = self.state()?.files.get_mut(&id) {
            (file.complete, file.media_type) = (true, media_type);
        }
        Ok(())
    }

    async fn file(&self, id: FileId) -> StoreResult<Option<StoredFile>> {
        Ok(self.state()?.files.get(&id).cloned())
    }

    async fn claim_files(
        &self,
        ids: &[FileId],
        owner: AccountId,
        conversation: ConversationId,
    ) -> StoreResult<Result<Vec<StoredFile>, FileRefusal>> {
        let mut state = self.state()?;
        let free = |file: &StoredFile| {
            file.owner == owner && file.complete && file.conversation.is_none_or(|id| id == conversation)
        };
        if !ids.iter().all(|id| state.files.get(id).is_some_and(free)) {
            return Ok(Err(FileRefusal::NotYours));
        }
        let claimed = ids.iter().filter_map(|id| {
            let file = state.files.get_mut(id)?;
            file.conversation = Some(conversation);
            Some(file.clone())
        });
        Ok(Ok(claimed.collect()))
    }

    async fn forget_files(&self, ids: &[FileId]) -> StoreResult<()> {
        self.state()?.files.retain(|id, _| !ids.contains(id));
        Ok(())
    }

    async fn stale_files(
        &self,
        front: &FrontId,
        unclaimed_before: Timestamp,
        claimed_before: Option<Timestamp>,
        limit: usize,
    ) -> StoreResult<Vec<FileId>> {
        let state = self.state()?;
        let stale =
            state.files.values().filter(|file| file.front == *front).filter(|file| match file.conversation {
                None => file.created_at < unclaimed_before,
                Some(_) => claimed_before.is_some_and(|before| file.created_at < before),
            });
        Ok(stale.map(|file| file.id).take(limit).collect())
    }
}
