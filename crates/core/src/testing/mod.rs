//! Stand-ins for what the core needs from outside, for the tests of every crate (feature `testing`).

mod fake_authenticator;
mod memory_blobs;
mod memory_store;
mod mock_clock;

pub use fake_authenticator::{FakeAuthenticator, FakeHealth, FakePerson};
pub use memory_blobs::MemoryBlobs;
pub use memory_store::{MemoryStore, Pause, PausedCall};
pub use mock_clock::MockClock;
