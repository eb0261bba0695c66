//! When a connection is tried before it is used.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use sea_orm::sqlx::pool::PoolConnectionMetadata;

/// A connection that was used this recently is not tried before it is used again: that would double the round trips.
const TRUSTED_FOR: Duration = Duration::from_secs(1);

/// Whether even such a connection is tried. Clones share it.
#[derive(Debug, Clone, Default)]
pub(crate) struct Doubt(Arc<AtomicBool>);

impl Doubt {
    pub(crate) fn raise(&self) {
        self.0.store(true, Ordering::Release);
    }

    /// Whether a connection is to be tried.
    pub(super) fn concerns(&self, used: &PoolConnectionMetadata) -> bool {
        used.idle_for >= TRUSTED_FOR || self.0.load(Ordering::Acquire)
    }
}
