use crate::Timestamp;
use crate::auth::ExternalIdentity;

/// The answer of an authenticator that could answer. An outage is an [`AuthError`](super::AuthError), never a refusal.
#[derive(Debug, Clone, PartialEq, Eq)]
#[must_use]
pub enum Decision {
    /// The credentials are good.
    Accepted {
        /// Whose they are.
        identity: Box<ExternalIdentity>,
        /// The last leg of an exchange, to be sent along (mutual authentication).
        reply: Option<Challenge>,
    },
    /// Another step is needed: the next leg of an exchange, or a second factor.
    Continue(Challenge),
    /// The credentials are not good.
    Refused(Refusal),
}

impl Decision {
    /// Accepted, with nothing to send along.
    pub fn accepted(identity: ExternalIdentity) -> Self {
        Self::Accepted { identity: Box::new(identity), reply: None }
    }

    /// The identity, if accepted.
    pub fn identity(&self) -> Option<&ExternalIdentity> {
        match self {
            Self::Accepted { identity, .. } => Some(identity),
            Self::Continue(_) | Self::Refused(_) => None,
        }
    }

    /// The refusal, if refused.
    pub fn refusal(&self) -> Option<&Refusal> {
        match self {
            Self::Refused(refusal) => Some(refusal),
            Self::Accepted { .. } | Self::Continue(_) => None,
        }
    }
}

/// What the person must answer next.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Challenge {
    /// Opaque id of the pending login.
    pub id: String,
    /// What kind of answer is wanted, for example `negotiate` or `totp`.
    pub kind: String,
    /// Data for the client, for example the server's SPNEGO token; what a passkey is asked, as JSON.
    pub data: Option<Vec<u8>>,
    /// The answers that are taken where there is a choice: `totp`, `passkey`, `recovery`.
    pub methods: Vec<&'static str>,
}

/// Why a person was not let in.
///
/// [`UnknownSubject`](Self::UnknownSubject) and [`BadSecret`](Self::BadSecret) look the same from outside. Every
/// other reason is told to the person, so an adapter gives it only after the right secret (address bans excepted).
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Refusal {
    /// Nobody by this name. The only answer after which a chain asks its next member.
    UnknownSubject,
    /// The secret is wrong, or there is none that could be right.
    BadSecret,
    /// Too many attempts over there; or the application wants a captcha that Portico can't show.
    Locked {
        /// When it ends, if known.
        until: Option<Timestamp>,
    },
    /// Banned over there.
    Banned {
        /// The reason that the application shows to the banned.
        reason: Option<String>,
        /// When it ends; `None` = for ever, or not known.
        until: Option<Timestamp>,
    },
    /// The account is not active.
    Disabled,
    /// The account waits for the approval of an administrator.
    Pending,
    /// The password must be changed over there first.
    ExpiredPassword,
    /// This person, or this way of logging in, is not allowed here.
    NotPermitted,
}

impl Refusal {
    /// The name of the reason, as `login-test` prints it and as metrics label it.
    pub fn as_str(&self) -> &'static str {
        match self {
            Self::UnknownSubject => "unknown-subject",
            Self::BadSecret => "bad-secret",
            Self::Locked { .. } => "locked",
            Self::Banned { .. } => "banned",
            Self::Disabled => "disabled",
            Self::Pending => "pending",
            Self::ExpiredPassword => "expired-password",
            Self::NotPermitted => "not-permitted",
        }
    }

    /// Whether this was a guess that didn't hit: what the throttle counts.
    pub fn is_failed_guess(&self) -> bool {
        matches!(self, Self::UnknownSubject | Self::BadSecret)
    }
}
