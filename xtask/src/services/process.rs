//! A server as a child process: started apart from this terminal, watched through its log, stopped for certain.

use std::fs::{self, File};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, anyhow, bail};
use rustix::process::{Pid, Signal, kill_process_group};

use super::account::Account;
use super::watchdog::Watchdog;
use crate::foreground;
use crate::interrupt::{Interrupt, wait_at_most};

/// How long a server may take to get ready; a busy machine with a slow disk needs a while.
const READY_WITHIN: Duration = Duration::from_secs(90);
/// How long a server may take to stop by itself.
const STOP_WITHIN: Duration = Duration::from_secs(10);
/// Lines of a log in an error.
const LOG_LINES: usize = 30;

/// Why a server is not there.
#[derive(Debug)]
pub(super) enum StartError {
    /// Somebody else has the port: try another one.
    PortTaken,
    /// Trying again would not help.
    Failed(anyhow::Error),
}

impl<E: Into<anyhow::Error>> From<E> for StartError {
    fn from(error: E) -> Self {
        Self::Failed(error.into())
    }
}

/// How a server is asked to stop.
#[derive(Debug, Clone, Copy)]
pub(super) enum StopBy {
    /// SIGTERM
    Term,
    /// SIGINT: for PostgreSQL "now, without waiting for clients" (manual, "Shutting Down the Server").
    Int,
}

impl StopBy {
    fn signal(self) -> Signal {
        match self {
            Self::Term => Signal::TERM,
            Self::Int => Signal::INT,
        }
    }
}

/// Where and as whom a server runs, and who looks after it.
#[derive(Debug)]
pub(super) struct Place<'a> {
    pub(super) room: &'a Path,
    pub(super) account: Option<Account>,
    /// Its standard output and error.
    pub(super) log: &'a Path,
    pub(super) watchdog: &'a mut Watchdog,
}

/// A running server, which leads a process group of its own. Dropping stops the group.
#[derive(Debug)]
pub(super) struct Server {
    name: &'static str,
    child: Child,
    log: PathBuf,
    stop_by: StopBy,
}

/// A command in `room`, as `account`, that knows nothing of our environment: no `PGPORT`, no `~/.my.cnf`.
pub(super) fn isolated(program: &Path, room: &Path, account: Option<Account>) -> Command {
    let mut command = Command::new(program);
    let path = std::env::var_os("PATH").unwrap_or_else(|| "/usr/sbin:/usr/bin:/sbin:/bin".into());
    command.env_clear().env("PATH", path).env("HOME", room).env("TMPDIR", room).env("LC_ALL", "C");
    command.current_dir(room).stdin(Stdio::null());
    if let Some(Account { uid, gid }) = account {
        command.uid(uid).gid(gid);
    }
    command
}

/// Runs a command that prepares a server to its end.
///
/// # Errors
/// It failed, with the end of `log`; or a signal came, and it was killed.
pub(super) fn prepare(command: &mut Command, log: &Path, interrupt: &Interrupt) -> Result<()> {
    let output = File::create(log).with_context(|| format!("can't write {}", log.display()))?;
    command.stdout(output.try_clone()?).stderr(output);
    let status = foreground::run_apart(command, interrupt)?;
    if !status.success() {
        let program = command.get_program().to_string_lossy().into_owned();
        bail!("`{program}` failed: {}{}", foreground::describe(status), tail(log));
    }
    Ok(())
}

impl Server {
    /// Starts `program` in `place`; `arguments` adds its arguments.
    pub(super) fn start(
        name: &'static str,
        program: &Path,
        place: &mut Place<'_>,
        stop_by: StopBy,
        arguments: impl FnOnce(&mut Command),
    ) -> Result<Self> {
        let mut command = isolated(program, place.room, place.account);
        command.process_group(0);
        arguments(&mut command);
        let output =
            File::create(place.log).with_context(|| format!("can't write {}", place.log.display()))?;
        command.stdout(output.try_clone()?).stderr(output);
        let child = command.spawn().with_context(|| format!("can't run {}", program.display()))?;
        let server = Self { name, child, log: place.log.to_path_buf(), stop_by };
        place.watchdog.watch(server.child.id())?;
        Ok(server)
    }

    /// Waits until `ready` finds in the log what it looks for.
    ///
    /// # Errors
    /// The server ended or the time is over, with the end of its log; its port was taken; or a signal came.
    pub(super) fn wait_until_ready<T>(
        &mut self,
        interrupt: &Interrupt,
        ready: impl Fn(&str) -> Option<T>,
    ) -> Result<T, StartError> {
        let start = Instant::now();
        loop {
            let ended = self.child.try_wait()?; // before reading: what it wrote at its end counts
            let log = read(&self.log);
            if let Some(status) = ended {
                if log.contains("ddress already in use") {
                    return Err(StartError::PortTaken);
                }
                return Err(self.failure(&format!("ended at its start: {}", foreground::describe(status))));
            }
            if let Some(found) = ready(&log) {
                return Ok(found);
            }
            if start.elapsed() > READY_WITHIN {
                return Err(self.failure(&format!("was not ready within {} s", READY_WITHIN.as_secs())));
            }
            interrupt.tick()?;
        }
    }

    fn failure(&self, what: &str) -> StartError {
        StartError::Failed(anyhow!("{} {what}{}", self.name, tail(&self.log)))
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let group = Pid::from_child(&self.child);
        let mut gone = || !matches!(self.child.try_wait(), Ok(None));
        if !gone() {
            // Fails only if it ended this moment.
            let _ = kill_process_group(group, self.stop_by.signal());
            wait_at_most(STOP_WITHIN, &mut gone);
        }
        // Also after a polite end: a browser outlives its chromedriver.
        let _ = kill_process_group(group, Signal::KILL);
        wait_at_most(STOP_WITHIN, gone);
    }
}

fn read(log: &Path) -> String {
    fs::read(log).map(|bytes| String::from_utf8_lossy(&bytes).into_owned()).unwrap_or_default()
}

/// The end of a log, for an error.
fn tail(log: &Path) -> String {
    let text = read(log);
    let lines: Vec<_> = text.lines().collect();
    if lines.is_empty() {
        return "; its log is empty".to_owned();
    }
    let last = &lines[lines.len().saturating_sub(LOG_LINES)..];
    format!("; the end of its log:\n    {}", last.join("\n    "))
}

/// A password for one run: 32 hexadecimal digits, so that neither URL nor SQL needs escaping.
pub(super) fn password() -> Result<String> {
    let mut bytes = [0_u8; 16];
    getrandom::fill(&mut bytes).map_err(|error| anyhow!("no random numbers from the system: {error}"))?;
    Ok(bytes.iter().map(|byte| format!("{byte:02x}")).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shell(script: &str, room: &Path) -> Server {
        let mut watchdog = Watchdog::start(&room.join("none")).unwrap();
        let mut place = Place { room, account: None, log: &room.join("log"), watchdog: &mut watchdog };
        Server::start("sample", Path::new("/bin/sh"), &mut place, StopBy::Term, |command| {
            command.args(["-c", script]);
        })
        .unwrap()
    }

    fn alive(pid: i32) -> bool {
        Pid::from_raw(pid).is_some_and(|pid| rustix::process::test_kill_process(pid).is_ok())
    }

    #[test]
    fn what_a_ready_server_wrote_is_found_in_its_log() {
        let room = tempfile::tempdir().unwrap();
        let mut server = shell("echo on port 4711; exec sleep 60", room.path());
        let port = server.wait_until_ready(&Interrupt::never(), |log| {
            log.split_once("on port ").and_then(|(_, rest)| rest.trim().parse::<u16>().ok())
        });
        assert_eq!(port.unwrap(), 4711);
    }

    #[test]
    fn the_error_of_a_server_that_ends_shows_its_log() {
        let room = tempfile::tempdir().unwrap();
        let mut server = shell("echo the disk is full >&2; exit 3", room.path());
        let ready = server.wait_until_ready(&Interrupt::never(), |_| None::<()>);
        let Err(StartError::Failed(error)) = ready else { panic!("{ready:?}") };
        assert!(error.to_string().contains("exit code 3"), "{error}");
        assert!(error.to_string().contains("the disk is full"), "{error}");
    }

    #[test]
    fn a_taken_port_is_told_from_other_failures() {
        let room = tempfile::tempdir().unwrap();
        let mut server = shell("echo bind: Address already in use; exit 1", room.path());
        let ready = server.wait_until_ready(&Interrupt::never(), |_| None::<()>);
        assert!(matches!(ready, Err(StartError::PortTaken)), "{ready:?}");
    }

    #[test]
    fn the_children_of_a_server_end_with_it() {
        let room = tempfile::tempdir().unwrap();
        let mut server = shell("sleep 60 & echo child $!; wait", room.path());
        let child = server.wait_until_ready(&Interrupt::never(), |log| {
            log.strip_prefix("child ").and_then(|rest| rest.trim().parse().ok())
        });
        let child = child.unwrap();
        assert!(alive(child));
        drop(server);
        assert!(wait_at_most(Duration::from_secs(5), || !alive(child)));
    }

    #[test]
    fn no_two_passwords_are_the_same() {
        assert_ne!(password().unwrap(), password().unwrap());
        assert_eq!(password().unwrap().len(), 32);
    }
}
