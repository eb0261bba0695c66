//! Rounds: when, over whom, and whether the answer is believed.

use std::sync::Arc;
use std::time::Duration;

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::pass::Pass;
use super::{Held, SyncError, SyncOrder, SyncReport, SyncRules};
use crate::Timestamp;
use crate::auth::{AuthError, Authenticator, Guarded, SyncCursor, SyncScope};
use crate::engine::{Engine, EntryError};

/// How long after the start the first round begins: people who come back first.
const FIRST: Duration = Duration::from_secs(2);
/// Up to so many people may go at once without a question.
const FEW: u64 = 20;

/// Where the last round ended; kept in the store.
#[derive(Debug, Serialize, Deserialize)]
struct Position {
    cursor: String,
    /// When everybody was read for the last time.
    everybody_at: i64,
}

impl Engine {
    /// Reads all directories that are to be read, each in rounds of its own. Runs until it is dropped.
    pub(in crate::engine) async fn read_directories(self: Arc<Self>) {
        let names: Vec<_> =
            self.settings.directories.iter().map(|(name, rules)| (name.clone(), *rules)).collect();
        let each = names.into_iter().map(|(name, rules)| {
            let engine = Arc::clone(&self);
            async move {
                tokio::time::sleep(FIRST).await;
                loop {
                    _ = engine.sync_directory(&name, SyncOrder::default()).await;
                    tokio::time::sleep(rules.interval.max(Duration::from_millis(100))).await;
                }
            }
        });
        futures_util::future::join_all(each).await;
    }

    /// A round over one authenticator's directory, now; after the one that is under way.
    ///
    /// An outage changes nothing, or leaves what was read before it. When more than half of the people who are known
    /// would go, and more than 20, nothing is changed until [`SyncOrder::accept`] says so.
    ///
    /// # Errors
    /// [`SyncError`]
    pub async fn sync_directory(&self, name: &str, order: SyncOrder) -> Result<SyncReport, SyncError> {
        let _alone = self.directories.under_way.lock().await;
        let by = self.authenticators.get(name).ok_or_else(|| SyncError::Impossible(name.to_owned()))?;
        let outcome = self.round(by, order).await;
        if !order.dry_run {
            self.remember(by, &outcome).await;
        }
        outcome
    }

    async fn round(&self, by: &Guarded, order: SyncOrder) -> Result<SyncReport, SyncError> {
        let directory = by.sync().ok_or_else(|| SyncError::Impossible(by.name().to_owned()))?;
        self.prove_realm(by).await.map_err(|error| match error {
            EntryError::Unanswered(AuthError::Misconfigured { what, .. }) => SyncError::Realm(what),
            EntryError::Unanswered(error) => SyncError::Directory(error),
            EntryError::Store(error) => SyncError::Store(error),
            other => SyncError::Realm(other.to_string()),
        })?;
        let rules = self.settings.directories.get(by.name()).copied().unwrap_or_default();
        let now = self.clock.now();
        let position = self.position(by.name()).await?;
        let since = position.as_ref().filter(|kept| {
            !order.everybody && Timestamp::from_millis(kept.everybody_at) > now.minus(rules.full_interval)
        });
        let cursor = since.map(|kept| SyncCursor::new(kept.cursor.as_str()));
        let known = self.store.count_present(by.realm()).await?;
        let run = directory.begin(cursor.as_ref()).await?;
        let everybody = run.scope() == SyncScope::Everybody;

        if order.dry_run || (everybody && known > FEW && !order.accept) {
            // First a look: whether the answer can be believed is only known at its end.
            let look = Pass::new(self, by, false, everybody, rules.most).over(run, known).await?;
            let held = look.report.held;
            if order.dry_run || held.is_some() {
                return Ok(SyncReport { dry_run: order.dry_run, ..look.report });
            }
            let run = directory.begin(None).await?;
            return self.act(by, run, everybody, order, (known, rules, position)).await;
        }
        self.act(by, run, everybody, order, (known, rules, position)).await
    }

    async fn act(
        &self,
        by: &Guarded,
        run: Box<dyn crate::auth::SyncRun + '_>,
        everybody: bool,
        order: SyncOrder,
        (known, rules, position): (u64, SyncRules, Option<Position>),
    ) -> Result<SyncReport, SyncError> {
        let begun = self.clock.now();
        let mut pass = Pass::new(self, by, true, everybody, rules.most);
        pass.accept = order.accept;
        let pass = pass.over(run, known).await?;
        if let (Some(cursor), None) = (&pass.cursor, &pass.report.held) {
            let earlier = position.map_or(begun.as_millis(), |kept| kept.everybody_at);
            let everybody_at = if everybody { begun.as_millis() } else { earlier };
            let kept = Position { cursor: cursor.as_str().to_owned(), everybody_at };
            if let Ok(json) = serde_json::to_vec(&kept) {
                self.store.put_meta(&meta_key(by.name()), &json).await?;
            }
        }
        Ok(pass.report)
    }

    async fn position(&self, name: &str) -> Result<Option<Position>, SyncError> {
        let kept = self.store.meta_or_insert(&meta_key(name), b"{}").await?;
        Ok(serde_json::from_slice(&kept).ok())
    }

    /// Says once that a directory is silent or has lost its people, and once that it is as before.
    async fn remember(&self, by: &Guarded, outcome: &Result<SyncReport, SyncError>) {
        let before = self.directories().get(by.name()).cloned().unwrap_or_default();
        let name = by.name();
        match outcome {
            Ok(report) => {
                let people = self.store.count_present(by.realm()).await.ok();
                let now = self.clock.now();
                self.note(name, |status| {
                    status.silent = false;
                    status.held = report.held;
                    status.people = people.unwrap_or(status.people);
                    status.changes +=
                        report.added + report.changed + report.regrouped + report.returned + report.removed;
                    if report.held.is_none() {
                        status.last_success = Some(now);
                    }
                });
                if before.silent {
                    tracing::info!(auth.name = name, "the directory can be read again");
                }
                match report.held {
                    Some(Held { known, missing }) if before.held.is_none() => tracing::warn!(
                        auth.name = name,
                        known,
                        missing,
                        "more than half of the people who are known are missing in the directory; nothing is changed. \
                         If they are really gone: portico sync --authenticator {name} --accept"
                    ),
                    Some(_) => {}
                    None => tracing::info!(
                        auth.name = name,
                        everybody = report.everybody,
                        people = report.people,
                        added = report.added,
                        changed = report.changed,
                        regrouped = report.regrouped,
                        removed = report.removed,
                        "the directory was read"
                    ),
                }
            }
            Err(error) => {
                self.note(name, |status| {
                    status.silent = true;
                    status.failures += 1;
                });
                if !before.silent {
                    tracing::warn!(
                        auth.name = name, %error,
                        "the directory can't be read for now; people stay as they are (said once)"
                    );
                }
            }
        }
    }
}

/// Names of authenticators may be long.
fn meta_key(name: &str) -> String {
    let digest = Sha256::digest(name.as_bytes());
    let short: String = digest.iter().take(12).map(|byte| format!("{byte:02x}")).collect();
    format!("directory_sync.{short}")
}

/// Whether so many are missing that somebody should look first.
pub(super) fn is_held(known: u64, missing: u64) -> Option<Held> {
    (missing > FEW && missing.saturating_mul(2) > known).then_some(Held { known, missing })
}
