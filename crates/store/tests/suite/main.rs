//! One suite for every store: what the ports promise, on the core's `MemoryStore`, SQLite, MariaDB and PostgreSQL.
//!
//! The trials are named `<store>::<behaviour>`. Those of MariaDB and PostgreSQL are ignored unless asked for, and fail
//! when `PORTICO_TEST_MARIADB_URL` or `PORTICO_TEST_POSTGRES_URL` is missing then: `cargo xtask test` sets them.

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::print_stdout,
    reason = "a test; clippy knows only those of the built-in harness"
)]

mod account_life;
mod administered;
mod administration;
mod backend;
mod beside;
mod conferences;
mod contacts;
mod conversations;
mod database;
mod directory;
mod files;
mod groups;
mod installation;
mod lease;
mod local_groups;
mod logins;
mod members;
mod message_features;
mod message_search;
mod messages;
mod native_life;
mod native_passkeys;
mod native_users;
mod opening;
mod own_data;
mod people;
mod presences;
mod reading;
mod roles;
mod sessions;
mod shouts;
mod world;

use std::process::ExitCode;

use backend::Backend;
use libtest_mimic::{Arguments, Trial};

fn main() -> ExitCode {
    if let Some(url) = std::env::var_os(lease::HOLDER) {
        lease::hold(&url.into_string().expect("a URL is text"));
    }
    let arguments = Arguments::from_args();
    let trials = Backend::ALL.into_iter().flat_map(trials).collect();
    libtest_mimic::run(&arguments, trials).exit_code()
}

fn trials(backend: Backend) -> Vec<Trial> {
    let ports = [
        administered::tests(),
        installation::tests(),
        people::tests(),
        members::tests(),
        logins::tests(),
        sessions::tests(),
        beside::tests(),
        contacts::tests(),
        conversations::tests(),
        messages::tests(),
        message_features::tests(),
        message_search::tests(),
        reading::tests(),
        groups::tests(),
        local_groups::tests(),
        conferences::tests(),
        files::tests(),
        shouts::tests(),
        own_data::tests(),
        presences::tests(),
        native_users::tests(),
        directory::tests(),
        roles::tests(),
        administration::tests(),
        native_life::tests(),
        native_passkeys::tests(),
        account_life::tests(),
    ];
    let mut trials: Vec<Trial> = ports.into_iter().flatten().map(|test| backend.port_trial(test)).collect();
    if backend != Backend::Memory {
        let databases = [database::tests(), opening::tests(), lease::tests()];
        trials.extend(databases.into_iter().flatten().filter_map(|test| backend.database_trial(test)));
    }
    trials
}
