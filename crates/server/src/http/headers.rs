use std::sync::Arc;

use actix_web::Error;
use actix_web::body::MessageBody;
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::Method;
use actix_web::http::header::{self, HeaderName, HeaderValue};
use actix_web::middleware::Next;
use actix_web::{HttpMessage, web};
use portico_core::front::Front;

use crate::http::Site;

/// Only what comes from here is loaded; who may frame the page is added.
const CONTENT_SECURITY_POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; \
     img-src 'self' data:; connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors ";

/// What every answer carries.
pub async fn security_headers(
    request: ServiceRequest,
    next: Next<impl MessageBody>,
) -> Result<ServiceResponse<impl MessageBody>, Error> {
    let mut response = next.call(request).await?;
    // Kept with the request by the resolution of fronts, below this.
    let framers = response.request().extensions().get::<Arc<Front>>().map(|front| front.embed.join(" "));
    let framers = framers.filter(|origins| !origins.is_empty());
    let headers = response.headers_mut();
    let policy = format!("{CONTENT_SECURITY_POLICY}{}", framers.as_deref().unwrap_or("'none'"));
    // A file that is shown by itself has a stricter one.
    if let Ok(policy) = HeaderValue::from_str(&policy)
        && !headers.contains_key(header::CONTENT_SECURITY_POLICY)
    {
        headers.insert(header::CONTENT_SECURITY_POLICY, policy);
    }
    if framers.is_none() {
        headers.insert(header::X_FRAME_OPTIONS, HeaderValue::from_static("DENY"));
    }
    for (name, value) in [
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::REFERRER_POLICY, "no-referrer"),
        (HeaderName::from_static("cross-origin-opener-policy"), "same-origin"),
        (header::PERMISSIONS_POLICY, "camera=(), geolocation=(), microphone=()"),
    ] {
        headers.insert(name, HeaderValue::from_static(value));
    }
    // What another site's page may load says so itself.
    let resource_policy = HeaderName::from_static("cross-origin-resource-policy");
    if !headers.contains_key(&resource_policy) {
        headers.insert(resource_policy, HeaderValue::from_static("same-origin"));
    }
    if !headers.contains_key(header::CACHE_CONTROL) {
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    }
    Ok(response)
}

/// Counts answers by route pattern.
pub async fn count_request(
    site: web::Data<Site>,
    request: ServiceRequest,
    next: Next<impl MessageBody>,
) -> Result<ServiceResponse<impl MessageBody>, Error> {
    let method = request.method().clone();
    let answer = next.call(request).await;
    let (route, status) = match &answer {
        Ok(response) => (response.request().match_pattern(), response.status()),
        Err(error) => (None, error.as_response_error().status_code()),
    };
    let route = route.unwrap_or_else(|| "unmatched".to_owned());
    // Methods are the visitor's text: unknown ones must not fill the memory.
    let known = [
        Method::GET,
        Method::HEAD,
        Method::POST,
        Method::PUT,
        Method::PATCH,
        Method::DELETE,
        Method::OPTIONS,
    ];
    let method = if known.contains(&method) { method.as_str() } else { "OTHER" };
    site.metrics.answered(&route, method, status.as_u16());
    answer
}
