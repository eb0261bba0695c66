//! Telling those who decide that something waits for them.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use crate::Timestamp;
use crate::engine::Engine;
use crate::front::{Front, FrontId};

/// How long after an alert the next one of its kind and front is sent: what comes meanwhile is counted and told together.
const PAUSE: Duration = Duration::from_secs(10 * 60);

/// What waits for a decision.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(in crate::engine) enum Waiting {
    /// A report.
    Report,
    /// A new account.
    Account,
    /// A shout.
    Shout,
}

impl Waiting {
    fn counted(self, count: u32) -> String {
        let (one, many) = match self {
            Self::Report => ("report waits", "reports wait"),
            Self::Account => ("account waits", "accounts wait"),
            Self::Shout => ("shout waits", "shouts wait"),
        };
        if count == 1 { format!("1 new {one}") } else { format!("{count} new {many}") }
    }
}

/// What waits and was not told of, and when the last alert went out, by front and kind.
#[derive(Debug, Default)]
pub(super) struct Unsaid(Mutex<HashMap<(FrontId, Waiting), Tally>>);

#[derive(Debug, Default)]
struct Tally {
    count: u32,
    told_at: Option<Timestamp>,
}

impl Tally {
    /// How many to tell of now, if it is time.
    fn due(&mut self, now: Timestamp) -> Option<u32> {
        // An alert that lies ahead was sent before the clock went back: it is over as well.
        let pausing = self.told_at.is_some_and(|at| at <= now && now.since(at) < PAUSE);
        if self.count == 0 || pausing {
            return None;
        }
        self.told_at = Some(now);
        Some(std::mem::take(&mut self.count))
    }
}

impl Unsaid {
    /// Counts one more. How many to tell of now.
    fn count(&self, front: &FrontId, what: Waiting, now: Timestamp) -> Option<u32> {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let tally = all.entry((front.clone(), what)).or_default();
        tally.count = tally.count.saturating_add(1);
        tally.due(now)
    }

    /// What was to be told and could not be is told the next time.
    fn keep(&self, front: &FrontId, what: Waiting, count: u32) {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let tally = all.entry((front.clone(), what)).or_default();
        tally.count = tally.count.saturating_add(count);
        tally.told_at = None;
    }

    /// What was kept back and is to be told now.
    fn due(&self, now: Timestamp) -> Vec<(FrontId, Waiting, u32)> {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let due = |((front, what), tally): (&(FrontId, Waiting), &mut Tally)| {
            Some((front.clone(), *what, tally.due(now)?))
        };
        all.iter_mut().filter_map(due).collect()
    }
}

impl Engine {
    /// Something waits at a front: those who receive its alerts are told, at once or with what comes in the next minutes.
    pub(in crate::engine) async fn tell_that_one_waits(&self, front: &Front, what: Waiting) {
        if !front.options.alert_of_waiting {
            return;
        }
        if let Some(count) = self.desk.unsaid.count(&front.id, what, self.clock.now()) {
            self.tell_of_new(front, what, count).await;
        }
    }

    /// Tells what came since the last alerts, where their pause is over.
    pub async fn tell_what_waits(&self) {
        for (front, what, count) in self.desk.unsaid.due(self.clock.now()) {
            // A front's options may have changed meanwhile.
            if let Some(front) = self.fronts.get(&front).filter(|front| front.options.alert_of_waiting) {
                self.tell_of_new(&front, what, count).await;
            }
        }
    }

    async fn tell_of_new(&self, front: &Front, what: Waiting, count: u32) {
        let text =
            format!("{} for a decision at {} ({}).", what.counted(count), front.title, front.path.as_str());
        // What waits is there, whether anybody is told or not.
        if let Err(error) = self.tell_deciders(front, text).await {
            tracing::warn!(front = %front.id, %error, "nobody could be told yet that something waits");
            self.desk.unsaid.keep(&front.id, what, count);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_secs(1_000_000 + seconds)
    }

    #[test]
    fn the_first_is_told_at_once_and_the_next_together_after_the_pause() {
        let unsaid = Unsaid::default();
        let (one, two) = (FrontId::new("one").unwrap(), FrontId::new("two").unwrap());
        assert_eq!(unsaid.count(&one, Waiting::Report, at(0)), Some(1));
        for second in 1..100 {
            assert_eq!(unsaid.count(&one, Waiting::Report, at(second)), None);
        }
        assert_eq!(unsaid.count(&one, Waiting::Shout, at(5)), Some(1), "another kind");
        assert_eq!(unsaid.count(&two, Waiting::Report, at(5)), Some(1), "another front");
        assert!(unsaid.due(at(599)).is_empty());
        assert_eq!(unsaid.due(at(600)), [(one.clone(), Waiting::Report, 99)]);
        assert!(unsaid.due(at(5000)).is_empty(), "told once");
        assert_eq!(unsaid.count(&one, Waiting::Report, at(5000)), Some(1));
    }

    #[test]
    fn what_could_not_be_told_is_told_with_what_comes_next() {
        let unsaid = Unsaid::default();
        let one = FrontId::new("one").unwrap();
        assert_eq!(unsaid.count(&one, Waiting::Report, at(0)), Some(1));
        unsaid.keep(&one, Waiting::Report, 1);
        assert_eq!(unsaid.count(&one, Waiting::Report, at(1)), Some(2));
        unsaid.keep(&one, Waiting::Report, 2);
        assert_eq!(unsaid.due(at(2)), [(one, Waiting::Report, 2)]);
        assert!(unsaid.due(at(5000)).is_empty());
    }

    #[test]
    fn a_clock_that_goes_back_silences_nothing() {
        let unsaid = Unsaid::default();
        let one = FrontId::new("one").unwrap();
        assert_eq!(unsaid.count(&one, Waiting::Account, at(0)), Some(1));
        assert_eq!(unsaid.count(&one, Waiting::Account, at(-3600)), Some(1));
        assert_eq!(unsaid.count(&one, Waiting::Account, at(-3500)), None);
    }
}
