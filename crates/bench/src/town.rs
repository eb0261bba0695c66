//! A messenger in a box, and people in it.

use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, Result};
use portico_core::account::Profile;
use portico_core::auth::{BuildContext, Chain, Credentials, Guarded, HashPool, NoObserver, Realm, SubjectId};
use portico_core::engine::{Engine, EngineSettings, Login, LoginOrigin};
use portico_core::front::{Front, FrontId, FrontPath, FrontTable};
use portico_core::policy::Mode;
use portico_core::ports::{NewAccount, Store, SystemClock};
use portico_core::testing::{FakeAuthenticator, FakePerson, MemoryStore};
use portico_core::{AccountId, CommunityId, Timestamp};
use portico_store::{OpenOptions, SqlStore};
use secrecy::SecretString;

const REALM: &str = "fake";

pub(crate) struct Town {
    pub(crate) engine: Arc<Engine>,
    pub(crate) store: Arc<dyn Store>,
    pub(crate) sql: Option<SqlStore>,
    pub(crate) front: Arc<Front>,
    fake: FakeAuthenticator,
}

impl Town {
    /// Over SQLite in memory.
    pub(crate) async fn over_sqlite() -> Result<Self> {
        let url = SecretString::from("sqlite::memory:");
        let sql = SqlStore::open(&url, &OpenOptions::default()).await?;
        Self::over(Arc::new(sql.clone()), Some(sql)).await
    }

    /// Over maps.
    pub(crate) async fn over_maps() -> Result<Self> {
        Self::over(Arc::new(MemoryStore::new()), None).await
    }

    async fn over(store: Arc<dyn Store>, sql: Option<SqlStore>) -> Result<Self> {
        let fake = FakeAuthenticator::new();
        let front = Arc::new(front("im", &fake)?);
        let table = FrontTable::new(vec![Arc::clone(&front)])?;
        let engine =
            Engine::start(Arc::clone(&store), Arc::new(SystemClock), table, EngineSettings::default());
        Ok(Self { engine: engine.await?, store, sql, front, fake })
    }

    pub(crate) fn community(&self) -> &CommunityId {
        &self.front.community
    }

    /// Makes an account that has been here before and is not here now.
    pub(crate) async fn member(&self, name: &str) -> Result<AccountId> {
        let now = Timestamp::from_secs(1_795_000_000);
        let account = self
            .store
            .create_account(NewAccount {
                id: AccountId::generate(now),
                realm: realm()?,
                subject: SubjectId::new(name)?,
                registered_at: None,
                profile: Profile::named(name),
                proven: true,
                pending: false,
                replaces: None,
                created_at: now,
            })
            .await?;
        self.store.enter_front(account.id, self.community(), &self.front.id, now).await?;
        Ok(account.id)
    }

    /// Logs somebody in.
    pub(crate) async fn enter(&self, name: &str) -> Result<Login> {
        self.fake.add(FakePerson::new(name, name, name));
        let credentials = Credentials::password(name, name);
        let login = self.engine.log_in(&self.front, &credentials, &LoginOrigin::default(), None).await;
        login.with_context(|| format!("{name} can't log in"))
    }
}

pub(crate) fn realm() -> Result<Realm> {
    Realm::new(REALM).ok().context("a realm's name")
}

/// A front where everybody sees everybody.
pub(crate) fn front(id: &str, fake: &FakeAuthenticator) -> Result<Front> {
    let context = BuildContext::new(REALM, realm()?, HashPool::new(1, 64)?, Arc::new(SystemClock));
    let guarded = Guarded::new(Box::new(fake.clone()), "fake", context, Arc::new(NoObserver));
    let path = FrontPath::new(&format!("/{id}/"))?;
    let chain = Chain::new(vec![Arc::new(guarded)]);
    Ok(Front::new(FrontId::new(id)?, path, Mode::OpenCommunity, chain))
}

/// Seconds as a number.
pub(crate) fn seconds(time: Duration) -> f64 {
    time.as_secs_f64()
}
