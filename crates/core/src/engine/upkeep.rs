use std::sync::Arc;
use std::time::Duration;

use tokio::task::JoinHandle;
use tokio::time::{MissedTickBehavior, interval};

use crate::engine::{Engine, EngineError, Visitor};

/// How often those who went silent are looked for.
const SWEEP: Duration = Duration::from_secs(5);
/// How often memory is tidied.
const TIDY: Duration = Duration::from_secs(60);
/// How often expired sessions are deleted.
const EXPIRE: Duration = Duration::from_secs(3600);
/// Who is offline for this long needs nothing in memory.
const IDLE: Duration = Duration::from_secs(600);

/// A task that ends with its owner.
struct Busy(JoinHandle<()>);

impl Busy {
    fn spawn(work: impl Future<Output = ()> + Send + 'static) -> Self {
        Self(tokio::spawn(work))
    }
}

impl Drop for Busy {
    fn drop(&mut self) {
        self.0.abort();
    }
}

impl Engine {
    /// What must be done from time to time: presence, writing behind, tidying. Runs until [`Engine::begin_shutdown`], and
    /// ends what it is writing then: dropped in the middle of it, it loses what it took from memory to write.
    pub async fn upkeep(self: Arc<Self>) {
        let mut closing = self.closing.subscribe();
        let mut sweep = interval(SWEEP);
        let mut write = interval(self.settings.seen_write_interval.max(Duration::from_secs(1)));
        let mut tidy = interval(TIDY);
        let mut expire = interval(EXPIRE);
        let looks_after = !self.settings.revalidate_interval.is_zero();
        let mut revalidate = interval(self.settings.revalidate_interval.max(Duration::from_millis(100)));
        let mut announce = interval(self.settings.news_interval.max(Duration::from_millis(100)));
        for timer in [&mut sweep, &mut write, &mut tidy, &mut expire, &mut revalidate, &mut announce] {
            timer.set_missed_tick_behavior(MissedTickBehavior::Delay);
        }
        let (mut asking, mut announcing, mut tending) = (None, None, None);
        let _reading = Busy::spawn(Arc::clone(&self).read_directories());
        let _delivering = Busy::spawn(Arc::clone(&self).deliver_as_they_come());
        let _messages = Busy::spawn(Arc::clone(&self).look_after_messages());
        loop {
            tokio::select! {
                () = async { _ = closing.wait_for(|closing| *closing).await } => break,
                _ = sweep.tick() => self.sweep_presence(),
                _ = write.tick() => self.write_behind().await,
                _ = tidy.tick() => {
                    self.tidy();
                    self.write_statistics().await;
                    self.tell_what_waits().await;
                    if !Self::is_busy(&tending) {
                        let engine = Arc::clone(&self);
                        tending = Some(Busy::spawn(async move { engine.erase_leaving().await }));
                    }
                }
                // A system that is slow to answer must not keep the others waiting.
                _ = revalidate.tick(), if looks_after && !Self::is_busy(&asking) => {
                    let engine = Arc::clone(&self);
                    asking = Some(Busy::spawn(async move { _ = engine.revalidate().await }));
                }
                _ = announce.tick(), if !Self::is_busy(&announcing) => {
                    let engine = Arc::clone(&self);
                    announcing = Some(Busy::spawn(async move { engine.announce_news().await }));
                }
                _ = expire.tick() => {
                    self.delete_expired().await;
                    self.forget_stale_files().await;
                    self.trim_walls().await;
                    self.tend_unused().await;
                }
            }
        }
    }

    fn is_busy(task: &Option<Busy>) -> bool {
        task.as_ref().is_some_and(|task| !task.0.is_finished())
    }

    async fn delete_expired(&self) {
        let now = self.clock.now();
        if let Err(error) = self.store.delete_expired_sessions(now).await {
            tracing::warn!(%error, "expired sessions could not be deleted");
        }
        if let Err(error) = self.store.forget_expired_admin_sessions(now).await {
            tracing::warn!(%error, "expired sessions of administrators could not be deleted");
        }
        if let Err(error) = self.store.forget_burnt(now).await {
            tracing::warn!(%error, "tickets that have expired could not be forgotten");
        }
        if let Err(error) = self.store.forget_tokens(now).await {
            tracing::warn!(%error, "tokens that have expired could not be forgotten");
        }
    }

    /// Drops from memory what belongs to nobody who is here.
    pub fn tidy(&self) {
        let now = self.clock.now();
        self.note_ended_mutes();
        for session in self.sessions.forget_idle(now, IDLE) {
            self.forget_guest(&session);
        }
        for (community, account) in self.presence.forget_idle(now, IDLE) {
            self.mailboxes.close(&community, account);
        }
    }

    /// Writes when sessions and people were last seen.
    pub async fn write_behind(&self) {
        self.write_last_seen().await;
        self.write_receipts().await;
        let times = self.sessions.take_unwritten();
        if times.is_empty() {
            return;
        }
        if let Err(error) = self.store.touch_sessions(&times).await {
            tracing::warn!(%error, "the times at which sessions were last seen could not be written");
            self.sessions.put_back_unwritten(times);
        }
    }

    /// A stream shows that its session lives.
    pub(super) fn still_here(&self, visitor: &Visitor) -> Result<(), EngineError> {
        let now = self.clock.now();
        if visitor.session.is_revoked() || visitor.session.expires_at() <= now {
            self.sessions.remove(&visitor.session);
            return Err(self.no_session(visitor.session.token_hash()));
        }
        let (session, limits) = (&visitor.session, visitor.options().places());
        self.sessions.touch(session, session.address(), limits, now)?;
        Ok(())
    }
}
