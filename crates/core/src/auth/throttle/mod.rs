//! Wrong guesses, counted per name and per address; the owner of a name is never locked out by them.

mod device;
mod record;

use std::net::IpAddr;
use std::num::NonZeroUsize;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use lru::LruCache;
use tokio::sync::Notify;
use unicode_normalization::UnicodeNormalization;

use crate::ports::Clock;

pub use device::{DeviceId, DeviceKey};
use record::{Failure, Record, Rule, Weight};

/// How many wrong guesses are allowed in how long.
///
/// The limit per name must stay below the lockout threshold of a domain behind Portico, or strangers could lock its
/// people's accounts through it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ThrottleRules {
    /// The window that failures are counted in, and how long the first pause lasts.
    pub window: Duration,
    /// Failures per name, whoever makes them from where nobody has logged in as that name before. The name need not
    /// exist. Each known device or network has as many for itself.
    pub per_name: u32,
    /// Failures per address (IPv6: per /64), whatever the names.
    pub per_address: u32,
    /// The longest pause: each further one of the same address, with or without the same name, is twice as long as the
    /// one before, up to this.
    pub longest_pause: Duration,
}

impl Default for ThrottleRules {
    fn default() -> Self {
        Self {
            window: Duration::from_secs(300),
            per_name: 5,
            per_address: 50,
            longest_pause: Duration::from_secs(3600),
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

/// Who tries to get in.
#[derive(Debug, Clone, Copy, Default)]
pub struct Tries<'a> {
    /// The name spaces that the attempt counts in.
    pub scopes: &'a [&'a str],
    /// The name as typed.
    pub login: Option<&'a str>,
    /// Where from.
    pub peer: Option<IpAddr>,
    /// A device that has logged in as this name before.
    pub device: Option<DeviceId>,
}

/// Counts failed logins, in memory.
///
/// Three counts, each by itself:
/// - per name and network (or known device): pauses double up to [`ThrottleRules::longest_pause`];
/// - per network, whatever the names: the same;
/// - per name over all networks from which nobody has logged in as that name: a sliding window that never grows.
///
/// Whoever has logged in as a name from a network or device before is not touched by the third count: strangers can't keep
/// the owner of a name out. Guesses that are still being checked take up what is left of the limit, so parallel guesses
/// can't pass it together; further ones wait until it shows how those went, and so many right logins at once all get
/// through. An attempt that no answer could be obtained for counts for nothing.
#[derive(Debug, Clone)]
pub struct Throttle {
    rules: ThrottleRules,
    clock: Arc<dyn Clock>,
    shared: Arc<Shared>,
}

#[derive(Debug)]
struct Shared {
    state: Mutex<State>,
    settled: Notify,
}

#[derive(Debug)]
struct State {
    records: LruCache<Key, Record>,
    /// From where somebody has logged in as whom.
    known: LruCache<Place, ()>,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash)]
enum Key {
    /// A name, wherever the guess comes from.
    Name(Name),
    /// A name from one place.
    Pair(Place),
    /// A place, whatever the name.
    Network { of: Purpose, network: IpAddr },
}

#[derive(Debug, Clone, PartialEq, Eq, Hash)]
struct Name {
    scope: String,
    folded: String,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash)]
struct Place {
    name: Name,
    from: From,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum From {
    Network(Option<IpAddr>),
    Device(DeviceId),
}

/// What is counted per address: each by itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Purpose {
    /// A login.
    Login,
    /// A new account.
    Registration,
    /// A forgotten password.
    Reset,
    /// The second step of a login.
    SecondStep,
}

/// Most names and addresses remembered; beyond it the longest unused is forgotten.
const REMEMBERED: usize = 100_000;

impl Throttle {
    /// A throttle with these rules.
    pub fn new(rules: ThrottleRules, clock: Arc<dyn Clock>) -> Self {
        let remembered = NonZeroUsize::new(REMEMBERED).unwrap_or(NonZeroUsize::MIN);
        let state = State { records: LruCache::new(remembered), known: LruCache::new(remembered) };
        let shared = Shared { state: Mutex::new(state), settled: Notify::new() };
        Self { rules, clock, shared: Arc::new(shared) }
    }

    /// Begins an attempt to log in.
    ///
    /// # Errors
    /// [`Throttled`] when the name or the address has used up its failures.
    pub async fn begin(&self, tries: Tries<'_>) -> Result<Attempt, Throttled> {
        let network = tries.peer.map(network_of);
        let mut keys = Vec::with_capacity(2 * tries.scopes.len() + 1);
        let mut places = Vec::new();
        if let Some(login) = tries.login {
            let folded = fold(login);
            for &scope in tries.scopes {
                let name = Name { scope: scope.to_owned(), folded: folded.clone() };
                let from = tries.device.map_or(From::Network(network), From::Device);
                let place = Place { name: name.clone(), from };
                if tries.device.is_none() && !self.is_known(&place) {
                    keys.push(Key::Name(name));
                }
                keys.push(Key::Pair(place.clone()));
                places.push(place);
            }
        }
        if tries.device.is_none() {
            // A known device has a count of its own; its neighbours' guesses are none of its business.
            keys.extend(network.map(|network| Key::Network { of: Purpose::Login, network }));
        }
        self.begin_with(keys, places, tries.login.unwrap_or_default()).await
    }

    /// Begins a registration from `peer`. Each counts, whether it succeeds or not, so that names can't be probed or
    /// hoarded by the thousand.
    ///
    /// # Errors
    /// [`Throttled`] when the address has used up its registrations.
    pub async fn begin_registration(&self, peer: Option<IpAddr>) -> Result<Attempt, Throttled> {
        let key = peer.map(|peer| Key::Network { of: Purpose::Registration, network: network_of(peer) });
        self.begin_with(key.into_iter().collect(), Vec::new(), "").await
    }

    /// Begins something else that is counted per name and per address, `purpose` by `purpose`. It counts unless
    /// [`Attempt::succeeded`] or [`Attempt::unanswered`] says otherwise.
    ///
    /// # Errors
    /// [`Throttled`]
    pub async fn begin_for(
        &self,
        purpose: Purpose,
        name: &str,
        peer: Option<IpAddr>,
    ) -> Result<Attempt, Throttled> {
        let name_of = Name { scope: format!("\0{purpose:?}"), folded: fold(name) };
        let mut keys = vec![Key::Name(name_of)];
        keys.extend(peer.map(|peer| Key::Network { of: purpose, network: network_of(peer) }));
        self.begin_with(keys, Vec::new(), name).await
    }

    /// From now on somebody who comes from `peer` is no stranger to `login`.
    pub fn remember(&self, scopes: &[&str], login: &str, peer: Option<IpAddr>) {
        let Some(network) = peer.map(network_of) else { return };
        let mut state = self.state();
        for &scope in scopes {
            let name = Name { scope: scope.to_owned(), folded: fold(login) };
            state.known.put(Place { name, from: From::Network(Some(network)) }, ());
        }
    }

    /// Forgets all failures of this name, wherever they came from; how many counts there were. Those of addresses stay.
    pub fn forgive(&self, login: &str) -> usize {
        let folded = fold(login);
        let mut state = self.state();
        let theirs = |key: &&Key| match key {
            Key::Name(name) => name.folded == folded,
            Key::Pair(place) => place.name.folded == folded,
            Key::Network { .. } => false,
        };
        // Guesses that are still being checked are counted when they are over.
        let keys: Vec<Key> = state
            .records
            .iter()
            .filter(|(_, record)| record.open == 0)
            .map(|(key, _)| key)
            .filter(theirs)
            .cloned()
            .collect();
        for key in &keys {
            state.records.pop(key);
        }
        drop(state);
        self.shared.settled.notify_waiters();
        keys.len()
    }

    fn is_known(&self, place: &Place) -> bool {
        !matches!(place.from, From::Network(None)) && self.state().known.get(place).is_some()
    }

    async fn begin_with(
        &self,
        keys: Vec<Key>,
        places: Vec<Place>,
        spelling: &str,
    ) -> Result<Attempt, Throttled> {
        loop {
            let settled = self.shared.settled.notified();
            let mut settled = std::pin::pin!(settled);
            settled.as_mut().enable();
            match self.weigh(&keys) {
                Weight::Go => {
                    let throttle = self.clone();
                    return Ok(Attempt { throttle, keys, places, spelling: spelling.to_owned() });
                }
                Weight::Refuse(retry_after) => return Err(Throttled { retry_after }),
                Weight::Wait => settled.await,
            }
        }
    }

    fn weigh(&self, keys: &[Key]) -> Weight {
        let now = self.clock.now();
        let mut state = self.state();
        let (mut wait, mut refused) = (false, None);
        for key in keys {
            let Some(record) = state.records.get_mut(key) else { continue };
            match record.weigh(self.rule_of(key), now) {
                Weight::Go => {}
                Weight::Wait => wait = true,
                // The longest pause is the true one.
                Weight::Refuse(pause) => refused = refused.max(Some(pause)),
            }
        }
        if let Some(pause) = refused {
            return Weight::Refuse(pause);
        }
        if wait {
            return Weight::Wait;
        }
        for key in keys {
            state.records.get_or_insert_mut(key.clone(), Record::default).open += 1;
        }
        Weight::Go
    }

    fn rule_of(&self, key: &Key) -> Rule {
        let (limit, longest) = match key {
            // Strangers could drive a pause that grows up, and so keep the owner out.
            Key::Name(_) => (self.rules.per_name, self.rules.window),
            Key::Pair(_) => (self.rules.per_name, self.rules.longest_pause),
            Key::Network { .. } => (self.rules.per_address, self.rules.longest_pause),
        };
        let limit = usize::try_from(limit).unwrap_or(usize::MAX);
        Rule { limit, window: self.rules.window, longest: longest.max(self.rules.window) }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.shared.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// An attempt under way.
#[derive(Debug)]
#[must_use = "the attempt counts as failed when it is dropped"]
pub struct Attempt {
    throttle: Throttle,
    keys: Vec<Key>,
    places: Vec<Place>,
    /// The name as typed. Where names differ by case alone, the owner of one must not clear the other's failures.
    spelling: String,
}

impl Attempt {
    /// The secret was right: the failures of the name as it was typed are forgotten, those of the address stay; from now
    /// on this network is known.
    pub fn succeeded(mut self) {
        let spelling = std::mem::take(&mut self.spelling);
        let places = std::mem::take(&mut self.places);
        {
            let mut state = self.throttle.state();
            for place in places {
                if matches!(place.from, From::Network(Some(_))) {
                    state.known.put(place, ());
                }
            }
        }
        self.settle(|key, record, _| {
            if matches!(key, Key::Name(_) | Key::Pair(_)) {
                record.forgive(&spelling);
            }
        });
    }

    /// No answer could be obtained: an outage is never counted against the person.
    pub fn unanswered(mut self) {
        self.settle(|_, _, _| {});
    }

    fn settle(&mut self, change: impl Fn(&Key, &mut Record, Rule)) {
        let keys = std::mem::take(&mut self.keys);
        {
            let mut state = self.throttle.state();
            for key in &keys {
                let rule = self.throttle.rule_of(key);
                if let Some(record) = state.records.get_mut(key) {
                    record.open = record.open.saturating_sub(1);
                    change(key, record, rule);
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
            self.settle(|_, record, rule| record.failed(Failure { at, spelling: spelling.clone() }, rule));
        }
    }
}

/// Spellings that any application could take for the same name count as one.
fn fold(login: &str) -> String {
    login.trim().nfkc().flat_map(char::to_lowercase).take(256).collect()
}

/// Whoever has one address of an IPv6 network usually has its whole /64.
pub(crate) fn network_of(address: IpAddr) -> IpAddr {
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

#[cfg(test)]
mod tests;
