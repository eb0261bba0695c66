use std::collections::{HashMap, VecDeque};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::Notify;

use crate::messaging::presence::ChangeLogs;
use crate::messaging::{Cursor, Notice, Sequence};
use crate::{AccountId, CommunityId};

/// The last events of one live person in one community, in memory and bounded.
///
/// All devices of the person read the same mailbox, each from its own cursor. What falls out of it is not lost:
/// messages are read from the store by sequence, and everything else by one `resync`.
#[derive(Debug)]
pub struct Mailbox {
    ring: Mutex<Ring>,
    /// Who has changed of the owner's contacts: for fronts where only contacts are seen.
    changes: Mutex<ChangeLogs>,
    arrived: Notify,
    closed: AtomicBool,
}

#[derive(Debug)]
struct Ring {
    /// Every event up to here has been dropped or was never here.
    floor: u64,
    /// The newest event's number, or `floor`.
    head: u64,
    /// The newest message that was pushed, or known when the mailbox was made.
    durable: Sequence,
    entries: VecDeque<Entry>,
    capacity: usize,
}

#[derive(Debug, Clone)]
struct Entry {
    number: u64,
    notice: Notice,
}

/// What a mailbox holds after a cursor.
#[derive(Debug)]
pub enum Reading {
    /// These events, and the cursor after them. Empty = nothing new.
    Notices(Vec<Notice>, Cursor),
    /// The cursor is of another run or too old: read the messages after its `durable` from the store, then go on here.
    Outdated {
        /// Where the mailbox is now.
        now: Cursor,
    },
}

/// Most events that one reading returns.
const PAGE: usize = 500;

impl Mailbox {
    fn ring(&self) -> MutexGuard<'_, Ring> {
        self.ring.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The owner's log of changed contacts.
    pub(crate) fn changes(&self) -> MutexGuard<'_, ChangeLogs> {
        self.changes.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Wakes whoever waits, as an arrival does.
    pub(crate) fn wake(&self) {
        self.arrived.notify_waiters();
    }

    /// Numbers and keeps an event. The number is taken under the ring's lock: numbers grow within a mailbox.
    fn push(&self, counter: &AtomicU64, notice: Notice) {
        {
            let mut ring = self.ring();
            let number = counter.fetch_add(1, Ordering::Relaxed);
            if let Notice::Message(message) = &notice {
                ring.durable = ring.durable.max(message.sequence);
            }
            ring.head = number;
            ring.entries.retain(|entry| !notice.outdates(&entry.notice));
            ring.entries.push_back(Entry { number, notice });
            while ring.entries.len() > ring.capacity {
                if let Some(dropped) = ring.entries.pop_front() {
                    ring.floor = dropped.number;
                }
            }
        }
        self.arrived.notify_waiters();
    }

    /// The events after `cursor`, which must be of the run `epoch` to be understood.
    pub fn read(&self, cursor: Cursor, epoch: u64) -> Reading {
        let ring = self.ring();
        if cursor.epoch != epoch || cursor.volatile < ring.floor || cursor.volatile > ring.head {
            let now = Cursor { epoch, durable: ring.durable, volatile: ring.head, ..cursor };
            return Reading::Outdated { now };
        }
        let start = ring.entries.partition_point(|entry| entry.number <= cursor.volatile);
        let mut next = Cursor { epoch, ..cursor };
        let notices = ring
            .entries
            .range(start..)
            .take(PAGE)
            .map(|entry| {
                next.volatile = entry.number;
                if let Notice::Message(message) = &entry.notice {
                    next.durable = next.durable.max(message.sequence);
                }
                entry.notice.clone()
            })
            .collect();
        Reading::Notices(notices, next)
    }

    /// The cursor behind everything that is here now, and behind `changes` of people.
    pub fn now(&self, epoch: u64, changes: u64) -> Cursor {
        let ring = self.ring();
        Cursor { epoch, durable: ring.durable, volatile: ring.head, changes }
    }

    /// Whether it was dropped: nothing arrives here any more, open it anew.
    pub fn is_closed(&self) -> bool {
        self.closed.load(Ordering::Acquire)
    }

    /// Resolves when something arrives after the future was enabled, or when the mailbox is dropped.
    pub fn arrival(&self) -> tokio::sync::futures::Notified<'_> {
        self.arrived.notified()
    }
}

/// The mailboxes of all live people.
#[derive(Debug)]
pub struct Mailboxes {
    /// This run of the server.
    epoch: u64,
    /// Numbers events over all mailboxes, so that a mailbox that was dropped and made again can't mistake an old
    /// cursor for a current one.
    counter: AtomicU64,
    capacity: usize,
    boxes: Mutex<HashMap<(CommunityId, AccountId), Arc<Mailbox>>>,
    /// Messages up to here have been pushed to all mailboxes there were.
    pushed: Mutex<Sequence>,
}

impl Mailboxes {
    /// None yet, in the run `epoch` (not 0), each to hold `capacity` events; messages up to `pushed` are history.
    pub fn new(epoch: u64, capacity: usize, pushed: Sequence) -> Self {
        Self {
            epoch: epoch.max(1),
            counter: AtomicU64::new(1),
            capacity: capacity.max(1),
            boxes: Mutex::new(HashMap::new()),
            pushed: Mutex::new(pushed),
        }
    }

    /// This run of the server.
    pub fn epoch(&self) -> u64 {
        self.epoch
    }

    /// The mailbox of a person, made if there is none.
    pub fn open(&self, community: &CommunityId, account: AccountId) -> Arc<Mailbox> {
        // Lock order: `pushed`, then `boxes`. With `pushed` held no message is between two mailboxes.
        let pushed = self.pushed.lock().unwrap_or_else(PoisonError::into_inner);
        let mut boxes = self.boxes.lock().unwrap_or_else(PoisonError::into_inner);
        let mailbox = boxes.entry((community.clone(), account)).or_insert_with(|| {
            let here = self.counter.fetch_add(1, Ordering::Relaxed);
            Arc::new(Mailbox {
                ring: Mutex::new(Ring {
                    floor: here,
                    head: here,
                    durable: *pushed,
                    entries: VecDeque::new(),
                    capacity: self.capacity,
                }),
                changes: Mutex::new(ChangeLogs::of_mailbox()),
                arrived: Notify::new(),
                closed: AtomicBool::new(false),
            })
        });
        Arc::clone(mailbox)
    }

    /// Whether somebody has a mailbox.
    pub fn is_open(&self, community: &CommunityId, account: AccountId) -> bool {
        self.boxes.lock().unwrap_or_else(PoisonError::into_inner).contains_key(&(community.clone(), account))
    }

    /// The mailboxes of those of `people` who have one.
    pub fn of(
        &self,
        community: &CommunityId,
        people: impl IntoIterator<Item = AccountId>,
    ) -> Vec<(AccountId, Arc<Mailbox>)> {
        let boxes = self.boxes.lock().unwrap_or_else(PoisonError::into_inner);
        let found = people.into_iter().filter_map(|person| {
            boxes.get(&(community.clone(), person)).map(|mailbox| (person, Arc::clone(mailbox)))
        });
        found.collect()
    }

    /// The people of a community who have a mailbox.
    pub fn live(&self, community: &CommunityId) -> Vec<AccountId> {
        let boxes = self.boxes.lock().unwrap_or_else(PoisonError::into_inner);
        boxes.keys().filter(|(c, _)| c == community).map(|&(_, account)| account).collect()
    }

    /// Everybody who has a mailbox.
    pub fn everybody(&self) -> Vec<(CommunityId, AccountId)> {
        self.boxes.lock().unwrap_or_else(PoisonError::into_inner).keys().cloned().collect()
    }

    /// Drops a mailbox: its owner is gone. A later cursor of theirs is outdated.
    pub fn close(&self, community: &CommunityId, account: AccountId) {
        let mailbox =
            self.boxes.lock().unwrap_or_else(PoisonError::into_inner).remove(&(community.clone(), account));
        if let Some(mailbox) = mailbox {
            mailbox.closed.store(true, Ordering::Release);
            mailbox.arrived.notify_waiters();
        }
    }

    /// Pushes an event to those of `people` who are live.
    pub fn push(
        &self,
        community: &CommunityId,
        people: impl IntoIterator<Item = AccountId>,
        notice: &Notice,
    ) {
        for (_, mailbox) in self.of(community, people) {
            mailbox.push(&self.counter, notice.clone());
        }
    }

    /// Pushes a committed message to its live members. Called by the writer, in sequence order.
    pub fn push_message(
        &self,
        community: &CommunityId,
        people: &[AccountId],
        message: &Arc<crate::messaging::Message>,
    ) {
        let mut pushed = self.pushed.lock().unwrap_or_else(PoisonError::into_inner);
        self.push(community, people.iter().copied(), &Notice::Message(Arc::clone(message)));
        *pushed = (*pushed).max(message.sequence);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Timestamp;

    fn me() -> AccountId {
        AccountId::generate(Timestamp::from_secs(1))
    }

    fn count_of(reading: Reading) -> (usize, Cursor) {
        match reading {
            Reading::Notices(notices, next) => (notices.len(), next),
            Reading::Outdated { .. } => panic!("outdated"),
        }
    }

    #[test]
    fn every_device_reads_everything_from_its_own_cursor() {
        let all = Mailboxes::new(7, 10, Sequence::START);
        let (main, me) = (CommunityId::default(), me());
        let mailbox = all.open(&main, me);
        let start = mailbox.now(7, 1);
        all.push(&main, [me], &Notice::Person(me));
        let (count, next) = count_of(mailbox.read(start, 7));
        assert_eq!(count, 1);
        assert_eq!(count_of(mailbox.read(next, 7)).0, 0);
        assert_eq!(count_of(mailbox.read(start, 7)).0, 1, "another device still gets it");
    }

    #[test]
    fn a_cursor_older_than_the_mailbox_is_outdated() {
        let all = Mailboxes::new(7, 2, Sequence::START);
        let (main, me) = (CommunityId::default(), me());
        let mailbox = all.open(&main, me);
        let start = mailbox.now(7, 1);
        for _ in 0..3 {
            all.push(&main, [me], &Notice::Person(me));
        }
        assert!(matches!(mailbox.read(start, 7), Reading::Outdated { .. }));
    }

    #[test]
    fn a_cursor_of_another_run_or_of_a_dropped_mailbox_is_outdated() {
        let all = Mailboxes::new(7, 2, Sequence::START);
        let (main, me) = (CommunityId::default(), me());
        let start = all.open(&main, me).now(7, 1);
        assert!(matches!(
            all.open(&main, me).read(Cursor { epoch: 6, ..start }, 7),
            Reading::Outdated { .. }
        ));
        all.close(&main, me);
        assert!(matches!(all.open(&main, me).read(start, 7), Reading::Outdated { .. }));
    }
}
