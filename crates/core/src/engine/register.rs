//! People who make themselves an account: by the registration form, or by their first login.

use std::sync::Arc;

use crate::auth::{
    AuthContext, Authenticator, Credentials, Decision, ExternalIdentity, Guarded, Refusal, Registration,
    RegistrationForm, RegistrationRefusal,
};
use crate::engine::administration::Waiting;
use crate::engine::enter::{LoginOrigin, context};
use crate::engine::{Engine, EngineError, EntryError};
use crate::front::Front;

/// What became of a registration form.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Registered {
    /// The account can be used.
    Active,
    /// It waits for an administrator.
    Pending,
    /// It waits for its e-mail address to be proved.
    Unverified,
}

impl Engine {
    /// The policy "the first login makes the account".
    pub(super) async fn create_at_login(
        &self,
        front: &Arc<Front>,
        credentials: &Credentials,
        cx: &AuthContext<'_>,
    ) -> Result<(Box<ExternalIdentity>, Arc<Guarded>), EntryError> {
        let Credentials::Password { login, password } = credentials else {
            return Err(EntryError::Refused(Refusal::UnknownSubject));
        };
        let _counted = self.throttle.begin_registration(cx.peer).await?;
        let form = RegistrationForm {
            login: login.clone(),
            password: password.clone(),
            display_name: None,
            email: None,
        };
        let (registration, by) = self.make_account(front, &form, cx).await?;
        match registration {
            Registration::Active(identity) => Ok((identity, by)),
            Registration::Pending => {
                self.tell_that_one_waits(front, Waiting::Account).await;
                Err(EntryError::Refused(Refusal::Pending))
            }
            Registration::Unverified => Err(EntryError::Refused(Refusal::Pending)),
            // Somebody was faster with this name: perhaps the same person, on another device.
            Registration::Refused(RegistrationRefusal::NameTaken) => {
                let outcome = front.chain.authenticate(credentials, cx).await?;
                match (outcome.decision, outcome.decided_by) {
                    (Decision::Accepted { identity, .. }, Some(by)) => Ok((identity, by)),
                    (Decision::Refused(refusal), _) => Err(EntryError::Refused(refusal)),
                    _ => Err(EntryError::Refused(Refusal::BadSecret)),
                }
            }
            Registration::Refused(RegistrationRefusal::Invalid(why)) => Err(EntryError::Unacceptable(why)),
        }
    }

    async fn make_account(
        &self,
        front: &Front,
        form: &RegistrationForm,
        cx: &AuthContext<'_>,
    ) -> Result<(Registration, Arc<Guarded>), EntryError> {
        self.check_room_for_newcomer(front).await?;
        for member in front.chain.members() {
            if let Some(registrar) = member.registrar() {
                self.check_new_names(front, member.realm(), form)?;
                let form = &self.in_wanted_words(front, form)?;
                let needs_approval = front.options.unknown_names.needs_approval();
                let registration = registrar.register(form, needs_approval, cx).await?;
                return Ok((registration, Arc::clone(member)));
            }
        }
        Err(EntryError::NoRegistration)
    }

    /// A form as the front's word filter lets it pass. A login is refused and never masked: it would be another one.
    fn in_wanted_words(
        &self,
        front: &Front,
        form: &RegistrationForm,
    ) -> Result<RegistrationForm, EntryError> {
        let unwanted = |word: &str| EntryError::Unacceptable(format!("the word “{word}” is not wanted here"));
        if let Some(word) = self.unwanted_in(front, &form.login) {
            return Err(unwanted(&word));
        }
        let shown = match self.filtered_if_any(front, form.display_name.clone()) {
            Ok(shown) => shown,
            Err(EngineError::UnwantedWord(word)) => return Err(unwanted(&word)),
            Err(_) => return Err(EntryError::Unacceptable("this name can't be used here".into())),
        };
        Ok(RegistrationForm { display_name: shown, ..form.clone() })
    }

    /// Makes an account by the registration form.
    ///
    /// # Errors
    /// [`EntryError`]
    pub async fn register(
        self: &Arc<Self>,
        front: &Arc<Front>,
        form: &RegistrationForm,
        origin: &LoginOrigin,
    ) -> Result<Registered, EntryError> {
        if !front.options.unknown_names.has_form() {
            return Err(EntryError::NoRegistration);
        }
        self.check_address(front, origin)?;
        let _counted = self.throttle.begin_registration(origin.peer).await?;
        let cx = context(front, origin, self.clock.now());
        let (registration, by) = self.make_account(front, form, &cx).await?;
        match registration {
            Registration::Active(_) => Ok(Registered::Active),
            Registration::Pending => {
                self.tell_that_one_waits(front, Waiting::Account).await;
                Ok(Registered::Pending)
            }
            Registration::Unverified => {
                self.send_address_letter(front, &by, &form.login);
                Ok(Registered::Unverified)
            }
            Registration::Refused(RegistrationRefusal::NameTaken) => Err(EntryError::NameTaken),
            Registration::Refused(RegistrationRefusal::Invalid(why)) => Err(EntryError::Unacceptable(why)),
        }
    }
}
