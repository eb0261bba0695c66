use std::collections::HashMap;
use std::hash::Hash;
use std::num::NonZeroUsize;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use lru::LruCache;

use crate::account::Member;
use crate::engine::{ContactBook, Engine, Visitor};
use crate::messaging::Conversation;
use crate::policy::{self, Permissions};
use crate::ports::StoreResult;
use crate::{AccountId, CommunityId, ConversationId};

/// Facts from the store that sends and deliveries are decided by, bounded in number.
///
/// A change is committed first and then forgotten here. A load that overlapped with a change is not believed: it is
/// read again, so nobody acts on a fact that was taken back before they asked.
#[derive(Debug)]
pub(super) struct FactCache<K: Hash + Eq, V> {
    state: Mutex<State<K, V>>,
}

#[derive(Debug)]
struct State<K: Hash + Eq, V> {
    facts: LruCache<K, V>,
    changes: u64,
}

impl<K: Hash + Eq + Clone, V: Clone> FactCache<K, V> {
    pub(super) fn new(capacity: usize) -> Self {
        let capacity = NonZeroUsize::new(capacity).unwrap_or(NonZeroUsize::MIN);
        Self { state: Mutex::new(State { facts: LruCache::new(capacity), changes: 0 }) }
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
            let before = {
                let mut state = self.state();
                if let Some(fact) = state.facts.get(key) {
                    return Ok(fact.clone());
                }
                state.changes
            };
            let fact = load().await?;
            let mut state = self.state();
            if state.changes == before {
                state.facts.put(key.clone(), fact.clone());
                return Ok(fact);
            }
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
        for key in keys {
            state.facts.pop(key);
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
        Ok(conversation.filter(|c| c.has(visitor.account()) && c.community == *visitor.community()))
    }

    /// What `visitor` may do with `other`, and the relation that it follows from.
    pub(super) fn permissions(
        &self,
        visitor: &Visitor,
        book: &ContactBook,
        other: &Member,
    ) -> (Permissions, crate::contact::Relation) {
        let relation = book
            .get(&other.account.id)
            .map(|contact| contact.relation_for(visitor.account()))
            .unwrap_or_default();
        let modes = other
            .fronts
            .iter()
            .filter_map(|front| self.fronts.get(front))
            .filter(|front| front.community == *visitor.community())
            .map(|front| front.mode);
        (policy::between(visitor.front().mode, modes, relation), relation)
    }
}
