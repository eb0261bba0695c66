//! The login itself.

use std::net::IpAddr;
use std::sync::Arc;

use async_trait::async_trait;
use portico_auth_sql::{ForeignDatabase, Param};
use portico_core::auth::{
    AuthContext, AuthError, Authenticator, BuildContext, Capabilities, CredentialKind, Credentials, Decision,
    Directory, ExternalInbox, HashPool, Links, News, Refusal, SecretCookies, StaffFlags,
};
use portico_core::ports::Clock;
use portico_passwords::StoredHash;
use secrecy::ExposeSecret;

use crate::ban::{self, Ban, Target, Wanted};
use crate::board::Board;
use crate::clean_name::CleanName;
use crate::cookie::CookieName;
use crate::directory::UnreadCounts;
use crate::identity::identity;
use crate::input::{filter, filter_name_v2, is_false};
use crate::password::{Candidates, Stored, stored};
use crate::schema::{Layout, Schema, Tables};
use crate::settings::{ConfigError, Settings};
use crate::user::{self, Kind, Member};
use crate::version::Version;
use crate::{PhpbbConfig, attempts, columns, group, session, v2, v2_session};

/// A board whose members enter with their names and passwords there, or by the board's cookies.
#[derive(Debug)]
pub struct Phpbb {
    pub(crate) database: ForeignDatabase,
    pub(crate) tables: Tables,
    pub(crate) schema: Schema,
    pub(crate) board_url: Option<String>,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) unread: UnreadCounts,
    prefix: String,
    hash_pool: HashPool,
    cookie_name: CookieName,
    cookies: bool,
    passwords: bool,
    pub(crate) refuse_banned_emails: bool,
    enforce_board_disable: bool,
    ignore_attempt_limits: bool,
    accept_untrimmed_password: bool,
}

impl Phpbb {
    /// An instance for this configuration. Reads the board's `config.php` if that is named, and opens no connection.
    ///
    /// # Errors
    /// [`ConfigError`]: which key can't work.
    pub fn new(config: &PhpbbConfig, cx: &BuildContext) -> Result<Self, ConfigError> {
        let Settings { database, prefix, board_url } = Settings::read(config, |path| cx.resolve(path))?;
        let database = ForeignDatabase::connect(&database);
        let cookies = config.cookies.unwrap_or(board_url.is_some());
        Ok(Self {
            tables: Tables::new(database.dialect(), &prefix),
            database,
            schema: Schema::default(),
            board_url,
            clock: Arc::clone(&cx.clock),
            prefix: prefix.as_str().to_owned(),
            unread: UnreadCounts::default(),
            hash_pool: cx.hash_pool.clone(),
            cookie_name: CookieName::new(config.cookie_name.as_deref())?,
            cookies,
            passwords: config.passwords,
            refuse_banned_emails: config.refuse_banned_emails,
            enforce_board_disable: config.enforce_board_disable,
            ignore_attempt_limits: config.ignore_attempt_limits,
            accept_untrimmed_password: config.accept_untrimmed_password,
        })
    }

    /// The board's settings now, and its layout.
    pub(crate) async fn board(&self) -> Result<(Board, Arc<Layout>), AuthError> {
        let board = self.settings().await?;
        let layout = self.schema.layout(&self.database, &self.tables, &board).await?;
        Ok((board, layout))
    }

    async fn settings(&self) -> Result<Board, AuthError> {
        let params: Vec<Param> = Board::params();
        let list = self.database.dialect().list(params.len());
        let table = &self.tables.config;
        let sql = format!("SELECT config_name, config_value FROM {table} WHERE config_name IN ({list})");
        let board = Board::new(&self.database.query(&sql, &params).await?, table)?;
        self.cookie_name.learn(&board);
        Ok(board)
    }

    /// Whoever the board's login page finds under this name.
    async fn find(&self, login: &str, layout: &Layout) -> Result<Option<Member>, AuthError> {
        if layout.version == Version::V20 {
            return v2::find(&self.database, &self.tables, layout, &filter_name_v2(login)).await;
        }
        let spelling = filter(login, layout.version, true);
        let name = CleanName::of(&spelling, layout.version);
        let member = user::find(&self.database, &self.tables, layout, &spelling, &name).await?;
        Ok(member.filter(|_| !is_false(&spelling)))
    }

    /// Whether the password is the member's. Nobody's password costs the same.
    async fn verify(
        &self,
        member: Option<&Member>,
        password: &str,
        layout: &Layout,
    ) -> Result<bool, AuthError> {
        let candidates = Candidates::of(password, layout.version, self.accept_untrimmed_password);
        let hash = match member.map(|member| stored(member, layout)).transpose()? {
            Some(Stored::Hash(hash)) => hash,
            Some(Stored::Nobodys) | None => StoredHash::decoy(&layout.decoy),
        };
        let salt = member.and_then(|member| member.salt.clone());
        let login_name = member.and_then(|member| member.login_name.clone()).unwrap_or_default();
        let fits = move || candidates.fit(&hash, salt.as_ref().map(|salt| salt.as_str()), &login_name);
        Ok(self.hash_pool.run(fits).await?)
    }

    async fn ban(
        &self,
        member: &Member,
        board: &Board,
        layout: &Layout,
        cx: &AuthContext<'_>,
    ) -> Result<Option<Ban>, AuthError> {
        let (database, tables, version) = (&self.database, &self.tables, layout.version);
        if version == Version::V20 {
            return v2::ban(database, tables, member, cx.peer).await;
        }
        if member.kind == Kind::Founder {
            return Ok(None);
        }
        let target = self.target(member, version, ban::addresses(board, cx));
        let wanted = Wanted { addresses: !target.addresses.is_empty(), emails: !target.email.is_empty() };
        let rows = ban::candidates(database, tables, version, &[member.id], wanted).await?;
        ban::judge(&rows, version, &target, cx.now)
    }

    /// Who is looked for in the ban list. 4.0 looks at e-mail addresses, 3.x only by option.
    pub(crate) fn target<'a>(
        &self,
        member: &'a Member,
        version: Version,
        addresses: Vec<IpAddr>,
    ) -> Target<'a> {
        let email = if self.looks_at_emails(version) { member.email.as_str() } else { "" };
        Target { id: member.id, email, addresses }
    }

    pub(crate) fn looks_at_emails(&self, version: Version) -> bool {
        version == Version::V40 || self.refuse_banned_emails
    }

    async fn by_password(
        &self,
        login: &str,
        password: &str,
        cx: &AuthContext<'_>,
    ) -> Result<Decision, AuthError> {
        let refused = |refusal| Ok(Decision::Refused(refusal));
        let (board, layout) = self.board().await?;
        board.require_own_passwords()?;
        // Asked of everybody, before anything is known of the name.
        let address_is_over = !self.ignore_attempt_limits
            && attempts::address_is_over(&self.database, &self.tables, &layout, &board, cx).await?;
        let member = self.find(login, &layout).await?;
        let fits = self.verify(member.as_ref(), password, &layout).await?;
        let Some(member) = member else { return refused(Refusal::UnknownSubject) };
        if !fits {
            return refused(Refusal::BadSecret);
        }
        // From here on it is the member who hears it.
        if !self.ignore_attempt_limits {
            if let Some(until) = attempts::member_is_over(&member, &board, cx.now) {
                return refused(Refusal::Locked { until });
            }
            if address_is_over {
                return refused(Refusal::Locked { until: None });
            }
        }
        self.admit(&member, &board, &layout, cx).await
    }

    async fn by_session(&self, cookies: &SecretCookies, cx: &AuthContext<'_>) -> Result<Decision, AuthError> {
        let (board, layout) = self.board().await?;
        board.require_own_sessions()?;
        let (database, tables, cookies) = (&self.database, &self.tables, (&self.cookie_name, cookies));
        let member = match layout.version {
            Version::V20 => v2_session::member(database, tables, &layout, &board, cookies, cx).await?,
            _ => session::member(database, tables, &layout, &board, cookies, cx).await?,
        };
        match member {
            Some(member) => self.admit(&member, &board, &layout, cx).await,
            None => Ok(Decision::Refused(Refusal::UnknownSubject)),
        }
    }

    /// The answer to a member who was proved.
    async fn admit(
        &self,
        member: &Member,
        board: &Board,
        layout: &Layout,
        cx: &AuthContext<'_>,
    ) -> Result<Decision, AuthError> {
        let refused = |refusal| Ok(Decision::Refused(refusal));
        if matches!(member.kind, Kind::Inactive | Kind::Ignored) {
            return refused(Refusal::Disabled);
        }
        if let Some(ban) = self.ban(member, board, layout, cx).await? {
            return refused(ban.into());
        }
        let mut groups = group::of(&self.database, &self.tables, layout.version, &[member.id]).await?;
        let memberships = groups.remove(&member.id).unwrap_or_default();
        let identity = identity(member, &memberships, board, self.board_url.as_deref(), cx.now)?;
        if self.keeps_out(board, identity.staff) {
            return refused(Refusal::NotPermitted);
        }
        Ok(Decision::accepted(identity))
    }

    /// Whether the board is disabled for this person, as far as that counts here.
    pub(crate) fn keeps_out(&self, board: &Board, staff: StaffFlags) -> bool {
        board.is_on("board_disable", false)
            && match board.version {
                Version::V20 => !staff.administrator,
                _ => self.enforce_board_disable && !staff.administrator && !staff.moderator,
            }
    }
}

#[async_trait]
impl Authenticator for Phpbb {
    fn capabilities(&self) -> Capabilities {
        let kinds = [
            self.passwords.then_some(CredentialKind::Password),
            self.cookies.then_some(CredentialKind::ExternalSession),
        ];
        let mut capabilities = Capabilities::new(kinds.into_iter().flatten());
        if self.cookies {
            capabilities.cookies = self.cookie_name.all(self.schema.known_version());
        }
        let Some(url) = &self.board_url else { return capabilities };
        // Until the first look at the board it is taken for one of today.
        let (page, inbox) = match self.schema.known_version() {
            Some(Version::V20) => ("profile.php", "privmsg.php?folder=inbox"),
            _ => ("ucp.php", "ucp.php?i=pm&folder=inbox"),
        };
        capabilities.with_links(Links {
            register: Some(format!("{url}{page}?mode=register")),
            forgotten_password: Some(format!("{url}{page}?mode=sendpassword")),
            inbox: Some(format!("{url}{inbox}")),
        })
    }

    async fn authenticate(
        &self,
        credentials: &Credentials,
        cx: &AuthContext<'_>,
    ) -> Result<Decision, AuthError> {
        match credentials {
            Credentials::Password { login, password } if self.passwords => {
                self.by_password(login, password.expose_secret(), cx).await
            }
            Credentials::ExternalSession { cookies } if self.cookies => self.by_session(cookies, cx).await,
            _ => Ok(Decision::Refused(Refusal::NotPermitted)),
        }
    }

    async fn check(&self) -> Result<(), AuthError> {
        let board = self.settings().await?;
        if self.passwords {
            board.require_own_passwords()?;
        }
        let mut required = columns::of_logins(board.version);
        if self.cookies {
            board.require_own_sessions()?;
            if self.cookie_name.all(None).is_empty() {
                return Err(AuthError::misconfigured(format!(
                    "the board's cookies can't be read: its setting cookie_name is {:?}, where letters, digits, `_`, `-` and \
                     `.` are expected; correct it there, or write `cookies = false`",
                    board.text("cookie_name")
                )));
            }
            let keys = board.version != Version::V20;
            required.extend(columns::of_sessions(board.version, keys));
        }
        let dialect = self.database.dialect();
        for (table, columns) in required {
            let table = dialect.identifier(&format!("{}{table}", self.prefix));
            self.database.require_columns(&table, &columns).await?;
        }
        // The usual hash may be another by now.
        self.schema.learn(&self.database, &self.tables, &board).await.map(drop)
    }

    async fn fingerprint(&self) -> Result<Option<String>, AuthError> {
        let board = self.settings().await?;
        let started = board.text("board_startdate");
        Ok((!started.is_empty()).then(|| format!("phpBB board_startdate {started}")))
    }

    fn directory(&self) -> Option<&dyn Directory> {
        Some(self)
    }

    fn inbox(&self) -> Option<&dyn ExternalInbox> {
        Some(self)
    }

    fn news(&self) -> Option<&dyn News> {
        Some(self)
    }
}
