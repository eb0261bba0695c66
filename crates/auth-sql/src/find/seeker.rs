//! Looking for applications in one folder.

use std::collections::HashMap;
use std::io::Read;
use std::path::{Path, PathBuf};

use secrecy::SecretString;

use super::place::{Place, kind_of};
use super::{FindError, Values};
use crate::recipe::AppConfig;
use crate::{DatabaseKind, TablePrefix};

/// Largest file that is read, in bytes: configuration files have a few kilobytes.
const MOST_BYTES: u64 = 1 << 20;

/// Most files that a `*` may stand for.
const MOST_FILES: usize = 64;

/// What happens to links.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Links {
    /// Those that lead out of the folder (for `../file`: out of the folder above) are not followed.
    StayInside,
    /// All are followed.
    Follow,
}

/// Looks for applications in one folder. Files are read once, however many recipes ask for them.
#[derive(Debug)]
pub struct Seeker {
    folder: PathBuf,
    links: Links,
    files: HashMap<PathBuf, Option<Vec<u8>>>,
    /// Files that were there and could not be read: why.
    pub trouble: Vec<FindError>,
}

/// An application whose configuration file was recognised.
#[derive(Debug)]
pub struct Found {
    /// Its configuration file.
    pub file: PathBuf,
    /// Whether it was recognised by more than the file's name and the names of the values.
    pub distinctive: bool,
    /// Its settings, or why they can't be read.
    pub settings: Result<AppSettings, FindError>,
}

/// What an application's configuration file says.
#[derive(Debug)]
pub struct AppSettings {
    /// The kind of database.
    pub kind: DatabaseKind,
    /// The address of the database, with the application's own account.
    pub database_url: SecretString,
    /// The name of the database; for SQLite the path.
    pub database: String,
    /// The prefix of the tables; `None` when the file doesn't say.
    pub prefix: Option<String>,
    /// The site's own secret.
    pub site_key: Option<SecretString>,
    /// The application's public address.
    pub base_url: Option<String>,
}

impl Seeker {
    /// Looks in this folder.
    ///
    /// # Errors
    /// [`FindError::Unreadable`], [`FindError::NoFolder`]
    pub fn new(folder: &Path, links: Links) -> Result<Self, FindError> {
        let unreadable = |source| FindError::Unreadable { path: folder.to_owned(), source };
        let whole = folder.canonicalize().map_err(unreadable)?;
        if !whole.is_dir() {
            return Err(FindError::NoFolder(folder.to_owned()));
        }
        Ok(Self { folder: whole, links, files: HashMap::new(), trouble: Vec::new() })
    }

    /// The folder, without links.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// Looks for the application of this `[config]`. `usual` is the kind of database where the file doesn't say.
    pub fn look(&mut self, config: &AppConfig, usual: DatabaseKind) -> Option<Found> {
        let is_there = |path: &String| self.folder.join(path).exists();
        let marked = config.marker_files.is_empty() || config.marker_files.iter().any(is_there);
        if !marked || config.unless_files.iter().any(is_there) {
            return None;
        }
        let candidates: Vec<PathBuf> = config.file.iter().flat_map(|pattern| self.paths(pattern)).collect();
        candidates.into_iter().find_map(|path| self.look_in(path, config, usual))
    }

    fn look_in(&mut self, path: PathBuf, config: &AppConfig, usual: DatabaseKind) -> Option<Found> {
        let text = self.text(&path)?;
        let contains =
            |marker: &String| text.windows(marker.len().max(1)).any(|window| window == marker.as_bytes());
        let marked = config.markers.is_empty() || config.markers.iter().any(contains);
        if !marked || config.unless_markers.iter().any(contains) {
            return None;
        }
        let distinctive = !config.markers.is_empty() || !config.marker_files.is_empty();
        let shown = path.display().to_string();
        let settings = Values::parse(&shown, text, config.format)
            .and_then(|values| self.settings(&values, config, usual));
        // A file that says nothing of a database, or is written otherwise, is probably another application's.
        let foreign = matches!(settings, Err(FindError::Missing { .. } | FindError::Syntax { .. }));
        if foreign && !distinctive {
            return None;
        }
        Some(Found { file: path, distinctive, settings })
    }

    fn settings(
        &self,
        values: &Values,
        config: &AppConfig,
        usual: DatabaseKind,
    ) -> Result<AppSettings, FindError> {
        let text = |keys: &[String]| values.first(keys).map(Option::unwrap_or_default);
        let given = |keys: &[String]| values.first(keys).map(|value| value.filter(|text| !text.is_empty()));
        let file = || values.file().to_owned();
        let url_error = |source| FindError::Url { file: file(), source };
        let mut place = Place {
            host: text(&config.host)?,
            port: text(&config.port)?,
            socket: text(&config.socket)?,
            database: text(&config.database)?,
            user: text(&config.user)?,
            password: text(&config.password)?,
            charset: text(&config.charset)?,
            ..Place::default()
        };
        let word = given(&config.database_type)?;
        if let Some(word) = &word {
            let what =
                "names a database that Portico can't ask; it reads MySQL, MariaDB, PostgreSQL and SQLite";
            let key = config.database_type.join("` or `");
            place.kind = Some(kind_of(word).ok_or_else(|| FindError::Value {
                file: file(),
                line: None,
                key,
                what: what.to_owned(),
            })?);
        }
        if let Some(url) = given(&config.url)? {
            place.read_url(&url).map_err(url_error)?;
        }
        let kind = place.kind.unwrap_or(usual);
        if kind == DatabaseKind::Sqlite {
            place.database = self.sqlite_file(values, config, &place.database)?;
        }
        if place.database.is_empty() {
            let keys: Vec<&str> = [&config.url, &config.database, &config.sqlite]
                .into_iter()
                .flatten()
                .map(String::as_str)
                .collect();
            return Err(FindError::Missing { file: file(), keys: format!("`{}`", keys.join("`, `")) });
        }
        let database_url = place.url(kind).map_err(url_error)?;
        let prefix = values.first(&config.prefix)?;
        if let Some(prefix) = &prefix {
            TablePrefix::new(prefix).map_err(|source| FindError::Prefix { file: file(), source })?;
        }
        Ok(AppSettings {
            kind,
            database_url: SecretString::from(database_url),
            database: place.database,
            prefix,
            site_key: given(&config.site_key)?.map(SecretString::from),
            base_url: given(&config.base_url)?.filter(|url| url.contains("://")),
        })
    }

    /// The path of the SQLite file; empty when nothing is said of one.
    fn sqlite_file(&self, values: &Values, config: &AppConfig, database: &str) -> Result<String, FindError> {
        let mut path = database.to_owned();
        for pattern in &config.sqlite {
            if let Some(filled) = fill(pattern, values)? {
                path = filled;
                break;
            }
        }
        if path.is_empty() {
            return Ok(path);
        }
        Ok(self.folder.join(path).to_string_lossy().into_owned())
    }

    /// The files that a path with `../` and `*` stands for, in alphabetical order.
    fn paths(&self, pattern: &str) -> Vec<PathBuf> {
        let mut folder = self.folder.clone();
        let mut rest = pattern;
        while let Some(inner) = rest.strip_prefix("../") {
            folder.pop();
            rest = inner;
        }
        let mut paths = vec![folder];
        for part in rest.split('/') {
            match part.split_once('*') {
                None => paths.iter_mut().for_each(|path| path.push(part)),
                Some((begin, end)) => {
                    paths = paths.iter().flat_map(|folder| members(folder, begin, end)).collect();
                    paths.sort();
                    paths.truncate(MOST_FILES);
                }
            }
        }
        paths
    }

    /// The text of a file; `None` when it isn't there or can't be read.
    fn text(&mut self, path: &Path) -> Option<&[u8]> {
        if !self.files.contains_key(path) {
            let read = match self.read(path) {
                Ok(text) => text,
                Err(error) => {
                    self.trouble.push(error);
                    None
                }
            };
            self.files.insert(path.to_owned(), read);
        }
        self.files.get(path).and_then(Option::as_deref)
    }

    fn read(&self, path: &Path) -> Result<Option<Vec<u8>>, FindError> {
        let unreadable = |source| FindError::Unreadable { path: path.to_owned(), source };
        let unsuitable = |what| FindError::Unsuitable { path: path.to_owned(), what };
        let target = match path.canonicalize() {
            Ok(target) => target,
            Err(error) if is_absent(&error) => return Ok(None),
            Err(error) => return Err(unreadable(error)),
        };
        // Files beside the folder are asked for by name only; for them the folder above is the limit.
        let inside = if path.starts_with(&self.folder) { Some(self.folder.as_path()) } else { path.parent() };
        if self.links == Links::StayInside && !inside.is_some_and(|inside| target.starts_with(inside)) {
            return Err(FindError::LinkLeadsOut { path: path.to_owned(), target });
        }
        // Asked before it is opened: opening a pipe would wait for its other end.
        if !std::fs::metadata(&target).map_err(unreadable)?.is_file() {
            return Err(unsuitable("expected a regular file"));
        }
        let mut text = Vec::new();
        let file = std::fs::File::open(&target).map_err(unreadable)?;
        file.take(MOST_BYTES + 1).read_to_end(&mut text).map_err(unreadable)?;
        if u64::try_from(text.len()).is_ok_and(|length| length > MOST_BYTES) {
            return Err(unsuitable("it is larger than 1 MiB, which no configuration file is"));
        }
        Ok(Some(text))
    }
}

/// What is in a folder and has a name that begins and ends so.
fn members(folder: &Path, begin: &str, end: &str) -> Vec<PathBuf> {
    let fits =
        |name: &str| name.len() >= begin.len() + end.len() && name.starts_with(begin) && name.ends_with(end);
    let entries = std::fs::read_dir(folder).into_iter().flatten().filter_map(Result::ok);
    entries.filter(|entry| entry.file_name().to_str().is_some_and(fits)).map(|entry| entry.path()).collect()
}

/// Nothing is there: the file, or a folder on the way to it.
fn is_absent(error: &std::io::Error) -> bool {
    matches!(error.kind(), std::io::ErrorKind::NotFound | std::io::ErrorKind::NotADirectory)
}

/// A pattern with the file's values in it; `None` when one of them isn't there.
fn fill(pattern: &str, values: &Values) -> Result<Option<String>, FindError> {
    let mut filled = String::new();
    let mut rest = pattern;
    while let Some((before, (key, after))) =
        rest.split_once('{').and_then(|(before, inside)| Some((before, inside.split_once('}')?)))
    {
        filled.push_str(before);
        match values.get(key)? {
            Some(value) if !value.is_empty() => filled.push_str(&value),
            _ => return Ok(None),
        }
        rest = after;
    }
    filled.push_str(rest);
    Ok(Some(filled))
}
