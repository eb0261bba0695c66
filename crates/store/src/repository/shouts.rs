//! The walls of fronts and groups.

use std::collections::HashMap;
use std::time::Duration;

use portico_core::front::FrontId;
use portico_core::shoutbox::{
    Counts, Shout, ShoutRefusal, ShoutRules, ShoutState, ShoutTally, Vote, VoteCounts, Wall,
};
use portico_core::{AccountId, ShoutId, Timestamp};
use sea_orm::sea_query::Expr;
use sea_orm::{
    ActiveValue::Set, ColumnTrait, ConnectionTrait, EntityTrait, PaginatorTrait, QueryFilter, QueryOrder,
    QuerySelect, Select,
};
use uuid::Uuid;

use super::{CHUNK, community_id, front_id, key_of, moment, rows};
use crate::entity::{shout, shout_vote};
use crate::failure::{Failure, Sql, retried};
use crate::key::Key;
use crate::sql_store::SqlStore;

const DAY: Duration = Duration::from_secs(24 * 3600);
const WEEK: Duration = Duration::from_secs(7 * 24 * 3600);

impl SqlStore {
    pub(crate) async fn keep_shout(
        &self,
        new: &Shout,
        rules: &ShoutRules,
    ) -> Sql<Result<Shout, ShoutRefusal>> {
        retried(|| self.try_keep_shout(new, rules)).await
    }

    async fn try_keep_shout(&self, new: &Shout, rules: &ShoutRules) -> Sql<Result<Shout, ShoutRefusal>> {
        let txn = self.begin().await?;
        self.lock_account(&txn, new.author).await?;
        let state = match rules.take(&counts(&txn, new).await?) {
            Ok(state) => state,
            Err(refusal) => {
                txn.rollback().await?;
                return Ok(Err(refusal));
            }
        };
        let kept = Shout { state, ..new.clone() };
        shout::Entity::insert(row_of(&kept)).exec_without_returning(&txn).await?;
        txn.commit().await?;
        Ok(Ok(kept))
    }

    pub(crate) async fn find_shout(&self, id: ShoutId) -> Sql<Option<ShoutTally>> {
        tally(self.reader()?, id).await
    }

    pub(crate) async fn find_shouts(
        &self,
        wall: &Wall,
        states: &[ShoutState],
        before: Option<ShoutId>,
        limit: usize,
    ) -> Sql<Vec<ShoutTally>> {
        let mut query = at_wall(wall)
            .filter(shout::Column::State.is_in(states.iter().map(|state| Key::from(state.as_str()))))
            .order_by_desc(shout::Column::Id)
            .limit(rows(limit));
        if let Some(before) = before {
            query = query.filter(shout::Column::Id.lt(before.as_uuid()));
        }
        let db = self.reader()?;
        let found = query.all(db).await?;
        tallies(db, found).await
    }

    pub(crate) async fn find_votes_of(
        &self,
        voter: AccountId,
        shouts: &[ShoutId],
    ) -> Sql<Vec<(ShoutId, Vote)>> {
        let mut votes = Vec::new();
        for some in shouts.chunks(CHUNK) {
            let found = shout_vote::Entity::find()
                .filter(shout_vote::Column::Voter.eq(voter.as_uuid()))
                .filter(shout_vote::Column::Shout.is_in(some.iter().map(ShoutId::as_uuid)));
            let found = found.all(self.reader()?).await?;
            votes.extend(found.into_iter().map(|row| (ShoutId::from_uuid(row.shout), vote_of(row.up))));
        }
        Ok(votes)
    }

    pub(crate) async fn cast_vote(
        &self,
        id: ShoutId,
        voter: AccountId,
        vote: Option<Vote>,
        rules: &ShoutRules,
        now: Timestamp,
    ) -> Sql<Result<ShoutTally, ShoutRefusal>> {
        retried(|| self.try_cast_vote(id, voter, vote, rules, now)).await
    }

    async fn try_cast_vote(
        &self,
        id: ShoutId,
        voter: AccountId,
        vote: Option<Vote>,
        rules: &ShoutRules,
        now: Timestamp,
    ) -> Sql<Result<ShoutTally, ShoutRefusal>> {
        let txn = self.begin().await?;
        self.lock_account(&txn, voter).await?;
        // A moderator's decision comes before the vote or after it: no vote answers by the state of before.
        self.hold_shout(&txn, id).await?;
        let outcome = vote_in(&txn, id, voter, vote, rules, now).await?;
        match outcome {
            Ok(_) => txn.commit().await?,
            Err(_) => txn.rollback().await?,
        }
        Ok(outcome)
    }

    pub(crate) async fn drop_shouts(&self, ids: &[Uuid]) -> Sql<u64> {
        let mut dropped = 0;
        for some in ids.chunks(CHUNK) {
            let some: Vec<Uuid> = some.to_vec();
            dropped += retried(|| self.try_drop_shouts(&some)).await?;
        }
        Ok(dropped)
    }

    async fn try_drop_shouts(&self, ids: &[Uuid]) -> Sql<u64> {
        let txn = self.begin().await?;
        let dropped = drop_in(&txn, ids).await?;
        txn.commit().await?;
        Ok(dropped)
    }

    pub(crate) async fn trim_walls_of(&self, front: &FrontId, before: Timestamp, kept: u32) -> Sql<u64> {
        let db = self.reader()?;
        let walls: Vec<Key> = shout::Entity::find()
            .select_only()
            .column(shout::Column::Wall)
            .distinct()
            .filter(shout::Column::Front.eq(Key::from(front.as_str())))
            .into_tuple()
            .all(db)
            .await?;
        let mut removed = 0;
        for wall in walls {
            let shouts: Vec<(Uuid, i64)> = shout::Entity::find()
                .select_only()
                .column(shout::Column::Id)
                .column(shout::Column::At)
                .filter(shout::Column::Wall.eq(wall))
                .order_by_desc(shout::Column::Id)
                .into_tuple()
                .all(db)
                .await?;
            let kept = usize::try_from(kept).unwrap_or(usize::MAX);
            let over = |(rank, (_, at)): &(usize, &(Uuid, i64))| *rank >= kept || *at < before.as_millis();
            let over: Vec<Uuid> = shouts.iter().enumerate().filter(over).map(|(_, (id, _))| *id).collect();
            removed += self.drop_shouts(&over).await?;
        }
        Ok(removed)
    }
}

/// Removes shouts and their votes; how many.
pub(super) async fn drop_in(db: &impl ConnectionTrait, ids: &[Uuid]) -> Sql<u64> {
    let votes = shout_vote::Entity::delete_many();
    votes.filter(shout_vote::Column::Shout.is_in(ids.iter().copied())).exec(db).await?;
    let shouts = shout::Entity::delete_many().filter(shout::Column::Id.is_in(ids.iter().copied()));
    Ok(shouts.exec(db).await?.rows_affected)
}

async fn vote_in(
    txn: &impl ConnectionTrait,
    id: ShoutId,
    voter: AccountId,
    vote: Option<Vote>,
    rules: &ShoutRules,
    now: Timestamp,
) -> Sql<Result<ShoutTally, ShoutRefusal>> {
    let Some(before) = tally(txn, id).await?.filter(|tally| tally.shout.state == ShoutState::Shown) else {
        return Ok(Err(ShoutRefusal::Gone));
    };
    if before.shout.author == voter {
        return Ok(Err(ShoutRefusal::Own));
    }
    let key = (id.as_uuid(), voter.as_uuid());
    let given = shout_vote::Entity::find_by_id(key).one(txn).await?;
    match (vote, given) {
        (Some(vote), Some(_)) => {
            shout_vote::Entity::update_many()
                .col_expr(shout_vote::Column::Up, Expr::value(vote == Vote::Up))
                .filter(shout_vote::Column::Shout.eq(key.0))
                .filter(shout_vote::Column::Voter.eq(key.1))
                .exec(txn)
                .await?;
        }
        (Some(vote), None) => {
            let since = |span: Duration| {
                shout_vote::Entity::find()
                    .filter(shout_vote::Column::Voter.eq(key.1))
                    .filter(shout_vote::Column::At.gt(now.minus(span).as_millis()))
                    .count(txn)
            };
            let counts = VoteCounts { day: count(since(DAY).await?), week: count(since(WEEK).await?) };
            if let Err(refusal) = rules.take_vote(&counts) {
                return Ok(Err(refusal));
            }
            let row = shout_vote::ActiveModel {
                shout: Set(key.0),
                voter: Set(key.1),
                up: Set(vote == Vote::Up),
                at: Set(now.as_millis()),
            };
            shout_vote::Entity::insert(row).exec_without_returning(txn).await?;
        }
        (None, _) => _ = shout_vote::Entity::delete_by_id(key).exec(txn).await?,
    }
    let Some(mut after) = tally(txn, id).await? else { return Ok(Err(ShoutRefusal::Gone)) };
    let state = rules.after_votes(after.down);
    if state != after.shout.state {
        set_state(txn, id, state).await?;
        after.shout.state = state;
    }
    Ok(Ok(after))
}

async fn counts(txn: &impl ConnectionTrait, new: &Shout) -> Sql<Counts> {
    let own: Vec<(Uuid, Key, i64)> = shout::Entity::find()
        .select_only()
        .column(shout::Column::Id)
        .column(shout::Column::State)
        .column(shout::Column::At)
        .filter(shout::Column::Author.eq(new.author.as_uuid()))
        .filter(shout::Column::Community.eq(key_of(&new.community)))
        .into_tuple()
        .all(txn)
        .await?;
    let mut against = 0;
    for some in own.chunks(CHUNK) {
        against += shout_vote::Entity::find()
            .filter(shout_vote::Column::Shout.is_in(some.iter().map(|(id, ..)| *id)))
            .filter(shout_vote::Column::Up.eq(false))
            .count(txn)
            .await?;
    }
    let queue = at_wall(&new.wall).filter(shout::Column::State.eq(Key::from(ShoutState::Waiting.as_str())));
    let since = |span: Duration| {
        let since = new.at.minus(span).as_millis();
        counted(own.iter().filter(|(_, _, at)| *at > since).count())
    };
    let in_state =
        |state: ShoutState| counted(own.iter().filter(|(_, word, _)| word.0 == state.as_str()).count());
    Ok(Counts {
        day: since(DAY),
        week: since(WEEK),
        waiting: in_state(ShoutState::Waiting),
        queue: count(queue.count(txn).await?),
        rejected: in_state(ShoutState::Rejected),
        votes_against: count(against),
    })
}

fn at_wall(wall: &Wall) -> Select<shout::Entity> {
    shout::Entity::find().filter(shout::Column::Wall.eq(Key::from(wall.to_string().as_str())))
}

pub(super) async fn set_state(db: &impl ConnectionTrait, id: ShoutId, state: ShoutState) -> Sql<()> {
    shout::Entity::update_many()
        .col_expr(shout::Column::State, Expr::value(Key::from(state.as_str())))
        .filter(shout::Column::Id.eq(id.as_uuid()))
        .exec(db)
        .await?;
    Ok(())
}

async fn tally(db: &impl ConnectionTrait, id: ShoutId) -> Sql<Option<ShoutTally>> {
    let found = shout::Entity::find_by_id(id.as_uuid()).one(db).await?;
    Ok(tallies(db, found.into_iter().collect()).await?.pop())
}

pub(super) async fn tallies(db: &impl ConnectionTrait, found: Vec<shout::Model>) -> Sql<Vec<ShoutTally>> {
    let mut votes: HashMap<Uuid, (u32, u32)> = HashMap::new();
    for some in found.chunks(CHUNK) {
        let given: Vec<(Uuid, bool)> = shout_vote::Entity::find()
            .select_only()
            .column(shout_vote::Column::Shout)
            .column(shout_vote::Column::Up)
            .filter(shout_vote::Column::Shout.is_in(some.iter().map(|row| row.id)))
            .into_tuple()
            .all(db)
            .await?;
        for (shout, up) in given {
            let counts = votes.entry(shout).or_default();
            if up { counts.0 += 1 } else { counts.1 += 1 }
        }
    }
    let tally = |row: shout::Model| {
        let (up, down) = votes.get(&row.id).copied().unwrap_or_default();
        Ok(ShoutTally { shout: shout_of(row)?, up, down })
    };
    found.into_iter().map(tally).collect()
}

fn vote_of(up: bool) -> Vote {
    if up { Vote::Up } else { Vote::Down }
}

fn count(rows: u64) -> u32 {
    u32::try_from(rows).unwrap_or(u32::MAX)
}

fn counted(rows: usize) -> u32 {
    u32::try_from(rows).unwrap_or(u32::MAX)
}

fn row_of(shout: &Shout) -> shout::ActiveModel {
    shout::ActiveModel {
        id: Set(shout.id.as_uuid()),
        community: Set(key_of(&shout.community)),
        wall: Set(shout.wall.to_string().as_str().into()),
        author: Set(shout.author.as_uuid()),
        front: Set(shout.front.as_str().into()),
        text: Set(shout.text.clone()),
        state: Set(shout.state.as_str().into()),
        at: Set(shout.at.as_millis()),
    }
}

fn shout_of(row: shout::Model) -> Sql<Shout> {
    let wall =
        row.wall.0.parse().map_err(|_| Failure::broken("a shout stands at a wall that can't be one"))?;
    let state = ShoutState::from_word(&row.state.0)
        .ok_or_else(|| Failure::broken("a shout has a state that is not known"))?;
    Ok(Shout {
        id: ShoutId::from_uuid(row.id),
        community: community_id(&row.community)?,
        wall,
        author: AccountId::from_uuid(row.author),
        front: front_id(&row.front)?,
        text: row.text,
        state,
        at: moment(row.at),
    })
}
