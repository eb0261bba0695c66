//! Private MariaDB, PostgreSQL, OpenLDAP, Samba, Kerberos and chromedriver in a temporary folder, gone when they are
//! dropped.

mod account;
mod certificates;
mod chromedriver;
mod domain;
mod folder;
mod kdc;
mod mariadb;
mod openldap;
mod port;
mod postgres;
mod process;
mod samba;
mod watchdog;
mod web;

use std::ffi::OsString;
use std::io::{Write, stderr, stdout};
use std::process::Command;
use std::time::Instant;

use anyhow::{Context, Result};

use self::folder::Folder;
use self::process::Server;
use self::watchdog::Watchdog;
use crate::foreground;
use crate::install::{self, Installing};
use crate::interrupt::Interrupt;

/// The running servers. Dropping stops them and removes their folder, on every way out, a panic included.
#[derive(Debug)]
pub(crate) struct Services {
    // Fields are dropped in this order: nobody may be writing to the folder when it is removed.
    running: Vec<Server>,
    folder: Folder,
    /// Last, so that there is no moment without somebody to clean up.
    watchdog: Watchdog,
    variables: Vec<(&'static str, String)>,
}

/// Servers that are ready, and the variables by which tests find them.
struct Ready {
    servers: Vec<Server>,
    variables: Vec<(&'static str, String)>,
}

impl Services {
    /// Starts all of them, after installing what is missing.
    ///
    /// # Errors
    /// One could not be installed or started, with the end of its log; or a signal came. Nothing is left running.
    pub(crate) fn start(installing: Installing, interrupt: &Interrupt) -> Result<Self> {
        let mut needed =
            [mariadb::PROGRAMS, postgres::PROGRAMS, chromedriver::PROGRAMS, web::PROGRAMS].concat();
        let mut files = Vec::new();
        if cfg!(target_os = "linux") {
            needed.extend([certificates::PROGRAMS, openldap::PROGRAMS].concat());
            needed.extend(domain::programs());
            files.extend(domain::files());
        }
        install::ensure(&needed, &files, installing, interrupt)?;

        let folder = Folder::create()?;
        let mut services = Self {
            running: Vec::new(),
            watchdog: Watchdog::start(folder.path())?,
            folder,
            variables: vec![("PORTICO_REQUIRE_SERVICES", "1".to_owned())],
        };
        let mut starts: Vec<(&str, Start)> = vec![
            ("MariaDB", mariadb::start),
            ("PostgreSQL", postgres::start),
            ("chromedriver", chromedriver::start),
            ("web servers", web::start),
        ];
        if cfg!(target_os = "linux") {
            starts.extend([("OpenLDAP", openldap::start as Start), ("the Windows domain", domain::start)]);
        }
        for (name, start) in starts {
            let since = Instant::now();
            let ready = start(&services.folder, &mut services.watchdog, interrupt)
                .with_context(|| format!("can't start {name}"))?;
            let _ = writeln!(stderr(), "{name} is ready ({:.1} s)", since.elapsed().as_secs_f32());
            services.running.extend(ready.servers);
            services.variables.extend(ready.variables);
        }
        Ok(services)
    }

    /// What tests read to find the servers.
    pub(crate) fn variables(&self) -> &[(&'static str, String)] {
        &self.variables
    }

    /// Stops everything and says what could not be removed.
    pub(crate) fn stop(mut self) -> Result<()> {
        self.running.clear();
        self.folder.remove()
    }
}

type Start = fn(&Folder, &mut Watchdog, &Interrupt) -> Result<Ready>;

/// `cargo xtask services [-- CMD…]`; returns the exit code.
pub(crate) fn run(installing: Installing, command: &[OsString], interrupt: &Interrupt) -> Result<u8> {
    let services = Services::start(installing, interrupt)?;
    let code = match command {
        [] => {
            announce(&services)?;
            wait_for_the_end(interrupt);
            0
        }
        [program, arguments @ ..] => {
            let mut command = Command::new(program);
            command.args(arguments).envs(services.variables().iter().map(|(name, value)| (name, value)));
            foreground::exit_code(foreground::run(&mut command, interrupt)?)
        }
    };
    services.stop()?;
    Ok(code)
}

fn announce(services: &Services) -> Result<()> {
    let mut out = stdout().lock();
    for (name, value) in services.variables() {
        writeln!(out, "export {name}='{value}'")?;
    }
    out.flush()?;
    let _ = writeln!(stderr(), "Copy these lines into another terminal. Ctrl-C stops the services.");
    Ok(())
}

fn wait_for_the_end(interrupt: &Interrupt) {
    while interrupt.tick().is_ok() {}
}
