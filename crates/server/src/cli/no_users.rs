//! Stands in for the native accounts of a database that isn't there yet.

use async_trait::async_trait;
use portico_core::Timestamp;
use portico_core::ports::{
    Confirmed, ListedNative, NativeFilter, NativeLife, NativePasskeys, NativeProfile, NativeState,
    NativeUser, NativeUsers, NewNativeUser, NewPassword, OnceToken, Passkey, PasskeyAdded, SecondFactor,
    StoreError, StoreResult, TokenPurpose,
};
use secrecy::SecretString;
use uuid::Uuid;

/// Nobody.
#[derive(Debug)]
pub(super) struct NoUsers;

fn missing<T>() -> StoreResult<T> {
    Err(StoreError::Unavailable("the database does not exist yet".into()))
}

#[async_trait]
impl NativeUsers for NoUsers {
    async fn find(&self, _: &str) -> StoreResult<Option<NativeUser>> {
        Ok(None)
    }
    async fn get(&self, _: Uuid) -> StoreResult<Option<NativeUser>> {
        Ok(None)
    }
    async fn create(&self, _: NewNativeUser) -> StoreResult<NativeUser> {
        missing()
    }
    async fn list(&self) -> StoreResult<Vec<NativeUser>> {
        Ok(Vec::new())
    }
    async fn page(&self, _: &NativeFilter) -> StoreResult<Vec<ListedNative>> {
        Ok(Vec::new())
    }
    async fn set_state(&self, _: Uuid, _: NativeState) -> StoreResult<bool> {
        missing()
    }
    async fn set_password_hash(&self, _: Uuid, _: SecretString) -> StoreResult<bool> {
        missing()
    }
}

#[async_trait]
impl NativeLife for NoUsers {
    async fn by_email(&self, _: &str) -> StoreResult<Vec<NativeUser>> {
        Ok(Vec::new())
    }
    async fn change_password(&self, _: &NewPassword) -> StoreResult<bool> {
        missing()
    }
    async fn past_hashes(&self, _: Uuid, _: usize) -> StoreResult<Vec<SecretString>> {
        Ok(Vec::new())
    }
    async fn set_profile(&self, _: Uuid, _: &NativeProfile) -> StoreResult<bool> {
        missing()
    }
    async fn put_token(&self, _: &OnceToken) -> StoreResult<()> {
        missing()
    }
    async fn token_user(&self, _: &[u8; 32], _: TokenPurpose, _: Timestamp) -> StoreResult<Option<Uuid>> {
        Ok(None)
    }
    async fn take_token(&self, _: &[u8; 32], _: TokenPurpose, _: Timestamp) -> StoreResult<Option<Uuid>> {
        Ok(None)
    }
    async fn set_email_verified(&self, _: Uuid, _: Timestamp) -> StoreResult<bool> {
        missing()
    }
    async fn second_factor(&self, _: Uuid) -> StoreResult<Option<SecondFactor>> {
        Ok(None)
    }
    async fn begin_second_factor(&self, _: Uuid, _: SecretString) -> StoreResult<bool> {
        missing()
    }
    async fn confirm_second_factor(
        &self,
        _: Uuid,
        _: i64,
        _: &[[u8; 32]],
        _: Timestamp,
    ) -> StoreResult<Confirmed> {
        missing()
    }
    async fn installation_key(&self, _: &[u8; 32]) -> StoreResult<[u8; 32]> {
        missing()
    }
    async fn rewrite_second_factor(&self, _: Uuid, _: &SecretString, _: &SecretString) -> StoreResult<bool> {
        missing()
    }
    async fn use_step(&self, _: Uuid, _: i64) -> StoreResult<bool> {
        missing()
    }
    async fn use_recovery_code(&self, _: Uuid, _: &[u8; 32]) -> StoreResult<bool> {
        missing()
    }
    async fn remove_second_factor(&self, _: Uuid) -> StoreResult<bool> {
        missing()
    }
}

#[async_trait]
impl NativePasskeys for NoUsers {
    async fn passkeys(&self, _: Uuid) -> StoreResult<Vec<Passkey>> {
        Ok(Vec::new())
    }
    async fn add_passkey(&self, _: &Passkey, _: &[[u8; 32]], _: usize) -> StoreResult<PasskeyAdded> {
        missing()
    }
    async fn use_passkey(&self, _: Uuid, _: u32, _: u32, _: Timestamp) -> StoreResult<bool> {
        missing()
    }
    async fn remove_passkey(&self, _: Uuid, _: Uuid) -> StoreResult<bool> {
        missing()
    }
    async fn recovery_left(&self, _: Uuid) -> StoreResult<usize> {
        Ok(0)
    }
    async fn renew_recovery(&self, _: Uuid, _: &[[u8; 32]]) -> StoreResult<bool> {
        missing()
    }
}
