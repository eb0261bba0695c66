//! Logins without a service account: people bind themselves, and read their own entry.

use portico_core::auth::{AuthError, Decision, Refusal};

use crate::authenticator::{LdapWindows, failed};
use crate::bind::{BindAnswer, Secret};
use crate::connection::{Connection, Search};
use crate::dn;
use crate::domain::Domain;
use crate::fault::{Fault, FaultKind, Step};
use crate::filter::{Attribute, Filter};
use crate::group::MOST_GROUPS;
use crate::ids::id_text;
use crate::login_name::{LoginName, Source};
use crate::person::Person;
use crate::schema::GroupMembership;

/// A name with a place for the login.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct DirectBind {
    before: String,
    after: String,
    /// It is the name of an entry (`uid={login},…`), not a Windows name.
    is_dn: bool,
}

impl DirectBind {
    pub(crate) fn new(template: &str) -> Option<Self> {
        let (before, after) = template.split_once("{login}")?;
        (!after.contains("{login}")).then(|| Self {
            before: before.to_owned(),
            after: after.to_owned(),
            is_dn: before.contains('='),
        })
    }

    /// The name to bind with. A Windows name typed in full stays as it is.
    fn name(&self, login: &str) -> String {
        if self.is_dn {
            format!("{}{}{}", self.before, dn::escaped(login), self.after)
        } else if login.contains(['@', '\\']) {
            login.to_owned()
        } else {
            format!("{}{login}{}", self.before, self.after)
        }
    }
}

impl LdapWindows {
    /// The password is tried on a connection of its own, which then belongs to the person and ends with the login.
    pub(crate) async fn login_directly(
        &self,
        direct: &DirectBind,
        login: &str,
        secret: &Secret<'_>,
    ) -> Result<Decision, AuthError> {
        let name = direct.name(login);
        let mut connection = self.logins.apart().await?;
        match connection.bind(&name, secret).await? {
            BindAnswer::Accepted => {}
            BindAnswer::Refused(refusal) => return Ok(Decision::Refused(refusal)),
            other => return failed(other),
        }
        let domain = self.domain().await?;
        let search = if direct.is_dn {
            let filter = Filter::Configured(self.schema.user_filter.clone());
            Search { filter, ..Search::entry(name.as_str(), self.schema.person_attributes()) }
        } else {
            let wanted =
                LoginName::new(login).and_then(|name| name.wanted(&self.schema, domain, Source::Typed));
            let Some(wanted) = wanted else { return Ok(Decision::Refused(Refusal::UnknownSubject)) };
            self.people(domain, wanted.filter())
        };
        let mut found = connection.search(&search, 2).await?;
        let Some(entry) = found.pop() else { return Ok(Decision::Refused(Refusal::UnknownSubject)) };
        if !found.is_empty() {
            return Err(AuthError::inconsistent(
                "the person who has just bound is found twice by their login name; use a service account, which tells \
                 them apart",
            ));
        }
        let person = Person::new(entry, &self.schema)?;
        if let Some(refusal) = person.refusal(&self.schema, self.clock.now()) {
            return Ok(Decision::Refused(refusal));
        }
        let groups = self.groups_seen_by(&person, domain, &mut connection).await?;
        Ok(Decision::accepted(person.identity(&self.schema, groups, self.mail_is_verified)))
    }

    /// The groups as the person may see them: nested ones where the server follows them in one question, else those
    /// written at the groups.
    async fn groups_seen_by(
        &self,
        person: &Person,
        domain: &Domain,
        connection: &mut Connection,
    ) -> Result<Option<Vec<portico_core::auth::ExternalGroup>>, Fault> {
        let dn = &person.entry.dn;
        let equal = |name: &'static str, value: &str| Filter::text(&Attribute::preset(name), value);
        let ways = match self.schema.membership {
            GroupMembership::None => return Ok(None),
            GroupMembership::InChain => {
                let value = crate::filter::FilterValue::text(dn);
                vec![Filter::InChain(Attribute::preset("member"), value)]
            }
            GroupMembership::MemberUid => vec![equal("memberUid", person.login())],
            GroupMembership::MemberOf | GroupMembership::Member => {
                vec![equal("member", dn), equal("uniqueMember", dn)]
            }
        };
        let filter = Filter::Configured(self.schema.group_filter.clone()).and(Filter::Any(ways));
        let search = Search::below(&domain.group_base_dn, filter, self.schema.group_attributes());
        let entries = match connection.search(&search, MOST_GROUPS).await {
            Ok(entries) => entries,
            // Not everybody may read groups: then the source does not say.
            Err(fault) if fault.kind == FaultKind::Misconfigured && fault.step == Step::Search => {
                return Ok(None);
            }
            Err(fault) => return Err(fault),
        };
        let mut groups: Vec<_> =
            entries.iter().filter_map(|entry| crate::group::group(entry, &self.schema)).collect();
        groups.sort();
        debug_assert!(entries.iter().all(|entry| {
            entry.bytes(&self.schema.group_id).is_none_or(|id| id_text(&self.schema.group_id, id).is_some())
        }));
        Ok(Some(groups))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_login_stays_a_value_in_the_name_of_an_entry() {
        let direct = DirectBind::new("uid={login},ou=people,dc=test").unwrap();
        assert_eq!(direct.name("alice"), "uid=alice,ou=people,dc=test");
        assert_eq!(direct.name("a,ou=admins"), r"uid=a\2cou\3dadmins,ou=people,dc=test");
        assert!(DirectBind::new("uid=alice").is_none());
    }

    #[test]
    fn a_windows_name_in_full_stays_as_it_is() {
        let direct = DirectBind::new("{login}@example.test").unwrap();
        assert_eq!(direct.name("alice"), "alice@example.test");
        assert_eq!(direct.name("alice@other.test"), "alice@other.test");
        assert_eq!(DirectBind::new(r"EXAMPLE\{login}").unwrap().name("alice"), r"EXAMPLE\alice");
    }
}
