//! The second step of a login: a code of an authenticator program, or a recovery code.

use std::num::NonZeroUsize;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use lru::LruCache;
use portico_core::auth::{
    AuthContext, AuthError, Challenge, Decision, EnrolmentAnswer, Refusal, SecondFactors, SubjectId,
};
use portico_core::front::FrontId;
use portico_core::ports::{NativeUser, SecondFactor};
use portico_core::{Timestamp, async_trait};
use secrecy::{ExposeSecret, SecretString};
use uuid::Uuid;

use crate::authenticator::{NativeAuthenticator, identity, refusal, user_id};
use crate::failure::store_failed;
use crate::{once, totp};

/// How long a login waits for its second step.
const PATIENCE: Duration = Duration::from_secs(300);
/// Answers to one challenge.
const ANSWERS: u32 = 5;
/// How many recovery codes there are.
const RECOVERY_CODES: usize = 10;
/// Logins that may wait at a time; beyond it the longest waiting begins anew.
const WAITING: NonZeroUsize = NonZeroUsize::new(10_000).unwrap();

/// Logins that wait for their second step. In memory: whoever is caught by a restart types the password again.
pub(crate) struct Waiting(Mutex<LruCache<String, Pending>>);

#[derive(Clone)]
struct Pending {
    user: Uuid,
    front: FrontId,
    until: Timestamp,
    /// When the password was changed that was right.
    password_of: Timestamp,
    answers_left: u32,
}

impl Default for Waiting {
    fn default() -> Self {
        Self(Mutex::new(LruCache::new(WAITING)))
    }
}

impl Waiting {
    /// Somebody whose password was right.
    pub(crate) fn begin(&self, user: &NativeUser, cx: &AuthContext<'_>) -> Result<Challenge, AuthError> {
        let id = once::token()?.expose_secret().to_owned();
        let pending = Pending {
            user: user.id,
            front: cx.front.clone(),
            until: cx.now.plus(PATIENCE),
            password_of: user.password_changed_at,
            answers_left: ANSWERS,
        };
        self.0.lock().unwrap_or_else(PoisonError::into_inner).put(id.clone(), pending);
        Ok(Challenge { id, kind: "totp".to_owned(), data: None })
    }

    fn look(&self, id: &str, cx: &AuthContext<'_>) -> Option<Pending> {
        let all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        all.peek(id).filter(|pending| pending.until > cx.now && pending.front == *cx.front).cloned()
    }

    /// Takes one of the answers; the last one ends the challenge.
    fn answer(&self, id: &str, cx: &AuthContext<'_>) -> Option<Pending> {
        let pending = self.look(id, cx)?;
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let left = all.peek_mut(id)?;
        left.answers_left = left.answers_left.saturating_sub(1);
        if left.answers_left == 0 {
            all.pop(id);
        }
        Some(pending)
    }

    fn end(&self, id: &str) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).pop(id);
    }
}

impl NativeAuthenticator {
    async fn factor(&self, user: Uuid) -> Result<Option<SecondFactor>, AuthError> {
        self.accounts.life().second_factor(user).await.map_err(store_failed)
    }

    /// Whether this is a code or a recovery code of the confirmed factor; it is used up then.
    async fn uses(&self, user: Uuid, typed: &SecretString, now: Timestamp) -> Result<bool, AuthError> {
        let Some(factor) = self.factor(user).await?.filter(|factor| factor.confirmed) else {
            return Ok(false);
        };
        let life = self.accounts.life();
        if let Some(hash) = once::recovery_digest(typed) {
            return life.use_recovery_code(user, &hash).await.map_err(store_failed);
        }
        match totp::step_of(&factor.secret, &code_of(typed), now, factor.last_step) {
            // Of two who show one code at once the store lets one through.
            Some(step) => life.use_step(user, step).await.map_err(store_failed),
            None => Ok(false),
        }
    }
}

/// Programs show codes as `123 456`.
fn code_of(typed: &SecretString) -> String {
    typed.expose_secret().chars().filter(|c| !c.is_whitespace()).take(16).collect()
}

#[async_trait]
impl SecondFactors for NativeAuthenticator {
    fn waiting(&self, challenge: &str, cx: &AuthContext<'_>) -> Option<SubjectId> {
        let pending = self.waiting.look(challenge, cx)?;
        SubjectId::new(pending.user.to_string()).ok()
    }

    async fn answer(
        &self,
        challenge: &str,
        response: &SecretString,
        cx: &AuthContext<'_>,
    ) -> Result<Decision, AuthError> {
        let bad = Ok(Decision::Refused(Refusal::BadSecret));
        let Some(pending) = self.waiting.answer(challenge, cx) else { return bad };
        let Some(user) = self.accounts.get(pending.user).await? else { return bad };
        if user.password_changed_at != pending.password_of {
            self.waiting.end(challenge);
            return bad;
        }
        // Whoever took the factor away meanwhile has proved more than this.
        if user.second_factor && !self.uses(user.id, response, cx.now).await? {
            return bad;
        }
        self.waiting.end(challenge);
        match refusal(user.state) {
            Some(refusal) => Ok(Decision::Refused(refusal)),
            None => Ok(Decision::accepted(identity(&user)?)),
        }
    }

    async fn enrol(&self, subject: &SubjectId) -> Result<EnrolmentAnswer, AuthError> {
        let user = match user_id(subject) {
            Some(id) => self.accounts.get(id).await?,
            None => None,
        };
        let user = user.ok_or_else(|| AuthError::inconsistent("a session without its native account"))?;
        let secret = totp::new_secret()
            .map_err(|error| AuthError::inconsistent(format!("the system gives no random bytes: {error}")))?;
        let life = self.accounts.life();
        if !life.begin_second_factor(user.id, secret.clone()).await.map_err(store_failed)? {
            return Ok(EnrolmentAnswer::AlreadyThere);
        }
        let uri = totp::uri(&self.accounts.config().totp_issuer, &user.login, &secret);
        Ok(EnrolmentAnswer::Begun { secret, uri })
    }

    async fn confirm(
        &self,
        subject: &SubjectId,
        code: &SecretString,
        cx: &AuthContext<'_>,
    ) -> Result<Option<Vec<String>>, AuthError> {
        let Some(user) = user_id(subject) else { return Ok(None) };
        let Some(factor) = self.factor(user).await?.filter(|factor| !factor.confirmed) else {
            return Ok(None);
        };
        let Some(step) = totp::step_of(&factor.secret, &code_of(code), cx.now, factor.last_step) else {
            return Ok(None);
        };
        let mut codes = Vec::with_capacity(RECOVERY_CODES);
        let mut hashes = Vec::with_capacity(RECOVERY_CODES);
        for _ in 0..RECOVERY_CODES {
            let code = once::recovery_code()?;
            hashes.extend(once::recovery_digest(&SecretString::from(code.clone())));
            codes.push(code);
        }
        let life = self.accounts.life();
        let confirmed =
            life.confirm_second_factor(user, step, &hashes, cx.now).await.map_err(store_failed)?;
        Ok(confirmed.then_some(codes))
    }

    async fn remove(
        &self,
        subject: &SubjectId,
        code: &SecretString,
        cx: &AuthContext<'_>,
    ) -> Result<bool, AuthError> {
        let Some(user) = user_id(subject) else { return Ok(false) };
        if !self.uses(user, code, cx.now).await? {
            return Ok(false);
        }
        self.accounts.life().remove_second_factor(user).await.map_err(store_failed)
    }
}
