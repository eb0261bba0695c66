//! The domain of Portico: who may enter, whom they see, and how their messages arrive.
//!
//! This crate has no HTTP, no SQL and no file or network I/O. What it needs from outside it asks for as traits
//! in [`ports`]; other systems' accounts come in through [`auth::Authenticator`].
//!
//! A newcomer's way through the house:
//! - [`auth`]: the contract of an authenticator, and the wrapper, chain, throttle and registry around it;
//! - [`front`]: the virtual URLs and their options;
//! - [`account`]: the local person that `(realm, subject)` maps to;
//! - [`session`]: tokens, live sessions, and what they rest on;
//! - [`group`]: people together, mirrored from outside;
//! - [`shoutbox`]: the walls of fronts and groups;
//! - [`files`]: what people send besides texts;
//! - [`policy`] and [`contact`]: who may see, find, add and write to whom;
//! - [`moderation`]: what keeps the talk civil;
//! - [`messaging`]: conversations, the group-commit writer, mailboxes, cursors and presence;
//! - [`administration`]: administrators' rights, the audit log, bans, reports, statistics;
//! - [`engine`]: all of the above behind the calls that the server makes.
#![warn(missing_docs)]

pub mod account;
pub mod administration;
pub mod auth;
pub mod contact;
pub mod engine;
pub mod files;
pub mod front;
pub mod group;
mod ids;
mod mac;
pub mod messaging;
pub mod moderation;
pub mod policy;
pub mod ports;
pub mod session;
pub mod shoutbox;
#[cfg(feature = "testing")]
pub mod testing;
mod time;

pub use async_trait::async_trait;
pub use ids::{
    AccountId, AuditId, BanId, BroadcastId, CommunityId, ConversationId, FileId, GroupId, InvalidId, MuteId,
    ReportId, SessionId, ShoutId,
};
pub use time::{InvalidTime, Timestamp};
