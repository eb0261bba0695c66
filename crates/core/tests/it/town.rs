//! A small town to test in: fronts, people and an engine that can be restarted over the same store.

use std::sync::Arc;
use std::time::Duration;

use portico_core::auth::{BuildContext, Chain, Credentials, Guarded, HashPool, NoObserver, Realm};
use portico_core::engine::{Engine, EngineSettings, EntryError, Login, LoginOrigin, Visitor};
use portico_core::front::{Front, FrontId, FrontPath, FrontTable};
use portico_core::messaging::Event;
use portico_core::policy::Mode;
use portico_core::testing::{FakeAuthenticator, FakePerson, MemoryStore, MockClock};
use portico_core::{AccountId, ConversationId, Timestamp};

pub const NAMES: [&str; 6] = ["ann", "ben", "cat", "dan", "eve", "fay"];

/// What the fronts of a town share.
pub struct Town {
    pub store: MemoryStore,
    pub clock: MockClock,
    pub fake: FakeAuthenticator,
    pub settings: EngineSettings,
    fronts: Vec<Front>,
}

pub fn front(id: &str, mode: Mode, realm: &str, fake: &FakeAuthenticator, clock: &MockClock) -> Front {
    let pool = HashPool::new(1, 64).unwrap();
    let cx = BuildContext::new(realm, Realm::new(realm).unwrap(), pool, Arc::new(clock.clone()));
    let guarded = Guarded::new(Box::new(fake.clone()), "fake", cx, Arc::new(NoObserver));
    let path = FrontPath::new(&format!("/{id}/")).unwrap();
    Front::new(FrontId::new(id).unwrap(), path, mode, Chain::new(vec![Arc::new(guarded)]))
}

impl Town {
    /// One open front, `open`, with everybody in [`NAMES`] (password = name).
    pub fn new() -> Self {
        let clock = MockClock::new(Timestamp::from_secs(1_800_000_000));
        let fake = FakeAuthenticator::new();
        for (number, name) in NAMES.iter().enumerate() {
            fake.add(FakePerson::new(&number.to_string(), name, name));
        }
        let mut settings = EngineSettings::default();
        settings.refusal_step = Duration::ZERO;
        settings.presence_beat = Duration::ZERO;
        let fronts = vec![front("open", Mode::OpenCommunity, "fake", &fake, &clock)];
        Self { store: MemoryStore::new(), clock, fake, settings, fronts }
    }

    /// The same with another front over the same people.
    pub fn with_front(mut self, id: &str, mode: Mode, change: impl FnOnce(&mut Front)) -> Self {
        let mut front = front(id, mode, "fake", &self.fake, &self.clock);
        change(&mut front);
        self.fronts.retain(|known| known.id != front.id);
        self.fronts.push(front);
        self
    }

    /// The same with another front over another realm's people.
    pub fn with_realm(mut self, id: &str, realm: &str, people: &FakeAuthenticator) -> Self {
        self.fronts.push(front(id, Mode::OpenCommunity, realm, people, &self.clock));
        self
    }

    pub fn clock_now(&self) -> Timestamp {
        portico_core::ports::Clock::now(&self.clock)
    }

    /// The messenger, started anew over the same store.
    pub async fn start(&self) -> Arc<Engine> {
        let table = FrontTable::new(self.fronts.iter().cloned().map(Arc::new).collect()).unwrap();
        let store = Arc::new(self.store.clone());
        Engine::start(store, Arc::new(self.clock.clone()), table, self.settings.clone()).await.unwrap()
    }
}

pub fn at(engine: &Engine, front: &str) -> Arc<Front> {
    engine.fronts().get(&FrontId::new(front).unwrap()).unwrap()
}

pub async fn try_enter(
    engine: &Engine,
    front: &str,
    name: &str,
    password: &str,
) -> Result<Login, EntryError> {
    let credentials = Credentials::password(name, password);
    engine.log_in(&at(engine, front), &credentials, &LoginOrigin::default(), None).await
}

/// Somebody who has entered, with the cursor to begin at.
pub struct Person {
    pub visitor: Visitor,
    pub cursor: String,
    pub token: String,
}

impl Person {
    pub fn id(&self) -> AccountId {
        self.visitor.account()
    }
}

pub async fn enter(engine: &Engine, front: &str, name: &str) -> Person {
    let login = try_enter(engine, front, name, name).await.unwrap();
    Person { token: login.token.expose().to_owned(), visitor: login.visitor, cursor: login.cursor }
}

pub async fn talk(engine: &Engine, one: &Person, other: &Person) -> ConversationId {
    engine.open_direct(&one.visitor, other.id()).await.unwrap().0.view.conversation.id
}

pub async fn say(engine: &Engine, who: &Person, to: ConversationId, text: &str) -> i64 {
    engine.send(&who.visitor, to, text.to_owned(), None).await.unwrap().0.sequence.get()
}

/// Everything after a cursor without waiting; moves the cursor.
pub async fn hear(engine: &Engine, who: &mut Person) -> Vec<Event> {
    let answer = engine.poll(&who.visitor, Some(&who.cursor), Duration::ZERO).await.unwrap();
    who.cursor = answer.cursor;
    answer.events
}

pub fn texts(events: &[Event]) -> Vec<&str> {
    events
        .iter()
        .filter_map(|event| match event {
            Event::Message { message } => Some(message.text.as_str()),
            _ => None,
        })
        .collect()
}

pub fn resyncs(events: &[Event]) -> usize {
    events.iter().filter(|event| matches!(event, Event::Resync {})).count()
}
