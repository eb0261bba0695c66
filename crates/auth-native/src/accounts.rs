use std::sync::Arc;

use portico_core::Timestamp;
use portico_core::account::fold_login;
use portico_core::auth::{AuthError, HashPool, RegistrationForm};
use portico_core::ports::{
    NativeLife, NativePasskeys, NativeState, NativeUser, NativeUsers, NewNativeUser, NewPassword, StoreError,
};
use portico_passwords::{Scheme, Subject, native, parse};
use secrecy::{ExposeSecret, SecretString};
use uuid::Uuid;

use crate::config::NativeConfig;
use crate::failure::store_failed;
use crate::{names, password};

/// Makes native accounts and sets their passwords, by the rules of a [`NativeConfig`]: for the command line and the
/// administration pages. People register through the authenticator's
/// [`registrar`](portico_core::auth::Authenticator::registrar).
#[derive(Debug, Clone)]
pub struct NativeAccounts {
    users: Arc<dyn NativeUsers>,
    hash_pool: HashPool,
    config: NativeConfig,
}

/// Why an account was not made or changed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum AccountError {
    /// Somebody has this login, or one with the same folded form.
    #[error("this login name is taken")]
    NameTaken,
    /// Nobody has this login.
    #[error("nobody has this login name")]
    NoSuchUser,
    /// The form breaks a rule: which, as a sentence for the person.
    #[error("{0}")]
    Invalid(String),
    /// No answer could be obtained.
    #[error(transparent)]
    Failed(#[from] AuthError),
}

/// Who makes an account, and so which rules hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum MadeBy {
    /// The person: reserved logins are refused.
    Oneself {
        /// Whether an administrator must approve it.
        needs_approval: bool,
    },
    /// An administrator, for a person or for another administrator.
    Administrator {
        /// Whether the new account is an administrator's too.
        administrator: bool,
    },
}

impl NativeAccounts {
    /// Accounts kept in `users`, hashed on `hash_pool`. The configuration is taken as it is:
    /// [`NativeConfig::validate`] it first.
    pub fn new(users: Arc<dyn NativeUsers>, hash_pool: HashPool, config: NativeConfig) -> Self {
        Self { users, hash_pool, config }
    }

    /// Makes an administrator of Portico, active at once. Reserved logins are free for administrators.
    ///
    /// # Errors
    /// [`AccountError`]
    pub async fn create_administrator(
        &self,
        form: &RegistrationForm,
        now: Timestamp,
    ) -> Result<NativeUser, AccountError> {
        self.create(form, MadeBy::Administrator { administrator: true }, now).await
    }

    /// Makes an ordinary account for somebody else, active at once.
    ///
    /// # Errors
    /// [`AccountError`]
    pub async fn create_user(
        &self,
        form: &RegistrationForm,
        now: Timestamp,
    ) -> Result<NativeUser, AccountError> {
        self.create(form, MadeBy::Administrator { administrator: false }, now).await
    }

    /// Sets a user's password, by the rules of a new one. Links that could set another end.
    ///
    /// # Errors
    /// [`AccountError::NoSuchUser`], [`AccountError::Invalid`], [`AccountError::Failed`]
    pub async fn set_password(
        &self,
        login: &str,
        new_password: &SecretString,
        now: Timestamp,
    ) -> Result<(), AccountError> {
        let folded = names::lookup_key(login).ok_or(AccountError::NoSuchUser)?;
        let user = self.users.find(&folded).await.map_err(store_failed)?.ok_or(AccountError::NoSuchUser)?;
        self.acceptable(new_password, &user.login, user.display_name.as_deref())
            .map_err(AccountError::Invalid)?;
        let hash = self.hash(new_password).await?;
        let keep = self.config.password_history;
        let change = NewPassword { user: user.id, hash, instead_of: None, keep, at: now };
        match self.users.change_password(&change).await.map_err(store_failed)? {
            true => Ok(()),
            false => Err(AccountError::NoSuchUser),
        }
    }

    /// An account that somebody else is to make, active at once, looked at by the rules of new ones: whoever keeps it writes
    /// more than the account with it. Reserved logins are free for administrators.
    ///
    /// # Errors
    /// [`AccountError`]
    pub async fn new_account(
        &self,
        form: &RegistrationForm,
        administrator: bool,
        now: Timestamp,
    ) -> Result<NewNativeUser, AccountError> {
        self.looked_at(form, MadeBy::Administrator { administrator }, now).await
    }

    /// Whether this may become the password of somebody with these names.
    pub(crate) fn acceptable(
        &self,
        password: &SecretString,
        login: &str,
        display_name: Option<&str>,
    ) -> Result<(), String> {
        let names = [login, display_name.unwrap_or_default()];
        password::acceptable(password, &names, self.config.rules(), &self.config.blocked)
    }

    /// Whether this is the present password of a user or, as far as they are kept, a past one.
    pub(crate) async fn was_used(&self, user: &NativeUser, new: &SecretString) -> Result<bool, AuthError> {
        if self.config.password_history == 0 {
            return Ok(false);
        }
        let past = self.users.past_hashes(user.id, self.config.password_history).await;
        let mut hashes = past.map_err(store_failed)?;
        hashes.insert(0, user.password_hash.clone());
        for hash in hashes {
            // What can't be read fits no password.
            let Ok(stored) = parse(Scheme::Argon2id, hash.expose_secret()) else { continue };
            let clear = new.clone();
            let fits = self
                .hash_pool
                .run(move || stored.verify(password::prepared(&clear).as_bytes(), &Subject::default()))
                .await?;
            if fits {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// Whether a user's password must be changed.
    pub(crate) fn is_expired(&self, user: &NativeUser, now: Timestamp) -> bool {
        self.config.password_max_age.is_some_and(|age| user.password_changed_at.plus(age) <= now)
    }

    pub(crate) fn life(&self) -> &dyn NativeLife {
        &*self.users
    }

    pub(crate) fn passkeys(&self) -> &dyn NativePasskeys {
        &*self.users
    }

    pub(crate) async fn set_state(&self, id: Uuid, state: NativeState) -> Result<bool, AuthError> {
        self.users.set_state(id, state).await.map_err(store_failed)
    }

    /// Whether the users can be asked at all.
    pub(crate) async fn ping(&self) -> Result<(), AuthError> {
        self.users.get(Uuid::nil()).await.map(|_| ()).map_err(store_failed)
    }

    /// The user whom a typed login means. Logins that nobody can have aren't asked for.
    pub(crate) async fn find(&self, typed: &str) -> Result<Option<NativeUser>, AuthError> {
        match names::lookup_key(typed) {
            Some(folded) => self.users.find(&folded).await.map_err(store_failed),
            None => Ok(None),
        }
    }

    pub(crate) async fn get(&self, id: Uuid) -> Result<Option<NativeUser>, AuthError> {
        self.users.get(id).await.map_err(store_failed)
    }

    pub(crate) async fn replace_hash(&self, id: Uuid, hash: SecretString) -> Result<bool, AuthError> {
        self.users.set_password_hash(id, hash).await.map_err(store_failed)
    }

    /// A fresh argon2id hash of today's cost.
    pub(crate) async fn hash(&self, clear: &SecretString) -> Result<SecretString, AuthError> {
        let (clear, params) = (clear.clone(), self.config.params());
        let hashed =
            self.hash_pool.run(move || native::hash(password::prepared(&clear).as_bytes(), &params)).await?;
        hashed
            .map(SecretString::from)
            .map_err(|error| AuthError::unavailable("a password could not be hashed", error))
    }

    pub(crate) fn hash_pool(&self) -> &HashPool {
        &self.hash_pool
    }

    pub(crate) fn config(&self) -> &NativeConfig {
        &self.config
    }

    pub(crate) async fn create(
        &self,
        form: &RegistrationForm,
        made_by: MadeBy,
        now: Timestamp,
    ) -> Result<NativeUser, AccountError> {
        match self.users.create(self.looked_at(form, made_by, now).await?).await {
            Ok(user) => Ok(user),
            // Somebody was faster.
            Err(StoreError::Conflict(_)) => Err(AccountError::NameTaken),
            Err(error) => Err(AccountError::Failed(store_failed(error))),
        }
    }

    async fn looked_at(
        &self,
        form: &RegistrationForm,
        made_by: MadeBy,
        now: Timestamp,
    ) -> Result<NewNativeUser, AccountError> {
        let folded_login =
            names::new_login(&form.login, self.config.login_chars()).map_err(AccountError::Invalid)?;
        let display_name =
            names::display_name(form.display_name.as_deref()).map_err(AccountError::Invalid)?;
        let email = names::email(form.email.as_deref()).map_err(AccountError::Invalid)?;
        self.acceptable(&form.password, &form.login, display_name.as_deref())
            .map_err(AccountError::Invalid)?;
        let oneself = matches!(made_by, MadeBy::Oneself { .. });
        if oneself && self.config.verify_email && email.is_none() {
            return Err(AccountError::Invalid("An e-mail address is needed.".to_owned()));
        }
        let (state, administrator) = match made_by {
            MadeBy::Oneself { .. } if self.is_reserved(&folded_login) => return Err(AccountError::NameTaken),
            MadeBy::Oneself { needs_approval: true } => (NativeState::Pending, false),
            MadeBy::Oneself { needs_approval: false } if self.config.verify_email => {
                (NativeState::Unverified, false)
            }
            MadeBy::Oneself { needs_approval: false } => (NativeState::Active, false),
            MadeBy::Administrator { administrator } => (NativeState::Active, administrator),
        };
        // Before the hash, so that names already taken cost a stranger more than they cost us.
        if self.users.find(&folded_login).await.map_err(store_failed)?.is_some() {
            return Err(AccountError::NameTaken);
        }
        Ok(NewNativeUser {
            id: Uuid::new_v4(),
            login: form.login.clone(),
            folded_login,
            display_name,
            email,
            password_hash: self.hash(&form.password).await?,
            state,
            administrator,
            created_at: now,
        })
    }

    fn is_reserved(&self, folded_login: &str) -> bool {
        self.config.reserved_logins.iter().any(|reserved| fold_login(reserved) == folded_login)
    }
}
