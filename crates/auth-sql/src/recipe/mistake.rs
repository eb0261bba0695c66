//! What is wrong with a recipe, and where.

use std::fmt;
use std::path::Path;

use serde::de::DeserializeOwned;
use toml::de::{DeTable, DeValue};

/// A recipe that can't be used: every mistake that was found in it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RecipeError {
    /// The file.
    pub file: String,
    /// What is wrong, one or more.
    pub mistakes: Vec<Mistake>,
}

/// One mistake.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mistake {
    /// The line, from 1, if it is known.
    pub line: Option<usize>,
    /// The key, from the top: `person[0].login[1].compare`.
    pub key: String,
    /// What is wrong, and what would be right.
    pub what: String,
}

impl RecipeError {
    /// A file that can't even be read.
    pub(crate) fn unreadable(path: &Path, error: &std::io::Error) -> Self {
        let what = format!("it can't be read: {error}");
        Self {
            file: path.display().to_string(),
            mistakes: vec![Mistake { line: None, key: String::new(), what }],
        }
    }
}

impl fmt::Display for RecipeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (number, mistake) in self.mistakes.iter().enumerate() {
            if number > 0 {
                f.write_str("\n")?;
            }
            f.write_str(&self.file)?;
            if let Some(line) = mistake.line {
                write!(f, ", line {line}")?;
            }
            if !mistake.key.is_empty() {
                write!(f, ": {}", mistake.key)?;
            }
            write!(f, ": {}", mistake.what)?;
        }
        Ok(())
    }
}

impl std::error::Error for RecipeError {}

/// Reads a file's text as `T`; the error names line and key.
pub(crate) fn read<T: DeserializeOwned>(file: &str, text: &str) -> Result<T, RecipeError> {
    let wrong = |key: String, line: Option<usize>, what: &str| RecipeError {
        file: file.to_owned(),
        mistakes: vec![Mistake { line, key, what: what.trim().replace('\n', ", ") }],
    };
    let line = |error: &toml::de::Error| error.span().map(|span| line_at(text, span.start));
    let deserializer = toml::Deserializer::parse(text)
        .map_err(|error| wrong(String::new(), line(&error), error.message()))?;
    serde_path_to_error::deserialize(deserializer).map_err(|error| {
        let key = error.path().to_string();
        let key = if key == "." { String::new() } else { key };
        let inner = error.inner();
        let at = line(inner).or_else(|| line_of(text, &key));
        wrong(key, at, inner.message())
    })
}

fn line_at(text: &str, byte: usize) -> usize {
    text.bytes().take(byte).filter(|&b| b == b'\n').count() + 1
}

/// The line of a key like `person[0].login`, or of the nearest key above it that is there.
pub(crate) fn line_of(text: &str, key: &str) -> Option<usize> {
    let document = DeTable::parse(text).ok()?;
    let mut found = None;
    let mut steps = key.split(['.', '[', ']']).filter(|step| !step.is_empty());
    let first = steps.next()?;
    let (name, value) = document.get_ref().get_key_value(first)?;
    found = Some(name.span().start).or(found);
    let mut value = value;
    for step in steps {
        value = match value.get_ref() {
            DeValue::Table(table) => {
                let Some((name, inner)) = table.get_key_value(step) else { break };
                found = Some(name.span().start);
                inner
            }
            DeValue::Array(array) => {
                let Some(inner) = step.parse::<usize>().ok().and_then(|at| array.get(at)) else { break };
                found = Some(inner.span().start);
                inner
            }
            _ => break,
        };
    }
    found.map(|byte| line_at(text, byte))
}
