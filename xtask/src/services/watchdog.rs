//! A shell that waits for our death: nobody can stop servers after SIGKILL, except somebody who survives it.

use std::io::Write;
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Child, ChildStdin, Command, Stdio};

use anyhow::{Context, Result};

/// Collects process groups. If its input ends without a farewell, kills them and removes the folder `$1`.
const SCRIPT: &str = r#"
groups=
while read -r word group; do
    case $word in
        watch) groups="$groups $group" ;;
        farewell) exit 0 ;;
    esac
done
for group in $groups; do kill -s KILL -- "-$group"; done
for attempt in 1 2 3 4 5; do rm -rf -- "$1" && exit 0; sleep 1; done
"#;

/// Dropping dismisses it: after the servers were stopped.
#[derive(Debug)]
pub(super) struct Watchdog {
    shell: Child,
    /// `None` once dismissed. Closed by the system when this process dies, however it dies.
    input: Option<ChildStdin>,
}

impl Watchdog {
    /// Starts to watch over `folder`.
    pub(super) fn start(folder: &Path) -> Result<Self> {
        let mut command = Command::new("/bin/sh");
        command.args(["-c", SCRIPT, "sh"]).arg(folder).current_dir("/").process_group(0);
        command.stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::null());
        let mut shell = command.spawn().context("can't run /bin/sh")?;
        let input = shell.stdin.take();
        Ok(Self { shell, input })
    }

    /// From now on the group led by the process `leader` ends with us.
    pub(super) fn watch(&mut self, leader: u32) -> Result<()> {
        let input = self.input.as_mut().context("the watchdog was dismissed")?;
        writeln!(input, "watch {leader}").context("the watchdog is gone")
    }
}

impl Drop for Watchdog {
    fn drop(&mut self) {
        if let Some(mut input) = self.input.take() {
            // Fails only if it is gone already.
            let _ = writeln!(input, "farewell");
        }
        let _ = self.shell.wait();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sleeper() -> Child {
        Command::new("sleep").arg("60").process_group(0).spawn().unwrap()
    }

    #[test]
    fn what_it_watches_ends_when_its_input_ends_without_a_farewell() {
        let folder = tempfile::tempdir().unwrap().keep();
        let mut sleeper = sleeper();
        let mut watchdog = Watchdog::start(&folder).unwrap();
        watchdog.watch(sleeper.id()).unwrap();
        drop(watchdog.input.take()); // as the system does at our death
        assert!(!sleeper.wait().unwrap().success());
        watchdog.shell.wait().unwrap();
        assert!(!folder.exists());
    }

    #[test]
    fn a_dismissed_watchdog_bites_nobody() {
        let folder = tempfile::tempdir().unwrap();
        let mut sleeper = sleeper();
        let mut watchdog = Watchdog::start(folder.path()).unwrap();
        watchdog.watch(sleeper.id()).unwrap();
        drop(watchdog);
        assert!(sleeper.try_wait().unwrap().is_none());
        assert!(folder.path().exists());
        sleeper.kill().unwrap();
        sleeper.wait().unwrap();
    }
}
