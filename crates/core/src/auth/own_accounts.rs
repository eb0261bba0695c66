//! What only accounts of Portico's own can do: other systems are never written to.

use async_trait::async_trait;
use secrecy::SecretString;

use crate::Timestamp;
use crate::auth::{AuthContext, AuthError, Decision, ExternalIdentity, Passkeys, Refusal, SubjectId};

/// Changing and resetting passwords.
#[async_trait]
pub trait PasswordAdmin: Send + Sync {
    /// The rules of a new password.
    fn rules(&self) -> PasswordRules;

    /// What its person may know of an account; `None` = there is no such account.
    ///
    /// # Errors
    /// When no answer could be obtained.
    async fn facts(&self, subject: &SubjectId) -> Result<Option<OwnAccountFacts>, AuthError>;

    /// Whether this is the password, or the only one that is needed: no more than one hash.
    ///
    /// # Errors
    /// When no answer could be obtained.
    async fn is_password(&self, subject: &SubjectId, password: &SecretString) -> Result<bool, AuthError>;

    /// Replaces a password by its owner's wish. Rules are told of only after the right old one; an unknown name costs what
    /// a wrong password does.
    ///
    /// # Errors
    /// When no answer could be obtained.
    async fn change(
        &self,
        of: PasswordOwner<'_>,
        old: &SecretString,
        new: &SecretString,
        cx: &AuthContext<'_>,
    ) -> Result<PasswordChange, AuthError>;

    /// Makes tokens for everybody whom this login or e-mail address means and who has an address.
    ///
    /// # Errors
    /// When no answer could be obtained.
    async fn forgotten(
        &self,
        login_or_email: &str,
        cx: &AuthContext<'_>,
    ) -> Result<Vec<IssuedToken>, AuthError>;

    /// Makes a token for one person, whether or not there is an address. `None` = there is no such account.
    ///
    /// # Errors
    /// When no answer could be obtained.
    async fn reset_token(
        &self,
        subject: &SubjectId,
        now: Timestamp,
    ) -> Result<Option<IssuedToken>, AuthError>;

    /// Sets a password by a token, which is used up when it works.
    ///
    /// # Errors
    /// When no answer could be obtained.
    async fn reset(
        &self,
        token: &str,
        new: &SecretString,
        cx: &AuthContext<'_>,
    ) -> Result<PasswordChange, AuthError>;
}

/// Whose password.
#[derive(Debug, Clone, Copy)]
pub enum PasswordOwner<'a> {
    /// Somebody without a session says who they are.
    Login(&'a str),
    /// Somebody with a session.
    Subject(&'a SubjectId),
}

/// What became of a wish for another password.
#[derive(Debug)]
#[must_use]
pub enum PasswordChange {
    /// It is in force; the identity carries the new [`ExternalIdentity::secret_stamp`].
    Changed(Box<ExternalIdentity>),
    /// The old password is wrong, or the account may not be used.
    Refused(Refusal),
    /// The new one breaks a rule: which, as a sentence for the person. Or the token is no good.
    Invalid(String),
}

/// The rules of a new password, as a page shows them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct PasswordRules {
    /// Fewest characters.
    pub min_length: usize,
    /// A digit is needed.
    pub digit: bool,
    /// A letter is needed.
    pub letter: bool,
    /// A capital letter is needed.
    pub upper: bool,
    /// A small letter is needed.
    pub lower: bool,
    /// Something that is neither letter nor digit is needed.
    pub special: bool,
}

/// What its person may know of an account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OwnAccountFacts {
    /// When the password was last changed.
    pub password_changed_at: Timestamp,
    /// When it must be changed; `None` = never.
    pub password_expires_at: Option<Timestamp>,
    /// Whether the e-mail address is proved.
    pub email_verified: bool,
    /// Whether a second factor is asked for at the login.
    pub second_factor: bool,
    /// Whether codes of an authenticator program are among them.
    pub totp: bool,
    /// How many passkeys there are.
    pub passkeys: usize,
    /// How many recovery codes are left.
    pub recovery_left: usize,
}

/// A token for one use that was just made.
#[derive(Debug)]
pub struct IssuedToken {
    /// The token, as the link carries it.
    pub token: SecretString,
    /// The login of its person.
    pub login: String,
    /// Where it may be sent.
    pub email: Option<String>,
    /// Until when it is good.
    pub until: Timestamp,
}

/// The second step of a login.
#[async_trait]
pub trait SecondFactors: Send + Sync {
    /// Whose login waits for this challenge to be answered.
    fn waiting(&self, challenge: &str, cx: &AuthContext<'_>) -> Option<SubjectId>;

    /// Passkeys, where there are any.
    fn passkeys(&self) -> Option<&dyn Passkeys> {
        None
    }

    /// Goes on with a login. An unknown challenge is [`Refusal::BadSecret`], as a wrong answer is.
    ///
    /// # Errors
    /// When no answer could be obtained.
    async fn answer(
        &self,
        challenge: &str,
        response: &SecretString,
        cx: &AuthContext<'_>,
    ) -> Result<Decision, AuthError>;

    /// Makes a new secret, in force once it is confirmed.
    ///
    /// # Errors
    /// When no answer could be obtained.
    async fn enrol(&self, subject: &SubjectId) -> Result<EnrolmentAnswer, AuthError>;

    /// Confirms the enrolment by a code: the recovery codes, told this once; none when there are some already, beside other
    /// second factors. `None` = a wrong code, or nothing to confirm.
    ///
    /// # Errors
    /// When no answer could be obtained.
    async fn confirm(
        &self,
        subject: &SubjectId,
        code: &SecretString,
        cx: &AuthContext<'_>,
    ) -> Result<Option<Vec<String>>, AuthError>;

    /// New recovery codes, told this once, in place of those that there are. `None` = there is no second factor that they
    /// could stand in for.
    ///
    /// # Errors
    /// When no answer could be obtained.
    async fn renew_recovery(&self, subject: &SubjectId) -> Result<Option<Vec<String>>, AuthError>;

    /// Takes the authenticator program away, by a code of it or a recovery code. `false` = a wrong code, or there is none.
    ///
    /// # Errors
    /// When no answer could be obtained.
    async fn remove(
        &self,
        subject: &SubjectId,
        code: &SecretString,
        cx: &AuthContext<'_>,
    ) -> Result<bool, AuthError>;
}

/// What became of the wish for a second factor.
#[derive(Debug)]
#[must_use]
pub enum EnrolmentAnswer {
    /// A new secret.
    Begun {
        /// It, in base32, to be typed.
        secret: SecretString,
        /// The same as an `otpauth:` address.
        uri: SecretString,
    },
    /// There is one in force.
    AlreadyThere,
}

/// Changing what is shown of a person.
#[async_trait]
pub trait ProfileAdmin: Send + Sync {
    /// Changes name and address. The inner error is a sentence for the person.
    ///
    /// # Errors
    /// When no answer could be obtained.
    async fn change_profile(
        &self,
        subject: &SubjectId,
        change: &ProfileChange,
    ) -> Result<Result<Box<ExternalIdentity>, String>, AuthError>;

    /// A token that proves the e-mail address of an account; `None` = it has none, or it is proved.
    ///
    /// # Errors
    /// When no answer could be obtained.
    async fn address_token(&self, login: &str, now: Timestamp) -> Result<Option<IssuedToken>, AuthError>;

    /// The e-mail address is proved by a token. `false` = the token is no good.
    ///
    /// # Errors
    /// When no answer could be obtained.
    async fn prove_address(&self, token: &str, now: Timestamp) -> Result<bool, AuthError>;
}

/// A change of what is shown; `None` = as it is, `Some(None)` = nothing any more.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ProfileChange {
    /// The name to show.
    pub display_name: Option<Option<String>>,
    /// The e-mail address.
    pub email: Option<Option<String>>,
}
