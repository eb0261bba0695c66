//! Logins at a real Phorum layout, on SQLite, and on MariaDB and PostgreSQL where they run (`cargo xtask test`).
#![expect(clippy::unwrap_used, reason = "the bodies of tests that run on each database")]

#[path = "../support/mod.rs"]
mod support;

mod bans;
mod demo;
mod directory;
mod faults;
mod hostile;
mod identity;
mod names;
mod passwords;
mod state;
mod versions;
