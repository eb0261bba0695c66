use std::collections::BTreeMap;
use std::io;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;
use tokio::io::AsyncRead;

use crate::FileId;
use crate::ports::{BlobStore, BlobWriter};

/// Contents of files in memory. Clones share them.
#[derive(Debug, Clone, Default)]
pub struct MemoryBlobs(Arc<Mutex<BTreeMap<FileId, Vec<u8>>>>);

impl MemoryBlobs {
    fn blobs(&self) -> MutexGuard<'_, BTreeMap<FileId, Vec<u8>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// How many are here.
    pub fn len(&self) -> usize {
        self.blobs().len()
    }

    /// Whether none is.
    pub fn is_empty(&self) -> bool {
        self.blobs().is_empty()
    }
}

#[async_trait]
impl BlobStore for MemoryBlobs {
    async fn create(&self, id: FileId) -> io::Result<Box<dyn BlobWriter>> {
        Ok(Box::new(Writing { place: self.clone(), id, bytes: Vec::new() }))
    }

    async fn open(&self, id: FileId, offset: u64) -> io::Result<Box<dyn AsyncRead + Send + Unpin>> {
        let bytes = self.blobs().get(&id).cloned().ok_or(io::ErrorKind::NotFound)?;
        let mut reader = io::Cursor::new(bytes);
        reader.set_position(offset);
        Ok(Box::new(reader))
    }

    async fn remove(&self, id: FileId) -> io::Result<()> {
        self.blobs().remove(&id);
        Ok(())
    }
}

struct Writing {
    place: MemoryBlobs,
    id: FileId,
    bytes: Vec<u8>,
}

#[async_trait]
impl BlobWriter for Writing {
    async fn write(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.bytes.extend_from_slice(bytes);
        Ok(())
    }

    async fn finish(self: Box<Self>) -> io::Result<()> {
        self.place.blobs().insert(self.id, self.bytes);
        Ok(())
    }
}
