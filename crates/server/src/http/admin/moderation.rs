use std::time::Duration;

use actix_web::HttpResponse;
use actix_web::web::{Data, Json, Path};
use portico_core::Timestamp;
use portico_core::administration::{Ban, BanSubject, Mute, Place};
use portico_core::auth::Realm;
use portico_core::engine::{NewBan, NewMute};
use portico_core::front::FrontId;
use portico_core::ports::{Clock, SystemClock};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::caller::Admin;
use crate::http::api::id_in_path;
use crate::http::api::schema::ProblemDoc;
use crate::http::body::JsonBody;
use crate::http::query::Params;
use crate::http::{Problem, Site};

/// Longest mute or ban by minutes: ten years.
const MOST_MINUTES: u64 = 10 * 366 * 24 * 60;

/// A ban to be made: exactly one of `name`, `address` and `device`.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewBanBody {
    /// A pattern of login names with `*` and `?`.
    name: Option<String>,
    /// Only people of this realm; with `name`.
    realm: Option<String>,
    /// An address or network.
    address: Option<String>,
    /// The id of a device.
    device: Option<String>,
    /// Only at this front.
    front: Option<String>,
    /// Only at the fronts of this community.
    community: Option<String>,
    /// Shown to the banned.
    reason: Option<String>,
    /// RFC 3339; absent = for good.
    #[schema(value_type = Option<String>)]
    until: Option<Timestamp>,
    /// Instead of `until`: from now.
    minutes: Option<u64>,
}

/// A ban.
#[derive(Debug, Serialize, ToSchema)]
pub struct BanBody {
    id: String,
    /// `name`, `address` or `device`.
    kind: &'static str,
    /// The pattern, network or device.
    value: String,
    realm: Option<String>,
    #[serde(flatten)]
    holds: HoldsBody,
}

/// Where and how long a ban or a mute holds, and who made it.
#[derive(Debug, Serialize, ToSchema)]
pub struct HoldsBody {
    front: Option<String>,
    community: Option<String>,
    reason: Option<String>,
    #[schema(value_type = Option<String>)]
    until: Option<Timestamp>,
    #[schema(value_type = String)]
    created_at: Timestamp,
    /// Who made it.
    by: String,
}

impl HoldsBody {
    fn of(place: &Place, reason: Option<&String>, until: Option<Timestamp>, made: (Timestamp, &str)) -> Self {
        Self {
            front: place.front().map(ToString::to_string),
            community: place.community().map(ToString::to_string),
            reason: reason.cloned(),
            until,
            created_at: made.0,
            by: made.1.to_owned(),
        }
    }
}

impl From<&Ban> for BanBody {
    fn from(ban: &Ban) -> Self {
        let realm = match &ban.subject {
            BanSubject::Name { realm, .. } => realm.as_ref().map(|realm| realm.as_str().to_owned()),
            BanSubject::Address { .. } | BanSubject::Device { .. } => None,
        };
        Self {
            id: ban.id.to_string(),
            kind: ban.subject.kind(),
            value: ban.subject.value(),
            realm,
            holds: HoldsBody::of(&ban.place, ban.reason.as_ref(), ban.until, (ban.created_at, &ban.by)),
        }
    }
}

/// A page of bans.
#[derive(Debug, Serialize, ToSchema)]
pub struct BansBody {
    /// Oldest first; those that are over stay until they are lifted.
    bans: Vec<BanBody>,
    /// For `after` of the next page.
    next: Option<String>,
}

fn subject(body: &NewBanBody) -> Result<BanSubject, Problem> {
    let realm = body.realm.as_deref().map(Realm::new).transpose();
    let realm = realm.map_err(|_| Problem::new("unacceptable").detail("`realm` can't be a realm"))?;
    let subject = match (&body.name, &body.address, &body.device) {
        (Some(pattern), None, None) => BanSubject::name(pattern, realm),
        (None, Some(address), None) => BanSubject::address(address),
        (None, None, Some(device)) => BanSubject::device(device),
        _ => return Err(Problem::invalid("give exactly one of `name`, `address` and `device`")),
    };
    subject.map_err(|refusal| Problem::new("unacceptable").detail(refusal.to_string()))
}

/// The end of something, from either way of saying it.
pub fn end(until: Option<Timestamp>, minutes: Option<u64>) -> Result<Option<Timestamp>, Problem> {
    match (until, minutes) {
        (Some(_), Some(_)) => Err(Problem::invalid("give `until` or `minutes`, not both")),
        (until, None) => Ok(until),
        (None, Some(minutes)) if (1..=MOST_MINUTES).contains(&minutes) => {
            Ok(Some(SystemClock.now().plus(Duration::from_secs(minutes * 60))))
        }
        (None, Some(_)) => {
            Err(Problem::new("unacceptable").detail(format!("`minutes` is 1 to {MOST_MINUTES}")))
        }
    }
}

/// The bans.
#[utoipa::path(get, path = "/bans", tag = "moderation", params(
    ("after" = Option<String>, Query, description = "`next` of the page before"),
    ("limit" = Option<u32>, Query, description = "at most 1,000")),
    responses((status = 200, body = BansBody), (status = 401, body = ProblemDoc), (status = 403, body = ProblemDoc)))]
pub async fn bans(site: Data<Site>, _admin: Admin, params: Params) -> Result<Json<BansBody>, Problem> {
    params.only(&["after", "limit"])?;
    let limit = params.limit(200, 1000)?;
    let page = site.engine.bans(params.parsed("after")?, limit + 1);
    let next = page.get(limit).and(page.get(limit - 1)).map(|ban| ban.id.to_string());
    let bans = page.iter().take(limit).map(|ban| BanBody::from(ban.as_ref())).collect();
    Ok(Json(BansBody { bans, next }))
}

/// Ban by name, address or device. Whoever is meant and here is out when this answers.
#[utoipa::path(post, path = "/bans", tag = "moderation", request_body = NewBanBody, responses(
    (status = 201, body = BanBody), (status = 400, body = ProblemDoc), (status = 401, body = ProblemDoc),
    (status = 403, body = ProblemDoc), (status = 422, body = ProblemDoc)))]
pub async fn ban(
    site: Data<Site>,
    admin: Admin,
    JsonBody(body): JsonBody<NewBanBody>,
) -> Result<HttpResponse, Problem> {
    let subject = subject(&body)?;
    if body.realm.is_some() && body.name.is_none() {
        return Err(Problem::invalid("`realm` goes with `name` alone"));
    }
    let place = site.engine.place(body.front.as_deref(), body.community.as_deref())?;
    let until = end(body.until, body.minutes)?;
    let made = site.engine.ban(&admin.actor, NewBan { subject, place, reason: body.reason, until }).await?;
    Ok(HttpResponse::Created().json(BanBody::from(&made)))
}

/// Lift a ban.
#[utoipa::path(delete, path = "/bans/{id}", tag = "moderation",
    params(("id" = String, Path, description = "the ban")), responses(
    (status = 204), (status = 401, body = ProblemDoc), (status = 403, body = ProblemDoc), (status = 404, body = ProblemDoc)))]
pub async fn lift(site: Data<Site>, admin: Admin, path: Path<String>) -> Result<HttpResponse, Problem> {
    site.engine.lift_ban(&admin.actor, id_in_path(&path)?).await?;
    Ok(HttpResponse::NoContent().finish())
}

/// A mute to be made.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewMuteBody {
    /// Who.
    account: String,
    /// Only at this front.
    front: Option<String>,
    /// Only at the fronts of this community.
    community: Option<String>,
    /// Shown to the muted.
    reason: Option<String>,
    /// RFC 3339; absent = for good.
    #[schema(value_type = Option<String>)]
    until: Option<Timestamp>,
    /// Instead of `until`: from now.
    minutes: Option<u64>,
}

/// Somebody who may not write.
#[derive(Debug, Serialize, ToSchema)]
pub struct MuteBody {
    id: String,
    account: String,
    #[serde(flatten)]
    holds: HoldsBody,
}

impl From<&Mute> for MuteBody {
    fn from(mute: &Mute) -> Self {
        Self {
            id: mute.id.to_string(),
            account: mute.account.to_string(),
            holds: HoldsBody::of(&mute.place, mute.reason.as_ref(), mute.until, (mute.created_at, &mute.by)),
        }
    }
}

/// All mutes.
#[derive(Debug, Serialize, ToSchema)]
pub struct MutesBody {
    /// Oldest first.
    mutes: Vec<MuteBody>,
}

/// Who may not write.
#[utoipa::path(get, path = "/mutes", tag = "moderation", responses(
    (status = 200, body = MutesBody), (status = 401, body = ProblemDoc), (status = 403, body = ProblemDoc)))]
pub async fn mutes(site: Data<Site>, _admin: Admin) -> Json<MutesBody> {
    Json(MutesBody { mutes: site.engine.mutes().iter().map(Into::into).collect() })
}

/// Mute somebody, from this moment on.
#[utoipa::path(post, path = "/mutes", tag = "moderation", request_body = NewMuteBody, responses(
    (status = 201, body = MuteBody), (status = 400, body = ProblemDoc), (status = 401, body = ProblemDoc),
    (status = 403, body = ProblemDoc), (status = 404, body = ProblemDoc), (status = 422, body = ProblemDoc)))]
pub async fn mute(
    site: Data<Site>,
    admin: Admin,
    JsonBody(body): JsonBody<NewMuteBody>,
) -> Result<HttpResponse, Problem> {
    let account = id_in_path(&body.account)?;
    let place = site.engine.place(body.front.as_deref(), body.community.as_deref())?;
    let until = end(body.until, body.minutes)?;
    let made = site.engine.mute(&admin.actor, NewMute { account, place, reason: body.reason, until }).await?;
    Ok(HttpResponse::Created().json(MuteBody::from(&made)))
}

/// Let somebody write again.
#[utoipa::path(delete, path = "/mutes/{id}", tag = "moderation",
    params(("id" = String, Path, description = "the mute")), responses(
    (status = 204), (status = 401, body = ProblemDoc), (status = 403, body = ProblemDoc), (status = 404, body = ProblemDoc)))]
pub async fn unmute(site: Data<Site>, admin: Admin, path: Path<String>) -> Result<HttpResponse, Problem> {
    site.engine.unmute(&admin.actor, id_in_path(&path)?).await?;
    Ok(HttpResponse::NoContent().finish())
}

/// Why, and where.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct KickBody {
    /// Only sessions at this front.
    front: Option<String>,
    /// Shown to them.
    reason: Option<String>,
}

/// What was ended.
#[derive(Debug, Serialize, ToSchema)]
pub struct EndedBody {
    /// How many sessions.
    pub ended: usize,
}

/// End somebody's sessions at once. They may come back.
#[utoipa::path(post, path = "/accounts/{id}/kick", tag = "moderation",
    params(("id" = String, Path, description = "the account")), request_body = KickBody, responses(
    (status = 200, body = EndedBody), (status = 401, body = ProblemDoc), (status = 403, body = ProblemDoc),
    (status = 404, body = ProblemDoc), (status = 422, body = ProblemDoc)))]
pub async fn kick(
    site: Data<Site>,
    admin: Admin,
    path: Path<String>,
    JsonBody(body): JsonBody<KickBody>,
) -> Result<Json<EndedBody>, Problem> {
    let front: Option<FrontId> = site.engine.place(body.front.as_deref(), None)?.front().cloned();
    let ended = site.engine.kick(&admin.actor, id_in_path(&path)?, front.as_ref(), None, body.reason).await?;
    Ok(Json(EndedBody { ended }))
}

/// Remove a message from any conversation: its place stays, its text goes.
#[utoipa::path(delete, path = "/conversations/{id}/messages/{message}", tag = "moderation", params(
    ("id" = String, Path, description = "the conversation"), ("message" = String, Path, description = "the message")),
    responses((status = 204), (status = 401, body = ProblemDoc), (status = 403, body = ProblemDoc),
    (status = 404, body = ProblemDoc)))]
pub async fn remove_message(
    site: Data<Site>,
    admin: Admin,
    path: Path<(String, String)>,
) -> Result<HttpResponse, Problem> {
    let (conversation, message) = path.into_inner();
    let (conversation, message) = (id_in_path(&conversation)?, id_in_path(&message)?);
    site.engine.remove_any_message(&admin.actor, conversation, message).await?;
    Ok(HttpResponse::NoContent().finish())
}
