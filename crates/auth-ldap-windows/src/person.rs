//! A person, from their entry.

use portico_core::Timestamp;
use portico_core::auth::{
    AuthError, DirectoryEntry, DirectoryState, Email, ExternalGroup, ExternalIdentity, Refusal, SubjectId,
};

use crate::account_state;
use crate::dn;
use crate::entry::Entry;
use crate::filter::Attribute;
use crate::ids::id_text;
use crate::schema::{Detail, Schema};

/// A person as found, before their groups are.
#[derive(Debug)]
pub(crate) struct Person {
    pub(crate) entry: Entry,
    pub(crate) subject: SubjectId,
    login: String,
    /// Whether there is a picture.
    pub(crate) photo: bool,
}

impl Person {
    /// The person that `entry` is about.
    ///
    /// # Errors
    /// [`AuthError::Inconsistent`] when it has no stable id or no login name.
    pub(crate) fn new(entry: Entry, schema: &Schema) -> Result<Self, AuthError> {
        let lacks = |attribute: &Attribute| {
            AuthError::inconsistent(format!(
                "an entry that fits `user_filter` has no readable `{attribute}`; let the service account read it, or \
                 narrow `user_filter`"
            ))
        };
        let subject = entry
            .bytes(&schema.subject)
            .and_then(|value| id_text(&schema.subject, value))
            .and_then(|id| SubjectId::new(id).ok())
            .ok_or_else(|| lacks(&schema.subject))?;
        let login = entry.text(&schema.login).ok_or_else(|| lacks(&schema.login))?;
        Ok(Self { entry, subject, login, photo: false })
    }

    /// What keeps the person out, if anything does.
    pub(crate) fn refusal(&self, schema: &Schema, now: Timestamp) -> Option<Refusal> {
        account_state::refusal(&self.entry, schema, now)
    }

    /// The login name as the directory writes it.
    pub(crate) fn login(&self) -> &str {
        &self.login
    }

    /// All that is known of the person.
    pub(crate) fn identity(
        &self,
        schema: &Schema,
        groups: Option<Vec<ExternalGroup>>,
        mail_is_verified: bool,
    ) -> ExternalIdentity {
        let entry = &self.entry;
        let mut identity = ExternalIdentity::new(self.subject.clone(), self.login.clone());
        let name = entry.text(&schema.display_name).or_else(|| entry.text(&Attribute::preset("cn")));
        identity.display_name = name.filter(|name| *name != self.login);
        identity.email =
            entry.text(&schema.mail).map(|address| Email { address, verified: mail_is_verified });
        identity.groups = groups;
        identity.registered_at = entry.time(&schema.created);
        for &detail in &schema.details {
            let value = entry.text(schema.detail(detail)).map(|value| match detail {
                // The manager is the name of an entry; people call it by its first part.
                Detail::Manager => dn::first_value(&value).unwrap_or(value),
                _ => value,
            });
            if let Some(value) = value {
                identity.details.insert(detail.as_str().to_owned(), value);
            }
        }
        let mut changed = schema
            .password_times()
            .iter()
            .filter_map(|name| Some(format!("{name} {}", entry.text(&Attribute::preset(name))?)));
        // A moment, and no secret: a session that a password opened ends when the password does.
        identity.secret_stamp = changed.next();
        identity.photo = self.photo;
        identity
    }

    /// The person as the directory's facets show them.
    pub(crate) fn listed(
        &self,
        schema: &Schema,
        groups: Option<Vec<ExternalGroup>>,
        mail_is_verified: bool,
        now: Timestamp,
    ) -> DirectoryEntry {
        let identity = self.identity(schema, groups, mail_is_verified);
        let state = match self.refusal(schema, now) {
            Some(refusal) => DirectoryState::Refused(refusal),
            None => DirectoryState::Active(identity.restrictions.clone()),
        };
        DirectoryEntry { identity, state }
    }
}
