//! What the core needs from outside, as traits.

mod clock;
mod native_users;
mod store;

pub use clock::{Clock, SystemClock};
pub use native_users::{NativeState, NativeUser, NativeUsers, NewNativeUser};
pub use store::{
    AccountPage, ContactWrite, NewAccount, RealmClaim, SessionRecord, Store, StoreError, StoreResult,
    StoredIdentity,
};
