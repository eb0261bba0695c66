use std::sync::PoisonError;
use std::time::Duration;

use secrecy::{ExposeSecret, SecretString};
use sha2::{Digest, Sha256};
use tokio::time::Instant;

use crate::account::{Account, AccountLife, AccountState, INACTIVE, Profile};
use crate::administration::{Actor, Change, Rights};
use crate::auth::{
    AuthContext, Authenticator, Credentials, Decision, ExternalIdentity, Guarded, Realm, Refusal, SubjectId,
};
use crate::engine::{Engine, EngineError, EntryError, LoginOrigin};
use crate::front::FrontId;
use crate::ports::{AdminSessionRecord, NewAccount, StoreError};
use crate::session::Token;
use crate::{AccountId, Timestamp};

/// How long a session of the administration lives.
const LIFETIME: Duration = Duration::from_secs(8 * 3600);

/// A session of the administration that has just begun.
#[derive(Debug)]
pub struct AdminSession {
    /// Its token, which is good for the administration alone.
    pub token: Token,
    /// When it ends.
    pub expires_at: Timestamp,
}

impl Engine {
    /// Proves that somebody is one of Portico's own people, throttled like any login. Whether they are an administrator
    /// is the caller's to look up: only then is anything said that a stranger could learn from.
    ///
    /// # Errors
    /// [`EntryError`]
    pub async fn prove_administrator(
        &self,
        own: &Guarded,
        credentials: &Credentials,
        origin: &LoginOrigin,
    ) -> Result<Account, EntryError> {
        let begun = Instant::now();
        let scope = own.realm().as_str();
        let attempt = self.throttle.begin(self.tries(&[scope], credentials.claimed_login(), origin)).await?;
        let front = FrontId::administration();
        let cx = context(&front, origin, self.clock.now()).with_page(self.settings.public_url.as_deref());
        let decision = match own.authenticate(credentials, &cx).await {
            Ok(decision) => decision,
            Err(error) => {
                attempt.unanswered();
                return Err(error.into());
            }
        };
        match decision {
            Decision::Accepted { identity, .. } => {
                attempt.succeeded();
                self.administrator(own, &identity).await
            }
            Decision::Continue(challenge) => {
                attempt.unanswered();
                Err(EntryError::Challenge(challenge))
            }
            Decision::Refused(refusal) => {
                let told = match refusal {
                    Refusal::UnknownSubject => Refusal::BadSecret,
                    other => other,
                };
                Err(self.turned_down(attempt, told, begun).await)
            }
        }
    }

    /// Goes on with [`prove_administrator`](Self::prove_administrator) where a second step was asked for.
    ///
    /// # Errors
    /// [`EntryError`]; a wrong answer and an unknown challenge are one refusal.
    pub async fn answer_administrator(
        &self,
        own: &Guarded,
        challenge: &str,
        response: &SecretString,
        origin: &LoginOrigin,
    ) -> Result<Account, EntryError> {
        let front = FrontId::administration();
        let cx = context(&front, origin, self.clock.now());
        let asks = std::iter::once(own);
        let (_, identity) = self.answer_second_step(asks, (challenge, response), (&cx, origin)).await?;
        self.administrator(own, &identity).await
    }

    /// The account of one of Portico's own people, made if they have never entered any front.
    ///
    /// # Errors
    /// When the store does not answer.
    pub async fn account_of_own(
        &self,
        own: &Guarded,
        identity: &ExternalIdentity,
    ) -> Result<Account, StoreError> {
        let known = || self.store.identity(own.realm(), &identity.subject);
        if let Some(known) = known().await? {
            return Ok(known.account);
        }
        let now = self.clock.now();
        let new = NewAccount {
            id: AccountId::generate(now),
            realm: own.realm().clone(),
            subject: identity.subject.clone(),
            registered_at: identity.registered_at,
            profile: Profile::of(identity),
            proven: true,
            pending: false,
            replaces: None,
            created_at: now,
        };
        match self.store.create_account(new).await {
            // Made by a login at a front meanwhile.
            Err(StoreError::Conflict(why)) => {
                known().await?.map(|known| known.account).ok_or(StoreError::Conflict(why))
            }
            made => made,
        }
    }

    /// Opens a session of the administration. `stamp` stands for the secret it was opened with.
    ///
    /// # Errors
    /// When the store does not answer.
    pub async fn open_admin_session(
        &self,
        account: AccountId,
        stamp: &str,
    ) -> Result<AdminSession, EngineError> {
        let now = self.clock.now();
        let token = self.desk.tokens.issue().map_err(crate::engine::no_randomness)?;
        let record = AdminSessionRecord {
            token_hash: token.hash(),
            account,
            stamp: stamp.to_owned(),
            created_at: now,
            expires_at: now.plus(LIFETIME),
        };
        self.store.keep_admin_session(&record).await?;
        Ok(AdminSession { token, expires_at: record.expires_at })
    }

    /// The session of the administration that has this token.
    ///
    /// # Errors
    /// [`EngineError::SessionRequired`]
    pub async fn admin_session(&self, token: &str) -> Result<AdminSessionRecord, EngineError> {
        let token = self.desk.tokens.recognise(token).map_err(|_| EngineError::SessionRequired)?;
        let found = self.store.admin_session(&token.hash()).await?;
        let session = found.filter(|session| session.expires_at > self.clock.now());
        let session = session.ok_or(EngineError::SessionRequired)?;
        if self.kept_out(session.account).await?.is_some() {
            return Err(EngineError::SessionRequired);
        }
        Ok(session)
    }

    /// The account of somebody who has just proved to be one of Portico's own people.
    async fn administrator(&self, own: &Guarded, identity: &ExternalIdentity) -> Result<Account, EntryError> {
        let account = self.account_of_own(own, identity).await?;
        match self.kept_out(account.id).await? {
            None => Ok(account),
            Some(life) => Err(EntryError::AccountLocked { reason: life.reason, until: life.until }),
        }
    }

    /// The state of an account that somebody has locked, or that waits or leaves: it administers nothing. A lock for not
    /// having been here for long keeps administrators from fronts alone, or nobody might be left to take it away.
    async fn kept_out(&self, account: AccountId) -> Result<Option<AccountLife>, StoreError> {
        let Some(life) = self.store.account_life(account).await? else { return Ok(None) };
        let now = self.clock.now();
        let enters = match life.state {
            AccountState::Active => true,
            AccountState::Locked => {
                life.until.is_some_and(|until| until <= now) || life.reason.as_deref() == Some(INACTIVE)
            }
            AccountState::Pending | AccountState::Leaving | AccountState::Left => false,
        };
        Ok((!enters).then_some(life))
    }

    /// Ends a session of the administration.
    ///
    /// # Errors
    /// When the store does not answer.
    pub async fn close_admin_session(&self, session: &AdminSessionRecord) -> Result<(), EngineError> {
        Ok(self.store.forget_admin_session(&session.token_hash).await?)
    }

    /// An account, whatever front it has entered.
    ///
    /// # Errors
    /// [`EngineError::NotFound`]
    pub async fn any_account(&self, id: AccountId) -> Result<Account, EngineError> {
        self.store.account(id).await?.ok_or(EngineError::NotFound)
    }

    /// The account of somebody by their key, if they have ever entered.
    ///
    /// # Errors
    /// When the store does not answer.
    pub async fn account_by_key(&self, realm: &Realm, subject: &str) -> Result<Option<Account>, EngineError> {
        let Ok(subject) = SubjectId::new(subject) else { return Ok(None) };
        Ok(self.store.identity(realm, &subject).await?.map(|known| known.account))
    }

    /// Which of these subjects of a realm have an account.
    ///
    /// # Errors
    /// When the store does not answer.
    pub async fn accounts_of(
        &self,
        realm: &Realm,
        subjects: &[SubjectId],
    ) -> Result<Vec<(SubjectId, AccountId)>, EngineError> {
        Ok(self.store.accounts_of(realm, subjects).await?)
    }

    /// The rights that are written down for an account.
    pub fn rights_of(&self, account: AccountId) -> Option<Rights> {
        self.desk.administrators.read().unwrap_or_else(PoisonError::into_inner).get(&account).cloned()
    }

    /// Everybody whose rights are written down.
    pub fn administrators(&self) -> Vec<(AccountId, Rights)> {
        let known = self.desk.administrators.read().unwrap_or_else(PoisonError::into_inner);
        let mut all: Vec<_> = known.iter().map(|(id, rights)| (*id, rights.clone())).collect();
        all.sort_by_key(|(id, _)| *id);
        all
    }

    /// Writes down an account's rights; empty ones too: they take away what the account had without being written down.
    /// `mine` are the rights of whoever gives them, `before` those that the account has now.
    ///
    /// # Errors
    /// [`EngineError::NotPermitted`] when that would give or take a right that is not among `mine`;
    /// [`EngineError::NotFound`].
    pub async fn set_rights(
        &self,
        by: &Actor,
        mine: &Rights,
        account: AccountId,
        before: &Rights,
        rights: Rights,
    ) -> Result<(), EngineError> {
        self.any_account(account).await?;
        let changed: Rights = rights
            .iter()
            .filter(|&right| !before.has(right))
            .chain(before.iter().filter(|&right| !rights.has(right)))
            .collect();
        if !mine.cover(&changed) {
            return Err(EngineError::NotPermitted(
                "nobody gives or takes rights that they don't have".into(),
            ));
        }
        let entry = self.audit_entry(by, "rights-set").on("account", account);
        self.administer(&Change::SetRights(account, Some(rights.clone())), entry).await?;
        self.desk.administrators.write().unwrap_or_else(PoisonError::into_inner).insert(account, rights);
        Ok(())
    }
}

/// Stands for a secret in the sessions that it opened: when it is another one, they are over.
pub fn stamp_of(secret: &SecretString) -> String {
    let mut digest = Sha256::new();
    digest.update(b"portico administration stamp\0");
    digest.update(secret.expose_secret().as_bytes());
    digest.finalize().iter().take(16).map(|byte| format!("{byte:02x}")).collect()
}

fn context<'a>(front: &'a FrontId, origin: &'a LoginOrigin, now: Timestamp) -> AuthContext<'a> {
    AuthContext::new(front, now)
        .with_peer(origin.peer)
        .with_user_agent(origin.user_agent.as_deref())
        .with_forwarded_for(origin.forwarded_for.as_deref())
}
