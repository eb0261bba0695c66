use std::sync::Arc;

use crate::front::{Front, FrontOptions, Limits};
use crate::session::{LiveSession, Proof};
use crate::{AccountId, CommunityId};

/// A session at the front it belongs to.
#[derive(Debug, Clone)]
pub struct Visitor {
    pub(super) session: Arc<LiveSession>,
    pub(super) front: Arc<Front>,
}

impl Visitor {
    /// The session.
    pub fn session(&self) -> &LiveSession {
        &self.session
    }

    /// The front.
    pub fn front(&self) -> &Front {
        &self.front
    }

    /// Whether this is a guest: somebody without an account.
    pub fn is_guest(&self) -> bool {
        self.session.standing().proof == Proof::Guest
    }

    /// The options that hold for this person here: the front's, and what their roles say instead.
    pub fn options(&self) -> Arc<FrontOptions> {
        self.session.options(&self.front)
    }

    /// The limits that hold for this person here.
    pub fn limits(&self) -> Limits {
        Limits::of(&self.options())
    }

    /// The person.
    pub fn account(&self) -> AccountId {
        self.session.account()
    }

    /// The community.
    pub fn community(&self) -> &CommunityId {
        self.session.community()
    }
}
