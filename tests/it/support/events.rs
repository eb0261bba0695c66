use std::time::Duration;

use serde_json::Value;

use super::{PATIENCE, Person};

/// A device that polls, and remembers where it is.
#[derive(Debug)]
pub(crate) struct Listener {
    person: Person,
    /// Where it is.
    pub(crate) cursor: String,
}

impl Listener {
    /// A device of `person` that goes on after `cursor`.
    pub(crate) fn new(person: Person, cursor: String) -> Self {
        Self { person, cursor }
    }

    /// One poll: what is new within `wait`.
    pub(crate) async fn hear(&mut self, wait: Duration) -> Vec<Value> {
        let answer = self.person.poll(&self.cursor, wait).await.expect(200);
        answer["cursor"].as_str().expect("a cursor").clone_into(&mut self.cursor);
        answer["events"].as_array().expect("a list").clone()
    }

    /// Polls until an event is `wanted`, and returns it.
    pub(crate) async fn until(&mut self, what: &str, wanted: impl Fn(&Value) -> bool) -> Value {
        let deadline = tokio::time::Instant::now() + PATIENCE;
        let mut heard = Vec::new();
        while tokio::time::Instant::now() < deadline {
            for event in self.hear(Duration::from_secs(1)).await {
                if wanted(&event) {
                    return event;
                }
                heard.push(event);
            }
        }
        panic!("{what} was never heard of, only {heard:#?}");
    }

    /// Polls until an event has this type.
    pub(crate) async fn until_type(&mut self, kind: &str) -> Value {
        self.until(kind, |event| event["type"] == kind).await
    }

    /// Everything that is there already.
    pub(crate) async fn drain(&mut self) -> Vec<Value> {
        let mut all = Vec::new();
        loop {
            let events = self.hear(Duration::ZERO).await;
            if events.is_empty() {
                return all;
            }
            all.extend(events);
        }
    }
}
