//! The groups of one person, nested ones included.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Mutex, PoisonError};

use portico_core::auth::{AuthError, ExternalGroup};

use crate::connection::Search;
use crate::dn::NormalDn;
use crate::domain::Domain;
use crate::entry::Entry;
use crate::filter::{Attribute, Filter, FilterValue};
use crate::ids::{Sid, id_text};
use crate::person::Person;
use crate::pool::Pool;
use crate::schema::{GroupMembership, Schema};

/// Most groups of one person, nested ones included. Windows itself stops at about 1000 in a ticket.
pub(crate) const MOST_GROUPS: usize = 2000;
/// Most levels of groups in groups.
pub(crate) const DEEPEST: usize = 32;
/// Names of entries in one filter.
const BATCH: usize = 50;
/// Most primary groups whose names are remembered.
const REMEMBERED: usize = 256;

/// Finds the groups of people.
#[derive(Debug)]
pub(crate) struct Groups {
    /// Primary groups by SID: most people share one.
    primary: Mutex<BTreeMap<String, String>>,
}

/// Where to look.
pub(crate) struct Place<'a> {
    pub(crate) pool: &'a Pool,
    pub(crate) schema: &'a Schema,
    pub(crate) domain: &'a Domain,
}

impl Groups {
    pub(crate) fn new() -> Self {
        Self { primary: Mutex::default() }
    }

    /// The person's groups, in the order of their ids; `None` when groups are not read.
    pub(crate) async fn of(
        &self,
        person: &Person,
        place: &Place<'_>,
    ) -> Result<Option<Vec<ExternalGroup>>, AuthError> {
        let mut found = match place.schema.membership {
            GroupMembership::None => return Ok(None),
            GroupMembership::InChain => self.in_chain(person, place).await?,
            GroupMembership::MemberOf => member_of(&person.entry, place).await?,
            GroupMembership::Member => member(&person.entry.dn, place).await?,
            GroupMembership::MemberUid => member_uid(person, place).await?,
        };
        found.sort();
        found.dedup();
        Ok(Some(found))
    }

    /// One question: the server follows memberships of the person and of the primary group, which has no `member`.
    async fn in_chain(&self, person: &Person, place: &Place<'_>) -> Result<Vec<ExternalGroup>, AuthError> {
        let chain = |dn: &str| Filter::InChain(Attribute::preset("member"), FilterValue::text(dn));
        let mut ways = vec![chain(&person.entry.dn)];
        if let Some(sid) = primary_sid(&person.entry) {
            ways.push(Filter::Equal(Attribute::preset("objectSid"), sid.value()));
            if let Some(dn) = self.primary_name(&sid, place).await? {
                ways.push(chain(&dn));
            }
        }
        let entries = place.search(Filter::Any(ways), place.schema.group_attributes()).await?;
        Ok(groups(&entries, place.schema))
    }

    async fn primary_name(&self, sid: &Sid, place: &Place<'_>) -> Result<Option<String>, AuthError> {
        let key = sid.to_string();
        if let Some(dn) = self.primary.lock().unwrap_or_else(PoisonError::into_inner).get(&key) {
            return Ok(Some(dn.clone()));
        }
        let filter = Filter::Equal(Attribute::preset("objectSid"), sid.value());
        let dn = place.search(filter, vec!["cn".to_owned()]).await?.into_iter().next().map(|entry| entry.dn);
        if let Some(dn) = &dn {
            let mut known = self.primary.lock().unwrap_or_else(PoisonError::into_inner);
            // A renamed group is found again after the rest was forgotten with it.
            if known.len() >= REMEMBERED {
                known.clear();
            }
            known.insert(key, dn.clone());
        }
        Ok(dn)
    }
}

impl Place<'_> {
    /// Groups that fit `filter`.
    async fn search(&self, filter: Filter, attributes: Vec<String>) -> Result<Vec<Entry>, AuthError> {
        let filter = Filter::Configured(self.schema.group_filter.clone()).and(filter);
        let search = Search::below(&self.domain.group_base_dn, filter, attributes);
        self.pool.search(&search, MOST_GROUPS).await
    }
}

/// The SID of the primary group.
pub(crate) fn primary_sid(entry: &Entry) -> Option<Sid> {
    let relative = u32::try_from(entry.number(&Attribute::preset("primaryGroupID"))?).ok()?;
    Some(Sid::new(entry.bytes(&Attribute::preset("objectSid"))?)?.sibling(relative))
}

/// An entry as a group, if it has an id and a name.
pub(crate) fn group(entry: &Entry, schema: &Schema) -> Option<ExternalGroup> {
    let id = id_text(&schema.group_id, entry.bytes(&schema.group_id)?)?;
    let name = entry.text(&schema.group_name).or_else(|| entry.text(&Attribute::preset("cn")))?;
    Some(ExternalGroup { id, name, leader: false, built_in: false })
}

fn groups(entries: &[Entry], schema: &Schema) -> Vec<ExternalGroup> {
    entries.iter().filter_map(|entry| group(entry, schema)).collect()
}

/// Upwards by `memberOf`: a search a level.
async fn member_of(person: &Entry, place: &Place<'_>) -> Result<Vec<ExternalGroup>, AuthError> {
    let attribute = Attribute::preset("memberOf");
    let mut attributes = place.schema.group_attributes();
    attributes.push(attribute.as_str().to_owned());
    let mut level: Vec<String> = person.texts(&attribute).map(str::to_owned).collect();
    let mut climb = Climb::default();
    while let Some(names) = climb.new_ones(level) {
        level = Vec::new();
        for batch in names.chunks(BATCH) {
            let ways = batch.iter().map(|dn| Filter::text(&place.schema.own_name, dn)).collect();
            let entries = place.search(Filter::Any(ways), attributes.clone()).await?;
            climb.found.extend(groups(&entries, place.schema));
            level.extend(entries.iter().flat_map(|entry| entry.texts(&attribute).map(str::to_owned)));
        }
    }
    Ok(climb.found)
}

/// Upwards by `member` and `uniqueMember`: a search a level.
async fn member(person: &str, place: &Place<'_>) -> Result<Vec<ExternalGroup>, AuthError> {
    let attributes = place.schema.group_attributes();
    let mut level = vec![person.to_owned()];
    let mut climb = Climb::default();
    while let Some(names) = climb.new_ones(level) {
        level = Vec::new();
        for batch in names.chunks(BATCH) {
            let ways = batch.iter().flat_map(|dn| {
                ["member", "uniqueMember"].map(|attribute| Filter::text(&Attribute::preset(attribute), dn))
            });
            let entries = place.search(Filter::Any(ways.collect()), attributes.clone()).await?;
            climb.found.extend(groups(&entries, place.schema));
            level.extend(entries.into_iter().map(|entry| entry.dn));
        }
    }
    Ok(climb.found)
}

/// By login name, and the primary group by number: one search.
async fn member_uid(person: &Person, place: &Place<'_>) -> Result<Vec<ExternalGroup>, AuthError> {
    let mut ways = vec![Filter::text(&Attribute::preset("memberUid"), person.login())];
    let number = Attribute::preset("gidNumber");
    ways.extend(person.entry.text(&number).map(|gid| Filter::text(&number, &gid)));
    let entries = place.search(Filter::Any(ways), place.schema.group_attributes()).await?;
    Ok(groups(&entries, place.schema))
}

/// The way up through groups in groups: no name twice, so that circles end, and not for ever.
#[derive(Default)]
struct Climb {
    seen: BTreeSet<NormalDn>,
    found: Vec<ExternalGroup>,
    levels: usize,
}

impl Climb {
    fn new_ones(&mut self, names: Vec<String>) -> Option<Vec<String>> {
        let names: Vec<String> = names.into_iter().filter(|dn| self.seen.insert(NormalDn::of(dn))).collect();
        if names.is_empty() {
            return None;
        }
        self.levels += 1;
        if self.levels > DEEPEST || self.seen.len() > MOST_GROUPS {
            tracing::warn!(
                levels = self.levels,
                groups = self.seen.len(),
                "somebody's groups are nested too deep or are too many; the rest is left out"
            );
            return None;
        }
        Some(names)
    }
}
