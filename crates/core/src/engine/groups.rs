//! Groups and their rooms.

use std::sync::Arc;

use crate::account::Member;
use crate::auth::{ExternalGroup, Realm};
use crate::engine::talk::MAX_LIST_PAGE;
use crate::engine::{Engine, EngineError, Visitor};
use crate::front::{Front, NewsPlace};
use crate::group::{Group, GroupKind, GroupSeat, Membership, RoomChange, Seating};
use crate::messaging::Notice;
use crate::ports::{NEWS_PREFIX, StoreResult};
use crate::{AccountId, CommunityId, GroupId};

/// When the memberships of more people than these change at once, everybody else looks around anew.
const MANY_AT_ONCE: usize = 20;

/// A page of a group's members.
#[derive(Debug, Clone)]
pub struct GroupPage {
    /// The people, with whether they manage the group.
    pub people: Vec<(Arc<Member>, bool)>,
    /// Where the next page begins; `None` at the end.
    pub next: Option<AccountId>,
}

impl Engine {
    /// The visitor's groups, by name.
    ///
    /// # Errors
    /// When the store does not answer.
    pub async fn groups(&self, visitor: &Visitor) -> Result<Vec<Membership>, EngineError> {
        if visitor.is_guest() {
            return Ok(self.open_rooms(visitor).await?);
        }
        Ok(self.store.groups_of(visitor.community(), visitor.account()).await?)
    }

    /// The members of one of the visitor's groups, by id, beginning after `after`.
    ///
    /// # Errors
    /// [`EngineError::NotFound`] for groups that the visitor is not in.
    pub async fn group_members(
        &self,
        visitor: &Visitor,
        id: GroupId,
        after: Option<AccountId>,
        limit: usize,
    ) -> Result<GroupPage, EngineError> {
        self.members_only(visitor)?;
        let group = self.group_of(id).await?.ok_or(EngineError::NotFound)?;
        self.conversation_of(visitor, group.room).await?.ok_or(EngineError::NotFound)?;
        let limit = limit.clamp(1, MAX_LIST_PAGE);
        let mut found = self.store.group_members(id, after, limit + 1).await?;
        let more = found.len() > limit;
        found.truncate(limit);
        let next = found.last().filter(|_| more).map(|(account, _)| *account);
        let ids: Vec<AccountId> = found.iter().map(|(account, _)| *account).collect();
        let members = self.store.members(visitor.community(), &ids).await?;
        let people = found.into_iter().filter_map(|(account, manager)| {
            let member = members.iter().find(|member| member.account.id == account)?;
            Some((Arc::new(member.clone()), manager))
        });
        Ok(GroupPage { people: people.collect(), next })
    }

    /// Whether the visitor is in the room of a group that the other is in as well: they read each other there.
    pub(super) async fn shares_room(&self, visitor: &Visitor, other: AccountId) -> StoreResult<bool> {
        let mine = self.store.groups_of(visitor.community(), visitor.account()).await?;
        let theirs = self.store.groups_of(visitor.community(), other).await?;
        Ok(mine.iter().any(|one| theirs.iter().any(|other| one.group.id == other.group.id)))
    }

    /// Memberships of these people in these rooms began or ended: whom they see, and who sees them, may be others now. It is
    /// so whether or not everybody can be told one by one: nothing fails here.
    pub(super) async fn memberships_changed(
        &self,
        community: &CommunityId,
        people: &[AccountId],
        rooms: &[RoomChange],
    ) {
        let keys: Vec<_> = people.iter().map(|person| (community.clone(), *person)).collect();
        self.group_ids.forget(&keys);
        if people.is_empty() || !self.groups_matter(community) {
            return;
        }
        self.mailboxes.push(community, people.iter().copied(), &Notice::Roster);
        if people.len() > MANY_AT_ONCE {
            let mut others = self.mailboxes.live(community);
            others.retain(|person| !people.contains(person));
            self.mailboxes.push(community, others, &Notice::Roster);
            return;
        }
        for person in people {
            let theirs = rooms.iter().filter(|change| change.people.contains(person));
            let theirs: Vec<GroupId> = theirs.map(|change| change.group).collect();
            let readers = self.readers_of_grouped(community);
            self.tell_of_lost_sight(community, *person, readers, &theirs).await;
        }
    }

    pub(super) async fn group_of(&self, id: GroupId) -> StoreResult<Option<Arc<Group>>> {
        self.groups.get(&id, || async { Ok(self.store.group(id).await?.map(Arc::new)) }).await
    }

    /// Whether the visitor may write in the room of a group that they are in.
    pub(super) async fn may_write_in(&self, visitor: &Visitor, id: GroupId) -> StoreResult<bool> {
        let Some(group) = self.group_of(id).await? else { return Ok(false) };
        Ok(group.lets_write(false) || group.lets_write(self.manages(visitor, id).await?))
    }

    /// Whether the visitor manages a group.
    pub(super) async fn manages(&self, visitor: &Visitor, id: GroupId) -> StoreResult<bool> {
        let mine = self.store.groups_of(visitor.community(), visitor.account()).await?;
        Ok(mine.iter().any(|membership| membership.group.id == id && membership.manager))
    }

    /// Makes a person's mirrored memberships what their realm says.
    pub(super) async fn mirror(
        &self,
        (community, account): (&CommunityId, AccountId),
        authenticator: &str,
        realm: &Realm,
        groups: &[ExternalGroup],
    ) -> StoreResult<()> {
        let rule = self.settings.mirrored.get(authenticator).cloned().unwrap_or_default();
        let seats = groups.iter().filter(|group| rule.takes(group)).map(GroupSeat::mirrored).collect();
        self.seat(Seating {
            community: community.clone(),
            realm: realm.clone(),
            people: vec![(account, seats)],
            complete: true,
            now: self.clock.now(),
        })
        .await
    }

    /// Seats somebody who has entered `front` in its news rooms.
    pub(super) async fn seat_for_news(&self, front: &Front, account: AccountId) -> StoreResult<()> {
        let rooms = front.news.iter().filter_map(|rule| match &rule.place {
            NewsPlace::Room(name) => Some(news_seat(name, false)),
            NewsPlace::Group(_) => None,
        });
        let seats: Vec<GroupSeat> = rooms.collect();
        if seats.is_empty() {
            return Ok(());
        }
        self.seat_in_own(&front.community, account, seats).await
    }

    /// Seats somebody in groups that are Portico's own.
    pub(super) async fn seat_in_own(
        &self,
        community: &CommunityId,
        account: AccountId,
        seats: Vec<GroupSeat>,
    ) -> StoreResult<()> {
        self.seat(Seating {
            community: community.clone(),
            realm: self.own_realm.clone(),
            people: vec![(account, seats)],
            complete: false,
            now: self.clock.now(),
        })
        .await
    }

    pub(super) async fn seat(&self, seating: Seating) -> StoreResult<()> {
        let changes = self.store.seat(&seating).await?;
        self.conversations.forget(changes.iter().map(|change| &change.room));
        let mut people: Vec<AccountId> = changes.iter().flat_map(|change| change.people.clone()).collect();
        people.sort_unstable();
        people.dedup();
        for change in &changes {
            let people = change.people.iter().copied();
            self.mailboxes.push(&seating.community, people, &Notice::Room(change.room));
        }
        self.memberships_changed(&seating.community, &people, &changes).await;
        Ok(())
    }
}

/// A seat in the room of this name that news are announced in.
pub(super) fn news_seat(name: &str, announcer: bool) -> GroupSeat {
    GroupSeat {
        external_id: format!("{NEWS_PREFIX}{}", name.to_lowercase()),
        name: name.to_owned(),
        kind: GroupKind::Public,
        managers_write: true,
        manager: announcer,
    }
}
