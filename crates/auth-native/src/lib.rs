#![doc = include_str!("../README.md")]
#![warn(missing_docs)]

mod accounts;
mod authenticator;
mod config;
mod factory;
mod failure;
mod guessable;
mod names;
mod once;
mod own;
mod password;
mod registrar;
mod second_step;
mod span;
mod totp;

pub use accounts::{AccountError, NativeAccounts};
pub use authenticator::NativeAuthenticator;
pub use config::{Argon2Config, InvalidConfig, NativeConfig, PasswordRulesConfig};
pub use factory::{KIND, NativeFactory};
pub use guessable::Blocklist;
pub use names::lookup_key;
