use std::fmt;

use async_trait::async_trait;
use secrecy::SecretString;

use crate::auth::BoxError;

/// Sends letters.
#[async_trait]
pub trait Mailer: fmt::Debug + Send + Sync {
    /// Hands a letter to the mail server. Handed over twice it is the same letter, by its id.
    ///
    /// # Errors
    /// When the mail server didn't take it.
    async fn send(&self, letter: &Letter) -> Result<(), MailError>;
}

/// A letter to one person, in plain text.
#[derive(Debug, Clone)]
pub struct Letter {
    /// What tells it from all others, for `Message-ID`: 32 hexadecimal digits.
    pub id: String,
    /// The address.
    pub to: String,
    /// One line.
    pub subject: String,
    /// The text. It holds a token, so nobody prints it.
    pub text: SecretString,
}

impl Letter {
    /// A letter with an id of its own.
    pub fn new(to: String, subject: String, text: String) -> Self {
        let id = uuid::Uuid::new_v4().simple().to_string();
        Self { id, to, subject, text: SecretString::from(text) }
    }
}

/// The mail server didn't take a letter.
#[derive(Debug, thiserror::Error)]
#[error("the mail server did not take the letter: {source}")]
pub struct MailError {
    /// Whether it may take the letter later: it is out, slow or busy.
    pub passes: bool,
    source: BoxError,
}

impl MailError {
    /// It may go later.
    pub fn passing(source: impl Into<BoxError>) -> Self {
        Self { passes: true, source: source.into() }
    }

    /// It will never go.
    pub fn for_good(source: impl Into<BoxError>) -> Self {
        Self { passes: false, source: source.into() }
    }
}
