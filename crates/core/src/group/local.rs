//! Groups that are made here: what they are called, and what is done to them.

use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use unicode_normalization::UnicodeNormalization;

use crate::auth::Realm;
use crate::group::{Group, GroupKind, ManagerAction, OwnAction, Part};
use crate::{AccountId, CommunityId, ConversationId, GroupId, Timestamp};

/// Longest name of a local group, in characters.
pub const MAX_GROUP_NAME: usize = 64;
/// Longest topic of a local group or a conference, in characters.
pub const MAX_TOPIC: usize = 500;

/// What the ids of local groups begin with, in their realm.
const LOCAL: &str = "local:";

/// The name of a local group as it is shown: without outer white space and what can't be seen; `None` when nothing or
/// more than [`MAX_GROUP_NAME`] characters are left.
pub fn group_name(name: &str) -> Option<String> {
    let name = visible_line(name);
    (1..=MAX_GROUP_NAME).contains(&name.chars().count()).then_some(name)
}

/// A topic as it is shown; the inner `None` = none. `None` when it has more than [`MAX_TOPIC`] characters.
pub fn topic_text(topic: Option<&str>) -> Option<Option<String>> {
    let Some(topic) = topic else { return Some(None) };
    // What joins letters and pictures means something in a longer text.
    let joins = |c| matches!(c, '\n' | '\u{200C}' | '\u{200D}');
    let kept: String = topic.chars().filter(|&c| joins(c) || is_visible(c)).collect();
    let kept = kept.trim();
    match kept.chars().count() {
        0 => Some(None),
        1..=MAX_TOPIC => Some(Some(kept.to_owned())),
        _ => None,
    }
}

fn visible_line(text: &str) -> String {
    text.chars().filter(|&c| is_visible(c)).collect::<String>().trim().to_owned()
}

/// Not a control, and nothing that turns or hides the text around it.
fn is_visible(c: char) -> bool {
    let hides = matches!(c, '\u{00AD}' | '\u{061C}' | '\u{180E}' | '\u{200B}'..='\u{200F}' | '\u{202A}'..='\u{202E}'
        | '\u{2060}'..='\u{206F}' | '\u{FEFF}');
    !c.is_control() && !hides
}

/// The id of a local group in its realm. Groups that are offered have one for each name, whatever its case, so that no two
/// go by the same; of a private one nobody outside learns that its name is taken.
pub fn local_external_id(kind: GroupKind, name: &str, id: GroupId) -> String {
    if kind == GroupKind::Private {
        return format!("{LOCAL}{id}");
    }
    let folded: String = name.trim().nfkc().flat_map(char::to_lowercase).nfc().collect();
    let digest = Sha256::digest(folded.as_bytes());
    let digest: String = digest.iter().take(16).map(|byte| format!("{byte:02x}")).collect();
    format!("{LOCAL}name:{digest}")
}

/// The least and the first greater id of all local groups, compared as bytes.
pub const LOCAL_IDS: (&str, &str) = (LOCAL, "local;");

impl Group {
    /// Whether it was made here by people, and is changed by them: neither mirrored nor a room of news.
    pub fn is_local(&self) -> bool {
        self.realm.as_str() == Realm::OWN && self.external_id.starts_with(LOCAL)
    }

    /// As the log of the administration shows it.
    pub fn facts(&self) -> Value {
        json!({ "name": self.name, "kind": self.kind, "topic": self.topic, "managers_write": self.managers_write })
    }

    /// Whether somebody with this part learns of the group at all.
    pub fn shows_to(&self, part: Part) -> bool {
        part != Part::Outside || (self.is_local() && self.kind != GroupKind::Private)
    }
}

/// A local group to be made.
#[derive(Debug, Clone)]
pub struct NewGroup {
    /// Its id.
    pub id: GroupId,
    /// The id of its room.
    pub room: ConversationId,
    /// Where it lives.
    pub community: CommunityId,
    /// Its name: see [`group_name`].
    pub name: String,
    /// How one comes to be in it.
    pub kind: GroupKind,
    /// What it is about: see [`topic_text`].
    pub topic: Option<String>,
    /// Whether only its managers write.
    pub managers_write: bool,
    /// Who makes it and is its first member and manager; `None` = the configuration.
    pub creator: Option<AccountId>,
    /// How many groups of the community the creator may have made.
    pub limit: Option<u32>,
    /// Now.
    pub now: Timestamp,
}

/// What is done about somebody's part in a group.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PartAction {
    /// By themselves.
    Own(OwnAction),
    /// By a manager.
    Managers(ManagerAction),
    /// By the configuration: let in, unless they are.
    Seat,
    /// By an administrator: whatever it was, it is this from now on. A group whose last member goes stays.
    Set(Part),
}

/// A change of somebody's part in a local group.
#[derive(Debug, Clone)]
pub struct PartChange {
    /// Where.
    pub community: CommunityId,
    /// Which group.
    pub group: GroupId,
    /// Who acts.
    pub actor: AccountId,
    /// On whose part.
    pub subject: AccountId,
    /// What.
    pub action: PartAction,
    /// Now.
    pub now: Timestamp,
}

/// What has become of a part.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PartChanged {
    /// The group, as it was.
    pub group: Group,
    /// The part before.
    pub before: Part,
    /// The part now.
    pub after: Part,
    /// Its managers, as it was.
    pub managers: Vec<AccountId>,
    /// Whether the last one has left and the group is no more; then these had asked or were invited.
    pub dissolved: Option<Vec<AccountId>>,
}

/// A change of a local group itself.
#[derive(Debug, Clone)]
pub struct GroupEdit {
    /// Where.
    pub community: CommunityId,
    /// Which group.
    pub group: GroupId,
    /// Who acts: a manager; `None` = an administrator, who need not be in it.
    pub actor: Option<AccountId>,
    /// The name.
    pub name: Option<String>,
    /// How one comes to be in it. Who is in it stays.
    pub kind: Option<GroupKind>,
    /// What it is about; the inner `None` takes it away.
    pub topic: Option<Option<String>>,
    /// Whether only its managers write.
    pub managers_write: Option<bool>,
    /// The message that is pinned; the inner `None` unpins.
    pub announcement: Option<Option<crate::messaging::Sequence>>,
}

/// A group that is no more.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Dissolved {
    /// The group.
    pub group: Group,
    /// Who was in it.
    pub members: Vec<AccountId>,
    /// Who had asked, was invited or refused.
    pub others: Vec<AccountId>,
}

/// Somebody's part in a group that is not a plain membership.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PendingPart {
    /// Whose.
    pub account: AccountId,
    /// The part.
    pub part: Part,
    /// The manager who invited or refused.
    pub set_by: Option<AccountId>,
    /// Since when.
    pub since: Timestamp,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_topics_are_visible_text_of_bounded_length() {
        assert_eq!(group_name("  Chess\u{202E}\u{200B} club\n").as_deref(), Some("Chess club"));
        assert_eq!(group_name(" \u{200B} "), None);
        assert!(group_name(&"é".repeat(64)).is_some() && group_name(&"é".repeat(65)).is_none());
        assert_eq!(topic_text(Some(" a\nb ")), Some(Some("a\nb".to_owned())));
        assert_eq!(topic_text(Some("\u{200B}")), Some(None));
        assert_eq!((topic_text(None), topic_text(Some(&"x".repeat(501)))), (Some(None), None));
    }

    #[test]
    fn groups_that_are_offered_have_names_of_their_own_and_private_ones_are_nobodys_business() {
        let (one, other) = (GroupId::generate(Timestamp::default()), GroupId::generate(Timestamp::default()));
        let id = |kind, name, group| local_external_id(kind, name, group);
        use GroupKind::{Official, Private, Public};
        assert_eq!(id(Public, "Chess", one), id(Official, " CHESS ", other));
        assert_ne!(id(Public, "Chess", one), id(Public, "Chess 2", other));
        assert_ne!(id(Private, "Chess", one), id(Private, "Chess", other));
        assert!(
            id(Public, "Chess", one).as_str() > LOCAL_IDS.0 && id(Private, "x", one).as_str() < LOCAL_IDS.1
        );
    }
}
