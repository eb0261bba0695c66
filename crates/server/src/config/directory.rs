//! Directories that are read in rounds.

use std::time::Duration;

use portico_core::engine::SyncRules;
use serde::Deserialize;

use super::duration;

/// `[authenticator.NAME.sync]`: its people are read in rounds, also those who never logged in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct SyncConfig {
    /// From the end of one round to the beginning of the next.
    #[serde(with = "duration")]
    pub interval: Duration,
    /// How often everybody is read: what finds those who were deleted.
    #[serde(with = "duration")]
    pub full_interval: Duration,
    /// More people than this are an error.
    pub most: usize,
}

impl Default for SyncConfig {
    fn default() -> Self {
        let SyncRules { interval, full_interval, most } = SyncRules::default();
        Self { interval, full_interval, most }
    }
}

impl From<SyncConfig> for SyncRules {
    fn from(config: SyncConfig) -> Self {
        let SyncConfig { interval, full_interval, most } = config;
        Self { interval, full_interval, most }
    }
}
