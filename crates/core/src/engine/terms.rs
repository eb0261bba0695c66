//! The options that two people's dealings depend on.

use std::sync::Arc;

use crate::account::Member;
use crate::auth::{ExternalGroup, ExternalIdentity};
use crate::engine::{Engine, Visitor};
use crate::front::{Front, FrontOptions};
use crate::group::Group;
use crate::session::{Proof, Standing};

/// What options say about one of two people.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Terms {
    /// The smaller, the higher.
    pub(super) rank: u32,
    /// Whether others may ask and write.
    pub(super) reachable: bool,
    /// Whether messages may be written to, and taken by, who is offline.
    pub(super) offline_messages: bool,
    /// Most contacts.
    pub(super) max_contacts: Option<u32>,
}

impl From<&FrontOptions> for Terms {
    fn from(options: &FrontOptions) -> Self {
        Self {
            rank: options.rank,
            reachable: options.reachable,
            offline_messages: options.offline_messages,
            max_contacts: options.max_contacts,
        }
    }
}

impl Terms {
    /// Those of who acts, at the front acted on.
    pub(super) fn of_visitor(visitor: &Visitor) -> Self {
        Self::from(visitor.options().as_ref())
    }

    /// What either of two allows.
    fn or(self, other: Self) -> Self {
        Self {
            rank: self.rank.max(other.rank),
            reachable: self.reachable || other.reachable,
            offline_messages: self.offline_messages || other.offline_messages,
            max_contacts: match (self.max_contacts, other.max_contacts) {
                (Some(one), Some(other)) => Some(one.max(other)),
                _ => None,
            },
        }
    }
}

/// Whether a front's roles may give somebody other terms than the front does.
pub(super) fn has_terms_by_role(front: &Front) -> bool {
    let granted = front.roles.iter().map(|grant| &grant.role);
    granted.chain(front.role_book.values()).chain(&front.default_role).any(|role| {
        let options = &role.options;
        options.rank.is_some()
            || options.reachable.is_some()
            || options.offline_messages.is_some()
            || options.max_contacts.is_some()
    })
}

impl Engine {
    /// Those of somebody who need not be here: what a front that they have entered allows is allowed. Their roles
    /// follow from the mirrored groups that they are in, their login, and what administrators gave them.
    pub(super) fn terms_of(&self, member: &Member, groups: &[Arc<Group>]) -> Terms {
        let entered = member.fronts.iter().filter_map(|front| self.fronts.get(front));
        let terms = entered.map(|front| {
            if has_terms_by_role(&front) {
                Terms::from(&front.options_for(
                    &standing_of(member, groups),
                    &self.own_roles(&front.community, &member.account),
                ))
            } else {
                Terms::from(&front.options)
            }
        });
        terms.reduce(Terms::or).unwrap_or_else(|| Terms::from(&FrontOptions::default()))
    }
}

/// What is known of somebody's standing without a session of theirs.
fn standing_of(member: &Member, groups: &[Arc<Group>]) -> Standing {
    let account = &member.account;
    let mut identity = ExternalIdentity::new(account.subject.clone(), &account.profile.login);
    let mirrored = groups.iter().filter(|group| group.realm == account.realm);
    let as_there = |group: &Arc<Group>| ExternalGroup {
        id: group.external_id.clone(),
        name: group.name.clone(),
        leader: false,
        built_in: false,
    };
    identity.groups = Some(mirrored.map(as_there).collect());
    // A role by name is for who has proved the name once.
    let proof = if account.proven { Proof::Bearer } else { Proof::ClaimedName };
    Standing::of("", &account.realm, proof, &identity)
}
