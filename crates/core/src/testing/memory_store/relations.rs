//! Contacts.

use super::{State, inconsistent};
use crate::contact::{Contact, ContactRefusal};
use crate::ports::{ContactWrite, StoreResult};
use crate::{AccountId, CommunityId};

impl State {
    pub(super) fn contacts_of(&self, community: &CommunityId, account: AccountId) -> Vec<Contact> {
        let between = |pair: &crate::contact::Pair| pair.low() == account || pair.high() == account;
        let mine = self.contacts.iter().filter(|((place, pair), _)| place == community && between(pair));
        mine.map(|(_, contact)| *contact).collect()
    }

    pub(super) fn write_contact(
        &mut self,
        write: &ContactWrite,
    ) -> StoreResult<Result<Contact, ContactRefusal>> {
        let exists = |account| self.accounts.contains_key(&account);
        if !exists(write.pair.low()) || !exists(write.pair.high()) {
            return inconsistent("a contact needs two accounts that exist");
        }
        let key = (write.community.clone(), write.pair);
        let before = self.contacts.get(&key).copied().unwrap_or_else(|| Contact::none(write.pair, write.now));
        let after = match before.after(write.actor, write.action, write.now) {
            Ok(after) => after,
            Err(refusal) => return Ok(Err(refusal)),
        };
        let counts = |contact: &Contact| contact.relation_for(write.actor).counts();
        if let Some(limit) = write.limit
            && counts(&after)
            && !counts(&before)
        {
            let mine = self.contacts_of(&write.community, write.actor);
            let count = mine.iter().filter(|contact| counts(contact)).count();
            if count >= usize::try_from(limit).unwrap_or(usize::MAX) {
                return Ok(Err(ContactRefusal::LimitReached { limit }));
            }
        }
        if after.is_empty() {
            self.contacts.remove(&key);
        } else {
            self.contacts.insert(key, after);
        }
        Ok(Ok(after))
    }
}
