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
