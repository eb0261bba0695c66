//! Members without a login: are they still who they were, and what waits for them over there?

use async_trait::async_trait;
use portico_auth_sql::{Param, Row};
use portico_core::auth::{
    AuthError, Directory, DirectoryEntry, DirectoryState, ExternalInbox, Refusal, SubjectId,
};

use crate::authenticator::Phpbb;
use crate::ban::{self, Ban, Target};
use crate::identity::identity;
use crate::user::{Kind, Member, columns};
use crate::version::Version;
use crate::{group, v2};

/// Most people in one query; databases have limits for the number of parameters.
const BATCH: usize = 500;

/// The user id of a subject, if it can be one: the guest is nobody.
fn user_id(subject: &SubjectId) -> Option<i64> {
    let id = subject.as_str().parse::<i64>().ok()?;
    (id > 0 && id.to_string() == subject.as_str()).then_some(id)
}

#[async_trait]
impl Directory for Phpbb {
    /// Four queries for up to 500 people: settings, users, groups, bans by user id.
    async fn lookup(&self, subjects: &[SubjectId]) -> Result<Vec<DirectoryEntry>, AuthError> {
        let ids: Vec<i64> = subjects.iter().filter_map(user_id).collect();
        let (board, layout) = self.board().await?;
        let now = self.clock.now();
        let mut entries = Vec::with_capacity(ids.len());
        for ids in ids.chunks(BATCH) {
            let sql = format!("SELECT {} FROM {}", columns(&layout), self.tables.users);
            let rows = self.of_users(&sql, ids).await?;
            let groups = group::of(&self.database, &self.tables, layout.version, ids).await?;
            let bans = Bans::of(self, layout.version, ids).await?;
            for row in &rows {
                let member = Member::new(row, &layout)?;
                let memberships = groups.get(&member.id).map(Vec::as_slice).unwrap_or_default();
                let identity = identity(&member, memberships, &board, self.board_url.as_deref(), now)?;
                let state = if matches!(member.kind, Kind::Inactive | Kind::Ignored) {
                    DirectoryState::Refused(Refusal::Disabled)
                } else if let Some(ban) = bans.on(&member, layout.version, now)? {
                    DirectoryState::Refused(ban.into())
                } else {
                    DirectoryState::Active(identity.restrictions.clone())
                };
                entries.push(DirectoryEntry { identity, state });
            }
        }
        Ok(entries)
    }
}

impl Phpbb {
    /// The rows of these users.
    async fn of_users(&self, select: &str, ids: &[i64]) -> Result<Vec<Row>, AuthError> {
        let params: Vec<Param> = ids.iter().map(|&id| Param::from(id)).collect();
        let list = self.database.dialect().list(ids.len());
        self.database.query(&format!("{select} WHERE user_id IN ({list}) ORDER BY user_id"), &params).await
    }
}

/// The bans of some people; addresses aren't known here.
enum Bans {
    V2(Vec<i64>),
    Later(Vec<Row>),
}

impl Bans {
    async fn of(phpbb: &Phpbb, version: Version, ids: &[i64]) -> Result<Self, AuthError> {
        let (database, tables) = (&phpbb.database, &phpbb.tables);
        Ok(match version {
            Version::V20 => Self::V2(v2::banned_ids(database, tables, ids).await?),
            _ => Self::Later(ban::candidates(database, tables, version, ids, false).await?),
        })
    }

    fn on(
        &self,
        member: &Member,
        version: Version,
        now: portico_core::Timestamp,
    ) -> Result<Option<Ban>, AuthError> {
        match self {
            Self::V2(ids) => Ok(ids.contains(&member.id).then_some(Ban { reason: None, until: None })),
            Self::Later(_) if member.kind == Kind::Founder => Ok(None),
            Self::Later(rows) => {
                let target = Target { id: member.id, email: &member.email, addresses: Vec::new() };
                ban::judge(rows, version, &target, now)
            }
        }
    }
}

#[async_trait]
impl ExternalInbox for Phpbb {
    async fn unread(&self, subjects: &[SubjectId]) -> Result<Vec<(SubjectId, u64)>, AuthError> {
        let known: Vec<(i64, &SubjectId)> =
            subjects.iter().filter_map(|subject| Some((user_id(subject)?, subject))).collect();
        let mut unread = Vec::with_capacity(known.len());
        for batch in known.chunks(BATCH) {
            let ids: Vec<i64> = batch.iter().map(|(id, _)| *id).collect();
            let sql = format!("SELECT user_id, user_unread_privmsg FROM {}", self.tables.users);
            for row in self.of_users(&sql, &ids).await? {
                let id = row.i64("user_id")?;
                let count = u64::try_from(row.i64("user_unread_privmsg")?).unwrap_or(0);
                if let Some((_, subject)) = batch.iter().find(|(known, _)| *known == id) {
                    unread.push(((*subject).clone(), count));
                }
            }
        }
        Ok(unread)
    }
}
