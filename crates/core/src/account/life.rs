//! Whether an account may be used: waiting, locked, leaving, gone.

use std::str::FromStr;
use std::time::Duration;

use crate::Timestamp;
use crate::auth::Refusal;

/// The state of an account, whatever realm its person comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum AccountState {
    /// It can be used.
    #[default]
    Active,
    /// An administrator, or its long disuse, has locked it.
    Locked,
    /// An administrator must approve it first.
    Pending,
    /// Its person has left; what belongs to it is being deleted.
    Leaving,
    /// Its person has left; what is left of it has no name.
    Left,
}

impl AccountState {
    /// Every state, in order.
    pub const ALL: [Self; 5] = [Self::Active, Self::Locked, Self::Pending, Self::Leaving, Self::Left];

    /// The word of the database and of the API.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Active => "active",
            Self::Locked => "locked",
            Self::Pending => "pending",
            Self::Leaving => "leaving",
            Self::Left => "left",
        }
    }
}

impl FromStr for AccountState {
    type Err = String;
    fn from_str(word: &str) -> Result<Self, String> {
        Self::ALL
            .into_iter()
            .find(|state| state.as_str() == word)
            .ok_or_else(|| format!("`{word}` is no state of an account"))
    }
}

/// The state of an account with what belongs to it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct AccountLife {
    /// The state.
    pub state: AccountState,
    /// Why, for the person.
    pub reason: Option<String>,
    /// When a lock ends by itself; `None` = an administrator ends it.
    pub until: Option<Timestamp>,
    /// When the person was last here, to the day; `None` = not known.
    pub active_at: Option<Timestamp>,
}

/// How long an account may be unused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct LifeRules {
    /// After this time it is locked; `None` = never.
    pub lock_after: Option<Duration>,
    /// After this time it is deleted; `None` = never.
    pub delete_after: Option<Duration>,
}

impl LifeRules {
    /// The milder of two rules, each by itself.
    #[must_use]
    pub fn milder(&self, other: &Self) -> Self {
        let longer = |one: Option<Duration>, two: Option<Duration>| Some(one?.max(two?));
        Self {
            lock_after: longer(self.lock_after, other.lock_after),
            delete_after: longer(self.delete_after, other.delete_after),
        }
    }
}

/// The reason that an account locked for its disuse carries.
pub const INACTIVE: &str = "not used for a long time";

/// What an account's state means to somebody who has just proved to be its person.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LifeVerdict {
    /// Come in.
    Enter,
    /// Come in: the lock is over, and is taken away.
    EnterAgain,
    /// It was unused for too long: it is locked now.
    LockNow,
    /// Stay out.
    Refuse(Refusal),
}

impl AccountLife {
    /// Decides at a login. `since`: since when the account counts as unused when it isn't known when it was last used.
    pub fn verdict(&self, rules: &LifeRules, since: Timestamp, now: Timestamp) -> LifeVerdict {
        match self.state {
            AccountState::Active => {
                let unused = now.since(self.active_at.unwrap_or(since));
                let too_long = rules.lock_after.is_some_and(|limit| unused > limit);
                if too_long { LifeVerdict::LockNow } else { LifeVerdict::Enter }
            }
            AccountState::Locked if self.until.is_some_and(|until| until <= now) => LifeVerdict::EnterAgain,
            AccountState::Locked => LifeVerdict::Refuse(Refusal::Locked { until: self.until }),
            AccountState::Pending => LifeVerdict::Refuse(Refusal::Pending),
            AccountState::Leaving | AccountState::Left => LifeVerdict::Refuse(Refusal::Disabled),
        }
    }
}

/// What becomes of the messages of somebody who leaves.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum OwnMessages {
    /// They stay with those they were written to, from "somebody who left".
    #[default]
    Keep,
    /// They are deleted.
    Delete,
}

impl OwnMessages {
    /// The word of the API and of the log.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Keep => "keep",
            Self::Delete => "delete",
        }
    }
}

/// The name that stays of somebody who left.
pub const LEFT_NAME: &str = "Somebody who left";

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Timestamp = Timestamp::from_secs(1_000_000_000);
    const DAY: Duration = Duration::from_secs(24 * 3600);

    fn life(state: AccountState, until: Option<Timestamp>, idle_days: Option<u32>) -> AccountLife {
        AccountLife { state, reason: None, until, active_at: idle_days.map(|days| NOW.minus(DAY * days)) }
    }

    #[test]
    fn the_state_decides_at_the_login_row_by_row() {
        use AccountState::{Active, Leaving, Left, Locked, Pending};
        let rules = LifeRules { lock_after: Some(30 * DAY), ..LifeRules::default() };
        let locked = |until| LifeVerdict::Refuse(Refusal::Locked { until });
        let (soon, past) = (Some(NOW.plus(DAY)), Some(NOW));
        let table = [
            (life(Active, None, Some(1)), LifeVerdict::Enter),
            (life(Active, None, Some(30)), LifeVerdict::Enter),
            (life(Active, None, Some(31)), LifeVerdict::LockNow),
            (life(Active, None, None), LifeVerdict::LockNow),
            (life(Locked, None, Some(1)), locked(None)),
            (life(Locked, soon, Some(1)), locked(soon)),
            (life(Locked, past, Some(1)), LifeVerdict::EnterAgain),
            (life(Pending, None, Some(1)), LifeVerdict::Refuse(Refusal::Pending)),
            (life(Leaving, None, Some(1)), LifeVerdict::Refuse(Refusal::Disabled)),
            (life(Left, None, Some(1)), LifeVerdict::Refuse(Refusal::Disabled)),
        ];
        for (life, wanted) in table {
            assert_eq!(life.verdict(&rules, NOW.minus(40 * DAY), NOW), wanted, "{life:?}");
        }
        let never = life(Active, None, Some(4000));
        assert_eq!(never.verdict(&LifeRules::default(), NOW, NOW), LifeVerdict::Enter);
    }

    #[test]
    fn each_state_has_a_word() {
        for state in AccountState::ALL {
            assert_eq!(state.as_str().parse(), Ok(state));
        }
        assert!("gone".parse::<AccountState>().is_err());
    }
}
