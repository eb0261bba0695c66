//! Changes of passwords, tokens for one use, second factors.

use std::collections::{BTreeMap, BTreeSet};

use async_trait::async_trait;
use secrecy::{ExposeSecret, SecretString};
use uuid::Uuid;

use super::{MemoryStore, State};
use crate::Timestamp;
use crate::account::fold_login;
use crate::ports::{
    NativeLife, NativeProfile, NativeUser, NewPassword, OnceToken, SecondFactor, StoreResult, TokenPurpose,
};

/// How many tokens of a user and a purpose are good at a time.
const TOKENS_KEPT: usize = 3;

#[derive(Debug, Default)]
pub(super) struct NativeSecrets {
    past: BTreeMap<Uuid, Vec<SecretString>>,
    pub(super) tokens: Vec<OnceToken>,
    factors: BTreeMap<Uuid, SecondFactor>,
    recovery: BTreeMap<Uuid, BTreeSet<[u8; 32]>>,
}

impl NativeSecrets {
    pub(super) fn forget(&mut self, user: Uuid) {
        self.past.remove(&user);
        self.factors.remove(&user);
        self.recovery.remove(&user);
        self.tokens.retain(|token| token.user != user);
    }
}

impl State {
    /// Takes a second factor away; whether there was one.
    pub(super) fn forget_factor(&mut self, user: Uuid) -> bool {
        self.native_secrets.recovery.remove(&user);
        if let Some(user) = self.native_user(user) {
            user.second_factor = false;
        }
        self.native_secrets.factors.remove(&user).is_some()
    }

    fn good_token(&self, hash: &[u8; 32], purpose: TokenPurpose, now: Timestamp) -> Option<Uuid> {
        let good = |token: &&OnceToken| token.hash == *hash && token.purpose == purpose && token.until > now;
        self.native_secrets.tokens.iter().find(good).map(|token| token.user)
    }
}

#[async_trait]
impl NativeLife for MemoryStore {
    async fn by_email(&self, folded_email: &str) -> StoreResult<Vec<NativeUser>> {
        let state = self.state()?;
        let same =
            |user: &&NativeUser| user.email.as_deref().map(fold_login).as_deref() == Some(folded_email);
        Ok(state.native_users.values().filter(same).take(10).cloned().collect())
    }

    async fn change_password(&self, change: &NewPassword) -> StoreResult<bool> {
        let mut state = self.state()?;
        let Some(user) = state.native_user(change.user) else { return Ok(false) };
        let stands = |hash: &SecretString| hash.expose_secret() == user.password_hash.expose_secret();
        if !change.instead_of.as_ref().is_none_or(stands) {
            return Ok(false);
        }
        let old = std::mem::replace(&mut user.password_hash, change.hash.clone());
        user.password_changed_at =
            change.at.max(Timestamp::from_millis(user.password_changed_at.as_millis() + 1));
        let past = state.native_secrets.past.entry(change.user).or_default();
        past.insert(0, old);
        past.truncate(change.keep);
        state
            .native_secrets
            .tokens
            .retain(|token| token.user != change.user || token.purpose != TokenPurpose::Reset);
        Ok(true)
    }

    async fn past_hashes(&self, user: Uuid, limit: usize) -> StoreResult<Vec<SecretString>> {
        let state = self.state()?;
        let past = state.native_secrets.past.get(&user).map(Vec::as_slice).unwrap_or_default();
        Ok(past.iter().take(limit).cloned().collect())
    }

    async fn set_profile(&self, user: Uuid, profile: &NativeProfile) -> StoreResult<bool> {
        let mut state = self.state()?;
        let Some(user) = state.native_user(user) else { return Ok(false) };
        user.display_name.clone_from(&profile.display_name);
        user.email.clone_from(&profile.email);
        user.email_verified_at = profile.email_verified_at;
        Ok(true)
    }

    async fn put_token(&self, token: &OnceToken) -> StoreResult<()> {
        let mut state = self.state()?;
        let tokens = &mut state.native_secrets.tokens;
        let same = |other: &OnceToken| other.user == token.user && other.purpose == token.purpose;
        while tokens.iter().filter(|other| same(other)).count() >= TOKENS_KEPT {
            if let Some(oldest) = tokens.iter().position(same) {
                tokens.remove(oldest);
            }
        }
        tokens.push(token.clone());
        Ok(())
    }

    async fn token_user(
        &self,
        hash: &[u8; 32],
        purpose: TokenPurpose,
        now: Timestamp,
    ) -> StoreResult<Option<Uuid>> {
        Ok(self.state()?.good_token(hash, purpose, now))
    }

    async fn take_token(
        &self,
        hash: &[u8; 32],
        purpose: TokenPurpose,
        now: Timestamp,
    ) -> StoreResult<Option<Uuid>> {
        let mut state = self.state()?;
        let user = state.good_token(hash, purpose, now);
        if user.is_some() {
            state.native_secrets.tokens.retain(|token| token.hash != *hash);
        }
        Ok(user)
    }

    async fn set_email_verified(&self, user: Uuid, at: Timestamp) -> StoreResult<bool> {
        Ok(self.state()?.native_user(user).map(|user| user.email_verified_at = Some(at)).is_some())
    }

    async fn second_factor(&self, user: Uuid) -> StoreResult<Option<SecondFactor>> {
        let state = self.state()?;
        let left = state.native_secrets.recovery.get(&user).map_or(0, BTreeSet::len);
        let factor = state.native_secrets.factors.get(&user);
        Ok(factor.map(|factor| SecondFactor { recovery_left: left, ..factor.clone() }))
    }

    async fn begin_second_factor(&self, user: Uuid, secret: SecretString) -> StoreResult<bool> {
        let mut state = self.state()?;
        let factors = &mut state.native_secrets.factors;
        if factors.get(&user).is_some_and(|factor| factor.confirmed) {
            return Ok(false);
        }
        factors.insert(user, SecondFactor { secret, confirmed: false, last_step: 0, recovery_left: 0 });
        Ok(true)
    }

    async fn confirm_second_factor(
        &self,
        user: Uuid,
        step: i64,
        recovery: &[[u8; 32]],
        _now: Timestamp,
    ) -> StoreResult<bool> {
        let mut state = self.state()?;
        let Some(factor) = state.native_secrets.factors.get_mut(&user).filter(|factor| !factor.confirmed)
        else {
            return Ok(false);
        };
        factor.confirmed = true;
        factor.last_step = step;
        state.native_secrets.recovery.insert(user, recovery.iter().copied().collect());
        if let Some(user) = state.native_user(user) {
            user.second_factor = true;
        }
        Ok(true)
    }

    async fn use_step(&self, user: Uuid, step: i64) -> StoreResult<bool> {
        let mut state = self.state()?;
        let factor = state.native_secrets.factors.get_mut(&user).filter(|factor| factor.last_step < step);
        Ok(factor.map(|factor| factor.last_step = step).is_some())
    }

    async fn use_recovery_code(&self, user: Uuid, hash: &[u8; 32]) -> StoreResult<bool> {
        let mut state = self.state()?;
        Ok(state.native_secrets.recovery.get_mut(&user).is_some_and(|codes| codes.remove(hash)))
    }

    async fn remove_second_factor(&self, user: Uuid) -> StoreResult<bool> {
        Ok(self.state()?.forget_factor(user))
    }
}
