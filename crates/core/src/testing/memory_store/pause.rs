//! Calls that wait in the middle, so that a test can do something meanwhile.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::Notify;

use super::MemoryStore;

/// A call that can be made to wait.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum PausedCall {
    /// [`add_statistics`](crate::ports::AdministrationStore::add_statistics), before it does anything.
    AddStatistics,
    /// [`create_session`](crate::ports::Store::create_session), before it does anything.
    CreateSession,
    /// [`erase_some`](crate::ports::AccountLifeStore::erase_some), before it does anything.
    EraseSome,
    /// [`group_ids`](crate::ports::ContactStore::group_ids), before it does anything.
    GroupIds,
    /// [`session_by_token`](crate::ports::Store::session_by_token), after it has found what it answers.
    SessionByToken,
    /// [`set_account_state`](crate::ports::AccountLifeStore::set_account_state), before it does anything.
    SetAccountState,
    /// [`unused_since`](crate::ports::AccountLifeStore::unused_since), after it has found what it answers.
    UnusedSince,
}

/// One call that waits.
#[derive(Debug, Clone, Default)]
pub struct Pause(Arc<Ends>);

#[derive(Debug, Default)]
struct Ends {
    reached: Notify,
    released: Notify,
}

impl Pause {
    /// Resolves once the call waits.
    pub async fn reached(&self) {
        self.0.reached.notified().await;
    }

    /// Lets the call go on.
    pub fn release(&self) {
        self.0.released.notify_one();
    }
}

/// The calls that are to wait next.
#[derive(Debug, Default)]
pub(super) struct Pauses(Mutex<HashMap<PausedCall, Pause>>);

impl Pauses {
    pub(super) async fn at(&self, call: PausedCall) {
        let pause = self.0.lock().unwrap_or_else(PoisonError::into_inner).remove(&call);
        if let Some(Pause(ends)) = pause {
            ends.reached.notify_one();
            ends.released.notified().await;
        }
    }
}

impl MemoryStore {
    /// The next call of this kind waits, and no other.
    pub fn pause_at(&self, call: PausedCall) -> Pause {
        let pause = Pause::default();
        self.0.pauses.0.lock().unwrap_or_else(PoisonError::into_inner).insert(call, pause.clone());
        pause
    }
}
