//! Who somebody is: the identity, with its groups.

use std::collections::{BTreeMap, BTreeSet};

use portico_core::Timestamp;
use portico_core::auth::{AuthError, Email, ExternalGroup, ExternalIdentity, StaffFlags, SubjectId};

use super::SqlApplication;
use super::facts::Facts;
use super::prepared::Prepared;
use super::record::Record;
use super::related::values;
use super::stamp::secret_stamp;
use super::statement::{Decides, Statement};
use super::value::{all_hold, filled, text, time_of};
use crate::recipe::condition::Constant;
use crate::recipe::identity::{GroupColumn, GroupNames, Groups, Members};
use crate::recipe::person::StoredText;
use crate::recipe::text::unescape;

/// A membership, before the group has its name.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Membership {
    group: String,
    leader: bool,
}

impl SqlApplication {
    /// The identities of people of one table, in their order.
    pub(super) async fn identities(
        &self,
        prepared: &Prepared,
        records: &[Record<'_>],
        facts: &Facts,
        now: Timestamp,
    ) -> Result<Vec<ExternalIdentity>, AuthError> {
        let groups = match &prepared.person.groups {
            Some(groups) => Some(self.groups(prepared, groups, records, facts, now).await?),
            None => None,
        };
        let bans = self.write_bans(prepared, records, facts, now).await?;
        let mut identities = Vec::with_capacity(records.len());
        for (at, (record, ban)) in records.iter().zip(bans).enumerate() {
            let mut identity = self.identity(record, now)?;
            identity.groups = groups.as_ref().and_then(|all| all.get(at).cloned());
            let is_in = |wanted: &[Constant]| {
                let groups = identity.groups.iter().flatten();
                groups.into_iter().any(|group| wanted.iter().any(|id| id.as_text() == group.id))
            };
            let columns = &prepared.person.identity;
            identity.staff = StaffFlags {
                administrator: identity.staff.administrator || is_in(&columns.administrator_groups),
                moderator: identity.staff.moderator || is_in(&columns.moderator_groups),
            };
            identity.restrictions.write = ban;
            identities.push(identity);
        }
        Ok(identities)
    }

    fn identity(&self, record: &Record<'_>, now: Timestamp) -> Result<ExternalIdentity, AuthError> {
        let columns = &record.prepared.person.identity;
        let subject = SubjectId::new(record.prepared.subject(&record.id)).map_err(|error| {
            AuthError::inconsistent(format!("the id in column `{}`: {error}", record.prepared.person.id))
        })?;
        let login = record.shown(record.prepared.person.name_column())?.unwrap_or_default();
        let mut identity = ExternalIdentity::new(subject, login);
        let shown = |column: Option<&String>| column.map_or(Ok(None), |column| record.shown(column));
        let mut names = Vec::new();
        for column in &columns.display_name {
            names.extend(record.shown(column)?.map(|name| name.trim().to_owned()));
        }
        names.retain(|name| !name.is_empty());
        identity.display_name = Some(names.join(" ")).filter(|name| !name.is_empty());
        if let Some(address) = shown(columns.email.as_ref())? {
            let verified =
                !columns.email_verified.is_empty() && all_hold(&columns.email_verified, &record.row, now)?;
            identity.email = Some(Email { address: address.trim().to_owned(), verified });
        }
        identity.language = shown(columns.language.as_ref())?;
        identity.timezone = shown(columns.timezone.as_ref())?;
        if let Some(registered) = &columns.registered_at {
            identity.registered_at = time_of(&record.row, &registered.column, registered.time)?;
        }
        let base_url = self.base_url.as_deref();
        identity.avatar = record.prepared.avatar.as_ref().and_then(|avatar| avatar.url(record, base_url));
        identity.profile_url = record.prepared.profile.as_ref().and_then(|page| page.url(record, base_url));
        let all = |conditions: &[_]| {
            Ok::<_, AuthError>(!conditions.is_empty() && all_hold(conditions, &record.row, now)?)
        };
        identity.staff =
            StaffFlags { administrator: all(&columns.administrator)?, moderator: all(&columns.moderator)? };
        identity.secret_stamp = Some(secret_stamp(record)?);
        Ok(identity)
    }

    async fn groups(
        &self,
        prepared: &Prepared,
        groups: &Groups,
        records: &[Record<'_>],
        facts: &Facts,
        now: Timestamp,
    ) -> Result<Vec<Vec<ExternalGroup>>, AuthError> {
        let mut all: Vec<Vec<Membership>> = Vec::with_capacity(records.len());
        for record in records {
            let mut own = Vec::new();
            for column in &groups.columns {
                let value = record.stored(column.column())?.unwrap_or_default();
                let ids: Vec<&str> = match column {
                    GroupColumn::One(_) => vec![value.trim()],
                    GroupColumn::List(list) => value.split(list.list.as_str()).map(str::trim).collect(),
                };
                for id in ids.into_iter().filter(|id| !id.is_empty()) {
                    add(&mut own, Membership { group: id.to_owned(), leader: false });
                }
            }
            all.push(own);
        }
        if let Some(members) = &groups.members {
            self.memberships(prepared, members, records, &mut all, facts, now).await?;
        }
        let names = match &groups.names {
            Some(names) => Some(self.group_names(prepared, names, &all, facts, now).await?),
            None => None,
        };
        let named = |membership: Membership| {
            let Membership { group: id, leader } = membership;
            let title = groups.titles.get(&id).cloned();
            let name = match &names {
                // A group that isn't there any more, or one that doesn't count.
                Some(names) => names.get(&id).cloned().or(title)?,
                None => title.unwrap_or_else(|| id.clone()),
            };
            Some(ExternalGroup { id, name, leader, built_in: false })
        };
        Ok(all.into_iter().map(|own| own.into_iter().filter_map(named).collect()).collect())
    }

    async fn memberships(
        &self,
        prepared: &Prepared,
        members: &Members,
        records: &[Record<'_>],
        all: &mut [Vec<Membership>],
        facts: &Facts,
        now: Timestamp,
    ) -> Result<(), AuthError> {
        let newer;
        let mut facts = facts;
        if members.optional {
            let Some(learnt) = self.facts_of(&members.table).await? else { return Ok(()) };
            newer = learnt;
            facts = &newer;
        }
        let scope = self.scope_at(&members.table, &[], facts);
        let mut columns: BTreeSet<&str> = [members.person.as_str(), members.group.as_str()].into();
        columns.extend(
            members.conditions.iter().chain(&members.leader).map(|condition| condition.column.as_str()),
        );
        let values = values(&prepared.member, records);
        let Some(whose) = scope.among(&members.person, values.iter().map(String::as_str)) else {
            return Ok(());
        };
        let mut select = Statement::default();
        select.push(&format!("SELECT {}", scope.select_list(columns)));
        select.append(scope.from());
        select.push(" WHERE ");
        select.append(whose);
        select.append(scope.conditions(&members.conditions, Decides::Roughly));
        select.push(&format!(" ORDER BY {}", scope.column(&members.group)));
        for row in self.query(&select).await? {
            let (Some(person), Some(group)) = (filled(&row, &members.person)?, filled(&row, &members.group)?)
            else {
                continue;
            };
            if !all_hold(&members.conditions, &row, now)? {
                continue;
            }
            let leader = !members.leader.is_empty() && all_hold(&members.leader, &row, now)?;
            for (own, record) in all.iter_mut().zip(records) {
                if prepared.member.text(record).is_some_and(|value| value.eq_ignore_ascii_case(&person)) {
                    add(own, Membership { group: group.clone(), leader });
                }
            }
        }
        Ok(())
    }

    async fn group_names(
        &self,
        prepared: &Prepared,
        names: &GroupNames,
        all: &[Vec<Membership>],
        facts: &Facts,
        now: Timestamp,
    ) -> Result<BTreeMap<String, String>, AuthError> {
        let ids: BTreeSet<&str> = all.iter().flatten().map(|membership| membership.group.as_str()).collect();
        let scope = self.scope_at(&names.table, &[], facts);
        let mut titles = BTreeMap::new();
        let Some(wanted) = scope.among(&names.id, ids) else { return Ok(titles) };
        let mut columns: BTreeSet<&str> = [names.id.as_str(), names.name.as_str()].into();
        columns.extend(names.conditions.iter().map(|condition| condition.column.as_str()));
        let mut select = Statement::default();
        select.push(&format!("SELECT {}", scope.select_list(columns)));
        select.append(scope.from());
        select.push(" WHERE ");
        select.append(wanted);
        select.append(scope.conditions(&names.conditions, Decides::Roughly));
        for row in self.query(&select).await? {
            if !all_hold(&names.conditions, &row, now)? {
                continue;
            }
            if let (Some(id), Some(name)) = (text(&row, &names.id)?, filled(&row, &names.name)?) {
                let name = match prepared.person.stored_text {
                    Some(StoredText::Html) => unescape(&name),
                    None => name,
                };
                titles.insert(id, name);
            }
        }
        Ok(titles)
    }
}

fn add(own: &mut Vec<Membership>, new: Membership) {
    match own.iter_mut().find(|known| known.group == new.group) {
        Some(known) => known.leader |= new.leader,
        None => own.push(new),
    }
}
