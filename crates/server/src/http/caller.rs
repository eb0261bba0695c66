use std::sync::Arc;

use actix_web::dev::Payload;
use actix_web::http::{Method, header};
use actix_web::{FromRequest, HttpMessage, HttpRequest, web};
use futures_util::future::LocalBoxFuture;
use portico_core::engine::Visitor;
use portico_core::front::Front;

use crate::http::{Problem, Site, cookies};

/// The header that a page of another site can't send without being asked first.
const CSRF_HEADER: &str = "x-portico-csrf";

/// A request with a session at its front. Where this extractor stands, nobody gets in without.
#[derive(Debug)]
pub struct Caller(pub Visitor);

impl FromRequest for Caller {
    type Error = Problem;
    type Future = LocalBoxFuture<'static, Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let request = request.clone();
        Box::pin(async move {
            let (site, front) = surroundings(&request)?;
            let token = token_of(&request, &front, &site)?.ok_or_else(|| Problem::new("session-required"))?;
            let peer = site.trust.peer_of(&request);
            let visitor = site.engine.visit(&front, &token, peer).await?;
            if let Some(device) = cookies::device(&request, &site.trust) {
                site.engine.used_on(&visitor, &device).await?;
            }
            Ok(Self(visitor))
        })
    }
}

/// A request that may have a session, for calls that make a new one.
#[derive(Debug)]
pub struct MaybeCaller(pub Option<Visitor>);

impl FromRequest for MaybeCaller {
    type Error = Problem;
    type Future = LocalBoxFuture<'static, Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let request = request.clone();
        Box::pin(async move {
            let (site, front) = surroundings(&request)?;
            let Some(token) = token_of(&request, &front, &site)? else { return Ok(Self(None)) };
            // A stale session must not be in the way of a new one.
            let peer = site.trust.peer_of(&request);
            Ok(Self(site.engine.visit(&front, &token, peer).await.ok()))
        })
    }
}

impl MaybeCaller {
    /// The session that the same browser had, for a call that proves itself by something else and only replaces it.
    pub async fn without_proof(request: &HttpRequest, site: &Site, front: &Arc<Front>) -> Option<Visitor> {
        let token = cookies::session_cookie(request, front, &site.trust)?;
        site.engine.visit(front, &token, site.trust.peer_of(request)).await.ok()
    }
}

fn surroundings(request: &HttpRequest) -> Result<(web::Data<Site>, Arc<Front>), Problem> {
    let site = request.app_data::<web::Data<Site>>().cloned().ok_or_else(|| Problem::new("internal"))?;
    let front = request.extensions().get::<Arc<Front>>().cloned().ok_or_else(|| Problem::new("not-found"))?;
    Ok((site, front))
}

/// The token of a request: bearer or cookie, never both. A cookie proves nothing about which page sent it, so with an
/// unsafe method it needs the front's own origin and the header that only a page of that origin can add.
fn token_of(request: &HttpRequest, front: &Front, site: &Site) -> Result<Option<String>, Problem> {
    let bearer = bearer_of(request)?;
    let cookie = cookies::session_cookie(request, front, &site.trust);
    match (bearer, cookie) {
        (Some(_), Some(_)) => {
            Err(Problem::invalid("send the session as a bearer token or as a cookie, not both"))
        }
        (Some(bearer), None) => Ok(Some(bearer)),
        (None, Some(cookie)) => {
            if needs_proof_of_origin(request) {
                prove_origin(request, site)?;
            }
            Ok(Some(cookie))
        }
        (None, None) => Ok(None),
    }
}

/// The token in the `Authorization` header, if it is one of ours.
///
/// # Errors
/// The problem `invalid-request`.
pub fn bearer_of(request: &HttpRequest) -> Result<Option<String>, Problem> {
    let mut values = request.headers().get_all(header::AUTHORIZATION);
    let Some(value) = values.next() else { return Ok(None) };
    let text = value.to_str().map_err(|_| Problem::invalid("the Authorization header can't be read"))?;
    let (scheme, token) = text.split_once(' ').unwrap_or((text, ""));
    if !scheme.eq_ignore_ascii_case("bearer") {
        // Somebody else's: a proxy that asks for a password of its own lets its header through.
        return Ok(None);
    }
    if values.next().is_some() || token.trim().is_empty() {
        return Err(Problem::invalid("the Authorization header must be one `Bearer TOKEN`"));
    }
    Ok(Some(token.trim().to_owned()))
}

/// Whether a request with a cookie could do something.
pub fn needs_proof_of_origin(request: &HttpRequest) -> bool {
    let safe = matches!(*request.method(), Method::GET | Method::HEAD | Method::OPTIONS);
    !safe || request.headers().contains_key(header::UPGRADE)
}

/// Whether a page of this front sent the request: what a cookie alone does not prove.
///
/// # Errors
/// The problem `csrf`.
pub fn prove_origin(request: &HttpRequest, site: &Site) -> Result<(), Problem> {
    let own = site.trust.origin_of(request);
    let sent = request.headers().get(header::ORIGIN).and_then(|origin| origin.to_str().ok());
    let same = matches!((sent, own.as_deref()), (Some(sent), Some(own)) if sent.eq_ignore_ascii_case(own));
    let marked = request.headers().get(CSRF_HEADER).is_some_and(|value| value == "1");
    if same && marked {
        return Ok(());
    }
    Err(Problem::new("csrf")
        .detail("a request with a cookie needs this site's own Origin and the header `X-Portico-CSRF: 1`"))
}
