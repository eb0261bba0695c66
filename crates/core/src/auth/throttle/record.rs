use std::collections::VecDeque;
use std::time::Duration;

use crate::Timestamp;

/// How many failures in how long, and what follows.
#[derive(Debug, Clone, Copy)]
pub(super) struct Rule {
    pub(super) limit: usize,
    /// What failures are counted in, and the first pause.
    pub(super) window: Duration,
    /// The longest pause; as long as `window`: pauses don't grow.
    pub(super) longest: Duration,
}

/// The failures of one name, one place or one network.
#[derive(Debug, Default)]
pub(super) struct Record {
    failures: VecDeque<Failure>,
    /// Attempts whose answer is not known yet.
    pub(super) open: usize,
    /// How many pauses there have been lately, and when the last one ends.
    pauses: u32,
    paused_at: Timestamp,
    paused_until: Option<Timestamp>,
}

#[derive(Debug)]
pub(super) struct Failure {
    pub(super) at: Timestamp,
    pub(super) spelling: String,
}

/// Whether another attempt is heard.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Weight {
    Go,
    /// The attempts under way decide.
    Wait,
    /// Not before this time has passed.
    Refuse(Duration),
}

/// How long a pause is remembered: the next one within this time is twice as long.
const PAUSE_REMEMBERED: Duration = Duration::from_secs(24 * 3600);

impl Record {
    pub(super) fn weigh(&mut self, rule: Rule, now: Timestamp) -> Weight {
        self.tidy(rule, now);
        if let Some(until) = self.paused_until.filter(|until| *until > now) {
            return Weight::Refuse(until.since(now).max(Duration::from_secs(1)));
        }
        if self.failures.len() >= rule.limit {
            let oldest = self.failures.front().map_or(now, |failure| failure.at);
            let wait = oldest.plus(rule.window).since(now);
            return Weight::Refuse(wait.max(Duration::from_secs(1)));
        }
        if self.failures.len() + self.open >= rule.limit { Weight::Wait } else { Weight::Go }
    }

    /// One more. The last that is allowed begins a pause.
    pub(super) fn failed(&mut self, failure: Failure, rule: Rule) {
        let now = failure.at;
        self.tidy(rule, now);
        self.failures.push_back(failure);
        if self.failures.len() < rule.limit || rule.longest <= rule.window {
            return;
        }
        let oldest = self.failures.front().map_or(now, |failure| failure.at);
        let doubled = 1_u32.checked_shl(self.pauses).unwrap_or(u32::MAX);
        let pause = rule.window.saturating_mul(doubled).min(rule.longest);
        // The first pause is what the window is by itself.
        let from = if self.pauses == 0 { oldest } else { now };
        (self.paused_at, self.paused_until) = (now, Some(from.plus(pause)));
        self.pauses = self.pauses.saturating_add(1);
        self.failures.clear();
    }

    /// The right secret was given under this spelling.
    pub(super) fn forgive(&mut self, spelling: &str) {
        self.failures.retain(|failure| failure.spelling != spelling);
        if self.failures.is_empty() && self.paused_until.is_some() {
            self.pauses = 0;
        }
    }

    /// After a clock that went back, what lies ahead is now: pauses and windows don't become longer than they are, and
    /// don't end sooner.
    fn follow_clock(&mut self, now: Timestamp) {
        self.failures.iter_mut().for_each(|failure| failure.at = now.min(failure.at));
        if self.paused_at > now {
            self.paused_until = self.paused_until.map(|until| now.plus(until.since(self.paused_at)));
            self.paused_at = now;
        }
    }

    fn tidy(&mut self, rule: Rule, now: Timestamp) {
        self.follow_clock(now);
        let horizon = now.minus(rule.window);
        while self.failures.front().is_some_and(|failure| failure.at <= horizon) {
            self.failures.pop_front();
        }
        if self.paused_until.is_some_and(|until| until.plus(PAUSE_REMEMBERED) < now) {
            self.pauses = 0;
            self.paused_until = None;
        }
    }
}
