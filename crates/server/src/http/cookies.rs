use actix_web::HttpRequest;
use actix_web::cookie::time::Duration as CookieDuration;
use actix_web::cookie::{Cookie, SameSite};
use actix_web::http::header::HeaderValue;
use portico_core::front::Front;

use crate::http::Trust;

fn name_of(front: &Front, https: bool) -> String {
    // Browsers accept the prefix from encrypted pages only, so nobody on the wire can plant such a cookie.
    if https { format!("__Secure-portico_{}", front.id) } else { format!("portico_{}", front.id) }
}

/// The session cookie of a request to `front`.
pub fn session_cookie(request: &HttpRequest, front: &Front, trust: &Trust) -> Option<String> {
    let name = name_of(front, trust.is_https(request));
    request.cookie(&name).map(|cookie| cookie.value().to_owned()).filter(|value| !value.is_empty())
}

/// The cookie that carries a new session.
pub fn with_session(front: &Front, token: &str, https: bool) -> HeaderValue {
    let lifetime = i64::try_from(front.options.session_lifetime.as_secs()).unwrap_or(i64::MAX);
    build(front, token.to_owned(), https, CookieDuration::seconds(lifetime))
}

/// The cookie that takes the session away.
pub fn without_session(front: &Front, https: bool) -> HeaderValue {
    build(front, String::new(), https, CookieDuration::ZERO)
}

fn build(front: &Front, value: String, https: bool, lifetime: CookieDuration) -> HeaderValue {
    // In a frame on another site's page only a cookie without that limit comes along, and browsers keep it apart for each
    // such site (CHIPS, draft-ietf-httpbis-rfc6265bis). What guards it is the proof of origin.
    let framed = https && !front.embed.is_empty();
    let cookie = Cookie::build(name_of(front, https), value)
        .path(front.path.as_str().to_owned())
        .http_only(true)
        .secure(https)
        .same_site(if framed { SameSite::None } else { SameSite::Lax })
        .max_age(lifetime)
        .finish();
    let partitioned = if framed { "; Partitioned" } else { "" };
    // Names, paths and tokens are made of what a header can hold.
    HeaderValue::from_str(&format!("{cookie}{partitioned}")).unwrap_or_else(|_| HeaderValue::from_static(""))
}
