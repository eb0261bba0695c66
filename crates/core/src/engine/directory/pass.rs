//! One reading of a directory's answer, page by page: what differs from what is known here, and doing it.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::sync::Arc;

use super::differences::{differences, fact_differences};
use super::report::{SyncReport, SyncWhat};
use super::rounds::is_held;
use super::{SyncError, SyncLine};
use crate::account::{Profile, SameLogin, fold_login, shown_details};
use crate::auth::{DirectoryEntry, DirectoryState, Guarded, Refusal, SubjectId, SyncCursor, SyncRun};
use crate::engine::Engine;
use crate::front::{Front, FrontId};
use crate::group::{GroupSeat, Seating};
use crate::messaging::Notice;
use crate::ports::{
    DirectoryChanges, DirectoryPerson, FrontPlace, KnownPerson, NewAccount, StoreError, StoreResult,
};
use crate::session::{Ending, Proof, Standing};
use crate::{AccountId, CommunityId, Timestamp};

/// People in one transaction: writers of messages wait no longer for it than for a large batch.
const CHUNK: usize = 250;
/// How often people are looked at again because one of them logged in meanwhile.
const TRIES: u32 = 4;
/// From so many changes on people load everything anew instead of hearing of each.
const WORTH_TELLING: usize = 50;

/// A reading under way.
pub(super) struct Pass<'a> {
    engine: &'a Engine,
    by: &'a Guarded,
    act: bool,
    everybody: bool,
    most: usize,
    begun: Timestamp,
    /// Believe that many are gone.
    pub(super) accept: bool,
    /// Fronts of this authenticator where colleagues can be found.
    open: Vec<Arc<Front>>,
    /// Communities of all its fronts.
    communities: BTreeSet<CommunityId>,
    seen: HashSet<AccountId>,
    leaving: Vec<(KnownPerson, Ending)>,
    touched: BTreeMap<CommunityId, BTreeMap<AccountId, Told>>,
    pub(super) report: SyncReport,
    pub(super) cursor: Option<SyncCursor>,
}

/// What others are told of somebody.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Told {
    /// What is shown of them has changed.
    Shown,
    /// They may not be seen any more by people who saw them.
    Sight,
}

/// What some people's entries come to.
#[derive(Default)]
struct Plan {
    changes: DirectoryChanges,
    seats: BTreeMap<CommunityId, Vec<(AccountId, Vec<GroupSeat>)>>,
    lines: Vec<SyncLine>,
    seen: Vec<AccountId>,
    leaving: Vec<(KnownPerson, Ending)>,
    touched: Vec<(CommunityId, AccountId, Told)>,
}

/// What is known here of the people of some entries.
struct Known {
    people: HashMap<SubjectId, KnownPerson>,
    fronts: HashMap<(CommunityId, AccountId), Vec<FrontId>>,
    groups: HashMap<(CommunityId, AccountId), BTreeMap<String, String>>,
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

    async fn plan(&self, entries: &[DirectoryEntry]) -> Result<Plan, SyncError> {
        let known = self.known(entries).await?;
        let mut plan = Plan::default();
        for entry in entries {
            match (known.people.get(&entry.identity.subject), gone(&entry.state)) {
                (Some(person), Some(refusal)) => {
                    plan.seen.push(person.account.id);
                    if person.person.absent_since.is_none() {
                        plan.leaving.push((person.clone(), Ending::of(refusal)));
                    }
                }
                (Some(person), None) => {
                    plan.seen.push(person.account.id);
                    self.plan_known(entry, person, &known, &mut plan);
                }
                (None, Some(_)) => {}
                (None, None) => self.plan_new(entry, &mut plan).await?,
            }
        }
        Ok(plan)
    }

    async fn known(&self, entries: &[DirectoryEntry]) -> Result<Known, SyncError> {
        let store = &self.engine.store;
        let subjects: Vec<SubjectId> = entries.iter().map(|entry| entry.identity.subject.clone()).collect();
        let people = store.known_people(self.by.realm(), &subjects).await?;
        let ids: Vec<AccountId> = people.iter().map(|person| person.account.id).collect();
        let (mut fronts, mut groups) = (HashMap::new(), HashMap::new());
        for community in self.communities.iter().filter(|_| !ids.is_empty()) {
            for member in store.members(community, &ids).await? {
                fronts.insert((community.clone(), member.account.id), member.fronts);
            }
            for (account, id, name) in store.groups_of_people(community, self.by.realm(), &ids).await? {
                let mine: &mut BTreeMap<_, _> = groups.entry((community.clone(), account)).or_default();
                mine.insert(id, name);
            }
        }
        let people = people.into_iter().map(|person| (person.account.subject.clone(), person)).collect();
        Ok(Known { people, fronts, groups })
    }

    /// The fronts where a colleague with these groups can be found.
    fn fronts_for(&self, entry: &DirectoryEntry) -> Vec<&Arc<Front>> {
        let standing = Standing::of(self.by.name(), self.by.realm(), Proof::Password, &entry.identity);
        self.open.iter().filter(|front| front.admits(&standing)).collect()
    }

    fn plan_known(&self, entry: &DirectoryEntry, known: &KnownPerson, all: &Known, plan: &mut Plan) {
        let reused = match (known.registered_at, entry.identity.registered_at) {
            (Some(then), Some(now)) => then != now,
            _ => false,
        };
        if reused {
            // Somebody else has the id now: the login decides, as the front's link policy says.
            return;
        }
        let id = known.account.id;
        let profile = Profile::of(&entry.identity);
        let person = DirectoryPerson {
            listed_only: known.person.listed_only,
            absent_since: None,
            details: shown_details(&entry.identity.details),
        };
        let mut differs = differences(&known.account.profile, &profile);
        differs.extend(fact_differences(&known.person.details, &person.details));
        if known.account.profile != profile {
            plan.changes.profiles.push((id, profile.clone()));
        }
        if known.person != person {
            plan.changes.people.push((id, person));
        }
        let wanted = self.fronts_for(entry);
        let nothing = Vec::new();
        let mut moved = false;
        for community in &self.communities {
            let at = all.fronts.get(&(community.clone(), id)).unwrap_or(&nothing);
            let place = |front: &FrontId| FrontPlace {
                community: community.clone(),
                front: front.clone(),
                account: id,
            };
            let here: Vec<&FrontId> =
                wanted.iter().filter(|front| front.community == *community).map(|front| &front.id).collect();
            let before = (plan.changes.entered.len(), plan.changes.left.len());
            plan.changes
                .entered
                .extend(here.iter().filter(|front| !at.contains(front)).map(|front| place(front)));
            if known.person.listed_only {
                plan.changes.left.extend(at.iter().filter(|front| !here.contains(front)).map(place));
            }
            let left = plan.changes.left.len() != before.1;
            let changed = left || plan.changes.entered.len() != before.0;
            moved |= changed;
            let stays = !here.is_empty() || (!at.is_empty() && !known.person.listed_only);
            if changed || ((!at.is_empty() || stays) && !differs.is_empty()) {
                plan.touched.push((community.clone(), id, if left { Told::Sight } else { Told::Shown }));
            }
            if stays {
                self.plan_groups(entry, &profile.login, (community, id), all, plan);
            }
        }
        let login = profile.login;
        if known.person.absent_since.is_some() {
            plan.lines.push(SyncLine { login, what: SyncWhat::Returned, details: differs });
        } else if !differs.is_empty() || moved {
            plan.lines.push(SyncLine { login, what: SyncWhat::Changed, details: differs });
        }
    }

    fn plan_groups(
        &self,
        entry: &DirectoryEntry,
        login: &str,
        (community, account): (&CommunityId, AccountId),
        all: &Known,
        plan: &mut Plan,
    ) {
        let Some(seats) = self.seats(entry) else { return };
        let nothing = BTreeMap::new();
        let before = all.groups.get(&(community.clone(), account)).unwrap_or(&nothing);
        let now: BTreeMap<String, String> =
            seats.iter().map(|seat| (seat.external_id.clone(), seat.name.clone())).collect();
        if *before == now {
            return;
        }
        let joined =
            now.iter().filter(|(id, name)| before.get(*id) != Some(name)).map(|(_, name)| format!("+{name}"));
        let left =
            before.iter().filter(|(id, name)| now.get(*id) != Some(name)).map(|(_, name)| format!("-{name}"));
        let details = joined.chain(left).collect();
        plan.lines.push(SyncLine { login: login.to_owned(), what: SyncWhat::Groups, details });
        plan.seats.entry(community.clone()).or_default().push((account, seats));
    }

    fn seats(&self, entry: &DirectoryEntry) -> Option<Vec<GroupSeat>> {
        let rule = self.engine.settings.mirrored.get(self.by.name()).cloned().unwrap_or_default();
        let groups = entry.identity.groups.as_ref()?;
        Some(groups.iter().filter(|group| rule.takes(group)).map(GroupSeat::mirrored).collect())
    }

    /// A colleague who has never been here.
    async fn plan_new(&self, entry: &DirectoryEntry, plan: &mut Plan) -> Result<(), SyncError> {
        let profile = Profile::of(&entry.identity);
        let mut fronts = Vec::new();
        for front in self.fronts_for(entry) {
            let folded = fold_login(&profile.login);
            let refuses = front.link_policy.same_login == SameLogin::Refuse;
            let store = &self.engine.store;
            if !refuses || !store.login_taken_elsewhere(&front.community, &folded, self.by.realm()).await? {
                fronts.push(front);
            }
        }
        if fronts.is_empty() {
            return Ok(());
        }
        let now = self.engine.clock.now();
        let id = AccountId::generate(now);
        plan.seen.push(id);
        plan.lines.push(SyncLine {
            login: profile.login.clone(),
            what: SyncWhat::Added,
            details: fronts.iter().map(|front| format!("at {}", front.path)).collect(),
        });
        let person = DirectoryPerson {
            listed_only: true,
            absent_since: None,
            details: shown_details(&entry.identity.details),
        };
        plan.changes.people.push((id, person));
        let mut communities = BTreeSet::new();
        for front in fronts {
            let (community, front) = (front.community.clone(), front.id.clone());
            communities.insert(community.clone());
            plan.changes.entered.push(FrontPlace { community, front, account: id });
        }
        let seats = self.seats(entry).unwrap_or_default();
        for community in communities {
            if !seats.is_empty() {
                plan.seats.entry(community.clone()).or_default().push((id, seats.clone()));
            }
            plan.touched.push((community, id, Told::Shown));
        }
        plan.changes.made.push(NewAccount {
            id,
            realm: self.by.realm().clone(),
            subject: entry.identity.subject.clone(),
            registered_at: entry.identity.registered_at,
            profile,
            // The directory vouches for the name; a mere claim makes the account unproven again.
            proven: true,
            pending: false,
            replaces: None,
            created_at: now,
        });
        Ok(())
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

/// What makes somebody absent. A lock or an expired password only stops a login.
fn gone(state: &DirectoryState) -> Option<&Refusal> {
    match state {
        DirectoryState::Active(_)
        | DirectoryState::Refused(Refusal::Locked { .. } | Refusal::ExpiredPassword) => None,
        DirectoryState::Refused(refusal) => Some(refusal),
    }
}
