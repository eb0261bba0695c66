use crate::shoutbox::ShoutState;

/// What holds for a person at a wall, from the options.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct ShoutRules {
    /// Most shouts within 24 hours; `None` = any number.
    pub per_day: Option<u32>,
    /// Most shouts within seven days.
    pub per_week: Option<u32>,
    /// Whether a moderator looks at them first.
    pub approval: bool,
    /// Most shouts of the person that wait for a moderator.
    pub queue_person: u32,
    /// Most shouts at the wall that wait for a moderator.
    pub queue: u32,
    /// With this many rejected shouts the person may shout no more; 0 = however many.
    pub mute_after_rejections: u32,
    /// With this many votes received against them the person may shout no more; 0 = however many.
    pub mute_after_votes: u32,
    /// Most votes given within 24 hours.
    pub votes_per_day: Option<u32>,
    /// Most votes given within seven days.
    pub votes_per_week: Option<u32>,
    /// With this many votes against it a shout is hidden; 0 = however many.
    pub hidden_by_votes: u32,
}

/// What the store has counted of a person and a wall. Rejections and votes are of shouts that are still kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Counts {
    /// Their shouts within 24 hours, at all walls of the community.
    pub day: u32,
    /// Their shouts within seven days.
    pub week: u32,
    /// Their shouts that wait.
    pub waiting: u32,
    /// Everybody's shouts that wait at this wall.
    pub queue: u32,
    /// Their rejected shouts.
    pub rejected: u32,
    /// Votes against their shouts.
    pub votes_against: u32,
}

/// What the store has counted of the votes that a person has given.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct VoteCounts {
    /// Within 24 hours.
    pub day: u32,
    /// Within seven days.
    pub week: u32,
}

/// Why something at a wall was not done.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ShoutRefusal {
    /// No text, or too much of it.
    #[error("a shout has 1 to {max} characters", max = super::MAX_SHOUT_CHARS)]
    Text,
    /// As many shouts as a day, or a week, allows.
    #[error("you have shouted {limit} times within {days} day(s), as often as you may")]
    Quota {
        /// The option's number.
        limit: u32,
        /// 1 or 7.
        days: u32,
    },
    /// The person may shout no more.
    #[error("too many of your shouts were turned down")]
    Muted,
    /// The queue is full.
    #[error("too many shouts wait for a moderator; try again later")]
    QueueFull,
    /// As many votes as a day, or a week, allows.
    #[error("you have voted {limit} times within {days} day(s), as often as you may")]
    VoteQuota {
        /// The option's number.
        limit: u32,
        /// 1 or 7.
        days: u32,
    },
    /// One's own shout.
    #[error("nobody votes on their own shout")]
    Own,
    /// There is no such shout at a wall of this person.
    #[error("there is no such shout")]
    Gone,
}

impl ShoutRules {
    /// Whether a shout is taken, and what becomes of it.
    ///
    /// # Errors
    /// [`ShoutRefusal`]
    pub fn take(&self, counts: &Counts) -> Result<ShoutState, ShoutRefusal> {
        let reached = |limit: u32, count: u32| limit > 0 && count >= limit;
        if reached(self.mute_after_rejections, counts.rejected)
            || reached(self.mute_after_votes, counts.votes_against)
        {
            return Err(ShoutRefusal::Muted);
        }
        for (limit, count, days) in [(self.per_day, counts.day, 1), (self.per_week, counts.week, 7)] {
            if let Some(limit) = limit
                && count >= limit
            {
                return Err(ShoutRefusal::Quota { limit, days });
            }
        }
        if !self.approval {
            return Ok(ShoutState::Shown);
        }
        if counts.waiting >= self.queue_person || counts.queue >= self.queue {
            return Err(ShoutRefusal::QueueFull);
        }
        Ok(ShoutState::Waiting)
    }

    /// Whether another vote is taken.
    ///
    /// # Errors
    /// [`ShoutRefusal::VoteQuota`]
    pub fn take_vote(&self, counts: &VoteCounts) -> Result<(), ShoutRefusal> {
        for (limit, count, days) in
            [(self.votes_per_day, counts.day, 1), (self.votes_per_week, counts.week, 7)]
        {
            if let Some(limit) = limit
                && count >= limit
            {
                return Err(ShoutRefusal::VoteQuota { limit, days });
            }
        }
        Ok(())
    }

    /// What a shown shout with this many votes against it becomes.
    pub fn after_votes(&self, down: u32) -> ShoutState {
        if self.hidden_by_votes > 0 && down >= self.hidden_by_votes {
            ShoutState::Hidden
        } else {
            ShoutState::Shown
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const RULES: ShoutRules = ShoutRules {
        per_day: Some(2),
        per_week: Some(5),
        approval: false,
        queue_person: 1,
        queue: 3,
        mute_after_rejections: 2,
        mute_after_votes: 4,
        votes_per_day: Some(1),
        votes_per_week: Some(3),
        hidden_by_votes: 2,
    };

    #[test]
    fn limits_are_reached_and_not_passed() {
        let none = Counts::default();
        let approved = ShoutRules { approval: true, ..RULES };
        let unlimited = ShoutRules {
            per_day: None,
            per_week: None,
            mute_after_rejections: 0,
            mute_after_votes: 0,
            ..RULES
        };
        let many = Counts { day: 1000, week: 1000, rejected: 1000, votes_against: 1000, ..none };
        let table = [
            (RULES, none, Ok(ShoutState::Shown)),
            (RULES, Counts { day: 1, week: 4, rejected: 1, votes_against: 3, ..none }, Ok(ShoutState::Shown)),
            (RULES, Counts { day: 2, ..none }, Err(ShoutRefusal::Quota { limit: 2, days: 1 })),
            (RULES, Counts { week: 5, ..none }, Err(ShoutRefusal::Quota { limit: 5, days: 7 })),
            (RULES, Counts { rejected: 2, ..none }, Err(ShoutRefusal::Muted)),
            (RULES, Counts { votes_against: 4, ..none }, Err(ShoutRefusal::Muted)),
            (RULES, Counts { waiting: 9, queue: 9, ..none }, Ok(ShoutState::Shown)),
            (approved, none, Ok(ShoutState::Waiting)),
            (approved, Counts { queue: 2, ..none }, Ok(ShoutState::Waiting)),
            (approved, Counts { waiting: 1, ..none }, Err(ShoutRefusal::QueueFull)),
            (approved, Counts { queue: 3, ..none }, Err(ShoutRefusal::QueueFull)),
            (unlimited, many, Ok(ShoutState::Shown)),
        ];
        for (rules, counts, wanted) in table {
            assert_eq!(rules.take(&counts), wanted, "{rules:?} {counts:?}");
        }
    }

    #[test]
    fn votes_have_quotas_and_hide_what_enough_people_vote_against() {
        assert_eq!(RULES.take_vote(&VoteCounts { day: 0, week: 2 }), Ok(()));
        assert_eq!(
            RULES.take_vote(&VoteCounts { day: 1, week: 1 }),
            Err(ShoutRefusal::VoteQuota { limit: 1, days: 1 })
        );
        assert_eq!(
            RULES.take_vote(&VoteCounts { day: 0, week: 3 }),
            Err(ShoutRefusal::VoteQuota { limit: 3, days: 7 })
        );
        assert_eq!(
            [0, 1, 2, 3].map(|down| RULES.after_votes(down)),
            [ShoutState::Shown, ShoutState::Shown, ShoutState::Hidden, ShoutState::Hidden]
        );
        assert_eq!(ShoutRules { hidden_by_votes: 0, ..RULES }.after_votes(1000), ShoutState::Shown);
    }
}
