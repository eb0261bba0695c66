//! Groups that people make and manage here.

use std::collections::BTreeMap;

use async_trait::async_trait;

use super::groups::StoredGroup;
use super::{MemoryStore, State, StoredConversation, inconsistent};
use crate::auth::Realm;
use crate::group::{
    Dissolved, Group, GroupEdit, GroupKind, GroupRefusal, Headcount, Membership, NewGroup, Part, PartAction,
    PartChange, PartChanged, PendingPart, local_external_id,
};
use crate::messaging::Conversation;
use crate::ports::{LocalGroupStore, StoreError, StoreResult};
use crate::{AccountId, CommunityId, GroupId};

#[async_trait]
impl LocalGroupStore for MemoryStore {
    async fn create_group(&self, new: &NewGroup) -> StoreResult<Result<Group, GroupRefusal>> {
        let realm = Realm::new(Realm::OWN).map_err(|error| StoreError::Inconsistent(error.to_string()))?;
        let mut state = self.state()?;
        if new.creator.is_some_and(|creator| !state.accounts.contains_key(&creator)) {
            return inconsistent("a group needs accounts that exist");
        }
        Ok(state.create_group(new, realm))
    }

    async fn change_part(&self, change: &PartChange) -> StoreResult<Result<PartChanged, GroupRefusal>> {
        let mut state = self.state()?;
        if !state.accounts.contains_key(&change.subject) {
            return inconsistent("a group needs accounts that exist");
        }
        Ok(state.change_part(change))
    }

    async fn edit_group(&self, edit: &GroupEdit) -> StoreResult<Result<Group, GroupRefusal>> {
        Ok(self.state()?.edit_group(edit))
    }

    async fn dissolve_group(
        &self,
        community: &CommunityId,
        id: GroupId,
        actor: AccountId,
    ) -> StoreResult<Result<Dissolved, GroupRefusal>> {
        let mut state = self.state()?;
        Ok(state.managed(community, id, Some(actor)).map(|group| state.dissolve(&group)))
    }

    async fn group_for(&self, id: GroupId, account: AccountId) -> StoreResult<Option<Membership>> {
        let state = self.state()?;
        let Some(stored) = state.groups.get(&id) else { return Ok(None) };
        Ok(Some(state.membership(stored, account)).filter(|seen| seen.group.shows_to(seen.part)))
    }

    async fn joinable_groups(
        &self,
        community: &CommunityId,
        account: AccountId,
        after: Option<GroupId>,
        limit: usize,
    ) -> StoreResult<Vec<Membership>> {
        let state = self.state()?;
        let offered = state.groups.values().filter(|stored| {
            let group = &stored.group;
            group.community == *community && group.is_local() && group.kind != GroupKind::Private
        });
        let behind = offered.filter(|stored| after.is_none_or(|after| stored.group.id > after));
        let seen = behind.map(|stored| state.membership(stored, account));
        Ok(seen.filter(|seen| !seen.part.is_in()).take(limit).collect())
    }

    async fn pending_parts(&self, id: GroupId) -> StoreResult<Vec<PendingPart>> {
        let state = self.state()?;
        let mut parts: Vec<PendingPart> = state
            .groups
            .get(&id)
            .map(|stored| stored.pending.values().copied().collect())
            .unwrap_or_default();
        parts.sort_by_key(|part| (part.since, part.account));
        parts.truncate(1000);
        Ok(parts)
    }

    async fn group_invitations(
        &self,
        community: &CommunityId,
        account: AccountId,
    ) -> StoreResult<Vec<(Membership, PendingPart)>> {
        let state = self.state()?;
        let here = state.groups.values().filter(|stored| stored.group.community == *community);
        Ok(here
            .filter_map(|stored| {
                let pending = stored.pending.get(&account).filter(|one| one.part == Part::Invited)?;
                Some((state.membership(stored, account), *pending))
            })
            .collect())
    }

    async fn group_named(&self, community: &CommunityId, name: &str) -> StoreResult<Option<Group>> {
        let state = self.state()?;
        let mut groups = state.groups.values().map(|stored| &stored.group);
        let found = groups.find(|group| {
            let id = local_external_id(GroupKind::Public, name, group.id);
            group.community == *community && group.is_local() && group.external_id == id
        });
        Ok(found.cloned())
    }

    async fn managers_of(&self, id: GroupId) -> StoreResult<Vec<AccountId>> {
        Ok(self.state()?.groups.get(&id).map(StoredGroup::managers).unwrap_or_default())
    }
}

impl StoredGroup {
    pub(super) fn part_of(&self, account: AccountId) -> Part {
        let word = self.pending.get(&account).and_then(|one| one.part.pending_word());
        Part::from_kept(self.people.get(&account).copied(), word)
    }

    fn managers(&self) -> Vec<AccountId> {
        self.people.iter().filter(|(_, manager)| **manager).map(|(person, _)| *person).collect()
    }

    fn headcount(&self) -> Headcount {
        Headcount { members: self.people.len() as u64, managers: self.managers().len() as u64 }
    }
}

impl State {
    pub(super) fn membership(&self, stored: &StoredGroup, account: AccountId) -> Membership {
        let part = stored.part_of(account);
        let waiting = stored.pending.values().filter(|one| one.part.waits()).count() as u64;
        let pinned = stored.group.announcement.filter(|_| part.is_in());
        Membership {
            group: stored.group.clone(),
            manager: part == Part::Manager,
            part,
            members: stored.people.len() as u64,
            waiting: if part == Part::Manager { waiting } else { 0 },
            announcement: pinned.and_then(|pinned| self.messages.get(&pinned).cloned()),
        }
    }

    pub(super) fn create_group(&mut self, new: &NewGroup, realm: Realm) -> Result<Group, GroupRefusal> {
        let external_id = local_external_id(new.kind, &new.name, new.id);
        if self.is_taken(&new.community, &external_id) {
            return Err(GroupRefusal::NameTaken);
        }
        if let (Some(creator), Some(limit)) = (new.creator, new.limit) {
            let mine = self.groups.values().map(|stored| &stored.group);
            let mine =
                mine.filter(|group| group.community == new.community && group.created_by == Some(creator));
            if mine.count() >= usize::try_from(limit).unwrap_or(usize::MAX) {
                return Err(GroupRefusal::LimitReached { limit });
            }
        }
        let group = Group {
            id: new.id,
            community: new.community.clone(),
            realm,
            external_id,
            name: new.name.clone(),
            kind: new.kind,
            managers_write: new.managers_write,
            room: new.room,
            topic: new.topic.clone(),
            announcement: None,
            created_by: new.creator,
            created_at: new.now,
        };
        let conversation = Conversation {
            id: new.room,
            community: new.community.clone(),
            group: Some(new.id),
            conference: None,
            members: new.creator.into_iter().collect(),
            created_at: new.now,
        };
        self.conversations.insert(new.room, StoredConversation::new(conversation));
        let people: BTreeMap<_, _> = new.creator.into_iter().map(|creator| (creator, true)).collect();
        self.groups.insert(new.id, StoredGroup { group: group.clone(), people, pending: BTreeMap::new() });
        Ok(group)
    }

    fn is_taken(&self, community: &CommunityId, external_id: &str) -> bool {
        let mut groups = self.groups.values().map(|stored| &stored.group);
        groups.any(|group| group.community == *community && group.external_id == external_id)
    }

    /// A local group that `actor` manages; `None` = an administrator.
    pub(super) fn managed(
        &self,
        community: &CommunityId,
        id: GroupId,
        actor: Option<AccountId>,
    ) -> Result<Group, GroupRefusal> {
        let stored = self.groups.get(&id).filter(|stored| stored.group.community == *community);
        let stored = stored.ok_or(GroupRefusal::NotFound)?;
        let part = actor.map_or(Part::Manager, |actor| stored.part_of(actor));
        if !stored.group.shows_to(part) {
            return Err(GroupRefusal::NotFound);
        }
        if !stored.group.is_local() {
            return Err(GroupRefusal::KeptElsewhere);
        }
        if part == Part::Manager { Ok(stored.group.clone()) } else { Err(GroupRefusal::NotManaged) }
    }

    pub(super) fn change_part(&mut self, change: &PartChange) -> Result<PartChanged, GroupRefusal> {
        let stored =
            self.groups.get(&change.group).filter(|stored| stored.group.community == change.community);
        let stored = stored.ok_or(GroupRefusal::NotFound)?;
        let (before, count, kind) = (stored.part_of(change.subject), stored.headcount(), stored.group.kind);
        let after = match change.action {
            PartAction::Own(action) => {
                if !stored.group.shows_to(before) {
                    return Err(GroupRefusal::NotFound);
                }
                if !stored.group.is_local() {
                    return Err(GroupRefusal::KeptElsewhere);
                }
                before.after_own(action, kind, count)?
            }
            PartAction::Managers(action) => {
                self.managed(&change.community, change.group, Some(change.actor))?;
                before.after_managers(action, kind, count)?
            }
            PartAction::Set(part) => {
                self.managed(&change.community, change.group, None)?;
                part
            }
            PartAction::Seat if before.is_in() => before,
            PartAction::Seat => Part::Member,
        };
        let (group, managers) = (stored.group.clone(), stored.managers());
        let kept = matches!(change.action, PartAction::Set(_));
        let dissolved = before.is_in() && !after.is_in() && count.members == 1 && !kept;
        self.put_part(&group, change, after);
        let dissolved = dissolved.then(|| self.dissolve(&group).others);
        Ok(PartChanged { group, before, after, managers, dissolved })
    }

    fn put_part(&mut self, group: &Group, change: &PartChange, after: Part) {
        let person = change.subject;
        if let Some(stored) = self.groups.get_mut(&group.id)
            && stored.part_of(person) != after
        {
            stored.people.remove(&person);
            stored.pending.remove(&person);
            if after.is_in() {
                stored.people.insert(person, after == Part::Manager);
            }
            if after.pending_word().is_some() {
                let set_by = (change.actor != person).then_some(change.actor);
                let pending = PendingPart { account: person, part: after, set_by, since: change.now };
                stored.pending.insert(person, pending);
            }
        }
        if after.is_in() {
            self.take_a_seat(group.room, person);
        } else if let Some(stored) = self.conversations.get_mut(&group.room) {
            stored.conversation.members.retain(|member| *member != person);
            stored.read_up_to.remove(&person);
        }
    }

    pub(super) fn edit_group(&mut self, edit: &GroupEdit) -> Result<Group, GroupRefusal> {
        let mut group = self.managed(&edit.community, edit.group, edit.actor)?;
        if edit.name.is_some() || edit.kind.is_some() {
            group.name = edit.name.clone().unwrap_or(group.name);
            group.kind = edit.kind.unwrap_or(group.kind);
            let external_id = local_external_id(group.kind, &group.name, group.id);
            if external_id != group.external_id && self.is_taken(&edit.community, &external_id) {
                return Err(GroupRefusal::NameTaken);
            }
            group.external_id = external_id;
        }
        if let Some(topic) = &edit.topic {
            group.topic.clone_from(topic);
        }
        group.managers_write = edit.managers_write.unwrap_or(group.managers_write);
        match edit.announcement {
            Some(pin) if pin.is_none() || pin > group.announcement => group.announcement = pin,
            _ => {}
        }
        if let Some(stored) = self.groups.get_mut(&group.id) {
            stored.group = group.clone();
        }
        Ok(group)
    }

    /// Takes somebody who leaves for good out of all groups; a local one keeps a manager, or ends.
    pub(super) fn pass_groups_on(&mut self, leaver: AccountId) {
        let mut ended = Vec::new();
        for stored in self.groups.values_mut() {
            stored.pending.remove(&leaver);
            if stored.people.remove(&leaver).is_none() || !stored.group.is_local() {
                continue;
            }
            if stored.people.is_empty() {
                ended.push(stored.group.clone());
            } else if !stored.people.values().any(|manages| *manages)
                && let Some(mut heir) = stored.people.first_entry()
            {
                heir.insert(true);
            }
        }
        for group in ended {
            self.dissolve(&group);
        }
    }

    pub(super) fn dissolve(&mut self, group: &Group) -> Dissolved {
        let stored = self.groups.remove(&group.id);
        if let Some(room) = self.conversations.get_mut(&group.room) {
            room.conversation.members.clear();
            room.read_up_to.clear();
        }
        let (members, others) = stored
            .map(|stored| {
                let outside = stored.pending.keys().copied();
                let others = outside.filter(|person| !stored.people.contains_key(person)).collect();
                (stored.people.keys().copied().collect(), others)
            })
            .unwrap_or_default();
        Dissolved { group: group.clone(), members, others }
    }
}
