//! What is told of in a mailbox, as the one who reads it may see it.

use crate::AccountId;
use crate::engine::{Engine, EngineError, Visitor};
use crate::messaging::{Event, Notice, PersonPresence};
use crate::policy::Mode;

/// Most presences that come one by one; more come in one event.
const MOST_SINGLE: usize = 8;

impl Engine {
    /// A notice as the visitor's front shows it; nothing when the mode hides it.
    pub(super) async fn show(&self, visitor: &Visitor, notice: Notice) -> Result<Option<Event>, EngineError> {
        if let Notice::Message(message) | Notice::Changed(message) | Notice::Reactions(message) = &notice
            && !self.reads_in(visitor, message.conversation, message.sequence).await?
        {
            return Ok(None);
        }
        Ok(match notice {
            Notice::Message(message) => {
                Some(Event::Message { message: self.shown_one(visitor, message).await? })
            }
            Notice::Changed(message) => {
                Some(Event::MessageChanged { message: self.shown_one(visitor, message).await? })
            }
            Notice::Reactions(message) => Some(Event::Reactions {
                conversation_id: message.conversation,
                message_id: message.sequence,
                version: message.version,
                reactions: self.shown_reactions(visitor, message).await?,
            }),
            Notice::Receipt(id, account, marks) => self.show_receipt(visitor, id, account, marks).await?,
            // The device it comes from knows it.
            Notice::Draft(by, ..) if by == visitor.session.id() => None,
            Notice::Draft(_, conversation_id, draft) => Some(Event::Draft { conversation_id, draft }),
            Notice::Read(conversation_id, message_id) => Some(Event::Read { conversation_id, message_id }),
            Notice::Room(conversation_id) => {
                Some(if self.conversation_of(visitor, conversation_id).await?.is_some() {
                    Event::Conversation { conversation_id }
                } else if self.is_invited(visitor, conversation_id).await? {
                    Event::Invitation { conversation_id }
                } else {
                    Event::ConversationGone { conversation_id }
                })
            }
            Notice::Roster | Notice::Anew => Some(Event::Resync {}),
            Notice::Group(group_id) => Some(Event::Group { group_id }),
            Notice::GroupGone(group_id) => Some(Event::GroupGone { group_id }),
            Notice::Announcement(notice) => Some(Event::Notice {
                text: notice.text.clone(),
                from: notice.from.clone(),
                sent_at: notice.sent_at,
            }),
            Notice::Standing => Some(Event::Session {}),
            Notice::Inbox(unread) => Some(Event::Inbox { unread }),
            Notice::Shout(shout) => self.show_shout(visitor, shout).await?,
            Notice::ShoutGone(id, wall) => {
                Self::stands_here(visitor, &wall).then_some(Event::ShoutGone { id, wall })
            }
            Notice::MyPresence => {
                let own = self.presence.own(visitor.community(), visitor.account(), None);
                own.map(|presence| Event::MyPresence { presence })
            }
            Notice::Typing(conversation_id, account, until) => self
                .sees_typing(visitor, conversation_id, account, until)
                .await?
                .then_some(Event::Typing { conversation_id, account, until }),
            Notice::Person(account) if account == visitor.account() => None,
            Notice::Person(account) => {
                Some(self.show_person(visitor, account).await?.unwrap_or(Event::PersonGone { account }))
            }
        })
    }

    /// A person, if the visitor sees them.
    pub(super) async fn show_person(
        &self,
        visitor: &Visitor,
        account: AccountId,
    ) -> Result<Option<Event>, EngineError> {
        let eyes = self.look(visitor, &[account]).await?;
        let member = self.member_of(visitor.community(), account).await?;
        let seen = member.and_then(|member| self.see(visitor, &eyes, &member, |may| may.see));
        Ok(seen.map(|person| Event::Person { person: Box::new(person) }))
    }

    /// How those are now whom the visitor sees: few as they always came, many as one event.
    pub(super) async fn show_presences(
        &self,
        visitor: &Visitor,
        changed: Vec<AccountId>,
        events: &mut Vec<Event>,
    ) -> Result<(), EngineError> {
        if changed.is_empty() {
            return Ok(());
        }
        let mut people = Vec::with_capacity(changed.len());
        let eyes = self.look(visitor, &changed).await?;
        for account in changed {
            if account == visitor.account() {
                continue;
            }
            let Some(member) = self.member_of(visitor.community(), account).await? else { continue };
            let may = self.permissions(visitor, &eyes, &member).0;
            if may.see && may.presence {
                people.push(PersonPresence { account, presence: self.presence_for(visitor, account) });
            }
        }
        if people.len() > MOST_SINGLE {
            events.push(Event::Presences { people });
        } else {
            let single =
                |one: PersonPresence| Event::Presence { account: one.account, presence: one.presence };
            events.extend(people.into_iter().map(single));
        }
        Ok(())
    }
}

/// What somebody who followed the log of everybody hears of a person whom they don't see any more. Where only those see
/// each other who share a group, they are told by themselves: the others never saw the person.
pub(super) fn gone_from(visitor: &Visitor, account: AccountId) -> Option<Event> {
    let saw = visitor.front().mode != Mode::GroupCommunity && account != visitor.account();
    saw.then_some(Event::PersonGone { account })
}
