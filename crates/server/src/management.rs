//! The management listener: readiness, metrics, and the command line's requests to a running server.

use std::sync::Arc;

use actix_web::http::{StatusCode, header};
use actix_web::web::{self, Data, Json, ServiceConfig};
use actix_web::{HttpRequest, HttpResponse};
use futures_util::future::join_all;
use portico_auth_native::{NativeAccounts, NativeConfig};
use portico_core::administration::Actor;
use portico_core::auth::{Authenticator, HashPool};
use portico_core::engine::Engine;
use portico_store::SqlStore;
use secrecy::{ExposeSecret, SecretString};
use serde_json::json;
use subtle::ConstantTimeEq;

use crate::assembly::Authenticators;
use crate::cli::{AdminTask, SyncTask};
use crate::reload::Reloader;
use crate::telemetry::{Metrics, Readings};

/// What the management listener needs.
#[derive(Debug)]
pub struct Management {
    pub engine: Arc<Engine>,
    pub authenticators: Authenticators,
    pub store: SqlStore,
    pub metrics: Arc<Metrics>,
    pub hash_pool: HashPool,
    /// Whoever knows it can read the database anyway.
    pub control_key: SecretString,
    /// The rules of new native accounts.
    pub native: NativeConfig,
    /// Reads the configuration again.
    pub reloader: Arc<Reloader>,
}

/// Where the calls of the administration are, for the command line.
pub const CONTROL: &str = "/control/api/v1";

/// Its routes.
pub fn routes(config: &mut ServiceConfig) {
    config
        .route("/healthz", web::get().to(|| async { "ok" }))
        .route("/readyz", web::get().to(readyz))
        .route("/metrics", web::get().to(metrics))
        .route("/control/admin", web::post().to(control))
        .route("/control/reload", web::post().to(reload))
        .route("/control/sync", web::post().to(sync));
}

/// 200 when the database answers, else 503. Authenticators are reported, but one that is down must not take the
/// others' people offline.
async fn readyz(data: Data<Management>) -> HttpResponse {
    let database = data.engine.ready().await;
    let checks = data.authenticators.iter().map(|(name, authenticator)| async move {
        let state = authenticator.check().await.map_or_else(|error| error.as_str(), |()| "ok");
        (name.clone(), json!(state))
    });
    let report: serde_json::Map<String, serde_json::Value> = join_all(checks).await.into_iter().collect();
    let status = if database.is_ok() { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
    let database = if database.is_ok() { "ok" } else { "unavailable" };
    let directories: serde_json::Map<String, serde_json::Value> = data
        .engine
        .directories()
        .into_iter()
        .map(|(name, status)| {
            let state = json!({ "state": status.as_str(), "people": status.people, "last_success": status.last_success });
            (name, state)
        })
        .collect();
    HttpResponse::build(status)
        .json(json!({ "database": database, "authenticators": report, "directories": directories }))
}

async fn metrics(data: Data<Management>) -> HttpResponse {
    let readings = Readings {
        live_sessions: data.engine.live_sessions(),
        statements: data.store.statements(),
        hashes: data.hash_pool.computed(),
        counted: data.engine.counted(),
        bans: data.engine.ban_count(),
        directories: data.engine.directories(),
    };
    match data.metrics.text(readings) {
        Ok(text) => HttpResponse::Ok()
            .insert_header((
                header::CONTENT_TYPE,
                "application/openmetrics-text; version=1.0.0; charset=utf-8",
            ))
            .body(text),
        Err(_) => HttpResponse::InternalServerError().finish(),
    }
}

async fn control(request: HttpRequest, data: Data<Management>, task: Json<AdminTask>) -> HttpResponse {
    if !knows_key(&request, &data) {
        return HttpResponse::Unauthorized().finish();
    }
    let users = Arc::new(data.store.clone());
    let accounts = NativeAccounts::new(users, data.hash_pool.clone(), data.native.clone());
    let answer = task.into_inner().execute(&data.store, &accounts).await;
    HttpResponse::Ok().json(answer)
}

/// Reads the configuration again: what changed, or everything that is wrong with it.
async fn reload(request: HttpRequest, data: Data<Management>) -> HttpResponse {
    if !knows_key(&request, &data) {
        return HttpResponse::Unauthorized().finish();
    }
    match data.reloader.reload(&Actor::command_line()).await {
        Ok(done) => HttpResponse::Ok().json(done),
        Err(refused) => HttpResponse::Ok().json(json!({ "refused": refused.0 })),
    }
}

async fn sync(request: HttpRequest, data: Data<Management>, task: Json<SyncTask>) -> HttpResponse {
    if !knows_key(&request, &data) {
        return HttpResponse::Unauthorized().finish();
    }
    HttpResponse::Ok().json(task.execute(&data.engine).await)
}

/// Whether the request comes from somebody who can read the database anyway.
fn knows_key(request: &HttpRequest, data: &Management) -> bool {
    let sent = request.headers().get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
    let sent = sent.and_then(|value| value.strip_prefix("Bearer ")).unwrap_or_default();
    bool::from(sent.as_bytes().ct_eq(data.control_key.expose_secret().as_bytes()))
}
