use std::sync::Arc;

use serde::Serialize;

use crate::contact::Relation;
use crate::engine::ShoutView;
use crate::messaging::{
    Draft, Marks, Message, OwnPresence, PresenceView, Sequence, ShownMessage, ShownReactions,
};
use crate::shoutbox::Wall;
use crate::{AccountId, ConversationId, GroupId, SessionId, ShoutId, Timestamp};

/// What a mailbox holds: what happened, not yet as any front shows it.
#[derive(Debug, Clone)]
pub enum Notice {
    /// A message in one of the person's conversations.
    Message(Arc<Message>),
    /// A message was edited or deleted.
    Changed(Arc<Message>),
    /// The reactions to a message changed.
    Reactions(Arc<Message>),
    /// How far somebody else has got in a conversation.
    Receipt(ConversationId, AccountId, Marks),
    /// The person has begun a text in a conversation, or given it up, in this session.
    Draft(SessionId, ConversationId, Option<Arc<Draft>>),
    /// Something between us changed. What changes for many readers at once goes through the
    /// [`ChangeFeed`](crate::messaging::ChangeFeed) instead.
    Person(AccountId),
    /// What the person's own devices show of their presence changed.
    MyPresence,
    /// Somebody is writing in a conversation, and will be until then.
    Typing(ConversationId, AccountId, Timestamp),
    /// The person has read a conversation on one of their devices.
    Read(ConversationId, Sequence),
    /// A room was joined or left, or the person's part in it changed.
    Room(ConversationId),
    /// Whom the person sees has changed altogether.
    Roster,
    /// Something about a group that the person sees changed.
    Group(GroupId),
    /// The person sees a group no longer.
    GroupGone(GroupId),
    /// What the person's sessions rest on changed.
    Standing,
    /// A text of the administrators to whoever is here.
    Announcement(Arc<Announcement>),
    /// The number of unread private messages where the person comes from.
    Inbox(u64),
    /// A shout came or changed.
    Shout(Arc<ShoutView>),
    /// A shout was removed.
    ShoutGone(ShoutId, Wall),
    /// More changed than is worth telling one by one.
    Anew,
}

impl Notice {
    /// Whether nobody needs `earlier` who hears of this.
    pub(crate) fn outdates(&self, earlier: &Self) -> bool {
        match (self, earlier) {
            (Self::Typing(place, account, _), Self::Typing(other, writer, _)) => {
                place == other && account == writer
            }
            (Self::MyPresence, Self::MyPresence) => true,
            _ => false,
        }
    }
}

/// What a client learns by polling or streaming: one JSON for every way of delivery.
#[derive(Debug, Clone, Serialize)]
#[serde(tag = "type", rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Event {
    /// A message in one of my conversations, my own included.
    Message {
        /// The object of the history.
        message: ShownMessage,
    },
    /// A message was edited or deleted: what stands in its place now.
    MessageChanged {
        /// The object of the history.
        message: ShownMessage,
    },
    /// The reactions to a message changed.
    Reactions {
        /// Where.
        conversation_id: ConversationId,
        /// Which message.
        message_id: Sequence,
        /// The message's version.
        version: i64,
        /// All its reactions.
        reactions: ShownReactions,
    },
    /// How far somebody else has got in a conversation; only grows.
    Receipt {
        /// Where.
        conversation_id: ConversationId,
        /// Who.
        account: AccountId,
        /// Up to which message one of their devices has received.
        delivered_up_to: Option<Sequence>,
        /// Up to which message they have read, as far as they and I let each other know.
        read_up_to: Option<Sequence>,
    },
    /// I have begun a text on another device, or given it up.
    Draft {
        /// Where.
        conversation_id: ConversationId,
        /// The text; `None` = there is none any more.
        draft: Option<Arc<Draft>>,
    },
    /// Somebody came or went.
    Presence {
        /// Who.
        account: AccountId,
        /// How they are now.
        presence: PresenceView,
    },
    /// Many came and went.
    Presences {
        /// Who, and how they are now.
        people: Vec<PersonPresence>,
    },
    /// How I am changed, by me on one of my devices.
    MyPresence {
        /// How I am now.
        presence: OwnPresence,
    },
    /// Somebody is writing.
    Typing {
        /// Where.
        conversation_id: ConversationId,
        /// Who.
        account: AccountId,
        /// Until when to show it, unless they write on.
        until: Timestamp,
    },
    /// Somebody appeared, or what I may do with them changed.
    Person {
        /// As in the roster.
        person: Box<PersonView>,
    },
    /// Somebody is no longer visible.
    PersonGone {
        /// Who.
        account: AccountId,
    },
    /// I have read a conversation on another device.
    Read {
        /// Which.
        conversation_id: ConversationId,
        /// Up to which message.
        message_id: Sequence,
    },
    /// A conversation of mine appeared or changed otherwise than by a message: load it anew.
    Conversation {
        /// Which.
        conversation_id: ConversationId,
    },
    /// A conversation is no longer mine.
    ConversationGone {
        /// Which.
        conversation_id: ConversationId,
    },
    /// I am invited to a conference: load my invitations anew.
    Invitation {
        /// Which.
        conversation_id: ConversationId,
    },
    /// Something about a group that I see changed: my part in it, its name, who asks to come in. Load it anew.
    Group {
        /// Which.
        group_id: GroupId,
    },
    /// I see a group no longer.
    GroupGone {
        /// Which.
        group_id: GroupId,
    },
    /// What I may do has changed: load my session anew.
    Session {},
    /// A text of the administrators to whoever is here: shown once, kept nowhere.
    Notice {
        /// The text.
        text: String,
        /// Who wrote it.
        from: String,
        /// When.
        sent_at: Timestamp,
    },
    /// My unread private messages over there.
    Inbox {
        /// How many.
        unread: u64,
    },
    /// A shout came to a wall of mine, or changed.
    Shout {
        /// The shout; `my_vote` is not told.
        shout: Arc<ShoutView>,
    },
    /// A shout stands there no more.
    ShoutGone {
        /// Which.
        id: ShoutId,
        /// Where it stood.
        wall: Wall,
    },
    /// My session was ended, and not by me: the last event of a stream.
    SessionEnded {
        /// A word: `banned`, `disabled`, `gone`, `password-changed`, `not-permitted`, `kicked`, `locked`, `replaced`.
        reason: &'static str,
        /// A sentence for me.
        detail: String,
        /// When it is over, if known.
        until: Option<Timestamp>,
    },
    /// Something was missed that can't be replayed: load everything anew.
    Resync {},
}

/// A text of the administrators to whoever is here.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Announcement {
    /// The text.
    pub text: String,
    /// Who wrote it.
    pub from: String,
    /// When.
    pub sent_at: Timestamp,
}

/// One of many who came or went.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct PersonPresence {
    /// Who.
    pub account: AccountId,
    /// How they are now.
    pub presence: PresenceView,
}

/// A person as another sees them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct PersonView {
    /// The account.
    pub id: AccountId,
    /// The login.
    pub login: String,
    /// The name to show.
    pub display_name: String,
    /// Where they come from.
    pub realm: String,
    /// How to call that place.
    pub realm_label: String,
    /// Whether they have ever proved who they are; `false`: only a claimed name stands behind the account.
    pub proven: bool,
    /// The relation, as I see it.
    pub relation: Relation,
    /// How they are; offline where the mode doesn't show it.
    pub presence: PresenceView,
    /// Picture: a path under the front's `api/v1/`.
    pub avatar: Option<String>,
    /// Page over there.
    pub profile_url: Option<String>,
    /// Colour of the name: `#rrggbb`.
    pub colour: Option<String>,
    /// Language, as the other application calls it.
    pub language: Option<String>,
    /// IANA time zone name.
    pub timezone: Option<String>,
    /// My own name for them.
    pub nickname: Option<String>,
    /// My own name for the group of contacts that I put them in.
    pub contact_group: Option<String>,
    /// Whether they are a favourite of mine.
    pub favourite: bool,
    /// Whether I look offline to them.
    pub hidden: bool,
    /// What was written to the request that waits between us.
    pub request_text: Option<String>,
    /// How I rate them, 1 to 5.
    pub my_rating: Option<u8>,
    /// How their contacts rate them, where that is shown.
    pub rating: Option<Tenths>,
    /// My groups that they are in as well, where groups decide who sees whom.
    pub groups: Vec<GroupId>,
    /// What I may do.
    pub may: MayDo,
}

/// A number with one decimal.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Tenths(pub u32);

impl Serialize for Tenths {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_f64(f64::from(self.0) / 10.0)
    }
}

/// What I may do with somebody.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct MayDo {
    /// Write messages.
    pub write: bool,
    /// Ask for the contact.
    pub request: bool,
    /// Ask them into a conference.
    pub call: bool,
}
