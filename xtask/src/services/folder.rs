//! The temporary folder that all servers share, each with a room of its own.

use std::fs::{self, Permissions};
use std::io::Write;
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt, PermissionsExt, chown};
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context, Result};
use tempfile::TempDir;

use super::account::Account;
use crate::install;
use crate::interrupt::wait_at_most;

/// Removed when dropped.
#[derive(Debug)]
pub(super) struct Folder {
    folder: TempDir,
}

impl Folder {
    /// A new folder in the system's temporary folder.
    pub(super) fn create() -> Result<Self> {
        let parent = parent();
        let folder = tempfile::Builder::new()
            .prefix("portico-services-")
            .tempdir_in(&parent)
            .with_context(|| format!("can't create a folder in {}", parent.display()))?;
        // As root: the servers' users must get through to their rooms.
        let mode = if install::is_root() { 0o711 } else { 0o700 };
        fs::set_permissions(folder.path(), Permissions::from_mode(mode))?;
        Ok(Self { folder })
    }

    pub(super) fn path(&self) -> &Path {
        self.folder.path()
    }

    /// A subfolder that only `account` (or we) can enter.
    pub(super) fn room(&self, name: &str, account: Option<Account>) -> Result<PathBuf> {
        let room = self.folder.path().join(name);
        fs::DirBuilder::new().mode(0o700).create(&room)?;
        give(&room, account)?;
        Ok(room)
    }

    /// Where the log of `name` goes; outside its room, so that its server can't replace it.
    pub(super) fn log(&self, name: &str) -> PathBuf {
        self.folder.path().join(format!("{name}.log"))
    }

    /// Removes the folder, giving processes that were just killed a moment to let go of it.
    pub(super) fn remove(&self) -> Result<()> {
        let mut result = Ok(());
        wait_at_most(Duration::from_secs(3), || {
            result = match fs::remove_dir_all(self.folder.path()) {
                Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(()),
                other => other,
            };
            result.is_ok()
        });
        result.with_context(|| format!("can't remove {}", self.folder.path().display()))
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        if let Err(error) = self.remove() {
            let _ = writeln!(std::io::stderr(), "warning: {error:#}");
        }
    }
}

/// Writes a file that only `account` (or we) can read.
pub(super) fn write_secret(path: &Path, text: &str, account: Option<Account>) -> Result<()> {
    let mut file = fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(path)?;
    file.write_all(text.as_bytes())?;
    give(path, account)
}

pub(super) fn give(path: &Path, account: Option<Account>) -> Result<()> {
    if let Some(Account { uid, gid }) = account {
        chown(path, Some(uid), Some(gid)).with_context(|| format!("can't give {} away", path.display()))?;
    }
    Ok(())
}

/// The system's temporary folder, unless we are root and other users can't get into it (`TMPDIR` of a login session).
fn parent() -> PathBuf {
    let usual = std::env::temp_dir();
    if install::is_root() && !open_to_all(&usual) { PathBuf::from("/tmp") } else { usual }
}

fn open_to_all(path: &Path) -> bool {
    path.canonicalize().is_ok_and(|path| {
        path.ancestors()
            .all(|folder| fs::metadata(folder).is_ok_and(|found| found.permissions().mode() & 0o001 != 0))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_behind_a_closed_one_is_not_open_to_all() {
        let outer = tempfile::tempdir().unwrap();
        let inner = outer.path().join("inner");
        fs::create_dir(&inner).unwrap();
        fs::set_permissions(&inner, Permissions::from_mode(0o755)).unwrap();
        fs::set_permissions(outer.path(), Permissions::from_mode(0o700)).unwrap();
        assert!(!open_to_all(&inner));
        assert!(open_to_all(Path::new("/")));
    }

    #[test]
    fn a_removed_folder_may_be_removed_again() {
        let folder = Folder::create().unwrap();
        let room = folder.room("room", None).unwrap();
        write_secret(&room.join("secret"), "x", None).unwrap();
        assert_eq!(fs::metadata(room.join("secret")).unwrap().permissions().mode() & 0o777, 0o600);
        folder.remove().unwrap();
        assert!(!room.exists());
        folder.remove().unwrap();
    }
}
