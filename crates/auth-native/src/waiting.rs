//! What waits for an answer: logins for their second step, passkeys for being made. In memory: whoever is caught by a
//! restart begins anew.

use std::num::NonZeroUsize;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use lru::LruCache;
use portico_core::Timestamp;
use portico_core::auth::{AuthContext, AuthError};
use portico_core::front::FrontId;
use portico_core::ports::NativeUser;
use secrecy::ExposeSecret;
use uuid::Uuid;

use crate::once;
use crate::webauthn::RelyingParty;

/// How long somebody is waited for.
const PATIENCE: Duration = Duration::from_secs(300);
/// Answers to one challenge.
const ANSWERS: u32 = 5;
/// How many may wait at a time; beyond it the longest waiting begins anew.
const WAITING: NonZeroUsize = NonZeroUsize::new(10_000).unwrap();

/// A question to a passkey: who asks, and what is to be signed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Asked {
    pub(crate) party: RelyingParty,
    pub(crate) challenge: [u8; 32],
}

/// Logins that wait for their second step.
pub(crate) struct Waiting(Mutex<LruCache<String, Pending>>);

/// A login that waits.
#[derive(Debug, Clone)]
pub(crate) struct Pending {
    pub(crate) user: Uuid,
    front: FrontId,
    until: Timestamp,
    /// When the password was changed that was right.
    pub(crate) password_of: Timestamp,
    answers_left: u32,
    /// What a passkey was asked, good for one answer.
    pub(crate) asked: Option<Asked>,
}

impl Pending {
    fn is_good(&self, cx: &AuthContext<'_>) -> bool {
        self.until > cx.now && self.front == *cx.front
    }
}

impl Default for Waiting {
    fn default() -> Self {
        Self(Mutex::new(LruCache::new(WAITING)))
    }
}

impl Waiting {
    /// Somebody whose password was right: the id of the challenge.
    pub(crate) fn begin(
        &self,
        user: &NativeUser,
        asked: Option<Asked>,
        cx: &AuthContext<'_>,
    ) -> Result<String, AuthError> {
        let id = once::token()?.expose_secret().to_owned();
        let pending = Pending {
            user: user.id,
            front: cx.front.clone(),
            until: cx.now.plus(PATIENCE),
            password_of: user.password_changed_at,
            answers_left: ANSWERS,
            asked,
        };
        self.0.lock().unwrap_or_else(PoisonError::into_inner).put(id.clone(), pending);
        Ok(id)
    }

    pub(crate) fn look(&self, id: &str, cx: &AuthContext<'_>) -> Option<Pending> {
        let all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        all.peek(id).filter(|pending| pending.is_good(cx)).cloned()
    }

    /// Takes one of the answers; the last one ends the challenge. With an answer of a passkey (`asserts`) goes what it was
    /// asked: of several such answers one gets it.
    pub(crate) fn answer(&self, id: &str, asserts: bool, cx: &AuthContext<'_>) -> Option<Pending> {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let kept = all.peek_mut(id).filter(|pending| pending.is_good(cx))?;
        kept.answers_left = kept.answers_left.saturating_sub(1);
        let asked = if asserts { kept.asked.take() } else { None };
        let answered = Pending { asked, ..kept.clone() };
        if answered.answers_left == 0 {
            all.pop(id);
        }
        Some(answered)
    }

    pub(crate) fn end(&self, id: &str) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).pop(id);
    }
}

/// Passkeys that wait for being made.
pub(crate) struct Enrolling(Mutex<LruCache<String, Enrolment>>);

struct Enrolment {
    user: Uuid,
    front: FrontId,
    until: Timestamp,
    asked: Asked,
}

impl Default for Enrolling {
    fn default() -> Self {
        Self(Mutex::new(LruCache::new(WAITING)))
    }
}

impl Enrolling {
    pub(crate) fn begin(&self, user: Uuid, asked: Asked, cx: &AuthContext<'_>) -> Result<String, AuthError> {
        let id = once::token()?.expose_secret().to_owned();
        let enrolment = Enrolment { user, front: cx.front.clone(), until: cx.now.plus(PATIENCE), asked };
        self.0.lock().unwrap_or_else(PoisonError::into_inner).put(id.clone(), enrolment);
        Ok(id)
    }

    /// What the browser was asked, once.
    pub(crate) fn take(&self, id: &str, user: Uuid, cx: &AuthContext<'_>) -> Option<Asked> {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        // Somebody else's is not spent by guessing at it.
        all.peek(id).filter(|one| one.user == user && one.front == *cx.front)?;
        all.pop(id).filter(|one| one.until > cx.now).map(|one| one.asked)
    }
}
