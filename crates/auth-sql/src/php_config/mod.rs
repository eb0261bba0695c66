//! PHP configuration files, read as data. Nothing is ever run.
//!
//! Forums and CMSs keep their database access in a PHP file of assignments. [`PhpConfig`] understands what such files
//! are made of: `$name = 'literal';`, `$a['b']['c'] = …;`, `array(…)` and `[…]`, `define('K', 'v')`, `const K = 'v';`,
//! `return […];`, properties of objects (`$CFG->name = …;`) and of classes (`public $name = …;`), strings with PHP's
//! escapes, integers, booleans, `null`, literals joined by `.`, and names of what was assigned before.
//!
//! Anything dynamic (a function call, another variable, an assignment inside an `if`) is no error in itself: a file may
//! hold a lot that nobody asks for. It becomes one when exactly that value is asked for.
//!
//! ```
//! use portico_auth_sql::php_config::PhpConfig;
//!
//! let config = PhpConfig::parse("config.php", b"<?php\n$dbhost = 'db'; $dbpasswd = getenv('PW');");
//! assert_eq!(config.text(&["dbhost"]).unwrap().as_deref(), Some("db"));
//! let error = config.text(&["dbpasswd"]).unwrap_err();
//! assert_eq!(
//!     error.to_string(),
//!     "config.php, line 2: the value of `$dbpasswd` is computed by PHP (a function call); write it as a plain text here, \
//!      or set it in Portico's own configuration"
//! );
//! ```

mod class;
mod definition;
mod key;
mod parse;
mod token;

use std::collections::BTreeMap;
use std::path::Path;

pub use key::check_key;

/// The values of a PHP configuration file.
#[derive(Clone)]
pub struct PhpConfig {
    file: String,
    parsed: parse::Parsed,
}

/// A value and where it was assigned.
#[derive(Clone)]
pub(crate) struct Entry {
    line: u32,
    value: Value,
}

impl Entry {
    fn is_dynamic(&self) -> bool {
        matches!(self.value, Value::Dynamic(_))
    }

    /// Whether it is one value, known without running anything.
    fn is_plain(&self) -> bool {
        !matches!(self.value, Value::Dynamic(_) | Value::Array(_))
    }
}

/// What a value can be.
#[derive(Clone)]
pub(crate) enum Value {
    Null,
    Bool(bool),
    Int(i64),
    /// A number with a fraction, as written.
    Float(String),
    Text(Vec<u8>),
    Array(BTreeMap<String, Entry>),
    /// Computed when PHP runs: by what.
    Dynamic(&'static str),
}

/// Why a value can't be had from a PHP configuration file. Never contains a value.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum PhpConfigError {
    /// The file can't be read.
    #[error("{file}: {source}")]
    Unreadable {
        /// The file.
        file: String,
        /// The system's reason.
        source: std::io::Error,
    },
    /// The key isn't assigned anywhere.
    #[error("{file}: `{key}` is not set")]
    Missing {
        /// The file.
        file: String,
        /// The key as PHP spells it.
        key: String,
    },
    /// The value depends on PHP code.
    #[error(
        "{file}, line {line}: the value of `{key}` is computed by PHP ({how}); write it as a plain text here, or set it \
         in Portico's own configuration"
    )]
    Dynamic {
        /// The file.
        file: String,
        /// The line of the assignment.
        line: u32,
        /// The key as PHP spells it.
        key: String,
        /// By what it is computed.
        how: &'static str,
    },
    /// The value has another type.
    #[error("{file}, line {line}: `{key}` must be {expected}, found {found}")]
    WrongType {
        /// The file.
        file: String,
        /// The line of the assignment.
        line: u32,
        /// The key as PHP spells it.
        key: String,
        /// What was wanted.
        expected: &'static str,
        /// What is there.
        found: &'static str,
    },
}

/// Largest file that is read: configuration files have a few kilobytes.
const MOST_BYTES: u64 = 1 << 20;

impl PhpConfig {
    /// Reads a file.
    ///
    /// # Errors
    /// [`PhpConfigError::Unreadable`]
    pub fn read(path: &Path) -> Result<Self, PhpConfigError> {
        use std::io::Read;
        let file = path.display().to_string();
        let mut text = Vec::new();
        let read =
            std::fs::File::open(path).and_then(|opened| opened.take(MOST_BYTES).read_to_end(&mut text));
        match read {
            Ok(_) => Ok(Self::parse(file, &text)),
            Err(source) => Err(PhpConfigError::Unreadable { file, source }),
        }
    }

    /// Reads the text of a file; `file` is its name in errors. Never fails: what isn't understood has no value.
    pub fn parse(file: impl Into<String>, text: &[u8]) -> Self {
        Self { file: file.into(), parsed: parse::parse(&token::tokens(text)) }
    }

    /// A text at a path: `&["dbhost"]` is `$dbhost`, `&["PHORUM", "DBCONFIG", "name"]` is
    /// `$PHORUM['DBCONFIG']['name']`, `&["return", "db"]` an element of a returned array. Integers are texts too (ports).
    /// `None` when it isn't set or is `null`.
    ///
    /// # Errors
    /// [`PhpConfigError::Dynamic`], [`PhpConfigError::WrongType`]
    pub fn text(&self, path: &[&str]) -> Result<Option<String>, PhpConfigError> {
        let Some((entry, key)) = self.variable(path)? else {
            return Ok(None);
        };
        self.as_text(entry, &key)
    }

    /// A text that must be there.
    ///
    /// # Errors
    /// As [`text`](Self::text), and [`PhpConfigError::Missing`].
    pub fn required_text(&self, path: &[&str]) -> Result<String, PhpConfigError> {
        self.text(path)?.ok_or_else(|| PhpConfigError::Missing { file: self.file.clone(), key: spelt(path) })
    }

    /// An integer, also when written as a text. `None` when it isn't set, is `null` or the empty text.
    ///
    /// # Errors
    /// [`PhpConfigError::Dynamic`], [`PhpConfigError::WrongType`]
    pub fn integer(&self, path: &[&str]) -> Result<Option<i64>, PhpConfigError> {
        let Some((entry, key)) = self.variable(path)? else {
            return Ok(None);
        };
        let wrong = |found| self.wrong_type(entry, &key, "an integer", found);
        match &entry.value {
            Value::Null => Ok(None),
            Value::Int(number) => Ok(Some(*number)),
            Value::Text(text) if text.is_empty() => Ok(None),
            Value::Text(text) => {
                let number = std::str::from_utf8(text).ok().and_then(|text| text.trim().parse().ok());
                number.map(Some).ok_or_else(|| wrong("a text"))
            }
            other => Err(wrong(other.describe())),
        }
    }

    /// Whether something is truly `true` (or a number other than 0); `None` when it isn't set.
    ///
    /// # Errors
    /// [`PhpConfigError::Dynamic`], [`PhpConfigError::WrongType`]
    pub fn boolean(&self, path: &[&str]) -> Result<Option<bool>, PhpConfigError> {
        let Some((entry, key)) = self.variable(path)? else {
            return Ok(None);
        };
        match &entry.value {
            Value::Null => Ok(None),
            Value::Bool(flag) => Ok(Some(*flag)),
            Value::Int(number) => Ok(Some(*number != 0)),
            other => Err(self.wrong_type(entry, &key, "true or false", other.describe())),
        }
    }

    /// A constant of `define` or `const`, as text.
    ///
    /// # Errors
    /// [`PhpConfigError::Dynamic`], [`PhpConfigError::WrongType`]
    pub fn constant(&self, name: &str) -> Result<Option<String>, PhpConfigError> {
        let Some(entry) = self.parsed.constants.get(name) else {
            return Ok(None);
        };
        if let Value::Dynamic(how) = entry.value {
            return Err(self.dynamic(entry.line, name.to_owned(), how));
        }
        self.as_text(entry, name)
    }

    /// The file's name.
    pub fn file(&self) -> &str {
        &self.file
    }

    /// The entry at a path, and how PHP spells the path.
    fn variable(&self, path: &[&str]) -> Result<Option<(&Entry, String)>, PhpConfigError> {
        let mut within = &self.parsed.variables;
        for (depth, name) in path.iter().enumerate() {
            let Some(entry) = within.get(*name) else {
                return Ok(None);
            };
            let key = || spelt(&path[..=depth]);
            match &entry.value {
                Value::Dynamic(how) => return Err(self.dynamic(entry.line, key(), how)),
                _ if depth + 1 == path.len() => return Ok(Some((entry, key()))),
                Value::Array(elements) => within = elements,
                other => return Err(self.wrong_type(entry, &key(), "an array", other.describe())),
            }
        }
        Ok(None)
    }

    fn as_text(&self, entry: &Entry, key: &str) -> Result<Option<String>, PhpConfigError> {
        let wrong = |found| self.wrong_type(entry, key, "a text", found);
        match &entry.value {
            Value::Null => Ok(None),
            Value::Int(number) => Ok(Some(number.to_string())),
            Value::Float(number) => Ok(Some(number.clone())),
            Value::Text(bytes) => {
                let text =
                    String::from_utf8(bytes.clone()).map_err(|_| wrong("bytes that are no UTF-8 text"))?;
                Ok(Some(text))
            }
            other => Err(wrong(other.describe())),
        }
    }

    fn dynamic(&self, line: u32, key: String, how: &'static str) -> PhpConfigError {
        PhpConfigError::Dynamic { file: self.file.clone(), line, key, how }
    }

    fn wrong_type(
        &self,
        entry: &Entry,
        key: &str,
        expected: &'static str,
        found: &'static str,
    ) -> PhpConfigError {
        PhpConfigError::WrongType {
            file: self.file.clone(),
            line: entry.line,
            key: key.to_owned(),
            expected,
            found,
        }
    }
}

impl Value {
    fn describe(&self) -> &'static str {
        match self {
            Self::Null => "null",
            Self::Bool(_) => "true or false",
            Self::Int(_) => "an integer",
            Self::Float(_) => "a number with a fraction",
            Self::Text(_) => "a text",
            Self::Array(_) => "an array",
            Self::Dynamic(how) => how,
        }
    }
}

/// `$PHORUM['DBCONFIG']['name']`
fn spelt(path: &[&str]) -> String {
    let mut spelt = String::new();
    for (depth, name) in path.iter().enumerate() {
        match depth {
            0 if *name == "return" => spelt.push_str("return "),
            0 => {
                spelt.push('$');
                spelt.push_str(name);
            }
            _ => {
                spelt.push_str("['");
                spelt.push_str(name);
                spelt.push_str("']");
            }
        }
    }
    spelt
}

/// Shows the names only: the values are passwords.
impl std::fmt::Debug for PhpConfig {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("PhpConfig")
            .field("file", &self.file)
            .field("variables", &self.parsed.variables.keys().collect::<Vec<_>>())
            .field("constants", &self.parsed.constants.keys().collect::<Vec<_>>())
            .field("classes", &self.parsed.classes.keys().collect::<Vec<_>>())
            .finish()
    }
}
