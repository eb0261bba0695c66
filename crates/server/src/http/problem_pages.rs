use actix_web::HttpResponse;
use actix_web::http::header;
use actix_web::web::Path;

use crate::http::Problem;
use crate::http::problem::PROBLEMS;

/// `GET /problems/<slug>`: what a problem means, for whoever follows its `type`.
pub async fn page(slug: Path<String>) -> Result<HttpResponse, Problem> {
    let known = PROBLEMS.iter().find(|(known, ..)| *known == slug.as_str());
    let &(slug, status, title) = known.ok_or_else(|| Problem::new("not-found"))?;
    let html = format!(
        "<!doctype html>\n<html lang=\"en\">\n<meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width\">\n<title>{title} – Portico</title>\n\
         <h1>{title}</h1>\n<p><code>/problems/{slug}</code>, HTTP {status}</p>\n<p>{}</p>\n</html>\n",
        explanation(slug)
    );
    Ok(HttpResponse::Ok().insert_header((header::CONTENT_TYPE, "text/html; charset=utf-8")).body(html))
}

fn explanation(slug: &str) -> &'static str {
    match slug {
        "invalid-request" => {
            "The request is malformed: JSON that can't be parsed, a field or parameter that isn't known, an id or \
             cursor that wasn't made here, or a session sent in two ways at once. The detail says which. Repeating the \
             same request won't help."
        }
        "login-refused" => {
            "There is nobody by this name, or the password is another one. Which of the two is never said."
        }
        "challenge-required" => {
            "The login needs one more step; answer the challenge with a second POST to session."
        }
        "session-required" => "The call needs a session, and there is none, or it has ended. Log in again.",
        "session-ended" => {
            "The session was ended, and not by its person: they were banned or deactivated where the account comes from, \
             their password was changed there, they may not enter this front any more, or a newer session took the place of \
             this one. The reason says which."
        }
        "banned" => {
            "The account is banned where it comes from. The detail gives the reason shown there, if there is one."
        }
        "disabled" => "The account is not active where it comes from: not yet activated, or switched off.",
        "expired-password" => {
            "The password must be changed before it can be used here: with changeable, here and now by POST \
             account/password; otherwise where the account comes from."
        }
        "locked" => {
            "The account is locked where it comes from, usually after too many wrong passwords. Log in there once."
        }
        "pending" => "The account was made, but an administrator must approve it before it can be used.",
        "not-permitted" => {
            "This is not allowed to this person here. The detail says why, where it may be said."
        }
        "no-more-accounts" => {
            "As many people as this front takes have entered it. Whoever has been here before still comes in; for somebody new \
             an administrator must make room."
        }
        "limit-reached" => "The front allows no more of this. Remove some first.",
        "csrf" => {
            "A request that carries a session cookie must come from this site's own pages: it needs the site's Origin \
             and the header X-Portico-CSRF: 1. Programs should use a bearer token instead."
        }
        "not-found" => {
            "There is nothing here, or nothing that this person may see. Which of the two is not said."
        }
        "method-not-allowed" => "The address exists, but not for this method.",
        "conflict" => {
            "The request contradicts what is there already: a name that is taken, a client id used for another text."
        }
        "payload-too-large" => "The body is larger than this call takes.",
        "unsupported-media-type" => "Send the body as application/json.",
        "unacceptable" => "The request is well-formed but breaks a rule; the detail says which.",
        "throttled" => {
            "Too many failed attempts for this name or from this address. Wait as long as Retry-After says."
        }
        "moved" => "This front has moved to another address, which `moved_to` gives. Log in there.",
        "maintenance" => "The front is closed for maintenance. The detail says why, and perhaps until when.",
        "front-full" => "As many people as this front allows are here. Try again in a moment.",
        "address-full" => {
            "As many sessions as this front allows come from this address, or from its network. Log one of them out, or try \
             again later: a session that nothing is heard of for five minutes no longer counts."
        }
        "authenticator-unavailable" => {
            "The system that knows the account does not answer. It is not the password's fault. Try again later."
        }
        "store-unavailable" => {
            "The server's own database does not answer. A message that was being sent may or may not be stored: send \
             it again with the same client_id."
        }
        _ => "Something went wrong in the server; its log says what.",
    }
}
