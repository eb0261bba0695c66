//! Walls.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use async_trait::async_trait;

use super::{MemoryStore, State};
use crate::front::FrontId;
use crate::ports::{ShoutStore, StoreResult};
use crate::shoutbox::{
    Counts, Shout, ShoutRefusal, ShoutRules, ShoutState, ShoutTally, Vote, VoteCounts, Wall,
};
use crate::{AccountId, ShoutId, Timestamp};

const DAY: Duration = Duration::from_secs(24 * 3600);

#[derive(Debug)]
pub(super) struct StoredShout {
    pub(super) shout: Shout,
    votes: BTreeMap<AccountId, (Vote, Timestamp)>,
}

impl StoredShout {
    fn count(&self, wanted: Vote) -> u32 {
        counted(self.votes.values().filter(|(vote, _)| *vote == wanted))
    }

    pub(super) fn tally(&self) -> ShoutTally {
        ShoutTally { shout: self.shout.clone(), up: self.count(Vote::Up), down: self.count(Vote::Down) }
    }
}

fn counted<T>(items: impl Iterator<Item = T>) -> u32 {
    u32::try_from(items.count()).unwrap_or(u32::MAX)
}

impl State {
    fn shout_counts(&self, new: &Shout) -> Counts {
        let own = || {
            let of_author = |stored: &&StoredShout| {
                stored.shout.author == new.author && stored.shout.community == new.community
            };
            self.shouts.values().filter(of_author)
        };
        let since = |span: Duration| counted(own().filter(|stored| stored.shout.at > new.at.minus(span)));
        let in_state = |state| counted(own().filter(|stored| stored.shout.state == state));
        let queue = self
            .shouts
            .values()
            .filter(|stored| stored.shout.wall == new.wall && stored.shout.state == ShoutState::Waiting);
        Counts {
            day: since(DAY),
            week: since(DAY * 7),
            waiting: in_state(ShoutState::Waiting),
            queue: counted(queue),
            rejected: in_state(ShoutState::Rejected),
            votes_against: own().map(|stored| stored.count(Vote::Down)).sum(),
        }
    }
}

#[async_trait]
impl ShoutStore for MemoryStore {
    async fn post_shout(
        &self,
        shout: &Shout,
        rules: &ShoutRules,
    ) -> StoreResult<Result<Shout, ShoutRefusal>> {
        let mut state = self.state()?;
        let becomes = match rules.take(&state.shout_counts(shout)) {
            Ok(becomes) => becomes,
            Err(refusal) => return Ok(Err(refusal)),
        };
        let shout = Shout { state: becomes, ..shout.clone() };
        state.shouts.insert(shout.id, StoredShout { shout: shout.clone(), votes: BTreeMap::new() });
        Ok(Ok(shout))
    }

    async fn shout(&self, id: ShoutId) -> StoreResult<Option<ShoutTally>> {
        Ok(self.state()?.shouts.get(&id).map(StoredShout::tally))
    }

    async fn shouts(
        &self,
        wall: &Wall,
        states: &[ShoutState],
        before: Option<ShoutId>,
        limit: usize,
    ) -> StoreResult<Vec<ShoutTally>> {
        let state = self.state()?;
        let wanted = |stored: &&StoredShout| {
            stored.shout.wall == *wall
                && states.contains(&stored.shout.state)
                && before.is_none_or(|before| stored.shout.id < before)
        };
        Ok(state.shouts.values().rev().filter(wanted).map(StoredShout::tally).take(limit).collect())
    }

    async fn votes_of(&self, voter: AccountId, shouts: &[ShoutId]) -> StoreResult<Vec<(ShoutId, Vote)>> {
        let state = self.state()?;
        let vote = |id: &ShoutId| Some((*id, state.shouts.get(id)?.votes.get(&voter)?.0));
        Ok(shouts.iter().filter_map(vote).collect())
    }

    async fn vote_on_shout(
        &self,
        id: ShoutId,
        voter: AccountId,
        vote: Option<Vote>,
        rules: &ShoutRules,
        now: Timestamp,
    ) -> StoreResult<Result<ShoutTally, ShoutRefusal>> {
        let mut state = self.state()?;
        let given = |span: Duration| {
            let votes = state.shouts.values().filter_map(|stored| stored.votes.get(&voter));
            counted(votes.filter(|(_, at)| *at > now.minus(span)))
        };
        let counts = VoteCounts { day: given(DAY), week: given(DAY * 7) };
        let Some(stored) = state.shouts.get_mut(&id).filter(|stored| stored.shout.state == ShoutState::Shown)
        else {
            return Ok(Err(ShoutRefusal::Gone));
        };
        if stored.shout.author == voter {
            return Ok(Err(ShoutRefusal::Own));
        }
        match (vote, stored.votes.get_mut(&voter)) {
            (Some(vote), Some(given)) => given.0 = vote,
            (Some(vote), None) => {
                if let Err(refusal) = rules.take_vote(&counts) {
                    return Ok(Err(refusal));
                }
                stored.votes.insert(voter, (vote, now));
            }
            (None, _) => _ = stored.votes.remove(&voter),
        }
        stored.shout.state = rules.after_votes(stored.count(Vote::Down));
        Ok(Ok(stored.tally()))
    }

    async fn remove_shout(&self, id: ShoutId) -> StoreResult<bool> {
        Ok(self.state()?.shouts.remove(&id).is_some())
    }

    async fn trim_shouts(&self, front: &FrontId, before: Timestamp, kept: u32) -> StoreResult<u64> {
        let mut state = self.state()?;
        let walls: BTreeSet<Wall> = state
            .shouts
            .values()
            .filter(|stored| stored.shout.front == *front)
            .map(|stored| stored.shout.wall.clone())
            .collect();
        let mut seen: BTreeMap<Wall, u32> = BTreeMap::new();
        let mut gone = Vec::new();
        for (id, stored) in state.shouts.iter().rev().filter(|(_, stored)| walls.contains(&stored.shout.wall))
        {
            let rank = seen.entry(stored.shout.wall.clone()).or_default();
            *rank += 1;
            if stored.shout.at < before || *rank > kept {
                gone.push(*id);
            }
        }
        for id in &gone {
            state.shouts.remove(id);
        }
        Ok(u64::try_from(gone.len()).unwrap_or(u64::MAX))
    }
}
