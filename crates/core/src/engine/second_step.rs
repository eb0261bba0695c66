//! The second step of a login, and the second factors and profiles of accounts that Portico keeps itself.

use std::sync::Arc;

use secrecy::SecretString;

use crate::account::{Account, Profile};
use crate::auth::{
    Attempt, AuthContext, AuthError, Authenticator, Decision, EnrolmentAnswer, ExternalIdentity, Guarded,
    ProfileChange, Purpose, Realm, Refusal, SecondFactors, SubjectId, Throttled,
};
use crate::engine::enter::context;
use crate::engine::passwords::keeper_of;
use crate::engine::post::letter;
use crate::engine::{Engine, EngineError, EntryError, Login, LoginOrigin, Visitor};
use crate::front::{Front, Username};
use crate::session::Proof;

impl Engine {
    /// Whether a login at this front waits for this challenge to be answered.
    pub fn waits_for(&self, front: &Front, challenge: &str) -> bool {
        let cx = AuthContext::new(&front.id, self.clock.now());
        asked(front.chain.members().iter().map(|member| &**member), challenge, &cx).is_some()
    }

    /// Goes on with a login that needs a second step.
    ///
    /// # Errors
    /// [`EntryError`]; a wrong answer and an unknown challenge are one refusal.
    pub async fn answer_challenge(
        &self,
        front: &Arc<Front>,
        challenge: &str,
        response: &SecretString,
        origin: &LoginOrigin,
        earlier: Option<&Visitor>,
    ) -> Result<Login, EntryError> {
        let cx = context(front, origin, self.clock.now());
        let asks = front.chain.members().iter().map(|member| &**member);
        let (by, identity) = self.answer_second_step(asks, (challenge, response), (&cx, origin)).await?;
        self.check_person(front, by.realm(), &identity.login, origin)?;
        self.settle_name(by, &identity, true, origin).await?;
        let entered = self.settle(front, by, &identity, Proof::Password).await?;
        let login = self.begin_session(front, entered, origin, earlier).await?;
        Ok(Login { known_device: self.new_device(by, &identity.login, origin)?, ..login })
    }

    /// Has the one of `asks` judge an answer that waits for it, throttled, and a refusal no faster than any other: by whom,
    /// and who it is.
    pub(super) async fn answer_second_step<'g>(
        &self,
        asks: impl Iterator<Item = &'g Guarded>,
        (challenge, response): (&str, &SecretString),
        (cx, origin): (&AuthContext<'_>, &LoginOrigin),
    ) -> Result<(&'g Guarded, Box<ExternalIdentity>), EntryError> {
        let begun = tokio::time::Instant::now();
        let Some((by, factors, subject)) = asked(asks, challenge, cx) else {
            self.until_next_step(begun).await;
            return Err(EntryError::Refused(Refusal::BadSecret));
        };
        let attempt = self.begin_second_step(by.realm(), &subject, origin).await?;
        match factors.answer(challenge, response, cx).await {
            Ok(Decision::Accepted { identity, .. }) => {
                attempt.succeeded();
                Ok((by, identity))
            }
            Ok(Decision::Continue(challenge)) => {
                attempt.unanswered();
                Err(EntryError::Challenge(challenge))
            }
            Ok(Decision::Refused(refusal)) => {
                if !refusal.is_failed_guess() {
                    attempt.succeeded();
                }
                self.until_next_step(begun).await;
                Err(EntryError::Refused(refusal))
            }
            Err(error) => {
                attempt.unanswered();
                note_outage(by, &error);
                Err(error.into())
            }
        }
    }

    /// An answer to a challenge, or to the question for a code: of one person all of them count together, wherever they are
    /// given.
    pub(super) async fn begin_second_step(
        &self,
        realm: &Realm,
        subject: &SubjectId,
        origin: &LoginOrigin,
    ) -> Result<Attempt, Throttled> {
        let name = format!("{realm}:{subject}");
        self.throttle.begin_for(Purpose::SecondStep, &name, origin.peer).await
    }

    /// What a device is given that has just logged in, unless it is known already.
    pub(super) fn new_device(
        &self,
        by: &Guarded,
        login: &str,
        origin: &LoginOrigin,
    ) -> Result<Option<String>, EntryError> {
        let scope = by.realm().as_str();
        let known = origin
            .known_device
            .as_ref()
            .is_some_and(|device| self.devices.recognise(device, &[scope], login).is_some());
        if known {
            return Ok(None);
        }
        Ok(Some(self.devices.issue(scope, login).map_err(super::no_randomness)?))
    }

    /// Begins the enrolment of a second factor, after the password once more.
    ///
    /// # Errors
    /// [`EngineError::NotPermitted`] with a wrong password; [`EngineError::Conflict`] when there is one in force.
    pub async fn enrol_second_factor(
        &self,
        visitor: &Visitor,
        password: &SecretString,
        origin: &LoginOrigin,
    ) -> Result<(SecretString, SecretString), EngineError> {
        self.members_only(visitor)?;
        self.prove_again(visitor, Some(password), origin.peer).await?;
        let standing = visitor.session.standing();
        let factors = self.keeper(&standing)?.second_factors().ok_or(EngineError::NotFound)?;
        match factors.enrol(&standing.subject).await? {
            EnrolmentAnswer::Begun { secret, uri } => Ok((secret, uri)),
            EnrolmentAnswer::AlreadyThere => {
                Err(EngineError::Conflict("a second factor is in force; take it away first".into()))
            }
        }
    }

    /// Confirms the enrolment: the recovery codes, told this once.
    ///
    /// # Errors
    /// [`EngineError::Unacceptable`] with a wrong code.
    pub async fn confirm_second_factor(
        &self,
        visitor: &Visitor,
        code: &SecretString,
        origin: &LoginOrigin,
    ) -> Result<Vec<String>, EngineError> {
        self.members_only(visitor)?;
        let standing = visitor.session.standing();
        let by = self.keeper(&standing)?;
        let factors = by.second_factors().ok_or(EngineError::NotFound)?;
        let attempt = self.begin_second_step(&standing.realm, &standing.subject, origin).await?;
        let cx = context(&visitor.front, origin, self.clock.now());
        match factors.confirm(&standing.subject, code, &cx).await {
            Ok(Some(codes)) => {
                attempt.succeeded();
                Ok(codes)
            }
            Ok(None) => Err(wrong_code()),
            Err(error) => {
                attempt.unanswered();
                note_outage(by, &error);
                Err(error.into())
            }
        }
    }

    /// New recovery codes in place of those that there are, after the password once more.
    ///
    /// # Errors
    /// [`EngineError::NotPermitted`] with a wrong password; [`EngineError::Conflict`] without a second factor.
    pub async fn renew_recovery_codes(
        &self,
        visitor: &Visitor,
        password: &SecretString,
        origin: &LoginOrigin,
    ) -> Result<Vec<String>, EngineError> {
        self.members_only(visitor)?;
        self.prove_again(visitor, Some(password), origin.peer).await?;
        let standing = visitor.session.standing();
        let factors = self.keeper(&standing)?.second_factors().ok_or(EngineError::NotFound)?;
        let renewed = factors.renew_recovery(&standing.subject).await?;
        renewed.ok_or_else(|| {
            EngineError::Conflict("there is no second factor that recovery codes could stand in for".into())
        })
    }

    /// Takes the second factor away, by a code of it.
    ///
    /// # Errors
    /// [`EngineError::Unacceptable`] with a wrong code.
    pub async fn remove_second_factor(
        &self,
        visitor: &Visitor,
        code: &SecretString,
        origin: &LoginOrigin,
    ) -> Result<(), EngineError> {
        self.members_only(visitor)?;
        let standing = visitor.session.standing();
        let by = self.keeper(&standing)?;
        let factors = by.second_factors().ok_or(EngineError::NotFound)?;
        let attempt = self.begin_second_step(&standing.realm, &standing.subject, origin).await?;
        let cx = context(&visitor.front, origin, self.clock.now());
        match factors.remove(&standing.subject, code, &cx).await {
            Ok(true) => {
                attempt.succeeded();
                Ok(())
            }
            Ok(false) => Err(wrong_code()),
            Err(error) => {
                attempt.unanswered();
                note_outage(by, &error);
                Err(error.into())
            }
        }
    }

    /// The visitor changes what is shown of the own account. A new e-mail address needs the password: whoever has it gets
    /// new passwords.
    ///
    /// # Errors
    /// [`EngineError::NotPermitted`] where that isn't allowed; [`EngineError::WriteRestricted`] for another name of somebody
    /// who may not write; [`EngineError::Unacceptable`] when it breaks a rule or is the name of a ban;
    /// [`EngineError::UnwantedWord`].
    pub async fn change_profile(
        &self,
        visitor: &Visitor,
        change: &ProfileChange,
        password: Option<&SecretString>,
        origin: &LoginOrigin,
    ) -> Result<Account, EngineError> {
        self.members_only(visitor)?;
        let standing = visitor.session.standing();
        let by = self.keeper(&standing)?;
        if !may_change_profile(visitor) {
            return Err(EngineError::NotPermitted("names are not changed here by their people".into()));
        }
        // A name is read by everybody, as a message is.
        if change.display_name.is_some()
            && let Some(restriction) = self.write_restriction(visitor)
        {
            return Err(EngineError::WriteRestricted(restriction));
        }
        let wanted = change.display_name.clone().map(|name| self.filtered_if_any(&visitor.front, name));
        let change = &ProfileChange { display_name: wanted.transpose()?, ..change.clone() };
        if let Some(Some(name)) = &change.display_name {
            self.check_new_name(&visitor.front, &standing.realm, name)?;
        }
        if change.email.is_some() {
            self.prove_again(visitor, password, origin.peer).await?;
        }
        let profiles = by.profiles().ok_or(EngineError::NotFound)?;
        let identity = profiles.change_profile(&standing.subject, change).await?;
        let identity = identity.map_err(EngineError::Unacceptable)?;
        self.store.refresh_profile(visitor.account(), &Profile::of(&identity)).await?;
        for community in self.store.communities_of(visitor.account()).await? {
            self.tell_of_person(&community, visitor.account()).await?;
        }
        self.account(visitor).await
    }

    /// Proves an e-mail address by the token of a letter.
    ///
    /// # Errors
    /// [`EntryError::Unacceptable`] when the token is no good.
    pub async fn prove_address(&self, front: &Front, token: &str) -> Result<(), EntryError> {
        let by = keeper_of(front).ok_or(EntryError::Refused(Refusal::NotPermitted))?;
        let profiles = by.profiles().ok_or(EntryError::Refused(Refusal::NotPermitted))?;
        if profiles.prove_address(token, self.clock.now()).await? {
            return Ok(());
        }
        Err(EntryError::Unacceptable("This link is not good any more.".into()))
    }

    /// Sends the letter that proves the address of a new account, while the answer goes out. A failure is for the log: the
    /// account is there.
    pub(super) fn send_address_letter(self: &Arc<Self>, front: &Arc<Front>, by: &Arc<Guarded>, login: &str) {
        let Some(mailer) = self.settings.mailer.clone() else { return };
        let (engine, at, by) = (Arc::clone(self), Arc::clone(front), Arc::clone(by));
        let login = login.to_owned();
        let letters = async move {
            let Some(profiles) = by.profiles() else { return Ok(Vec::new()) };
            let issued = profiles.address_token(&login, engine.clock.now()).await?;
            let letter = issued.and_then(|issued| {
                let link = engine.letter_link(&at, "verify", &issued.token);
                letter(&at, ADDRESS_LETTER, "your e-mail address", &issued, &link)
            });
            Ok(letter.into_iter().collect())
        };
        self.post.send(mailer, front.id.clone(), letters);
    }
}

/// Whether what is shown of people may be changed by them here. Where names are forced, nobody chooses one.
pub(super) fn may_change_profile(visitor: &Visitor) -> bool {
    visitor.options().change_profile && visitor.front().options.entrance.username == Username::Free
}

/// Which of them waits for a challenge to be answered, and by whom.
fn asked<'g>(
    mut asks: impl Iterator<Item = &'g Guarded>,
    challenge: &str,
    cx: &AuthContext<'_>,
) -> Option<(&'g Guarded, &'g dyn SecondFactors, SubjectId)> {
    asks.find_map(|by| {
        let factors = by.second_factors()?;
        Some((by, factors, factors.waiting(challenge, cx)?))
    })
}

/// Told to the administrator here: the person learns no more than that it can't be decided now.
fn note_outage(by: &Guarded, error: &AuthError) {
    tracing::error!(auth.name = %by.name(), error = %error.full_text(), "a second step could not be decided");
}

fn wrong_code() -> EngineError {
    EngineError::Unacceptable("the code is wrong, or was used before".into())
}

const ADDRESS_LETTER: &str = include_str!("letters/verify.txt");
