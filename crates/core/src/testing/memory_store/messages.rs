//! Conversations and messages.

use std::collections::BTreeSet;
use std::ops::Bound;

use super::{State, StoredConversation, conflict, inconsistent};
use crate::contact::Pair;
use crate::messaging::{Conference, Conversation, ConversationPlace, ConversationView, Message, Sequence};
use crate::ports::StoreResult;
use crate::{AccountId, CommunityId, ConversationId, Timestamp};

/// Unread messages are counted up to here.
const MAX_UNREAD: usize = 1000;

impl State {
    pub(super) fn open_direct(
        &mut self,
        community: &CommunityId,
        pair: Pair,
        id: ConversationId,
        now: Timestamp,
    ) -> StoreResult<(Conversation, bool)> {
        let members = vec![pair.low(), pair.high()];
        if members.iter().any(|member| !self.accounts.contains_key(member)) {
            return inconsistent("a conversation needs accounts that exist");
        }
        let mut all = self.conversations.values().map(|stored| &stored.conversation);
        let same = |known: &&Conversation| {
            known.community == *community && known.members == members && known.is_direct()
        };
        if let Some(known) = all.find(same) {
            return Ok((known.clone(), false));
        }
        if self.conversations.contains_key(&id) {
            return conflict("this conversation id is taken");
        }
        let community = community.clone();
        let conversation =
            Conversation { id, community, group: None, conference: None, members, created_at: now };
        self.conversations.insert(id, StoredConversation::new(conversation.clone()));
        Ok((conversation, true))
    }

    /// A conversation that is somebody's: not of a group that was dissolved, nor a conference that everybody has left.
    pub(super) fn conversation(&self, id: ConversationId) -> Option<Conversation> {
        let conversation = self.conversations.get(&id).map(|stored| &stored.conversation)?;
        let dissolved = conversation.group.is_some_and(|group| !self.groups.contains_key(&group));
        let closed = conversation.conference.as_ref().is_some_and(Conference::is_closed);
        (!dissolved && !closed).then(|| conversation.clone())
    }

    pub(super) fn view(&self, stored: &StoredConversation, account: AccountId) -> Option<ConversationView> {
        let mut conversation = stored.conversation.clone();
        if !conversation.has(account) {
            return None;
        }
        if conversation.group.is_some() {
            conversation.members.clear();
        }
        let read_up_to = stored.read_up_to.get(&account).copied();
        let floor = conversation.floor_of(account);
        let last = self.messages.get(&stored.newest).cloned();
        let last_message = last.filter(|message| message.sequence > floor);
        let behind = self.messages_after(read_up_to.unwrap_or(Sequence::START).max(floor));
        let unread =
            behind.filter(|message| message.conversation == conversation.id && message.sender != account);
        let unread = u32::try_from(unread.take(MAX_UNREAD).count()).unwrap_or(u32::MAX);
        Some(ConversationView { conversation, last_message, newest: stored.newest, unread, read_up_to })
    }

    pub(super) fn conversations_of(
        &self,
        community: &CommunityId,
        account: AccountId,
        after: Option<ConversationPlace>,
        limit: usize,
    ) -> Vec<ConversationView> {
        let here = self.conversations.values().filter(|stored| stored.conversation.community == *community);
        let mut views: Vec<_> = here
            .filter_map(|stored| self.view(stored, account))
            .filter(|view| after.is_none_or(|after| view.place() < after))
            .collect();
        views.sort_by_key(|view| std::cmp::Reverse(view.place()));
        views.truncate(limit);
        views
    }

    pub(super) fn talks(&self, community: &CommunityId, account: AccountId) -> Vec<Conversation> {
        let mine = self.conversations.values().map(|stored| &stored.conversation);
        let mine = mine.filter(|one| one.community == *community && one.has(account)).cloned();
        mine.map(|one| if one.group.is_some() { Conversation { members: Vec::new(), ..one } } else { one })
            .collect()
    }

    pub(super) fn mark_read(&mut self, id: ConversationId, account: AccountId, upto: Sequence) -> bool {
        let Some(stored) = self.conversations.get_mut(&id).filter(|stored| stored.conversation.has(account))
        else {
            return false;
        };
        let moves = stored.read_up_to.get(&account).is_none_or(|mark| *mark < upto);
        if moves {
            stored.read_up_to.insert(account, upto);
        }
        moves
    }

    pub(super) fn append(&mut self, messages: &[Message]) -> StoreResult<()> {
        let mut keys: BTreeSet<_> = self.messages.values().filter_map(Message::client_key).collect();
        let mut sequences = BTreeSet::new();
        for message in messages {
            if !self.conversations.contains_key(&message.conversation) {
                return inconsistent("there is no such conversation");
            }
            if self.messages.contains_key(&message.sequence) || !sequences.insert(message.sequence) {
                return conflict("this sequence number is taken");
            }
            if message.client_key().is_some_and(|key| !keys.insert(key)) {
                return conflict("this client id is taken");
            }
        }
        for message in messages {
            if let Some(stored) = self.conversations.get_mut(&message.conversation) {
                stored.newest = stored.newest.max(message.sequence);
            }
            for file in &message.files {
                let known = self.files.get_mut(&file.id);
                if let Some(file) = known.filter(|file| file.conversation == Some(message.conversation)) {
                    file.message = Some(message.sequence);
                }
            }
        }
        self.messages.extend(messages.iter().map(|message| (message.sequence, message.clone())));
        Ok(())
    }

    pub(super) fn history(&self, id: ConversationId, before: Option<Sequence>, limit: usize) -> Vec<Message> {
        let end = before.map_or(Bound::Unbounded, Bound::Excluded);
        let older = self.messages.range((Bound::Unbounded, end)).rev().map(|(_, message)| message);
        let mut page: Vec<_> =
            older.filter(|message| message.conversation == id).take(limit).cloned().collect();
        page.reverse();
        page
    }

    pub(super) fn messages_after(&self, after: Sequence) -> impl Iterator<Item = &Message> {
        self.messages.range((Bound::Excluded(after), Bound::Unbounded)).map(|(_, message)| message)
    }

    pub(super) fn messages_for(
        &self,
        community: &CommunityId,
        account: AccountId,
        after: Sequence,
        limit: usize,
    ) -> Vec<Message> {
        let entitled = |message: &&Message| {
            self.conversations.get(&message.conversation).is_some_and(|stored| {
                let conversation = &stored.conversation;
                conversation.community == *community
                    && conversation.has(account)
                    && conversation.floor_of(account) < message.sequence
            })
        };
        self.messages_after(after).filter(entitled).take(limit).cloned().collect()
    }
}
