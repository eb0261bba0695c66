//! Passkeys of the own account.

use secrecy::SecretString;

use crate::auth::{AuthContext, Authenticator, Guarded, PasskeyBegin, PasskeyFacts, PasskeyFinish, Passkeys};
use crate::engine::{Engine, EngineError, LoginOrigin, Visitor};
use crate::front::Front;

/// What the visitor may know of the own passkeys.
#[derive(Debug)]
pub struct OwnPasskeys {
    /// The oldest first.
    pub passkeys: Vec<PasskeyFacts>,
    /// How many there may be.
    pub limit: usize,
    /// The host at whose pages they can be made and used, or why there is none: a sentence for the person.
    pub place: Result<String, String>,
}

impl Engine {
    /// The host at whose pages the visitor can make and use passkeys.
    ///
    /// # Errors
    /// Why there is none, as a sentence for the person.
    pub fn passkeys_place(&self, visitor: &Visitor) -> Result<String, String> {
        let standing = visitor.session.standing();
        let keys = self.keeper(&standing).ok().and_then(|by| keys_of(by).ok());
        let Some(keys) = keys.filter(|_| !visitor.is_guest()) else {
            return Err("this account is kept by another system".to_owned());
        };
        let page = self.page_origin(&visitor.front);
        let cx = AuthContext::new(&visitor.front.id, self.clock.now()).with_page(page.as_deref());
        keys.available(&cx)
    }

    /// The visitor's passkeys; empty where another system keeps the account.
    ///
    /// # Errors
    /// [`EngineError`]
    pub async fn passkeys(&self, visitor: &Visitor) -> Result<OwnPasskeys, EngineError> {
        self.members_only(visitor)?;
        let standing = visitor.session.standing();
        let place = self.passkeys_place(visitor);
        let Some(keys) = self.keeper(&standing).ok().and_then(|by| keys_of(by).ok()) else {
            return Ok(OwnPasskeys { passkeys: Vec::new(), limit: 0, place });
        };
        let passkeys = keys.list(&standing.subject).await?;
        Ok(OwnPasskeys { passkeys, limit: keys.limit(), place })
    }

    /// Begins to make a passkey, after the password once more: its id, and the options for the browser as JSON.
    ///
    /// # Errors
    /// [`EngineError::NotPermitted`] with a wrong password, or where there are no passkeys; [`EngineError::Conflict`] when
    /// there are as many as there may be.
    pub async fn begin_passkey(
        &self,
        visitor: &Visitor,
        password: &SecretString,
        origin: &LoginOrigin,
    ) -> Result<(String, String), EngineError> {
        self.members_only(visitor)?;
        self.prove_again(visitor, Some(password), origin.peer).await?;
        let standing = visitor.session.standing();
        let keys = keys_of(self.keeper(&standing)?)?;
        let page = self.page_origin(&visitor.front);
        let cx = AuthContext::new(&visitor.front.id, self.clock.now()).with_page(page.as_deref());
        match keys.begin(&standing.subject, &cx).await? {
            PasskeyBegin::Begun { id, options } => Ok((id, options)),
            PasskeyBegin::Full => Err(full(keys.limit())),
            PasskeyBegin::Unavailable(why) => Err(EngineError::NotPermitted(why)),
        }
    }

    /// Finishes making a passkey: it, and the recovery codes when it is the first second factor.
    ///
    /// # Errors
    /// [`EngineError::Unacceptable`] when the browser's answer is no good; [`EngineError::Conflict`].
    pub async fn finish_passkey(
        &self,
        visitor: &Visitor,
        id: &str,
        name: &str,
        credential: &SecretString,
    ) -> Result<(PasskeyFacts, Option<Vec<String>>), EngineError> {
        self.members_only(visitor)?;
        let standing = visitor.session.standing();
        let keys = keys_of(self.keeper(&standing)?)?;
        let page = self.page_origin(&visitor.front);
        let cx = AuthContext::new(&visitor.front.id, self.clock.now()).with_page(page.as_deref());
        match keys.finish(&standing.subject, id, name, credential, &cx).await? {
            PasskeyFinish::Made { passkey, recovery } => Ok((passkey, recovery)),
            PasskeyFinish::Full => Err(full(keys.limit())),
            PasskeyFinish::Known => Err(EngineError::Conflict("this passkey is known already".to_owned())),
            PasskeyFinish::Invalid(why) => Err(EngineError::Unacceptable(why)),
        }
    }

    /// Takes a passkey away, after the password once more.
    ///
    /// # Errors
    /// [`EngineError::NotPermitted`] with a wrong password; [`EngineError::NotFound`].
    pub async fn remove_passkey(
        &self,
        visitor: &Visitor,
        id: &str,
        password: &SecretString,
        origin: &LoginOrigin,
    ) -> Result<(), EngineError> {
        self.members_only(visitor)?;
        self.prove_again(visitor, Some(password), origin.peer).await?;
        let standing = visitor.session.standing();
        let keys = keys_of(self.keeper(&standing)?)?;
        if keys.remove(&standing.subject, id).await? { Ok(()) } else { Err(EngineError::NotFound) }
    }

    /// The origin of a front's pages, as far as the configuration says it: what a visitor's request says of it is a claim.
    pub(super) fn page_origin(&self, front: &Front) -> Option<String> {
        let public = self.settings.public_url.as_deref()?.trim_end_matches('/');
        match &front.host {
            None => Some(public.to_owned()),
            Some(host) => {
                let (scheme, own) = public.split_once("://")?;
                // Ports are the public address's: a front is limited to a name.
                let port = own.rsplit_once(':').map(|(_, port)| port).filter(|port| !port.contains(']'));
                Some(
                    port.map_or_else(
                        || format!("{scheme}://{host}"),
                        |port| format!("{scheme}://{host}:{port}"),
                    ),
                )
            }
        }
    }
}

fn keys_of(by: &Guarded) -> Result<&dyn Passkeys, EngineError> {
    by.second_factors().and_then(|factors| factors.passkeys()).ok_or(EngineError::NotFound)
}

fn full(limit: usize) -> EngineError {
    EngineError::Conflict(format!("there are {limit} passkeys already; take one away first"))
}
