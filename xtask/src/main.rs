//! Development tasks of Portico: `cargo xtask --help`.

mod foreground;
mod generate;
mod install;
mod interrupt;
mod rules;
#[cfg(unix)]
mod services;
#[cfg(not(unix))]
#[path = "services_by_hand.rs"]
mod services;
mod test;
mod workspace;

use std::ffi::OsString;
use std::io::Write;
use std::process::ExitCode;

use anyhow::Result;
use clap::{Args, Parser, Subcommand};

use crate::install::Installing;
use crate::interrupt::{Interrupt, Interrupted};

/// Development tasks of Portico. They work from any folder of the repository.
#[derive(Debug, Parser)]
#[command(name = "cargo xtask", bin_name = "cargo xtask", disable_help_subcommand = true)]
struct Command {
    #[command(subcommand)]
    task: Task,
}

#[derive(Debug, Subcommand)]
enum Task {
    /// Run every test: services up, page tests (node), all Rust tests (ignored ones too), doc tests, services down
    ///
    /// Ends with a table of the steps, their times and how many tests ran. Fails if a step failed or a service could
    /// not be started: a skipped test is not a passed one. Where cargo-nextest is missing, `cargo test` runs the same
    /// tests, more slowly.
    Test(Programs),
    /// Start private MariaDB, PostgreSQL, OpenLDAP, a Windows domain and chromedriver, for one command or until Ctrl-C
    ///
    /// With a command: runs it with the variables set and returns its exit code. Without: prints `export …` lines for
    /// another terminal and waits. Nothing outlives it: servers, data and ports are gone when it ends, whatever ends it.
    /// The packaged services of the machine are never touched.
    #[command(
        after_help = "Variables: PORTICO_TEST_MARIADB_URL, PORTICO_TEST_POSTGRES_URL, PORTICO_TEST_CHROMEDRIVER_URL,\n\
                      PORTICO_TEST_BROWSER, PORTICO_REQUIRE_SERVICES=1\n\
                      Directories: PORTICO_TEST_OPENLDAP_URL, PORTICO_TEST_OPENLDAPS_URL, PORTICO_TEST_OPENLDAP_CA,\n\
                      PORTICO_TEST_OPENLDAP_ADMIN_DN, PORTICO_TEST_OPENLDAP_PASSWORD, PORTICO_TEST_OPENLDAP_BASE,\n\
                      PORTICO_TEST_AD_URL, PORTICO_TEST_AD_CA, PORTICO_TEST_AD_ADMIN, PORTICO_TEST_AD_PASSWORD,\n\
                      PORTICO_TEST_AD_REALM, PORTICO_TEST_AD_BASE, PORTICO_TEST_KRB5_CONFIG, PORTICO_TEST_KEYTAB.\n\
                      The domain needs root: its ports are below 1024.\n\n\
                      Example: cargo xtask services -- cargo nextest run -p portico-store --run-ignored all"
    )]
    Services {
        #[command(flatten)]
        programs: Programs,
        /// The command to run, with its arguments
        #[arg(last = true, value_name = "CMD")]
        command: Vec<OsString>,
    },
    /// Check what the compiler doesn't: direction of dependencies, their reasons and licences, length of files
    Rules,
    /// Make anew what is made from the code: docs/applications.md, docs/recipe.schema.json, docs/policy.md
    Gen,
}

/// What to do about programs that are not there.
#[derive(Debug, Clone, Copy, Args)]
struct Programs {
    /// Only say which packages are missing, never run apt-get
    #[arg(long)]
    no_install: bool,
}

impl Programs {
    fn installing(self) -> Installing {
        if self.no_install { Installing::Never } else { Installing::WhereItCan }
    }
}

fn main() -> ExitCode {
    match run(Command::parse()) {
        Ok(code) => ExitCode::from(code),
        Err(error) => {
            // A broken standard error leaves nobody to tell.
            let _ = writeln!(std::io::stderr(), "error: {error:#}");
            ExitCode::from(error.downcast_ref::<Interrupted>().map_or(1, Interrupted::exit_code))
        }
    }
}

fn run(command: Command) -> Result<u8> {
    match command.task {
        Task::Test(programs) => test::run(programs.installing(), &Interrupt::listen()?),
        Task::Services { programs, command } => {
            services::run(programs.installing(), &command, &Interrupt::listen()?)
        }
        Task::Rules => rules::run(),
        Task::Gen => generate::run(),
    }
}
