//! Somebody is writing: told to those who are here, kept nowhere.

use std::num::NonZeroUsize;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use lru::LruCache;

use crate::engine::{Engine, EngineError, Visitor};
use crate::messaging::{Notice, PresenceState};
use crate::{AccountId, ConversationId, Timestamp};

/// How often it is told that somebody writes on.
const AGAIN: Duration = Duration::from_secs(3);
/// How long to show it after it was told last.
const SHOWN: Duration = Duration::from_secs(6);
/// Most members who are here to whom it is told; in larger rooms somebody always writes.
const MOST_READERS: usize = 50;
/// How many writers are remembered.
const WRITERS: NonZeroUsize = NonZeroUsize::new(10_000).unwrap();

/// Who was told to be writing where, and when.
#[derive(Debug)]
pub(super) struct Typists(Mutex<LruCache<(ConversationId, AccountId), Timestamp>>);

impl Default for Typists {
    fn default() -> Self {
        Self(Mutex::new(LruCache::new(WRITERS)))
    }
}

impl Typists {
    /// Whether it is time to tell (again) that somebody writes.
    fn may_tell(&self, place: ConversationId, account: AccountId, now: Timestamp) -> bool {
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if known.peek(&(place, account)).is_some_and(|told| now.since(*told) < AGAIN && *told <= now) {
            return false;
        }
        known.put((place, account), now);
        true
    }
}

impl Engine {
    /// Tells the other members of a conversation who are here that the visitor is writing.
    ///
    /// Nothing is told by somebody who is invisible, nor in rooms where more than 50 others are here.
    ///
    /// # Errors
    /// [`EngineError::NotFound`] for conversations of others; [`EngineError::NotPermitted`] and
    /// [`EngineError::WriteRestricted`] where the visitor may not write, or the front doesn't tell.
    pub async fn tell_of_typing(&self, visitor: &Visitor, id: ConversationId) -> Result<(), EngineError> {
        self.members_only(visitor)?;
        let conversation = self.conversation_of(visitor, id).await?.ok_or(EngineError::NotFound)?;
        self.check_may_send(visitor, &conversation).await?;
        if !visitor.options().typing {
            return Err(EngineError::NotPermitted("it is not told here that somebody is writing".into()));
        }
        let (community, account, now) = (visitor.community(), visitor.account(), self.clock.now());
        let hides = self.true_state(community, account) == PresenceState::Invisible;
        if hides || !self.typists.may_tell(id, account, now) {
            return Ok(());
        }
        let others = conversation.members.iter().copied().filter(|member| *member != account);
        let readers = self.mailboxes.of(community, others);
        if readers.len() <= MOST_READERS {
            let readers = readers.into_iter().map(|(reader, _)| reader);
            self.mailboxes.push(community, readers, &Notice::Typing(id, account, now.plus(SHOWN)));
        }
        Ok(())
    }

    /// Whether the visitor is shown that somebody writes: in time, where both belong, and of somebody whose presence they
    /// see. In a room everybody sees who writes.
    pub(super) async fn sees_typing(
        &self,
        visitor: &Visitor,
        id: ConversationId,
        account: AccountId,
        until: Timestamp,
    ) -> Result<bool, EngineError> {
        if until <= self.clock.now() || !visitor.options().typing {
            return Ok(false);
        }
        let Some(conversation) = self.conversation_of(visitor, id).await? else { return Ok(false) };
        if conversation.other_than(visitor.account()) != Some(account) || conversation.members.len() > 2 {
            return Ok(conversation.has(account));
        }
        Ok(self.facts_about(visitor, account).await?.is_some_and(|(_, may)| may.presence))
    }
}
