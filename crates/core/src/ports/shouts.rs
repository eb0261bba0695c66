use async_trait::async_trait;

use crate::ports::StoreResult;
use crate::shoutbox::{Shout, ShoutRefusal, ShoutRules, ShoutState, ShoutTally, Vote, Wall};
use crate::{AccountId, ShoutId, Timestamp};

/// Walls; part of the [`Store`](crate::ports::Store).
#[async_trait]
pub trait ShoutStore {
    /// Keeps a shout, in the state that [`ShoutRules::take`] gives it. What is counted for the rules is counted in the same
    /// transaction; the engine lets one shout of a server after the other.
    ///
    /// The inner error is the answer to the person; nothing was written then.
    async fn post_shout(&self, shout: &Shout, rules: &ShoutRules)
    -> StoreResult<Result<Shout, ShoutRefusal>>;

    /// A shout with its votes.
    async fn shout(&self, id: ShoutId) -> StoreResult<Option<ShoutTally>>;

    /// The shouts of a wall in one of these states before `before` (exclusive; `None` = the newest), newest first.
    async fn shouts(
        &self,
        wall: &Wall,
        states: &[ShoutState],
        before: Option<ShoutId>,
        limit: usize,
    ) -> StoreResult<Vec<ShoutTally>>;

    /// Which of these shouts somebody has voted on, and how.
    async fn votes_of(&self, voter: AccountId, shouts: &[ShoutId]) -> StoreResult<Vec<(ShoutId, Vote)>>;

    /// Gives, changes or takes back (`None`) a vote on a shown shout, and hides it when [`ShoutRules::after_votes`] says so.
    /// Only a new vote counts against the voter's quota.
    async fn vote_on_shout(
        &self,
        id: ShoutId,
        voter: AccountId,
        vote: Option<Vote>,
        rules: &ShoutRules,
        now: Timestamp,
    ) -> StoreResult<Result<ShoutTally, ShoutRefusal>>;

    /// Removes a shout and its votes. `false` when it was not there.
    async fn remove_shout(&self, id: ShoutId) -> StoreResult<bool>;

    /// Removes, of every wall that shouts came to through `front`, those before `before` and all but the newest `kept`; how
    /// many.
    async fn trim_shouts(
        &self,
        front: &crate::front::FrontId,
        before: Timestamp,
        kept: u32,
    ) -> StoreResult<u64>;
}
