//! Ctrl-C, SIGTERM and a closed terminal, as something to ask for: nothing is killed half-way, so what was started can
//! be stopped.

use std::fmt;
use std::time::{Duration, Instant};

/// How long a wait may go without looking whether somebody wants us to stop.
const TICK: Duration = Duration::from_millis(20);

/// Remembers the last signal that asked this process to stop.
#[derive(Debug)]
pub(crate) struct Interrupt {
    #[cfg(unix)]
    signal: std::sync::Arc<std::sync::atomic::AtomicUsize>,
}

/// A signal asked us to stop; its number.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Interrupted(i32);

impl Interrupted {
    /// The exit code a shell gives a process that died of this signal.
    pub(crate) fn exit_code(&self) -> u8 {
        u8::try_from(128 + self.0).unwrap_or(1)
    }
}

impl fmt::Display for Interrupted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "stopped by signal {}", self.0)
    }
}

impl std::error::Error for Interrupted {}

impl Interrupt {
    /// From now on SIGINT, SIGTERM and SIGHUP are remembered instead of ending the process.
    ///
    /// On other systems than Unix nothing is remembered: there Ctrl-C ends this process and its console's children.
    #[cfg(unix)]
    pub(crate) fn listen() -> std::io::Result<Self> {
        use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};

        let signal = std::sync::Arc::default();
        for number in [SIGINT, SIGTERM, SIGHUP] {
            let value = usize::try_from(number).unwrap_or_default();
            signal_hook::flag::register_usize(number, std::sync::Arc::clone(&signal), value)?;
        }
        Ok(Self { signal })
    }

    #[cfg(not(unix))]
    pub(crate) fn listen() -> std::io::Result<Self> {
        Ok(Self {})
    }

    /// Hears of no signal, so that Ctrl-C still ends a test.
    #[cfg(test)]
    pub(crate) fn never() -> Self {
        Self {
            #[cfg(unix)]
            signal: std::sync::Arc::default(),
        }
    }

    /// Fails once a signal came.
    pub(crate) fn check(&self) -> Result<(), Interrupted> {
        #[cfg(unix)]
        {
            let signal = self.signal.load(std::sync::atomic::Ordering::SeqCst);
            if signal != 0 {
                return Err(Interrupted(i32::try_from(signal).unwrap_or_default()));
            }
        }
        Ok(())
    }

    /// Waits a moment; fails as soon as a signal came.
    pub(crate) fn tick(&self) -> Result<(), Interrupted> {
        self.check()?;
        rest();
        self.check()
    }
}

/// Asks `done` every few milliseconds until it says yes or `limit` is over; whether it said yes.
pub(crate) fn wait_at_most(limit: Duration, mut done: impl FnMut() -> bool) -> bool {
    let start = Instant::now();
    loop {
        if done() {
            return true;
        }
        if start.elapsed() >= limit {
            return false;
        }
        rest();
    }
}

#[expect(clippy::disallowed_methods, reason = "xtask has no reactor whose threads a sleep could block")]
fn rest() {
    std::thread::sleep(TICK);
}
