//! The contents of files, on disk.

use std::io::{self, SeekFrom};
use std::path::{Path, PathBuf};

use async_trait::async_trait;
use portico_core::FileId;
use portico_core::ports::{BlobStore, BlobWriter};
use tokio::fs::{self, File};
use tokio::io::{AsyncRead, AsyncSeekExt, AsyncWriteExt};

/// Files in a folder: `<last two digits of the id>/<id>`. What is being written has the ending `.part` and gets its name when
/// it is whole and durable, so a crash leaves no half file that looks like one.
#[derive(Debug, Clone)]
pub struct DiskBlobs {
    folder: PathBuf,
}

impl DiskBlobs {
    /// Files below `folder`, which is made when the first one comes.
    pub fn new(folder: PathBuf) -> Self {
        Self { folder }
    }

    fn place_of(&self, id: FileId) -> PathBuf {
        // The last digits of an id are random; its first ones are the time.
        let name = id.to_string();
        let shelf = &name[name.len() - 2..];
        self.folder.join(shelf).join(&name)
    }
}

fn part_of(place: &Path) -> PathBuf {
    place.with_extension("part")
}

#[async_trait]
impl BlobStore for DiskBlobs {
    async fn create(&self, id: FileId) -> io::Result<Box<dyn BlobWriter>> {
        let place = self.place_of(id);
        if let Some(shelf) = place.parent() {
            fs::create_dir_all(shelf).await?;
        }
        let file = File::options().write(true).create_new(true).open(part_of(&place)).await?;
        Ok(Box::new(Writing { place, file }))
    }

    async fn open(&self, id: FileId, offset: u64) -> io::Result<Box<dyn AsyncRead + Send + Unpin>> {
        let mut file = File::open(self.place_of(id)).await?;
        if offset > 0 {
            file.seek(SeekFrom::Start(offset)).await?;
        }
        Ok(Box::new(file))
    }

    async fn remove(&self, id: FileId) -> io::Result<()> {
        let place = self.place_of(id);
        for path in [part_of(&place), place] {
            match fs::remove_file(path).await {
                Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
                _ => {}
            }
        }
        Ok(())
    }
}

struct Writing {
    place: PathBuf,
    file: File,
}

#[async_trait]
impl BlobWriter for Writing {
    async fn write(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.file.write_all(bytes).await
    }

    async fn finish(mut self: Box<Self>) -> io::Result<()> {
        self.file.flush().await?;
        self.file.sync_all().await?;
        drop(self.file);
        fs::rename(part_of(&self.place), &self.place).await?;
        sync_folder(&self.place).await
    }
}

/// Makes the new name durable. Windows keeps names by itself and can't open a folder as a file.
#[cfg(unix)]
async fn sync_folder(place: &Path) -> io::Result<()> {
    match place.parent() {
        Some(folder) => File::open(folder).await?.sync_all().await,
        None => Ok(()),
    }
}

#[cfg(not(unix))]
async fn sync_folder(_: &Path) -> io::Result<()> {
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use portico_core::Timestamp;
    use tokio::io::AsyncReadExt;

    #[tokio::test]
    async fn a_file_can_be_read_once_it_is_finished_and_is_gone_when_removed() {
        let folder = tempfile::tempdir().unwrap();
        let blobs = DiskBlobs::new(folder.path().join("files"));
        let id = FileId::generate(Timestamp::from_secs(1));
        let mut writer = blobs.create(id).await.unwrap();
        writer.write(b"hello ").await.unwrap();
        assert!(blobs.open(id, 0).await.is_err(), "half a file is none");
        assert!(blobs.create(id).await.is_err(), "an id is written once");
        writer.write(b"world").await.unwrap();
        writer.finish().await.unwrap();
        let mut text = String::new();
        blobs.open(id, 6).await.unwrap().read_to_string(&mut text).await.unwrap();
        assert_eq!(text, "world");
        blobs.remove(id).await.unwrap();
        blobs.remove(id).await.unwrap();
        let gone = blobs.open(id, 0).await.map(drop);
        assert_eq!(gone.unwrap_err().kind(), io::ErrorKind::NotFound);
    }

    #[tokio::test]
    async fn what_was_never_finished_can_be_removed() {
        let folder = tempfile::tempdir().unwrap();
        let blobs = DiskBlobs::new(folder.path().to_owned());
        let id = FileId::generate(Timestamp::from_secs(1));
        drop(blobs.create(id).await.unwrap());
        blobs.remove(id).await.unwrap();
        blobs.create(id).await.unwrap();
    }
}
