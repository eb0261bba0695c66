//! Passkeys of the own account (W3C Web Authentication).

use actix_web::http::header;
use actix_web::web::{self, Data, Json, Path, ServiceConfig};
use actix_web::{HttpRequest, HttpResponse};
use portico_core::Timestamp;
use portico_core::auth::PasskeyFacts;
use secrecy::SecretString;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;

use crate::http::api::schema::ProblemDoc;
use crate::http::api::security::within;
use crate::http::api::session::origin_of;
use crate::http::body::JsonBody;
use crate::http::caller::Caller;
use crate::http::{Problem, Site, problem};

/// Most that a name is before it is looked at, in bytes.
const MAX_NAME: usize = 1024;

/// A passkey.
#[derive(Debug, Serialize, ToSchema)]
pub struct PasskeyBody {
    /// Opaque id.
    id: String,
    /// What its person calls it.
    name: String,
    #[schema(value_type = String)]
    made_at: Timestamp,
    /// `null` = never.
    #[schema(value_type = Option<String>)]
    used_at: Option<Timestamp>,
}

impl From<PasskeyFacts> for PasskeyBody {
    fn from(PasskeyFacts { id, name, made_at, used_at }: PasskeyFacts) -> Self {
        Self { id, name, made_at, used_at }
    }
}

/// The own passkeys.
#[derive(Debug, Serialize, ToSchema)]
pub struct PasskeysBody {
    /// The oldest first.
    passkeys: Vec<PasskeyBody>,
    /// How many there may be.
    limit: usize,
    /// Whether one can be made here.
    available: bool,
    /// Why not, for the person.
    why: Option<String>,
    /// The host at whose pages they are made and used (the RP ID); `null` where none can be.
    rp_id: Option<String>,
}

/// The routes below a front.
pub fn routes(config: &mut ServiceConfig) {
    let resource = |path: &str| web::resource(path).default_service(web::to(problem::method_not_allowed));
    config
        .service(
            resource("/account/passkeys")
                .route(web::get().to(get))
                .route(web::post().to(post))
                .route(web::put().to(put)),
        )
        .service(resource("/account/passkeys/{id}").route(web::delete().to(delete)));
}

/// The own passkeys.
#[utoipa::path(get, path = "/account/passkeys", tag = "account", responses(
    (status = 200, body = PasskeysBody), (status = 401, body = ProblemDoc)))]
pub async fn get(site: Data<Site>, Caller(visitor): Caller) -> Result<Json<PasskeysBody>, Problem> {
    let own = site.engine.passkeys(&visitor).await?;
    Ok(Json(PasskeysBody {
        passkeys: own.passkeys.into_iter().map(Into::into).collect(),
        limit: own.limit,
        available: own.place.is_ok(),
        why: own.place.as_ref().err().cloned(),
        rp_id: own.place.ok(),
    }))
}

/// The own password once more.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PasskeyPasswordBody {
    #[schema(value_type = String)]
    password: SecretString,
}

/// What a browser makes a passkey by.
#[derive(Debug, Serialize, ToSchema)]
pub struct PasskeyBeginBody {
    /// To be sent back with the browser's answer, within five minutes.
    id: String,
    /// `PublicKeyCredentialCreationOptionsJSON`.
    #[schema(value_type = Object)]
    options: Value,
}

/// Begin to make a passkey.
#[utoipa::path(post, path = "/account/passkeys", tag = "account", request_body = PasskeyPasswordBody, responses(
    (status = 201, body = PasskeyBeginBody), (status = 401, body = ProblemDoc), (status = 403, body = ProblemDoc),
    (status = 409, body = ProblemDoc), (status = 429, body = ProblemDoc)))]
pub async fn post(
    request: HttpRequest,
    site: Data<Site>,
    Caller(visitor): Caller,
    JsonBody(body): JsonBody<PasskeyPasswordBody>,
) -> Result<HttpResponse, Problem> {
    within([&body.password])?;
    let origin = origin_of(&request, &site);
    let (id, options) = site.engine.begin_passkey(&visitor, &body.password, &origin).await?;
    let options = serde_json::from_str(&options).map_err(|_| Problem::new("internal"))?;
    let body = PasskeyBeginBody { id, options };
    Ok(HttpResponse::Created().insert_header((header::CACHE_CONTROL, "no-store")).json(body))
}

/// The browser's answer.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PasskeyFinishBody {
    /// The id of the beginning.
    id: String,
    /// What the person calls it, 1 to 64 characters.
    name: String,
    /// `RegistrationResponseJSON`.
    #[schema(value_type = Object)]
    credential: Value,
}

/// A new passkey.
#[derive(Debug, Serialize, ToSchema)]
pub struct PasskeyMadeBody {
    passkey: PasskeyBody,
    /// With the first second factor, shown this once; `null` otherwise.
    recovery_codes: Option<Vec<String>>,
}

/// Finish making a passkey. It is asked for at the login from now on.
#[utoipa::path(put, path = "/account/passkeys", tag = "account", request_body = PasskeyFinishBody, responses(
    (status = 201, body = PasskeyMadeBody), (status = 401, body = ProblemDoc), (status = 403, body = ProblemDoc),
    (status = 409, body = ProblemDoc), (status = 422, body = ProblemDoc)))]
pub async fn put(
    site: Data<Site>,
    Caller(visitor): Caller,
    JsonBody(body): JsonBody<PasskeyFinishBody>,
) -> Result<HttpResponse, Problem> {
    let PasskeyFinishBody { id, name, credential } = body;
    if id.len() > MAX_NAME || name.len() > MAX_NAME {
        return Err(Problem::new("unacceptable").detail("this is too long"));
    }
    let credential = SecretString::from(credential.to_string());
    let (passkey, recovery_codes) = site.engine.finish_passkey(&visitor, &id, &name, &credential).await?;
    let body = PasskeyMadeBody { passkey: passkey.into(), recovery_codes };
    Ok(HttpResponse::Created().insert_header((header::CACHE_CONTROL, "no-store")).json(body))
}

/// Take a passkey away. With the last second factor the recovery codes go too.
#[utoipa::path(delete, path = "/account/passkeys/{id}", tag = "account", request_body = PasskeyPasswordBody, responses(
    (status = 204), (status = 401, body = ProblemDoc), (status = 403, body = ProblemDoc),
    (status = 404, body = ProblemDoc), (status = 429, body = ProblemDoc)))]
pub async fn delete(
    request: HttpRequest,
    site: Data<Site>,
    id: Path<String>,
    Caller(visitor): Caller,
    JsonBody(body): JsonBody<PasskeyPasswordBody>,
) -> Result<HttpResponse, Problem> {
    within([&body.password])?;
    let origin = origin_of(&request, &site);
    site.engine.remove_passkey(&visitor, &id, &body.password, &origin).await?;
    Ok(HttpResponse::NoContent().finish())
}
