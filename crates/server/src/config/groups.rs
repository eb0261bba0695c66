//! Groups, roles and news of a front.

use portico_core::front::WhoIsHere;
use serde::Deserialize;

/// `mirror_groups = "all"`, `"none"` or a list of names or ids.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(untagged, expecting = "expected \"all\", \"none\" or a list of group names")]
pub enum MirrorConfig {
    /// A word.
    Word(MirrorWord),
    /// These.
    These(Vec<String>),
}

/// All or none.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum MirrorWord {
    /// All but those that the other system keeps by itself.
    All,
    /// None.
    None,
}

impl Default for MirrorConfig {
    fn default() -> Self {
        Self::Word(MirrorWord::All)
    }
}

/// A group: its name or id, or `{ authenticator = "forum", group = "Team" }`.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(
    untagged,
    expecting = "expected the name of a group, or { authenticator = \"NAME\", group = \"NAME\" }"
)]
pub enum GroupConfig {
    /// Of whatever authenticator.
    Name(String),
    /// Of this one.
    At(GroupAt),
}

/// A group of an authenticator.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct GroupAt {
    /// The authenticator.
    pub authenticator: String,
    /// The group's name or id.
    pub group: String,
}

/// `roles = [{ group = "Team", role = "staff" }, { login = "alice", role = "staff" }]`; of several that say something about an option the first counts.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RoleGrantConfig {
    /// The members of this group …
    pub group: Option<String>,
    /// … or the person with this login …
    pub login: Option<String>,
    /// … of this authenticator; default: of whichever.
    pub authenticator: Option<String>,
    /// The role.
    pub role: String,
}

/// `[[front.news]]`
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NewsConfig {
    /// Whose new topics.
    pub authenticator: String,
    /// The ids of the forums.
    pub forums: Vec<ForumId>,
    /// The room that they are announced in, for everybody who enters the front.
    pub room: Option<String>,
    /// Instead of `room`: the mirrored group in whose room they are announced.
    pub group: Option<String>,
}

/// A forum's id: a number or a text.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(untagged, expecting = "expected the id of a forum")]
pub enum ForumId {
    /// As most applications have it.
    Number(u64),
    /// As others do.
    Text(String),
}

impl std::fmt::Display for ForumId {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Number(number) => write!(f, "{number}"),
            Self::Text(text) => f.write_str(text),
        }
    }
}

/// `[front.hand_over]`
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct HandOverConfig {
    /// What tickets are signed with: at least 32 bytes, the same in the forum's extension.
    pub secret: secrecy::SecretString,
}

/// `[front.embed]`
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct EmbedConfig {
    /// The origins of the pages that may show this front in a frame: `https://forum.example.org`.
    pub origins: Vec<String>,
    /// What everybody may know of who is here.
    pub who_is_here: WhoIsHere,
}
