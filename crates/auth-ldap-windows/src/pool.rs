//! Connections that are kept, and servers that are left alone for a while.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use portico_core::auth::AuthError;
use rustls::ClientConfig;
use secrecy::SecretString;
use tokio::sync::{Semaphore, SemaphorePermit};
use tokio::time::{Instant, timeout};

use crate::bind::{BindAnswer, Secret};
use crate::connection::{Connection, Page, Patience, Search};
use crate::entry::Entry;
use crate::fault::{Fault, FaultKind, Step};
use crate::server::Server;

/// How long a server that gave no answer is asked last.
const LEFT_ALONE: Duration = Duration::from_secs(30);
/// How long an unused connection is kept: less than any server or firewall in between does.
const KEPT_FOR: Duration = Duration::from_secs(60);
/// How long a refused service account is not tried again, so that it isn't locked by trying.
const REFUSED_FOR: Duration = Duration::from_secs(30);

/// The servers, and which of them are out.
#[derive(Debug)]
pub(crate) struct Servers {
    list: Vec<Server>,
    out_until: Mutex<Vec<Option<Instant>>>,
    tls: Arc<ClientConfig>,
    patience: Patience,
}

impl Servers {
    pub(crate) fn new(list: Vec<Server>, tls: Arc<ClientConfig>, patience: Patience) -> Self {
        let out_until = Mutex::new(vec![None; list.len()]);
        Self { list, out_until, tls, patience }
    }

    /// A connection to the first server that gives one: those that were out lately are asked last.
    async fn connect(&self) -> Result<Connection, Fault> {
        let mut faults = Vec::new();
        for place in self.order() {
            let Some(server) = self.list.get(place) else { continue };
            match Connection::open(server, &self.tls, self.patience).await {
                Ok(connection) => {
                    self.mark(place, None);
                    return Ok(connection);
                }
                Err(fault) => {
                    let until = Instant::now() + LEFT_ALONE;
                    self.mark(place, Some(until));
                    if self.list.len() > 1 {
                        tracing::warn!(%fault, "a directory server is out; the next one is asked");
                    }
                    let decides = !fault.another_server_may_help();
                    faults.push(fault);
                    if decides {
                        break;
                    }
                }
            }
        }
        Err(worst(faults))
    }

    /// The server behind `connection` did not answer.
    fn did_not_answer(&self, connection: &Connection) {
        let place = self.list.iter().position(|server| server.to_string() == connection.server());
        if let Some(place) = place {
            self.mark(place, Some(Instant::now() + LEFT_ALONE));
        }
    }

    fn order(&self) -> Vec<usize> {
        let now = Instant::now();
        let out_until = self.out();
        let is_out =
            |place: &usize| out_until.get(*place).copied().flatten().is_some_and(|until| until > now);
        let (last, first): (Vec<usize>, Vec<usize>) = (0..self.list.len()).partition(is_out);
        first.into_iter().chain(last).collect()
    }

    fn mark(&self, place: usize, until: Option<Instant>) {
        if let Some(mark) = self.out().get_mut(place) {
            *mark = until;
        }
    }

    fn out(&self) -> MutexGuard<'_, Vec<Option<Instant>>> {
        self.out_until.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Something to do is told before something to wait for; otherwise the first server's words, and how many failed.
fn worst(mut faults: Vec<Fault>) -> Fault {
    let place = faults.iter().position(|fault| fault.kind == FaultKind::Misconfigured).unwrap_or(0);
    if faults.is_empty() {
        return Fault::new(
            FaultKind::Misconfigured,
            Step::Connect,
            "the directory",
            "no server is configured",
        );
    }
    faults.swap_remove(place)
}

/// Who the connections of a pool are bound as.
#[derive(Debug)]
pub(crate) enum BoundAs {
    /// The service account.
    Service {
        /// Its name.
        name: String,
        /// Its password.
        password: SecretString,
    },
    /// Nobody: look-ups without an account, and the connections that people bind on.
    Nobody,
}

/// A bounded number of connections, all bound as the same.
#[derive(Debug)]
pub(crate) struct Pool {
    servers: Arc<Servers>,
    bound_as: BoundAs,
    idle: Mutex<Vec<(Connection, Instant)>>,
    places: Semaphore,
    size: usize,
    refused: Mutex<Option<(Instant, String)>>,
}

/// A connection out of the pool. Dropped, it ends; [`give_back`](Self::give_back) keeps it.
pub(crate) struct Lease<'p> {
    pool: &'p Pool,
    connection: Connection,
    reused: bool,
    _place: SemaphorePermit<'p>,
}

impl Lease<'_> {
    fn give_back(self) {
        self.pool.idle().push((self.connection, Instant::now()));
    }

    /// The next page of a long answer. The connection is the server's memory of it.
    pub(crate) async fn page(&mut self, search: &Search, size: u16, cookie: Vec<u8>) -> Result<Page, Fault> {
        let page = self.connection.page(search, size, cookie).await;
        if let Err(fault) = &page {
            self.pool.judge(fault, &self.connection);
        }
        page
    }

    /// All of a small answer, on this very connection.
    pub(crate) async fn search(&mut self, search: &Search, at_most: usize) -> Result<Vec<Entry>, Fault> {
        self.connection.search(search, at_most).await
    }

    /// The long answer is complete.
    pub(crate) fn finish(self) {
        self.give_back();
    }
}

impl Pool {
    pub(crate) fn new(servers: Arc<Servers>, bound_as: BoundAs, size: usize) -> Self {
        let size = size.max(1);
        Self {
            servers,
            bound_as,
            idle: Mutex::default(),
            places: Semaphore::new(size),
            size,
            refused: Mutex::default(),
        }
    }

    /// A connection, bound.
    pub(crate) async fn lease(&self) -> Result<Lease<'_>, Fault> {
        let busy = || {
            let what = format!("all {} connections are busy; raise `connections`", self.size);
            Fault::new(FaultKind::Unavailable, Step::Connect, "the directory", what)
        };
        let place =
            timeout(self.servers.patience.connect + self.servers.patience.operation, self.places.acquire())
                .await
                .map_err(|_| busy())?
                .map_err(|_| busy())?;
        if let Some(connection) = self.kept() {
            return Ok(Lease { pool: self, connection, reused: true, _place: place });
        }
        let connection = self.open().await?;
        Ok(Lease { pool: self, connection, reused: false, _place: place })
    }

    /// All of a small answer; more than `at_most` entries are an error.
    pub(crate) async fn search(&self, search: &Search, at_most: usize) -> Result<Vec<Entry>, AuthError> {
        loop {
            let mut lease = self.lease().await?;
            match lease.connection.search(search, at_most).await {
                Ok(entries) => {
                    lease.give_back();
                    return Ok(entries);
                }
                // A kept connection may have ended unseen: that says nothing about the server.
                Err(fault) if fault.kind == FaultKind::Lost && lease.reused => {}
                Err(fault) => {
                    self.judge(&fault, &lease.connection);
                    return Err(fault.into());
                }
            }
        }
    }

    /// The server that a connection leads to now.
    pub(crate) async fn reach(&self) -> Result<String, AuthError> {
        let lease = self.lease().await?;
        let server = lease.connection.server().to_owned();
        lease.give_back();
        Ok(server)
    }

    /// The entry itself.
    pub(crate) async fn read(&self, search: &Search) -> Result<Option<Entry>, AuthError> {
        Ok(self.search(search, 1).await?.into_iter().next())
    }

    /// Whether name and password are right. The connection goes to the next person afterwards: nothing is ever asked on it.
    pub(crate) async fn prove(&self, name: &str, secret: &Secret<'_>) -> Result<BindAnswer, AuthError> {
        let mut lease = self.lease().await?;
        // Never tried twice by itself: the server may have counted the first try.
        match lease.connection.bind(name, secret).await {
            Ok(answer) => {
                if !matches!(answer, BindAnswer::Unavailable(_)) {
                    lease.give_back();
                }
                Ok(answer)
            }
            Err(fault) => {
                self.judge(&fault, &lease.connection);
                Err(fault.into())
            }
        }
    }

    /// A connection of its own that is bound by its user, and not kept.
    pub(crate) async fn apart(&self) -> Result<Connection, Fault> {
        self.servers.connect().await
    }

    fn judge(&self, fault: &Fault, connection: &Connection) {
        if matches!(fault.kind, FaultKind::Unavailable | FaultKind::Lost) {
            self.servers.did_not_answer(connection);
            // What is kept may lead to the same server.
            self.idle().retain(|(kept, _)| kept.server() != connection.server());
        }
    }

    /// Opens a connection and binds it as whom it is for.
    async fn open(&self) -> Result<Connection, Fault> {
        let BoundAs::Service { name, password } = &self.bound_as else {
            return self.servers.connect().await;
        };
        if let Some(what) = self.still_refused() {
            return Err(Fault::new(FaultKind::Misconfigured, Step::Bind, "the directory", what));
        }
        let mut connection = self.servers.connect().await?;
        let server = connection.server().to_owned();
        let fault = |kind, what: String| Fault::new(kind, Step::Bind, &server, what);
        let Some(secret) = Secret::new(password) else {
            return Err(fault(FaultKind::Misconfigured, "`bind_password` is empty".to_owned()));
        };
        match connection.bind(name, &secret).await {
            Ok(BindAnswer::Accepted) => Ok(connection),
            Ok(BindAnswer::Refused(refusal)) => {
                let what = format!(
                    "the service account `{name}` is refused ({}); correct `bind_dn` and `bind_password`",
                    refusal.as_str()
                );
                *self.refused.lock().unwrap_or_else(PoisonError::into_inner) =
                    Some((Instant::now() + REFUSED_FOR, what.clone()));
                Err(fault(FaultKind::Misconfigured, what))
            }
            Ok(BindAnswer::Misconfigured(what)) => Err(fault(FaultKind::Misconfigured, what)),
            Ok(BindAnswer::Unavailable(what)) => {
                self.servers.did_not_answer(&connection);
                Err(fault(FaultKind::Unavailable, what))
            }
            Ok(BindAnswer::Inconsistent(what)) => Err(fault(FaultKind::Inconsistent, what)),
            Err(fault) => {
                self.judge(&fault, &connection);
                Err(fault)
            }
        }
    }

    fn still_refused(&self) -> Option<String> {
        let refused = self.refused.lock().unwrap_or_else(PoisonError::into_inner);
        refused.as_ref().filter(|(until, _)| *until > Instant::now()).map(|(_, what)| what.clone())
    }

    /// A kept connection that is alive as far as is known, the last used first.
    fn kept(&self) -> Option<Connection> {
        let mut idle = self.idle();
        let now = Instant::now();
        idle.retain(|(_, since)| now.duration_since(*since) < KEPT_FOR);
        while let Some((mut connection, _)) = idle.pop() {
            if !connection.is_over() {
                return Some(connection);
            }
        }
        None
    }

    fn idle(&self) -> MutexGuard<'_, Vec<(Connection, Instant)>> {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
