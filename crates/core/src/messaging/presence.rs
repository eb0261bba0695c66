use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use crate::messaging::{PresenceState, PresenceView};
use crate::{AccountId, CommunityId, Timestamp};

/// How long somebody stays online after the last sign of life: reconnects inside it make no event.
const LINGER: Duration = Duration::from_secs(45);

/// Who is online, per community, in memory. The best of a person's sessions counts.
#[derive(Debug, Default)]
pub struct PresenceBoard {
    people: Mutex<HashMap<(CommunityId, AccountId), Presence>>,
}

/// How one person is.
#[derive(Debug, Clone, Copy)]
pub struct Presence {
    open: u32,
    seen: Timestamp,
    view: PresenceView,
}

impl PresenceBoard {
    /// Nobody yet.
    pub fn new() -> Self {
        Self::default()
    }

    fn people(&self) -> MutexGuard<'_, HashMap<(CommunityId, AccountId), Presence>> {
        self.people.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A sign of life. Returns the new view when the person came online by it.
    pub fn seen(&self, community: &CommunityId, account: AccountId, now: Timestamp) -> Option<PresenceView> {
        self.touch(community, account, now, 0)
    }

    /// A poll or stream was opened. Returns the new view when the person came online by it.
    pub fn opened(
        &self,
        community: &CommunityId,
        account: AccountId,
        now: Timestamp,
    ) -> Option<PresenceView> {
        self.touch(community, account, now, 1)
    }

    /// A poll or stream has ended.
    pub fn closed(&self, community: &CommunityId, account: AccountId, now: Timestamp) {
        if let Some(person) = self.people().get_mut(&(community.clone(), account)) {
            person.open = person.open.saturating_sub(1);
            person.seen = person.seen.max(now);
        }
    }

    fn touch(
        &self,
        community: &CommunityId,
        account: AccountId,
        now: Timestamp,
        opened: u32,
    ) -> Option<PresenceView> {
        let mut people = self.people();
        let person = people.entry((community.clone(), account)).or_insert(Presence {
            open: 0,
            seen: now,
            view: PresenceView { state: PresenceState::Offline, since: None },
        });
        person.open = person.open.saturating_add(opened);
        person.seen = person.seen.max(now);
        if person.view.state == PresenceState::Online {
            return None;
        }
        person.view = PresenceView { state: PresenceState::Online, since: Some(now) };
        Some(person.view)
    }

    /// How a person is.
    pub fn view(&self, community: &CommunityId, account: AccountId) -> PresenceView {
        let unknown = PresenceView { state: PresenceState::Offline, since: None };
        self.people().get(&(community.clone(), account)).map_or(unknown, |person| person.view)
    }

    /// The person has signed out everywhere: offline at once. Returns the new view if that is a change.
    pub fn left(&self, community: &CommunityId, account: AccountId, now: Timestamp) -> Option<PresenceView> {
        let mut people = self.people();
        let person = people.get_mut(&(community.clone(), account))?;
        go_offline(person, now)
    }

    /// Finds those who have gone silent. Called every few seconds; no I/O.
    pub fn sweep(&self, now: Timestamp) -> Vec<(CommunityId, AccountId, PresenceView)> {
        let mut people = self.people();
        let mut gone = Vec::new();
        for ((community, account), person) in people.iter_mut() {
            let silent = person.open == 0 && now.since(person.seen) > LINGER;
            if silent && let Some(view) = go_offline(person, now) {
                gone.push((community.clone(), *account, view));
            }
        }
        gone
    }

    /// Those who have been offline for longer than `age`: nothing about them need stay in memory.
    pub fn forget_idle(&self, now: Timestamp, age: Duration) -> Vec<(CommunityId, AccountId)> {
        let mut people = self.people();
        let idle: Vec<_> = people
            .iter()
            .filter(|(_, p)| p.view.state == PresenceState::Offline && p.open == 0 && now.since(p.seen) > age)
            .map(|(key, _)| key.clone())
            .collect();
        for key in &idle {
            people.remove(key);
        }
        idle
    }
}

fn go_offline(person: &mut Presence, now: Timestamp) -> Option<PresenceView> {
    if person.view.state == PresenceState::Offline {
        return None;
    }
    person.view = PresenceView { state: PresenceState::Offline, since: Some(now) };
    Some(person.view)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(secs: i64) -> Timestamp {
        Timestamp::from_secs(secs)
    }

    #[test]
    fn a_reconnect_within_45_seconds_makes_no_event() {
        let (board, main, me) = (PresenceBoard::new(), CommunityId::default(), AccountId::generate(at(0)));
        assert!(board.opened(&main, me, at(0)).is_some());
        board.closed(&main, me, at(10));
        assert!(board.sweep(at(54)).is_empty());
        assert!(board.opened(&main, me, at(54)).is_none());
    }

    #[test]
    fn somebody_with_an_open_poll_stays_online_however_long() {
        let (board, main, me) = (PresenceBoard::new(), CommunityId::default(), AccountId::generate(at(0)));
        board.opened(&main, me, at(0));
        assert!(board.sweep(at(10_000)).is_empty());
        board.closed(&main, me, at(10_000));
        assert_eq!(board.sweep(at(10_046)).len(), 1);
        assert_eq!(board.view(&main, me).state, PresenceState::Offline);
    }

    #[test]
    fn the_best_of_two_devices_counts() {
        let (board, main, me) = (PresenceBoard::new(), CommunityId::default(), AccountId::generate(at(0)));
        board.opened(&main, me, at(0));
        assert!(board.opened(&main, me, at(1)).is_none());
        board.closed(&main, me, at(2));
        assert!(board.sweep(at(100)).is_empty(), "the other device is still here");
    }
}
