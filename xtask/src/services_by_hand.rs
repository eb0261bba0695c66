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
    ("PORTICO_TEST_NGINX", "the program nginx"),
    ("PORTICO_TEST_APACHE", "the program httpd of Apache"),
    ("PORTICO_TEST_PHP", "the program php"),
];

/// Directories with the people of `services/openldap.ldif` and `services/samba_people.py`. Where nobody names one, the tests
/// that need it fail and say so.
const DIRECTORIES: &[&str] = &[
    "PORTICO_TEST_OPENLDAP_URL",
    "PORTICO_TEST_OPENLDAPS_URL",
    "PORTICO_TEST_OPENLDAP_CA",
    "PORTICO_TEST_OPENLDAP_ADMIN_DN",
    "PORTICO_TEST_OPENLDAP_PASSWORD",
    "PORTICO_TEST_OPENLDAP_BASE",
    "PORTICO_TEST_AD_URL",
    "PORTICO_TEST_AD_CA",
    "PORTICO_TEST_AD_ADMIN",
    "PORTICO_TEST_AD_PASSWORD",
    "PORTICO_TEST_AD_REALM",
    "PORTICO_TEST_AD_BASE",
    "PORTICO_TEST_KRB5_CONFIG",
    "PORTICO_TEST_KEYTAB",
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
        let directories = DIRECTORIES.iter().filter_map(|name| Some((*name, std::env::var(name).ok()?)));
        variables.extend(directories);
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
