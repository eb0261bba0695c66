//! States of accounts, and what becomes of the accounts of those who leave.

use async_trait::async_trait;
use uuid::Uuid;

use super::{MemoryStore, PausedCall, State};
use crate::account::{AccountLife, AccountState, LEFT_NAME, OwnMessages, Profile};
use crate::auth::{Realm, SubjectId};
use crate::ports::{AccountLifeStore, NativeState, StoreResult};
use crate::{AccountId, CommunityId, SessionId, Timestamp};

impl State {
    fn unused(&self, before: Timestamp) -> impl Iterator<Item = (AccountId, Timestamp)> {
        self.accounts.iter().filter(|(_, stored)| !stored.retired).filter_map(move |(&id, stored)| {
            let since = stored.life.active_at.unwrap_or(stored.account.created_at);
            let alive = !matches!(stored.life.state, AccountState::Leaving | AccountState::Left);
            (alive && since < before).then_some((id, since))
        })
    }

    /// The person of an account leaves; `false` when there is no such account, or it is leaving already.
    pub(super) fn begin_leaving(
        &mut self,
        account: AccountId,
        messages: OwnMessages,
        now: Timestamp,
    ) -> bool {
        let Some(stored) = self.accounts.get_mut(&account) else { return false };
        if matches!(stored.life.state, AccountState::Leaving | AccountState::Left) {
            return false;
        }
        let subject = stored.account.subject.clone();
        let native = stored.account.realm.as_str() == Realm::NATIVE;
        if let Ok(nobody) = SubjectId::new(format!("left:{account}")) {
            stored.account.subject = nobody;
        }
        stored.account.profile = Profile::named(LEFT_NAME);
        stored.retired = true;
        stored.left_at = Some(now);
        stored.deletes_messages = messages == OwnMessages::Delete;
        stored.life = AccountLife { state: AccountState::Leaving, ..AccountLife::default() };
        self.links.retain(|_, linked| *linked != account);
        self.sessions.retain(|_, session| session.account != account);
        if native && let Ok(id) = Uuid::try_parse(subject.as_str()) {
            self.forget_native(id);
        }
        true
    }

    pub(super) fn forget_native(&mut self, id: Uuid) {
        self.native_users.retain(|_, user| user.id != id);
        self.native_secrets.forget(id);
    }
}

#[async_trait]
impl AccountLifeStore for MemoryStore {
    async fn account_life(&self, account: AccountId) -> StoreResult<Option<AccountLife>> {
        Ok(self.state()?.accounts.get(&account).map(|stored| stored.life.clone()))
    }

    async fn native_state(&self, user: Uuid) -> StoreResult<Option<NativeState>> {
        Ok(self.state()?.native_user(user).map(|user| user.state))
    }

    async fn account_lives(&self, accounts: &[AccountId]) -> StoreResult<Vec<(AccountId, AccountLife)>> {
        let state = self.state()?;
        let life = |id: &AccountId| Some((*id, state.accounts.get(id)?.life.clone()));
        Ok(accounts.iter().filter_map(life).collect())
    }

    async fn set_account_state(
        &self,
        account: AccountId,
        expected: &AccountLife,
        life: &AccountLife,
    ) -> StoreResult<bool> {
        self.0.pauses.at(PausedCall::SetAccountState).await;
        let mut state = self.state()?;
        let Some(stored) = state.accounts.get_mut(&account) else { return Ok(false) };
        let gone = matches!(stored.life.state, AccountState::Leaving | AccountState::Left);
        if gone || stored.life != *expected {
            return Ok(false);
        }
        stored.life = AccountLife { active_at: stored.life.active_at, ..life.clone() };
        Ok(true)
    }

    async fn mark_active(&self, people: &[AccountId], at: Timestamp) -> StoreResult<()> {
        let mut state = self.state()?;
        for person in people {
            if let Some(stored) = state.accounts.get_mut(person) {
                stored.life.active_at = stored.life.active_at.max(Some(at));
            }
        }
        Ok(())
    }

    async fn accounts_in(
        &self,
        wanted: AccountState,
        after: Option<AccountId>,
        limit: usize,
    ) -> StoreResult<Vec<(AccountId, AccountLife)>> {
        let state = self.state()?;
        let behind = state.accounts.iter().filter(|(id, _)| after.is_none_or(|after| **id > after));
        let found = behind.filter(|(_, stored)| stored.life.state == wanted);
        Ok(found.map(|(&id, stored)| (id, stored.life.clone())).take(limit).collect())
    }

    async fn unused_since(
        &self,
        before: Timestamp,
        after: Option<AccountId>,
        limit: usize,
    ) -> StoreResult<Vec<(AccountId, Timestamp)>> {
        let found = {
            let state = self.state()?;
            let found = state.unused(before).filter(|(id, _)| after.is_none_or(|after| *id > after));
            found.take(limit).collect()
        };
        self.0.pauses.at(PausedCall::UnusedSince).await;
        Ok(found)
    }

    async fn communities_of(&self, account: AccountId) -> StoreResult<Vec<CommunityId>> {
        let state = self.state()?;
        let mut all: Vec<_> = state
            .entered
            .iter()
            .filter(|(_, person, _)| *person == account)
            .map(|(community, ..)| community.clone())
            .collect();
        all.dedup();
        Ok(all)
    }

    async fn end_sessions(
        &self,
        account: AccountId,
        except: Option<SessionId>,
    ) -> StoreResult<Vec<[u8; 32]>> {
        let mut state = self.state()?;
        let theirs = state.sessions.extract_if(|id, s| s.account == account && Some(*id) != except);
        Ok(theirs.map(|(_, session)| session.token_hash).collect())
    }

    async fn begin_leaving(
        &self,
        account: AccountId,
        messages: OwnMessages,
        now: Timestamp,
    ) -> StoreResult<bool> {
        Ok(self.state()?.begin_leaving(account, messages, now))
    }

    async fn forget_tokens(&self, now: Timestamp) -> StoreResult<()> {
        self.state()?.native_secrets.tokens.retain(|token| token.until > now);
        Ok(())
    }

    async fn erase_some(&self, account: AccountId, limit: usize) -> StoreResult<bool> {
        self.0.pauses.at(PausedCall::EraseSome).await;
        let mut state = self.state()?;
        let Some(stored) = state.accounts.get(&account) else { return Ok(true) };
        if stored.life.state != AccountState::Leaving {
            return Ok(true);
        }
        if stored.deletes_messages {
            let left = stored.left_at.unwrap_or(Timestamp::from_millis(0));
            let newest = state.messages.keys().next_back().copied();
            let own = state.messages.iter().filter(|(sequence, message)| {
                let emptied = Some(**sequence) == newest && message.deleted_at.is_some();
                message.sender == account && !emptied
            });
            let own: Vec<_> = own.map(|(&sequence, _)| sequence).take(limit).collect();
            state.remove_messages(&own, left);
            if own.len() == limit {
                return Ok(false);
            }
        }
        if state.take_back_reactions(account, limit) == limit {
            return Ok(false);
        }
        state.contacts.retain(|(_, pair), _| pair.low() != account && pair.high() != account);
        state.pass_groups_on(account);
        for stored in state.conversations.values_mut() {
            let conversation = &mut stored.conversation;
            if let Some(conference) = &mut conversation.conference {
                conference.forget(account);
            }
            if conversation.group.is_some() || conversation.conference.is_some() {
                conversation.members.retain(|member| *member != account);
            }
            stored.read_up_to.remove(&account);
        }
        if let Some(stored) = state.accounts.get_mut(&account) {
            stored.life.state = AccountState::Left;
        }
        Ok(true)
    }
}
