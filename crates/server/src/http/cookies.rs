use std::collections::BTreeMap;

use actix_web::HttpRequest;
use actix_web::cookie::time::Duration as CookieDuration;
use actix_web::cookie::{Cookie, SameSite};
use actix_web::http::header::{self, HeaderValue};
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

/// The cookies of a request as another application behind the same host would see them: values as they stand in the
/// header, undecoded, and of several with one name the first. What isn't UTF-8 is nobody's cookie.
pub fn as_sent(request: &HttpRequest) -> BTreeMap<String, String> {
    let headers = request.headers().get_all(header::COOKIE).filter_map(|value| value.to_str().ok());
    let pairs = headers.flat_map(|header| header.split(';')).filter_map(|pair| pair.trim().split_once('='));
    let mut cookies = BTreeMap::new();
    for (name, value) in pairs {
        cookies.entry(name.trim().to_owned()).or_insert_with(|| value.trim().to_owned());
    }
    cookies
}

/// How long a device is known, in days.
const DEVICE_DAYS: i64 = 400;

fn device_name(https: bool) -> &'static str {
    // With a hyphen: `portico_device` would be the session of a front called `device`.
    if https { "__Secure-portico-device" } else { "portico-device" }
}

/// The id in the cookie that tells devices apart: for bans, which a device escapes by forgetting it.
pub fn device(request: &HttpRequest, trust: &Trust) -> Option<String> {
    let cookie = request.cookie(device_name(trust.is_https(request)))?;
    let fits = (16..=64).contains(&cookie.value().len())
        && cookie.value().bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_'));
    fits.then(|| cookie.value().to_owned())
}

/// A new id for a device that has none.
pub fn new_device() -> Option<String> {
    let mut bytes = [0_u8; 18];
    getrandom::fill(&mut bytes).ok()?;
    Some(base64::Engine::encode(&base64::engine::general_purpose::URL_SAFE_NO_PAD, bytes))
}

/// The cookie that keeps a device's id.
pub fn with_device(id: &str, https: bool) -> HeaderValue {
    let cookie = Cookie::build(device_name(https), id)
        .path("/")
        .http_only(true)
        .secure(https)
        .same_site(SameSite::Lax)
        .max_age(CookieDuration::days(DEVICE_DAYS))
        .finish();
    // Ids are made of what a header can hold.
    HeaderValue::from_str(&cookie.to_string()).unwrap_or_else(|_| HeaderValue::from_static(""))
}

fn admin_name(https: bool) -> &'static str {
    // With a hyphen: with an underscore it would be the session of a front.
    if https { "__Secure-portico-admin" } else { "portico-admin" }
}

/// The session of the administration in a request's cookie.
pub fn admin_cookie(request: &HttpRequest, trust: &Trust) -> Option<String> {
    let cookie = request.cookie(admin_name(trust.is_https(request)))?;
    Some(cookie.value().to_owned()).filter(|value| !value.is_empty())
}

/// The cookie that carries a session of the administration; it ends with the browser.
pub fn with_admin(token: &str, https: bool) -> HeaderValue {
    admin(Cookie::new(admin_name(https), token.to_owned()), https)
}

/// The cookie that takes it away.
pub fn without_admin(https: bool) -> HeaderValue {
    let mut gone = Cookie::new(admin_name(https), "");
    gone.set_max_age(CookieDuration::ZERO);
    admin(gone, https)
}

fn admin(mut cookie: Cookie<'_>, https: bool) -> HeaderValue {
    cookie.set_path("/admin");
    cookie.set_http_only(true);
    cookie.set_secure(https);
    cookie.set_same_site(SameSite::Strict);
    HeaderValue::from_str(&cookie.to_string()).unwrap_or_else(|_| HeaderValue::from_static(""))
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

/// How long a device is known after a login.
const KNOWN: CookieDuration = CookieDuration::days(400);

fn known_name(front: &Front, https: bool) -> String {
    // With hyphens: no front's session has such a name.
    if https { format!("__Secure-portico-known-{}", front.id) } else { format!("portico-known-{}", front.id) }
}

/// What a device is known by that has logged in at this front before.
pub fn known_device(request: &HttpRequest, front: &Front, trust: &Trust) -> Option<String> {
    let name = known_name(front, trust.is_https(request));
    request.cookie(&name).map(|cookie| cookie.value().to_owned()).filter(|value| !value.is_empty())
}

/// The cookie that a device is known by. It opens nothing: a known device's wrong guesses are counted by themselves.
pub fn with_known(front: &Front, device: &str, https: bool) -> HeaderValue {
    named(front, known_name(front, https), device.to_owned(), https, KNOWN)
}

fn build(front: &Front, value: String, https: bool, lifetime: CookieDuration) -> HeaderValue {
    named(front, name_of(front, https), value, https, lifetime)
}

fn named(front: &Front, name: String, value: String, https: bool, lifetime: CookieDuration) -> HeaderValue {
    // In a frame on another site's page only a cookie without that limit comes along, and browsers keep it apart for each
    // such site (CHIPS, draft-ietf-httpbis-rfc6265bis). What guards it is the proof of origin.
    let framed = https && !front.embed.is_empty();
    let cookie = Cookie::build(name, value)
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

#[cfg(test)]
mod tests {
    use super::*;
    use actix_web::test::TestRequest;

    #[test]
    fn another_applications_cookies_are_seen_as_it_would_see_them() {
        let request = TestRequest::default()
            .append_header((header::COOKIE, "a=%41+b; a=second; =x; b; c==y= "))
            .append_header((header::COOKIE, "d=1"))
            .to_http_request();
        let seen = as_sent(&request);
        let pairs: Vec<_> = seen.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        assert_eq!(pairs, [("", "x"), ("a", "%41+b"), ("c", "=y="), ("d", "1")]);
    }
}
