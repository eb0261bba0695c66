use actix_web::web::{Data, Json, Path};
use portico_core::engine::MAX_LIST_PAGE;
use serde::Serialize;
use utoipa::ToSchema;

use crate::http::api::id_in_path;
use crate::http::api::schema::{AccountBody, GroupBody, ProblemDoc};
use crate::http::caller::Caller;
use crate::http::query::Params;
use crate::http::{Problem, Site};

/// My groups.
#[derive(Debug, Serialize, ToSchema)]
pub struct GroupsBody {
    groups: Vec<GroupBody>,
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

/// My groups, by name.
#[utoipa::path(get, path = "/groups", tag = "groups", responses(
    (status = 200, body = GroupsBody), (status = 401, body = ProblemDoc)))]
pub async fn list(site: Data<Site>, Caller(visitor): Caller) -> Result<Json<GroupsBody>, Problem> {
    let groups = site.engine.groups(&visitor).await?;
    Ok(Json(GroupsBody {
        groups: groups.into_iter().map(|part| GroupBody::of(part, &site.engine)).collect(),
    }))
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
