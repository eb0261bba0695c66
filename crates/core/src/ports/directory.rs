use std::collections::BTreeMap;

use async_trait::async_trait;

use crate::account::{Account, Profile};
use crate::auth::{Realm, SubjectId};
use crate::front::FrontId;
use crate::ports::{NewAccount, StoreResult};
use crate::{AccountId, CommunityId, Timestamp};

/// What a directory says of a person beside the profile.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct DirectoryPerson {
    /// Whether only a directory has told of the person: they have never been here.
    pub listed_only: bool,
    /// Since when the directory says that there is no such person, or that they may not enter.
    pub absent_since: Option<Timestamp>,
    /// Further facts for colleagues' eyes, by name.
    pub details: BTreeMap<String, String>,
}

/// A person of a realm, as known here.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KnownPerson {
    /// The account.
    pub account: Account,
    /// When the person registered over there, if the source said.
    pub registered_at: Option<Timestamp>,
    /// What the directory said last.
    pub person: DirectoryPerson,
}

/// Changes that a directory asks for: all of them in one transaction, or none.
#[derive(Debug, Clone, Default)]
pub struct DirectoryChanges {
    /// Accounts to be made; nobody replaces anybody.
    pub made: Vec<NewAccount>,
    /// New profiles.
    pub profiles: Vec<(AccountId, Profile)>,
    /// What the directory says now.
    pub people: Vec<(AccountId, DirectoryPerson)>,
    /// Fronts where people can be found from now on.
    pub entered: Vec<FrontPlace>,
    /// Fronts where they can't any more.
    pub left: Vec<FrontPlace>,
    /// Whose sessions are deleted.
    pub without_sessions: Vec<AccountId>,
}

/// A person at a front.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FrontPlace {
    /// The front's community.
    pub community: CommunityId,
    /// The front.
    pub front: FrontId,
    /// The person.
    pub account: AccountId,
}

impl DirectoryChanges {
    /// Whether there is nothing to do.
    pub fn is_empty(&self) -> bool {
        self.made.is_empty()
            && self.profiles.is_empty()
            && self.people.is_empty()
            && self.entered.is_empty()
            && self.left.is_empty()
            && self.without_sessions.is_empty()
    }
}

/// The part of the [`Store`](crate::ports::Store) that remembers what directories said.
#[async_trait]
pub trait DirectoryStore: Send + Sync {
    /// What a directory said of this account.
    async fn directory_person(&self, account: AccountId) -> StoreResult<Option<DirectoryPerson>>;

    /// Replaces what a directory said of this account.
    async fn keep_directory_person(&self, account: AccountId, person: &DirectoryPerson) -> StoreResult<()>;

    /// Records that somebody of whom only a directory had told has come, and whether they proved who they are. Nothing
    /// happens to anybody else.
    async fn arrive(&self, account: AccountId, proven: bool) -> StoreResult<()>;

    /// Those of these subjects (at most 1,000) that are known here, in no particular order.
    async fn known_people(&self, realm: &Realm, subjects: &[SubjectId]) -> StoreResult<Vec<KnownPerson>>;

    /// The people of a realm by subject, beginning after `after`.
    async fn people_of_realm(
        &self,
        realm: &Realm,
        after: Option<&SubjectId>,
        limit: usize,
    ) -> StoreResult<Vec<KnownPerson>>;

    /// How many people of a realm are known here and not absent over there.
    async fn count_present(&self, realm: &Realm) -> StoreResult<u64>;

    /// The ids over there and the names of the realm's groups that these people (at most 1,000) are in.
    async fn groups_of_people(
        &self,
        community: &CommunityId,
        realm: &Realm,
        accounts: &[AccountId],
    ) -> StoreResult<Vec<(AccountId, String, String)>>;

    /// Does all of it in one transaction.
    ///
    /// # Errors
    /// [`StoreError::Conflict`](crate::ports::StoreError::Conflict) when one of the accounts to be made exists: its owner
    /// logged in just now.
    async fn change_people(&self, changes: &DirectoryChanges, now: Timestamp) -> StoreResult<()>;
}
