//! SPNEGO (RFC 4178, RFC 4559): the seam between a sign-on without typing and the directory.
//!
//! An [`Acceptor`] proves *which* Kerberos principal is on the other side; who that is, and whether they may enter, is
//! decided by the directory as for every other way in. [`acceptor`] makes the one that the configuration asks for.

pub(crate) mod clock_skew;
mod config;
#[cfg(feature = "negotiate")]
mod gss;
#[cfg(any(feature = "negotiate", test))]
mod keytab;
mod token;

use std::fmt;
use std::sync::Arc;

use async_trait::async_trait;
use portico_core::auth::{AuthError, BoxError, ExchangeId, Refusal};

pub use config::NegotiateConfig;
pub use token::is_ntlm;

/// The accepting side of a security context: one exchange of tokens with a browser or client.
#[async_trait]
pub(crate) trait Acceptor: Send + Sync + fmt::Debug {
    /// Takes the next token of `exchange`. Blocking libraries are called off the reactor.
    ///
    /// # Errors
    /// [`AuthError`] when nothing can be proven now (no keytab, a clock that is wrong): never for a bad token.
    async fn step(&self, token: &[u8], exchange: ExchangeId) -> Result<Step, AuthError>;

    /// Whether a sign-on could work now: the keytab can be read and has a key for the service. What was found, in lines.
    ///
    /// # Errors
    /// What is in the way, and what to do about it.
    async fn check(&self) -> Result<Vec<String>, AuthError>;
}

/// What a token led to.
#[derive(Debug)]
#[cfg_attr(
    not(feature = "negotiate"),
    expect(dead_code, reason = "without the feature there is no acceptor that says any of it")
)]
pub(crate) enum Step {
    /// The context is established.
    Done {
        /// Who is on the other side: `alice@EXAMPLE.ORG`.
        principal: String,
        /// The last leg, which proves this server to the client.
        reply: Option<Vec<u8>>,
    },
    /// The client must send another token.
    More {
        /// The next leg.
        reply: Vec<u8>,
    },
    /// The token proves nothing.
    Refused(Refusal),
}

/// The acceptor that `config` asks for.
///
/// # Errors
/// A value that can't work; or this program was built without Kerberos.
#[cfg(feature = "negotiate")]
pub(crate) fn acceptor(config: &NegotiateConfig) -> Result<Arc<dyn Acceptor>, BoxError> {
    config.validate()?;
    Ok(Arc::new(gss::GssAcceptor::new(config.clone())))
}

/// The acceptor that `config` asks for.
///
/// # Errors
/// Always: this program was built without Kerberos.
#[cfg(not(feature = "negotiate"))]
pub(crate) fn acceptor(config: &NegotiateConfig) -> Result<Arc<dyn Acceptor>, BoxError> {
    config.validate()?;
    Err("negotiate: this program was built without Kerberos; build it with `--features negotiate` (it needs the packages \
         libkrb5-dev and clang), or let a web server in front do it and use [front.trusted_name]"
        .into())
}
