//! What somebody has chosen for themselves, and everything that they have here.

use actix_web::HttpResponse;
use actix_web::http::header;
use actix_web::web::{self, Bytes, Data, Json, ServiceConfig};
use futures_util::stream;
use portico_core::account::{Preferences, PreferencesChange};
use portico_core::engine::{Export, Exported};
use portico_core::policy::OfflineChoice;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::http::api::schema::ProblemDoc;
use crate::http::body::JsonBody;
use crate::http::caller::Caller;
use crate::http::problem;
use crate::http::{Problem, Site};

/// The routes of this page.
pub fn routes(config: &mut ServiceConfig) {
    let resource = |path: &str| web::resource(path).default_service(web::to(problem::method_not_allowed));
    config
        .service(resource("/account/preferences").route(web::get().to(get)).route(web::patch().to(patch)))
        .service(resource("/export").route(web::get().to(export)));
}

/// What I have chosen.
#[derive(Debug, Serialize, ToSchema)]
pub struct PreferencesBody {
    /// Whose messages I take while I am offline: `all`, `favourites` or `none`.
    offline_messages: &'static str,
    /// Whether others may know what I have read, and I what they have.
    read_receipts: bool,
}

impl From<Preferences> for PreferencesBody {
    fn from(preferences: Preferences) -> Self {
        Self {
            offline_messages: preferences.offline_messages.as_str(),
            read_receipts: preferences.read_receipts,
        }
    }
}

/// What is to be otherwise; what is absent stays.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PreferencesPatch {
    /// `all`, `favourites` or `none`.
    offline_messages: Option<String>,
    read_receipts: Option<bool>,
}

/// My preferences.
#[utoipa::path(get, path = "/account/preferences", tag = "account", responses((status = 200, body = PreferencesBody)))]
pub async fn get(site: Data<Site>, Caller(visitor): Caller) -> Result<Json<PreferencesBody>, Problem> {
    Ok(Json(site.engine.preferences(&visitor).await?.into()))
}

/// Change my preferences.
#[utoipa::path(patch, path = "/account/preferences", tag = "account", request_body = PreferencesPatch,
    responses((status = 200, body = PreferencesBody), (status = 422, body = ProblemDoc)))]
pub async fn patch(
    site: Data<Site>,
    Caller(visitor): Caller,
    JsonBody(body): JsonBody<PreferencesPatch>,
) -> Result<Json<PreferencesBody>, Problem> {
    let word = |word: String| {
        let unknown = || {
            Problem::new("unacceptable").detail("`offline_messages` must be `all`, `favourites` or `none`")
        };
        OfflineChoice::from_word(&word).ok_or_else(unknown)
    };
    let change = PreferencesChange {
        offline_messages: body.offline_messages.map(word).transpose()?,
        read_receipts: body.read_receipts,
    };
    Ok(Json(site.engine.change_preferences(&visitor, change).await?.into()))
}

/// Everything that I have here, one JSON object a line; the last one's `type` is `end`.
#[utoipa::path(get, path = "/export", tag = "account",
    responses((status = 200, content_type = "application/x-ndjson", body = String), (status = 403, body = ProblemDoc),
    (status = 429, body = ProblemDoc, description = "another export of mine is under way")))]
pub async fn export(site: Data<Site>, Caller(visitor): Caller) -> Result<HttpResponse, Problem> {
    let export = site.engine.export(visitor)?;
    let body = stream::unfold(Some(export), |export| async move {
        let mut export = export?;
        match next_lines(&mut export).await {
            Ok(Some(lines)) => Some((Ok::<_, std::io::Error>(lines), Some(export))),
            Ok(None) => None,
            // The connection is cut, so that nobody takes a part for the whole.
            Err(error) => Some((Err(error), None)),
        }
    });
    Ok(HttpResponse::Ok()
        .insert_header((header::CONTENT_TYPE, "application/x-ndjson"))
        .insert_header((header::CONTENT_DISPOSITION, "attachment; filename=\"portico-export.ndjson\""))
        .insert_header((header::CACHE_CONTROL, "no-store"))
        .streaming(body))
}

/// The next lines; steps without anything are passed over, for an empty chunk would end the answer.
async fn next_lines(export: &mut Export) -> std::io::Result<Option<Bytes>> {
    loop {
        let step = export.next().await.map_err(|error| {
            tracing::warn!(%error, "an export ended early");
            std::io::Error::other("the export ended early")
        })?;
        let Some(things) = step else { return Ok(None) };
        let lines = lines_of(&things)?;
        if !lines.is_empty() {
            return Ok(Some(lines));
        }
    }
}

fn lines_of(things: &[Exported]) -> std::io::Result<Bytes> {
    let mut lines = Vec::new();
    for thing in things {
        serde_json::to_writer(&mut lines, thing)?;
        lines.push(b'\n');
    }
    Ok(Bytes::from(lines))
}
