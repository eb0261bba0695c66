//! One reading of a directory's answer, page by page: what differs from what is known here, and doing it.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::sync::Arc;

use super::SyncError;
use super::report::{SyncReport, SyncWhat};
use super::rounds::is_held;
use crate::auth::{DirectoryEntry, Guarded, SubjectId, SyncCursor, SyncRun};
use crate::engine::Engine;
use crate::front::Front;
use crate::group::{MirrorRule, Seating};
use crate::messaging::Notice;
use crate::ports::{DirectoryChanges, DirectoryPerson, FrontPlace, KnownPerson, StoreError, StoreResult};
use crate::session::Ending;
use crate::{AccountId, CommunityId, Timestamp};

/// People in one transaction: writers of messages wait no longer for it than for a large batch.
const CHUNK: usize = 250;
/// How often people are looked at again because one of them logged in meanwhile.
const TRIES: u32 = 4;
/// From so many changes on people load everything anew instead of hearing of each.
const WORTH_TELLING: usize = 50;

/// A reading under way.
pub(super) struct Pass<'a> {
    pub(super) engine: &'a Engine,
    pub(super) by: &'a Guarded,
    act: bool,
    everybody: bool,
    most: usize,
    begun: Timestamp,
    /// Believe that many are gone.
    pub(super) accept: bool,
    /// Fronts of this authenticator where colleagues can be found.
    pub(super) open: Vec<Arc<Front>>,
    /// Communities of all its fronts.
    pub(super) communities: BTreeSet<CommunityId>,
    /// Which of its groups are mirrored.
    pub(super) mirrored: MirrorRule,
    seen: HashSet<AccountId>,
    leaving: Vec<(KnownPerson, Ending)>,
    touched: BTreeMap<CommunityId, BTreeMap<AccountId, Told>>,
    pub(super) report: SyncReport,
    pub(super) cursor: Option<SyncCursor>,
}

/// What others are told of somebody.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Told {
    /// What is shown of them has changed.
    Shown,
    /// They may not be seen any more by people who saw them.
    Sight,
}

impl<'a> Pass<'a> {
    pub(super) fn new(engine: &'a Engine, by: &'a Guarded, act: bool, everybody: bool, most: usize) -> Self {
        let fronts = engine
            .fronts
            .iter()
            .filter(|front| front.chain.members().iter().any(|member| member.name() == by.name()));
        let fronts: Vec<Arc<Front>> = fronts.collect();
        Self {
            engine,
            by,
            act,
            everybody,
            most,
            begun: engine.clock.now(),
            accept: false,
            communities: fronts.iter().map(|front| front.community.clone()).collect(),
            mirrored: engine.settings.mirrored.get(by.name()).cloned().unwrap_or_default(),
            open: fronts.into_iter().filter(|front| front.directory).collect(),
            seen: HashSet::new(),
            leaving: Vec::new(),
            touched: BTreeMap::new(),
            report: SyncReport { everybody, ..SyncReport::default() },
            cursor: None,
        }
    }

    /// Reads a run to its end. `known`: how many people are known and present.
    pub(super) async fn over(
        mut self,
        mut run: Box<dyn SyncRun + '_>,
        known: u64,
    ) -> Result<Self, SyncError> {
        let mut read = 0_usize;
        while let Some(page) = run.next().await? {
            read = read.saturating_add(page.len());
            if read > self.most {
                return Err(SyncError::TooMany(self.most));
            }
            for some in page.chunks(CHUNK) {
                self.take(some).await?;
            }
        }
        self.cursor = run.cursor();
        drop(run);
        self.report.people = read as u64;
        if self.everybody && !self.shares_realm() {
            self.find_missing().await?;
        }
        if !self.accept {
            self.report.held = is_held(known, self.leaving.len() as u64);
        }
        let leaving = std::mem::take(&mut self.leaving);
        for (person, ending) in &leaving {
            let why = vec![ending.as_str().to_owned()];
            self.report.tell(&person.account.profile.login, SyncWhat::Removed, why);
        }
        if self.act && self.report.held.is_none() {
            for some in leaving.chunks(CHUNK) {
                self.let_go(some).await?;
            }
        } else if self.act {
            self.report.removed = 0;
            self.report.lines.retain(|line| line.what != SyncWhat::Removed);
        }
        self.tell_others().await?;
        Ok(self)
    }

    /// Two authenticators over one realm: neither lists all of its people.
    fn shares_realm(&self) -> bool {
        let mut all = self.engine.authenticators.values();
        all.any(|other| other.realm() == self.by.realm() && other.name() != self.by.name())
    }

    async fn take(&mut self, entries: &[DirectoryEntry]) -> Result<(), SyncError> {
        let mut tries = 0;
        let plan = loop {
            tries += 1;
            let plan = self.plan(entries).await?;
            if !self.act || plan.changes.is_empty() {
                break plan;
            }
            match self.engine.store.change_people(&plan.changes, self.engine.clock.now()).await {
                Ok(()) => break plan,
                Err(StoreError::Conflict(_)) if tries < TRIES => {}
                Err(error) => return Err(error.into()),
            }
        };
        if self.act {
            let ids: Vec<AccountId> = plan.touched.iter().map(|(_, account, _)| *account).collect();
            self.engine.forget_people(&ids);
            for (community, people) in plan.seats {
                let seating = Seating {
                    community,
                    realm: self.by.realm().clone(),
                    people,
                    complete: true,
                    now: self.engine.clock.now(),
                };
                self.engine.seat(seating).await?;
            }
            for (community, account, told) in plan.touched {
                self.touch(community, account, told);
            }
        }
        for line in plan.lines {
            self.report.tell(&line.login, line.what, line.details);
        }
        self.seen.extend(plan.seen);
        self.leaving.extend(plan.leaving);
        Ok(())
    }

    fn touch(&mut self, community: CommunityId, account: AccountId, told: Told) {
        let known = self.touched.entry(community).or_default().entry(account).or_insert(told);
        *known = told.max(*known);
    }

    /// Who is known, present, and did not come in a run over everybody.
    async fn find_missing(&mut self) -> StoreResult<()> {
        let mut after: Option<SubjectId> = None;
        loop {
            let page = self.engine.store.people_of_realm(self.by.realm(), after.as_ref(), 500).await?;
            let Some(last) = page.last() else { return Ok(()) };
            after = Some(last.account.subject.clone());
            let missing = page.into_iter().filter(|known| {
                known.person.absent_since.is_none()
                    && !self.seen.contains(&known.account.id)
                    // Whoever logged in for the first time meanwhile may be newer than the answer.
                    && known.account.created_at <= self.begun
            });
            self.leaving.extend(missing.map(|known| (known, Ending::Gone)));
        }
    }

    /// Takes leave of people: their sessions end, and those who have never been here can't be found any more.
    async fn let_go(&mut self, people: &[(KnownPerson, Ending)]) -> StoreResult<()> {
        let now = self.engine.clock.now();
        let ids: Vec<AccountId> = people.iter().map(|(known, _)| known.account.id).collect();
        let mut out_of_sight = Vec::new();
        let mut changes = DirectoryChanges { without_sessions: ids.clone(), ..DirectoryChanges::default() };
        for (known, _) in people {
            let person = DirectoryPerson { absent_since: Some(now), ..known.person.clone() };
            changes.people.push((known.account.id, person));
        }
        for community in &self.communities {
            for member in self.engine.store.members(community, &ids).await? {
                let account = member.account.id;
                let listed_only =
                    people.iter().any(|(known, _)| known.account.id == account && known.person.listed_only);
                if listed_only {
                    changes.left.extend(member.fronts.into_iter().map(|front| FrontPlace {
                        community: community.clone(),
                        front,
                        account,
                    }));
                    out_of_sight.push((community.clone(), account));
                }
            }
        }
        for (community, account) in out_of_sight {
            self.touch(community, account, Told::Sight);
        }
        self.engine.store.change_people(&changes, now).await?;
        self.engine.forget_people(&ids);
        let endings: HashMap<AccountId, &Ending> =
            people.iter().map(|(known, ending)| (known.account.id, ending)).collect();
        for session in self.engine.sessions.all() {
            if let Some(ending) = endings.get(&session.account())
                && let Err(error) = self.engine.end_session(&session, (*ending).clone()).await
            {
                // In memory it has ended, and the store has none of theirs any more.
                tracing::debug!(%error, "a session that ended was gone already");
            }
        }
        Ok(())
    }

    async fn tell_others(&self) -> StoreResult<()> {
        let engine = self.engine;
        for (community, people) in &self.touched {
            if people.len() > WORTH_TELLING {
                engine.mailboxes.push(community, engine.mailboxes.live(community), &Notice::Anew);
                continue;
            }
            for (&person, &told) in people {
                engine.tell_of_person(community, person).await?;
                if told == Told::Sight {
                    let groups = engine.store.groups_of(community, person).await?;
                    let groups: Vec<_> = groups.iter().map(|part| part.group.id).collect();
                    let readers = engine.readers_of(community, person, |_| true);
                    engine.tell_of_lost_sight(community, person, readers, &groups).await;
                }
            }
        }
        Ok(())
    }
}
