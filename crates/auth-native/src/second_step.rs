//! The second step of a login: a code of an authenticator program, a passkey, or a recovery code.

use portico_core::auth::{
    AuthContext, AuthError, Challenge, Decision, EnrolmentAnswer, Passkeys, Refusal, SecondFactors, SubjectId,
};
use portico_core::ports::{Confirmed, NativeUser, SecondFactor};
use portico_core::{Timestamp, async_trait};
use secrecy::{ExposeSecret, SecretString};
use uuid::Uuid;

use crate::authenticator::{NativeAuthenticator, identity, refusal, user_id};
use crate::failure::store_failed;
use crate::passkeys::descriptors;
use crate::sealed::FactorKey;
use crate::waiting::{Asked, Pending};
use crate::webauthn::RelyingParty;
use crate::{once, totp};

/// The words for what answers a challenge.
const TOTP: &str = "totp";
const PASSKEY: &str = "passkey";
const RECOVERY: &str = "recovery";

impl NativeAuthenticator {
    /// Asks somebody whose password was right for what they have besides.
    pub(crate) async fn second_step(
        &self,
        user: &NativeUser,
        cx: &AuthContext<'_>,
    ) -> Result<Challenge, AuthError> {
        let totp = self.factor(user.id).await?.is_some_and(|factor| factor.confirmed);
        let known = self.passkeys_of(user.id).await?;
        let mut asked = None;
        let mut data = None;
        // Where a passkey doesn't belong, the browser would find none.
        if let Ok(party) = RelyingParty::of(cx.page)
            && known.iter().any(|key| key.rp_id == party.id)
        {
            let challenge = once::random()?;
            let options = party.request_options(&challenge, &descriptors(&known, &party));
            data = Some(options.to_string().into_bytes());
            asked = Some(Asked { party, challenge });
        }
        let mut methods = Vec::new();
        methods.extend(totp.then_some(TOTP));
        methods.extend(asked.is_some().then_some(PASSKEY));
        methods.push(RECOVERY);
        let kind = methods.first().copied().unwrap_or(RECOVERY).to_owned();
        let id = self.waiting.begin(user, asked, cx)?;
        Ok(Challenge { id, kind, data, methods })
    }

    async fn factor(&self, user: Uuid) -> Result<Option<SecondFactor>, AuthError> {
        self.accounts.life().second_factor(user).await.map_err(store_failed)
    }

    async fn factor_key(&self) -> Result<&FactorKey, AuthError> {
        if let Some(key) = self.factor_key.get() {
            return Ok(key);
        }
        let installation = self.accounts.life().installation_key(&once::random()?).await;
        let key = FactorKey::of(&installation.map_err(store_failed)?);
        Ok(self.factor_key.get_or_init(|| key))
    }

    /// The step of a code, if it is right. A secret that was kept in clear is encrypted then.
    async fn step_of(
        &self,
        user: Uuid,
        factor: &SecondFactor,
        code: &str,
        now: Timestamp,
    ) -> Result<Option<i64>, AuthError> {
        let key = self.factor_key().await?;
        let opened = key.open(user, &factor.secret)?;
        let step = totp::step_of(&opened.secret, code, now, factor.last_step);
        if step.is_some() && opened.was_clear {
            let sealed = key.seal(user, &opened.secret)?;
            let written = self.accounts.life().rewrite_second_factor(user, &factor.secret, &sealed);
            written.await.map_err(store_failed)?;
        }
        Ok(step)
    }

    /// Whether this is a code or a recovery code of somebody with second factors; it is used up then.
    async fn uses(&self, user: Uuid, typed: &SecretString, now: Timestamp) -> Result<bool, AuthError> {
        let life = self.accounts.life();
        if let Some(hash) = once::recovery_digest(typed) {
            return life.use_recovery_code(user, &hash).await.map_err(store_failed);
        }
        let Some(factor) = self.factor(user).await?.filter(|factor| factor.confirmed) else {
            return Ok(false);
        };
        match self.step_of(user, &factor, &code_of(typed), now).await? {
            // Of two who show one code at once the store lets one through.
            Some(step) => life.use_step(user, step).await.map_err(store_failed),
            None => Ok(false),
        }
    }

    /// Whether this answers the challenge of a login.
    async fn answers(
        &self,
        pending: &Pending,
        response: &SecretString,
        cx: &AuthContext<'_>,
    ) -> Result<bool, AuthError> {
        match &pending.asked {
            _ if !is_assertion(response) => self.uses(pending.user, response, cx.now).await,
            Some(asked) => self.asserts(pending.user, asked, response, cx).await,
            None => Ok(false),
        }
    }
}

/// Whether this is what a browser answers for a passkey: JSON, which no code looks like.
fn is_assertion(response: &SecretString) -> bool {
    response.expose_secret().trim_start().starts_with('{')
}

/// Programs show codes as `123 456`.
fn code_of(typed: &SecretString) -> String {
    typed.expose_secret().chars().filter(|c| !c.is_whitespace()).take(16).collect()
}

#[async_trait]
impl SecondFactors for NativeAuthenticator {
    fn passkeys(&self) -> Option<&dyn Passkeys> {
        Some(self)
    }

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
        let Some(pending) = self.waiting.answer(challenge, is_assertion(response), cx) else { return bad };
        let Some(user) = self.accounts.get(pending.user).await? else { return bad };
        if user.password_changed_at != pending.password_of {
            self.waiting.end(challenge);
            return bad;
        }
        // Whoever took the factor away meanwhile has proved more than this.
        if user.second_factor && !self.answers(&pending, response, cx).await? {
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
        let sealed = self.factor_key().await?.seal(user.id, &secret)?;
        if !life.begin_second_factor(user.id, sealed).await.map_err(store_failed)? {
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
        let Some(step) = self.step_of(user, &factor, &code_of(code), cx.now).await? else {
            return Ok(None);
        };
        let (codes, hashes) = once::recovery_codes()?;
        let confirmed = self.accounts.life().confirm_second_factor(user, step, &hashes, cx.now).await;
        Ok(match confirmed.map_err(store_failed)? {
            Confirmed::Nothing => None,
            Confirmed::First => Some(codes),
            Confirmed::Another => Some(Vec::new()),
        })
    }

    async fn renew_recovery(&self, subject: &SubjectId) -> Result<Option<Vec<String>>, AuthError> {
        let Some(user) = user_id(subject) else { return Ok(None) };
        let (codes, hashes) = once::recovery_codes()?;
        let renewed = self.accounts.passkeys().renew_recovery(user, &hashes).await;
        Ok(renewed.map_err(store_failed)?.then_some(codes))
    }

    async fn remove(
        &self,
        subject: &SubjectId,
        code: &SecretString,
        cx: &AuthContext<'_>,
    ) -> Result<bool, AuthError> {
        let Some(user) = user_id(subject) else { return Ok(false) };
        // Where there is none, no recovery code is spent on it.
        let there = self.factor(user).await?.is_some_and(|factor| factor.confirmed);
        if !there || !self.uses(user, code, cx.now).await? {
            return Ok(false);
        }
        self.accounts.life().remove_second_factor(user).await.map_err(store_failed)
    }
}
