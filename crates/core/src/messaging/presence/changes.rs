//! Who has changed, as a log that readers follow, instead of a notice to every reader for every change.
//!
//! A change costs one entry, however many people may see it. A log holds each person once, at the place of their latest
//! change, so that whoever reads late reads the latest state and not the way to it. Entries become readable at the
//! *beat* of their community, at most every half a second: a reader wakes once for all that happened until then.
//!
//! At fronts where everybody sees everybody, readers follow the log of their community. Where people only see their
//! contacts, each live person has a small log of their own, in their mailbox, and is woken for nobody else.

use std::collections::{BTreeMap, HashMap};
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::Notify;
use tokio::time::Instant;

use crate::messaging::Mailbox;
use crate::{AccountId, CommunityId};

/// Most people that a community's log holds; beyond, the oldest changes are dropped, and late readers load anew.
const LOG: usize = 50_000;
/// Most people that the log of one mailbox holds.
const OWN_LOG: usize = 5_000;
/// Most changed presences in one reading: one line each.
const PRESENCES: usize = 200;
/// Most changed people in one reading: each is rendered whole.
const PEOPLE: usize = 50;
/// Most readers that are woken in a second, as long as the beat stays below [`SLOWEST_BEAT`].
const WAKES_PER_SECOND: u32 = 4_000;
const SLOWEST_BEAT: Duration = Duration::from_secs(5);
/// From the first change after a quiet time to its beat: a login makes two or three changes at once.
const FIRST_BEAT: Duration = Duration::from_millis(20);

/// What has changed about a person.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Aspect {
    /// How they are.
    Presence,
    /// What is shown of them, to those who see them.
    Person,
    /// Whether they are seen at all: whoever doesn't see them any more is told so.
    Sight,
}

/// Who may see a change.
#[derive(Debug, Default)]
pub struct Readers {
    /// Everybody at a front where everybody sees everybody.
    pub everybody: bool,
    /// These, at the other fronts.
    pub mailboxes: Vec<(AccountId, Arc<Mailbox>)>,
}

/// People by the number of their latest change.
#[derive(Debug)]
struct ChangeLog {
    order: BTreeMap<u64, AccountId>,
    latest: HashMap<AccountId, u64>,
    /// Changes up to here may have been dropped.
    floor: u64,
    capacity: usize,
}

impl ChangeLog {
    fn new(capacity: usize) -> Self {
        Self { order: BTreeMap::new(), latest: HashMap::new(), floor: 0, capacity }
    }

    fn record(&mut self, number: u64, account: AccountId) {
        if let Some(earlier) = self.latest.insert(account, number) {
            self.order.remove(&earlier);
        }
        self.order.insert(number, account);
        if self.order.len() > self.capacity
            && let Some((dropped, gone)) = self.order.pop_first()
        {
            self.latest.remove(&gone);
            self.floor = dropped;
        }
    }

    fn read(&self, after: u64, upto: u64, limit: usize) -> Vec<(u64, AccountId)> {
        if after >= upto {
            return Vec::new();
        }
        self.order.range(after + 1..=upto).take(limit).map(|(number, account)| (*number, *account)).collect()
    }
}

/// A log for each aspect.
#[derive(Debug)]
pub(crate) struct ChangeLogs {
    presences: ChangeLog,
    people: ChangeLog,
    sights: ChangeLog,
}

/// What a reader learns.
#[derive(Debug, PartialEq, Eq)]
pub enum ChangePage {
    /// These have changed, and here the reader goes on.
    Changed {
        /// Whose presence.
        presences: Vec<AccountId>,
        /// Who else than by their presence.
        people: Vec<AccountId>,
        /// Who may be seen no more.
        sights: Vec<AccountId>,
        /// The number behind all of them.
        position: u64,
    },
    /// The reader is too late for some: load everything anew, and go on here.
    Outdated {
        /// The number of now.
        position: u64,
    },
}

impl ChangeLogs {
    fn new(capacity: usize) -> Self {
        let log = || ChangeLog::new(capacity);
        Self { presences: log(), people: log(), sights: log() }
    }

    /// The log of one mailbox.
    pub(crate) fn of_mailbox() -> Self {
        Self::new(OWN_LOG)
    }

    fn record(&mut self, number: u64, account: AccountId, aspect: Aspect) {
        match aspect {
            Aspect::Presence => self.presences.record(number, account),
            Aspect::Person => self.people.record(number, account),
            Aspect::Sight => self.sights.record(number, account),
        }
    }

    fn page(&self, after: u64, (upto, head): (u64, u64)) -> ChangePage {
        let floor = self.presences.floor.max(self.people.floor).max(self.sights.floor);
        if after < floor || after > head {
            return ChangePage::Outdated { position: head };
        }
        // Who begins between two beats knows already what the next one publishes of the time before.
        let upto = upto.max(after);
        let presences = self.presences.read(after, upto, PRESENCES);
        let people = self.people.read(after, upto, PEOPLE);
        let sights = self.sights.read(after, upto, PEOPLE);
        let end = |page: &[(u64, AccountId)], limit| match page.last() {
            Some((last, _)) if page.len() == limit => *last,
            _ => upto,
        };
        // Of all only what lies before the first cut: a position is one number.
        let position = end(&presences, PRESENCES).min(end(&people, PEOPLE)).min(end(&sights, PEOPLE));
        let before = |page: Vec<(u64, AccountId)>| -> Vec<AccountId> {
            page.into_iter()
                .take_while(|(number, _)| *number <= position)
                .map(|(_, account)| account)
                .collect()
        };
        let (presences, people, sights) = (before(presences), before(people), before(sights));
        ChangePage::Changed { presences, people, sights, position }
    }
}

/// The logs of all communities.
#[derive(Debug)]
pub struct ChangeFeed {
    beat: Duration,
    communities: Mutex<HashMap<CommunityId, Arc<CommunityChanges>>>,
    traffic: Arc<Counters>,
}

#[derive(Debug, Default)]
struct Counters {
    changes: AtomicU64,
    entries: AtomicU64,
    beats: AtomicU64,
    wakes: AtomicU64,
}

/// What the feed has cost since the start.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct ChangeTraffic {
    /// Changes that happened.
    pub changes: u64,
    /// Entries that were written for them.
    pub entries: u64,
    /// Beats.
    pub beats: u64,
    /// Waiting readers that were woken by beats.
    pub wakes: u64,
}

/// The changes of one community.
#[derive(Debug)]
pub(crate) struct CommunityChanges {
    beat: Duration,
    state: Mutex<State>,
    /// Wakes those who follow the community's log.
    published: Notify,
    /// How many of them are waiting.
    waiting: AtomicUsize,
    traffic: Arc<Counters>,
}

#[derive(Debug)]
struct State {
    /// The number of the latest change.
    head: u64,
    /// Readers may read up to here.
    published: u64,
    everybody: ChangeLogs,
    /// Whether the next beat concerns everybody.
    stirred: bool,
    /// Whom else it concerns.
    touched: HashMap<AccountId, Arc<Mailbox>>,
    last_beat: Option<Instant>,
    /// A beat is on its way.
    scheduled: bool,
}

impl ChangeFeed {
    /// Nothing yet. Readers are woken at most once in a `beat`; zero = for every change.
    pub fn new(beat: Duration) -> Self {
        Self { beat, communities: Mutex::new(HashMap::new()), traffic: Arc::default() }
    }

    /// The changes of a community.
    pub(crate) fn of(&self, community: &CommunityId) -> Arc<CommunityChanges> {
        let mut communities = self.communities.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = communities.get(community) {
            return Arc::clone(known);
        }
        let state = State {
            head: 1,
            published: 1,
            everybody: ChangeLogs::new(LOG),
            stirred: false,
            touched: HashMap::new(),
            last_beat: None,
            scheduled: false,
        };
        let new = Arc::new(CommunityChanges {
            beat: self.beat,
            state: Mutex::new(state),
            published: Notify::new(),
            waiting: AtomicUsize::new(0),
            traffic: Arc::clone(&self.traffic),
        });
        communities.insert(community.clone(), Arc::clone(&new));
        new
    }

    /// What it has cost.
    pub fn traffic(&self) -> ChangeTraffic {
        let count = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
        ChangeTraffic {
            changes: count(&self.traffic.changes),
            entries: count(&self.traffic.entries),
            beats: count(&self.traffic.beats),
            wakes: count(&self.traffic.wakes),
        }
    }
}

impl CommunityChanges {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Somebody has changed. Must be called on a runtime.
    pub(crate) fn record(self: &Arc<Self>, account: AccountId, aspect: Aspect, readers: Readers) {
        let entries = readers.mailboxes.len() + usize::from(readers.everybody);
        self.traffic.changes.fetch_add(1, Ordering::Relaxed);
        if entries == 0 {
            return;
        }
        self.traffic.entries.fetch_add(u64::try_from(entries).unwrap_or(u64::MAX), Ordering::Relaxed);
        let mut state = self.state();
        state.head += 1;
        let number = state.head;
        if readers.everybody {
            state.everybody.record(number, account, aspect);
            state.stirred = true;
        }
        // Written before the beat can publish the number: the beat takes the same lock.
        for (reader, mailbox) in readers.mailboxes {
            mailbox.changes().record(number, account, aspect);
            state.touched.insert(reader, mailbox);
        }
        if state.scheduled {
            return;
        }
        let pause = self.pause();
        if pause.is_zero() {
            return self.publish(state);
        }
        let since_last = state.last_beat.map(|last| (last + pause).saturating_duration_since(Instant::now()));
        let wait = since_last.unwrap_or_default().max(FIRST_BEAT.min(pause));
        state.scheduled = true;
        drop(state);
        let this = Arc::clone(self);
        tokio::spawn(async move {
            tokio::time::sleep(wait).await;
            this.publish(this.state());
        });
    }

    /// Time from one beat to the next: longer, where it wakes many.
    fn pause(&self) -> Duration {
        if self.beat.is_zero() {
            return self.beat;
        }
        let waiting = u32::try_from(self.waiting.load(Ordering::Relaxed)).unwrap_or(u32::MAX);
        let fair = Duration::from_secs(1).saturating_mul(waiting) / WAKES_PER_SECOND;
        self.beat.max(fair.min(SLOWEST_BEAT))
    }

    fn publish(&self, mut state: MutexGuard<'_, State>) {
        state.published = state.head;
        state.scheduled = false;
        state.last_beat = Some(Instant::now());
        let everybody = std::mem::take(&mut state.stirred);
        let touched = std::mem::take(&mut state.touched);
        drop(state);
        self.traffic.beats.fetch_add(1, Ordering::Relaxed);
        if everybody {
            self.published.notify_waiters();
        }
        for mailbox in touched.into_values() {
            mailbox.wake();
        }
    }

    /// Where a reader begins who has just loaded everything.
    pub(crate) fn position(&self) -> u64 {
        self.state().head
    }

    /// What has changed after `position` for somebody who follows the community's log.
    pub(crate) fn read(&self, position: u64) -> ChangePage {
        let state = self.state();
        state.everybody.page(position, (state.published, state.head))
    }

    /// What has changed after `position` for the owner of a mailbox who sees only contacts.
    pub(crate) fn read_own(&self, mailbox: &Mailbox, position: u64) -> ChangePage {
        let (published, head) = {
            let state = self.state();
            (state.published, state.head)
        };
        mailbox.changes().page(position, (published, head))
    }

    /// Resolves at the next beat that concerns everybody, after the future was enabled.
    pub(crate) fn beat(&self) -> tokio::sync::futures::Notified<'_> {
        self.published.notified()
    }

    /// Counts a reader who waits for the beat, until the answer is dropped.
    pub(crate) fn waiting(&self) -> Waiting<'_> {
        self.waiting.fetch_add(1, Ordering::Relaxed);
        Waiting(self)
    }

    /// A reader was woken by a beat.
    pub(crate) fn woke(&self) {
        self.traffic.wakes.fetch_add(1, Ordering::Relaxed);
    }
}

/// A reader who waits.
#[derive(Debug)]
pub(crate) struct Waiting<'c>(&'c CommunityChanges);

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        self.0.waiting.fetch_sub(1, Ordering::Relaxed);
    }
}

#[cfg(test)]
#[path = "changes_tests.rs"]
mod tests;
