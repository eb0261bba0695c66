use actix_web::web::{Data, Json, Path};
use portico_core::Timestamp;
use portico_core::administration::{Decision, ReportFilter, ReportTarget};
use portico_core::engine::{ReportCard, Verdict};
use portico_core::messaging::ShownMessage;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::caller::Admin;
use super::moderation::end;
use super::session::WhoBody;
use crate::http::api::id_in_path;
use crate::http::api::message_features::VersionsBody;
use crate::http::api::schema::{MessageDoc, ProblemDoc};
use crate::http::body::JsonBody;
use crate::http::query::Params;
use crate::http::{Problem, Site};

/// A report as those see it who decide.
#[derive(Debug, Serialize, ToSchema)]
pub struct ReportBody {
    /// Opaque id.
    id: String,
    /// `message` or `account`.
    kind: &'static str,
    /// Whom it is about; `null` when they are gone.
    account: Option<WhoBody>,
    /// Where the message is.
    conversation_id: Option<String>,
    /// Which message.
    message_id: Option<String>,
    /// Why it was reported.
    text: String,
    /// Who reported it; `null` when they are gone.
    reporter: Option<WhoBody>,
    /// Through which front.
    front: String,
    /// When.
    #[schema(value_type = String)]
    created_at: Timestamp,
    /// `open` or `closed`.
    state: &'static str,
    /// What was decided.
    decision: Option<&'static str>,
    /// Why.
    decision_text: Option<String>,
    /// When.
    #[schema(value_type = Option<String>)]
    decided_at: Option<Timestamp>,
    /// By whom.
    decided_by: Option<String>,
    /// The message and up to five before it, oldest first; only of a report that was asked for by itself.
    #[schema(value_type = Vec<MessageDoc>)]
    context: Vec<ShownMessage>,
}

impl From<ReportCard> for ReportBody {
    fn from(card: ReportCard) -> Self {
        let ReportCard { report, reporter, person, messages } = card;
        let (kind, conversation_id, message_id) = match &report.target {
            ReportTarget::Message { conversation, message, .. } => {
                ("message", Some(conversation.to_string()), Some(message.to_string()))
            }
            ReportTarget::Account { .. } => ("account", None, None),
        };
        let closed = report.closed;
        Self {
            id: report.id.to_string(),
            kind,
            account: person.as_ref().map(Into::into),
            conversation_id,
            message_id,
            text: report.text,
            reporter: reporter.as_ref().map(Into::into),
            front: report.front.to_string(),
            created_at: report.created_at,
            state: if closed.is_some() { "closed" } else { "open" },
            decision: closed.as_ref().map(|closure| closure.decision.as_str()),
            decision_text: closed.as_ref().and_then(|closure| closure.text.clone()),
            decided_at: closed.as_ref().map(|closure| closure.at),
            decided_by: closed.map(|closure| closure.by),
            context: messages.into_iter().map(ShownMessage::for_nobody).collect(),
        }
    }
}

/// A page of reports.
#[derive(Debug, Serialize, ToSchema)]
pub struct ReportsBody {
    /// Oldest first.
    reports: Vec<ReportBody>,
    /// For `after` of the next page.
    next: Option<String>,
}

impl ReportsBody {
    /// A page of at most `limit` from one more.
    pub fn page(mut cards: Vec<ReportCard>, limit: usize) -> Self {
        let more = cards.len() > limit;
        cards.truncate(limit);
        let next = cards.last().filter(|_| more).map(|card| card.report.id.to_string());
        Self { reports: cards.into_iter().map(Into::into).collect(), next }
    }
}

/// What to look for.
pub fn filter_of(params: &Params) -> Result<(ReportFilter, usize), Problem> {
    params.only(&["state", "front", "after", "limit"])?;
    let limit = params.limit(50, 200)?;
    let open = match params.text("state") {
        None => None,
        Some("open") => Some(true),
        Some("closed") => Some(false),
        Some(_) => return Err(Problem::invalid("`state` is `open` or `closed`")),
    };
    let front = params.text("front").map(portico_core::front::FrontId::new).transpose();
    let front = front.map_err(|_| Problem::invalid("`front` is not valid"))?;
    Ok((ReportFilter { front, open, after: params.parsed("after")?, limit: limit + 1 }, limit))
}

/// A decision.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct DecisionBody {
    /// `dismiss`, `remove-message`, `mute` or `kick`.
    #[schema(value_type = String)]
    decision: Decision,
    /// Why: for the other moderators, and for whom it is about.
    text: Option<String>,
    /// When a mute is over; absent = in a day.
    #[schema(value_type = Option<String>)]
    until: Option<Timestamp>,
    /// Instead of `until`: from now.
    minutes: Option<u64>,
}

impl DecisionBody {
    /// As the engine takes it.
    pub fn verdict(self) -> Result<Verdict, Problem> {
        Ok(Verdict { decision: self.decision, text: self.text, until: end(self.until, self.minutes)? })
    }
}

/// What people have reported.
#[utoipa::path(get, path = "/reports", tag = "moderation", params(
    ("state" = Option<String>, Query, description = "`open` or `closed`"),
    ("front" = Option<String>, Query, description = "reported through this front"),
    ("after" = Option<String>, Query, description = "`next` of the page before"),
    ("limit" = Option<u32>, Query, description = "at most 200")),
    responses((status = 200, body = ReportsBody), (status = 401, body = ProblemDoc), (status = 403, body = ProblemDoc)))]
pub async fn list(site: Data<Site>, _admin: Admin, params: Params) -> Result<Json<ReportsBody>, Problem> {
    let (filter, limit) = filter_of(&params)?;
    Ok(Json(ReportsBody::page(site.engine.reports(&filter).await?, limit)))
}

/// One report, with the message it is about and up to five before it. That you read it is written down.
#[utoipa::path(get, path = "/reports/{id}", tag = "moderation",
    params(("id" = String, Path, description = "the report")), responses(
    (status = 200, body = ReportBody), (status = 401, body = ProblemDoc), (status = 403, body = ProblemDoc),
    (status = 404, body = ProblemDoc)))]
pub async fn get(site: Data<Site>, admin: Admin, path: Path<String>) -> Result<Json<ReportBody>, Problem> {
    Ok(Json(site.engine.report(&admin.actor, id_in_path(&path)?).await?.into()))
}

/// What a reported message was before it was edited or deleted. That you read it is written down.
#[utoipa::path(get, path = "/reports/{id}/history", tag = "moderation",
    params(("id" = String, Path, description = "the report")), responses(
    (status = 200, body = VersionsBody), (status = 401, body = ProblemDoc), (status = 403, body = ProblemDoc),
    (status = 404, body = ProblemDoc)))]
pub async fn history(
    site: Data<Site>,
    admin: Admin,
    path: Path<String>,
) -> Result<Json<VersionsBody>, Problem> {
    Ok(Json(site.engine.reported_texts(&admin.actor, id_in_path(&path)?).await?.into()))
}

/// Decide over a report: what is decided is done, and the report is closed.
#[utoipa::path(put, path = "/reports/{id}", tag = "moderation",
    params(("id" = String, Path, description = "the report")), request_body = DecisionBody, responses(
    (status = 200, body = ReportBody), (status = 401, body = ProblemDoc), (status = 403, body = ProblemDoc),
    (status = 404, body = ProblemDoc), (status = 409, body = ProblemDoc)))]
pub async fn put(
    site: Data<Site>,
    admin: Admin,
    path: Path<String>,
    JsonBody(body): JsonBody<DecisionBody>,
) -> Result<Json<ReportBody>, Problem> {
    Ok(Json(site.engine.decide_report(&admin.actor, id_in_path(&path)?, body.verdict()?).await?.into()))
}
