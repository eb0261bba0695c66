use std::collections::HashMap;
use std::num::NonZeroUsize;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use lru::LruCache;

use crate::front::FrontId;
use crate::session::{Ending, LiveSession, Proof};
use crate::{AccountId, CommunityId, SessionId, Timestamp};

/// Sessions seen within this time count against `max_sessions`.
pub const SEEN_WINDOW: Duration = Duration::from_secs(300);

/// The sessions in memory, and the one place where `max_sessions` is decided.
#[derive(Debug, Default)]
pub struct SessionTable {
    state: Mutex<State>,
}

#[derive(Debug)]
struct State {
    by_token: HashMap<[u8; 32], Arc<LiveSession>>,
    /// Who counts at which front, and when they were last seen. Holds sessions from before a restart as well.
    counted: HashMap<FrontId, HashMap<SessionId, Timestamp>>,
    /// Times not yet written behind.
    unwritten: HashMap<SessionId, Timestamp>,
    /// Sessions that ended lately: a request that loaded one before its end can't bring it back.
    /// With the reason, where there is one to tell.
    ended: LruCache<[u8; 32], Option<Arc<Ending>>>,
}

impl Default for State {
    fn default() -> Self {
        Self {
            by_token: HashMap::new(),
            counted: HashMap::new(),
            unwritten: HashMap::new(),
            ended: LruCache::new(NonZeroUsize::new(ENDED_REMEMBERED).unwrap_or(NonZeroUsize::MIN)),
        }
    }
}

/// How many ended sessions are remembered: more than can end while one request loads its session.
const ENDED_REMEMBERED: usize = 10_000;

/// The front has as many sessions as it allows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the front is full")]
pub struct FrontFull {
    /// When the next session may leave the window.
    pub retry_after: Duration,
}

/// A place at a front, given back when it is dropped before [`keep`](Self::keep).
#[derive(Debug)]
#[must_use = "the place is given back when this is dropped"]
pub struct Admission<'t> {
    table: &'t SessionTable,
    front: FrontId,
    session: SessionId,
    kept: bool,
}

impl Admission<'_> {
    /// The session exists now.
    pub fn keep(mut self) {
        self.kept = true;
    }
}

impl Drop for Admission<'_> {
    fn drop(&mut self) {
        if !self.kept {
            self.table.state().discount(&self.front, self.session);
        }
    }
}

impl State {
    /// Counts `session` as seen now, if it counts already or there is room.
    fn count(
        &mut self,
        front: &FrontId,
        session: SessionId,
        limit: Option<u32>,
        now: Timestamp,
    ) -> Result<(), FrontFull> {
        let counted = self.counted.entry(front.clone()).or_default();
        let horizon = now.minus(SEEN_WINDOW);
        let counts_already = counted.get(&session).is_some_and(|&seen| seen >= horizon);
        if let (Some(limit), false) = (limit, counts_already) {
            counted.retain(|_, seen| *seen >= horizon);
            if counted.len() >= usize::try_from(limit).unwrap_or(usize::MAX) {
                let oldest = counted.values().min().copied().unwrap_or(now);
                let wait = oldest.plus(SEEN_WINDOW).since(now);
                return Err(FrontFull {
                    retry_after: wait.clamp(Duration::from_secs(5), Duration::from_secs(60)),
                });
            }
        }
        counted.insert(session, now);
        Ok(())
    }

    fn discount(&mut self, front: &FrontId, session: SessionId) {
        if let Some(counted) = self.counted.get_mut(front) {
            counted.remove(&session);
        }
        self.unwritten.remove(&session);
    }
}

impl SessionTable {
    /// Empty.
    pub fn new() -> Self {
        Self::default()
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// After a restart: these sessions of `front` were seen lately and count.
    pub fn recall(&self, front: &FrontId, seen: impl IntoIterator<Item = (SessionId, Timestamp)>) {
        self.state().counted.entry(front.clone()).or_default().extend(seen);
    }

    /// Takes a place for a session that is about to be made.
    ///
    /// # Errors
    /// [`FrontFull`]
    pub fn admit(
        &self,
        front: &FrontId,
        session: SessionId,
        limit: Option<u32>,
        now: Timestamp,
    ) -> Result<Admission<'_>, FrontFull> {
        self.state().count(front, session, limit, now)?;
        Ok(Admission { table: self, front: front.clone(), session, kept: false })
    }

    /// The session with this token, if it is in memory.
    pub fn find(&self, token_hash: &[u8; 32]) -> Option<Arc<LiveSession>> {
        self.state().by_token.get(token_hash).cloned()
    }

    /// Puts a session into memory, or returns the one that a parallel request put there. `None` when the session
    /// ended while it was being loaded.
    pub fn insert(&self, session: LiveSession) -> Option<Arc<LiveSession>> {
        let mut state = self.state();
        if state.ended.contains(session.token_hash()) {
            return None;
        }
        let entry = state.by_token.entry(*session.token_hash()).or_insert_with(|| Arc::new(session));
        Some(Arc::clone(entry))
    }

    /// The session was seen. One that has slept longer than [`SEEN_WINDOW`] needs a place at its front again.
    ///
    /// # Errors
    /// [`FrontFull`]; the session is kept.
    pub fn touch(&self, session: &LiveSession, limit: Option<u32>, now: Timestamp) -> Result<(), FrontFull> {
        let mut state = self.state();
        if session.standing().proof == Proof::Guest {
            // In memory alone, and in nobody's place.
            session.saw(now);
            return Ok(());
        }
        state.count(session.front(), session.id(), limit, now)?;
        session.saw(now);
        state.unwritten.insert(session.id(), now);
        Ok(())
    }

    /// Ends a session: its polls hear of it.
    pub fn remove(&self, session: &LiveSession) {
        self.end(session, None);
    }

    /// Ends a session for a reason, which its person is told when they ask next.
    pub fn end(&self, session: &LiveSession, ending: Option<Arc<Ending>>) {
        let mut state = self.state();
        state.by_token.remove(session.token_hash());
        // The first reason is the true one: what follows it is the person's client letting go.
        if !state.ended.contains(session.token_hash()) {
            state.ended.put(*session.token_hash(), ending.clone());
        }
        state.discount(session.front(), session.id());
        drop(state);
        session.revoke(ending);
    }

    /// Ends the session of which only the hash of its token is known, for a reason. Returns it if it was in memory.
    pub fn end_by_token(&self, token_hash: &[u8; 32], ending: &Arc<Ending>) -> Option<Arc<LiveSession>> {
        let live = {
            let mut state = self.state();
            // A request that is loading it just now must not bring it back.
            if !state.ended.contains(token_hash) {
                state.ended.put(*token_hash, Some(Arc::clone(ending)));
            }
            state.by_token.get(token_hash).cloned()
        };
        if let Some(session) = &live {
            self.end(session, Some(Arc::clone(ending)));
        }
        live
    }

    /// Why the session with this token was ended lately.
    pub fn ending_of(&self, token_hash: &[u8; 32]) -> Option<Arc<Ending>> {
        self.state().ended.peek(token_hash).cloned().flatten()
    }

    /// All sessions in memory.
    pub fn all(&self) -> Vec<Arc<LiveSession>> {
        self.state().by_token.values().cloned().collect()
    }

    /// Ends all sessions of an account but `except`, those in memory and those of which the store had only the hashes.
    /// Returns those that were in memory.
    pub fn end_all_of(
        &self,
        account: AccountId,
        except: Option<SessionId>,
        stored: &[[u8; 32]],
        ending: &Arc<Ending>,
    ) -> Vec<Arc<LiveSession>> {
        let theirs: Vec<_> = {
            let mut state = self.state();
            // A request that is loading one of them just now must not bring it back.
            for hash in stored {
                if !state.ended.contains(hash) {
                    state.ended.put(*hash, Some(Arc::clone(ending)));
                }
            }
            let theirs = state.by_token.values().filter(|session| session.account() == account);
            theirs.filter(|session| Some(session.id()) != except).cloned().collect()
        };
        for session in &theirs {
            self.end(session, Some(Arc::clone(ending)));
        }
        theirs
    }

    /// Ends all sessions of an account.
    pub fn remove_all_of(&self, account: AccountId) {
        let theirs: Vec<_> =
            self.state().by_token.values().filter(|session| session.account() == account).cloned().collect();
        for session in theirs {
            self.remove(&session);
        }
    }

    /// Whether a person has a session in memory other than those that have ended.
    pub fn has_any(&self, community: &CommunityId, account: AccountId) -> bool {
        self.state()
            .by_token
            .values()
            .any(|session| session.account() == account && session.community() == community)
    }

    /// The times to write behind; they count as written.
    pub fn take_unwritten(&self) -> Vec<(SessionId, Timestamp)> {
        self.state().unwritten.drain().collect()
    }

    /// Puts back times that could not be written.
    pub fn put_back_unwritten(&self, times: Vec<(SessionId, Timestamp)>) {
        let mut state = self.state();
        for (session, time) in times {
            let entry = state.unwritten.entry(session).or_insert(time);
            *entry = (*entry).max(time);
        }
    }

    /// Drops from memory what has not been seen for `age` and nobody holds, and returns it. Nothing is lost: the store has
    /// it, guests excepted.
    pub fn forget_idle(&self, now: Timestamp, age: Duration) -> Vec<Arc<LiveSession>> {
        let horizon = now.minus(age);
        let mut state = self.state();
        let idle = state
            .by_token
            .extract_if(|_, session| Arc::strong_count(session) == 1 && session.seen_at() < horizon);
        let idle = idle.map(|(_, session)| session).collect();
        for counted in state.counted.values_mut() {
            counted.retain(|_, seen| *seen >= now.minus(SEEN_WINDOW));
        }
        idle
    }

    /// How many sessions are in memory.
    pub fn len(&self) -> usize {
        self.state().by_token.len()
    }

    /// Whether none is.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn front() -> FrontId {
        FrontId::new("im").unwrap()
    }

    fn id() -> SessionId {
        SessionId::generate(Timestamp::from_secs(1))
    }

    #[test]
    fn a_front_takes_as_many_sessions_as_it_allows() {
        let (table, now) = (SessionTable::new(), Timestamp::from_secs(1000));
        table.admit(&front(), id(), Some(2), now).unwrap().keep();
        let given_back = table.admit(&front(), id(), Some(2), now).unwrap();
        assert!(table.admit(&front(), id(), Some(2), now).is_err());
        drop(given_back);
        table.admit(&front(), id(), Some(2), now).unwrap().keep();
        assert!(table.admit(&front(), id(), Some(2), now).is_err());
    }

    #[test]
    fn who_was_not_seen_for_five_minutes_makes_room() {
        let table = SessionTable::new();
        table.admit(&front(), id(), Some(1), Timestamp::from_secs(1000)).unwrap().keep();
        assert!(table.admit(&front(), id(), Some(1), Timestamp::from_secs(1299)).is_err());
        assert!(table.admit(&front(), id(), Some(1), Timestamp::from_secs(1301)).is_ok());
    }

    #[test]
    fn sessions_from_before_a_restart_count() {
        let (table, now) = (SessionTable::new(), Timestamp::from_secs(1000));
        table.recall(&front(), [(id(), now)]);
        assert!(table.admit(&front(), id(), Some(1), now).is_err());
    }

    #[test]
    fn parallel_admissions_leave_exactly_the_limit() {
        let (table, now) = (SessionTable::new(), Timestamp::from_secs(1000));
        let admitted: usize = std::thread::scope(|scope| {
            let attempts: Vec<_> = (0..16)
                .map(|_| {
                    scope.spawn(|| {
                        (0..50)
                            .filter(|_| {
                                table.admit(&front(), id(), Some(50), now).map(Admission::keep).is_ok()
                            })
                            .count()
                    })
                })
                .collect();
            attempts.into_iter().map(|attempt| attempt.join().unwrap()).sum()
        });
        assert_eq!(admitted, 50);
    }
}
