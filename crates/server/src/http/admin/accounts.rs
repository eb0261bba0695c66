use actix_web::web::{self, Data, Json, Path, ServiceConfig};
use portico_core::account::AccountState;
use portico_core::auth::Realm;
use portico_core::engine::{Listed, PersonCard};
use portico_core::front::FrontId;
use portico_core::ports::{AccountFilter, SessionRecord};
use portico_core::{AccountId, Timestamp};
use serde::Serialize;
use utoipa::ToSchema;

use super::caller::Admin;
use super::lives::StateBody;
use super::moderation::EndedBody;
use super::resource;
use crate::http::api::id_in_path;
use crate::http::api::schema::{AccountBody, ProblemDoc};
use crate::http::query::Params;
use crate::http::{Problem, Site};

/// The routes of people and their sessions.
pub fn routes(config: &mut ServiceConfig) {
    config
        .service(resource("/accounts").route(web::get().to(list)))
        .service(
            resource("/accounts/{id}")
                .route(web::get().to(get))
                .route(web::delete().to(super::lives::delete)),
        )
        .service(
            resource("/accounts/{id}/sessions")
                .route(web::get().to(sessions))
                .route(web::delete().to(end_sessions)),
        )
        .service(resource("/accounts/{id}/sessions/{session}").route(web::delete().to(end_session)));
}

/// A person in the list.
#[derive(Debug, Serialize, ToSchema)]
pub struct ListedBody {
    /// The person.
    #[serde(flatten)]
    account: AccountBody,
    /// The fronts they have entered.
    fronts: Vec<String>,
    /// When they first entered.
    #[schema(value_type = String)]
    created_at: Timestamp,
    /// Whether they are online anywhere.
    online: bool,
    /// Whether the account can be used.
    #[serde(flatten)]
    state: StateBody,
    /// When they were last here, to the day; `null` = not known.
    #[schema(value_type = Option<String>)]
    last_used_at: Option<Timestamp>,
}

/// A page of people.
#[derive(Debug, Serialize, ToSchema)]
pub struct AccountsBody {
    /// The people, by id.
    accounts: Vec<ListedBody>,
    /// For `after` of the next page.
    next: Option<String>,
}

/// A session of somebody.
#[derive(Debug, Serialize, ToSchema)]
pub struct TheirSessionBody {
    id: String,
    front: String,
    /// How they proved who they are.
    proof: &'static str,
    #[schema(value_type = String)]
    created_at: Timestamp,
    #[schema(value_type = String)]
    seen_at: Timestamp,
    #[schema(value_type = String)]
    expires_at: Timestamp,
    /// Where it was last seen from, while it is in memory.
    address: Option<String>,
    /// The device's id, while it is in memory: for a ban.
    device: Option<String>,
}

/// A group of somebody.
#[derive(Debug, Serialize, ToSchema)]
pub struct TheirGroupBody {
    id: String,
    name: String,
    manager: bool,
}

/// A person, without anything they wrote.
#[derive(Debug, Serialize, ToSchema)]
pub struct CardBody {
    /// The person.
    #[serde(flatten)]
    person: ListedBody,
    /// Their sessions, newest first.
    sessions: Vec<TheirSessionBody>,
    /// Their groups.
    groups: Vec<TheirGroupBody>,
    /// The roles that administrators have given them.
    roles: Vec<TheirRoleBody>,
}

/// A role that an administrator has given somebody.
#[derive(Debug, Serialize, ToSchema)]
pub struct TheirRoleBody {
    community: String,
    role: String,
}

/// Somebody's sessions.
#[derive(Debug, Serialize, ToSchema)]
pub struct TheirSessionsBody {
    /// Newest first.
    sessions: Vec<TheirSessionBody>,
}

fn session_body(site: &Site, session: &SessionRecord) -> TheirSessionBody {
    let (address, device) = site.engine.whereabouts(session);
    TheirSessionBody {
        id: session.id.to_string(),
        front: session.front.to_string(),
        proof: session.standing.proof.as_str(),
        created_at: session.created_at,
        seen_at: session.seen_at,
        expires_at: session.expires_at,
        address: address.map(|address| address.to_string()),
        device,
    }
}

pub fn listed(site: &Site, one: Listed) -> ListedBody {
    ListedBody {
        account: AccountBody::own(&one.account, &site.engine),
        fronts: one.fronts.into_iter().map(|(_, front)| front.to_string()).collect(),
        created_at: one.account.created_at,
        online: one.online,
        last_used_at: one.life.active_at,
        state: one.life.into(),
    }
}

/// People who have entered.
#[utoipa::path(get, path = "/accounts", tag = "accounts", params(
    ("query" = Option<String>, Query, description = "the beginning of the login"),
    ("realm" = Option<String>, Query, description = "only of this realm"),
    ("front" = Option<String>, Query, description = "who have entered this front"),
    ("state" = Option<String>, Query, description = "`active`, `locked` or `pending`"),
    ("unused_since" = Option<String>, Query, description = "nobody has used them since (RFC 3339 or a date)"),
    ("role" = Option<String>, Query, description = "an administrator has given them this role"),
    ("after" = Option<String>, Query, description = "`next` of the page before"),
    ("limit" = Option<u32>, Query, description = "at most 200")),
    responses((status = 200, body = AccountsBody), (status = 400, body = ProblemDoc), (status = 401, body = ProblemDoc),
    (status = 403, body = ProblemDoc)))]
pub async fn list(site: Data<Site>, _admin: Admin, params: Params) -> Result<Json<AccountsBody>, Problem> {
    params.only(&["query", "realm", "front", "state", "unused_since", "role", "after", "limit"])?;
    let limit = params.limit(50, 200)?;
    let realm = params.text("realm").map(Realm::new).transpose();
    let front = params.text("front").map(FrontId::new).transpose();
    let state = params.text("state").map(str::parse::<AccountState>).transpose();
    let filter = AccountFilter {
        login: params.text("query").map(str::to_owned),
        realm: realm.map_err(|_| Problem::invalid("`realm` is not valid"))?,
        front: front.map_err(|_| Problem::invalid("`front` is not valid"))?,
        state: state.map_err(|_| Problem::invalid("`state` is `active`, `locked` or `pending`"))?,
        unused_since: params.parsed("unused_since")?,
        role: params.text("role").map(str::to_owned),
        after: params.parsed("after")?,
        limit: limit + 1,
    };
    let mut page = site.engine.accounts(filter).await?;
    let more = page.len() > limit;
    page.truncate(limit);
    let next = page.last().filter(|_| more).map(|one| one.account.id.to_string());
    Ok(Json(AccountsBody { accounts: page.into_iter().map(|one| listed(&site, one)).collect(), next }))
}

/// One person: sessions, fronts, groups; nothing of what they write.
#[utoipa::path(get, path = "/accounts/{id}", tag = "accounts",
    params(("id" = String, Path, description = "the account")), responses(
    (status = 200, body = CardBody), (status = 401, body = ProblemDoc), (status = 403, body = ProblemDoc),
    (status = 404, body = ProblemDoc)))]
pub async fn get(site: Data<Site>, _admin: Admin, path: Path<String>) -> Result<Json<CardBody>, Problem> {
    let PersonCard { person, sessions, groups, roles } = site.engine.person_card(id_in_path(&path)?).await?;
    let groups = groups.into_iter().map(|part| TheirGroupBody {
        id: part.group.id.to_string(),
        name: part.group.name,
        manager: part.manager,
    });
    let role = |(community, role): (portico_core::CommunityId, String)| TheirRoleBody {
        community: community.to_string(),
        role,
    };
    Ok(Json(CardBody {
        sessions: sessions.iter().map(|session| session_body(&site, session)).collect(),
        groups: groups.collect(),
        roles: roles.into_iter().map(role).collect(),
        person: listed(&site, person),
    }))
}

/// Somebody's sessions: since when, from where, on which device.
#[utoipa::path(get, path = "/accounts/{id}/sessions", tag = "accounts",
    params(("id" = String, Path, description = "the account")), responses(
    (status = 200, body = TheirSessionsBody), (status = 401, body = ProblemDoc), (status = 403, body = ProblemDoc),
    (status = 404, body = ProblemDoc)))]
pub async fn sessions(
    site: Data<Site>,
    _admin: Admin,
    path: Path<String>,
) -> Result<Json<TheirSessionsBody>, Problem> {
    let found = site.engine.sessions_of(id_in_path(&path)?).await?;
    let sessions = found.iter().map(|session| session_body(&site, session)).collect();
    Ok(Json(TheirSessionsBody { sessions }))
}

/// End all sessions of somebody.
#[utoipa::path(delete, path = "/accounts/{id}/sessions", tag = "accounts",
    params(("id" = String, Path, description = "the account")), responses(
    (status = 200, body = EndedBody), (status = 401, body = ProblemDoc), (status = 403, body = ProblemDoc),
    (status = 404, body = ProblemDoc)))]
pub async fn end_sessions(
    site: Data<Site>,
    admin: Admin,
    path: Path<String>,
) -> Result<Json<EndedBody>, Problem> {
    let ended = site.engine.kick(&admin.actor, id_in_path(&path)?, None, None, None).await?;
    Ok(Json(EndedBody { ended }))
}

/// End one session of somebody.
#[utoipa::path(delete, path = "/accounts/{id}/sessions/{session}", tag = "accounts",
    params(("id" = String, Path, description = "the account"), ("session" = String, Path, description = "the session")),
    responses((status = 200, body = EndedBody), (status = 401, body = ProblemDoc), (status = 403, body = ProblemDoc),
    (status = 404, body = ProblemDoc)))]
pub async fn end_session(
    site: Data<Site>,
    admin: Admin,
    path: Path<(String, String)>,
) -> Result<Json<EndedBody>, Problem> {
    let (account, session) = path.into_inner();
    let (account, session): (AccountId, _) = (id_in_path(&account)?, id_in_path(&session)?);
    let ended = site.engine.kick(&admin.actor, account, None, Some(session), None).await?;
    Ok(Json(EndedBody { ended }))
}
