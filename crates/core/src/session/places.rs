//! Who counts at a front, against `max_sessions` and `max_sessions_per_address`.

use std::collections::{HashMap, HashSet};
use std::net::IpAddr;
use std::time::Duration;

use crate::auth::network_of;
use crate::front::FrontOptions;
use crate::session::SEEN_WINDOW;
use crate::{SessionId, Timestamp};

/// How many sessions may count at a front; `None` = any number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct PlaceLimits {
    /// All together: `max_sessions`.
    pub all: Option<u32>,
    /// From one address (IPv6: one /64 network): `max_sessions_per_address`.
    pub per_address: Option<u32>,
}

/// The front has as many sessions as it allows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the front is full")]
pub struct FrontFull {
    /// When the next session may leave the window.
    pub retry_after: Duration,
}

/// As many sessions come from this address as the front allows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("as many sessions come from this address as the front allows")]
pub struct AddressFull {
    /// When the next session may leave the window.
    pub retry_after: Duration,
}

/// There is no place for a session.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NoPlace {
    /// At the front.
    #[error(transparent)]
    Front(#[from] FrontFull),
    /// For its address.
    #[error(transparent)]
    Address(#[from] AddressFull),
}

impl FrontOptions {
    /// How many sessions may count at the front.
    pub(crate) fn places(&self) -> PlaceLimits {
        PlaceLimits { all: self.max_sessions, per_address: self.max_sessions_per_address }
    }
}

#[derive(Debug, Clone, Copy)]
struct Seen {
    at: Timestamp,
    /// Where it was seen from, if that is known: not before it was here since the start.
    network: Option<IpAddr>,
}

/// The sessions that count at one front, those from before a restart too, and where they are.
#[derive(Debug, Default)]
pub(super) struct Places {
    seen: HashMap<SessionId, Seen>,
    from: HashMap<IpAddr, HashSet<SessionId>>,
}

impl Places {
    /// Counts `session` as seen now from `address`, if it counts there already or there is room.
    pub(super) fn take(
        &mut self,
        session: SessionId,
        address: Option<IpAddr>,
        limits: PlaceLimits,
        now: Timestamp,
    ) -> Result<(), NoPlace> {
        let horizon = now.minus(SEEN_WINDOW);
        let before = self.seen.get(&session).copied().filter(|seen| seen.at >= horizon);
        if before.is_none() {
            self.leave(session);
            self.room_at_front(limits.all, now)?;
        }
        let known = before.and_then(|seen| seen.network);
        let network = address.map(network_of).or(known);
        if let Some(network) = network.filter(|_| network != known) {
            self.room_for_address(network, limits.per_address, now)?;
            if let Some(known) = known {
                self.leave_network(known, session);
            }
            self.from.entry(network).or_default().insert(session);
        }
        self.seen.insert(session, Seen { at: now, network });
        Ok(())
    }

    fn room_at_front(&mut self, limit: Option<u32>, now: Timestamp) -> Result<(), FrontFull> {
        let Some(limit) = limit else { return Ok(()) };
        self.forget_before(now.minus(SEEN_WINDOW));
        if self.seen.len() < usize::try_from(limit).unwrap_or(usize::MAX) {
            return Ok(());
        }
        let oldest = self.seen.values().map(|seen| seen.at).min();
        Err(FrontFull { retry_after: wait_for(oldest, now) })
    }

    fn room_for_address(
        &mut self,
        network: IpAddr,
        limit: Option<u32>,
        now: Timestamp,
    ) -> Result<(), AddressFull> {
        let (Some(limit), Some(there)) = (limit, self.from.get(&network)) else { return Ok(()) };
        let horizon = now.minus(SEEN_WINDOW);
        let times = there.iter().filter_map(|session| self.seen.get(session)).map(|seen| seen.at);
        let counting: Vec<Timestamp> = times.filter(|at| *at >= horizon).collect();
        if counting.len() < usize::try_from(limit).unwrap_or(usize::MAX) {
            return Ok(());
        }
        Err(AddressFull { retry_after: wait_for(counting.into_iter().min(), now) })
    }

    /// The session's place is free.
    pub(super) fn leave(&mut self, session: SessionId) {
        if let Some(Seen { network: Some(network), .. }) = self.seen.remove(&session) {
            self.leave_network(network, session);
        }
    }

    fn leave_network(&mut self, network: IpAddr, session: SessionId) {
        if let Some(there) = self.from.get_mut(&network) {
            there.remove(&session);
            if there.is_empty() {
                self.from.remove(&network);
            }
        }
    }

    /// After a restart: these were seen lately.
    pub(super) fn recall(&mut self, seen: impl IntoIterator<Item = (SessionId, Timestamp)>) {
        self.seen.extend(seen.into_iter().map(|(session, at)| (session, Seen { at, network: None })));
    }

    /// Whoever was last seen before `horizon` counts no more.
    pub(super) fn forget_before(&mut self, horizon: Timestamp) {
        let old: Vec<SessionId> =
            self.seen.iter().filter(|(_, seen)| seen.at < horizon).map(|(session, _)| *session).collect();
        for session in old {
            self.leave(session);
        }
    }
}

fn wait_for(oldest: Option<Timestamp>, now: Timestamp) -> Duration {
    let free = oldest.unwrap_or(now).plus(SEEN_WINDOW);
    free.since(now).clamp(Duration::from_secs(5), Duration::from_secs(60))
}

#[cfg(test)]
mod tests {
    use super::*;

    const TWO: PlaceLimits = PlaceLimits { all: None, per_address: Some(2) };

    fn id() -> SessionId {
        SessionId::generate(Timestamp::from_secs(1))
    }

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_secs(seconds)
    }

    fn address(text: &str) -> Option<IpAddr> {
        Some(text.parse().unwrap())
    }

    #[test]
    fn an_address_has_as_many_places_as_the_front_allows() {
        let mut places = Places::default();
        let (one, two, now) = (id(), id(), at(1000));
        let home = address("203.0.113.5");
        places.take(one, home, TWO, now).unwrap();
        places.take(two, home, TWO, now).unwrap();
        assert!(matches!(places.take(id(), home, TWO, now), Err(NoPlace::Address(_))));
        places.take(one, home, TWO, now).expect("it counts already");
        places.take(id(), address("203.0.113.6"), TWO, now).expect("the neighbours have their own");
        places.take(id(), None, TWO, now).expect("where it comes from is not known");
        places.leave(one);
        places.take(id(), home, TWO, now).unwrap();
    }

    #[test]
    fn a_network_of_ipv6_and_a_mapped_address_count_as_one() {
        let mut places = Places::default();
        for text in ["2001:db8:0:1::1", "2001:db8:0:1::2"] {
            places.take(id(), address(text), TWO, at(0)).unwrap();
        }
        assert!(places.take(id(), address("2001:db8:0:1:ffff::3"), TWO, at(0)).is_err());
        places.take(id(), address("2001:db8:0:2::1"), TWO, at(0)).unwrap();
        for text in ["198.51.100.7", "::ffff:198.51.100.7"] {
            places.take(id(), address(text), TWO, at(0)).unwrap();
        }
        assert!(places.take(id(), address("198.51.100.7"), TWO, at(0)).is_err());
    }

    #[test]
    fn whoever_moves_needs_a_place_there_and_gives_the_old_one_back() {
        let mut places = Places::default();
        let (home, work) = (address("203.0.113.5"), address("198.51.100.7"));
        let (one, two, mover) = (id(), id(), id());
        places.take(mover, home, TWO, at(0)).unwrap();
        places.take(one, work, TWO, at(0)).unwrap();
        places.take(two, work, TWO, at(0)).unwrap();
        assert!(places.take(mover, work, TWO, at(1)).is_err());
        places.leave(one);
        places.take(mover, work, TWO, at(2)).unwrap();
        for _ in 0..2 {
            places.take(id(), home, TWO, at(3)).expect("home is free again");
        }
        assert!(places.take(id(), home, TWO, at(3)).is_err());
    }

    #[test]
    fn who_was_not_seen_for_five_minutes_makes_room_at_an_address() {
        let mut places = Places::default();
        let home = address("203.0.113.5");
        let sleeper = id();
        places.take(sleeper, home, TWO, at(0)).unwrap();
        places.take(id(), home, TWO, at(0)).unwrap();
        let refused = places.take(id(), home, TWO, at(299));
        assert_eq!(refused, Err(AddressFull { retry_after: Duration::from_secs(5) }.into()));
        for _ in 0..2 {
            places.take(id(), home, TWO, at(301)).unwrap();
        }
        assert!(places.take(sleeper, home, TWO, at(302)).is_err(), "it wakes where others are now");
    }

    #[test]
    fn nothing_is_kept_of_those_who_are_gone() {
        let mut places = Places::default();
        for number in 0..100 {
            places.take(id(), address(&format!("203.0.113.{number}")), TWO, at(number)).unwrap();
        }
        places.forget_before(at(1000));
        assert!(places.seen.is_empty() && places.from.is_empty());
    }
}
