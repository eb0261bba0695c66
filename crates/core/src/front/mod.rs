//! Fronts: the virtual URLs, each with its authenticators, mode and options.

mod entrance;
mod life;
mod news;
mod options;
mod places;
mod resolve;
mod role;

use std::fmt;
use std::sync::Arc;

use secrecy::SecretString;
use serde::{Deserialize, Serialize};

use crate::account::LinkPolicy;
use crate::auth::Chain;
use crate::group::GroupSelector;
use crate::ids::is_slug;
use crate::policy::Mode;
use crate::{CommunityId, InvalidId};

pub use entrance::{Entrance, Username};
pub use news::{NewsPlace, NewsRule};
pub use options::{
    ContactRating, Explanation, FilePath, FrontOptions, Layer, Limit, OPTIONS, OptionError, OptionInfo,
    OptionKind, OptionLayers, OptionOverrides, OptionPlace, Period, SPAN_FORM, Size, Span, Text, Texts,
    Through, WebAddress, WordFilterAction, parse_span, span_text,
};
pub use resolve::{FrontConflict, FrontPath, FrontTable, InvalidPath, RESERVED_SEGMENTS, Resolved};
pub use role::{Grantee, HeldRole, Limits, OwnRoles, Role, RoleBook, RoleGrant};

/// The id of a front: used in the database, the cookie's name, metrics and the environment.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct FrontId(Arc<str>);

impl FrontId {
    /// 1 to 64 of `a-z`, `0-9`, `-`, `_`.
    ///
    /// # Errors
    /// [`InvalidId`] for anything else.
    pub fn new(id: &str) -> Result<Self, InvalidId> {
        if is_slug(id) { Ok(Self(id.into())) } else { Err(InvalidId) }
    }

    /// The id a front has when none is configured: its path with `-` for everything that is not a letter or digit;
    /// `root` for `/`.
    pub fn from_path(path: &FrontPath) -> Self {
        let slug: String = path
            .as_str()
            .to_ascii_lowercase()
            .chars()
            .map(|c| if c.is_ascii_alphanumeric() || c == '_' { c } else { '-' })
            .collect();
        let slug: String = slug.trim_matches('-').chars().take(64).collect();
        Self(if slug.is_empty() { "root".into() } else { slug.into() })
    }

    /// What stands for the administration where a login asks which front it is at. No front can be called so: what was begun
    /// here is not gone on with there.
    pub fn administration() -> Self {
        Self("/admin".into())
    }

    /// The id.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for FrontId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl TryFrom<String> for FrontId {
    type Error = String;
    fn try_from(id: String) -> Result<Self, String> {
        Self::new(&id).map_err(|_| format!("`{id}` is not a front id: use 1 to 64 of a-z, 0-9, - and _"))
    }
}

impl From<FrontId> for String {
    fn from(id: FrontId) -> Self {
        id.0.as_ref().to_owned()
    }
}

/// A virtual URL and everything that holds there.
#[derive(Debug, Clone)]
pub struct Front {
    /// Its id.
    pub id: FrontId,
    /// The host name it is limited to; `None` = any.
    pub host: Option<String>,
    /// Its path.
    pub path: FrontPath,
    /// The title people see.
    pub title: String,
    /// The community whose people meet here.
    pub community: CommunityId,
    /// Who sees whom.
    pub mode: Mode,
    /// Its authenticators, in order.
    pub chain: Chain,
    /// Its limits and choices.
    pub options: FrontOptions,
    /// Where they come from, to be explained.
    pub layers: OptionLayers,
    /// What happens when an identity arrives that conflicts with a known one.
    pub link_policy: LinkPolicy,
    /// Only members of one of these groups may enter; empty = everybody.
    pub require_groups: Vec<GroupSelector>,
    /// Who has which role here; the order decides.
    pub roles: Vec<RoleGrant>,
    /// The role of everybody who has no other.
    pub default_role: Option<Arc<Role>>,
    /// All roles that can be given here.
    pub role_book: RoleBook,
    /// What is announced here.
    pub news: Vec<NewsRule>,
    /// The secret that hand-over tickets for this front are signed with.
    pub hand_over: Option<SecretString>,
    /// Whether visitors without an account may read its news.
    pub guests: bool,
    /// The origins of the pages that may show this front in a frame: `https://forum.example.org`.
    pub embed: Vec<String>,
    /// What everybody may know of who is here.
    pub who_is_here: WhoIsHere,
    /// Whether people whom only a directory lists can be found here.
    pub directory: bool,
}

/// What everybody may know of who is here, without a session.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum WhoIsHere {
    /// Nothing.
    #[default]
    Nothing,
    /// How many.
    Count,
    /// Their names.
    Names,
}

impl Front {
    /// A front with everything else as it is when nothing is configured.
    pub fn new(id: FrontId, path: FrontPath, mode: Mode, chain: Chain) -> Self {
        Self {
            id,
            host: None,
            path,
            title: "Portico".to_owned(),
            community: CommunityId::default(),
            mode,
            chain,
            options: FrontOptions::default(),
            layers: OptionLayers::default(),
            link_policy: LinkPolicy::default(),
            require_groups: Vec::new(),
            roles: Vec::new(),
            default_role: None,
            role_book: RoleBook::new(),
            news: Vec::new(),
            hand_over: None,
            guests: false,
            embed: Vec::new(),
            who_is_here: WhoIsHere::default(),
            directory: false,
        }
    }
}

/// What happens when somebody logs in under a name that nobody has: native accounts only.
///
/// The policies that create an account at the login reveal which names exist: that is their nature, and documented.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum UnknownNames {
    /// Nothing: administrators make the accounts.
    #[default]
    Closed,
    /// Accounts are made by a registration form.
    Form,
    /// By a form, and an administrator approves them.
    FormApproval,
    /// The first login makes the account.
    FirstLogin,
    /// The first login makes the account, and an administrator approves it.
    FirstLoginApproval,
}

impl UnknownNames {
    /// The word of the configuration and of `GET front`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Closed => "closed",
            Self::Form => "form",
            Self::FormApproval => "form-approval",
            Self::FirstLogin => "first-login",
            Self::FirstLoginApproval => "first-login-approval",
        }
    }

    /// Whether the registration form is open.
    pub fn has_form(self) -> bool {
        matches!(self, Self::Form | Self::FormApproval)
    }

    /// Whether a login makes an account.
    pub fn creates_at_login(self) -> bool {
        matches!(self, Self::FirstLogin | Self::FirstLoginApproval)
    }

    /// Whether new accounts wait for an administrator.
    pub fn needs_approval(self) -> bool {
        matches!(self, Self::FormApproval | Self::FirstLoginApproval)
    }
}
