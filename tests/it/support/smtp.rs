//! A mail server for the tests: it keeps what it is given, and fails as it is told (RFC 5321, RFC 3207).

use std::collections::VecDeque;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

use rustls::ServerConfig;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use tokio::io::{AsyncBufReadExt, AsyncRead, AsyncWrite, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;
use tokio_rustls::TlsAcceptor;

use super::eventually;

/// What becomes of one connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Fault {
    /// 451 for each sender: later.
    Busy,
    /// 550 for each recipient: never.
    Refuses,
    /// It is taken, and nothing is ever said.
    Hangs,
    /// The letter is taken, and the connection breaks before that is said.
    DropsAfterData,
}

/// A letter as it came.
#[derive(Debug, Clone)]
pub(crate) struct Mail {
    pub(crate) sender: String,
    pub(crate) recipients: Vec<String>,
    /// Headers and text, without the dots that lines may be stuffed with.
    pub(crate) data: String,
}

#[derive(Debug, Default)]
struct Seen {
    faults: VecDeque<Fault>,
    taken: Vec<Mail>,
    /// Letters after which the connection broke.
    dropped: Vec<Mail>,
    connections: usize,
    hanging: usize,
    logins: usize,
    /// Logins and letters that came without TLS.
    in_the_clear: usize,
}

/// How it is spoken to.
#[derive(Clone)]
enum Speech {
    Clear,
    /// After a request for it.
    StartTls(TlsAcceptor),
    /// From the first byte.
    Tls(TlsAcceptor),
}

/// A mail server. It ends with this value.
#[derive(Debug)]
pub(crate) struct MailServer {
    pub(crate) address: SocketAddr,
    seen: Arc<Mutex<Seen>>,
    _serving: JoinSet<()>,
}

impl MailServer {
    /// One whose first connections fail like this.
    pub(crate) async fn start(faults: &[Fault]) -> Self {
        Self::start_at(free_port(), faults).await
    }

    /// The same at this address.
    pub(crate) async fn start_at(address: SocketAddr, faults: &[Fault]) -> Self {
        Self::serve(address, faults, Speech::Clear).await
    }

    /// One that has TLS inside the connection, with the certificate of this name.
    pub(crate) async fn start_with_starttls(certificate: &str) -> Self {
        Self::serve(free_port(), &[], Speech::StartTls(acceptor(certificate))).await
    }

    /// One that has TLS from the first byte, with the certificate of this name.
    pub(crate) async fn start_with_tls(certificate: &str) -> Self {
        Self::serve(free_port(), &[], Speech::Tls(acceptor(certificate))).await
    }

    async fn serve(address: SocketAddr, faults: &[Fault], speech: Speech) -> Self {
        let listener = TcpListener::bind(address).await.expect("a port");
        let address = listener.local_addr().expect("an address");
        let seen = Arc::new(Mutex::new(Seen { faults: faults.iter().copied().collect(), ..Seen::default() }));
        let mut serving = JoinSet::new();
        serving.spawn(accept(listener, Arc::clone(&seen), speech));
        Self { address, seen, _serving: serving }
    }

    /// Waits until so many letters are here, and returns them all.
    pub(crate) async fn letters(&self, count: usize) -> Vec<Mail> {
        eventually("a letter", async || {
            let taken = self.seen.lock().unwrap().taken.clone();
            (taken.len() >= count).then_some(taken)
        })
        .await
    }

    /// Letters that are here.
    pub(crate) fn taken(&self) -> usize {
        self.seen.lock().unwrap().taken.len()
    }

    /// Letters after which the connection broke.
    pub(crate) fn dropped(&self) -> Vec<Mail> {
        self.seen.lock().unwrap().dropped.clone()
    }

    /// Connections so far.
    pub(crate) fn connections(&self) -> usize {
        self.seen.lock().unwrap().connections
    }

    /// How often somebody has logged in.
    pub(crate) fn logins(&self) -> usize {
        self.seen.lock().unwrap().logins
    }

    /// Logins and letters that came without TLS.
    pub(crate) fn in_the_clear(&self) -> usize {
        self.seen.lock().unwrap().in_the_clear
    }

    /// Waits until somebody waits for an answer that never comes.
    pub(crate) async fn somebody_hangs(&self) {
        eventually("somebody hangs", async || (self.seen.lock().unwrap().hanging > 0).then_some(())).await;
    }
}

fn free_port() -> SocketAddr {
    SocketAddr::from(([127, 0, 0, 1], 0))
}

/// A file of the authority that the tests of TLS have: `ca.pem`, and certificates that are `good`, `expired`, or for
/// `elsewhere`.
pub(crate) fn certificate_file(name: &str) -> PathBuf {
    let folder = "../crates/auth-ldap-windows/tests/fake/certificates";
    Path::new(env!("CARGO_MANIFEST_DIR")).join(folder).join(name)
}

fn acceptor(certificate: &str) -> TlsAcceptor {
    let file = certificate_file(&format!("{certificate}.pem"));
    let chain = CertificateDer::pem_file_iter(file).expect("a file").map(|one| one.expect("a certificate"));
    let key = PrivateKeyDer::from_pem_file(certificate_file("server.key")).expect("a key");
    let config = ServerConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
        .with_safe_default_protocol_versions()
        .expect("the versions are known")
        .with_no_client_auth()
        .with_single_cert(chain.collect(), key)
        .expect("they fit");
    TlsAcceptor::from(Arc::new(config))
}

async fn accept(listener: TcpListener, seen: Arc<Mutex<Seen>>, speech: Speech) {
    let mut talks = JoinSet::new();
    while let Ok((stream, _)) = listener.accept().await {
        let fault = {
            let mut seen = seen.lock().unwrap();
            seen.connections += 1;
            seen.faults.pop_front()
        };
        // Who hangs up early has said all there is.
        let talk = begin(stream, fault, Arc::clone(&seen), speech.clone());
        talks.spawn(async move { _ = talk.await });
    }
}

async fn begin(
    stream: TcpStream,
    fault: Option<Fault>,
    seen: Arc<Mutex<Seen>>,
    speech: Speech,
) -> std::io::Result<()> {
    if fault == Some(Fault::Hangs) {
        seen.lock().unwrap().hanging += 1;
        return std::future::pending().await;
    }
    match speech {
        Speech::Clear => talk(greeted(stream).await?, fault, &seen, Shelter::None).await.map(drop),
        Speech::Tls(tls) => {
            let stream = greeted(tls.accept(stream).await?).await?;
            talk(stream, fault, &seen, Shelter::Tls).await.map(drop)
        }
        Speech::StartTls(tls) => match talk(greeted(stream).await?, fault, &seen, Shelter::Offered).await? {
            // Without another greeting (RFC 3207 §4.2).
            Some(stream) => talk(tls.accept(stream).await?, fault, &seen, Shelter::Tls).await.map(drop),
            None => Ok(()),
        },
    }
}

async fn greeted<S: AsyncWrite + Unpin>(mut stream: S) -> std::io::Result<S> {
    stream.write_all(b"220 mail.example.org ESMTP\r\n").await?;
    Ok(stream)
}

/// Whether others can read what is said.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Shelter {
    None,
    Offered,
    Tls,
}

/// One conversation. The stream comes back when the other side wants TLS on it.
async fn talk<S: AsyncRead + AsyncWrite + Unpin>(
    stream: S,
    fault: Option<Fault>,
    seen: &Mutex<Seen>,
    shelter: Shelter,
) -> std::io::Result<Option<S>> {
    let mut lines = BufReader::new(stream).lines();
    let mut mail = Mail { sender: String::new(), recipients: Vec::new(), data: String::new() };
    while let Some(line) = lines.next_line().await? {
        let verb = line.split([' ', ':']).next().unwrap_or_default().to_ascii_uppercase();
        let answer = match verb.as_str() {
            "EHLO" if shelter == Shelter::Offered => "250-mail.example.org\r\n250 STARTTLS",
            "EHLO" => "250-mail.example.org\r\n250-8BITMIME\r\n250 AUTH PLAIN",
            "STARTTLS" if shelter == Shelter::Offered => {
                lines.get_mut().write_all(b"220 go on\r\n").await?;
                return Ok(Some(lines.into_inner().into_inner()));
            }
            "AUTH" => {
                let mut seen = seen.lock().unwrap();
                seen.logins += 1;
                seen.in_the_clear += usize::from(shelter != Shelter::Tls);
                "235 2.7.0 welcome"
            }
            "MAIL" if fault == Some(Fault::Busy) => "451 4.3.2 later",
            "MAIL" => {
                mail.sender = address(&line);
                "250 2.1.0 ok"
            }
            "RCPT" if fault == Some(Fault::Refuses) => "550 5.1.1 nobody of that name",
            "RCPT" => {
                mail.recipients.push(address(&line));
                "250 2.1.5 ok"
            }
            "DATA" => {
                seen.lock().unwrap().in_the_clear += usize::from(shelter != Shelter::Tls);
                lines.get_mut().write_all(b"354 go on\r\n").await?;
                while let Some(line) = lines.next_line().await?.filter(|line| line != ".") {
                    mail.data.push_str(line.strip_prefix('.').unwrap_or(&line));
                    mail.data.push_str("\r\n");
                }
                if fault == Some(Fault::DropsAfterData) {
                    seen.lock().unwrap().dropped.push(mail);
                    return Ok(None);
                }
                seen.lock().unwrap().taken.push(mail.clone());
                "250 2.0.0 taken"
            }
            "RSET" | "NOOP" => "250 2.0.0 ok",
            "QUIT" => {
                lines.get_mut().write_all(b"221 2.0.0 bye\r\n").await?;
                return Ok(None);
            }
            _ => "502 5.5.1 not here",
        };
        lines.get_mut().write_all(format!("{answer}\r\n").as_bytes()).await?;
    }
    Ok(None)
}

/// What stands between the angle brackets.
fn address(line: &str) -> String {
    let inner = line.split_once('<').and_then(|(_, rest)| rest.split_once('>'));
    inner.map(|(address, _)| address.to_owned()).unwrap_or_else(|| panic!("no address in {line}"))
}

impl Mail {
    fn head_and_body(&self) -> (&str, &str) {
        self.data.split_once("\r\n\r\n").expect("headers and a text")
    }

    /// The lines of the headers, unfolded.
    pub(crate) fn headers(&self) -> Vec<(String, String)> {
        let head = self.head_and_body().0.replace("\r\n ", " ").replace("\r\n\t", " ");
        let header = |line: &str| {
            let (name, value) = line.split_once(": ").unwrap_or_else(|| panic!("no header: {line}"));
            (name.to_owned(), value.to_owned())
        };
        head.split("\r\n").map(header).collect()
    }

    /// The one header of this name.
    pub(crate) fn header(&self, name: &str) -> String {
        let all = self.headers();
        let mut found = all.iter().filter(|(other, _)| other.eq_ignore_ascii_case(name));
        let (_, value) = found.next().unwrap_or_else(|| panic!("no {name} in {all:?}"));
        assert!(found.next().is_none(), "{name} twice in {all:?}");
        value.clone()
    }

    /// The text, decoded.
    pub(crate) fn text(&self) -> String {
        let body = self.head_and_body().1;
        let bytes = match self.header("Content-Transfer-Encoding").as_str() {
            "7bit" | "8bit" => body.as_bytes().to_vec(),
            "quoted-printable" => unquoted(body),
            other => panic!("nobody needs {other} for words"),
        };
        String::from_utf8(bytes).expect("UTF-8")
    }

    /// The token of the link that the text has for this purpose, and the whole link.
    pub(crate) fn link(&self, purpose: &str) -> (String, String) {
        let text = self.text();
        let mark = format!("#{purpose}=");
        let line =
            text.lines().find(|line| line.contains(&mark)).unwrap_or_else(|| panic!("no link in {text}"));
        let (_, token) = line.split_once(&mark).expect("it is there");
        (line.to_owned(), token.to_owned())
    }
}

/// RFC 2045 §6.7.
fn unquoted(text: &str) -> Vec<u8> {
    let joined = text.replace("=\r\n", "");
    let mut bytes = Vec::with_capacity(joined.len());
    let mut rest = joined.as_bytes();
    while let Some((&first, after)) = rest.split_first() {
        if first != b'=' {
            bytes.push(first);
            rest = after;
            continue;
        }
        let (digits, after) = after.split_at_checked(2).expect("two digits");
        let digits = std::str::from_utf8(digits).expect("ASCII");
        bytes.push(u8::from_str_radix(digits, 16).expect("hexadecimal digits"));
        rest = after;
    }
    bytes
}
