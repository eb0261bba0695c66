//! `[authenticator.NAME]` with `kind = "phorum"`.

use std::path::PathBuf;

use portico_core::auth::{Adapter, BoxError, BuildContext};
use secrecy::SecretString;
use serde::Deserialize;

use crate::authenticator::Phorum;
use crate::database;
use crate::links::ForumUrl;

/// The keys of `[authenticator.NAME]` with `kind = "phorum"`. Unknown keys are errors. Either `config_php` or
/// `database_url` must be there.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PhorumConfig {
    /// Phorum's own `include/db/config.php`; read as data, never run. Relative to the configuration file.
    pub config_php: Option<PathBuf>,
    /// `mysql://…`, `postgres://…` or `sqlite://…`, instead of `config_php`.
    pub database_url: Option<SecretString>,
    /// The beginning of the tables' names without its final underscore; `phorum` if nothing else is said here or in
    /// `config_php`.
    pub table_prefix: Option<String>,
    /// The character set that the forum itself asks MySQL for, where `config_php` doesn't say: old boards store
    /// UTF-8 bytes in `latin1` columns and never tell MySQL.
    pub charset: Option<String>,
    /// The forum's public address: makes the links to its pages.
    pub url: Option<String>,
    /// Whether the forum's own cookies let people in, where they reach Portico. On where `url` is set.
    #[serde(default)]
    pub cookies: Option<bool>,
    /// On. Off: names and passwords let nobody in. For forums that leave the password check to a module, whose members
    /// enter by the forum's cookies, or handed over by it.
    #[serde(default = "yes")]
    pub passwords: bool,
    /// Off. On: who is on the ban list by name, e-mail address, user id or address is not let in at all. Phorum lets
    /// them in and keeps them from writing.
    #[serde(default)]
    pub refuse_banned: bool,
    /// Off. On: who must change the password is refused until that is done. Phorum lets them in and sends them to
    /// the password page.
    #[serde(default)]
    pub refuse_forced_password_change: bool,
    /// Off. On: while the forum is read-only, members may enter without writing. Phorum treats them as not logged in.
    #[serde(default)]
    pub enter_read_only_forum: bool,
    /// Off. On: the passwords in the tables count although a module of the forum hooks the password check.
    #[serde(default)]
    pub ignore_authentication_modules: bool,
}

/// The options that make the adapter decide otherwise than Phorum. All off = as Phorum.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Deviations {
    pub(crate) refuse_banned: bool,
    pub(crate) refuse_forced_password_change: bool,
    pub(crate) enter_read_only_forum: bool,
    pub(crate) ignore_authentication_modules: bool,
}

/// What proves somebody.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Taken {
    pub(crate) passwords: bool,
    pub(crate) cookies: bool,
}

fn yes() -> bool {
    true
}

impl Adapter for PhorumConfig {
    const KIND: &'static str = "phorum";
    type Authenticator = Phorum;

    async fn build(self, cx: &BuildContext) -> Result<Phorum, BoxError> {
        let place = database::place(&self, cx)?;
        let url = self.url.as_deref().map(ForumUrl::new).transpose()?;
        let deviations = Deviations {
            refuse_banned: self.refuse_banned,
            refuse_forced_password_change: self.refuse_forced_password_change,
            enter_read_only_forum: self.enter_read_only_forum,
            ignore_authentication_modules: self.ignore_authentication_modules,
        };
        let cookies = self.cookies.unwrap_or(url.is_some());
        let taken = Taken { passwords: self.passwords, cookies };
        Ok(Phorum::new(&place, url, taken, deviations, cx.hash_pool.clone()))
    }
}
