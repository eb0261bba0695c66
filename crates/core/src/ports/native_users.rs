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

    /// The users that a filter takes, by folded login, without their passwords.
    async fn page(&self, filter: &NativeFilter) -> StoreResult<Vec<ListedNative>>;

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

/// Which of Portico's own accounts are wanted.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct NativeFilter {
    /// The folded login begins with this.
    pub login: String,
    /// Only in this state.
    pub state: Option<NativeState>,
    /// After this folded login.
    pub after: Option<String>,
    /// At most so many.
    pub limit: usize,
}

/// One of Portico's own accounts in a list: what can be told of it, and no secret.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ListedNative {
    /// Its id.
    pub id: Uuid,
    /// The login as it was typed.
    pub login: String,
    /// The name to show, if not the login.
    pub display_name: Option<String>,
    /// An e-mail address.
    pub email: Option<String>,
    /// Whether the address is proved.
    pub email_verified: bool,
    /// Whether it can be used.
    pub state: NativeState,
    /// Whether it was made as an administrator's.
    pub administrator: bool,
    /// Whether a second factor is asked for at the login.
    pub second_factor: bool,
    /// When it was made.
    pub created_at: Timestamp,
}

impl From<NativeUser> for ListedNative {
    fn from(user: NativeUser) -> Self {
        Self {
            id: user.id,
            email_verified: user.email_verified_at.is_some(),
            login: user.login,
            display_name: user.display_name,
            email: user.email,
            state: user.state,
            administrator: user.administrator,
            second_factor: user.second_factor,
            created_at: user.created_at,
        }
    }
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
