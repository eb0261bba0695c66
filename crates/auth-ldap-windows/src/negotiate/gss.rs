//! Kerberos by the system's GSSAPI library (RFC 2743, RFC 4121).

use std::collections::{BTreeSet, HashMap};
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use async_trait::async_trait;
use libgssapi::context::{CtxFlags, SecurityContext, ServerCtx};
use libgssapi::credential::{Cred, CredUsage};
use libgssapi::error::{Error as GssError, MajorFlags};
use libgssapi::oid::{GSS_MECH_KRB5, GSS_MECH_SPNEGO, OidSet};
use portico_core::auth::{AuthError, ExchangeId, Refusal};
use tokio::sync::Semaphore;

use super::{Acceptor, NegotiateConfig, Step, is_ntlm, keytab, token};

/// Tokens that are looked at at the same time: each holds a thread, and the replay cache is one file under lock.
const THREADS: usize = 4;
/// Exchanges that have begun and not ended; the oldest goes when there are more.
const MAX_PENDING: usize = 256;
/// How long a client may take for its next leg.
const PENDING_FOR: Duration = Duration::from_secs(30);

/// Accepts tickets for the services in the process's keytab.
#[derive(Debug)]
pub(super) struct GssAcceptor {
    shared: Arc<Shared>,
    threads: Semaphore,
}

#[derive(Debug)]
struct Shared {
    config: NegotiateConfig,
    pending: Mutex<HashMap<ExchangeId, Pending>>,
}

#[derive(Debug)]
struct Pending {
    context: ServerCtx,
    since: Instant,
}

impl GssAcceptor {
    pub(super) fn new(config: NegotiateConfig) -> Self {
        let shared = Arc::new(Shared { config, pending: Mutex::default() });
        Self { shared, threads: Semaphore::new(THREADS) }
    }

    /// Does `work` on a thread that may block.
    async fn off_the_reactor<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Shared) -> Result<T, AuthError> + Send + 'static,
    ) -> Result<T, AuthError> {
        let gone = |error: &dyn std::error::Error| AuthError::Unavailable {
            what: format!("the thread for Kerberos ended: {error}"),
            retry_after: None,
            source: None,
        };
        let _place = self.threads.acquire().await.map_err(|error| gone(&error))?;
        let shared = Arc::clone(&self.shared);
        tokio::task::spawn_blocking(move || work(&shared)).await.map_err(|error| gone(&error))?
    }
}

#[async_trait]
impl Acceptor for GssAcceptor {
    async fn step(&self, token: &[u8], exchange: ExchangeId) -> Result<Step, AuthError> {
        if is_ntlm(token) {
            tracing::info!(
                "refused: the browser sent NTLM, so it has no Kerberos ticket for this server; is the address it uses \
                 the service principal name, and does the browser's policy allow it?"
            );
            return Ok(Step::Refused(Refusal::NotPermitted));
        }
        let token = token.to_owned();
        self.off_the_reactor(move |shared| shared.step(&token, exchange)).await
    }

    async fn check(&self) -> Result<Vec<String>, AuthError> {
        self.off_the_reactor(|shared| {
            let realms = shared.realms()?;
            let (path, entries) = shared.keytab()?;
            credentials()?;
            let ours = entries.iter().filter(|entry| shared.config.is_for_us(&entry.name));
            let names: BTreeSet<String> =
                ours.map(|entry| format!("{}@{}", entry.name, entry.realm)).collect();
            let names = names.into_iter().collect::<Vec<_>>().join(", ");
            Ok(vec![
                format!("keytab: {} can be read and has keys for {names}", path.display()),
                format!("kerberos: people of {} may enter", realms.join(", ")),
            ])
        })
        .await
    }
}

impl Shared {
    fn step(&self, token: &[u8], exchange: ExchangeId) -> Result<Step, AuthError> {
        let begun = self.take_pending(exchange).filter(|_| !token::begins_exchange(token));
        let mut context = match begun {
            Some(context) => context,
            // Each time anew, so that a keytab with new keys is used without a restart.
            None => ServerCtx::new(Some(credentials()?)),
        };
        match context.step(token, None) {
            Err(error) => Ok(refused(error)),
            Ok(reply) => {
                let reply = reply.map(|reply| reply.to_vec());
                if context.is_complete() {
                    self.finish(&context, reply)
                } else {
                    self.keep_pending(exchange, context);
                    Ok(Step::More { reply: reply.unwrap_or_default() })
                }
            }
        }
    }

    fn finish(&self, context: &ServerCtx, reply: Option<Vec<u8>>) -> Result<Step, AuthError> {
        let (principal, target, flags) = match facts(context) {
            Ok(facts) => facts,
            Err(error) => return Ok(refused(error)),
        };
        if flags.contains(CtxFlags::GSS_C_ANON_FLAG) {
            tracing::info!("refused: an anonymous ticket says nothing about who it is");
            return Ok(Step::Refused(Refusal::NotPermitted));
        }
        if !self.config.is_for_us(&target) {
            tracing::warn!(%target, "refused: a ticket for another service of this machine");
            return Ok(Step::Refused(Refusal::BadSecret));
        }
        let Some((name, realm)) = principal.rsplit_once('@') else {
            tracing::warn!("refused: a principal without a realm");
            return Ok(Step::Refused(Refusal::BadSecret));
        };
        if !self.realms()?.iter().any(|allowed| allowed == realm) {
            tracing::warn!(
                realm,
                "refused: people of this realm may not enter; list it in `negotiate.realms` if they may"
            );
            return Ok(Step::Refused(Refusal::NotPermitted));
        }
        // Of services and machines, which have tickets too.
        if name.contains('/') || name.ends_with('$') {
            tracing::info!("refused: the ticket is a machine's or a service's, not a person's");
            return Ok(Step::Refused(Refusal::NotPermitted));
        }
        Ok(Step::Done { principal, reply })
    }

    fn keytab(&self) -> Result<(PathBuf, Vec<keytab::Entry>), AuthError> {
        let variable = std::env::var("KRB5_KTNAME").ok();
        let path = keytab::path(variable.as_deref()).map_err(AuthError::misconfigured)?;
        let entries = keytab::read(&path).map_err(AuthError::misconfigured)?;
        Ok((path, entries))
    }

    /// The realms whose people may enter.
    fn realms(&self) -> Result<Vec<String>, AuthError> {
        let (_, entries) = self.keytab()?;
        let service = self.config.service.as_deref();
        let found = keytab::realms_for(&entries, |name| self.config.is_for_us(name), service)
            .map_err(AuthError::misconfigured)?;
        if !self.config.realms.is_empty() {
            return Ok(self.config.realms.clone());
        }
        if found.len() > 1 {
            let found = found.into_iter().collect::<Vec<_>>().join(", ");
            return Err(AuthError::misconfigured(format!(
                "the keytab has keys of several realms ({found}); say in `negotiate.realms` whose people may enter"
            )));
        }
        Ok(found.into_iter().collect())
    }

    fn take_pending(&self, exchange: ExchangeId) -> Option<ServerCtx> {
        let mut pending = self.pending.lock().unwrap_or_else(PoisonError::into_inner);
        let found = pending.remove(&exchange)?;
        (found.since.elapsed() < PENDING_FOR).then_some(found.context)
    }

    fn keep_pending(&self, exchange: ExchangeId, context: ServerCtx) {
        let mut pending = self.pending.lock().unwrap_or_else(PoisonError::into_inner);
        pending.retain(|_, other| other.since.elapsed() < PENDING_FOR);
        if pending.len() >= MAX_PENDING
            && let Some(oldest) = pending.iter().min_by_key(|(_, other)| other.since).map(|(id, _)| *id)
        {
            pending.remove(&oldest);
        }
        pending.insert(exchange, Pending { context, since: Instant::now() });
    }
}

/// Keys for every service in the keytab. For SPNEGO and for Kerberos bare: with the latter alone, SPNEGO finds none.
fn credentials() -> Result<Cred, AuthError> {
    let acquire = || {
        let mut mechanisms = OidSet::new();
        mechanisms.add(GSS_MECH_SPNEGO)?;
        mechanisms.add(GSS_MECH_KRB5)?;
        Cred::acquire(None, None, CredUsage::Accept, Some(&mechanisms))
    };
    acquire().map_err(|error: GssError| {
        AuthError::misconfigured(format!("Kerberos can't use the keytab: {}", one_line(error)))
    })
}

/// The client's principal, the service its ticket is for, and the flags of the context.
fn facts(context: &ServerCtx) -> Result<(String, String, CtxFlags), GssError> {
    let source = context.source_name()?.display_name()?;
    let target = context.target_name()?.display_name()?;
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    Ok((text(&source), text(&target), context.flags()?))
}

/// A token that proves nothing: which it is, the administrator learns from the log.
fn refused(error: GssError) -> Step {
    let reason = one_line(error);
    tracing::warn!(reason, advice = advice(error, &reason), "a Kerberos token was refused");
    Step::Refused(Refusal::BadSecret)
}

fn advice(error: GssError, reason: &str) -> &'static str {
    if reason.contains("replay") {
        "somebody sent a token a second time; if it happens to ordinary people, a proxy repeats requests"
    } else if reason.contains("skew") {
        "the clocks of client, domain controller and this server must agree to five minutes; synchronise them (NTP)"
    } else if reason.contains("expired") || error.major.contains(MajorFlags::GSS_S_CREDENTIALS_EXPIRED) {
        "the ticket was too old; the client gets a new one by itself, unless its clock is wrong"
    } else if reason.contains("not found in keytab") || reason.contains("rong principal") {
        "the ticket is for another name, or the keytab is older than the account's password; compare `klist -k` with \
         the address people use, and export the keytab once more"
    } else if reason.contains("integrity") || reason.contains("ecrypt") {
        "the key in the keytab is not the account's; its password was changed since: export the keytab once more"
    } else {
        "see the chapter on diagnosis in docs/windows.md"
    }
}

fn one_line(error: GssError) -> String {
    error.to_string().split_whitespace().collect::<Vec<_>>().join(" ")
}
