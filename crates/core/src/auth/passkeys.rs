//! Passkeys as second factors: what the core must know of them, which is no cryptography.

use async_trait::async_trait;
use secrecy::SecretString;

use crate::Timestamp;
use crate::auth::{AuthContext, AuthError, SubjectId};

/// Passkeys (W3C Web Authentication) of people whose accounts Portico keeps.
#[async_trait]
pub trait Passkeys: Send + Sync {
    /// How many somebody may have.
    fn limit(&self) -> usize;

    /// Whether passkeys can be made and used where `cx` is: the RP ID (WebAuthn 3 §4), which is the host of the pages.
    ///
    /// # Errors
    /// Why not, as a sentence for the person.
    fn available(&self, cx: &AuthContext<'_>) -> Result<String, String>;

    /// Somebody's passkeys, the oldest first.
    ///
    /// # Errors
    /// When no answer could be obtained.
    async fn list(&self, subject: &SubjectId) -> Result<Vec<PasskeyFacts>, AuthError>;

    /// Begins to make one.
    ///
    /// # Errors
    /// When no answer could be obtained.
    async fn begin(&self, subject: &SubjectId, cx: &AuthContext<'_>) -> Result<PasskeyBegin, AuthError>;

    /// Finishes making one: `id` is that of the beginning, `credential` what the browser answered, as JSON
    /// (`RegistrationResponseJSON`). Each beginning is good for one call.
    ///
    /// # Errors
    /// When no answer could be obtained.
    async fn finish(
        &self,
        subject: &SubjectId,
        id: &str,
        name: &str,
        credential: &SecretString,
        cx: &AuthContext<'_>,
    ) -> Result<PasskeyFinish, AuthError>;

    /// Takes one away. `false` = there is none with this id.
    ///
    /// # Errors
    /// When no answer could be obtained.
    async fn remove(&self, subject: &SubjectId, id: &str) -> Result<bool, AuthError>;
}

/// What its person may know of a passkey.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PasskeyFacts {
    /// Its id.
    pub id: String,
    /// What its person calls it.
    pub name: String,
    /// When it was made.
    pub made_at: Timestamp,
    /// When it was last used.
    pub used_at: Option<Timestamp>,
}

/// What became of the wish for a passkey.
#[derive(Debug)]
#[must_use]
pub enum PasskeyBegin {
    /// The browser may make it.
    Begun {
        /// To be sent along with the browser's answer.
        id: String,
        /// `PublicKeyCredentialCreationOptionsJSON` (WebAuthn 3 §5.1.8).
        options: String,
    },
    /// There are as many as there may be.
    Full,
    /// Not here: why, as a sentence for the person.
    Unavailable(String),
}

/// What became of a new passkey.
#[derive(Debug)]
#[must_use]
pub enum PasskeyFinish {
    /// It is in force.
    Made {
        /// It.
        passkey: PasskeyFacts,
        /// Recovery codes, told this once, when this is the first second factor.
        recovery: Option<Vec<String>>,
    },
    /// There are as many as there may be.
    Full,
    /// This passkey is known already.
    Known,
    /// The answer is no good: why, as a sentence for the person.
    Invalid(String),
}
