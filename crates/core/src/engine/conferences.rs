//! Conferences: several people, ad hoc.

use std::collections::BTreeSet;
use std::sync::Arc;

use crate::account::Member;
use crate::engine::local_groups::topic;
use crate::engine::{ConversationInfo, Engine, EngineError, Visitor};
use crate::messaging::{
    Conference, ConferenceAction, ConferenceChange, ConferenceRefusal, Conversation, NewConference, Notice,
};
use crate::policy::WriteRefusal;
use crate::ports::StoreResult;
use crate::{AccountId, CommunityId, ConversationId};

/// A conference that the visitor is invited to.
#[derive(Debug, Clone)]
pub struct InvitationInfo {
    /// The conversation.
    pub conversation: Conversation,
    /// Everybody who is in it or invited, as far as they still exist.
    pub people: Vec<Arc<Member>>,
}

impl Engine {
    /// Opens a conference, and invites others to it.
    ///
    /// # Errors
    /// [`EngineError::NotFound`] for unknown and invisible people alike; [`EngineError::NotPermitted`] when the visitor
    /// may not write to one of them; [`ConferenceRefusal::LimitReached`].
    pub async fn open_conference(
        &self,
        visitor: &Visitor,
        topic_text: Option<&str>,
        invite: &[AccountId],
    ) -> Result<ConversationInfo, EngineError> {
        self.may_confer(visitor)?;
        let topic = self.filtered_if_any(&visitor.front, topic(topic_text)?)?;
        let mut invite: BTreeSet<AccountId> = invite.iter().copied().collect();
        invite.remove(&visitor.account());
        if invite.is_empty() {
            return Err(EngineError::Unacceptable("a conference needs somebody who is invited".into()));
        }
        let limit = visitor.options().max_conference_members;
        if invite.len() >= usize::try_from(limit).unwrap_or(usize::MAX) {
            return Err(ConferenceRefusal::LimitReached { limit }.into());
        }
        self.may_call(visitor, &invite).await?;
        let now = self.clock.now();
        let new = NewConference {
            id: ConversationId::generate(now),
            community: visitor.community().clone(),
            topic,
            host: visitor.account(),
            invite: invite.into_iter().collect(),
            now,
        };
        let conversation = self.store.open_conference(&new).await?;
        self.conversations.forget([&conversation.id]);
        if let Some(conference) = &conversation.conference {
            let everybody = conference.everybody();
            self.mailboxes.push(&conversation.community, everybody, &Notice::Room(conversation.id));
        }
        self.conversation(visitor, conversation.id).await
    }

    /// Invites more people to a conference that the visitor is in.
    ///
    /// # Errors
    /// As [`open_conference`](Self::open_conference); [`EngineError::NotFound`] for conferences that the visitor is not
    /// in.
    pub async fn invite_to_conference(
        &self,
        visitor: &Visitor,
        id: ConversationId,
        people: &[AccountId],
    ) -> Result<ConversationInfo, EngineError> {
        self.conference_of(visitor, id).await?;
        self.may_confer(visitor)?;
        let limit = visitor.options().max_conference_members;
        let people: BTreeSet<AccountId> = people.iter().copied().collect();
        if people.len() > usize::try_from(limit).unwrap_or(usize::MAX) {
            return Err(ConferenceRefusal::LimitReached { limit }.into());
        }
        self.may_call(visitor, &people).await?;
        let people = people.into_iter().collect();
        self.change_conference(visitor, id, ConferenceAction::Invite { people, limit: Some(limit) }).await?;
        self.conversation(visitor, id).await
    }

    /// The conferences that the visitor is invited to, the newest invitation first.
    ///
    /// # Errors
    /// When the store does not answer.
    pub async fn conference_invitations(
        &self,
        visitor: &Visitor,
    ) -> Result<Vec<InvitationInfo>, EngineError> {
        self.members_only(visitor)?;
        let me = visitor.account();
        let mut found = self.store.conference_invitations(visitor.community(), me).await?;
        found.sort_by_key(|conversation| {
            let conference = conversation.conference.as_ref();
            let since = conference.and_then(|conference| conference.invitation_of(me)).map(|one| one.since);
            std::cmp::Reverse((since, conversation.id))
        });
        let everybody =
            found.iter().filter_map(|one| one.conference.as_ref()).flat_map(Conference::everybody);
        let people = self.people(visitor.community(), everybody).await?;
        let info = |conversation: Conversation| {
            let everybody = conversation.conference.iter().flat_map(Conference::everybody);
            let people = everybody.filter_map(|id| people.get(&id).cloned()).collect();
            InvitationInfo { conversation, people }
        };
        Ok(found.into_iter().map(info).collect())
    }

    /// Comes into a conference that the visitor is invited to; reads what is said from then on.
    ///
    /// # Errors
    /// [`EngineError::NotFound`] without an invitation.
    pub async fn accept_conference(
        &self,
        visitor: &Visitor,
        id: ConversationId,
    ) -> Result<ConversationInfo, EngineError> {
        self.members_only(visitor)?;
        if !visitor.options().conferences && self.is_invited(visitor, id).await? {
            return Err(no_conferences());
        }
        self.change_conference(visitor, id, ConferenceAction::Accept).await?;
        self.conversation(visitor, id).await
    }

    /// Declines an invitation.
    ///
    /// # Errors
    /// [`EngineError::NotFound`] without an invitation.
    pub async fn decline_conference(&self, visitor: &Visitor, id: ConversationId) -> Result<(), EngineError> {
        self.members_only(visitor)?;
        self.change_conference(visitor, id, ConferenceAction::Decline).await
    }

    /// Leaves a conference: nothing of it is read any more. The last one's leaving closes it.
    ///
    /// # Errors
    /// [`EngineError::NotFound`]; [`EngineError::NotPermitted`] for other conversations.
    pub async fn leave_conference(&self, visitor: &Visitor, id: ConversationId) -> Result<(), EngineError> {
        self.members_only(visitor)?;
        self.conference_of(visitor, id).await?;
        self.change_conference(visitor, id, ConferenceAction::Leave).await
    }

    /// Puts somebody out of a conference, or takes their invitation back.
    ///
    /// # Errors
    /// [`EngineError::NotFound`]; [`ConferenceRefusal::NotHost`].
    pub async fn remove_from_conference(
        &self,
        visitor: &Visitor,
        id: ConversationId,
        person: AccountId,
    ) -> Result<(), EngineError> {
        self.members_only(visitor)?;
        if visitor.options().moderator {
            if !self.may_put_out(visitor, id, person).await? {
                let by = self.in_charge(visitor).await?;
                return self.put_out_of_conference(&by, id, person).await;
            }
        } else {
            self.conference_of(visitor, id).await?;
        }
        self.change_conference(visitor, id, ConferenceAction::Remove { person, moderates: false }).await
    }

    /// Whether the visitor needs no moderator's right to put somebody out of a conference of the community.
    async fn may_put_out(
        &self,
        visitor: &Visitor,
        id: ConversationId,
        person: AccountId,
    ) -> Result<bool, EngineError> {
        let conversation = self.any_conference(id).await?;
        let here = conversation.community == *visitor.community();
        let conference = conversation.conference.filter(|_| here).ok_or(EngineError::NotFound)?;
        let me = visitor.account();
        let invited_by_me = conference.invitation_of(person).is_some_and(|one| one.by == me);
        Ok(conference.has(me) && (conference.host == me || person == me || invited_by_me))
    }

    /// Says what a conference that the visitor is in is about.
    ///
    /// # Errors
    /// [`EngineError::NotFound`]; [`EngineError::NotPermitted`] for other conversations.
    pub async fn set_conference_topic(
        &self,
        visitor: &Visitor,
        id: ConversationId,
        text: Option<&str>,
    ) -> Result<ConversationInfo, EngineError> {
        self.conference_of(visitor, id).await?;
        self.may_take_part(visitor)?;
        let topic = self.filtered_if_any(&visitor.front, topic(text)?)?;
        self.change_conference(visitor, id, ConferenceAction::Topic(topic)).await?;
        self.conversation(visitor, id).await
    }

    /// Whether the visitor is invited to a conference and has not answered.
    pub(super) async fn is_invited(&self, visitor: &Visitor, id: ConversationId) -> StoreResult<bool> {
        let load = || async { Ok(self.store.conversation(id).await?.map(Arc::new)) };
        let conversation = self.conversations.get(&id, load).await?;
        let here = conversation.filter(|conversation| conversation.community == *visitor.community());
        let conference = here.as_ref().and_then(|conversation| conversation.conference.as_ref());
        Ok(conference.is_some_and(|conference| conference.invitation_of(visitor.account()).is_some()))
    }

    async fn change_conference(
        &self,
        visitor: &Visitor,
        id: ConversationId,
        action: ConferenceAction,
    ) -> Result<(), EngineError> {
        let change = ConferenceChange {
            community: visitor.community().clone(),
            conversation: id,
            actor: visitor.account(),
            action,
            now: self.clock.now(),
        };
        let (before, after) = match self.store.change_conference(&change).await? {
            Err(ConferenceRefusal::NotFound) => return Err(EngineError::NotFound),
            outcome => outcome?,
        };
        self.conference_changed(visitor.community(), id, (&before, &after));
        Ok(())
    }

    /// Tells everybody who was, or is, in a conference or invited.
    pub(super) fn conference_changed(
        &self,
        community: &CommunityId,
        id: ConversationId,
        (before, after): (&Conference, &Conference),
    ) {
        if before != after {
            self.conversations.forget([&id]);
            let everybody: BTreeSet<AccountId> = before.everybody().chain(after.everybody()).collect();
            self.mailboxes.push(community, everybody, &Notice::Room(id));
        }
    }

    /// A conference that the visitor is in.
    async fn conference_of(
        &self,
        visitor: &Visitor,
        id: ConversationId,
    ) -> Result<Arc<Conversation>, EngineError> {
        let conversation = self.conversation_of(visitor, id).await?.ok_or(EngineError::NotFound)?;
        if conversation.conference.is_some() {
            return Ok(conversation);
        }
        Err(EngineError::NotPermitted(if conversation.group.is_some() {
            "this is the room of a group: leave or change the group instead".into()
        } else {
            "this is a conversation of two people: nobody else comes in, and nobody leaves".into()
        }))
    }

    fn may_confer(&self, visitor: &Visitor) -> Result<(), EngineError> {
        self.may_take_part(visitor)?;
        if visitor.options().conferences { Ok(()) } else { Err(no_conferences()) }
    }

    /// Whether the visitor may call these people together.
    async fn may_call(&self, visitor: &Visitor, people: &BTreeSet<AccountId>) -> Result<(), EngineError> {
        let others: Vec<AccountId> =
            people.iter().copied().filter(|&person| person != visitor.account()).collect();
        let eyes = self.look(visitor, &others).await?;
        for person in others {
            let member = self.member_of(visitor.community(), person).await?.ok_or(EngineError::NotFound)?;
            let (may, _) = self.permissions(visitor, &eyes, &member);
            if !may.see {
                return Err(EngineError::NotFound);
            }
            if !may.call {
                may.write?;
                return Err(WriteRefusal::General.into());
            }
        }
        Ok(())
    }
}

fn no_conferences() -> EngineError {
    EngineError::NotPermitted("there are no conferences for you here".into())
}
