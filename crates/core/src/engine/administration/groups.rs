//! What administrators do about groups and contacts.

use std::sync::Arc;

use crate::account::Member;
use crate::administration::{Actor, AuditEntry};
use crate::contact::{Contact, ContactChange, ContactLimits, Pair, Relation};
use crate::engine::local_groups::{GroupForm, named, topic};
use crate::engine::{Engine, EngineError};
use crate::group::{GroupEdit, GroupKind, GroupRefusal, NewGroup, Part, PartAction, PartChange, PendingPart};
use crate::messaging::Notice;
use crate::ports::{ContactWrite, GroupCount, GroupFilter};
use crate::{AccountId, CommunityId, ConversationId, GroupId};

/// What becomes of a group; `None` = as it was.
#[derive(Debug, Clone, Default)]
pub struct GroupRevision {
    /// Its name.
    pub name: Option<String>,
    /// How one comes to be in it.
    pub kind: Option<GroupKind>,
    /// What it is about; the inner `None` takes it away.
    pub topic: Option<Option<String>>,
    /// Whether only its managers write.
    pub managers_write: Option<bool>,
}

/// Somebody and a group.
#[derive(Debug, Clone)]
pub struct Seat {
    /// Who.
    pub person: Arc<Member>,
    /// What they are to the group.
    pub part: Part,
}

impl Engine {
    /// Groups, by id: local ones and mirrored ones.
    ///
    /// # Errors
    /// When the store does not answer.
    pub async fn all_groups(&self, filter: &GroupFilter) -> Result<Vec<GroupCount>, EngineError> {
        Ok(self.store.groups_page(filter).await?)
    }

    /// One of them.
    ///
    /// # Errors
    /// [`EngineError::NotFound`]
    pub async fn any_group(&self, id: GroupId) -> Result<GroupCount, EngineError> {
        let filter = GroupFilter { id: Some(id), limit: 1, ..GroupFilter::default() };
        self.store.groups_page(&filter).await?.pop().ok_or(EngineError::NotFound)
    }

    /// Who is in a group, by id, beginning after `after`.
    ///
    /// # Errors
    /// [`EngineError::NotFound`]
    pub async fn seats_of(
        &self,
        id: GroupId,
        after: Option<AccountId>,
        limit: usize,
    ) -> Result<Vec<Seat>, EngineError> {
        let group = self.any_group(id).await?.group;
        let found = self.store.group_members(id, after, limit).await?;
        let people = self.people(&group.community, found.iter().map(|(account, _)| *account)).await?;
        let seat = |(account, manager): (AccountId, bool)| {
            let part = if manager { Part::Manager } else { Part::Member };
            Some(Seat { person: Arc::clone(people.get(&account)?), part })
        };
        Ok(found.into_iter().filter_map(seat).collect())
    }

    /// Who asks to come in or to leave a group, is invited or was refused.
    ///
    /// # Errors
    /// [`EngineError::NotFound`]
    pub async fn waiting_for(&self, id: GroupId) -> Result<Vec<Seat>, EngineError> {
        let group = self.any_group(id).await?.group;
        let found = self.store.pending_parts(id).await?;
        let people = self.people(&group.community, found.iter().map(|one| one.account)).await?;
        let seat =
            |one: PendingPart| Some(Seat { person: Arc::clone(people.get(&one.account)?), part: one.part });
        Ok(found.into_iter().filter_map(seat).collect())
    }

    /// Makes a group in which nobody is yet.
    ///
    /// # Errors
    /// [`EngineError::Unacceptable`]; [`GroupRefusal::NameTaken`].
    pub async fn found_group(
        &self,
        by: &Actor,
        community: &CommunityId,
        form: GroupForm,
    ) -> Result<GroupCount, EngineError> {
        let now = self.clock.now();
        let new = NewGroup {
            id: GroupId::generate(now),
            room: ConversationId::generate(now),
            community: community.clone(),
            name: named(&form.name)?,
            kind: form.kind,
            topic: topic(form.topic.as_deref())?,
            managers_write: form.managers_write,
            creator: None,
            limit: None,
            now,
        };
        let line = self.group_line(by, "group-made", community, new.id);
        let group = self.store.make_group(&new, line).await??;
        self.conversations.forget([&group.room]);
        self.any_group(group.id).await
    }

    /// Changes a group that was made here.
    ///
    /// # Errors
    /// [`EngineError::NotFound`]; [`GroupRefusal::KeptElsewhere`] for others, [`GroupRefusal::NameTaken`].
    pub async fn revise_group(
        &self,
        by: &Actor,
        id: GroupId,
        revision: GroupRevision,
    ) -> Result<GroupCount, EngineError> {
        let community = self.any_group(id).await?.group.community;
        let edit = GroupEdit {
            group: id,
            actor: None,
            name: revision.name.as_deref().map(named).transpose()?,
            kind: revision.kind,
            topic: revision.topic.map(|text| topic(text.as_deref())).transpose()?,
            managers_write: revision.managers_write,
            announcement: None,
            community: community.clone(),
        };
        let line = self.group_line(by, "group-changed", &community, id);
        let group = found(self.store.revise_group(&edit, line).await?)?;
        self.tell_members(&group, true).await;
        self.any_group(id).await
    }

    /// Ends a group that was made here, for everybody.
    ///
    /// # Errors
    /// [`EngineError::NotFound`]; [`GroupRefusal::KeptElsewhere`].
    pub async fn end_group(&self, by: &Actor, id: GroupId) -> Result<(), EngineError> {
        let community = self.any_group(id).await?.group.community;
        let line = self.group_line(by, "group-dissolved", &community, id);
        let gone = found(self.store.end_group(&community, id, line).await?)?;
        self.tell_of_dissolved(&gone).await;
        Ok(())
    }

    /// Puts somebody into a group that was made here, makes them a manager, refuses them or takes them out: whatever their
    /// part was, it is `part` now. A group whose last member is taken out stays.
    ///
    /// # Errors
    /// [`EngineError::NotFound`] for people who are not of the group's community; [`GroupRefusal::KeptElsewhere`].
    pub async fn assign_part(
        &self,
        by: &Actor,
        id: GroupId,
        person: AccountId,
        part: Part,
    ) -> Result<Seat, EngineError> {
        let community = self.any_group(id).await?.group.community;
        let member = self.member_of(&community, person).await?.ok_or(EngineError::NotFound)?;
        let now = self.clock.now();
        let change = PartChange {
            community: community.clone(),
            group: id,
            actor: person,
            subject: person,
            action: PartAction::Set(part),
            now,
        };
        let line = self.group_line(by, "group-part-set", &community, id);
        let changed = found(self.store.assign_part(&change, line).await?)?;
        if changed.before != changed.after {
            self.tell_of_part(&changed, person, person).await;
            if changed.after.is_in() {
                self.mailboxes.push(&community, [person], &Notice::Room(changed.group.room));
            }
        }
        Ok(Seat { person: member, part: changed.after })
    }

    fn group_line(&self, by: &Actor, action: &str, community: &CommunityId, id: GroupId) -> AuditEntry {
        let mut line = self.audit_entry(by, action).on("group", id);
        line.community = Some(community.clone());
        line
    }

    // --- contacts ---------------------------------------------------------------------------------------------

    /// Everybody with whom somebody has something in a community, and what; the notes that each keeps of the other are
    /// nobody else's.
    ///
    /// # Errors
    /// [`EngineError::NotFound`] for somebody who is no member.
    pub async fn contacts_of(
        &self,
        community: &CommunityId,
        person: AccountId,
    ) -> Result<Vec<(Arc<Member>, Relation)>, EngineError> {
        self.member_of(community, person).await?.ok_or(EngineError::NotFound)?;
        let book = self.contact_book(community, person).await?;
        let with = |contact: &Contact| contact.relation_for(person);
        let mut known: Vec<(AccountId, Relation)> = book
            .iter()
            .map(|(id, contact)| (*id, with(contact)))
            .filter(|(_, relation)| *relation != Relation::None)
            .collect();
        known.sort_unstable_by_key(|(id, _)| *id);
        let people = self.people(community, known.iter().map(|(id, _)| *id)).await?;
        let entry = |(id, relation)| Some((Arc::clone(people.get(&id)?), relation));
        Ok(known.into_iter().filter_map(entry).collect())
    }

    /// Makes two people contacts, without a request and without a limit. One who refuses the other is not overruled.
    ///
    /// # Errors
    /// [`EngineError::NotFound`]; [`EngineError::Unacceptable`]
    pub async fn join_people(
        &self,
        by: &Actor,
        community: &CommunityId,
        people: (AccountId, AccountId),
    ) -> Result<Relation, EngineError> {
        let relation = self.relate(by, "contact-made", community, people, ContactChange::Befriend).await?;
        match relation {
            Relation::Accepted => Ok(relation),
            _ => Err(EngineError::Unacceptable("one of the two refuses the other".into())),
        }
    }

    /// Ends the contact of two people, or a request; a refusal stays.
    ///
    /// # Errors
    /// [`EngineError::NotFound`]
    pub async fn part_people(
        &self,
        by: &Actor,
        community: &CommunityId,
        people: (AccountId, AccountId),
    ) -> Result<(), EngineError> {
        self.relate(by, "contact-ended", community, people, ContactChange::Separate).await.map(drop)
    }

    async fn relate(
        &self,
        by: &Actor,
        action: &str,
        community: &CommunityId,
        (person, other): (AccountId, AccountId),
        change: ContactChange,
    ) -> Result<Relation, EngineError> {
        let one = || EngineError::Unacceptable("this is one and the same person".into());
        let pair = Pair::new(person, other).ok_or_else(one)?;
        for member in [person, other] {
            self.member_of(community, member).await?.ok_or(EngineError::NotFound)?;
        }
        let now = self.clock.now();
        let limits = ContactLimits::default();
        let write = ContactWrite { community: community.clone(), actor: person, pair, change, limits, now };
        let mut line = self.audit_entry(by, action).on("account", person);
        line.community = Some(community.clone());
        let contact = self.store.assign_contact(&write, line).await??;
        self.contact_changed(&write, other);
        Ok(contact.relation_for(person))
    }
}

/// Unknown groups are unknown to administrators too.
fn found<T>(answer: Result<T, GroupRefusal>) -> Result<T, EngineError> {
    match answer {
        Err(GroupRefusal::NotFound) => Err(EngineError::NotFound),
        Err(refusal @ GroupRefusal::KeptElsewhere) => Err(EngineError::Unacceptable(refusal.to_string())),
        other => Ok(other?),
    }
}
