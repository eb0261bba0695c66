//! What the core needs from outside, as traits.

mod account_life;
mod administered;
mod administration;
mod clock;
mod conferences;
mod contacts;
mod directory;
mod files;
mod groups;
mod mailer;
mod messages;
mod native_life;
mod native_passkeys;
mod native_users;
mod own_data;
mod presence;
mod roles;
mod shouts;
mod store;

pub use account_life::AccountLifeStore;
pub use administered::{
    AdministeredStore, ConferenceCount, ConferenceFilter, GroupCount, GroupFilter, ShoutFilter,
};
pub use administration::{AccountFilter, AdminSessionRecord, AdministrationStore};
pub use clock::{Clock, SystemClock};
pub use conferences::ConferenceStore;
pub use contacts::{ContactStore, NEWS_PREFIX, Ratings, is_news_room};
pub use directory::{DirectoryChanges, DirectoryPerson, DirectoryStore, FrontPlace, KnownPerson};
pub use files::{BlobStore, BlobWriter, FileStore};
pub use groups::LocalGroupStore;
pub use mailer::{Letter, MailError, Mailer};
pub use messages::MessageStore;
pub use native_life::{
    Confirmed, NativeLife, NativeProfile, NewPassword, OnceToken, SecondFactor, TokenPurpose,
};
pub use native_passkeys::{NativePasskeys, Passkey, PasskeyAdded};
pub use native_users::{ListedNative, NativeFilter, NativeState, NativeUser, NativeUsers, NewNativeUser};
pub use own_data::OwnDataStore;
pub use presence::PresenceStore;
pub use roles::RoleStore;
pub use shouts::ShoutStore;
pub use store::{
    AccountPage, ContactWrite, Entering, NewAccount, RealmClaim, SessionRecord, Store, StoreError,
    StoreResult, StoredIdentity, StoredSession,
};
