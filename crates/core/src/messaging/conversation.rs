use crate::messaging::{Conference, Message, Sequence};
use crate::{AccountId, CommunityId, ConversationId, GroupId, Timestamp};

/// People and their messages.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Conversation {
    /// Its id.
    pub id: ConversationId,
    /// Where it lives.
    pub community: CommunityId,
    /// The group whose room it is.
    pub group: Option<GroupId>,
    /// What it is besides, if it is a conference; neither this nor a room = direct.
    pub conference: Option<Conference>,
    /// Who reads it: two in a direct conversation. Those of a room are not loaded into a [`ConversationView`].
    pub members: Vec<AccountId>,
    /// When it was made.
    pub created_at: Timestamp,
}

impl Conversation {
    /// Whether this person belongs to it.
    pub fn has(&self, person: AccountId) -> bool {
        self.members.contains(&person)
    }

    /// Whether it is of two people for ever: neither a room nor a conference.
    pub fn is_direct(&self) -> bool {
        self.group.is_none() && self.conference.is_none()
    }

    /// The other one of a direct conversation.
    pub fn other_than(&self, person: AccountId) -> Option<AccountId> {
        self.members.iter().copied().find(|&member| self.is_direct() && member != person)
    }

    /// The message after which this member reads: [`Sequence::START`] = everything.
    pub fn floor_of(&self, person: AccountId) -> Sequence {
        let participants = self.conference.iter().flat_map(|conference| &conference.participants);
        let floor = participants.filter(|one| one.account == person).map(|one| one.floor).next();
        floor.unwrap_or(Sequence::START)
    }
}

/// A conversation as one of its members sees it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConversationView {
    /// The conversation.
    pub conversation: Conversation,
    /// Its newest message; `None` when there is none, or it is gone, or was there before the member came.
    pub last_message: Option<Message>,
    /// The number of the newest message it has had for the member, which may be gone: its place in the list.
    pub newest: Sequence,
    /// How many messages of others lie behind the member's read mark; counted up to 1,000.
    pub unread: u32,
    /// The member's read mark.
    pub read_up_to: Option<Sequence>,
}

impl ConversationView {
    /// Its place in the list of conversations.
    pub fn place(&self) -> ConversationPlace {
        ConversationPlace { last: self.newest, id: self.conversation.id }
    }
}

/// A place in the list of conversations: newest message first, then greater id first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct ConversationPlace {
    /// [`ConversationView::newest`].
    pub last: Sequence,
    /// The conversation.
    pub id: ConversationId,
}
