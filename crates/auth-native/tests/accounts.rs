//! What people and administrators meet: registering, entering, being approved, and hashes that grow with the times.

#![expect(clippy::unwrap_used, reason = "a test stops at what it did not expect")]

use std::sync::Arc;

use portico_auth_native::{
    AccountError, Argon2Config, NativeAccounts, NativeAuthenticator, NativeConfig, NativeFactory,
};
use portico_core::Timestamp;
use portico_core::auth::{
    AuthContext, AuthRegistry, Authenticator, BuildContext, Credentials, Decision, HashPool, NoObserver,
    Options, Realm, Refusal, Registration, RegistrationForm, RegistrationRefusal,
};
use portico_core::front::FrontId;
use portico_core::ports::{NativeState, NativeUsers};
use portico_core::testing::{MemoryStore, MockClock};
use secrecy::ExposeSecret;
use serde_json::json;

const CHEAP: Argon2Config = Argon2Config { memory_kib: 7168, passes: 5, lanes: 1 };
const DEARER: Argon2Config = Argon2Config { memory_kib: 7168, passes: 6, lanes: 1 };

struct House {
    store: MemoryStore,
    pool: HashPool,
    front: FrontId,
}

impl House {
    fn new() -> Self {
        let pool = HashPool::new(1, 16).unwrap();
        Self { store: MemoryStore::default(), pool, front: FrontId::new("im").unwrap() }
    }

    fn accounts(&self, argon2: Argon2Config) -> NativeAccounts {
        let config = NativeConfig { argon2, ..NativeConfig::default() };
        NativeAccounts::new(Arc::new(self.store.clone()), self.pool.clone(), config)
    }

    fn door(&self, argon2: Argon2Config) -> NativeAuthenticator {
        NativeAuthenticator::new(self.accounts(argon2))
    }

    fn cx(&self) -> AuthContext<'_> {
        AuthContext::new(&self.front, Timestamp::from_secs(1_800_000_000))
    }

    async fn register(&self, form: &RegistrationForm, needs_approval: bool) -> Registration {
        let door = self.door(CHEAP);
        door.registrar().unwrap().register(form, needs_approval, &self.cx()).await.unwrap()
    }

    async fn enter(&self, login: &str, password: &str) -> Decision {
        self.door(CHEAP).authenticate(&Credentials::password(login, password), &self.cx()).await.unwrap()
    }

    async fn stored_hash(&self, folded: &str) -> String {
        self.store.find(folded).await.unwrap().unwrap().password_hash.expose_secret().to_owned()
    }
}

fn form(login: &str, password: &str) -> RegistrationForm {
    RegistrationForm {
        login: login.into(),
        password: password.to_owned().into(),
        display_name: None,
        email: None,
    }
}

fn invalid(registration: &Registration) -> &str {
    match registration {
        Registration::Refused(RegistrationRefusal::Invalid(why)) => why,
        other => panic!("was not refused as invalid: {other:?}"),
    }
}

#[tokio::test]
async fn whoever_registers_can_enter_at_once_under_any_spelling() {
    let house = House::new();
    let mut wanted = form("Anna Lena", "caf\u{E9} au lait");
    wanted.display_name = Some("  Anna L. ".into());
    wanted.email = Some("anna@example.org".into());
    let Registration::Active(made) = house.register(&wanted, false).await else { panic!("not active") };
    assert_eq!((made.login.as_str(), made.shown_name()), ("Anna Lena", "Anna L."));
    assert!(made.email.as_ref().is_some_and(|email| email.address == "anna@example.org" && !email.verified));
    assert!(!made.staff.administrator);
    assert_eq!(made.groups, Some(Vec::new()));

    // The same letters from another keyboard: decomposed, with a no-break space.
    let entered = house.enter(" anna LENA", "cafe\u{301}\u{A0}au lait").await;
    assert_eq!(entered.identity(), Some(&*made));
    let wrong = house.enter("anna lena", "Café au lait").await;
    assert_eq!(wrong.refusal(), Some(&Refusal::BadSecret));
}

#[tokio::test]
async fn a_name_that_folds_to_a_taken_one_is_taken() {
    let house = House::new();
    let _ = house.register(&form("alice", "a long password"), false).await;
    let hashes = house.pool.computed();
    for spelling in ["alice", "ALICE", "\u{FF41}lice"] {
        let again = house.register(&form(spelling, "another password"), false).await;
        assert_eq!(again, Registration::Refused(RegistrationRefusal::NameTaken), "{spelling}");
    }
    assert_eq!(house.pool.computed(), hashes, "a taken name costs no hash");
    assert!(house.enter("alice", "a long password").await.identity().is_some());
}

#[tokio::test]
async fn of_two_who_register_a_name_at_once_one_gets_it() {
    let house = House::new();
    let (mine, yours) = (form("alice", "a long password"), form("ALICE", "another password"));
    let both = tokio::join!(house.register(&mine, false), house.register(&yours, false));
    let active = [&both.0, &both.1].into_iter().filter(|one| matches!(one, Registration::Active(_))).count();
    let taken = Registration::Refused(RegistrationRefusal::NameTaken);
    assert_eq!((active, both.0 == taken || both.1 == taken), (1, true), "{both:?}");
}

#[tokio::test]
async fn a_form_that_breaks_a_rule_is_told_which_and_makes_nothing() {
    let house = House::new();
    let good = "a long password";
    assert!(invalid(&house.register(&form("", good), false).await).contains("empty"));
    assert!(invalid(&house.register(&form("al\u{202E}ice", good), false).await).contains("can't be seen"));
    assert!(invalid(&house.register(&form(&"x".repeat(65), good), false).await).contains("64"));
    assert!(invalid(&house.register(&form("alice", "short"), false).await).contains("10 characters"));
    assert!(
        invalid(&house.register(&form("alice wonder", "Alice Wonder"), false).await).contains("login name")
    );
    let mut odd = form("alice", good);
    odd.email = Some("not an address".into());
    assert!(invalid(&house.register(&odd, false).await).contains("e-mail"));
    assert_eq!(house.pool.computed(), 0, "no hash for a form that can't be used");
    assert!(house.store.list().await.unwrap().is_empty());
}

#[tokio::test]
async fn an_account_that_waits_for_approval_says_so_only_with_the_right_password() {
    let house = House::new();
    assert_eq!(house.register(&form("paula", "a long password"), true).await, Registration::Pending);
    assert_eq!(house.enter("paula", "a long password").await.refusal(), Some(&Refusal::Pending));
    assert_eq!(house.enter("paula", "a wrong password").await.refusal(), Some(&Refusal::BadSecret));
    let paula = house.store.find("paula").await.unwrap().unwrap();
    house.store.set_state(paula.id, NativeState::Active).await.unwrap();
    assert!(house.enter("paula", "a long password").await.identity().is_some());
}

#[tokio::test]
async fn an_administrator_is_made_under_a_name_that_nobody_can_register() {
    let house = House::new();
    let wanted = form("admin", "a long password");
    let taken = Registration::Refused(RegistrationRefusal::NameTaken);
    assert_eq!(house.register(&wanted, false).await, taken);
    let accounts = house.accounts(CHEAP);
    let now = Timestamp::from_secs(1);
    let admin = accounts.create_administrator(&wanted, now).await.unwrap();
    assert!(admin.administrator && admin.state == NativeState::Active);
    assert!(house.enter("Admin", "a long password").await.identity().unwrap().staff.administrator);
    assert!(matches!(accounts.create_administrator(&wanted, now).await, Err(AccountError::NameTaken)));
    assert!(!accounts.create_user(&form("bob", "a long password"), now).await.unwrap().administrator);
}

#[tokio::test]
async fn a_password_set_anew_is_the_only_one() {
    let house = House::new();
    let _ = house.register(&form("alice", "a long password"), false).await;
    let accounts = house.accounts(CHEAP);
    let short = "short".to_owned().into();
    assert!(matches!(
        accounts.set_password("alice", &short, Timestamp::from_secs(2)).await,
        Err(AccountError::Invalid(_))
    ));
    let new = "another password".to_owned().into();
    assert!(matches!(
        accounts.set_password("nobody", &new, Timestamp::from_secs(2)).await,
        Err(AccountError::NoSuchUser)
    ));
    accounts.set_password("Alice", &new, Timestamp::from_secs(2)).await.unwrap();
    assert_eq!(house.enter("alice", "a long password").await.refusal(), Some(&Refusal::BadSecret));
    assert!(house.enter("alice", "another password").await.identity().is_some());
}

#[tokio::test]
async fn a_hash_of_yesterdays_cost_is_renewed_at_the_next_login_and_then_left_alone() {
    let house = House::new();
    let _ = house.register(&form("alice", "a long password"), false).await;
    let old = house.stored_hash("alice").await;
    let door = house.door(DEARER);
    let wrong =
        door.authenticate(&Credentials::password("alice", "a wrong password"), &house.cx()).await.unwrap();
    assert_eq!(wrong.refusal(), Some(&Refusal::BadSecret));
    assert_eq!(house.stored_hash("alice").await, old, "a wrong password renews nothing");
    let right = Credentials::password("alice", "a long password");
    assert!(door.authenticate(&right, &house.cx()).await.unwrap().identity().is_some());
    let new = house.stored_hash("alice").await;
    assert!(new.contains("t=6") && new != old, "the cost is {new}");
    assert!(door.authenticate(&right, &house.cx()).await.unwrap().identity().is_some());
    assert_eq!(house.stored_hash("alice").await, new);
}

#[tokio::test]
async fn an_empty_hash_fits_no_password_and_costs_as_much() {
    let house = House::new();
    let _ = house.register(&form("alice", "a long password"), false).await;
    let alice = house.store.find("alice").await.unwrap().unwrap();
    house.store.set_password_hash(alice.id, String::new().into()).await.unwrap();
    let hashes = house.pool.computed();
    for password in ["", "a long password"] {
        assert_eq!(house.enter("alice", password).await.refusal(), Some(&Refusal::BadSecret));
    }
    assert_eq!(house.pool.computed(), hashes + 2);
}

#[tokio::test]
async fn the_configuration_names_the_key_that_is_out_of_bounds() {
    let house = House::new();
    let mut registry = AuthRegistry::new();
    registry.register_factory(NativeFactory::new(Arc::new(house.store.clone()))).unwrap();
    let clock = Arc::new(MockClock::new(Timestamp::from_secs(1)));
    let cx = BuildContext::new("native", Realm::new("native").unwrap(), house.pool.clone(), clock);
    let cases = [
        (
            json!({"argon2": {"memory_kib": 8}}),
            "authenticator.native.argon2.memory_kib: is 8, must be 7168 to 262144",
        ),
        (json!({"argon2": {"memory": 8}}), "authenticator.native.argon2.memory: unknown field `memory`"),
        (json!({"min_password_chars": 1}), "authenticator.native.min_password_chars: is 1, must be 8 to 128"),
    ];
    for (keys, wanted) in cases {
        let options = Options::new("authenticator.native", keys.as_object().unwrap().clone());
        let error =
            registry.build("native", options, &cx, Arc::new(NoObserver)).await.unwrap_err().to_string();
        assert!(error.starts_with(wanted), "{error}");
    }
    let options = Options::new("authenticator.native", serde_json::Map::new());
    assert!(
        registry.build("native", options, &cx, Arc::new(NoObserver)).await.is_ok(),
        "all keys have defaults"
    );
}
