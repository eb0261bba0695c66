//! Passwords of accounts that Portico keeps itself: changed, forgotten, set anew.

use std::net::IpAddr;
use std::sync::Arc;

use secrecy::{ExposeSecret, SecretString};

use crate::auth::{
    Attempt, Authenticator, BoxError, ExternalIdentity, Guarded, OwnAccountFacts, PasswordAdmin,
    PasswordChange, PasswordOwner, PasswordRules, Purpose, Refusal, Tries,
};
use crate::engine::enter::{context, throttle_scopes};
use crate::engine::post::letter;
use crate::engine::second_step::may_change_profile;
use crate::engine::{Engine, EngineError, EntryError, LoginOrigin, Visitor};
use crate::front::Front;
use crate::ports::Letter;
use crate::session::{Ending, Standing};
use crate::{AccountId, SessionId};

/// What a person may know of the account behind a session.
#[derive(Debug, Clone)]
pub struct OwnAccount {
    /// What Portico keeps of it; `None` = another system keeps it.
    pub facts: Option<OwnAccountFacts>,
    /// The rules of its passwords.
    pub rules: Option<PasswordRules>,
    /// Whether its person may change what is shown of it.
    pub may_change_profile: bool,
    /// Whether its person may delete it.
    pub may_leave: bool,
}

impl Engine {
    /// Whether forgotten passwords can be set anew at a front.
    pub fn resets_passwords(&self, front: &Front) -> bool {
        self.settings.mailer.is_some() && keeper_of(front).is_some()
    }

    /// The rules of a new password at a front; `None` where Portico keeps no accounts itself.
    pub fn password_rules(&self, front: &Front) -> Option<PasswordRules> {
        keeper_of(front).and_then(|keeper| keeper.passwords()).map(PasswordAdmin::rules)
    }

    /// What the visitor may know of the own account.
    ///
    /// # Errors
    /// [`EngineError`]
    pub async fn own_account(&self, visitor: &Visitor) -> Result<OwnAccount, EngineError> {
        self.members_only(visitor)?;
        let standing = visitor.session.standing();
        let keeper = self.authenticators.get(&standing.authenticator);
        let passwords = keeper.and_then(|keeper| keeper.passwords());
        let facts = match passwords {
            Some(passwords) => passwords.facts(&standing.subject).await?,
            None => None,
        };
        Ok(OwnAccount {
            rules: passwords.map(PasswordAdmin::rules),
            may_change_profile: facts.is_some() && may_change_profile(visitor),
            may_leave: visitor.options().leave,
            facts,
        })
    }

    /// Somebody without a session changes the own password, an expired one for example. All sessions end.
    ///
    /// # Errors
    /// [`EntryError`], as at a login.
    pub async fn change_password(
        &self,
        front: &Front,
        login: &str,
        old: &SecretString,
        new: &SecretString,
        origin: &LoginOrigin,
    ) -> Result<(), EntryError> {
        let by = keeper_of(front).ok_or(EntryError::Refused(Refusal::NotPermitted))?;
        let passwords = by.passwords().ok_or(EntryError::Refused(Refusal::NotPermitted))?;
        let begun = tokio::time::Instant::now();
        let scopes = throttle_scopes(front);
        let attempt = self.throttle.begin(self.tries(&scopes, Some(login), origin)).await?;
        let cx = context(front, origin, self.clock.now());
        match passwords.change(PasswordOwner::Login(login), old, new, &cx).await {
            Ok(PasswordChange::Changed(identity)) => {
                attempt.succeeded();
                self.end_with_old_password(by, &identity, None).await?;
                Ok(())
            }
            Ok(PasswordChange::Invalid(why)) => {
                attempt.succeeded();
                Err(EntryError::Unacceptable(why))
            }
            Ok(PasswordChange::Refused(refusal)) => Err(self.turned_down(attempt, refusal, begun).await),
            Err(error) => {
                attempt.unanswered();
                Err(error.into())
            }
        }
    }

    /// The visitor changes the own password. This session stays, all others of the account end.
    ///
    /// # Errors
    /// [`EngineError::NotPermitted`] with a wrong password; [`EngineError::Unacceptable`] when the new one breaks a rule.
    pub async fn change_own_password(
        &self,
        visitor: &Visitor,
        old: &SecretString,
        new: &SecretString,
        origin: &LoginOrigin,
    ) -> Result<(), EngineError> {
        self.members_only(visitor)?;
        let standing = visitor.session.standing();
        let by = self.keeper(&standing)?;
        let passwords = by.passwords().ok_or_else(kept_elsewhere)?;
        let name = proof_name(&standing);
        let attempt = self.throttle.begin_for(Purpose::SecondStep, &name, origin.peer).await?;
        let cx = context(&visitor.front, origin, self.clock.now());
        let changed = passwords.change(PasswordOwner::Subject(&standing.subject), old, new, &cx).await;
        match changed {
            Ok(PasswordChange::Changed(identity)) => {
                attempt.succeeded();
                // First this session's own stamp: otherwise the next look at the people who are here would end it.
                let stands = Standing { secret_stamp: identity.secret_stamp.clone(), ..(*standing).clone() };
                self.store.set_standing(visitor.session.id(), &stands).await?;
                visitor.session.stands(stands);
                self.end_all_sessions(visitor.account(), Some(visitor.session.id()), Ending::SecretChanged)
                    .await
            }
            Ok(PasswordChange::Invalid(why)) => {
                attempt.succeeded();
                Err(EngineError::Unacceptable(why))
            }
            Ok(PasswordChange::Refused(_)) => Err(wrong_password()),
            Err(error) => {
                attempt.unanswered();
                Err(error.into())
            }
        }
    }

    /// The visitor proves once more to be the person of the session.
    pub(super) async fn prove_again(
        &self,
        visitor: &Visitor,
        password: Option<&SecretString>,
        peer: Option<IpAddr>,
    ) -> Result<(), EngineError> {
        let standing = visitor.session.standing();
        let by = self.keeper(&standing)?;
        let passwords = by.passwords().ok_or_else(kept_elsewhere)?;
        let password =
            password.ok_or_else(|| EngineError::Unacceptable("`password` is needed for this".into()))?;
        let attempt = self.throttle.begin_for(Purpose::SecondStep, &proof_name(&standing), peer).await?;
        match passwords.is_password(&standing.subject, password).await {
            Ok(true) => {
                attempt.succeeded();
                Ok(())
            }
            Ok(false) => Err(wrong_password()),
            Err(error) => {
                attempt.unanswered();
                Err(error.into())
            }
        }
    }

    /// Who keeps the account behind a session, if that is Portico.
    pub(super) fn keeper(&self, standing: &Standing) -> Result<&Arc<Guarded>, EngineError> {
        let by = self.authenticators.get(&standing.authenticator);
        by.filter(|by| by.passwords().is_some()).ok_or_else(kept_elsewhere)
    }

    /// Somebody has forgotten the password. Whether there is such a person, and an address, doesn't show: the work is done
    /// after the answer.
    ///
    /// # Errors
    /// [`EntryError::Throttled`]; [`EntryError::Refused`] where passwords can't be reset.
    pub async fn request_reset(
        self: &Arc<Self>,
        front: &Arc<Front>,
        login_or_email: &str,
        origin: &LoginOrigin,
    ) -> Result<(), EntryError> {
        if !self.resets_passwords(front) {
            return Err(EntryError::Refused(Refusal::NotPermitted));
        }
        // Counted in any case when it is dropped: a letter is something that strangers could send somebody by the thousand.
        let _counted = self.throttle.begin_for(Purpose::Reset, login_or_email, origin.peer).await?;
        let Some(mailer) = self.settings.mailer.clone() else { return Ok(()) };
        let (engine, at, origin) = (Arc::clone(self), Arc::clone(front), origin.clone());
        let wanted = login_or_email.to_owned();
        let letters = async move { engine.reset_letters(&at, &wanted, &origin).await };
        self.post.send(mailer, front.id.clone(), letters);
        Ok(())
    }

    async fn reset_letters(
        &self,
        front: &Front,
        wanted: &str,
        origin: &LoginOrigin,
    ) -> Result<Vec<Letter>, BoxError> {
        let Some(passwords) = keeper_of(front).and_then(|by| by.passwords()) else { return Ok(Vec::new()) };
        let cx = context(front, origin, self.clock.now());
        let issued = passwords.forgotten(wanted, &cx).await?;
        let letters = issued.iter().filter_map(|issued| {
            let link = self.letter_link(front, "reset", &issued.token);
            letter(front, RESET_LETTER, "a new password", issued, &link)
        });
        Ok(letters.collect())
    }

    /// Sets a forgotten password. All sessions end; from here on the person is no stranger to the throttle.
    ///
    /// # Errors
    /// [`EntryError::Unacceptable`] when the token is no good or the password breaks a rule.
    pub async fn finish_reset(
        &self,
        front: &Front,
        token: &str,
        new: &SecretString,
        origin: &LoginOrigin,
    ) -> Result<(), EntryError> {
        let by = keeper_of(front).ok_or(EntryError::Refused(Refusal::NotPermitted))?;
        let passwords = by.passwords().ok_or(EntryError::Refused(Refusal::NotPermitted))?;
        let cx = context(front, origin, self.clock.now());
        match passwords.reset(token, new, &cx).await? {
            PasswordChange::Changed(identity) => {
                self.throttle.remember(&throttle_scopes(front), &identity.login, origin.peer);
                self.end_with_old_password(by, &identity, None).await?;
                Ok(())
            }
            PasswordChange::Invalid(why) => Err(EntryError::Unacceptable(why)),
            PasswordChange::Refused(refusal) => Err(EntryError::Refused(refusal)),
        }
    }

    /// A link by which the person of an account can set a password once, to be handed over by an administrator.
    ///
    /// # Errors
    /// [`EngineError::NotPermitted`] for accounts that another system keeps.
    pub async fn reset_link(&self, front: &Front, account: AccountId) -> Result<String, EngineError> {
        let member = self.member_of(&front.community, account).await?.ok_or(EngineError::NotFound)?;
        let by = front.chain.members().iter().find(|by| *by.realm() == member.account.realm);
        let passwords = by.and_then(|by| by.passwords()).ok_or_else(kept_elsewhere)?;
        let issued = passwords.reset_token(&member.account.subject, self.clock.now()).await?;
        let issued = issued.ok_or(EngineError::NotFound)?;
        Ok(self.letter_link(front, "reset", &issued.token))
    }

    /// Where a page of this front takes a token. Behind the `#` it is in no server's log.
    pub(super) fn letter_link(&self, front: &Front, purpose: &str, token: &SecretString) -> String {
        let origin = self.settings.public_url.as_deref().unwrap_or_default().trim_end_matches('/');
        let origin = match (&front.host, origin.split_once("://")) {
            (Some(host), Some((scheme, _))) => format!("{scheme}://{host}"),
            _ => origin.to_owned(),
        };
        format!("{origin}{}#{purpose}={}", front.path.as_str(), token.expose_secret())
    }

    /// Sessions that rest on a password that is no more.
    async fn end_with_old_password(
        &self,
        by: &Guarded,
        identity: &ExternalIdentity,
        except: Option<SessionId>,
    ) -> Result<(), EntryError> {
        let Some(stored) = self.store.identity(by.realm(), &identity.subject).await? else { return Ok(()) };
        match self.end_all_sessions(stored.account.id, except, Ending::SecretChanged).await {
            Ok(()) => Ok(()),
            Err(EngineError::Store(error)) => Err(error.into()),
            Err(error) => {
                tracing::error!(%error, "sessions could not be ended");
                Ok(())
            }
        }
    }

    /// What a login or a step of it ends with that was refused: a guess that missed stays counted. Resolves on the next step.
    pub(super) async fn turned_down(
        &self,
        attempt: Attempt,
        refusal: Refusal,
        begun: tokio::time::Instant,
    ) -> EntryError {
        if !refusal.is_failed_guess() {
            attempt.succeeded();
        }
        self.until_next_step(begun).await;
        EntryError::Refused(refusal)
    }

    pub(super) fn tries<'a>(
        &self,
        scopes: &'a [&'a str],
        login: Option<&'a str>,
        origin: &LoginOrigin,
    ) -> Tries<'a> {
        let device = match (&origin.known_device, login) {
            (Some(device), Some(login)) => self.devices.recognise(device, scopes, login),
            _ => None,
        };
        Tries { scopes, login, peer: origin.peer, device }
    }
}

/// Who keeps accounts of Portico's own at a front.
pub(super) fn keeper_of(front: &Front) -> Option<&Arc<Guarded>> {
    front.chain.members().iter().find(|member| member.passwords().is_some())
}

fn proof_name(standing: &Standing) -> String {
    format!("{}:{}", standing.realm, standing.subject)
}

fn kept_elsewhere() -> EngineError {
    EngineError::NotPermitted("this account is kept by another system; change it there".into())
}

fn wrong_password() -> EngineError {
    EngineError::NotPermitted("the password is wrong".into())
}

pub(super) const RESET_LETTER: &str = include_str!("letters/reset.txt");
