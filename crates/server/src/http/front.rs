use std::future::{Ready, ready};
use std::sync::Arc;

use actix_web::body::{BoxBody, MessageBody};
use actix_web::dev::{Payload, ServiceRequest, ServiceResponse};
use actix_web::http::uri::PathAndQuery;
use actix_web::http::{Method, Uri};
use actix_web::middleware::Next;
use actix_web::{Error, FromRequest, HttpMessage, HttpRequest, ResponseError, web};
use portico_core::front::{Front, RESERVED_SEGMENTS};

use crate::http::{Problem, Site, closed};

/// Where a front's routes live once the front is resolved. A visitor can't get there another way: every path but the
/// reserved ones is resolved first.
pub const INNER: &str = "/front";

/// Finds the front of a request, keeps it with the request, and leaves the path below the front to the routes.
pub async fn resolve_front(
    site: web::Data<Site>,
    mut request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<BoxBody>, Error> {
    answer_head_as_get(&mut request);
    let path = request.path().to_owned();
    let first = path.split('/').nth(1).unwrap_or_default();
    if !RESERVED_SEGMENTS.contains(&first) {
        let host = site.trust.host_of(request.request());
        let resolved = site.engine.fronts().resolve(host.as_deref(), &path);
        let Some((front, rest)) = resolved.map(|found| (found.front, found.rest.to_owned())) else {
            return Ok(request.into_response(Problem::new("not-found").error_response()));
        };
        if let Some(problem) = closed::refuses(&front, request.method(), &rest) {
            return Ok(request.into_response(problem.error_response()));
        }
        request.extensions_mut().insert(front);
        if let Err(problem) = rewrite(&mut request, &format!("{INNER}{rest}")) {
            return Ok(request.into_response(problem.error_response()));
        }
    }
    Ok(next.call(request).await?.map_into_boxed_body())
}

/// HEAD is GET without the body (RFC 9110 §9.3.2), and the body is left out below the routes. Streams have no end.
fn answer_head_as_get(request: &mut ServiceRequest) {
    if request.method() == Method::HEAD && !request.path().ends_with("/events/stream") {
        request.head_mut().method = Method::GET;
    }
}

fn rewrite(request: &mut ServiceRequest, path: &str) -> Result<(), Problem> {
    let bad = |_| Problem::invalid("the path can't be understood");
    let mut parts = request.head().uri.clone().into_parts();
    let query = parts.path_and_query.as_ref().and_then(|p| p.query().map(str::to_owned));
    let text = query.map_or_else(|| path.to_owned(), |query| format!("{path}?{query}"));
    parts.path_and_query = Some(text.parse::<PathAndQuery>().map_err(bad)?);
    let uri = Uri::from_parts(parts).map_err(|_| Problem::invalid("the path can't be understood"))?;
    request.match_info_mut().get_mut().update(&uri);
    request.head_mut().uri = uri;
    Ok(())
}

/// The front that a request was made to.
#[derive(Debug, Clone)]
pub struct AtFront(pub Arc<Front>);

impl FromRequest for AtFront {
    type Error = Problem;
    type Future = Ready<Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let front = request.extensions().get::<Arc<Front>>().cloned();
        ready(front.map(AtFront).ok_or_else(|| Problem::new("not-found")))
    }
}
