//! The configuration: one TOML file, overridden by `PORTICO_*`; unknown keys are errors that name the alternatives.

mod central;
mod directory;
mod duration;
mod environment;
mod error;
mod fixed;
mod groups;
mod load;
mod names;
mod options;
mod secrets;

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use ipnet::IpNet;
use portico_core::CommunityId;
use portico_core::account::{ReusedSubject, SameLogin};
use portico_core::auth::CredentialKind;
use portico_core::front::{FrontId, FrontPath, OptionOverrides, Username};
use portico_core::policy::Mode;
use secrecy::SecretString;
use serde::Deserialize;
use serde_json::{Map, Value};

pub use crate::mail::MailConfig;
pub use central::CentralOptions;
pub use directory::SyncConfig;
pub use error::ConfigError;
pub use groups::{
    EmbedConfig, ForumId, GroupAt, GroupConfig, HandOverConfig, MirrorConfig, MirrorWord, NewsConfig,
    RoleGrantConfig,
};
pub use names::{ClaimedNameConfig, KerberosConfig, TrustedNameConfig};
pub use options::RoleConfig;

/// The whole configuration.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// `[server]`
    #[serde(default)]
    pub server: ServerConfig,
    /// `[login]`
    #[serde(default)]
    pub login: LoginConfig,
    /// `[mail]`
    pub mail: Option<MailConfig>,
    /// `[authenticator.NAME]`
    #[serde(default)]
    pub authenticator: BTreeMap<String, AuthenticatorConfig>,
    /// `[role.NAME]`
    #[serde(default)]
    pub role: BTreeMap<String, RoleConfig>,
    /// `[[front]]`
    #[serde(default)]
    pub front: Vec<FrontConfig>,
    /// The folder of the file: where relative paths start.
    #[serde(skip)]
    pub base_dir: PathBuf,
    /// The file.
    #[serde(skip)]
    pub path: PathBuf,
    /// What changes of it need a restart, by key, as digests.
    #[serde(skip)]
    pub fixed: BTreeMap<String, [u8; 32]>,
    /// What the central servers say that fronts extend, by their address.
    #[serde(skip)]
    pub central: BTreeMap<String, Arc<CentralOptions>>,
}

/// `[server]`
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct ServerConfig {
    /// Where people's requests arrive.
    pub listen: SocketAddr,
    /// A socket file where people's requests arrive as well, from a proxy on the same machine: whoever may open it is
    /// believed like `trusted_proxies`. Made with mode 0660.
    pub listen_unix: Option<PathBuf>,
    /// Where `/readyz`, `/metrics` and the command line's requests arrive; keep it on the loopback.
    pub management_listen: SocketAddr,
    /// Portico's own database: `sqlite://file.db`, `mysql://…`, `postgres://…`.
    pub database_url: SecretString,
    /// The address people use, when it is not the one they connect to: `https://chat.example.org`.
    pub public_url: Option<String>,
    /// Proxies whose `X-Forwarded-For`, `-Proto` and `-Host` are believed.
    pub trusted_proxies: Vec<IpNet>,
    /// Threads for password hashing; default: one less than there are cores, at least one.
    pub hash_threads: Option<usize>,
    /// How many events a live person's mailbox holds.
    pub mailbox_capacity: usize,
    /// How often the times at which sessions were last seen are written.
    #[serde(with = "duration")]
    pub seen_write_interval: Duration,
    /// Threads that serve requests; default: one per core.
    pub workers: Option<usize>,
    /// How often the people who are here are proved again by their own system; `0` = never.
    #[serde(with = "duration")]
    pub revalidate_interval: Duration,
    /// How often new topics are looked for.
    #[serde(with = "duration")]
    pub news_interval: Duration,
    /// Networks that pictures may be fetched from besides public addresses: where the forum is in the house.
    pub avatar_networks: Vec<IpNet>,
    /// The folder for the files that people send; it is made when the first one comes.
    pub files: PathBuf,
    /// `[server.kerberos]`
    pub kerberos: KerberosConfig,
}

impl Default for ServerConfig {
    fn default() -> Self {
        Self {
            listen: SocketAddr::from(([127, 0, 0, 1], 8080)),
            listen_unix: None,
            management_listen: SocketAddr::from(([127, 0, 0, 1], 8081)),
            database_url: SecretString::from("sqlite://portico.db".to_owned()),
            public_url: None,
            trusted_proxies: Vec::new(),
            hash_threads: None,
            mailbox_capacity: 256,
            seen_write_interval: Duration::from_secs(30),
            workers: None,
            revalidate_interval: Duration::from_secs(30),
            news_interval: Duration::from_secs(60),
            avatar_networks: Vec::new(),
            files: PathBuf::from("portico-files"),
            kerberos: KerberosConfig::default(),
        }
    }
}

/// `[login]`
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct LoginConfig {
    /// Wrong guesses per name within the window; keep it below the lockout threshold of a domain behind Portico.
    pub max_failures_per_name: u32,
    /// Wrong guesses per address within the window.
    pub max_failures_per_address: u32,
    /// The window, and the first pause after too many wrong guesses.
    #[serde(with = "duration")]
    pub failure_window: Duration,
    /// The longest pause: each one is twice as long as the one before.
    #[serde(with = "duration")]
    pub longest_pause: Duration,
    /// Refusals are answered on multiples of this after their beginning; `0` turns it off.
    #[serde(with = "duration")]
    pub refusal_step: Duration,
    /// Whether the log names who comes in, and at which front. It names nobody otherwise.
    pub log_names: bool,
}

impl Default for LoginConfig {
    fn default() -> Self {
        Self {
            max_failures_per_name: 5,
            max_failures_per_address: 100,
            failure_window: Duration::from_secs(300),
            longest_pause: Duration::from_secs(3600),
            refusal_step: Duration::from_millis(250),
            log_names: false,
        }
    }
}

/// `[authenticator.NAME]`: the keys that are the server's; the rest is the adapter's.
#[derive(Clone, Deserialize)]
pub struct AuthenticatorConfig {
    /// Which adapter.
    pub kind: String,
    /// The identity name space; default: the authenticator's name.
    pub realm: Option<String>,
    /// How the realm is called on people's screens; default: the realm.
    pub label: Option<String>,
    /// How long one attempt may take.
    #[serde(with = "duration", default = "default_timeout")]
    pub timeout: Duration,
    /// Which of its groups are mirrored here.
    #[serde(default)]
    pub mirror_groups: MirrorConfig,
    /// Whether its people are read in rounds, and how.
    pub sync: Option<SyncConfig>,
    /// The adapter's own keys.
    #[serde(flatten)]
    pub options: Map<String, Value>,
}

fn default_timeout() -> Duration {
    Duration::from_secs(5)
}

// The adapter's keys may be secrets.
impl std::fmt::Debug for AuthenticatorConfig {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let keys: Vec<&String> = self.options.keys().collect();
        f.debug_struct("AuthenticatorConfig")
            .field("kind", &self.kind)
            .field("keys", &keys)
            .finish_non_exhaustive()
    }
}

/// `[[front]]`
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FrontConfig {
    /// Its path.
    pub path: String,
    /// Its id; default: a slug of the path.
    pub id: Option<FrontId>,
    /// The host name it is limited to.
    pub host: Option<String>,
    /// Its title; default: `Portico`.
    pub title: Option<String>,
    /// Its authenticators, in the order they are asked.
    pub authenticators: Vec<String>,
    /// Who meets here.
    #[serde(default)]
    pub community: CommunityId,
    /// Who sees whom.
    #[serde(default = "default_mode")]
    pub mode: Mode,
    /// Options from a central server: its address.
    pub extends: Option<String>,
    /// How often it is asked.
    #[serde(with = "duration", default = "default_refresh")]
    pub extends_refresh: Duration,
    /// Where its last good answer is kept; default: a file beside the database.
    pub extends_cache: Option<PathBuf>,
    /// Whether it may be asked without TLS though it is another machine.
    #[serde(default)]
    pub extends_insecure: bool,
    /// Only members of one of these groups may enter.
    #[serde(default)]
    pub require_groups: Vec<GroupConfig>,
    /// Who has which role here.
    #[serde(default)]
    pub roles: Vec<RoleGrantConfig>,
    /// The role of everybody who has no other.
    pub default_role: Option<String>,
    /// What is announced here.
    #[serde(default)]
    pub news: Vec<NewsConfig>,
    /// `[front.hand_over]`
    pub hand_over: Option<HandOverConfig>,
    /// Whether visitors without an account may read its news.
    #[serde(default)]
    pub guests: bool,
    /// Pages that may show this front in a frame.
    #[serde(default)]
    pub embed: EmbedConfig,
    /// What happens when an identity conflicts with a known one.
    #[serde(default)]
    pub link: LinkConfig,
    /// Whether people whom a directory lists can be found here before their first login.
    #[serde(default)]
    pub directory: bool,
    /// Which credentials are taken: `password`, `negotiate`, `trusted-name`, `claimed-name`, `external-session`. Default:
    /// all that the authenticators take; passwords only when listed where `username` is forced.
    #[serde(default, deserialize_with = "names::methods")]
    pub login: Option<Vec<CredentialKind>>,
    /// `free`, or `forced`: people enter under the name of their Windows session alone.
    #[serde(default)]
    pub username: Username,
    /// `[front.trusted_name]`
    pub trusted_name: Option<TrustedNameConfig>,
    /// `[front.claimed_name]`
    pub claimed_name: Option<ClaimedNameConfig>,
    /// `[front.options]`
    #[serde(default)]
    pub options: OptionOverrides,
}

impl FrontConfig {
    /// Its id, given or made from its path; `None` when the path can't be one.
    pub fn resolved_id(&self) -> Option<FrontId> {
        self.id.clone().or_else(|| FrontPath::new(&self.path).ok().map(|path| FrontId::from_path(&path)))
    }
}

fn default_refresh() -> Duration {
    Duration::from_secs(300)
}

fn default_mode() -> Mode {
    Mode::Normal
}

/// `[front.link]`
#[derive(Debug, Default, Clone, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct LinkConfig {
    /// The login is also that of a person from another realm.
    pub same_login: SameLogin,
    /// The person's id was somebody else's before.
    pub reused_subject: ReusedSubject,
}
