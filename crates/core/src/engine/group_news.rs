//! Who is told of what changes in groups that people make here.

use std::collections::BTreeSet;
use std::sync::Arc;

use crate::AccountId;
use crate::engine::Engine;
use crate::group::{Dissolved, Group, Part, PartChanged, RoomChange};
use crate::messaging::Notice;

impl Engine {
    /// Tells those who were in a group, asked or were invited that it is gone.
    pub(super) async fn tell_of_dissolved(&self, gone: &Dissolved) {
        let group = &gone.group;
        self.groups.forget([&group.id]);
        self.conversations.forget([&group.room]);
        self.mailboxes.push(&group.community, gone.members.iter().copied(), &Notice::Room(group.room));
        let everybody = gone.members.iter().chain(&gone.others).copied();
        self.mailboxes.push(&group.community, everybody, &Notice::GroupGone(group.id));
        let change = RoomChange { group: group.id, room: group.room, people: gone.members.clone() };
        self.memberships_changed(&group.community, &gone.members, &[change]).await;
    }

    /// Tells of somebody who came, went or is something else in a group now: them, whoever did it, and the managers.
    pub(super) async fn tell_of_part(&self, changed: &PartChanged, actor: AccountId, subject: AccountId) {
        let PartChanged { group, before, after, managers, dissolved } = changed;
        let community = &group.community;
        let moved = before.is_in() != after.is_in();
        if moved {
            self.conversations.forget([&group.room]);
        }
        let manages = |part: Part| part == Part::Manager;
        if moved || manages(*before) != manages(*after) {
            self.mailboxes.push(community, [subject], &Notice::Room(group.room));
        }
        if let Some(others) = dissolved {
            self.groups.forget([&group.id]);
            let everybody = others.iter().copied().chain([subject]);
            self.mailboxes.push(community, everybody, &Notice::GroupGone(group.id));
        } else {
            let mut told: BTreeSet<AccountId> = managers.iter().copied().chain([actor, subject]).collect();
            if !group.shows_to(*after) {
                told.remove(&subject);
                self.mailboxes.push(community, [subject], &Notice::GroupGone(group.id));
            }
            self.mailboxes.push(community, told, &Notice::Group(group.id));
        }
        if moved {
            let change = RoomChange { group: group.id, room: group.room, people: vec![subject] };
            self.memberships_changed(community, &[subject], &[change]).await;
        }
    }

    /// Tells everybody in a group that something about it changed; `room`: also how its room looks or who writes in it.
    pub(super) async fn tell_members(&self, group: &Group, room: bool) {
        self.groups.forget([&group.id]);
        let load = || async { Ok(self.store.conversation(group.room).await?.map(Arc::new)) };
        let conversation = match self.conversations.get(&group.room, load).await {
            Ok(Some(conversation)) => conversation,
            Ok(None) => return,
            Err(error) => {
                tracing::warn!(%error, group = %group.id, "who is in a group could not be read; everybody looks around anew");
                let here = self.mailboxes.live(&group.community);
                return self.mailboxes.push(&group.community, here, &Notice::Anew);
            }
        };
        let members = || conversation.members.iter().copied();
        self.mailboxes.push(&group.community, members(), &Notice::Group(group.id));
        if room {
            self.mailboxes.push(&group.community, members(), &Notice::Room(group.room));
        }
    }
}
