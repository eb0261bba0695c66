//! Authenticators that break one law each, as real ones did.
#![expect(clippy::unwrap_used, reason = "a flaw that can't play its part should stop the test")]

use std::fmt;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};

use portico_auth_conformance::Person;
use portico_auth_conformance::people::{NOBODY, UNREADABLE_HASH};
use portico_core::async_trait;
use portico_core::auth::{
    AuthContext, AuthError, Authenticator, Capabilities, CredentialKind, Credentials, Decision, Directory,
    DirectoryEntry, DirectoryState, Refusal, Restrictions, SecretCookies, SubjectId,
};
use portico_core::testing::{FakeAuthenticator, FakeHealth};
use secrecy::ExposeSecret;

/// What is wrong with a fake.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Flaw {
    /// Declares bearer tokens and refuses them.
    RefusesADeclaredKind,
    /// Says `UnknownSubject` to a wrong password.
    TakesWrongPasswordsForUnknown,
    /// Says `BadSecret` to an unknown login.
    TakesUnknownForWrongPasswords,
    /// Has to ask the other system what it takes, and guesses when that is down.
    GuessesItsCapabilities,
    /// Reads passwords as C strings, and lets the empty one pass.
    ReadsPasswordsAsCStrings,
    /// Makes the subject from the login as it was typed.
    SubjectIsTheTypedLogin,
    /// Gives everybody the same subject.
    OneSubjectForAll,
    /// Looks at bans before it looks at passwords.
    TellsBansToStrangers,
    /// Says that passwords are wrong while the database is down.
    TakesOutagesForRefusals,
    /// Doesn't check its service account.
    IsContentWithAnyAccount,
    /// Compares a stored password that it can't read as plain text.
    ComparesPlainText,
    /// Puts logins into its query as they are.
    SplicesLogins,
    /// Marks itself busy and forgets that a future may be dropped.
    StaysBusyWhenGivenUp,
    /// Keeps the login under way in one place for all.
    KeepsOneLoginForAll,
    /// Traces the password.
    TracesPasswords,
    /// Shows the password in its `Debug`.
    ShowsPasswordsInDebug,
    /// Quotes the password in an error's cause.
    QuotesPasswordsInErrors,
    /// Ignores keys that it doesn't know.
    IgnoresUnknownKeys,
    /// Its directory shows another name than the login.
    DirectoryShowsAnotherName,
    /// Its directory finds everybody active that it is asked for, known or not.
    DirectoryInventsPeople,
    /// Its directory compares numbers loosely.
    DirectoryComparesLoosely,
    /// Its directory finds nobody while the other system is down.
    DirectoryIsEmptyInAnOutage,
    /// Counts logins in the other system's table.
    WritesLastLogin,
    /// Computes no hash for unknown logins.
    SavesTheHashOfUnknownLogins,
    /// Raises an error at a login with a NUL.
    FailsAtNul,
    /// Shows another name to whoever comes by a session.
    SessionShowsAnotherName,
    /// Compares the beginnings of session ids.
    ComparesBeginningsOfSessions,
    /// Says `BadSecret` to cookies that prove nobody.
    TakesWorthlessCookiesForWrongPasswords,
    /// Doesn't look at bans where a session comes.
    LetsBannedSessionsIn,
    /// Remembers sessions that it has seen.
    RemembersSessions,
    /// Takes everybody for a guest while the other system is down.
    TakesOutagesForGuests,
}

/// The fake with one flaw.
pub(crate) struct Flawed {
    inner: FakeAuthenticator,
    flaw: Flaw,
    busy: AtomicBool,
    under_way: Mutex<String>,
    last_password: Mutex<String>,
    seen: Mutex<Vec<(String, Decision)>>,
}

impl Flawed {
    pub(crate) fn new(inner: FakeAuthenticator, flaw: Flaw) -> Self {
        Self {
            inner,
            flaw,
            busy: AtomicBool::new(false),
            under_way: Mutex::default(),
            last_password: Mutex::default(),
            seen: Mutex::default(),
        }
    }

    async fn by_password(
        &self,
        login: &str,
        password: &str,
        cx: &AuthContext<'_>,
    ) -> Result<Decision, AuthError> {
        let known = self.inner.everybody().into_iter().find(|person| person.identity.login == login);
        match self.flaw {
            Flaw::ReadsPasswordsAsCStrings if password.starts_with('\0') => {
                return Ok(known.map_or(Decision::Refused(Refusal::UnknownSubject), |who| {
                    Decision::accepted(who.identity)
                }));
            }
            Flaw::TellsBansToStrangers if login == Person::Bob.login() => {
                return Ok(Decision::Refused(Refusal::Banned { reason: Some("spam".into()), until: None }));
            }
            Flaw::ComparesPlainText if login == Person::Erin.login() && password == UNREADABLE_HASH => {
                return Ok(known.map_or(Decision::Refused(Refusal::UnknownSubject), |who| {
                    Decision::accepted(who.identity)
                }));
            }
            Flaw::SplicesLogins if login.contains("' OR '1'='1") => {
                let first = self.inner.everybody().remove(0);
                return Ok(Decision::accepted(first.identity));
            }
            Flaw::FailsAtNul if login.contains('\0') => {
                return Err(AuthError::inconsistent("the database takes no NUL"));
            }
            Flaw::SavesTheHashOfUnknownLogins
                if login == NOBODY && self.inner.health() == FakeHealth::Healthy =>
            {
                return Ok(Decision::Refused(Refusal::UnknownSubject));
            }
            Flaw::QuotesPasswordsInErrors if login == Person::Erin.login() => {
                let cause = std::io::Error::other(format!("can't check {password}"));
                return Err(AuthError::unavailable("the hash is odd", cause));
            }
            Flaw::TracesPasswords => tracing::debug!(login, password, "trying"),
            Flaw::ShowsPasswordsInDebug => *self.last_password.lock().unwrap() = password.to_owned(),
            _ => {}
        }
        if self.flaw == Flaw::StaysBusyWhenGivenUp && self.busy.swap(true, Ordering::SeqCst) {
            return Err(AuthError::unavailable("busy", std::io::Error::other("somebody is logging in")));
        }
        if self.flaw == Flaw::KeepsOneLoginForAll {
            *self.under_way.lock().unwrap() = login.to_owned();
            tokio::task::yield_now().await;
        }
        let login = match self.flaw {
            Flaw::KeepsOneLoginForAll => self.under_way.lock().unwrap().clone(),
            _ => login.to_owned(),
        };
        let answer = self.inner.authenticate(&Credentials::password(login, password), cx).await;
        self.busy.store(false, Ordering::SeqCst);
        answer
    }

    async fn by_session(&self, cookies: &SecretCookies, cx: &AuthContext<'_>) -> Result<Decision, AuthError> {
        let value = cookies.names().filter_map(|name| cookies.get(name)).next();
        let value = value.map(|value| value.expose_secret().to_owned()).unwrap_or_default();
        let owner = self.inner.everybody().into_iter().find(|person| {
            let session = person.session.as_ref().map(|session| session.expose_secret().to_owned());
            let session = session.unwrap_or_default();
            match self.flaw {
                Flaw::ComparesBeginningsOfSessions => value.len() > 12 && session.starts_with(&value),
                _ => session == value,
            }
        });
        let healthy = self.inner.health() == FakeHealth::Healthy;
        if let (Flaw::ComparesBeginningsOfSessions | Flaw::LetsBannedSessionsIn, Some(owner), true) =
            (self.flaw, &owner, healthy)
            && (self.flaw == Flaw::LetsBannedSessionsIn || owner.refusal.is_none())
        {
            return Ok(Decision::accepted(owner.identity.clone()));
        }
        let seen =
            self.seen.lock().unwrap().iter().find(|(known, _)| *known == value).map(|(_, seen)| seen.clone());
        if let (Flaw::RemembersSessions, Some(seen)) = (self.flaw, seen) {
            return Ok(seen);
        }
        let credentials = Credentials::ExternalSession { cookies: cookies.clone() };
        let answer = self.inner.authenticate(&credentials, cx).await;
        match (self.flaw, answer) {
            (Flaw::SessionShowsAnotherName, Ok(Decision::Accepted { mut identity, reply })) => {
                identity.display_name = Some("Somebody".into());
                Ok(Decision::Accepted { identity, reply })
            }
            (
                Flaw::TakesWorthlessCookiesForWrongPasswords,
                Ok(Decision::Refused(Refusal::UnknownSubject)),
            ) => Ok(Decision::Refused(Refusal::BadSecret)),
            (Flaw::TakesOutagesForGuests, Err(AuthError::Unavailable { .. })) => {
                Ok(Decision::Refused(Refusal::UnknownSubject))
            }
            (Flaw::RemembersSessions, Ok(decision)) => {
                self.seen.lock().unwrap().push((value, decision.clone()));
                Ok(decision)
            }
            (_, answer) => answer,
        }
    }

    fn spoil(&self, typed: Option<&str>, answer: Result<Decision, AuthError>) -> Result<Decision, AuthError> {
        match (self.flaw, answer) {
            (Flaw::TakesWrongPasswordsForUnknown, Ok(Decision::Refused(Refusal::BadSecret))) => {
                Ok(Decision::Refused(Refusal::UnknownSubject))
            }
            (Flaw::TakesUnknownForWrongPasswords, Ok(Decision::Refused(Refusal::UnknownSubject)))
                if typed.is_some() =>
            {
                Ok(Decision::Refused(Refusal::BadSecret))
            }
            (Flaw::TakesOutagesForRefusals, Err(AuthError::Unavailable { .. })) => {
                Ok(Decision::Refused(Refusal::BadSecret))
            }
            (Flaw::SubjectIsTheTypedLogin, Ok(Decision::Accepted { mut identity, reply })) => {
                if let Some(typed) = typed.filter(|typed| *typed != identity.login) {
                    identity.subject = SubjectId::new(typed.trim()).unwrap();
                }
                Ok(Decision::Accepted { identity, reply })
            }
            (Flaw::OneSubjectForAll, Ok(Decision::Accepted { mut identity, reply })) => {
                identity.subject = SubjectId::new("u1").unwrap();
                Ok(Decision::Accepted { identity, reply })
            }
            (Flaw::WritesLastLogin, Ok(Decision::Accepted { identity, reply })) => {
                self.inner.change(identity.subject.as_str(), |person| person.unread += 1);
                Ok(Decision::Accepted { identity, reply })
            }
            (_, answer) => answer,
        }
    }
}

#[async_trait]
impl Authenticator for Flawed {
    fn capabilities(&self) -> Capabilities {
        let mut capabilities = self.inner.capabilities();
        if self.flaw == Flaw::GuessesItsCapabilities && self.inner.health() != FakeHealth::Healthy {
            capabilities.credentials.insert(CredentialKind::Negotiate);
        }
        capabilities
    }

    async fn authenticate(
        &self,
        credentials: &Credentials,
        cx: &AuthContext<'_>,
    ) -> Result<Decision, AuthError> {
        match credentials {
            Credentials::Password { login, password } => {
                let answer = self.by_password(login, password.expose_secret(), cx).await;
                self.spoil(Some(login), answer)
            }
            Credentials::Bearer { .. } if self.flaw == Flaw::RefusesADeclaredKind => {
                Ok(Decision::Refused(Refusal::NotPermitted))
            }
            Credentials::ExternalSession { cookies } => {
                let answer = self.by_session(cookies, cx).await;
                self.spoil(None, answer)
            }
            other => self.spoil(None, self.inner.authenticate(other, cx).await),
        }
    }

    async fn check(&self) -> Result<(), AuthError> {
        match self.inner.check().await {
            Err(AuthError::Misconfigured { .. }) if self.flaw == Flaw::IsContentWithAnyAccount => Ok(()),
            checked => checked,
        }
    }

    fn directory(&self) -> Option<&dyn Directory> {
        Some(self)
    }
}

#[async_trait]
impl Directory for Flawed {
    async fn lookup(&self, subjects: &[SubjectId]) -> Result<Vec<DirectoryEntry>, AuthError> {
        let real = self.inner.directory().unwrap();
        match self.flaw {
            Flaw::DirectoryShowsAnotherName => {
                let mut found = real.lookup(subjects).await?;
                for entry in &mut found {
                    entry.identity.display_name = Some("Somebody".into());
                }
                Ok(found)
            }
            Flaw::DirectoryInventsPeople if self.inner.health() == FakeHealth::Healthy => {
                let alice = self.inner.everybody().remove(0).identity;
                let invent = |subject: &SubjectId| {
                    let mut identity = alice.clone();
                    identity.subject = subject.clone();
                    DirectoryEntry { identity, state: DirectoryState::Active(Restrictions::default()) }
                };
                Ok(subjects.iter().map(invent).collect())
            }
            Flaw::DirectoryComparesLoosely => {
                let loosely =
                    |subject: &SubjectId| SubjectId::new(subject.as_str().trim_end_matches("abc")).unwrap();
                real.lookup(&subjects.iter().map(loosely).collect::<Vec<_>>()).await
            }
            Flaw::DirectoryIsEmptyInAnOutage => Ok(real.lookup(subjects).await.unwrap_or_default()),
            _ => real.lookup(subjects).await,
        }
    }
}

impl fmt::Debug for Flawed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut shown = f.debug_struct("Flawed");
        if self.flaw == Flaw::ShowsPasswordsInDebug {
            shown.field("last_password", &self.last_password.lock().unwrap());
            shown.field(
                "people",
                &self
                    .inner
                    .everybody()
                    .iter()
                    .map(|who| who.password.expose_secret().to_owned())
                    .collect::<Vec<_>>(),
            );
        }
        shown.finish_non_exhaustive()
    }
}
