use async_trait::async_trait;
use uuid::Uuid;

use crate::Timestamp;
use crate::ports::StoreResult;

/// Where the passkeys of Portico's own accounts are kept (WebAuthn credentials, public keys only).
#[async_trait]
pub trait NativePasskeys: std::fmt::Debug + Send + Sync {
    /// A user's passkeys, the oldest first.
    async fn passkeys(&self, user: Uuid) -> StoreResult<Vec<Passkey>>;

    /// Adds a passkey, unless the user has `limit` of them. When it is the user's first second factor, it is asked for from
    /// now on, and these recovery codes (SHA-256) are good once each; otherwise those that are there stay.
    async fn add_passkey(
        &self,
        passkey: &Passkey,
        recovery: &[[u8; 32]],
        limit: usize,
    ) -> StoreResult<PasskeyAdded>;

    /// Records a use: `false` when the counter isn't `seen` any more, or the passkey is gone. Of two uses at once that saw
    /// the same counter, one is let through if the counter moves.
    async fn use_passkey(&self, id: Uuid, seen: u32, counter: u32, at: Timestamp) -> StoreResult<bool>;

    /// Takes a user's passkey away; with the last second factor the recovery codes go too. `false` when there is none.
    async fn remove_passkey(&self, user: Uuid, id: Uuid) -> StoreResult<bool>;

    /// How many recovery codes a user has left.
    async fn recovery_left(&self, user: Uuid) -> StoreResult<usize>;

    /// These recovery codes (SHA-256) take the place of those that there are. `false` when the user has no second factor in
    /// force, and so none.
    async fn renew_recovery(&self, user: Uuid, recovery: &[[u8; 32]]) -> StoreResult<bool>;
}

/// A WebAuthn credential.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Passkey {
    /// Our own id of it.
    pub id: Uuid,
    /// Whose.
    pub user: Uuid,
    /// What its person calls it.
    pub name: String,
    /// The credential id that the authenticator gave it, at most 1023 bytes.
    pub credential: Vec<u8>,
    /// The public key, as a COSE_Key (RFC 9052 §7).
    pub public_key: Vec<u8>,
    /// The RP ID that it was made for.
    pub rp_id: String,
    /// How the browser may reach the authenticator: `internal`, `usb`, …
    pub transports: Vec<String>,
    /// The signature counter at the last use; 0 where the authenticator has none.
    pub counter: u32,
    /// When it was made.
    pub made_at: Timestamp,
    /// When it was last used.
    pub used_at: Option<Timestamp>,
}

/// What became of a new passkey.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[must_use]
pub enum PasskeyAdded {
    /// It is there, and it is the user's first second factor: the recovery codes are in force.
    First,
    /// It is there beside other second factors; the recovery codes that were there stay.
    Another,
    /// The user has as many as they may.
    Full,
    /// This credential is somebody's already.
    Known,
    /// There is no such user.
    NoUser,
}
