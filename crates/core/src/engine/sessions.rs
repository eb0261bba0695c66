use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use crate::SessionId;
use crate::account::Account;
use crate::engine::{Engine, EngineError, EntryError, Login, LoginOrigin, Visitor};
use crate::front::Front;
use crate::ports::{SessionRecord, StoreError};
use crate::session::{Ending, Proof, Standing};

impl Engine {
    pub(super) async fn open_session(
        &self,
        front: &Arc<Front>,
        account: Account,
        standing: Standing,
        origin: &LoginOrigin,
    ) -> Result<Login, EntryError> {
        let now = self.clock.now();
        let id = SessionId::generate(now);
        let own = self.own_roles(&front.community, &account);
        let options = front.options_for(&standing, &own);
        let place = self.sessions.admit(&front.id, id, origin.peer, options.places(), now)?;
        let token = self.tokens.issue().map_err(super::no_randomness)?;
        let record = SessionRecord {
            id,
            token_hash: token.hash(),
            account: account.id,
            front: front.id.clone(),
            community: front.community.clone(),
            expires_at: now.plus(lifetime(front, standing.proof)),
            standing,
            created_at: now,
            seen_at: now,
        };
        match options.max_sessions_per_person {
            None => self.store.create_session(&record).await?,
            Some(most) => self.create_session_within(&record, most).await?,
        }
        place.keep();
        let hash = record.token_hash;
        let ended = || self.sessions.ending_of(&hash).map_or_else(ended_early, EntryError::SessionEnded);
        let session = self.bring_in(record, &account).ok_or_else(ended)?;
        if let Some(peer) = origin.peer {
            session.seen_from(peer);
        }
        if let Some(device) = &origin.device {
            session.used_on(device);
        }
        self.desk.counters.session(&front.id, now);
        self.desk.counters.person(&front.id, session.account(), now);
        let visitor = Visitor { session, front: Arc::clone(front) };
        self.show_life(&visitor).await?;
        let cursor = self.current_cursor(&visitor);
        Ok(Login { token, visitor, account, cursor, reply: None, known_device: None })
    }

    /// The oldest sessions of the person end where there would be more than `most`, and their devices hear why.
    async fn create_session_within(&self, record: &SessionRecord, most: u32) -> Result<(), StoreError> {
        let replaced = self.store.create_session_within(record, most).await?;
        for session in self.sessions.end_stored(&record.front, &replaced, &Arc::new(Ending::Replaced)) {
            tracing::info!(
                front.id = %record.front, account = %record.account, reason = Ending::Replaced.as_str(),
                "a session was ended"
            );
            self.show_departure(&session);
        }
        Ok(())
    }

    /// The session of a token at a front, seen from `peer`. Each call counts as a sign of life.
    ///
    /// # Errors
    /// [`EngineError::SessionRequired`] for bogus, foreign, ended and expired tokens; [`EngineError::SessionEnded`] when
    /// somebody else ended it lately; [`EngineError::FrontFull`] when a sleeping session wakes at a full front;
    /// [`EngineError::AddressFull`] when it wakes at, or has moved to, an address that has no place left.
    pub async fn visit(
        &self,
        front: &Arc<Front>,
        token: &str,
        peer: Option<IpAddr>,
    ) -> Result<Visitor, EngineError> {
        let token = self.tokens.recognise(token).map_err(|_| EngineError::SessionRequired)?;
        let hash = token.hash();
        let known = self.sessions.find(&hash);
        let woken = known.is_none();
        let session = match known {
            Some(session) => session,
            None => {
                let record =
                    self.store.session_by_token(&hash).await?.ok_or_else(|| self.no_session(&hash))?;
                let member = self.member_of(&record.community, record.account).await?;
                let member = member.ok_or_else(|| self.no_session(&hash))?;
                let session = self.bring_in(record, &member.account).ok_or_else(|| self.no_session(&hash))?;
                // Whoever ended the sessions of its person meanwhile found it neither in the store nor in memory.
                if self.store.session_by_token(&hash).await?.is_none() {
                    self.sessions.remove(&session);
                    return Err(self.no_session(&hash));
                }
                session
            }
        };
        if *session.front() != front.id || *session.community() != front.community {
            return Err(EngineError::SessionRequired);
        }
        let now = self.clock.now();
        if session.is_revoked() || session.expires_at() <= now {
            self.sessions.remove(&session);
            return Err(self.no_session(&hash));
        }
        let address = peer.or_else(|| session.address());
        self.sessions.touch(&session, address, session.options(front).places(), now)?;
        let moved = peer.is_some() && session.address() != peer;
        if let Some(peer) = peer.filter(|_| moved) {
            session.seen_from(peer);
        }
        // Whoever slept while a ban was made, or came from another place before, is looked at anew.
        if (woken || moved) && self.banned_session(&session).await? {
            return Err(self.no_session(&hash));
        }
        if session.standing().proof != Proof::Guest {
            self.desk.counters.person(&front.id, session.account(), now);
        }
        let visitor = Visitor { session, front: Arc::clone(front) };
        self.show_life(&visitor).await?;
        Ok(visitor)
    }

    /// Why there is no session with this token.
    pub(super) fn no_session(&self, token_hash: &[u8; 32]) -> EngineError {
        self.sessions.ending_of(token_hash).map_or(EngineError::SessionRequired, EngineError::SessionEnded)
    }

    /// Ends a session; durable on return. Its polls end with a 401.
    ///
    /// # Errors
    /// When the store does not answer; the session goes on then.
    pub async fn log_out(&self, visitor: &Visitor) -> Result<(), EngineError> {
        if !visitor.is_guest() {
            self.store.delete_session(visitor.session.id()).await?;
        }
        self.sessions.remove(&visitor.session);
        self.forget_guest(&visitor.session);
        self.show_departure(&visitor.session);
        Ok(())
    }

    /// The visitor's own account.
    ///
    /// # Errors
    /// When the store does not answer.
    pub async fn account(&self, visitor: &Visitor) -> Result<Account, EngineError> {
        if visitor.is_guest() {
            return Ok(self.guest_account(visitor));
        }
        let member = self.member_of(visitor.community(), visitor.account()).await?;
        member.map(|member| member.account.clone()).ok_or(EngineError::SessionRequired)
    }
}

/// A session that another system's session or ticket stands behind is proved anew before long.
const LENT_LIFETIME: Duration = Duration::from_secs(12 * 3600);

pub(super) fn lifetime(front: &Front, proof: Proof) -> Duration {
    let configured = front.options.session_lifetime;
    match proof {
        Proof::ExternalSession | Proof::HandOver | Proof::Guest => configured.min(LENT_LIFETIME),
        Proof::Password | Proof::Negotiate | Proof::TrustedName | Proof::ClaimedName | Proof::Bearer => {
            configured
        }
    }
}

pub(super) fn ended_early() -> EntryError {
    EntryError::Store(StoreError::Inconsistent("a session ended before it began".into()))
}
