//! Deciding as Phorum's login page does.

use std::sync::{Arc, Mutex, PoisonError};

use async_trait::async_trait;
use portico_core::auth::{
    AuthContext, AuthError, Authenticator, Capabilities, CredentialKind, Credentials, Decision, Directory,
    DirectoryState, ExternalInbox, HashPool, News, Refusal, Restriction, Restrictions, SecretCookies,
};
use secrecy::ExposeSecret;
use sha2::{Digest, Sha256};
use tokio::sync::RwLock;

use crate::ban::{BanList, BanRow, Suspect};
use crate::config::{Deviations, Taken};
use crate::database::Place;
use crate::forum::Forum;
use crate::input::Typed;
use crate::links::ForumUrl;
use crate::password::{Outcome, Passwords};
use crate::schema::Schema;
use crate::session::{self, Proved};
use crate::settings::Settings;
use crate::state::entry;
use crate::user::Member;

/// A Phorum, as a source of people. Made from a [`PhorumConfig`](crate::PhorumConfig).
#[derive(Debug)]
pub struct Phorum {
    pub(crate) forum: Forum,
    pub(crate) url: Option<ForumUrl>,
    taken: Taken,
    pub(crate) deviations: Deviations,
    passwords: Passwords,
    /// Found out at the first use, and again by each check.
    schema: RwLock<Option<Arc<Schema>>>,
    bans: Mutex<CompiledBans>,
}

/// The ban list as it was compiled last: expressions are compiled only when the rows have changed.
#[derive(Debug, Default)]
struct CompiledBans {
    rows: Vec<BanRow>,
    list: Arc<BanList>,
}

impl Phorum {
    pub(crate) fn new(
        place: &Place,
        url: Option<ForumUrl>,
        taken: Taken,
        deviations: Deviations,
        pool: HashPool,
    ) -> Self {
        Self {
            forum: Forum::new(place),
            url,
            taken,
            deviations,
            passwords: Passwords::new(pool),
            schema: RwLock::default(),
            bans: Mutex::default(),
        }
    }

    pub(crate) async fn schema(&self) -> Result<Arc<Schema>, AuthError> {
        if let Some(schema) = &*self.schema.read().await {
            return Ok(Arc::clone(schema));
        }
        self.look_at_schema().await
    }

    async fn look_at_schema(&self) -> Result<Arc<Schema>, AuthError> {
        let schema = Arc::new(Schema::find_out(&self.forum, self.taken.cookies).await?);
        *self.schema.write().await = Some(Arc::clone(&schema));
        Ok(schema)
    }

    pub(crate) async fn ban_list(&self) -> Result<Arc<BanList>, AuthError> {
        let rows = self.forum.bans().await?;
        {
            let compiled = self.bans.lock().unwrap_or_else(PoisonError::into_inner);
            if compiled.rows == rows {
                return Ok(Arc::clone(&compiled.list));
            }
        }
        let compiling = tokio::task::spawn_blocking(move || {
            let list = Arc::new(BanList::compile(&rows));
            CompiledBans { rows, list }
        });
        let compiled =
            compiling.await.map_err(|error| AuthError::unavailable("the forum's ban list", error))?;
        if compiled.list.unusable() > 0 {
            tracing::warn!(
                expressions = compiled.list.unusable(),
                "regular expressions on the forum's ban list can't be used and ban nobody here"
            );
        }
        let list = Arc::clone(&compiled.list);
        *self.bans.lock().unwrap_or_else(PoisonError::into_inner) = compiled;
        Ok(list)
    }

    fn forbid_check_modules(&self, settings: &Settings) -> Result<(), AuthError> {
        if self.deviations.ignore_authentication_modules { Ok(()) } else { settings.forbid_check_modules() }
    }

    async fn log_in(&self, typed: Typed<'_>, cx: &AuthContext<'_>) -> Result<Decision, AuthError> {
        let schema = self.schema().await?;
        let settings = self.forum.settings().await?;
        self.forbid_check_modules(&settings)?;
        // A name that nobody can have is looked for all the same: it must cost what any other costs.
        let name = if typed.names_somebody() { typed.name } else { "" };
        let found = self.forum.member_by_name(&schema, name).await?;
        let member = found.filter(|_| typed.names_somebody());

        let stored = member.as_ref().map(Member::stored);
        let outcome = self.passwords.check(schema.rule(&settings), stored, typed.password).await?;
        let Some(member) = member else {
            return Ok(Decision::Refused(Refusal::UnknownSubject));
        };
        match outcome {
            Outcome::Right => self.enter(&member, &settings, None, cx).await,
            Outcome::Wrong => Ok(Decision::Refused(Refusal::BadSecret)),
            Outcome::Unreadable(what) => {
                Err(AuthError::inconsistent(format!("the member with user_id {}: {what}", member.user_id)))
            }
        }
    }

    async fn by_session(&self, cookies: &SecretCookies, cx: &AuthContext<'_>) -> Result<Decision, AuthError> {
        let schema = self.schema().await?;
        let settings = self.forum.settings().await?;
        if !self.deviations.ignore_authentication_modules {
            settings.forbid_session_modules()?;
        }
        match session::prove(&self.forum, &schema, &settings, cookies).await? {
            Some(Proved { member, fully }) => {
                let only_reading = (!fully).then(|| Restriction::new(ONLY_READING));
                self.enter(&member, &settings, only_reading, cx).await
            }
            None => Ok(Decision::Refused(Refusal::UnknownSubject)),
        }
    }

    /// The answer to a member who was proved. `only_reading`: what the proof doesn't suffice for.
    async fn enter(
        &self,
        member: &Member,
        settings: &Settings,
        only_reading: Option<Restriction>,
        cx: &AuthContext<'_>,
    ) -> Result<Decision, AuthError> {
        let read_only = match entry(member.state, settings.status(), self.deviations) {
            Ok(read_only) => read_only,
            Err(refusal) => return Ok(Decision::Refused(refusal)),
        };
        let bans = self.ban_list().await?;
        let banned = bans.restrictions(suspect(member, cx)).write;
        if let (true, Some(ban)) = (self.deviations.refuse_banned, &banned) {
            return Ok(Decision::Refused(Refusal::Banned { reason: Some(ban.reason.clone()), until: None }));
        }
        let mut groups = self.forum.groups(&[member.user_id]).await?;
        let groups = groups.remove(&member.user_id).unwrap_or_default();
        let restrictions = Restrictions { write: banned.or(read_only).or(only_reading) };
        member.identity(settings, self.url.as_ref(), groups, restrictions).map(Decision::accepted)
    }

    pub(crate) fn directory_state(
        &self,
        member: &Member,
        settings: &Settings,
        banned: Option<&Restriction>,
    ) -> DirectoryState {
        match entry(member.state, settings.status(), self.deviations) {
            Err(refusal) => DirectoryState::Refused(refusal),
            Ok(_) if self.deviations.refuse_banned && banned.is_some() => {
                let reason = banned.map(|ban| ban.reason.clone());
                DirectoryState::Refused(Refusal::Banned { reason, until: None })
            }
            Ok(read_only) => DirectoryState::Active(Restrictions { write: banned.cloned().or(read_only) }),
        }
    }
}

/// What is told to who has the long session only, where writing needs the short one too.
const ONLY_READING: &str =
    "The forum wants your password again before you write: log in there, then come back.";

fn suspect<'a>(member: &'a Member, cx: &AuthContext<'_>) -> Suspect<'a> {
    Suspect { address: cx.peer, ..anywhere(member) }
}

/// The member, wherever they are: bans of addresses can't be told.
pub(crate) fn anywhere(member: &Member) -> Suspect<'_> {
    Suspect { user_id: member.user_id, name: &member.username, email: &member.email, address: None }
}

#[async_trait]
impl Authenticator for Phorum {
    fn capabilities(&self) -> Capabilities {
        let links = self.url.as_ref().map(ForumUrl::links).unwrap_or_default();
        let kinds = self.taken.passwords.then_some(CredentialKind::Password);
        let mut capabilities = Capabilities::new(kinds).with_links(links);
        if self.taken.cookies {
            capabilities.credentials.insert(CredentialKind::ExternalSession);
            capabilities.cookies = session::COOKIES.map(str::to_owned).into();
        }
        capabilities
    }

    async fn authenticate(
        &self,
        credentials: &Credentials,
        cx: &AuthContext<'_>,
    ) -> Result<Decision, AuthError> {
        match credentials {
            Credentials::Password { login, password } if self.taken.passwords => {
                self.log_in(Typed::new(login, password.expose_secret()), cx).await
            }
            Credentials::ExternalSession { cookies } if self.taken.cookies => {
                self.by_session(cookies, cx).await
            }
            _ => Ok(Decision::Refused(Refusal::NotPermitted)),
        }
    }

    async fn check(&self) -> Result<(), AuthError> {
        self.look_at_schema().await?;
        let settings = self.forum.settings().await?;
        if self.taken.passwords {
            self.forbid_check_modules(&settings)?;
        }
        if self.taken.cookies && !self.deviations.ignore_authentication_modules {
            settings.forbid_session_modules()?;
        }
        self.ban_list().await?;
        Ok(())
    }

    /// A digest of the settings row `admin_session_salt`, which the installation of 5.1 and later makes at random and
    /// nothing changes. 5.0 has nothing of the kind.
    async fn fingerprint(&self) -> Result<Option<String>, AuthError> {
        let settings = self.forum.settings().await?;
        Ok(settings.salt().map(|salt| {
            let digest = Sha256::digest(format!("portico phorum fingerprint\0{salt}"));
            // Half of it tells forums apart as well, and leaves even less to guess the salt by.
            digest.iter().take(16).map(|byte| format!("{byte:02x}")).collect()
        }))
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
