use std::fmt;
use std::time::Duration;

use crate::front::FrontId;

/// How an attempt ended, in words that fit a metric label.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct AttemptOutcome(pub &'static str);

/// Hears of every attempt at every authenticator; the server counts them.
pub trait AuthObserver: fmt::Debug + Send + Sync {
    /// An attempt at `authenticator`, made through `front`, ended.
    fn attempted(&self, front: &FrontId, authenticator: &str, outcome: AttemptOutcome, took: Duration);
}

/// Hears nothing.
#[derive(Debug, Clone, Copy, Default)]
pub struct NoObserver;

impl AuthObserver for NoObserver {
    fn attempted(&self, _: &FrontId, _: &str, _: AttemptOutcome, _: Duration) {}
}
