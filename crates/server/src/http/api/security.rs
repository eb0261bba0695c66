//! The own account: what is known of it, passwords, names; leaving.

use actix_web::http::header;
use actix_web::web::{Data, Json};
use actix_web::{HttpRequest, HttpResponse};
use portico_core::Timestamp;
use portico_core::account::OwnMessages;
use portico_core::auth::{PasswordRules, ProfileChange};
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Deserializer, Serialize};
use utoipa::ToSchema;

use crate::http::api::schema::{AccountBody, ProblemDoc};
use crate::http::api::session::origin_of;
use crate::http::body::JsonBody;
use crate::http::caller::Caller;
use crate::http::front::AtFront;
use crate::http::{Problem, Site, cookies};

/// Longest text that somebody types for a login or an address.
const MAX_NAME: usize = 1024;
/// Longest password or code.
const MAX_SECRET: usize = 8 * 1024;

/// What is known of the own account.
#[derive(Debug, Serialize, ToSchema)]
pub struct SecurityBody {
    /// Whether Portico keeps the account itself; all that follows is `null`, `false` or 0 where it doesn't.
    native: bool,
    #[schema(value_type = Option<String>)]
    password_changed_at: Option<Timestamp>,
    /// When the password must be changed; `null` = never.
    #[schema(value_type = Option<String>)]
    password_expires_at: Option<Timestamp>,
    email_verified: bool,
    /// Whether a code of an authenticator program is one of the second factors.
    totp: bool,
    /// How many passkeys there are.
    passkeys: usize,
    /// Why no passkey can be made here, for the person; `null` when one can.
    passkeys_unavailable: Option<String>,
    recovery_codes_left: usize,
    may: MayBody,
    /// The rules of a new password; `null` where another system keeps it.
    rules: Option<RulesBody>,
}

/// What the person may do here.
#[derive(Debug, Serialize, ToSchema)]
pub struct MayBody {
    change_password: bool,
    change_profile: bool,
    totp: bool,
    passkeys: bool,
    leave: bool,
}

/// The rules of a new password.
#[derive(Debug, Serialize, ToSchema)]
pub struct RulesBody {
    min_length: usize,
    digit: bool,
    letter: bool,
    upper: bool,
    lower: bool,
    special: bool,
}

/// What is known of the own account, and what may be done about it.
#[utoipa::path(get, path = "/account/security", tag = "account", responses(
    (status = 200, body = SecurityBody), (status = 401, body = ProblemDoc)))]
pub async fn get(site: Data<Site>, Caller(visitor): Caller) -> Result<Json<SecurityBody>, Problem> {
    let own = site.engine.own_account(&visitor).await?;
    let unavailable = site.engine.passkeys_place(&visitor).err();
    let native = own.facts.is_some();
    let facts = own.facts.as_ref();
    Ok(Json(SecurityBody {
        native,
        password_changed_at: facts.map(|facts| facts.password_changed_at),
        password_expires_at: facts.and_then(|facts| facts.password_expires_at),
        email_verified: facts.is_some_and(|facts| facts.email_verified),
        totp: facts.is_some_and(|facts| facts.totp),
        passkeys: facts.map_or(0, |facts| facts.passkeys),
        recovery_codes_left: facts.map_or(0, |facts| facts.recovery_left),
        may: MayBody {
            change_password: native,
            change_profile: own.may_change_profile,
            totp: native,
            passkeys: native && unavailable.is_none(),
            leave: own.may_leave,
        },
        passkeys_unavailable: unavailable,
        rules: own.rules.map(RulesBody::from),
    }))
}

impl From<PasswordRules> for RulesBody {
    fn from(rules: PasswordRules) -> Self {
        let PasswordRules { min_length, digit, letter, upper, lower, special } = rules;
        Self { min_length, digit, letter, upper, lower, special }
    }
}

/// Another password, without a session.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ChangeBody {
    login: String,
    #[schema(value_type = String)]
    password: SecretString,
    #[schema(value_type = String)]
    new_password: SecretString,
}

/// Change the own password without a session: an expired one, for example. All sessions end.
#[utoipa::path(post, path = "/account/password", tag = "account", request_body = ChangeBody, responses(
    (status = 204), (status = 401, body = ProblemDoc), (status = 403, body = ProblemDoc),
    (status = 422, body = ProblemDoc), (status = 429, body = ProblemDoc)))]
pub async fn post_password(
    request: HttpRequest,
    site: Data<Site>,
    AtFront(front): AtFront,
    JsonBody(body): JsonBody<ChangeBody>,
) -> Result<HttpResponse, Problem> {
    let ChangeBody { login, password, new_password } = body;
    within([&password, &new_password])?;
    let origin = origin_of(&request, &site);
    let login = if login.len() > MAX_NAME { String::new() } else { login };
    site.engine.change_password(&front, &login, &password, &new_password, &origin).await?;
    Ok(HttpResponse::NoContent().finish())
}

/// Another password.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct OwnChangeBody {
    #[schema(value_type = String)]
    password: SecretString,
    #[schema(value_type = String)]
    new_password: SecretString,
}

/// Change the own password. This session stays, all others end.
#[utoipa::path(put, path = "/account/password", tag = "account", request_body = OwnChangeBody, responses(
    (status = 204), (status = 401, body = ProblemDoc), (status = 403, body = ProblemDoc),
    (status = 422, body = ProblemDoc), (status = 429, body = ProblemDoc)))]
pub async fn put_password(
    request: HttpRequest,
    site: Data<Site>,
    Caller(visitor): Caller,
    JsonBody(body): JsonBody<OwnChangeBody>,
) -> Result<HttpResponse, Problem> {
    within([&body.password, &body.new_password])?;
    let origin = origin_of(&request, &site);
    site.engine.change_own_password(&visitor, &body.password, &body.new_password, &origin).await?;
    Ok(HttpResponse::NoContent().finish())
}

/// A forgotten password.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ResetBody {
    login_or_email: String,
}

/// The same for everybody.
#[derive(Debug, Serialize, ToSchema)]
pub struct ResetAnswer {
    /// Whether there is such a person is nobody else's business.
    #[schema(value_type = Option<bool>)]
    sent: Option<bool>,
}

/// Ask for a letter with a link by which a new password can be chosen. The answer is the same whether or not there is
/// such a person.
#[utoipa::path(post, path = "/account/reset", tag = "account", request_body = ResetBody, responses(
    (status = 202, body = ResetAnswer), (status = 403, body = ProblemDoc), (status = 429, body = ProblemDoc)))]
pub async fn post_reset(
    request: HttpRequest,
    site: Data<Site>,
    AtFront(front): AtFront,
    JsonBody(body): JsonBody<ResetBody>,
) -> Result<HttpResponse, Problem> {
    if body.login_or_email.len() > MAX_NAME || body.login_or_email.trim().is_empty() {
        return Err(Problem::new("unacceptable").detail("give a login name or an e-mail address"));
    }
    site.engine.request_reset(&front, &body.login_or_email, &origin_of(&request, &site)).await?;
    Ok(HttpResponse::Accepted().json(ResetAnswer { sent: None }))
}

/// The link of a letter, and what it is for.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct FinishBody {
    #[schema(value_type = String)]
    token: SecretString,
    #[schema(value_type = String)]
    new_password: SecretString,
}

/// Choose a new password by the link of a letter. All sessions end.
#[utoipa::path(post, path = "/account/reset/finish", tag = "account", request_body = FinishBody, responses(
    (status = 204), (status = 403, body = ProblemDoc), (status = 422, body = ProblemDoc)))]
pub async fn post_finish(
    request: HttpRequest,
    site: Data<Site>,
    AtFront(front): AtFront,
    JsonBody(body): JsonBody<FinishBody>,
) -> Result<HttpResponse, Problem> {
    within([&body.token, &body.new_password])?;
    let origin = origin_of(&request, &site);
    site.engine.finish_reset(&front, body.token.expose_secret(), &body.new_password, &origin).await?;
    Ok(HttpResponse::NoContent().finish())
}

/// The link of a letter that proves an address.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct VerifyBody {
    #[schema(value_type = String)]
    token: SecretString,
}

/// Prove an e-mail address by the link of a letter.
#[utoipa::path(post, path = "/account/verify", tag = "account", request_body = VerifyBody, responses(
    (status = 204), (status = 403, body = ProblemDoc), (status = 422, body = ProblemDoc)))]
pub async fn post_verify(
    site: Data<Site>,
    AtFront(front): AtFront,
    JsonBody(body): JsonBody<VerifyBody>,
) -> Result<HttpResponse, Problem> {
    within([&body.token])?;
    site.engine.prove_address(&front, body.token.expose_secret()).await?;
    Ok(HttpResponse::NoContent().finish())
}

/// What is to be shown from now on; what isn't there stays as it is, `null` and `""` take it away.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ProfileBody {
    #[serde(default, deserialize_with = "there")]
    #[schema(value_type = Option<String>)]
    display_name: Option<Option<String>>,
    #[serde(default, deserialize_with = "there")]
    #[schema(value_type = Option<String>)]
    email: Option<Option<String>>,
    /// Needed with `email`.
    #[schema(value_type = Option<String>)]
    password: Option<SecretString>,
}

/// Tells `null` from what isn't there.
fn there<'de, D: Deserializer<'de>>(from: D) -> Result<Option<Option<String>>, D::Error> {
    Option::<String>::deserialize(from).map(Some)
}

/// Change what is shown of oneself.
#[utoipa::path(patch, path = "/account/profile", tag = "account", request_body = ProfileBody, responses(
    (status = 200, body = AccountBody), (status = 401, body = ProblemDoc), (status = 403, body = ProblemDoc),
    (status = 422, body = ProblemDoc), (status = 429, body = ProblemDoc)))]
pub async fn patch_profile(
    request: HttpRequest,
    site: Data<Site>,
    Caller(visitor): Caller,
    JsonBody(body): JsonBody<ProfileBody>,
) -> Result<Json<AccountBody>, Problem> {
    let ProfileBody { display_name, email, password } = body;
    if let Some(password) = &password {
        within([password])?;
    }
    let change = ProfileChange { display_name, email };
    let origin = origin_of(&request, &site);
    let account = site.engine.change_profile(&visitor, &change, password.as_ref(), &origin).await?;
    Ok(Json(AccountBody::own(&account, &site.engine)))
}

/// Leaving for good.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct LeaveBody {
    /// Needed for accounts that Portico keeps itself.
    #[schema(value_type = Option<String>)]
    password: Option<SecretString>,
    /// `keep` (the default): others keep what was written to them, from somebody without a name; `delete`: it is deleted.
    messages: Option<MessagesWord>,
}

/// What becomes of the messages.
#[derive(Debug, Clone, Copy, Deserialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub enum MessagesWord {
    Keep,
    Delete,
}

/// Leave for good: the account is deleted with everything that belongs to it.
#[utoipa::path(delete, path = "/account", tag = "account", request_body = LeaveBody, responses(
    (status = 204), (status = 401, body = ProblemDoc), (status = 403, body = ProblemDoc),
    (status = 422, body = ProblemDoc), (status = 429, body = ProblemDoc)))]
pub async fn delete(
    request: HttpRequest,
    site: Data<Site>,
    AtFront(front): AtFront,
    Caller(visitor): Caller,
    JsonBody(body): JsonBody<LeaveBody>,
) -> Result<HttpResponse, Problem> {
    if let Some(password) = &body.password {
        within([password])?;
    }
    let messages = match body.messages {
        Some(MessagesWord::Delete) => OwnMessages::Delete,
        Some(MessagesWord::Keep) | None => OwnMessages::Keep,
    };
    let peer = site.trust.peer_of(&request);
    site.engine.leave(&visitor, body.password.as_ref(), messages, peer).await?;
    let cookie = cookies::without_session(&front, site.trust.is_https(&request));
    Ok(HttpResponse::NoContent().append_header((header::SET_COOKIE, cookie)).finish())
}

/// Refuses what is too long to be looked at.
pub(super) fn within<const N: usize>(secrets: [&SecretString; N]) -> Result<(), Problem> {
    let fits = secrets.iter().all(|secret| secret.expose_secret().len() <= MAX_SECRET);
    if fits { Ok(()) } else { Err(Problem::new("unacceptable").detail("a password or code is too long")) }
}
