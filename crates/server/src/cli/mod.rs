//! The command line.

mod admin;
mod administration;
mod apps;
mod check;
mod demo;
mod import;
mod init;
mod init_ldap;
mod login_test;
mod no_users;
mod options;
mod reload;
mod running;
mod serve;
mod sync;

use std::io::Write;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Args, Parser, Subcommand};

use crate::PorticoServer;
use crate::config::{Config, ConfigError};
use crate::kerberos;
use crate::telemetry::{LogFormat, start_logging};

pub use admin::AdminTask;
pub use sync::SyncTask;

/// All went well.
pub const EXIT_OK: u8 = 0;
/// It worked, and the answer is no.
pub const EXIT_NO: u8 = 1;
/// It did not work.
pub const EXIT_ERROR: u8 = 2;
/// The command line was used wrongly (sysexits.h: EX_USAGE).
pub const EXIT_USAGE: u8 = 64;
/// The configuration can't be used (sysexits.h: EX_CONFIG).
pub const EXIT_CONFIG: u8 = 78;

/// A self-hosted messenger that people enter with the accounts they already have.
#[derive(Debug, Parser)]
#[command(
    name = "portico",
    version,
    arg_required_else_help = true,
    after_help = "\
Try it:      portico demo
Set it up:   portico init --from /var/www/forum   (or write portico.toml, see docs/configuration.md)
Exit status: 0 done, 1 the answer is no, 2 it did not work, 64 wrong usage, 78 unusable configuration"
)]
struct Cli {
    /// What to log, to standard error: error, warn, info, debug, or per module as in `portico_core=debug,info`.
    #[arg(
        long,
        global = true,
        env = "PORTICO_LOG",
        default_value = "info,actix_server=warn,sea_orm_migration=warn",
        value_name = "FILTER"
    )]
    log: String,
    /// How log lines look.
    #[arg(long, global = true, env = "PORTICO_LOG_FORMAT", default_value = "text", value_name = "FORMAT")]
    log_format: LogFormat,
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Serve until SIGTERM or Ctrl-C.
    Serve(ConfigArgs),
    /// Try Portico: three fronts with made-up people, nothing to install.
    Demo(demo::DemoArgs),
    /// Reach the database and every authenticator; say what works, and what to do about the rest.
    Check(check::CheckArgs),
    /// Try a login against one authenticator, exactly as a real one, and print the decision as JSON.
    LoginTest(login_test::LoginTestArgs),
    /// Read a directory now, or tell what reading it would change.
    Sync(sync::SyncArgs),
    /// Which applications people can enter from, and all about one of them.
    Apps(apps::AppsArgs),
    /// Write the configuration for an application or a directory: recognised, named, or asked.
    Init(Box<init::InitArgs>),
    /// Which options there are, what holds at a front or for a person, and why.
    #[command(subcommand)]
    Options(options::OptionsCommand),
    /// Tell the running server to read its configuration again.
    Reload(reload::ReloadArgs),
    /// Carry over what another messenger kept.
    #[command(subcommand)]
    Import(import::ImportCommand),
    /// Administer: accounts, roles, bans, reports, messages to many, statistics.
    #[command(subcommand)]
    Admin(admin::AdminCommand),
}

/// Which configuration.
#[derive(Debug, Args)]
struct ConfigArgs {
    /// The configuration file.
    #[arg(long, env = "PORTICO_CONFIG", value_name = "FILE")]
    config: PathBuf,
}

impl ConfigArgs {
    fn load(&self) -> Result<Config, ConfigError> {
        // Variables of others may be anything; ours are text.
        let environment = std::env::vars_os()
            .filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)));
        let config = Config::load(&self.config, environment)?;
        kerberos::settle(&config).map_err(|error| ConfigError::Key {
            path: self.config.clone(),
            key: "server.kerberos".into(),
            message: format!("the program can't be started again with it: {error}"),
        })?;
        Ok(config)
    }
}

/// Does what the command line of this process says.
pub async fn run(server: PorticoServer) -> ExitCode {
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => {
            let _ = error.print();
            return ExitCode::from(if error.use_stderr() { EXIT_USAGE } else { EXIT_OK });
        }
    };
    start_logging(cli.log_format, &cli.log);
    let _ = rustls::crypto::ring::default_provider().install_default();
    let status = match cli.command {
        Command::Serve(args) => serve::run(server, &args).await,
        Command::Demo(args) => demo::run(server, &args).await,
        Command::Check(args) => check::run(server, &args).await,
        Command::LoginTest(args) => login_test::run(server, &args).await,
        Command::Sync(args) => sync::run(server, &args).await,
        Command::Apps(args) => apps::run(&args),
        Command::Init(args) => init::run(server, &args).await,
        Command::Options(command) => options::run(server, command).await,
        Command::Reload(args) => reload::run(&args).await,
        Command::Import(command) => import::run(&command).await,
        Command::Admin(command) => admin::run(command).await,
    };
    ExitCode::from(status)
}

/// Writes an answer to standard output and flushes it. A reader that has gone away is no error worth a panic.
fn answer(text: &str) {
    let mut out = std::io::stdout().lock();
    let _ = out.write_all(text.as_bytes()).and_then(|()| out.write_all(b"\n")).and_then(|()| out.flush());
}

/// Says to standard error what went wrong.
fn complain(error: &dyn std::fmt::Display) {
    let mut err = std::io::stderr().lock();
    let _ = writeln!(err, "portico: {error}");
}
