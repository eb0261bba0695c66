use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use secrecy::ExposeSecret;
use tracing::Instrument;

use crate::auth::{
    AttemptOutcome, AuthContext, AuthError, AuthObserver, Authenticator, BuildContext, Capabilities,
    Credentials, Decision, Directory, DirectoryEntry, DirectoryState, DirectorySync, Explanation,
    ExternalInbox, News, PasswordAdmin, ProfileAdmin, Realm, Refusal, Registrar, SecondFactors, SubjectId,
    Topic, WantedTopics,
};

/// Longest login name that reaches an adapter, in bytes.
pub const MAX_LOGIN_BYTES: usize = 1024;
/// Longest password that reaches an adapter, in bytes (phpBB's own limit, the highest we know of).
pub const MAX_PASSWORD_BYTES: usize = 4096;
/// Longest cookie or token that reaches an adapter, in bytes. Kerberos tickets with many groups are large.
const MAX_TOKEN_BYTES: usize = 64 * 1024;

/// The wrapper that every instance gets: what no adapter should have to remember.
///
/// Refuses undeclared kinds of credentials, blank passwords and overlong input without touching the other system;
/// turns an overrun into [`AuthError::Unavailable`]; traces and counts every answer, never with the login name.
#[derive(Debug)]
pub struct Guarded {
    inner: Box<dyn Authenticator>,
    kind: &'static str,
    name: String,
    realm: Realm,
    timeout: Duration,
    observer: Arc<dyn AuthObserver>,
}

impl Guarded {
    /// Wraps `inner`, an instance of `kind` built with `cx`.
    pub fn new(
        inner: Box<dyn Authenticator>,
        kind: &'static str,
        cx: BuildContext,
        observer: Arc<dyn AuthObserver>,
    ) -> Self {
        Self { inner, kind, name: cx.name, realm: cx.realm, timeout: cx.timeout, observer }
    }

    /// The adapter's kind.
    pub fn kind(&self) -> &'static str {
        self.kind
    }

    /// The instance's name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The realm its people live in.
    pub fn realm(&self) -> &Realm {
        &self.realm
    }

    /// Refusals that need no look at the other system.
    fn refuse_unseen(&self, credentials: &Credentials) -> Option<Refusal> {
        if !self.inner.capabilities().takes(credentials.kind()) {
            return Some(Refusal::NotPermitted);
        }
        match credentials {
            Credentials::Password { login, password } => {
                let password = password.expose_secret();
                // A name made of white space or too long for any application belongs to nobody; a password without a
                // visible character would be an "unauthenticated bind" (RFC 4513 §5.1.2) to a directory.
                if login.trim().is_empty() || login.len() > MAX_LOGIN_BYTES {
                    Some(Refusal::UnknownSubject)
                } else if password.trim().is_empty() || password.len() > MAX_PASSWORD_BYTES {
                    Some(Refusal::BadSecret)
                } else {
                    None
                }
            }
            Credentials::TrustedName { name, .. } | Credentials::ClaimedName { name } => {
                (name.trim().is_empty() || name.len() > MAX_LOGIN_BYTES).then_some(Refusal::UnknownSubject)
            }
            Credentials::ExternalSession { cookies } => {
                let too_long = cookies.names().any(|name| {
                    cookies.get(name).is_some_and(|value| value.expose_secret().len() > MAX_TOKEN_BYTES)
                });
                (cookies.is_empty() || too_long).then_some(Refusal::BadSecret)
            }
            Credentials::Negotiate { token, .. } => {
                let length = token.expose_secret().len();
                (length == 0 || length > MAX_TOKEN_BYTES).then_some(Refusal::BadSecret)
            }
            Credentials::Bearer { token } => {
                let length = token.expose_secret().len();
                (length == 0 || length > MAX_TOKEN_BYTES).then_some(Refusal::BadSecret)
            }
        }
    }

    async fn in_time<T>(
        &self,
        work: impl Future<Output = Result<T, AuthError>> + Send,
    ) -> Result<T, AuthError> {
        self.within(self.timeout, work).await
    }

    /// A question about many people may take longer than one login: the time-out again for each thousand.
    async fn in_time_for<T>(
        &self,
        people: usize,
        work: impl Future<Output = Result<T, AuthError>> + Send,
    ) -> Result<T, AuthError> {
        let thousands = u32::try_from(people / 1000).unwrap_or(u32::MAX);
        self.within(self.timeout.saturating_mul(thousands.saturating_add(1)), work).await
    }

    async fn within<T>(
        &self,
        limit: Duration,
        work: impl Future<Output = Result<T, AuthError>> + Send,
    ) -> Result<T, AuthError> {
        match tokio::time::timeout(limit, work).await {
            Ok(answer) => answer,
            Err(_elapsed) => Err(AuthError::Unavailable {
                what: format!("`{}` did not answer within {limit:?}", self.name),
                retry_after: None,
                source: None,
            }),
        }
    }
}

#[async_trait]
impl Authenticator for Guarded {
    fn capabilities(&self) -> Capabilities {
        self.inner.capabilities()
    }

    async fn authenticate(
        &self,
        credentials: &Credentials,
        cx: &AuthContext<'_>,
    ) -> Result<Decision, AuthError> {
        let started = tokio::time::Instant::now();
        let span = tracing::info_span!("authenticate", front.id = %cx.front, auth.name = %self.name, auth.kind = self.kind);
        let answer = match self.refuse_unseen(credentials) {
            Some(refusal) => Ok(Decision::Refused(refusal)),
            None => self.in_time(self.inner.authenticate(credentials, cx)).instrument(span.clone()).await,
        };
        let outcome = match &answer {
            Ok(Decision::Accepted { .. }) => "accepted",
            Ok(Decision::Continue(_)) => "challenge-required",
            Ok(Decision::Refused(refusal)) => refusal.as_str(),
            Err(error) => error.as_str(),
        };
        let took = started.elapsed();
        span.in_scope(|| match &answer {
            Err(error) => {
                tracing::error!(outcome, error = %error.full_text(), "the authenticator could not answer");
            }
            Ok(_) => tracing::info!(outcome, took_ms = took.as_millis(), "login attempt"),
        });
        self.observer.attempted(cx.front, &self.name, AttemptOutcome(outcome), took);
        answer
    }

    async fn check(&self) -> Result<(), AuthError> {
        self.in_time(self.inner.check()).await
    }

    async fn explain(&self) -> Explanation {
        // Every server of a list is looked at.
        let limit = self.timeout.saturating_mul(4);
        match tokio::time::timeout(limit, self.inner.explain()).await {
            Ok(explanation) => explanation,
            Err(_elapsed) => Explanation { passed: Vec::new(), failed: self.check().await.err() },
        }
    }

    async fn fingerprint(&self) -> Result<Option<String>, AuthError> {
        self.in_time(self.inner.fingerprint()).await
    }

    fn directory(&self) -> Option<&dyn Directory> {
        self.inner.directory().map(|_| self as &dyn Directory)
    }

    fn sync(&self) -> Option<&dyn DirectorySync> {
        self.inner.sync()
    }

    fn inbox(&self) -> Option<&dyn ExternalInbox> {
        self.inner.inbox().map(|_| self as &dyn ExternalInbox)
    }

    fn news(&self) -> Option<&dyn News> {
        self.inner.news().map(|_| self as &dyn News)
    }

    fn registrar(&self) -> Option<&dyn Registrar> {
        self.inner.registrar()
    }

    fn passwords(&self) -> Option<&dyn PasswordAdmin> {
        self.inner.passwords()
    }

    fn second_factors(&self) -> Option<&dyn SecondFactors> {
        self.inner.second_factors()
    }

    fn profiles(&self) -> Option<&dyn ProfileAdmin> {
        self.inner.profiles()
    }
}

/// What the wrapped instance said it has, and has not any more.
fn withdrawn(facet: &str) -> AuthError {
    AuthError::inconsistent(format!("the adapter offered its {facet} and withdrew it"))
}

#[async_trait]
impl Directory for Guarded {
    async fn lookup(&self, subjects: &[SubjectId]) -> Result<Vec<DirectoryEntry>, AuthError> {
        let directory = self.inner.directory().ok_or_else(|| withdrawn("directory"))?;
        self.in_time_for(subjects.len(), directory.lookup(subjects)).await
    }

    async fn address_bans(
        &self,
        people: &[(SubjectId, Vec<IpAddr>)],
    ) -> Result<Vec<(SubjectId, DirectoryState)>, AuthError> {
        let directory = self.inner.directory().ok_or_else(|| withdrawn("directory"))?;
        self.in_time_for(people.len(), directory.address_bans(people)).await
    }

    async fn photo(&self, subject: &SubjectId) -> Result<Option<Vec<u8>>, AuthError> {
        let directory = self.inner.directory().ok_or_else(|| withdrawn("directory"))?;
        self.in_time(directory.photo(subject)).await
    }
}

#[async_trait]
impl ExternalInbox for Guarded {
    async fn unread(&self, subjects: &[SubjectId]) -> Result<Vec<(SubjectId, u64)>, AuthError> {
        let inbox = self.inner.inbox().ok_or_else(|| withdrawn("inbox"))?;
        self.in_time_for(subjects.len(), inbox.unread(subjects)).await
    }
}

#[async_trait]
impl News for Guarded {
    async fn topics(&self, wanted: &WantedTopics) -> Result<Vec<Topic>, AuthError> {
        let news = self.inner.news().ok_or_else(|| withdrawn("news"))?;
        self.in_time(news.topics(wanted)).await
    }
}
