//! The sessions of one's own account: where one is logged in, and logging out there.

use std::net::IpAddr;
use std::sync::Arc;

use crate::engine::{Engine, EngineError, Visitor};
use crate::front::FrontId;
use crate::ports::StoredSession;
use crate::session::Ending;
use crate::{SessionId, Timestamp};

/// One of the own sessions.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OwnSession {
    /// Its id; not its token.
    pub id: SessionId,
    /// Where it holds.
    pub front: FrontId,
    /// Whether it is the one that asks.
    pub current: bool,
    /// When it began.
    pub created_at: Timestamp,
    /// When it was last seen.
    pub seen_at: Timestamp,
    /// When it ends whatever happens.
    pub expires_at: Timestamp,
    /// Where it was last seen from, as far as is known since the server started.
    pub address: Option<IpAddr>,
}

impl Engine {
    /// Where the visitor is logged in, at every front; the one last seen first.
    ///
    /// # Errors
    /// [`EngineError::NotPermitted`] for guests.
    pub async fn own_sessions(&self, visitor: &Visitor) -> Result<Vec<OwnSession>, EngineError> {
        self.members_only(visitor)?;
        let records = self.store.sessions_of(visitor.account(), self.clock.now()).await?;
        let mut own: Vec<_> = records
            .into_iter()
            .map(|record| {
                // The store hears of the last time later.
                let live = self.sessions.find(&record.token_hash);
                OwnSession {
                    id: record.id,
                    current: record.id == visitor.session.id(),
                    created_at: record.created_at,
                    seen_at: live.as_ref().map_or(record.seen_at, |live| live.seen_at().max(record.seen_at)),
                    expires_at: record.expires_at,
                    address: live.and_then(|live| live.address()),
                    front: record.front,
                }
            })
            .collect();
        own.sort_unstable_by_key(|session| (std::cmp::Reverse(session.seen_at), session.id));
        Ok(own)
    }

    /// Logs the visitor out elsewhere; durable on return.
    ///
    /// # Errors
    /// [`EngineError::NotFound`] when it is not a session of theirs, or is over.
    pub async fn end_own_session(&self, visitor: &Visitor, id: SessionId) -> Result<(), EngineError> {
        self.members_only(visitor)?;
        if id == visitor.session.id() {
            return self.log_out(visitor).await;
        }
        let records = self.store.sessions_of(visitor.account(), self.clock.now()).await?;
        let record = records.into_iter().find(|record| record.id == id).ok_or(EngineError::NotFound)?;
        if !self.store.delete_session(id).await? {
            return Err(EngineError::NotFound);
        }
        let ended = StoredSession { id, token_hash: record.token_hash };
        for live in self.sessions.end_stored(&record.front, &[ended], &Arc::new(Ending::LoggedOut)) {
            self.show_departure(&live);
        }
        Ok(())
    }
}
