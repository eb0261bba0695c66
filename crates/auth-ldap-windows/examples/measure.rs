//! What logins and a synchronisation cost beside the directory's own limit, measured in one run.
//!
//! Needs the OpenLDAP of the test runner: `cargo xtask services -- cargo run --release -p portico-auth-ldap-windows
//! --example measure -- 50000`. Makes that many people in a part of the tree of its own.
#![expect(clippy::print_stdout, reason = "its answer belongs on standard output")]
#![expect(clippy::expect_used, reason = "a measurement that can't be made ends")]

use std::collections::HashSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use ldap3::{Ldap, LdapConnAsync, LdapConnSettings, Scope};
use portico_auth_ldap_windows::{LdapWindows, LdapWindowsConfig};
use portico_core::auth::{
    AuthContext, Authenticator, BuildContext, Credentials, Decision, DirectorySync, HashPool, Realm,
    SyncCursor,
};
use portico_core::front::FrontId;
use portico_core::ports::{Clock, SystemClock};

/// Logins at a time.
const AT_ONCE: usize = 8;
/// How long each kind of login is measured.
const ROUND: Duration = Duration::from_secs(5);
const PASSWORD: &str = "Measure-4711-Tansy";

fn variable(name: &str) -> String {
    std::env::var(name).unwrap_or_else(|_| panic!("{name} is not set: run under cargo xtask services"))
}

async fn connect() -> Ldap {
    let settings = LdapConnSettings::new().set_no_tls_verify(true);
    let url = variable("PORTICO_TEST_OPENLDAPS_URL");
    let (driver, ldap) = LdapConnAsync::with_settings(settings, &url).await.expect("OpenLDAP answers");
    tokio::spawn(driver.drive());
    ldap
}

async fn fill(base: &str, people: usize) {
    let mut ldap = connect().await;
    let (name, password) =
        (variable("PORTICO_TEST_OPENLDAP_ADMIN_DN"), variable("PORTICO_TEST_OPENLDAP_PASSWORD"));
    ldap.simple_bind(&name, &password)
        .await
        .and_then(ldap3::LdapResult::success)
        .expect("the administrator binds");
    let value = |text: &str| HashSet::from([text.to_owned()]);
    let branch = vec![("objectClass".to_owned(), value("organizationalUnit"))];
    ldap.add(base, branch).await.and_then(ldap3::LdapResult::success).expect("the branch is made");
    let next = Arc::new(AtomicUsize::new(0));
    let mut workers = Vec::new();
    for _ in 0..AT_ONCE {
        let (mut ldap, next, base) = (ldap.clone(), Arc::clone(&next), base.to_owned());
        workers.push(tokio::spawn(async move {
            loop {
                let number = next.fetch_add(1, Ordering::Relaxed);
                if number >= people {
                    return;
                }
                let one = |text: String| HashSet::from([text]);
                let mut entry = vec![
                    ("objectClass".to_owned(), one("inetOrgPerson".to_owned())),
                    ("uid".to_owned(), one(format!("p{number}"))),
                    ("cn".to_owned(), one(format!("Person {number}"))),
                    ("sn".to_owned(), one(number.to_string())),
                    ("mail".to_owned(), one(format!("p{number}@measure.test"))),
                    ("title".to_owned(), one("Engineer".to_owned())),
                    ("telephoneNumber".to_owned(), one(format!("+49 30 {number}"))),
                ];
                if number < 100 {
                    entry.push(("userPassword".to_owned(), one(PASSWORD.to_owned())));
                }
                ldap.add(&format!("uid=p{number},{base}"), entry)
                    .await
                    .and_then(ldap3::LdapResult::success)
                    .expect("a person is added");
            }
        }));
    }
    for worker in workers {
        worker.await.expect("people are added");
    }
    for group in 0..100 {
        let members = (0..people / 100).map(|member| format!("uid=p{},{base}", member * 100 + group));
        let entry = vec![
            ("objectClass".to_owned(), value("groupOfNames")),
            ("cn".to_owned(), HashSet::from([format!("g{group}")])),
            ("member".to_owned(), members.collect()),
        ];
        ldap.add(&format!("cn=g{group},{base}"), entry)
            .await
            .and_then(ldap3::LdapResult::success)
            .expect("a group is added");
    }
}

/// Runs `work` on as many tasks as there are logins at a time; answers with how often a second it ended.
async fn rate<W, F>(work: impl Fn() -> W) -> f64
where
    W: FnMut(usize) -> F + Send + 'static,
    F: Future<Output = ()> + Send,
{
    let done = Arc::new(AtomicUsize::new(0));
    let begun = Instant::now();
    let mut workers = Vec::new();
    for worker in 0..AT_ONCE {
        let (mut work, done) = (work(), Arc::clone(&done));
        workers.push(tokio::spawn(async move {
            let mut number = worker;
            while begun.elapsed() < ROUND {
                work(number % 100).await;
                number += AT_ONCE;
                done.fetch_add(1, Ordering::Relaxed);
            }
        }));
    }
    for worker in workers {
        worker.await.expect("a login works");
    }
    f64::from(u32::try_from(done.load(Ordering::Relaxed)).unwrap_or(u32::MAX)) / begun.elapsed().as_secs_f64()
}

/// The bare questions of a login, on kept connections: with `all` those that Portico asks, without only the bind.
async fn bare(base: &str, all: bool) -> f64 {
    let mut pairs = Vec::new();
    for _ in 0..AT_ONCE {
        let mut service = connect().await;
        let name = format!("cn=portico,ou=services,{}", variable("PORTICO_TEST_OPENLDAP_BASE"));
        let password = variable("PORTICO_TEST_OPENLDAP_PASSWORD");
        service
            .simple_bind(&name, &password)
            .await
            .and_then(ldap3::LdapResult::success)
            .expect("the service binds");
        pairs.push((service, connect().await));
    }
    let pairs = std::sync::Mutex::new(pairs);
    rate(|| {
        let (service, login) = pairs.lock().expect("nobody panicked").pop().expect("one for each");
        let base = base.to_owned();
        move |number| {
            let (mut service, mut login, base) = (service.clone(), login.clone(), base.clone());
            async move {
                let dn = format!("uid=p{number},{base}");
                let mut search = async |filter: String| {
                    let attributes = vec!["uid", "cn", "mail", "entryUUID"];
                    let found = service.search(&base, Scope::Subtree, &filter, attributes).await;
                    found.expect("a search works").0.len()
                };
                if all {
                    let people = "(|(objectClass=inetOrgPerson)(objectClass=posixAccount))";
                    assert_eq!(search(format!("(&{people}(|(uid=p{number})(mail=p{number})))")).await, 1);
                }
                login
                    .simple_bind(&dn, PASSWORD)
                    .await
                    .and_then(ldap3::LdapResult::success)
                    .expect("a bind works");
                if all {
                    let groups = "(|(objectClass=groupOfNames)(objectClass=groupOfUniqueNames))";
                    for (member, wanted) in [(dn, 1), (format!("cn=g{number},{base}"), 0)] {
                        let filter = format!("(&{groups}(|(member={member})(uniqueMember={member})))");
                        assert_eq!(search(filter).await, wanted);
                    }
                }
            }
        }
    })
    .await
}

async fn through_portico(directory: &Arc<LdapWindows>) -> f64 {
    rate(|| {
        let directory = Arc::clone(directory);
        move |number| {
            let directory = Arc::clone(&directory);
            async move {
                let front = FrontId::new("im").expect("a front");
                let cx = AuthContext::new(&front, SystemClock.now());
                let credentials = Credentials::password(format!("p{number}"), PASSWORD);
                let decision = directory.authenticate(&credentials, &cx).await;
                assert!(matches!(decision, Ok(Decision::Accepted { .. })), "{decision:?}");
            }
        }
    })
    .await
}

/// `VmRSS` or `VmHWM` of this process in MiB.
fn memory(kind: &str) -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find(|line| line.starts_with(kind)).unwrap_or_default();
    line.split_whitespace().nth(1).and_then(|kib| kib.parse::<u64>().ok()).unwrap_or(0) / 1024
}

async fn synchronise(sync: &dyn DirectorySync, since: Option<&SyncCursor>) -> (usize, SyncCursor) {
    let mut run = sync.begin(since).await.expect("a run begins");
    let mut people = 0;
    while let Some(page) = run.next().await.expect("a page comes") {
        people += page.len();
    }
    (people, run.cursor().expect("the run ended"))
}

fn directory(base: &str) -> LdapWindows {
    let pool = HashPool::new(1, 1).expect("a thread");
    let realm = Realm::new("measure").expect("a realm");
    let mut cx = BuildContext::new("measure", realm, pool, Arc::new(SystemClock));
    cx.timeout = Duration::from_secs(60);
    let config: LdapWindowsConfig = serde_json::from_value(serde_json::json!({
        "url": variable("PORTICO_TEST_OPENLDAPS_URL"), "ca_file": variable("PORTICO_TEST_OPENLDAP_CA"),
        "schema": "openldap", "base_dn": base, "connections": AT_ONCE,
        "bind_dn": format!("cn=portico,ou=services,{}", variable("PORTICO_TEST_OPENLDAP_BASE")),
        "bind_password": variable("PORTICO_TEST_OPENLDAP_PASSWORD"),
    }))
    .expect("the keys fit");
    LdapWindows::new(config, &cx).expect("the configuration works")
}

#[tokio::main(flavor = "multi_thread", worker_threads = 2)]
async fn main() {
    let people: usize = std::env::args().nth(1).and_then(|text| text.parse().ok()).unwrap_or(50_000);
    let base = format!("ou=m{},{}", uuid::Uuid::new_v4().simple(), variable("PORTICO_TEST_OPENLDAP_BASE"));
    let begun = Instant::now();
    fill(&base, people).await;
    println!("{people} people and 100 groups made in {:.1} s", begun.elapsed().as_secs_f64());

    let directory = Arc::new(directory(&base));
    through_portico(&directory).await;
    let (bind, questions, portico) =
        (bare(&base, false).await, bare(&base, true).await, through_portico(&directory).await);
    println!("binds alone                 {bind:8.0}/s");
    println!("the questions of a login    {questions:8.0}/s  (search, bind, two levels of groups)");
    println!(
        "logins through the adapter  {portico:8.0}/s  ({:.0} % of the questions alone)",
        portico / questions * 100.0
    );

    let before = memory("VmRSS");
    let begun = Instant::now();
    let sync = directory.sync().expect("there is a synchronisation");
    let (found, cursor) = synchronise(sync, None).await;
    println!(
        "everybody: {found} people in {:.1} s; memory {before} MiB before, at most {} MiB",
        begun.elapsed().as_secs_f64(),
        memory("VmHWM")
    );
    let begun = Instant::now();
    let (found, _) = synchronise(sync, Some(&cursor)).await;
    println!(
        "again: {found} people in {:.1} s (groups made in the last five minutes mean everybody)",
        begun.elapsed().as_secs_f64()
    );
}
