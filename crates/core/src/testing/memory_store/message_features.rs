//! What becomes of messages after they were sent.

use async_trait::async_trait;

use super::{MemoryStore, State};
use crate::administration::AuditEntry;
use crate::messaging::{
    ChangeKind, ChangeRefusal, ChangedMessage, Draft, Expired, Expiring, Expiry, MAX_EDITS, MAX_REACTIONS,
    Marks, Mentions, Message, MessageChange, MessageSearch, MessageVersion, NAMED_REACTORS, Place, Reaction,
    ReactionWrite, Sequence,
};
use crate::ports::{MessageStore, StoreResult};
use crate::{AccountId, CommunityId, ConversationId, Timestamp};

/// Somebody's reaction to a message.
#[derive(Debug)]
pub(super) struct StoredReaction {
    message: Sequence,
    emoji: String,
    account: AccountId,
    at: Timestamp,
}

impl State {
    fn change_message(&mut self, change: &MessageChange) -> Result<ChangedMessage, ChangeRefusal> {
        let versions = self.versions.entry(change.message).or_default();
        let found = self.messages.get_mut(&change.message).filter(|m| m.conversation == change.conversation);
        let message = found.ok_or(ChangeRefusal::Unknown)?;
        let (text, mentions, client_id) = match (&change.kind, message.deleted_at) {
            (ChangeKind::Delete, Some(_)) => return Ok(unchanged(message)),
            (ChangeKind::Edit { .. }, Some(_)) => return Err(ChangeRefusal::Deleted),
            (ChangeKind::Delete, None) => (String::new(), Mentions::default(), None),
            (ChangeKind::Edit { text, mentions, client_id }, None) => {
                if let Some(at) =
                    versions.iter().position(|known| client_id.is_some() && known.client_id == *client_id)
                {
                    let made = versions.get(at + 1).map_or(&message.text, |next| &next.text);
                    return if made == text {
                        Ok(unchanged(message))
                    } else {
                        Err(ChangeRefusal::ClientIdConflict)
                    };
                }
                if *text == message.text {
                    return Ok(unchanged(message));
                }
                if versions.len() >= MAX_EDITS {
                    return Err(ChangeRefusal::TooManyEdits);
                }
                (text.clone(), mentions.clone(), client_id.clone())
            }
        };
        versions.push(MessageVersion {
            version: message.version,
            text: std::mem::replace(&mut message.text, text),
            until: change.now,
            by: change.by,
            client_id,
        });
        message.mentions = mentions;
        message.version += 1;
        match change.kind {
            ChangeKind::Edit { .. } => message.edited_at = Some(change.now),
            ChangeKind::Delete => {
                message.deleted_at = Some(change.now);
                message.reactions.clear();
                message.files.clear();
                self.reactions.retain(|known| known.message != change.message);
            }
        }
        Ok(ChangedMessage { message: message.clone(), changed: true })
    }

    fn react(&mut self, write: &ReactionWrite) -> Result<ChangedMessage, ChangeRefusal> {
        let found = self.messages.get_mut(&write.message).filter(|m| m.conversation == write.conversation);
        let message = found.ok_or(ChangeRefusal::Unknown)?;
        if message.deleted_at.is_some() {
            return Err(ChangeRefusal::Deleted);
        }
        let emoji = write.emoji.as_str();
        let is_it = |known: &StoredReaction| {
            known.message == write.message && known.emoji == emoji && known.account == write.account
        };
        let given = self.reactions.iter().any(is_it);
        if given == write.given {
            return Ok(unchanged(message));
        }
        if write.given {
            let known = message.reactions.iter().any(|one| one.emoji == emoji);
            if !known && message.reactions.len() >= MAX_REACTIONS {
                return Err(ChangeRefusal::TooManyReactions);
            }
            self.reactions.push(StoredReaction {
                message: write.message,
                emoji: emoji.to_owned(),
                account: write.account,
                at: write.now,
            });
        } else {
            self.reactions.retain(|known| !is_it(known));
        }
        recount(message, &self.reactions, emoji);
        message.version += 1;
        Ok(ChangedMessage { message: message.clone(), changed: true })
    }

    /// Takes back some of what a person has reacted; how many it were.
    pub(super) fn take_back_reactions(&mut self, account: AccountId, limit: usize) -> usize {
        let own = self.reactions.iter().filter(|known| known.account == account);
        let own: Vec<(Sequence, String)> =
            own.map(|known| (known.message, known.emoji.clone())).take(limit).collect();
        for (sequence, emoji) in &own {
            self.reactions
                .retain(|known| (known.message, &known.emoji, known.account) != (*sequence, emoji, account));
            if let Some(message) = self.messages.get_mut(sequence) {
                recount(message, &self.reactions, emoji);
                message.version += 1;
            }
        }
        own.len()
    }
}

/// Makes what a message says of one emoji what the reactions are.
fn recount(message: &mut Message, reactions: &[StoredReaction], emoji: &str) {
    let these = reactions.iter().filter(|known| known.message == message.sequence && known.emoji == emoji);
    let mut people: Vec<(Timestamp, AccountId)> = these.map(|known| (known.at, known.account)).collect();
    people.sort_unstable();
    let now = Reaction {
        emoji: emoji.to_owned(),
        count: u32::try_from(people.len()).unwrap_or(u32::MAX),
        accounts: people.into_iter().map(|(_, account)| account).take(NAMED_REACTORS).collect(),
    };
    match message.reactions.iter().position(|one| one.emoji == emoji) {
        Some(at) if now.count == 0 => _ = message.reactions.remove(at),
        Some(at) => message.reactions[at] = now,
        None if now.count == 0 => {}
        None => message.reactions.push(now),
    }
}

impl State {
    fn search(&self, search: &MessageSearch) -> Vec<Message> {
        let mine = |message: &&Message| {
            self.conversations.get(&message.conversation).is_some_and(|stored| {
                stored.conversation.community == search.community
                    && stored.conversation.has(search.account)
                    && message.sequence > stored.conversation.floor_of(search.account)
            })
        };
        let wanted = |message: &&Message| {
            search.conversation.is_none_or(|id| message.conversation == id)
                && search.from.is_none_or(|sender| message.sender == sender)
                && search.before.is_none_or(|before| message.sequence < before)
                && message.deleted_at.is_none()
                && search.words.are_in(&message.text)
        };
        self.messages.values().rev().filter(mine).filter(wanted).take(search.limit).cloned().collect()
    }

    fn expire(&mut self, expiry: &Expiry, limit: usize) -> Expired {
        let looked: Vec<&Message> = self.messages_after(expiry.after).take(limit).collect();
        let old: Vec<&Message> =
            looked.iter().take_while(|one| one.sent_at < expiry.before).copied().collect();
        let more = looked.len() == limit && old.len() == limit;
        let upto = old.last().map_or(expiry.after, |message| message.sequence);
        let goes = |message: &&&Message| {
            message.front == expiry.front
                && match expiry.which {
                    Expiring::All => true,
                    Expiring::NeverRead => self.is_unread(message),
                }
        };
        let gone: Vec<Sequence> = old.iter().filter(goes).map(|message| message.sequence).collect();
        let carried = gone.iter().filter_map(|sequence| self.messages.get(sequence));
        let files = carried.flat_map(|message| &message.files).map(|file| file.id).collect();
        self.remove_messages(&gone, expiry.before);
        Expired { gone, files, upto, more }
    }

    /// Removes messages and what is kept beside them; the newest of all is only emptied.
    pub(super) fn remove_messages(&mut self, gone: &[Sequence], at: Timestamp) {
        let newest = self.messages.keys().next_back().copied();
        for sequence in gone {
            self.versions.remove(sequence);
            self.reactions.retain(|one| one.message != *sequence);
            if Some(*sequence) == newest {
                if let Some(message) = self.messages.get_mut(sequence) {
                    message.text.clear();
                    message.mentions = Mentions::default();
                    message.reactions.clear();
                    message.files.clear();
                    message.version += 1;
                    message.deleted_at = Some(at);
                }
            } else {
                self.messages.remove(sequence);
            }
        }
    }

    fn is_unread(&self, message: &Message) -> bool {
        self.conversations.get(&message.conversation).is_some_and(|stored| {
            let recipient = stored.conversation.other_than(message.sender);
            let direct = stored.conversation.members.len() == 2;
            let read = recipient.and_then(|other| stored.read_up_to.get(&other));
            direct && recipient.is_some() && read.is_none_or(|mark| *mark < message.sequence)
        })
    }
}

fn unchanged(message: &Message) -> ChangedMessage {
    ChangedMessage { message: message.clone(), changed: false }
}

#[async_trait]
impl MessageStore for MemoryStore {
    async fn change_message(
        &self,
        change: &MessageChange,
    ) -> StoreResult<Result<ChangedMessage, ChangeRefusal>> {
        Ok(self.state()?.change_message(change))
    }

    async fn moderate_message(
        &self,
        change: &MessageChange,
        line: AuditEntry,
    ) -> StoreResult<Result<ChangedMessage, ChangeRefusal>> {
        let mut state = self.state()?;
        let outcome = state.change_message(change);
        if outcome.as_ref().is_ok_and(|done| done.changed) {
            state.administration.add_line(line);
        }
        Ok(outcome)
    }

    async fn message_versions(&self, message: Sequence) -> StoreResult<Vec<MessageVersion>> {
        Ok(self.state()?.versions.get(&message).cloned().unwrap_or_default())
    }

    async fn first_texts(&self, messages: &[Sequence]) -> StoreResult<Vec<(Sequence, String)>> {
        let state = self.state()?;
        let first = |message: &Sequence| Some((*message, state.versions.get(message)?.first()?.text.clone()));
        Ok(messages.iter().filter_map(first).collect())
    }

    async fn messages_numbered(&self, messages: &[Sequence]) -> StoreResult<Vec<Message>> {
        let state = self.state()?;
        let wanted: std::collections::BTreeSet<_> = messages.iter().collect();
        Ok(wanted.into_iter().filter_map(|message| state.messages.get(message).cloned()).collect())
    }

    async fn react(&self, write: &ReactionWrite) -> StoreResult<Result<ChangedMessage, ChangeRefusal>> {
        Ok(self.state()?.react(write))
    }

    async fn reactions_by(
        &self,
        account: AccountId,
        messages: &[Sequence],
    ) -> StoreResult<Vec<(Sequence, String)>> {
        let state = self.state()?;
        let mine =
            state.reactions.iter().filter(|one| one.account == account && messages.contains(&one.message));
        Ok(mine.map(|one| (one.message, one.emoji.clone())).collect())
    }

    async fn put_draft(
        &self,
        id: ConversationId,
        account: AccountId,
        draft: Option<&Draft>,
    ) -> StoreResult<()> {
        let drafts = &mut self.state()?.drafts;
        match draft {
            Some(draft) => _ = drafts.insert((id, account), draft.clone()),
            None => _ = drafts.remove(&(id, account)),
        }
        Ok(())
    }

    async fn drafts(
        &self,
        account: AccountId,
        conversations: &[ConversationId],
    ) -> StoreResult<Vec<(ConversationId, Draft)>> {
        let state = self.state()?;
        let kept =
            conversations.iter().filter_map(|id| Some((*id, state.drafts.get(&(*id, account))?.clone())));
        Ok(kept.collect())
    }

    async fn search_messages(&self, search: &MessageSearch) -> StoreResult<Vec<Message>> {
        Ok(self.state()?.search(search))
    }

    async fn expire(&self, expiry: &Expiry, limit: usize) -> StoreResult<Expired> {
        Ok(self.state()?.expire(expiry, limit))
    }

    async fn receipts(&self, id: ConversationId) -> StoreResult<Vec<(AccountId, Marks)>> {
        let state = self.state()?;
        let here = state.receipts.iter().filter(|((conversation, _), _)| *conversation == id);
        Ok(here.map(|((_, account), marks)| (*account, *marks)).collect())
    }

    async fn keep_receipts(&self, marks: &[(Place, Marks)]) -> StoreResult<()> {
        let mut state = self.state()?;
        for (place, marks) in marks {
            let kept = state.receipts.entry(*place).or_default();
            *kept = kept.max(*marks);
        }
        Ok(())
    }

    async fn preferences(
        &self,
        community: &CommunityId,
        accounts: &[AccountId],
    ) -> StoreResult<Vec<(AccountId, String, String)>> {
        let state = self.state()?;
        let theirs = state.preferences.iter().filter(|((c, a, _), _)| c == community && accounts.contains(a));
        Ok(theirs.map(|((_, account, name), value)| (*account, name.clone(), value.clone())).collect())
    }

    async fn put_preferences(
        &self,
        community: &CommunityId,
        account: AccountId,
        choices: &[(&'static str, String)],
    ) -> StoreResult<()> {
        let mut state = self.state()?;
        for (name, value) in choices {
            state.preferences.insert((community.clone(), account, (*name).to_owned()), value.clone());
        }
        Ok(())
    }
}
