use actix_web::HttpResponse;
use actix_web::web::{self, Data, Json, Path, ServiceConfig};
use portico_core::engine::{AlertTo, NewReport};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::http::admin::moderation::{MuteBody, end};
use crate::http::admin::reports::{DecisionBody, ReportBody, ReportsBody, filter_of};
use crate::http::api::id_in_path;
use crate::http::api::message_features::VersionsBody;
use crate::http::api::schema::ProblemDoc;
use crate::http::body::JsonBody;
use crate::http::caller::Caller;
use crate::http::query::Params;
use crate::http::{Problem, Site, problem};

/// The routes of this file.
pub fn routes(config: &mut ServiceConfig) {
    let resource = |path: &str| web::resource(path).default_service(web::to(problem::method_not_allowed));
    config
        .service(resource("/reports").route(web::post().to(report)))
        .service(resource("/alerts").route(web::post().to(alert)))
        .service(resource("/moderation/reports").route(web::get().to(reports)))
        .service(resource("/moderation/reports/{id}").route(web::get().to(one)).route(web::put().to(decide)))
        .service(resource("/moderation/reports/{id}/history").route(web::get().to(history)))
        .service(resource("/moderation/mutes").route(web::post().to(mute)))
        .service(resource("/moderation/mutes/{account}").route(web::delete().to(unmute)));
}

/// What to report: a message (`conversation_id` and `message_id`) or a person (`account`).
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewReportBody {
    /// Where the message is.
    conversation_id: Option<String>,
    /// Which message.
    message_id: Option<String>,
    /// Which person.
    account: Option<String>,
    /// Why: 1 to 2,000 bytes.
    text: String,
}

/// A report that was filed.
#[derive(Debug, Serialize, ToSchema)]
pub struct FiledBody {
    /// Opaque id.
    id: String,
}

/// Report a message or a person to the moderators of this front: each once, at most ten an hour.
#[utoipa::path(post, path = "/reports", tag = "moderation", request_body = NewReportBody, responses(
    (status = 201, body = FiledBody), (status = 401, body = ProblemDoc), (status = 404, body = ProblemDoc),
    (status = 409, body = ProblemDoc), (status = 422, body = ProblemDoc), (status = 429, body = ProblemDoc)))]
pub async fn report(
    site: Data<Site>,
    Caller(visitor): Caller,
    JsonBody(body): JsonBody<NewReportBody>,
) -> Result<HttpResponse, Problem> {
    let what = match (&body.conversation_id, &body.message_id, &body.account) {
        (Some(conversation), Some(message), None) => {
            NewReport::Message(id_in_path(conversation)?, id_in_path(message)?)
        }
        (None, None, Some(account)) => NewReport::Account(id_in_path(account)?),
        _ => return Err(Problem::invalid("give `conversation_id` and `message_id`, or `account`")),
    };
    let id = site.engine.file_report(&visitor, what, body.text).await?;
    Ok(HttpResponse::Created().json(FiledBody { id: id.to_string() }))
}

/// What was reported through this front. Needs the option `moderator`.
#[utoipa::path(get, path = "/moderation/reports", tag = "moderation", params(
    ("state" = Option<String>, Query, description = "`open` or `closed`"),
    ("after" = Option<String>, Query, description = "`next` of the page before"),
    ("limit" = Option<u32>, Query, description = "at most 200")),
    responses((status = 200, body = ReportsBody), (status = 401, body = ProblemDoc), (status = 403, body = ProblemDoc)))]
pub async fn reports(
    site: Data<Site>,
    Caller(visitor): Caller,
    params: Params,
) -> Result<Json<ReportsBody>, Problem> {
    params.only(&["state", "after", "limit"])?;
    let (filter, limit) = filter_of(&params)?;
    Ok(Json(ReportsBody::page(site.engine.reports_here(&visitor, filter).await?, limit)))
}

/// One report with the message it is about and up to five before it. That you read it is written down.
#[utoipa::path(get, path = "/moderation/reports/{id}", tag = "moderation",
    params(("id" = String, Path, description = "the report")), responses(
    (status = 200, body = ReportBody), (status = 401, body = ProblemDoc), (status = 403, body = ProblemDoc),
    (status = 404, body = ProblemDoc)))]
pub async fn one(
    site: Data<Site>,
    Caller(visitor): Caller,
    path: Path<String>,
) -> Result<Json<ReportBody>, Problem> {
    Ok(Json(site.engine.report_here(&visitor, id_in_path(&path)?).await?.into()))
}

/// What a reported message was before it was edited or deleted. That you read it is written down. Needs the option
/// `moderator`.
#[utoipa::path(get, path = "/moderation/reports/{id}/history", tag = "moderation",
    params(("id" = String, Path, description = "the report")), responses(
    (status = 200, body = VersionsBody), (status = 401, body = ProblemDoc), (status = 403, body = ProblemDoc),
    (status = 404, body = ProblemDoc)))]
pub async fn history(
    site: Data<Site>,
    Caller(visitor): Caller,
    path: Path<String>,
) -> Result<Json<VersionsBody>, Problem> {
    Ok(Json(site.engine.reported_texts_here(&visitor, id_in_path(&path)?).await?.into()))
}

/// Decide over a report: what is decided is done, and the report is closed.
#[utoipa::path(put, path = "/moderation/reports/{id}", tag = "moderation",
    params(("id" = String, Path, description = "the report")), request_body = DecisionBody, responses(
    (status = 200, body = ReportBody), (status = 401, body = ProblemDoc), (status = 403, body = ProblemDoc),
    (status = 404, body = ProblemDoc), (status = 409, body = ProblemDoc)))]
pub async fn decide(
    site: Data<Site>,
    Caller(visitor): Caller,
    path: Path<String>,
    JsonBody(body): JsonBody<DecisionBody>,
) -> Result<Json<ReportBody>, Problem> {
    Ok(Json(site.engine.decide_here(&visitor, id_in_path(&path)?, body.verdict()?).await?.into()))
}

/// Whom to mute at this front.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct MuteHereBody {
    /// Who.
    account: String,
    /// For how long; absent = for good.
    minutes: Option<u64>,
    /// Shown to the muted.
    reason: Option<String>,
}

/// Mute somebody at this front, from this moment on. Needs the option `moderator`.
#[utoipa::path(post, path = "/moderation/mutes", tag = "moderation", request_body = MuteHereBody, responses(
    (status = 201, body = MuteBody), (status = 401, body = ProblemDoc), (status = 403, body = ProblemDoc),
    (status = 404, body = ProblemDoc), (status = 422, body = ProblemDoc)))]
pub async fn mute(
    site: Data<Site>,
    Caller(visitor): Caller,
    JsonBody(body): JsonBody<MuteHereBody>,
) -> Result<HttpResponse, Problem> {
    let until = end(None, body.minutes)?;
    let made = site.engine.mute_here(&visitor, id_in_path(&body.account)?, body.reason, until).await?;
    Ok(HttpResponse::Created().json(MuteBody::from(&made)))
}

/// Let somebody write at this front again.
#[utoipa::path(delete, path = "/moderation/mutes/{account}", tag = "moderation",
    params(("account" = String, Path, description = "the account")), responses(
    (status = 204), (status = 401, body = ProblemDoc), (status = 403, body = ProblemDoc),
    (status = 404, body = ProblemDoc)))]
pub async fn unmute(
    site: Data<Site>,
    Caller(visitor): Caller,
    path: Path<String>,
) -> Result<HttpResponse, Problem> {
    site.engine.unmute_here(&visitor, id_in_path(&path)?).await?;
    Ok(HttpResponse::NoContent().finish())
}

/// An alert.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AlertBody {
    /// `administrators`, `group` or `everybody`.
    #[schema(value_type = String)]
    to: AlertWord,
    /// Which group, of mine.
    group_id: Option<String>,
    /// 1 to 2,000 bytes.
    text: String,
}

#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum AlertWord {
    Administrators,
    Group,
    Everybody,
}

/// Alert administrators, a group or everybody, as far as the front's options allow it.
#[utoipa::path(post, path = "/alerts", tag = "moderation", request_body = AlertBody, responses(
    (status = 202, body = FiledBody), (status = 401, body = ProblemDoc), (status = 403, body = ProblemDoc),
    (status = 404, body = ProblemDoc), (status = 422, body = ProblemDoc), (status = 429, body = ProblemDoc)))]
pub async fn alert(
    site: Data<Site>,
    Caller(visitor): Caller,
    JsonBody(body): JsonBody<AlertBody>,
) -> Result<HttpResponse, Problem> {
    let to = match (body.to, &body.group_id) {
        (AlertWord::Administrators, None) => AlertTo::Administrators,
        (AlertWord::Everybody, None) => AlertTo::Everybody,
        (AlertWord::Group, Some(group)) => AlertTo::Group(id_in_path(group)?),
        _ => return Err(Problem::invalid("`group_id` goes with `to` = `group`, and with nothing else")),
    };
    let sent = site.engine.alert(&visitor, to, &body.text).await?;
    Ok(HttpResponse::Accepted().json(FiledBody { id: sent.id.to_string() }))
}
