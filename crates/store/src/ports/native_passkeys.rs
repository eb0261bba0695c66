//! Passkeys of Portico's own accounts.

use async_trait::async_trait;
use portico_core::Timestamp;
use portico_core::ports::{NativePasskeys, Passkey, PasskeyAdded, StoreResult};
use uuid::Uuid;

use crate::sql_store::SqlStore;

#[async_trait]
impl NativePasskeys for SqlStore {
    async fn passkeys(&self, user: Uuid) -> StoreResult<Vec<Passkey>> {
        Ok(self.passkeys_of(user).await?)
    }

    async fn add_passkey(
        &self,
        passkey: &Passkey,
        recovery: &[[u8; 32]],
        limit: usize,
    ) -> StoreResult<PasskeyAdded> {
        Ok(self.put_passkey(passkey, recovery, limit).await?)
    }

    async fn use_passkey(&self, id: Uuid, seen: u32, counter: u32, at: Timestamp) -> StoreResult<bool> {
        Ok(self.note_passkey_use(id, seen, counter, at).await?)
    }

    async fn remove_passkey(&self, user: Uuid, id: Uuid) -> StoreResult<bool> {
        Ok(self.drop_passkey(user, id).await?)
    }

    async fn recovery_left(&self, user: Uuid) -> StoreResult<usize> {
        Ok(self.recovery_codes_left(user).await?)
    }

    async fn renew_recovery(&self, user: Uuid, recovery: &[[u8; 32]]) -> StoreResult<bool> {
        Ok(self.put_recovery_codes(user, recovery).await?)
    }
}
