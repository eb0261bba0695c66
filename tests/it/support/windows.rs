//! The Windows domain of the tests, its people with their tickets, and clients that use them.

use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use reqwest::Method;
use reqwest::header::HeaderMap;
use serde_json::Value;
use tempfile::TempDir;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;
use tokio::process::{Child, Command};

use super::{PATIENCE, Person, Reply, TestServer};

/// The name that the domain knows the service under.
pub(crate) const HOST: &str = "chat.example.test";
/// What the proxy of the tests knows.
pub(crate) const PROXY_SECRET: &str = "the proxy of the tests knows this";

/// Where the domain is, as `cargo xtask services` says.
#[derive(Debug, Clone)]
pub(crate) struct Domain {
    pub(crate) url: String,
    pub(crate) ca: String,
    /// Of everybody.
    pub(crate) password: String,
    pub(crate) krb5_config: PathBuf,
    pub(crate) keytab: PathBuf,
}

impl Domain {
    pub(crate) fn get() -> Self {
        let variable = |name: &str| {
            std::env::var(name).unwrap_or_else(|_| panic!("{name} is not set: run cargo xtask services"))
        };
        Self {
            url: variable("PORTICO_TEST_AD_URL"),
            ca: variable("PORTICO_TEST_AD_CA"),
            password: variable("PORTICO_TEST_AD_PASSWORD"),
            krb5_config: variable("PORTICO_TEST_KRB5_CONFIG").into(),
            keytab: variable("PORTICO_TEST_KEYTAB").into(),
        }
    }

    /// The authenticator `windows` with these keys of its own and this table for Negotiate.
    pub(crate) fn authenticator(&self, keys: &str) -> String {
        format!(
            "[authenticator.windows]\nkind = \"ldap-windows\"\nurl = \"{}\"\nca_file = \"{}\"\n\
             bind_dn = \"svc-portico@example.test\"\nbind_password = \"{}\"\n{keys}\n",
            self.url, self.ca, self.password
        )
    }

    /// The authenticator with tickets of this realm's people.
    pub(crate) fn with_tickets(&self, keys: &str) -> String {
        self.authenticator(&format!(
            "{keys}\n[authenticator.windows.negotiate]\nservice = \"HTTP/{HOST}\"\nrealms = [\"EXAMPLE.TEST\"]"
        ))
    }

    /// `[server.kerberos]`, with the domain's configuration or another one.
    pub(crate) fn kerberos(&self, config: Option<&Path>) -> String {
        let config = config.unwrap_or(&self.krb5_config);
        format!(
            "[server.kerberos]\nkeytab = \"{}\"\nconfig = \"{}\"",
            self.keytab.display(),
            config.display()
        )
    }

    /// A ticket-granting ticket, fetched with the password.
    pub(crate) async fn ticket(&self, principal: &str, keys: &[&str]) -> Ticket {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let krb5_config = folder.path().join("krb5.conf");
        let mut text = std::fs::read_to_string(&self.krb5_config).expect("the domain's configuration");
        if let Some((_, realm)) = principal.split_once('@') {
            // Its people ask their own realm for a ticket for the service.
            text = text.replace(".example.test = EXAMPLE.TEST", &format!(".example.test = {realm}"));
        }
        std::fs::write(&krb5_config, text).expect("a configuration");
        let ticket = Ticket { folder, krb5_config };
        let mut kinit = ticket.command("kinit");
        kinit.args(keys).arg(principal).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut kinit = kinit.spawn().expect("kinit is installed");
        let mut input = kinit.stdin.take().expect("a pipe");
        input.write_all(format!("{}\n", self.password).as_bytes()).await.expect("kinit reads");
        drop(input);
        let output = kinit.wait_with_output().await.expect("kinit ends");
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        ticket
    }
}

/// Somebody's tickets.
#[derive(Debug)]
pub(crate) struct Ticket {
    folder: TempDir,
    krb5_config: PathBuf,
}

impl Ticket {
    fn command(&self, program: &str) -> Command {
        let mut command = Command::new(program);
        command
            .env("KRB5_CONFIG", &self.krb5_config)
            .env("KRB5CCNAME", format!("FILE:{}", self.folder.path().join("cache").display()))
            .kill_on_drop(true);
        command
    }

    /// `curl --negotiate` to the host that the domain knows, which is really at this port here.
    pub(crate) async fn curl(&self, port: u16, path: &str, arguments: &[&str]) -> Answer {
        let mut curl = self.command("curl");
        curl.args(["--silent", "--show-error", "--include", "--negotiate", "--user", ":", "--noproxy", "*"]);
        curl.args(["--resolve", &format!("{HOST}:{port}:127.0.0.1")]).args(arguments);
        curl.arg(format!("http://{HOST}:{port}{path}"));
        let output =
            tokio::time::timeout(PATIENCE, curl.output()).await.expect("curl ends").expect("curl runs");
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        Answer::parse(&String::from_utf8(output.stdout).expect("UTF-8"))
    }

    /// Chromium at this address, until it is dropped. The host's name leads here, for it alone.
    pub(crate) fn chromium(&self, url: &str, arguments: &[&str]) -> Child {
        let folder = self.folder.path();
        let profile = folder.join(format!("profile{}", arguments.len()));
        std::fs::create_dir_all(&profile).expect("a folder");
        // A browser that has never met the challenge loads no Kerberos library at its first start.
        let met = r#"{"net":{"received_http_auth_negotiate_headers":true}}"#;
        std::fs::write(profile.join("Local State"), met).expect("a file");
        // The first name of a line is the canonical one, and the one that a ticket is asked for.
        let hosts = folder.join("hosts");
        std::fs::write(&hosts, format!("127.0.0.1 {HOST}\n127.0.0.1 localhost\n")).expect("a file");
        let script = format!("mount --bind {} /etc/hosts && exec \"$@\"", hosts.display());
        let mut chromium = self.command("unshare");
        chromium
            .args([
                "-m",
                "sh",
                "-c",
                &script,
                "sh",
                "chromium",
                "--headless",
                "--no-sandbox",
                "--disable-gpu",
            ])
            .args(["--no-first-run", "--disable-dev-shm-usage", "--remote-debugging-port=0"])
            .arg(format!("--user-data-dir={}", profile.display()))
            .args(arguments)
            .arg(url)
            .stdout(Stdio::null())
            .stderr(Stdio::null());
        chromium.spawn().expect("Chromium runs")
    }

    /// The answer to `POST session {}` with curl.
    pub(crate) async fn log_in(&self, server: &TestServer, front: &str) -> Answer {
        self.curl(server.public.port(), &format!("{front}api/v1/session"), POST_NOTHING).await
    }

    /// A fresh token for the service, in base64 as it stands in the header.
    pub(crate) async fn token(&self) -> String {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let port = listener.local_addr().expect("an address").port();
        let overheard = async {
            let (mut socket, _) = listener.accept().await.expect("curl comes");
            let mut request = Vec::new();
            while !request.windows(4).any(|end| end == b"\r\n\r\n") {
                let mut buffer = [0_u8; 8192];
                let count = socket.read(&mut buffer).await.expect("curl speaks");
                assert!(count > 0, "curl hung up");
                request.extend_from_slice(&buffer[..count]);
            }
            let _ = socket.write_all(b"HTTP/1.1 204 No Content\r\nConnection: close\r\n\r\n").await;
            String::from_utf8(request).expect("ASCII")
        };
        let (request, _) = tokio::join!(overheard, self.curl(port, "/", &[]));
        let token = request.lines().find_map(|line| line.strip_prefix("Authorization: Negotiate "));
        token.unwrap_or_else(|| panic!("no token in {request}")).trim().to_owned()
    }
}

/// What curl is told besides.
pub(crate) const POST_NOTHING: &[&str] =
    &["--request", "POST", "--header", "Content-Type: application/json", "--data", "{}"];

/// What curl was answered at last.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    headers: Vec<(String, String)>,
    pub(crate) body: String,
}

impl Answer {
    fn parse(text: &str) -> Self {
        // Earlier answers of the same exchange come first.
        let begin = text.rfind("HTTP/1.1 ").expect("an answer");
        let (head, body) = text[begin..].split_once("\r\n\r\n").expect("headers");
        let mut lines = head.lines();
        let status = lines.next().and_then(|line| line.get(9..12)).and_then(|code| code.parse().ok());
        let header = |line: &str| {
            let (name, value) = line.split_once(':')?;
            Some((name.to_ascii_lowercase(), value.trim().to_owned()))
        };
        Self {
            status: status.expect("a status"),
            headers: lines.filter_map(header).collect(),
            body: body.to_owned(),
        }
    }

    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    #[track_caller]
    pub(crate) fn expect(&self, status: u16) -> Value {
        assert_eq!(self.status, status, "{}", self.body);
        serde_json::from_str(&self.body).unwrap_or_else(|error| panic!("{error}: {}", self.body))
    }

    /// As if the client of the tests had been answered so.
    pub(crate) fn into_reply(self) -> Reply {
        Reply { status: self.status, headers: HeaderMap::new(), bytes: self.body.into_bytes() }
    }
}

/// The answer to `POST session` with this body and these headers.
pub(crate) async fn post_session(
    server: &TestServer,
    front: &str,
    body: &Value,
    headers: &[(&str, &str)],
) -> Reply {
    let mut request = server.stranger(front).request(Method::POST, "session").json(body);
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    Person::send(request).await
}

/// Waits a little longer than `seconds`.
pub(crate) async fn wait_past(seconds: u64) {
    tokio::time::sleep(Duration::from_millis(seconds * 1000 + 300)).await;
}
