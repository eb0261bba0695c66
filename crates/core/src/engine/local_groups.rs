//! Groups that people make and manage here.

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use crate::account::Member;
use crate::contact::Relation;
use crate::engine::talk::MAX_LIST_PAGE;
use crate::engine::{Engine, EngineError, Visitor};
use crate::group::{
    Group, GroupEdit, GroupKind, GroupRefusal, MAX_GROUP_NAME, MAX_TOPIC, ManagerAction, Membership,
    NewGroup, OwnAction, Part, PartAction, PartChange, PartChanged, RoomChange, group_name, topic_text,
};
use crate::messaging::{Notice, Sequence, ShownMessage};
use crate::ports::StoreResult;
use crate::{AccountId, CommunityId, ConversationId, GroupId, Timestamp};

/// A group to be made, as it was asked for.
#[derive(Debug, Clone)]
pub struct GroupForm {
    /// Its name: 1 to 64 characters.
    pub name: String,
    /// How one comes to be in it.
    pub kind: GroupKind,
    /// What it is about: at most 500 characters.
    pub topic: Option<String>,
    /// Whether only its managers write.
    pub managers_write: bool,
}

/// A page of groups.
#[derive(Debug, Clone)]
pub struct GroupsPage {
    /// The groups.
    pub groups: Vec<Membership>,
    /// Where the next page begins; `None` at the end.
    pub next: Option<GroupId>,
}

/// Somebody who asks, is invited or was refused.
#[derive(Debug, Clone)]
pub struct GroupRequest {
    /// Who.
    pub person: Arc<Member>,
    /// What they are to the group.
    pub part: Part,
    /// The manager who invited or refused.
    pub set_by: Option<AccountId>,
    /// Since when.
    pub since: Timestamp,
}

/// A group that the visitor is invited to.
#[derive(Debug, Clone)]
pub struct GroupInvitation {
    /// The group.
    pub group: Membership,
    /// Who invited.
    pub by: Option<Arc<Member>>,
    /// When.
    pub since: Timestamp,
}

impl Engine {
    /// A group as the visitor sees it.
    ///
    /// # Errors
    /// [`EngineError::NotFound`] for groups that are not shown to the visitor, and unknown ones alike.
    pub async fn group(&self, visitor: &Visitor, id: GroupId) -> Result<Membership, EngineError> {
        if visitor.is_guest() {
            let open = self.open_rooms(visitor).await?;
            return open.into_iter().find(|part| part.group.id == id).ok_or(EngineError::NotFound);
        }
        let seen = self.store.group_for(id, visitor.account()).await?;
        let here = seen.filter(|seen| seen.group.community == *visitor.community());
        here.ok_or(EngineError::NotFound)
    }

    /// The groups that the visitor is not in and could join or ask to join, by id, beginning after `after`.
    ///
    /// # Errors
    /// When the store does not answer.
    pub async fn joinable_groups(
        &self,
        visitor: &Visitor,
        after: Option<GroupId>,
        limit: usize,
    ) -> Result<GroupsPage, EngineError> {
        if visitor.is_guest() {
            return Ok(GroupsPage { groups: Vec::new(), next: None });
        }
        let limit = limit.clamp(1, MAX_LIST_PAGE);
        let (community, account) = (visitor.community(), visitor.account());
        let mut groups = self.store.joinable_groups(community, account, after, limit + 1).await?;
        let more = groups.len() > limit;
        groups.truncate(limit);
        let next = groups.last().filter(|_| more).map(|seen| seen.group.id);
        Ok(GroupsPage { groups, next })
    }

    /// Makes a group, the visitor its first member and manager.
    ///
    /// # Errors
    /// [`EngineError::NotPermitted`] where people make no groups; [`GroupRefusal::NameTaken`],
    /// [`GroupRefusal::LimitReached`].
    pub async fn make_group(&self, visitor: &Visitor, form: GroupForm) -> Result<Membership, EngineError> {
        self.may_take_part(visitor)?;
        let options = visitor.options();
        if !options.create_groups {
            return Err(EngineError::NotPermitted("you may not make groups here".into()));
        }
        let now = self.clock.now();
        let new = NewGroup {
            id: GroupId::generate(now),
            room: ConversationId::generate(now),
            community: visitor.community().clone(),
            name: self.filtered(&visitor.front, &named(&form.name)?)?,
            kind: form.kind,
            topic: self.filtered_if_any(&visitor.front, topic(form.topic.as_deref())?)?,
            managers_write: form.managers_write,
            creator: Some(visitor.account()),
            limit: Some(options.max_own_groups),
            now,
        };
        let group = self.store.create_group(&new).await??;
        self.conversations.forget([&group.room]);
        self.mailboxes.push(&group.community, [visitor.account()], &Notice::Room(group.room));
        self.mailboxes.push(&group.community, [visitor.account()], &Notice::Group(group.id));
        let change = RoomChange { group: group.id, room: group.room, people: vec![visitor.account()] };
        self.memberships_changed(&group.community, &[visitor.account()], &[change]).await;
        // Not read again: it is made, and an answer that said otherwise would have it made twice.
        let (manager, part) = (true, Part::Manager);
        Ok(Membership { group, manager, part, members: 1, waiting: 0, announcement: None })
    }

    /// Changes a group that the visitor manages.
    ///
    /// # Errors
    /// [`GroupRefusal`]; [`EngineError::Unacceptable`] for names and topics that can't be.
    pub async fn edit_group(
        &self,
        visitor: &Visitor,
        id: GroupId,
        name: Option<&str>,
        new_topic: Option<Option<&str>>,
        managers_write: Option<bool>,
    ) -> Result<Membership, EngineError> {
        self.may_take_part(visitor)?;
        self.managed(visitor, id).await?;
        let topic = new_topic.map(topic).transpose()?;
        let edit = GroupEdit {
            name: self.filtered_if_any(&visitor.front, name.map(named).transpose()?)?,
            topic: topic.map(|topic| self.filtered_if_any(&visitor.front, topic)).transpose()?,
            managers_write,
            ..edit_of(visitor, id)
        };
        let group = self.store.edit_group(&edit).await??;
        self.tell_members(&group, true).await;
        self.group(visitor, id).await
    }

    /// Ends a group that the visitor manages, for everybody.
    ///
    /// # Errors
    /// [`GroupRefusal`]
    pub async fn dissolve_group(&self, visitor: &Visitor, id: GroupId) -> Result<(), EngineError> {
        self.managed(visitor, id).await?;
        let gone = self.store.dissolve_group(visitor.community(), id, visitor.account()).await??;
        self.tell_of_dissolved(&gone).await;
        Ok(())
    }

    /// Comes into a group, or asks to; accepts an invitation; stays after all.
    ///
    /// # Errors
    /// [`GroupRefusal`]; [`EngineError::NotPermitted`] where people join no groups by themselves.
    pub async fn join_group(&self, visitor: &Visitor, id: GroupId) -> Result<Membership, EngineError> {
        self.may_take_part(visitor)?;
        let seen = self.group(visitor, id).await?;
        if seen.group.is_local() && seen.part == Part::Outside && !visitor.options().join_groups {
            return Err(EngineError::NotPermitted("you may not join groups here".into()));
        }
        let account = visitor.account();
        self.change_part(visitor.community(), id, (account, account), PartAction::Own(OwnAction::Join))
            .await?;
        self.group(visitor, id).await
    }

    /// Leaves a group, or asks to; takes a request back; declines an invitation. What the visitor is to it then.
    ///
    /// # Errors
    /// [`GroupRefusal`]
    pub async fn leave_group(&self, visitor: &Visitor, id: GroupId) -> Result<Part, EngineError> {
        self.members_only(visitor)?;
        self.group(visitor, id).await?;
        let account = visitor.account();
        let action = PartAction::Own(OwnAction::Leave);
        Ok(self.change_part(visitor.community(), id, (account, account), action).await?.after)
    }

    /// Does something about another's part in a group that the visitor manages. What they are to it then.
    ///
    /// # Errors
    /// [`GroupRefusal`]; [`EngineError::NotFound`] for people whom the visitor can't find and who have nothing to do with
    /// the group; [`EngineError::NotPermitted`] when one of the two refuses the other.
    pub async fn manage_member(
        &self,
        visitor: &Visitor,
        id: GroupId,
        other: AccountId,
        action: ManagerAction,
    ) -> Result<Part, EngineError> {
        self.may_take_part(visitor)?;
        self.managed(visitor, id).await?;
        let theirs = self.store.group_for(id, other).await?.map_or(Part::Outside, |seen| seen.part);
        if theirs == Part::Outside || action == ManagerAction::Invite {
            self.may_invite(visitor, other, theirs).await?;
        }
        let who = (visitor.account(), other);
        Ok(self.change_part(visitor.community(), id, who, PartAction::Managers(action)).await?.after)
    }

    /// Who asks to come in or to leave, is invited or was refused, in a group that the visitor manages.
    ///
    /// # Errors
    /// [`GroupRefusal`]
    pub async fn group_requests(
        &self,
        visitor: &Visitor,
        id: GroupId,
    ) -> Result<Vec<GroupRequest>, EngineError> {
        self.members_only(visitor)?;
        self.managed(visitor, id).await?;
        let pending = self.store.pending_parts(id).await?;
        let people = self.people(visitor.community(), pending.iter().map(|one| one.account)).await?;
        let request = |one: crate::group::PendingPart| {
            let person = Arc::clone(people.get(&one.account)?);
            Some(GroupRequest { person, part: one.part, set_by: one.set_by, since: one.since })
        };
        Ok(pending.into_iter().filter_map(request).collect())
    }

    /// The groups that the visitor is invited to.
    ///
    /// # Errors
    /// When the store does not answer.
    pub async fn group_invitations(&self, visitor: &Visitor) -> Result<Vec<GroupInvitation>, EngineError> {
        self.members_only(visitor)?;
        let found = self.store.group_invitations(visitor.community(), visitor.account()).await?;
        let by = found.iter().filter_map(|(_, pending)| pending.set_by);
        let people = self.people(visitor.community(), by).await?;
        let invitation = |(group, pending): (Membership, crate::group::PendingPart)| GroupInvitation {
            group,
            by: pending.set_by.and_then(|by| people.get(&by).cloned()),
            since: pending.since,
        };
        Ok(found.into_iter().map(invitation).collect())
    }

    /// Writes an announcement in the room of a group that the visitor manages, and pins it. `true` = written now.
    ///
    /// # Errors
    /// Those of [`send`](Self::send), and [`GroupRefusal`].
    pub async fn announce_in_group(
        &self,
        visitor: &Visitor,
        id: GroupId,
        text: String,
        client_id: Option<String>,
    ) -> Result<(ShownMessage, bool), EngineError> {
        self.members_only(visitor)?;
        let group = self.managed(visitor, id).await?;
        let (message, new) = self.send(visitor, group.room, text, client_id).await?;
        self.pin(visitor, id, Some(message.sequence)).await?;
        Ok((message, new))
    }

    /// Takes the pinned announcement of a group away; the message stays.
    ///
    /// # Errors
    /// [`GroupRefusal`]
    pub async fn unpin_announcement(&self, visitor: &Visitor, id: GroupId) -> Result<(), EngineError> {
        self.may_take_part(visitor)?;
        self.managed(visitor, id).await?;
        self.pin(visitor, id, None).await
    }

    async fn pin(&self, visitor: &Visitor, id: GroupId, pin: Option<Sequence>) -> Result<(), EngineError> {
        let edit = GroupEdit { announcement: Some(pin), ..edit_of(visitor, id) };
        let group = self.store.edit_group(&edit).await??;
        self.tell_members(&group, false).await;
        Ok(())
    }

    /// A local group that the visitor manages. Looked at again in the transaction that changes something.
    async fn managed(&self, visitor: &Visitor, id: GroupId) -> Result<Group, EngineError> {
        let seen = self.group(visitor, id).await?;
        if !seen.group.is_local() {
            return Err(GroupRefusal::KeptElsewhere.into());
        }
        if seen.manager { Ok(seen.group) } else { Err(GroupRefusal::NotManaged.into()) }
    }

    /// Whether the visitor may invite somebody who is to be found; `theirs` is what they are to the group.
    async fn may_invite(&self, visitor: &Visitor, other: AccountId, theirs: Part) -> Result<(), EngineError> {
        if other == visitor.account() {
            return Ok(());
        }
        let community = visitor.community();
        let member = self.member_of(community, other).await?.ok_or(EngineError::NotFound)?;
        let eyes = self.look(visitor, &[other]).await?;
        let (may, relation) = self.permissions(visitor, &eyes, &member);
        if theirs == Part::Outside && !may.find && !may.see {
            return Err(EngineError::NotFound);
        }
        if theirs == Part::Outside && matches!(relation, Relation::Refused | Relation::RefusedByThem) {
            return Err(EngineError::NotPermitted("one of you refuses the other".into()));
        }
        Ok(())
    }

    /// Refuses guests, and people who may read but not write.
    pub(super) fn may_take_part(&self, visitor: &Visitor) -> Result<(), EngineError> {
        self.members_only(visitor)?;
        self.write_restriction(visitor).map_or(Ok(()), |why| Err(EngineError::WriteRestricted(why)))
    }

    pub(super) async fn change_part(
        &self,
        community: &CommunityId,
        group: GroupId,
        (actor, subject): (AccountId, AccountId),
        action: PartAction,
    ) -> Result<PartChanged, EngineError> {
        let now = self.clock.now();
        let change = PartChange { community: community.clone(), group, actor, subject, action, now };
        let changed = match self.store.change_part(&change).await? {
            Err(GroupRefusal::NotFound) => return Err(EngineError::NotFound),
            outcome => outcome?,
        };
        if changed.before != changed.after {
            self.tell_of_part(&changed, actor, subject).await;
        }
        Ok(changed)
    }

    /// The members of a community among these people, by id.
    pub(super) async fn people(
        &self,
        community: &CommunityId,
        ids: impl IntoIterator<Item = AccountId>,
    ) -> StoreResult<HashMap<AccountId, Arc<Member>>> {
        let ids: Vec<AccountId> = ids.into_iter().collect::<BTreeSet<_>>().into_iter().collect();
        let mut people = HashMap::with_capacity(ids.len());
        for chunk in ids.chunks(1000) {
            let found = self.store.members(community, chunk).await?;
            people.extend(found.into_iter().map(|member| (member.account.id, Arc::new(member))));
        }
        Ok(people)
    }
}

fn edit_of(visitor: &Visitor, group: GroupId) -> GroupEdit {
    GroupEdit {
        community: visitor.community().clone(),
        group,
        actor: Some(visitor.account()),
        name: None,
        kind: None,
        topic: None,
        managers_write: None,
        announcement: None,
    }
}

pub(super) fn named(name: &str) -> Result<String, EngineError> {
    let refused =
        || EngineError::Unacceptable(format!("a group's name has 1 to {MAX_GROUP_NAME} characters"));
    group_name(name).ok_or_else(refused)
}

pub(super) fn topic(topic: Option<&str>) -> Result<Option<String>, EngineError> {
    let refused = || EngineError::Unacceptable(format!("a topic has at most {MAX_TOPIC} characters"));
    topic_text(topic).ok_or_else(refused)
}
