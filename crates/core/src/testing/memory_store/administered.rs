//! What administrators do to people, groups, contacts and conferences.

use async_trait::async_trait;
use serde_json::{Value, json};

use super::groups::StoredGroup;
use super::shouts::StoredShout;
use super::{MemoryStore, State, inconsistent};
use crate::account::{AccountLife, AccountState};
use crate::administration::{AuditEntry, Change, native_profile_shown, state_shown};
use crate::auth::{Realm, SubjectId};
use crate::contact::{Contact, ContactRefusal};
use crate::group::{Dissolved, Group, GroupEdit, GroupRefusal, NewGroup, Part, PartChange, PartChanged};
use crate::messaging::{Conference, ConferenceChange, ConferenceRefusal};
use crate::ports::{
    AdministeredStore, ConferenceCount, ConferenceFilter, ContactWrite, GroupCount, GroupFilter, NativeUser,
    ShoutFilter, StoreError, StoreResult, is_news_room,
};
use crate::shoutbox::ShoutTally;
use crate::{AccountId, CommunityId, GroupId};

type Difference = Option<(Option<Value>, Option<Value>)>;

fn profile_shown(user: &NativeUser) -> Value {
    native_profile_shown(user.display_name.as_deref(), user.email.as_deref())
}

impl State {
    fn write_line(&mut self, line: AuditEntry, before: Option<Value>, after: Option<Value>) {
        self.administration.audit.push(line.changed(before, after));
    }

    /// What there was and what there is; `None` when there is nothing to change.
    pub(super) fn change_people(&mut self, change: &Change) -> Difference {
        match change {
            Change::SetState { account, from, to } => self.change_state(*account, from, to),
            Change::Leave { account, messages, now } => {
                let before = self.accounts.get(account)?;
                let shown = json!({ "state": before.life.state.as_str(), "realm": before.account.realm });
                self.begin_leaving(*account, *messages, *now)
                    .then(|| (Some(shown), Some(json!({ "messages": messages.as_str() }))))
            }
            Change::SetNativeState(id, state) => {
                let user = self.native_user(*id).filter(|user| user.state != *state)?;
                let before = std::mem::replace(&mut user.state, *state);
                Some((Some(json!({ "state": before.as_str() })), Some(json!({ "state": state.as_str() }))))
            }
            Change::SetNativeProfile(id, profile) => {
                let user = self.native_user(*id)?;
                if (&user.display_name, &user.email) == (&profile.display_name, &profile.email) {
                    return None;
                }
                let before = profile_shown(user);
                user.display_name.clone_from(&profile.display_name);
                user.email.clone_from(&profile.email);
                user.email_verified_at = profile.email_verified_at;
                Some((Some(before), Some(profile_shown(user))))
            }
            Change::RemoveNative(id) => {
                let user = self.native_user(*id)?;
                let before = json!({ "login": user.login, "state": user.state.as_str() });
                let entered = |(realm, subject): &(Realm, SubjectId)| {
                    realm.as_str() == Realm::NATIVE && subject.as_str() == id.to_string()
                };
                if self.links.keys().any(entered) {
                    return None;
                }
                self.forget_native(*id);
                Some((Some(before), None))
            }
            Change::RemoveSecondFactor(id) => {
                self.forget_factors(*id).then(|| (Some(json!({ "second_factor": true })), None))
            }
            Change::GrantRole(grant) => {
                let roles = self.roles.entry((grant.community.clone(), grant.account)).or_default();
                if roles.contains(&grant.role) {
                    return None;
                }
                roles.push(grant.role.clone());
                Some((None, Some(json!({ "role": grant.role }))))
            }
            Change::WithdrawRole(grant) => {
                let roles = self.roles.get_mut(&(grant.community.clone(), grant.account))?;
                let at = roles.iter().position(|role| *role == grant.role)?;
                roles.remove(at);
                Some((Some(json!({ "role": grant.role })), None))
            }
            Change::SetShoutState(id, becomes) => {
                let stored = self.shouts.get_mut(id).filter(|stored| stored.shout.state != *becomes)?;
                let before = std::mem::replace(&mut stored.shout.state, *becomes);
                Some((Some(json!({ "state": before })), Some(json!({ "state": becomes }))))
            }
            Change::RemoveShout(id) => {
                let shout = self.shouts.remove(id)?.shout;
                Some((
                    Some(json!({ "state": shout.state, "wall": shout.wall, "author": shout.author })),
                    None,
                ))
            }
            _ => None,
        }
    }

    fn change_state(&mut self, account: AccountId, from: &[AccountState], to: &AccountLife) -> Difference {
        let stored = self.accounts.get_mut(&account).filter(|stored| from.contains(&stored.life.state))?;
        let active_at = stored.life.active_at.max(to.active_at);
        let before = std::mem::replace(&mut stored.life, AccountLife { active_at, ..to.clone() });
        Some((Some(state_shown(&before)), Some(state_shown(to))))
    }

    fn group_count(&self, stored: &StoredGroup) -> GroupCount {
        let count = |number: usize| u64::try_from(number).unwrap_or(u64::MAX);
        GroupCount {
            group: stored.group.clone(),
            members: count(stored.people.len()),
            managers: count(stored.people.values().filter(|manages| **manages).count()),
            waiting: count(stored.pending.values().filter(|one| one.part.waits()).count()),
        }
    }
}

#[async_trait]
impl AdministeredStore for MemoryStore {
    async fn make_group(&self, new: &NewGroup, line: AuditEntry) -> StoreResult<Result<Group, GroupRefusal>> {
        let realm = Realm::new(Realm::OWN).map_err(|error| StoreError::Inconsistent(error.to_string()))?;
        let mut state = self.state()?;
        let made = state.create_group(new, realm);
        if let Ok(group) = &made {
            state.write_line(line, None, Some(group.facts()));
        }
        Ok(made)
    }

    async fn revise_group(
        &self,
        edit: &GroupEdit,
        line: AuditEntry,
    ) -> StoreResult<Result<Group, GroupRefusal>> {
        let mut state = self.state()?;
        let before = match state.managed(&edit.community, edit.group, edit.actor) {
            Ok(before) => before,
            Err(refusal) => return Ok(Err(refusal)),
        };
        let revised = state.edit_group(edit);
        if let Ok(after) = &revised
            && *after != before
        {
            state.write_line(line, Some(before.facts()), Some(after.facts()));
        }
        Ok(revised)
    }

    async fn assign_part(
        &self,
        change: &PartChange,
        line: AuditEntry,
    ) -> StoreResult<Result<PartChanged, GroupRefusal>> {
        let mut state = self.state()?;
        if !state.accounts.contains_key(&change.subject) {
            return inconsistent("a group needs accounts that exist");
        }
        let changed = state.change_part(change);
        if let Ok(changed) = &changed
            && changed.before != changed.after
        {
            let part = |part: Part| json!({ "account": change.subject, "part": part.full_word() });
            state.write_line(line, Some(part(changed.before)), Some(part(changed.after)));
        }
        Ok(changed)
    }

    async fn end_group(
        &self,
        community: &CommunityId,
        id: GroupId,
        line: AuditEntry,
    ) -> StoreResult<Result<Dissolved, GroupRefusal>> {
        let mut state = self.state()?;
        let gone = state.managed(community, id, None).map(|group| state.dissolve(&group));
        if let Ok(gone) = &gone {
            state.write_line(line, Some(gone.group.facts()), None);
        }
        Ok(gone)
    }

    async fn assign_contact(
        &self,
        write: &ContactWrite,
        line: AuditEntry,
    ) -> StoreResult<Result<Contact, ContactRefusal>> {
        let mut state = self.state()?;
        let known = state.contacts.get(&(write.community.clone(), write.pair)).cloned();
        let before = known.unwrap_or_else(|| Contact::none(write.pair, write.now));
        let written = state.write_contact(write)?;
        if let Ok(after) = &written
            && *after != before
        {
            let other = write.pair.other_than(write.actor);
            let shown = |contact: &Contact| json!({ "with": other, "contact": contact.link.as_str() });
            state.write_line(line, Some(shown(&before)), Some(shown(after)));
        }
        Ok(written)
    }

    async fn moderate_conference(
        &self,
        change: &ConferenceChange,
        line: AuditEntry,
    ) -> StoreResult<Result<(Conference, Conference), ConferenceRefusal>> {
        let mut state = self.state()?;
        let changed = state.change_conference(change);
        if let Ok((before, after)) = &changed
            && before != after
        {
            state.write_line(line, Some(before.facts(&[])), Some(after.facts(&after.gone_since(before))));
        }
        Ok(changed)
    }

    async fn groups_page(&self, filter: &GroupFilter) -> StoreResult<Vec<GroupCount>> {
        let state = self.state()?;
        let wanted = |stored: &&StoredGroup| {
            let group = &stored.group;
            !is_news_room(group.realm.as_str(), &group.external_id)
                && filter.id.is_none_or(|id| group.id == id)
                && filter.community.as_ref().is_none_or(|community| group.community == *community)
                && filter.realm.as_ref().is_none_or(|realm| group.realm == *realm)
                && filter.kind.is_none_or(|kind| group.kind == kind)
                && filter.after.is_none_or(|after| group.id > after)
        };
        let found = state.groups.values().filter(wanted).take(filter.limit);
        Ok(found.map(|stored| state.group_count(stored)).collect())
    }

    async fn conferences_page(&self, filter: &ConferenceFilter) -> StoreResult<Vec<ConferenceCount>> {
        let state = self.state()?;
        let wanted = state.conversations.values().map(|stored| &stored.conversation).filter(|one| {
            filter.community.as_ref().is_none_or(|community| one.community == *community)
                && filter.after.is_none_or(|after| one.id > after)
        });
        let count = |number: usize| u64::try_from(number).unwrap_or(u64::MAX);
        let found = wanted.filter_map(|one| {
            let conference = one.conference.as_ref().filter(|conference| !conference.is_closed())?;
            Some(ConferenceCount {
                id: one.id,
                community: one.community.clone(),
                topic: conference.topic.clone(),
                host: conference.host,
                participants: count(conference.participants.len()),
                invited: count(conference.invited.len()),
                created_at: one.created_at,
                last_message_at: state.history(one.id, None, 1).pop().map(|message| message.sent_at),
            })
        });
        Ok(found.take(filter.limit).collect())
    }

    async fn shouts_page(&self, filter: &ShoutFilter) -> StoreResult<Vec<ShoutTally>> {
        let state = self.state()?;
        let wanted = state.shouts.values().rev().filter(|stored| {
            let shout = &stored.shout;
            (filter.states.is_empty() || filter.states.contains(&shout.state))
                && filter.wall.as_ref().is_none_or(|wall| shout.wall == *wall)
                && filter.before.is_none_or(|before| shout.id < before)
        });
        Ok(wanted.take(filter.limit).map(StoredShout::tally).collect())
    }
}
