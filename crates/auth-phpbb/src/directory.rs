//! Members without a login: are they still who they were, and what waits for them over there?

use std::collections::{HashMap, HashSet};
use std::net::IpAddr;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use async_trait::async_trait;
use portico_auth_sql::{Param, Row};
use portico_core::Timestamp;
use portico_core::auth::{
    AuthError, Directory, DirectoryEntry, DirectoryState, ExternalInbox, Refusal, SubjectId,
};

use crate::authenticator::Phpbb;
use crate::ban::{self, AddressBans, Ban, Target, Wanted};
use crate::board::Board;
use crate::identity::identity;
use crate::schema::Layout;
use crate::user::{Kind, Member, columns};
use crate::version::Version;
use crate::{group, v2};

/// Most people in one query. Every database takes many more parameters; beyond this the answers get large rather than
/// fewer (and MariaDB turns longer lists into temporary tables).
const BATCH: usize = 500;

/// The user id of a subject, if it can be one: the guest is nobody.
fn user_id(subject: &SubjectId) -> Option<i64> {
    let id = subject.as_str().parse::<i64>().ok()?;
    (id > 0 && id.to_string() == subject.as_str()).then_some(id)
}

#[async_trait]
impl Directory for Phpbb {
    /// The settings in one query, and three for up to 500 people: users, groups, bans.
    async fn lookup(&self, subjects: &[SubjectId]) -> Result<Vec<DirectoryEntry>, AuthError> {
        let mut ids: Vec<i64> = subjects.iter().filter_map(user_id).collect();
        ids.sort_unstable();
        ids.dedup();
        if ids.is_empty() {
            return Ok(Vec::new());
        }
        let (board, layout) = self.board().await?;
        let mut entries = Vec::with_capacity(ids.len());
        for ids in ids.chunks(BATCH) {
            self.look_up_batch(ids, &board, &layout, &mut entries).await?;
        }
        Ok(entries)
    }

    /// Two queries; three more where addresses of these people are on the ban list.
    async fn address_bans(
        &self,
        people: &[(SubjectId, Vec<IpAddr>)],
    ) -> Result<Vec<(SubjectId, DirectoryState)>, AuthError> {
        let people: Vec<(i64, &[IpAddr])> =
            people.iter().filter_map(|(who, from)| Some((user_id(who)?, from.as_slice()))).collect();
        if people.is_empty() {
            return Ok(Vec::new());
        }
        let (_, layout) = self.board().await?;
        if layout.version == Version::V20 {
            let banned = v2::from_banned_addresses(&self.database, &self.tables, &people).await?;
            let forever = || Ban { reason: None, until: None };
            return banned.into_iter().map(|id| Ok((subject(id)?, refused(forever())))).collect();
        }
        self.judge_addresses(&people, layout.version, self.clock.now()).await
    }
}

fn subject(id: i64) -> Result<SubjectId, AuthError> {
    SubjectId::new(id.to_string())
        .map_err(|_| AuthError::inconsistent(format!("the user id {id} is no subject")))
}

fn refused(ban: Ban) -> DirectoryState {
    DirectoryState::Refused(ban.into())
}

impl Phpbb {
    async fn look_up_batch(
        &self,
        ids: &[i64],
        board: &Board,
        layout: &Layout,
        entries: &mut Vec<DirectoryEntry>,
    ) -> Result<(), AuthError> {
        let (now, version) = (self.clock.now(), layout.version);
        let sql = format!("SELECT {}, user_unread_privmsg FROM {}", columns(layout), self.tables.users);
        let rows = self.of_users(&sql, ids).await?;
        let groups = group::of(&self.database, &self.tables, version, ids).await?;
        let bans = Bans::of(self, version, ids).await?;
        for row in &rows {
            let member = Member::new(row, layout)?;
            let memberships = groups.get(&member.id).map(Vec::as_slice).unwrap_or_default();
            let identity = identity(&member, memberships, board, self.board_url.as_deref(), now)?;
            let state = if matches!(member.kind, Kind::Inactive | Kind::Ignored) {
                DirectoryState::Refused(Refusal::Disabled)
            } else if let Some(ban) = bans.on(self, &member, version, now)? {
                refused(ban)
            } else if self.keeps_out(board, identity.staff) {
                DirectoryState::Refused(Refusal::NotPermitted)
            } else {
                DirectoryState::Active(identity.restrictions.clone())
            };
            self.unread.remember(member.id, row.i64("user_unread_privmsg")?);
            entries.push(DirectoryEntry { identity, state });
        }
        Ok(())
    }

    /// Who of these people is banned for an address.
    async fn judge_addresses(
        &self,
        people: &[(i64, &[IpAddr])],
        version: Version,
        now: Timestamp,
    ) -> Result<Vec<(SubjectId, DirectoryState)>, AuthError> {
        let (database, tables) = (&self.database, &self.tables);
        let wanted = Wanted { addresses: true, emails: false };
        let rows = ban::candidates(database, tables, version, &[], wanted).await?;
        let list = AddressBans::of(&rows, version, now)?;
        let met: Vec<&(i64, &[IpAddr])> =
            people.iter().filter(|(_, from)| from.iter().any(|address| list.may_meet(*address))).collect();
        let mut banned = Vec::new();
        // Few, if any: whether they are founders, and what else stands in the list about them, is asked for them alone.
        for met in met.chunks(BATCH) {
            let ids: Vec<i64> = met.iter().map(|(id, _)| *id).collect();
            let users = self
                .of_users(&format!("SELECT user_id, user_type, user_email FROM {}", tables.users), &ids)
                .await?;
            let emails = self.looks_at_emails(version);
            let rows =
                ban::candidates(database, tables, version, &ids, Wanted { addresses: true, emails }).await?;
            let mut members = HashMap::new();
            for row in &users {
                members.insert(row.i64("user_id")?, (row.i64("user_type")?, row.text("user_email")?));
            }
            for (id, from) in met {
                let Some((_, email)) = members.get(id).filter(|(kind, _)| *kind != FOUNDER) else { continue };
                let addresses = from.iter().map(IpAddr::to_canonical).collect();
                let target = Target { id: *id, email: if emails { email } else { "" }, addresses };
                if let Some(ban) = ban::judge(&rows, version, &target, now)? {
                    banned.push((subject(*id)?, refused(ban)));
                }
            }
        }
        Ok(banned)
    }

    /// The rows of these users.
    async fn of_users(&self, select: &str, ids: &[i64]) -> Result<Vec<Row>, AuthError> {
        let params: Vec<Param> = ids.iter().map(|&id| Param::from(id)).collect();
        let list = self.database.dialect().list(ids.len());
        self.database.query(&format!("{select} WHERE user_id IN ({list}) ORDER BY user_id"), &params).await
    }
}

/// `user_type` of founders.
const FOUNDER: i64 = 3;

/// The bans of some people; addresses aren't known here.
enum Bans {
    V2(v2::Bans),
    Later(Vec<Row>),
}

impl Bans {
    async fn of(phpbb: &Phpbb, version: Version, ids: &[i64]) -> Result<Self, AuthError> {
        let (database, tables) = (&phpbb.database, &phpbb.tables);
        let wanted = Wanted { addresses: false, emails: phpbb.looks_at_emails(version) };
        Ok(match version {
            Version::V20 => Self::V2(v2::Bans::of(database, tables, ids).await?),
            _ => Self::Later(ban::candidates(database, tables, version, ids, wanted).await?),
        })
    }

    fn on(
        &self,
        phpbb: &Phpbb,
        member: &Member,
        version: Version,
        now: Timestamp,
    ) -> Result<Option<Ban>, AuthError> {
        match self {
            Self::V2(bans) => Ok(bans.hold(member).then_some(Ban { reason: None, until: None })),
            Self::Later(_) if member.kind == Kind::Founder => Ok(None),
            Self::Later(rows) => ban::judge(rows, version, &phpbb.target(member, version, Vec::new()), now),
        }
    }
}

/// How long a count of unread messages is good for: the inbox is asked right after the directory, about the same people.
const FRESH: Duration = Duration::from_secs(5);

/// The counts of unread messages that the directory has read along, each good for one question soon after.
#[derive(Debug, Default)]
pub(crate) struct UnreadCounts(Mutex<HashMap<i64, (Instant, i64)>>);

impl UnreadCounts {
    fn remember(&self, id: i64, count: i64) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).insert(id, (Instant::now(), count));
    }

    /// The fresh counts of these people; everything else is forgotten.
    fn take(&self, ids: &HashSet<i64>) -> Vec<(i64, i64)> {
        let known = std::mem::take(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner));
        let fresh = known.into_iter().filter(|(id, (read, _))| ids.contains(id) && read.elapsed() < FRESH);
        fresh.map(|(id, (_, count))| (id, count)).collect()
    }
}

#[async_trait]
impl ExternalInbox for Phpbb {
    /// No query for those who were looked up in the directory within the last five seconds.
    async fn unread(&self, subjects: &[SubjectId]) -> Result<Vec<(SubjectId, u64)>, AuthError> {
        let mut missing: HashSet<i64> = subjects.iter().filter_map(user_id).collect();
        let mut counts: HashMap<i64, i64> = self.unread.take(&missing).into_iter().collect();
        missing.retain(|id| !counts.contains_key(id));
        let missing: Vec<i64> = missing.into_iter().collect();
        for ids in missing.chunks(BATCH) {
            let sql = format!("SELECT user_id, user_unread_privmsg FROM {}", self.tables.users);
            for row in self.of_users(&sql, ids).await? {
                counts.insert(row.i64("user_id")?, row.i64("user_unread_privmsg")?);
            }
        }
        let count = |subject: &SubjectId| counts.get(&user_id(subject)?).copied();
        let known = subjects.iter().filter_map(|subject| Some((subject, count(subject)?)));
        Ok(known.map(|(subject, count)| (subject.clone(), u64::try_from(count).unwrap_or(0))).collect())
    }
}
