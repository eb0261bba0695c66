use actix_web::http::Method;
use portico_core::administration::Right;

/// What a call of the administration needs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Access {
    /// Nothing: it is how one comes in, or says what there is.
    Open,
    /// A session of the administration, whatever its rights.
    Session,
    /// This right.
    Needs(Right),
}

use Access::{Needs, Open, Session};

/// Every call of the administration and what it needs. The one place where that is decided: a call that isn't here is
/// refused.
pub const CALLS: &[(Method, &str, Access)] = &[
    (Method::GET, "/openapi.json", Open),
    (Method::POST, "/session", Open),
    (Method::GET, "/session", Session),
    (Method::DELETE, "/session", Session),
    (Method::GET, "/fronts", Session),
    (Method::POST, "/reload", Needs(Right::Options)),
    (Method::PUT, "/fronts/{id}/maintenance", Needs(Right::Options)),
    (Method::GET, "/administrators", Needs(Right::Administrators)),
    (Method::PUT, "/administrators/{account}", Needs(Right::Administrators)),
    (Method::DELETE, "/administrators/{account}", Needs(Right::Administrators)),
    (Method::GET, "/audit", Needs(Right::Audit)),
    (Method::GET, "/bans", Needs(Right::Moderation)),
    (Method::POST, "/bans", Needs(Right::Moderation)),
    (Method::DELETE, "/bans/{id}", Needs(Right::Moderation)),
    (Method::GET, "/mutes", Needs(Right::Moderation)),
    (Method::POST, "/mutes", Needs(Right::Moderation)),
    (Method::DELETE, "/mutes/{id}", Needs(Right::Moderation)),
    (Method::POST, "/accounts/{id}/kick", Needs(Right::Moderation)),
    (Method::GET, "/reports", Needs(Right::Moderation)),
    (Method::GET, "/reports/{id}", Needs(Right::Moderation)),
    (Method::PUT, "/reports/{id}", Needs(Right::Moderation)),
    (Method::GET, "/reports/{id}/history", Needs(Right::Moderation)),
    (Method::DELETE, "/conversations/{id}/messages/{message}", Needs(Right::Moderation)),
    (Method::GET, "/messages", Needs(Right::Messages)),
    (Method::POST, "/messages", Needs(Right::Messages)),
    (Method::GET, "/messages/{id}", Needs(Right::Messages)),
    (Method::GET, "/statistics", Needs(Right::Statistics)),
    (Method::GET, "/accounts", Needs(Right::Accounts)),
    (Method::GET, "/accounts/{id}", Needs(Right::Accounts)),
    (Method::DELETE, "/accounts/{id}/sessions", Needs(Right::Accounts)),
    (Method::DELETE, "/accounts/{id}/sessions/{session}", Needs(Right::Accounts)),
    (Method::PUT, "/accounts/{id}/roles/{role}", Needs(Right::Accounts)),
    (Method::DELETE, "/accounts/{id}/roles/{role}", Needs(Right::Accounts)),
    (Method::DELETE, "/accounts/{id}", Needs(Right::Accounts)),
    (Method::GET, "/accounts/{id}/sessions", Needs(Right::Accounts)),
    (Method::POST, "/accounts/{id}/approve", Needs(Right::Accounts)),
    (Method::POST, "/accounts/{id}/refuse", Needs(Right::Accounts)),
    (Method::POST, "/accounts/{id}/lock", Needs(Right::Accounts)),
    (Method::DELETE, "/accounts/{id}/lock", Needs(Right::Accounts)),
    (Method::DELETE, "/accounts/{id}/attempts", Needs(Right::Accounts)),
    (Method::GET, "/accounts/{id}/contacts", Needs(Right::Accounts)),
    (Method::PUT, "/accounts/{id}/contacts/{other}", Needs(Right::Accounts)),
    (Method::DELETE, "/accounts/{id}/contacts/{other}", Needs(Right::Accounts)),
    (Method::GET, "/presence", Needs(Right::Accounts)),
    (Method::GET, "/native-accounts", Needs(Right::Accounts)),
    (Method::POST, "/native-accounts", Needs(Right::Accounts)),
    (Method::GET, "/native-accounts/{id}", Needs(Right::Accounts)),
    (Method::PATCH, "/native-accounts/{id}", Needs(Right::Accounts)),
    (Method::DELETE, "/native-accounts/{id}", Needs(Right::Accounts)),
    (Method::POST, "/native-accounts/{id}/password-reset", Needs(Right::Accounts)),
    (Method::DELETE, "/native-accounts/{id}/second-factors", Needs(Right::Accounts)),
    (Method::GET, "/groups", Needs(Right::Groups)),
    (Method::POST, "/groups", Needs(Right::Groups)),
    (Method::GET, "/groups/{id}", Needs(Right::Groups)),
    (Method::PATCH, "/groups/{id}", Needs(Right::Groups)),
    (Method::DELETE, "/groups/{id}", Needs(Right::Groups)),
    (Method::GET, "/groups/{id}/members", Needs(Right::Groups)),
    (Method::PUT, "/groups/{id}/members/{account}", Needs(Right::Groups)),
    (Method::DELETE, "/groups/{id}/members/{account}", Needs(Right::Groups)),
    (Method::GET, "/conferences", Needs(Right::Moderation)),
    (Method::GET, "/conferences/{id}", Needs(Right::Moderation)),
    (Method::DELETE, "/conferences/{id}", Needs(Right::Moderation)),
    (Method::DELETE, "/conferences/{id}/participants/{account}", Needs(Right::Moderation)),
    (Method::GET, "/shouts", Needs(Right::Moderation)),
    (Method::PUT, "/shouts/{id}", Needs(Right::Moderation)),
    (Method::DELETE, "/shouts/{id}", Needs(Right::Moderation)),
    (Method::GET, "/fronts/{id}/options", Needs(Right::Options)),
];

/// What a call needs; `None` for one that isn't in the table.
pub fn access(method: &Method, path: &str) -> Option<Access> {
    CALLS.iter().find(|(known, pattern, _)| known == method && *pattern == path).map(|(.., access)| *access)
}
