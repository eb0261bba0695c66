//! `[authenticator.NAME]` with `kind = "phpbb"`.

use std::path::PathBuf;

use portico_core::auth::{Adapter, BoxError, BuildContext};
use secrecy::SecretString;
use serde::Deserialize;

use crate::Phpbb;

/// The keys of an authenticator of kind `phpbb`. Either `config_php` or `database_url` must be there.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PhpbbConfig {
    /// The board's own `config.php`; read as data, never run. A relative path starts at Portico's configuration file.
    #[serde(default)]
    pub config_php: Option<PathBuf>,
    /// The board's database: `mysql://USER:PASSWORD@HOST/DATABASE`, `mariadb://…`, `postgres://…`, `sqlite:PATH`.
    #[serde(default)]
    pub database_url: Option<SecretString>,
    /// What the names of the board's tables begin with, beside `database_url`. Default: `phpbb_`.
    #[serde(default)]
    pub table_prefix: Option<String>,
    /// The public address of the board, `https://forum.example.org/phpbb/`: for links to it and for avatars.
    #[serde(default)]
    pub url: Option<String>,
    /// Whether the board's own cookies let people in, where they reach Portico. Default: on when `url` is set.
    #[serde(default)]
    pub cookies: Option<bool>,
    /// What the names of the board's cookies begin with. Default: as the board's settings say (`cookie_name`).
    #[serde(default)]
    pub cookie_name: Option<String>,
    /// Whether names and passwords let people in. Off: for boards that leave logins to LDAP or OAuth, whose members
    /// enter by the board's cookies, or handed over by it.
    #[serde(default = "yes")]
    pub passwords: bool,
    /// Deviation, stricter: patterns of e-mail addresses in the ban list ban here, too. Off: as on the board, where 3.0
    /// to 3.3 look at them when an address is registered or changed (2.0 and 4.0: always).
    #[serde(default)]
    pub refuse_banned_emails: bool,
    /// Deviation, stricter: while the board is disabled, only administrators and global moderators enter. Off: as on
    /// the board's login page, where everybody may log in meanwhile (phpBB 2.0: only administrators).
    #[serde(default)]
    pub enforce_board_disable: bool,
    /// Deviation, laxer: failed logins that the board has counted don't lock anybody out here. Off: where the board would
    /// ask for a captcha, nobody enters until they have logged in there.
    #[serde(default)]
    pub ignore_attempt_limits: bool,
    /// Deviation, laxer: a password is also tried with the blanks at its ends, as the reset page of phpBB 3.3 may
    /// have stored it. Off: as on the login page, which never finds such a password right.
    #[serde(default)]
    pub accept_untrimmed_password: bool,
}

fn yes() -> bool {
    true
}

impl Adapter for PhpbbConfig {
    const KIND: &'static str = "phpbb";
    type Authenticator = Phpbb;

    async fn build(self, cx: &BuildContext) -> Result<Phpbb, BoxError> {
        Ok(Phpbb::new(&self, cx)?)
    }
}
