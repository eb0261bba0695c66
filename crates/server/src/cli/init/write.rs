//! The configuration file: read, added to, written whole.

use std::io::Write;
use std::path::{Path, PathBuf};

use secrecy::ExposeSecret;
use toml_edit::{DocumentMut, Item};

use super::InitError;
use super::plan::Plan;
use crate::config::Config;

/// The beginning of a new file.
pub(super) const HEAD: &str = "\
# Portico's configuration. Every key: docs/configuration.md

[server]
listen = \"127.0.0.1:8080\"
database_url = \"sqlite://portico.db\"

";

/// The configuration file as it is.
#[derive(Debug)]
pub(super) struct Existing {
    path: PathBuf,
    /// `None`: there is no file.
    document: Option<DocumentMut>,
}

impl Existing {
    pub(super) fn read(path: &Path) -> Result<Self, InitError> {
        let text = match std::fs::read_to_string(path) {
            Ok(text) => text,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
                return Ok(Self { path: path.to_owned(), document: None });
            }
            Err(error) => return Err(InitError::Failed(format!("{}: {error}", path.display()))),
        };
        let document =
            text.parse().map_err(|error| InitError::Config(format!("{}: {error}", path.display())))?;
        Ok(Self { path: path.to_owned(), document: Some(document) })
    }

    pub(super) fn is_new(&self) -> bool {
        self.document.is_none()
    }

    pub(super) fn has_authenticator(&self, name: &str) -> bool {
        let section = |document: &DocumentMut| document.get("authenticator")?.get(name).map(|_| ());
        self.document.as_ref().and_then(section).is_some()
    }

    pub(super) fn has_front(&self, path: &str) -> bool {
        self.fronts().any(|(known, _)| same_path(&known, path))
    }

    /// The front of this authenticator alone.
    pub(super) fn front_of(&self, authenticator: &str) -> Option<String> {
        self.fronts().find(|(_, names)| names.as_slice() == [authenticator]).map(|(path, _)| path)
    }

    /// Path and authenticators of every front.
    fn fronts(&self) -> impl Iterator<Item = (String, Vec<String>)> {
        let fronts = self.document.as_ref().and_then(|document| document.get("front"));
        let tables = fronts.and_then(Item::as_array_of_tables);
        tables.into_iter().flatten().filter_map(|table| {
            let names = table.get("authenticators").and_then(Item::as_array);
            let names = names.into_iter().flatten().filter_map(|name| name.as_str().map(str::to_owned));
            Some((table.get("path")?.as_str()?.to_owned(), names.collect()))
        })
    }

    /// The whole text with the new sections, proved to be a configuration.
    pub(super) fn with(&self, addition: &str, plan: &Plan, force: bool) -> Result<String, InitError> {
        let mut text = match &self.document {
            None => HEAD.to_owned(),
            Some(document) if force => without(document, plan).to_string(),
            Some(document) => document.to_string(),
        };
        if !text.is_empty() && !text.ends_with('\n') {
            text.push('\n');
        }
        if !text.is_empty() && !text.ends_with("\n\n") {
            text.push('\n');
        }
        text.push_str(addition);
        // The files with secrets are not written yet: their keys are left out of the proof.
        let proof = text.lines().filter(|line| !line.contains("_file = ")).collect::<Vec<_>>().join("\n");
        Config::parse(&proof, &self.path, []).map_err(|error| {
            InitError::Config(format!(
                "{error}\nNothing was written. The new sections would be:\n\n{addition}"
            ))
        })?;
        Ok(text)
    }

    /// Writes the secrets, then the configuration. When the configuration can't be written, new secrets are removed.
    pub(super) fn write(&self, text: &str, plan: &Plan, force: bool) -> Result<(), InitError> {
        let folder =
            self.path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
        let failed =
            |path: &Path, error: &std::io::Error| InitError::Failed(format!("{}: {error}", path.display()));
        let mut written = Vec::new();
        let undo = |written: &[PathBuf]| written.iter().for_each(|path| drop(std::fs::remove_file(path)));
        for (_, file, value) in &plan.secrets {
            let path = folder.join(file);
            if let Err(error) = write_private(&path, value.expose_secret(), force) {
                undo(&written);
                return Err(failed(&path, &error));
            }
            written.push(path);
        }
        if let Err(error) = self.replace(folder, text) {
            undo(&written);
            return Err(failed(&self.path, &error));
        }
        Ok(())
    }

    /// The file is whole at every moment.
    fn replace(&self, folder: &Path, text: &str) -> std::io::Result<()> {
        if self.is_new() {
            let mut file = std::fs::OpenOptions::new().write(true).create_new(true).open(&self.path)?;
            return file.write_all(text.as_bytes());
        }
        // Behind a link, the file itself is replaced.
        let target = self.path.canonicalize()?;
        let mut file = tempfile::NamedTempFile::new_in(target.parent().unwrap_or(folder))?;
        file.write_all(text.as_bytes())?;
        file.as_file().set_permissions(std::fs::metadata(&target)?.permissions())?;
        file.as_file().sync_all()?;
        file.persist(&target).map(drop).map_err(|error| error.error)
    }
}

/// The document without the authenticator and the front that are replaced.
fn without(document: &DocumentMut, plan: &Plan) -> DocumentMut {
    let mut document = document.clone();
    if let Some(sections) = document.get_mut("authenticator").and_then(Item::as_table_like_mut) {
        sections.remove(&plan.name);
    }
    if let Some(fronts) = document.get_mut("front").and_then(Item::as_array_of_tables_mut) {
        fronts.retain(|front| {
            !front.get("path").and_then(Item::as_str).is_some_and(|path| same_path(path, &plan.front))
        });
    }
    document
}

fn same_path(one: &str, other: &str) -> bool {
    one.trim_matches('/') == other.trim_matches('/')
}

/// A file that only its owner can read.
fn write_private(path: &Path, text: &str, replace: bool) -> std::io::Result<()> {
    if replace && path.exists() {
        // A new one: the old may have been readable by others.
        std::fs::remove_file(path)?;
    }
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(path)?;
    file.write_all(text.as_bytes())?;
    file.write_all(b"\n")
}
