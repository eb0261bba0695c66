use serde::{Deserialize, Serialize};

use crate::front::FrontId;
use crate::{AccountId, BroadcastId, CommunityId, GroupId, Timestamp};

/// A text that goes to many, each in a conversation of their own with the administration.
///
/// Its place in the list of recipients is kept: after a restart it goes on there, and nobody gets it twice, because each
/// copy has the broadcast's own client id.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Broadcast {
    /// Its id.
    pub id: BroadcastId,
    /// What kind of text it is.
    pub kind: BroadcastKind,
    /// Who gets it.
    pub audience: Audience,
    /// Only people of this front.
    pub front: Option<FrontId>,
    /// Only people of this community.
    pub community: Option<CommunityId>,
    /// The text.
    pub text: String,
    /// When it was begun.
    pub created_at: Timestamp,
    /// Who began it, by name.
    pub by: String,
    /// How many have it.
    pub sent: u64,
    /// The community that is being told, and whom it has reached there.
    pub reached: Option<(CommunityId, Option<AccountId>)>,
    /// Whether everybody has it.
    pub done: bool,
}

impl Broadcast {
    /// The client id of each copy.
    pub fn client_id(&self) -> String {
        format!("broadcast-{}", self.id)
    }
}

/// What kind of text goes to many.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum BroadcastKind {
    /// Administrators write to people.
    Message,
    /// Somebody alerts administrators, a group or everybody.
    Alert,
}

/// Who gets a text that goes to many.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Audience {
    /// Everybody.
    Everybody,
    /// Whoever is here now: nothing is kept.
    Online,
    /// The members of a group.
    Group(GroupId),
    /// Whoever has this role.
    Role(String),
    /// One person.
    Account(AccountId),
    /// Administrators, and those with the option `receive_alerts`.
    Administrators,
    /// Administrators, and those with the option `receive_alerts` at this front.
    Deciders(FrontId),
}
