//! Databases for tests: SQLite files, and private databases on real servers.
//!
//! One body runs on every kind of database:
//! ```text
//! for_each_database!(a_member_is_found);
//!
//! async fn a_member_is_found(db: TestDatabase) {
//!     db.execute("CREATE TABLE users (id int)").await;
//!     …
//! }
//! ```
//! makes `sqlite::a_member_is_found`, which runs wherever Rust does, and the ignored siblings
//! `mariadb::a_member_is_found` and `postgres::a_member_is_found`.
#![expect(clippy::expect_used, clippy::unwrap_used, reason = "a test that can't be set up must fail")]

mod admin;
mod proxy;
mod test_database;

use std::collections::HashMap;
use std::future::Future;
use std::sync::atomic::AtomicU64;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use crate::DatabaseSettings;
pub use test_database::{TestDatabase, TestDatabaseKind};

/// Runs a test on SQLite, and as ignored siblings on MariaDB and PostgreSQL. Takes the names of `async fn(TestDatabase)`.
#[macro_export]
macro_rules! for_each_database {
    ($($test:ident),+ $(,)?) => {
        mod sqlite {
            $(#[test] fn $test() {
                $crate::testing::run($crate::testing::TestDatabaseKind::Sqlite, super::$test);
            })+
        }
        mod mariadb {
            $(#[test] #[ignore = "needs MariaDB: run cargo xtask test"] fn $test() {
                $crate::testing::run($crate::testing::TestDatabaseKind::Mariadb, super::$test);
            })+
        }
        mod postgres {
            $(#[test] #[ignore = "needs PostgreSQL: run cargo xtask test"] fn $test() {
                $crate::testing::run($crate::testing::TestDatabaseKind::Postgres, super::$test);
            })+
        }
    };
}

/// Runs one test with a fresh database, on a runtime of its own.
pub fn run<F: Future<Output = ()>>(kind: TestDatabaseKind, test: impl FnOnce(TestDatabase) -> F) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    runtime.block_on(async {
        let database = TestDatabase::create(kind).await;
        test(database).await;
    });
}

static COUNTERS: OnceLock<Mutex<HashMap<String, Arc<AtomicU64>>>> = OnceLock::new();

/// The counter that all pools for one database share in tests.
pub(crate) fn counter_of(settings: &DatabaseSettings) -> Arc<AtomicU64> {
    let key = format!("{:?} {}", settings.kind(), settings.database());
    let counters = COUNTERS.get_or_init(Mutex::default);
    Arc::clone(counters.lock().unwrap_or_else(PoisonError::into_inner).entry(key).or_default())
}
