//! Passkeys: making them, and answering with them.

use portico_core::async_trait;
use portico_core::auth::{
    AuthContext, AuthError, PasskeyBegin, PasskeyFacts, PasskeyFinish, Passkeys, SubjectId,
};
use portico_core::ports::{NativePasskeys, Passkey, PasskeyAdded};
use secrecy::{ExposeSecret, SecretString};
use uuid::Uuid;

use crate::authenticator::{NativeAuthenticator, user_id};
use crate::failure::store_failed;
use crate::waiting::Asked;
use crate::webauthn::{Descriptor, RelyingParty};
use crate::{names, once};

/// Passkeys of one person.
const LIMIT: usize = 10;
/// Longest answer of a browser; RSA keys, certificates that nobody asked for, and long credential ids included.
const MAX_ANSWER: usize = 64 * 1024;

impl NativeAuthenticator {
    fn keys(&self) -> &dyn NativePasskeys {
        self.accounts.passkeys()
    }

    pub(crate) async fn passkeys_of(&self, user: Uuid) -> Result<Vec<Passkey>, AuthError> {
        self.keys().passkeys(user).await.map_err(store_failed)
    }

    /// Whether an assertion is one of this person's passkeys, to what was asked; the passkey is used then.
    pub(crate) async fn asserts(
        &self,
        user: Uuid,
        asked: &Asked,
        answer: &SecretString,
        cx: &AuthContext<'_>,
    ) -> Result<bool, AuthError> {
        let answer = answer.expose_secret();
        if answer.len() > MAX_ANSWER {
            return Ok(false);
        }
        let known = self.passkeys_of(user).await?;
        match asked.party.assert(answer, &asked.challenge, &known, user.as_bytes()) {
            // Of two uses at once that saw one counter the store lets one through.
            Ok((passkey, counter)) => {
                let used = self.keys().use_passkey(passkey.id, passkey.counter, counter, cx.now);
                used.await.map_err(store_failed)
            }
            Err(why) => {
                tracing::info!(user.id = %user, %why, "a passkey's answer was refused");
                Ok(false)
            }
        }
    }
}

/// What a browser is told of passkeys that belong to this address.
pub(crate) fn descriptors<'k>(known: &'k [Passkey], party: &RelyingParty) -> Vec<Descriptor<'k>> {
    let here = known.iter().filter(|key| key.rp_id == party.id);
    here.map(|key| Descriptor { credential: &key.credential, transports: &key.transports }).collect()
}

/// A name for a passkey: what stands on it, or where it is.
fn name_of(typed: &str) -> Result<String, String> {
    match names::display_name(Some(typed)) {
        Ok(Some(name)) => Ok(name),
        Ok(None) => Err("Give the passkey a name.".to_owned()),
        Err(why) => Err(why),
    }
}

fn facts(passkey: &Passkey) -> PasskeyFacts {
    PasskeyFacts {
        id: passkey.id.to_string(),
        name: passkey.name.clone(),
        made_at: passkey.made_at,
        used_at: passkey.used_at,
    }
}

#[async_trait]
impl Passkeys for NativeAuthenticator {
    fn limit(&self) -> usize {
        LIMIT
    }

    fn available(&self, cx: &AuthContext<'_>) -> Result<String, String> {
        RelyingParty::of(cx.page).map(|party| party.id)
    }

    async fn list(&self, subject: &SubjectId) -> Result<Vec<PasskeyFacts>, AuthError> {
        let Some(user) = user_id(subject) else { return Ok(Vec::new()) };
        Ok(self.passkeys_of(user).await?.iter().map(facts).collect())
    }

    async fn begin(&self, subject: &SubjectId, cx: &AuthContext<'_>) -> Result<PasskeyBegin, AuthError> {
        let party = match RelyingParty::of(cx.page) {
            Ok(party) => party,
            Err(why) => return Ok(PasskeyBegin::Unavailable(why)),
        };
        let user = match user_id(subject) {
            Some(id) => self.accounts.get(id).await?,
            None => None,
        };
        let user = user.ok_or_else(|| AuthError::inconsistent("a session without its native account"))?;
        let known = self.passkeys_of(user.id).await?;
        if known.len() >= LIMIT {
            return Ok(PasskeyBegin::Full);
        }
        let asked = Asked { party, challenge: once::random()? };
        let name = user.display_name.as_deref().unwrap_or(&user.login);
        let options = asked.party.creation_options(
            &self.accounts.config().totp_issuer,
            (user.id.as_bytes(), &user.login, name),
            &asked.challenge,
            &descriptors(&known, &asked.party),
        );
        let id = self.enrolling.begin(user.id, asked, cx)?;
        Ok(PasskeyBegin::Begun { id, options: options.to_string() })
    }

    async fn finish(
        &self,
        subject: &SubjectId,
        id: &str,
        name: &str,
        credential: &SecretString,
        cx: &AuthContext<'_>,
    ) -> Result<PasskeyFinish, AuthError> {
        // A name that doesn't please doesn't cost the attempt.
        let name = match name_of(name) {
            Ok(name) => name,
            Err(why) => return Ok(PasskeyFinish::Invalid(why)),
        };
        let asked = user_id(subject).and_then(|user| Some((user, self.enrolling.take(id, user, cx)?)));
        let Some((user, asked)) = asked else {
            let why = "This passkey was asked for too long ago, or is made already. Begin anew.".to_owned();
            return Ok(PasskeyFinish::Invalid(why));
        };
        let credential = Some(credential.expose_secret()).filter(|json| json.len() <= MAX_ANSWER);
        let new = match asked.party.register(credential.unwrap_or_default(), &asked.challenge) {
            Ok(new) => new,
            Err(why) => {
                return Ok(PasskeyFinish::Invalid(format!(
                    "The browser's answer is no good: {why}. Begin anew."
                )));
            }
        };
        let passkey = Passkey {
            id: uuid::Builder::from_random_bytes(once::random()?).into_uuid(),
            user,
            name,
            credential: new.id,
            public_key: new.public_key,
            rp_id: asked.party.id,
            transports: new.transports,
            counter: new.counter,
            made_at: cx.now,
            used_at: None,
        };
        let (codes, hashes) = once::recovery_codes()?;
        match self.keys().add_passkey(&passkey, &hashes, LIMIT).await.map_err(store_failed)? {
            PasskeyAdded::First => {
                Ok(PasskeyFinish::Made { passkey: facts(&passkey), recovery: Some(codes) })
            }
            PasskeyAdded::Another => Ok(PasskeyFinish::Made { passkey: facts(&passkey), recovery: None }),
            PasskeyAdded::Full => Ok(PasskeyFinish::Full),
            PasskeyAdded::Known => Ok(PasskeyFinish::Known),
            PasskeyAdded::NoUser => Err(AuthError::inconsistent("a session without its native account")),
        }
    }

    async fn remove(&self, subject: &SubjectId, id: &str) -> Result<bool, AuthError> {
        let (Some(user), Ok(id)) = (user_id(subject), Uuid::try_parse(id)) else { return Ok(false) };
        self.keys().remove_passkey(user, id).await.map_err(store_failed)
    }
}
