use async_trait::async_trait;

use crate::account::Member;
use crate::ports::StoreResult;
use crate::{AccountId, CommunityId, ConversationId, GroupId};

/// What the store knows of people beside each other: shared groups, ratings, names.
#[async_trait]
pub trait ContactStore: Send + Sync {
    /// The groups in `community` that each of `accounts` (at most 1,000) is in, without those of news rooms.
    async fn group_ids(
        &self,
        community: &CommunityId,
        accounts: &[AccountId],
    ) -> StoreResult<Vec<(AccountId, GroupId)>>;

    /// Those who are in at least one of `groups`, or of no list, in any group of `community` (without those of news rooms),
    /// by account id, beginning after `after`; each once, at most `limit`.
    async fn grouped_people(
        &self,
        community: &CommunityId,
        groups: Option<&[GroupId]>,
        after: Option<AccountId>,
        limit: usize,
    ) -> StoreResult<Vec<AccountId>>;

    /// How each of `accounts` (at most 1,000) is rated by their contacts; nobody without a rating is in it.
    async fn ratings_of(
        &self,
        community: &CommunityId,
        accounts: &[AccountId],
    ) -> StoreResult<Vec<(AccountId, Ratings)>>;

    /// Members of `community` whose folded login or display name contains `part` (folded as a login, not empty), by account
    /// id, beginning after `after`, at most `limit`. What `part` contains is text: nothing in it is a pattern.
    async fn members_named(
        &self,
        community: &CommunityId,
        part: &str,
        after: Option<AccountId>,
        limit: usize,
    ) -> StoreResult<Vec<Member>>;

    /// Whether somebody has written a message of this conversation.
    async fn has_written(&self, conversation: ConversationId, account: AccountId) -> StoreResult<bool>;
}

/// The ratings of one person.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Ratings {
    /// How many there are.
    pub count: u32,
    /// Their sum.
    pub sum: u32,
}

/// Whether a group says nothing about who belongs together: it is a room that everybody of a front sits in.
pub fn is_news_room(realm: &str, external_id: &str) -> bool {
    realm == crate::auth::Realm::OWN && external_id.starts_with(NEWS_PREFIX)
}

/// How the ids of the groups of news rooms begin.
pub const NEWS_PREFIX: &str = "news:";
