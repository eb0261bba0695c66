//! What administrators do about conferences and walls, and who is here.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use uuid::Uuid;

use crate::account::Account;
use crate::administration::{Actor, Change};
use crate::engine::shoutbox::ShoutView;
use crate::engine::{Engine, EngineError};
use crate::front::FrontId;
use crate::messaging::{ConferenceAction, ConferenceChange, ConferenceRefusal, Conversation, PresenceState};
use crate::ports::{ConferenceCount, ConferenceFilter, ShoutFilter};
use crate::session::{LiveSession, Proof};
use crate::shoutbox::ShoutState;
use crate::{AccountId, CommunityId, ConversationId, ShoutId};

/// Somebody who is here.
#[derive(Debug, Clone)]
pub struct PersonHere {
    /// Who.
    pub account: Account,
    /// How they truly are: that somebody chose to look offline is for other people.
    pub state: PresenceState,
    /// Their sessions that are in memory.
    pub sessions: Vec<Arc<LiveSession>>,
}

impl Engine {
    /// Conferences that somebody is in, by id.
    ///
    /// # Errors
    /// When the store does not answer.
    pub async fn all_conferences(
        &self,
        filter: &ConferenceFilter,
    ) -> Result<Vec<ConferenceCount>, EngineError> {
        Ok(self.store.conferences_page(filter).await?)
    }

    /// One conference: who is in it and who is invited, never what is said.
    ///
    /// # Errors
    /// [`EngineError::NotFound`]
    pub async fn any_conference(&self, id: ConversationId) -> Result<Conversation, EngineError> {
        let found = self.store.conversation(id).await?;
        let open = |one: &Conversation| one.conference.as_ref().is_some_and(|one| !one.is_closed());
        found.filter(open).ok_or(EngineError::NotFound)
    }

    /// Closes a conference: everybody is out. What was said stays for the audit until messages are no longer kept.
    ///
    /// # Errors
    /// [`EngineError::NotFound`]
    pub async fn close_conference(&self, by: &Actor, id: ConversationId) -> Result<(), EngineError> {
        self.moderate(by, "conference-closed", id, ConferenceAction::Close).await
    }

    /// Puts somebody out of a conference, or takes their invitation back.
    ///
    /// # Errors
    /// [`EngineError::NotFound`]
    pub async fn put_out_of_conference(
        &self,
        by: &Actor,
        id: ConversationId,
        person: AccountId,
    ) -> Result<(), EngineError> {
        let action = ConferenceAction::Remove { person, moderates: true };
        self.moderate(by, "conference-person-removed", id, action).await
    }

    async fn moderate(
        &self,
        by: &Actor,
        word: &str,
        id: ConversationId,
        action: ConferenceAction,
    ) -> Result<(), EngineError> {
        let community = self.any_conference(id).await?.community;
        let mut line = self.audit_entry(by, word).on("conversation", id);
        line.community = Some(community.clone());
        // Whoever moderates need not be in it: who acts makes no difference.
        let actor = by.id.unwrap_or(AccountId::from_uuid(Uuid::nil()));
        let now = self.clock.now();
        let change = ConferenceChange { community: community.clone(), conversation: id, actor, action, now };
        let (before, after) = match self.store.moderate_conference(&change, line).await? {
            Err(ConferenceRefusal::NotFound) => return Err(EngineError::NotFound),
            outcome => outcome?,
        };
        self.conference_changed(&community, id, (&before, &after));
        Ok(())
    }

    /// Shouts of all walls, newest first, each with the community of its wall.
    ///
    /// # Errors
    /// When the store does not answer.
    pub async fn all_shouts(
        &self,
        filter: &ShoutFilter,
    ) -> Result<Vec<(CommunityId, ShoutView)>, EngineError> {
        let mut views = Vec::new();
        for tally in self.store.shouts_page(filter).await? {
            let community = tally.shout.community.clone();
            let shown = self.shout_views(None, &community, vec![tally]).await?;
            views.extend(shown.into_iter().map(|view| (community.clone(), view)));
        }
        Ok(views)
    }

    /// Shows a shout, or turns it down.
    ///
    /// # Errors
    /// [`EngineError::NotFound`]; [`EngineError::Repeated`] when that is so already.
    pub async fn decide_any_shout(
        &self,
        by: &Actor,
        id: ShoutId,
        show: bool,
    ) -> Result<(CommunityId, ShoutView), EngineError> {
        let community = self.store.shout(id).await?.ok_or(EngineError::NotFound)?.shout.community;
        let (becomes, word) = match show {
            true => (ShoutState::Shown, "shout-shown"),
            false => (ShoutState::Rejected, "shout-rejected"),
        };
        let mut line = self.audit_entry(by, word).on("shout", id);
        line.community = Some(community.clone());
        if self.store.administer(&Change::SetShoutState(id, becomes), line).await?.is_none() {
            return Err(EngineError::Repeated(format!("this shout is {} already", becomes.as_str())));
        }
        let tally = self.store.shout(id).await?.ok_or(EngineError::NotFound)?;
        let view = self.tell_of_shout_in(&community, tally).await?;
        Ok((community, view))
    }

    /// Removes a shout from any wall.
    ///
    /// # Errors
    /// [`EngineError::NotFound`]
    pub async fn remove_any_shout(&self, by: &Actor, id: ShoutId) -> Result<(), EngineError> {
        let shout = self.store.shout(id).await?.ok_or(EngineError::NotFound)?.shout;
        let mut line = self.audit_entry(by, "shout-removed").on("shout", id);
        line.community = Some(shout.community.clone());
        self.administer(&Change::RemoveShout(id), line).await?;
        self.tell_of_lost_shout(&shout.community, id, shout.wall).await
    }

    /// How many different people are at each front.
    pub fn people_by_front(&self) -> Vec<(FrontId, usize)> {
        let mut people: BTreeMap<FrontId, BTreeSet<AccountId>> =
            self.fronts.iter().map(|front| (front.id.clone(), BTreeSet::new())).collect();
        for session in self.sessions.all() {
            if session.standing().proof != Proof::Guest
                && self.is_present(session.community(), session.account())
            {
                people.entry(session.front().clone()).or_default().insert(session.account());
            }
        }
        people.into_iter().map(|(front, people)| (front, people.len())).collect()
    }

    /// Who is here, by account id, beginning after `after`; with `front`, who has a session there. Guests are not among them.
    ///
    /// # Errors
    /// When the store does not answer.
    pub async fn who_is_present(
        &self,
        front: Option<&FrontId>,
        after: Option<AccountId>,
        limit: usize,
    ) -> Result<Vec<PersonHere>, EngineError> {
        let mut here: BTreeMap<AccountId, Vec<Arc<LiveSession>>> = BTreeMap::new();
        for session in self.sessions.all() {
            if session.standing().proof != Proof::Guest
                && after.is_none_or(|after| session.account() > after)
                && front.is_none_or(|front| session.front() == front)
                && self.is_present(session.community(), session.account())
            {
                here.entry(session.account()).or_default().push(session);
            }
        }
        let ids: Vec<AccountId> = here.keys().copied().take(limit).collect();
        let mut accounts = self.store.accounts_numbered(&ids).await?;
        accounts.sort_unstable_by_key(|account| account.id);
        let present = accounts.into_iter().filter_map(|account| {
            let mut sessions = here.remove(&account.id)?;
            sessions.sort_by_key(|session| session.id());
            let states = sessions.iter().map(|session| self.true_state(session.community(), account.id));
            // Of several communities the one where they are most reachable.
            let state = states.min().unwrap_or_default();
            Some(PersonHere { account, state, sessions })
        });
        Ok(present.collect())
    }
}
