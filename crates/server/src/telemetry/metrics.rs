use std::collections::BTreeMap;
use std::time::Duration;

use portico_core::administration::Tally;
use portico_core::auth::{AttemptOutcome, AuthObserver};
use portico_core::engine::DirectoryStatus;
use portico_core::front::FrontId;
use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::encoding::text::encode;
use prometheus_client::metrics::counter::{ConstCounter, Counter};
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::{ConstGauge, Gauge};
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::registry::Registry;

/// What is counted while the server runs.
#[derive(Debug)]
pub struct Metrics {
    attempts: Family<AttemptLabels, Counter>,
    attempt_seconds: Family<AuthenticatorLabels, Histogram, fn() -> Histogram>,
    requests: Family<RequestLabels, Counter>,
    untrusted_names: Family<FrontLabels, Counter>,
    open_polls: Gauge,
    open_streams: Gauge,
}

/// Somebody who waits for events; counted until it is dropped, however their request ends.
#[derive(Debug)]
pub struct Waiting(Gauge);

impl Waiting {
    fn counted_in(gauge: &Gauge) -> Self {
        gauge.inc();
        Self(gauge.clone())
    }
}

impl Drop for Waiting {
    fn drop(&mut self) {
        self.0.dec();
    }
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct AttemptLabels {
    front: String,
    authenticator: String,
    outcome: &'static str,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct AuthenticatorLabels {
    authenticator: String,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct FrontLabels {
    front: String,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct RequestLabels {
    route: String,
    method: String,
    status: u16,
}

/// What is read at the moment of asking.
#[derive(Debug, Clone)]
pub struct Readings {
    /// Sessions in memory.
    pub live_sessions: usize,
    /// SQL statements since the start.
    pub statements: u64,
    /// Password hashes since the start.
    pub hashes: u64,
    /// What was counted since the start.
    pub counted: Tally,
    /// Bans in force or over, as long as they are in the list.
    pub bans: usize,
    /// Directories that are read.
    pub directories: BTreeMap<String, DirectoryStatus>,
}

impl Metrics {
    /// Nothing counted yet.
    pub fn new() -> Self {
        Self {
            attempts: Family::default(),
            attempt_seconds: Family::new_with_constructor(attempt_histogram),
            requests: Family::default(),
            untrusted_names: Family::default(),
            open_polls: Gauge::default(),
            open_streams: Gauge::default(),
        }
    }

    /// A poll begins.
    pub fn poll_opened(&self) -> Waiting {
        Waiting::counted_in(&self.open_polls)
    }

    /// A stream of events begins.
    pub fn stream_opened(&self) -> Waiting {
        Waiting::counted_in(&self.open_streams)
    }

    /// A request was answered. `route` is a pattern, never a path with ids.
    pub fn answered(&self, route: &str, method: &str, status: u16) {
        let labels = RequestLabels { route: route.to_owned(), method: method.to_owned(), status };
        self.requests.get_or_create(&labels).inc();
    }

    /// A header with a trusted name came from somebody who is not the proxy.
    pub fn name_ignored(&self, front: &str) {
        self.untrusted_names.get_or_create(&FrontLabels { front: front.to_owned() }).inc();
    }

    /// Everything in the text format of Prometheus (OpenMetrics 1.0).
    ///
    /// # Errors
    /// Never in practice: writing to a string.
    #[expect(clippy::needless_pass_by_value, reason = "made for this one call")]
    pub fn text(&self, readings: Readings) -> Result<String, std::fmt::Error> {
        let mut registry = Registry::with_prefix("portico");
        registry.register(
            "auth_attempts",
            "Logins by front, authenticator and outcome",
            self.attempts.clone(),
        );
        registry.register(
            "auth_attempt_seconds",
            "How long authenticators took",
            self.attempt_seconds.clone(),
        );
        registry.register("http_requests", "Answered requests", self.requests.clone());
        registry.register(
            "untrusted_names",
            "Headers with a trusted name that did not come from the proxy, and were ignored",
            self.untrusted_names.clone(),
        );
        registry.register("open_polls", "Polls that are waiting for events", self.open_polls.clone());
        registry.register("open_streams", "Streams of events that are open", self.open_streams.clone());
        register_directories(&mut registry, &readings.directories);
        let live = i64::try_from(readings.live_sessions).unwrap_or(i64::MAX);
        registry.register("live_sessions", "Sessions in memory", ConstGauge::new(live));
        registry.register(
            "store_statements",
            "SQL statements on Portico's own database",
            ConstCounter::new(readings.statements),
        );
        registry.register("password_hashes", "Password hashes computed", ConstCounter::new(readings.hashes));
        for (name, help, count) in [
            ("messages", "Messages written since the start", readings.counted.messages),
            ("sessions_opened", "Sessions opened since the start", readings.counted.sessions),
            ("accounts_made", "Accounts made since the start", readings.counted.new_accounts),
            ("files", "Files sent since the start", readings.counted.files),
            ("file_bytes", "Bytes of files sent since the start", readings.counted.bytes),
        ] {
            registry.register(name, help, ConstCounter::new(count));
        }
        let bans = i64::try_from(readings.bans).unwrap_or(i64::MAX);
        registry.register("bans", "Bans in the list", ConstGauge::new(bans));
        let mut text = String::new();
        encode(&mut text, &registry)?;
        Ok(text)
    }
}

/// How the directories that are read stand.
fn register_directories(registry: &mut Registry, directories: &BTreeMap<String, DirectoryStatus>) {
    type Reading = fn(&DirectoryStatus) -> i64;
    let whole = |number: u64| i64::try_from(number).unwrap_or(i64::MAX);
    let gauges: [(&str, &str, Reading); 4] = [
        (
            "directory_sync_last_success_seconds",
            "When the directory was last read to its end, since 1970",
            |status| status.last_success.map_or(0, |at| at.as_millis() / 1000),
        ),
        ("directory_sync_people", "People who are known from the directory and present there", |status| {
            i64::try_from(status.people).unwrap_or(i64::MAX)
        }),
        ("directory_sync_silent", "1 while the directory can't be read", |status| i64::from(status.silent)),
        ("directory_sync_held", "1 while so many are missing there that nothing is changed", |status| {
            i64::from(status.held.is_some())
        }),
    ];
    for (name, help, reading) in gauges {
        let family = Family::<AuthenticatorLabels, Gauge>::default();
        for (authenticator, status) in directories {
            let labels = AuthenticatorLabels { authenticator: authenticator.clone() };
            family.get_or_create(&labels).set(reading(status));
        }
        registry.register(name, help, family);
    }
    let (changes, failures) =
        (Family::<AuthenticatorLabels, Gauge>::default(), Family::<AuthenticatorLabels, Gauge>::default());
    for (authenticator, status) in directories {
        let labels = AuthenticatorLabels { authenticator: authenticator.clone() };
        changes.get_or_create(&labels).set(whole(status.changes));
        failures.get_or_create(&labels).set(whole(status.failures));
    }
    registry.register("directory_sync_changes", "People added, changed and removed since the start", changes);
    registry.register("directory_sync_failures", "Readings that came to no end since the start", failures);
}

fn attempt_histogram() -> Histogram {
    Histogram::new([0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0])
}

impl AuthObserver for Metrics {
    fn attempted(&self, front: &FrontId, authenticator: &str, outcome: AttemptOutcome, took: Duration) {
        let authenticator = authenticator.to_owned();
        let labels = AttemptLabels {
            front: front.to_string(),
            authenticator: authenticator.clone(),
            outcome: outcome.0,
        };
        self.attempts.get_or_create(&labels).inc();
        self.attempt_seconds
            .get_or_create(&AuthenticatorLabels { authenticator })
            .observe(took.as_secs_f64());
    }
}
