use actix_web::HttpResponse;
use actix_web::web::{self, Data, Json, Path, ServiceConfig};
use portico_core::auth::Realm;
use portico_core::engine::{GroupForm, GroupRevision, Seat};
use portico_core::group::{GroupKind, Part};
use portico_core::ports::{GroupCount, GroupFilter};
use portico_core::{AccountId, GroupId, Timestamp};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::caller::Admin;
use super::session::WhoBody;
use super::{community, resource};
use crate::http::api::groups::said;
use crate::http::api::id_in_path;
use crate::http::api::schema::ProblemDoc;
use crate::http::body::JsonBody;
use crate::http::query::Params;
use crate::http::{Problem, Site};

/// The routes of groups.
pub fn routes(config: &mut ServiceConfig) {
    config
        .service(resource("/groups").route(web::get().to(list)).route(web::post().to(make)))
        .service(
            resource("/groups/{id}")
                .route(web::get().to(get))
                .route(web::patch().to(patch))
                .route(web::delete().to(dissolve)),
        )
        .service(resource("/groups/{id}/members").route(web::get().to(members)))
        .service(
            resource("/groups/{id}/members/{account}")
                .route(web::put().to(put_member))
                .route(web::delete().to(remove_member)),
        );
}

/// A group.
#[derive(Debug, Serialize, ToSchema)]
pub struct AdminGroupBody {
    id: String,
    community: String,
    name: String,
    /// `public`, `official` or `private`.
    kind: &'static str,
    topic: Option<String>,
    /// Whether only its managers write.
    managers_write: bool,
    /// Whether it was made here. Others are mirrored: they are changed where they come from.
    local: bool,
    /// The name space that a mirrored group comes from.
    realm: String,
    /// How many are in it.
    members: u64,
    /// How many of them manage it.
    managers: u64,
    /// How many ask to come in or to leave.
    waiting: u64,
    #[schema(value_type = String)]
    created_at: Timestamp,
}

impl From<GroupCount> for AdminGroupBody {
    fn from(count: GroupCount) -> Self {
        let GroupCount { group, members, managers, waiting } = count;
        Self {
            local: group.is_local(),
            id: group.id.to_string(),
            community: group.community.to_string(),
            name: group.name,
            kind: group.kind.as_str(),
            topic: group.topic,
            managers_write: group.managers_write,
            realm: group.realm.as_str().to_owned(),
            members,
            managers,
            waiting,
            created_at: group.created_at,
        }
    }
}

/// A page of groups.
#[derive(Debug, Serialize, ToSchema)]
pub struct AdminGroupsBody {
    /// By id.
    groups: Vec<AdminGroupBody>,
    /// For `after` of the next page.
    next: Option<String>,
}

/// The groups that there are, made here and mirrored.
#[utoipa::path(get, path = "/groups", tag = "groups", params(
    ("community" = Option<String>, Query, description = "only of this community"),
    ("realm" = Option<String>, Query, description = "only of this realm; `portico`: made here"),
    ("kind" = Option<String>, Query, description = "`public`, `official` or `private`"),
    ("after" = Option<String>, Query, description = "`next` of the page before"),
    ("limit" = Option<u32>, Query, description = "at most 200")),
    responses((status = 200, body = AdminGroupsBody), (status = 400, body = ProblemDoc), (status = 401, body = ProblemDoc),
    (status = 403, body = ProblemDoc)))]
pub async fn list(site: Data<Site>, _admin: Admin, params: Params) -> Result<Json<AdminGroupsBody>, Problem> {
    params.only(&["community", "realm", "kind", "after", "limit"])?;
    let limit = params.limit(50, 200)?;
    let realm = params.text("realm").map(Realm::new).transpose();
    let kind = params.text("kind").map(|word| {
        let kind = GroupKind::from_word(word);
        kind.ok_or_else(|| Problem::invalid("`kind` is `public`, `official` or `private`"))
    });
    let filter = GroupFilter {
        id: None,
        community: params.text("community").map(|name| community(&site, Some(name))).transpose()?,
        realm: realm.map_err(|_| Problem::invalid("`realm` is not valid"))?,
        kind: kind.transpose()?,
        after: params.parsed("after")?,
        limit: limit + 1,
    };
    let mut page = site.engine.all_groups(&filter).await?;
    let more = page.len() > limit;
    page.truncate(limit);
    let next = page.last().filter(|_| more).map(|one| one.group.id.to_string());
    Ok(Json(AdminGroupsBody { groups: page.into_iter().map(Into::into).collect(), next }))
}

/// A group to be made.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewGroupBody {
    /// Where; without it `main`.
    community: Option<String>,
    /// 1 to 64 characters; public and official groups have names of their own, whatever their case.
    name: String,
    /// `public`, `official` or `private`.
    #[schema(value_type = String)]
    kind: GroupKind,
    /// At most 500 characters.
    topic: Option<String>,
    /// Whether only its managers write.
    #[serde(default)]
    managers_write: bool,
}

/// Make a group. Nobody is in it yet: put its people in, and at least one manager if people are to ask to come in.
#[utoipa::path(post, path = "/groups", tag = "groups", request_body = NewGroupBody, responses(
    (status = 201, body = AdminGroupBody), (status = 400, body = ProblemDoc), (status = 401, body = ProblemDoc),
    (status = 403, body = ProblemDoc), (status = 409, body = ProblemDoc), (status = 422, body = ProblemDoc)))]
pub async fn make(
    site: Data<Site>,
    admin: Admin,
    JsonBody(body): JsonBody<NewGroupBody>,
) -> Result<HttpResponse, Problem> {
    let community = community(&site, body.community.as_deref())?;
    let form = GroupForm {
        name: body.name,
        kind: body.kind,
        topic: body.topic,
        managers_write: body.managers_write,
    };
    let made = site.engine.found_group(&admin.actor, &community, form).await?;
    Ok(HttpResponse::Created().json(AdminGroupBody::from(made)))
}

/// One group.
#[utoipa::path(get, path = "/groups/{id}", tag = "groups",
    params(("id" = String, Path, description = "the group")), responses(
    (status = 200, body = AdminGroupBody), (status = 401, body = ProblemDoc), (status = 403, body = ProblemDoc),
    (status = 404, body = ProblemDoc)))]
pub async fn get(
    site: Data<Site>,
    _admin: Admin,
    path: Path<String>,
) -> Result<Json<AdminGroupBody>, Problem> {
    Ok(Json(site.engine.any_group(id_in_path(&path)?).await?.into()))
}

/// What is to be changed of a group; what is absent stays.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct GroupPatchBody {
    /// 1 to 64 characters.
    name: Option<String>,
    /// `public`, `official` or `private`. Who is in it stays.
    #[schema(value_type = Option<String>)]
    kind: Option<GroupKind>,
    /// At most 500 characters; `null` takes it away.
    #[serde(default, deserialize_with = "said")]
    #[schema(value_type = Option<String>)]
    topic: Option<Option<String>>,
    /// Whether only its managers write.
    managers_write: Option<bool>,
}

/// Change a group that was made here.
#[utoipa::path(patch, path = "/groups/{id}", tag = "groups",
    params(("id" = String, Path, description = "the group")), request_body = GroupPatchBody, responses(
    (status = 200, body = AdminGroupBody), (status = 400, body = ProblemDoc), (status = 401, body = ProblemDoc),
    (status = 403, body = ProblemDoc), (status = 404, body = ProblemDoc), (status = 409, body = ProblemDoc),
    (status = 422, body = ProblemDoc)))]
pub async fn patch(
    site: Data<Site>,
    admin: Admin,
    path: Path<String>,
    JsonBody(body): JsonBody<GroupPatchBody>,
) -> Result<Json<AdminGroupBody>, Problem> {
    let GroupPatchBody { name, kind, topic, managers_write } = body;
    let revision = GroupRevision { name, kind, topic, managers_write };
    Ok(Json(site.engine.revise_group(&admin.actor, id_in_path(&path)?, revision).await?.into()))
}

/// End a group that was made here, for everybody. What was said in its room is nobody's any more.
#[utoipa::path(delete, path = "/groups/{id}", tag = "groups",
    params(("id" = String, Path, description = "the group")), responses(
    (status = 204), (status = 401, body = ProblemDoc), (status = 403, body = ProblemDoc),
    (status = 404, body = ProblemDoc), (status = 422, body = ProblemDoc)))]
pub async fn dissolve(site: Data<Site>, admin: Admin, path: Path<String>) -> Result<HttpResponse, Problem> {
    site.engine.end_group(&admin.actor, id_in_path(&path)?).await?;
    Ok(HttpResponse::NoContent().finish())
}

/// Somebody and a group.
#[derive(Debug, Serialize, ToSchema)]
pub struct SeatBody {
    account: WhoBody,
    /// `member`, `manager`, `asks-to-join`, `asks-to-leave`, `invited`, `refused` or `none`.
    part: &'static str,
}

impl From<Seat> for SeatBody {
    fn from(seat: Seat) -> Self {
        Self { account: (&seat.person.account).into(), part: seat.part.full_word() }
    }
}

/// A page of a group's people.
#[derive(Debug, Serialize, ToSchema)]
pub struct SeatsBody {
    /// Who is in it, by id.
    members: Vec<SeatBody>,
    /// Who asks to come in or to leave, is invited or was refused, the oldest first; on the first page, at most 1,000.
    waiting: Vec<SeatBody>,
    /// For `after` of the next page.
    next: Option<String>,
}

/// Who is in a group, and who waits for something.
#[utoipa::path(get, path = "/groups/{id}/members", tag = "groups", params(
    ("id" = String, Path, description = "the group"),
    ("after" = Option<String>, Query, description = "`next` of the page before"),
    ("limit" = Option<u32>, Query, description = "at most 200")), responses(
    (status = 200, body = SeatsBody), (status = 401, body = ProblemDoc), (status = 403, body = ProblemDoc),
    (status = 404, body = ProblemDoc)))]
pub async fn members(
    site: Data<Site>,
    _admin: Admin,
    path: Path<String>,
    params: Params,
) -> Result<Json<SeatsBody>, Problem> {
    params.only(&["after", "limit"])?;
    let limit = params.limit(50, 200)?;
    let id: GroupId = id_in_path(&path)?;
    let after: Option<AccountId> = params.parsed("after")?;
    let mut page = site.engine.seats_of(id, after, limit + 1).await?;
    let more = page.len() > limit;
    page.truncate(limit);
    let next = page.last().filter(|_| more).map(|seat| seat.person.account.id.to_string());
    let waiting = match after {
        None => site.engine.waiting_for(id).await?,
        Some(_) => Vec::new(),
    };
    let bodies = |seats: Vec<Seat>| seats.into_iter().map(Into::into).collect();
    Ok(Json(SeatsBody { members: bodies(page), waiting: bodies(waiting), next }))
}

/// What somebody is to be to a group.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AssignBody {
    part: AssignedPart,
}

/// What an administrator can make of somebody.
#[derive(Debug, Clone, Copy, Deserialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub enum AssignedPart {
    /// In it: whoever asked to come in or to leave as well.
    Member,
    /// In it, and managing it.
    Manager,
    /// Out of it, and kept out.
    Refused,
}

/// Put somebody into a group that was made here, make them its manager, or refuse them: whatever they were before.
#[utoipa::path(put, path = "/groups/{id}/members/{account}", tag = "groups", params(
    ("id" = String, Path, description = "the group"), ("account" = String, Path, description = "the account")),
    request_body = AssignBody, responses(
    (status = 200, body = SeatBody), (status = 400, body = ProblemDoc), (status = 401, body = ProblemDoc),
    (status = 403, body = ProblemDoc), (status = 404, body = ProblemDoc), (status = 422, body = ProblemDoc)))]
pub async fn put_member(
    site: Data<Site>,
    admin: Admin,
    path: Path<(String, String)>,
    JsonBody(body): JsonBody<AssignBody>,
) -> Result<Json<SeatBody>, Problem> {
    let part = match body.part {
        AssignedPart::Member => Part::Member,
        AssignedPart::Manager => Part::Manager,
        AssignedPart::Refused => Part::Refused,
    };
    let (group, account) = (id_in_path(&path.0)?, id_in_path(&path.1)?);
    Ok(Json(site.engine.assign_part(&admin.actor, group, account, part).await?.into()))
}

/// Take somebody out of a group that was made here; a request, an invitation and a refusal end as well. The group stays,
/// even when this was the last one.
#[utoipa::path(delete, path = "/groups/{id}/members/{account}", tag = "groups", params(
    ("id" = String, Path, description = "the group"), ("account" = String, Path, description = "the account")),
    responses((status = 204), (status = 401, body = ProblemDoc), (status = 403, body = ProblemDoc),
    (status = 404, body = ProblemDoc), (status = 422, body = ProblemDoc)))]
pub async fn remove_member(
    site: Data<Site>,
    admin: Admin,
    path: Path<(String, String)>,
) -> Result<HttpResponse, Problem> {
    let (group, account) = (id_in_path(&path.0)?, id_in_path(&path.1)?);
    site.engine.assign_part(&admin.actor, group, account, Part::Outside).await?;
    Ok(HttpResponse::NoContent().finish())
}
