use std::collections::{HashMap, HashSet};
use std::hash::Hash;
use std::num::NonZeroUsize;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use lru::LruCache;

use crate::account::Member;
use crate::engine::{ContactBook, Engine, Visitor};
use crate::messaging::Conversation;
use crate::ports::StoreResult;
use crate::{AccountId, CommunityId, ConversationId};

/// Facts from the store that sends and deliveries are decided by, bounded in number.
///
/// A change is committed first and then forgotten here. A load that overlapped with a change of its fact is not
/// believed: it is read again, so nobody acts on a fact that was taken back before they asked.
#[derive(Debug)]
pub(super) struct FactCache<K: Hash + Eq, V> {
    state: Mutex<State<K, V>>,
}

#[derive(Debug)]
struct State<K: Hash + Eq, V> {
    facts: LruCache<K, V>,
    /// The number of the latest change.
    changes: u64,
    /// The number of the latest change of each fact that changed lately.
    changed: LruCache<K, u64>,
    /// Changes up to here may be missing in `changed`.
    forgotten: u64,
}

/// How many changes are remembered by fact: more than happen while one fact is loaded.
const CHANGES_REMEMBERED: usize = 10_000;

impl<K: Hash + Eq, V> State<K, V> {
    /// Whether a load of `key` that began after change number `began` saw what holds now.
    fn is_fresh(&self, key: &K, began: u64) -> bool {
        self.forgotten <= began && self.changed.peek(key).is_none_or(|&change| change <= began)
    }
}

impl<K: Hash + Eq + Clone, V: Clone> FactCache<K, V> {
    pub(super) fn new(capacity: usize) -> Self {
        let at_least_one = |size| NonZeroUsize::new(size).unwrap_or(NonZeroUsize::MIN);
        Self {
            state: Mutex::new(State {
                facts: LruCache::new(at_least_one(capacity)),
                changes: 0,
                changed: LruCache::new(at_least_one(CHANGES_REMEMBERED)),
                forgotten: 0,
            }),
        }
    }

    fn state(&self) -> MutexGuard<'_, State<K, V>> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The fact, loaded if it isn't known.
    pub(super) async fn get<F>(&self, key: &K, load: impl Fn() -> F) -> StoreResult<V>
    where
        F: Future<Output = StoreResult<V>>,
    {
        loop {
            let began = {
                let mut state = self.state();
                if let Some(fact) = state.facts.get(key) {
                    return Ok(fact.clone());
                }
                state.changes
            };
            let fact = load().await?;
            let mut state = self.state();
            if state.is_fresh(key, began) {
                state.facts.put(key.clone(), fact.clone());
                return Ok(fact);
            }
        }
    }

    /// Many facts, those that aren't known loaded together. What `load` doesn't return is as by default.
    pub(super) async fn get_many<F>(
        &self,
        keys: impl IntoIterator<Item = K>,
        load: impl Fn(Vec<K>) -> F,
    ) -> StoreResult<HashMap<K, V>>
    where
        F: Future<Output = StoreResult<HashMap<K, V>>>,
        V: Default,
    {
        // Each once: what was loaded for a key is taken once.
        let wanted: HashSet<K> = keys.into_iter().collect();
        let mut wanted: Vec<K> = wanted.into_iter().collect();
        let mut found = HashMap::with_capacity(wanted.len());
        loop {
            let began = {
                let mut state = self.state();
                wanted.retain(|key| match state.facts.get(key) {
                    Some(fact) => {
                        found.insert(key.clone(), fact.clone());
                        false
                    }
                    None => true,
                });
                state.changes
            };
            if wanted.is_empty() {
                return Ok(found);
            }
            let mut loaded = load(wanted.clone()).await?;
            let mut state = self.state();
            wanted.retain(|key| {
                if !state.is_fresh(key, began) {
                    return true;
                }
                let fact = loaded.remove(key).unwrap_or_default();
                state.facts.put(key.clone(), fact.clone());
                found.insert(key.clone(), fact);
                false
            });
        }
    }

    /// The fact, if it is known.
    pub(super) fn peek(&self, key: &K) -> Option<V> {
        self.state().facts.peek(key).cloned()
    }

    /// Forgets facts that have just changed in the store.
    pub(super) fn forget<'k>(&self, keys: impl IntoIterator<Item = &'k K>)
    where
        K: 'k,
    {
        let mut state = self.state();
        state.changes += 1;
        let change = state.changes;
        for key in keys {
            state.facts.pop(key);
            if let Some((other, earlier)) = state.changed.push(key.clone(), change)
                && other != *key
            {
                state.forgotten = state.forgotten.max(earlier);
            }
        }
    }
}

impl Engine {
    pub(super) async fn member_of(
        &self,
        community: &CommunityId,
        account: AccountId,
    ) -> StoreResult<Option<Arc<Member>>> {
        let key = (community.clone(), account);
        self.members
            .get(&key, || async { Ok(self.store.member(community, account).await?.map(Arc::new)) })
            .await
    }

    pub(super) async fn contact_book(
        &self,
        community: &CommunityId,
        account: AccountId,
    ) -> StoreResult<Arc<ContactBook>> {
        let key = (community.clone(), account);
        let load = || async {
            let contacts = self.store.contacts(community, account).await?;
            let book: HashMap<_, _> =
                contacts.into_iter().map(|contact| (contact.pair.other_than(account), contact)).collect();
            Ok(Arc::new(book))
        };
        self.contacts.get(&key, load).await
    }

    pub(super) async fn conversation_of(
        &self,
        visitor: &Visitor,
        id: ConversationId,
    ) -> StoreResult<Option<Arc<Conversation>>> {
        let load = || async { Ok(self.store.conversation(id).await?.map(Arc::new)) };
        let conversation = self.conversations.get(&id, load).await?;
        if visitor.is_guest() {
            let open = self.open_rooms(visitor).await?.iter().any(|part| part.group.room == id);
            return Ok(conversation.filter(|c| open && c.community == *visitor.community()));
        }
        Ok(conversation.filter(|c| c.has(visitor.account()) && c.community == *visitor.community()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::cell::Cell;

    #[tokio::test]
    async fn a_fact_that_changed_while_it_was_loaded_is_loaded_again() {
        let cache: FactCache<u8, u8> = FactCache::new(10);
        let loads = Cell::new(0);
        let load = || async {
            loads.set(loads.get() + 1);
            if loads.get() == 1 {
                cache.forget([&1]);
            }
            Ok(loads.get())
        };
        assert_eq!(cache.get(&1, load).await.unwrap(), 2);
        assert_eq!(cache.get(&1, load).await.unwrap(), 2, "known now");
    }

    #[tokio::test]
    async fn a_change_of_another_fact_is_in_nobodys_way() {
        let cache: FactCache<u8, u8> = FactCache::new(10);
        let loads = Cell::new(0);
        let load = || async {
            loads.set(loads.get() + 1);
            cache.forget([&2]);
            Ok(loads.get())
        };
        assert_eq!(cache.get(&1, load).await.unwrap(), 1);
    }

    #[tokio::test]
    async fn many_facts_are_loaded_at_once_and_those_that_changed_again() {
        let cache: FactCache<u8, u8> = FactCache::new(2);
        let loads = Cell::new(0);
        let load = |keys: Vec<u8>| {
            loads.set(loads.get() + 1);
            if loads.get() == 1 {
                cache.forget([&2]);
            }
            let number = loads.get();
            async move { Ok(keys.into_iter().filter(|key| *key != 3).map(|key| (key, number)).collect()) }
        };
        let found = cache.get_many([1, 1, 2, 3], load).await.unwrap();
        assert_eq!(found, HashMap::from([(1, 1), (2, 2), (3, 0)]));
        assert_eq!(loads.get(), 2);
        let cache: FactCache<u8, u8> = FactCache::new(10);
        let again = || async {
            cache
                .get_many([7, 7], |keys| async move { Ok(keys.into_iter().map(|key| (key, 1)).collect()) })
                .await
        };
        assert_eq!((again().await.unwrap()[&7], again().await.unwrap()[&7]), (1, 1), "asked for twice");
    }
}
