//! Groups.

use std::collections::{BTreeMap, BTreeSet};

use super::{State, StoredConversation};
use crate::auth::Realm;
use crate::group::{Group, GroupSeat, Membership, PendingPart, RoomChange, Seating};
use crate::messaging::Conversation;
use crate::{AccountId, CommunityId, ConversationId, GroupId};

/// A group and its people, with whether they manage it.
#[derive(Debug)]
pub(super) struct StoredGroup {
    pub(super) group: Group,
    pub(super) people: BTreeMap<AccountId, bool>,
    pub(super) pending: BTreeMap<AccountId, PendingPart>,
}

impl State {
    pub(super) fn seat(&mut self, seating: &Seating) -> Vec<RoomChange> {
        let mut changed: BTreeMap<(GroupId, ConversationId), BTreeSet<AccountId>> = BTreeMap::new();
        for (person, seats) in &seating.people {
            let mut wanted = BTreeSet::new();
            for seat in seats {
                let id = self.prepare_group(seating, seat);
                wanted.insert(id);
                let Some(stored) = self.groups.get_mut(&id) else { continue };
                if stored.people.insert(*person, seat.manager) == Some(seat.manager) {
                    continue;
                }
                let room = stored.group.room;
                changed.entry((id, room)).or_default().insert(*person);
                self.take_a_seat(room, *person);
            }
            if seating.complete {
                for place in self.leave_others(seating, *person, &wanted) {
                    changed.entry(place).or_default().insert(*person);
                }
            }
        }
        let change = |((group, room), people): (_, BTreeSet<_>)| {
            let people = people.into_iter().collect();
            RoomChange { group, room, people }
        };
        changed.into_iter().map(change).collect()
    }

    fn prepare_group(&mut self, seating: &Seating, seat: &GroupSeat) -> GroupId {
        let mut known = self.groups_from(&seating.community, &seating.realm).into_iter();
        if let Some(known) = known.find(|known| known.external_id == seat.external_id) {
            if let Some(stored) = self.groups.get_mut(&known.id) {
                stored.group.name.clone_from(&seat.name);
                stored.group.managers_write = seat.managers_write;
            }
            return known.id;
        }
        let (id, room) = (GroupId::generate(seating.now), ConversationId::generate(seating.now));
        let group = Group {
            id,
            community: seating.community.clone(),
            realm: seating.realm.clone(),
            external_id: seat.external_id.clone(),
            name: seat.name.clone(),
            kind: seat.kind,
            managers_write: seat.managers_write,
            room,
            topic: None,
            announcement: None,
            created_by: None,
            created_at: seating.now,
        };
        let conversation = Conversation {
            id: room,
            community: seating.community.clone(),
            group: Some(id),
            conference: None,
            members: Vec::new(),
            created_at: seating.now,
        };
        self.conversations.insert(room, StoredConversation::new(conversation));
        self.groups.insert(id, StoredGroup { group, people: BTreeMap::new(), pending: BTreeMap::new() });
        id
    }

    pub(super) fn take_a_seat(&mut self, room: ConversationId, person: AccountId) {
        let last = self.history(room, None, 1).pop();
        let Some(stored) = self.conversations.get_mut(&room) else { return };
        if !stored.conversation.has(person) {
            stored.conversation.members.push(person);
            stored.conversation.members.sort_unstable();
            if let Some(last) = last {
                stored.read_up_to.insert(person, last.sequence);
            }
        }
    }

    fn leave_others(
        &mut self,
        seating: &Seating,
        person: AccountId,
        wanted: &BTreeSet<GroupId>,
    ) -> Vec<(GroupId, ConversationId)> {
        let mut rooms = Vec::new();
        for (id, stored) in &mut self.groups {
            let of_realm = stored.group.realm == seating.realm && stored.group.community == seating.community;
            if of_realm && !wanted.contains(id) && stored.people.remove(&person).is_some() {
                rooms.push((*id, stored.group.room));
            }
        }
        for (_, room) in &rooms {
            if let Some(stored) = self.conversations.get_mut(room) {
                stored.conversation.members.retain(|member| *member != person);
                stored.read_up_to.remove(&person);
            }
        }
        rooms
    }

    pub(super) fn groups_from(&self, community: &CommunityId, realm: &Realm) -> Vec<Group> {
        let groups = self.groups.values().map(|stored| &stored.group);
        let mut here: Vec<_> =
            groups.filter(|group| group.community == *community && group.realm == *realm).cloned().collect();
        here.sort_by(|a, b| a.external_id.cmp(&b.external_id));
        here
    }

    pub(super) fn groups_of(&self, community: &CommunityId, account: AccountId) -> Vec<Membership> {
        let here = self.groups.values().filter(|stored| stored.group.community == *community);
        let mine = here.filter(|stored| stored.people.contains_key(&account));
        let mut mine: Vec<_> = mine.map(|stored| self.membership(stored, account)).collect();
        mine.sort_by(|a, b| (&a.group.name, a.group.id).cmp(&(&b.group.name, b.group.id)));
        mine
    }
}
