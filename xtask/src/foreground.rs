//! The command somebody is waiting for: it has this terminal, its exit code counts, and it ends when we are told to.

use std::io::{BufRead, BufReader, Write};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::mpsc;
use std::time::Duration;

use anyhow::{Context, Result};

use crate::interrupt::{Interrupt, wait_at_most};

/// How long a command may take to end after it was asked to; then it is killed.
const GRACE: Duration = Duration::from_secs(10);

/// Runs `command` to its end.
///
/// On a signal it is asked to end, killed after ten seconds, and the error is [`Interrupted`].
///
/// [`Interrupted`]: crate::interrupt::Interrupted
pub(crate) fn run(command: &mut Command, interrupt: &Interrupt) -> Result<ExitStatus> {
    Job::start(command, leads_group())?.wait(interrupt)
}

/// Like [`run`], for a command that has no business with the terminal.
#[cfg(unix)]
pub(crate) fn run_apart(command: &mut Command, interrupt: &Interrupt) -> Result<ExitStatus> {
    Job::start(command, true)?.wait(interrupt)
}

/// Like [`run`], and returns the lines of its standard output, which are shown as they come.
pub(crate) fn run_reading(command: &mut Command, interrupt: &Interrupt) -> Result<(ExitStatus, Vec<String>)> {
    read(command, interrupt, |line| {
        // A broken standard output leaves nobody to show it to.
        let _ = writeln!(std::io::stdout(), "{line}");
    })
}

/// Like [`run_reading`], for output that is meant for us alone.
pub(crate) fn run_silently(
    command: &mut Command,
    interrupt: &Interrupt,
) -> Result<(ExitStatus, Vec<String>)> {
    read(command, interrupt, |_| {})
}

fn read(
    command: &mut Command,
    interrupt: &Interrupt,
    show: impl Fn(&str) + Send + 'static,
) -> Result<(ExitStatus, Vec<String>)> {
    let mut job = Job::start(command.stdout(Stdio::piped()), leads_group())?;
    let output = job.child.stdout.take().context("the command has no standard output")?;
    let (sender, lines) = mpsc::channel();
    std::thread::spawn(move || {
        for line in BufReader::new(output).split(b'\n').map_while(Result::ok) {
            let line = String::from_utf8_lossy(&line).into_owned();
            show(&line);
            if sender.send(line).is_err() {
                return;
            }
        }
    });
    let status = job.wait(interrupt)?;
    // Not until the end of the pipe: something the command left behind may hold it open for ever.
    let lines = std::iter::from_fn(|| lines.recv_timeout(Duration::from_secs(2)).ok()).collect();
    Ok((status, lines))
}

/// The exit code a shell would report.
pub(crate) fn exit_code(status: ExitStatus) -> u8 {
    #[cfg(unix)]
    if let Some(signal) = std::os::unix::process::ExitStatusExt::signal(&status) {
        return u8::try_from(128 + signal).unwrap_or(1);
    }
    status.code().and_then(|code| u8::try_from(code).ok()).unwrap_or(1)
}

/// How to say that a command failed.
pub(crate) fn describe(status: ExitStatus) -> String {
    match status.code() {
        Some(code) => format!("exit code {code}"),
        None => status.to_string(),
    }
}

/// A command leads a process group of its own, so that nothing it started outlives it. Not on a terminal: reading from
/// it is the right of the terminal's foreground group, which is ours.
#[cfg(unix)]
fn leads_group() -> bool {
    !std::io::IsTerminal::is_terminal(&std::io::stdin())
}

/// Process groups are Unix's.
#[cfg(not(unix))]
fn leads_group() -> bool {
    false
}

struct Job {
    child: Child,
    #[cfg(unix)]
    leads_group: bool,
}

impl Job {
    fn start(command: &mut Command, leads_group: bool) -> Result<Self> {
        if leads_group {
            #[cfg(unix)]
            std::os::unix::process::CommandExt::process_group(command, 0);
        }
        let name = command.get_program().to_string_lossy().into_owned();
        let child = command.spawn().with_context(|| format!("can't start `{name}`"))?;
        Ok(Self {
            child,
            #[cfg(unix)]
            leads_group,
        })
    }

    fn wait(mut self, interrupt: &Interrupt) -> Result<ExitStatus> {
        loop {
            if let Some(status) = self.child.try_wait()? {
                return Ok(status);
            }
            interrupt.tick()?; // dropping ends the command
        }
    }
}

#[cfg(unix)]
impl Drop for Job {
    fn drop(&mut self) {
        use rustix::process::{Pid, Signal, kill_process, kill_process_group};

        let pid = Pid::from_child(&self.child);
        let signal = |signal| {
            // The only failure is that nobody is left to get it.
            let _ =
                if self.leads_group { kill_process_group(pid, signal) } else { kill_process(pid, signal) };
        };
        let gone = |child: &mut Child| !matches!(child.try_wait(), Ok(None));
        if !gone(&mut self.child) {
            signal(Signal::TERM);
            wait_at_most(GRACE, || gone(&mut self.child));
        }
        if self.leads_group || !gone(&mut self.child) {
            signal(Signal::KILL);
            wait_at_most(GRACE, || gone(&mut self.child));
        }
    }
}

#[cfg(not(unix))]
impl Drop for Job {
    fn drop(&mut self) {
        let _ = self.child.kill();
        wait_at_most(GRACE, || !matches!(self.child.try_wait(), Ok(None)));
    }
}
