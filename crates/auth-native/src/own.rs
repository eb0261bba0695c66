//! What people do with their own accounts: other passwords, forgotten ones, names and addresses.

use portico_core::account::fold_login;
use portico_core::auth::{
    AuthContext, AuthError, ExternalIdentity, IssuedToken, OwnAccountFacts, PasswordAdmin, PasswordChange,
    PasswordOwner, PasswordRules, ProfileAdmin, ProfileChange, Refusal, SubjectId,
};
use portico_core::ports::{
    NativeLife, NativeProfile, NativeState, NativeUser, NewPassword, OnceToken, TokenPurpose,
};
use portico_core::{Timestamp, async_trait};
use secrecy::{ExposeSecret, SecretString};
use std::time::Duration;

use crate::authenticator::{NativeAuthenticator, identity, user_id};
use crate::failure::store_failed;
use crate::{names, once};

/// How long the link of a letter for a forgotten password is good.
const RESET_GOOD: Duration = Duration::from_secs(3600);
/// How long the link of a letter that proves an address is good.
const VERIFY_GOOD: Duration = Duration::from_secs(3 * 24 * 3600);

const BAD_LINK: &str = "This link is not good any more: it was used, or it is too old. Ask for a new one.";

impl NativeAuthenticator {
    fn life(&self) -> &dyn NativeLife {
        self.accounts.life()
    }

    async fn user_of(&self, subject: &SubjectId) -> Result<Option<NativeUser>, AuthError> {
        match user_id(subject) {
            Some(id) => self.accounts.get(id).await,
            None => Ok(None),
        }
    }

    /// Sets a new password, if it keeps the rules.
    async fn put(
        &self,
        user: &NativeUser,
        new: &SecretString,
        compared: bool,
        now: Timestamp,
    ) -> Result<PasswordChange, AuthError> {
        if let Err(why) = self.accounts.acceptable(new, &user.login, user.display_name.as_deref()) {
            return Ok(PasswordChange::Invalid(why));
        }
        if self.accounts.was_used(user, new).await? {
            return Ok(PasswordChange::Invalid("This password was used before.".to_owned()));
        }
        let change = NewPassword {
            user: user.id,
            hash: self.accounts.hash(new).await?,
            instead_of: compared.then(|| user.password_hash.clone()),
            keep: self.accounts.config().password_history,
            at: now,
        };
        if !self.life().change_password(&change).await.map_err(store_failed)? {
            // Changed meanwhile, from elsewhere.
            return Ok(PasswordChange::Refused(Refusal::BadSecret));
        }
        let changed = self.accounts.get(user.id).await?;
        let changed = changed.ok_or_else(|| AuthError::inconsistent("an account was gone at once"))?;
        Ok(PasswordChange::Changed(Box::new(identity(&changed)?)))
    }

    async fn issue(
        &self,
        user: &NativeUser,
        purpose: TokenPurpose,
        now: Timestamp,
    ) -> Result<IssuedToken, AuthError> {
        let token = once::token()?;
        let good = match purpose {
            TokenPurpose::Reset => RESET_GOOD,
            TokenPurpose::Verify => VERIFY_GOOD,
        };
        let until = now.plus(good);
        let hash = once::digest(token.expose_secret());
        let kept = OnceToken { hash, user: user.id, purpose, until };
        self.life().put_token(&kept).await.map_err(store_failed)?;
        Ok(IssuedToken { token, login: user.login.clone(), email: user.email.clone(), until })
    }
}

#[async_trait]
impl PasswordAdmin for NativeAuthenticator {
    fn rules(&self) -> PasswordRules {
        self.accounts.config().rules()
    }

    async fn facts(&self, subject: &SubjectId) -> Result<Option<OwnAccountFacts>, AuthError> {
        let Some(user) = self.user_of(subject).await? else { return Ok(None) };
        let (mut totp, mut passkeys, mut recovery_left) = (false, 0, 0);
        if user.second_factor {
            let factor = self.life().second_factor(user.id).await.map_err(store_failed)?;
            totp = factor.is_some_and(|factor| factor.confirmed);
            passkeys = self.passkeys_of(user.id).await?.len();
            recovery_left = self.accounts.passkeys().recovery_left(user.id).await.map_err(store_failed)?;
        }
        let max_age = self.accounts.config().password_max_age;
        Ok(Some(OwnAccountFacts {
            password_changed_at: user.password_changed_at,
            password_expires_at: max_age.map(|age| user.password_changed_at.plus(age)),
            email_verified: user.email_verified_at.is_some(),
            second_factor: user.second_factor,
            totp,
            passkeys,
            recovery_left,
        }))
    }

    async fn is_password(&self, subject: &SubjectId, password: &SecretString) -> Result<bool, AuthError> {
        let user = self.user_of(subject).await?;
        self.is_right(user.as_ref(), password).await
    }

    async fn change(
        &self,
        of: PasswordOwner<'_>,
        old: &SecretString,
        new: &SecretString,
        cx: &AuthContext<'_>,
    ) -> Result<PasswordChange, AuthError> {
        let user = match of {
            PasswordOwner::Login(login) => self.accounts.find(login).await?,
            PasswordOwner::Subject(subject) => self.user_of(subject).await?,
        };
        let right = self.is_right(user.as_ref(), old).await?;
        let Some(user) = user else { return Ok(PasswordChange::Refused(Refusal::UnknownSubject)) };
        if !right {
            return Ok(PasswordChange::Refused(Refusal::BadSecret));
        }
        if let Some(refusal) = crate::authenticator::refusal(user.state) {
            return Ok(PasswordChange::Refused(refusal));
        }
        // Without a session the second factor was not asked for: only what can't wait is done then.
        let alone = matches!(of, PasswordOwner::Login(_)) && user.second_factor;
        if alone && !self.accounts.is_expired(&user, cx.now) {
            return Ok(PasswordChange::Refused(Refusal::NotPermitted));
        }
        self.put(&user, new, true, cx.now).await
    }

    async fn forgotten(
        &self,
        login_or_email: &str,
        cx: &AuthContext<'_>,
    ) -> Result<Vec<IssuedToken>, AuthError> {
        let typed = login_or_email.trim();
        let mut users: Vec<NativeUser> = self.accounts.find(typed).await?.into_iter().collect();
        if typed.contains('@') && !typed.contains('\0') && typed.len() <= 254 {
            let same = self.life().by_email(&fold_login(typed)).await.map_err(store_failed)?;
            users.extend(same);
        }
        users.sort_by_key(|user| user.id);
        users.dedup_by_key(|user| user.id);
        let mut issued = Vec::new();
        for user in users {
            let usable = !matches!(user.state, NativeState::Disabled);
            if usable && user.email.is_some() {
                issued.push(self.issue(&user, TokenPurpose::Reset, cx.now).await?);
            }
        }
        Ok(issued)
    }

    async fn reset_token(
        &self,
        subject: &SubjectId,
        now: Timestamp,
    ) -> Result<Option<IssuedToken>, AuthError> {
        match self.user_of(subject).await? {
            Some(user) => self.issue(&user, TokenPurpose::Reset, now).await.map(Some),
            None => Ok(None),
        }
    }

    async fn reset(
        &self,
        token: &str,
        new: &SecretString,
        cx: &AuthContext<'_>,
    ) -> Result<PasswordChange, AuthError> {
        let bad_link = || Ok(PasswordChange::Invalid(BAD_LINK.to_owned()));
        let hash = once::digest(token);
        let (life, purpose) = (self.life(), TokenPurpose::Reset);
        // Looked at first: a password that breaks a rule doesn't cost the link.
        let Some(id) = life.token_user(&hash, purpose, cx.now).await.map_err(store_failed)? else {
            return bad_link();
        };
        let Some(user) = self.accounts.get(id).await? else { return bad_link() };
        if let Err(why) = self.accounts.acceptable(new, &user.login, user.display_name.as_deref()) {
            return Ok(PasswordChange::Invalid(why));
        }
        if self.accounts.was_used(&user, new).await? {
            return Ok(PasswordChange::Invalid("This password was used before.".to_owned()));
        }
        if life.take_token(&hash, purpose, cx.now).await.map_err(store_failed)? != Some(id) {
            return bad_link();
        }
        self.put(&user, new, false, cx.now).await
    }
}

#[async_trait]
impl ProfileAdmin for NativeAuthenticator {
    async fn change_profile(
        &self,
        subject: &SubjectId,
        change: &ProfileChange,
    ) -> Result<Result<Box<ExternalIdentity>, String>, AuthError> {
        let user = self.user_of(subject).await?;
        let mut user = user.ok_or_else(|| AuthError::inconsistent("a session without its native account"))?;
        if let Some(name) = &change.display_name {
            match names::display_name(name.as_deref()) {
                Ok(name) => user.display_name = name,
                Err(why) => return Ok(Err(why)),
            }
        }
        if let Some(email) = &change.email {
            match names::email(email.as_deref()) {
                Ok(email) if email == user.email => {}
                Ok(email) => {
                    user.email = email;
                    user.email_verified_at = None;
                }
                Err(why) => return Ok(Err(why)),
            }
        }
        let profile = NativeProfile {
            display_name: user.display_name.clone(),
            email: user.email.clone(),
            email_verified_at: user.email_verified_at,
        };
        if !self.life().set_profile(user.id, &profile).await.map_err(store_failed)? {
            return Err(AuthError::inconsistent("an account was gone at once"));
        }
        Ok(Ok(Box::new(identity(&user)?)))
    }

    async fn address_token(&self, login: &str, now: Timestamp) -> Result<Option<IssuedToken>, AuthError> {
        let user = self.accounts.find(login).await?;
        let unproven = user.filter(|user| user.email.is_some() && user.email_verified_at.is_none());
        match unproven {
            Some(user) => self.issue(&user, TokenPurpose::Verify, now).await.map(Some),
            None => Ok(None),
        }
    }

    async fn prove_address(&self, token: &str, now: Timestamp) -> Result<bool, AuthError> {
        let hash = once::digest(token);
        let taken = self.life().take_token(&hash, TokenPurpose::Verify, now).await.map_err(store_failed)?;
        let Some(id) = taken else { return Ok(false) };
        let known = self.life().set_email_verified(id, now).await.map_err(store_failed)?;
        if let Some(user) = self.accounts.get(id).await?
            && user.state == NativeState::Unverified
        {
            self.accounts.set_state(id, NativeState::Active).await?;
        }
        Ok(known)
    }
}
