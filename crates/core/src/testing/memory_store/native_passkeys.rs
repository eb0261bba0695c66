//! Passkeys of Portico's own accounts.

use async_trait::async_trait;
use uuid::Uuid;

use super::{MemoryStore, State};
use crate::Timestamp;
use crate::ports::{NativePasskeys, Passkey, PasskeyAdded, StoreResult};

impl State {
    /// Whoever has no second factor any more is not asked for one, and has no recovery codes.
    pub(super) fn end_without_factors(&mut self, user: Uuid) {
        if self.native_secrets.passkeys.iter().any(|key| key.user == user)
            || self.native_secrets.factors.get(&user).is_some_and(|factor| factor.confirmed)
        {
            return;
        }
        self.native_secrets.recovery.remove(&user);
        if let Some(user) = self.native_user(user) {
            user.second_factor = false;
        }
    }
}

impl State {
    /// Takes all second factors away; whether there were any.
    pub(super) fn forget_factors(&mut self, user: Uuid) -> bool {
        let before = self.native_secrets.passkeys.len();
        self.native_secrets.passkeys.retain(|key| key.user != user);
        let keys = self.native_secrets.passkeys.len() < before;
        let factor = self.native_secrets.factors.remove(&user).is_some();
        self.end_without_factors(user);
        keys || factor
    }
}

#[async_trait]
impl NativePasskeys for MemoryStore {
    async fn passkeys(&self, user: Uuid) -> StoreResult<Vec<Passkey>> {
        let state = self.state()?;
        let mut own: Vec<_> =
            state.native_secrets.passkeys.iter().filter(|key| key.user == user).cloned().collect();
        own.sort_by_key(|key| (key.made_at, key.id));
        Ok(own)
    }

    async fn add_passkey(
        &self,
        passkey: &Passkey,
        recovery: &[[u8; 32]],
        limit: usize,
    ) -> StoreResult<PasskeyAdded> {
        let mut state = self.state()?;
        let passkeys = &state.native_secrets.passkeys;
        let known = passkeys.iter().any(|key| key.credential == passkey.credential);
        let full = passkeys.iter().filter(|key| key.user == passkey.user).count() >= limit;
        let Some(user) = state.native_user(passkey.user) else { return Ok(PasskeyAdded::NoUser) };
        if known || full {
            return Ok(if known { PasskeyAdded::Known } else { PasskeyAdded::Full });
        }
        let first = !std::mem::replace(&mut user.second_factor, true);
        if first {
            state.native_secrets.recovery.insert(passkey.user, recovery.iter().copied().collect());
        }
        state.native_secrets.passkeys.push(passkey.clone());
        Ok(if first { PasskeyAdded::First } else { PasskeyAdded::Another })
    }

    async fn use_passkey(&self, id: Uuid, seen: u32, counter: u32, at: Timestamp) -> StoreResult<bool> {
        let mut state = self.state()?;
        let found = state.native_secrets.passkeys.iter_mut().find(|key| key.id == id && key.counter == seen);
        let Some(key) = found else { return Ok(false) };
        key.counter = counter;
        key.used_at = Some(at);
        Ok(true)
    }

    async fn remove_passkey(&self, user: Uuid, id: Uuid) -> StoreResult<bool> {
        let mut state = self.state()?;
        let before = state.native_secrets.passkeys.len();
        state.native_secrets.passkeys.retain(|key| (key.id, key.user) != (id, user));
        let gone = state.native_secrets.passkeys.len() < before;
        state.end_without_factors(user);
        Ok(gone)
    }

    async fn recovery_left(&self, user: Uuid) -> StoreResult<usize> {
        Ok(self.state()?.native_secrets.recovery.get(&user).map_or(0, std::collections::BTreeSet::len))
    }

    async fn renew_recovery(&self, user: Uuid, recovery: &[[u8; 32]]) -> StoreResult<bool> {
        let mut state = self.state()?;
        let asked_for = state.native_user(user).is_some_and(|user| user.second_factor);
        if asked_for {
            state.native_secrets.recovery.insert(user, recovery.iter().copied().collect());
        }
        Ok(asked_for)
    }
}
