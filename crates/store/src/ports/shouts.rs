use async_trait::async_trait;
use portico_core::front::FrontId;
use portico_core::ports::{ShoutStore, StoreResult};
use portico_core::shoutbox::{Shout, ShoutRefusal, ShoutRules, ShoutState, ShoutTally, Vote, Wall};
use portico_core::{AccountId, ShoutId, Timestamp};

use crate::sql_store::SqlStore;

#[async_trait]
impl ShoutStore for SqlStore {
    async fn post_shout(
        &self,
        shout: &Shout,
        rules: &ShoutRules,
    ) -> StoreResult<Result<Shout, ShoutRefusal>> {
        Ok(self.keep_shout(shout, rules).await?)
    }

    async fn shout(&self, id: ShoutId) -> StoreResult<Option<ShoutTally>> {
        Ok(self.find_shout(id).await?)
    }

    async fn shouts(
        &self,
        wall: &Wall,
        states: &[ShoutState],
        before: Option<ShoutId>,
        limit: usize,
    ) -> StoreResult<Vec<ShoutTally>> {
        Ok(self.find_shouts(wall, states, before, limit).await?)
    }

    async fn votes_of(&self, voter: AccountId, shouts: &[ShoutId]) -> StoreResult<Vec<(ShoutId, Vote)>> {
        Ok(self.find_votes_of(voter, shouts).await?)
    }

    async fn vote_on_shout(
        &self,
        id: ShoutId,
        voter: AccountId,
        vote: Option<Vote>,
        rules: &ShoutRules,
        now: Timestamp,
    ) -> StoreResult<Result<ShoutTally, ShoutRefusal>> {
        Ok(self.cast_vote(id, voter, vote, rules, now).await?)
    }

    async fn remove_shout(&self, id: ShoutId) -> StoreResult<bool> {
        Ok(self.drop_shouts(&[id.as_uuid()]).await? > 0)
    }

    async fn trim_shouts(&self, front: &FrontId, before: Timestamp, kept: u32) -> StoreResult<u64> {
        Ok(self.trim_walls_of(front, before, kept).await?)
    }
}
