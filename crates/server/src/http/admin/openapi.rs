use actix_web::web::Json;
use utoipa::OpenApi;

use super::{
    accounts, administrators, audit, contacts, fronts, groups, lives, messages, moderation, own, reports,
    roles, rooms, session, shouts, statistics,
};

/// OpenAPI 3.1 of the administration.
#[derive(OpenApi)]
#[openapi(
    info(
        title = "Portico: administration",
        description = "The calls of administrators. Send the session as `Authorization: Bearer TOKEN` or as the cookie, \
        never both; with the cookie, unsafe methods need this site's `Origin` and `X-Portico-CSRF: 1`."
    ),
    paths(
        session::post,
        session::get,
        session::delete,
        fronts::list,
        fronts::maintenance,
        fronts::reload,
        administrators::list,
        administrators::put,
        administrators::delete,
        audit::get,
        moderation::bans,
        moderation::ban,
        moderation::lift,
        moderation::mutes,
        moderation::mute,
        moderation::unmute,
        moderation::kick,
        moderation::remove_message,
        reports::list,
        reports::get,
        reports::put,
        reports::history,
        messages::list,
        messages::post,
        messages::get,
        statistics::get,
        accounts::list,
        accounts::get,
        accounts::end_sessions,
        accounts::end_session,
        roles::give,
        roles::take,
        accounts::sessions,
        lives::approve,
        lives::refuse,
        lives::lock,
        lives::unlock,
        lives::delete,
        lives::forgive,
        contacts::list,
        contacts::put,
        contacts::delete,
        own::natives,
        own::make_native,
        own::get,
        own::patch,
        own::delete,
        own::reset,
        own::remove_second_factors,
        groups::list,
        groups::make,
        groups::get,
        groups::patch,
        groups::dissolve,
        groups::members,
        groups::put_member,
        groups::remove_member,
        rooms::list,
        rooms::get,
        rooms::close,
        rooms::put_out,
        rooms::presence,
        shouts::list,
        shouts::decide,
        shouts::remove,
        fronts::options,
    )
)]
struct AdminApi;

/// `GET openapi.json`
pub async fn document() -> Json<utoipa::openapi::OpenApi> {
    let mut document = AdminApi::openapi();
    document.servers = Some(vec![utoipa::openapi::Server::new("/admin/api/v1")]);
    Json(document)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::super::table::CALLS;
    use super::*;

    #[test]
    fn every_call_is_described_and_stands_in_the_table_of_rights() {
        let document = serde_json::to_value(AdminApi::openapi()).unwrap();
        let mut described = BTreeSet::new();
        for (path, methods) in document["paths"].as_object().unwrap() {
            for method in methods.as_object().unwrap().keys() {
                described.insert(format!("{} {path}", method.to_uppercase()));
            }
        }
        let table: BTreeSet<String> =
            CALLS.iter().map(|(method, path, _)| format!("{method} {path}")).collect();
        assert_eq!(table.len(), CALLS.len(), "no call twice");
        let undescribed: Vec<_> =
            table.difference(&described).filter(|call| !call.ends_with("/openapi.json")).collect();
        assert!(undescribed.is_empty(), "{undescribed:?}");
        let lawless: Vec<_> = described.difference(&table).collect();
        assert!(lawless.is_empty(), "{lawless:?}");
    }
}
