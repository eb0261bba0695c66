#![doc = include_str!("../README.md")]
#![warn(missing_docs)]

mod authenticator;
mod ban;
mod columns;
mod config;
mod cost;
mod database;
#[cfg(feature = "demo")]
pub mod demo;
mod directory;
mod forum;
mod group;
mod input;
mod links;
mod news;
mod password;
mod pattern;
mod php_value;
mod plain_text;
mod schema;
mod session;
mod settings;
mod state;
mod time_zone;
mod user;

pub use authenticator::Phorum;
pub use columns::{GrantsError, grants};
pub use config::PhorumConfig;
