//! Who may see, find, ask, write to and call whom: pure functions over plain values, decided here and nowhere else.
//!
//! [`between`] is the whole of it. `docs/policy.md` is its table, made by `cargo xtask gen`.

mod decide;
mod facts;
#[cfg(test)]
mod laws;
mod mode;
mod permissions;

pub use decide::{between, mode_allows};
pub use facts::{Availability, Facts, OfflineChoice};
pub use mode::Mode;
pub use permissions::{Permissions, WriteRefusal};
