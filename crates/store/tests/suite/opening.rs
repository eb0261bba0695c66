//! What opening a database comes to, file or server.

use portico_core::ports::Store;
use portico_store::{OpenError, SqlStore};

use crate::backend::{Database, impatient};
use crate::database::world;
use crate::database_tests;
use crate::world::{main_community, new_account};

database_tests! {
    FILE:
        a_database_file_is_its_owners_alone,
        a_missing_folder_is_named,
        a_file_that_is_no_database_is_refused,
        a_database_in_memory_is_not_shared;
    SERVERS:
        an_unknown_database_is_named,
        a_wrong_password_is_access_denied,
        a_closed_port_is_unreachable,
        an_unknown_host_is_named,
        what_was_opened_on_a_runtime_that_ended_is_not_used_again;
}

#[cfg(unix)]
async fn a_database_file_is_its_owners_alone(database: &Database) {
    use std::os::unix::fs::PermissionsExt;
    let store = database.open().await.unwrap();
    store.create_account(new_account("forum", "7", "alice")).await.unwrap();
    let folder = database.path().parent().unwrap().to_owned();
    let files: Vec<_> = std::fs::read_dir(folder).unwrap().map(Result::unwrap).collect();
    assert!(files.len() >= 3, "the database, its log and its lock");
    for file in files {
        assert_eq!(file.metadata().unwrap().permissions().mode() & 0o777, 0o600, "{:?}", file.file_name());
    }
    store.close().await;
}

#[cfg(not(unix))]
async fn a_database_file_is_its_owners_alone(_: &Database) {}

async fn a_missing_folder_is_named(database: &Database) {
    let path = database.path().with_file_name("missing").join("portico.db");
    let url = format!("sqlite://{}", path.display()).into();
    let error = SqlStore::open(&url, &impatient()).await.expect_err("there is no folder");
    assert!(matches!(error, OpenError::File { .. }), "{error:?}");
    assert!(error.to_string().contains("missing"), "{error}");
}

async fn a_file_that_is_no_database_is_refused(database: &Database) {
    std::fs::write(database.path(), "This is a text and no database at all. ".repeat(100)).unwrap();
    let error = database.open().await.expect_err("it is no database");
    assert!(error.to_string().contains("not an SQLite database"), "{error}");
}

async fn a_database_in_memory_is_not_shared(_: &Database) {
    let one = SqlStore::open(&"sqlite::memory:".into(), &impatient()).await.unwrap();
    let other = SqlStore::open(&"sqlite::memory:".into(), &impatient()).await.unwrap();
    let people = world(&one).people(2).await;
    world(&one).talk(people[0], people[1]).await;
    assert_eq!(one.roster(&main_community(), None, 10).await.unwrap().members.len(), 2);
    assert_eq!(other.roster(&main_community(), None, 10).await.unwrap().members, []);
}

async fn an_unknown_database_is_named(database: &Database) {
    let url = format!("{}_missing", database.url).into();
    let error = SqlStore::open(&url, &impatient()).await.expect_err("there is no such database");
    assert!(matches!(error, OpenError::UnknownDatabase { .. }), "{error:?}");
    assert!(error.to_string().contains(&format!("{}_missing", database.name())), "{error}");
}

async fn a_wrong_password_is_access_denied(database: &Database) {
    let (scheme, rest) = database.url.split_once("://").unwrap();
    let (user, place) = rest.rsplit_once('@').unwrap();
    let user = user.split(':').next().unwrap();
    let url = format!("{scheme}://{user}:wr0ng-s3cret@{place}").into();
    let error = SqlStore::open(&url, &impatient()).await.expect_err("the password is wrong");
    assert!(matches!(error, OpenError::AccessDenied { .. }), "{error:?}");
    assert!(!format!("{error} {error:?}").contains("s3cret"), "{error:?}");
}

async fn a_closed_port_is_unreachable(database: &Database) {
    let (scheme, _) = database.url.split_once("://").unwrap();
    let url = format!("{scheme}://chat:s3cret@127.0.0.1:1/chat").into();
    let error = SqlStore::open(&url, &impatient()).await.expect_err("nothing listens there");
    assert!(matches!(error, OpenError::Unreachable { .. }), "{error:?}");
    assert!(error.to_string().contains("nothing listens"), "{error}");
    assert!(!format!("{error} {error:?}").contains("s3cret"), "{error:?}");
}

async fn an_unknown_host_is_named(database: &Database) {
    let (scheme, _) = database.url.split_once("://").unwrap();
    let url = format!("{scheme}://chat:s3cret@no-such-host.invalid/chat").into();
    let error = SqlStore::open(&url, &impatient()).await.expect_err("there is no such host");
    assert!(matches!(error, OpenError::Unreachable { .. }), "{error:?}");
    assert!(error.to_string().contains("no-such-host.invalid"), "{error}");
}

async fn what_was_opened_on_a_runtime_that_ended_is_not_used_again(database: &Database) {
    let store = database.open().await.unwrap();
    let elsewhere = store.clone();
    let ended = std::thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let asked = (0..32).map(|_| elsewhere.last_message());
            for answer in futures_util::future::join_all(asked).await {
                answer.unwrap();
            }
        });
    });
    tokio::task::spawn_blocking(move || ended.join().unwrap()).await.unwrap();
    store.doubt_connections();
    for number in 0..32 {
        store.create_account(new_account("forum", &number.to_string(), "alice")).await.unwrap();
    }
    store.close().await;
}
