use std::sync::atomic::{AtomicI64, Ordering};

use tokio::sync::watch;

use crate::auth::Restrictions;
use crate::front::FrontId;
use crate::ports::SessionRecord;
use crate::{AccountId, CommunityId, SessionId, Timestamp};

/// A session in memory.
#[derive(Debug)]
pub struct LiveSession {
    record: SessionRecord,
    seen: AtomicI64,
    signal: watch::Sender<Signal>,
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
        Self { seen: AtomicI64::new(record.seen_at.as_millis()), record, signal }
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

    /// What its person may not do.
    pub fn restrictions(&self) -> &Restrictions {
        &self.record.restrictions
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

    pub(crate) fn revoke(&self) {
        self.signal.send_modify(|signal| signal.revoked = true);
    }
}
