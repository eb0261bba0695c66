use std::future::{Ready, ready};
use std::sync::Arc;

use actix_web::body::{BoxBody, MessageBody};
use actix_web::dev::{Payload, ServiceRequest, ServiceResponse};
use actix_web::middleware::Next;
use actix_web::{Error, FromRequest, HttpMessage, HttpRequest, ResponseError, web};
use portico_auth_native::NativeAccounts;
use portico_core::account::{Account, AccountState};
use portico_core::administration::{Actor, ActorKind, Right, Rights};
use portico_core::auth::Guarded;
use portico_core::engine::{EngineError, stamp_of};
use portico_core::ports::{AdminSessionRecord, Clock, NativeState, NativeUser, NativeUsers, SystemClock};
use secrecy::{ExposeSecret, SecretString};
use subtle::ConstantTimeEq;
use uuid::Uuid;

use super::table::{Access, access};
use crate::http::caller::{bearer_of, needs_proof_of_origin, prove_origin};
use crate::http::{Problem, Site, cookies};
use crate::reload::Reloader;

/// What the administration knows of Portico's own accounts: its people come from them.
#[derive(Debug)]
pub struct AdminDesk {
    /// Checks their passwords.
    pub own: Arc<Guarded>,
    /// What is kept of them.
    pub users: Arc<dyn NativeUsers>,
    /// Makes new ones.
    pub accounts: NativeAccounts,
    /// Reads the configuration again.
    pub reloader: Arc<Reloader>,
}

/// On the management listener: the secret of the command line stands in for a session.
#[derive(Debug)]
pub struct ControlKey(pub SecretString);

/// Whoever calls the administration, and may make this call. Where this extractor stands, nobody else gets in.
#[derive(Debug, Clone)]
pub struct Admin {
    /// For the audit log.
    pub actor: Actor,
    /// What they may do.
    pub rights: Rights,
    /// Who they are; the command line is nobody.
    pub account: Option<Account>,
    /// Their session.
    pub session: Option<AdminSessionRecord>,
}

impl Admin {
    /// An account that has rights which the caller lacks is not theirs to lock out, to delete or to take over; nor is
    /// their own theirs to shut.
    ///
    /// # Errors
    /// `not-permitted`, `unacceptable`
    pub async fn may_shut(&self, site: &Site, account: &Account) -> Result<(), Problem> {
        if self.account.as_ref().is_some_and(|own| own.id == account.id) {
            return Err(Problem::new("unacceptable").detail("this is your own account"));
        }
        let user = native_of(site, account).await?;
        let login = &account.profile.login;
        let orders = site.engine.keeps_order(&account.realm, login, Some(account.id)).await?;
        self.covers(&rights_of(site, account, user.as_ref()), orders)
    }

    /// The same for an account of Portico's own: whoever sets its password or its address has its rights, and its roles.
    /// `account` is its person's, if they have ever entered.
    ///
    /// # Errors
    /// `not-permitted`
    pub async fn may_take_over(
        &self,
        site: &Site,
        user: &NativeUser,
        account: Option<&Account>,
    ) -> Result<(), Problem> {
        let theirs = match account {
            Some(account) => rights_of(site, account, Some(user)),
            None if user.administrator => Rights::all(),
            None => Rights::default(),
        };
        let own = site.desk.own.realm();
        let orders = site.engine.keeps_order(own, &user.login, account.map(|account| account.id)).await?;
        self.covers(&theirs, orders)
    }

    /// Whether the caller may hand out an account of Portico's own with this login: the configuration gives roles to logins.
    ///
    /// # Errors
    /// `not-permitted`
    pub async fn may_hand_out(&self, site: &Site, login: &str) -> Result<(), Problem> {
        let orders = site.engine.keeps_order(site.desk.own.realm(), login, None).await?;
        self.covers(&Rights::default(), orders)
    }

    /// `orders`: whether they decide over reports by a role.
    fn covers(&self, theirs: &Rights, orders: bool) -> Result<(), Problem> {
        if !self.rights.cover(theirs) {
            return Err(Problem::new("not-permitted")
                .detail("this is an administrator with rights that you don't have"));
        }
        if orders && !self.rights.has(Right::Moderation) {
            let why = format!(
                "this is somebody who keeps order by a role: it needs the right `{}`",
                Right::Moderation
            );
            return Err(Problem::new("not-permitted").detail(why));
        }
        Ok(())
    }
}

impl FromRequest for Admin {
    type Error = Problem;
    type Future = Ready<Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let admin = request.extensions().get::<Self>().cloned();
        ready(admin.ok_or_else(|| {
            tracing::error!("a call of the administration is not in the table of rights");
            Problem::new("internal")
        }))
    }
}

/// Stands before every call of the administration: finds out who calls, and asks the table whether they may, before
/// anything else of the request is looked at. What isn't in the table has no caller, and so can't be answered.
pub async fn authorise(
    request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<BoxBody>, Error> {
    let pattern = request.match_pattern().unwrap_or_default();
    let path = pattern.split_once("/api/v1").map_or("", |(_, path)| path);
    let needed = access(request.method(), path);
    if let Some(needed) = needed.filter(|needed| *needed != Access::Open) {
        match admitted(request.request(), needed).await {
            Ok(admin) => drop(request.extensions_mut().insert(admin)),
            Err(problem) => return Ok(request.into_response(problem.error_response())),
        }
    }
    Ok(next.call(request).await?.map_into_boxed_body())
}

async fn admitted(request: &HttpRequest, needed: Access) -> Result<Admin, Problem> {
    let admin = match request.app_data::<web::Data<ControlKey>>() {
        Some(key) => command_line(request, key)?,
        None => administrator(request).await?,
    };
    match needed {
        Access::Needs(right) if !admin.rights.has(right) => {
            Err(Problem::new("not-permitted").detail(format!("this needs the right `{right}`")))
        }
        Access::Open | Access::Session | Access::Needs(_) => Ok(admin),
    }
}

fn command_line(request: &HttpRequest, key: &ControlKey) -> Result<Admin, Problem> {
    let sent = bearer_of(request)?.ok_or_else(|| Problem::new("session-required"))?;
    if !bool::from(sent.as_bytes().ct_eq(key.0.expose_secret().as_bytes())) {
        return Err(Problem::new("session-required"));
    }
    Ok(Admin { actor: Actor::command_line(), rights: Rights::all(), account: None, session: None })
}

async fn administrator(request: &HttpRequest) -> Result<Admin, Problem> {
    let required = || Problem::new("session-required");
    let site = request.app_data::<web::Data<Site>>().cloned().ok_or_else(|| Problem::new("internal"))?;
    let token = token_of(request, &site)?.ok_or_else(required)?;
    let session = site.engine.admin_session(&token).await?;
    let account = match site.engine.any_account(session.account).await {
        Err(EngineError::NotFound) => return Err(required()),
        other => other?,
    };
    let user = native_of(&site, &account).await?.ok_or_else(required)?;
    if user.state != NativeState::Active || stamp_of(&user.password_hash) != session.stamp {
        return Err(required());
    }
    let life = site.engine.life_of(account.id).await?;
    let over = life.until.is_some_and(|until| until <= SystemClock.now());
    if life.state != AccountState::Active && !(life.state == AccountState::Locked && over) {
        return Err(required());
    }
    let rights = rights_of(&site, &account, Some(&user));
    let actor = Actor {
        kind: ActorKind::Administrator,
        id: Some(account.id),
        name: account.profile.login.clone(),
        address: site.trust.peer_of(request),
    };
    Ok(Admin { actor, rights, account: Some(account), session: Some(session) })
}

/// Bearer or cookie, never both; with a cookie, unsafe methods need this site's own origin.
fn token_of(request: &HttpRequest, site: &Site) -> Result<Option<String>, Problem> {
    match (bearer_of(request)?, cookies::admin_cookie(request, &site.trust)) {
        (Some(_), Some(_)) => {
            Err(Problem::invalid("send the session as a bearer token or as a cookie, not both"))
        }
        (Some(bearer), None) => Ok(Some(bearer)),
        (None, Some(cookie)) => {
            if needs_proof_of_origin(request) {
                prove_origin(request, site)?;
            }
            Ok(Some(cookie))
        }
        (None, None) => Ok(None),
    }
}

/// The native account behind an account, if it is one.
///
/// # Errors
/// When the store does not answer.
pub async fn native_of(site: &Site, account: &Account) -> Result<Option<NativeUser>, Problem> {
    if account.realm != *site.desk.own.realm() {
        return Ok(None);
    }
    let Ok(id) = Uuid::try_parse(account.subject.as_str()) else { return Ok(None) };
    site.desk.users.get(id).await.map_err(|error| EngineError::from(error).into())
}

/// What an account may do: what is written down for it, else everything if it was made as an administrator.
pub fn rights_of(site: &Site, account: &Account, user: Option<&NativeUser>) -> Rights {
    let written = site.engine.rights_of(account.id);
    written.unwrap_or_else(|| match user {
        Some(user) if user.administrator => Rights::all(),
        _ => Rights::default(),
    })
}
