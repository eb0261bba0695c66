use std::sync::{Arc, PoisonError};

use crate::administration::{Actor, Change, Mute, Place};
use crate::auth::{Restriction, Restrictions};
use crate::engine::{Engine, EngineError, Visitor};
use crate::front::FrontId;
use crate::messaging::Notice;
use crate::session::{Ending, LiveSession};
use crate::{AccountId, CommunityId, MuteId, SessionId, Timestamp};

use super::reason;

/// A mute to be made.
#[derive(Debug, Clone)]
pub struct NewMute {
    /// Who.
    pub account: AccountId,
    /// Where.
    pub place: Place,
    /// Shown to the muted.
    pub reason: Option<String>,
    /// When it is over.
    pub until: Option<Timestamp>,
}

impl Engine {
    /// Mutes somebody: from now on they read but don't write. Another mute at the same place is replaced.
    ///
    /// # Errors
    /// [`EngineError::NotFound`] for an unknown account; [`EngineError::Unacceptable`].
    pub async fn mute(&self, by: &Actor, new: NewMute) -> Result<Mute, EngineError> {
        self.store.account(new.account).await?.ok_or(EngineError::NotFound)?;
        let now = self.clock.now();
        if new.until.is_some_and(|until| until <= now) {
            return Err(EngineError::Unacceptable("this mute would be over already".into()));
        }
        let mute = Mute {
            id: MuteId::generate(now),
            account: new.account,
            place: new.place,
            reason: reason(new.reason)?,
            until: new.until,
            created_at: now,
            by: by.name.clone(),
        };
        let entry = self.audit_entry(by, "muted").on("account", mute.account).at_place(&mute.place);
        self.administer(&Change::SetMute(mute.clone()), entry).await?;
        {
            let mut mutes = self.desk.mutes.write().unwrap_or_else(PoisonError::into_inner);
            let theirs = mutes.entry(mute.account).or_default();
            theirs.retain(|other| other.place != mute.place);
            theirs.push(mute.clone());
        }
        self.tell_standing(mute.account);
        Ok(mute)
    }

    /// Ends a mute.
    ///
    /// # Errors
    /// [`EngineError::NotFound`]
    pub async fn unmute(&self, by: &Actor, id: MuteId) -> Result<(), EngineError> {
        let mute = self.mutes().into_iter().find(|mute| mute.id == id).ok_or(EngineError::NotFound)?;
        let entry = self.audit_entry(by, "unmuted").on("account", mute.account).at_place(&mute.place);
        self.administer(&Change::RemoveMute(id), entry).await?;
        {
            let mut mutes = self.desk.mutes.write().unwrap_or_else(PoisonError::into_inner);
            if let Some(theirs) = mutes.get_mut(&mute.account) {
                theirs.retain(|other| other.id != id);
            }
            mutes.retain(|_, theirs| !theirs.is_empty());
        }
        self.tell_standing(mute.account);
        Ok(())
    }

    /// All mutes, oldest first; those that are over stay in the list until they are taken away.
    pub fn mutes(&self) -> Vec<Mute> {
        let mutes = self.desk.mutes.read().unwrap_or_else(PoisonError::into_inner);
        let mut all: Vec<Mute> = mutes.values().flatten().cloned().collect();
        all.sort_by_key(|mute| mute.id);
        all
    }

    /// Mutes somebody at the moderator's own front.
    ///
    /// # Errors
    /// [`EngineError::NotPermitted`] without the option `moderator`; as [`mute`](Self::mute).
    pub async fn mute_here(
        &self,
        visitor: &Visitor,
        account: AccountId,
        reason: Option<String>,
        until: Option<Timestamp>,
    ) -> Result<Mute, EngineError> {
        let by = self.named_moderator(visitor).await?;
        if account == visitor.account() {
            return Err(EngineError::Unacceptable("this is you yourself".into()));
        }
        self.member_of(visitor.community(), account).await?.ok_or(EngineError::NotFound)?;
        let place = Place::Front(visitor.front().id.clone());
        self.mute(&by, NewMute { account, place, reason, until }).await
    }

    /// Ends somebody's mute at the moderator's own front.
    ///
    /// # Errors
    /// [`EngineError::NotPermitted`] without the option `moderator`; [`EngineError::NotFound`].
    pub async fn unmute_here(&self, visitor: &Visitor, account: AccountId) -> Result<(), EngineError> {
        let by = self.named_moderator(visitor).await?;
        let place = Place::Front(visitor.front().id.clone());
        let here = |mute: &Mute| mute.account == account && mute.place == place;
        let mute = self.mutes().into_iter().find(here).ok_or(EngineError::NotFound)?;
        self.unmute(&by, mute.id).await
    }

    /// The mute that holds against somebody at a front.
    pub(in crate::engine) fn mute_of(
        &self,
        account: AccountId,
        community: &CommunityId,
        front: &FrontId,
    ) -> Option<Restriction> {
        let mutes = self.desk.mutes.read().unwrap_or_else(PoisonError::into_inner);
        let now = self.clock.now();
        let holding = mutes.get(&account)?.iter();
        let holding =
            holding.filter(|mute| mute.place.covers(community, front) && self.still_holds(mute, now));
        // The one that lasts longest.
        let longest = holding.max_by_key(|mute| mute.until.map_or(i64::MAX, Timestamp::as_millis));
        longest.map(Mute::restriction)
    }

    fn still_holds(&self, mute: &Mute, now: Timestamp) -> bool {
        let mut over = self.desk.over.lock().unwrap_or_else(PoisonError::into_inner);
        if !mute.holds(now) {
            over.insert(mute.id);
        }
        !over.contains(&mute.id)
    }

    /// Notes which mutes are over, and forgets those that are gone.
    pub(in crate::engine) fn note_ended_mutes(&self) {
        let (all, now) = (self.mutes(), self.clock.now());
        let mut over = self.desk.over.lock().unwrap_or_else(PoisonError::into_inner);
        over.retain(|id| all.iter().any(|mute| mute.id == *id));
        over.extend(all.iter().filter(|mute| !mute.holds(now)).map(|mute| mute.id));
    }

    /// What the visitor may not do now.
    pub fn restrictions(&self, visitor: &Visitor) -> Restrictions {
        Restrictions { write: self.write_restriction(visitor) }
    }

    fn tell_standing(&self, account: AccountId) {
        let live = self.mailboxes.everybody().into_iter().filter(|(_, person)| *person == account);
        for (community, person) in live {
            self.mailboxes.push(&community, [person], &Notice::Standing);
        }
    }

    /// Ends sessions of a person, at once and for good. How many.
    ///
    /// # Errors
    /// [`EngineError::NotFound`] for an unknown account, or a session that isn't theirs.
    pub async fn kick(
        &self,
        by: &Actor,
        account: AccountId,
        front: Option<&FrontId>,
        session: Option<SessionId>,
        why: Option<String>,
    ) -> Result<usize, EngineError> {
        let why = reason(why)?;
        self.store.account(account).await?.ok_or(EngineError::NotFound)?;
        let kept = self.store.sessions_of(account, self.clock.now()).await?;
        let meant = |place: &FrontId, id: SessionId| {
            front.is_none_or(|front| place == front) && session.is_none_or(|session| id == session)
        };
        let count = kept.iter().filter(|record| meant(&record.front, record.id)).count();
        if session.is_some() && count == 0 {
            return Err(EngineError::NotFound);
        }
        let mut entry = self.audit_entry(by, "kicked").on("account", account);
        entry.front = front.cloned();
        let change = Change::EndSessions { account, front: front.cloned(), session };
        self.administer(&change, entry).await?;
        let ending = Arc::new(Ending::Kicked { reason: why });
        let theirs = |live: &Arc<LiveSession>| live.account() == account && meant(live.front(), live.id());
        for live in self.sessions.all().into_iter().filter(theirs) {
            self.sessions.end(&live, Some(Arc::clone(&ending)));
            self.show_departure(&live);
        }
        Ok(count)
    }
}
