use std::sync::Arc;

use crate::front::{Front, FrontOptions, OptionOverrides};
use crate::group::GroupSelector;
use crate::session::Standing;

/// A named set of option overrides, given to people.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Role {
    /// Its name.
    pub name: String,
    /// What its holders have instead of the front's options.
    pub options: OptionOverrides,
    /// Whether a front with `max_sessions` sessions lets them in all the same.
    pub enters_full_front: Option<bool>,
}

/// Whom a role is given to.
#[derive(Debug, Clone, PartialEq)]
pub struct RoleGrant {
    /// The members of this group.
    pub group: GroupSelector,
    /// The role.
    pub role: Arc<Role>,
}

/// The options that hold for one person at a front.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Most contacts.
    pub max_contacts: Option<u32>,
    /// Most sessions, as far as this person is bound by it.
    pub max_sessions: Option<u32>,
}

impl Front {
    /// Whether somebody with this standing may be here: in one of the groups that are asked for, if any is.
    pub fn admits(&self, standing: &Standing) -> bool {
        self.require_groups.is_empty()
            || self.require_groups.iter().any(|group| group.selects(&standing.realm, standing.groups()))
    }

    /// The roles of somebody with this standing, in the order of the front's grants.
    pub fn roles_of(&self, standing: &Standing) -> impl Iterator<Item = &Role> {
        let held = self.roles.iter().filter(|grant| grant.group.selects(&standing.realm, standing.groups()));
        held.map(|grant| grant.role.as_ref()).collect::<Vec<_>>().into_iter()
    }

    /// The options that hold for somebody with this standing: for each option the first of their roles that says something
    /// about it decides, else the front.
    pub fn options_for(&self, standing: &Standing) -> FrontOptions {
        let roles: Vec<&Role> = self.roles_of(standing).collect();
        let mut overrides = OptionOverrides::default();
        for role in roles.iter().rev() {
            overrides = overrides.with(&role.options);
        }
        let mut options = self.options.clone().with(&overrides);
        if roles.iter().find_map(|role| role.enters_full_front) == Some(true) {
            options.max_sessions = None;
        }
        options
    }

    /// The limits that hold for somebody with this standing.
    pub fn limits_for(&self, standing: &Standing) -> Limits {
        Limits::of(&self.options_for(standing))
    }
}

impl Limits {
    /// Those of these options.
    pub fn of(options: &FrontOptions) -> Self {
        Self { max_contacts: options.max_contacts, max_sessions: options.max_sessions }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::auth::{Chain, ExternalGroup, ExternalIdentity, Realm, SubjectId};
    use crate::front::{FrontId, FrontPath, Limit};
    use crate::policy::Mode;
    use crate::session::Proof;

    fn selector(group: &str) -> GroupSelector {
        GroupSelector { realm: None, group: group.into() }
    }

    fn role(name: &str, max_contacts: Option<Limit>, enters_full_front: Option<bool>) -> Arc<Role> {
        let mut options = OptionOverrides::default();
        options.max_contacts = max_contacts;
        Arc::new(Role { name: name.into(), options, enters_full_front })
    }

    fn front() -> Front {
        let path = FrontPath::new("/im/").unwrap();
        let mut front = Front::new(FrontId::from_path(&path), path, Mode::Normal, Chain::new(Vec::new()));
        front.options.max_contacts = Some(3);
        front.options.max_sessions = Some(10);
        let helper = role("helper", Some(Limit::AtMost(5)), None);
        let staff = role("staff", Some(Limit::Unlimited), Some(true));
        front.roles = vec![
            RoleGrant { group: selector("Helpers"), role: helper },
            RoleGrant { group: selector("Team"), role: staff },
        ];
        front
    }

    fn member_of(groups: &[&str]) -> Standing {
        let mut identity = ExternalIdentity::new(SubjectId::new("1").unwrap(), "alice");
        let group = |name: &&str| ExternalGroup {
            id: (*name).into(),
            name: (*name).into(),
            leader: false,
            built_in: false,
        };
        identity.groups = Some(groups.iter().map(group).collect());
        Standing::of("forum", &Realm::new("forum").unwrap(), Proof::Password, &identity)
    }

    #[test]
    fn the_first_role_that_says_something_about_an_option_decides_over_it() {
        let table: [(&[&str], Option<u32>, Option<u32>); 4] = [
            (&[], Some(3), Some(10)),
            (&["Helpers"], Some(5), Some(10)),
            (&["Team"], None, None),
            (&["Team", "Helpers"], Some(5), None),
        ];
        for (groups, max_contacts, max_sessions) in table {
            let limits = front().limits_for(&member_of(groups));
            assert_eq!(limits, Limits { max_contacts, max_sessions }, "{groups:?}");
        }
    }

    #[test]
    fn a_front_for_groups_admits_their_members_alone() {
        let mut front = front();
        assert!(front.admits(&member_of(&[])), "nothing is asked for");
        front.require_groups = vec![selector("Team"), selector("Helpers")];
        assert!(front.admits(&member_of(&["Helpers"])));
        assert!(!front.admits(&member_of(&["Guests"])));
        let mut untold = member_of(&[]);
        untold.groups = None;
        assert!(!front.admits(&untold), "nobody is let in because nothing was said");
    }
}
