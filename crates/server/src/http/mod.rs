//! HTTP: resolving the front, proving the session, the API, the page, and what every answer carries.

mod admin;
mod api;
mod avatar;
mod body;
mod caller;
mod closed;
mod cookies;
mod entry;
mod front;
mod hand_over;
mod headers;
mod names;
mod negotiate;
mod openapi;
mod origin;
mod page;
mod problem;
mod problem_pages;
mod query;
mod who;

use std::sync::Arc;

use actix_web::middleware::from_fn;
use actix_web::web::{self, ServiceConfig};
use portico_core::engine::Engine;

use crate::telemetry::Metrics;

pub use admin::{AdminDesk, ControlKey, authorise as authorise_admin, routes as admin_routes};
pub use avatar::Pictures;
pub use front::resolve_front;
pub use headers::{count_request, security_headers};
pub use names::NameRules;
pub use negotiate::mark_connection;
pub use origin::Trust;
pub use problem::Problem;

/// What every request needs.
#[derive(Debug)]
pub struct Site {
    /// The messenger.
    pub engine: Arc<Engine>,
    /// Whose word about addresses and schemes is believed.
    pub trust: Trust,
    /// People's pictures.
    pub pictures: Pictures,
    /// Whose word about names is believed.
    pub names: NameRules,
    /// Counters.
    pub metrics: Arc<Metrics>,
    /// Portico's own accounts, whose people administrate.
    pub desk: AdminDesk,
}

/// A path that can't be decoded leads nowhere.
pub fn path_config() -> web::PathConfig {
    web::PathConfig::default().error_handler(|_, _| Problem::new("not-found").into())
}

/// The routes of the public listener.
pub fn routes(config: &mut ServiceConfig) {
    config
        .service(
            web::resource("/healthz")
                .route(web::get().to(healthz))
                .default_service(web::to(problem::method_not_allowed)),
        )
        .service(
            web::resource("/problems/{slug}")
                .route(web::get().to(problem_pages::page))
                .default_service(web::to(problem::method_not_allowed)),
        )
        .service(web::scope("/admin/api/v1").configure(admin::routes).wrap(from_fn(admin::authorise)))
        .service(web::scope(front::INNER).configure(api::routes).configure(page::routes))
        .default_service(web::to(problem::not_found));
}

async fn healthz() -> &'static str {
    "ok"
}
