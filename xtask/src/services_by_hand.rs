//! Where servers can't be started privately (Windows), somebody starts them and says where they are.

use std::ffi::OsString;
use std::process::Command;

use anyhow::{Result, bail};

use crate::foreground;
use crate::install::Installing;
use crate::interrupt::Interrupt;

const NEEDED: &[(&str, &str)] = &[
    ("PORTICO_TEST_MARIADB_URL", "MariaDB, e.g. mysql://root:PASSWORD@127.0.0.1:3306"),
    ("PORTICO_TEST_POSTGRES_URL", "PostgreSQL, e.g. postgres://postgres:PASSWORD@127.0.0.1:5432"),
    ("PORTICO_TEST_CHROMEDRIVER_URL", "chromedriver and a Chrome of its version, e.g. http://127.0.0.1:9515"),
];

/// Servers that somebody else started and will stop.
#[derive(Debug)]
pub(crate) struct Services {
    variables: Vec<(&'static str, String)>,
}

impl Services {
    /// Takes the servers from the environment.
    ///
    /// # Errors
    /// A variable is not set; the text says which servers to start and which variables to set.
    pub(crate) fn start(_: Installing, _: &Interrupt) -> Result<Self> {
        let mut variables = vec![("PORTICO_REQUIRE_SERVICES", "1".to_owned())];
        let mut missing = String::new();
        for (name, what) in NEEDED {
            match std::env::var(name) {
                Ok(value) => variables.push((name, value)),
                Err(_) => missing.push_str(&format!("\n  {name}: {what}")),
            }
        }
        if !missing.is_empty() {
            bail!("on this system the services can't be started for you; start them and set:{missing}");
        }
        Ok(Self { variables })
    }

    /// What tests read to find the servers.
    pub(crate) fn variables(&self) -> &[(&'static str, String)] {
        &self.variables
    }

    /// Nothing was started here, so nothing is stopped.
    #[expect(clippy::unnecessary_wraps, reason = "the same signature as where there is something to stop")]
    pub(crate) fn stop(self) -> Result<()> {
        Ok(())
    }
}

/// `cargo xtask services [-- CMD…]`; returns the exit code.
pub(crate) fn run(installing: Installing, command: &[OsString], interrupt: &Interrupt) -> Result<u8> {
    let services = Services::start(installing, interrupt)?;
    let [program, arguments @ ..] = command else {
        bail!("on this system only `cargo xtask services -- CMD` does something");
    };
    let mut command = Command::new(program);
    command.args(arguments).envs(services.variables().iter().map(|(name, value)| (name, value)));
    Ok(foreground::exit_code(foreground::run(&mut command, interrupt)?))
}
