#![doc = include_str!("../README.md")]
#![warn(missing_docs)]

mod accounts;
mod authenticator;
mod base64url;
mod config;
mod factory;
mod failure;
mod guessable;
mod names;
mod once;
mod own;
mod passkeys;
mod password;
mod registrar;
mod sealed;
mod second_step;
#[cfg(any(test, feature = "testing"))]
mod soft_authenticator;
mod span;
mod totp;
mod waiting;
mod webauthn;

pub use accounts::{AccountError, NativeAccounts};
pub use authenticator::NativeAuthenticator;
pub use config::{Argon2Config, InvalidConfig, NativeConfig, PasswordRulesConfig};
pub use factory::{KIND, NativeFactory};
pub use guessable::Blocklist;
pub use names::{display_name as acceptable_name, email as acceptable_address, lookup_key};
#[cfg(any(test, feature = "testing"))]
pub use soft_authenticator::SoftAuthenticator;
