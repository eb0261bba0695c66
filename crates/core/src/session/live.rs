use std::net::IpAddr;
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::watch;

use crate::front::{Front, FrontId, FrontOptions, HeldRole, OwnRoles};
use crate::ports::SessionRecord;
use crate::session::{Ending, Standing};
use crate::{AccountId, CommunityId, SessionId, Timestamp};

/// A session in memory.
#[derive(Debug)]
pub struct LiveSession {
    record: SessionRecord,
    seen: AtomicI64,
    changing: Mutex<Changing>,
    signal: watch::Sender<Signal>,
}

/// What changes while a session lives.
#[derive(Debug)]
struct Changing {
    standing: Arc<Standing>,
    /// What its person's roles follow from besides.
    own_roles: Arc<OwnRoles>,
    /// The options that hold for its person, and the front that they were reckoned from.
    options: Option<(Arc<Front>, Arc<FrontOptions>)>,
    /// Where it was last seen from.
    address: Option<IpAddr>,
    /// On which device it was last used.
    device: Option<Arc<str>>,
    ending: Option<Arc<Ending>>,
}

/// What the polls of a session listen for besides their mailbox.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Signal {
    /// The number of the newest poll; older ones end.
    pub poll: u64,
    /// The session has ended.
    pub revoked: bool,
}

impl LiveSession {
    /// From what is kept of it.
    pub fn new(record: SessionRecord) -> Self {
        let (signal, _) = watch::channel(Signal { poll: 0, revoked: false });
        let changing = Changing {
            standing: Arc::new(record.standing.clone()),
            own_roles: Arc::new(OwnRoles::default()),
            options: None,
            address: None,
            device: None,
            ending: None,
        };
        Self {
            seen: AtomicI64::new(record.seen_at.as_millis()),
            changing: Mutex::new(changing),
            record,
            signal,
        }
    }

    fn changing(&self) -> MutexGuard<'_, Changing> {
        self.changing.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Its id.
    pub fn id(&self) -> SessionId {
        self.record.id
    }

    /// Whose it is.
    pub fn account(&self) -> AccountId {
        self.record.account
    }

    /// Where it holds.
    pub fn front(&self) -> &FrontId {
        &self.record.front
    }

    /// The community it belongs to.
    pub fn community(&self) -> &CommunityId {
        &self.record.community
    }

    /// What it rests on.
    pub fn standing(&self) -> Arc<Standing> {
        Arc::clone(&self.changing().standing)
    }

    pub(crate) fn stands(&self, standing: Standing) {
        let mut changing = self.changing();
        changing.standing = Arc::new(standing);
        changing.options = None;
    }

    /// The options that hold for its person at `front`: reckoned once, until either changes.
    pub(crate) fn options(&self, front: &Arc<Front>) -> Arc<FrontOptions> {
        let mut changing = self.changing();
        if let Some((of, options)) = &changing.options
            && Arc::ptr_eq(of, front)
        {
            return Arc::clone(options);
        }
        let options = Arc::new(front.options_for(&changing.standing, &changing.own_roles));
        changing.options = Some((Arc::clone(front), Arc::clone(&options)));
        options
    }

    /// What its person's roles follow from, besides the standing.
    pub fn own_roles(&self) -> Arc<OwnRoles> {
        Arc::clone(&self.changing().own_roles)
    }

    pub(crate) fn owns(&self, roles: OwnRoles) {
        let mut changing = self.changing();
        changing.own_roles = Arc::new(roles);
        changing.options = None;
    }

    /// The roles of its person at `front`, the strongest first.
    pub fn roles(&self, front: &Front) -> Vec<HeldRole> {
        let (standing, own) = (self.standing(), self.own_roles());
        front.roles_of(&standing, &own)
    }

    /// Where it was last seen from, as far as is known.
    pub fn address(&self) -> Option<IpAddr> {
        self.changing().address
    }

    pub(crate) fn seen_from(&self, address: IpAddr) {
        self.changing().address = Some(address);
    }

    /// On which device it was last used, as far as is known.
    pub fn device(&self) -> Option<Arc<str>> {
        self.changing().device.clone()
    }

    pub(crate) fn used_on(&self, device: &str) {
        self.changing().device = Some(device.into());
    }

    /// Why it was ended, if somebody else than its person ended it.
    pub fn ending(&self) -> Option<Arc<Ending>> {
        self.changing().ending.clone()
    }

    /// SHA-256 of its token.
    pub fn token_hash(&self) -> &[u8; 32] {
        &self.record.token_hash
    }

    /// When it ends whatever happens.
    pub fn expires_at(&self) -> Timestamp {
        self.record.expires_at
    }

    /// When it was last seen.
    pub fn seen_at(&self) -> Timestamp {
        Timestamp::from_millis(self.seen.load(Ordering::Relaxed))
    }

    pub(crate) fn saw(&self, now: Timestamp) {
        self.seen.fetch_max(now.as_millis(), Ordering::Relaxed);
    }

    /// Begins a poll: ends older ones, and returns its own number and what to listen to.
    pub fn begin_poll(&self) -> (u64, watch::Receiver<Signal>) {
        let mut number = 0;
        self.signal.send_modify(|signal| {
            signal.poll += 1;
            number = signal.poll;
        });
        (number, self.signal.subscribe())
    }

    /// Listens without ending polls, as a stream does.
    pub fn listen(&self) -> watch::Receiver<Signal> {
        self.signal.subscribe()
    }

    /// Whether it has ended.
    pub fn is_revoked(&self) -> bool {
        self.signal.borrow().revoked
    }

    pub(crate) fn revoke(&self, ending: Option<Arc<Ending>>) {
        if ending.is_some() {
            self.changing().ending = ending;
        }
        self.signal.send_modify(|signal| signal.revoked = true);
    }
}
