//! Portico's own accounts.

use async_trait::async_trait;
use secrecy::SecretString;
use uuid::Uuid;

use super::{MemoryStore, State, conflict};
use crate::ports::{
    ListedNative, NativeFilter, NativeState, NativeUser, NativeUsers, NewNativeUser, StoreResult,
};

impl State {
    pub(super) fn native_user(&mut self, id: Uuid) -> Option<&mut NativeUser> {
        self.native_users.values_mut().find(|user| user.id == id)
    }

    pub(super) fn make_native(&mut self, new: NewNativeUser) -> StoreResult<NativeUser> {
        if self.native_users.contains_key(&new.folded_login) || self.native_user(new.id).is_some() {
            return conflict("this login is taken");
        }
        let user = NativeUser {
            id: new.id,
            login: new.login,
            display_name: new.display_name,
            email: new.email,
            password_hash: new.password_hash,
            state: new.state,
            administrator: new.administrator,
            created_at: new.created_at,
            password_changed_at: new.created_at,
            email_verified_at: None,
            second_factor: false,
        };
        self.native_users.insert(new.folded_login, user.clone());
        Ok(user)
    }
}

#[async_trait]
impl NativeUsers for MemoryStore {
    async fn find(&self, folded_login: &str) -> StoreResult<Option<NativeUser>> {
        Ok(self.state()?.native_users.get(folded_login).cloned())
    }

    async fn get(&self, id: Uuid) -> StoreResult<Option<NativeUser>> {
        Ok(self.state()?.native_user(id).cloned())
    }

    async fn create(&self, new: NewNativeUser) -> StoreResult<NativeUser> {
        self.state()?.make_native(new)
    }

    async fn list(&self) -> StoreResult<Vec<NativeUser>> {
        Ok(self.state()?.native_users.values().cloned().collect())
    }

    async fn page(&self, filter: &NativeFilter) -> StoreResult<Vec<ListedNative>> {
        let state = self.state()?;
        let wanted = state.native_users.iter().filter(|(folded, user)| {
            folded.starts_with(&filter.login)
                && filter.state.is_none_or(|state| user.state == state)
                && filter.after.as_ref().is_none_or(|after| *folded > after)
        });
        Ok(wanted.map(|(_, user)| user.clone().into()).take(filter.limit).collect())
    }

    async fn set_state(&self, id: Uuid, state: NativeState) -> StoreResult<bool> {
        Ok(self.state()?.native_user(id).map(|user| user.state = state).is_some())
    }

    async fn set_password_hash(&self, id: Uuid, hash: SecretString) -> StoreResult<bool> {
        Ok(self.state()?.native_user(id).map(|user| user.password_hash = hash).is_some())
    }
}
