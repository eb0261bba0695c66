use std::fmt;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, TrySendError, sync_channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::Duration;

use tokio::sync::oneshot;

use crate::auth::AuthError;

type Job = Box<dyn FnOnce() + Send>;

/// Threads of their own for password hashing, with a bounded queue.
///
/// Hashing takes tens of milliseconds by intention; on a reactor thread it would stop every message meanwhile, and in
/// the runtime's shared blocking pool a login storm would crowd out everything else.
#[derive(Clone)]
pub struct HashPool {
    shared: Arc<Shared>,
}

struct Shared {
    jobs: SyncSender<Job>,
    computed: AtomicU64,
}

/// The queue is full: more logins are waiting than can be hashed in reasonable time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("too many logins at once; the queue for password hashing is full")]
pub struct PoolBusy;

impl From<PoolBusy> for AuthError {
    fn from(busy: PoolBusy) -> Self {
        Self::Unavailable {
            what: busy.to_string(),
            retry_after: Some(Duration::from_secs(2)),
            source: Some(Box::new(busy)),
        }
    }
}

impl HashPool {
    /// A pool of `threads` threads and a queue of `queue` jobs; both at least 1.
    ///
    /// # Errors
    /// When the system gives no thread.
    pub fn new(threads: usize, queue: usize) -> std::io::Result<Self> {
        let (jobs, incoming) = sync_channel::<Job>(queue.max(1));
        let incoming = Arc::new(Mutex::new(incoming));
        for number in 0..threads.max(1) {
            let incoming = Arc::clone(&incoming);
            thread::Builder::new().name(format!("hash-{number}")).spawn(move || work(&incoming))?;
        }
        Ok(Self { shared: Arc::new(Shared { jobs, computed: AtomicU64::new(0) }) })
    }

    /// A pool that leaves one core to everything else, with a queue of 256.
    ///
    /// # Errors
    /// When the system gives no thread.
    pub fn for_this_machine() -> std::io::Result<Self> {
        let cores = thread::available_parallelism().map_or(1, usize::from);
        Self::new(cores.saturating_sub(1), 256)
    }

    /// Computes one hash: runs `hash` on a thread of the pool.
    ///
    /// # Errors
    /// [`PoolBusy`] when the queue is full, or when `hash` panicked.
    pub async fn run<T: Send + 'static>(
        &self,
        hash: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T, PoolBusy> {
        let (done, result) = oneshot::channel();
        let shared = Arc::downgrade(&self.shared);
        let job: Job = Box::new(move || {
            // Whoever asked may be gone: don't burn a core for nobody.
            if done.is_closed() {
                return;
            }
            let value = hash();
            if let Some(shared) = shared.upgrade() {
                shared.computed.fetch_add(1, Ordering::Relaxed);
            }
            let _ = done.send(value);
        });
        match self.shared.jobs.try_send(job) {
            Ok(()) => result.await.map_err(|_| PoolBusy),
            Err(TrySendError::Full(_) | TrySendError::Disconnected(_)) => Err(PoolBusy),
        }
    }

    /// How many hashes were computed so far: tests compare the work of different refusals by it.
    pub fn computed(&self) -> u64 {
        self.shared.computed.load(Ordering::Relaxed)
    }
}

fn work(incoming: &Mutex<Receiver<Job>>) {
    loop {
        let next = incoming.lock().unwrap_or_else(PoisonError::into_inner).recv();
        let Ok(job) = next else { return };
        // A hash that panics on hostile input must not take the thread with it.
        let _ = std::panic::catch_unwind(std::panic::AssertUnwindSafe(job));
    }
}

impl fmt::Debug for HashPool {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("HashPool").field("computed", &self.computed()).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_full_queue_is_refused_at_once() {
        let pool = HashPool::new(1, 1).unwrap();
        let (release, gate) = std::sync::mpsc::channel::<()>();
        let busy = tokio::spawn({
            let pool = pool.clone();
            async move { pool.run(move || gate.recv().is_ok()).await }
        });
        tokio::time::sleep(Duration::from_millis(50)).await;
        let waiting = tokio::spawn({
            let pool = pool.clone();
            async move { pool.run(|| ()).await }
        });
        tokio::time::sleep(Duration::from_millis(50)).await;
        assert_eq!(pool.run(|| ()).await, Err(PoolBusy));
        release.send(()).unwrap();
        assert_eq!(busy.await.unwrap(), Ok(true));
        assert_eq!(waiting.await.unwrap(), Ok(()));
        assert_eq!(pool.computed(), 2);
    }

    #[tokio::test]
    async fn a_panicking_hash_leaves_the_pool_usable() {
        let pool = HashPool::new(1, 4).unwrap();
        assert_eq!(pool.run(|| -> u8 { panic!("hostile") }).await, Err(PoolBusy));
        assert_eq!(pool.run(|| 7).await, Ok(7));
    }
}
