//! What Portico's own accounts need beyond a login.

use async_trait::async_trait;
use portico_core::Timestamp;
use portico_core::ports::{
    Confirmed, NativeLife, NativeProfile, NativeUser, NewPassword, OnceToken, SecondFactor, StoreError,
    StoreResult, TokenPurpose,
};
use secrecy::SecretString;
use uuid::Uuid;

use crate::sql_store::SqlStore;

#[async_trait]
impl NativeLife for SqlStore {
    async fn by_email(&self, folded_email: &str) -> StoreResult<Vec<NativeUser>> {
        Ok(self.natives_by_email(folded_email).await?)
    }

    async fn change_password(&self, change: &NewPassword) -> StoreResult<bool> {
        Ok(self.replace_password(change).await?)
    }

    async fn past_hashes(&self, user: Uuid, limit: usize) -> StoreResult<Vec<SecretString>> {
        Ok(self.past_passwords(user, limit).await?)
    }

    async fn set_profile(&self, user: Uuid, profile: &NativeProfile) -> StoreResult<bool> {
        Ok(self.replace_native_profile(user, profile).await?)
    }

    async fn put_token(&self, token: &OnceToken) -> StoreResult<()> {
        Ok(self.keep_token(token).await?)
    }

    async fn token_user(
        &self,
        hash: &[u8; 32],
        purpose: TokenPurpose,
        now: Timestamp,
    ) -> StoreResult<Option<Uuid>> {
        Ok(self.user_of_token(hash, purpose, now).await?)
    }

    async fn take_token(
        &self,
        hash: &[u8; 32],
        purpose: TokenPurpose,
        now: Timestamp,
    ) -> StoreResult<Option<Uuid>> {
        Ok(self.use_token(hash, purpose, now).await?)
    }

    async fn set_email_verified(&self, user: Uuid, at: Timestamp) -> StoreResult<bool> {
        Ok(self.note_email_verified(user, at).await?)
    }

    async fn second_factor(&self, user: Uuid) -> StoreResult<Option<SecondFactor>> {
        Ok(self.factor_of(user).await?)
    }

    async fn begin_second_factor(&self, user: Uuid, secret: SecretString) -> StoreResult<bool> {
        Ok(self.put_factor(user, &secret).await?)
    }

    async fn confirm_second_factor(
        &self,
        user: Uuid,
        step: i64,
        recovery: &[[u8; 32]],
        now: Timestamp,
    ) -> StoreResult<Confirmed> {
        Ok(self.confirm_factor(user, step, recovery, now).await?)
    }

    async fn installation_key(&self, fresh: &[u8; 32]) -> StoreResult<[u8; 32]> {
        let kept = self.keep_meta("server_key", fresh).await?;
        kept.try_into().map_err(|_| StoreError::Inconsistent("the server key does not have 32 bytes".into()))
    }

    async fn rewrite_second_factor(
        &self,
        user: Uuid,
        instead_of: &SecretString,
        secret: &SecretString,
    ) -> StoreResult<bool> {
        Ok(self.rewrite_factor(user, instead_of, secret).await?)
    }

    async fn use_step(&self, user: Uuid, step: i64) -> StoreResult<bool> {
        Ok(self.use_factor_step(user, step).await?)
    }

    async fn use_recovery_code(&self, user: Uuid, hash: &[u8; 32]) -> StoreResult<bool> {
        Ok(self.use_code(user, hash).await?)
    }

    async fn remove_second_factor(&self, user: Uuid) -> StoreResult<bool> {
        Ok(self.drop_factor(user).await?)
    }
}
