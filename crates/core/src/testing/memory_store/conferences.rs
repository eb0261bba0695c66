//! Conferences.

use async_trait::async_trait;

use super::{MemoryStore, State, StoredConversation, inconsistent};
use crate::messaging::{
    Conference, ConferenceChange, ConferenceRefusal, Conversation, NewConference, Sequence,
};
use crate::ports::{ConferenceStore, StoreResult};
use crate::{AccountId, CommunityId};

#[async_trait]
impl ConferenceStore for MemoryStore {
    async fn open_conference(&self, new: &NewConference) -> StoreResult<Conversation> {
        let mut state = self.state()?;
        let conference = new.conference();
        if conference.everybody().any(|person| !state.accounts.contains_key(&person)) {
            return inconsistent("a conversation needs accounts that exist");
        }
        let conversation = Conversation {
            id: new.id,
            community: new.community.clone(),
            group: None,
            members: members_of(&conference),
            conference: Some(conference),
            created_at: new.now,
        };
        state.conversations.insert(new.id, StoredConversation::new(conversation.clone()));
        Ok(conversation)
    }

    async fn change_conference(
        &self,
        change: &ConferenceChange,
    ) -> StoreResult<Result<(Conference, Conference), ConferenceRefusal>> {
        Ok(self.state()?.change_conference(change))
    }

    async fn conference_invitations(
        &self,
        community: &CommunityId,
        account: AccountId,
    ) -> StoreResult<Vec<Conversation>> {
        let state = self.state()?;
        let here = state.conversations.values().map(|stored| &stored.conversation);
        let invited = |conversation: &&Conversation| {
            let conference = conversation.conference.as_ref();
            conversation.community == *community
                && conference.is_some_and(|conference| conference.invitation_of(account).is_some())
        };
        Ok(here.filter(invited).cloned().collect())
    }
}

fn members_of(conference: &Conference) -> Vec<AccountId> {
    let mut members: Vec<_> = conference.participants.iter().map(|one| one.account).collect();
    members.sort_unstable();
    members
}

impl State {
    pub(super) fn change_conference(
        &mut self,
        change: &ConferenceChange,
    ) -> Result<(Conference, Conference), ConferenceRefusal> {
        let last = self.history(change.conversation, None, 1).pop();
        let last = last.map_or(Sequence::START, |message| message.sequence);
        let stored = self
            .conversations
            .get_mut(&change.conversation)
            .filter(|stored| stored.conversation.community == change.community)
            .ok_or(ConferenceRefusal::NotFound)?;
        let before = stored.conversation.conference.clone().ok_or(ConferenceRefusal::NotFound)?;
        let after = before.after(change, last)?;
        for one in &after.participants {
            if !before.has(one.account) {
                stored.read_up_to.insert(one.account, one.floor);
            }
        }
        stored.read_up_to.retain(|person, _| after.has(*person));
        stored.conversation.members = members_of(&after);
        stored.conversation.conference = Some(after.clone());
        Ok((before, after))
    }
}
