//! Who is here, as everybody may know it.

use std::sync::Arc;

use crate::AccountId;
use crate::account::Account;
use crate::engine::{Engine, EngineError};
use crate::front::Front;
use crate::messaging::PresenceState;

/// Who is online at a front.
#[derive(Debug, Clone, Default)]
pub struct WhoIsOnline {
    /// How many.
    pub count: usize,
    /// Some of them, by name.
    pub people: Vec<Arc<Account>>,
}

impl Engine {
    /// The people who are online at `front`, at most `limit` of them by name.
    ///
    /// # Errors
    /// When the store does not answer.
    pub async fn who_is_here(&self, front: &Front, limit: usize) -> Result<WhoIsOnline, EngineError> {
        let mut here: Vec<AccountId> = self
            .sessions
            .all()
            .iter()
            .filter(|session| *session.front() == front.id)
            .map(|s| s.account())
            .collect();
        here.sort_unstable();
        here.dedup();
        here.retain(|&account| self.presence_of(&front.community, account).state != PresenceState::Offline);
        let count = here.len();
        let mut people = Vec::with_capacity(count.min(limit));
        for account in here.into_iter().take(limit) {
            if let Some(member) = self.member_of(&front.community, account).await? {
                people.push(Arc::new(member.account.clone()));
            }
        }
        people.sort_by_cached_key(|account| account.profile.display_name.to_lowercase());
        Ok(WhoIsOnline { count, people })
    }
}
