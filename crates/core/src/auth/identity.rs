use std::collections::BTreeMap;
use std::fmt;

use serde::{Deserialize, Serialize};

use crate::Timestamp;

/// The identity name space of an authenticator. `(realm, subject)` is a person's key, never the login name.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String")]
pub struct Realm(std::sync::Arc<str>);

impl Realm {
    /// The realm of Portico's own accounts; reserved.
    pub const NATIVE: &'static str = "native";

    /// The realm of what Portico makes by itself: announcers, and the groups of news rooms; reserved.
    pub const OWN: &'static str = "portico";

    /// A realm name: 1 to 64 printable characters without white space.
    ///
    /// # Errors
    /// [`InvalidSubject`] for anything else.
    pub fn new(name: &str) -> Result<Self, InvalidSubject> {
        let fits = (1..=64).contains(&name.len()) && name.bytes().all(|b| b.is_ascii_graphic());
        if fits { Ok(Self(name.into())) } else { Err(InvalidSubject) }
    }

    /// The name.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl TryFrom<String> for Realm {
    type Error = InvalidSubject;
    fn try_from(name: String) -> Result<Self, InvalidSubject> {
        Self::new(&name)
    }
}

impl fmt::Display for Realm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// The stable id of a person in its realm: a forum's user id, an AD objectGUID; never a login or DN.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String")]
pub struct SubjectId(String);

impl SubjectId {
    /// 1 to 255 bytes without control characters, compared byte for byte.
    ///
    /// # Errors
    /// [`InvalidSubject`] for anything else.
    pub fn new(id: impl Into<String>) -> Result<Self, InvalidSubject> {
        let id = id.into();
        if (1..=255).contains(&id.len()) && !id.chars().any(char::is_control) {
            Ok(Self(id))
        } else {
            Err(InvalidSubject)
        }
    }

    /// The id as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl TryFrom<String> for SubjectId {
    type Error = InvalidSubject;
    fn try_from(id: String) -> Result<Self, InvalidSubject> {
        Self::new(id)
    }
}

impl fmt::Display for SubjectId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A text that can't be a realm or subject.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error(
    "a realm or subject must have 1 to 255 bytes (a realm 1 to 64 of printable ASCII) without control characters"
)]
pub struct InvalidSubject;

/// What an authenticator knows about the person it let in.
///
/// Display data is refreshed at each login; the key `(realm, subject)` never changes.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct ExternalIdentity {
    /// The stable id over there.
    pub subject: SubjectId,
    /// The login name as the application shows it, as text (not HTML).
    pub login: String,
    /// The name to show, if it differs from the login.
    pub display_name: Option<String>,
    /// The e-mail address.
    pub email: Option<Email>,
    /// Group memberships. `None` = the source did not say; `Some([])` = it said there are none.
    pub groups: Option<Vec<ExternalGroup>>,
    /// The colour of the person's name over there: `#rrggbb`.
    pub colour: Option<String>,
    /// URL of the person's picture.
    pub avatar: Option<String>,
    /// Language tag or name as the application stores it.
    pub language: Option<String>,
    /// IANA time zone name.
    pub timezone: Option<String>,
    /// URL of the person's page over there.
    pub profile_url: Option<String>,
    /// When the person registered over there: tells a reused subject from its first owner.
    pub registered_at: Option<Timestamp>,
    /// What the application lets this person not do.
    pub restrictions: Restrictions,
    /// Whether the person is staff over there.
    pub staff: StaffFlags,
    /// Changes when the secret over there does (a one-way digest, never the stored hash): sessions of before then end.
    /// `None` = can't be told.
    pub secret_stamp: Option<String>,
    /// Further facts for colleagues' eyes, by name: `department`, `title`, `phone`, `mail`, `manager`. Only those that are
    /// known and meant to be shown.
    pub details: BTreeMap<String, String>,
    /// Whether the directory keeps a picture: see [`Directory::photo`](crate::auth::Directory::photo).
    pub photo: bool,
}

impl ExternalIdentity {
    /// An identity of which only the key and the login are known.
    pub fn new(subject: SubjectId, login: impl Into<String>) -> Self {
        Self {
            subject,
            login: login.into(),
            display_name: None,
            email: None,
            groups: None,
            colour: None,
            avatar: None,
            language: None,
            timezone: None,
            profile_url: None,
            registered_at: None,
            restrictions: Restrictions::default(),
            staff: StaffFlags::default(),
            secret_stamp: None,
            details: BTreeMap::new(),
            photo: false,
        }
    }

    /// The name to show.
    pub fn shown_name(&self) -> &str {
        self.display_name.as_deref().unwrap_or(&self.login)
    }
}

/// An e-mail address and whether its owner has proved it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Email {
    /// The address.
    pub address: String,
    /// Whether the application made the person prove it.
    pub verified: bool,
}

/// A group over there.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct ExternalGroup {
    /// Stable id in the realm.
    pub id: String,
    /// The name as shown over there.
    pub name: String,
    /// Whether the person leads the group.
    pub leader: bool,
    /// Whether the application keeps it by itself (all registered members, all newcomers): such a group is mirrored only
    /// when the configuration names it.
    pub built_in: bool,
}

/// What a person who may enter may nevertheless not do.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Restrictions {
    /// Present when the person may read but not write.
    pub write: Option<Restriction>,
}

/// Why something is not allowed, and until when.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Restriction {
    /// A sentence for the person.
    pub reason: String,
    /// The end in milliseconds since 1970; `None` = no end is known.
    pub until_millis: Option<i64>,
}

impl Restriction {
    /// A restriction without a known end.
    pub fn new(reason: impl Into<String>) -> Self {
        Self { reason: reason.into(), until_millis: None }
    }

    /// The end, if one is known.
    pub fn until(&self) -> Option<Timestamp> {
        self.until_millis.map(Timestamp::from_millis)
    }
}

/// Staff of the application.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
pub struct StaffFlags {
    /// Administrator over there.
    pub administrator: bool,
    /// Moderator over there.
    pub moderator: bool,
}
