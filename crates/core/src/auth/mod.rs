//! How people prove who they are.
//!
//! An [`Authenticator`] answers one question: *are these credentials good over there, and whose are they?*
//! It decides as the other application's own login would. Everything else — which front, which local account,
//! whether a session may be opened — is decided by Portico.
//!
//! # Writing one
//! ```
//! use portico_core::async_trait;
//! use portico_core::auth::*;
//! use secrecy::ExposeSecret;
//! use subtle::ConstantTimeEq;
//!
//! #[derive(Debug, serde::Deserialize)]
//! #[serde(deny_unknown_fields)]
//! pub struct DoorbellConfig { word: secrecy::SecretString }
//!
//! #[derive(Debug)]
//! pub struct Doorbell { word: secrecy::SecretString }
//!
//! #[async_trait]
//! impl Authenticator for Doorbell {
//!     fn capabilities(&self) -> Capabilities {
//!         Capabilities::new([CredentialKind::Password])
//!     }
//!
//!     async fn authenticate(&self, credentials: &Credentials, _cx: &AuthContext<'_>) -> Result<Decision, AuthError> {
//!         let Credentials::Password { login, password } = credentials else {
//!             return Ok(Decision::Refused(Refusal::NotPermitted));
//!         };
//!         let (given, wanted) = (password.expose_secret().as_bytes(), self.word.expose_secret().as_bytes());
//!         if !bool::from(given.ct_eq(wanted)) {
//!             return Ok(Decision::Refused(Refusal::BadSecret));
//!         }
//!         let subject = SubjectId::new(login.to_lowercase()).map_err(|_| AuthError::inconsistent("empty login"))?;
//!         Ok(Decision::accepted(ExternalIdentity::new(subject, login)))
//!     }
//!
//!     async fn check(&self) -> Result<(), AuthError> { Ok(()) }
//! }
//!
//! impl Adapter for DoorbellConfig {
//!     const KIND: &'static str = "doorbell";
//!     type Authenticator = Doorbell;
//!     async fn build(self, _cx: &BuildContext) -> Result<Doorbell, BoxError> {
//!         Ok(Doorbell { word: self.word })
//!     }
//! }
//!
//! let mut registry = AuthRegistry::new();
//! registry.register::<DoorbellConfig>().unwrap();
//! ```
//! Rules that are not the adapter's to repeat, because [`Guarded`] applies them to everybody: undeclared kinds of
//! credentials and blank passwords are refused, lengths are capped, a time-out turns into
//! [`AuthError::Unavailable`], and every answer is traced and counted.

mod authenticator;
mod chain;
mod context;
mod credentials;
mod decision;
mod directory_sync;
mod error;
mod explanation;
mod guarded;
mod hash_pool;
mod identity;
mod observer;
mod options;
mod own_accounts;
mod passkeys;
mod registry;
mod throttle;

pub use authenticator::{
    Authenticator, Capabilities, Directory, DirectoryEntry, DirectoryState, ExternalInbox, Links, News,
    Registrar, Registration, RegistrationForm, RegistrationRefusal, Topic, WantedTopics,
};
pub use chain::{Chain, ChainOutcome};
pub use context::AuthContext;
pub use credentials::{CredentialKind, Credentials, ExchangeId, SecretCookies, TrustSource};
pub use decision::{Challenge, Decision, Refusal};
pub use directory_sync::{DirectorySync, SyncCursor, SyncRun, SyncScope};
pub use error::{AuthError, BoxError};
pub use explanation::Explanation;
pub use guarded::{Guarded, MAX_LOGIN_BYTES, MAX_PASSWORD_BYTES};
pub use hash_pool::{HashPool, PoolBusy};
pub use identity::{
    Email, ExternalGroup, ExternalIdentity, InvalidSubject, Realm, Restriction, Restrictions, StaffFlags,
    SubjectId,
};
pub use observer::{AttemptOutcome, AuthObserver, NoObserver};
pub use options::{Options, OptionsError};
pub use own_accounts::{
    EnrolmentAnswer, IssuedToken, OwnAccountFacts, PasswordAdmin, PasswordChange, PasswordOwner,
    PasswordRules, ProfileAdmin, ProfileChange, SecondFactors,
};
pub use passkeys::{PasskeyBegin, PasskeyFacts, PasskeyFinish, Passkeys};
pub use registry::{Adapter, AuthFactory, AuthRegistry, BuildContext, BuildError, DuplicateKind};
pub(crate) use throttle::network_of;
pub use throttle::{Attempt, DeviceId, DeviceKey, Purpose, Throttle, ThrottleRules, Throttled, Tries};
