//! The laws of an authenticator on Portico's own accounts, wherever they are kept.

use std::process::ExitCode;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use portico_auth_conformance::people::UNREADABLE_HASH;
use portico_auth_conformance::{Condition, Fixture, Installation, Lack, Person};
use portico_auth_native::NativeFactory;
use portico_auth_sql::testing::{TestDatabase, TestDatabaseKind};
use portico_core::account::fold_login;
use portico_core::auth::{AuthRegistry, BoxError, DuplicateKind};
use portico_core::ports::{
    Confirmed, ListedNative, NativeFilter, NativeLife, NativePasskeys, NativeProfile, NativeState,
    NativeUser, NativeUsers, NewNativeUser, NewPassword, OnceToken, Passkey, PasskeyAdded, SecondFactor,
    StoreError, StoreResult, TokenPurpose,
};
use portico_core::testing::MemoryStore;
use portico_core::{Timestamp, async_trait};
use portico_passwords::native::{self, Params};
use portico_store::{OpenOptions, SqlStore};
use secrecy::{ExposeSecret, SecretString};
use serde_json::{Map, Value, json};
use uuid::Uuid;

/// The cheapest that the configuration allows.
const MEMORY_KIB: u32 = 7168;
const PASSES: u32 = 5;

fn main() -> ExitCode {
    let on = |kind| Box::new(NativeFixture(kind)) as Box<dyn Fixture>;
    let databases = TestDatabaseKind::ALL.map(|kind| on(Some(kind)));
    portico_auth_conformance::main([on(None)].into_iter().chain(databases).collect())
}

/// Where the accounts are kept; `None` = in memory.
struct NativeFixture(Option<TestDatabaseKind>);

#[async_trait]
impl Fixture for NativeFixture {
    fn adapter(&self) -> &'static str {
        portico_auth_native::KIND
    }

    fn database(&self) -> &'static str {
        self.0.map_or("memory", TestDatabaseKind::name)
    }

    fn needs(&self) -> Option<&'static str> {
        self.0.and_then(TestDatabaseKind::needs)
    }

    fn lacks(&self) -> Vec<Lack> {
        vec![
            Lack::person(Person::Bob, "native accounts are disabled, not banned"),
            Lack::person(
                Person::Dave,
                "native accounts aren't locked; Portico's own throttle stops guessing",
            ),
            Lack::person(Person::Victor, "native passwords don't expire"),
            Lack::condition(
                Condition::WrongServiceAccount,
                "the store is Portico's own, open before any login",
            ),
            Lack::rename("native accounts can't be renamed yet"),
        ]
    }

    async fn install(&self) -> Result<Box<dyn Installation>, BoxError> {
        let (users, keeps): (Arc<dyn NativeUsers>, _) = match self.0 {
            None => (Arc::new(MemoryStore::default()), Keeps::Nothing),
            Some(TestDatabaseKind::Sqlite) => {
                let folder = tempfile::tempdir()?;
                let url = format!("sqlite://{}", folder.path().join("portico.db").display());
                (Arc::new(open(url).await?), Keeps::Folder(folder))
            }
            Some(kind) => {
                let database = TestDatabase::create(kind).await;
                (Arc::new(open(database.url()).await?), Keeps::Database(Box::new(database)))
            }
        };
        let mut hashes = Vec::new();
        for person in [Person::Alice, Person::Grace, Person::Carol, Person::Paula, Person::Erin] {
            let user = member(person)?;
            hashes.push(user.password_hash.expose_secret().to_owned());
            users.create(user).await?;
        }
        let calls = Arc::default();
        Ok(Box::new(NativeInstallation {
            users,
            calls,
            condition: Mutex::new(Condition::Healthy),
            hashes,
            _keeps: keeps,
        }))
    }
}

async fn open(url: String) -> Result<SqlStore, BoxError> {
    Ok(SqlStore::open(&SecretString::from(url), &OpenOptions::default()).await?)
}

fn member(person: Person) -> Result<NewNativeUser, BoxError> {
    let params = Params { memory_kib: MEMORY_KIB, time: PASSES, lanes: 1 };
    let hash = match person {
        Person::Erin => UNREADABLE_HASH.to_owned(),
        _ => native::hash(person.password().as_bytes(), &params)?,
    };
    let state = match person {
        Person::Carol => NativeState::Disabled,
        Person::Paula => NativeState::Pending,
        _ => NativeState::Active,
    };
    Ok(NewNativeUser {
        id: Uuid::new_v4(),
        login: person.login().to_owned(),
        folded_login: fold_login(person.login()),
        display_name: Some(format!("{person} Example")),
        email: Some(format!("{}@example.org", person.login())),
        password_hash: SecretString::from(hash),
        state,
        administrator: person == Person::Grace,
        created_at: Timestamp::from_secs(1_700_000_000),
    })
}

/// What goes when the installation goes.
#[expect(dead_code, reason = "kept to be dropped")]
enum Keeps {
    Nothing,
    Folder(tempfile::TempDir),
    Database(Box<TestDatabase>),
}

struct NativeInstallation {
    users: Arc<dyn NativeUsers>,
    calls: Arc<AtomicU64>,
    /// Of the instance that is built next.
    condition: Mutex<Condition>,
    hashes: Vec<String>,
    _keeps: Keeps,
}

#[async_trait]
impl Installation for NativeInstallation {
    fn register(&self, registry: &mut AuthRegistry) -> Result<(), DuplicateKind> {
        let condition = *self.condition.lock().unwrap_or_else(PoisonError::into_inner);
        let users = Arc::clone(&self.users);
        let line = Line { users, calls: Arc::clone(&self.calls), condition };
        registry.register_factory(NativeFactory::new(Arc::new(line))).map(|_| ())
    }

    async fn options(&self, condition: Condition) -> Result<Map<String, Value>, BoxError> {
        *self.condition.lock().unwrap_or_else(PoisonError::into_inner) = condition;
        let mut options = Map::new();
        options.insert("argon2".into(), json!({"memory_kib": MEMORY_KIB, "passes": PASSES, "lanes": 1}));
        Ok(options)
    }

    fn spellings_of_alice(&self) -> Vec<String> {
        ["ALICE", "Alice", "  alice ", "\u{FF41}\u{FF4C}\u{FF49}ce"].map(str::to_owned).into()
    }

    async fn rename(&self, _: Person, _: &str) -> Result<(), BoxError> {
        Err("native accounts can't be renamed yet".into())
    }

    async fn snapshot(&self) -> Result<String, BoxError> {
        let mut rows: Vec<String> = self
            .users
            .list()
            .await?
            .into_iter()
            .map(|user| format!("{user:?} {}\n", user.password_hash.expose_secret()))
            .collect();
        rows.sort();
        Ok(rows.concat())
    }

    fn secrets(&self) -> Vec<String> {
        self.hashes.clone()
    }

    async fn queries(&self) -> Option<u64> {
        Some(self.calls.load(Ordering::SeqCst))
    }
}

/// The way to the accounts: counted, and in some conditions cut.
#[derive(Debug)]
struct Line {
    users: Arc<dyn NativeUsers>,
    calls: Arc<AtomicU64>,
    condition: Condition,
}

impl Line {
    async fn cross(&self) -> StoreResult<&dyn NativeUsers> {
        self.calls.fetch_add(1, Ordering::SeqCst);
        match self.condition {
            Condition::Unreachable => Err(StoreError::Unavailable("connection refused".into())),
            Condition::Hanging => std::future::pending().await,
            Condition::Healthy | Condition::WrongServiceAccount => Ok(&*self.users),
        }
    }
}

#[async_trait]
impl NativeUsers for Line {
    async fn find(&self, folded_login: &str) -> StoreResult<Option<NativeUser>> {
        self.cross().await?.find(folded_login).await
    }

    async fn get(&self, id: Uuid) -> StoreResult<Option<NativeUser>> {
        self.cross().await?.get(id).await
    }

    async fn create(&self, user: NewNativeUser) -> StoreResult<NativeUser> {
        self.cross().await?.create(user).await
    }

    async fn list(&self) -> StoreResult<Vec<NativeUser>> {
        self.cross().await?.list().await
    }
    async fn page(&self, filter: &NativeFilter) -> StoreResult<Vec<ListedNative>> {
        self.cross().await?.page(filter).await
    }

    async fn set_state(&self, id: Uuid, state: NativeState) -> StoreResult<bool> {
        self.cross().await?.set_state(id, state).await
    }

    async fn set_password_hash(&self, id: Uuid, hash: SecretString) -> StoreResult<bool> {
        self.cross().await?.set_password_hash(id, hash).await
    }
}

#[async_trait]
impl NativeLife for Line {
    async fn by_email(&self, folded_email: &str) -> StoreResult<Vec<NativeUser>> {
        self.cross().await?.by_email(folded_email).await
    }

    async fn change_password(&self, change: &NewPassword) -> StoreResult<bool> {
        self.cross().await?.change_password(change).await
    }

    async fn past_hashes(&self, user: Uuid, limit: usize) -> StoreResult<Vec<SecretString>> {
        self.cross().await?.past_hashes(user, limit).await
    }

    async fn set_profile(&self, user: Uuid, profile: &NativeProfile) -> StoreResult<bool> {
        self.cross().await?.set_profile(user, profile).await
    }

    async fn put_token(&self, token: &OnceToken) -> StoreResult<()> {
        self.cross().await?.put_token(token).await
    }

    async fn token_user(
        &self,
        hash: &[u8; 32],
        purpose: TokenPurpose,
        now: Timestamp,
    ) -> StoreResult<Option<Uuid>> {
        self.cross().await?.token_user(hash, purpose, now).await
    }

    async fn take_token(
        &self,
        hash: &[u8; 32],
        purpose: TokenPurpose,
        now: Timestamp,
    ) -> StoreResult<Option<Uuid>> {
        self.cross().await?.take_token(hash, purpose, now).await
    }

    async fn set_email_verified(&self, user: Uuid, at: Timestamp) -> StoreResult<bool> {
        self.cross().await?.set_email_verified(user, at).await
    }

    async fn second_factor(&self, user: Uuid) -> StoreResult<Option<SecondFactor>> {
        self.cross().await?.second_factor(user).await
    }

    async fn begin_second_factor(&self, user: Uuid, secret: SecretString) -> StoreResult<bool> {
        self.cross().await?.begin_second_factor(user, secret).await
    }

    async fn confirm_second_factor(
        &self,
        user: Uuid,
        step: i64,
        recovery: &[[u8; 32]],
        now: Timestamp,
    ) -> StoreResult<Confirmed> {
        self.cross().await?.confirm_second_factor(user, step, recovery, now).await
    }

    async fn installation_key(&self, fresh: &[u8; 32]) -> StoreResult<[u8; 32]> {
        self.cross().await?.installation_key(fresh).await
    }

    async fn rewrite_second_factor(
        &self,
        user: Uuid,
        instead_of: &SecretString,
        secret: &SecretString,
    ) -> StoreResult<bool> {
        self.cross().await?.rewrite_second_factor(user, instead_of, secret).await
    }

    async fn use_step(&self, user: Uuid, step: i64) -> StoreResult<bool> {
        self.cross().await?.use_step(user, step).await
    }

    async fn use_recovery_code(&self, user: Uuid, hash: &[u8; 32]) -> StoreResult<bool> {
        self.cross().await?.use_recovery_code(user, hash).await
    }

    async fn remove_second_factor(&self, user: Uuid) -> StoreResult<bool> {
        self.cross().await?.remove_second_factor(user).await
    }
}

#[async_trait]
impl NativePasskeys for Line {
    async fn passkeys(&self, user: Uuid) -> StoreResult<Vec<Passkey>> {
        self.cross().await?.passkeys(user).await
    }

    async fn add_passkey(
        &self,
        passkey: &Passkey,
        recovery: &[[u8; 32]],
        limit: usize,
    ) -> StoreResult<PasskeyAdded> {
        self.cross().await?.add_passkey(passkey, recovery, limit).await
    }

    async fn use_passkey(&self, id: Uuid, seen: u32, counter: u32, at: Timestamp) -> StoreResult<bool> {
        self.cross().await?.use_passkey(id, seen, counter, at).await
    }

    async fn remove_passkey(&self, user: Uuid, id: Uuid) -> StoreResult<bool> {
        self.cross().await?.remove_passkey(user, id).await
    }

    async fn recovery_left(&self, user: Uuid) -> StoreResult<usize> {
        self.cross().await?.recovery_left(user).await
    }

    async fn renew_recovery(&self, user: Uuid, recovery: &[[u8; 32]]) -> StoreResult<bool> {
        self.cross().await?.renew_recovery(user, recovery).await
    }
}
