use actix_web::HttpResponse;
use actix_web::web::{Data, Json, Path};
use portico_auth_native::AccountError;
use portico_core::auth::{Realm, RegistrationForm};
use portico_core::engine::{EngineError, Listed, PersonCard};
use portico_core::front::FrontId;
use portico_core::ports::{Clock, NativeUser, SystemClock};
use portico_core::{AccountId, Timestamp};
use secrecy::SecretString;
use serde::{Deserialize, Serialize};
use serde_json::json;
use utoipa::ToSchema;

use super::caller::Admin;
use super::moderation::EndedBody;
use crate::http::api::id_in_path;
use crate::http::api::schema::{AccountBody, ProblemDoc};
use crate::http::body::JsonBody;
use crate::http::query::Params;
use crate::http::{Problem, Site};

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
}

fn listed(site: &Site, one: Listed) -> ListedBody {
    ListedBody {
        account: AccountBody::own(&one.account, &site.engine),
        fronts: one.fronts.into_iter().map(|(_, front)| front.to_string()).collect(),
        created_at: one.account.created_at,
        online: one.online,
    }
}

/// People who have entered.
#[utoipa::path(get, path = "/accounts", tag = "accounts", params(
    ("query" = Option<String>, Query, description = "the beginning of the login"),
    ("realm" = Option<String>, Query, description = "only of this realm"),
    ("front" = Option<String>, Query, description = "who have entered this front"),
    ("after" = Option<String>, Query, description = "`next` of the page before"),
    ("limit" = Option<u32>, Query, description = "at most 200")),
    responses((status = 200, body = AccountsBody), (status = 400, body = ProblemDoc), (status = 401, body = ProblemDoc),
    (status = 403, body = ProblemDoc)))]
pub async fn list(site: Data<Site>, _admin: Admin, params: Params) -> Result<Json<AccountsBody>, Problem> {
    params.only(&["query", "realm", "front", "after", "limit"])?;
    let limit = params.limit(50, 200)?;
    let realm = params.text("realm").map(Realm::new).transpose();
    let realm = realm.map_err(|_| Problem::invalid("`realm` is not valid"))?;
    let front = params.text("front").map(FrontId::new).transpose();
    let front = front.map_err(|_| Problem::invalid("`front` is not valid"))?;
    let mut page =
        site.engine.accounts(params.text("query"), realm, front, params.parsed("after")?, limit + 1).await?;
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
    let PersonCard { account, fronts, sessions, groups, online } =
        site.engine.person_card(id_in_path(&path)?).await?;
    let sessions = sessions.into_iter().map(|session| {
        let (address, device) = site.engine.whereabouts(&session);
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
    });
    let groups = groups.into_iter().map(|part| TheirGroupBody {
        id: part.group.id.to_string(),
        name: part.group.name,
        manager: part.manager,
    });
    Ok(Json(CardBody {
        sessions: sessions.collect(),
        groups: groups.collect(),
        person: listed(&site, Listed { account, fronts, online }),
    }))
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

/// One of Portico's own accounts.
#[derive(Debug, Serialize, ToSchema)]
pub struct NativeBody {
    /// The login name.
    login: String,
    /// The name to show.
    display_name: Option<String>,
    /// The e-mail address.
    email: Option<String>,
    /// `active`, `pending` or `disabled`.
    state: &'static str,
    /// Whether it was made as an administrator.
    administrator: bool,
    /// The person's account, once they have entered.
    account_id: Option<String>,
    /// When it was made.
    #[schema(value_type = String)]
    created_at: Timestamp,
}

/// Portico's own accounts.
#[derive(Debug, Serialize, ToSchema)]
pub struct NativesBody {
    /// By login.
    accounts: Vec<NativeBody>,
    /// For `after` of the next page.
    next: Option<String>,
}

async fn native(site: &Site, user: NativeUser) -> Result<NativeBody, Problem> {
    let account = site.engine.account_by_key(site.desk.own.realm(), &user.id.to_string()).await?;
    Ok(NativeBody {
        login: user.login,
        display_name: user.display_name,
        email: user.email,
        state: user.state.as_str(),
        administrator: user.administrator,
        account_id: account.map(|account| account.id.to_string()),
        created_at: user.created_at,
    })
}

/// Portico's own accounts, those that wait for approval and those that have never entered too.
#[utoipa::path(get, path = "/native-accounts", tag = "accounts", params(
    ("state" = Option<String>, Query, description = "`active`, `pending` or `disabled`"),
    ("after" = Option<String>, Query, description = "`next` of the page before"),
    ("limit" = Option<u32>, Query, description = "at most 200")),
    responses((status = 200, body = NativesBody), (status = 401, body = ProblemDoc), (status = 403, body = ProblemDoc)))]
pub async fn natives(site: Data<Site>, _admin: Admin, params: Params) -> Result<Json<NativesBody>, Problem> {
    params.only(&["state", "after", "limit"])?;
    let limit = params.limit(50, 200)?;
    let (state, after) = (params.text("state"), params.text("after"));
    let all = site.desk.users.list().await.map_err(EngineError::from)?;
    let fold = portico_core::account::fold_login;
    let wanted = |user: &NativeUser| {
        state.is_none_or(|state| user.state.as_str() == state)
            && after.is_none_or(|after| fold(&user.login).as_bytes() > fold(after).as_bytes())
    };
    let mut page: Vec<NativeUser> = all.into_iter().filter(wanted).take(limit + 1).collect();
    let more = page.len() > limit;
    page.truncate(limit);
    let next = page.last().filter(|_| more).map(|user| user.login.clone());
    let mut accounts = Vec::with_capacity(page.len());
    for user in page {
        accounts.push(native(&site, user).await?);
    }
    Ok(Json(NativesBody { accounts, next }))
}

/// One of Portico's own accounts to be made.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewNativeBody {
    /// The login name.
    login: String,
    /// The password; the person should change it.
    #[schema(value_type = String)]
    password: SecretString,
    /// The name to show.
    display_name: Option<String>,
    /// The e-mail address.
    email: Option<String>,
}

/// Make one of Portico's own accounts, to be used at once. Its rights are given separately.
#[utoipa::path(post, path = "/native-accounts", tag = "accounts", request_body = NewNativeBody, responses(
    (status = 201, body = NativeBody), (status = 401, body = ProblemDoc), (status = 403, body = ProblemDoc),
    (status = 409, body = ProblemDoc), (status = 422, body = ProblemDoc)))]
pub async fn make_native(
    site: Data<Site>,
    admin: Admin,
    JsonBody(body): JsonBody<NewNativeBody>,
) -> Result<HttpResponse, Problem> {
    let NewNativeBody { login, password, display_name, email } = body;
    let form = RegistrationForm { login, password, display_name, email };
    let made = site.desk.accounts.create_user(&form, SystemClock.now()).await.map_err(refused)?;
    let shown = json!({ "login": made.login, "administrator": false });
    let entry = site.engine.audit_entry(&admin.actor, "account-made").on("native-account", made.id);
    site.engine.record(entry.changed(None, Some(shown))).await?;
    Ok(HttpResponse::Created().json(native(&site, made).await?))
}

fn refused(error: AccountError) -> Problem {
    match error {
        AccountError::NameTaken => Problem::new("conflict").detail("this name is taken"),
        AccountError::NoSuchUser => Problem::new("not-found"),
        AccountError::Invalid(why) => Problem::new("unacceptable").detail(why),
        AccountError::Failed(error) => portico_core::engine::EntryError::Unanswered(error).into(),
        other => {
            tracing::error!(error = %other, "an account could not be made");
            Problem::new("internal")
        }
    }
}
