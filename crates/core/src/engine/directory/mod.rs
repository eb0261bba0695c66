//! People whom a directory lists: read in rounds, so that colleagues who never logged in can be found, and those who have
//! gone over there are gone here.

mod differences;
mod pass;
mod person;
mod plan;
mod report;
mod rounds;

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use crate::AccountId;
use crate::auth::Authenticator;
use crate::engine::Engine;

pub use report::{DirectoryStatus, Held, SyncError, SyncLine, SyncOrder, SyncReport, SyncWhat};

/// How an authenticator's people are read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SyncRules {
    /// From the end of one round to the beginning of the next.
    pub interval: Duration,
    /// How often everybody is read: the only way to find out who was deleted.
    pub full_interval: Duration,
    /// More people than this are none that anybody meant: the round ends with an error.
    pub most: usize,
}

impl Default for SyncRules {
    fn default() -> Self {
        Self {
            interval: Duration::from_secs(15 * 60),
            full_interval: Duration::from_secs(24 * 3600),
            most: 200_000,
        }
    }
}

/// What the engine remembers of its directories.
#[derive(Debug, Default)]
pub(super) struct Directories {
    /// One round at a time.
    under_way: tokio::sync::Mutex<()>,
    status: Mutex<BTreeMap<String, DirectoryStatus>>,
}

impl Engine {
    /// How the directories that are read stand, by authenticator.
    pub fn directories(&self) -> BTreeMap<String, DirectoryStatus> {
        let mut all: BTreeMap<String, DirectoryStatus> =
            self.settings.directories.keys().map(|name| (name.clone(), DirectoryStatus::default())).collect();
        all.extend(self.directories.status.lock().unwrap_or_else(PoisonError::into_inner).clone());
        all
    }

    /// The picture that the directory keeps of an account; `None` when there is none any more.
    ///
    /// # Errors
    /// When the directory does not answer.
    pub async fn directory_photo(
        &self,
        account: &crate::account::Account,
    ) -> Result<Option<Vec<u8>>, crate::auth::AuthError> {
        let sources = self.authenticators.values().filter(|one| *one.realm() == account.realm);
        for source in sources {
            if let Some(directory) = source.directory() {
                return directory.photo(&account.subject).await;
            }
        }
        Ok(None)
    }

    fn note(&self, name: &str, change: impl FnOnce(&mut DirectoryStatus)) {
        let mut all = self.directories.status.lock().unwrap_or_else(PoisonError::into_inner);
        change(all.entry(name.to_owned()).or_default());
    }

    /// Forgets what is known of people whose profile or fronts have changed.
    pub(super) fn forget_people(&self, people: &[AccountId]) {
        let communities: std::collections::BTreeSet<_> =
            self.fronts.iter().map(|front| front.community.clone()).collect();
        for community in communities {
            let keys: Vec<_> = people.iter().map(|&person| (community.clone(), person)).collect();
            self.members.forget(&keys);
        }
        self.directory_people.forget(people);
    }
}
