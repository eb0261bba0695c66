use std::collections::BTreeMap;
use std::fmt;
use std::future::Future;
use std::marker::PhantomData;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use serde::de::DeserializeOwned;

use crate::auth::{AuthObserver, Authenticator, BoxError, Guarded, HashPool, Options, OptionsError, Realm};
use crate::ports::Clock;

/// An adapter's front door: its configuration struct. One typed struct yields parsing, errors and construction.
pub trait Adapter: DeserializeOwned + Send + 'static {
    /// The word in the configuration: `kind = "phpbb"`.
    const KIND: &'static str;
    /// What it builds.
    type Authenticator: Authenticator + 'static;

    /// Builds an instance. Opens no connection that the first use couldn't open: a foreign system that is down
    /// at start must not stop the server.
    ///
    /// # Errors
    /// What in the configuration can't work, and what to do.
    fn build(self, cx: &BuildContext) -> impl Future<Output = Result<Self::Authenticator, BoxError>> + Send;
}

/// What the server gives every instance.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct BuildContext {
    /// The instance's name: `[authenticator.NAME]`.
    pub name: String,
    /// The realm its people live in.
    pub realm: Realm,
    /// Where password hashes are computed: never on a reactor thread.
    pub hash_pool: HashPool,
    /// The folder that relative paths in the configuration start from.
    pub base_dir: PathBuf,
    /// How long one attempt may take, connection included.
    pub timeout: Duration,
    /// The clock.
    pub clock: Arc<dyn Clock>,
}

impl BuildContext {
    /// A context with the given name, realm, pool and clock; relative paths start at `.`, time-out 5 s.
    pub fn new(name: impl Into<String>, realm: Realm, hash_pool: HashPool, clock: Arc<dyn Clock>) -> Self {
        let timeout = Duration::from_secs(5);
        Self { name: name.into(), realm, hash_pool, base_dir: PathBuf::from("."), timeout, clock }
    }

    /// `path`, relative to the folder of the configuration file.
    pub fn resolve(&self, path: impl AsRef<std::path::Path>) -> PathBuf {
        self.base_dir.join(path)
    }
}

/// Builds instances of one kind. Adapters that need more than their configuration implement this themselves.
#[async_trait]
pub trait AuthFactory: Send + Sync {
    /// The word in the configuration.
    fn kind(&self) -> &'static str;

    /// Builds an instance from its section.
    ///
    /// # Errors
    /// A bad key, or whatever stops the adapter.
    async fn build(&self, options: Options, cx: &BuildContext) -> Result<Box<dyn Authenticator>, BuildError>;
}

/// Why an instance could not be built.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum BuildError {
    /// A kind that this binary has no adapter for.
    #[error("{path}.kind: unknown kind `{kind}` (this binary knows: {known})")]
    UnknownKind {
        /// The section.
        path: String,
        /// What was asked for.
        kind: String,
        /// What there is.
        known: String,
    },
    /// A key is unknown, missing or of the wrong type.
    #[error(transparent)]
    Options(#[from] OptionsError),
    /// The adapter can't work with this configuration.
    #[error("{path}: {source}")]
    Adapter {
        /// The section.
        path: String,
        /// What the adapter said.
        source: BoxError,
    },
}

struct AdapterFactory<A>(PhantomData<fn() -> A>);

#[async_trait]
impl<A: Adapter> AuthFactory for AdapterFactory<A> {
    fn kind(&self) -> &'static str {
        A::KIND
    }

    async fn build(&self, options: Options, cx: &BuildContext) -> Result<Box<dyn Authenticator>, BuildError> {
        let path = options.path().to_owned();
        let adapter: A = options.parse()?;
        let authenticator = adapter.build(cx).await.map_err(|source| BuildError::Adapter { path, source })?;
        Ok(Box::new(authenticator))
    }
}

/// The kinds of authenticators a server can be configured with. A value, filled by explicit calls.
#[derive(Default)]
pub struct AuthRegistry {
    factories: BTreeMap<&'static str, Box<dyn AuthFactory>>,
}

/// Two adapters for one kind.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("an adapter of kind `{0}` is registered already")]
pub struct DuplicateKind(pub &'static str);

impl AuthRegistry {
    /// Without any kind.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds the adapter whose configuration struct is `A`.
    ///
    /// # Errors
    /// [`DuplicateKind`]
    pub fn register<A: Adapter>(&mut self) -> Result<&mut Self, DuplicateKind> {
        self.register_factory(AdapterFactory::<A>(PhantomData))
    }

    /// Adds an adapter that needs more than its configuration.
    ///
    /// # Errors
    /// [`DuplicateKind`]
    pub fn register_factory(
        &mut self,
        factory: impl AuthFactory + 'static,
    ) -> Result<&mut Self, DuplicateKind> {
        let kind = factory.kind();
        if self.factories.contains_key(kind) {
            return Err(DuplicateKind(kind));
        }
        self.factories.insert(kind, Box::new(factory));
        Ok(self)
    }

    /// The kinds, in order.
    pub fn kinds(&self) -> impl Iterator<Item = &'static str> {
        self.factories.keys().copied()
    }

    /// Builds an instance of `kind`, wrapped in [`Guarded`].
    ///
    /// # Errors
    /// [`BuildError`]
    pub async fn build(
        &self,
        kind: &str,
        options: Options,
        cx: &BuildContext,
        observer: Arc<dyn AuthObserver>,
    ) -> Result<Guarded, BuildError> {
        let Some((&kind, factory)) = self.factories.get_key_value(kind) else {
            let known = self.kinds().collect::<Vec<_>>().join(", ");
            return Err(BuildError::UnknownKind {
                path: options.path().to_owned(),
                kind: kind.to_owned(),
                known,
            });
        };
        let inner = factory.build(options, cx).await?;
        Ok(Guarded::new(inner, kind, cx.clone(), observer))
    }
}

impl fmt::Debug for AuthRegistry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.factories.keys()).finish()
    }
}
