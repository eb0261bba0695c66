//! `cargo xtask test`: the one command that runs every test there is.

mod count;
mod page;
mod report;

use std::ffi::OsString;
use std::fs;
use std::io::{Write, stderr};
use std::path::PathBuf;
use std::process::{Command, ExitStatus, Stdio};

use anyhow::{Context, Result, bail};
use cargo_metadata::Message;

use self::count::Tests;
use self::report::Report;
use crate::foreground;
use crate::install::{self, Installing};
use crate::interrupt::Interrupt;
use crate::services::Services;
use crate::workspace::Workspace;

/// What a step that went well has to say.
type Outcome = Result<Option<Tests>>;

/// Everything the steps share.
struct Session<'a> {
    workspace: Workspace,
    interrupt: &'a Interrupt,
    /// What tests read to find the services and the server.
    variables: Vec<(&'static str, OsString)>,
}

/// Runs all steps and prints the table; the exit code is 1 if one failed.
///
/// # Errors
/// A signal came. The services are stopped before.
pub(crate) fn run(installing: Installing, interrupt: &Interrupt) -> Result<u8> {
    let mut session = Session { workspace: Workspace::find()?, interrupt, variables: Vec::new() };
    let mut report = Report::default();
    let mut services = None;

    report.step("services up", interrupt, || {
        install::ensure(&[install::NODE], &[], installing, interrupt)?;
        services = Some(Services::start(installing, interrupt)?);
        Ok(None)
    })?;
    if let Some(services) = &services {
        session.variables.extend(services.variables().iter().map(|(name, value)| (*name, value.into())));
        report.step("page tests: node --test", interrupt, || session.page_tests())?;
        let mut server = None;
        report.step("cargo build -p portico-server", interrupt, || {
            server = Some(session.build_server()?);
            Ok(None)
        })?;
        if let Some(path) = server {
            session.variables.push(("PORTICO_BIN", path.into()));
            session.all_rust_tests(&mut report)?;
        } else {
            report.not_run("Rust tests");
        }
        report.step("doc tests: cargo test --doc", interrupt, || session.doc_tests())?;
    } else {
        report.not_run("page tests, Rust tests, doc tests");
    }
    if let Some(services) = services {
        report.step("services down", interrupt, || services.stop().map(|()| None))?;
    }
    report.print()?;
    Ok(u8::from(!report.passed()))
}

impl Session<'_> {
    fn page_tests(&self) -> Outcome {
        let files = page::test_files(&self.workspace.root.join("web").join("tests"))?;
        let node = install::NODE.path()?;
        let mut command = Command::new(node);
        command.current_dir(&self.workspace.root).args(["--test", "--test-reporter=spec"]).args(files);
        command.envs(self.variables.iter().map(|(name, value)| (name, value)));
        let (status, lines) = foreground::run_reading(&mut command, self.interrupt)?;
        finish(status, count::node(&lines))
    }

    /// Builds the server as its users do: its own features, none that only tests switch on, and Kerberos where it can be
    /// built. Returns its path.
    fn build_server(&self) -> Result<PathBuf> {
        let mut command = self.workspace.cargo();
        command.args(["build", "--package", "portico-server", "--bin", "portico"]).args(features());
        command.arg("--message-format=json-render-diagnostics");
        let (status, lines) = foreground::run_silently(&mut command, self.interrupt)?;
        finish(status, None)?;
        let executable = Message::parse_stream(lines.join("\n").into_bytes().as_slice())
            .filter_map(|message| match message.ok()? {
                Message::CompilerArtifact(artifact) if artifact.target.name == "portico" => {
                    artifact.executable
                }
                _ => None,
            })
            .last();
        Ok(executable.context("Cargo built no executable `portico`")?.into_std_path_buf())
    }

    fn all_rust_tests(&self, report: &mut Report) -> Result<()> {
        if self.has_nextest()? {
            report.step("Rust tests: cargo nextest", self.interrupt, || self.nextest())
        } else {
            let _ = writeln!(
                stderr(),
                "cargo-nextest is not installed: cargo test runs the same tests, more slowly"
            );
            report.step("Rust tests: cargo test", self.interrupt, || self.cargo_test())
        }
    }

    fn has_nextest(&self) -> Result<bool> {
        let mut command = self.workspace.cargo();
        command.args(["nextest", "--version"]).stdout(Stdio::null()).stderr(Stdio::null());
        Ok(foreground::run(&mut command, self.interrupt)?.success())
    }

    fn nextest(&self) -> Outcome {
        // As .config/nextest.toml says: in the repository, wherever Cargo builds to. An old report must not be taken
        // for this run's.
        let junit = self.workspace.root.join("target/nextest/ci/junit.xml");
        if junit.exists() {
            fs::remove_file(&junit)?;
        }
        let mut command = self.test_command();
        command.args(["nextest", "run", "--workspace", "--profile", "ci"]).args(features());
        command.args(["--run-ignored", "all", "--no-fail-fast"]);
        let status = foreground::run(&mut command, self.interrupt)?;
        finish(status, fs::read_to_string(junit).ok().and_then(|report| count::nextest(&report)))
    }

    fn cargo_test(&self) -> Outcome {
        let mut command = self.test_command();
        // Not doc tests: `--include-ignored` would compile the blocks marked `ignore`. They are the next step.
        command.args(["test", "--workspace", "--tests", "--no-fail-fast"]).args(features());
        command.args(["--", "--include-ignored"]);
        let (status, lines) = foreground::run_reading(&mut command, self.interrupt)?;
        finish(status, count::libtest(&lines))
    }

    fn doc_tests(&self) -> Outcome {
        let mut command = self.test_command();
        command.args(["test", "--workspace", "--doc", "--no-fail-fast"]).args(features());
        let (status, lines) = foreground::run_reading(&mut command, self.interrupt)?;
        finish(status, count::libtest(&lines))
    }

    fn test_command(&self) -> Command {
        let mut command = self.workspace.cargo();
        command.envs(self.variables.iter().map(|(name, value)| (name, value)));
        command
    }
}

/// Kerberos is off by default, because it needs a library with its headers. Where a domain was started, they are there.
fn features() -> &'static [&'static str] {
    if cfg!(target_os = "linux") { &["--features", "portico-server/negotiate"] } else { &[] }
}

fn finish(status: ExitStatus, tests: Option<Tests>) -> Outcome {
    if status.success() {
        return Ok(tests);
    }
    match tests {
        Some(tests) => bail!("{tests} ({})", foreground::describe(status)),
        None => bail!("{}", foreground::describe(status)),
    }
}
