//! A directory that can be read whole, and later by its changes.

use std::sync::PoisonError;

use async_trait::async_trait;

use super::{FakeAuthenticator, FakePerson};
use crate::auth::{AuthError, DirectoryEntry, DirectorySync, SyncCursor, SyncRun, SyncScope};

/// People in a page; more where there are many.
const PAGE: usize = 3;

struct Run {
    fake: FakeAuthenticator,
    scope: SyncScope,
    left: Vec<DirectoryEntry>,
    position: usize,
    page: usize,
    ended: bool,
}

#[async_trait]
impl DirectorySync for FakeAuthenticator {
    async fn begin(&self, since: Option<&SyncCursor>) -> Result<Box<dyn SyncRun + '_>, AuthError> {
        self.reach().await?;
        let everybody: Vec<DirectoryEntry> = self.everybody().into_iter().map(FakePerson::entry).collect();
        let mut read = self.shared.read.lock().unwrap_or_else(PoisonError::into_inner);
        let before = since.and_then(|since| read.get(since.as_str().parse::<usize>().ok()?));
        let (scope, left) = match before {
            Some(before) => {
                let changed = everybody.iter().filter(|entry| !before.contains(entry)).cloned().collect();
                (SyncScope::Changes, changed)
            }
            None => (SyncScope::Everybody, everybody.clone()),
        };
        read.push(everybody);
        let position = read.len() - 1;
        let page = PAGE.max(left.len() / 100);
        Ok(Box::new(Run { fake: self.clone(), scope, left, position, page, ended: false }))
    }
}

#[async_trait]
impl SyncRun for Run {
    fn scope(&self) -> SyncScope {
        self.scope
    }

    async fn next(&mut self) -> Result<Option<Vec<DirectoryEntry>>, AuthError> {
        self.fake.reach().await?;
        self.ended = self.left.is_empty();
        let page: Vec<_> = self.left.drain(..self.left.len().min(self.page)).collect();
        Ok((!page.is_empty()).then_some(page))
    }

    fn cursor(&self) -> Option<SyncCursor> {
        self.ended.then(|| SyncCursor::new(self.position.to_string()))
    }
}
