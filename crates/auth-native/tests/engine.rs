//! The whole way of an own account: other passwords, forgotten ones, second factors, names; leaving.

#![expect(clippy::unwrap_used, reason = "a test stops at what it did not expect")]

use std::sync::{Arc, Mutex};
use std::time::Duration;

use portico_auth_native::{Argon2Config, NativeAccounts, NativeAuthenticator, NativeConfig};
use portico_core::account::OwnMessages;
use portico_core::auth::{
    Authenticator, BuildContext, Chain, CredentialKind, Credentials, Guarded, HashPool, NoObserver,
    ProfileChange, Realm, Refusal, RegistrationForm,
};
use portico_core::engine::{Engine, EngineError, EngineSettings, EntryError, Login, LoginOrigin, Registered};
use portico_core::front::{Front, FrontId, FrontPath, FrontTable, UnknownNames, Username};
use portico_core::policy::Mode;
use portico_core::ports::{Letter, MailError, Mailer, NativeLife, NativeUsers};
use portico_core::testing::{MemoryStore, MockClock};
use portico_core::{Timestamp, async_trait};
use secrecy::{ExposeSecret, SecretString};

#[path = "engine/disabled.rs"]
mod disabled;

const CHEAP: Argon2Config = Argon2Config { memory_kib: 7168, passes: 5, lanes: 1 };
const DAY: Duration = Duration::from_secs(24 * 3600);

#[derive(Debug, Clone, Default)]
struct Letters(Arc<Mutex<Vec<Letter>>>);

#[async_trait]
impl Mailer for Letters {
    async fn send(&self, letter: &Letter) -> Result<(), MailError> {
        self.0.lock().unwrap().push(letter.clone());
        Ok(())
    }
}

impl Letters {
    /// The token of the newest letter.
    async fn token(&self, purpose: &str) -> String {
        for _ in 0..200 {
            if let Some(letter) = self.0.lock().unwrap().last() {
                let text = letter.text.expose_secret();
                let begin = text.find(&format!("#{purpose}=")).unwrap() + purpose.len() + 2;
                return text[begin..].split_whitespace().next().unwrap().to_owned();
            }
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        panic!("no letter came");
    }
}

struct House {
    store: MemoryStore,
    clock: MockClock,
    letters: Letters,
    pool: HashPool,
    engine: Arc<Engine>,
    front: Arc<Front>,
}

fn secret(text: &str) -> SecretString {
    SecretString::from(text.to_owned())
}

impl House {
    async fn with(change: impl FnOnce(&mut NativeConfig)) -> Self {
        let (store, clock) = (MemoryStore::new(), MockClock::new(Timestamp::from_secs(1_800_000_000)));
        let pool = HashPool::new(2, 64).unwrap();
        let mut config = NativeConfig { argon2: CHEAP, ..NativeConfig::default() };
        change(&mut config);
        let accounts = NativeAccounts::new(Arc::new(store.clone()), pool.clone(), config);
        let door = Box::new(NativeAuthenticator::new(accounts));
        let cx =
            BuildContext::new("native", Realm::new("native").unwrap(), pool.clone(), Arc::new(clock.clone()));
        let door = Arc::new(Guarded::new(door, "native", cx, Arc::new(NoObserver)));
        let (id, path) = (FrontId::new("im").unwrap(), FrontPath::new("/im/").unwrap());
        let mut front = Front::new(id.clone(), path, Mode::OpenCommunity, Chain::new(vec![door]));
        front.options.unknown_names = UnknownNames::Form;
        let letters = Letters::default();
        let mut settings = EngineSettings::default();
        settings.refusal_step = Duration::ZERO;
        settings.mailer = Some(Arc::new(letters.clone()));
        settings.public_url = Some("https://chat.example.org".into());
        let fronts = FrontTable::new(vec![Arc::new(front)]).unwrap();
        let engine =
            Engine::start(Arc::new(store.clone()), Arc::new(clock.clone()), fronts, settings).await.unwrap();
        let front = engine.fronts().get(&id).unwrap();
        Self { store, clock, letters, pool, engine, front }
    }

    async fn new() -> Self {
        Self::with(|_| {}).await
    }

    async fn register(&self, login: &str, password: &str) -> Registered {
        let form = RegistrationForm {
            login: login.into(),
            password: secret(password),
            display_name: None,
            email: Some(format!("{login}@example.org")),
        };
        self.engine.register(&self.front, &form, &LoginOrigin::default()).await.unwrap()
    }

    async fn enter(&self, login: &str, password: &str) -> Result<Login, EntryError> {
        let credentials = Credentials::password(login, password);
        self.engine.log_in(&self.front, &credentials, &LoginOrigin::default(), None).await
    }

    async fn is_here(&self, login: &Login) -> bool {
        self.engine.visit(&self.front, login.token.expose(), None).await.is_ok()
    }

    async fn change(&self, login: &Login, old: &str, new: &str) -> Result<(), EngineError> {
        let origin = LoginOrigin::default();
        self.engine.change_own_password(&login.visitor, &secret(old), &secret(new), &origin).await
    }

    async fn change_outside(&self, login: &str, old: &str, new: &str) -> Result<(), EntryError> {
        let origin = LoginOrigin::default();
        self.engine.change_password(&self.front, login, &secret(old), &secret(new), &origin).await
    }

    async fn forgotten(&self, who: &str) -> Result<(), EntryError> {
        self.engine.request_reset(&self.front, who, &LoginOrigin::default()).await
    }

    async fn finish(&self, token: &str, new: &str) -> Result<(), EntryError> {
        self.engine.finish_reset(&self.front, token, &secret(new), &LoginOrigin::default()).await
    }

    /// The code that an authenticator program shows now.
    fn code(&self, secret: &str) -> String {
        use portico_core::ports::Clock;
        let step = self.clock.now().as_millis() / 30_000;
        totp(secret, u64::try_from(step).unwrap())
    }

    /// Enrols a second factor: its secret and the recovery codes.
    async fn enrol(&self, login: &Login, password: &str) -> (String, Vec<String>) {
        let origin = LoginOrigin::default();
        let (key, uri) =
            self.engine.enrol_second_factor(&login.visitor, &secret(password), &origin).await.unwrap();
        let key = key.expose_secret().to_owned();
        assert!(uri.expose_secret().contains(&key));
        let code = secret(&self.code(&key));
        let codes = self.engine.confirm_second_factor(&login.visitor, &code, &origin).await.unwrap();
        self.clock.advance(Duration::from_secs(60));
        (key, codes)
    }

    async fn challenge(&self, login: &str, password: &str) -> String {
        match self.enter(login, password).await {
            Err(EntryError::Challenge(challenge)) if challenge.kind == "totp" => challenge.id,
            other => panic!("no challenge: {other:?}"),
        }
    }

    async fn answer(&self, challenge: &str, response: &str) -> Result<Login, EntryError> {
        let origin = LoginOrigin::default();
        self.engine.answer_challenge(&self.front, challenge, &secret(response), &origin, None).await
    }
}

/// RFC 6238 by another hand than the adapter's.
fn totp(base32: &str, step: u64) -> String {
    use hmac::{Hmac, KeyInit, Mac};
    let (mut bits, mut key) = (String::new(), Vec::new());
    for letter in base32.bytes() {
        let value = if letter >= b'A' { letter - b'A' } else { letter - b'2' + 26 };
        bits.push_str(&format!("{value:05b}"));
    }
    for byte in bits.as_bytes().chunks_exact(8) {
        key.push(u8::from_str_radix(std::str::from_utf8(byte).unwrap(), 2).unwrap());
    }
    let mut mac = Hmac::<sha1::Sha1>::new_from_slice(&key).unwrap();
    mac.update(&step.to_be_bytes());
    let digest = mac.finalize().into_bytes();
    let at = usize::from(digest[19] & 15);
    let number = u32::from_be_bytes(digest[at..at + 4].try_into().unwrap()) & 0x7FFF_FFFF;
    format!("{:06}", number % 1_000_000)
}

const OLD: &str = "a long password";
const NEW: &str = "another password";

#[tokio::test]
async fn a_changed_password_ends_all_sessions_but_the_one_that_changed_it() {
    let house = House::new().await;
    house.register("ann", OLD).await;
    let (one, two) = (house.enter("ann", OLD).await.unwrap(), house.enter("ann", OLD).await.unwrap());
    let wrong = house.change(&one, "not the password", NEW).await;
    assert!(matches!(wrong, Err(EngineError::NotPermitted(_))), "{wrong:?}");
    assert!(matches!(house.change(&one, OLD, "short").await, Err(EngineError::Unacceptable(_))));
    assert!(house.is_here(&two).await);
    house.change(&one, OLD, NEW).await.unwrap();
    assert!(house.is_here(&one).await && !house.is_here(&two).await);
    // What the session rests on has changed with it: the next look at the people who are here leaves it alone.
    assert_eq!(house.engine.revalidate().await.ended, 0);
    assert!(house.is_here(&one).await);
    assert!(house.enter("ann", OLD).await.is_err());
    house.enter("ann", NEW).await.unwrap();
}

#[tokio::test]
async fn a_hash_that_is_renewed_ends_no_session() {
    let house = House::new().await;
    house.register("ann", OLD).await;
    let ann = house.enter("ann", OLD).await.unwrap();
    let user = house.store.find("ann").await.unwrap().unwrap();
    house.store.set_password_hash(user.id, user.password_hash).await.unwrap();
    assert_eq!(house.engine.revalidate().await.ended, 0);
    assert!(house.is_here(&ann).await);
}

#[tokio::test]
async fn an_expired_password_is_told_after_the_right_one_alone_and_can_be_changed() {
    let house = House::with(|config| config.password_max_age = Some(90 * DAY)).await;
    house.register("ann", OLD).await;
    house.enter("ann", OLD).await.unwrap();
    house.clock.advance(91 * DAY);
    let wrong = house.enter("ann", "not the password").await;
    assert!(matches!(wrong, Err(EntryError::Refused(Refusal::BadSecret))), "{wrong:?}");
    let expired = house.enter("ann", OLD).await;
    assert!(matches!(expired, Err(EntryError::PasswordToChange)), "{expired:?}");
    assert!(house.change_outside("ann", "not the password", NEW).await.is_err());
    house.change_outside("Ann", OLD, NEW).await.unwrap();
    house.enter("ann", NEW).await.unwrap();
}

#[tokio::test]
async fn changing_a_password_outside_is_throttled_as_a_login_is_and_costs_the_same_for_nobody() {
    let house = House::new().await;
    house.register("ann", OLD).await;
    let mut costs = Vec::new();
    for name in ["ann", "nobody"] {
        let before = house.pool.computed();
        let refused = house.change_outside(name, "not the password", NEW).await;
        assert!(matches!(&refused, Err(EntryError::Refused(refusal)) if refusal.is_failed_guess()));
        costs.push(house.pool.computed() - before);
    }
    assert_eq!(costs, [1, 1]);
    for _ in 0..4 {
        let _ = house.enter("ann", "not the password").await;
    }
    let throttled = house.change_outside("ann", OLD, NEW).await;
    assert!(matches!(throttled, Err(EntryError::Throttled(_))), "one count for both: {throttled:?}");
}

#[tokio::test]
async fn past_passwords_are_not_chosen_again() {
    let house = House::with(|config| config.password_history = 2).await;
    let words = ["first long word", "second long word", "third long word", "fourth long word"];
    house.register("ann", words[0]).await;
    let ann = house.enter("ann", words[0]).await.unwrap();
    for pair in words.windows(2).take(2) {
        house.change(&ann, pair[0], pair[1]).await.unwrap();
        house.clock.advance(DAY);
    }
    for used in &words[..3] {
        let again = house.change(&ann, words[2], used).await;
        assert!(matches!(again, Err(EngineError::Unacceptable(_))), "{used}: {again:?}");
    }
    house.change(&ann, words[2], words[3]).await.unwrap();
    house.change(&ann, words[3], words[0]).await.unwrap();
}

#[tokio::test]
async fn a_forgotten_password_is_set_anew_by_a_letter_once() {
    let house = House::new().await;
    house.register("ann", OLD).await;
    let ann = house.enter("ann", OLD).await.unwrap();
    house.forgotten(" ANN@example.org ").await.unwrap();
    let token = house.letters.token("reset").await;
    let letter = house.letters.0.lock().unwrap().last().cloned().unwrap();
    assert_eq!(letter.to, "ann@example.org");
    assert!(letter.text.expose_secret().contains("https://chat.example.org/im/#reset="));
    assert!(!format!("{letter:?}").contains(&token), "a letter prints no token");

    assert!(matches!(house.finish(&token, "short").await, Err(EntryError::Unacceptable(_))));
    assert!(matches!(house.finish("no token", NEW).await, Err(EntryError::Unacceptable(_))));
    assert!(house.is_here(&ann).await);
    house.finish(&token, NEW).await.unwrap();
    assert!(!house.is_here(&ann).await, "who had the old password is out");
    assert!(house.finish(&token, OLD).await.is_err(), "once");
    house.enter("ann", NEW).await.unwrap();
}

#[tokio::test]
async fn a_link_ends_after_an_hour_and_with_a_change_of_the_password() {
    let house = House::new().await;
    house.register("ann", OLD).await;
    house.forgotten("ann").await.unwrap();
    let late = house.letters.token("reset").await;
    house.clock.advance(Duration::from_secs(3600));
    assert!(house.finish(&late, NEW).await.is_err());
    let ann = house.enter("ann", OLD).await.unwrap();
    let link = house.engine.reset_link(&house.front, ann.account.id).await.unwrap();
    let token = link.split_once("#reset=").unwrap().1.to_owned();
    house.change(&ann, OLD, NEW).await.unwrap();
    assert!(house.finish(&token, "a third password").await.is_err());
}

#[tokio::test]
async fn nobody_learns_who_exists_from_asking_for_a_letter_and_few_are_sent() {
    let house = House::new().await;
    house.register("ann", OLD).await;
    for who in ["nobody", "nobody@example.org", "x\0y", &"é".repeat(900)] {
        house.forgotten(who).await.unwrap();
    }
    let mut asked = 0;
    while house.forgotten("ann").await.is_ok() {
        asked += 1;
        assert!(asked < 20, "letters by the thousand");
    }
    assert_eq!(asked, 5);
    tokio::time::sleep(Duration::from_millis(50)).await;
    assert!(house.letters.0.lock().unwrap().iter().all(|letter| letter.to == "ann@example.org"));
}

#[tokio::test]
async fn a_login_with_a_second_factor_takes_both_steps() {
    let house = House::new().await;
    house.register("ann", OLD).await;
    let ann = house.enter("ann", OLD).await.unwrap();
    let (key, _) = house.enrol(&ann, OLD).await;
    assert!(house.is_here(&ann).await);
    let challenge = house.challenge("ann", OLD).await;
    assert!(house.answer("no challenge", &house.code(&key)).await.is_err());
    assert!(house.answer(&challenge, "000000").await.is_err());
    let code = house.code(&key);
    let entered = house.answer(&challenge, &code).await.unwrap();
    assert_eq!(entered.account.id, ann.account.id);
    assert!(house.answer(&challenge, &code).await.is_err(), "a challenge is answered once");
    let again = house.challenge("ann", OLD).await;
    assert!(house.answer(&again, &code).await.is_err(), "a code is good once");
    house.clock.advance(Duration::from_secs(30));
    house.answer(&again, &house.code(&key)).await.unwrap();
}

#[tokio::test]
async fn a_challenge_is_guessed_at_few_times_and_waits_five_minutes() {
    let house = House::new().await;
    house.register("ann", OLD).await;
    let ann = house.enter("ann", OLD).await.unwrap();
    let (key, _) = house.enrol(&ann, OLD).await;
    let challenge = house.challenge("ann", OLD).await;
    for _ in 0..5 {
        assert!(matches!(house.answer(&challenge, "000000").await, Err(EntryError::Refused(_))));
    }
    let dead = house.answer(&challenge, &house.code(&key)).await;
    assert!(matches!(dead, Err(EntryError::Refused(_))), "{dead:?}");
    let next = house.challenge("ann", OLD).await;
    let throttled = house.answer(&next, &house.code(&key)).await;
    assert!(matches!(throttled, Err(EntryError::Throttled(_))), "a new challenge brings no new guesses");
    house.clock.advance(Duration::from_secs(301));
    assert!(house.answer(&next, &house.code(&key)).await.is_err(), "it waited too long");
    let fresh = house.challenge("ann", OLD).await;
    house.answer(&fresh, &house.code(&key)).await.unwrap();
}

#[tokio::test]
async fn recovery_codes_open_once_each_and_the_factor_goes_by_a_code_alone() {
    let house = House::new().await;
    house.register("ann", OLD).await;
    let ann = house.enter("ann", OLD).await.unwrap();
    let (key, codes) = house.enrol(&ann, OLD).await;
    assert_eq!(codes.len(), 10);
    let challenge = house.challenge("ann", OLD).await;
    house.answer(&challenge, &codes[0].to_uppercase()).await.unwrap();
    let challenge = house.challenge("ann", OLD).await;
    assert!(house.answer(&challenge, &codes[0]).await.is_err());
    let left = house.engine.own_account(&ann.visitor).await.unwrap().facts.unwrap().recovery_left;
    assert_eq!(left, 9);
    let origin = LoginOrigin::default();
    let wrong = house.engine.remove_second_factor(&ann.visitor, &secret("000000"), &origin).await;
    assert!(matches!(wrong, Err(EngineError::Unacceptable(_))), "{wrong:?}");
    let code = secret(&house.code(&key));
    house.engine.remove_second_factor(&ann.visitor, &code, &origin).await.unwrap();
    house.enter("ann", OLD).await.unwrap();
}

#[tokio::test]
async fn a_second_factor_is_begun_with_the_password_and_not_replaced_in_force() {
    let house = House::new().await;
    house.register("ann", OLD).await;
    let ann = house.enter("ann", OLD).await.unwrap();
    let origin = LoginOrigin::default();
    let wrong = house.engine.enrol_second_factor(&ann.visitor, &secret("wrong"), &origin).await;
    assert!(matches!(wrong, Err(EngineError::NotPermitted(_))), "{wrong:?}");
    house.engine.enrol_second_factor(&ann.visitor, &secret(OLD), &origin).await.unwrap();
    house.enter("ann", OLD).await.expect("not in force before it is confirmed");
    house.enrol(&ann, OLD).await;
    let again = house.engine.enrol_second_factor(&ann.visitor, &secret(OLD), &origin).await;
    assert!(matches!(again, Err(EngineError::Conflict(_))), "{again:?}");
}

#[tokio::test]
async fn a_password_alone_changes_no_password_where_a_second_factor_is_asked_for() {
    let house = House::new().await;
    house.register("ann", OLD).await;
    let ann = house.enter("ann", OLD).await.unwrap();
    house.enrol(&ann, OLD).await;
    let refused = house.change_outside("ann", OLD, NEW).await;
    assert!(matches!(refused, Err(EntryError::Refused(Refusal::NotPermitted))), "{refused:?}");
    house.change(&ann, OLD, NEW).await.unwrap();
}

#[tokio::test]
async fn names_are_changed_freely_and_addresses_with_the_password() {
    let house = House::new().await;
    house.register("ann", OLD).await;
    let ann = house.enter("ann", OLD).await.unwrap();
    let origin = LoginOrigin::default();
    let name = ProfileChange { display_name: Some(Some("Ann Other".into())), email: None };
    let account = house.engine.change_profile(&ann.visitor, &name, None, &origin).await.unwrap();
    assert_eq!(account.profile.display_name, "Ann Other");
    assert_eq!(account.profile.email.as_deref(), Some("ann@example.org"), "what isn't said stays");
    let address = ProfileChange { display_name: None, email: Some(Some("new@example.org".into())) };
    let refused = house.engine.change_profile(&ann.visitor, &address, None, &origin).await;
    assert!(matches!(refused, Err(EngineError::Unacceptable(_))), "{refused:?}");
    let old = secret(OLD);
    let account = house.engine.change_profile(&ann.visitor, &address, Some(&old), &origin).await.unwrap();
    assert_eq!(account.profile.email.as_deref(), Some("new@example.org"));
    assert_eq!(house.store.by_email("new@example.org").await.unwrap().len(), 1);
    let odd = ProfileChange { display_name: Some(Some("A\u{202E}nn".into())), email: None };
    assert!(house.engine.change_profile(&ann.visitor, &odd, None, &origin).await.is_err());
    house.enter("ann", OLD).await.unwrap();
}

#[tokio::test]
async fn where_names_are_forced_nobody_chooses_one_afterwards() {
    let mut house = House::new().await;
    house.register("ann", OLD).await;
    let mut front = Front::clone(&house.front);
    front.options.entrance.username = Username::Forced;
    front.options.entrance.methods = Some([CredentialKind::Password].into());
    house.front = Arc::new(front);
    let ann = house.enter("ann", OLD).await.unwrap();
    let name = ProfileChange { display_name: Some(Some("Director".into())), email: None };
    let refused = house.engine.change_profile(&ann.visitor, &name, None, &LoginOrigin::default()).await;
    assert!(matches!(refused, Err(EngineError::NotPermitted(_))), "{refused:?}");
    assert!(!house.engine.own_account(&ann.visitor).await.unwrap().may_change_profile);
    assert_eq!(house.engine.account(&ann.visitor).await.unwrap().profile.display_name, "ann");
}

#[tokio::test]
async fn a_new_account_may_have_to_prove_its_address() {
    let house = House::with(|config| config.verify_email = true).await;
    assert_eq!(house.register("ann", OLD).await, Registered::Unverified);
    let waits = house.enter("ann", OLD).await;
    assert!(matches!(waits, Err(EntryError::Refused(Refusal::Pending))), "{waits:?}");
    let token = house.letters.token("verify").await;
    assert!(house.engine.prove_address(&house.front, "no token").await.is_err());
    house.engine.prove_address(&house.front, &token).await.unwrap();
    assert!(house.engine.prove_address(&house.front, &token).await.is_err(), "once");
    let ann = house.enter("ann", OLD).await.unwrap();
    assert!(house.engine.own_account(&ann.visitor).await.unwrap().facts.unwrap().email_verified);
    let form =
        RegistrationForm { login: "bob".into(), password: secret(OLD), display_name: None, email: None };
    let nowhere = house.engine.register(&house.front, &form, &LoginOrigin::default()).await;
    assert!(matches!(nowhere, Err(EntryError::Unacceptable(_))), "{nowhere:?}");
}

#[tokio::test]
async fn whoever_leaves_gives_the_password_and_the_name_is_free_again() {
    let house = House::new().await;
    house.register("ann", OLD).await;
    let ann = house.enter("ann", OLD).await.unwrap();
    for password in [None, Some(secret("wrong"))] {
        let refused = house.engine.leave(&ann.visitor, password.as_ref(), OwnMessages::Keep, None).await;
        assert!(refused.is_err(), "{refused:?}");
    }
    house.engine.leave(&ann.visitor, Some(&secret(OLD)), OwnMessages::Keep, None).await.unwrap();
    assert!(!house.is_here(&ann).await);
    let gone = house.enter("ann", OLD).await;
    assert!(matches!(gone, Err(EntryError::Refused(Refusal::UnknownSubject))), "{gone:?}");
    assert!(house.store.list().await.unwrap().is_empty());
    assert_eq!(house.register("ann", NEW).await, Registered::Active);
    assert_ne!(house.enter("ann", NEW).await.unwrap().account.id, ann.account.id);
}

#[test]
fn the_adapter_shows_no_secret() {
    let pool = HashPool::new(1, 1).unwrap();
    let accounts = NativeAccounts::new(Arc::new(MemoryStore::new()), pool, NativeConfig::default());
    let door = NativeAuthenticator::new(accounts);
    assert!(door.passwords().is_some() && door.second_factors().is_some() && door.profiles().is_some());
    assert!(!format!("{door:?}").contains("argon2id$"));
}
