use async_trait::async_trait;
use secrecy::SecretString;
use uuid::Uuid;

use crate::Timestamp;
use crate::ports::{NativeLife, NativePasskeys, StoreResult};

/// Where Portico's own accounts are kept. Implemented by the store, used by the native adapter alone.
#[async_trait]
pub trait NativeUsers: std::fmt::Debug + Send + Sync + NativeLife + NativePasskeys {
    /// The user with this login in its folded form ([`fold_login`](crate::account::fold_login)).
    async fn find(&self, folded_login: &str) -> StoreResult<Option<NativeUser>>;

    /// The user with this id.
    async fn get(&self, id: Uuid) -> StoreResult<Option<NativeUser>>;

    /// Makes a user; durable on return.
    ///
    /// # Errors
    /// [`StoreError::Conflict`](crate::ports::StoreError::Conflict) when the folded login is taken.
    async fn create(&self, user: NewNativeUser) -> StoreResult<NativeUser>;

    /// All users, by login.
    async fn list(&self) -> StoreResult<Vec<NativeUser>>;

    /// Sets a user's state; `false` when there is no such user.
    async fn set_state(&self, id: Uuid, state: NativeState) -> StoreResult<bool>;

    /// Replaces a user's password hash by another of the same password; `false` when there is no such user.
    async fn set_password_hash(&self, id: Uuid, hash: SecretString) -> StoreResult<bool>;
}

/// One of Portico's own accounts.
#[derive(Debug, Clone)]
pub struct NativeUser {
    /// Its id: the subject in the realm `native`.
    pub id: Uuid,
    /// The login as it was typed at registration.
    pub login: String,
    /// The name to show, if not the login.
    pub display_name: Option<String>,
    /// An e-mail address, unproven.
    pub email: Option<String>,
    /// The argon2id hash, as a PHC string.
    pub password_hash: SecretString,
    /// Whether it can be used.
    pub state: NativeState,
    /// Whether it is an administrator of Portico.
    pub administrator: bool,
    /// When it was made.
    pub created_at: Timestamp,
    /// When the password was last changed; at first, when the account was made.
    pub password_changed_at: Timestamp,
    /// When the e-mail address was proved, if it was.
    pub email_verified_at: Option<Timestamp>,
    /// Whether a second factor is asked for at the login.
    pub second_factor: bool,
}

/// Whether a native account can be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NativeState {
    /// Yes.
    Active,
    /// Not before an administrator has approved it.
    Pending,
    /// Not before its e-mail address is proved.
    Unverified,
    /// No.
    Disabled,
}

impl NativeState {
    /// The word kept in the database.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Active => "active",
            Self::Pending => "pending",
            Self::Unverified => "unverified",
            Self::Disabled => "disabled",
        }
    }
}

impl std::str::FromStr for NativeState {
    type Err = String;
    fn from_str(word: &str) -> Result<Self, String> {
        [Self::Active, Self::Pending, Self::Unverified, Self::Disabled]
            .into_iter()
            .find(|state| state.as_str() == word)
            .ok_or_else(|| format!("`{word}` is no state of a native account"))
    }
}

/// A native account to be made.
#[derive(Debug, Clone)]
pub struct NewNativeUser {
    /// Its id.
    pub id: Uuid,
    /// The login as typed.
    pub login: String,
    /// Its folded form, unique.
    pub folded_login: String,
    /// The name to show, if not the login.
    pub display_name: Option<String>,
    /// An e-mail address, unproven.
    pub email: Option<String>,
    /// The argon2id hash, as a PHC string.
    pub password_hash: SecretString,
    /// Whether it can be used at once.
    pub state: NativeState,
    /// Whether it is an administrator.
    pub administrator: bool,
    /// Now.
    pub created_at: Timestamp,
}
