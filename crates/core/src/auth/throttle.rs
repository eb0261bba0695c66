use std::collections::VecDeque;
use std::net::IpAddr;
use std::num::NonZeroUsize;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use lru::LruCache;
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
        Self {
            window: Duration::from_secs(300),
            per_name: 5,
            per_address: 50,
        }
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
/// An attempt is counted as failed from its beginning, so that parallel guesses can't pass the limit together, and is
/// given back when it turns out to be right or when no answer could be obtained. A name is never locked for good: the
/// oldest failure leaves the window by itself.
#[derive(Debug, Clone)]
pub struct Throttle {
    rules: ThrottleRules,
    clock: Arc<dyn Clock>,
    failures: Arc<Mutex<LruCache<Key, VecDeque<Timestamp>>>>,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash)]
enum Key {
    Name(String, String),
    Address(IpAddr),
}

/// Most names and addresses remembered; beyond it the longest unused is forgotten.
const REMEMBERED: usize = 100_000;

impl Throttle {
    /// A throttle with these rules.
    pub fn new(rules: ThrottleRules, clock: Arc<dyn Clock>) -> Self {
        let remembered = NonZeroUsize::new(REMEMBERED).unwrap_or(NonZeroUsize::MIN);
        Self {
            rules,
            clock,
            failures: Arc::new(Mutex::new(LruCache::new(remembered))),
        }
    }

    /// Begins an attempt to log in as `login` in the name space `scope` from `peer`.
    ///
    /// # Errors
    /// [`Throttled`] when the name or the address has used up its failures.
    pub fn begin(
        &self,
        scope: &str,
        login: Option<&str>,
        peer: Option<IpAddr>,
    ) -> Result<Attempt, Throttled> {
        let now = self.clock.now();
        let name = login.map(|login| Key::Name(scope.to_owned(), fold(login)));
        let address = peer.map(|peer| Key::Address(network_of(peer)));
        let keys: Vec<(Key, u32)> = [(name, self.rules.per_name), (address, self.rules.per_address)]
            .into_iter()
            .filter_map(|(key, limit)| key.map(|key| (key, limit)))
            .collect();

        let mut failures = self.failures.lock().unwrap_or_else(PoisonError::into_inner);
        let horizon = now.minus(self.rules.window);
        for (key, limit) in &keys {
            let Some(times) = failures.get_mut(key) else {
                continue;
            };
            while times.front().is_some_and(|&time| time <= horizon) {
                times.pop_front();
            }
            if times.len() >= usize::try_from(*limit).unwrap_or(usize::MAX) {
                let oldest = times.front().copied().unwrap_or(now);
                let retry_after = oldest
                    .plus(self.rules.window)
                    .since(now)
                    .max(Duration::from_secs(1));
                return Err(Throttled { retry_after });
            }
        }
        for (key, _) in &keys {
            failures
                .get_or_insert_mut(key.clone(), VecDeque::new)
                .push_back(now);
        }
        let keys = keys.into_iter().map(|(key, _)| key).collect();
        Ok(Attempt {
            throttle: self.clone(),
            keys,
            begun: now,
        })
    }
}

/// An attempt under way, counted as failed unless it is taken back.
#[derive(Debug)]
#[must_use = "the attempt counts as failed when it is dropped"]
pub struct Attempt {
    throttle: Throttle,
    keys: Vec<Key>,
    begun: Timestamp,
}

impl Attempt {
    /// The secret was right: the failures of the name are forgotten, those of the address stay.
    pub fn succeeded(self) {
        let mut failures = self
            .throttle
            .failures
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        for key in &self.keys {
            match key {
                Key::Name(..) => {
                    failures.pop(key);
                }
                Key::Address(_) => take_back(&mut failures, key, self.begun),
            }
        }
    }

    /// No answer could be obtained: an outage is never counted against the person.
    pub fn unanswered(self) {
        let mut failures = self
            .throttle
            .failures
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        for key in &self.keys {
            take_back(&mut failures, key, self.begun);
        }
    }
}

fn take_back(failures: &mut LruCache<Key, VecDeque<Timestamp>>, key: &Key, begun: Timestamp) {
    if let Some(times) = failures.get_mut(key)
        && let Some(position) = times.iter().rposition(|&time| time == begun)
    {
        times.remove(position);
    }
}

/// Spellings that any application could take for the same name count as one.
fn fold(login: &str) -> String {
    login
        .trim()
        .nfkc()
        .flat_map(char::to_lowercase)
        .take(256)
        .collect()
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
