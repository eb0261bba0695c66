//! Whom a server runs as: MariaDB and PostgreSQL refuse root, and their packages bring a user for each.

use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result, bail};

use crate::install;

/// A system user.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Account {
    pub(super) uid: u32,
    pub(super) gid: u32,
}

impl Account {
    /// The user `name` if we are root, else `None`: as ourselves.
    pub(super) fn unless_ordinary(name: &str) -> Result<Option<Self>> {
        if !install::is_root() {
            return Ok(None);
        }
        Ok(Some(Self { uid: id("-u", name)?, gid: id("-g", name)? }))
    }
}

fn id(which: &str, name: &str) -> Result<u32> {
    let output = Command::new("id").args([which, name]).current_dir(Path::new("/")).output()?;
    if !output.status.success() {
        bail!("there is no system user `{name}` to run this server as; its package makes one");
    }
    let text = String::from_utf8_lossy(&output.stdout);
    text.trim().parse().with_context(|| format!("`id {which} {name}` answered {text:?}"))
}
