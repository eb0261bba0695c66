//! Conversations and how messages arrive.
//!
//! A send is appended by the one [`Writer`], which commits all that wait in one transaction and gives sequence numbers
//! in commit order. Committed messages are pushed to the mailboxes of live members; a client that polls with a
//! [`Cursor`] its mailbox no longer covers gets its messages from the store, by sequence, and one `resync`.

mod conference;
mod conversation;
mod cursor;
mod event;
mod mailbox;
mod message;
mod presence;
mod writer;

pub use conference::{
    Conference, ConferenceAction, ConferenceChange, ConferenceRefusal, Invited, NewConference, Participant,
};
pub use conversation::{Conversation, ConversationPlace, ConversationView};
pub use cursor::{Cursor, CursorKey, InvalidCursor};
pub use event::{Announcement, Event, MayDo, Notice, PersonPresence, PersonView, Tenths};
pub use mailbox::{Mailbox, Mailboxes, Reading};
pub use message::{
    ClientKey, InvalidSequence, MAX_CLIENT_ID_BYTES, MAX_TEXT_BYTES, Message, Sequence, TextRefusal,
    check_text,
};
pub(crate) use presence::CommunityChanges;
pub use presence::{
    Aspect, ChangeFeed, ChangePage, ChangeTraffic, Changed, OwnPresence, PresenceBoard, PresenceChoice,
    PresenceRecord, PresenceState, PresenceView, Readers, is_time_zone,
};
pub use writer::{Appended, CommitFeed, NewMessage, SendFailure, Writer};
