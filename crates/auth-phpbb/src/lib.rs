#![doc = include_str!("../README.md")]
#![warn(missing_docs)]

mod attempts;
mod authenticator;
mod avatar;
mod ban;
mod board;
mod clean_name;
mod columns;
mod config;
mod cookie;
#[cfg(feature = "demo")]
pub mod demo;
mod directory;
mod group;
mod identity;
mod input;
mod look_alike;
mod news;
mod password;
mod schema;
mod session;
mod settings;
mod user;
mod v2;
mod v2_session;
mod version;

pub use authenticator::Phpbb;
pub use columns::{GrantsError, grants};
pub use config::PhpbbConfig;
pub use settings::ConfigError;
