use std::sync::Arc;
use std::time::Duration;

use crate::Timestamp;
use crate::account::LinkConflict;
use crate::auth::{AuthError, Authenticator, Challenge, Guarded, Refusal, Restriction, Throttled};
use crate::contact::ContactRefusal;
use crate::files::FileRefusal;
use crate::group::GroupRefusal;
use crate::messaging::{ChangeRefusal, ConferenceRefusal, InvalidCursor, SendFailure, TextRefusal};
use crate::policy::WriteRefusal;
use crate::ports::StoreError;
use crate::session::{AddressFull, Ending, FrontFull, NoPlace, TicketRefusal};
use crate::shoutbox::ShoutRefusal;

/// Why a call was not done.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum EngineError {
    /// There is no session, or it has ended.
    #[error("a session is needed")]
    SessionRequired,
    /// The session was ended, and not by its person.
    #[error("the session was ended: {}", .0.as_str())]
    SessionEnded(Arc<Ending>),
    /// The front has as many sessions as it allows.
    #[error(transparent)]
    FrontFull(#[from] FrontFull),
    /// As many sessions come from this address as the front allows.
    #[error(transparent)]
    AddressFull(#[from] AddressFull),
    /// There is no such thing, or it is not this person's to see.
    #[error("not found")]
    NotFound,
    /// The front's mode or the other person doesn't allow it.
    #[error("{0}")]
    NotPermitted(String),
    /// The visitor may not write to the other person.
    #[error(transparent)]
    MayNotWrite(#[from] WriteRefusal),
    /// The person may read but not write.
    #[error("you may read but not write: {}", .0.reason)]
    WriteRestricted(Restriction),
    /// It was done before.
    #[error("{0}")]
    Repeated(String),
    /// It was done too often lately.
    #[error("too often; wait before the next one")]
    TooOften {
        /// When the next one may be done.
        retry_after: Duration,
    },
    /// A contact action was not done.
    #[error(transparent)]
    Contact(#[from] ContactRefusal),
    /// Something was not done to a group.
    #[error(transparent)]
    Group(#[from] GroupRefusal),
    /// Something was not done to a conference.
    #[error(transparent)]
    Conference(#[from] ConferenceRefusal),
    /// A text or client id can't be sent.
    #[error(transparent)]
    Text(#[from] TextRefusal),
    /// The same is under way already, for this person.
    #[error("this is under way already")]
    Busy(Duration),
    /// A word is not wanted here.
    #[error("the word “{0}” is not wanted here")]
    UnwantedWord(String),
    /// A message was not changed.
    #[error(transparent)]
    Change(#[from] ChangeRefusal),
    /// It can't be done as things are.
    #[error("{0}")]
    Conflict(String),
    /// Too many wrong guesses.
    #[error(transparent)]
    Throttled(#[from] Throttled),
    /// Whoever keeps the account gave no answer.
    #[error(transparent)]
    Unanswered(#[from] AuthError),
    /// Well-formed, but makes no sense.
    #[error("{0}")]
    Unacceptable(String),
    /// Something at a wall was not done.
    #[error(transparent)]
    Shout(#[from] ShoutRefusal),
    /// A file is not taken.
    #[error(transparent)]
    File(#[from] FileRefusal),
    /// The place where files are kept did not do it.
    #[error("files can't be kept or read at the moment: {0}")]
    Blobs(#[from] std::io::Error),
    /// A message was not acknowledged.
    #[error(transparent)]
    Send(#[from] SendFailure),
    /// The cursor is not valid here.
    #[error(transparent)]
    Cursor(#[from] InvalidCursor),
    /// The store did not do it.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Why somebody did not get in.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum EntryError {
    /// The credentials are not good.
    #[error("refused: {}", .0.as_str())]
    Refused(Refusal),
    /// The password was right and is too old, and Portico keeps it: it can be changed here and now.
    #[error("the password has to be changed first")]
    PasswordToChange,
    /// The account here is locked, whatever the other system says.
    #[error("the account is locked")]
    AccountLocked {
        /// Why, for the person.
        reason: Option<String>,
        /// When it ends by itself, if it does.
        until: Option<Timestamp>,
    },
    /// Another step is needed.
    #[error("another step is needed")]
    Challenge(Challenge),
    /// Too many wrong guesses.
    #[error(transparent)]
    Throttled(#[from] Throttled),
    /// The front has as many sessions as it allows.
    #[error(transparent)]
    FrontFull(#[from] FrontFull),
    /// As many sessions come from this address as the front allows.
    #[error(transparent)]
    AddressFull(#[from] AddressFull),
    /// As many people as may have entered the front; who has entered it before still enters.
    #[error("no more people can enter this front for the first time")]
    NoMoreAccounts,
    /// The session ended before its beginning was told: the same person's next login was faster.
    #[error("the session was ended: {}", .0.as_str())]
    SessionEnded(Arc<Ending>),
    /// A hand-over ticket is no good.
    #[error(transparent)]
    Ticket(#[from] TicketRefusal),
    /// The identity conflicts with a known one.
    #[error(transparent)]
    Link(#[from] LinkConflict),
    /// A new account's name or password breaks a rule.
    #[error("{0}")]
    Unacceptable(String),
    /// A new account's name is taken.
    #[error("this name is taken")]
    NameTaken,
    /// The front makes no accounts this way.
    #[error("this front has no registration form")]
    NoRegistration,
    /// The other system gave no answer.
    #[error(transparent)]
    Unanswered(#[from] AuthError),
    /// The store did not do it.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl EntryError {
    /// A refusal of `by`: where it keeps the passwords itself, an expired one can be changed.
    pub(super) fn refused(refusal: Refusal, by: Option<&Guarded>) -> Self {
        match refusal {
            Refusal::ExpiredPassword if by.is_some_and(|by| by.passwords().is_some()) => {
                Self::PasswordToChange
            }
            refusal => Self::Refused(refusal),
        }
    }
}

impl From<NoPlace> for EngineError {
    fn from(none: NoPlace) -> Self {
        match none {
            NoPlace::Front(full) => full.into(),
            NoPlace::Address(full) => full.into(),
        }
    }
}

impl From<NoPlace> for EntryError {
    fn from(none: NoPlace) -> Self {
        match none {
            NoPlace::Front(full) => full.into(),
            NoPlace::Address(full) => full.into(),
        }
    }
}

impl EntryError {
    /// When another try makes sense, if that is known.
    pub fn retry_after(&self) -> Option<Duration> {
        match self {
            Self::Throttled(throttled) => Some(throttled.retry_after),
            Self::FrontFull(full) => Some(full.retry_after),
            Self::AddressFull(full) => Some(full.retry_after),
            Self::Unanswered(AuthError::Unavailable { retry_after, .. }) => *retry_after,
            _ => None,
        }
    }
}
