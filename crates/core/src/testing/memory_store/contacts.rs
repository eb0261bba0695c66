//! What is known of people beside each other.

use std::collections::BTreeSet;

use async_trait::async_trait;

use super::{MemoryStore, PausedCall, State};
use crate::account::{Member, fold_login};
use crate::contact::Link;
use crate::ports::{ContactStore, Ratings, StoreResult, is_news_room};
use crate::{AccountId, CommunityId, ConversationId, GroupId};

impl State {
    /// Each group that counts, with each of its people.
    fn seats(&self, community: &CommunityId) -> impl Iterator<Item = (GroupId, AccountId)> {
        let groups = self.groups.iter().filter(|(_, stored)| {
            stored.group.community == *community
                && !is_news_room(stored.group.realm.as_str(), &stored.group.external_id)
        });
        groups.flat_map(|(id, stored)| stored.people.keys().map(|person| (*id, *person)))
    }
}

#[async_trait]
impl ContactStore for MemoryStore {
    async fn group_ids(
        &self,
        community: &CommunityId,
        accounts: &[AccountId],
    ) -> StoreResult<Vec<(AccountId, GroupId)>> {
        self.0.pauses.at(PausedCall::GroupIds).await;
        let state = self.state()?;
        let theirs = state.seats(community).filter(|(_, person)| accounts.contains(person));
        Ok(theirs.map(|(group, person)| (person, group)).collect())
    }

    async fn grouped_people(
        &self,
        community: &CommunityId,
        groups: Option<&[GroupId]>,
        after: Option<AccountId>,
        limit: usize,
    ) -> StoreResult<Vec<AccountId>> {
        let state = self.state()?;
        let wanted = |group: &GroupId| groups.is_none_or(|groups| groups.contains(group));
        let people: BTreeSet<AccountId> = state
            .seats(community)
            .filter(|(group, person)| wanted(group) && after.is_none_or(|after| *person > after))
            .map(|(_, person)| person)
            .collect();
        Ok(people.into_iter().take(limit).collect())
    }

    async fn ratings_of(
        &self,
        community: &CommunityId,
        accounts: &[AccountId],
    ) -> StoreResult<Vec<(AccountId, Ratings)>> {
        let state = self.state()?;
        let wanted: BTreeSet<AccountId> = accounts.iter().copied().collect();
        let rated = wanted.into_iter().filter_map(|person| {
            let mut ratings = Ratings::default();
            for contact in state.contacts_of(community, person) {
                let given = contact.side_of(contact.pair.other_than(person)).rating;
                if let (Link::Accepted, Some(given)) = (contact.link, given) {
                    ratings.count += 1;
                    ratings.sum += u32::from(given);
                }
            }
            (ratings.count > 0).then_some((person, ratings))
        });
        Ok(rated.collect())
    }

    async fn members_named(
        &self,
        community: &CommunityId,
        part: &str,
        after: Option<AccountId>,
        limit: usize,
    ) -> StoreResult<Vec<Member>> {
        let state = self.state()?;
        let named = |member: &Member| {
            let profile = &member.account.profile;
            [&profile.login, &profile.display_name].iter().any(|name| fold_login(name).contains(part))
        };
        let behind = |member: &Member| after.is_none_or(|after| member.account.id > after);
        Ok(state.live_members(community).filter(behind).filter(named).take(limit).collect())
    }

    async fn has_written(&self, conversation: ConversationId, account: AccountId) -> StoreResult<bool> {
        let state = self.state()?;
        let theirs = |message: &crate::messaging::Message| {
            message.conversation == conversation && message.sender == account
        };
        Ok(state.messages.values().any(theirs))
    }
}
