//! Administration and moderation: what is done about people, and the log of it.
//!
//! Whoever calls has been authorised: administrators by the table of the administration's interface, moderators here, by the
//! option `moderator` of their front.

mod access;
mod alerts;
mod bans;
mod broadcast;
mod counters;
mod groups;
mod lives;
mod mutes;
mod people;
mod reports;
mod rooms;
mod statistics;
mod waiting;

use std::collections::{BTreeSet, HashMap};
use std::sync::{Arc, Mutex, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};

use tokio::sync::Notify;

use crate::account::Account;
use crate::administration::{
    Actor, ActorKind, AuditEntry, AuditFilter, BanList, Change, Mute, Place, Rights,
};
use crate::engine::{Engine, EngineError, Visitor};
use crate::front::FrontId;
use crate::messaging::PresenceState;
use crate::ports::{Store, StoreResult};
use crate::session::TokenKey;
use crate::{AccountId, AuditId, CommunityId, MuteId};

pub use access::{AdminSession, stamp_of};
pub use alerts::AlertTo;
pub use bans::NewBan;
pub use broadcast::NewBroadcast;
pub use groups::{GroupRevision, Seat};
pub use lives::ResetHandedOut;
pub use mutes::NewMute;
pub use people::{Listed, PersonCard};
pub use reports::{NewReport, ReportCard, Verdict};
pub use rooms::PersonHere;
pub use statistics::Present;

pub(super) use counters::Counters;

pub(super) use waiting::Waiting;

use alerts::Alarms;
use waiting::Unsaid;

/// Longest text that is shown to the banned and the muted, in characters.
const MAX_REASON: usize = 500;

/// What administration has in memory.
#[derive(Debug)]
pub(super) struct Desk {
    bans: RwLock<BanList>,
    mutes: RwLock<HashMap<AccountId, Vec<Mute>>>,
    /// Rights that are written down.
    administrators: RwLock<HashMap<AccountId, Rights>>,
    tokens: TokenKey,
    pub(super) counters: Arc<Counters>,
    /// Who writes for the administration, as far as anything was written.
    sender: Mutex<Option<Arc<Account>>>,
    alarms: Alarms,
    /// What waits and nobody was told of yet.
    unsaid: Unsaid,
    /// Mutes that were found to be over: a clock that goes back does not bring them back.
    over: Mutex<BTreeSet<MuteId>>,
    /// A text to many waits to be delivered.
    broadcast: Notify,
    /// Held by whoever decides over a report.
    deciding: tokio::sync::Mutex<()>,
    /// The id of the last line of the audit log.
    last_line: Mutex<u128>,
}

impl Desk {
    pub(super) async fn open(
        store: &dyn Store,
        key: &[u8; 32],
        counters: Arc<Counters>,
    ) -> StoreResult<Self> {
        let mut mutes: HashMap<AccountId, Vec<Mute>> = HashMap::new();
        for mute in store.mutes().await? {
            mutes.entry(mute.account).or_default().push(mute);
        }
        let newest = AuditFilter { limit: 1, ..AuditFilter::default() };
        let last_line = store.audit(&newest).await?.first().map_or(0, |entry| entry.id.as_uuid().as_u128());
        Ok(Self {
            bans: RwLock::new(BanList::new(store.bans().await?)),
            mutes: RwLock::new(mutes),
            administrators: RwLock::new(store.administrators().await?.into_iter().collect()),
            tokens: TokenKey::of_the_administration(key),
            counters,
            sender: Mutex::new(broadcast::known_sender(store).await?.map(Arc::new)),
            alarms: Alarms::new(),
            unsaid: Unsaid::default(),
            over: Mutex::default(),
            broadcast: Notify::new(),
            deciding: tokio::sync::Mutex::default(),
            last_line: Mutex::new(last_line),
        })
    }

    fn bans(&self) -> RwLockReadGuard<'_, BanList> {
        self.bans.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn bans_mut(&self) -> RwLockWriteGuard<'_, BanList> {
        self.bans.write().unwrap_or_else(PoisonError::into_inner)
    }

    /// Somebody has left for good: their mutes and rights went with them.
    pub(super) fn forget(&self, account: AccountId) {
        self.mutes.write().unwrap_or_else(PoisonError::into_inner).remove(&account);
        self.administrators.write().unwrap_or_else(PoisonError::into_inner).remove(&account);
    }

    /// Who writes for the administration, if anything was ever written.
    pub(super) fn sender(&self) -> Option<Arc<Account>> {
        self.sender.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

impl Engine {
    /// The audit log, newest first.
    ///
    /// # Errors
    /// When the store does not answer.
    pub async fn audit(&self, filter: &AuditFilter) -> Result<Vec<AuditEntry>, EngineError> {
        Ok(self.store.audit(filter).await?)
    }

    /// Writes down an act that was done elsewhere.
    ///
    /// # Errors
    /// When the store does not answer.
    pub async fn record(&self, entry: AuditEntry) -> Result<(), EngineError> {
        self.store.administer(&Change::Record, entry).await?;
        Ok(())
    }

    /// A line of the audit log that begins now.
    pub fn audit_entry(&self, by: &Actor, action: &str) -> AuditEntry {
        let mut entry = AuditEntry::new(self.clock.now(), by, action);
        // Of two lines in one millisecond the later has the greater id.
        let mut last = self.desk.last_line.lock().unwrap_or_else(PoisonError::into_inner);
        *last = entry.id.as_uuid().as_u128().max(last.saturating_add(1));
        entry.id = AuditId::from_uuid(uuid::Uuid::from_u128(*last));
        entry
    }

    /// Does what the store does, with its line of the log.
    async fn administer(&self, change: &Change, entry: AuditEntry) -> Result<AuditEntry, EngineError> {
        self.store.administer(change, entry).await?.ok_or(EngineError::NotFound)
    }

    /// The visitor as a moderator of their front.
    fn moderator(&self, visitor: &Visitor) -> Result<Actor, EngineError> {
        self.members_only(visitor)?;
        if !visitor.options().moderator {
            return Err(EngineError::NotPermitted("only moderators of this front may do this".into()));
        }
        Ok(Actor {
            kind: ActorKind::Moderator,
            id: Some(visitor.account()),
            name: visitor.session().standing().subject.as_str().to_owned(),
            address: visitor.session().address(),
        })
    }

    async fn named_moderator(&self, visitor: &Visitor) -> Result<Actor, EngineError> {
        let actor = self.moderator(visitor)?;
        Ok(Actor { name: self.account(visitor).await?.profile.login, ..actor })
    }

    /// The visitor as somebody who keeps order where the caller lets them: a moderator of the front, or whoever manages a
    /// group.
    pub(in crate::engine) async fn in_charge(&self, visitor: &Visitor) -> Result<Actor, EngineError> {
        if visitor.options().moderator {
            return self.named_moderator(visitor).await;
        }
        Ok(Actor {
            kind: ActorKind::Person,
            id: Some(visitor.account()),
            name: self.account(visitor).await?.profile.login,
            address: visitor.session().address(),
        })
    }

    /// Whether somebody is here, seen or not.
    fn is_present(&self, community: &CommunityId, account: AccountId) -> bool {
        self.true_state(community, account) != PresenceState::Offline
    }

    /// A place that exists.
    ///
    /// # Errors
    /// [`EngineError::Unacceptable`] when there is no such front or community.
    pub fn place(&self, front: Option<&str>, community: Option<&str>) -> Result<Place, EngineError> {
        match (front, community) {
            (None, None) => Ok(Place::Everywhere),
            (Some(_), Some(_)) => {
                Err(EngineError::Unacceptable("give a front or a community, not both".into()))
            }
            (Some(front), None) => {
                let found = FrontId::new(front).ok().filter(|id| self.fronts.get(id).is_some());
                found.map(Place::Front).ok_or_else(|| unknown("front", front))
            }
            (None, Some(name)) => {
                let found = CommunityId::new(name).ok();
                let found = found.filter(|id| self.fronts.iter().any(|front| front.community == *id));
                found.map(Place::Community).ok_or_else(|| unknown("community", name))
            }
        }
    }
}

fn unknown(what: &str, name: &str) -> EngineError {
    EngineError::Unacceptable(format!("there is no {what} `{name}`"))
}

/// A text that is shown to somebody: without control characters, of bounded length; `None` for nothing.
fn reason(text: Option<String>) -> Result<Option<String>, EngineError> {
    let Some(text) = text.map(|text| text.trim().to_owned()).filter(|text| !text.is_empty()) else {
        return Ok(None);
    };
    if text.chars().count() > MAX_REASON || text.contains('\0') {
        return Err(EngineError::Unacceptable(format!("a reason has at most {MAX_REASON} characters")));
    }
    Ok(Some(text))
}
