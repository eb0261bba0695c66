use actix_web::web::{Data, Json};
use portico_core::Timestamp;
use portico_core::administration::{DayCount, day_of};
use portico_core::front::FrontId;
use serde::Serialize;
use utoipa::ToSchema;

use super::caller::Admin;
use crate::http::api::schema::ProblemDoc;
use crate::http::query::Params;
use crate::http::{Problem, Site};

/// How many days are shown when nothing is said, besides today.
const DAYS: u64 = 29;

/// What was counted.
#[derive(Debug, Serialize, ToSchema)]
pub struct StatisticsBody {
    /// By day and front: `day` (UTC), `front`, `messages`, `sessions`, `people`, `new_accounts`, `files`, `bytes`.
    #[schema(value_type = Vec<Object>)]
    days: Vec<DayCount>,
    /// How it is now.
    now: NowBody,
}

/// How it is now.
#[derive(Debug, Serialize, ToSchema)]
pub struct NowBody {
    /// Sessions in memory.
    sessions: usize,
    /// People who are online.
    people_online: usize,
}

/// What was counted by day and front. Nothing of what anybody wrote.
#[utoipa::path(get, path = "/statistics", tag = "statistics", params(
    ("from" = Option<String>, Query, description = "YYYY-MM-DD; without it 30 days"),
    ("to" = Option<String>, Query, description = "YYYY-MM-DD, included"),
    ("front" = Option<String>, Query, description = "only this front")),
    responses((status = 200, body = StatisticsBody), (status = 400, body = ProblemDoc), (status = 401, body = ProblemDoc),
    (status = 403, body = ProblemDoc)))]
pub async fn get(site: Data<Site>, _admin: Admin, params: Params) -> Result<Json<StatisticsBody>, Problem> {
    params.only(&["from", "to", "front"])?;
    let (first, today) = site.engine.last_days(DAYS);
    let day = |name: &str, default: Timestamp| {
        Ok::<_, Problem>(day_of(params.parsed::<Timestamp>(name)?.unwrap_or(default)))
    };
    let (from, to) = (day("from", first)?, day("to", today)?);
    let front = params.text("front").map(FrontId::new).transpose();
    let front = front.map_err(|_| Problem::invalid("`front` is not valid"))?;
    let days = site.engine.statistics(&from, &to, front.as_ref()).await?;
    let present = site.engine.present();
    let now = NowBody { sessions: present.sessions, people_online: present.people_online };
    Ok(Json(StatisticsBody { days, now }))
}
