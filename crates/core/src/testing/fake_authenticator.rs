mod sync;

use std::net::IpAddr;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use secrecy::{ExposeSecret, SecretString};
use subtle::ConstantTimeEq;

use crate::account::fold_login;
use crate::auth::{
    AuthContext, AuthError, Authenticator, Capabilities, CredentialKind, Credentials, Decision, Directory,
    DirectoryEntry, DirectoryState, DirectorySync, ExternalIdentity, ExternalInbox, HashPool, News, Refusal,
    SubjectId, Topic, WantedTopics,
};

/// An authenticator whose people live in memory, for tests: it keeps every law, counts how often it was asked, and can
/// be made to fail. Clones share everything, so a test keeps one while the server has another.
#[derive(Debug, Clone)]
pub struct FakeAuthenticator {
    shared: Arc<Shared>,
}

#[derive(Debug)]
struct Shared {
    capabilities: Capabilities,
    hash_pool: Option<HashPool>,
    people: Mutex<Vec<FakePerson>>,
    health: Mutex<FakeHealth>,
    asked: AtomicU64,
    banned_addresses: Mutex<Vec<IpAddr>>,
    topics: Mutex<Vec<Topic>>,
    /// Everybody, as they were at the beginning of each reading.
    read: Mutex<Vec<Vec<DirectoryEntry>>>,
}

/// A person whom a [`FakeAuthenticator`] knows. `Debug` shows no secret.
#[derive(Debug, Clone)]
pub struct FakePerson {
    /// What is known of the person; the login is compared in its folded form.
    pub identity: ExternalIdentity,
    /// The password.
    pub password: SecretString,
    /// The value of the first declared cookie in a live session of this person; also their bearer token.
    pub session: Option<SecretString>,
    /// The answer to good credentials, if not to be let in.
    pub refusal: Option<Refusal>,
    /// The stored password can't be read.
    pub unreadable: bool,
    /// Unread private messages.
    pub unread: u64,
}

impl FakePerson {
    /// A person who may enter with `password`. The login is `login`, the subject `subject`.
    ///
    /// # Panics
    /// When `subject` is empty or longer than 255 bytes.
    #[expect(clippy::expect_used, reason = "a test with an invalid subject should stop there")]
    pub fn new(subject: &str, login: &str, password: &str) -> Self {
        let subject = SubjectId::new(subject).expect("a fake person needs a valid subject");
        Self {
            identity: ExternalIdentity::new(subject, login),
            password: SecretString::from(password.to_owned()),
            session: None,
            refusal: None,
            unreadable: false,
            unread: 0,
        }
    }

    /// The same person, answered with `refusal` after the right password.
    #[must_use]
    pub fn refused(mut self, refusal: Refusal) -> Self {
        self.refusal = Some(refusal);
        self
    }

    /// The same person with a live session.
    #[must_use]
    pub fn with_session(mut self, session: &str) -> Self {
        self.session = Some(SecretString::from(session.to_owned()));
        self
    }
}

/// How a [`FakeAuthenticator`] feels.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum FakeHealth {
    /// It answers.
    #[default]
    Healthy,
    /// It answers after this long.
    Slow(Duration),
    /// Every call is [`AuthError::Unavailable`].
    Unavailable,
    /// Every call is [`AuthError::Misconfigured`].
    Misconfigured,
    /// It never answers.
    Hanging,
}

impl FakeAuthenticator {
    /// Knows nobody yet and takes passwords.
    pub fn new() -> Self {
        Self::with_capabilities(Capabilities::new([CredentialKind::Password]), None)
    }

    /// Knows nobody yet and takes what `capabilities` say. With a pool it computes one "hash" there per password, as
    /// a real adapter does.
    pub fn with_capabilities(capabilities: Capabilities, hash_pool: Option<HashPool>) -> Self {
        let shared = Shared {
            capabilities,
            hash_pool,
            people: Mutex::default(),
            health: Mutex::default(),
            asked: AtomicU64::new(0),
            banned_addresses: Mutex::default(),
            topics: Mutex::default(),
            read: Mutex::default(),
        };
        Self { shared: Arc::new(shared) }
    }

    /// Bans an address.
    pub fn ban_address(&self, address: IpAddr) {
        self.shared.banned_addresses.lock().unwrap_or_else(PoisonError::into_inner).push(address);
    }

    /// Adds a topic; forums exist as soon as they have one. A topic whose forum's name begins with `#` is for the group
    /// that is called like the rest.
    pub fn post(&self, topic: Topic) {
        self.shared.topics.lock().unwrap_or_else(PoisonError::into_inner).push(topic);
    }

    /// The same with one person more.
    #[must_use]
    pub fn with_person(self, person: FakePerson) -> Self {
        self.add(person);
        self
    }

    /// Adds a person.
    pub fn add(&self, person: FakePerson) {
        self.people().push(person);
    }

    /// Changes the person with this subject; `false` when there is none.
    pub fn change(&self, subject: &str, change: impl FnOnce(&mut FakePerson)) -> bool {
        let mut people = self.people();
        let person = people.iter_mut().find(|person| person.identity.subject.as_str() == subject);
        person.map(change).is_some()
    }

    /// Removes the person with this subject; `false` when there is none.
    pub fn remove(&self, subject: &str) -> bool {
        let mut people = self.people();
        let before = people.len();
        people.retain(|person| person.identity.subject.as_str() != subject);
        people.len() < before
    }

    /// Everybody, in the order they were added.
    pub fn everybody(&self) -> Vec<FakePerson> {
        self.people().clone()
    }

    /// Sets how it feels from now on.
    pub fn set_health(&self, health: FakeHealth) {
        *self.shared.health.lock().unwrap_or_else(PoisonError::into_inner) = health;
    }

    /// How it feels.
    pub fn health(&self) -> FakeHealth {
        *self.shared.health.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// How many calls reached it, the directory's and the inbox's included.
    pub fn asked(&self) -> u64 {
        self.shared.asked.load(Ordering::Relaxed)
    }

    fn people(&self) -> MutexGuard<'_, Vec<FakePerson>> {
        self.shared.people.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Where the other system would be reached.
    async fn reach(&self) -> Result<(), AuthError> {
        self.shared.asked.fetch_add(1, Ordering::Relaxed);
        match self.health() {
            FakeHealth::Healthy => tokio::task::yield_now().await,
            FakeHealth::Slow(time) => tokio::time::sleep(time).await,
            FakeHealth::Unavailable => {
                return Err(AuthError::unavailable(
                    "the fake plays dead",
                    std::io::Error::other("connection refused"),
                ));
            }
            FakeHealth::Misconfigured => {
                return Err(AuthError::misconfigured("the fake refuses its service account"));
            }
            FakeHealth::Hanging => std::future::pending().await,
        }
        Ok(())
    }

    fn find(&self, is_meant: impl Fn(&FakePerson) -> bool) -> Option<FakePerson> {
        self.people().iter().find(|person| is_meant(person)).cloned()
    }

    async fn by_password(&self, login: &str, password: &SecretString) -> Result<Decision, AuthError> {
        let folded = fold_login(login);
        let known = self.find(|person| fold_login(&person.identity.login) == folded);
        if let Some(person) = &known
            && person.unreadable
        {
            let subject = &person.identity.subject;
            return Err(AuthError::inconsistent(format!("the stored password of `{subject}` can't be read")));
        }
        let wanted = known.as_ref().map(|person| person.password.clone()).unwrap_or_default();
        let given = password.clone();
        let compare = move || same(&given, &wanted);
        let right = match &self.shared.hash_pool {
            Some(pool) => pool.run(compare).await?,
            None => compare(),
        };
        Ok(match known {
            None => Decision::Refused(Refusal::UnknownSubject),
            Some(_) if !right => Decision::Refused(Refusal::BadSecret),
            Some(person) => person.admitted(),
        })
    }

    fn by_session(&self, session: Option<&SecretString>) -> Decision {
        let owner = session.and_then(|given| {
            self.find(|person| person.session.as_ref().is_some_and(|session| same(session, given)))
        });
        owner.map_or(Decision::Refused(Refusal::BadSecret), FakePerson::admitted)
    }
}

impl Default for FakeAuthenticator {
    fn default() -> Self {
        Self::new()
    }
}

impl FakePerson {
    fn admitted(self) -> Decision {
        match self.refusal {
            Some(refusal) => Decision::Refused(refusal),
            None => Decision::accepted(self.identity),
        }
    }

    fn entry(self) -> DirectoryEntry {
        let state = match self.refusal {
            Some(refusal) => DirectoryState::Refused(refusal),
            None => DirectoryState::Active(self.identity.restrictions.clone()),
        };
        DirectoryEntry { identity: self.identity, state }
    }
}

fn same(a: &SecretString, b: &SecretString) -> bool {
    a.expose_secret().as_bytes().ct_eq(b.expose_secret().as_bytes()).into()
}

#[async_trait]
impl Authenticator for FakeAuthenticator {
    fn capabilities(&self) -> Capabilities {
        self.shared.capabilities.clone()
    }

    async fn authenticate(
        &self,
        credentials: &Credentials,
        _cx: &AuthContext<'_>,
    ) -> Result<Decision, AuthError> {
        self.reach().await?;
        Ok(match credentials {
            Credentials::Password { login, password } => self.by_password(login, password).await?,
            Credentials::ExternalSession { cookies } => {
                let cookie = self.shared.capabilities.cookies.first().and_then(|name| cookies.get(name));
                match self.by_session(cookie) {
                    // A session that isn't there proves nobody: another forum's cookies may.
                    Decision::Refused(Refusal::BadSecret) => Decision::Refused(Refusal::UnknownSubject),
                    decision => decision,
                }
            }
            Credentials::Bearer { token } => self.by_session(Some(token)),
            Credentials::TrustedName { name, .. } | Credentials::ClaimedName { name } => {
                let folded = fold_login(name);
                self.find(|person| fold_login(&person.identity.login) == folded)
                    .map_or(Decision::Refused(Refusal::UnknownSubject), FakePerson::admitted)
            }
            Credentials::Negotiate { .. } => Decision::Refused(Refusal::NotPermitted),
        })
    }

    async fn check(&self) -> Result<(), AuthError> {
        self.reach().await
    }

    fn directory(&self) -> Option<&dyn Directory> {
        Some(self)
    }

    fn sync(&self) -> Option<&dyn DirectorySync> {
        Some(self)
    }

    fn inbox(&self) -> Option<&dyn ExternalInbox> {
        Some(self)
    }

    fn news(&self) -> Option<&dyn News> {
        Some(self)
    }
}

#[async_trait]
impl Directory for FakeAuthenticator {
    async fn lookup(&self, subjects: &[SubjectId]) -> Result<Vec<DirectoryEntry>, AuthError> {
        self.reach().await?;
        let known = self.everybody().into_iter().filter(|person| subjects.contains(&person.identity.subject));
        Ok(known.map(FakePerson::entry).collect())
    }

    async fn address_bans(
        &self,
        people: &[(SubjectId, Vec<IpAddr>)],
    ) -> Result<Vec<(SubjectId, DirectoryState)>, AuthError> {
        self.reach().await?;
        let banned = self.shared.banned_addresses.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let met = people.iter().filter(|(_, addresses)| addresses.iter().any(|one| banned.contains(one)));
        let state = || DirectoryState::Refused(Refusal::Banned { reason: None, until: None });
        Ok(met.map(|(subject, _)| (subject.clone(), state())).collect())
    }
}

#[async_trait]
impl News for FakeAuthenticator {
    async fn topics(&self, wanted: &WantedTopics) -> Result<Vec<Topic>, AuthError> {
        self.reach().await?;
        let mut topics = self.shared.topics.lock().unwrap_or_else(PoisonError::into_inner).clone();
        topics.retain(|topic| {
            let readable = match topic.forum.strip_prefix('#') {
                None => true,
                Some(group) => wanted.readable_by.as_deref() == Some(group),
            };
            readable && wanted.forums.contains(&topic.forum)
        });
        topics.sort_by_key(|topic| topic.id);
        match wanted.after {
            None => drop(topics.drain(..topics.len().saturating_sub(1))),
            Some(after) => topics.retain(|topic| topic.id > after),
        }
        topics.truncate(wanted.limit);
        Ok(topics)
    }
}

#[async_trait]
impl ExternalInbox for FakeAuthenticator {
    async fn unread(&self, subjects: &[SubjectId]) -> Result<Vec<(SubjectId, u64)>, AuthError> {
        self.reach().await?;
        let known = self.everybody().into_iter().filter(|person| subjects.contains(&person.identity.subject));
        Ok(known.map(|person| (person.identity.subject, person.unread)).collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Timestamp;
    use crate::front::FrontId;

    async fn enter(fake: &FakeAuthenticator, credentials: Credentials) -> Result<Decision, AuthError> {
        let front = FrontId::new("im").unwrap();
        fake.authenticate(&credentials, &AuthContext::new(&front, Timestamp::from_secs(1))).await
    }

    #[tokio::test]
    async fn a_test_can_change_people_and_health_while_somebody_else_uses_it() {
        let fake = FakeAuthenticator::new().with_person(FakePerson::new("7", "Alice", "open"));
        let used = fake.clone();
        assert!(enter(&used, Credentials::password("ALICE", "open")).await.unwrap().identity().is_some());
        assert!(fake.change("7", |alice| alice.refusal = Some(Refusal::Disabled)));
        let refused = enter(&used, Credentials::password("alice", "open")).await.unwrap();
        assert_eq!(refused, Decision::Refused(Refusal::Disabled));
        let guessed = enter(&used, Credentials::password("alice", "shut")).await.unwrap();
        assert_eq!(guessed, Decision::Refused(Refusal::BadSecret));
        fake.set_health(FakeHealth::Unavailable);
        assert_eq!(
            enter(&used, Credentials::password("alice", "open")).await.unwrap_err().as_str(),
            "unavailable"
        );
        assert_eq!(fake.asked(), 4);
    }

    #[tokio::test]
    async fn an_unknown_name_costs_a_hash_like_a_wrong_password() {
        let pool = HashPool::new(1, 8).unwrap();
        let capabilities = Capabilities::new([CredentialKind::Password]);
        let fake = FakeAuthenticator::with_capabilities(capabilities, Some(pool.clone()))
            .with_person(FakePerson::new("7", "alice", "open"));
        let _ = enter(&fake, Credentials::password("alice", "shut")).await.unwrap();
        let _ = enter(&fake, Credentials::password("nobody", "")).await.unwrap();
        assert_eq!(pool.computed(), 2);
    }

    #[tokio::test]
    async fn a_session_belongs_to_its_owner() {
        let mut capabilities = Capabilities::new([CredentialKind::ExternalSession]);
        capabilities.cookies = vec!["sid".into()];
        let fake = FakeAuthenticator::with_capabilities(capabilities, None)
            .with_person(FakePerson::new("7", "alice", "open").with_session("s7"))
            .with_person(FakePerson::new("8", "grace", "open"));
        let cookies = |value: &str| Credentials::ExternalSession {
            cookies: [("sid".to_owned(), value.to_owned())].into_iter().collect(),
        };
        let alice = enter(&fake, cookies("s7")).await.unwrap();
        assert_eq!(alice.identity().unwrap().subject.as_str(), "7");
        assert_eq!(enter(&fake, cookies("s8")).await.unwrap(), Decision::Refused(Refusal::UnknownSubject));
    }
}
