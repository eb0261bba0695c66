//! People together: groups, each with a room.
//!
//! A group that comes from outside is *mirrored*: its memberships are what the other system says, and can't be changed
//! here. Others are Portico's own, in the realm [`Realm::OWN`]: *local* groups, which people make and manage here, and the
//! groups of news rooms, which the server keeps by itself.

mod local;
mod part;

use serde::{Deserialize, Serialize};

use crate::auth::{ExternalGroup, Realm};
use crate::messaging::{Message, Sequence};
use crate::{AccountId, CommunityId, ConversationId, GroupId, Timestamp};

pub use local::{
    Dissolved, GroupEdit, LOCAL_IDS, MAX_GROUP_NAME, MAX_TOPIC, NewGroup, PartAction, PartChange,
    PartChanged, PendingPart, group_name, local_external_id, topic_text,
};
pub use part::{GroupRefusal, Headcount, ManagerAction, OwnAction, Part};

/// Longest name of a group, in characters; longer ones are cut.
const MAX_NAME: usize = 255;

/// People together.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Group {
    /// Its id.
    pub id: GroupId,
    /// Where it lives.
    pub community: CommunityId,
    /// Where its memberships come from.
    pub realm: Realm,
    /// Its id there.
    pub external_id: String,
    /// Its name, as text.
    pub name: String,
    /// How one comes to be in it.
    pub kind: GroupKind,
    /// Whether only its managers write in its room.
    pub managers_write: bool,
    /// The conversation of its members.
    pub room: ConversationId,
    /// What it is about.
    pub topic: Option<String>,
    /// The message of the room that is pinned.
    pub announcement: Option<Sequence>,
    /// Who made it, if somebody did.
    pub created_by: Option<AccountId>,
    /// When it was made.
    pub created_at: Timestamp,
}

/// How people come to be in a group.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum GroupKind {
    /// Everybody who wants to is in it; of a room of news, everybody of the front.
    Public,
    /// Somebody decides who is in it: its managers, or a mirrored group's own system.
    Official,
    /// Its managers invite, and nobody else knows of it.
    Private,
}

impl GroupKind {
    /// The word in the database and of the API.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Public => "public",
            Self::Official => "official",
            Self::Private => "private",
        }
    }

    /// From its word.
    pub fn from_word(word: &str) -> Option<Self> {
        [Self::Public, Self::Official, Self::Private].into_iter().find(|kind| kind.as_str() == word)
    }
}

/// A group as somebody sees it: one of its members, or who could become one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Membership {
    /// The group.
    pub group: Group,
    /// Whether the person manages it.
    pub manager: bool,
    /// What the person and the group are to each other.
    pub part: Part,
    /// How many are in it.
    pub members: u64,
    /// How many ask to come in or to leave; counted for its managers.
    pub waiting: u64,
    /// The message that is pinned; shown to its members.
    pub announcement: Option<Message>,
}

impl Group {
    /// Whether a member writes in its room, who is its manager or not.
    pub fn lets_write(&self, manager: bool) -> bool {
        manager || !self.managers_write
    }
}

/// A group that somebody is to be in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GroupSeat {
    /// The group's id in its realm.
    pub external_id: String,
    /// Its name.
    pub name: String,
    /// How one comes to be in it.
    pub kind: GroupKind,
    /// Whether only managers write in its room.
    pub managers_write: bool,
    /// Whether the person manages it.
    pub manager: bool,
}

impl GroupSeat {
    /// The seat of a member in a group over there. Control characters go, an overlong name is cut.
    pub fn mirrored(group: &ExternalGroup) -> Self {
        let name: String = group.name.chars().filter(|c| !c.is_control()).take(MAX_NAME).collect();
        Self {
            external_id: group.id.clone(),
            name: if name.trim().is_empty() { group.id.clone() } else { name.trim().to_owned() },
            kind: GroupKind::Official,
            managers_write: false,
            manager: group.leader,
        }
    }
}

/// The groups that some people are in, as their realm says.
#[derive(Debug, Clone)]
pub struct Seating {
    /// Where the groups live.
    pub community: CommunityId,
    /// The realm that says so.
    pub realm: Realm,
    /// Everybody's groups of that realm.
    pub people: Vec<(AccountId, Vec<GroupSeat>)>,
    /// Whether these are all their groups of the realm: memberships that are not among them end.
    pub complete: bool,
    /// Now.
    pub now: Timestamp,
}

/// What a [`Seating`] has changed about a room.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RoomChange {
    /// Whose room.
    pub group: GroupId,
    /// The room.
    pub room: ConversationId,
    /// Who is in it or out of it now, or has another part in it.
    pub people: Vec<AccountId>,
}

/// Which groups of a realm are mirrored.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum MirrorRule {
    /// All but those that the other system keeps by itself.
    #[default]
    All,
    /// None.
    None,
    /// Those with these names or ids.
    These(Vec<String>),
}

impl MirrorRule {
    /// Whether a group is mirrored.
    pub fn takes(&self, group: &ExternalGroup) -> bool {
        match self {
            Self::All => !group.built_in,
            Self::None => false,
            Self::These(wanted) => wanted.iter().any(|name| *name == group.name || *name == group.id),
        }
    }
}

/// Names a group of a realm in the configuration.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GroupSelector {
    /// The realm; `None` = whatever realm the person is of.
    pub realm: Option<Realm>,
    /// The group's name or id there.
    pub group: String,
}

impl GroupSelector {
    /// Whether a person of `realm` with these groups is in the group.
    pub fn selects(&self, realm: &Realm, groups: &[ExternalGroup]) -> bool {
        self.realm.as_ref().is_none_or(|wanted| wanted == realm)
            && groups.iter().any(|group| group.name == self.group || group.id == self.group)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn group(id: &str, name: &str, built_in: bool) -> ExternalGroup {
        ExternalGroup { id: id.into(), name: name.into(), leader: false, built_in }
    }

    #[test]
    fn groups_that_a_system_keeps_by_itself_are_mirrored_only_by_name() {
        let (team, everybody) = (group("7", "Team", false), group("2", "REGISTERED", true));
        assert!(MirrorRule::All.takes(&team) && !MirrorRule::All.takes(&everybody));
        let named = MirrorRule::These(vec!["REGISTERED".into()]);
        assert!(named.takes(&everybody) && !named.takes(&team));
        assert!(!MirrorRule::None.takes(&team));
    }

    #[test]
    fn a_group_of_another_realm_with_the_same_name_is_another_group() {
        let (forum, domain) = (Realm::new("forum").unwrap(), Realm::new("domain").unwrap());
        let team = GroupSelector { realm: Some(forum.clone()), group: "Team".into() };
        let groups = [group("7", "Team", false)];
        assert!(team.selects(&forum, &groups));
        assert!(!team.selects(&domain, &groups));
        let anywhere = GroupSelector { realm: None, group: "7".into() };
        assert!(anywhere.selects(&domain, &groups) && !anywhere.selects(&domain, &[]));
    }

    #[test]
    fn a_group_without_a_visible_name_goes_by_its_id() {
        assert_eq!(GroupSeat::mirrored(&group("7", " \n", false)).name, "7");
        assert_eq!(GroupSeat::mirrored(&group("7", &"x".repeat(300), false)).name.len(), 255);
    }
}
