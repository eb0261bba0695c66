use std::fmt;
use std::sync::OnceLock;

use portico_core::async_trait;
use portico_core::auth::{
    AuthContext, AuthError, Authenticator, Capabilities, CredentialKind, Credentials, Decision, Directory,
    DirectoryEntry, DirectoryState, Email, ExternalIdentity, PasswordAdmin, ProfileAdmin, Refusal, Registrar,
    SecondFactors, StaffFlags, SubjectId,
};
use portico_core::ports::{NativeState, NativeUser};
use portico_passwords::{ParseError, Policy, Scheme, StoredHash, Subject, decoy_native, recognise};
use secrecy::{ExposeSecret, SecretString};
use uuid::Uuid;

use crate::accounts::NativeAccounts;
use crate::sealed::FactorKey;
use crate::waiting::{Enrolling, Waiting};
use crate::{once, password};

/// Decides by Portico's own accounts.
pub struct NativeAuthenticator {
    pub(crate) accounts: NativeAccounts,
    /// What unknown logins are checked against.
    decoy: StoredHash,
    pub(crate) waiting: Waiting,
    pub(crate) enrolling: Enrolling,
    /// What second factors are encrypted with, once it has been asked for.
    pub(crate) factor_key: OnceLock<FactorKey>,
}

/// Our own hashes, and those that an import has kept until their first right login.
const TAKEN: &[Scheme] = &[Scheme::Argon2id, Scheme::Intramessenger];

impl NativeAuthenticator {
    /// Decides by these accounts.
    pub fn new(accounts: NativeAccounts) -> Self {
        let decoy = decoy_native(&accounts.config().params());
        Self {
            accounts,
            decoy,
            waiting: Waiting::default(),
            enrolling: Enrolling::default(),
            factor_key: OnceLock::new(),
        }
    }

    /// One hash, whoever it is.
    pub(crate) async fn is_right(
        &self,
        user: Option<&NativeUser>,
        password: &SecretString,
    ) -> Result<bool, AuthError> {
        let stored = match user {
            Some(user) => self.stored_hash(user)?,
            None => self.decoy.clone(),
        };
        let clear = password.clone();
        let fits = self
            .accounts
            .hash_pool()
            .run(move || stored.verify(password::prepared(&clear).as_bytes(), &Subject::default()))
            .await?;
        Ok(fits && user.is_some())
    }

    async fn by_password(
        &self,
        login: &str,
        password: &SecretString,
        cx: &AuthContext<'_>,
    ) -> Result<Decision, AuthError> {
        let user = self.accounts.find(login).await?;
        let right = self.is_right(user.as_ref(), password).await?;
        let Some(user) = user else {
            return Ok(Decision::Refused(Refusal::UnknownSubject));
        };
        if !right {
            return Ok(Decision::Refused(Refusal::BadSecret));
        }
        // Only now: that an account is disabled is nobody else's business.
        if let Some(refusal) = refusal(user.state) {
            return Ok(Decision::Refused(refusal));
        }
        let policy = Policy { params: self.accounts.config().params() };
        if self.stored_hash(&user)?.needs_rehash(&policy) {
            self.rehash(&user, password).await;
        }
        if self.accounts.is_expired(&user, cx.now) {
            return Ok(Decision::Refused(Refusal::ExpiredPassword));
        }
        if user.second_factor {
            return Ok(Decision::Continue(self.second_step(&user, cx).await?));
        }
        Ok(Decision::accepted(identity(&user)?))
    }

    fn stored_hash(&self, user: &NativeUser) -> Result<StoredHash, AuthError> {
        match recognise(user.password_hash.expose_secret(), TAKEN) {
            Ok(stored) => Ok(stored),
            // No password can be right, and nobody shall see that by the time it takes.
            Err(ParseError::Empty) => Ok(self.decoy.clone()),
            Err(error) => {
                let what =
                    format!("the password of the native account {} can't be checked: {error}", user.id);
                Err(AuthError::Inconsistent { what })
            }
        }
    }

    /// Brings the stored hash up to today's cost. The login is right already: a failure is for the log alone.
    async fn rehash(&self, user: &NativeUser, clear: &SecretString) {
        let renewed = async {
            let hash = self.accounts.hash(clear).await?;
            // An administrator may have set another password meanwhile; theirs stays.
            let now = self.accounts.get(user.id).await?;
            let unchanged = now
                .is_some_and(|now| now.password_hash.expose_secret() == user.password_hash.expose_secret());
            if unchanged { self.accounts.replace_hash(user.id, hash).await } else { Ok(false) }
        };
        if let Err(error) = renewed.await {
            tracing::warn!(user.id = %user.id, error = %error.full_text(), "a password hash could not be renewed");
        }
    }
}

/// Why a user in this state can't enter.
pub(crate) fn refusal(state: NativeState) -> Option<Refusal> {
    match state {
        NativeState::Active => None,
        NativeState::Pending | NativeState::Unverified => Some(Refusal::Pending),
        NativeState::Disabled => Some(Refusal::Disabled),
    }
}

pub(crate) fn identity(user: &NativeUser) -> Result<ExternalIdentity, AuthError> {
    let subject =
        SubjectId::new(user.id.to_string()).map_err(|error| AuthError::inconsistent(error.to_string()))?;
    let mut identity = ExternalIdentity::new(subject, user.login.clone());
    identity.display_name.clone_from(&user.display_name);
    let verified = user.email_verified_at.is_some();
    identity.email = user.email.clone().map(|address| Email { address, verified });
    identity.secret_stamp = Some(stamp(user));
    identity.groups = Some(Vec::new());
    identity.registered_at = Some(user.created_at);
    identity.staff = StaffFlags { administrator: user.administrator, moderator: false };
    Ok(identity)
}

/// Changes with each change of the password, and with nothing else: a hash that is renewed at a login is the same password.
fn stamp(user: &NativeUser) -> String {
    let digest = once::digest(&format!("{} {}", user.id, user.password_changed_at.as_millis()));
    digest.iter().take(8).map(|byte| format!("{byte:02x}")).collect()
}

/// The user that a subject means. An id has one spelling.
pub(crate) fn user_id(subject: &SubjectId) -> Option<Uuid> {
    Uuid::try_parse(subject.as_str()).ok().filter(|id| id.to_string() == subject.as_str())
}

#[async_trait]
impl Authenticator for NativeAuthenticator {
    fn capabilities(&self) -> Capabilities {
        Capabilities::new([CredentialKind::Password])
    }

    async fn authenticate(
        &self,
        credentials: &Credentials,
        cx: &AuthContext<'_>,
    ) -> Result<Decision, AuthError> {
        match credentials {
            Credentials::Password { login, password } => self.by_password(login, password, cx).await,
            _ => Ok(Decision::Refused(Refusal::NotPermitted)),
        }
    }

    async fn check(&self) -> Result<(), AuthError> {
        self.accounts.ping().await
    }

    fn directory(&self) -> Option<&dyn Directory> {
        Some(self)
    }

    fn registrar(&self) -> Option<&dyn Registrar> {
        Some(self)
    }

    fn passwords(&self) -> Option<&dyn PasswordAdmin> {
        Some(self)
    }

    fn second_factors(&self) -> Option<&dyn SecondFactors> {
        Some(self)
    }

    fn profiles(&self) -> Option<&dyn ProfileAdmin> {
        Some(self)
    }
}

#[async_trait]
impl Directory for NativeAuthenticator {
    async fn lookup(&self, subjects: &[SubjectId]) -> Result<Vec<DirectoryEntry>, AuthError> {
        let mut found = Vec::new();
        for subject in subjects {
            let Some(id) = user_id(subject) else { continue };
            if let Some(user) = self.accounts.get(id).await? {
                let identity = identity(&user)?;
                let state = match refusal(user.state) {
                    Some(refusal) => DirectoryState::Refused(refusal),
                    None => DirectoryState::Active(identity.restrictions.clone()),
                };
                found.push(DirectoryEntry { identity, state });
            }
        }
        Ok(found)
    }
}

impl fmt::Debug for NativeAuthenticator {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("NativeAuthenticator").field("config", self.accounts.config()).finish_non_exhaustive()
    }
}
