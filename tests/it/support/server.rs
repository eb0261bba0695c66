use std::collections::HashSet;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::ExitStatus;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process};
use tempfile::TempDir;
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::process::Child;
use tokio::task::JoinHandle;

use super::command::Call;
use super::databases::{Database, FreshDatabase};
use super::ports::free_address;
use super::{Outcome, PATIENCE, eventually, portico};

/// Four fronts over Portico's own accounts: three of one community, `/elsewhere/` of another.
const FRONTS: &str = r#"
[[front]]
path = "/im/"
title = "Open to all"
authenticators = ["native"]
mode = "open-community"
[front.options]
unknown_names = "form"

[[front]]
path = "/second/"
authenticators = ["native"]
mode = "open-community"
[front.options]
unknown_names = "form"

[[front]]
path = "/strict/"
authenticators = ["native"]
mode = "normal"
[front.options]
unknown_names = "form"

[[front]]
path = "/elsewhere/"
authenticators = ["native"]
mode = "open-community"
community = "elsewhere"
[front.options]
unknown_names = "form"
"#;

/// Portico's own accounts, with the cheapest hashes that are allowed.
pub(crate) const NATIVE: &str = r#"
[authenticator.native]
kind = "native"
[authenticator.native.argon2]
memory_kib = 7168
passes = 5
"#;

/// A server to be.
#[derive(Debug)]
pub(crate) struct Builder {
    database: Database,
    server: String,
    login: String,
    sections: String,
    folder: TempDir,
}

/// A server on this database with four fronts over native accounts.
pub(crate) fn builder(database: Database) -> Builder {
    Builder {
        database,
        server: String::new(),
        login: String::new(),
        sections: format!("{NATIVE}{FRONTS}"),
        folder: tempfile::Builder::new().prefix("portico-it-").tempdir().expect("a temporary folder"),
    }
}

impl Builder {
    /// A line of `[server]`; `{port}` stands for the one it listens on.
    pub(crate) fn server(mut self, line: &str) -> Self {
        self.server.push_str(line);
        self.server.push('\n');
        self
    }

    /// A line of `[login]`.
    pub(crate) fn login(mut self, line: &str) -> Self {
        self.login.push_str(line);
        self.login.push('\n');
        self
    }

    /// These sections instead of the four fronts.
    pub(crate) fn sections(mut self, sections: &str) -> Self {
        self.sections = sections.to_owned();
        self
    }

    /// These sections beside the four fronts.
    pub(crate) fn and(mut self, sections: &str) -> Self {
        self.sections.push_str(sections);
        self
    }

    /// The folder of the configuration.
    pub(crate) fn folder(&self) -> &std::path::Path {
        self.folder.path()
    }

    /// Everything but the process.
    pub(crate) async fn prepare(self) -> TestServer {
        let database = self.database.fresh(&self.folder).await;
        let http = reqwest::Client::builder()
            // A restarted server knows nothing of old connections.
            .pool_max_idle_per_host(0)
            .timeout(Duration::from_secs(70))
            .redirect(reqwest::redirect::Policy::none())
            .no_proxy()
            .build();
        let server = TestServer {
            http: http.expect("an HTTP client"),
            public: free_address(),
            management: free_address(),
            process: None,
            log: Arc::default(),
            secrets: Mutex::default(),
            server: self.server,
            login: self.login,
            sections: self.sections,
            database,
            folder: self.folder,
        };
        server.configure();
        server
    }

    /// A running server.
    pub(crate) async fn start(self) -> TestServer {
        let mut server = self.prepare().await;
        server.start().await;
        server
    }
}

/// A server, its folder and its database. Dropping it kills the process, and looks for panics and secrets in its log.
#[derive(Debug)]
pub(crate) struct TestServer {
    pub(crate) http: reqwest::Client,
    /// Where people come in.
    pub(crate) public: SocketAddr,
    /// Where `/metrics` is.
    pub(crate) management: SocketAddr,
    process: Option<(Child, JoinHandle<()>)>,
    log: Arc<Mutex<String>>,
    secrets: Mutex<HashSet<String>>,
    server: String,
    login: String,
    /// What follows `[server]` and `[login]` in the configuration.
    pub(crate) sections: String,
    /// Portico's own database.
    pub(crate) database: FreshDatabase,
    folder: TempDir,
}

impl TestServer {
    /// The configuration file.
    pub(crate) fn config(&self) -> PathBuf {
        self.folder.path().join("portico.toml")
    }

    /// A file beside the configuration.
    pub(crate) fn file(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Writes the configuration file.
    pub(crate) fn configure(&self) {
        // All tests come from one address.
        let generous = "max_failures_per_address = 1000000\n";
        let generous = if self.login.contains("max_failures_per_address") { "" } else { generous };
        let text = format!(
            "[server]\nlisten = \"{}\"\nmanagement_listen = \"{}\"\ndatabase_url = \"{}\"\n{}\n[login]\n{generous}{}\n{}",
            self.public,
            self.management,
            self.database.url,
            self.server.replace("{port}", &self.public.port().to_string()),
            self.login,
            self.sections
        );
        std::fs::write(self.config(), text).expect("the configuration can be written");
    }

    /// Starts the process and waits until it listens. Takes other ports when somebody was faster.
    pub(crate) async fn start(&mut self) {
        for _ in 0..5 {
            if self.try_start().await {
                return;
            }
            self.public = free_address();
            self.management = free_address();
            self.configure();
        }
        panic!("the server does not start:\n{}", self.log());
    }

    async fn try_start(&mut self) -> bool {
        assert!(self.process.is_none(), "it runs already");
        let before = self.log().len();
        let mut child = self.call("serve", &[]).into_command().spawn().expect("the binary starts");
        let reading = tokio::spawn(keep_lines(child.stderr.take().expect("a pipe"), Arc::clone(&self.log)));
        let log = Arc::clone(&self.log);
        let listens = eventually("the server listens", async || {
            let said = log.lock().unwrap()[before..].to_owned();
            match child.try_wait().expect("its state is known") {
                Some(_) => Some(false),
                None => said.contains("listening address=").then_some(true),
            }
        })
        .await;
        if listens {
            self.process = Some((child, reading));
            return true;
        }
        let _ = reading.await;
        let said = self.log()[before..].to_owned();
        assert!(said.contains("can't listen there"), "the server did not start:\n{said}");
        false
    }

    /// The call `portico COMMAND --config FILE ARGUMENTS…`.
    pub(crate) fn call(&self, command: &str, arguments: &[&str]) -> Call {
        let config = self.config();
        let words = command.split(' ').map(std::ffi::OsString::from);
        let config = ["--config".into(), config.into_os_string()];
        portico(words.chain(config).chain(arguments.iter().map(std::ffi::OsString::from)))
    }

    /// `portico serve` when it ends by itself.
    pub(crate) async fn serve_and_fail(&self) -> Outcome {
        self.call("serve", &[]).run().await
    }

    fn signal(&self, signal: Signal) {
        let (child, _) = self.process.as_ref().expect("it runs");
        let id = child.id().and_then(|id| i32::try_from(id).ok()).and_then(Pid::from_raw);
        kill_process(id.expect("a process"), signal).expect("the signal arrives");
    }

    /// SIGHUP: it reads its configuration again.
    pub(crate) fn hang_up(&self) {
        self.signal(Signal::HUP);
    }

    async fn wait(&mut self) -> ExitStatus {
        let (mut child, reading) = self.process.take().expect("it runs");
        let status = tokio::time::timeout(PATIENCE, child.wait()).await.expect("the server ends");
        let _ = reading.await;
        status.expect("it had a status")
    }

    /// SIGTERM; it must end with status 0.
    pub(crate) async fn terminate(&mut self) {
        self.signal(Signal::TERM);
        let status = self.wait().await;
        assert_eq!(status.code(), Some(0), "{}", self.log());
    }

    /// `kill -9`
    pub(crate) async fn kill_9(&mut self) {
        self.signal(Signal::KILL);
        self.wait().await;
    }

    /// SIGTERM and a new process at the same addresses.
    pub(crate) async fn restart(&mut self) {
        self.terminate().await;
        self.start_again().await;
    }

    /// A new process at the same addresses.
    pub(crate) async fn start_again(&mut self) {
        assert!(self.try_start().await, "somebody took the server's port:\n{}", self.log());
    }

    /// What the server has logged.
    pub(crate) fn log(&self) -> String {
        self.log.lock().unwrap().clone()
    }

    /// `http://127.0.0.1:PORT`
    pub(crate) fn origin(&self) -> String {
        format!("http://{}", self.public)
    }

    /// Where a front's calls are.
    pub(crate) fn api(&self, front: &str) -> String {
        format!("{}{front}api/v1/", self.origin())
    }

    /// A text that must not stand in the log.
    pub(crate) fn keep_secret(&self, secret: &str) {
        // Shorter ones could stand there by chance.
        if secret.len() >= 12 {
            self.secrets.lock().unwrap().insert(secret.to_owned());
        }
    }

    /// A page of the management listener.
    pub(crate) async fn manage(&self, path: &str) -> (u16, String) {
        let response =
            self.http.get(format!("http://{}{path}", self.management)).send().await.expect("an answer");
        (response.status().as_u16(), response.text().await.expect("a text"))
    }

    /// The value of a counter without labels.
    pub(crate) async fn metric(&self, name: &str) -> u64 {
        let (_, text) = self.manage("/metrics").await;
        let line = text.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(' '));
        line.unwrap_or_else(|| panic!("no {name} in {text}")).parse().expect("a number")
    }

    /// Waits until so many polls are open.
    pub(crate) async fn polls_wait(&self, number: u64) {
        eventually("the polls are open", async || {
            (self.metric("portico_open_polls").await == number).then_some(())
        })
        .await;
    }

    /// SQL statements so far.
    pub(crate) async fn statements(&self) -> u64 {
        self.metric("portico_store_statements_total").await
    }

    /// SQL statements so far, once nothing is done any more that belongs to the start or is written behind.
    pub(crate) async fn statements_at_rest(&self) -> u64 {
        let mut before = self.statements().await;
        for _ in 0..30 {
            tokio::time::sleep(Duration::from_secs(1)).await;
            let now = self.statements().await;
            if now == before {
                return now;
            }
            before = now;
        }
        panic!("the server finds no rest");
    }

    /// Password hashes so far.
    pub(crate) async fn hashes(&self) -> u64 {
        self.metric("portico_password_hashes_total").await
    }
}

async fn keep_lines(pipe: tokio::process::ChildStderr, log: Arc<Mutex<String>>) {
    let mut lines = BufReader::new(pipe).lines();
    while let Ok(Some(line)) = lines.next_line().await {
        let mut log = log.lock().unwrap();
        log.push_str(&line);
        log.push('\n');
    }
}

impl Drop for TestServer {
    fn drop(&mut self) {
        if let Some((mut child, _)) = self.process.take() {
            let _ = child.start_kill();
        }
        let log = self.log();
        if std::thread::panicking() {
            println!("the server said:\n{log}");
            return;
        }
        assert!(!log.contains("panicked"), "the server panicked:\n{log}");
        for secret in self.secrets.lock().unwrap().iter() {
            assert!(!log.contains(secret), "a secret stands in the log:\n{log}");
        }
    }
}
