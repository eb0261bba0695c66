//! Groups: mine, those I could come into, those that I manage.

use actix_web::HttpResponse;
use actix_web::web::{self, Data, Json, Path, ServiceConfig};
use portico_core::AccountId;
use portico_core::Timestamp;
use portico_core::engine::{GroupForm, GroupInvitation, GroupRequest, MAX_LIST_PAGE};
use portico_core::group::{GroupKind, ManagerAction, Part};
use serde::{Deserialize, Deserializer, Serialize};
use utoipa::ToSchema;

use crate::http::api::id_in_path;
use crate::http::api::schema::{AccountBody, GroupBody, MessageDoc, ProblemDoc};
use crate::http::body::JsonBody;
use crate::http::caller::Caller;
use crate::http::problem;
use crate::http::query::Params;
use crate::http::{Problem, Site};

/// The calls about groups.
pub fn routes(config: &mut ServiceConfig) {
    let resource = |path: &str| web::resource(path).default_service(web::to(problem::method_not_allowed));
    config
        .service(resource("/groups").route(web::get().to(list)).route(web::post().to(make)))
        .service(resource("/groups/invitations").route(web::get().to(invitations)))
        .service(
            resource("/groups/{id}")
                .route(web::get().to(get))
                .route(web::patch().to(patch))
                .route(web::delete().to(dissolve)),
        )
        .service(resource("/groups/{id}/requests").route(web::get().to(requests)))
        .service(resource("/groups/{id}/members").route(web::get().to(members)))
        .service(
            resource("/groups/{id}/members/me").route(web::put().to(join)).route(web::delete().to(leave)),
        )
        .service(
            resource("/groups/{id}/members/{account}")
                .route(web::put().to(manage))
                .route(web::patch().to(appoint))
                .route(web::delete().to(remove)),
        )
        .service(
            resource("/groups/{id}/announcements")
                .route(web::post().to(announce))
                .route(web::delete().to(unpin)),
        );
}

/// Groups.
#[derive(Debug, Serialize, ToSchema)]
pub struct GroupsBody {
    groups: Vec<GroupBody>,
    /// For `after` of the next page; `null` at the end.
    next: Option<String>,
}

/// A member of a group.
#[derive(Debug, Serialize, ToSchema)]
pub struct GroupMemberBody {
    account: AccountBody,
    /// Whether the member manages the group.
    manager: bool,
}

/// A page of a group's members.
#[derive(Debug, Serialize, ToSchema)]
pub struct GroupMembersBody {
    members: Vec<GroupMemberBody>,
    /// For `after` of the next page; `null` at the end.
    next: Option<String>,
}

/// A group to be made.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct MakeGroupBody {
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

/// What is to be otherwise about a group.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct EditGroupBody {
    /// 1 to 64 characters.
    name: Option<String>,
    /// At most 500 characters; `null` takes it away.
    #[serde(default, deserialize_with = "said")]
    #[schema(value_type = Option<String>)]
    topic: Option<Option<String>>,
    /// Whether only its managers write.
    managers_write: Option<bool>,
}

/// A field that may be absent, or `null`.
pub(in crate::http) fn said<'de, D, T>(deserializer: D) -> Result<Option<T>, D::Error>
where
    D: Deserializer<'de>,
    T: Deserialize<'de>,
{
    T::deserialize(deserializer).map(Some)
}

/// What to do about somebody.
#[derive(Debug, Clone, Copy, Deserialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub enum MemberAction {
    /// Let in who asks to come in; let go who asks to leave.
    Approve,
    /// Refuse for good who asks to come in, or is in a public or official group; keep who asks to leave.
    Refuse,
    /// Invite; let in who asks to come in.
    Invite,
}

/// What to do about somebody.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ManageBody {
    action: MemberAction,
}

/// Whether somebody is to manage a group.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AppointBody {
    manager: bool,
}

/// What somebody and a group are to each other.
#[derive(Debug, Serialize, ToSchema)]
pub struct PartBody {
    /// Who.
    account_id: String,
    /// `none`, `asks-to-join`, `refused`, `invited`, `member`, `asks-to-leave`.
    state: &'static str,
    /// Whether they manage it.
    manager: bool,
}

/// Who asks to come in or to leave, is invited or was refused; the oldest first.
#[derive(Debug, Serialize, ToSchema)]
pub struct GroupRequestsBody {
    requests: Vec<GroupRequestBody>,
}

/// Somebody who asks to come in or to leave, is invited or was refused.
#[derive(Debug, Serialize, ToSchema)]
pub struct GroupRequestBody {
    account: AccountBody,
    /// `asks-to-join`, `asks-to-leave`, `invited`, `refused`.
    state: &'static str,
    /// The manager who invited or refused.
    set_by: Option<String>,
    #[schema(value_type = String)]
    since: Timestamp,
}

/// The groups that I am invited to.
#[derive(Debug, Serialize, ToSchema)]
pub struct GroupInvitationsBody {
    invitations: Vec<GroupInvitationBody>,
}

/// A group that I am invited to.
#[derive(Debug, Serialize, ToSchema)]
pub struct GroupInvitationBody {
    group: GroupBody,
    /// Who invited me.
    by: Option<AccountBody>,
    #[schema(value_type = String)]
    since: Timestamp,
}

/// An announcement.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AnnounceBody {
    /// As of a message.
    text: String,
    /// As of a message.
    client_id: Option<String>,
}

/// My groups by name; with `scope=joinable` those public and official ones that I could come into.
#[utoipa::path(get, path = "/groups", tag = "groups",
    params(("scope" = Option<String>, Query, description = "`mine` (the default) or `joinable`"),
           ("after" = Option<String>, Query, description = "only with `joinable`"),
           ("limit" = Option<u32>, Query, description = "at most 200; only with `joinable`")),
    responses((status = 200, body = GroupsBody), (status = 401, body = ProblemDoc)))]
pub async fn list(
    site: Data<Site>,
    Caller(visitor): Caller,
    params: Params,
) -> Result<Json<GroupsBody>, Problem> {
    params.only(&["scope", "after", "limit"])?;
    let (groups, next) = match params.text("scope") {
        None | Some("mine") => (site.engine.groups(&visitor).await?, None),
        Some("joinable") => {
            let limit = params.limit(MAX_LIST_PAGE, MAX_LIST_PAGE)?;
            let page = site.engine.joinable_groups(&visitor, params.parsed("after")?, limit).await?;
            (page.groups, page.next)
        }
        Some(_) => return Err(Problem::invalid("`scope` is `mine` or `joinable`")),
    };
    Ok(Json(GroupsBody {
        groups: groups.into_iter().map(|part| GroupBody::of(part, &site.engine)).collect(),
        next: next.map(|next| next.to_string()),
    }))
}

/// Make a group; I am its first member and manager.
#[utoipa::path(post, path = "/groups", tag = "groups", request_body = MakeGroupBody, responses(
    (status = 201, body = GroupBody), (status = 403, body = ProblemDoc), (status = 409, body = ProblemDoc),
    (status = 422, body = ProblemDoc)))]
pub async fn make(
    site: Data<Site>,
    Caller(visitor): Caller,
    JsonBody(body): JsonBody<MakeGroupBody>,
) -> Result<HttpResponse, Problem> {
    let MakeGroupBody { name, kind, topic, managers_write } = body;
    let made = site.engine.make_group(&visitor, GroupForm { name, kind, topic, managers_write }).await?;
    Ok(HttpResponse::Created().json(GroupBody::of(made, &site.engine)))
}

/// A group that I am in or could come into.
#[utoipa::path(get, path = "/groups/{id}", tag = "groups", params(("id" = String, Path)),
    responses((status = 200, body = GroupBody), (status = 404, body = ProblemDoc)))]
pub async fn get(
    site: Data<Site>,
    Caller(visitor): Caller,
    path: Path<String>,
) -> Result<Json<GroupBody>, Problem> {
    let group = site.engine.group(&visitor, id_in_path(&path)?).await?;
    Ok(Json(GroupBody::of(group, &site.engine)))
}

/// Change a group that I manage.
#[utoipa::path(patch, path = "/groups/{id}", tag = "groups", params(("id" = String, Path)),
    request_body = EditGroupBody, responses((status = 200, body = GroupBody), (status = 403, body = ProblemDoc),
    (status = 404, body = ProblemDoc), (status = 409, body = ProblemDoc), (status = 422, body = ProblemDoc)))]
pub async fn patch(
    site: Data<Site>,
    Caller(visitor): Caller,
    path: Path<String>,
    JsonBody(body): JsonBody<EditGroupBody>,
) -> Result<Json<GroupBody>, Problem> {
    let topic = body.topic.as_ref().map(Option::as_deref);
    let id = id_in_path(&path)?;
    let group =
        site.engine.edit_group(&visitor, id, body.name.as_deref(), topic, body.managers_write).await?;
    Ok(Json(GroupBody::of(group, &site.engine)))
}

/// End a group that I manage, for everybody.
#[utoipa::path(delete, path = "/groups/{id}", tag = "groups", params(("id" = String, Path)),
    responses((status = 204), (status = 403, body = ProblemDoc), (status = 404, body = ProblemDoc)))]
pub async fn dissolve(
    site: Data<Site>,
    Caller(visitor): Caller,
    path: Path<String>,
) -> Result<HttpResponse, Problem> {
    site.engine.dissolve_group(&visitor, id_in_path(&path)?).await?;
    Ok(HttpResponse::NoContent().finish())
}

/// The members of one of my groups.
#[utoipa::path(get, path = "/groups/{id}/members", tag = "groups",
    params(("id" = String, Path), ("after" = Option<String>, Query),
           ("limit" = Option<u32>, Query, description = "at most 200")),
    responses((status = 200, body = GroupMembersBody), (status = 404, body = ProblemDoc)))]
pub async fn members(
    site: Data<Site>,
    Caller(visitor): Caller,
    path: Path<String>,
    params: Params,
) -> Result<Json<GroupMembersBody>, Problem> {
    params.only(&["after", "limit"])?;
    let limit = params.limit(MAX_LIST_PAGE, MAX_LIST_PAGE)?;
    let page =
        site.engine.group_members(&visitor, id_in_path(&path)?, params.parsed("after")?, limit).await?;
    let members = page.people.iter().map(|(member, manager)| GroupMemberBody {
        account: AccountBody::of(&member.account, &site.engine),
        manager: *manager,
    });
    Ok(Json(GroupMembersBody { members: members.collect(), next: page.next.map(|next| next.to_string()) }))
}

/// Come into a group, or ask to; accept an invitation; stay after all.
#[utoipa::path(put, path = "/groups/{id}/members/me", tag = "groups", params(("id" = String, Path)), responses(
    (status = 200, body = GroupBody, description = "`state` says whether I am in"),
    (status = 403, body = ProblemDoc), (status = 404, body = ProblemDoc)))]
pub async fn join(
    site: Data<Site>,
    Caller(visitor): Caller,
    path: Path<String>,
) -> Result<Json<GroupBody>, Problem> {
    let group = site.engine.join_group(&visitor, id_in_path(&path)?).await?;
    Ok(Json(GroupBody::of(group, &site.engine)))
}

/// Leave a group, or ask to; take my request back; decline an invitation.
#[utoipa::path(delete, path = "/groups/{id}/members/me", tag = "groups", params(("id" = String, Path)), responses(
    (status = 200, body = PartBody), (status = 403, body = ProblemDoc), (status = 404, body = ProblemDoc),
    (status = 409, body = ProblemDoc, description = "a group needs a manager")))]
pub async fn leave(
    site: Data<Site>,
    Caller(visitor): Caller,
    path: Path<String>,
) -> Result<Json<PartBody>, Problem> {
    let part = site.engine.leave_group(&visitor, id_in_path(&path)?).await?;
    Ok(Json(PartBody::of(visitor.account(), part)))
}

/// Decide about somebody in a group that I manage.
#[utoipa::path(put, path = "/groups/{id}/members/{account}", tag = "groups",
    params(("id" = String, Path), ("account" = String, Path)), request_body = ManageBody, responses(
    (status = 200, body = PartBody), (status = 403, body = ProblemDoc), (status = 404, body = ProblemDoc),
    (status = 409, body = ProblemDoc)))]
pub async fn manage(
    site: Data<Site>,
    Caller(visitor): Caller,
    path: Path<(String, String)>,
    JsonBody(body): JsonBody<ManageBody>,
) -> Result<Json<PartBody>, Problem> {
    let action = match body.action {
        MemberAction::Approve => ManagerAction::Approve,
        MemberAction::Refuse => ManagerAction::Refuse,
        MemberAction::Invite => ManagerAction::Invite,
    };
    let (group, account) = (id_in_path(&path.0)?, id_in_path(&path.1)?);
    let part = site.engine.manage_member(&visitor, group, account, action).await?;
    Ok(Json(PartBody::of(account, part)))
}

/// Make a member a manager, or a manager a member.
#[utoipa::path(patch, path = "/groups/{id}/members/{account}", tag = "groups",
    params(("id" = String, Path), ("account" = String, Path)), request_body = AppointBody, responses(
    (status = 200, body = PartBody), (status = 403, body = ProblemDoc), (status = 404, body = ProblemDoc),
    (status = 409, body = ProblemDoc)))]
pub async fn appoint(
    site: Data<Site>,
    Caller(visitor): Caller,
    path: Path<(String, String)>,
    JsonBody(body): JsonBody<AppointBody>,
) -> Result<Json<PartBody>, Problem> {
    let action = if body.manager { ManagerAction::Promote } else { ManagerAction::Demote };
    let (group, account) = (id_in_path(&path.0)?, id_in_path(&path.1)?);
    let part = site.engine.manage_member(&visitor, group, account, action).await?;
    Ok(Json(PartBody::of(account, part)))
}

/// Put somebody out of a group that I manage; take an invitation back; forget a request or a refusal.
#[utoipa::path(delete, path = "/groups/{id}/members/{account}", tag = "groups",
    params(("id" = String, Path), ("account" = String, Path)), responses((status = 204),
    (status = 403, body = ProblemDoc), (status = 404, body = ProblemDoc), (status = 409, body = ProblemDoc)))]
pub async fn remove(
    site: Data<Site>,
    Caller(visitor): Caller,
    path: Path<(String, String)>,
) -> Result<HttpResponse, Problem> {
    let (group, account) = (id_in_path(&path.0)?, id_in_path(&path.1)?);
    site.engine.manage_member(&visitor, group, account, ManagerAction::Remove).await?;
    Ok(HttpResponse::NoContent().finish())
}

/// Who asks to come in or to leave, is invited or was refused, in a group that I manage.
#[utoipa::path(get, path = "/groups/{id}/requests", tag = "groups", params(("id" = String, Path)), responses(
    (status = 200, body = GroupRequestsBody), (status = 403, body = ProblemDoc),
    (status = 404, body = ProblemDoc)))]
pub async fn requests(
    site: Data<Site>,
    Caller(visitor): Caller,
    path: Path<String>,
) -> Result<Json<GroupRequestsBody>, Problem> {
    let found = site.engine.group_requests(&visitor, id_in_path(&path)?).await?;
    let request = |one: GroupRequest| GroupRequestBody {
        account: AccountBody::of(&one.person.account, &site.engine),
        state: one.part.as_str(),
        set_by: one.set_by.map(|by| by.to_string()),
        since: one.since,
    };
    Ok(Json(GroupRequestsBody { requests: found.into_iter().map(request).collect() }))
}

/// The groups that I am invited to.
#[utoipa::path(get, path = "/groups/invitations", tag = "groups",
    responses((status = 200, body = GroupInvitationsBody), (status = 403, body = ProblemDoc)))]
pub async fn invitations(
    site: Data<Site>,
    Caller(visitor): Caller,
) -> Result<Json<GroupInvitationsBody>, Problem> {
    let found = site.engine.group_invitations(&visitor).await?;
    let invitation = |one: GroupInvitation| GroupInvitationBody {
        group: GroupBody::of(one.group, &site.engine),
        by: one.by.map(|by| AccountBody::of(&by.account, &site.engine)),
        since: one.since,
    };
    Ok(Json(GroupInvitationsBody { invitations: found.into_iter().map(invitation).collect() }))
}

/// Write an announcement in the room of a group that I manage, and pin it.
#[utoipa::path(post, path = "/groups/{id}/announcements", tag = "groups", params(("id" = String, Path)),
    request_body = AnnounceBody, responses((status = 201, body = MessageDoc),
    (status = 200, body = MessageDoc, description = "written before under this client_id"),
    (status = 403, body = ProblemDoc), (status = 404, body = ProblemDoc), (status = 422, body = ProblemDoc)))]
pub async fn announce(
    site: Data<Site>,
    Caller(visitor): Caller,
    path: Path<String>,
    JsonBody(body): JsonBody<AnnounceBody>,
) -> Result<HttpResponse, Problem> {
    let id = id_in_path(&path)?;
    let (message, new) = site.engine.announce_in_group(&visitor, id, body.text, body.client_id).await?;
    let mut response = if new { HttpResponse::Created() } else { HttpResponse::Ok() };
    Ok(response.json(message))
}

/// Take the pinned announcement away; the message stays in the room.
#[utoipa::path(delete, path = "/groups/{id}/announcements", tag = "groups", params(("id" = String, Path)),
    responses((status = 204), (status = 403, body = ProblemDoc), (status = 404, body = ProblemDoc)))]
pub async fn unpin(
    site: Data<Site>,
    Caller(visitor): Caller,
    path: Path<String>,
) -> Result<HttpResponse, Problem> {
    site.engine.unpin_announcement(&visitor, id_in_path(&path)?).await?;
    Ok(HttpResponse::NoContent().finish())
}

impl PartBody {
    fn of(account: AccountId, part: Part) -> Self {
        Self { account_id: account.to_string(), state: part.as_str(), manager: part == Part::Manager }
    }
}
