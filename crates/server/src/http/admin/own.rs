use std::collections::HashMap;

use actix_web::HttpResponse;
use actix_web::web::{self, Data, Json, Path, ServiceConfig};
use portico_auth_native::{AccountError, acceptable_address, acceptable_name};
use portico_core::account::{Account, OwnMessages, fold_login};
use portico_core::auth::{RegistrationForm, SubjectId};
use portico_core::engine::EngineError;
use portico_core::front::{Front, FrontId};
use portico_core::ports::{
    Clock, ListedNative, NativeFilter, NativeProfile, NativeState, NativeUser, SystemClock,
};
use portico_core::{AccountId, Timestamp};
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use super::caller::Admin;
use super::resource;
use crate::http::api::groups::said;
use crate::http::api::id_in_path;
use crate::http::api::schema::ProblemDoc;
use crate::http::body::JsonBody;
use crate::http::query::Params;
use crate::http::{Problem, Site};

/// The routes of Portico's own accounts.
pub fn routes(config: &mut ServiceConfig) {
    config
        .service(
            resource("/native-accounts").route(web::get().to(natives)).route(web::post().to(make_native)),
        )
        .service(
            resource("/native-accounts/{id}")
                .route(web::get().to(get))
                .route(web::patch().to(patch))
                .route(web::delete().to(delete)),
        )
        .service(resource("/native-accounts/{id}/password-reset").route(web::post().to(reset)))
        .service(
            resource("/native-accounts/{id}/second-factors").route(web::delete().to(remove_second_factors)),
        );
}

/// One of Portico's own accounts.
#[derive(Debug, Serialize, ToSchema)]
pub struct NativeBody {
    /// Its id.
    id: String,
    /// The login name.
    login: String,
    /// The name to show.
    display_name: Option<String>,
    /// The e-mail address.
    email: Option<String>,
    /// Whether the address is proved.
    email_verified: bool,
    /// `active`, `pending` (waits for approval), `unverified` (waits for its address to be proved) or `disabled`.
    state: &'static str,
    /// Whether the login asks for a second factor.
    second_factor: bool,
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

impl NativeBody {
    fn new(user: ListedNative, account: Option<AccountId>) -> Self {
        Self {
            id: user.id.to_string(),
            login: user.login,
            display_name: user.display_name,
            email: user.email,
            email_verified: user.email_verified,
            state: user.state.as_str(),
            second_factor: user.second_factor,
            administrator: user.administrator,
            account_id: account.map(|account| account.to_string()),
            created_at: user.created_at,
        }
    }
}

/// As they are kept by now.
async fn native(site: &Site, id: Uuid) -> Result<NativeBody, Problem> {
    let (user, account) = known(site, &id.to_string()).await?;
    Ok(NativeBody::new(user.into(), account.map(|account| account.id)))
}

/// Portico's own accounts, those that wait for approval and those that have never entered too.
#[utoipa::path(get, path = "/native-accounts", tag = "accounts", params(
    ("query" = Option<String>, Query, description = "the beginning of the login"),
    ("state" = Option<String>, Query, description = "`active`, `pending`, `unverified` or `disabled`"),
    ("after" = Option<String>, Query, description = "`next` of the page before"),
    ("limit" = Option<u32>, Query, description = "at most 200")),
    responses((status = 200, body = NativesBody), (status = 401, body = ProblemDoc), (status = 403, body = ProblemDoc)))]
pub async fn natives(site: Data<Site>, _admin: Admin, params: Params) -> Result<Json<NativesBody>, Problem> {
    params.only(&["query", "state", "after", "limit"])?;
    let limit = params.limit(50, 200)?;
    let after = params.text("after");
    let state = params.text("state").map(str::parse::<NativeState>).transpose();
    let state = state.map_err(Problem::invalid)?;
    let filter = NativeFilter {
        login: params.text("query").map(fold_login).unwrap_or_default(),
        state,
        after: after.map(fold_login),
        limit: limit + 1,
    };
    let mut page = site.desk.users.page(&filter).await.map_err(EngineError::from)?;
    let more = page.len() > limit;
    page.truncate(limit);
    let next = page.last().filter(|_| more).map(|user| user.login.clone());
    let subjects = page.iter().filter_map(|user| SubjectId::new(user.id.to_string()).ok());
    let linked = site.engine.accounts_of(site.desk.own.realm(), &subjects.collect::<Vec<_>>()).await?;
    let mut linked: HashMap<String, AccountId> =
        linked.into_iter().map(|(subject, account)| (subject.as_str().to_owned(), account)).collect();
    let bodies = page.into_iter().map(|user| {
        let account = linked.remove(&user.id.to_string());
        NativeBody::new(user, account)
    });
    Ok(Json(NativesBody { accounts: bodies.collect(), next }))
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
    admin.may_hand_out(&site, &login).await?;
    let form = RegistrationForm { login, password, display_name, email };
    let new = site.desk.accounts.new_account(&form, false, SystemClock.now()).await.map_err(refused)?;
    let id = new.id;
    site.engine.make_native(&admin.actor, new).await?;
    Ok(HttpResponse::Created().json(native(&site, id).await?))
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

async fn account_of(site: &Site, user: &NativeUser) -> Result<Option<Account>, Problem> {
    Ok(site.engine.account_by_key(site.desk.own.realm(), &user.id.to_string()).await?)
}

/// The account of Portico's own that a path names, and its person's, if they have ever entered.
async fn known(site: &Site, path: &str) -> Result<(NativeUser, Option<Account>), Problem> {
    let id: Uuid = id_in_path(path)?;
    let user = site.desk.users.get(id).await.map_err(EngineError::from)?;
    let user = user.ok_or_else(|| Problem::new("not-found"))?;
    let account = account_of(site, &user).await?;
    Ok((user, account))
}

/// One of Portico's own accounts.
#[utoipa::path(get, path = "/native-accounts/{id}", tag = "accounts",
    params(("id" = String, Path, description = "its id")), responses(
    (status = 200, body = NativeBody), (status = 401, body = ProblemDoc), (status = 403, body = ProblemDoc),
    (status = 404, body = ProblemDoc)))]
pub async fn get(site: Data<Site>, _admin: Admin, path: Path<String>) -> Result<Json<NativeBody>, Problem> {
    Ok(Json(native(&site, id_in_path(&path)?).await?))
}

/// What is to be changed of one of Portico's own accounts; what is absent stays.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NativePatchBody {
    /// The name to show; `null`: the login.
    #[serde(default, deserialize_with = "said")]
    #[schema(value_type = Option<String>)]
    display_name: Option<Option<String>>,
    /// The e-mail address, unproven then; `null`: none.
    #[serde(default, deserialize_with = "said")]
    #[schema(value_type = Option<String>)]
    email: Option<Option<String>>,
    /// `active`: it can be used, whatever it waited for. `disabled`: it can't, and its sessions end. What it is already stays.
    state: Option<NativeStateBody>,
}

/// A state that an administrator can give.
#[derive(Debug, Clone, Copy, Deserialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub enum NativeStateBody {
    /// It can be used.
    Active,
    /// It can't.
    Disabled,
}

/// Change one of Portico's own accounts: its names, its address, whether it can be used. `active` approves one that waits.
#[utoipa::path(patch, path = "/native-accounts/{id}", tag = "accounts",
    params(("id" = String, Path, description = "its id")), request_body = NativePatchBody, responses(
    (status = 200, body = NativeBody), (status = 400, body = ProblemDoc), (status = 401, body = ProblemDoc),
    (status = 403, body = ProblemDoc), (status = 404, body = ProblemDoc), (status = 422, body = ProblemDoc)))]
pub async fn patch(
    site: Data<Site>,
    admin: Admin,
    path: Path<String>,
    JsonBody(body): JsonBody<NativePatchBody>,
) -> Result<Json<NativeBody>, Problem> {
    let (user, account) = known(&site, &path).await?;
    admin.may_take_over(&site, &user, account.as_ref()).await?;
    // Everything is looked at before anything is written; what isn't changed is kept as it is.
    let unfit = |why: String| Problem::new("unacceptable").detail(why);
    let display_name = match &body.display_name {
        Some(name) => acceptable_name(name.as_deref()).map_err(unfit)?,
        None => user.display_name.clone(),
    };
    let email = match &body.email {
        Some(email) => acceptable_address(email.as_deref()).map_err(unfit)?,
        None => user.email.clone(),
    };
    let state = body.state.map(NativeState::from);
    if let (Some(NativeState::Disabled), Some(account)) = (state, &account) {
        admin.may_shut(&site, account).await?;
    }
    if (&display_name, &email) != (&user.display_name, &user.email) {
        let email_verified_at = user.email_verified_at.filter(|_| email == user.email);
        let profile = NativeProfile { display_name, email, email_verified_at };
        site.engine.set_native_profile(&admin.actor, user.id, profile, account.as_ref()).await?;
    }
    if let Some(state) = state {
        site.engine.set_native_state(&admin.actor, user.id, state).await?;
    }
    Ok(Json(native(&site, user.id).await?))
}

impl From<NativeStateBody> for NativeState {
    fn from(state: NativeStateBody) -> Self {
        match state {
            NativeStateBody::Active => Self::Active,
            NativeStateBody::Disabled => Self::Disabled,
        }
    }
}

/// Delete one of Portico's own accounts: one that waits is refused by this, and its name is free again. If its person has
/// entered, everything that belongs to them goes as well; their messages stay with those they were written to.
#[utoipa::path(delete, path = "/native-accounts/{id}", tag = "accounts",
    params(("id" = String, Path, description = "its id")), responses(
    (status = 204), (status = 401, body = ProblemDoc), (status = 403, body = ProblemDoc),
    (status = 404, body = ProblemDoc), (status = 422, body = ProblemDoc)))]
pub async fn delete(site: Data<Site>, admin: Admin, path: Path<String>) -> Result<HttpResponse, Problem> {
    let (user, account) = known(&site, &path).await?;
    admin.may_take_over(&site, &user, account.as_ref()).await?;
    match &account {
        Some(account) => {
            admin.may_shut(&site, account).await?;
            site.engine.remove_account(&admin.actor, account.id, OwnMessages::Keep).await?;
        }
        None => site.engine.remove_native(&admin.actor, user.id).await?,
    }
    Ok(HttpResponse::NoContent().finish())
}

/// How a new password is to be set.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ResetBody {
    /// The front whose page takes the link; without it one that its person has entered, or the first that takes such accounts.
    front: Option<String>,
    /// `true`: the link goes to the account's e-mail address. Otherwise it is answered here, to be handed over.
    #[serde(default)]
    send: bool,
}

/// A link that sets a password once.
#[derive(Debug, Serialize, ToSchema)]
pub struct ResetAnswerBody {
    /// The link, told this once; `null` when it was sent. Without `[server] public_url` it begins with the front's path.
    link: Option<String>,
    /// Where it goes; when the mail server is out, it is tried again for a while.
    sent_to: Option<String>,
    /// Until when it is good.
    #[schema(value_type = String)]
    until: Timestamp,
}

/// Make a link by which the person of one of Portico's own accounts sets a password once, or send it to them.
#[utoipa::path(post, path = "/native-accounts/{id}/password-reset", tag = "accounts",
    params(("id" = String, Path, description = "its id")), request_body = ResetBody, responses(
    (status = 200, body = ResetAnswerBody), (status = 400, body = ProblemDoc), (status = 401, body = ProblemDoc),
    (status = 403, body = ProblemDoc), (status = 404, body = ProblemDoc), (status = 422, body = ProblemDoc),
    (status = 503, body = ProblemDoc)))]
pub async fn reset(
    site: Data<Site>,
    admin: Admin,
    path: Path<String>,
    JsonBody(body): JsonBody<ResetBody>,
) -> Result<Json<ResetAnswerBody>, Problem> {
    let (user, account) = known(&site, &path).await?;
    admin.may_take_over(&site, &user, account.as_ref()).await?;
    let front = front_of(&site, body.front.as_deref(), account.as_ref()).await?;
    let subject = SubjectId::new(user.id.to_string()).map_err(|_| Problem::new("not-found"))?;
    let own = &site.desk.own;
    if body.send && user.email.is_none() {
        return Err(Problem::new("unacceptable").detail("this account has no e-mail address"));
    }
    let made = site.engine.hand_out_reset(&admin.actor, own, &front, &subject, body.send).await?;
    Ok(Json(ResetAnswerBody {
        link: made.link.map(|link| link.expose_secret().to_owned()),
        sent_to: made.sent_to,
        until: made.until,
    }))
}

/// The front at which somebody is to set a password.
async fn front_of(
    site: &Site,
    wanted: Option<&str>,
    account: Option<&Account>,
) -> Result<std::sync::Arc<Front>, Problem> {
    let fronts = site.engine.fronts();
    if let Some(wanted) = wanted {
        let found = FrontId::new(wanted).ok().and_then(|id| fronts.get(&id));
        return found
            .ok_or_else(|| Problem::new("unacceptable").detail(format!("there is no front `{wanted}`")));
    }
    let own = site.desk.own.realm();
    let takes = |front: &Front| front.chain.members().iter().any(|member| member.realm() == own);
    if let Some(account) = account {
        let listed = site.engine.listed(account.clone()).await?;
        let entered = listed.fronts.iter().filter_map(|(_, front)| fronts.get(front));
        if let Some(front) = entered.into_iter().find(|front| takes(front)) {
            return Ok(front);
        }
    }
    fronts.iter().find(|front| takes(front)).ok_or_else(|| {
        Problem::new("unacceptable").detail("there is no front that takes accounts of Portico's own")
    })
}

/// Take every second factor of one of Portico's own accounts away: the authenticator program, passkeys, recovery codes. The
/// password alone is good again. Whoever has rights that you have not is somebody else's to help.
#[utoipa::path(delete, path = "/native-accounts/{id}/second-factors", tag = "accounts",
    params(("id" = String, Path, description = "its id")), responses(
    (status = 204), (status = 401, body = ProblemDoc), (status = 403, body = ProblemDoc),
    (status = 404, body = ProblemDoc)))]
pub async fn remove_second_factors(
    site: Data<Site>,
    admin: Admin,
    path: Path<String>,
) -> Result<HttpResponse, Problem> {
    let (user, account) = known(&site, &path).await?;
    admin.may_take_over(&site, &user, account.as_ref()).await?;
    site.engine.take_second_factor(&admin.actor, user.id).await?;
    Ok(HttpResponse::NoContent().finish())
}
