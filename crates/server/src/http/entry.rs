//! `POST session`: which of the proofs that come with a request counts.

use std::sync::Arc;

use actix_web::HttpRequest;
use actix_web::http::header;
use portico_auth_ldap_windows::is_ntlm;
use portico_core::auth::{Authenticator, CredentialKind, Credentials, ExchangeId};
use portico_core::engine::{Login, LoginOrigin, Visitor};
use portico_core::front::{Front, Username};
use secrecy::{ExposeSecret, SecretString};

use crate::http::caller::prove_origin;
use crate::http::{Problem, Site, cookies, negotiate};

/// What the body of `POST session` says.
#[derive(Debug)]
pub enum Typed {
    /// A name and a password.
    Password(Credentials),
    /// A name that is to be believed.
    Claim(String),
    /// The answer to a challenge.
    Answer { challenge: String, response: SecretString },
    /// A ticket that another application has signed.
    Ticket(SecretString),
    /// Looking around without an account.
    Guest,
    /// Nothing: the proof is elsewhere in the request.
    Nothing,
}

/// Lets somebody in by what was typed or by what the network proves.
///
/// # Errors
/// The problem to answer with.
pub async fn enter(
    request: &HttpRequest,
    site: &Site,
    front: &Arc<Front>,
    typed: Typed,
    origin: LoginOrigin,
    earlier: Option<&Visitor>,
) -> Result<Login, Problem> {
    let ambient = ambient(request, site, front)?;
    if let Some(proof) = &ambient {
        same_site(request, site)?;
        refuse_ntlm(proof)?;
    }
    let credentials = match typed {
        Typed::Password(password) => password,
        Typed::Claim(name) => site.names.claimed(name, request, front, site)?,
        Typed::Answer { challenge, response } if site.engine.waits_for(front, &challenge) => {
            // Somebody sits in a proven session and types: it must be the same person.
            let forced = front.options.entrance.username == Username::Forced;
            let bound_to = match ambient.filter(|_| forced) {
                Some(proof) => Some(site.engine.prove(front, &proof, &origin).await.map_err(Problem::from)?),
                None => None,
            };
            let origin = LoginOrigin { bound_to, ..origin };
            let entered = site.engine.answer_challenge(front, &challenge, &response, &origin, earlier).await;
            return entered.map_err(Problem::from);
        }
        Typed::Answer { challenge, response } => answered(front, &challenge, &response)?,
        Typed::Ticket(ticket) => {
            let entered = site.engine.hand_over(front, ticket.expose_secret(), &origin, earlier).await;
            return entered.map_err(Problem::from);
        }
        Typed::Guest => return site.engine.enter_as_guest(front, &origin).await.map_err(Problem::from),
        Typed::Nothing => {
            let proof = match ambient {
                Some(proof) => proof,
                None => match foreign_session(request, site, front)? {
                    Some(cookies) => cookies,
                    None => return Err(nothing_to_go_by(request, site, front)),
                },
            };
            return log_in(site, front, &proof, &origin, earlier).await;
        }
    };
    let Some(proof) = ambient.filter(|_| front.options.entrance.username == Username::Forced) else {
        return log_in(site, front, &credentials, &origin, earlier).await;
    };
    // Somebody sits in a proven session and types: it must be the same person.
    let proven = site.engine.prove(front, &proof, &origin).await.map_err(Problem::from)?;
    let reply = proven.reply.clone();
    let origin = LoginOrigin { bound_to: Some(proven), ..origin };
    let login = log_in(site, front, &credentials, &origin, earlier).await?;
    Ok(Login { reply: login.reply.or(reply), ..login })
}

async fn log_in(
    site: &Site,
    front: &Arc<Front>,
    credentials: &Credentials,
    origin: &LoginOrigin,
    earlier: Option<&Visitor>,
) -> Result<Login, Problem> {
    site.engine.log_in(front, credentials, origin, earlier).await.map_err(Problem::from)
}

/// The proof that comes with the request: the word of a trusted proxy, or else a ticket. A proxy that has checked a ticket
/// may well send it along.
fn ambient(request: &HttpRequest, site: &Site, front: &Front) -> Result<Option<Credentials>, Problem> {
    let ticket = negotiate::token_of(request)?;
    if let Some(trusted) = site.names.trusted(request, front, site)? {
        return Ok(Some(trusted));
    }
    if !takes(front, CredentialKind::Negotiate) {
        // As any other Authorization that is somebody else's.
        return Ok(None);
    }
    Ok(ticket.map(|token| negotiate::credentials(token, negotiate::exchange_of(request))))
}

/// The cookies of the other application's session, where the front takes them and some came. They come along whichever
/// page asks, so it must be one of ours.
fn foreign_session(
    request: &HttpRequest,
    site: &Site,
    front: &Front,
) -> Result<Option<Credentials>, Problem> {
    if !takes(front, CredentialKind::ExternalSession) {
        return Ok(None);
    }
    let wanted = front.chain.capabilities().cookies;
    let mut sent = cookies::as_sent(request);
    sent.retain(|name, _| wanted.contains(name));
    if sent.is_empty() {
        return Ok(None);
    }
    prove_origin(request, site)?;
    Ok(Some(Credentials::ExternalSession { cookies: sent.into_iter().collect() }))
}

/// A browser adds such proofs by itself, whichever page asks; only the front's own may.
fn same_site(request: &HttpRequest, site: &Site) -> Result<(), Problem> {
    let Some(sent) = request.headers().get(header::ORIGIN) else { return Ok(()) };
    let own = site.trust.origin_of(request);
    let same = matches!((sent.to_str(), own), (Ok(sent), Some(own)) if sent.eq_ignore_ascii_case(&own));
    if same { Ok(()) } else { Err(Problem::new("csrf").detail("another site's page can't log you in here")) }
}

/// Said here and not as a new challenge, which would only bring the same token again.
fn refuse_ntlm(proof: &Credentials) -> Result<(), Problem> {
    let Credentials::Negotiate { token, .. } = proof else { return Ok(()) };
    if !is_ntlm(token.expose_secret()) {
        return Ok(());
    }
    tracing::info!("refused: a browser sent NTLM in place of a Kerberos ticket");
    Err(Problem::new("login-refused").detail(
        "this browser sent NTLM, which is not accepted, in place of a Kerberos ticket: the computer is not in the domain, \
         or the address of this page is not known to the domain as a service",
    ))
}

fn answered(front: &Front, challenge: &str, response: &SecretString) -> Result<Credentials, Problem> {
    let unknown = || Problem::new("login-refused").detail("this challenge is not known, or it has expired");
    if !takes(front, CredentialKind::Negotiate) {
        return Err(unknown());
    }
    let exchange = challenge.parse().map(ExchangeId).map_err(|_| unknown())?;
    let credentials = negotiate::credentials(negotiate::decode(response.expose_secret())?, exchange);
    refuse_ntlm(&credentials)?;
    Ok(credentials)
}

fn nothing_to_go_by(request: &HttpRequest, site: &Site, front: &Front) -> Problem {
    if takes(front, CredentialKind::Negotiate) {
        return negotiate::offer(negotiate::exchange_of(request));
    }
    if site.names.has_proxy(front) {
        return Problem::new("login-refused").detail("the web server in front did not say who you are");
    }
    if takes(front, CredentialKind::ExternalSession) {
        return Problem::new("login-refused").detail("nobody is logged in over there");
    }
    Problem::invalid("`login` and `password` are both needed at this front")
}

fn takes(front: &Front, kind: CredentialKind) -> bool {
    front.options.entrance.takes(kind)
        && front.chain.members().iter().any(|member| member.capabilities().takes(kind))
}
