#![doc = include_str!("../README.md")]
#![warn(missing_docs)]

mod accounts;
mod authenticator;
mod config;
mod factory;
mod failure;
mod names;
mod password;
mod registrar;

pub use accounts::{AccountError, NativeAccounts};
pub use authenticator::NativeAuthenticator;
pub use config::{Argon2Config, InvalidConfig, NativeConfig};
pub use factory::{KIND, NativeFactory};
