use std::time::Duration;

/// Any error, as the source of another.
pub type BoxError = Box<dyn std::error::Error + Send + Sync + 'static>;

/// No answer could be obtained from the other system.
///
/// Never shown to the person, never counted against them, and never a reason for a chain to ask its next member:
/// falling through on an outage would let whoever can break the first source choose the second.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum AuthError {
    /// The other system can't be reached, or didn't answer in time. Trying later may help.
    #[error("unavailable: {what}")]
    Unavailable {
        /// What could not be reached.
        what: String,
        /// When another try makes sense, if known.
        retry_after: Option<Duration>,
        /// The cause.
        #[source]
        source: Option<BoxError>,
    },
    /// The administrator must change something: a refused service account, a missing table, column or grant.
    #[error("misconfigured: {what}")]
    Misconfigured {
        /// What is wrong and what to do.
        what: String,
        /// The cause.
        #[source]
        source: Option<BoxError>,
    },
    /// The other system answered, but with something that can't be read: an unknown hash format, two rows for one name.
    #[error("inconsistent: {what}")]
    Inconsistent {
        /// What was found (never a secret).
        what: String,
    },
}

impl AuthError {
    /// [`AuthError::Unavailable`] with a cause.
    pub fn unavailable(what: impl Into<String>, source: impl Into<BoxError>) -> Self {
        Self::Unavailable { what: what.into(), retry_after: None, source: Some(source.into()) }
    }

    /// [`AuthError::Misconfigured`] without a cause.
    pub fn misconfigured(what: impl Into<String>) -> Self {
        Self::Misconfigured { what: what.into(), source: None }
    }

    /// [`AuthError::Inconsistent`].
    pub fn inconsistent(what: impl Into<String>) -> Self {
        Self::Inconsistent { what: what.into() }
    }

    /// The name of the reason, as `login-test` prints it and as metrics label it.
    pub fn as_str(&self) -> &'static str {
        match self {
            Self::Unavailable { .. } => "unavailable",
            Self::Misconfigured { .. } => "misconfigured",
            Self::Inconsistent { .. } => "inconsistent",
        }
    }

    /// The message and all its causes on one line, for the administrator.
    pub fn full_text(&self) -> String {
        let mut text = self.to_string();
        let mut cause = std::error::Error::source(self);
        while let Some(error) = cause {
            let part = error.to_string();
            if !text.contains(&part) {
                text.push_str(": ");
                text.push_str(&part);
            }
            cause = error.source();
        }
        text
    }
}
