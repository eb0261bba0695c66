//! Deciding as Phorum's login page does.

use std::sync::{Arc, Mutex, PoisonError};

use async_trait::async_trait;
use portico_core::auth::{
    AuthContext, AuthError, Authenticator, Capabilities, CredentialKind, Credentials, Decision, Directory,
    DirectoryEntry, DirectoryState, ExternalInbox, HashPool, Refusal, Restriction, Restrictions, SubjectId,
};
use secrecy::ExposeSecret;
use sha2::{Digest, Sha256};
use tokio::sync::RwLock;

use crate::ban::{BanList, BanRow, Suspect};
use crate::config::Deviations;
use crate::database::Place;
use crate::forum::{Forum, ids};
use crate::input::Typed;
use crate::links::ForumUrl;
use crate::password::{Outcome, Passwords};
use crate::schema::Schema;
use crate::settings::Settings;
use crate::state::entry;
use crate::user::Member;

/// A Phorum, as a source of people. Made from a [`PhorumConfig`](crate::PhorumConfig).
#[derive(Debug)]
pub struct Phorum {
    forum: Forum,
    url: Option<ForumUrl>,
    deviations: Deviations,
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
    pub(crate) fn new(place: &Place, url: Option<ForumUrl>, deviations: Deviations, pool: HashPool) -> Self {
        Self {
            forum: Forum::new(place),
            url,
            deviations,
            passwords: Passwords::new(pool),
            schema: RwLock::default(),
            bans: Mutex::default(),
        }
    }

    async fn schema(&self) -> Result<Arc<Schema>, AuthError> {
        if let Some(schema) = &*self.schema.read().await {
            return Ok(Arc::clone(schema));
        }
        self.look_at_schema().await
    }

    async fn look_at_schema(&self) -> Result<Arc<Schema>, AuthError> {
        let schema = Arc::new(Schema::find_out(&self.forum).await?);
        *self.schema.write().await = Some(Arc::clone(&schema));
        Ok(schema)
    }

    async fn ban_list(&self) -> Result<Arc<BanList>, AuthError> {
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
            Outcome::Right => self.enter(&member, &settings, cx).await,
            Outcome::Wrong => Ok(Decision::Refused(Refusal::BadSecret)),
            Outcome::Unreadable(what) => {
                Err(AuthError::inconsistent(format!("the member with user_id {}: {what}", member.user_id)))
            }
        }
    }

    /// The answer to a right password.
    async fn enter(
        &self,
        member: &Member,
        settings: &Settings,
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
        let restrictions = Restrictions { write: banned.or(read_only) };
        member.identity(settings, self.url.as_ref(), groups, restrictions).map(Decision::accepted)
    }

    fn directory_state(
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

fn suspect<'a>(member: &'a Member, cx: &AuthContext<'_>) -> Suspect<'a> {
    Suspect { address: cx.peer, ..anywhere(member) }
}

/// The member, wherever they are: bans of addresses can't be told.
fn anywhere(member: &Member) -> Suspect<'_> {
    Suspect { user_id: member.user_id, name: &member.username, email: &member.email, address: None }
}

#[async_trait]
impl Authenticator for Phorum {
    fn capabilities(&self) -> Capabilities {
        let links = self.url.as_ref().map(ForumUrl::links).unwrap_or_default();
        Capabilities::new([CredentialKind::Password]).with_links(links)
    }

    async fn authenticate(
        &self,
        credentials: &Credentials,
        cx: &AuthContext<'_>,
    ) -> Result<Decision, AuthError> {
        let Credentials::Password { login, password } = credentials else {
            return Ok(Decision::Refused(Refusal::NotPermitted));
        };
        self.log_in(Typed::new(login, password.expose_secret()), cx).await
    }

    async fn check(&self) -> Result<(), AuthError> {
        self.look_at_schema().await?;
        let settings = self.forum.settings().await?;
        self.forbid_check_modules(&settings)?;
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
}

#[async_trait]
impl Directory for Phorum {
    async fn lookup(&self, subjects: &[SubjectId]) -> Result<Vec<DirectoryEntry>, AuthError> {
        let ids = ids(subjects);
        if ids.is_empty() {
            return Ok(Vec::new());
        }
        let schema = self.schema().await?;
        let settings = self.forum.settings().await?;
        let members = self.forum.members(&schema, &ids).await?;
        let mut groups = self.forum.groups(&ids).await?;
        let bans = self.ban_list().await?;
        let mut entries = Vec::with_capacity(members.len());
        for member in members {
            let banned = bans.restrictions(anywhere(&member)).write;
            let state = self.directory_state(&member, &settings, banned.as_ref());
            let restrictions = match &state {
                DirectoryState::Active(restrictions) => restrictions.clone(),
                DirectoryState::Refused(_) => Restrictions { write: banned },
            };
            let groups = groups.remove(&member.user_id).unwrap_or_default();
            let identity = member.identity(&settings, self.url.as_ref(), groups, restrictions)?;
            entries.push(DirectoryEntry { identity, state });
        }
        Ok(entries)
    }
}

#[async_trait]
impl ExternalInbox for Phorum {
    /// Everybody asked for is answered, with 0 for those who have no unread message or don't exist; nobody is, on a
    /// 5.0 that is older than Phorum's present tables for private messages.
    async fn unread(&self, subjects: &[SubjectId]) -> Result<Vec<(SubjectId, u64)>, AuthError> {
        let ids = ids(subjects);
        if ids.is_empty() || !self.schema().await?.has_messages() {
            return Ok(Vec::new());
        }
        let unread = self.forum.unread(&ids).await?;
        let count = |id: i64| unread.get(&id).copied().unwrap_or_default();
        ids.into_iter()
            .map(|id| {
                let subject =
                    SubjectId::new(id.to_string()).map_err(|e| AuthError::inconsistent(e.to_string()))?;
                Ok((subject, count(id)))
            })
            .collect()
    }
}
