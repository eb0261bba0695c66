use std::fmt;
use std::time::Duration;

use actix_web::http::StatusCode;
use actix_web::http::header::{self, HeaderValue};
use actix_web::{HttpResponse, ResponseError};
use portico_core::auth::{Challenge, Refusal};
use portico_core::contact::ContactRefusal;
use portico_core::engine::{EngineError, EntryError};
use portico_core::files::FileRefusal;
use portico_core::group::GroupRefusal;
use portico_core::messaging::{ChangeRefusal, ConferenceRefusal, MAX_EDITS, MAX_REACTIONS, SendFailure};
use portico_core::session::Ending;
use portico_core::shoutbox::ShoutRefusal;
use serde_json::{Value, json};

use crate::http::negotiate;

/// Every problem there is: slug, status, title. The one list that answers, pages and OpenAPI are made from.
pub const PROBLEMS: &[(&str, u16, &str)] = &[
    ("invalid-request", 400, "The request can't be understood"),
    ("login-refused", 401, "The name or the password is wrong"),
    ("challenge-required", 401, "Another step is needed to log in"),
    ("session-required", 401, "A session is needed"),
    ("session-ended", 401, "The session was ended"),
    ("banned", 403, "Banned"),
    ("disabled", 403, "The account is not active"),
    ("expired-password", 403, "The password must be changed first"),
    ("locked", 403, "The account is locked"),
    ("pending", 403, "The account waits for approval"),
    ("not-permitted", 403, "Not permitted"),
    ("limit-reached", 403, "A limit is reached"),
    ("no-more-accounts", 403, "Nobody new can come in"),
    ("csrf", 403, "The request does not come from this site"),
    ("not-found", 404, "Not found"),
    ("method-not-allowed", 405, "Not possible here"),
    ("conflict", 409, "Conflict"),
    ("moved", 410, "This front has moved"),
    ("payload-too-large", 413, "The request is too large"),
    ("unsupported-media-type", 415, "The body must be application/json"),
    ("unacceptable", 422, "The request makes no sense"),
    ("throttled", 429, "Too many attempts"),
    ("internal", 500, "An internal error"),
    ("front-full", 503, "Too many people are here"),
    ("address-full", 503, "Too many sessions come from this address"),
    ("maintenance", 503, "Closed for maintenance"),
    ("authenticator-unavailable", 503, "The accounts can't be checked now"),
    ("store-unavailable", 503, "The server can't store anything now"),
];

/// An error as RFC 9457 says it: `application/problem+json`.
#[derive(Debug)]
pub struct Problem {
    slug: &'static str,
    status: StatusCode,
    title: &'static str,
    detail: Option<String>,
    retry_after: Option<Duration>,
    /// What `WWW-Authenticate` says in place of `Bearer`.
    authenticate: Option<Box<str>>,
    extra: Vec<(&'static str, Value)>,
}

impl Problem {
    /// The problem with this slug of [`PROBLEMS`].
    pub fn new(slug: &'static str) -> Self {
        let known = PROBLEMS.iter().find(|(known, ..)| *known == slug);
        let &(slug, status, title) = known.unwrap_or(&("internal", 500, "An internal error"));
        let status = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        Self { slug, status, title, detail: None, retry_after: None, authenticate: None, extra: Vec::new() }
    }

    /// A request that can't be understood.
    pub fn invalid(detail: impl Into<String>) -> Self {
        Self::new("invalid-request").detail(detail)
    }

    /// A sentence about this occurrence, for the person. Never a foreign system's error text.
    #[must_use]
    pub fn detail(mut self, detail: impl Into<String>) -> Self {
        self.detail = Some(detail.into());
        self
    }

    /// When to try again; whole seconds, at least one.
    #[must_use]
    pub fn retry_after(mut self, after: Option<Duration>) -> Self {
        self.retry_after = after;
        self
    }

    /// Another step is needed to log in.
    pub fn challenge(challenge: &Challenge) -> Self {
        let mut problem = Self::new("challenge-required").with("challenge", challenge_body(challenge));
        problem.authenticate = negotiate::header_of(challenge).map(String::into_boxed_str);
        problem
    }

    /// The same with another member.
    #[must_use]
    pub fn with(mut self, key: &'static str, value: Value) -> Self {
        self.extra.push((key, value));
        self
    }
}

/// The challenge as clients see it; a passkey's options are JSON already. SPNEGO's data go into a header.
fn challenge_body(challenge: &Challenge) -> Value {
    let options = challenge.data.as_deref().filter(|_| challenge.methods.contains(&"passkey"));
    let options: Option<Value> = options.and_then(|options| serde_json::from_slice(options).ok());
    json!({ "id": challenge.id, "kind": challenge.kind, "methods": challenge.methods, "passkey": options })
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.slug)
    }
}

impl std::error::Error for Problem {}

impl ResponseError for Problem {
    fn status_code(&self) -> StatusCode {
        self.status
    }

    fn error_response(&self) -> HttpResponse {
        let mut body = json!({
            "type": format!("/problems/{}", self.slug),
            "title": self.title,
            "status": self.status.as_u16(),
            "detail": self.detail,
        });
        let mut response = HttpResponse::build(self.status);
        if let Some(after) = self.retry_after {
            let seconds = after.as_millis().div_ceil(1000).max(1);
            let seconds = u64::try_from(seconds).unwrap_or(u64::MAX);
            response.insert_header((header::RETRY_AFTER, seconds.to_string()));
            body["retry_after"] = json!(seconds);
        }
        if self.status == StatusCode::UNAUTHORIZED {
            let asked = self.authenticate.as_deref().and_then(|asked| HeaderValue::from_str(asked).ok());
            let bearer = HeaderValue::from_static("Bearer");
            response.insert_header((header::WWW_AUTHENTICATE, asked.unwrap_or(bearer)));
        }
        for (key, value) in &self.extra {
            body[*key] = value.clone();
        }
        response
            .insert_header((header::CONTENT_TYPE, "application/problem+json"))
            .insert_header((header::CACHE_CONTROL, "no-store"))
            .body(body.to_string())
    }
}

impl From<EngineError> for Problem {
    fn from(error: EngineError) -> Self {
        match error {
            EngineError::SessionRequired => Self::new("session-required"),
            EngineError::SessionEnded(ending) => session_ended(&ending),
            EngineError::FrontFull(full) => front_full(full.retry_after),
            EngineError::AddressFull(full) => address_full(full.retry_after),
            EngineError::NotFound => Self::new("not-found"),
            EngineError::NotPermitted(why) => Self::new("not-permitted").detail(why),
            EngineError::WriteRestricted(ref restriction) => {
                let until = restriction.until().map(|until| until.to_string());
                Self::new("not-permitted").detail(error.to_string()).with("until", json!(until))
            }
            EngineError::Repeated(what) => Self::new("conflict").detail(what),
            EngineError::TooOften { retry_after } => Self::new("throttled")
                .detail("too often; wait before the next one")
                .retry_after(Some(retry_after)),
            EngineError::MayNotWrite(why) => {
                Self::new("not-permitted").detail(why.to_string()).with("reason", json!(why.as_str()))
            }
            EngineError::Contact(refusal) => contact(refusal),
            EngineError::Group(refusal) => group_refused(refusal),
            EngineError::Conference(refusal) => conference_refused(refusal),
            EngineError::Busy(after) => {
                Self::new("throttled").detail(error.to_string()).retry_after(Some(after))
            }
            EngineError::Change(refusal @ ChangeRefusal::TooManyReactions) => {
                Self::new("limit-reached").detail(refusal.to_string()).with("limit", json!(MAX_REACTIONS))
            }
            EngineError::Change(refusal @ ChangeRefusal::TooManyEdits) => {
                Self::new("limit-reached").detail(refusal.to_string()).with("limit", json!(MAX_EDITS))
            }
            EngineError::Change(refusal) => Self::new("conflict").detail(refusal.to_string()),
            EngineError::UnwantedWord(ref word) => {
                Self::new("unacceptable").detail(error.to_string()).with("word", json!(word))
            }
            EngineError::Conflict(why) => Self::new("conflict").detail(why),
            EngineError::Throttled(throttled) => EntryError::Throttled(throttled).into(),
            EngineError::Unanswered(error) => EntryError::Unanswered(error).into(),
            EngineError::Text(refusal) => Self::new("unacceptable").detail(refusal.to_string()),
            EngineError::Unacceptable(why) => Self::new("unacceptable").detail(why),
            EngineError::Shout(refusal) => shout_refused(refusal),
            EngineError::File(refusal) => file_refused(refusal),
            EngineError::Blobs(error) => unstored(&error),
            EngineError::Send(SendFailure::ClientIdConflict) => {
                Self::new("conflict").detail("this client_id was used for another text")
            }
            EngineError::Send(failure @ SendFailure::Refused(_)) => internal(&failure),
            EngineError::Send(failure) => unstored(&failure),
            EngineError::Cursor(error) => Self::invalid(error.to_string()),
            EngineError::Store(error) => unstored(&error),
            other => internal(&other),
        }
    }
}

impl From<EntryError> for Problem {
    fn from(error: EntryError) -> Self {
        let retry_after = error.retry_after();
        match error {
            EntryError::Refused(refusal) => refused(refusal),
            EntryError::PasswordToChange => refused(Refusal::ExpiredPassword).with("changeable", json!(true)),
            EntryError::Challenge(challenge) => Self::challenge(&challenge),
            EntryError::AccountLocked { reason, until } => {
                let problem = Self::new("locked").with("until", json!(until.map(|until| until.to_string())));
                match reason {
                    Some(reason) => problem.detail(reason),
                    None => problem,
                }
            }
            EntryError::Throttled(_) => Self::new("throttled")
                .detail("too many failed attempts; wait before the next one")
                .retry_after(retry_after),
            EntryError::FrontFull(full) => front_full(full.retry_after),
            EntryError::AddressFull(full) => address_full(full.retry_after),
            EntryError::NoMoreAccounts => Self::new("no-more-accounts").detail(
                "as many people as may have entered this front; who has been here before still comes in",
            ),
            EntryError::SessionEnded(ending) => session_ended(&ending),
            EntryError::Ticket(refusal) => Self::new("login-refused").detail(refusal.to_string()),
            EntryError::Link(conflict) => Self::new("not-permitted").detail(conflict.to_string()),
            EntryError::Unacceptable(why) => Self::new("unacceptable").detail(why),
            EntryError::NameTaken => Self::new("conflict").detail("this name is taken"),
            EntryError::NoRegistration => Self::new("not-permitted").detail("accounts are not made here"),
            // Which system failed and how is the administrator's business, not the visitor's.
            EntryError::Unanswered(_) => Self::new("authenticator-unavailable")
                .detail("your account can't be checked at the moment; try again later")
                .retry_after(Some(retry_after.unwrap_or(Duration::from_secs(30)))),
            EntryError::Store(error) => unstored(&error),
            other => internal(&other),
        }
    }
}

fn contact(refusal: ContactRefusal) -> Problem {
    let limited = |limit: u32, whose: &str, what: &str| {
        Problem::new("limit-reached")
            .with("limit", json!(limit))
            .with("whose", json!(whose))
            .with("what", json!(what))
    };
    match refusal {
        ContactRefusal::LimitReached { limit } => {
            limited(limit, "mine", "contacts").detail(format!("at most {limit} contacts are allowed here"))
        }
        ContactRefusal::TheirLimitReached { limit } => {
            limited(limit, "theirs", "contacts").detail("this person has as many contacts as they may have")
        }
        ContactRefusal::TooManyRequests { limit } => limited(limit, "mine", "requests")
            .detail(format!("at most {limit} requests may wait for an answer; withdraw one first")),
        ContactRefusal::RefusedByThem | ContactRefusal::NotAContact => {
            Problem::new("not-permitted").detail(refusal.to_string())
        }
        ContactRefusal::NothingTo(_) | ContactRefusal::RefusedByYou => {
            Problem::new("conflict").detail(refusal.to_string())
        }
    }
}

fn refused(refusal: Refusal) -> Problem {
    match refusal {
        Refusal::UnknownSubject | Refusal::BadSecret => Problem::new("login-refused"),
        Refusal::Banned { reason, until } => {
            let problem = Problem::new("banned").with("until", json!(until.map(|until| until.to_string())));
            match reason {
                Some(reason) => problem.detail(reason),
                None => problem,
            }
        }
        Refusal::Locked { until } => {
            Problem::new("locked").with("until", json!(until.map(|until| until.to_string())))
        }
        Refusal::Disabled => Problem::new("disabled"),
        Refusal::Pending => {
            Problem::new("pending").detail(
                "your account waits: for an administrator to approve it, or for you to open the link in the letter that \
                 proves your e-mail address",
            )
        }
        Refusal::ExpiredPassword => Problem::new("expired-password").with("changeable", json!(false)),
        _ => Problem::new("not-permitted"),
    }
}

fn group_refused(refusal: GroupRefusal) -> Problem {
    let problem = match refusal {
        GroupRefusal::NotFound => return Problem::new("not-found"),
        GroupRefusal::KeptElsewhere | GroupRefusal::NotManaged | GroupRefusal::Refused => {
            Problem::new("not-permitted")
        }
        GroupRefusal::LastManager | GroupRefusal::NothingTo(_) | GroupRefusal::NameTaken => {
            Problem::new("conflict")
        }
        GroupRefusal::LimitReached { limit } => Problem::new("limit-reached").with("limit", json!(limit)),
    };
    problem.detail(refusal.to_string())
}

fn conference_refused(refusal: ConferenceRefusal) -> Problem {
    let problem = match refusal {
        ConferenceRefusal::NotFound => return Problem::new("not-found"),
        ConferenceRefusal::NotHost => Problem::new("not-permitted"),
        ConferenceRefusal::NothingToDecline => Problem::new("conflict"),
        ConferenceRefusal::LimitReached { limit } => {
            Problem::new("limit-reached").with("limit", json!(limit))
        }
    };
    problem.detail(refusal.to_string())
}

fn session_ended(ending: &Ending) -> Problem {
    Problem::new("session-ended")
        .detail(ending.sentence())
        .with("reason", json!(ending.as_str()))
        .with("until", json!(ending.until().map(|until| until.to_string())))
}

fn address_full(retry_after: Duration) -> Problem {
    Problem::new("address-full")
        .detail("as many sessions come from this address as may; log one of them out, or try again later")
        .retry_after(Some(retry_after))
}

fn front_full(retry_after: Duration) -> Problem {
    Problem::new("front-full")
        .detail("too many people are here; try again in a moment")
        .retry_after(Some(retry_after))
}

fn shout_refused(refusal: ShoutRefusal) -> Problem {
    let problem = match refusal {
        ShoutRefusal::Text => Problem::new("unacceptable"),
        ShoutRefusal::Quota { limit, .. } | ShoutRefusal::VoteQuota { limit, .. } => {
            Problem::new("limit-reached").with("limit", json!(limit))
        }
        ShoutRefusal::QueueFull => Problem::new("limit-reached"),
        ShoutRefusal::Muted | ShoutRefusal::Own => Problem::new("not-permitted"),
        ShoutRefusal::Gone => Problem::new("not-found"),
    };
    problem.detail(refusal.to_string())
}

fn file_refused(refusal: FileRefusal) -> Problem {
    let problem = match refusal {
        FileRefusal::TooLarge { largest } => Problem::new("payload-too-large").with("limit", json!(largest)),
        FileRefusal::NoSpace { space } => Problem::new("limit-reached").with("limit", json!(space)),
        FileRefusal::TooMany { per_week } => Problem::new("limit-reached").with("limit", json!(per_week)),
        FileRefusal::Empty | FileRefusal::Truncated | FileRefusal::NotYours => Problem::new("unacceptable"),
    };
    problem.detail(refusal.to_string())
}

fn unstored(error: &dyn std::error::Error) -> Problem {
    tracing::error!(%error, "the store did not do what was asked");
    Problem::new("store-unavailable").retry_after(Some(Duration::from_secs(5)))
}

fn internal(error: &dyn std::error::Error) -> Problem {
    tracing::error!(%error, "an error without a problem of its own");
    Problem::new("internal")
}

/// The answer where there is nothing.
pub async fn not_found() -> Result<HttpResponse, Problem> {
    Err(Problem::new("not-found"))
}

/// The answer to a method that a place doesn't take.
pub async fn method_not_allowed() -> Result<HttpResponse, Problem> {
    Err(Problem::new("method-not-allowed"))
}
