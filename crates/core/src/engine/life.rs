//! Accounts that wait, are locked, lie unused.

use std::collections::BTreeSet;
use std::sync::{Arc, PoisonError};
use std::time::Duration;

use uuid::Uuid;

use crate::account::{Account, AccountLife, AccountState, INACTIVE, LifeRules, LifeVerdict, OwnMessages};
use crate::auth::{ExternalIdentity, Guarded, Realm};
use crate::engine::{Engine, EngineError, EntryError};
use crate::front::Front;
use crate::ports::{NativeState, StoreResult};
use crate::session::Ending;
use crate::{AccountId, SessionId, Timestamp};

/// How exactly it is known when somebody was last here.
const DAY: Duration = Duration::from_secs(24 * 3600);
/// Unused accounts that are looked at together.
const UNUSED_AT_ONCE: usize = 200;
/// How often that happens in one round of upkeep; the next one goes on where it ended.
const UNUSED_ROUNDS: usize = 10;

impl Engine {
    /// The state of an account.
    ///
    /// # Errors
    /// [`EngineError::NotFound`]
    pub async fn life_of(&self, account: AccountId) -> Result<AccountLife, EngineError> {
        self.store.account_life(account).await?.ok_or(EngineError::NotFound)
    }

    /// The accounts in a state by id, beginning after `after`.
    ///
    /// # Errors
    /// When the store does not answer.
    pub async fn accounts_in_state(
        &self,
        state: AccountState,
        after: Option<AccountId>,
        limit: usize,
    ) -> Result<Vec<(AccountId, AccountLife)>, EngineError> {
        Ok(self.store.accounts_in(state, after, limit.clamp(1, 1000)).await?)
    }

    /// Ends the sessions of an account, all but `except`; durable on return.
    ///
    /// # Errors
    /// When the store does not answer; nothing is ended then.
    pub async fn end_all_sessions(
        &self,
        account: AccountId,
        except: Option<SessionId>,
        ending: Ending,
    ) -> Result<(), EngineError> {
        let stored = self.store.end_sessions(account, except).await?;
        self.forget_sessions(account, except, &stored, ending);
        Ok(())
    }

    /// Sessions that the store has no more.
    pub(super) fn forget_sessions(
        &self,
        account: AccountId,
        except: Option<SessionId>,
        stored: &[[u8; 32]],
        ending: Ending,
    ) {
        let ended = self.sessions.end_all_of(account, except, stored, &Arc::new(ending));
        for session in ended {
            self.show_departure(&session);
        }
    }

    /// Whether the account that somebody has just proved to be theirs may be used.
    pub(super) async fn let_live(&self, account: &Account, rules: &LifeRules) -> Result<(), EntryError> {
        let now = self.clock.now();
        let life = loop {
            // Whoever is gone already is found out by what comes next.
            let Some(life) = self.store.account_life(account.id).await? else { return Ok(()) };
            let becomes = match life.verdict(rules, account.created_at, now) {
                LifeVerdict::Enter => break life,
                LifeVerdict::EnterAgain => AccountLife::default(),
                LifeVerdict::LockNow => unused(),
                LifeVerdict::Refuse(crate::auth::Refusal::Locked { until }) => {
                    return Err(EntryError::AccountLocked { reason: life.reason, until });
                }
                LifeVerdict::Refuse(refusal) => return Err(EntryError::Refused(refusal)),
            };
            // An administrator may have decided meanwhile: then that holds, and is looked at.
            if self.store.set_account_state(account.id, &life, &becomes).await? {
                if becomes.state == AccountState::Locked {
                    return Err(EntryError::AccountLocked { reason: becomes.reason, until: None });
                }
                break life;
            }
        };
        if life.active_at.is_none_or(|at| now.since(at) >= DAY) {
            self.store.mark_active(&[account.id], now).await?;
        }
        Ok(())
    }

    /// Whether an account can still be used, which may have been locked, disabled or left while its person was entering.
    pub(super) async fn still_lives(&self, account: &Account) -> StoreResult<bool> {
        let life = self.store.account_life(account.id).await?;
        if life.is_some_and(|life| life.state != AccountState::Active) {
            return Ok(false);
        }
        match native_id(account) {
            Some(user) => Ok(self.store.native_state(user).await? == Some(NativeState::Active)),
            None => Ok(true),
        }
    }

    /// Writes who was here lately, once a day each.
    pub(super) async fn mark_the_active(&self) {
        let now = self.clock.now();
        let today = now.as_millis() / 86_400_000;
        let people: Vec<AccountId> = {
            let mut written = self.active_written.lock().unwrap_or_else(PoisonError::into_inner);
            if written.0 != today {
                *written = (today, BTreeSet::new());
            }
            let here = self.sessions.all();
            let here = here.iter().filter(|session| now.since(session.seen_at()) < 2 * DAY);
            let here = here.filter(|session| session.standing().proof != crate::session::Proof::Guest);
            here.map(|session| session.account()).filter(|account| written.1.insert(*account)).collect()
        };
        for some in people.chunks(500) {
            if let Err(error) = self.store.mark_active(some, now).await {
                tracing::warn!(%error, "who was here today could not be written");
                let mut written = self.active_written.lock().unwrap_or_else(PoisonError::into_inner);
                written.1.retain(|person| !some.contains(person));
            }
        }
    }

    /// Locks and deletes accounts that nobody has used for as long as their fronts allow. Some at a time; the next call goes
    /// on where this one ended.
    pub async fn tend_unused(&self) {
        // Whoever is here now is not unused, however long ago that was written.
        self.mark_the_active().await;
        let shortest = self.fronts.iter().flat_map(|front| {
            let rules = front.mildest_life_rules();
            [rules.lock_after, rules.delete_after]
        });
        let Some(shortest) = shortest.flatten().min() else { return };
        if let Err(error) = self.tend_some(shortest).await {
            tracing::warn!(%error, "unused accounts could not be looked after");
        }
    }

    async fn tend_some(&self, shortest: Duration) -> Result<(), EngineError> {
        let now = self.clock.now();
        let lock = || self.unused_from.lock().unwrap_or_else(PoisonError::into_inner);
        for _ in 0..UNUSED_ROUNDS {
            let after = *lock();
            let some = self.store.unused_since(now.minus(shortest), after, UNUSED_AT_ONCE).await?;
            *lock() = some.last().map(|(id, _)| *id).filter(|_| some.len() == UNUSED_AT_ONCE);
            let last = some.len() < UNUSED_AT_ONCE;
            for (account, since) in some {
                self.tend(account, since).await?;
            }
            if last {
                break;
            }
        }
        Ok(())
    }

    /// `since`: unused since then, when it was listed. Somebody may have come back until now.
    async fn tend(&self, account: AccountId, since: Timestamp) -> Result<(), EngineError> {
        let Some(rules) = self.rules_of_all_fronts(account).await? else { return Ok(()) };
        let life = self.life_of(account).await?;
        let unused_for = self.clock.now().since(life.active_at.unwrap_or(since));
        let over = |limit: Option<Duration>| limit.is_some_and(|limit| unused_for > limit);
        if over(rules.delete_after) {
            tracing::info!(%account, "an account was not used for too long; it is deleted");
            return self.delete_account(account, OwnMessages::Keep).await;
        }
        if over(rules.lock_after) && life.state == AccountState::Active {
            tracing::info!(%account, "an account was not used for too long; it is locked");
            // Unless it was used, or somebody decided over it, since it was looked at.
            self.store.set_account_state(account, &life, &unused()).await?;
        }
        Ok(())
    }

    /// Of all fronts that an account has entered the mildest rules; `None` = it has entered none that is there.
    async fn rules_of_all_fronts(&self, account: AccountId) -> Result<Option<LifeRules>, EngineError> {
        let mut all: Option<LifeRules> = None;
        for community in self.store.communities_of(account).await? {
            let Some(member) = self.member_of(&community, account).await? else { continue };
            for front in member.fronts.iter().filter_map(|front| self.fronts.get(front)) {
                let rules = front.mildest_life_rules();
                all = Some(all.map_or(rules, |all| all.milder(&rules)));
            }
        }
        Ok(all)
    }
}

/// Whether the first login of this person leaves the account waiting. Whoever approves others doesn't.
pub(super) fn must_wait(front: &Front, by: &Guarded, identity: &ExternalIdentity) -> bool {
    front.options.approve_new_accounts && !is_own_administrator(by, identity)
}

/// Whether this is an administrator by Portico's own accounts.
pub(super) fn is_own_administrator(by: &Guarded, identity: &ExternalIdentity) -> bool {
    by.realm().as_str() == Realm::NATIVE && identity.staff.administrator
}

/// The id of an account of Portico's own.
fn native_id(account: &Account) -> Option<Uuid> {
    let own = account.realm.as_str() == Realm::NATIVE;
    own.then(|| Uuid::try_parse(account.subject.as_str()).ok()).flatten()
}

fn unused() -> AccountLife {
    AccountLife {
        state: AccountState::Locked,
        reason: Some(INACTIVE.to_owned()),
        until: None,
        active_at: None,
    }
}
