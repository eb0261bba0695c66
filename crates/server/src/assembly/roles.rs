//! Who has which role at a front.

use std::sync::Arc;

use portico_core::auth::Guarded;
use portico_core::front::{Grantee, Role, RoleBook, RoleGrant};

use super::front::{not_a_member, selector};
use crate::config::{CentralOptions, Config, FrontConfig, RoleGrantConfig};

impl Config {
    /// All roles that can be given at a front: those of the file, and those of the central server that the front extends.
    /// Where both say something about an option of a role, the file decides.
    pub(super) fn role_book(&self, central: Option<&CentralOptions>) -> RoleBook {
        let mut book = RoleBook::new();
        let there = central.map(|central| &central.roles);
        for (name, section) in there.into_iter().flatten() {
            book.insert(name.clone(), Arc::new(section.role(name)));
        }
        for (name, section) in &self.role {
            let own = section.role(name);
            let role = match book.get(name) {
                None => own,
                Some(central) => Role {
                    name: own.name,
                    options: central.options.clone().with(&own.options),
                    enters_full_front: own.enters_full_front.or(central.enters_full_front),
                },
            };
            book.insert(name.clone(), Arc::new(role));
        }
        book
    }
}

/// The role of this name.
pub(super) fn role_named(
    key: &str,
    name: &str,
    book: &RoleBook,
    wrong: &mut Vec<String>,
) -> Option<Arc<Role>> {
    let role = book.get(name).map(Arc::clone);
    if role.is_none() {
        let known = book.keys().cloned().collect::<Vec<_>>().join(", ");
        wrong.push(format!("{key}: there is no [role.{name}] (there are: {known})"));
    }
    role
}

/// The front's grants.
pub(super) fn grants(
    section: &FrontConfig,
    members: &[Arc<Guarded>],
    book: &RoleBook,
    wrong: &mut Vec<String>,
) -> Vec<RoleGrant> {
    let mut grants = Vec::new();
    for grant in &section.roles {
        let role = role_named("roles", &grant.role, book, wrong);
        let to = grantee(grant, members, wrong);
        if let (Some(role), Some(to)) = (role, to) {
            grants.push(RoleGrant { to, role });
        }
    }
    grants
}

fn grantee(grant: &RoleGrantConfig, members: &[Arc<Guarded>], wrong: &mut Vec<String>) -> Option<Grantee> {
    let authenticator = grant.authenticator.as_deref();
    // An empty name would be everybody's whose name is not known.
    let (group, login) = (grant.group.as_deref(), grant.login.as_deref().map(str::trim));
    let to = match (group, login) {
        (Some(group), None) if !group.trim().is_empty() => {
            selector(authenticator, group, members).map(Grantee::Group)
        }
        (None, Some(login)) if !login.is_empty() => selector(authenticator, login, members)
            .map(|by| Grantee::Login { realm: by.realm, login: by.group }),
        _ => {
            let role = &grant.role;
            wrong.push(format!(
                "roles: for `{role}` give either `group`, whose members have the role, or `login`, who has it"
            ));
            return None;
        }
    };
    if to.is_none() {
        wrong.push(not_a_member("roles", authenticator));
    }
    to
}
