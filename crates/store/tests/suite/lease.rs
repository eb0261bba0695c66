//! One server process owns a database.

use std::io::{BufRead as _, BufReader};
use std::process::{Command, Stdio};
use std::time::Duration;

use portico_core::ports::{Store, StoreError};
use portico_store::{OpenError, SqlStore};
use sea_orm::{ConnectionTrait, DatabaseConnection};

use crate::backend::{Backend, Database, impatient};
use crate::database_tests;

database_tests! {
    EVERY:
        a_second_opener_is_refused,
        a_dropped_store_frees_the_lease,
        a_restart_waits_for_the_process_it_replaces,
        a_killed_process_frees_the_lease,
        who_asks_learns_whether_it_is_in_use,
        a_store_that_keeps_the_lease_never_loses_it;
    FILE:
        two_names_of_one_file_meet_at_one_lock;
    SERVERS:
        a_broken_session_takes_the_lease_anew,
        a_lease_that_another_took_over_is_lost,
        other_databases_of_the_server_have_leases_of_their_own;
}

/// The variable that makes the test binary a process that opens its value and waits to be killed.
pub(crate) const HOLDER: &str = "PORTICO_SUITE_HOLD_LEASE";

/// Opens a database, says so, and waits to be killed.
pub(crate) fn hold(url: &str) -> ! {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
    runtime.block_on(async {
        let _store = SqlStore::open(&url.into(), &impatient()).await.unwrap();
        println!("held");
        std::future::pending().await
    })
}

async fn refused(database: &Database) {
    let error = database.open().await.expect_err("it is in use");
    assert!(matches!(error, OpenError::InUse { .. }), "{error:?}");
    assert!(error.to_string().contains("another server process"), "{error}");
}

async fn a_second_opener_is_refused(database: &Database) {
    let store = database.open().await.unwrap();
    refused(database).await;
    store.ping().await.unwrap();
    store.close().await;
    database.open_soon().await.close().await;
}

async fn a_dropped_store_frees_the_lease(database: &Database) {
    let store = database.open().await.unwrap();
    let clone = store.clone();
    drop(store);
    refused(database).await;
    drop(clone);
    database.open_soon().await.close().await;
}

async fn a_restart_waits_for_the_process_it_replaces(database: &Database) {
    let old = database.open().await.unwrap();
    let (_, new) = tokio::join!(
        async {
            tokio::time::sleep(Duration::from_millis(300)).await;
            old.close().await;
        },
        database.open_soon(),
    );
    new.ping().await.unwrap();
    new.close().await;
}

async fn a_killed_process_frees_the_lease(database: &Database) {
    let mut holder = Command::new(std::env::current_exe().unwrap())
        .env(HOLDER, &database.url)
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut line = String::new();
    BufReader::new(holder.stdout.take().unwrap()).read_line(&mut line).unwrap();
    assert_eq!(line.trim(), "held");
    refused(database).await;
    // SIGKILL on Unix: nothing is cleaned up.
    holder.kill().unwrap();
    holder.wait().unwrap();
    database.open_soon().await.close().await;
}

async fn who_asks_learns_whether_it_is_in_use(database: &Database) {
    let asked = async || SqlStore::is_in_use(&database.secret_url(), &impatient()).await.unwrap();
    assert!(!asked().await);
    let store = database.open_soon().await;
    assert!(asked().await);
    store.ping().await.unwrap();
    store.close().await;
    drop(store);
    database.open_soon().await.close().await;
}

async fn a_store_that_keeps_the_lease_never_loses_it(database: &Database) {
    let store = database.open().await.unwrap();
    // Several rounds of the watcher.
    let lost = tokio::time::timeout(Duration::from_millis(500), store.lease_lost()).await;
    assert!(lost.is_err());
    refused(database).await;
    store.close().await;
}

async fn two_names_of_one_file_meet_at_one_lock(database: &Database) {
    let store = database.open().await.unwrap();
    let folder = database.path().parent().unwrap().to_owned();
    let roundabout =
        format!("sqlite://{}/../{}/portico.db", folder.display(), folder.file_name().unwrap().display());
    let error = SqlStore::open(&roundabout.into(), &impatient()).await.expect_err("it is in use");
    assert!(matches!(error, OpenError::InUse { .. }), "{error:?}");
    store.close().await;
}

/// Ends every session of the database, the one that holds the lease among them.
async fn break_sessions(database: &Database, administrator: &DatabaseConnection) {
    match database.backend {
        Backend::Postgres => {
            let sql = format!(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{}' AND pid <> pg_backend_pid() \
                 AND query NOT LIKE '%pg_advisory_lock%'",
                database.name()
            );
            administrator.execute_unprepared(&sql).await.unwrap();
        }
        _ => {
            let sql = format!("SELECT IS_USED_LOCK('portico:{}') AS holder", database.name());
            let row = administrator
                .query_one_raw(sea_orm::Statement::from_string(sea_orm::DbBackend::MySql, sql))
                .await
                .unwrap()
                .unwrap();
            let holder: i64 = row.try_get("", "holder").unwrap();
            administrator.execute_unprepared(&format!("KILL CONNECTION {holder}")).await.unwrap();
        }
    }
}

async fn a_broken_session_takes_the_lease_anew(database: &Database) {
    let store = database.open().await.unwrap();
    let administrator = database.administrator().await;
    break_sessions(database, &administrator).await;
    tokio::time::sleep(Duration::from_secs(3)).await;
    refused(database).await;
    store.ping().await.unwrap();
    assert!(tokio::time::timeout(Duration::from_millis(200), store.lease_lost()).await.is_err());
    administrator.close().await.unwrap();
    store.close().await;
}

async fn a_lease_that_another_took_over_is_lost(database: &Database) {
    let store = database.open().await.unwrap();
    let lost = store.lease_lost();
    // Another process stands in the queue for the lock, and so gets it the moment the session breaks.
    let rival = database.raw().await;
    let waiting = match database.backend {
        Backend::Postgres => "SELECT pg_advisory_lock(1886351988, hashtext(current_schema()))".to_owned(),
        _ => format!("SELECT GET_LOCK('portico:{}', 20)", database.name()),
    };
    let queued = tokio::spawn({
        let rival = rival.clone();
        async move { rival.execute_unprepared(&waiting).await.unwrap() }
    });
    tokio::time::sleep(Duration::from_millis(500)).await;
    let administrator = database.administrator().await;
    break_sessions(database, &administrator).await;
    queued.await.unwrap();
    tokio::time::timeout(Duration::from_secs(10), lost).await.expect("the loss is told");
    let outcome = store.ping().await;
    assert!(matches!(outcome, Err(StoreError::Unavailable(_))), "{outcome:?}");
    administrator.close().await.unwrap();
    rival.close().await.unwrap();
    store.close().await;
}

async fn other_databases_of_the_server_have_leases_of_their_own(database: &Database) {
    let store = database.open().await.unwrap();
    let administrator = database.administrator().await;
    let other = format!("{}_2", database.name());
    administrator.execute_unprepared(&format!("CREATE DATABASE {other}")).await.unwrap();
    let beside = SqlStore::open(&format!("{}_2", database.url).into(), &impatient()).await.unwrap();
    beside.ping().await.unwrap();
    beside.close().await;
    let force = if database.backend == Backend::Postgres { " WITH (FORCE)" } else { "" };
    administrator.execute_unprepared(&format!("DROP DATABASE {other}{force}")).await.unwrap();
    administrator.close().await.unwrap();
    store.close().await;
}
