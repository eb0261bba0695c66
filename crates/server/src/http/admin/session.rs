use actix_web::http::header;
use actix_web::web::{Data, Json};
use actix_web::{HttpRequest, HttpResponse};
use portico_core::Timestamp;
use portico_core::account::Account;
use portico_core::administration::{Actor, ActorKind, Rights};
use portico_core::auth::Credentials;
use portico_core::engine::{EngineError, LoginOrigin, stamp_of};
use secrecy::SecretString;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::caller::{Admin, native_of, rights_of};
use crate::http::api::schema::ProblemDoc;
use crate::http::api::session::origin_of;
use crate::http::body::JsonBody;
use crate::http::caller::prove_origin;
use crate::http::{Problem, Site, cookies};

/// Who comes in: `login` and `password`; or `challenge_id` and `response`, where these were answered by `challenge-required`.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AdminLoginBody {
    /// The login name of one of Portico's own accounts.
    login: Option<String>,
    /// Its password.
    #[schema(value_type = Option<String>)]
    password: Option<SecretString>,
    /// The id of a challenge of the administration.
    challenge_id: Option<String>,
    /// The answer to it.
    #[schema(value_type = Option<String>)]
    response: Option<SecretString>,
}

/// An administrator.
#[derive(Debug, Serialize, ToSchema)]
pub struct WhoBody {
    /// Opaque id.
    pub id: String,
    /// The login name.
    pub login: String,
    /// The name to show.
    pub display_name: String,
    /// Identity name space.
    pub realm: String,
}

impl From<&Account> for WhoBody {
    fn from(account: &Account) -> Self {
        Self {
            id: account.id.to_string(),
            login: account.profile.login.clone(),
            display_name: account.profile.display_name.clone(),
            realm: account.realm.as_str().to_owned(),
        }
    }
}

/// A session of the administration.
#[derive(Debug, Serialize, ToSchema)]
pub struct AdminSessionBody {
    /// The session's secret, only when it begins.
    token: Option<String>,
    /// Whose it is; `null` on the command line.
    account: Option<WhoBody>,
    /// What they may do.
    #[schema(value_type = Vec<String>)]
    rights: Rights,
    /// When it ends; `null` on the command line.
    #[schema(value_type = Option<String>)]
    expires_at: Option<Timestamp>,
}

/// Sign in: one of Portico's own accounts with rights of an administrator. Where it has a second factor, the password is
/// answered by `challenge-required`, and this call goes on with the answer.
#[utoipa::path(post, path = "/session", tag = "session", request_body = AdminLoginBody, responses(
    (status = 201, body = AdminSessionBody), (status = 400, body = ProblemDoc), (status = 401, body = ProblemDoc), (status = 403, body = ProblemDoc),
    (status = 429, body = ProblemDoc)))]
pub async fn post(
    request: HttpRequest,
    site: Data<Site>,
    JsonBody(body): JsonBody<AdminLoginBody>,
) -> Result<HttpResponse, Problem> {
    // A page of another site must not sign anybody in.
    if request.headers().contains_key(header::ORIGIN) {
        prove_origin(&request, &site)?;
    }
    let origin = origin_of(&request, &site);
    let account = prove(&site, body, &origin).await?;
    let user = native_of(&site, &account).await?.ok_or_else(|| Problem::new("login-refused"))?;
    let rights = rights_of(&site, &account, Some(&user));
    if rights.is_empty() {
        return Err(Problem::new("not-permitted").detail("you are no administrator"));
    }
    let session = site.engine.open_admin_session(account.id, &stamp_of(&user.password_hash)).await?;
    let actor = Actor {
        kind: ActorKind::Administrator,
        id: Some(account.id),
        name: account.profile.login.clone(),
        address: origin.peer,
    };
    let entry = site.engine.audit_entry(&actor, "signed-in");
    site.engine.record(entry).await?;
    let cookie = cookies::with_admin(session.token.expose(), site.trust.is_https(&request));
    Ok(HttpResponse::Created().append_header((header::SET_COOKIE, cookie)).json(AdminSessionBody {
        token: Some(session.token.expose().to_owned()),
        account: Some((&account).into()),
        rights,
        expires_at: Some(session.expires_at),
    }))
}

async fn prove(site: &Site, body: AdminLoginBody, origin: &LoginOrigin) -> Result<Account, Problem> {
    let AdminLoginBody { login, password, challenge_id, response } = body;
    let own = &site.desk.own;
    let proven = match (login, password, challenge_id, response) {
        (Some(login), Some(password), None, None) => {
            let credentials = Credentials::Password { login, password };
            site.engine.prove_administrator(own, &credentials, origin).await
        }
        (None, None, Some(challenge), Some(response)) => {
            site.engine.answer_administrator(own, &challenge, &response, origin).await
        }
        (.., Some(_), _) | (.., Some(_)) => {
            return Err(Problem::invalid("`challenge_id` and `response` belong together, and stand alone"));
        }
        _ => return Err(Problem::invalid("`login` and `password` are both needed")),
    };
    proven.map_err(Problem::from)
}

/// Whose session this is, and what they may do.
#[utoipa::path(get, path = "/session", tag = "session", responses(
    (status = 200, body = AdminSessionBody), (status = 401, body = ProblemDoc)))]
pub async fn get(admin: Admin) -> Json<AdminSessionBody> {
    Json(AdminSessionBody {
        token: None,
        account: admin.account.as_ref().map(Into::into),
        rights: admin.rights,
        expires_at: admin.session.map(|session| session.expires_at),
    })
}

/// Sign out.
#[utoipa::path(delete, path = "/session", tag = "session", responses(
    (status = 204), (status = 401, body = ProblemDoc)))]
pub async fn delete(request: HttpRequest, site: Data<Site>, admin: Admin) -> Result<HttpResponse, Problem> {
    if let Some(session) = &admin.session {
        site.engine.close_admin_session(session).await.map_err(|error: EngineError| Problem::from(error))?;
    }
    let cookie = cookies::without_admin(site.trust.is_https(&request));
    Ok(HttpResponse::NoContent().append_header((header::SET_COOKIE, cookie)).finish())
}
