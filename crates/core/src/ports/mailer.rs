use std::fmt;

use async_trait::async_trait;
use secrecy::SecretString;

use crate::auth::BoxError;

/// Sends letters.
#[async_trait]
pub trait Mailer: fmt::Debug + Send + Sync {
    /// Hands a letter to the mail server.
    ///
    /// # Errors
    /// When the mail server didn't take it.
    async fn send(&self, letter: &Letter) -> Result<(), MailError>;
}

/// A letter to one person, in plain text.
#[derive(Debug, Clone)]
pub struct Letter {
    /// The address.
    pub to: String,
    /// One line.
    pub subject: String,
    /// The text. It holds a token, so nobody prints it.
    pub text: SecretString,
}

/// The mail server didn't take a letter.
#[derive(Debug, thiserror::Error)]
#[error("the mail server did not take the letter: {0}")]
pub struct MailError(#[source] pub BoxError);
