use std::collections::HashMap;
use std::net::IpAddr;
use std::num::NonZeroUsize;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use lru::LruCache;

use crate::front::FrontId;
use crate::ports::StoredSession;
use crate::session::places::Places;
use crate::session::{Ending, LiveSession, NoPlace, PlaceLimits, Proof};
use crate::{AccountId, CommunityId, SessionId, Timestamp};

/// Sessions seen within this time count against `max_sessions` and `max_sessions_per_address`.
pub const SEEN_WINDOW: Duration = Duration::from_secs(300);

/// The sessions in memory, and the one place where `max_sessions` and `max_sessions_per_address` are decided.
#[derive(Debug, Default)]
pub struct SessionTable {
    state: Mutex<State>,
}

#[derive(Debug)]
struct State {
    by_token: HashMap<[u8; 32], Arc<LiveSession>>,
    /// Who counts at which front. Holds sessions from before a restart as well.
    counted: HashMap<FrontId, Places>,
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
    fn discount(&mut self, front: &FrontId, session: SessionId) {
        if let Some(counted) = self.counted.get_mut(front) {
            counted.leave(session);
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
        self.state().counted.entry(front.clone()).or_default().recall(seen);
    }

    /// Takes a place for a session that is about to be made from `address`.
    ///
    /// # Errors
    /// [`NoPlace`]
    pub fn admit(
        &self,
        front: &FrontId,
        session: SessionId,
        address: Option<IpAddr>,
        limits: PlaceLimits,
        now: Timestamp,
    ) -> Result<Admission<'_>, NoPlace> {
        self.state().counted.entry(front.clone()).or_default().take(session, address, limits, now)?;
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

    /// The session was seen, at `address` if that is known. One that has slept longer than [`SEEN_WINDOW`] needs a place at
    /// its front again, and one that has moved a place for its new address.
    ///
    /// # Errors
    /// [`NoPlace`]; the session is kept.
    pub fn touch(
        &self,
        session: &LiveSession,
        address: Option<IpAddr>,
        limits: PlaceLimits,
        now: Timestamp,
    ) -> Result<(), NoPlace> {
        let mut state = self.state();
        if session.standing().proof == Proof::Guest {
            // In memory alone, and in nobody's place.
            session.saw(now);
            return Ok(());
        }
        let places = state.counted.entry(session.front().clone()).or_default();
        places.take(session.id(), address, limits, now)?;
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

    /// Ends sessions that the store has no more. Returns those that were in memory; one that a request is just making or
    /// loading does not come in.
    pub fn end_stored(
        &self,
        front: &FrontId,
        stored: &[StoredSession],
        ending: &Arc<Ending>,
    ) -> Vec<Arc<LiveSession>> {
        let live: Vec<_> = {
            let mut state = self.state();
            for one in stored {
                if !state.ended.contains(&one.token_hash) {
                    state.ended.put(one.token_hash, Some(Arc::clone(ending)));
                }
                state.discount(front, one.id);
            }
            stored.iter().filter_map(|one| state.by_token.get(&one.token_hash).cloned()).collect()
        };
        for session in &live {
            self.end(session, Some(Arc::clone(ending)));
        }
        live
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
            counted.forget_before(now.minus(SEEN_WINDOW));
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

    fn most(sessions: u32) -> PlaceLimits {
        PlaceLimits { all: Some(sessions), per_address: None }
    }

    fn id() -> SessionId {
        SessionId::generate(Timestamp::from_secs(1))
    }

    #[test]
    fn a_front_takes_as_many_sessions_as_it_allows() {
        let (table, now) = (SessionTable::new(), Timestamp::from_secs(1000));
        table.admit(&front(), id(), None, most(2), now).unwrap().keep();
        let given_back = table.admit(&front(), id(), None, most(2), now).unwrap();
        assert!(table.admit(&front(), id(), None, most(2), now).is_err());
        drop(given_back);
        table.admit(&front(), id(), None, most(2), now).unwrap().keep();
        assert!(table.admit(&front(), id(), None, most(2), now).is_err());
    }

    #[test]
    fn who_was_not_seen_for_five_minutes_makes_room() {
        let table = SessionTable::new();
        table.admit(&front(), id(), None, most(1), Timestamp::from_secs(1000)).unwrap().keep();
        assert!(table.admit(&front(), id(), None, most(1), Timestamp::from_secs(1299)).is_err());
        assert!(table.admit(&front(), id(), None, most(1), Timestamp::from_secs(1301)).is_ok());
    }

    #[test]
    fn sessions_from_before_a_restart_count() {
        let (table, now) = (SessionTable::new(), Timestamp::from_secs(1000));
        table.recall(&front(), [(id(), now)]);
        assert!(table.admit(&front(), id(), None, most(1), now).is_err());
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
                                table.admit(&front(), id(), None, most(50), now).map(Admission::keep).is_ok()
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
