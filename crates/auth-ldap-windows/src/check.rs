//! Whether a login could work now, step by step.

use portico_core::auth::AuthError;

use crate::authenticator::LdapWindows;
use crate::connection::Search;
use crate::domain::root_entry;
use crate::filter::{Attribute, Filter};
use crate::group::group;
use crate::ids::{Sid, id_text};
use crate::person::Person;
use crate::probe;
use crate::schema::GroupMembership;

/// What a look at the directory showed, for people.
#[derive(Debug)]
pub struct CheckReport {
    /// The steps that worked, in order.
    pub passed: Vec<String>,
    /// The step that didn't, and what to do.
    pub failed: Option<AuthError>,
}

impl LdapWindows {
    /// Goes through all that a login needs — resolve, connect, TLS, bind, base, people, groups — and tells how far it came.
    pub async fn explain(&self) -> CheckReport {
        let mut passed = Vec::new();
        let failed = match self.look_at_servers(&mut passed).await {
            Ok(()) => self.steps(&mut passed).await.err(),
            Err(error) => Some(error),
        };
        CheckReport { passed, failed }
    }

    pub(crate) async fn look_over(&self) -> Result<(), AuthError> {
        let mut passed = Vec::new();
        let outcome = self.steps(&mut passed).await;
        tracing::debug!(passed = passed.join("; "), "the directory was looked over");
        outcome
    }

    /// Each server by itself: its name, its port, its certificate.
    async fn look_at_servers(&self, passed: &mut Vec<String>) -> Result<(), AuthError> {
        for server in &self.servers {
            let seen = probe::steps(server, &self.tls, self.patience, self.clock.now(), passed).await;
            match seen {
                Ok(()) => {}
                // One of several may be out.
                Err(fault) if self.servers.len() > 1 => {
                    passed.push(format!("(out) {}", AuthError::from(fault)))
                }
                Err(fault) => return Err(fault.into()),
            }
        }
        Ok(())
    }

    async fn steps(&self, passed: &mut Vec<String>) -> Result<(), AuthError> {
        let server = self.lookups.reach().await?;
        passed.push(format!("bind: {server} takes the service account"));
        let domain = self.domain().await?;
        passed.push(format!("search: people are below `{}`", domain.base_dn));
        if let (Some(netbios), Some(dns)) = (&domain.netbios, &domain.dns) {
            passed.push(format!("search: the domain is `{netbios}`, `{dns}`"));
        }
        if self.direct.is_some() {
            passed.push("people bind themselves; nothing else can be tried without a password".to_owned());
            return self.check_negotiate(passed).await;
        }
        let first = self.lookups.search(&self.people(domain, Filter::anything()), 1).await?;
        let Some(entry) = first.into_iter().next() else {
            let (base, filter) = (&domain.base_dn, Filter::Configured(self.schema.user_filter.clone()));
            return Err(AuthError::misconfigured(format!(
                "nobody below `{base}` fits `{filter}`, or the service account may not see them; correct `base_dn`, \
                 `schema` or `user_filter`"
            )));
        };
        let person = Person::new(entry, &self.schema).map_err(|error| match error {
            AuthError::Inconsistent { what } => AuthError::misconfigured(what),
            other => other,
        })?;
        let (subject, login) = (&self.schema.subject, &self.schema.login);
        passed.push(format!("search: people have `{subject}` and `{login}`"));
        self.groups_step(&person, passed).await?;
        self.check_negotiate(passed).await
    }

    async fn groups_step(&self, person: &Person, passed: &mut Vec<String>) -> Result<(), AuthError> {
        if self.schema.membership == GroupMembership::None {
            passed.push("groups: they are not read".to_owned());
            return Ok(());
        }
        let domain = self.domain().await?;
        let filter = Filter::Configured(self.schema.group_filter.clone());
        let search = Search::below(&domain.group_base_dn, filter.clone(), self.schema.group_attributes());
        let found = self.lookups.search(&search, 1).await?;
        match found.first() {
            None => {
                tracing::warn!(base = domain.group_base_dn, %filter, "no group is found; nobody will have any");
                passed.push(format!("groups: none below `{}` fits `{filter}`", domain.group_base_dn));
            }
            Some(entry) if group(entry, &self.schema).is_none() => {
                let (id, name) = (&self.schema.group_id, &self.schema.group_name);
                return Err(AuthError::misconfigured(format!(
                    "groups have no readable `{id}` and `{name}`; let the service account read them, or set \
                     `attributes.group_id` and `attributes.group_name`"
                )));
            }
            Some(_) => passed.push(format!("groups: those below `{}` can be read", domain.group_base_dn)),
        }
        self.groups.of(person, &self.place(domain)).await?;
        passed.push("groups: somebody's can be found".to_owned());
        Ok(())
    }

    /// What tells this directory from every other: the domain's SID, or the id of the tree's root.
    pub(crate) async fn installation(&self) -> Result<Option<String>, AuthError> {
        if self.direct.is_some() {
            return Ok(None);
        }
        let domain = self.domain().await?;
        let (base, attribute) = if self.schema.is_active_directory() {
            let root = root_entry(&self.lookups).await?;
            (root.default_context.unwrap_or_else(|| domain.base_dn.clone()), Attribute::preset("objectSid"))
        } else {
            (domain.base_dn.clone(), self.schema.subject.clone())
        };
        let search = Search::entry(base, vec![attribute.as_str().to_owned()]);
        let entry = self.lookups.read(&search).await?;
        let value = entry.as_ref().and_then(|entry| entry.bytes(&attribute));
        Ok(value.and_then(|value| {
            if self.schema.is_active_directory() {
                Sid::new(value).map(|sid| format!("domain {sid}"))
            } else {
                id_text(&attribute, value).map(|id| format!("directory {id}"))
            }
        }))
    }
}
