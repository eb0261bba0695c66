#![doc = include_str!("../README.md")]
#![warn(missing_docs)]

mod attempts;
mod authenticator;
mod avatar;
mod ban;
mod board;
mod clean_name;
mod config;
#[cfg(feature = "demo")]
pub mod demo;
mod directory;
mod group;
mod identity;
mod input;
mod look_alike;
mod password;
mod schema;
mod settings;
mod user;
mod v2;
mod version;

pub use authenticator::Phpbb;
pub use config::PhpbbConfig;
pub use settings::ConfigError;
