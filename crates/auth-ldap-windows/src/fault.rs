//! Why the directory gave no answer, and at which step.

use std::fmt;

use portico_core::auth::{AuthError, BoxError};

/// A step on the way to an answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    /// The server's name becomes addresses.
    Resolve,
    /// A connection is opened.
    Connect,
    /// The server shows its certificate.
    Tls,
    /// The service account shows its password.
    Bind,
    /// Something is looked for.
    Search,
}

impl fmt::Display for Step {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Resolve => "resolving",
            Self::Connect => "connecting to",
            Self::Tls => "TLS with",
            Self::Bind => "binding at",
            Self::Search => "searching at",
        })
    }
}

/// Which kind of error it is for the server.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum FaultKind {
    /// Later may help.
    Unavailable,
    /// The connection ended; another may serve.
    Lost,
    /// The administrator must do something.
    Misconfigured,
    /// The answer can't be read, or can't be.
    Inconsistent,
}

/// No answer.
#[derive(Debug)]
pub(crate) struct Fault {
    pub(crate) kind: FaultKind,
    pub(crate) step: Step,
    server: String,
    what: String,
    source: Option<BoxError>,
}

impl Fault {
    pub(crate) fn new(kind: FaultKind, step: Step, server: &str, what: impl Into<String>) -> Self {
        Self { kind, step, server: server.to_owned(), what: what.into(), source: None }
    }

    #[must_use]
    pub(crate) fn caused_by(mut self, source: impl Into<BoxError>) -> Self {
        self.source = Some(source.into());
        self
    }

    /// Whether another server might answer.
    pub(crate) fn another_server_may_help(&self) -> bool {
        matches!(self.kind, FaultKind::Unavailable | FaultKind::Lost) || self.step == Step::Tls
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}: {}", self.step, self.server, self.what)
    }
}

impl From<Fault> for AuthError {
    fn from(fault: Fault) -> Self {
        let what = fault.to_string();
        match fault.kind {
            FaultKind::Unavailable | FaultKind::Lost => {
                Self::Unavailable { what, retry_after: None, source: fault.source }
            }
            FaultKind::Misconfigured => Self::Misconfigured { what, source: fault.source },
            FaultKind::Inconsistent => Self::Inconsistent { what },
        }
    }
}
