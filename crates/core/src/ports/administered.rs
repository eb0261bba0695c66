use async_trait::async_trait;

use crate::administration::AuditEntry;
use crate::auth::Realm;
use crate::contact::{Contact, ContactRefusal};
use crate::group::{Dissolved, Group, GroupEdit, GroupKind, GroupRefusal, NewGroup, PartChange, PartChanged};
use crate::messaging::{Conference, ConferenceChange, ConferenceRefusal};
use crate::ports::{ContactWrite, StoreResult};
use crate::shoutbox::{ShoutState, ShoutTally, Wall};
use crate::{AccountId, CommunityId, ConversationId, GroupId, ShoutId, Timestamp};

/// What administrators do to groups, contacts and conferences, which people also do by themselves, and their lists of them.
///
/// An act is the same change that people make, with its line of the audit log in the same transaction: what there was
/// before and is after is added to the line. Where nothing changes, no line is written. The inner error of an answer is the
/// one to the administrator; nothing was written then.
#[async_trait]
pub trait AdministeredStore: std::fmt::Debug + Send + Sync {
    /// Makes a group.
    async fn make_group(&self, new: &NewGroup, line: AuditEntry) -> StoreResult<Result<Group, GroupRefusal>>;

    /// Changes a group itself; the group as it is now.
    async fn revise_group(
        &self,
        edit: &GroupEdit,
        line: AuditEntry,
    ) -> StoreResult<Result<Group, GroupRefusal>>;

    /// Changes somebody's part in a group.
    async fn assign_part(
        &self,
        change: &PartChange,
        line: AuditEntry,
    ) -> StoreResult<Result<PartChanged, GroupRefusal>>;

    /// Ends a local group.
    async fn end_group(
        &self,
        community: &CommunityId,
        id: GroupId,
        line: AuditEntry,
    ) -> StoreResult<Result<Dissolved, GroupRefusal>>;

    /// Changes what is between two people; the contact as it is now.
    async fn assign_contact(
        &self,
        write: &ContactWrite,
        line: AuditEntry,
    ) -> StoreResult<Result<Contact, ContactRefusal>>;

    /// Changes a conference; it before and now.
    async fn moderate_conference(
        &self,
        change: &ConferenceChange,
        line: AuditEntry,
    ) -> StoreResult<Result<(Conference, Conference), ConferenceRefusal>>;

    /// Groups by id, without the rooms of news.
    async fn groups_page(&self, filter: &GroupFilter) -> StoreResult<Vec<GroupCount>>;

    /// Conferences that somebody is in, by id.
    async fn conferences_page(&self, filter: &ConferenceFilter) -> StoreResult<Vec<ConferenceCount>>;

    /// Shouts of all walls, newest first.
    async fn shouts_page(&self, filter: &ShoutFilter) -> StoreResult<Vec<ShoutTally>>;
}

/// Which groups are wanted.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct GroupFilter {
    /// Only this one.
    pub id: Option<GroupId>,
    /// Only of this community.
    pub community: Option<CommunityId>,
    /// Only of this realm.
    pub realm: Option<Realm>,
    /// Only of this kind.
    pub kind: Option<GroupKind>,
    /// After this one.
    pub after: Option<GroupId>,
    /// At most so many.
    pub limit: usize,
}

/// A group and how many are in it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GroupCount {
    /// The group.
    pub group: Group,
    /// How many are in it.
    pub members: u64,
    /// How many of them manage it.
    pub managers: u64,
    /// How many ask to come in or to leave.
    pub waiting: u64,
}

/// Which conferences are wanted.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ConferenceFilter {
    /// Only of this community.
    pub community: Option<CommunityId>,
    /// After this one.
    pub after: Option<ConversationId>,
    /// At most so many.
    pub limit: usize,
}

/// A conference in the list: never what is said there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConferenceCount {
    /// Its conversation.
    pub id: ConversationId,
    /// Where it lives.
    pub community: CommunityId,
    /// What it is about.
    pub topic: Option<String>,
    /// Who may put others out.
    pub host: AccountId,
    /// How many are in it.
    pub participants: u64,
    /// How many are invited.
    pub invited: u64,
    /// When it was opened.
    pub created_at: Timestamp,
    /// When something was last said.
    pub last_message_at: Option<Timestamp>,
}

/// Which shouts are wanted.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ShoutFilter {
    /// Only in one of these states; empty = in any.
    pub states: Vec<ShoutState>,
    /// Only at this wall.
    pub wall: Option<Wall>,
    /// Before this one.
    pub before: Option<ShoutId>,
    /// At most so many.
    pub limit: usize,
}
