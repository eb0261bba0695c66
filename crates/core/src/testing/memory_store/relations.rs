//! Contacts.

use super::{State, inconsistent};
use crate::contact::{Contact, ContactRefusal};
use crate::ports::{ContactWrite, StoreResult};
use crate::{AccountId, CommunityId};

impl State {
    pub(super) fn contacts_of(&self, community: &CommunityId, account: AccountId) -> Vec<Contact> {
        let between = |pair: &crate::contact::Pair| pair.low() == account || pair.high() == account;
        let mine = self.contacts.iter().filter(|((place, pair), _)| place == community && between(pair));
        mine.map(|(_, contact)| contact.clone()).collect()
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
        let before = self.contacts.get(&key).cloned();
        let before = before.unwrap_or_else(|| Contact::none(write.pair, write.now));
        let after = match before.after(write.actor, &write.change, write.now) {
            Ok(after) => after,
            Err(refusal) => return Ok(Err(refusal)),
        };
        let all_of = |person| {
            let contacts = self.contacts_of(&write.community, person);
            contacts.iter().map(|contact| contact.relation_for(person)).collect()
        };
        if let Err(refusal) = write.limits.check(write.actor, (&before, &after), all_of) {
            return Ok(Err(refusal));
        }
        if after.is_empty() {
            self.contacts.remove(&key);
        } else {
            self.contacts.insert(key, after.clone());
        }
        Ok(Ok(after))
    }
}
