//! Where this workspace is and what is in it, asked of Cargo: the current folder is no guide.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result};
use cargo_metadata::{Metadata, MetadataCommand};

/// The workspace this xtask belongs to.
#[derive(Debug, Clone)]
pub(crate) struct Workspace {
    /// The folder of the root `Cargo.toml`.
    pub(crate) root: PathBuf,
}

impl Workspace {
    /// Asks Cargo.
    pub(crate) fn find() -> Result<Self> {
        Ok(Self { root: query(true)?.workspace_root.into_std_path_buf() })
    }

    /// A Cargo command in the root of the workspace, with the Cargo that runs us.
    pub(crate) fn cargo(&self) -> Command {
        let mut command = Command::new(cargo());
        command.current_dir(&self.root);
        command
    }
}

/// Every package of the workspace and of what it depends on.
pub(crate) fn metadata() -> Result<Metadata> {
    query(false)
}

fn query(only_ours: bool) -> Result<Metadata> {
    let mut command = MetadataCommand::new();
    command.cargo_path(cargo());
    // Cargo sets it when it runs us; run by hand, the current folder decides.
    if let Some(folder) = std::env::var_os("CARGO_MANIFEST_DIR") {
        command.manifest_path(Path::new(&folder).join("Cargo.toml"));
    }
    if only_ours {
        command.no_deps();
    }
    command.exec().context("`cargo metadata` failed; run this inside the repository")
}

fn cargo() -> PathBuf {
    std::env::var_os("CARGO").map_or_else(|| PathBuf::from("cargo"), PathBuf::from)
}
