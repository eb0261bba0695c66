/// What one person may do with another.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Permissions {
    /// The other stands in the roster, and their id can be used.
    pub see: bool,
    /// The other is found by name.
    pub find: bool,
    /// A contact may be asked for.
    pub request: bool,
    /// Messages may be written; or why not.
    pub write: Result<(), WriteRefusal>,
    /// The other may be asked into a conference.
    pub call: bool,
    /// The other's presence is shown; otherwise they look offline.
    pub presence: bool,
}

impl Permissions {
    /// Nothing at all.
    pub const NOTHING: Self = Self::closed(WriteRefusal::General);

    pub(super) const fn closed(why: WriteRefusal) -> Self {
        Self { see: false, find: false, request: false, write: Err(why), call: false, presence: false }
    }

    pub(super) fn and(self, other: Self) -> Self {
        Self {
            see: self.see && other.see,
            find: self.find && other.find,
            request: self.request && other.request,
            write: self.write.and(other.write),
            call: self.call && other.call,
            presence: self.presence && other.presence,
        }
    }

    pub(super) fn or(self, other: Self) -> Self {
        Self {
            see: self.see || other.see,
            find: self.find || other.find,
            request: self.request || other.request,
            write: self.write.or(other.write),
            call: self.call || other.call,
            presence: self.presence || other.presence,
        }
    }
}

/// Why somebody may not write to somebody.
///
/// None of them says what must stay hidden: whoever is refused is told [`General`](Self::General), and whoever is hidden
/// from is told what they would be told of somebody offline.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, thiserror::Error)]
pub enum WriteRefusal {
    /// The front's mode asks for a contact, and there is none.
    #[error("you can write to each other once you are contacts")]
    NotAContact,
    /// The front's mode asks for a group that both are in.
    #[error("you share no group with this person")]
    NoSharedGroup,
    /// The other is in no group, and has not written first.
    #[error("this person is in no group, and can only be answered")]
    NotGrouped,
    /// The viewer refuses the other.
    #[error("you refuse this person: take that back before you write")]
    YouRefuse,
    /// The viewer hides from the other.
    #[error("you hide from this person: show yourself before you write")]
    YouHide,
    /// Nobody may write to the other.
    #[error("this person takes no messages")]
    Unreachable,
    /// The other is only to be disturbed by favourites.
    #[error("this person does not want to be disturbed at the moment")]
    DoNotDisturb,
    /// The other is offline and takes no messages then.
    #[error("this person is offline and takes no messages meanwhile")]
    OfflineNotTaken,
    /// Something else.
    #[error("you may not write to this person")]
    General,
}

impl WriteRefusal {
    /// A word for programs; `None` where there is nothing to be said.
    pub fn as_str(self) -> Option<&'static str> {
        Some(match self {
            Self::NotAContact => "not-a-contact",
            Self::NoSharedGroup => "no-shared-group",
            Self::NotGrouped => "not-grouped",
            Self::YouRefuse => "you-refuse",
            Self::YouHide => "you-hide",
            Self::Unreachable => "unreachable",
            Self::DoNotDisturb => "do-not-disturb",
            Self::OfflineNotTaken => "offline-not-taken",
            Self::General => return None,
        })
    }
}
