//! The Portico server: fronts, API, web client and command line.
//!
//! A server with authenticators of one's own is a `main` of a few lines:
//! ```no_run
//! #[actix_web::main]
//! async fn main() -> std::process::ExitCode {
//!     portico_server::PorticoServer::bundled().run_from_args().await
//! }
//! ```
#![warn(missing_docs)]

mod assembly;
mod blobs;
mod central;
mod cli;
pub mod config;
mod demo;
mod entrance;
mod http;
mod kerberos;
mod mail;
mod management;
mod reload;
mod serve;
mod telemetry;

use std::process::ExitCode;

use portico_core::auth::{Adapter, AuthFactory, AuthRegistry, DuplicateKind};

/// A server to be: the kinds of authenticators it can be configured with.
#[derive(Debug, Default)]
pub struct PorticoServer {
    registry: AuthRegistry,
    native: bool,
    duplicate: Option<DuplicateKind>,
}

impl PorticoServer {
    /// With every adapter that this build includes.
    pub fn bundled() -> Self {
        let server = Self { native: true, ..Self::default() };
        server
            .authenticator::<portico_auth_phpbb::PhpbbConfig>()
            .authenticator::<portico_auth_phorum::PhorumConfig>()
            .authenticator::<portico_auth_sql::recipe::SqlConfig>()
            .authenticator::<portico_auth_ldap_windows::LdapWindowsConfig>()
    }

    /// Without any adapter.
    pub fn empty() -> Self {
        Self::default()
    }

    /// Adds the adapter whose configuration struct is `A`.
    #[must_use]
    pub fn authenticator<A: Adapter>(mut self) -> Self {
        if let Err(duplicate) = self.registry.register::<A>() {
            self.duplicate.get_or_insert(duplicate);
        }
        self
    }

    /// Adds an adapter that needs more than its configuration.
    #[must_use]
    pub fn authenticator_factory(mut self, factory: impl AuthFactory + 'static) -> Self {
        if let Err(duplicate) = self.registry.register_factory(factory) {
            self.duplicate.get_or_insert(duplicate);
        }
        self
    }

    /// Does what the command line says, and returns the exit status.
    pub async fn run_from_args(self) -> ExitCode {
        if let Some(duplicate) = &self.duplicate {
            tracing::error!(%duplicate, "this server can't be built");
            return ExitCode::from(cli::EXIT_ERROR);
        }
        cli::run(self).await
    }
}
