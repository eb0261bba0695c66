use std::collections::BTreeSet;
use std::fmt;
use std::net::IpAddr;

use async_trait::async_trait;
use secrecy::SecretString;

use crate::Timestamp;
use crate::auth::{
    AuthContext, AuthError, CredentialKind, Credentials, Decision, DirectorySync, Explanation,
    ExternalIdentity, PasswordAdmin, ProfileAdmin, Restrictions, SecondFactors, SubjectId,
};

/// A configured instance of an adapter: answers whether credentials are good over there.
///
/// Everything is cancel-safe: a future dropped at any await leaves the instance usable.
#[async_trait]
pub trait Authenticator: fmt::Debug + Send + Sync {
    /// What this configured instance takes. Drives the login page; nothing else lists login methods.
    fn capabilities(&self) -> Capabilities;

    /// Decides as the other application's own login would.
    ///
    /// # Errors
    /// An [`AuthError`] when no answer could be obtained. Never for wrong credentials.
    async fn authenticate(
        &self,
        credentials: &Credentials,
        cx: &AuthContext<'_>,
    ) -> Result<Decision, AuthError>;

    /// Whether a login could work now: reaches the other system and looks for all that a login needs.
    /// Used at start, by readiness and by `portico check`.
    ///
    /// # Errors
    /// What is in the way, and what to do about it.
    async fn check(&self) -> Result<(), AuthError>;

    /// The same as [`check`](Self::check), step by step, for `portico check`.
    async fn explain(&self) -> Explanation {
        Explanation { passed: Vec::new(), failed: self.check().await.err() }
    }

    /// A text that tells this installation of the other application from every other (phpBB: `board_startdate`),
    /// so that a database swapped under a realm is noticed. `None` = the application has nothing of the kind.
    ///
    /// # Errors
    /// As [`check`](Self::check).
    async fn fingerprint(&self) -> Result<Option<String>, AuthError> {
        Ok(None)
    }

    /// Look people up without a login.
    fn directory(&self) -> Option<&dyn Directory> {
        None
    }

    /// Read everybody, and later what changed.
    fn sync(&self) -> Option<&dyn DirectorySync> {
        None
    }

    /// Unread private messages over there.
    fn inbox(&self) -> Option<&dyn ExternalInbox> {
        None
    }

    /// New topics over there, for fronts that announce them.
    fn news(&self) -> Option<&dyn News> {
        None
    }

    /// Making new accounts: Portico's own accounts only, other systems are never written to.
    fn registrar(&self) -> Option<&dyn Registrar> {
        None
    }

    /// Changing and resetting passwords: Portico's own accounts only.
    fn passwords(&self) -> Option<&dyn PasswordAdmin> {
        None
    }

    /// The second step of a login: Portico's own accounts only.
    fn second_factors(&self) -> Option<&dyn SecondFactors> {
        None
    }

    /// Changing what is shown of a person: Portico's own accounts only.
    fn profiles(&self) -> Option<&dyn ProfileAdmin> {
        None
    }
}

/// What an authenticator takes and offers.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct Capabilities {
    /// The kinds of credentials it takes.
    pub credentials: BTreeSet<CredentialKind>,
    /// Names of the cookies it wants to see for [`CredentialKind::ExternalSession`].
    pub cookies: Vec<String>,
    /// Pages of the other application.
    pub links: Links,
}

impl Capabilities {
    /// Takes these kinds of credentials.
    pub fn new(kinds: impl IntoIterator<Item = CredentialKind>) -> Self {
        Self { credentials: kinds.into_iter().collect(), ..Self::default() }
    }

    /// The same with links for the login page.
    #[must_use]
    pub fn with_links(mut self, links: Links) -> Self {
        self.links = links;
        self
    }

    /// Whether credentials of this kind are taken.
    pub fn takes(&self, kind: CredentialKind) -> bool {
        self.credentials.contains(&kind)
    }
}

/// Pages of the other application that the login page links to.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Links {
    /// Where an account is made.
    pub register: Option<String>,
    /// Where a forgotten password is reset.
    pub forgotten_password: Option<String>,
    /// Where a person reads private messages over there.
    pub inbox: Option<String>,
}

/// Looks people up by their stable id.
#[async_trait]
pub trait Directory: Send + Sync {
    /// The present state of these people, in one query. A subject that is missing in the answer doesn't exist.
    ///
    /// # Errors
    /// When no answer could be obtained.
    async fn lookup(&self, subjects: &[SubjectId]) -> Result<Vec<DirectoryEntry>, AuthError>;

    /// What bans of addresses mean for people who are here from these addresses: those who are not in the answer are
    /// met by none. Applications that know no such bans answer with nothing, without a query.
    ///
    /// # Errors
    /// When no answer could be obtained.
    async fn address_bans(
        &self,
        _people: &[(SubjectId, Vec<IpAddr>)],
    ) -> Result<Vec<(SubjectId, DirectoryState)>, AuthError> {
        Ok(Vec::new())
    }

    /// The person's picture as the directory keeps it: a raster image of at most 1 MiB, its format told by its first
    /// bytes. `None` = there is none, no such person, or a source without pictures.
    ///
    /// # Errors
    /// When no answer could be obtained.
    async fn photo(&self, _subject: &SubjectId) -> Result<Option<Vec<u8>>, AuthError> {
        Ok(None)
    }
}

/// A person as the directory knows them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DirectoryEntry {
    /// Who it is, with the same key as at login.
    pub identity: ExternalIdentity,
    /// Whether they could enter now, as far as can be told without their secret and address.
    pub state: DirectoryState,
}

/// Whether a person could enter.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum DirectoryState {
    /// Yes, with these restrictions.
    Active(Restrictions),
    /// No, for this reason.
    Refused(crate::auth::Refusal),
}

/// Unread private messages over there.
#[async_trait]
pub trait ExternalInbox: Send + Sync {
    /// The number of unread messages of each of these people, in one query.
    ///
    /// # Errors
    /// When no answer could be obtained.
    async fn unread(&self, subjects: &[SubjectId]) -> Result<Vec<(SubjectId, u64)>, AuthError>;
}

/// New topics over there.
#[async_trait]
pub trait News: Send + Sync {
    /// The approved topics of the wanted forums that everybody, or the wanted group, may read, in the order of their ids.
    ///
    /// # Errors
    /// When no answer could be obtained; [`AuthError::Misconfigured`] names a forum that doesn't exist.
    async fn topics(&self, wanted: &WantedTopics) -> Result<Vec<Topic>, AuthError>;
}

/// Which topics are wanted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WantedTopics {
    /// The ids of the forums.
    pub forums: Vec<String>,
    /// A group whose members may read what is announced; `None` = only what guests may read.
    pub readable_by: Option<String>,
    /// Topics with a greater id than this; `None` = the newest alone, to begin from.
    pub after: Option<u64>,
    /// Most topics in one answer.
    pub limit: usize,
}

/// A topic over there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Topic {
    /// Its id; a newer topic has a greater one.
    pub id: u64,
    /// The name of its forum, as text.
    pub forum: String,
    /// Its title, as text.
    pub title: String,
    /// Who began it, as text.
    pub author: Option<String>,
    /// Its page, where the address of the application is known.
    pub url: Option<String>,
    /// When it was begun.
    pub posted_at: Timestamp,
}

/// Makes new accounts.
#[async_trait]
pub trait Registrar: Send + Sync {
    /// Makes an account. `needs_approval`: it can't be used before an administrator has approved it.
    ///
    /// # Errors
    /// When no answer could be obtained.
    async fn register(
        &self,
        form: &RegistrationForm,
        needs_approval: bool,
        cx: &AuthContext<'_>,
    ) -> Result<Registration, AuthError>;
}

/// What a new person fills in.
#[derive(Debug, Clone)]
pub struct RegistrationForm {
    /// The wanted login name.
    pub login: String,
    /// The wanted password.
    pub password: SecretString,
    /// The name to show, if not the login.
    pub display_name: Option<String>,
    /// An e-mail address, unproven.
    pub email: Option<String>,
}

/// The answer to a [`RegistrationForm`].
#[derive(Debug, Clone, PartialEq, Eq)]
#[must_use]
pub enum Registration {
    /// The account can be used at once.
    Active(Box<ExternalIdentity>),
    /// The account waits for approval.
    Pending,
    /// The account waits for its e-mail address to be proved.
    Unverified,
    /// No account was made.
    Refused(RegistrationRefusal),
}

/// Why no account was made.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum RegistrationRefusal {
    /// Somebody has this name, or one that looks the same to the database.
    NameTaken,
    /// The form breaks a rule: which, as a sentence for the person.
    Invalid(String),
}
