//! Second factors at the adapter itself: how secrets are kept, and passkeys from their making to their use.

#![expect(clippy::unwrap_used, reason = "a test stops at what it did not expect")]

use std::sync::Arc;
use std::time::Duration;

use portico_auth_native::{
    Argon2Config, NativeAccounts, NativeAuthenticator, NativeConfig, SoftAuthenticator,
};
use portico_core::Timestamp;
use portico_core::auth::{
    AuthContext, Authenticator, Credentials, Decision, EnrolmentAnswer, HashPool, PasskeyBegin,
    PasskeyFinish, Passkeys, Refusal, RegistrationForm, SecondFactors, SubjectId,
};
use portico_core::front::FrontId;
use portico_core::ports::{NativeLife, Store};
use portico_core::testing::MemoryStore;
use secrecy::{ExposeSecret, SecretString};
use serde_json::Value;
use uuid::Uuid;

const PAGE: &str = "https://chat.example.org";
const PASSWORD: &str = "a long password";

fn secret(text: &str) -> SecretString {
    SecretString::from(text.to_owned())
}

struct Desk {
    store: MemoryStore,
    door: NativeAuthenticator,
    front: FrontId,
    now: Timestamp,
}

impl Desk {
    fn over(store: MemoryStore) -> Self {
        let argon2 = Argon2Config { memory_kib: 7168, passes: 5, lanes: 1 };
        let config = NativeConfig { argon2, ..NativeConfig::default() };
        let accounts = NativeAccounts::new(Arc::new(store.clone()), HashPool::new(2, 64).unwrap(), config);
        let door = NativeAuthenticator::new(accounts);
        Self { store, door, front: FrontId::new("im").unwrap(), now: Timestamp::from_secs(1_800_000_000) }
    }

    fn cx(&self) -> AuthContext<'_> {
        AuthContext::new(&self.front, self.now).with_page(Some(PAGE))
    }

    async fn register(&self, login: &str) -> SubjectId {
        let form = RegistrationForm {
            login: login.into(),
            password: secret(PASSWORD),
            display_name: None,
            email: None,
        };
        let _ = self.door.registrar().unwrap().register(&form, false, &self.cx()).await.unwrap();
        let folded = portico_core::account::fold_login(login);
        let user = portico_core::ports::NativeUsers::find(&self.store, &folded).await.unwrap().unwrap();
        SubjectId::new(user.id.to_string()).unwrap()
    }

    async fn kept(&self, subject: &SubjectId) -> String {
        let factor = self.store.second_factor(id(subject)).await.unwrap().unwrap();
        factor.secret.expose_secret().to_owned()
    }

    /// Makes a passkey: what holds it.
    async fn make(&self, subject: &SubjectId) -> SoftAuthenticator {
        let (mut authenticator, id, options) = self.begin(subject).await;
        let answer = secret(&authenticator.register(&options).to_string());
        let made = self.door.finish(subject, &id, "key", &answer, &self.cx()).await.unwrap();
        assert!(matches!(made, PasskeyFinish::Made { .. }), "{made:?}");
        authenticator
    }

    async fn begin(&self, subject: &SubjectId) -> (SoftAuthenticator, String, Value) {
        let begun = Passkeys::begin(&self.door, subject, &self.cx()).await.unwrap();
        let PasskeyBegin::Begun { id, options } = begun else { panic!("{begun:?}") };
        (SoftAuthenticator::new(PAGE), id, serde_json::from_str(&options).unwrap())
    }

    /// The challenge after the right password: its id, and what a passkey is asked.
    async fn challenge(&self, login: &str) -> (String, Value) {
        let decision = self.door.authenticate(&Credentials::password(login, PASSWORD), &self.cx()).await;
        let Decision::Continue(challenge) = decision.unwrap() else { panic!("no second step") };
        (challenge.id, serde_json::from_slice(&challenge.data.unwrap()).unwrap())
    }

    async fn answer(&self, challenge: &str, response: &Value) -> Decision {
        self.door.answer(challenge, &secret(&response.to_string()), &self.cx()).await.unwrap()
    }
}

fn id(subject: &SubjectId) -> Uuid {
    Uuid::parse_str(subject.as_str()).unwrap()
}

fn is_refused(decision: &Decision) -> bool {
    matches!(decision, Decision::Refused(Refusal::BadSecret))
}

#[tokio::test]
async fn a_shared_secret_is_kept_encrypted_and_a_lost_key_is_an_error() {
    let desk = Desk::over(MemoryStore::new());
    let ann = desk.register("ann").await;
    let EnrolmentAnswer::Begun { secret: key, .. } = desk.door.enrol(&ann).await.unwrap() else {
        panic!("no secret")
    };
    let kept = desk.kept(&ann).await;
    assert!(kept.starts_with("v1.") && !kept.contains(key.expose_secret()), "{kept}");
    // A wrong code is wrong as long as the key is there …
    assert!(desk.door.confirm(&ann, &secret("000000"), &desk.cx()).await.unwrap().is_none());
    // … and can't be told from a right one when it is another.
    desk.store.put_meta("server_key", &[9; 32]).await.unwrap();
    let later = Desk::over(desk.store.clone());
    let error = later.door.confirm(&ann, &secret("000000"), &later.cx()).await.unwrap_err().full_text();
    assert!(error.contains("server_key") && error.contains(ann.as_str()), "{error}");
}

#[tokio::test]
async fn a_passkey_answers_the_challenge_it_was_asked_for_once() {
    let desk = Desk::over(MemoryStore::new());
    let (ann, bob) = (desk.register("ann").await, desk.register("bob").await);
    let (mut anns, mut bobs) = (desk.make(&ann).await, desk.make(&bob).await);
    let (challenge, asked) = desk.challenge("ann").await;
    assert!(is_refused(&desk.answer(&challenge, &bobs.assert(&asked)).await), "another person's passkey");
    assert!(is_refused(&desk.answer(&challenge, &anns.assert(&asked)).await), "asked once");
    let (challenge, asked) = desk.challenge("ann").await;
    let good = anns.assert(&asked);
    assert!(desk.answer(&challenge, &good).await.identity().is_some());
    let (challenge, _) = desk.challenge("ann").await;
    assert!(is_refused(&desk.answer(&challenge, &good).await), "replayed");
    let (challenge, asked) = desk.challenge("ann").await;
    anns.counter = 1;
    assert!(is_refused(&desk.answer(&challenge, &anns.assert(&asked)).await), "the counter went back");
}

#[tokio::test]
async fn a_passkey_may_be_the_last_of_the_five_answers() {
    let desk = Desk::over(MemoryStore::new());
    let ann = desk.register("ann").await;
    let mut anns = desk.make(&ann).await;
    let code =
        async |challenge: &str| desk.door.answer(challenge, &secret("000000"), &desk.cx()).await.unwrap();
    let (challenge, asked) = desk.challenge("ann").await;
    for _ in 0..4 {
        assert!(is_refused(&code(&challenge).await));
    }
    assert!(desk.answer(&challenge, &anns.assert(&asked)).await.identity().is_some());
    // The fifth ends it, whatever it is.
    let (challenge, asked) = desk.challenge("ann").await;
    for _ in 0..5 {
        assert!(is_refused(&code(&challenge).await));
    }
    assert!(is_refused(&desk.answer(&challenge, &anns.assert(&asked)).await));
}

#[tokio::test]
async fn what_waits_for_a_passkey_ends_after_five_minutes_and_belongs_to_one_person() {
    let mut desk = Desk::over(MemoryStore::new());
    let (ann, bob) = (desk.register("ann").await, desk.register("bob").await);
    let mut anns = desk.make(&ann).await;
    let (mut new, id, options) = desk.begin(&ann).await;
    let answer = secret(&new.register(&options).to_string());
    let stolen = desk.door.finish(&bob, &id, "key", &answer, &desk.cx()).await.unwrap();
    assert!(matches!(stolen, PasskeyFinish::Invalid(_)), "{stolen:?}");
    let (challenge, asked) = desk.challenge("ann").await;
    desk.now = desk.now.plus(Duration::from_secs(300));
    let late = desk.door.finish(&ann, &id, "key", &answer, &desk.cx()).await.unwrap();
    assert!(matches!(late, PasskeyFinish::Invalid(_)), "{late:?}");
    assert!(is_refused(&desk.answer(&challenge, &anns.assert(&asked)).await));
    assert_eq!(desk.door.list(&ann).await.unwrap().len(), 1);
    assert_eq!(desk.door.list(&bob).await.unwrap(), []);
}

#[tokio::test]
async fn where_no_passkey_belongs_codes_are_asked_for_all_the_same() {
    let desk = Desk::over(MemoryStore::new());
    let ann = desk.register("ann").await;
    desk.make(&ann).await;
    for page in [None, Some("https://other.example.org"), Some("http://chat.example.org")] {
        let cx = AuthContext::new(&desk.front, desk.now).with_page(page);
        let decision = desk.door.authenticate(&Credentials::password("ann", PASSWORD), &cx).await.unwrap();
        let Decision::Continue(challenge) = decision else { panic!("the password alone is not enough") };
        assert_eq!((challenge.methods, challenge.data), (vec!["recovery"], None));
    }
    let cx = AuthContext::new(&desk.front, desk.now);
    assert!(desk.door.available(&cx).is_err());
    assert!(matches!(Passkeys::begin(&desk.door, &ann, &cx).await.unwrap(), PasskeyBegin::Unavailable(_)));
}
