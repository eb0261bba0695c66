//! What administrators do about accounts: let in, refuse, lock, delete; and about Portico's own accounts.

use std::sync::Arc;

use secrecy::SecretString;
use uuid::Uuid;

use super::reason;
use crate::account::{Account, AccountLife, AccountState, OwnMessages, Profile};
use crate::administration::{Actor, Change};
use crate::auth::{AuthError, Authenticator, Guarded, Realm, SubjectId};
use crate::engine::passwords::{RESET_LETTER, keeper_of};
use crate::engine::post::letter;
use crate::engine::{Engine, EngineError};
use crate::front::Front;
use crate::ports::{NativeProfile, NativeState, NewNativeUser, StoreError};
use crate::session::Ending;
use crate::{AccountId, Timestamp};

/// A link by which somebody can set a password once.
#[derive(Debug)]
pub struct ResetHandedOut {
    /// The link, when it was not sent: whoever has it sets the password.
    pub link: Option<SecretString>,
    /// Where it goes.
    pub sent_to: Option<String>,
    /// Until when it is good.
    pub until: Timestamp,
}

impl Engine {
    /// Lets a waiting account in.
    ///
    /// # Errors
    /// [`EngineError::NotFound`]; [`EngineError::Unacceptable`] when it doesn't wait.
    pub async fn approve(&self, by: &Actor, account: AccountId) -> Result<(), EngineError> {
        let to = AccountLife::default();
        self.set_state(by, "account-approved", account, &[AccountState::Pending], to).await
    }

    /// Refuses a waiting account: it is locked, and `reason` is told to the person.
    ///
    /// # Errors
    /// [`EngineError::NotFound`]; [`EngineError::Unacceptable`] when it doesn't wait.
    pub async fn refuse(
        &self,
        by: &Actor,
        account: AccountId,
        why: Option<String>,
    ) -> Result<(), EngineError> {
        let to = AccountLife { state: AccountState::Locked, reason: reason(why)?, ..AccountLife::default() };
        self.set_state(by, "account-refused", account, &[AccountState::Pending], to).await
    }

    /// Locks an account, until `until` or for good, and ends its sessions. The reason is told to the person. One that is
    /// locked gets the new reason and end.
    ///
    /// # Errors
    /// [`EngineError::NotFound`]; [`EngineError::Unacceptable`] when the person has left, or the lock would be over.
    pub async fn lock(
        &self,
        by: &Actor,
        account: AccountId,
        why: Option<String>,
        until: Option<Timestamp>,
    ) -> Result<(), EngineError> {
        if until.is_some_and(|until| until <= self.clock.now()) {
            return Err(EngineError::Unacceptable("this lock would be over already".into()));
        }
        let reason = reason(why)?;
        let to = AccountLife { state: AccountState::Locked, reason: reason.clone(), until, active_at: None };
        let from = [AccountState::Active, AccountState::Locked, AccountState::Pending];
        self.set_state(by, "account-locked", account, &from, to).await?;
        self.end_all_sessions(account, None, Ending::Locked { reason, until }).await
    }

    /// Takes a lock away; the account counts as used today.
    ///
    /// # Errors
    /// [`EngineError::NotFound`]; [`EngineError::Unacceptable`] when it isn't locked.
    pub async fn unlock(&self, by: &Actor, account: AccountId) -> Result<(), EngineError> {
        let to = AccountLife { active_at: Some(self.clock.now()), ..AccountLife::default() };
        self.set_state(by, "account-unlocked", account, &[AccountState::Locked], to).await
    }

    async fn set_state(
        &self,
        by: &Actor,
        action: &str,
        account: AccountId,
        from: &[AccountState],
        to: AccountLife,
    ) -> Result<(), EngineError> {
        let line = self.audit_entry(by, action).on("account", account);
        let change = Change::SetState { account, from: from.to_vec(), to };
        if self.store.administer(&change, line).await?.is_some() {
            return Ok(());
        }
        let now = self.life_of(account).await?.state.as_str();
        let wanted: Vec<&str> = from.iter().map(|state| state.as_str()).collect();
        Err(EngineError::Unacceptable(format!("the account is {now}, not {}", wanted.join(" or "))))
    }

    /// Deletes an account with everything that belongs to it, as when its person leaves.
    ///
    /// # Errors
    /// [`EngineError::NotFound`] when there is no such account, or it is leaving already.
    pub async fn remove_account(
        &self,
        by: &Actor,
        account: AccountId,
        messages: OwnMessages,
    ) -> Result<(), EngineError> {
        let line = self.audit_entry(by, "account-deleted").on("account", account);
        self.delete_with(account, messages, Some(line)).await
    }

    /// Forgets failed logins under a name, wherever they came from; how many counts there were.
    ///
    /// # Errors
    /// When the store does not answer.
    pub async fn forgive_attempts(&self, by: &Actor, account: &Account) -> Result<usize, EngineError> {
        let login = &account.profile.login;
        let name = format!("{}:{}", account.realm, account.subject);
        let forgotten = self.throttle.forgive(login) + self.throttle.forgive(&name);
        let line = self.audit_entry(by, "attempts-forgotten").on("account", account.id);
        let before = serde_json::json!({ "counts": forgotten });
        self.record(line.changed(Some(before), None)).await?;
        Ok(forgotten)
    }

    // --- Portico's own accounts -------------------------------------------------------------------------------

    /// Makes an account of Portico's own, whose rules have been looked at.
    ///
    /// # Errors
    /// [`EngineError::Conflict`] when the name is taken.
    pub async fn make_native(&self, by: &Actor, new: NewNativeUser) -> Result<(), EngineError> {
        let line = self.audit_entry(by, "account-made").on("native-account", new.id);
        match self.administer(&Change::MakeNative(new), line).await {
            Err(EngineError::Store(StoreError::Conflict(_))) => {
                Err(EngineError::Conflict("this name is taken".into()))
            }
            other => other.map(drop),
        }
    }

    /// Changes whether an account of Portico's own can be used; where it is in this state already, nothing is written. Of one
    /// that can't be used the sessions end, also those of which an earlier call failed to end.
    ///
    /// # Errors
    /// When the store does not answer; called again, it does what is left to do.
    pub async fn set_native_state(
        &self,
        by: &Actor,
        user: Uuid,
        state: NativeState,
    ) -> Result<(), EngineError> {
        let action = match state {
            NativeState::Active => "native-account-approved",
            _ => "native-account-disabled",
        };
        let line = self.audit_entry(by, action).on("native-account", user);
        self.store.administer(&Change::SetNativeState(user, state), line).await?;
        if state == NativeState::Active {
            return Ok(());
        }
        // A login that is under way looks at the state once its session is there.
        let native = Realm::new(Realm::NATIVE).map_err(|_| EngineError::NotFound)?;
        match self.account_by_key(&native, &user.to_string()).await? {
            Some(account) => {
                let ending = Ending::Locked { reason: None, until: None };
                self.end_all_sessions(account.id, None, ending).await
            }
            None => Ok(()),
        }
    }

    /// Changes what is shown of an account of Portico's own, and its e-mail address, which counts as unproven then. `account`
    /// is its person's, if they have ever entered.
    ///
    /// # Errors
    /// When the store does not answer.
    pub async fn set_native_profile(
        &self,
        by: &Actor,
        user: Uuid,
        profile: NativeProfile,
        account: Option<&Account>,
    ) -> Result<(), EngineError> {
        let line = self.audit_entry(by, "native-account-changed").on("native-account", user);
        self.store.administer(&Change::SetNativeProfile(user, profile.clone()), line).await?;
        let Some(account) = account else { return Ok(()) };
        let known = &account.profile;
        let display_name = profile.display_name.unwrap_or_else(|| known.login.clone());
        let shown = Profile { display_name, email: profile.email, ..known.clone() };
        self.store.refresh_profile(account.id, &shown).await?;
        for community in self.store.communities_of(account.id).await? {
            self.tell_of_person(&community, account.id).await?;
        }
        Ok(())
    }

    /// Deletes an account of Portico's own whose person has never entered anything.
    ///
    /// # Errors
    /// [`EngineError::NotFound`]
    pub async fn remove_native(&self, by: &Actor, user: Uuid) -> Result<(), EngineError> {
        let line = self.audit_entry(by, "native-account-deleted").on("native-account", user);
        self.administer(&Change::RemoveNative(user), line).await.map(drop)
    }

    /// Takes the second factor of an account of Portico's own away: the next login asks for the password alone.
    ///
    /// # Errors
    /// [`EngineError::NotFound`] when it has none.
    pub async fn take_second_factor(&self, by: &Actor, user: Uuid) -> Result<(), EngineError> {
        let line = self.audit_entry(by, "second-factors-removed").on("native-account", user);
        self.administer(&Change::RemoveSecondFactor(user), line).await.map(drop)
    }

    /// Makes a link by which the person of one of Portico's own accounts can set a password once, at `front`; with `send` it
    /// goes to their e-mail address and to nobody else, after this returns, and again when the mail server is out. That it is
    /// made is written down first: `own` keeps the link itself.
    ///
    /// # Errors
    /// [`EngineError::Unacceptable`] when it is to be sent and there is no address, or no mail is sent from here;
    /// [`EngineError::Unanswered`] when too many letters wait already; [`EngineError::NotFound`].
    pub async fn hand_out_reset(
        &self,
        by: &Actor,
        own: &Guarded,
        front: &Front,
        subject: &SubjectId,
        send: bool,
    ) -> Result<ResetHandedOut, EngineError> {
        let keeps = keeper_of(front).is_some_and(|keeper| keeper.realm() == own.realm());
        if !keeps {
            return Err(EngineError::Unacceptable(format!(
                "nobody enters the front `{}` with an account of Portico's own",
                front.id
            )));
        }
        if send && self.settings.mailer.is_none() {
            return Err(EngineError::Unacceptable("no mail is sent from here: there is no [mail]".into()));
        }
        let passwords = own.passwords().ok_or(EngineError::NotFound)?;
        let mut line = self.audit_entry(by, "password-reset").on("native-account", subject);
        line.front = Some(front.id.clone());
        let after = serde_json::json!({ "sent": send });
        self.record(line.changed(None, Some(after))).await?;
        let issued = passwords.reset_token(subject, self.clock.now()).await?.ok_or(EngineError::NotFound)?;
        let link = self.letter_link(front, "reset", &issued.token);
        let until = issued.until;
        let (true, Some(mailer)) = (send, &self.settings.mailer) else {
            return Ok(ResetHandedOut { link: Some(SecretString::from(link)), sent_to: None, until });
        };
        let no_address = || EngineError::Unacceptable("this account has no e-mail address".into());
        let letter = letter(front, RESET_LETTER, "a new password", &issued, &link).ok_or_else(no_address)?;
        let to = letter.to.clone();
        if !self.post.send(Arc::clone(mailer), front.id.clone(), async move { Ok(vec![letter]) }) {
            let many = "more letters wait than are kept";
            return Err(AuthError::unavailable("the mail server does not take letters", many).into());
        }
        Ok(ResetHandedOut { link: None, sent_to: Some(to), until })
    }
}
