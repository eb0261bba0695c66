use std::path::PathBuf;

use crate::php_config::PhpConfigError;
use crate::{DatabaseUrlError, InvalidPrefix};

/// Why an application's settings can't be had. Never contains a value.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum FindError {
    /// The folder or a file can't be read.
    #[error("{}: can't be read: {source}", path.display())]
    Unreadable {
        /// Which.
        path: PathBuf,
        /// The system's reason.
        source: std::io::Error,
    },
    /// The path is no folder.
    #[error("{}: expected the folder of an application", .0.display())]
    NoFolder(PathBuf),
    /// It is no regular file, or larger than configuration files are.
    #[error("{}: {what}", path.display())]
    Unsuitable {
        /// Which file.
        path: PathBuf,
        /// Why not.
        what: &'static str,
    },
    /// A link leads out of the folder.
    #[error("{} is a link to {}, outside of the folder; it is followed with --follow-links", path.display(), target.display())]
    LinkLeadsOut {
        /// The link.
        path: PathBuf,
        /// Where it leads.
        target: PathBuf,
    },
    /// The file isn't written as it should be.
    #[error("{file}{}: {what}", line.map(|line| format!(", line {line}")).unwrap_or_default())]
    Syntax {
        /// Which file.
        file: String,
        /// The line, from 1, if known.
        line: Option<usize>,
        /// What is wrong.
        what: String,
    },
    /// A value is there but can't be used.
    #[error("{file}{}: the value of `{key}` {what}", line.map(|line| format!(", line {line}")).unwrap_or_default())]
    Value {
        /// Which file.
        file: String,
        /// The line, from 1, if known.
        line: Option<usize>,
        /// The key.
        key: String,
        /// What is wrong, as the end of a sentence.
        what: String,
    },
    /// A value that is needed isn't there.
    #[error("{file}: none of {keys} is set")]
    Missing {
        /// Which file.
        file: String,
        /// The keys that were looked for.
        keys: String,
    },
    /// The values of a PHP file.
    #[error(transparent)]
    Php(#[from] PhpConfigError),
    /// The settings don't make an address.
    #[error("{file}: {source}")]
    Url {
        /// Which file.
        file: String,
        /// What is wrong.
        source: DatabaseUrlError,
    },
    /// The prefix of the tables can't be used.
    #[error("{file}: {source}")]
    Prefix {
        /// Which file.
        file: String,
        /// What is wrong.
        source: InvalidPrefix,
    },
}
