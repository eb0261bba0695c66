use actix_web::web::{Data, Json};
use portico_core::Timestamp;
use portico_core::administration::{AuditEntry, AuditFilter};
use serde::Serialize;
use utoipa::ToSchema;

use super::caller::Admin;
use crate::http::api::schema::ProblemDoc;
use crate::http::query::Params;
use crate::http::{Problem, Site};

/// A page of the audit log.
#[derive(Debug, Serialize, ToSchema)]
pub struct AuditBody {
    /// The lines, newest first: `id`, `at`, `actor` (`kind`, `id`, `name`, `address`), `action`, `target` (`kind`, `id`),
    /// `front`, `community`, `before`, `after`.
    #[schema(value_type = Vec<Object>)]
    entries: Vec<AuditEntry>,
    /// For `before` of the next page; `null` at the end.
    next: Option<String>,
}

/// What administrators and moderators have done, newest first.
#[utoipa::path(get, path = "/audit", tag = "audit", params(
    ("actor" = Option<String>, Query, description = "account id or exact name"),
    ("action" = Option<String>, Query, description = "the word of the act"),
    ("target" = Option<String>, Query, description = "id of what it was done to"),
    ("from" = Option<String>, Query, description = "not before this (RFC 3339 or a date)"),
    ("to" = Option<String>, Query, description = "before this"),
    ("before" = Option<String>, Query, description = "`next` of the page before"),
    ("limit" = Option<u32>, Query, description = "at most 200")),
    responses((status = 200, body = AuditBody), (status = 400, body = ProblemDoc), (status = 401, body = ProblemDoc),
    (status = 403, body = ProblemDoc)))]
pub async fn get(site: Data<Site>, _admin: Admin, params: Params) -> Result<Json<AuditBody>, Problem> {
    params.only(&["actor", "action", "target", "from", "to", "before", "limit"])?;
    let limit = params.limit(50, 200)?;
    let text = |name: &str| match params.text(name) {
        Some(text) if text.len() > 255 || text.contains('\0') => {
            Err(Problem::invalid(format!("`{name}` is not valid")))
        }
        text => Ok(text.map(str::to_owned)),
    };
    let filter = AuditFilter {
        actor: text("actor")?,
        action: text("action")?,
        target: text("target")?,
        from: params.parsed::<Timestamp>("from")?,
        to: params.parsed::<Timestamp>("to")?,
        before: params.parsed("before")?,
        limit: limit + 1,
    };
    let mut entries = site.engine.audit(&filter).await?;
    let more = entries.len() > limit;
    entries.truncate(limit);
    let next = entries.last().filter(|_| more).map(|entry| entry.id.to_string());
    Ok(Json(AuditBody { entries, next }))
}
