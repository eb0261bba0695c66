//! Second factors of the own account that are typed: codes of an authenticator program (RFC 6238), recovery codes.

use actix_web::http::header;
use actix_web::web::{self, Data, ServiceConfig};
use actix_web::{HttpRequest, HttpResponse};
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::http::api::schema::ProblemDoc;
use crate::http::api::security::within;
use crate::http::api::session::origin_of;
use crate::http::body::JsonBody;
use crate::http::caller::Caller;
use crate::http::{Problem, Site, problem};

/// The routes below a front.
pub fn routes(config: &mut ServiceConfig) {
    let resource = |path: &str| web::resource(path).default_service(web::to(problem::method_not_allowed));
    config
        .service(
            resource("/account/totp")
                .route(web::post().to(post_totp))
                .route(web::put().to(put_totp))
                .route(web::delete().to(delete_totp)),
        )
        .service(resource("/account/recovery-codes").route(web::post().to(post_recovery_codes)));
}

/// The own password once more.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PasswordBody {
    #[schema(value_type = String)]
    password: SecretString,
}

/// A new second factor, to be typed or photographed.
#[derive(Debug, Serialize, ToSchema)]
pub struct TotpBody {
    /// In base32.
    secret: String,
    /// The same as an `otpauth:` address, for a QR code.
    uri: String,
}

/// Begin the enrolment of a second factor (RFC 6238). It is in force once it is confirmed.
#[utoipa::path(post, path = "/account/totp", tag = "account", request_body = PasswordBody, responses(
    (status = 201, body = TotpBody), (status = 401, body = ProblemDoc), (status = 403, body = ProblemDoc),
    (status = 409, body = ProblemDoc), (status = 429, body = ProblemDoc)))]
pub async fn post_totp(
    request: HttpRequest,
    site: Data<Site>,
    Caller(visitor): Caller,
    JsonBody(body): JsonBody<PasswordBody>,
) -> Result<HttpResponse, Problem> {
    within([&body.password])?;
    let origin = origin_of(&request, &site);
    let (secret, uri) = site.engine.enrol_second_factor(&visitor, &body.password, &origin).await?;
    let body = TotpBody { secret: secret.expose_secret().to_owned(), uri: uri.expose_secret().to_owned() };
    Ok(HttpResponse::Created().insert_header((header::CACHE_CONTROL, "no-store")).json(body))
}

/// A code of the authenticator program.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CodeBody {
    #[schema(value_type = String)]
    code: SecretString,
}

/// Codes for the day when the authenticator program is lost; each is good once.
#[derive(Debug, Serialize, ToSchema)]
pub struct RecoveryBody {
    /// Shown this once.
    recovery_codes: Vec<String>,
}

/// Confirm the second factor by a code of it.
#[utoipa::path(put, path = "/account/totp", tag = "account", request_body = CodeBody, responses(
    (status = 200, body = RecoveryBody), (status = 401, body = ProblemDoc), (status = 422, body = ProblemDoc),
    (status = 429, body = ProblemDoc)))]
pub async fn put_totp(
    request: HttpRequest,
    site: Data<Site>,
    Caller(visitor): Caller,
    JsonBody(body): JsonBody<CodeBody>,
) -> Result<HttpResponse, Problem> {
    within([&body.code])?;
    let origin = origin_of(&request, &site);
    let recovery_codes = site.engine.confirm_second_factor(&visitor, &body.code, &origin).await?;
    let body = RecoveryBody { recovery_codes };
    Ok(HttpResponse::Ok().insert_header((header::CACHE_CONTROL, "no-store")).json(body))
}

/// New recovery codes in place of those that there are, also when none is left. They stand in for a second factor, which
/// must be there.
#[utoipa::path(post, path = "/account/recovery-codes", tag = "account", request_body = PasswordBody, responses(
    (status = 201, body = RecoveryBody), (status = 401, body = ProblemDoc), (status = 403, body = ProblemDoc),
    (status = 409, body = ProblemDoc), (status = 429, body = ProblemDoc)))]
pub async fn post_recovery_codes(
    request: HttpRequest,
    site: Data<Site>,
    Caller(visitor): Caller,
    JsonBody(body): JsonBody<PasswordBody>,
) -> Result<HttpResponse, Problem> {
    within([&body.password])?;
    let origin = origin_of(&request, &site);
    let recovery_codes = site.engine.renew_recovery_codes(&visitor, &body.password, &origin).await?;
    let body = RecoveryBody { recovery_codes };
    Ok(HttpResponse::Created().insert_header((header::CACHE_CONTROL, "no-store")).json(body))
}

/// Take the second factor away, by a code of it or a recovery code.
#[utoipa::path(delete, path = "/account/totp", tag = "account", request_body = CodeBody, responses(
    (status = 204), (status = 401, body = ProblemDoc), (status = 422, body = ProblemDoc),
    (status = 429, body = ProblemDoc)))]
pub async fn delete_totp(
    request: HttpRequest,
    site: Data<Site>,
    Caller(visitor): Caller,
    JsonBody(body): JsonBody<CodeBody>,
) -> Result<HttpResponse, Problem> {
    within([&body.code])?;
    site.engine.remove_second_factor(&visitor, &body.code, &origin_of(&request, &site)).await?;
    Ok(HttpResponse::NoContent().finish())
}
