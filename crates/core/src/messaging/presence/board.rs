use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use super::{OwnPresence, PresenceChoice, PresenceRecord, PresenceState, PresenceView};
use crate::{AccountId, CommunityId, SessionId, Timestamp};

/// How long somebody stays online after the last sign of life: reconnects inside it make no event.
const LINGER: Duration = Duration::from_secs(45);
/// How long it is remembered of a device that has gone whether it was idle.
const DEVICE_REMEMBERED: Duration = Duration::from_secs(600);

type Key = (CommunityId, AccountId);

/// Who is here, per community, in memory.
#[derive(Debug, Default)]
pub struct PresenceBoard {
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    people: HashMap<Key, Person>,
    /// When people were last seen who have gone, not yet written behind.
    unwritten: HashMap<Key, Timestamp>,
}

/// What a step has changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[must_use = "somebody wants to know"]
pub struct Changed {
    /// What others see.
    pub shown: bool,
    /// What the person's own devices see, coming and going excepted.
    pub own: bool,
}

#[derive(Debug)]
struct Person {
    record: PresenceRecord,
    devices: Vec<(SessionId, Device)>,
    /// What others see.
    shown: PresenceView,
    /// What the person sees.
    own: PresenceView,
}

#[derive(Debug, Clone, Copy)]
struct Device {
    open: u32,
    seen: Timestamp,
    idle: bool,
}

impl Device {
    fn is_here(&self, now: Timestamp) -> bool {
        self.open > 0 || now.since(self.seen) <= LINGER
    }
}

impl Person {
    fn new(record: PresenceRecord) -> Self {
        let gone = PresenceView { state: PresenceState::Offline, reason: None, since: record.seen_at };
        Self { record, devices: Vec::new(), shown: gone.clone(), own: gone }
    }

    fn device(&mut self, session: SessionId, now: Timestamp) -> &mut Device {
        let known = self.devices.iter().position(|(id, _)| *id == session);
        let at = known.unwrap_or_else(|| {
            self.devices.push((session, Device { open: 0, seen: now, idle: false }));
            self.devices.len() - 1
        });
        &mut self.devices[at].1
    }

    /// The state that follows from the devices and the choice.
    fn state(&self, now: Timestamp) -> PresenceState {
        let mut here =
            self.devices.iter().map(|(_, device)| device).filter(|device| device.is_here(now)).peekable();
        match self.record.choice.state {
            _ if here.peek().is_none() => PresenceState::Offline,
            PresenceState::Online if here.all(|device| device.idle) => PresenceState::Away,
            chosen => chosen,
        }
    }

    /// Makes both views what they should be now; `at` is the time of a change.
    fn settle(&mut self, now: Timestamp, at: Timestamp) -> Changed {
        let state = self.state(now);
        // A reason is that of the chosen state; "away" because nobody sits there has none.
        let reason = if state == self.record.choice.state { self.record.choice.reason.clone() } else { None };
        // Coming and going is no news to one's own devices.
        let came_or_went = (self.own.state == PresenceState::Offline) != (state == PresenceState::Offline);
        let own = becomes(&mut self.own, state, reason.clone(), at) && !came_or_went;
        let reason = if state == PresenceState::Invisible { None } else { reason };
        let shown = becomes(&mut self.shown, state.shown(), reason, at);
        Changed { shown, own }
    }

    fn last_sign(&self) -> Option<Timestamp> {
        self.devices.iter().map(|(_, device)| device.seen).max()
    }
}

fn becomes(view: &mut PresenceView, state: PresenceState, reason: Option<Arc<str>>, at: Timestamp) -> bool {
    if view.state == state && view.reason == reason {
        return false;
    }
    let since = if view.state == state { view.since } else { Some(at) };
    *view = PresenceView { state, reason, since };
    true
}

impl State {
    /// Does something to a person who is known, and settles what follows.
    fn change(&mut self, key: &Key, now: Timestamp, step: impl FnOnce(&mut Person)) -> Changed {
        let Some(person) = self.people.get_mut(key) else { return Changed::default() };
        step(person);
        self.settle(key, now, now)
    }

    fn settle(&mut self, key: &Key, now: Timestamp, at: Timestamp) -> Changed {
        let Some(person) = self.people.get_mut(key) else { return Changed::default() };
        let changed = person.settle(now, at);
        if changed.shown {
            match (person.shown.state, person.shown.since) {
                (PresenceState::Offline, Some(since)) => self.unwritten.insert(key.clone(), since),
                _ => self.unwritten.remove(key),
            };
        }
        changed
    }
}

impl PresenceBoard {
    /// Nobody yet.
    pub fn new() -> Self {
        Self::default()
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether what a person chose is in memory.
    pub fn knows(&self, community: &CommunityId, account: AccountId) -> bool {
        self.lock().people.contains_key(&(community.clone(), account))
    }

    /// Takes in what is kept of a person; who is known already stays as they are.
    pub fn learn(&self, community: &CommunityId, account: AccountId, record: PresenceRecord) {
        self.lock().people.entry((community.clone(), account)).or_insert_with(|| Person::new(record));
    }

    /// A sign of life of a device.
    pub fn seen(
        &self,
        community: &CommunityId,
        account: AccountId,
        session: SessionId,
        now: Timestamp,
    ) -> Changed {
        self.touch(&(community.clone(), account), session, now, 0)
    }

    /// A device opened a poll or stream.
    pub fn opened(
        &self,
        community: &CommunityId,
        account: AccountId,
        session: SessionId,
        now: Timestamp,
    ) -> Changed {
        self.touch(&(community.clone(), account), session, now, 1)
    }

    fn touch(&self, key: &Key, session: SessionId, now: Timestamp, opened: u32) -> Changed {
        let mut state = self.lock();
        // Only of somebody who chose nothing can it be that nothing is known: see `forget_idle`.
        state.people.entry(key.clone()).or_insert_with(|| Person::new(PresenceRecord::default()));
        state.change(key, now, |person| {
            let device = person.device(session, now);
            device.open = device.open.saturating_add(opened);
            device.seen = device.seen.max(now);
        })
    }

    /// A poll or stream of a device has ended.
    pub fn closed(&self, community: &CommunityId, account: AccountId, session: SessionId, now: Timestamp) {
        let key = (community.clone(), account);
        if let Some(person) = self.lock().people.get_mut(&key)
            && let Some((_, device)) = person.devices.iter_mut().find(|(id, _)| *id == session)
        {
            device.open = device.open.saturating_sub(1);
            device.seen = device.seen.max(now);
        }
    }

    /// A session has ended: its device is not here any more, at once.
    pub fn ended(
        &self,
        community: &CommunityId,
        account: AccountId,
        session: SessionId,
        now: Timestamp,
    ) -> Changed {
        self.lock().change(&(community.clone(), account), now, |person| {
            person.devices.retain(|(id, _)| *id != session);
        })
    }

    /// A device says whether somebody sits at it.
    pub fn idle(
        &self,
        community: &CommunityId,
        account: AccountId,
        session: SessionId,
        idle: bool,
        now: Timestamp,
    ) -> Changed {
        self.lock().change(&(community.clone(), account), now, |person| {
            person.device(session, now).idle = idle;
        })
    }

    /// What a person chose, told or set is this from now on. It has been kept before.
    pub fn keeps(
        &self,
        community: &CommunityId,
        account: AccountId,
        record: PresenceRecord,
        now: Timestamp,
    ) -> Changed {
        let mut changed =
            self.lock().change(&(community.clone(), account), now, |person| person.record = record);
        changed.own = true;
        changed
    }

    /// How a person is to others, if they are known here.
    pub fn view(&self, community: &CommunityId, account: AccountId) -> Option<PresenceView> {
        self.lock().people.get(&(community.clone(), account)).map(|person| person.shown.clone())
    }

    /// The time zone and what else is kept of a person, if they are known here.
    pub fn record(&self, community: &CommunityId, account: AccountId) -> Option<PresenceRecord> {
        self.lock().people.get(&(community.clone(), account)).map(|person| person.record.clone())
    }

    /// How a person is to themselves, and whether one of their devices is idle.
    pub fn own(
        &self,
        community: &CommunityId,
        account: AccountId,
        session: Option<SessionId>,
    ) -> Option<OwnPresence> {
        let state = self.lock();
        let person = state.people.get(&(community.clone(), account))?;
        let idle_of = |session| person.devices.iter().any(|(id, device)| *id == session && device.idle);
        Some(OwnPresence {
            state: person.own.state,
            reason: person.own.reason.clone(),
            since: person.own.since,
            chosen: person.record.choice.clone(),
            idle: session.map(idle_of),
            time_zone: person.record.time_zone.clone(),
            offline_messages: person.record.offline_choice,
        })
    }

    /// Finds those who have gone silent. Called every few seconds; no I/O.
    pub fn sweep(&self, now: Timestamp) -> Vec<(CommunityId, AccountId, Changed)> {
        let mut state = self.lock();
        let silent: Vec<(Key, Timestamp)> = state
            .people
            .iter_mut()
            .filter_map(|(key, person)| {
                let changes = person.state(now) != person.own.state;
                let at = person.last_sign().unwrap_or(now);
                person
                    .devices
                    .retain(|(_, device)| device.open > 0 || now.since(device.seen) <= DEVICE_REMEMBERED);
                changes.then(|| (key.clone(), at))
            })
            .collect();
        let settled = silent.into_iter().map(|(key, last)| {
            // Who has gone was here until the last sign; who only lost an active device is away from now on.
            let gone =
                state.people.get(&key).is_some_and(|person| person.state(now) == PresenceState::Offline);
            let changed = state.settle(&key, now, if gone { last } else { now });
            (key.0, key.1, changed)
        });
        settled.collect()
    }

    /// Those who have been gone for longer than `age`. Nothing about them stays in memory but what they chose, so that
    /// nobody who chose to be invisible appears for want of a look.
    pub fn forget_idle(&self, now: Timestamp, age: Duration) -> Vec<Key> {
        let mut state = self.lock();
        let idle: Vec<Key> = state
            .people
            .iter()
            .filter(|(key, person)| {
                let asleep = |device: &Device| device.open == 0 && now.since(device.seen) > age;
                person.own.state == PresenceState::Offline
                    && person.devices.iter().all(|(_, device)| asleep(device))
                    && !state.unwritten.contains_key(*key)
            })
            .map(|(key, _)| key.clone())
            .collect();
        for key in &idle {
            if state.people.get(key).is_some_and(|person| person.record.choice == PresenceChoice::default()) {
                state.people.remove(key);
            }
        }
        idle
    }

    /// When people who have gone were last seen, to be written behind; they count as written.
    pub fn take_unwritten(&self) -> Vec<(CommunityId, AccountId, Timestamp)> {
        self.lock().unwritten.drain().map(|((community, account), at)| (community, account, at)).collect()
    }

    /// Puts back times that could not be written.
    pub fn put_back_unwritten(&self, times: Vec<(CommunityId, AccountId, Timestamp)>) {
        let mut state = self.lock();
        for (community, account, at) in times {
            let entry = state.unwritten.entry((community, account)).or_insert(at);
            *entry = (*entry).max(at);
        }
    }

    /// The server stops: who is here, for others to see, was here until now.
    pub fn everybody_leaves(&self, now: Timestamp) {
        let mut state = self.lock();
        let here: Vec<Key> = state
            .people
            .iter()
            .filter(|(_, person)| person.shown.state != PresenceState::Offline)
            .map(|(key, _)| key.clone())
            .collect();
        state.unwritten.extend(here.into_iter().map(|key| (key, now)));
    }

    /// Nothing is known of a person any more: the account is gone.
    pub fn forget(&self, account: AccountId) {
        let mut state = self.lock();
        state.people.retain(|(_, known), _| *known != account);
        state.unwritten.retain(|(_, known), _| *known != account);
    }
}

#[cfg(test)]
#[path = "board_tests.rs"]
mod tests;
