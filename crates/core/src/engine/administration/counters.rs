use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::{Mutex, MutexGuard, PoisonError};

use crate::administration::{DayCount, Tally, day_of};
use crate::front::FrontId;
use crate::{AccountId, Timestamp};

/// Counts what happens, by day and front. Written behind every minute: a crash loses at most that.
#[derive(Debug, Default)]
pub(in crate::engine) struct Counters {
    state: Mutex<State>,
    /// Held by whoever writes what was counted: what one has taken, nobody else finds before it is written.
    pub(super) writing: tokio::sync::Mutex<()>,
}

#[derive(Debug, Default)]
struct State {
    counts: BTreeMap<(i64, FrontId), Tally>,
    /// Who was seen, by day.
    seen: HashMap<i64, HashMap<FrontId, HashSet<AccountId>>>,
    /// Those of them who are not written yet.
    fresh: Vec<(i64, FrontId, AccountId)>,
    total: Tally,
}

/// By day and front.
type DayTallies = BTreeMap<(i64, FrontId), Tally>;

/// What is to be written.
#[derive(Debug, Default)]
pub(super) struct Counted {
    pub(super) counts: Vec<DayCount>,
    pub(super) people: Vec<(String, FrontId, AccountId)>,
    back: (DayTallies, Vec<(i64, FrontId, AccountId)>),
}

const DAY: i64 = 86_400_000;

fn day_number(at: Timestamp) -> i64 {
    at.as_millis().div_euclid(DAY)
}

fn day_text(day: i64) -> String {
    day_of(Timestamp::from_millis(day.saturating_mul(DAY)))
}

impl Counters {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn add(&self, front: &FrontId, at: Timestamp, what: Tally) {
        let mut state = self.state();
        state.total = state.total.plus(what);
        let count = state.counts.entry((day_number(at), front.clone())).or_default();
        *count = count.plus(what);
    }

    pub(in crate::engine) fn message(&self, front: &FrontId, at: Timestamp) {
        self.add(front, at, Tally { messages: 1, ..Tally::default() });
    }

    pub(in crate::engine) fn session(&self, front: &FrontId, at: Timestamp) {
        self.add(front, at, Tally { sessions: 1, ..Tally::default() });
    }

    pub(in crate::engine) fn new_account(&self, front: &FrontId, at: Timestamp) {
        self.add(front, at, Tally { new_accounts: 1, ..Tally::default() });
    }

    pub(in crate::engine) fn file(&self, front: &FrontId, at: Timestamp, bytes: u64) {
        self.add(front, at, Tally { files: 1, bytes, ..Tally::default() });
    }

    /// Somebody was here.
    pub(in crate::engine) fn person(&self, front: &FrontId, account: AccountId, at: Timestamp) {
        let day = day_number(at);
        let mut state = self.state();
        let today = state.seen.entry(day).or_default();
        // The name of the front is copied once a day, not at each request.
        let known = match today.get_mut(front) {
            Some(known) => known,
            None => today.entry(front.clone()).or_default(),
        };
        if known.insert(account) {
            state.total.people += 1;
            state.fresh.push((day, front.clone(), account));
        }
    }

    /// What was counted since the start.
    pub(super) fn total(&self) -> Tally {
        self.state().total
    }

    /// What is not written yet, in sight of those who ask for statistics.
    pub(super) fn take(&self, now: Timestamp) -> Counted {
        let mut state = self.state();
        let today = day_number(now);
        state.seen.retain(|day, _| *day >= today - 1);
        let counts = std::mem::take(&mut state.counts);
        let fresh = std::mem::take(&mut state.fresh);
        Counted {
            counts: counts
                .iter()
                .map(|((day, front), tally)| DayCount {
                    day: day_text(*day),
                    front: front.clone(),
                    tally: *tally,
                })
                .collect(),
            people: fresh
                .iter()
                .map(|(day, front, person)| (day_text(*day), front.clone(), *person))
                .collect(),
            back: (counts, fresh),
        }
    }

    /// It could not be written.
    pub(super) fn put_back(&self, counted: Counted) {
        let mut state = self.state();
        let (counts, fresh) = counted.back;
        for (key, tally) in counts {
            let count = state.counts.entry(key).or_default();
            *count = count.plus(tally);
        }
        state.fresh.extend(fresh);
    }
}

impl Counted {
    pub(super) fn is_nothing(&self) -> bool {
        self.counts.is_empty() && self.people.is_empty()
    }
}
