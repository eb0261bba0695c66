use std::sync::Arc;

use portico_core::async_trait;
use portico_core::auth::{AuthFactory, Authenticator, BuildContext, BuildError, Options, OptionsError};
use portico_core::ports::NativeUsers;

use crate::accounts::NativeAccounts;
use crate::authenticator::NativeAuthenticator;
use crate::config::{InvalidConfig, NativeConfig};

/// The word in the configuration: `kind = "native"`.
pub const KIND: &str = "native";

/// Builds authenticators over Portico's own accounts. A factory value, because it is given the store.
///
/// ```
/// use std::sync::Arc;
/// use portico_auth_native::NativeFactory;
/// use portico_core::auth::AuthRegistry;
///
/// # fn register(store: Arc<dyn portico_core::ports::NativeUsers>) -> Result<(), portico_core::auth::DuplicateKind> {
/// let mut registry = AuthRegistry::new();
/// registry.register_factory(NativeFactory::new(store))?;
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone)]
pub struct NativeFactory {
    users: Arc<dyn NativeUsers>,
}

impl NativeFactory {
    /// Accounts kept in `users`.
    pub fn new(users: Arc<dyn NativeUsers>) -> Self {
        Self { users }
    }
}

#[async_trait]
impl AuthFactory for NativeFactory {
    fn kind(&self) -> &'static str {
        KIND
    }

    async fn build(&self, options: Options, cx: &BuildContext) -> Result<Box<dyn Authenticator>, BuildError> {
        let section = options.path().to_owned();
        let mut config: NativeConfig = options.parse()?;
        let wrong = |error: InvalidConfig| OptionsError {
            path: format!("{section}.{}", error.key),
            message: error.message,
        };
        config.validate().map_err(wrong)?;
        config.read_files(&cx.base_dir).map_err(wrong)?;
        let accounts = NativeAccounts::new(Arc::clone(&self.users), cx.hash_pool.clone(), config);
        Ok(Box::new(NativeAuthenticator::new(accounts)))
    }
}
