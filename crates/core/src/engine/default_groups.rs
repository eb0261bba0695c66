//! Groups that everybody who enters a front is put into.

use crate::engine::{Engine, EngineError};
use crate::front::Front;
use crate::group::{Group, GroupKind, NewGroup, PartAction, group_name};
use crate::ports::StoreResult;
use crate::{AccountId, CommunityId, ConversationId, GroupId};

impl Engine {
    /// Puts somebody who has entered `front` for the first time into the groups that everybody is put into. Those that are
    /// missing are made.
    pub(super) async fn seat_in_default_groups(&self, front: &Front, account: AccountId) -> StoreResult<()> {
        for wanted in &front.options.default_groups {
            let Some(name) = group_name(wanted) else {
                tracing::warn!(front = %front.id, group = wanted, "a default group has a name that no group can have");
                continue;
            };
            let Some(group) = self.default_group(&front.community, &name).await? else { continue };
            let seated =
                self.change_part(&front.community, group.id, (account, account), PartAction::Seat).await;
            match seated {
                Ok(_) | Err(EngineError::Group(_)) => {}
                Err(EngineError::Store(error)) => return Err(error),
                Err(error) => tracing::warn!(%error, "somebody was not put into a default group"),
            }
        }
        Ok(())
    }

    async fn default_group(&self, community: &CommunityId, name: &str) -> StoreResult<Option<Group>> {
        if let Some(known) = self.store.group_named(community, name).await? {
            return Ok(Some(known));
        }
        let now = self.clock.now();
        let new = NewGroup {
            id: GroupId::generate(now),
            room: ConversationId::generate(now),
            community: community.clone(),
            name: name.to_owned(),
            kind: GroupKind::Public,
            topic: None,
            managers_write: false,
            creator: None,
            limit: None,
            now,
        };
        match self.store.create_group(&new).await? {
            Ok(group) => Ok(Some(group)),
            // Somebody else who entered was faster.
            Err(_) => self.store.group_named(community, name).await,
        }
    }
}
