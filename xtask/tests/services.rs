//! `cargo xtask services` as a process: what it gives to a command, and that nothing outlives it.
#![cfg(unix)]
#![expect(clippy::unwrap_used, reason = "a test: what is unexpected here ends it")]

use std::io::{BufRead, BufReader, Read};
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdout, Command, Stdio};
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process};

/// Folder and ports of a run that is going on.
struct Run {
    xtask: Child,
    /// Held open: more is printed than is read, and whoever prints into a closed pipe ends with an error.
    _output: BufReader<ChildStdout>,
    variables: Vec<(String, String)>,
    /// The temporary folder it works in.
    folder: PathBuf,
    _parent: tempfile::TempDir,
}

/// `cargo xtask services` without a command, once it has printed its variables.
fn start() -> Run {
    let parent = tempfile::tempdir_in("/tmp").unwrap();
    // The servers' users must get through.
    std::fs::set_permissions(parent.path(), std::os::unix::fs::PermissionsExt::from_mode(0o755)).unwrap();
    let mut xtask = Command::new(env!("CARGO_BIN_EXE_xtask"))
        .args(["services", "--no-install"])
        .env("TMPDIR", parent.path())
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut output = BufReader::new(xtask.stdout.take().unwrap());
    let variables: Vec<_> = output
        .by_ref()
        .lines()
        .map_while(Result::ok)
        .take(5)
        .filter_map(|line| {
            let (name, value) = line.strip_prefix("export ")?.split_once('=')?;
            Some((name.to_owned(), value.trim_matches('\'').to_owned()))
        })
        .collect();
    assert_eq!(variables.len(), 5, "the services did not start: {:?}", xtask.try_wait());
    let folder = std::fs::read_dir(parent.path()).unwrap().next().unwrap().unwrap().path();
    Run { xtask, _output: output, variables, folder, _parent: parent }
}

impl Run {
    fn ports(&self) -> Vec<u16> {
        let urls = self.variables.iter().filter(|(name, _)| name.ends_with("_URL"));
        urls.map(|(_, url)| url.rsplit_once(':').unwrap().1.parse().unwrap()).collect()
    }

    fn signal(&self, signal: Signal) {
        kill_process(Pid::from_child(&self.xtask), signal).unwrap();
    }

    /// Asserts that ports are free and no process of the run is left, within a few seconds.
    fn assert_nothing_is_left(&self) {
        for port in self.ports() {
            eventually(&format!("port {port} is free"), || TcpListener::bind(("127.0.0.1", port)).is_ok());
        }
        eventually("no process is left", || processes_of(&self.folder).is_empty());
    }
}

fn eventually(what: &str, mut holds: impl FnMut() -> bool) {
    let start = Instant::now();
    while !holds() {
        assert!(start.elapsed() < Duration::from_secs(20), "not within 20 s: {what}");
        #[expect(clippy::disallowed_methods, reason = "a test without a reactor")]
        std::thread::sleep(Duration::from_millis(20));
    }
}

/// Command lines that name the folder, as those of all servers and browsers do.
fn processes_of(folder: &Path) -> Vec<String> {
    let output = Command::new("ps").args(["-eo", "args"]).output().unwrap();
    let folder = folder.to_str().unwrap();
    String::from_utf8_lossy(&output.stdout)
        .lines()
        .filter(|line| line.contains(folder))
        .map(str::to_owned)
        .collect()
}

#[test]
#[ignore = "needs MariaDB, PostgreSQL and chromedriver: run cargo xtask test"]
fn sigterm_stops_the_servers_and_removes_their_data() {
    let mut run = start();
    let ports = run.ports();
    assert_eq!(ports.len(), 3);
    for port in ports {
        assert!(TcpStream::connect(("127.0.0.1", port)).is_ok(), "nobody listens on {port}");
    }
    assert!(!processes_of(&run.folder).is_empty());

    run.signal(Signal::TERM);
    assert_eq!(run.xtask.wait().unwrap().code(), Some(0));
    run.assert_nothing_is_left();
    assert!(!run.folder.exists());
}

#[test]
#[ignore = "needs MariaDB, PostgreSQL and chromedriver: run cargo xtask test"]
fn sigkill_leaves_as_little_behind() {
    let mut run = start();
    run.signal(Signal::KILL);
    run.xtask.wait().unwrap();
    run.assert_nothing_is_left();
    eventually("its folder is removed", || !run.folder.exists());
}

#[test]
#[ignore = "needs MariaDB, PostgreSQL and chromedriver: run cargo xtask test"]
fn a_command_sees_the_variables_and_its_exit_code_is_ours() {
    let script = "test -n \"$PORTICO_TEST_MARIADB_URL$PORTICO_TEST_POSTGRES_URL$PORTICO_TEST_CHROMEDRIVER_URL\" \
                  && test \"$PORTICO_REQUIRE_SERVICES\" = 1 && exit 7";
    let status = Command::new(env!("CARGO_BIN_EXE_xtask"))
        .args(["services", "--no-install", "--", "sh", "-c", script])
        .status()
        .unwrap();
    assert_eq!(status.code(), Some(7));
}
