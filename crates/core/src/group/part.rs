//! What a person and a local group are to each other, and what becomes of it: pure, so that it can be tested as a table.

use serde::{Deserialize, Serialize};

use crate::group::GroupKind;

/// What a person and a group are to each other.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Part {
    /// Nothing.
    #[default]
    Outside,
    /// The person wants to come in; a manager decides.
    AsksToJoin,
    /// The person was refused, for good: until a manager thinks better of it.
    Refused,
    /// A manager has invited the person, who decides.
    Invited,
    /// The person is in it.
    Member,
    /// The person is in it and wants to leave; a manager decides.
    AsksToLeave,
    /// The person is in it and manages it.
    Manager,
}

impl Part {
    /// All of them, for tables.
    pub const ALL: [Self; 7] = [
        Self::Outside,
        Self::AsksToJoin,
        Self::Refused,
        Self::Invited,
        Self::Member,
        Self::AsksToLeave,
        Self::Manager,
    ];

    /// Whether the person is in the group: only then do they share it with others.
    pub fn is_in(self) -> bool {
        matches!(self, Self::Member | Self::AsksToLeave | Self::Manager)
    }

    /// Whether it waits for a manager's decision.
    pub fn waits(self) -> bool {
        matches!(self, Self::AsksToJoin | Self::AsksToLeave)
    }

    /// The word of the API. A manager is a member.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Outside => "none",
            Self::AsksToJoin => "asks-to-join",
            Self::Refused => "refused",
            Self::Invited => "invited",
            Self::Member | Self::Manager => "member",
            Self::AsksToLeave => "asks-to-leave",
        }
    }

    /// The word of the log and of the administration, where a manager is not just a member.
    pub fn full_word(self) -> &'static str {
        if self == Self::Manager { "manager" } else { self.as_str() }
    }

    /// The word that is kept beside the membership, if one is needed.
    pub fn pending_word(self) -> Option<&'static str> {
        matches!(self, Self::AsksToJoin | Self::Refused | Self::Invited | Self::AsksToLeave)
            .then(|| self.as_str())
    }

    /// From what is kept: the membership (`Some(manager)`), and the word beside it. A word that makes no sense beside it
    /// is passed over.
    pub fn from_kept(member: Option<bool>, word: Option<&str>) -> Self {
        match (member, word) {
            (Some(true), _) => Self::Manager,
            (Some(false), Some("asks-to-leave")) => Self::AsksToLeave,
            (Some(false), _) => Self::Member,
            (None, Some("asks-to-join")) => Self::AsksToJoin,
            (None, Some("refused")) => Self::Refused,
            (None, Some("invited")) => Self::Invited,
            (None, _) => Self::Outside,
        }
    }
}

/// What somebody does about their own part.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OwnAction {
    /// Come in, or ask to; accept an invitation; stay after all.
    Join,
    /// Go, or ask to; take a request back; decline an invitation.
    Leave,
}

/// What a manager does about somebody's part.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ManagerAction {
    /// Do what was asked for: let in, or let go.
    Approve,
    /// Refuse what was asked for. A member who asked for nothing is put out for good.
    Refuse,
    /// Invite; who asks to come in is let in.
    Invite,
    /// End whatever there is: a membership, a request, an invitation, a refusal.
    Remove,
    /// Make a member a manager.
    Promote,
    /// Make a manager a member.
    Demote,
}

/// How many are in a group.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Headcount {
    /// All.
    pub members: u64,
    /// Those who manage it.
    pub managers: u64,
}

/// Why something was not done to a group.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum GroupRefusal {
    /// There is no such group for this person.
    #[error("there is no such group")]
    NotFound,
    /// The group comes from outside, or the server keeps it by itself.
    #[error("this group can't be changed here: it is kept where it comes from")]
    KeptElsewhere,
    /// The person does not manage the group.
    #[error("only its managers may do this")]
    NotManaged,
    /// A manager has refused the person.
    #[error("a manager of this group has refused you")]
    Refused,
    /// The last manager can't go while others are there.
    #[error("a group needs a manager: name another one first")]
    LastManager,
    /// There is nothing that this could be done to.
    #[error("there is nothing to {0}")]
    NothingTo(&'static str),
    /// Another group goes by this name.
    #[error("another group has this name")]
    NameTaken,
    /// The person has made as many groups as allowed.
    #[error("at most {limit} groups of one's own are allowed here")]
    LimitReached {
        /// The limit.
        limit: u32,
    },
}

impl Part {
    /// What this part becomes by one's own action. Repeating what is done changes nothing.
    ///
    /// # Errors
    /// [`GroupRefusal`]
    #[expect(clippy::match_same_arms, reason = "a table that is read action by action")]
    pub fn after_own(
        self,
        action: OwnAction,
        kind: GroupKind,
        count: Headcount,
    ) -> Result<Self, GroupRefusal> {
        match (action, self) {
            (_, Self::Outside) if kind == GroupKind::Private => Err(GroupRefusal::NotFound),

            (OwnAction::Join, Self::Outside) if kind == GroupKind::Official => Ok(Self::AsksToJoin),
            (OwnAction::Join, Self::Outside | Self::Invited | Self::AsksToLeave) => Ok(Self::Member),
            (OwnAction::Join, Self::Refused) => Err(GroupRefusal::Refused),
            (OwnAction::Join, Self::AsksToJoin | Self::Member | Self::Manager) => Ok(self),

            (OwnAction::Leave, Self::Outside | Self::Refused) => Ok(self),
            (OwnAction::Leave, Self::AsksToJoin | Self::Invited) => Ok(Self::Outside),
            // Where nobody is left to decide, nobody is kept.
            (OwnAction::Leave, Self::Member | Self::AsksToLeave)
                if kind == GroupKind::Official && count.managers > 0 =>
            {
                Ok(Self::AsksToLeave)
            }
            (OwnAction::Leave, Self::Member | Self::AsksToLeave) => Ok(Self::Outside),
            (OwnAction::Leave, Self::Manager) => count.without_a_manager(Self::Outside),
        }
    }

    /// What this part of somebody else becomes by a manager's action. Repeating what is done changes nothing.
    ///
    /// # Errors
    /// [`GroupRefusal`]
    #[expect(clippy::match_same_arms, reason = "a table that is read action by action")]
    pub fn after_managers(
        self,
        action: ManagerAction,
        kind: GroupKind,
        count: Headcount,
    ) -> Result<Self, GroupRefusal> {
        use ManagerAction::{Approve, Demote, Invite, Promote, Refuse, Remove};
        let open = kind != GroupKind::Private;
        match (action, self) {
            (Approve, Self::AsksToJoin) => Ok(Self::Member),
            (Approve, Self::AsksToLeave) => Ok(Self::Outside),
            (Approve, Self::Member | Self::Manager) => Ok(self),
            (Approve, _) => Err(GroupRefusal::NothingTo("approve")),

            (Refuse, Self::AsksToLeave) => Ok(Self::Member),
            (Refuse, Self::AsksToJoin | Self::Refused) => Ok(Self::Refused),
            // Who could come back at once is kept out; a private group lets nobody in anyway.
            (Refuse, Self::Outside | Self::Invited | Self::Member) if open => Ok(Self::Refused),
            (Refuse, _) => Err(GroupRefusal::NothingTo("refuse")),

            (Invite, Self::Outside | Self::Refused) => Ok(Self::Invited),
            (Invite, Self::AsksToJoin) => Ok(Self::Member),
            (Invite, _) => Ok(self),

            (Remove, Self::Manager) => count.without_a_manager(Self::Outside),
            (Remove, _) => Ok(Self::Outside),

            (Promote, Self::Member | Self::AsksToLeave | Self::Manager) => Ok(Self::Manager),
            (Promote, _) => Err(GroupRefusal::NothingTo("promote")),

            (Demote, Self::Manager) if count.managers <= 1 => Err(GroupRefusal::LastManager),
            (Demote, Self::Manager | Self::Member) => Ok(Self::Member),
            (Demote, Self::AsksToLeave) => Ok(self),
            (Demote, _) => Err(GroupRefusal::NothingTo("demote")),
        }
    }
}

impl Headcount {
    /// `then`, unless others would be left without a manager.
    fn without_a_manager(self, then: Part) -> Result<Part, GroupRefusal> {
        let orphans = self.managers <= 1 && self.members > 1;
        if orphans { Err(GroupRefusal::LastManager) } else { Ok(then) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MANY: Headcount = Headcount { members: 5, managers: 2 };
    const ONE_MANAGER: Headcount = Headcount { members: 5, managers: 1 };
    const ALONE: Headcount = Headcount { members: 1, managers: 1 };
    const KINDS: [GroupKind; 3] = [GroupKind::Public, GroupKind::Official, GroupKind::Private];

    /// The word of an outcome.
    fn word(outcome: Result<Part, GroupRefusal>) -> &'static str {
        match outcome {
            Ok(Part::Manager) => "manager",
            Ok(part) => part.as_str(),
            Err(GroupRefusal::NotFound) => "404",
            Err(GroupRefusal::Refused) => "kept out",
            Err(GroupRefusal::LastManager) => "last",
            Err(GroupRefusal::NothingTo(_)) => "nothing",
            Err(other) => panic!("{other}"),
        }
    }

    #[test]
    fn what_people_do_themselves() {
        // In the order of Part::ALL; a manager here is one of two.
        let table = [
            (OwnAction::Join, GroupKind::Public, "member asks-to-join kept_out member member member manager"),
            (
                OwnAction::Join,
                GroupKind::Official,
                "asks-to-join asks-to-join kept_out member member member manager",
            ),
            (OwnAction::Join, GroupKind::Private, "404 asks-to-join kept_out member member member manager"),
            (OwnAction::Leave, GroupKind::Public, "none none refused none none none none"),
            (
                OwnAction::Leave,
                GroupKind::Official,
                "none none refused none asks-to-leave asks-to-leave none",
            ),
            (OwnAction::Leave, GroupKind::Private, "404 none refused none none none none"),
        ];
        for (action, kind, wanted) in table {
            let found: Vec<String> = Part::ALL
                .iter()
                .map(|part| word(part.after_own(action, kind, MANY)).replace(' ', "_"))
                .collect();
            assert_eq!(found.join(" "), wanted, "{action:?} {kind:?}");
        }
    }

    #[test]
    fn what_managers_do() {
        use ManagerAction::{Approve, Demote, Invite, Promote, Refuse, Remove};
        let table = [
            (Approve, true, "nothing member nothing nothing member none manager"),
            (Approve, false, "nothing member nothing nothing member none manager"),
            (Refuse, true, "refused refused refused refused refused member nothing"),
            (Refuse, false, "nothing refused refused nothing nothing member nothing"),
            (Invite, true, "invited member invited invited member asks-to-leave manager"),
            (Invite, false, "invited member invited invited member asks-to-leave manager"),
            (Remove, true, "none none none none none none none"),
            (Remove, false, "none none none none none none none"),
            (Promote, true, "nothing nothing nothing nothing manager manager manager"),
            (Promote, false, "nothing nothing nothing nothing manager manager manager"),
            (Demote, true, "nothing nothing nothing nothing member asks-to-leave member"),
            (Demote, false, "nothing nothing nothing nothing member asks-to-leave member"),
        ];
        for (action, open, wanted) in table {
            for kind in KINDS.into_iter().filter(|kind| (*kind != GroupKind::Private) == open) {
                let found: Vec<&str> =
                    Part::ALL.iter().map(|part| word(part.after_managers(action, kind, MANY))).collect();
                assert_eq!(found.join(" "), wanted, "{action:?} {kind:?}");
            }
        }
    }

    #[test]
    fn a_group_with_people_in_it_keeps_a_manager() {
        let last = Err(GroupRefusal::LastManager);
        for kind in KINDS {
            assert_eq!(Part::Manager.after_own(OwnAction::Leave, kind, ONE_MANAGER), last);
            assert_eq!(Part::Manager.after_managers(ManagerAction::Remove, kind, ONE_MANAGER), last);
            assert_eq!(Part::Manager.after_managers(ManagerAction::Demote, kind, ALONE), last);
            assert_eq!(Part::Manager.after_own(OwnAction::Leave, kind, ALONE), Ok(Part::Outside));
        }
    }

    #[test]
    fn where_nobody_decides_nobody_is_kept() {
        let orphaned = Headcount { members: 3, managers: 0 };
        let gone = Part::Member.after_own(OwnAction::Leave, GroupKind::Official, orphaned);
        assert_eq!(gone, Ok(Part::Outside));
    }

    #[test]
    fn what_is_kept_is_what_was_meant() {
        for part in Part::ALL {
            let member = part.is_in().then_some(part == Part::Manager);
            assert_eq!(Part::from_kept(member, part.pending_word()), part);
        }
        assert_eq!(Part::from_kept(None, Some("asks-to-leave")), Part::Outside);
    }

    #[test]
    fn only_members_share_a_group() {
        let inside: Vec<Part> = Part::ALL.into_iter().filter(|part| part.is_in()).collect();
        assert_eq!(inside, [Part::Member, Part::AsksToLeave, Part::Manager]);
    }
}
