use std::collections::BTreeMap;
use std::sync::Arc;

use crate::account::fold_login;
use crate::auth::Realm;
use crate::front::options::explain;
use crate::front::{Explanation, Front, FrontOptions, Layer, OptionOverrides, Through};
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

/// To whom a role is given.
#[derive(Debug, Clone, PartialEq)]
pub struct RoleGrant {
    /// To them.
    pub to: Grantee,
    /// The role.
    pub role: Arc<Role>,
}

/// Whom the configuration gives a role to.
#[derive(Debug, Clone, PartialEq)]
pub enum Grantee {
    /// The members of this group.
    Group(GroupSelector),
    /// The person with this login, who comes from this realm; `None` = whichever.
    Login {
        /// Where the person comes from.
        realm: Option<Realm>,
        /// The login.
        login: String,
    },
}

/// Roles by name.
pub type RoleBook = BTreeMap<String, Arc<Role>>;

/// What somebody's roles follow from, besides their standing.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct OwnRoles {
    /// The person's login.
    pub login: String,
    /// The roles that administrators have given to the account, in order.
    pub granted: Vec<String>,
}

/// A role that somebody has.
#[derive(Debug, Clone, PartialEq)]
pub struct HeldRole {
    /// The role.
    pub role: Arc<Role>,
    /// How they came by it.
    pub through: Through,
}

/// The limits that hold for one person at a front.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Most contacts.
    pub max_contacts: Option<u32>,
    /// Most sessions, as far as this person is bound by it.
    pub max_sessions: Option<u32>,
}

impl Limits {
    /// Those of these options.
    pub fn of(options: &FrontOptions) -> Self {
        Self { max_contacts: options.max_contacts, max_sessions: options.max_sessions }
    }
}

impl Role {
    /// Whether its holders decide over what others report, or hear of it: what an administrator needs a right for.
    pub fn keeps_order(&self) -> bool {
        self.options.moderator == Some(true) || self.options.receive_alerts == Some(true)
    }
}

impl RoleGrant {
    /// How somebody comes by the role, if they do.
    fn reaches(&self, standing: &Standing, folded_login: &str) -> Option<Through> {
        match &self.to {
            Grantee::Group(group) => group
                .selects(&standing.realm, standing.groups())
                .then(|| Through::Group { group: group.group.clone() }),
            // A name that nobody vouched for gives nobody anything.
            Grantee::Login { realm, login } => (standing.proof.proves()
                && realm.as_ref().is_none_or(|realm| *realm == standing.realm)
                && fold_login(login) == folded_login)
                .then(|| Through::Login { login: login.clone() }),
        }
    }
}

impl Front {
    /// Whether somebody with this standing may be here: in one of the groups that are asked for, if any is.
    pub fn admits(&self, standing: &Standing) -> bool {
        self.require_groups.is_empty()
            || self.require_groups.iter().any(|group| group.selects(&standing.realm, standing.groups()))
    }

    /// The roles of somebody, the strongest first: what administrators gave to the account, then the grants of the
    /// configuration in their order, and only where there is none of these the front's default role.
    ///
    /// Roles that are not configured any more are passed over. Guests have none.
    pub fn roles_of(&self, standing: &Standing, own: &OwnRoles) -> Vec<HeldRole> {
        if standing.proof == crate::session::Proof::Guest {
            return Vec::new();
        }
        let mut held: Vec<HeldRole> = Vec::new();
        if standing.proof.proves() {
            let known = own.granted.iter().filter_map(|name| self.role_book.get(name));
            held.extend(
                known.map(|role| HeldRole { role: Arc::clone(role), through: Through::Administrator }),
            );
        }
        let login = fold_login(&own.login);
        for grant in &self.roles {
            if let Some(through) = grant.reaches(standing, &login) {
                held.push(HeldRole { role: Arc::clone(&grant.role), through });
            }
        }
        if held.is_empty()
            && let Some(role) = &self.default_role
        {
            held.push(HeldRole { role: Arc::clone(role), through: Through::DefaultRole });
        }
        held
    }

    /// The roles that somebody of a realm has whatever their next login says: what administrators gave to the account, and the
    /// grants of the configuration to the login.
    pub fn roles_by_name(&self, realm: &Realm, own: &OwnRoles) -> Vec<Arc<Role>> {
        let granted = own.granted.iter().filter_map(|name| self.role_book.get(name));
        let folded = fold_login(&own.login);
        let by_login = self.roles.iter().filter(|grant| match &grant.to {
            Grantee::Group(_) => false,
            Grantee::Login { realm: of, login } => {
                of.as_ref().is_none_or(|of| of == realm) && fold_login(login) == folded
            }
        });
        granted.chain(by_login.map(|grant| &grant.role)).map(Arc::clone).collect()
    }

    /// The options that hold for somebody: for each option the first of their roles that says something about it decides,
    /// else the front.
    pub fn options_for(&self, standing: &Standing, own: &OwnRoles) -> FrontOptions {
        let roles = self.roles_of(standing, own);
        let mut overrides = OptionOverrides::default();
        for held in roles.iter().rev() {
            overrides = overrides.with(&held.role.options);
        }
        let mut options = self.options.clone().with(&overrides);
        if roles.iter().find_map(|held| held.role.enters_full_front) == Some(true) {
            options.max_sessions = None;
        }
        options
    }

    /// Why the front's own options are what they are, without anybody's roles.
    pub fn explain_itself(&self, name: Option<&str>) -> Vec<Explanation> {
        explain(&self.layers, &[], name)
    }

    /// Why somebody's options are what they are: of all options, or of the one with this name.
    pub fn explain(&self, standing: &Standing, own: &OwnRoles, name: Option<&str>) -> Vec<Explanation> {
        let roles = self.roles_of(standing, own).into_iter().map(|held| {
            let layer = Layer::Role { role: held.role.name.clone(), through: held.through };
            (layer, held.role.options.clone())
        });
        explain(&self.layers, &roles.collect::<Vec<_>>(), name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::auth::{Chain, ExternalGroup, ExternalIdentity, SubjectId};
    use crate::front::{FrontId, FrontPath, Limit};
    use crate::policy::Mode;
    use crate::session::Proof;
    use serde_json::json;

    fn selector(group: &str) -> GroupSelector {
        GroupSelector { realm: None, group: group.into() }
    }

    fn role(name: &str, max_contacts: Option<Limit>, enters_full_front: Option<bool>) -> Arc<Role> {
        let options = OptionOverrides { max_contacts, ..OptionOverrides::default() };
        Arc::new(Role { name: name.into(), options, enters_full_front })
    }

    fn front() -> Front {
        let path = FrontPath::new("/im/").unwrap();
        let mut front = Front::new(FrontId::from_path(&path), path, Mode::Normal, Chain::new(Vec::new()));
        front.layers.local.max_contacts = Some(Limit::AtMost(3));
        front.options = front.layers.options();
        front.options.max_sessions = Some(10);
        let helper = role("helper", Some(Limit::AtMost(5)), None);
        let staff = role("staff", Some(Limit::Unlimited), Some(true));
        let friend = role("friend", Some(Limit::AtMost(7)), None);
        let newcomer = role("newcomer", Some(Limit::AtMost(1)), None);
        front.roles = vec![
            RoleGrant { to: Grantee::Group(selector("Helpers")), role: helper.clone() },
            RoleGrant { to: Grantee::Group(selector("Team")), role: staff.clone() },
            RoleGrant {
                to: Grantee::Login { realm: Some(Realm::new("forum").unwrap()), login: "Carol".into() },
                role: friend.clone(),
            },
        ];
        for role in [helper, staff, friend, newcomer] {
            front.role_book.insert(role.name.clone(), role);
        }
        front
    }

    fn own(login: &str, granted: &[&str]) -> OwnRoles {
        OwnRoles { login: login.into(), granted: granted.iter().map(|&name| name.to_owned()).collect() }
    }

    fn standing(groups: &[&str], proof: Proof) -> Standing {
        let mut identity = ExternalIdentity::new(SubjectId::new("1").unwrap(), "alice");
        let group = |name: &&str| ExternalGroup {
            id: (*name).into(),
            name: (*name).into(),
            leader: false,
            built_in: false,
        };
        identity.groups = Some(groups.iter().map(group).collect());
        Standing::of("forum", &Realm::new("forum").unwrap(), proof, &identity)
    }

    fn member_of(groups: &[&str]) -> Standing {
        standing(groups, Proof::Password)
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
            let limits = Limits::of(&front().options_for(&member_of(groups), &OwnRoles::default()));
            assert_eq!(limits, Limits { max_contacts, max_sessions }, "{groups:?}");
        }
    }

    #[test]
    fn the_administrators_roles_go_before_grants_grants_before_the_default_role_and_that_before_the_front() {
        let plain = front();
        let mut defaulting = front();
        defaulting.default_role = defaulting.role_book.get("newcomer").cloned();
        type Row = (&'static [&'static str], OwnRoles, Option<u32>, Option<u32>);
        let table: [Row; 8] = [
            // Groups, what is the person's own, contacts without and with a default role.
            (&[], own("ann", &[]), Some(3), Some(1)),
            (&["Helpers"], own("ann", &[]), Some(5), Some(5)),
            (&[], own("cAROL ", &[]), Some(7), Some(7)),
            (&["Helpers"], own("carol", &[]), Some(5), Some(5)),
            (&["Helpers"], own("ann", &["friend"]), Some(7), Some(7)),
            (&["Helpers"], own("ann", &["newcomer", "friend"]), Some(1), Some(1)),
            (&[], own("ann", &["staff"]), None, None),
            (&[], own("ann", &["gone from the file"]), Some(3), Some(1)),
        ];
        for (groups, own, without, with) in table {
            let contacts = |front: &Front| front.options_for(&member_of(groups), &own).max_contacts;
            assert_eq!((contacts(&plain), contacts(&defaulting)), (without, with), "{groups:?} {own:?}");
        }
    }

    #[test]
    fn who_only_claims_a_name_gets_no_role_by_it_and_guests_get_none_at_all() {
        let mut front = front();
        front.default_role = front.role_book.get("newcomer").cloned();
        let own = own("carol", &["staff"]);
        let names = |proof| {
            let held = front.roles_of(&standing(&["Helpers"], proof), &own);
            held.into_iter().map(|held| held.role.name.clone()).collect::<Vec<_>>()
        };
        assert_eq!(names(Proof::Password), ["staff", "helper", "friend"]);
        assert_eq!(names(Proof::ClaimedName), ["helper"]);
        assert!(names(Proof::Guest).is_empty());
    }

    #[test]
    fn a_login_of_another_realm_is_somebody_else() {
        let mut elsewhere = member_of(&[]);
        elsewhere.realm = Realm::new("shop").unwrap();
        assert_eq!(front().options_for(&elsewhere, &own("carol", &[])).max_contacts, Some(3));
    }

    #[test]
    fn an_explanation_tells_every_place_that_says_something_the_strongest_first() {
        let mut front = front();
        front.layers.central.max_contacts = Some(Limit::AtMost(20));
        front.layers.central_url = Some("https://central.example.org/options.toml".into());
        let explained =
            front.explain(&member_of(&["Helpers"]), &own("ann", &["staff"]), Some("max_contacts"));
        let [explanation] = explained.as_slice() else { panic!("{explained:?}") };
        assert_eq!(explanation.value, json!("unlimited"));
        let said: Vec<_> = explanation.said.iter().map(|(_, value)| value.clone()).collect();
        assert_eq!(said, [json!("unlimited"), json!(5), json!(3), json!(20), json!("unlimited")]);
        assert_eq!(
            explanation.said[0].0,
            Layer::Role { role: "staff".into(), through: Through::Administrator }
        );
        assert_eq!(
            explanation.said[1].0,
            Layer::Role { role: "helper".into(), through: Through::Group { group: "Helpers".into() } }
        );
        assert_eq!(front.explain(&member_of(&[]), &own("ann", &[]), None).len(), crate::front::OPTIONS.len());
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
