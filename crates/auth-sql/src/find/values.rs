//! The values of one configuration file, whatever it is written in.

use std::collections::BTreeMap;

use super::{FindError, flat, tree};
use crate::php_config::PhpConfig;
use crate::recipe::ConfigFormat;

/// The values of a configuration file. `Debug` shows names only: the values are passwords.
pub struct Values {
    file: String,
    source: Source,
}

enum Source {
    Php(PhpConfig),
    Named(Named),
}

/// Values by their whole name.
pub(super) type Named = BTreeMap<String, Entry>;

/// A value and where it stands.
pub(super) struct Entry {
    /// From 1, where the format tells.
    pub(super) line: Option<usize>,
    /// The value; `None` = set to nothing. An error is the end of the sentence `the value of … `.
    pub(super) value: Result<Option<String>, &'static str>,
}

impl Values {
    /// Reads the text of a file; `file` is its name in errors.
    ///
    /// # Errors
    /// [`FindError::Syntax`] for JSON, YAML, TOML and XML that can't be read. In the other formats what isn't understood
    /// has no value.
    pub fn parse(file: &str, text: &[u8], format: ConfigFormat) -> Result<Self, FindError> {
        let text = text.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(text);
        let lossy = || String::from_utf8_lossy(text);
        let syntax = |(line, what)| FindError::Syntax { file: file.to_owned(), line, what };
        let source = match format {
            ConfigFormat::Php => Source::Php(PhpConfig::parse(file, text)),
            ConfigFormat::Ini => Source::Named(flat::ini(&lossy())),
            ConfigFormat::Env => Source::Named(flat::env(&lossy())),
            ConfigFormat::Properties => Source::Named(flat::properties(&lossy())),
            ConfigFormat::Json => Source::Named(tree::json(text).map_err(syntax)?),
            ConfigFormat::Yaml => Source::Named(tree::yaml(&lossy()).map_err(syntax)?),
            ConfigFormat::Toml => Source::Named(tree::toml(&lossy()).map_err(syntax)?),
            ConfigFormat::Xml => Source::Named(tree::xml(&lossy()).map_err(syntax)?),
        };
        Ok(Self { file: file.to_owned(), source })
    }

    /// The file's name.
    pub fn file(&self) -> &str {
        &self.file
    }

    /// The value of one key; `None` when it is not set, or to nothing (`null`, `false`).
    ///
    /// # Errors
    /// [`FindError::Value`] and [`FindError::Php`] when something is there that can't be read without running code.
    pub fn get(&self, key: &str) -> Result<Option<String>, FindError> {
        let named = match &self.source {
            Source::Php(php) => return Ok(php.value(key)?),
            Source::Named(named) => named,
        };
        let Some(entry) = named.get(key) else { return Ok(None) };
        let wrong = |what: &str| FindError::Value {
            file: self.file.clone(),
            line: entry.line,
            key: key.to_owned(),
            what: what.to_owned(),
        };
        match &entry.value {
            Ok(Some(text)) if text.contains(char::REPLACEMENT_CHARACTER) => {
                Err(wrong("holds bytes that are no UTF-8 text"))
            }
            Ok(value) => Ok(value.clone()),
            Err(what) => Err(wrong(what)),
        }
    }

    /// The first of several keys that is set to something; an empty text when one of them is set to just that. A key that
    /// begins with `=` is the value itself.
    ///
    /// # Errors
    /// As [`get`](Self::get), when no key has a value and one can't be read.
    pub fn first(&self, keys: &[String]) -> Result<Option<String>, FindError> {
        let mut best = Ok(None);
        for key in keys {
            if let Some(value) = key.strip_prefix('=') {
                return Ok(Some(value.to_owned()));
            }
            match self.get(key) {
                Ok(Some(text)) if !text.is_empty() => return Ok(Some(text)),
                Ok(Some(empty)) if matches!(best, Ok(None)) => best = Ok(Some(empty)),
                Err(error) if best.is_ok() => best = Err(error),
                _ => {}
            }
        }
        best
    }
}

impl std::fmt::Debug for Values {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let mut shown = f.debug_struct("Values");
        shown.field("file", &self.file);
        match &self.source {
            Source::Php(php) => shown.field("names", php),
            Source::Named(named) => shown.field("names", &named.keys().collect::<Vec<_>>()),
        };
        shown.finish()
    }
}
