use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use portico_core::auth::{
    AuthContext, AuthError, AuthRegistry, Authenticator, BuildContext, BuildError, CredentialKind,
    Credentials, Decision, ExternalIdentity, Guarded, HashPool, NoObserver, Options, Realm, Refusal,
};
use portico_core::front::FrontId;
use portico_core::ports::{Clock, SystemClock};
use serde_json::{Map, Value};

use crate::fixture::{Condition, Fixture, Installation, Lack, Missing, Visitor};
use crate::in_chain::InChain;
use crate::people::Person;
use crate::verdict::{Violation, in_words};

/// Where the instance's keys stand in the configuration that the suite pretends to have.
pub(crate) const SECTION: &str = "authenticator.conformance";

/// How long an instance whose other system answers may take: parallel logins on a small machine wait for hashes.
const PATIENCE: Duration = Duration::from_secs(60);

/// The time-out of instances whose other system doesn't answer.
pub(crate) const DEADLINE: Duration = Duration::from_millis(500);

/// Building opens no connection, so it is quick whatever the other system does.
const BUILD_TIME: Duration = Duration::from_secs(10);

/// What the instance under trial is wrapped in. On a server every instance is guarded.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Wrapping {
    /// In [`Guarded`], by the registry.
    #[default]
    Guarded,
    /// Guarded, and the second member of a chain whose first member knows nobody.
    Chained,
}

/// One law's stage: a fresh installation, and what it takes to build instances and log in.
pub(crate) struct Stage<'f> {
    fixture: &'f dyn Fixture,
    pub(crate) installation: Box<dyn Installation>,
    lacks: Vec<Lack>,
    hash_pool: HashPool,
    front: FrontId,
    realm: Realm,
    visitor: Visitor,
    notes: Mutex<Vec<String>>,
}

impl<'f> Stage<'f> {
    pub(crate) async fn raise(fixture: &'f dyn Fixture) -> Result<Self, Violation> {
        let lacks = fixture.lacks();
        for person in [Person::Alice, Person::Grace] {
            if let Some(reason) = find(&lacks, Missing::Person(person)) {
                return Err(Violation::new(format!("every fixture has {person}; this one says: {reason}")));
            }
        }
        let hash_pool = HashPool::for_this_machine().map_err(|error| Violation::new(error.to_string()))?;
        let front = FrontId::new("conformance").map_err(|error| Violation::new(error.to_string()))?;
        let realm = Realm::new("conformance").map_err(|error| Violation::new(error.to_string()))?;
        let installation = fixture.install().await.map_err(|error| {
            Violation::new(format!("the fixture could not be installed: {}", Violation::from(error)))
        })?;
        let visitor = installation.visitor();
        let notes = Mutex::default();
        Ok(Self { fixture, installation, lacks, hash_pool, front, realm, visitor, notes })
    }

    /// Why the other system can't be in this condition, if it can't.
    pub(crate) fn lacks_condition(&self, condition: Condition) -> Option<&'static str> {
        find(&self.lacks, Missing::Condition(condition))
    }

    /// Whether the application has such a person. If not, a note with the reason goes into the report.
    pub(crate) fn has(&self, person: Person) -> bool {
        let reason = find(&self.lacks, Missing::Person(person));
        if let Some(reason) = reason {
            self.note(format!("without {person}: {reason}"));
        }
        reason.is_none()
    }

    /// Why nobody can be renamed, if nobody can.
    pub(crate) fn lacks_rename(&self) -> Option<&'static str> {
        find(&self.lacks, Missing::Rename)
    }

    /// Adds a note to the report, once.
    pub(crate) fn note(&self, note: impl Into<String>) {
        let mut notes = self.notes.lock().unwrap_or_else(PoisonError::into_inner);
        let note = note.into();
        if !notes.contains(&note) {
            notes.push(note);
        }
    }

    pub(crate) fn notes(&self) -> Vec<String> {
        self.notes.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Hashes computed so far.
    pub(crate) fn hashes(&self) -> u64 {
        self.hash_pool.computed()
    }

    /// An instance in this condition, wrapped as on a server.
    pub(crate) async fn instance(&self, condition: Condition) -> Result<Arc<dyn Authenticator>, Violation> {
        let options = self.installation.options(condition).await?;
        let building = self.build(options, condition);
        let built = tokio::time::timeout(BUILD_TIME, building).await.map_err(|_| {
            Violation::new(format!("building an instance ({condition:?}) took over {BUILD_TIME:?}"))
        })?;
        let guarded = built.map_err(|error| {
            Violation::new(format!("an instance could not be built ({condition:?}): {error}"))
        })?;
        Ok(match self.fixture.wrapping() {
            Wrapping::Guarded => Arc::new(guarded),
            Wrapping::Chained => Arc::new(InChain::behind_nobody(guarded, &self.build_context(condition))),
        })
    }

    /// Builds through a registry, as a server does.
    pub(crate) async fn build(
        &self,
        options: Map<String, Value>,
        condition: Condition,
    ) -> Result<Guarded, BuildError> {
        let adapter_error = |source| BuildError::Adapter { path: SECTION.to_owned(), source };
        let mut registry = AuthRegistry::new();
        self.installation.register(&mut registry).map_err(|error| adapter_error(error.into()))?;
        let options = Options::new(SECTION, options);
        registry
            .build(self.fixture.adapter(), options, &self.build_context(condition), Arc::new(NoObserver))
            .await
    }

    fn build_context(&self, condition: Condition) -> BuildContext {
        let mut cx = BuildContext::new(
            "conformance",
            self.realm.clone(),
            self.hash_pool.clone(),
            Arc::new(SystemClock),
        );
        cx.timeout = match condition {
            Condition::Healthy | Condition::WrongServiceAccount => PATIENCE,
            Condition::Unreachable | Condition::Hanging => DEADLINE,
        };
        cx
    }

    /// The circumstances of a login, now.
    pub(crate) fn cx(&self) -> AuthContext<'_> {
        AuthContext::new(&self.front, SystemClock.now())
            .with_peer(Some(self.visitor.peer))
            .with_user_agent(Some(&self.visitor.user_agent))
            .with_forwarded_for(self.visitor.forwarded_for.as_deref())
    }

    /// Tries a name and password.
    pub(crate) async fn try_password(
        &self,
        instance: &dyn Authenticator,
        login: &str,
        password: &str,
    ) -> Result<Decision, AuthError> {
        instance.authenticate(&Credentials::password(login, password), &self.cx()).await
    }

    /// Logs in with the right password, or breaks the law.
    pub(crate) async fn enter(
        &self,
        instance: &dyn Authenticator,
        login: &str,
        person: Person,
    ) -> Result<ExternalIdentity, Violation> {
        let answer = self.try_password(instance, login, person.password()).await;
        match answer {
            Ok(Decision::Accepted { identity, .. }) => Ok(*identity),
            other => Err(Violation::new(format!(
                "{person} as `{}` with the right password was not accepted but {}",
                login.escape_debug(),
                in_words(&other)
            ))),
        }
    }

    /// Tries a name and password that must be refused, whatever the reason.
    pub(crate) async fn be_refused(
        &self,
        instance: &dyn Authenticator,
        login: &str,
        password: &str,
        what: &str,
    ) -> Result<Refusal, Violation> {
        let answer = self.try_password(instance, login, password).await;
        match answer {
            Ok(Decision::Refused(refusal)) => Ok(refusal),
            other => Err(Violation::new(format!("{what} was not refused but {}", in_words(&other)))),
        }
    }

    /// Good credentials of a kind.
    pub(crate) async fn credentials(
        &self,
        person: Person,
        kind: CredentialKind,
    ) -> Result<Credentials, Violation> {
        if kind == CredentialKind::Password {
            return Ok(Credentials::password(person.login(), person.password()));
        }
        let credentials = self.installation.credentials(person, kind).await?;
        if credentials.kind() == kind {
            Ok(credentials)
        } else {
            let (given, wanted) = (credentials.kind().as_str(), kind.as_str());
            Err(Violation::new(format!(
                "the fixture gave credentials of kind `{given}`, asked for `{wanted}`"
            )))
        }
    }
}

/// The declared reason for something missing.
pub(crate) fn find(lacks: &[Lack], what: Missing) -> Option<&'static str> {
    lacks.iter().find(|lack| lack.what == what).map(|lack| lack.reason)
}
