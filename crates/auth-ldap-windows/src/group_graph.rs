//! All groups at once, for many people at once: what [`Groups`](crate::group::Groups) finds by a search a person, found in
//! memory. Both must come to the same.

use std::collections::{BTreeSet, HashMap};

use portico_core::auth::{AuthError, ExternalGroup};

use crate::connection::Search;
use crate::dn::NormalDn;
use crate::entry::Entry;
use crate::filter::{Attribute, Filter};
use crate::group::{DEEPEST, MOST_GROUPS, Place, group, primary_sid};
use crate::ids::Sid;
use crate::person::Person;
use crate::pool::Lease;
use crate::schema::GroupMembership;

/// Groups and who is in them. Memory: about 200 bytes a group, and where memberships are written at the groups, about
/// 100 bytes a membership.
#[derive(Debug, Default)]
pub(crate) struct GroupGraph {
    groups: Vec<Node>,
    by_name: HashMap<NormalDn, usize>,
    by_sid: HashMap<Sid, usize>,
    /// Where memberships are written at the groups: member (name of an entry, or login) → groups.
    of_member: HashMap<String, Vec<usize>>,
    by_number: HashMap<String, Vec<usize>>,
    membership: Option<GroupMembership>,
}

#[derive(Debug)]
struct Node {
    group: ExternalGroup,
    name: NormalDn,
    /// The groups that this one is in, as far as they are written here.
    parents: Vec<NormalDn>,
}

impl GroupGraph {
    /// Reads all groups, in pages of `page_size`.
    pub(crate) async fn load(
        place: &Place<'_>,
        lease: &mut Lease<'_>,
        page_size: u16,
    ) -> Result<Self, AuthError> {
        let membership = place.schema.membership;
        let mut graph = Self { membership: Some(membership), ..Self::default() };
        if membership == GroupMembership::None {
            return Ok(graph);
        }
        let mut attributes = place.schema.group_attributes();
        let more: &[&str] = match membership {
            GroupMembership::InChain => &["memberOf", "objectSid"],
            GroupMembership::MemberOf => &["memberOf"],
            GroupMembership::Member => &["member", "uniqueMember"],
            GroupMembership::MemberUid => &["memberUid", "gidNumber"],
            GroupMembership::None => &[],
        };
        attributes.extend(more.iter().map(|&name| name.to_owned()));
        let filter = Filter::Configured(place.schema.group_filter.clone());
        let search = Search::below(&place.domain.group_base_dn, filter, attributes);
        let mut cookie = Vec::new();
        loop {
            let page = lease.page(&search, page_size, cookie).await?;
            for entry in &page.entries {
                graph.add(entry, place);
            }
            cookie = page.cookie;
            if cookie.is_empty() {
                return Ok(graph);
            }
        }
    }

    fn add(&mut self, entry: &Entry, place: &Place<'_>) {
        // A group without an id or a name that we may read is no group of anybody's, but still a way to others.
        let known = group(entry, place.schema);
        let index = self.groups.len();
        let texts = |name| entry.texts(&Attribute::preset(name)).collect::<Vec<_>>();
        let name = NormalDn::of(&entry.dn);
        for member in texts("member").into_iter().chain(texts("uniqueMember")) {
            self.of_member.entry(NormalDn::of(member).into_text()).or_default().push(index);
        }
        // Compared byte for byte (`caseExactIA5Match`), as the server does.
        for login in texts("memberUid") {
            self.of_member.entry(login.to_owned()).or_default().push(index);
        }
        for number in texts("gidNumber") {
            self.by_number.entry(number.to_owned()).or_default().push(index);
        }
        if let Some(sid) = entry.bytes(&Attribute::preset("objectSid")).and_then(Sid::new) {
            self.by_sid.insert(sid, index);
        }
        let parents = texts("memberOf").into_iter().map(NormalDn::of).collect();
        self.by_name.insert(name.clone(), index);
        let group = known.unwrap_or(ExternalGroup {
            id: String::new(),
            name: String::new(),
            leader: false,
            built_in: false,
        });
        self.groups.push(Node { group, name, parents });
    }

    /// The person's groups, in the order of their ids; `None` when groups are not read.
    pub(crate) fn of(&self, person: &Person) -> Option<Vec<ExternalGroup>> {
        let mut level = match self.membership? {
            GroupMembership::None => return None,
            GroupMembership::InChain => {
                let mut direct = self.written_at(&person.entry);
                direct.extend(primary_sid(&person.entry).and_then(|sid| self.by_sid.get(&sid)));
                direct
            }
            GroupMembership::MemberOf => self.written_at(&person.entry),
            GroupMembership::Member => self.with_member(NormalDn::of(&person.entry.dn)),
            GroupMembership::MemberUid => {
                let number = person.entry.text(&Attribute::preset("gidNumber"));
                let mut direct = self.of_member.get(person.login()).cloned().unwrap_or_default();
                direct.extend(number.and_then(|number| self.by_number.get(&number)).into_iter().flatten());
                direct
            }
        };
        let mut all = BTreeSet::new();
        for _ in 0..DEEPEST {
            level.retain(|&index| all.insert(index));
            if level.is_empty() || all.len() > MOST_GROUPS {
                break;
            }
            level = level.iter().flat_map(|&index| self.above(index)).collect();
        }
        let mut groups: Vec<ExternalGroup> = all
            .iter()
            .filter_map(|&index| self.groups.get(index))
            .filter(|node| !node.group.id.is_empty())
            .map(|node| node.group.clone())
            .collect();
        groups.sort();
        groups.dedup();
        Some(groups)
    }

    fn written_at(&self, entry: &Entry) -> Vec<usize> {
        let attribute = Attribute::preset("memberOf");
        let names = entry.texts(&attribute);
        names.filter_map(|dn| self.by_name.get(&NormalDn::of(dn)).copied()).collect()
    }

    fn with_member(&self, name: NormalDn) -> Vec<usize> {
        self.of_member.get(&name.into_text()).cloned().unwrap_or_default()
    }

    fn above(&self, index: usize) -> Vec<usize> {
        let Some(node) = self.groups.get(index) else { return Vec::new() };
        match self.membership {
            Some(GroupMembership::Member) => self.with_member(node.name.clone()),
            _ => node.parents.iter().filter_map(|name| self.by_name.get(name).copied()).collect(),
        }
    }
}
