//! What is heard of one person: at a login, and while they are here.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::AccountId;
use crate::account::shown_details;
use crate::auth::ExternalIdentity;
use crate::engine::{Engine, EngineError, Visitor};
use crate::ports::{DirectoryPerson, StoreResult};

impl Engine {
    pub(in crate::engine) async fn directory_person_of(
        &self,
        account: AccountId,
    ) -> StoreResult<Option<Arc<DirectoryPerson>>> {
        let load = || async { Ok(self.store.directory_person(account).await?.map(Arc::new)) };
        self.directory_people.get(&account, load).await
    }

    /// Keeps what a source says of somebody who is here. `came`: they have just logged in, and whether they proved who
    /// they are.
    pub(in crate::engine) async fn hear_of(
        &self,
        account: AccountId,
        identity: &ExternalIdentity,
        came: Option<bool>,
    ) -> StoreResult<()> {
        let before = self.directory_person_of(account).await?;
        let before = before.as_deref().cloned().unwrap_or_default();
        if let (Some(proven), true) = (came, before.listed_only) {
            self.store.arrive(account, proven).await?;
            self.directory_people.forget([&account]);
        }
        let now = DirectoryPerson {
            listed_only: before.listed_only && came.is_none(),
            absent_since: None,
            details: shown_details(&identity.details),
        };
        if now != before {
            self.store.keep_directory_person(account, &now).await?;
            self.directory_people.forget([&account]);
        }
        Ok(())
    }

    /// Further facts about somebody whom the visitor may find: department, title, telephone and the like.
    ///
    /// # Errors
    /// [`EngineError::NotFound`] when there is none that the visitor may find.
    pub async fn details(
        &self,
        visitor: &Visitor,
        other: AccountId,
    ) -> Result<BTreeMap<String, String>, EngineError> {
        self.person(visitor, other).await?;
        let person = self.directory_person_of(other).await?;
        Ok(person.map(|person| person.details.clone()).unwrap_or_default())
    }
}
