use std::net::IpAddr;

use crate::Timestamp;
use crate::front::FrontId;

/// Where and when a login happens.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct AuthContext<'a> {
    /// The front at which the person knocks.
    pub front: &'a FrontId,
    /// The person's address. Without it address bans are not tested.
    pub peer: Option<IpAddr>,
    /// The `User-Agent` header.
    pub user_agent: Option<&'a str>,
    /// The `X-Forwarded-For` header as received, for applications that weigh it.
    pub forwarded_for: Option<&'a str>,
    /// The origin of the front's pages, `https://chat.example.org`, if the configuration says it. What a request claims about
    /// it is not taken.
    pub page: Option<&'a str>,
    /// Now.
    pub now: Timestamp,
}

impl<'a> AuthContext<'a> {
    /// A login at `front`, now, from nowhere in particular.
    pub fn new(front: &'a FrontId, now: Timestamp) -> Self {
        Self { front, peer: None, user_agent: None, forwarded_for: None, page: None, now }
    }

    /// The same from the address `peer`.
    #[must_use]
    pub fn with_peer(mut self, peer: Option<IpAddr>) -> Self {
        self.peer = peer;
        self
    }

    /// The same with this `User-Agent`.
    #[must_use]
    pub fn with_user_agent(mut self, user_agent: Option<&'a str>) -> Self {
        self.user_agent = user_agent;
        self
    }

    /// The same with this origin of the front's pages.
    #[must_use]
    pub fn with_page(mut self, page: Option<&'a str>) -> Self {
        self.page = page;
        self
    }

    /// The same with this `X-Forwarded-For`.
    #[must_use]
    pub fn with_forwarded_for(mut self, forwarded_for: Option<&'a str>) -> Self {
        self.forwarded_for = forwarded_for;
        self
    }
}
