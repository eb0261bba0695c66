//! What a round over 50,000 people costs, in time and memory: a measurement, asked for by name.
#![expect(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a measurement that can't be made ends, and tells"
)]

use std::sync::Arc;
use std::time::Instant;

use portico_core::auth::{BuildContext, Chain, ExternalGroup, Guarded, HashPool, NoObserver, Realm};
use portico_core::engine::{Engine, EngineSettings, SyncOrder, SyncReport, SyncRules};
use portico_core::front::{Front, FrontId, FrontPath, FrontTable};
use portico_core::policy::Mode;
use portico_core::ports::SystemClock;
use portico_core::testing::{FakeAuthenticator, FakePerson};
use portico_store::{OpenOptions, SqlStore};
use secrecy::SecretString;

/// As many as are asked for; few by default, for the debug build of an ordinary run.
fn people() -> usize {
    std::env::var("PORTICO_MEASURE_PEOPLE").ok().and_then(|wanted| wanted.parse().ok()).unwrap_or(500)
}

/// The most memory that this process has had, in MiB.
fn peak() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    line.and_then(|line| line.split_whitespace().next()?.parse::<u64>().ok()).unwrap_or_default() / 1024
}

async fn round(engine: &Engine, what: &str, order: SyncOrder) -> SyncReport {
    let begun = Instant::now();
    let report = engine.sync_directory("fake", order).await.unwrap();
    println!(
        "{what}: {} people in {:.1} s, peak {} MiB; added {}, changed {}, other groups {}",
        report.people,
        begun.elapsed().as_secs_f64(),
        peak(),
        report.added,
        report.changed,
        report.regrouped,
    );
    report
}

#[tokio::test]
#[ignore = "a measurement: PORTICO_MEASURE_PEOPLE=50000 cargo test --release -p portico-store --test directory_round -- --ignored --nocapture"]
async fn a_round_over_many_people() {
    let folder = tempfile::tempdir().unwrap();
    let url = format!("sqlite://{}", folder.path().join("round.db").display());
    let store = SqlStore::open(&SecretString::from(url), &OpenOptions::default()).await.unwrap();
    let fake = FakeAuthenticator::new();
    for number in 0..people() {
        let mut person =
            FakePerson::new(&format!("{number:08}-aaaa-bbbb-cccc-0123456789ab"), &format!("p{number}"), "x");
        person.identity.display_name = Some(format!("Person {number} of the House"));
        person.identity.details.insert("title".into(), "Engineer".into());
        let group = |name: String| ExternalGroup { id: name.clone(), name, leader: false, built_in: false };
        person.identity.groups =
            Some(vec![group(format!("team {}", number % 500)), group(format!("site {}", number % 20))]);
        fake.add(person);
    }
    println!("before: peak {} MiB", peak());
    let pool = HashPool::new(1, 64).unwrap();
    let cx = BuildContext::new("fake", Realm::new("fake").unwrap(), pool, Arc::new(SystemClock));
    let guarded = Guarded::new(Box::new(fake.clone()), "fake", cx, Arc::new(NoObserver));
    let chain = Chain::new(vec![Arc::new(guarded)]);
    let path = FrontPath::new("/im/").unwrap();
    let mut front = Front::new(FrontId::new("im").unwrap(), path, Mode::OpenCommunity, chain);
    front.directory = true;
    let fronts = FrontTable::new(vec![Arc::new(front)]).unwrap();
    let mut settings = EngineSettings::default();
    settings.directories.insert("fake".into(), SyncRules::default());
    let engine = Engine::start(Arc::new(store), Arc::new(SystemClock), fronts, settings).await.unwrap();

    let everybody = SyncOrder { everybody: true, ..SyncOrder::default() };
    assert_eq!(round(&engine, "first round", everybody).await.added, people() as u64);
    assert_eq!(round(&engine, "everybody again, nothing changed", everybody).await.changed, 0);
    for number in 0..500 {
        let subject = format!("{number:08}-aaaa-bbbb-cccc-0123456789ab");
        fake.change(&subject, |person| person.identity.display_name = Some("Renamed".into()));
    }
    assert_eq!(round(&engine, "500 changed", SyncOrder::default()).await.changed, 500);
}
