use actix_web::HttpResponse;
use actix_web::web::{self, Data, Json, Path, ServiceConfig};
use portico_core::messaging::{OwnPresence, PresenceState};
use portico_core::policy::OfflineChoice;
use serde::Deserialize;
use utoipa::ToSchema;

use crate::http::api::id_in_path;
use crate::http::api::schema::ProblemDoc;
use crate::http::body::JsonBody;
use crate::http::caller::Caller;
use crate::http::{Problem, Site, problem};

/// The routes.
pub fn routes(config: &mut ServiceConfig) {
    let resource = |path: &str| web::resource(path).default_service(web::to(problem::method_not_allowed));
    config
        .service(resource("/presence").route(web::get().to(get)).route(web::put().to(put)))
        .service(resource("/presence/device").route(web::put().to(device)))
        .service(resource("/presence/offline").route(web::put().to(offline)))
        .service(resource("/conversations/{id}/typing").route(web::post().to(typing)));
}

/// How I want to be seen, on all my devices, until I say otherwise.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PresenceBody {
    /// `online`, `away`, `busy`, `do-not-disturb` or `invisible`.
    #[schema(value_type = String)]
    state: PresenceState,
    /// One of the front's reasons for the state (`online_reasons`, … of the options).
    reason: Option<String>,
}

/// What this device tells of itself.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct DeviceBody {
    /// Whether nobody has used it for a while.
    idle: Option<bool>,
    /// Its time zone: an IANA name.
    time_zone: Option<String>,
}

/// Whose messages I take while I am not here.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct OfflineBody {
    /// `all`, `favourites` or `none`.
    #[schema(value_type = String)]
    take: OfflineChoice,
}

/// How I am, as my own devices see it.
#[derive(Debug, ToSchema)]
#[schema(as = OwnPresence)]
#[expect(
    dead_code,
    reason = "describes what portico_core::messaging::OwnPresence serialises to; a test compares them"
)]
pub struct OwnPresenceDoc {
    /// `online`, `away`, `busy`, `do-not-disturb`, `invisible` or `offline`.
    state: String,
    /// Why, as far as it holds now.
    reason: Option<String>,
    /// RFC 3339.
    since: Option<String>,
    /// What I chose.
    chosen: ChoiceDoc,
    /// Whether this device has said that it is idle; not in events.
    idle: Option<bool>,
    /// My time zone, as far as a device told it.
    time_zone: Option<String>,
    /// Whose messages I take while I am not here: `all`, `favourites` or `none`.
    offline_messages: String,
}

/// A choice.
#[derive(Debug, ToSchema)]
#[schema(as = PresenceChoice)]
#[expect(dead_code, reason = "a description for OpenAPI")]
pub struct ChoiceDoc {
    /// `online` = nothing in particular: the devices decide.
    state: String,
    reason: Option<String>,
}

/// How I am.
#[utoipa::path(get, path = "/presence", tag = "presence",
    responses((status = 200, body = OwnPresenceDoc), (status = 403, body = ProblemDoc)))]
pub async fn get(site: Data<Site>, Caller(visitor): Caller) -> Result<Json<OwnPresence>, Problem> {
    Ok(Json(site.engine.own_presence(&visitor).await?))
}

/// Choose how to be seen, on all my devices, until I choose otherwise.
#[utoipa::path(put, path = "/presence", tag = "presence", request_body = PresenceBody,
    responses((status = 200, body = OwnPresenceDoc), (status = 403, body = ProblemDoc), (status = 422, body = ProblemDoc)))]
pub async fn put(
    site: Data<Site>,
    Caller(visitor): Caller,
    JsonBody(body): JsonBody<PresenceBody>,
) -> Result<Json<OwnPresence>, Problem> {
    Ok(Json(site.engine.choose_presence(&visitor, body.state, body.reason.as_deref()).await?))
}

/// Tell whether somebody sits at this device, and in which time zone it stands.
#[utoipa::path(put, path = "/presence/device", tag = "presence", request_body = DeviceBody,
    responses((status = 200, body = OwnPresenceDoc), (status = 400, body = ProblemDoc), (status = 422, body = ProblemDoc)))]
pub async fn device(
    site: Data<Site>,
    Caller(visitor): Caller,
    JsonBody(body): JsonBody<DeviceBody>,
) -> Result<Json<OwnPresence>, Problem> {
    if body.idle.is_none() && body.time_zone.is_none() {
        return Err(Problem::invalid("`idle` or `time_zone` is needed"));
    }
    Ok(Json(site.engine.tell_of_device(&visitor, body.idle, body.time_zone.as_deref()).await?))
}

/// Choose whose messages I take while I am not here.
#[utoipa::path(put, path = "/presence/offline", tag = "presence", request_body = OfflineBody,
    responses((status = 200, body = OwnPresenceDoc), (status = 403, body = ProblemDoc)))]
pub async fn offline(
    site: Data<Site>,
    Caller(visitor): Caller,
    JsonBody(body): JsonBody<OfflineBody>,
) -> Result<Json<OwnPresence>, Problem> {
    Ok(Json(site.engine.choose_offline(&visitor, body.take).await?))
}

/// Tell the others in a conversation that I am writing; again every few seconds while I do.
#[utoipa::path(post, path = "/conversations/{id}/typing", tag = "messages", params(("id" = String, Path)),
    responses((status = 204), (status = 403, body = ProblemDoc), (status = 404, body = ProblemDoc)))]
pub async fn typing(
    site: Data<Site>,
    Caller(visitor): Caller,
    path: Path<String>,
) -> Result<HttpResponse, Problem> {
    site.engine.tell_of_typing(&visitor, id_in_path(&path)?).await?;
    Ok(HttpResponse::NoContent().finish())
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    use portico_core::messaging::PresenceChoice;
    use utoipa::PartialSchema;

    #[test]
    fn what_is_documented_is_what_is_sent() {
        let own = OwnPresence {
            state: PresenceState::Away,
            reason: None,
            since: None,
            chosen: PresenceChoice::default(),
            idle: Some(true),
            time_zone: None,
            offline_messages: OfflineChoice::All,
        };
        let keys = |value: serde_json::Value| -> BTreeSet<String> {
            value.as_object().unwrap().keys().cloned().collect()
        };
        let documented = serde_json::to_value(OwnPresenceDoc::schema()).unwrap();
        assert_eq!(keys(documented["properties"].clone()), keys(serde_json::to_value(own).unwrap()));
    }
}
