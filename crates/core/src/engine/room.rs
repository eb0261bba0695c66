//! How many people may enter a front: `max_accounts`.

use crate::auth::{ExternalIdentity, Guarded};
use crate::engine::life::is_own_administrator;
use crate::engine::{Engine, EntryError};
use crate::front::Front;
use crate::ports::{Entering, StoreResult};
use crate::{AccountId, Timestamp};

impl Engine {
    /// The most people who may have entered a front, as far as it holds for this person: administrators have their way in
    /// however many there are.
    pub(super) fn most_accounts(
        &self,
        front: &Front,
        by: &Guarded,
        identity: &ExternalIdentity,
        account: Option<AccountId>,
    ) -> Option<u32> {
        let administers = is_own_administrator(by, identity)
            || account.is_some_and(|account| self.rights_of(account).is_some());
        front.options.max_accounts.filter(|_| !administers)
    }

    /// Refuses newcomers early at a front that is full already, before anything is made for them. The last word has
    /// [`enter_within`](Self::enter_within).
    pub(super) async fn check_room_for_newcomer(&self, front: &Front) -> Result<(), EntryError> {
        let Some(most) = front.options.max_accounts else { return Ok(()) };
        if self.store.count_entered(&front.community, &front.id).await? < u64::from(most) {
            return Ok(());
        }
        Err(no_more(front))
    }

    /// Whether somebody has entered a front before.
    pub(super) async fn has_entered(&self, front: &Front, account: AccountId) -> StoreResult<bool> {
        let member = self.store.member(&front.community, account).await?;
        Ok(member.is_some_and(|member| member.fronts.contains(&front.id)))
    }

    /// Records that somebody enters a front. `true` when it is the first time there.
    pub(super) async fn enter_within(
        &self,
        front: &Front,
        account: AccountId,
        most: Option<u32>,
        now: Timestamp,
    ) -> Result<bool, EntryError> {
        let (community, id) = (&front.community, &front.id);
        let Some(most) = most else {
            return Ok(self.store.enter_front(account, community, id, now).await?);
        };
        match self.store.enter_limited_front(account, community, id, most, now).await? {
            Entering::First => Ok(true),
            Entering::Again => Ok(false),
            Entering::Full => Err(no_more(front)),
        }
    }
}

fn no_more(front: &Front) -> EntryError {
    tracing::info!(front.id = %front.id, "a newcomer was refused: max_accounts is reached");
    EntryError::NoMoreAccounts
}
