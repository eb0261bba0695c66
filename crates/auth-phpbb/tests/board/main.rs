//! Logins at boards of every version, on every database. Stored hashes were made with PHP 8.2: `md5`, `password_hash`,
//! `crypt`, and the portable hash written down in PHP; the combined values were accepted by phpBB 3.3 itself.
#![expect(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

mod address_bans;
mod bans;
mod directory;
mod faults;
mod fixture;
mod grants;
mod groups;
mod identity;
mod login;
mod names;
mod news;
mod passwords;
mod schema;
mod sessions;
mod version_2;
