use std::ffi::OsStr;
use std::path::PathBuf;
use std::process::Stdio;

use tokio::io::AsyncWriteExt;
use tokio::process::Command;

use super::PATIENCE;

/// A call of the command line.
#[derive(Debug)]
pub(crate) struct Call {
    command: Command,
    input: Vec<u8>,
}

/// How a call ended.
#[derive(Debug)]
pub(crate) struct Outcome {
    /// The exit status; `None` after a signal.
    pub(crate) status: Option<i32>,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

/// The binary under test.
pub(crate) fn binary() -> PathBuf {
    if let Some(path) = std::env::var_os("PORTICO_BIN") {
        return PathBuf::from(path);
    }
    let here = std::env::current_exe().expect("this test has a path");
    let folder = here.parent().and_then(std::path::Path::parent).expect("a test lies in target/PROFILE/deps");
    let path = folder.join(format!("portico{}", std::env::consts::EXE_SUFFIX));
    assert!(path.exists(), "{} is missing; build it first: cargo build -p portico-server", path.display());
    path
}

/// `portico ARGUMENTS…`, with nothing of this process's environment that could configure it.
pub(crate) fn portico(arguments: impl IntoIterator<Item = impl AsRef<OsStr>>) -> Call {
    let mut command = Command::new(binary());
    for (name, _) in std::env::vars_os() {
        if name.to_str().is_some_and(|name| name.starts_with("PORTICO_")) {
            command.env_remove(name);
        }
    }
    command
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .kill_on_drop(true);
    Call { command, input: Vec::new() }
}

impl Call {
    /// With this on standard input.
    pub(crate) fn input(mut self, bytes: impl Into<Vec<u8>>) -> Self {
        self.input = bytes.into();
        self
    }

    /// From this folder.
    pub(crate) fn folder(mut self, folder: &std::path::Path) -> Self {
        self.command.current_dir(folder);
        self
    }

    /// With this variable in the environment.
    pub(crate) fn env(mut self, name: &str, value: &str) -> Self {
        self.command.env(name, value);
        self
    }

    /// The process, for whoever talks to it while it runs.
    pub(crate) fn into_command(self) -> Command {
        self.command
    }

    /// Waits for its end.
    pub(crate) async fn run(mut self) -> Outcome {
        let mut child = self.command.spawn().expect("the binary starts");
        let mut stdin = child.stdin.take().expect("a pipe");
        let input = self.input;
        // A process that needs no input may be gone before it got any.
        let writing = tokio::spawn(async move { stdin.write_all(&input).await });
        let output = tokio::time::timeout(PATIENCE * 2, child.wait_with_output()).await;
        let output = output.expect("the command ends").expect("its output can be read");
        let _ = writing.await;
        Outcome {
            status: output.status.code(),
            stdout: String::from_utf8(output.stdout).expect("UTF-8"),
            stderr: String::from_utf8(output.stderr).expect("UTF-8"),
        }
    }
}

impl Outcome {
    /// Standard output of a call that ended with this status.
    #[track_caller]
    pub(crate) fn expect(&self, status: i32) -> &str {
        assert_eq!(self.status, Some(status), "{}\n{}", self.stdout, self.stderr);
        &self.stdout
    }

    /// Standard output as one JSON value.
    #[track_caller]
    pub(crate) fn json(&self, status: i32) -> serde_json::Value {
        serde_json::from_str(self.expect(status)).unwrap_or_else(|error| panic!("{error}: {}", self.stdout))
    }

    /// Asserts that standard error says all of this.
    #[track_caller]
    pub(crate) fn says(&self, texts: &[&str]) {
        for text in texts {
            assert!(self.stderr.contains(text), "`{text}` is missing in: {}", self.stderr);
        }
    }
}
