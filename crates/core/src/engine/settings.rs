use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use crate::auth::{Realm, ThrottleRules};
use crate::engine::SyncRules;
use crate::group::MirrorRule;
use crate::ports::{BlobStore, Mailer};

/// Choices of the engine that hold for all fronts.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct EngineSettings {
    /// How many events a live person's mailbox holds.
    pub mailbox_capacity: usize,
    /// How many wrong guesses are allowed.
    pub throttle: ThrottleRules,
    /// Refused logins are answered on multiples of this after their beginning, so that how long the work took does not
    /// show.
    pub refusal_step: Duration,
    /// Whether the log names who comes in, and at which front.
    pub log_names: bool,
    /// Readers wake at most this often for people who come, go and change; zero = for every change.
    pub presence_beat: Duration,
    /// How often the times at which sessions were last seen are written behind.
    pub seen_write_interval: Duration,
    /// How to call realms on people's screens; without an entry the realm's own name.
    pub realm_labels: HashMap<Realm, String>,
    /// How often the people who are here are proved again; zero = never.
    pub revalidate_interval: Duration,
    /// How often new topics are looked for.
    pub news_interval: Duration,
    /// Where the contents of files are kept; without, no files can be sent.
    pub blobs: Option<Arc<dyn BlobStore>>,
    /// Which groups are mirrored, by authenticator; without an entry [`MirrorRule::All`].
    pub mirrored: HashMap<String, MirrorRule>,
    /// Which directories are read in rounds, by authenticator.
    pub directories: HashMap<String, SyncRules>,
    /// Who sends letters; `None` = nobody.
    pub mailer: Option<Arc<dyn Mailer>>,
    /// The origin that links in letters begin with: `https://chat.example.org`.
    pub public_url: Option<String>,
}

impl Default for EngineSettings {
    fn default() -> Self {
        Self {
            mailbox_capacity: 256,
            throttle: ThrottleRules::default(),
            refusal_step: Duration::from_millis(250),
            log_names: false,
            presence_beat: Duration::from_millis(500),
            seen_write_interval: Duration::from_secs(30),
            realm_labels: HashMap::new(),
            revalidate_interval: Duration::from_secs(30),
            news_interval: Duration::from_secs(60),
            blobs: None,
            mirrored: HashMap::new(),
            directories: HashMap::new(),
            mailer: None,
            public_url: None,
        }
    }
}
