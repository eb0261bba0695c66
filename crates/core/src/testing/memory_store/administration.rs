//! What administration keeps.

use std::collections::{BTreeMap, BTreeSet};

use async_trait::async_trait;
use serde::Serialize;
use serde_json::{Value, json};

use super::{MemoryStore, PausedCall, State, StoredAccount};
use crate::account::{Account, fold_login};
use crate::administration::{
    AuditEntry, AuditFilter, Ban, Broadcast, Change, DayCount, Mute, Report, ReportFilter, ReportRefusal,
    Rights, Tally, native_shown,
};
use crate::auth::{Realm, SubjectId};
use crate::front::FrontId;
use crate::ports::{
    AccountFilter, AdminSessionRecord, AdministrationStore, SessionRecord, StoreError, StoreResult,
};
use crate::{AccountId, BanId, BroadcastId, CommunityId, MuteId, ReportId, Timestamp};

#[derive(Debug, Default)]
pub(super) struct Kept {
    pub(super) audit: Vec<AuditEntry>,
    administrators: BTreeMap<AccountId, Rights>,
    admin_sessions: BTreeMap<[u8; 32], AdminSessionRecord>,
    bans: BTreeMap<BanId, Ban>,
    mutes: BTreeMap<MuteId, Mute>,
    reports: BTreeMap<ReportId, Report>,
    broadcasts: BTreeMap<BroadcastId, Broadcast>,
    statistics: BTreeMap<(String, FrontId), Tally>,
    people: BTreeSet<(String, FrontId, AccountId)>,
}

impl Kept {
    /// The reports that somebody filed, oldest first.
    pub(super) fn reports_by(&self, reporter: AccountId) -> impl Iterator<Item = &Report> {
        self.reports.values().filter(move |report| report.reporter == reporter)
    }

    /// Writes a line that belongs to an act of another part of the store.
    pub(super) fn add_line(&mut self, line: AuditEntry) {
        self.audit.push(line);
    }
}

fn value(thing: &impl Serialize) -> StoreResult<Value> {
    serde_json::to_value(thing).map_err(|error| StoreError::Inconsistent(error.to_string()))
}

impl State {
    /// What there was and what there is; `None` when there is nothing to change.
    fn change(&mut self, change: &Change) -> StoreResult<Option<(Option<Value>, Option<Value>)>> {
        let kept = &mut self.administration;
        Ok(match change {
            Change::AddBan(ban) => {
                kept.bans.insert(ban.id, ban.clone());
                Some((None, Some(value(ban)?)))
            }
            Change::RemoveBan(id) => match kept.bans.remove(id) {
                Some(ban) => Some((Some(value(&ban)?), None)),
                None => None,
            },
            Change::SetMute(mute) => {
                let same = |other: &&Mute| other.account == mute.account && other.place == mute.place;
                let before = kept.mutes.values().find(same).cloned();
                if let Some(before) = &before {
                    kept.mutes.remove(&before.id);
                }
                kept.mutes.insert(mute.id, mute.clone());
                Some((before.as_ref().map(value).transpose()?, Some(value(mute)?)))
            }
            Change::RemoveMute(id) => match kept.mutes.remove(id) {
                Some(mute) => Some((Some(value(&mute)?), None)),
                None => None,
            },
            Change::SetRights(account, rights) => {
                let before = match rights {
                    Some(rights) => kept.administrators.insert(*account, rights.clone()),
                    None => kept.administrators.remove(account),
                };
                if before.is_none() && rights.is_none() {
                    return Ok(None);
                }
                let shown = |rights: &Rights| value(rights);
                Some((before.as_ref().map(shown).transpose()?, rights.as_ref().map(shown).transpose()?))
            }
            Change::EndSessions { account, front, session } => {
                let before = self.sessions.len();
                self.sessions.retain(|id, record| {
                    record.account != *account
                        || front.as_ref().is_some_and(|front| record.front != *front)
                        || session.is_some_and(|session| *id != session)
                });
                Some((Some(json!({ "sessions": before - self.sessions.len() })), None))
            }
            Change::CloseReport(id, closure) => match kept.reports.get_mut(id) {
                Some(report) if report.closed.is_none() => {
                    report.closed = Some(closure.clone());
                    Some((None, Some(value(closure)?)))
                }
                _ => None,
            },
            Change::StartBroadcast(broadcast) => {
                kept.broadcasts.insert(broadcast.id, broadcast.clone());
                Some((None, Some(value(broadcast)?)))
            }
            Change::Record => Some((None, None)),
            Change::MakeNative(new) => {
                self.make_native(new.clone())?;
                Some((None, Some(native_shown(new))))
            }
            other => self.change_people(other),
        })
    }
}

#[async_trait]
impl AdministrationStore for MemoryStore {
    async fn administer(&self, change: &Change, mut entry: AuditEntry) -> StoreResult<Option<AuditEntry>> {
        let mut state = self.state()?;
        let Some((before, after)) = state.change(change)? else { return Ok(None) };
        if !matches!(change, Change::Record) {
            (entry.before, entry.after) = (before, after);
        }
        state.administration.audit.push(entry.clone());
        Ok(Some(entry))
    }

    async fn audit(&self, filter: &AuditFilter) -> StoreResult<Vec<AuditEntry>> {
        let state = self.state()?;
        let mut found: Vec<_> =
            state.administration.audit.iter().filter(|entry| filter.takes(entry)).cloned().collect();
        found.sort_by_key(|entry| std::cmp::Reverse(entry.id));
        found.truncate(filter.limit);
        Ok(found)
    }

    async fn administrators(&self) -> StoreResult<Vec<(AccountId, Rights)>> {
        let state = self.state()?;
        Ok(state.administration.administrators.iter().map(|(id, rights)| (*id, rights.clone())).collect())
    }

    async fn keep_admin_session(&self, session: &AdminSessionRecord) -> StoreResult<()> {
        self.state()?.administration.admin_sessions.insert(session.token_hash, session.clone());
        Ok(())
    }

    async fn admin_session(&self, token_hash: &[u8; 32]) -> StoreResult<Option<AdminSessionRecord>> {
        Ok(self.state()?.administration.admin_sessions.get(token_hash).cloned())
    }

    async fn forget_admin_session(&self, token_hash: &[u8; 32]) -> StoreResult<()> {
        self.state()?.administration.admin_sessions.remove(token_hash);
        Ok(())
    }

    async fn forget_expired_admin_sessions(&self, now: Timestamp) -> StoreResult<()> {
        self.state()?.administration.admin_sessions.retain(|_, session| session.expires_at > now);
        Ok(())
    }

    async fn bans(&self) -> StoreResult<Vec<Ban>> {
        Ok(self.state()?.administration.bans.values().cloned().collect())
    }

    async fn mutes(&self) -> StoreResult<Vec<Mute>> {
        Ok(self.state()?.administration.mutes.values().cloned().collect())
    }

    async fn file_report(
        &self,
        report: &Report,
        most: usize,
        since: Timestamp,
    ) -> StoreResult<Result<(), ReportRefusal>> {
        let mut state = self.state()?;
        let reports = &mut state.administration.reports;
        let theirs = || reports.values().filter(|other| other.reporter == report.reporter);
        if theirs().any(|other| other.target.key() == report.target.key()) {
            return Ok(Err(ReportRefusal::Repeated));
        }
        let recent: Vec<Timestamp> =
            theirs().map(|other| other.created_at).filter(|&at| at > since).collect();
        if let (Some(&oldest), true) = (recent.iter().min(), recent.len() >= most) {
            return Ok(Err(ReportRefusal::TooMany { oldest }));
        }
        reports.insert(report.id, report.clone());
        Ok(Ok(()))
    }

    async fn report(&self, id: ReportId) -> StoreResult<Option<Report>> {
        Ok(self.state()?.administration.reports.get(&id).cloned())
    }

    async fn reports(&self, filter: &ReportFilter) -> StoreResult<Vec<Report>> {
        let state = self.state()?;
        let wanted = state.administration.reports.values().filter(|report| filter.takes(report));
        Ok(wanted.take(filter.limit).cloned().collect())
    }

    async fn begin_broadcast(&self, broadcast: &Broadcast) -> StoreResult<()> {
        self.state()?.administration.broadcasts.insert(broadcast.id, broadcast.clone());
        Ok(())
    }

    async fn keep_broadcast(&self, broadcast: &Broadcast) -> StoreResult<()> {
        self.state()?.administration.broadcasts.insert(broadcast.id, broadcast.clone());
        Ok(())
    }

    async fn unfinished_broadcasts(&self) -> StoreResult<Vec<Broadcast>> {
        let state = self.state()?;
        Ok(state.administration.broadcasts.values().filter(|one| !one.done).cloned().collect())
    }

    async fn broadcasts(&self, before: Option<BroadcastId>, limit: usize) -> StoreResult<Vec<Broadcast>> {
        let state = self.state()?;
        let all = state.administration.broadcasts.values().rev();
        Ok(all.filter(|one| before.is_none_or(|before| one.id < before)).take(limit).cloned().collect())
    }

    async fn broadcast(&self, id: BroadcastId) -> StoreResult<Option<Broadcast>> {
        Ok(self.state()?.administration.broadcasts.get(&id).cloned())
    }

    async fn account(&self, id: AccountId) -> StoreResult<Option<Account>> {
        Ok(self.state()?.accounts.get(&id).map(|stored| stored.account.clone()))
    }

    async fn accounts_of(
        &self,
        realm: &Realm,
        subjects: &[SubjectId],
    ) -> StoreResult<Vec<(SubjectId, AccountId)>> {
        let state = self.state()?;
        let linked = |subject: &SubjectId| state.links.get(&(realm.clone(), subject.clone())).copied();
        Ok(subjects.iter().filter_map(|subject| Some((subject.clone(), linked(subject)?))).collect())
    }

    async fn accounts_numbered(&self, ids: &[AccountId]) -> StoreResult<Vec<Account>> {
        let state = self.state()?;
        let known = ids.iter().filter_map(|id| state.accounts.get(id));
        Ok(known.map(|stored| stored.account.clone()).collect())
    }

    async fn find_accounts(&self, filter: &AccountFilter) -> StoreResult<Vec<Account>> {
        let state = self.state()?;
        let entered = |account: &Account, front: &FrontId| {
            state.entered.iter().any(|(_, person, place)| *person == account.id && place == front)
        };
        let wanted = |account: &&Account| {
            filter.login.as_ref().is_none_or(|login| fold_login(&account.profile.login).starts_with(login))
                && filter.realm.as_ref().is_none_or(|realm| account.realm == *realm)
                && filter.front.as_ref().is_none_or(|front| entered(account, front))
                && filter.after.is_none_or(|after| account.id > after)
        };
        let alive = |stored: &&StoredAccount| {
            let since = stored.life.active_at.unwrap_or(stored.account.created_at);
            let id = stored.account.id;
            let has = |role: &String| {
                state.roles.iter().any(|((_, person), roles)| *person == id && roles.contains(role))
            };
            !stored.retired
                && filter.state.is_none_or(|state| stored.life.state == state)
                && filter.unused_since.is_none_or(|before| since < before)
                && filter.role.as_ref().is_none_or(has)
        };
        let live = state.accounts.values().filter(alive).map(|stored| &stored.account);
        Ok(live.filter(wanted).take(filter.limit).cloned().collect())
    }

    async fn entered(&self, accounts: &[AccountId]) -> StoreResult<Vec<(AccountId, CommunityId, FrontId)>> {
        let state = self.state()?;
        let theirs = state.entered.iter().filter(|(_, person, _)| accounts.contains(person));
        Ok(theirs.map(|(community, person, front)| (*person, community.clone(), front.clone())).collect())
    }

    async fn sessions_of(&self, account: AccountId, now: Timestamp) -> StoreResult<Vec<SessionRecord>> {
        let state = self.state()?;
        let theirs = state.sessions.values().filter(|one| one.account == account && one.expires_at > now);
        let mut theirs: Vec<_> = theirs.cloned().collect();
        theirs.sort_by_key(|session| std::cmp::Reverse(session.id));
        Ok(theirs)
    }

    async fn sessions_at(
        &self,
        front: &FrontId,
        after: Option<AccountId>,
        now: Timestamp,
        limit: usize,
    ) -> StoreResult<Vec<SessionRecord>> {
        let state = self.state()?;
        let here = state.sessions.values().filter(|one| {
            one.front == *front && one.expires_at > now && after.is_none_or(|after| one.account > after)
        });
        let mut here: Vec<_> = here.cloned().collect();
        here.sort_by_key(|session| (session.account, session.id));
        here.truncate(limit);
        Ok(here)
    }

    async fn add_statistics(
        &self,
        counts: &[DayCount],
        people: &[(String, FrontId, AccountId)],
    ) -> StoreResult<()> {
        self.0.pauses.at(PausedCall::AddStatistics).await;
        let mut state = self.state()?;
        let kept = &mut state.administration;
        for count in counts {
            let tally = kept.statistics.entry((count.day.clone(), count.front.clone())).or_default();
            *tally = tally.plus(Tally { people: 0, ..count.tally });
        }
        for (day, front, person) in people {
            if kept.people.insert((day.clone(), front.clone(), *person)) {
                kept.statistics.entry((day.clone(), front.clone())).or_default().people += 1;
            }
        }
        Ok(())
    }

    async fn statistics(&self, from: &str, to: &str, front: Option<&FrontId>) -> StoreResult<Vec<DayCount>> {
        let state = self.state()?;
        let wanted = state.administration.statistics.iter().filter(|((day, place), _)| {
            day.as_str() >= from && day.as_str() <= to && front.is_none_or(|front| place == front)
        });
        Ok(wanted
            .map(|((day, front), tally)| DayCount { day: day.clone(), front: front.clone(), tally: *tally })
            .collect())
    }
}
