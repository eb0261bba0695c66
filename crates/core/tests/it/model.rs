//! Random senders, dropped answers, restarts and a mailbox of two: whatever happens, each reader ends up with exactly
//! the messages of their conversations, in order.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use portico_core::engine::{Engine, EngineError};
use portico_core::messaging::{Event, SendFailure};
use portico_core::{AccountId, ConversationId};
use proptest::prelude::*;

use crate::town::{NAMES, Person, Town, at, enter, hear, talk};

#[derive(Debug, Clone)]
enum Step {
    /// Somebody writes; the answer may get lost on the way to the store or on the way back to the sender.
    Send { from: usize, to: usize, lose_commit: bool, drop_answer: bool },
    /// Somebody polls; a dropped answer is polled again from the old cursor.
    Poll { who: usize, drop_answer: bool },
    /// The server is started anew.
    Restart,
    /// Whoever is idle is forgotten.
    Tidy,
}

fn step() -> impl Strategy<Value = Step> {
    let person = 0..NAMES.len();
    prop_oneof![
        6 => (person.clone(), person.clone(), prop::bool::weighted(0.1), prop::bool::weighted(0.2)).prop_map(
            |(from, to, lose_commit, drop_answer)| Step::Send { from, to, lose_commit, drop_answer }),
        4 => (person, prop::bool::weighted(0.2)).prop_map(|(who, drop_answer)| Step::Poll { who, drop_answer }),
        1 => Just(Step::Restart),
        1 => Just(Step::Tidy),
    ]
}

struct World {
    town: Town,
    engine: Arc<Engine>,
    people: Vec<Person>,
    /// What each person has heard, per conversation: ids in order of first hearing, and texts by id.
    heard: Vec<BTreeMap<ConversationId, Vec<(i64, String)>>>,
    /// What was acknowledged.
    sent: BTreeMap<ConversationId, Vec<(i64, String)>>,
    members: BTreeMap<ConversationId, [AccountId; 2]>,
    counter: u32,
}

impl World {
    async fn new() -> Self {
        let mut town = Town::new();
        town.settings.mailbox_capacity = 2;
        let engine = town.start().await;
        let mut people = Vec::new();
        for name in NAMES {
            people.push(enter(&engine, "open", name).await);
        }
        let heard = vec![BTreeMap::new(); NAMES.len()];
        Self { town, engine, people, heard, sent: BTreeMap::new(), members: BTreeMap::new(), counter: 0 }
    }

    async fn take(&mut self, step: Step) {
        match step {
            Step::Send { from, to, .. } if from == to => {}
            Step::Send { from, to, lose_commit, drop_answer } => {
                self.send(from, to, lose_commit, drop_answer).await;
            }
            Step::Poll { who, drop_answer } => self.poll(who, drop_answer).await,
            Step::Restart => self.restart().await,
            Step::Tidy => {
                self.town.clock.advance(Duration::from_secs(700));
                self.engine.sweep_presence();
                self.town.clock.advance(Duration::from_secs(700));
                self.engine.tidy();
            }
        }
    }

    async fn send(&mut self, from: usize, to: usize, lose_commit: bool, drop_answer: bool) {
        let place = talk(&self.engine, &self.people[from], &self.people[to]).await;
        self.members.insert(place, [self.people[from].id(), self.people[to].id()]);
        self.counter += 1;
        let text = format!("message {}", self.counter);
        let client_id = Some(self.counter.to_string());
        if lose_commit {
            self.town.store.lose_next_answer();
        }
        let visitor = self.people[from].visitor.clone();
        if drop_answer {
            // The client gives up before the answer; the server may or may not have written it.
            let send = self.engine.send(&visitor, place, text.clone(), client_id.clone());
            let _ = tokio::time::timeout(Duration::from_millis(1), send).await;
        }
        let message = loop {
            match self.engine.send(&visitor, place, text.clone(), client_id.clone()).await {
                Ok((message, _)) => break message,
                Err(EngineError::Send(SendFailure::Unavailable)) => {}
                Err(other) => panic!("{other:?}"),
            }
        };
        self.sent.entry(place).or_default().push((message.sequence.get(), text));
    }

    async fn poll(&mut self, who: usize, drop_answer: bool) {
        let cursor = self.people[who].cursor.clone();
        let events = hear(&self.engine, &mut self.people[who]).await;
        if drop_answer {
            self.people[who].cursor = cursor;
            return;
        }
        for event in events {
            let Event::Message { message } = event else {
                continue;
            };
            let entry = (message.sequence.get(), message.text.clone());
            let known = self.heard[who].entry(message.conversation).or_default();
            if !known.contains(&entry) {
                known.push(entry);
            }
        }
    }

    async fn restart(&mut self) {
        self.engine.shut_down().await;
        self.engine = self.town.start().await;
        for person in &mut self.people {
            person.visitor = self.engine.visit(&at(&self.engine, "open"), &person.token, None).await.unwrap();
        }
    }

    async fn finish(mut self) {
        for (who, name) in NAMES.iter().enumerate() {
            // Enough polls to drain any backlog page by page.
            for _ in 0..20 {
                self.poll(who, false).await;
            }
            let id = self.people[who].id();
            let mut entitled = self.sent.clone();
            entitled.retain(|place, _| self.members[place].contains(&id));
            assert_eq!(self.heard[who], entitled, "{name}");
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 96, max_shrink_iters: 400, ..ProptestConfig::default() })]

    #[test]
    fn every_reader_ends_up_with_exactly_their_messages_in_order(steps in prop::collection::vec(step(), 1..60)) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().start_paused(true).build().unwrap();
        runtime.block_on(async {
            let mut world = World::new().await;
            for step in steps {
                world.take(step).await;
            }
            world.finish().await;
        });
    }
}
