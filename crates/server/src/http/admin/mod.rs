//! The calls of the administration: `/admin/api/v1/` on the public listener, and the same for the command line on the
//! management listener.

mod accounts;
mod administrators;
mod audit;
mod caller;
mod contacts;
mod fronts;
mod groups;
mod lives;
mod messages;
pub mod moderation;
mod openapi;
mod own;
pub mod reports;
mod roles;
mod rooms;
mod session;
mod shouts;
mod statistics;
mod table;

use actix_web::Resource;
use actix_web::web::{self, ServiceConfig};

use portico_core::CommunityId;

use crate::http::{Problem, Site, problem};

pub use caller::{AdminDesk, ControlKey, authorise};

fn resource(path: &str) -> Resource {
    web::resource(path).default_service(web::to(problem::method_not_allowed))
}

/// A community that there is; without a name `main`.
fn community(site: &Site, name: Option<&str>) -> Result<CommunityId, Problem> {
    let Some(name) = name else { return Ok(CommunityId::default()) };
    let place = site.engine.place(None, Some(name))?;
    place.community().cloned().ok_or_else(|| Problem::new("internal"))
}

/// The routes below `…/api/v1`.
pub fn routes(config: &mut ServiceConfig) {
    config
        .app_data(crate::http::path_config())
        .service(resource("/openapi.json").route(web::get().to(openapi::document)))
        .service(
            resource("/session")
                .route(web::post().to(session::post))
                .route(web::get().to(session::get))
                .route(web::delete().to(session::delete)),
        )
        .service(resource("/fronts").route(web::get().to(fronts::list)))
        .service(resource("/reload").route(web::post().to(fronts::reload)))
        .service(resource("/fronts/{id}/options").route(web::get().to(fronts::options)))
        .service(resource("/fronts/{id}/maintenance").route(web::put().to(fronts::maintenance)))
        .service(resource("/administrators").route(web::get().to(administrators::list)))
        .service(
            resource("/administrators/{account}")
                .route(web::put().to(administrators::put))
                .route(web::delete().to(administrators::delete)),
        )
        .service(resource("/audit").route(web::get().to(audit::get)))
        .service(
            resource("/bans").route(web::get().to(moderation::bans)).route(web::post().to(moderation::ban)),
        )
        .service(resource("/bans/{id}").route(web::delete().to(moderation::lift)))
        .service(
            resource("/mutes")
                .route(web::get().to(moderation::mutes))
                .route(web::post().to(moderation::mute)),
        )
        .service(resource("/mutes/{id}").route(web::delete().to(moderation::unmute)))
        .service(resource("/reports").route(web::get().to(reports::list)))
        .service(
            resource("/reports/{id}").route(web::get().to(reports::get)).route(web::put().to(reports::put)),
        )
        .service(resource("/reports/{id}/history").route(web::get().to(reports::history)))
        .service(
            resource("/messages").route(web::get().to(messages::list)).route(web::post().to(messages::post)),
        )
        .service(
            resource("/conversations/{id}/messages/{message}")
                .route(web::delete().to(moderation::remove_message)),
        )
        .service(resource("/messages/{id}").route(web::get().to(messages::get)))
        .service(resource("/statistics").route(web::get().to(statistics::get)))
        .service(resource("/accounts/{id}/kick").route(web::post().to(moderation::kick)))
        .service(
            resource("/accounts/{id}/roles/{role}")
                .route(web::put().to(roles::give))
                .route(web::delete().to(roles::take)),
        )
        .configure(accounts::routes)
        .configure(lives::routes)
        .configure(contacts::routes)
        .configure(own::routes)
        .configure(groups::routes)
        .configure(rooms::routes)
        .configure(shouts::routes)
        .default_service(web::to(problem::not_found));
}
