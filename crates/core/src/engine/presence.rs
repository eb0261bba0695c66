//! How people are, and who is told.

use std::sync::Arc;

use crate::engine::{Engine, EngineError, Visitor};
use crate::messaging::{
    Aspect, ChangeTraffic, Changed, Notice, OwnPresence, PresenceChoice, PresenceRecord, PresenceState,
    PresenceView, Readers, is_time_zone,
};
use crate::policy::{Mode, OfflineChoice};
use crate::ports::StoreResult;
use crate::session::LiveSession;
use crate::{AccountId, CommunityId, GroupId, SessionId, Timestamp};

/// Most people of whom is asked at once what is kept of their presence.
const AT_ONCE: usize = 1000;

/// What a front lets its people do with their presence.
struct Rules {
    invisible: bool,
    reasons: Vec<String>,
}

impl Rules {
    fn of(visitor: &Visitor, state: PresenceState) -> Self {
        let options = visitor.options();
        let reasons = match state {
            PresenceState::Online => &options.online_reasons,
            PresenceState::Away => &options.away_reasons,
            PresenceState::Busy => &options.busy_reasons,
            PresenceState::DoNotDisturb => &options.do_not_disturb_reasons,
            PresenceState::Invisible | PresenceState::Offline => &Vec::new(),
        };
        Self { invisible: options.invisible, reasons: reasons.clone() }
    }
}

impl Engine {
    // --- what the person says ---------------------------------------------------------------------------------

    /// How the visitor is, as their own devices see it.
    ///
    /// # Errors
    /// [`EngineError`]; guests have no presence.
    pub async fn own_presence(&self, visitor: &Visitor) -> Result<OwnPresence, EngineError> {
        self.members_only(visitor)?;
        let (community, account) = (visitor.community(), visitor.account());
        self.know(community, account).await?;
        let own = self.presence.own(community, account, Some(visitor.session().id()));
        own.ok_or(EngineError::SessionRequired)
    }

    /// Chooses a state for all the visitor's devices, until it is changed; durable on return.
    ///
    /// # Errors
    /// [`EngineError::NotPermitted`] where the front has no invisible people, [`EngineError::Unacceptable`] for `offline`
    /// and for a reason that the front does not have for the state.
    pub async fn choose_presence(
        &self,
        visitor: &Visitor,
        state: PresenceState,
        reason: Option<&str>,
    ) -> Result<OwnPresence, EngineError> {
        self.members_only(visitor)?;
        let rules = Rules::of(visitor, state);
        if state == PresenceState::Offline {
            return Err(EngineError::Unacceptable(
                "nobody is offline by choice: log out, or be invisible".into(),
            ));
        }
        if state == PresenceState::Invisible && !rules.invisible {
            return Err(EngineError::NotPermitted("nobody can be invisible here".into()));
        }
        if reason.is_some_and(|reason| !rules.reasons.iter().any(|known| known == reason)) {
            return Err(EngineError::Unacceptable(
                "`reason` is none of this front's reasons for the state".into(),
            ));
        }
        let choice = PresenceChoice { state, reason: reason.map(Arc::from) };
        self.change_record(visitor, |record| record.choice = choice).await
    }

    /// Says whose messages the visitor takes while they are not here; durable on return.
    ///
    /// # Errors
    /// [`EngineError`]
    pub async fn choose_offline(
        &self,
        visitor: &Visitor,
        choice: OfflineChoice,
    ) -> Result<OwnPresence, EngineError> {
        self.members_only(visitor)?;
        self.change_record(visitor, |record| record.offline_choice = choice).await
    }

    /// What a device tells of itself: whether somebody sits at it, and which time zone it stands in.
    ///
    /// # Errors
    /// [`EngineError::Unacceptable`] for what can't be a time zone.
    pub async fn tell_of_device(
        &self,
        visitor: &Visitor,
        idle: Option<bool>,
        time_zone: Option<&str>,
    ) -> Result<OwnPresence, EngineError> {
        self.members_only(visitor)?;
        if time_zone.is_some_and(|name| !is_time_zone(name)) {
            return Err(EngineError::Unacceptable(
                "`time_zone` is no IANA name, such as Europe/Berlin".into(),
            ));
        }
        let (community, account) = (visitor.community(), visitor.account());
        self.know(community, account).await?;
        if let Some(idle) = idle {
            let changed =
                self.presence.idle(community, account, visitor.session().id(), idle, self.clock.now());
            self.tell_of_presence(community, account, changed);
        }
        match time_zone {
            None => self.own_presence(visitor).await,
            Some(zone) => {
                let before = self.presence.record(community, account).and_then(|record| record.time_zone);
                let own = self.change_record(visitor, |record| record.time_zone = Some(zone.into())).await?;
                if before.as_deref() != Some(zone) && visitor.options().show_time_zone {
                    self.tell_of_person(community, account).await?;
                }
                Ok(own)
            }
        }
    }

    async fn change_record(
        &self,
        visitor: &Visitor,
        change: impl FnOnce(&mut PresenceRecord),
    ) -> Result<OwnPresence, EngineError> {
        let (community, account) = (visitor.community(), visitor.account());
        // One at a time, so that memory and store end up with the same choice.
        let _turn = self.choosing.lock().await;
        self.know(community, account).await?;
        let before = self.presence.record(community, account).unwrap_or_default();
        let mut after = before.clone();
        change(&mut after);
        if after != before {
            self.store.keep_presence(community, account, &after).await?;
            self.presence_records.forget([&(community.clone(), account)]);
            let changed = self.presence.keeps(community, account, after, self.clock.now());
            self.tell_of_presence(community, account, changed);
        }
        self.own_presence(visitor).await
    }

    // --- how somebody is --------------------------------------------------------------------------------------

    /// How a person is to others: whoever is invisible is offline here. From memory.
    pub fn presence_of(&self, community: &CommunityId, account: AccountId) -> PresenceView {
        self.presence.view(community, account).unwrap_or_else(|| PresenceView {
            since: self.kept_presence(community, account).and_then(|record| record.seen_at),
            ..PresenceView::default()
        })
    }

    /// As [`presence_of`](Self::presence_of), with what the visitor's front hides left out.
    pub(super) fn presence_for(&self, visitor: &Visitor, account: AccountId) -> PresenceView {
        let view = self.presence_of(visitor.community(), account);
        let since = view.since.filter(|_| visitor.options().show_last_seen);
        PresenceView { since, ..view }
    }

    /// The true state of a person, [`PresenceState::Invisible`] included: for decisions, never to be shown.
    pub fn true_state(&self, community: &CommunityId, account: AccountId) -> PresenceState {
        self.presence.own(community, account, None).map_or(PresenceState::Offline, |own| own.state)
    }

    /// What a person keeps for the time they are not here.
    ///
    /// # Errors
    /// When the store does not answer.
    pub async fn presence_record(
        &self,
        community: &CommunityId,
        account: AccountId,
    ) -> StoreResult<PresenceRecord> {
        if let Some(record) = self.presence.record(community, account) {
            return Ok(record);
        }
        let key = (community.clone(), account);
        let load = || async {
            let kept = self.store.presences(community, &[account]).await?.pop();
            Ok(Arc::new(kept.map(|(_, record)| record).unwrap_or_default()))
        };
        Ok(self.presence_records.get(&key, load).await?.as_ref().clone())
    }

    fn kept_presence(&self, community: &CommunityId, account: AccountId) -> Option<Arc<PresenceRecord>> {
        self.presence_records.peek(&(community.clone(), account))
    }

    /// Something of what is kept of a person's presence. From memory.
    pub(super) fn known_record<T>(
        &self,
        community: &CommunityId,
        account: AccountId,
        take: impl Fn(&PresenceRecord) -> T,
    ) -> Option<T> {
        match self.presence.record(community, account) {
            Some(record) => Some(take(&record)),
            None => self.kept_presence(community, account).map(|record| take(&record)),
        }
    }

    /// The time zone of a person, as a device of theirs told it. From memory.
    pub(super) fn time_zone_of(&self, community: &CommunityId, account: AccountId) -> Option<String> {
        let told = self.known_record(community, account, |record| record.time_zone.clone())??;
        Some(told.as_ref().to_owned())
    }

    /// Loads what is kept of those who are about to be shown and are not in memory: one query for all of them.
    pub(super) async fn know_presences(
        &self,
        community: &CommunityId,
        accounts: impl IntoIterator<Item = AccountId>,
    ) -> StoreResult<()> {
        let unknown = |account: &AccountId| {
            !self.presence.knows(community, *account) && self.kept_presence(community, *account).is_none()
        };
        let unknown: Vec<AccountId> = accounts.into_iter().filter(unknown).collect();
        for some in unknown.chunks(AT_ONCE) {
            let load = |keys: Vec<(CommunityId, AccountId)>| async move {
                let some: Vec<AccountId> = keys.iter().map(|(_, account)| *account).collect();
                let kept = self.store.presences(community, &some).await?;
                let place = |(account, record)| ((community.clone(), account), Arc::new(record));
                Ok(kept.into_iter().map(place).collect())
            };
            let keys = some.iter().map(|account| (community.clone(), *account));
            self.presence_records.get_many(keys, load).await?;
        }
        Ok(())
    }

    /// Makes sure that what a person chose is on the board before they appear on it.
    pub(super) async fn know(&self, community: &CommunityId, account: AccountId) -> StoreResult<()> {
        if self.presence.knows(community, account) {
            return Ok(());
        }
        let record = self.presence_record(community, account).await?;
        // Those who will want to know of this person find what they need in memory, however many they are.
        self.member_of(community, account).await?;
        if self.has_mode(community, Mode::Normal) {
            self.contact_book(community, account).await?;
        }
        self.presence.learn(community, account, record);
        Ok(())
    }

    // --- signs of life ----------------------------------------------------------------------------------------

    /// The visitor's device was seen.
    pub(super) async fn show_life(&self, visitor: &Visitor) -> StoreResult<()> {
        if visitor.is_guest() {
            return Ok(());
        }
        let (community, account) = (visitor.community(), visitor.account());
        self.know(community, account).await?;
        let changed = self.presence.seen(community, account, visitor.session().id(), self.clock.now());
        self.tell_of_presence(community, account, changed);
        Ok(())
    }

    /// An open poll or stream keeps its device here; guests are nobody who could be.
    pub(super) fn opened(&self, visitor: &Visitor) {
        if visitor.is_guest() {
            return;
        }
        let (community, account) = (visitor.community(), visitor.account());
        let changed = self.presence.opened(community, account, visitor.session().id(), self.clock.now());
        self.tell_of_presence(community, account, changed);
    }

    pub(super) fn stopped_listening(&self, visitor: &Visitor) {
        if !visitor.is_guest() {
            let id = visitor.session().id();
            self.presence.closed(visitor.community(), visitor.account(), id, self.clock.now());
        }
    }

    /// A session has ended; with a person's last one the person has gone.
    pub(super) fn show_departure(&self, session: &LiveSession) {
        self.device_left(session.community(), session.account(), session.id());
    }

    fn device_left(&self, community: &CommunityId, account: AccountId, session: SessionId) {
        let changed = self.presence.ended(community, account, session, self.clock.now());
        self.tell_of_presence(community, account, changed);
    }

    /// Tells people about those who have gone silent.
    pub fn sweep_presence(&self) {
        for (community, account, changed) in self.presence.sweep(self.clock.now()) {
            self.tell_of_presence(&community, account, changed);
        }
    }

    /// Writes when people who have gone were last seen.
    pub(super) async fn write_last_seen(&self) {
        for (community, account) in self.write_times(self.presence.take_unwritten()).await {
            self.presence_records.forget([&(community, account)]);
        }
    }

    async fn write_times(
        &self,
        times: Vec<(CommunityId, AccountId, Timestamp)>,
    ) -> Vec<(CommunityId, AccountId)> {
        if times.is_empty() {
            return Vec::new();
        }
        if let Err(error) = self.store.keep_last_seen(&times).await {
            tracing::warn!(%error, "when people were last seen could not be written");
            self.presence.put_back_unwritten(times);
            return Vec::new();
        }
        times.into_iter().map(|(community, account, _)| (community, account)).collect()
    }

    // --- who is told ------------------------------------------------------------------------------------------

    fn tell_of_presence(&self, community: &CommunityId, account: AccountId, changed: Changed) {
        if changed.own {
            self.mailboxes.push(community, [account], &Notice::MyPresence);
        }
        if changed.shown {
            let readers = self
                .readers_of(community, account, |relation| relation == crate::contact::Relation::Accepted);
            self.changes.of(community).record(account, Aspect::Presence, readers);
        }
    }

    /// Tells those who are here that somebody appeared, or that what is shown of them has changed. What their screens
    /// need is put into memory first, so that not every one of them asks the store.
    pub(super) async fn tell_of_person(
        &self,
        community: &CommunityId,
        account: AccountId,
    ) -> StoreResult<()> {
        self.members.forget([&(community.clone(), account)]);
        self.member_of(community, account).await?;
        if self.has_mode(community, Mode::Normal) {
            self.contact_book(community, account).await?;
        }
        let readers = self.readers_of(community, account, |_| true);
        self.changes.of(community).record(account, Aspect::Person, readers);
        Ok(())
    }

    /// Tells those who saw somebody that they may not see them any more: `readers`, and where people see those with whom
    /// they share a group, who is here and in one of `groups`. Where that can't be found out everybody looks around anew.
    pub(super) async fn tell_of_lost_sight(
        &self,
        community: &CommunityId,
        account: AccountId,
        readers: Readers,
        groups: &[GroupId],
    ) {
        self.changes.of(community).record(account, Aspect::Sight, readers);
        if groups.is_empty() || !self.has_mode(community, Mode::GroupCommunity) {
            return;
        }
        let mut here = self.mailboxes.live(community);
        here.retain(|person| *person != account);
        // By who is here, not by who is in the groups: those are known in memory, however large a group is.
        match self.group_ids(community, here.iter().copied()).await {
            Ok(known) => {
                here.retain(|person| {
                    let theirs = known.get(person);
                    theirs.is_some_and(|ids| groups.iter().any(|group| ids.binary_search(group).is_ok()))
                });
                self.mailboxes.push(community, here, &Notice::Person(account));
            }
            Err(error) => {
                tracing::warn!(%error, "who shares a group with somebody could not be read; everybody looks around anew");
                self.mailboxes.push(community, here, &Notice::Anew);
            }
        }
    }

    /// Those who see somebody because they are in a group, whichever it is.
    pub(super) fn readers_of_grouped(&self, community: &CommunityId) -> Readers {
        Readers { everybody: self.has_mode(community, Mode::OpenGroupCommunity), mailboxes: Vec::new() }
    }

    /// Those who may be allowed to know; what each front shows is decided when they read.
    pub(super) fn readers_of(
        &self,
        community: &CommunityId,
        account: AccountId,
        concerned: impl Fn(crate::contact::Relation) -> bool,
    ) -> Readers {
        let everybody =
            self.fronts.iter().any(|front| front.community == *community && follows_all(front.mode));
        if !self.has_mode(community, Mode::Normal) {
            return Readers { everybody, mailboxes: Vec::new() };
        }
        let people: Vec<AccountId> = match self.contacts.peek(&(community.clone(), account)) {
            Some(book) => {
                let related = book.iter().filter(|(_, contact)| concerned(contact.relation_for(account)));
                related.map(|(other, _)| *other).collect()
            }
            None => self.mailboxes.live(community).into_iter().filter(|&other| other != account).collect(),
        };
        Readers { everybody, mailboxes: self.mailboxes.of(community, people) }
    }

    fn has_mode(&self, community: &CommunityId, mode: Mode) -> bool {
        self.fronts.iter().any(|front| front.community == *community && front.mode == mode)
    }

    /// What telling people of each other has cost since the start.
    pub fn change_traffic(&self) -> ChangeTraffic {
        self.changes.traffic()
    }
}

/// Whether readers at a front of this mode follow the log of their community. At the others only contacts are seen.
pub(super) fn follows_all(mode: Mode) -> bool {
    mode != Mode::Normal
}
