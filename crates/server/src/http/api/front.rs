use std::collections::BTreeSet;

use actix_web::web::{Data, Json};
use portico_core::engine::Engine;
use portico_core::front::{Front, Limits};
use portico_core::messaging::MAX_TEXT_BYTES;
use serde::Serialize;
use utoipa::ToSchema;

use crate::http::Site;
use crate::http::api::security::RulesBody;
use crate::http::front::AtFront;

/// What a visitor must know to enter, and the limits that hold.
#[derive(Debug, Serialize, ToSchema)]
pub struct FrontBody {
    id: String,
    title: String,
    /// `normal`, `open-community`, `group-community` or `open-group-community`.
    mode: &'static str,
    community: String,
    /// `password`, …: what the front's authenticators take.
    login_methods: BTreeSet<&'static str>,
    /// `free`, or `forced`: the name is that of the Windows session.
    username: &'static str,
    /// `closed`, `form`, `form-approval`, `first-login`, `first-login-approval`.
    registration: &'static str,
    links: LinksBody,
    limits: LimitsBody,
    /// Whether other sites' pages may show the front in a frame.
    embeddable: bool,
    /// Whether signed hand-over tickets are taken.
    hand_over: bool,
    /// Whether visitors without an account may look around.
    guests: bool,
    /// Why the front is closed for maintenance; `null` = it is open.
    maintenance: Option<String>,
    /// Where the front has moved to: nobody logs in here any more.
    moved_to: Option<String>,
    /// What people read before and after they come in.
    welcome: Option<String>,
    /// How to reach those who run this.
    admin_contact: Option<String>,
    /// The site that this front belongs to.
    site_url: Option<String>,
    /// Whether a forgotten password can be replaced by a letter (`POST account/reset`).
    password_reset: bool,
    /// The rules of a new password; `null` where Portico keeps no accounts itself.
    password_rules: Option<RulesBody>,
    version: &'static str,
}

/// Pages of the other application.
#[derive(Debug, Serialize, ToSchema)]
pub struct LinksBody {
    register: Option<String>,
    forgotten_password: Option<String>,
    /// Private messages over there.
    inbox: Option<String>,
}

/// Limits; `null` = none.
#[derive(Debug, Serialize, ToSchema)]
pub struct LimitsBody {
    max_contacts: Option<u32>,
    max_sessions: Option<u32>,
    max_message_bytes: usize,
}

impl LimitsBody {
    /// The limits that hold for somebody.
    pub fn of(limits: Limits) -> Self {
        Self {
            max_contacts: limits.max_contacts,
            max_sessions: limits.max_sessions,
            max_message_bytes: MAX_TEXT_BYTES,
        }
    }
}

impl FrontBody {
    /// What the front is, and what the server behind it can do.
    pub fn of(front: &Front, engine: &Engine) -> Self {
        let password_rules = engine.password_rules(front).map(RulesBody::from);
        Self { password_reset: engine.resets_passwords(front), password_rules, ..Self::from(front) }
    }
}

impl From<&Front> for FrontBody {
    fn from(front: &Front) -> Self {
        let capabilities = front.chain.capabilities();
        Self {
            id: front.id.to_string(),
            title: front.title.clone(),
            mode: front.mode.as_str(),
            community: front.community.to_string(),
            login_methods: capabilities
                .credentials
                .iter()
                .filter(|kind| front.options.entrance.takes(**kind))
                .map(|kind| kind.as_str())
                .collect(),
            username: front.options.entrance.username.as_str(),
            registration: front.options.unknown_names.as_str(),
            links: LinksBody {
                register: capabilities.links.register,
                forgotten_password: capabilities.links.forgotten_password,
                inbox: capabilities.links.inbox,
            },
            limits: LimitsBody::of(Limits {
                max_contacts: front.options.max_contacts,
                max_sessions: front.options.max_sessions,
            }),
            embeddable: !front.embed.is_empty(),
            hand_over: front.hand_over.is_some(),
            guests: front.guests,
            maintenance: front.options.maintenance.clone(),
            moved_to: front.options.moved_to.clone(),
            welcome: front.options.welcome.clone(),
            admin_contact: front.options.admin_contact.clone(),
            site_url: front.options.site_url.clone(),
            password_reset: false,
            password_rules: None,
            version: env!("CARGO_PKG_VERSION"),
        }
    }
}

/// What this front is and how to enter it.
#[utoipa::path(get, path = "/front", tag = "front", responses((status = 200, body = FrontBody)))]
pub async fn get(site: Data<Site>, AtFront(front): AtFront) -> Json<FrontBody> {
    Json(FrontBody::of(&front, &site.engine))
}
