use crate::Timestamp;
use crate::administration::{DayCount, Tally};
use crate::engine::Engine;
use crate::engine::EngineError;
use crate::front::FrontId;

/// How it is now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Present {
    /// Sessions in memory.
    pub sessions: usize,
    /// People who are online.
    pub people_online: usize,
}

impl Engine {
    /// Writes what was counted since the last time. On return all that was counted before the call is written, whoever
    /// wrote it.
    pub async fn write_statistics(&self) {
        let _alone = self.desk.counters.writing.lock().await;
        let counted = self.desk.counters.take(self.clock.now());
        if counted.is_nothing() {
            return;
        }
        let counts: Vec<DayCount> =
            counted.counts.iter().filter(|count| self.counts_at(&count.front)).cloned().collect();
        let people: Vec<_> =
            counted.people.iter().filter(|(_, front, _)| self.counts_at(front)).cloned().collect();
        if let Err(error) = self.store.add_statistics(&counts, &people).await {
            tracing::warn!(%error, "what was counted could not be written");
            self.desk.counters.put_back(counted);
        }
    }

    /// The option `statistics` of a front.
    fn counts_at(&self, front: &FrontId) -> bool {
        self.fronts.get(front).is_none_or(|front| front.options.statistics)
    }

    /// What was counted from day `from` to day `to`, both included, up to now.
    ///
    /// # Errors
    /// When the store does not answer.
    pub async fn statistics(
        &self,
        from: &str,
        to: &str,
        front: Option<&FrontId>,
    ) -> Result<Vec<DayCount>, EngineError> {
        self.write_statistics().await;
        Ok(self.store.statistics(from, to, front).await?)
    }

    /// What was counted since the start of the server.
    pub fn counted(&self) -> Tally {
        self.desk.counters.total()
    }

    /// A file was sent.
    pub fn count_file(&self, front: &FrontId, bytes: u64) {
        self.desk.counters.file(front, self.clock.now(), bytes);
    }

    /// How it is now.
    pub fn present(&self) -> Present {
        let mut people: Vec<_> = self
            .sessions
            .all()
            .iter()
            .map(|session| (session.community().clone(), session.account()))
            .collect();
        let sessions = people.len();
        people.sort_unstable();
        people.dedup();
        people.retain(|(community, account)| self.is_present(community, *account));
        Present { sessions, people_online: people.len() }
    }

    /// The first moment of today and of the day `days` before it.
    pub fn last_days(&self, days: u64) -> (Timestamp, Timestamp) {
        let now = self.clock.now();
        (now.minus(std::time::Duration::from_secs(days * 86_400)), now)
    }
}
