use portico_core::async_trait;
use portico_core::auth::{AuthRegistry, BoxError, CredentialKind, Credentials, DuplicateKind, SecretCookies};
use serde_json::{Map, Value};

use crate::law::Law;
use crate::people::Person;
use crate::stage::Wrapping;

/// One adapter on one foreign system (a database product, a directory server): what the suite needs to know of it.
///
/// The suite asks for a fresh [`Installation`] for each law, so a fixture is only the recipe for making one.
///
/// A law, condition or person that an adapter can't have is declared in [`lacks`](Self::lacks) with its reason, and
/// reported as *not applicable*. Anything else that a fixture can't serve is a failure, never a skip.
#[async_trait]
pub trait Fixture: Send + Sync + 'static {
    /// The adapter's kind: `"phpbb"`.
    fn adapter(&self) -> &'static str;

    /// The foreign system, one lower-case word: `"sqlite"`, `"mariadb"`, `"postgres"`, `"memory"`. It begins the name
    /// of every trial: `sqlite::law_03_…`.
    fn database(&self) -> &'static str;

    /// The service that must run for this fixture, for example `"MariaDB"`: its trials are ignored unless asked for
    /// (`--include-ignored`). `None` = runs wherever Rust does.
    fn needs(&self) -> Option<&'static str> {
        None
    }

    /// What this adapter or system can't have, and why.
    fn lacks(&self) -> Vec<Lack> {
        Vec::new()
    }

    /// What the instances are wrapped in beside their guard. Only a test of a wrapper itself says otherwise.
    fn wrapping(&self) -> Wrapping {
        Wrapping::Guarded
    }

    /// Makes a fresh installation with the whole cast in it (but for the people in [`lacks`](Self::lacks)), apart
    /// from every other: several run at the same time, in one process or in many. Where a service is needed and its
    /// environment variable is missing, this fails, and with it the trial.
    ///
    /// # Errors
    /// Whatever stopped it; the trial fails with this text.
    async fn install(&self) -> Result<Box<dyn Installation>, BoxError>;
}

/// The other application, installed, with the cast as its members. Dropping it removes it.
#[async_trait]
pub trait Installation: Send + Sync {
    /// Registers the adapter as a server would: `registry.register::<PhpbbConfig>()?; Ok(())`. The suite builds every
    /// instance through the registry, wrapped in [`Guarded`](portico_core::auth::Guarded).
    ///
    /// # Errors
    /// [`DuplicateKind`], passed on.
    fn register(&self, registry: &mut AuthRegistry) -> Result<(), DuplicateKind>;

    /// The adapter's keys of `[authenticator.conformance]` for an instance in this condition.
    ///
    /// # Errors
    /// When the condition can't be made; a condition that the system can't be in belongs into
    /// [`Fixture::lacks`].
    async fn options(&self, condition: Condition) -> Result<Map<String, Value>, BoxError>;

    /// Good credentials of `kind` for `person` (for [`CredentialKind::ExternalSession`]: the cookies of a live
    /// session of this person, from [`visitor`](Self::visitor)'s address and browser). Asked for every declared kind;
    /// the suite makes [`CredentialKind::Password`] itself.
    ///
    /// # Errors
    /// By default always: a declared kind that the fixture has no credentials for is a failure.
    async fn credentials(&self, person: Person, kind: CredentialKind) -> Result<Credentials, BoxError> {
        Err(format!("the fixture has no credentials of kind `{}` for {person}", kind.as_str()).into())
    }

    /// Cookies that prove nobody, each with a few words on what they are: at least those of a guest, of an expired
    /// session, of another installation under the same names, and a well-formed session that never was. The suite
    /// spoils good cookies in other ways itself.
    ///
    /// # Errors
    /// By default always: asked only where [`CredentialKind::ExternalSession`] is declared.
    async fn worthless_sessions(&self) -> Result<Vec<(String, SecretCookies)>, BoxError> {
        Err("the fixture has no cookies of guests, expired sessions and other installations".into())
    }

    /// Ends the person's sessions over there, as logging out does.
    ///
    /// # Errors
    /// By default always: asked only where [`CredentialKind::ExternalSession`] is declared.
    async fn end_session(&self, person: Person) -> Result<(), BoxError> {
        Err(format!("the fixture can't end {person}'s session").into())
    }

    /// Where the person's requests come from.
    fn visitor(&self) -> Visitor {
        Visitor::default()
    }

    /// Further spellings of Alice's login that the application takes for the same person: other case, look-alikes,
    /// her e-mail address. Empty where names must match byte for byte. A hostile login that the application really
    /// takes for hers (see law 12) belongs here too.
    fn spellings_of_alice(&self) -> Vec<String> {
        Vec::new()
    }

    /// Changes the person's login name over there to `new_login`, as the application's administrator would.
    ///
    /// # Errors
    /// Whatever stopped it.
    async fn rename(&self, person: Person, new_login: &str) -> Result<(), BoxError>;

    /// A text that is another whenever anything in the foreign store is another: its rows, or a checksum over them.
    ///
    /// # Errors
    /// Whatever stopped it.
    async fn snapshot(&self) -> Result<String, BoxError>;

    /// Texts besides the cast's passwords that must never show: stored hashes, session ids, the database password.
    fn secrets(&self) -> Vec<String> {
        Vec::new()
    }

    /// How many queries the foreign system has had from the adapter so far; `None` = they can't be counted here.
    async fn queries(&self) -> Option<u64> {
        None
    }
}

/// The state of the foreign system that an instance is built for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Condition {
    /// All is well.
    Healthy,
    /// Nobody answers: connection refused, no such file.
    Unreachable,
    /// It takes the connection, then says nothing: a listener that never answers, a database locked by another.
    Hanging,
    /// It answers, but not to us: a refused password of the service account, or a database without the tables.
    WrongServiceAccount,
}

/// Where a person's requests come from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Visitor {
    /// Their address.
    pub peer: std::net::IpAddr,
    /// Their `User-Agent`.
    pub user_agent: String,
    /// Their `X-Forwarded-For`.
    pub forwarded_for: Option<String>,
}

impl Default for Visitor {
    fn default() -> Self {
        Self {
            peer: std::net::Ipv4Addr::new(192, 0, 2, 7).into(),
            user_agent: "Mozilla/5.0 (X11; Linux x86_64) Conformance/1.0".to_owned(),
            forwarded_for: None,
        }
    }
}

/// Something that an adapter or its system can't have, and why.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Lack {
    /// What is missing.
    pub what: Missing,
    /// Why, as it stands in the report: `"phpBB has no expiring passwords"`.
    pub reason: &'static str,
}

/// What a [`Lack`] is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Missing {
    /// A whole law doesn't apply.
    Law(Law),
    /// The system can't be in this condition.
    Condition(Condition),
    /// The application knows no such people. Never Alice or Grace.
    Person(Person),
    /// Nobody's login can be changed.
    Rename,
}

impl Lack {
    /// The law doesn't apply.
    pub const fn law(law: Law, reason: &'static str) -> Self {
        Self { what: Missing::Law(law), reason }
    }

    /// The system can't be in this condition.
    pub const fn condition(condition: Condition, reason: &'static str) -> Self {
        Self { what: Missing::Condition(condition), reason }
    }

    /// The application knows no such people.
    pub const fn person(person: Person, reason: &'static str) -> Self {
        Self { what: Missing::Person(person), reason }
    }

    /// Nobody's login can be changed over there.
    pub const fn rename(reason: &'static str) -> Self {
        Self { what: Missing::Rename, reason }
    }
}
