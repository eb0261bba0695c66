use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse};
use portico_core::auth::RegistrationForm;
use portico_core::engine::Registered;
use secrecy::SecretString;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::http::api::schema::ProblemDoc;
use crate::http::api::session::origin_of;
use crate::http::body::JsonBody;
use crate::http::front::AtFront;
use crate::http::{Problem, Site};

/// A registration form, where the front has one.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RegistrationBody {
    login: String,
    #[schema(value_type = String)]
    password: SecretString,
    display_name: Option<String>,
    email: Option<String>,
}

/// What became of it.
#[derive(Debug, Serialize, ToSchema)]
pub struct RegisteredBody {
    /// `active`: log in now; `pending`: an administrator must approve it first; `unverified`: a letter with a link went to the
    /// e-mail address, which must be opened first.
    state: &'static str,
}

/// Make an account.
#[utoipa::path(post, path = "/account", tag = "session", request_body = RegistrationBody, responses(
    (status = 201, body = RegisteredBody), (status = 403, body = ProblemDoc), (status = 409, body = ProblemDoc),
    (status = 422, body = ProblemDoc), (status = 429, body = ProblemDoc)))]
pub async fn post(
    request: HttpRequest,
    site: Data<Site>,
    AtFront(front): AtFront,
    JsonBody(body): JsonBody<RegistrationBody>,
) -> Result<HttpResponse, Problem> {
    let form = RegistrationForm {
        login: body.login,
        password: body.password,
        display_name: body.display_name.filter(|name| !name.trim().is_empty()),
        email: body.email.filter(|email| !email.trim().is_empty()),
    };
    let registered = site.engine.register(&front, &form, &origin_of(&request, &site)).await?;
    let state = match registered {
        Registered::Active => "active",
        Registered::Pending => "pending",
        Registered::Unverified => "unverified",
    };
    Ok(HttpResponse::Created().json(RegisteredBody { state }))
}
