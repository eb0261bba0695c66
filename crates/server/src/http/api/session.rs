use actix_web::http::header;
use actix_web::web::{Data, Json};
use actix_web::{HttpRequest, HttpResponse};
use portico_core::Timestamp;
use portico_core::auth::Credentials;
use portico_core::engine::{Login, LoginOrigin, Visitor};
use portico_core::messaging::OwnPresence;
use secrecy::SecretString;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use utoipa::ToSchema;

use crate::http::api::front::{FrontBody, LimitsBody};
use crate::http::api::presence::OwnPresenceDoc;
use crate::http::api::schema::{AccountBody, ProblemDoc, RestrictionsBody};
use crate::http::body::JsonBody;
use crate::http::caller::{Caller, MaybeCaller};
use crate::http::entry::{self, Typed};
use crate::http::front::AtFront;
use crate::http::{Problem, Site, cookies, negotiate};

/// A name and a password; or nothing, where the other application's session proves it.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct LoginBody {
    login: Option<String>,
    #[schema(value_type = Option<String>)]
    password: Option<SecretString>,
    /// A hand-over ticket instead, signed by the other application.
    #[schema(value_type = Option<String>)]
    ticket: Option<SecretString>,
    /// `true`: look around without an account.
    guest: Option<bool>,
    /// A name to be believed, where the front believes the visitor's network.
    claimed_name: Option<String>,
    challenge_id: Option<String>,
    #[schema(value_type = Option<String>)]
    response: Option<SecretString>,
}

/// A new session.
#[derive(Debug, Serialize, ToSchema)]
pub struct NewSessionBody {
    /// For `Authorization: Bearer`; the cookie carries the same.
    token: String,
    /// Where to begin listening.
    cursor: String,
    account: AccountBody,
    restrictions: RestrictionsBody,
    #[schema(value_type = String)]
    expires_at: Timestamp,
    /// Where the front has moved to, as far as those may know who are in.
    moved_to: Option<String>,
}

/// The session of a request.
#[derive(Debug, Serialize, ToSchema)]
pub struct SessionBody {
    account: AccountBody,
    front: FrontBody,
    restrictions: RestrictionsBody,
    /// How the person proved who they are: `password`, `external-session`, `hand-over`, …
    proof: &'static str,
    /// The person's roles here.
    roles: Vec<String>,
    /// The limits that hold for the person.
    limits: LimitsBody,
    /// The options that hold for the person, by name, as they are written in the configuration; durations in seconds, sizes
    /// in bytes, no limit as `null`.
    #[schema(value_type = Object)]
    options: Map<String, Value>,
    /// What people read when they come in.
    welcome: Option<String>,
    /// Where the front has moved to, as far as those may know who are in.
    moved_to: Option<String>,
    inbox: InboxBody,
    /// How I am; `null` for guests.
    #[schema(value_type = Option<OwnPresenceDoc>)]
    presence: Option<OwnPresence>,
    #[schema(value_type = String)]
    expires_at: Timestamp,
}

/// Private messages where the person comes from.
#[derive(Debug, Serialize, ToSchema)]
pub struct InboxBody {
    /// How many are unread; `null` = not known.
    unread: Option<u64>,
    /// Where they are read; `null` = not known.
    url: Option<String>,
}

/// Log in.
#[utoipa::path(post, path = "/session", tag = "session", request_body = LoginBody, responses(
    (status = 201, body = NewSessionBody), (status = 400, body = ProblemDoc), (status = 401, body = ProblemDoc),
    (status = 403, body = ProblemDoc), (status = 429, body = ProblemDoc), (status = 503, body = ProblemDoc)))]
pub async fn post(
    request: HttpRequest,
    site: Data<Site>,
    AtFront(front): AtFront,
    MaybeCaller(earlier): MaybeCaller,
    JsonBody(body): JsonBody<LoginBody>,
) -> Result<HttpResponse, Problem> {
    let typed = typed_of(body)?;
    let mut origin = origin_of(&request, &site);
    // Whoever takes cookies is told apart from the next login on.
    let device = if origin.device.is_none() { cookies::new_device() } else { None };
    origin.device = origin.device.or_else(|| device.clone());
    origin.known_device = cookies::known_device(&request, &front, &site.trust);
    let login = entry::enter(&request, &site, &front, typed, origin, earlier.as_ref()).await?;
    let Login { token, visitor, account, cursor, reply, known_device } = login;
    let cookie = cookies::with_session(&front, token.expose(), site.trust.is_https(&request));
    let body = NewSessionBody {
        token: token.expose().to_owned(),
        cursor,
        account: AccountBody::own(&account, &site.engine),
        restrictions: (&site.engine.restrictions(&visitor)).into(),
        expires_at: visitor.session().expires_at(),
        moved_to: front.options.moved_to_after_login.clone(),
    };
    let mut answer = HttpResponse::Created();
    if let Some(last_leg) = reply.as_ref().and_then(negotiate::header_of) {
        answer.insert_header((header::WWW_AUTHENTICATE, last_leg));
    }
    answer.append_header((header::SET_COOKIE, cookie));
    if let Some(device) = device {
        let kept = cookies::with_device(&device, site.trust.is_https(&request));
        answer.append_header((header::SET_COOKIE, kept));
    }
    if let Some(known) = known_device {
        let known = cookies::with_known(&front, &known, site.trust.is_https(&request));
        answer.append_header((header::SET_COOKIE, known));
    }
    Ok(answer.json(body))
}

fn typed_of(body: LoginBody) -> Result<Typed, Problem> {
    let LoginBody { login, password, ticket, guest, claimed_name, challenge_id, response } = body;
    let guest = guest.unwrap_or(false);
    match (login, password, ticket, guest, claimed_name, challenge_id, response) {
        (None, None, None, false, None, None, None) => Ok(Typed::Nothing),
        (Some(login), Some(password), None, false, None, None, None) => {
            Ok(Typed::Password(Credentials::Password { login, password }))
        }
        (None, None, Some(ticket), false, None, None, None) => Ok(Typed::Ticket(ticket)),
        (None, None, None, true, None, None, None) => Ok(Typed::Guest),
        (None, None, None, false, Some(name), None, None) => Ok(Typed::Claim(name)),
        (None, None, None, false, None, Some(challenge), Some(response)) => {
            Ok(Typed::Answer { challenge, response })
        }
        (.., Some(_), _) | (.., Some(_)) => {
            Err(Problem::invalid("`challenge_id` and `response` belong together, and stand alone"))
        }
        (_, _, _, _, Some(_), ..) => Err(Problem::invalid("`claimed_name` stands alone")),
        _ => Err(Problem::invalid("`login` and `password` are both needed at this front")),
    }
}

/// The person's roles, each once.
fn roles_of(visitor: &Visitor) -> Vec<String> {
    let mut names: Vec<String> = Vec::new();
    for held in visitor.session().roles(visitor.front()) {
        if !names.contains(&held.role.name) {
            names.push(held.role.name.clone());
        }
    }
    names
}

/// Where a login comes from.
pub fn origin_of(request: &HttpRequest, site: &Site) -> LoginOrigin {
    let text = |name: header::HeaderName| {
        request.headers().get(name).and_then(|value| value.to_str().ok()).map(str::to_owned)
    };
    LoginOrigin {
        peer: site.trust.peer_of(request),
        user_agent: text(header::USER_AGENT),
        forwarded_for: text(header::HeaderName::from_static("x-forwarded-for")),
        device: cookies::device(request, &site.trust),
        known_device: None,
        bound_to: None,
    }
}

/// Whose session this is, where, and until when.
#[utoipa::path(get, path = "/session", tag = "session", responses(
    (status = 200, body = SessionBody), (status = 401, body = ProblemDoc)))]
pub async fn get(
    site: Data<Site>,
    AtFront(front): AtFront,
    Caller(visitor): Caller,
) -> Result<Json<SessionBody>, Problem> {
    let account = site.engine.account(&visitor).await?;
    let standing = visitor.session().standing();
    let presence = if visitor.is_guest() { None } else { Some(site.engine.own_presence(&visitor).await?) };
    Ok(Json(SessionBody {
        account: AccountBody::own(&account, &site.engine),
        front: FrontBody::of(&front, &site.engine),
        restrictions: (&site.engine.restrictions(&visitor)).into(),
        proof: standing.proof.as_str(),
        roles: roles_of(&visitor),
        limits: LimitsBody::of(visitor.limits()),
        options: visitor.options().told(),
        welcome: front.options.welcome.clone(),
        moved_to: front.options.moved_to_after_login.clone(),
        inbox: InboxBody {
            unread: site.engine.unread_elsewhere(visitor.community(), visitor.account()),
            url: site.engine.inbox_link(&standing.authenticator),
        },
        presence,
        expires_at: visitor.session().expires_at(),
    }))
}

/// Sign out.
#[utoipa::path(delete, path = "/session", tag = "session", responses(
    (status = 204), (status = 401, body = ProblemDoc)))]
pub async fn delete(
    request: HttpRequest,
    site: Data<Site>,
    AtFront(front): AtFront,
    Caller(visitor): Caller,
) -> Result<HttpResponse, Problem> {
    site.engine.log_out(&visitor).await?;
    let cookie = cookies::without_session(&front, site.trust.is_https(&request));
    Ok(HttpResponse::NoContent().append_header((header::SET_COOKIE, cookie)).finish())
}
