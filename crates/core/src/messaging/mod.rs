//! Conversations and how messages arrive.
//!
//! A send is appended by the one [`Writer`], which commits all that wait in one transaction and gives sequence numbers
//! in commit order. Committed messages are pushed to the mailboxes of live members; a client that polls with a
//! [`Cursor`] its mailbox no longer covers gets its messages from the store, by sequence, and one `resync`.

mod change;
mod conference;
mod conversation;
mod cursor;
mod draft;
mod event;
mod expiry;
mod mailbox;
mod mention;
mod message;
mod presence;
mod reaction;
mod receipt;
mod search;
mod shown;
mod writer;

pub use change::{ChangeKind, ChangeRefusal, ChangedMessage, MAX_EDITS, MessageChange, MessageVersion};
pub use conference::{
    Conference, ConferenceAction, ConferenceChange, ConferenceRefusal, Invited, NewConference, Participant,
};
pub use conversation::{Conversation, ConversationPlace, ConversationView};
pub use cursor::{Cursor, CursorKey, InvalidCursor};
pub use draft::{Draft, check_draft};
pub use event::{Announcement, Event, MayDo, Notice, PersonPresence, PersonView, Tenths};
pub use expiry::{EXPIRED_AT_ONCE, Expired, Expiring, Expiry};
pub use mailbox::{Mailbox, Mailboxes, Reading};
pub use mention::{MAX_MENTIONS, Mentions, NamedInText, names_in, resolve};
pub use message::{
    ClientKey, InvalidSequence, MAX_CLIENT_ID_BYTES, MAX_TEXT_BYTES, Message, Sequence, TextRefusal,
    check_text, check_text_with_files,
};
pub(crate) use presence::CommunityChanges;
pub use presence::{
    Aspect, ChangeFeed, ChangePage, ChangeTraffic, Changed, OwnPresence, PresenceBoard, PresenceChoice,
    PresenceRecord, PresenceState, PresenceView, Readers, is_time_zone,
};
pub use reaction::{Emoji, MAX_REACTIONS, NAMED_REACTORS, NotAnEmoji, Reaction, ReactionWrite};
pub use receipt::{Marks, Place, ReceiptBoard};
pub use search::{MAX_FOUND, MessageSearch, NothingToFind, SearchWords};
pub use shown::{MAX_QUOTE, Quote, ShownMessage, ShownReactions};
pub use writer::{Appended, CommitFeed, NewMessage, SendFailure, Writer};
