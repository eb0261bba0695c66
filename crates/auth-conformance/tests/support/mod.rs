//! A fixture over the core's fake authenticator.
#![expect(clippy::unwrap_used, reason = "a fixture that can't play its part should stop the test")]

use std::sync::{Arc, Mutex};

use portico_auth_conformance::people::ALICE_RENAMED;
use portico_auth_conformance::{Condition, Fixture, Installation, Person, Wrapping};
use portico_core::async_trait;
use portico_core::auth::{
    AuthFactory, AuthRegistry, Authenticator, BoxError, BuildContext, BuildError, Capabilities,
    CredentialKind, Credentials, DuplicateKind, ExternalGroup, Options, Refusal, SecretCookies,
};
use portico_core::testing::{FakeAuthenticator, FakeHealth, FakePerson};
use serde_json::{Map, Value};

const COOKIE: &str = "fake_sid";

/// Makes the authenticator to be tried from a sound fake.
type Spoil = Arc<dyn Fn(FakeAuthenticator) -> Box<dyn Authenticator> + Send + Sync>;

/// The fake as an adapter to be tried.
#[derive(Clone)]
pub(crate) struct FakeFixture {
    pub(crate) wrapping: Wrapping,
    /// Whether unknown keys are errors, as they must be.
    pub(crate) strict_keys: bool,
    pub(crate) spoil: Spoil,
}

impl FakeFixture {
    /// Breaks no law.
    pub(crate) fn sound(wrapping: Wrapping) -> Self {
        Self { wrapping, strict_keys: true, spoil: Arc::new(|fake| Box::new(fake)) }
    }
}

#[async_trait]
impl Fixture for FakeFixture {
    fn adapter(&self) -> &'static str {
        "fake"
    }

    fn database(&self) -> &'static str {
        match self.wrapping {
            Wrapping::Guarded => "memory",
            Wrapping::Chained => "chain",
        }
    }

    fn wrapping(&self) -> Wrapping {
        self.wrapping
    }

    async fn install(&self) -> Result<Box<dyn Installation>, BoxError> {
        Ok(Box::new(FakeInstallation { fixture: self.clone(), healthy: Arc::default() }))
    }
}

fn cast(person: Person) -> FakePerson {
    let number = Person::ALL.iter().position(|&other| other == person).unwrap_or_default() + 1;
    let session = format!("session-of-{}-5f2b", person.login());
    let mut fake =
        FakePerson::new(&format!("u{number}"), person.login(), person.password()).with_session(&session);
    fake.identity.groups =
        Some(vec![ExternalGroup { id: "7".into(), name: "Members".into(), leader: false, built_in: false }]);
    fake.unreadable = person == Person::Erin;
    fake.refusal = match person {
        Person::Alice | Person::Grace | Person::Erin => None,
        Person::Bob => Some(Refusal::Banned { reason: Some("spam".into()), until: None }),
        Person::Carol => Some(Refusal::Disabled),
        Person::Dave => Some(Refusal::Locked { until: None }),
        Person::Paula => Some(Refusal::Pending),
        Person::Victor => Some(Refusal::ExpiredPassword),
    };
    fake
}

struct FakeInstallation {
    fixture: FakeFixture,
    /// The healthy fake once an instance was built: the one whose people can be renamed.
    healthy: Arc<Mutex<Option<FakeAuthenticator>>>,
}

#[async_trait]
impl Installation for FakeInstallation {
    fn register(&self, registry: &mut AuthRegistry) -> Result<(), DuplicateKind> {
        let factory = FakeFactory { fixture: self.fixture.clone(), healthy: Arc::clone(&self.healthy) };
        registry.register_factory(factory).map(|_| ())
    }

    async fn options(&self, condition: Condition) -> Result<Map<String, Value>, BoxError> {
        let mut options = Map::new();
        options.insert("condition".into(), format!("{condition:?}").into());
        Ok(options)
    }

    async fn credentials(&self, person: Person, kind: CredentialKind) -> Result<Credentials, BoxError> {
        let session =
            cast(person).session.map(|session| secrecy::ExposeSecret::expose_secret(&session).to_owned());
        let session = session.ok_or("no session")?;
        match kind {
            CredentialKind::ExternalSession => Ok(Credentials::ExternalSession {
                cookies: [(COOKIE.to_owned(), session)].into_iter().collect(),
            }),
            CredentialKind::Bearer => Ok(Credentials::Bearer { token: session.into() }),
            other => Err(format!("no credentials of kind {other:?}").into()),
        }
    }

    async fn worthless_sessions(&self) -> Result<Vec<(String, SecretCookies)>, BoxError> {
        let cookies = |value: &str| [(COOKIE.to_owned(), value.to_owned())].into_iter().collect();
        Ok(vec![
            ("a guest's".to_owned(), cookies("session-of-a-guest-77aa")),
            ("another cookie".to_owned(), [("other_sid".to_owned(), "x".to_owned())].into_iter().collect()),
        ])
    }

    async fn end_session(&self, person: Person) -> Result<(), BoxError> {
        assert_eq!(person, Person::Alice, "the suite ends Alice's session only");
        let fake = self.healthy.lock().unwrap().clone().ok_or("nothing was built yet")?;
        if fake.change("u1", |alice| alice.session = None) { Ok(()) } else { Err("Alice is gone".into()) }
    }

    fn spellings_of_alice(&self) -> Vec<String> {
        ["ALICE", " Alice ", "\u{FF41}lice"].map(str::to_owned).into()
    }

    async fn rename(&self, person: Person, new_login: &str) -> Result<(), BoxError> {
        assert_eq!((person, new_login), (Person::Alice, ALICE_RENAMED), "the suite renames Alice only");
        let fake = self.healthy.lock().unwrap().clone().ok_or("nothing was built yet")?;
        let renamed = fake.change("u1", |alice| alice.identity.login = new_login.to_owned());
        if renamed { Ok(()) } else { Err("Alice is gone".into()) }
    }

    async fn snapshot(&self) -> Result<String, BoxError> {
        let fake = self.healthy.lock().unwrap().clone();
        let people = fake.map_or_else(|| Person::ALL.map(cast).into(), |fake| fake.everybody());
        Ok(people.iter().map(|person| format!("{person:?}\n")).collect())
    }
}

struct FakeFactory {
    fixture: FakeFixture,
    healthy: Arc<Mutex<Option<FakeAuthenticator>>>,
}

#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct Strict {
    condition: String,
}

#[derive(serde::Deserialize)]
struct Lax {
    condition: String,
}

#[async_trait]
impl AuthFactory for FakeFactory {
    fn kind(&self) -> &'static str {
        "fake"
    }

    async fn build(&self, options: Options, cx: &BuildContext) -> Result<Box<dyn Authenticator>, BuildError> {
        let condition = if self.fixture.strict_keys {
            options.parse::<Strict>()?.condition
        } else {
            options.parse::<Lax>()?.condition
        };
        let kinds = [CredentialKind::Password, CredentialKind::ExternalSession, CredentialKind::Bearer];
        let mut capabilities = Capabilities::new(kinds);
        capabilities.cookies = vec![COOKIE.into()];
        let fake = FakeAuthenticator::with_capabilities(capabilities, Some(cx.hash_pool.clone()));
        for person in Person::ALL {
            fake.add(cast(person));
        }
        match condition.as_str() {
            "Unreachable" => fake.set_health(FakeHealth::Unavailable),
            "Hanging" => fake.set_health(FakeHealth::Hanging),
            "WrongServiceAccount" => fake.set_health(FakeHealth::Misconfigured),
            _ => *self.healthy.lock().unwrap() = Some(fake.clone()),
        }
        Ok((self.fixture.spoil)(fake))
    }
}
