//! The calls under `/<front>/api/v1/`.

pub mod account;
pub mod conferences;
pub mod contacts;
pub mod conversations;
pub mod directory;
pub mod events;
pub mod files;
pub mod front;
pub mod groups;
pub mod message_features;
pub mod messages;
pub mod moderation;
pub mod own_sessions;
pub mod passkeys;
pub mod people;
pub mod preferences;
pub mod presence;
pub mod roster;
pub mod schema;
pub mod search;
pub mod second_factors;
pub mod security;
pub mod session;
pub mod shouts;

use actix_web::web::{self, ServiceConfig};

use crate::http::{openapi, problem, who};

/// The routes below a front.
pub fn routes(config: &mut ServiceConfig) {
    let resource = |path: &str| web::resource(path).default_service(web::to(problem::method_not_allowed));
    config.service(
        web::scope("/api/v1")
            .service(resource("/front").route(web::get().to(front::get)))
            .service(resource("/openapi.json").route(web::get().to(openapi::document)))
            .service(
                resource("/session")
                    .route(web::post().to(session::post))
                    .route(web::get().to(session::get))
                    .route(web::delete().to(session::delete)),
            )
            .service(
                resource("/account")
                    .route(web::post().to(account::post))
                    .route(web::delete().to(security::delete)),
            )
            .service(resource("/account/security").route(web::get().to(security::get)))
            .service(
                resource("/account/password")
                    .route(web::post().to(security::post_password))
                    .route(web::put().to(security::put_password)),
            )
            .service(resource("/account/reset").route(web::post().to(security::post_reset)))
            .service(resource("/account/reset/finish").route(web::post().to(security::post_finish)))
            .service(resource("/account/verify").route(web::post().to(security::post_verify)))
            .service(resource("/account/profile").route(web::patch().to(security::patch_profile)))
            .configure(second_factors::routes)
            .configure(passkeys::routes)
            .service(resource("/roster").route(web::get().to(roster::get)))
            .service(resource("/people").route(web::get().to(roster::find)))
            .service(resource("/people/{id}").route(web::get().to(directory::person)))
            .service(resource("/people/{id}/avatar").route(web::get().to(people::avatar)))
            .service(resource("/who").route(web::get().to(who::get)))
            .configure(groups::routes)
            .configure(conferences::routes)
            .service(
                resource("/contacts/{account}")
                    .route(web::get().to(contacts::get))
                    .route(web::put().to(contacts::put))
                    .route(web::patch().to(contacts::patch))
                    .route(web::delete().to(contacts::delete)),
            )
            .service(resource("/contacts").route(web::get().to(contacts::list)))
            .service(
                resource("/conversations")
                    .route(web::post().to(conversations::post))
                    .route(web::get().to(conversations::list)),
            )
            .service(
                resource("/conversations/{id}")
                    .route(web::get().to(conversations::get))
                    .route(web::patch().to(conferences::patch)),
            )
            .service(resource("/conversations/{id}/read").route(web::put().to(conversations::read)))
            .service(
                resource("/conversations/{id}/messages")
                    .route(web::post().to(messages::post))
                    .route(web::get().to(messages::list)),
            )
            .configure(files::routes)
            .configure(shouts::routes)
            .configure(moderation::routes)
            .configure(message_features::routes)
            .configure(preferences::routes)
            .configure(own_sessions::routes)
            .configure(search::routes)
            .service(resource("/events").route(web::get().to(events::poll)))
            .service(resource("/events/stream").route(web::get().to(events::stream)))
            .configure(presence::routes)
            .default_service(web::to(problem::not_found)),
    );
}

/// The id in a path; an id that can't be one is as unknown as one that isn't there.
pub fn id_in_path<T: std::str::FromStr>(text: &str) -> Result<T, crate::http::Problem> {
    text.parse().map_err(|_| crate::http::Problem::new("not-found"))
}
