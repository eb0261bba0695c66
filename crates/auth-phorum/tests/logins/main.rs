//! Logins at a real Phorum layout, on SQLite, and on MariaDB and PostgreSQL where they run (`cargo xtask test`).
#![expect(clippy::unwrap_used, clippy::panic, reason = "the bodies of tests that run on each database")]

#[path = "../support/mod.rs"]
mod support;

mod address_bans;
mod bans;
mod demo;
mod directory;
mod faults;
mod grants;
mod hostile;
mod identity;
mod names;
mod news;
mod passwords;
mod sessions;
mod state;
mod versions;
