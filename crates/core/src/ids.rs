use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize, Serializer};
use uuid::Uuid;

use crate::Timestamp;

/// A text that is not an id of the wanted kind.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not a valid id")]
pub struct InvalidId;

/// UUIDv7 ids: time-ordered, so new rows land at the end of their index.
macro_rules! uuid_id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(Uuid);

        impl $name {
            /// A new id, ordered after those made in earlier milliseconds.
            pub fn generate(now: Timestamp) -> Self {
                let millis = u64::try_from(now.as_millis()).unwrap_or(0);
                let (secs, nanos) = (millis / 1000, (millis % 1000) * 1_000_000);
                let nanos = u32::try_from(nanos).unwrap_or(0);
                Self(Uuid::new_v7(uuid::Timestamp::from_unix(uuid::NoContext, secs, nanos)))
            }

            /// The id with this value.
            pub const fn from_uuid(uuid: Uuid) -> Self {
                Self(uuid)
            }

            /// The value.
            pub const fn as_uuid(&self) -> Uuid {
                self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::Display::fmt(&self.0.as_hyphenated(), f)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, concat!(stringify!($name), "({})"), self.0.as_hyphenated())
            }
        }

        impl FromStr for $name {
            type Err = InvalidId;

            /// Accepts the hyphenated lower-case form only, so that an id has one spelling.
            fn from_str(text: &str) -> Result<Self, InvalidId> {
                let id = Self(Uuid::try_parse(text).map_err(|_| InvalidId)?);
                if id.to_string() == text { Ok(id) } else { Err(InvalidId) }
            }
        }

        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.collect_str(self)
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let text = std::borrow::Cow::<'de, str>::deserialize(deserializer)?;
                text.parse().map_err(serde::de::Error::custom)
            }
        }
    };
}

uuid_id!(
    /// A local person.
    AccountId
);
uuid_id!(
    /// A conversation.
    ConversationId
);
uuid_id!(
    /// A group.
    GroupId
);
uuid_id!(
    /// A file that somebody has sent.
    FileId
);
uuid_id!(
    /// An entry of the audit log.
    AuditId
);
uuid_id!(
    /// A ban.
    BanId
);
uuid_id!(
    /// A message of the administrators to many.
    BroadcastId
);
uuid_id!(
    /// Somebody who may not write.
    MuteId
);
uuid_id!(
    /// What somebody reported to the moderators.
    ReportId
);
uuid_id!(
    /// A session: one login of one account at one front.
    SessionId
);

uuid_id!(
    /// A shout on a wall.
    ShoutId
);

/// Fronts of one community share accounts, contacts and conversations; nothing crosses communities.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct CommunityId(std::sync::Arc<str>);

impl CommunityId {
    /// `name`: 1 to 64 of `a-z`, `0-9`, `-`, `_`.
    ///
    /// # Errors
    /// [`InvalidId`] for anything else.
    pub fn new(name: &str) -> Result<Self, InvalidId> {
        if is_slug(name) { Ok(Self(name.into())) } else { Err(InvalidId) }
    }

    /// The name as configured.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl Default for CommunityId {
    fn default() -> Self {
        Self("main".into())
    }
}

impl TryFrom<String> for CommunityId {
    type Error = String;
    fn try_from(name: String) -> Result<Self, String> {
        Self::new(&name)
            .map_err(|_| format!("`{name}` is not a community name: use 1 to 64 of a-z, 0-9, - and _"))
    }
}

impl From<CommunityId> for String {
    fn from(id: CommunityId) -> Self {
        id.0.as_ref().to_owned()
    }
}

impl fmt::Display for CommunityId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// 1 to 64 of `a-z`, `0-9`, `-`, `_`: safe in a URL, a cookie name, a metric label and an environment variable.
pub(crate) fn is_slug(text: &str) -> bool {
    (1..=64).contains(&text.len())
        && text.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-' || b == b'_')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_has_one_spelling() {
        let id = AccountId::generate(Timestamp::from_secs(1_700_000_000));
        let text = id.to_string();
        assert_eq!(text.parse(), Ok(id));
        assert_eq!(text.to_uppercase().parse::<AccountId>(), Err(InvalidId));
        assert_eq!(text.replace('-', "").parse::<AccountId>(), Err(InvalidId));
        assert_eq!("".parse::<AccountId>(), Err(InvalidId));
    }

    #[test]
    fn later_ids_sort_after_earlier_ones() {
        let first = ConversationId::generate(Timestamp::from_millis(1_000));
        let second = ConversationId::generate(Timestamp::from_millis(1_001));
        assert!(first < second);
    }
}
