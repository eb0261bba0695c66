//! Accounts, members and sessions.

use super::{State, StoredAccount, conflict, inconsistent};
use crate::account::{Account, AccountLife, AccountState, Member, fold_login};
use crate::auth::{Realm, SubjectId};
use crate::front::FrontId;
use crate::ports::{AccountPage, NewAccount, SessionRecord, StoreResult, StoredIdentity, StoredSession};
use crate::{AccountId, CommunityId};

impl State {
    pub(super) fn identity(&self, realm: &Realm, subject: &SubjectId) -> Option<StoredIdentity> {
        let id = self.links.get(&(realm.clone(), subject.clone()))?;
        let stored = self.accounts.get(id)?;
        Some(StoredIdentity { account: stored.account.clone(), registered_at: stored.registered_at })
    }

    pub(super) fn create_account(&mut self, new: NewAccount) -> StoreResult<Account> {
        let key = (new.realm.clone(), new.subject.clone());
        let owner = self.links.get(&key);
        if owner.is_some_and(|owner| new.replaces != Some(*owner)) {
            return conflict("this subject is linked to an account already");
        }
        if self.accounts.contains_key(&new.id) {
            return conflict("this account id is taken");
        }
        if let Some(replaced) = new.replaces {
            self.links.retain(|_, account| *account != replaced);
            self.sessions.retain(|_, session| session.account != replaced);
            if let Some(stored) = self.accounts.get_mut(&replaced) {
                stored.retired = true;
            }
        }
        let account = Account {
            id: new.id,
            realm: new.realm,
            subject: new.subject,
            profile: new.profile,
            proven: new.proven,
            created_at: new.created_at,
        };
        self.links.insert(key, account.id);
        let state = if new.pending { AccountState::Pending } else { AccountState::Active };
        let stored = StoredAccount {
            account: account.clone(),
            registered_at: new.registered_at,
            retired: false,
            life: AccountLife { state, active_at: Some(new.created_at), ..AccountLife::default() },
            left_at: None,
            deletes_messages: false,
        };
        self.accounts.insert(account.id, stored);
        Ok(account)
    }

    pub(super) fn mark_proven(&mut self, account: AccountId) {
        let unproven = self.accounts.get_mut(&account).filter(|stored| !stored.account.proven);
        if let Some(stored) = unproven {
            stored.account.proven = true;
            self.sessions.retain(|_, session| session.account != account);
        }
    }

    pub(super) fn member(&self, community: &CommunityId, account: AccountId) -> Option<Member> {
        let stored = self.accounts.get(&account)?;
        // `-` is the smallest front id there can be.
        let first = (community.clone(), account, FrontId::new("-").ok()?);
        let entered = self.entered.range(first..);
        let theirs = entered.take_while(|(place, person, _)| place == community && *person == account);
        let fronts: Vec<_> = theirs.map(|(_, _, front)| front.clone()).collect();
        if fronts.is_empty() {
            return None;
        }
        // Of somebody who left nothing but the place in others' conversations stays.
        let fronts = if stored.left_at.is_some() { Vec::new() } else { fronts };
        Some(Member { account: stored.account.clone(), fronts })
    }

    pub(super) fn count_entered(&self, community: &CommunityId, front: &FrontId) -> u64 {
        let here = self.entered.iter().filter(|(place, _, entered)| place == community && entered == front);
        let live = here.filter(|(_, person, _)| self.accounts.get(person).is_some_and(|one| !one.retired));
        u64::try_from(live.count()).unwrap_or(u64::MAX)
    }

    /// The members whose link is live, by account id.
    pub(super) fn live_members(&self, community: &CommunityId) -> impl Iterator<Item = Member> {
        let live = self.accounts.values().filter(|stored| !stored.retired);
        live.filter_map(move |stored| self.member(community, stored.account.id))
    }

    pub(super) fn roster(
        &self,
        community: &CommunityId,
        after: Option<AccountId>,
        limit: usize,
    ) -> AccountPage {
        let behind = |member: &Member| after.is_none_or(|after| member.account.id > after);
        let mut members: Vec<_> =
            self.live_members(community).filter(behind).take(limit.saturating_add(1)).collect();
        let more = members.len() > limit;
        members.truncate(limit);
        let next = if more { members.last().map(|member| member.account.id) } else { None };
        AccountPage { members, next }
    }

    pub(super) fn members_by_login(&self, community: &CommunityId, folded: &str) -> Vec<Member> {
        let same =
            |stored: &&StoredAccount| !stored.retired && fold_login(&stored.account.profile.login) == folded;
        let found = self.accounts.values().filter(same);
        found.filter_map(|stored| self.member(community, stored.account.id)).take(100).collect()
    }

    pub(super) fn create_session(&mut self, session: &SessionRecord) -> StoreResult<()> {
        if !self.accounts.contains_key(&session.account) {
            return inconsistent("there is no such account");
        }
        let taken = |other: &SessionRecord| other.id == session.id || other.token_hash == session.token_hash;
        if self.sessions.values().any(taken) {
            return conflict("this session exists already");
        }
        self.sessions.insert(session.id, session.clone());
        Ok(())
    }

    pub(super) fn create_session_within(
        &mut self,
        session: &SessionRecord,
        most: u32,
    ) -> StoreResult<Vec<StoredSession>> {
        self.create_session(session)?;
        let theirs = self.sessions.values().filter(|one| {
            let lives = one.expires_at > session.created_at && one.id != session.id;
            lives && one.account == session.account && one.front == session.front
        });
        let mut theirs: Vec<_> = theirs.map(|one| (one.created_at, one.id, one.token_hash)).collect();
        theirs.sort_unstable();
        let others = usize::try_from(most).unwrap_or(usize::MAX).saturating_sub(1);
        theirs.truncate(theirs.len().saturating_sub(others));
        for (_, id, _) in &theirs {
            self.sessions.remove(id);
        }
        Ok(theirs.into_iter().map(|(_, id, token_hash)| StoredSession { id, token_hash }).collect())
    }
}
