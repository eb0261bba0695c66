use std::collections::VecDeque;
use std::net::IpAddr;
use std::num::NonZeroUsize;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use lru::LruCache;
use tokio::sync::Notify;
use unicode_normalization::UnicodeNormalization;

use crate::Timestamp;
use crate::ports::Clock;

/// How many wrong guesses are allowed in how long.
///
/// The limit per name must stay below the lockout threshold of a domain behind Portico, or strangers could lock its
/// people's accounts through it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ThrottleRules {
    /// The window that failures are counted in.
    pub window: Duration,
    /// Failures per name, whoever makes them. The name need not exist.
    pub per_name: u32,
    /// Failures per address (IPv6: per /64), whatever the names.
    pub per_address: u32,
}

impl Default for ThrottleRules {
    fn default() -> Self {
        Self { window: Duration::from_secs(300), per_name: 5, per_address: 50 }
    }
}

/// Too many wrong guesses.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("too many failed logins")]
pub struct Throttled {
    /// When the next attempt will be heard.
    pub retry_after: Duration,
}

/// Counts failed logins per name and per address, in memory, in a sliding window.
///
/// Guesses that are still being checked take up what is left of the limit, so parallel guesses can't pass it together;
/// further ones wait until it shows how those went, and so many right logins at once all get through. An attempt that no
/// answer could be obtained for counts for nothing. A name is never locked for good: the oldest failure leaves the window
/// by itself.
#[derive(Debug, Clone)]
pub struct Throttle {
    rules: ThrottleRules,
    clock: Arc<dyn Clock>,
    shared: Arc<Shared>,
}

#[derive(Debug)]
struct Shared {
    records: Mutex<LruCache<Key, Record>>,
    settled: Notify,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash)]
enum Key {
    Name { scope: String, folded: String },
    Address { of: Purpose, network: IpAddr },
}

/// What is counted per address: each by itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Purpose {
    Login,
    Registration,
}

#[derive(Debug, Default)]
struct Record {
    failures: VecDeque<Failure>,
    /// Attempts whose answer is not known yet.
    open: usize,
}

#[derive(Debug)]
struct Failure {
    at: Timestamp,
    spelling: String,
}

/// Most names and addresses remembered; beyond it the longest unused is forgotten.
const REMEMBERED: usize = 100_000;

enum Verdict {
    Go,
    Wait,
    Refuse(Throttled),
}

impl Throttle {
    /// A throttle with these rules.
    pub fn new(rules: ThrottleRules, clock: Arc<dyn Clock>) -> Self {
        let remembered = NonZeroUsize::new(REMEMBERED).unwrap_or(NonZeroUsize::MIN);
        let shared = Shared { records: Mutex::new(LruCache::new(remembered)), settled: Notify::new() };
        Self { rules, clock, shared: Arc::new(shared) }
    }

    /// Begins an attempt to log in as `login` from `peer`; it counts in each of the name spaces `scopes`.
    ///
    /// # Errors
    /// [`Throttled`] when the name or the address has used up its failures.
    pub async fn begin(
        &self,
        scopes: &[&str],
        login: Option<&str>,
        peer: Option<IpAddr>,
    ) -> Result<Attempt, Throttled> {
        let mut keys = Vec::with_capacity(scopes.len() + 1);
        if let Some(login) = login {
            let folded = fold(login);
            keys.extend(
                scopes.iter().map(|&scope| Key::Name { scope: scope.to_owned(), folded: folded.clone() }),
            );
        }
        keys.extend(peer.map(|peer| Key::Address { of: Purpose::Login, network: network_of(peer) }));
        self.begin_with(keys, login.unwrap_or_default()).await
    }

    /// Begins a registration from `peer`. Each counts, whether it succeeds or not, so that names can't be probed or
    /// hoarded by the thousand.
    ///
    /// # Errors
    /// [`Throttled`] when the address has used up its registrations.
    pub async fn begin_registration(&self, peer: Option<IpAddr>) -> Result<Attempt, Throttled> {
        let key = peer.map(|peer| Key::Address { of: Purpose::Registration, network: network_of(peer) });
        self.begin_with(key.into_iter().collect(), "").await
    }

    async fn begin_with(&self, keys: Vec<Key>, spelling: &str) -> Result<Attempt, Throttled> {
        loop {
            let settled = self.shared.settled.notified();
            let mut settled = std::pin::pin!(settled);
            settled.as_mut().enable();
            match self.weigh(&keys) {
                Verdict::Go => {
                    return Ok(Attempt { throttle: self.clone(), keys, spelling: spelling.to_owned() });
                }
                Verdict::Refuse(throttled) => return Err(throttled),
                Verdict::Wait => settled.await,
            }
        }
    }

    fn weigh(&self, keys: &[Key]) -> Verdict {
        let now = self.clock.now();
        let horizon = now.minus(self.rules.window);
        let mut records = self.records();
        let mut wait = false;
        for key in keys {
            let Some(record) = records.get_mut(key) else {
                continue;
            };
            let limit = usize::try_from(self.limit_of(key)).unwrap_or(usize::MAX);
            while record.failures.front().is_some_and(|failure| failure.at <= horizon) {
                record.failures.pop_front();
            }
            if record.failures.len() >= limit {
                let oldest = record.failures.front().map_or(now, |failure| failure.at);
                let retry_after = oldest.plus(self.rules.window).since(now).max(Duration::from_secs(1));
                return Verdict::Refuse(Throttled { retry_after });
            }
            wait |= record.failures.len() + record.open >= limit;
        }
        if wait {
            return Verdict::Wait;
        }
        for key in keys {
            records.get_or_insert_mut(key.clone(), Record::default).open += 1;
        }
        Verdict::Go
    }

    fn limit_of(&self, key: &Key) -> u32 {
        match key {
            Key::Name { .. } => self.rules.per_name,
            Key::Address { .. } => self.rules.per_address,
        }
    }

    fn records(&self) -> MutexGuard<'_, LruCache<Key, Record>> {
        self.shared.records.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// An attempt under way.
#[derive(Debug)]
#[must_use = "the attempt counts as failed when it is dropped"]
pub struct Attempt {
    throttle: Throttle,
    keys: Vec<Key>,
    /// The name as typed. Where names differ by case alone, the owner of one must not clear the other's failures.
    spelling: String,
}

impl Attempt {
    /// The secret was right: the failures of the name as it was typed are forgotten, those of the address stay.
    pub fn succeeded(mut self) {
        let spelling = std::mem::take(&mut self.spelling);
        self.settle(|key, record| {
            if matches!(key, Key::Name { .. }) {
                record.failures.retain(|failure| failure.spelling != spelling);
            }
        });
    }

    /// No answer could be obtained: an outage is never counted against the person.
    pub fn unanswered(mut self) {
        self.settle(|_, _| {});
    }

    fn settle(&mut self, change: impl Fn(&Key, &mut Record)) {
        let keys = std::mem::take(&mut self.keys);
        {
            let mut records = self.throttle.records();
            for key in &keys {
                if let Some(record) = records.get_mut(key) {
                    record.open = record.open.saturating_sub(1);
                    change(key, record);
                }
            }
        }
        self.throttle.shared.settled.notify_waiters();
    }
}

impl Drop for Attempt {
    /// A wrong guess; one whose client went away before the answer too, or guessing would be free.
    fn drop(&mut self) {
        if !self.keys.is_empty() {
            let at = self.throttle.clock.now();
            let spelling: String = self.spelling.chars().take(256).collect();
            self.settle(|_, record| record.failures.push_back(Failure { at, spelling: spelling.clone() }));
        }
    }
}

/// Spellings that any application could take for the same name count as one.
fn fold(login: &str) -> String {
    login.trim().nfkc().flat_map(char::to_lowercase).take(256).collect()
}

/// Whoever has one address of an IPv6 network usually has its whole /64.
fn network_of(address: IpAddr) -> IpAddr {
    match address {
        IpAddr::V4(_) => address,
        IpAddr::V6(v6) => match v6.to_ipv4_mapped() {
            Some(v4) => IpAddr::V4(v4),
            None => {
                let [a, b, c, d, ..] = v6.segments();
                IpAddr::from([a, b, c, d, 0, 0, 0, 0])
            }
        },
    }
}
