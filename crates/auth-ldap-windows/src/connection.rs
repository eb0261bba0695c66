//! One connection to one server.

use std::net::SocketAddr;
use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::Duration;

use futures_util::FutureExt;
use ldap3::controls::{Control, ControlType, PagedResults, RawControl};
use ldap3::{Ldap, LdapConnAsync, LdapConnSettings, LdapError, LdapResult, Scope, StdStream};
use rustls::ClientConfig;
use tokio::net::TcpStream;
use tokio::task::JoinHandle;
use tokio::time::{Instant, timeout, timeout_at};

use crate::bind::{BindAnswer, PASSWORD_POLICY, Secret, said};
use crate::entry::Entry;
use crate::fault::{Fault, FaultKind, Step};
use crate::filter::Filter;
use crate::server::{Protection, Server};
use crate::tls;

/// How long things may take.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Patience {
    /// From the name to a connection with TLS.
    pub(crate) connect: Duration,
    /// One question and all of its answer.
    pub(crate) operation: Duration,
}

/// Most entries in a page of an answer that is wanted as a whole.
const AT_ONCE: u16 = 200;

/// A question.
#[derive(Debug, Clone)]
pub(crate) struct Search {
    pub(crate) base: String,
    pub(crate) scope: Scope,
    pub(crate) filter: Filter,
    pub(crate) attributes: Vec<String>,
}

impl Search {
    /// The entry `base` itself.
    pub(crate) fn entry(base: impl Into<String>, attributes: Vec<String>) -> Self {
        Self { base: base.into(), scope: Scope::Base, filter: Filter::anything(), attributes }
    }

    /// Everything at and below `base` that fits.
    pub(crate) fn below(base: impl Into<String>, filter: Filter, attributes: Vec<String>) -> Self {
        Self { base: base.into(), scope: Scope::Subtree, filter, attributes }
    }
}

/// A part of an answer.
#[derive(Debug)]
pub(crate) struct Page {
    pub(crate) entries: Vec<Entry>,
    /// What the server wants to see for the next page; empty when there is none.
    pub(crate) cookie: Vec<u8>,
}

/// A connection. It is fit for further questions only after a question was answered completely: who gives up a question
/// drops the connection.
pub(crate) struct Connection {
    ldap: Ldap,
    driver: JoinHandle<Result<(), LdapError>>,
    server: Arc<str>,
    patience: Patience,
}

impl std::fmt::Debug for Connection {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Connection").field("server", &self.server).finish_non_exhaustive()
    }
}

impl Drop for Connection {
    fn drop(&mut self) {
        self.driver.abort();
    }
}

impl Connection {
    /// Connects to `server`: every address of its name in turn.
    pub(crate) async fn open(
        server: &Server,
        tls: &Arc<ClientConfig>,
        patience: Patience,
    ) -> Result<Self, Fault> {
        let name = server.to_string();
        let deadline = Instant::now() + patience.connect;
        let late = |step| {
            Fault::new(
                FaultKind::Unavailable,
                step,
                &name,
                format!("no answer within {:?}", patience.connect),
            )
        };
        let addresses =
            timeout_at(deadline, resolve(server, &name)).await.map_err(|_| late(Step::Resolve))??;
        let stream =
            timeout_at(deadline, connect(&addresses, &name)).await.map_err(|_| late(Step::Connect))??;
        let connecting = |error: std::io::Error| {
            Fault::new(FaultKind::Unavailable, Step::Connect, &name, error.to_string()).caused_by(error)
        };
        let stream = stream.into_std().map_err(connecting)?;
        let settings = LdapConnSettings::new()
            .set_std_stream(StdStream::Tcp(stream))
            .set_config(Arc::clone(tls))
            .set_starttls(server.protection == Protection::StartTls);
        let handshake = AssertUnwindSafe(LdapConnAsync::with_settings(settings, &name)).catch_unwind();
        let (driver, ldap) = match timeout_at(deadline, handshake).await {
            Ok(Ok(Ok(pair))) => pair,
            Ok(Ok(Err(error))) => return Err(handshake_fault(error, server, &name)),
            Ok(Err(_panic)) => return Err(nonsense(Step::Tls, &name)),
            Err(_) => return Err(late(Step::Tls)),
        };
        let driver = tokio::spawn(driver.drive());
        Ok(Self { ldap, driver, server: name.into(), patience })
    }

    /// Where this leads.
    pub(crate) fn server(&self) -> &str {
        &self.server
    }

    /// Whether the other side has ended it, as far as is known here.
    pub(crate) fn is_over(&mut self) -> bool {
        self.ldap.is_closed() || self.driver.is_finished()
    }

    /// Shows a name and a password.
    pub(crate) async fn bind(&mut self, name: &str, secret: &Secret<'_>) -> Result<BindAnswer, Fault> {
        if name.trim().is_empty() {
            return Ok(BindAnswer::Inconsistent("an entry without a name".to_owned()));
        }
        let policy = RawControl { ctype: PASSWORD_POLICY.to_owned(), crit: false, val: None };
        let mut ldap = self.ldap.clone();
        ldap.with_controls(vec![policy]);
        let answer = self.in_time(Step::Bind, ldap.simple_bind(name, secret.expose())).await?;
        Ok(BindAnswer::of(&answer))
    }

    /// The first `at_most` entries of an answer, in pages: servers limit what they give at once, and of the two ways to say
    /// how much is wanted, Samba heeds only this one.
    pub(crate) async fn search(&mut self, search: &Search, at_most: usize) -> Result<Vec<Entry>, Fault> {
        let size = u16::try_from(at_most).unwrap_or(AT_ONCE).clamp(1, AT_ONCE);
        let (mut entries, mut cookie) = (Vec::new(), Vec::new());
        loop {
            let page = self.page(search, size, cookie).await?;
            entries.extend(page.entries);
            cookie = page.cookie;
            if cookie.is_empty() || entries.len() >= at_most {
                entries.truncate(at_most);
                return Ok(entries);
            }
        }
    }

    /// The page after the one that gave `cookie`; an empty cookie for the first.
    pub(crate) async fn page(&mut self, search: &Search, size: u16, cookie: Vec<u8>) -> Result<Page, Fault> {
        let paging = PagedResults { size: i32::from(size), cookie };
        let (entries, done) = self.ask(search, paging, usize::from(size)).await?;
        let cookie = done.ctrls.iter().find_map(|control| match control {
            Control(Some(ControlType::PagedResults), raw) => {
                std::panic::catch_unwind(AssertUnwindSafe(|| raw.parse::<PagedResults>().cookie)).ok()
            }
            _ => None,
        });
        Ok(Page { entries, cookie: cookie.unwrap_or_default() })
    }

    async fn ask(
        &mut self,
        search: &Search,
        paging: PagedResults,
        at_most: usize,
    ) -> Result<(Vec<Entry>, LdapResult), Fault> {
        let mut ldap = self.ldap.clone();
        ldap.with_controls(vec![RawControl::from(paging)]);
        let filter = search.filter.to_string();
        let asking = async move {
            let mut entries = Vec::new();
            let mut unreadable = false;
            let mut stream =
                ldap.streaming_search(&search.base, search.scope, &filter, &search.attributes).await?;
            // References to other servers are skipped, not followed.
            while let Some(result) = stream.next().await? {
                if result.is_ref() || result.is_intermediate() {
                    continue;
                }
                if entries.len() > at_most {
                    return Ok((entries, unreadable, None));
                }
                match Entry::new(result) {
                    Some(entry) => entries.push(entry),
                    None => unreadable = true,
                }
            }
            Ok((entries, unreadable, Some(stream.finish().await)))
        };
        let (entries, unreadable, done) = self.in_time(Step::Search, asking).await?;
        if unreadable {
            return Err(nonsense(Step::Search, &self.server));
        }
        match done {
            Some(done) if entries.len() <= at_most => {
                if done.rc == 0 {
                    Ok((entries, done))
                } else {
                    self.refused(search, &done, entries)
                }
            }
            _ => Err(Fault::new(
                FaultKind::Inconsistent,
                Step::Search,
                &self.server,
                format!("the server sends more entries than the {at_most} it was asked for"),
            )),
        }
    }

    fn refused(
        &self,
        search: &Search,
        done: &LdapResult,
        entries: Vec<Entry>,
    ) -> Result<(Vec<Entry>, LdapResult), Fault> {
        let base = &search.base;
        let (kind, what) = match done.rc {
            32 if search.scope == Scope::Base => return Ok((entries, done.clone())),
            32 => (
                FaultKind::Misconfigured,
                format!(
                    "there is no entry `{base}` (or the service account may not see it); the server knows `{}`. Set \
                     `base_dn` to an entry that exists",
                    done.matched
                ),
            ),
            34 => {
                (FaultKind::Misconfigured, format!("`{base}` is not the name of an entry; correct `base_dn`"))
            }
            10 => (
                FaultKind::Misconfigured,
                format!(
                    "`{base}` is at another server ({}), and references are not followed; correct `base_dn` or `url`",
                    done.refs.join(", ")
                ),
            ),
            1 | 50 => (
                FaultKind::Misconfigured,
                format!(
                    "may not search `{base}`; give the service account the right to read it: {}",
                    said(done)
                ),
            ),
            8 | 13 => (
                FaultKind::Misconfigured,
                format!("the server wants TLS; write `ldaps://…` or set `starttls = true`: {}", said(done)),
            ),
            4 | 11 => (
                FaultKind::Misconfigured,
                format!(
                    "the server's limit for the service account is too low; raise it or lower `page_size`: {}",
                    said(done)
                ),
            ),
            16..=18 | 53 => (
                FaultKind::Misconfigured,
                format!(
                    "the server refuses the search; correct `user_filter` or `attributes`: {}",
                    said(done)
                ),
            ),
            12 => (
                FaultKind::Misconfigured,
                format!("the server can't give its answer in pages: {}", said(done)),
            ),
            3 | 51 | 52 => (FaultKind::Unavailable, said(done)),
            _ => (FaultKind::Inconsistent, said(done)),
        };
        Err(Fault::new(kind, Step::Search, &self.server, what))
    }

    /// The outcome of `work`, in time. The library under this panics on answers without the form of RFC 4511: those are
    /// caught here, and in its own task.
    async fn in_time<T>(
        &mut self,
        step: Step,
        work: impl Future<Output = Result<T, LdapError>>,
    ) -> Result<T, Fault> {
        match timeout(self.patience.operation, AssertUnwindSafe(work).catch_unwind()).await {
            Err(_) => Err(Fault::new(
                FaultKind::Unavailable,
                step,
                &self.server,
                format!("no answer within {:?}", self.patience.operation),
            )),
            Ok(Err(_panic)) => Err(nonsense(step, &self.server)),
            Ok(Ok(Ok(answer))) => Ok(answer),
            Ok(Ok(Err(error))) => Err(self.why(step, error).await),
        }
    }

    /// The cause is known to the connection's task, not to the question that is left without an answer.
    async fn why(&mut self, step: Step, error: LdapError) -> Fault {
        let over = matches!(
            error,
            LdapError::Io { .. }
                | LdapError::OpSend { .. }
                | LdapError::ResultRecv { .. }
                | LdapError::EndOfStream
        );
        if !over {
            return Fault::new(FaultKind::Inconsistent, step, &self.server, error.to_string());
        }
        let lost = |what: String| Fault::new(FaultKind::Lost, step, &self.server, what);
        match timeout(Duration::from_millis(200), &mut self.driver).await {
            Ok(Ok(Err(LdapError::Io { source })))
                if source.kind() == std::io::ErrorKind::Other && source.get_ref().is_some() =>
            {
                nonsense(step, &self.server)
            }
            Ok(Ok(Err(cause))) => lost(cause.to_string()).caused_by(cause),
            Ok(Err(ended)) if ended.is_panic() => nonsense(step, &self.server),
            Ok(Ok(Ok(())) | Err(_)) | Err(_) => lost("the server ended the connection".to_owned()),
        }
    }
}

pub(crate) async fn resolve(server: &Server, name: &str) -> Result<Vec<SocketAddr>, Fault> {
    let found = tokio::net::lookup_host((server.host.as_str(), server.port)).await;
    let addresses = found.map(Iterator::collect::<Vec<_>>).map_err(|error| {
        let what = format!("the name `{}` can't be resolved: {error}", server.host);
        Fault::new(FaultKind::Unavailable, Step::Resolve, name, what).caused_by(error)
    })?;
    if addresses.is_empty() {
        let what = format!("the name `{}` has no address", server.host);
        return Err(Fault::new(FaultKind::Unavailable, Step::Resolve, name, what));
    }
    Ok(addresses)
}

pub(crate) async fn connect(addresses: &[SocketAddr], name: &str) -> Result<TcpStream, Fault> {
    let mut last = None;
    for address in addresses {
        match TcpStream::connect(address).await {
            Ok(stream) => {
                // A question is one small packet; it shall not wait for company.
                let _ = stream.set_nodelay(true);
                return Ok(stream);
            }
            Err(error) => last = Some((address, error)),
        }
    }
    let fault = |what: String| Fault::new(FaultKind::Unavailable, Step::Connect, name, what);
    Err(match last {
        Some((address, error)) => fault(format!("{address}: {error}")).caused_by(error),
        None => fault("no address".to_owned()),
    })
}

fn handshake_fault(error: LdapError, server: &Server, name: &str) -> Fault {
    if let Some(advice) = tls::advice(&error, &server.host) {
        return Fault::new(FaultKind::Misconfigured, Step::Tls, name, advice).caused_by(error);
    }
    if let LdapError::LdapResult { result } = &error {
        let what = format!("the server does not begin TLS (StartTLS: {})", said(result));
        return Fault::new(FaultKind::Misconfigured, Step::Tls, name, what);
    }
    if let Some(rustls::Error::InvalidMessage(_)) = tls::find(&error) {
        let what = "the answer is not TLS; is this the port for `ldaps`? (`ldap://…` with `starttls = true` begins TLS \
                    on the plain port)";
        return Fault::new(FaultKind::Misconfigured, Step::Tls, name, what).caused_by(error);
    }
    Fault::new(FaultKind::Unavailable, Step::Tls, name, error.to_string()).caused_by(error)
}

fn nonsense(step: Step, server: &str) -> Fault {
    let what = "the answer is not LDAP; is this the port of a directory server?";
    Fault::new(FaultKind::Inconsistent, step, server, what)
}
