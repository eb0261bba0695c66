//! What directories said.

use async_trait::async_trait;

use super::{MemoryStore, State, conflict};
use crate::auth::{Realm, SubjectId};
use crate::ports::{DirectoryChanges, DirectoryPerson, DirectoryStore, KnownPerson, StoreResult};
use crate::{AccountId, CommunityId, Timestamp};

impl State {
    fn known(&self, account: AccountId) -> Option<KnownPerson> {
        let stored = self.accounts.get(&account)?;
        Some(KnownPerson {
            account: stored.account.clone(),
            registered_at: stored.registered_at,
            person: self.directory.get(&account).cloned().unwrap_or_default(),
        })
    }

    fn of_realm(&self, realm: &Realm) -> impl Iterator<Item = KnownPerson> {
        let links = self.links.iter().filter(move |((one, _), _)| one == realm);
        links.filter_map(|(_, account)| self.known(*account))
    }
}

#[async_trait]
impl DirectoryStore for MemoryStore {
    async fn directory_person(&self, account: AccountId) -> StoreResult<Option<DirectoryPerson>> {
        Ok(self.state()?.directory.get(&account).cloned())
    }

    async fn keep_directory_person(&self, account: AccountId, person: &DirectoryPerson) -> StoreResult<()> {
        self.state()?.directory.insert(account, person.clone());
        Ok(())
    }

    async fn arrive(&self, account: AccountId, proven: bool) -> StoreResult<()> {
        let mut state = self.state()?;
        let Some(person) = state.directory.get_mut(&account).filter(|person| person.listed_only) else {
            return Ok(());
        };
        person.listed_only = false;
        if let Some(stored) = state.accounts.get_mut(&account) {
            stored.account.proven = proven;
        }
        Ok(())
    }

    async fn known_people(&self, realm: &Realm, subjects: &[SubjectId]) -> StoreResult<Vec<KnownPerson>> {
        let state = self.state()?;
        let ids = subjects.iter().filter_map(|subject| state.links.get(&(realm.clone(), subject.clone())));
        Ok(ids.filter_map(|id| state.known(*id)).collect())
    }

    async fn people_of_realm(
        &self,
        realm: &Realm,
        after: Option<&SubjectId>,
        limit: usize,
    ) -> StoreResult<Vec<KnownPerson>> {
        let state = self.state()?;
        let behind = |known: &KnownPerson| after.is_none_or(|after| known.account.subject > *after);
        Ok(state.of_realm(realm).filter(behind).take(limit).collect())
    }

    async fn count_present(&self, realm: &Realm) -> StoreResult<u64> {
        let state = self.state()?;
        Ok(state.of_realm(realm).filter(|known| known.person.absent_since.is_none()).count() as u64)
    }

    async fn groups_of_people(
        &self,
        community: &CommunityId,
        realm: &Realm,
        accounts: &[AccountId],
    ) -> StoreResult<Vec<(AccountId, String, String)>> {
        let state = self.state()?;
        let groups = state
            .groups
            .values()
            .filter(|one| one.group.community == *community && one.group.realm == *realm);
        let parts = groups.flat_map(|one| {
            let people = one.people.keys().filter(|person| accounts.contains(person));
            people.map(|person| (*person, one.group.external_id.clone(), one.group.name.clone()))
        });
        Ok(parts.collect())
    }

    async fn change_people(&self, changes: &DirectoryChanges, _now: Timestamp) -> StoreResult<()> {
        let mut state = self.state()?;
        if changes.made.iter().any(|new| state.links.contains_key(&(new.realm.clone(), new.subject.clone())))
        {
            return conflict("one of these subjects is linked to an account already");
        }
        for new in &changes.made {
            state.create_account(new.clone())?;
        }
        for (account, profile) in &changes.profiles {
            if let Some(stored) = state.accounts.get_mut(account) {
                stored.account.profile = profile.clone();
            }
        }
        state.directory.extend(changes.people.iter().cloned());
        for place in &changes.entered {
            state.entered.insert((place.community.clone(), place.account, place.front.clone()));
        }
        for place in &changes.left {
            state.entered.remove(&(place.community.clone(), place.account, place.front.clone()));
        }
        state.sessions.retain(|_, session| !changes.without_sessions.contains(&session.account));
        Ok(())
    }
}
