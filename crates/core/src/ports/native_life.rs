use async_trait::async_trait;
use secrecy::SecretString;
use uuid::Uuid;

use crate::Timestamp;
use crate::ports::{NativeUser, StoreResult};

/// What Portico's own accounts need beyond a login: changes of passwords, tokens for one use, second factors.
#[async_trait]
pub trait NativeLife: std::fmt::Debug + Send + Sync {
    /// The users with this e-mail address in its folded form ([`fold_login`](crate::account::fold_login)); at most 10.
    async fn by_email(&self, folded_email: &str) -> StoreResult<Vec<NativeUser>>;

    /// Replaces a password in one transaction: the old hash goes among the past ones, of which the newest `keep` stay, and
    /// tokens that could replace the password end. `false` when there is no such user, or its hash isn't `instead_of`.
    async fn change_password(&self, change: &NewPassword) -> StoreResult<bool>;

    /// The hashes of past passwords, newest first.
    async fn past_hashes(&self, user: Uuid, limit: usize) -> StoreResult<Vec<SecretString>>;

    /// Replaces what is shown of a user and the e-mail address; `false` when there is no such user.
    async fn set_profile(&self, user: Uuid, profile: &NativeProfile) -> StoreResult<bool>;

    /// Keeps a token for one use. Of a user and a purpose only the newest few stay.
    async fn put_token(&self, token: &OnceToken) -> StoreResult<()>;

    /// The user of a token that is good at `now`.
    async fn token_user(
        &self,
        hash: &[u8; 32],
        purpose: TokenPurpose,
        now: Timestamp,
    ) -> StoreResult<Option<Uuid>>;

    /// Uses a token up: of parallel calls one gets the user.
    async fn take_token(
        &self,
        hash: &[u8; 32],
        purpose: TokenPurpose,
        now: Timestamp,
    ) -> StoreResult<Option<Uuid>>;

    /// Records that the e-mail address is its owner's.
    async fn set_email_verified(&self, user: Uuid, at: Timestamp) -> StoreResult<bool>;

    /// The second factor of a user, confirmed or not.
    async fn second_factor(&self, user: Uuid) -> StoreResult<Option<SecondFactor>>;

    /// Begins an enrolment: replaces one that is not confirmed. `false` when a confirmed one is there.
    async fn begin_second_factor(&self, user: Uuid, secret: SecretString) -> StoreResult<bool>;

    /// Confirms the enrolment: `step` is used up. When it is the user's first second factor, these recovery codes (SHA-256)
    /// are good once each; otherwise those that are there stay.
    async fn confirm_second_factor(
        &self,
        user: Uuid,
        step: i64,
        recovery: &[[u8; 32]],
        now: Timestamp,
    ) -> StoreResult<Confirmed>;

    /// The key of this installation, from which others are derived; `fresh` becomes it when there is none.
    async fn installation_key(&self, fresh: &[u8; 32]) -> StoreResult<[u8; 32]>;

    /// Writes a secret anew that is kept as `instead_of`; `false` when it is kept as something else by now.
    async fn rewrite_second_factor(
        &self,
        user: Uuid,
        instead_of: &SecretString,
        secret: &SecretString,
    ) -> StoreResult<bool>;

    /// Uses a time step up: `false` when it or a later one was used before.
    async fn use_step(&self, user: Uuid, step: i64) -> StoreResult<bool>;

    /// Uses a recovery code up: `false` when it isn't there any more.
    async fn use_recovery_code(&self, user: Uuid, hash: &[u8; 32]) -> StoreResult<bool>;

    /// Takes the authenticator program away; with the last second factor the recovery codes go too.
    async fn remove_second_factor(&self, user: Uuid) -> StoreResult<bool>;
}

/// A change of a password.
#[derive(Debug, Clone)]
pub struct NewPassword {
    /// Whose.
    pub user: Uuid,
    /// The new hash, as a PHC string.
    pub hash: SecretString,
    /// The hash that was looked at; `None` = whichever it is.
    pub instead_of: Option<SecretString>,
    /// How many past hashes are kept.
    pub keep: usize,
    /// Now.
    pub at: Timestamp,
}

/// What its person may change of a native account.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct NativeProfile {
    /// The name to show, if not the login.
    pub display_name: Option<String>,
    /// The e-mail address.
    pub email: Option<String>,
    /// When it was proved, if it was.
    pub email_verified_at: Option<Timestamp>,
}

/// What a token is good for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum TokenPurpose {
    /// Setting a forgotten password.
    Reset,
    /// Proving an e-mail address.
    Verify,
}

impl TokenPurpose {
    /// The word of the database.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Reset => "reset",
            Self::Verify => "verify",
        }
    }
}

/// A token for one use.
#[derive(Debug, Clone)]
pub struct OnceToken {
    /// SHA-256 of it.
    pub hash: [u8; 32],
    /// Whose.
    pub user: Uuid,
    /// What for.
    pub purpose: TokenPurpose,
    /// Until when.
    pub until: Timestamp,
}

/// What became of a code that confirms an enrolment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[must_use]
pub enum Confirmed {
    /// There was nothing to confirm.
    Nothing,
    /// It is the user's first second factor: the recovery codes are in force.
    First,
    /// It is one beside others; the recovery codes that were there stay.
    Another,
}

/// A user's TOTP (RFC 6238).
#[derive(Debug, Clone)]
pub struct SecondFactor {
    /// The shared secret, as the adapter wrote it.
    pub secret: SecretString,
    /// Whether it is asked for at the login.
    pub confirmed: bool,
    /// The last time step that was used; codes of it and of earlier ones are refused.
    pub last_step: i64,
    /// How many recovery codes are left.
    pub recovery_left: usize,
}
