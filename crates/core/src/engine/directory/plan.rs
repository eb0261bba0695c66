//! What some entries of a directory come to: compared with what is known here, and nothing done yet.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

use super::differences::{differences, fact_differences};
use super::pass::{Pass, Told};
use super::report::SyncWhat;
use super::{SyncError, SyncLine};
use crate::account::{Profile, SameLogin, fold_login, shown_details};
use crate::auth::{DirectoryEntry, DirectoryState, Refusal, SubjectId};
use crate::front::{Front, FrontId};
use crate::group::GroupSeat;
use crate::ports::{DirectoryChanges, DirectoryPerson, FrontPlace, KnownPerson, NewAccount};
use crate::session::{Ending, Proof, Standing};
use crate::{AccountId, CommunityId};

/// What some people's entries come to.
#[derive(Default)]
pub(super) struct Plan {
    pub(super) changes: DirectoryChanges,
    pub(super) seats: BTreeMap<CommunityId, Vec<(AccountId, Vec<GroupSeat>)>>,
    pub(super) lines: Vec<SyncLine>,
    pub(super) seen: Vec<AccountId>,
    pub(super) leaving: Vec<(KnownPerson, Ending)>,
    pub(super) touched: Vec<(CommunityId, AccountId, Told)>,
}

/// What is known here of the people of some entries.
struct Known {
    people: HashMap<SubjectId, KnownPerson>,
    fronts: HashMap<(CommunityId, AccountId), Vec<FrontId>>,
    groups: HashMap<(CommunityId, AccountId), BTreeMap<String, String>>,
}

/// Somebody who is known, and their entry.
struct Found<'f> {
    entry: &'f DirectoryEntry,
    known: &'f KnownPerson,
    /// Their login as it is shown.
    login: &'f str,
    /// Whether anything that is shown of them has changed.
    differs: bool,
}

impl Pass<'_> {
    /// What these entries come to, as things stand.
    pub(super) async fn plan(&self, entries: &[DirectoryEntry]) -> Result<Plan, SyncError> {
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
        let login = profile.login.clone();
        if known.account.profile != profile {
            plan.changes.profiles.push((id, profile));
        }
        if known.person != person {
            plan.changes.people.push((id, person));
        }
        let found = Found { entry, known, login: &login, differs: !differs.is_empty() };
        let moved = self.plan_places(&found, all, plan);
        if known.person.absent_since.is_some() {
            plan.lines.push(SyncLine { login, what: SyncWhat::Returned, details: differs });
        } else if !differs.is_empty() || moved {
            plan.lines.push(SyncLine { login, what: SyncWhat::Changed, details: differs });
        }
    }

    /// Where somebody who is known can be found now, who is told of it, and their groups there. `true` when that is
    /// elsewhere than before.
    fn plan_places(&self, found: &Found<'_>, all: &Known, plan: &mut Plan) -> bool {
        let (id, listed_only) = (found.known.account.id, found.known.person.listed_only);
        let wanted = self.fronts_for(found.entry);
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
            let entered: Vec<_> =
                here.iter().filter(|front| !at.contains(front)).map(|front| place(front)).collect();
            let left: Vec<_> =
                at.iter().filter(|front| listed_only && !here.contains(front)).map(place).collect();
            let changed = !entered.is_empty() || !left.is_empty();
            moved |= changed;
            let stays = !here.is_empty() || (!at.is_empty() && !listed_only);
            if changed || ((!at.is_empty() || stays) && found.differs) {
                let told = if left.is_empty() { Told::Shown } else { Told::Sight };
                plan.touched.push((community.clone(), id, told));
            }
            plan.changes.entered.extend(entered);
            plan.changes.left.extend(left);
            if stays {
                self.plan_groups(found, community, all, plan);
            }
        }
        moved
    }

    fn plan_groups(&self, found: &Found<'_>, community: &CommunityId, all: &Known, plan: &mut Plan) {
        let Some(seats) = self.seats(found.entry) else { return };
        let account = found.known.account.id;
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
        plan.lines.push(SyncLine { login: found.login.to_owned(), what: SyncWhat::Groups, details });
        plan.seats.entry(community.clone()).or_default().push((account, seats));
    }

    fn seats(&self, entry: &DirectoryEntry) -> Option<Vec<GroupSeat>> {
        let groups = entry.identity.groups.as_ref()?;
        Some(groups.iter().filter(|group| self.mirrored.takes(group)).map(GroupSeat::mirrored).collect())
    }

    /// A colleague who has never been here.
    async fn plan_new(&self, entry: &DirectoryEntry, plan: &mut Plan) -> Result<(), SyncError> {
        let profile = Profile::of(&entry.identity);
        let folded = fold_login(&profile.login);
        let mut fronts = Vec::new();
        for front in self.fronts_for(entry) {
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
}

/// What makes somebody absent. A lock or an expired password only stops a login.
fn gone(state: &DirectoryState) -> Option<&Refusal> {
    match state {
        DirectoryState::Active(_)
        | DirectoryState::Refused(Refusal::Locked { .. } | Refusal::ExpiredPassword) => None,
        DirectoryState::Refused(refusal) => Some(refusal),
    }
}
