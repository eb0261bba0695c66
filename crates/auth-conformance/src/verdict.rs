use std::fmt;

use portico_core::auth::{AuthError, BoxError, Decision};

/// How a law ended on a fixture.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// It holds; with notes on the parts of it that don't apply.
    Holds(Vec<String>),
    /// It doesn't apply, for this declared reason.
    NotApplicable(String),
    /// It is broken, or the fixture couldn't serve it: what was seen and what should have been.
    Broken(String),
}

/// What a law itself answers: it held, or didn't apply after all.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Answer {
    Holds,
    NotApplicable(String),
}

pub(crate) type LawResult = Result<Answer, Violation>;

/// A law was broken, or could not be tried.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Violation(String);

impl Violation {
    pub(crate) fn new(what: impl Into<String>) -> Self {
        Self(what.into())
    }
}

impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl From<BoxError> for Violation {
    fn from(error: BoxError) -> Self {
        let mut text = error.to_string();
        let mut cause = error.source();
        while let Some(error) = cause {
            text.push_str(": ");
            text.push_str(&error.to_string());
            cause = error.source();
        }
        Self(text)
    }
}

/// Breaks the law with a message unless the condition holds.
macro_rules! demand {
    ($holds:expr, $($message:tt)+) => {
        if !$holds {
            return Err($crate::verdict::Violation::new(format!($($message)+)));
        }
    };
}
pub(crate) use demand;

/// An answer in few words, without personal data: `accepted as 12`, `refused: bad-secret`, `unavailable: …`.
pub(crate) fn in_words(answer: &Result<Decision, AuthError>) -> String {
    match answer {
        Ok(Decision::Accepted { identity, .. }) => format!("accepted as subject `{}`", identity.subject),
        Ok(Decision::Continue(challenge)) => format!("asked for another step, `{}`", challenge.kind),
        Ok(Decision::Refused(refusal)) => format!("refused: {}", refusal.as_str()),
        Err(error) => format!("no answer: {}", error.full_text()),
    }
}
