//! `Negotiate` (RFC 4559): the tokens in the headers of requests and answers.

use std::any::Any;
use std::sync::atomic::{AtomicU64, Ordering};

use actix_web::HttpRequest;
use actix_web::dev::Extensions;
use actix_web::http::header;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use portico_core::auth::{Challenge, Credentials, ExchangeId};

use crate::http::Problem;
#[cfg(unix)]
use crate::http::origin::UnixPeer;

/// The word of the challenge, of the credentials, and of `login_methods`.
pub const NEGOTIATE: &str = "negotiate";

/// Longest token in a header; a ticket with a thousand groups is shorter.
const MAX_TOKEN_BYTES: usize = 64 * 1024;

/// Ties the legs of an exchange to the connection that they come over, as RFC 4559 has it.
#[derive(Debug, Clone, Copy)]
struct ConnectionExchange(ExchangeId);

static LAST: AtomicU64 = AtomicU64::new(0);

/// Marks a new connection of the public listener.
pub fn mark_connection(connection: &dyn Any, data: &mut Extensions) {
    #[cfg(unix)]
    if connection.is::<actix_web::rt::net::UnixStream>() {
        data.insert(UnixPeer);
    }
    data.insert(ConnectionExchange(fresh()));
}

fn fresh() -> ExchangeId {
    let mut bytes = [0_u8; 8];
    // Without randomness the ids are at least different: a mixed-up exchange fails, and lets nobody in.
    if getrandom::fill(&mut bytes).is_err() {
        bytes = LAST.fetch_add(1, Ordering::Relaxed).to_be_bytes();
    }
    ExchangeId(u64::from_be_bytes(bytes))
}

/// The exchange that a request's token belongs to.
pub fn exchange_of(request: &HttpRequest) -> ExchangeId {
    request.conn_data::<ConnectionExchange>().map_or_else(fresh, |exchange| exchange.0)
}

/// The token of `Authorization: Negotiate …`, decoded.
///
/// # Errors
/// There is more than one `Authorization` header, or the token is not base64.
pub fn token_of(request: &HttpRequest) -> Result<Option<Vec<u8>>, Problem> {
    let values: Vec<_> = request.headers().get_all(header::AUTHORIZATION).collect();
    let scheme = |value: &&header::HeaderValue| {
        let bytes = value.as_bytes();
        let word = bytes.split(|byte| *byte == b' ').next().unwrap_or_default();
        word.eq_ignore_ascii_case(NEGOTIATE.as_bytes())
    };
    let Some(value) = values.iter().copied().find(scheme) else { return Ok(None) };
    if values.len() > 1 {
        return Err(Problem::invalid("send one Authorization header"));
    }
    let text = value.to_str().map_err(|_| Problem::invalid("the Authorization header can't be read"))?;
    decode(text.get(NEGOTIATE.len()..).unwrap_or_default().trim()).map(Some)
}

/// A token as text.
///
/// # Errors
/// It is not base64, empty, or too long.
pub fn decode(text: &str) -> Result<Vec<u8>, Problem> {
    if text.len() > MAX_TOKEN_BYTES * 4 / 3 + 4 {
        return Err(Problem::invalid("the Negotiate token is too long"));
    }
    let token = STANDARD.decode(text).map_err(|_| Problem::invalid("the Negotiate token is not base64"))?;
    if token.is_empty() {
        return Err(Problem::invalid("the Negotiate token is empty"));
    }
    Ok(token)
}

/// A token as credentials.
pub fn credentials(token: Vec<u8>, exchange: ExchangeId) -> Credentials {
    Credentials::Negotiate { token: token.into_boxed_slice().into(), exchange }
}

/// The value of `WWW-Authenticate` for a challenge or a last leg; `None` when it is none of SPNEGO's.
pub fn header_of(challenge: &Challenge) -> Option<String> {
    if challenge.kind != NEGOTIATE {
        return None;
    }
    let data = challenge.data.as_deref().unwrap_or_default();
    let token = STANDARD.encode(data);
    Some(if token.is_empty() { "Negotiate".into() } else { format!("Negotiate {token}") })
}

/// The first challenge: the client is asked for a ticket.
pub fn offer(exchange: ExchangeId) -> Problem {
    let challenge =
        Challenge { id: exchange.0.to_string(), kind: NEGOTIATE.into(), data: None, methods: Vec::new() };
    Problem::challenge(&challenge).detail("this front takes the Windows session for a login (Negotiate)")
}
