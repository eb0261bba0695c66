//! Live sessions, proved again and again by what the other system says of their people.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::net::IpAddr;
use std::sync::{Arc, PoisonError};

use crate::account::Profile;
use crate::auth::{AuthError, Authenticator, DirectoryEntry, DirectoryState, Guarded, SubjectId};
use crate::engine::{Engine, EngineError};
use crate::messaging::Notice;
use crate::session::{Ending, LiveSession, Standing};
use crate::{AccountId, CommunityId};

/// What one round of looking after live people did.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Revalidation {
    /// People that were asked about.
    pub people: usize,
    /// Sessions that were ended.
    pub ended: usize,
    /// Sessions whose standing changed.
    pub changed: usize,
    /// Authenticators that gave no answer: their people stay as they are.
    pub unanswered: usize,
}

/// What the other system says of some people.
#[derive(Debug, Default)]
struct Report {
    entries: HashMap<SubjectId, DirectoryEntry>,
    addresses: HashMap<SubjectId, DirectoryState>,
    unread: HashMap<SubjectId, u64>,
}

impl Engine {
    /// Asks every authenticator once about all of its people who are here, and acts on the answer: ends sessions of people
    /// who were banned, deactivated or deleted or whose password was changed, and refreshes what is known of the others.
    /// An outage changes nothing.
    pub async fn revalidate(&self) -> Revalidation {
        let mut done = Revalidation { ended: self.enforce_bans().await, ..Revalidation::default() };
        let mut by_authenticator: BTreeMap<String, Vec<Arc<LiveSession>>> = BTreeMap::new();
        for session in self.sessions.all() {
            let name = session.standing().authenticator.clone();
            by_authenticator.entry(name).or_default().push(session);
        }
        for (name, sessions) in by_authenticator {
            let Some(authenticator) = self.authenticators.get(&name) else { continue };
            let people: BTreeSet<SubjectId> =
                sessions.iter().map(|session| session.standing().subject.clone()).collect();
            done.people += people.len();
            match report_on(authenticator, &sessions, people.into_iter().collect()).await {
                Ok(Some(report)) => {
                    self.answers_again(&name);
                    self.act_on(authenticator, &report, sessions, &mut done).await;
                }
                Ok(None) => {}
                Err(error) => {
                    done.unanswered += 1;
                    self.answers_nothing(&name, &error);
                }
            }
        }
        done
    }

    /// One warning when an authenticator falls silent, however long it lasts.
    fn answers_nothing(&self, name: &str, error: &AuthError) {
        let mut silent = self.silent.lock().unwrap_or_else(PoisonError::into_inner);
        if silent.insert(name.to_owned()) {
            tracing::warn!(
                auth.name = name,
                error = %error.full_text(),
                "people who are here can't be proved again for now; they stay as they are"
            );
        }
    }

    fn answers_again(&self, name: &str) {
        if self.silent.lock().unwrap_or_else(PoisonError::into_inner).remove(name) {
            tracing::info!(auth.name = name, "people who are here can be proved again");
        }
    }

    async fn act_on(
        &self,
        authenticator: &Guarded,
        report: &Report,
        sessions: Vec<Arc<LiveSession>>,
        done: &mut Revalidation,
    ) {
        let mut refreshed: BTreeSet<(CommunityId, AccountId)> = BTreeSet::new();
        for session in sessions {
            let before = session.standing();
            let entry = report.entries.get(&before.subject);
            let verdict = before.after(entry, report.addresses.get(&before.subject));
            let verdict = verdict.and_then(|standing| match self.fronts.get(session.front()) {
                Some(front) if !front.admits(&standing) => Err(Ending::NotPermitted),
                _ => Ok(standing),
            });
            let outcome = match verdict {
                Err(ending) => {
                    done.ended += 1;
                    self.end_session(&session, ending).await
                }
                Ok(standing) => {
                    let changed = standing != *before;
                    done.changed += usize::from(changed);
                    let person = (session.community().clone(), session.account());
                    let outcome = self.keep_standing(&session, &before, standing).await;
                    if let (true, Some(entry)) = (refreshed.insert(person), entry) {
                        self.keep_unread(&session, report.unread.get(&before.subject).copied());
                        outcome.and(self.refresh_person(&session, entry).await)
                    } else {
                        outcome
                    }
                }
            };
            if let Err(error) = outcome {
                tracing::warn!(auth.name = authenticator.name(), %error, "what was heard of a person could not be kept");
            }
        }
    }

    /// Ends a session for its person; durable, as far as the store answers: in memory it ends in any case.
    pub(super) async fn end_session(&self, session: &LiveSession, ending: Ending) -> Result<(), EngineError> {
        tracing::info!(
            front.id = %session.front(), account = %session.account(), reason = ending.as_str(), "a session was ended"
        );
        self.sessions.end(session, Some(Arc::new(ending)));
        self.show_departure(session);
        self.store.delete_session(session.id()).await?;
        Ok(())
    }

    async fn keep_standing(
        &self,
        session: &LiveSession,
        before: &Standing,
        now: Standing,
    ) -> Result<(), EngineError> {
        if now == *before {
            return Ok(());
        }
        let groups = (now.groups != before.groups).then(|| now.groups().to_vec());
        session.stands(now.clone());
        self.mailboxes.push(session.community(), [session.account()], &Notice::Standing);
        self.store.set_standing(session.id(), &now).await?;
        if let Some(groups) = groups {
            let place = (session.community(), session.account());
            self.mirror(place, &now.authenticator, &now.realm, &groups).await?;
        }
        Ok(())
    }

    async fn refresh_person(&self, session: &LiveSession, entry: &DirectoryEntry) -> Result<(), EngineError> {
        let (community, account) = (session.community(), session.account());
        let Some(member) = self.member_of(community, account).await? else { return Ok(()) };
        self.hear_of(account, &entry.identity, None).await?;
        let profile = Profile::of(&entry.identity);
        if member.account.profile == profile {
            return Ok(());
        }
        self.store.refresh_profile(account, &profile).await?;
        self.tell_of_person(community, account).await?;
        if member.account.profile.login != profile.login {
            self.refresh_roles(community, account).await?;
        }
        Ok(())
    }

    fn keep_unread(&self, session: &LiveSession, unread: Option<u64>) {
        let Some(unread) = unread else { return };
        let key = (session.community().clone(), session.account());
        let before = {
            let mut known = self.unread_elsewhere.lock().unwrap_or_else(PoisonError::into_inner);
            known.put(key, unread)
        };
        if before != Some(unread) {
            self.mailboxes.push(session.community(), [session.account()], &Notice::Inbox(unread));
        }
    }

    /// Where people of an authenticator read their private messages over there.
    pub fn inbox_link(&self, authenticator: &str) -> Option<String> {
        self.authenticators.get(authenticator)?.capabilities().links.inbox
    }

    /// How many private messages wait for a person where they come from; `None` = not known (yet).
    pub fn unread_elsewhere(&self, community: &CommunityId, account: AccountId) -> Option<u64> {
        let mut known = self.unread_elsewhere.lock().unwrap_or_else(PoisonError::into_inner);
        known.get(&(community.clone(), account)).copied()
    }
}

/// What the authenticator says of the people of these sessions; `None` when it can't be asked.
async fn report_on(
    authenticator: &Guarded,
    sessions: &[Arc<LiveSession>],
    people: Vec<SubjectId>,
) -> Result<Option<Report>, AuthError> {
    let Some(directory) = authenticator.directory() else { return Ok(None) };
    let entries = directory.lookup(&people).await?;
    let addresses = directory.address_bans(&addresses_of(sessions)).await?;
    let unread = match authenticator.inbox() {
        Some(inbox) => inbox.unread(&people).await?,
        None => Vec::new(),
    };
    Ok(Some(Report {
        entries: entries.into_iter().map(|entry| (entry.identity.subject.clone(), entry)).collect(),
        addresses: addresses.into_iter().collect(),
        unread: unread.into_iter().collect(),
    }))
}

/// The addresses that everybody was last seen at.
fn addresses_of(sessions: &[Arc<LiveSession>]) -> Vec<(SubjectId, Vec<IpAddr>)> {
    let mut addresses: BTreeMap<SubjectId, BTreeSet<IpAddr>> = BTreeMap::new();
    for session in sessions {
        if let Some(address) = session.address() {
            addresses.entry(session.standing().subject.clone()).or_default().insert(address);
        }
    }
    addresses.into_iter().map(|(subject, all)| (subject, all.into_iter().collect())).collect()
}
