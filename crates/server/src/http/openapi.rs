use actix_web::web::Json;
use utoipa::OpenApi;

use crate::http::api::{
    account, conferences, contacts, conversations, directory, events, files, front, groups, message_features,
    messages, moderation, own_sessions, passkeys, people, preferences, presence, roster, search,
    second_factors, security, session, shouts,
};
use crate::http::front::AtFront;
use crate::http::who;

/// OpenAPI 3.1 of the calls below a front.
#[derive(OpenApi)]
#[openapi(
    info(
        title = "Portico",
        description = "The calls of a front. Send the session as `Authorization: Bearer TOKEN` or \
        as the cookie, never both; with the cookie, unsafe methods need the front's `Origin` and `X-Portico-CSRF: 1`."
    ),
    paths(
        front::get,
        session::post,
        session::get,
        session::delete,
        account::post,
        security::get,
        security::post_password,
        security::put_password,
        security::post_reset,
        security::post_finish,
        security::post_verify,
        security::patch_profile,
        second_factors::post_totp,
        second_factors::put_totp,
        second_factors::delete_totp,
        second_factors::post_recovery_codes,
        passkeys::get,
        passkeys::post,
        passkeys::put,
        passkeys::delete,
        security::delete,
        roster::get,
        roster::find,
        directory::person,
        people::avatar,
        presence::get,
        presence::put,
        presence::device,
        presence::offline,
        presence::typing,
        groups::list,
        groups::make,
        groups::get,
        groups::patch,
        groups::dissolve,
        groups::members,
        groups::join,
        groups::leave,
        groups::manage,
        groups::appoint,
        groups::remove,
        groups::requests,
        groups::invitations,
        groups::announce,
        groups::unpin,
        who::get,
        contacts::list,
        contacts::get,
        contacts::put,
        contacts::patch,
        contacts::delete,
        conversations::post,
        conversations::list,
        conversations::get,
        conversations::read,
        conferences::invitations,
        conferences::answer,
        conferences::leave,
        conferences::invite,
        conferences::remove,
        conferences::patch,
        messages::post,
        messages::list,
        files::post,
        files::get,
        files::delete,
        shouts::list,
        shouts::public,
        shouts::post,
        shouts::vote,
        shouts::decide,
        shouts::delete,
        moderation::report,
        moderation::alert,
        moderation::reports,
        moderation::one,
        moderation::history,
        moderation::decide,
        moderation::mute,
        moderation::unmute,
        message_features::edit,
        message_features::delete,
        message_features::versions,
        message_features::react,
        message_features::take_back,
        message_features::save_draft,
        preferences::get,
        preferences::patch,
        preferences::export,
        own_sessions::list,
        own_sessions::delete,
        search::get,
        events::poll,
        events::stream,
    )
)]
struct Api;

/// `GET openapi.json`
pub async fn document(AtFront(front): AtFront) -> Json<utoipa::openapi::OpenApi> {
    let mut document = Api::openapi();
    document.servers = Some(vec![utoipa::openapi::Server::new(format!("{}/api/v1", front.path.base()))]);
    Json(document)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_call_of_the_contract_is_described() {
        let document = serde_json::to_value(Api::openapi()).unwrap();
        assert_eq!(document["openapi"], "3.1.0");
        for (path, method) in [
            ("/front", "get"),
            ("/session", "post"),
            ("/session", "get"),
            ("/session", "delete"),
            ("/roster", "get"),
            ("/contacts/{account}", "get"),
            ("/contacts/{account}", "put"),
            ("/contacts/{account}", "delete"),
            ("/conversations", "post"),
            ("/conversations", "get"),
            ("/conversations/{id}/read", "put"),
            ("/conversations/{id}/messages", "post"),
            ("/conversations/{id}/messages", "get"),
            ("/events", "get"),
            ("/events/stream", "get"),
        ] {
            assert!(document["paths"][path][method].is_object(), "{method} {path}");
        }
    }
}
