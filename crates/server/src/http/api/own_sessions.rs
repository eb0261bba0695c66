//! Where the own account is logged in.

use actix_web::http::header;
use actix_web::web::{self, Data, Path, ServiceConfig};
use actix_web::{HttpRequest, HttpResponse};
use portico_core::engine::OwnSession;
use portico_core::{SessionId, Timestamp};
use serde::Serialize;
use utoipa::ToSchema;

use crate::http::api::id_in_path;
use crate::http::api::schema::ProblemDoc;
use crate::http::caller::Caller;
use crate::http::front::AtFront;
use crate::http::{Problem, Site, cookies, problem};

/// The routes of this page.
pub fn routes(config: &mut ServiceConfig) {
    let resource = |path: &str| web::resource(path).default_service(web::to(problem::method_not_allowed));
    config
        .service(resource("/account/sessions").route(web::get().to(list)))
        .service(resource("/account/sessions/{id}").route(web::delete().to(delete)));
}

/// Where I am logged in.
#[derive(Debug, Serialize, ToSchema)]
pub struct OwnSessionsBody {
    /// The one last seen first.
    sessions: Vec<OwnSessionBody>,
}

/// One of my sessions.
#[derive(Debug, Serialize, ToSchema)]
pub struct OwnSessionBody {
    /// Names the session; it is not its token.
    id: String,
    /// The id of the front.
    front: String,
    /// The title of the front; `null` when the front is no more.
    front_title: Option<String>,
    /// Whether it is the session of this very request.
    current: bool,
    #[schema(value_type = String)]
    created_at: Timestamp,
    #[schema(value_type = String)]
    seen_at: Timestamp,
    #[schema(value_type = String)]
    expires_at: Timestamp,
    /// Where it was last seen from; `null` when that isn't known any more.
    address: Option<String>,
}

impl OwnSessionBody {
    fn of(session: &OwnSession, front_title: Option<String>) -> Self {
        Self {
            id: session.id.to_string(),
            front: session.front.to_string(),
            front_title,
            current: session.current,
            created_at: session.created_at,
            seen_at: session.seen_at,
            expires_at: session.expires_at,
            address: session.address.map(|address| address.to_string()),
        }
    }
}

/// Where I am logged in: all sessions of my account, at every front.
#[utoipa::path(get, path = "/account/sessions", tag = "account", responses(
    (status = 200, body = OwnSessionsBody), (status = 401, body = ProblemDoc), (status = 403, body = ProblemDoc)))]
pub async fn list(site: Data<Site>, Caller(visitor): Caller) -> Result<HttpResponse, Problem> {
    let own = site.engine.own_sessions(&visitor).await?;
    let fronts = site.engine.fronts();
    let title = |session: &OwnSession| fronts.get(&session.front).map(|front| front.title.clone());
    let sessions = own.iter().map(|session| {
        let title = title(session);
        OwnSessionBody::of(session, title)
    });
    let body = OwnSessionsBody { sessions: sessions.collect() };
    Ok(HttpResponse::Ok().insert_header((header::CACHE_CONTROL, "no-store")).json(body))
}

/// Log out there. With the id of the own session it is `DELETE session`.
#[utoipa::path(delete, path = "/account/sessions/{id}", tag = "account",
    params(("id" = String, Path, description = "the session")), responses(
    (status = 204), (status = 401, body = ProblemDoc), (status = 403, body = ProblemDoc), (status = 404, body = ProblemDoc)))]
pub async fn delete(
    request: HttpRequest,
    site: Data<Site>,
    AtFront(front): AtFront,
    Caller(visitor): Caller,
    path: Path<String>,
) -> Result<HttpResponse, Problem> {
    let id: SessionId = id_in_path(&path)?;
    let own = id == visitor.session().id();
    site.engine.end_own_session(&visitor, id).await?;
    let mut answer = HttpResponse::NoContent();
    if own {
        let cookie = cookies::without_session(&front, site.trust.is_https(&request));
        answer.append_header((header::SET_COOKIE, cookie));
    }
    Ok(answer.finish())
}
