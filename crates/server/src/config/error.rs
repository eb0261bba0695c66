use std::path::PathBuf;

/// Why the configuration can't be used. Every text says where and what to do.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ConfigError {
    /// The file can't be read.
    #[error("{}: can't be read: {source}", path.display())]
    Unreadable {
        /// Which file.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// The file is no TOML.
    #[error("{}: {message}", path.display())]
    Syntax {
        /// Which file.
        path: PathBuf,
        /// Line, column and what is wrong.
        message: String,
    },
    /// A key is unknown, missing, or has a value it can't have.
    #[error("{}: {key}: {message}", path.display())]
    Key {
        /// Which file.
        path: PathBuf,
        /// The key from the top.
        key: String,
        /// What is wrong.
        message: String,
    },
    /// An environment variable can't be used.
    #[error("environment variable {name}: {message}")]
    Environment {
        /// Which.
        name: String,
        /// What is wrong.
        message: String,
    },
    /// Several things are wrong; all are listed.
    #[error("{}", .0.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n"))]
    Several(Vec<ConfigError>),
}
