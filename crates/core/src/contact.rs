//! The relation between two people: asked for, accepted, refused; and what each keeps of the other alone.

use serde::{Deserialize, Serialize};

use crate::{AccountId, Timestamp};

/// An unordered pair of two different people, in one spelling.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Pair {
    low: AccountId,
    high: AccountId,
}

impl Pair {
    /// The pair of two people; `None` when they are one.
    pub fn new(one: AccountId, other: AccountId) -> Option<Self> {
        match one.cmp(&other) {
            std::cmp::Ordering::Less => Some(Self { low: one, high: other }),
            std::cmp::Ordering::Greater => Some(Self { low: other, high: one }),
            std::cmp::Ordering::Equal => None,
        }
    }

    /// The smaller id.
    pub fn low(&self) -> AccountId {
        self.low
    }

    /// The greater id.
    pub fn high(&self) -> AccountId {
        self.high
    }

    /// The other one.
    pub fn other_than(&self, person: AccountId) -> AccountId {
        if person == self.low { self.high } else { self.low }
    }
}

/// How far two people have come with each other.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Link {
    /// Nothing.
    None,
    /// This person has asked.
    RequestedBy(AccountId),
    /// Both want it.
    Accepted,
}

/// Longest text of a request, in characters.
pub const MAX_REQUEST_TEXT: usize = 500;
/// Longest nickname and longest name of a group of contacts, in characters.
pub const MAX_NOTE: usize = 64;

/// Everything between two people in a community.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Contact {
    /// Who.
    pub pair: Pair,
    /// How far they are.
    pub link: Link,
    /// What the one who asked has written to it, until it is answered.
    pub request_text: Option<String>,
    /// What is the smaller id's alone.
    pub low: Side,
    /// What is the greater id's alone.
    pub high: Side,
    /// When it last changed.
    pub changed_at: Timestamp,
}

/// What one of two people decided about the other, alone.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Side {
    /// They refuse the other.
    pub refused: bool,
    /// They look offline to the other.
    pub hidden: bool,
    /// The other is a favourite: always let through.
    pub favourite: bool,
    /// Their own name for the other.
    pub nickname: Option<String>,
    /// Their own name for a group of people that the other is put in.
    pub group: Option<String>,
    /// How they rate the other, 1 to 5.
    pub rating: Option<u8>,
}

/// A contact as one of the two sees it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Relation {
    /// Nothing.
    #[default]
    None,
    /// I have asked.
    Requested,
    /// They have asked.
    RequestedByThem,
    /// Both want it.
    Accepted,
    /// I refuse them.
    Refused,
    /// They refuse me.
    RefusedByThem,
}

impl Relation {
    /// All of them, for tables.
    pub const ALL: [Self; 6] = [
        Self::None,
        Self::Requested,
        Self::RequestedByThem,
        Self::Accepted,
        Self::Refused,
        Self::RefusedByThem,
    ];

    /// Whether it takes up one of the person's `max_contacts`.
    pub fn counts(self) -> bool {
        matches!(self, Self::Requested | Self::Accepted)
    }
}

/// What a person does to a relation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ContactAction {
    /// Ask for the contact; accepts if the other has asked already.
    Request,
    /// Accept the other's request.
    Accept,
    /// Refuse the other, now and later.
    Refuse,
    /// Take back one's own request.
    Withdraw,
    /// End the contact, one's request, one's refusal, and whatever else one keeps of the other.
    Remove,
    /// Look offline to the other.
    Hide,
    /// No longer look offline to the other.
    Unhide,
}

/// What a person keeps of another for themselves; `None` = as it was.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct NotesChange {
    /// Whether the other is a favourite.
    pub favourite: Option<bool>,
    /// The nickname, or none any more.
    pub nickname: Option<Option<String>>,
    /// The group of contacts, or none any more.
    pub group: Option<Option<String>>,
    /// The rating, or none any more.
    pub rating: Option<Option<u8>>,
}

/// What is to become of a contact.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ContactChange {
    /// Somebody asks, perhaps with a text.
    Ask(Option<String>),
    /// Somebody does something.
    Act(ContactAction),
    /// Somebody notes something.
    Note(NotesChange),
    /// The front, or an administrator, makes the two contacts, unless one of them refuses the other.
    Befriend,
    /// An administrator ends the contact, or a request; what each keeps of the other alone stays, a refusal too.
    Separate,
}

impl From<ContactAction> for ContactChange {
    fn from(action: ContactAction) -> Self {
        match action {
            ContactAction::Request => Self::Ask(None),
            other => Self::Act(other),
        }
    }
}

/// Why an action was not done.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ContactRefusal {
    /// The other refuses this person.
    #[error("this person does not want to be contacted")]
    RefusedByThem,
    /// This person refuses the other.
    #[error("you refuse this person: take that back first")]
    RefusedByYou,
    /// There is no request to accept or withdraw.
    #[error("there is no request to {0}")]
    NothingTo(&'static str),
    /// Only contacts can be rated.
    #[error("only contacts can be rated")]
    NotAContact,
    /// The person has as many contacts as the front allows.
    #[error("the limit of {limit} contacts is reached")]
    LimitReached {
        /// The front's `max_contacts`.
        limit: u32,
    },
    /// The other has as many contacts as their front allows.
    #[error("this person has reached the limit of {limit} contacts")]
    TheirLimitReached {
        /// The `max_contacts` of the other's front.
        limit: u32,
    },
    /// The person has as many unanswered requests as the front allows.
    #[error("the limit of {limit} unanswered requests is reached")]
    TooManyRequests {
        /// The front's `max_pending_requests`.
        limit: u32,
    },
}

/// How much two people may have; `None` = no limit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct ContactLimits {
    /// Most contacts and requests of the one who acts.
    pub mine: Option<u32>,
    /// Most contacts of the other.
    pub theirs: Option<u32>,
    /// Most unanswered requests of the one who acts.
    pub pending: Option<u32>,
}

impl ContactLimits {
    /// Only the contacts of the one who acts are limited.
    pub fn of_mine(limit: Option<u32>) -> Self {
        Self { mine: limit, ..Self::default() }
    }

    /// Whether what `actor` has done fits, given everything that either of the two has (this contact as it was
    /// before, among it, or not: it makes no difference).
    ///
    /// # Errors
    /// [`ContactRefusal`], when it newly takes up a place that is not there.
    pub fn check(
        &self,
        actor: AccountId,
        (before, after): (&Contact, &Contact),
        all_of: impl Fn(AccountId) -> Vec<Relation>,
    ) -> Result<(), ContactRefusal> {
        let step = |person| (before.relation_for(person), after.relation_for(person));
        let full = |most: u32, person, taken: fn(Relation) -> bool| {
            let (was, is) = step(person);
            let newly = taken(is) && !taken(was);
            let count = || all_of(person).into_iter().filter(|&one| taken(one)).count();
            newly && count() >= usize::try_from(most).unwrap_or(usize::MAX)
        };
        if let Some(limit) = self.mine.filter(|&most| full(most, actor, Relation::counts)) {
            return Err(ContactRefusal::LimitReached { limit });
        }
        if let Some(limit) = self.pending.filter(|&most| full(most, actor, |one| one == Relation::Requested))
        {
            return Err(ContactRefusal::TooManyRequests { limit });
        }
        let other = before.pair.other_than(actor);
        if let Some(limit) = self.theirs.filter(|&most| full(most, other, |one| one == Relation::Accepted)) {
            return Err(ContactRefusal::TheirLimitReached { limit });
        }
        Ok(())
    }

    /// Whose relations must be counted for [`check`](Self::check): the actor's, the other's.
    pub fn counted(&self, actor: AccountId, (before, after): (&Contact, &Contact)) -> (bool, bool) {
        let other = before.pair.other_than(actor);
        let step = |person| before.relation_for(person) != after.relation_for(person);
        ((self.mine.is_some() || self.pending.is_some()) && step(actor), self.theirs.is_some() && step(other))
    }
}

impl Link {
    /// The word of the log and of the administration.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::RequestedBy(_) => "requested",
            Self::Accepted => "accepted",
        }
    }
}

impl Contact {
    /// Nothing between two people.
    pub fn none(pair: Pair, now: Timestamp) -> Self {
        let (low, high) = (Side::default(), Side::default());
        Self { pair, link: Link::None, request_text: None, low, high, changed_at: now }
    }

    /// What is `person`'s alone.
    pub fn side_of(&self, person: AccountId) -> &Side {
        if person == self.pair.low { &self.low } else { &self.high }
    }

    fn side_of_mut(&mut self, person: AccountId) -> &mut Side {
        if person == self.pair.low { &mut self.low } else { &mut self.high }
    }

    /// The contact as `viewer` sees it. One's own refusal hides everything else.
    pub fn relation_for(&self, viewer: AccountId) -> Relation {
        match self.link {
            _ if self.side_of(viewer).refused => Relation::Refused,
            _ if self.side_of(self.pair.other_than(viewer)).refused => Relation::RefusedByThem,
            Link::None => Relation::None,
            Link::Accepted => Relation::Accepted,
            Link::RequestedBy(person) if person == viewer => Relation::Requested,
            Link::RequestedBy(_) => Relation::RequestedByThem,
        }
    }

    /// Whether nothing is worth remembering.
    pub fn is_empty(&self) -> bool {
        self.link == Link::None && self.low == Side::default() && self.high == Side::default()
    }

    /// What the contact becomes when `actor` changes it. Repeating what has been done changes nothing.
    ///
    /// # Errors
    /// [`ContactRefusal`], except the limits, which need a count.
    pub fn after(
        &self,
        actor: AccountId,
        change: &ContactChange,
        now: Timestamp,
    ) -> Result<Self, ContactRefusal> {
        let mut next = self.clone();
        match change {
            ContactChange::Ask(text) => next.ask(actor, text.as_deref())?,
            ContactChange::Act(ContactAction::Request) => next.ask(actor, None)?,
            ContactChange::Act(action) => next.act(actor, *action)?,
            ContactChange::Note(notes) => next.note(actor, notes)?,
            ContactChange::Befriend if self.low.refused || self.high.refused => {}
            ContactChange::Befriend => next.link = Link::Accepted,
            ContactChange::Separate => next.separate(),
        }
        if !matches!(next.link, Link::RequestedBy(_)) {
            next.request_text = None;
        }
        if next != *self {
            next.changed_at = now;
        }
        Ok(next)
    }

    fn separate(&mut self) {
        self.link = Link::None;
        // Only contacts are rated.
        (self.low.rating, self.high.rating) = (None, None);
    }

    fn ask(&mut self, actor: AccountId, text: Option<&str>) -> Result<(), ContactRefusal> {
        let other = self.pair.other_than(actor);
        if self.side_of(other).refused {
            return Err(ContactRefusal::RefusedByThem);
        }
        match self.relation_for(actor) {
            Relation::Requested | Relation::Accepted => {}
            Relation::RequestedByThem => self.link = Link::Accepted,
            Relation::None | Relation::Refused | Relation::RefusedByThem => {
                self.side_of_mut(actor).refused = false;
                self.link = Link::RequestedBy(actor);
                self.request_text = text.map(str::to_owned);
            }
        }
        Ok(())
    }

    fn act(&mut self, actor: AccountId, action: ContactAction) -> Result<(), ContactRefusal> {
        let relation = self.relation_for(actor);
        match (action, relation) {
            (ContactAction::Request, _) => return self.ask(actor, None),
            (ContactAction::Accept, Relation::Accepted) => {}
            (ContactAction::Accept, Relation::RequestedByThem) => self.link = Link::Accepted,
            (ContactAction::Accept, _) => return Err(ContactRefusal::NothingTo("accept")),
            (ContactAction::Refuse, _) => {
                let mine = self.side_of_mut(actor);
                // Whoever hid from somebody stays hidden when the refusal is taken back.
                (mine.refused, mine.favourite) = (true, false);
                self.link = Link::None;
            }
            (ContactAction::Withdraw, Relation::Requested) => self.link = Link::None,
            (ContactAction::Withdraw, _) => return Err(ContactRefusal::NothingTo("withdraw")),
            (ContactAction::Remove, _) => {
                *self.side_of_mut(actor) = Side::default();
                self.link = Link::None;
            }
            (ContactAction::Hide, Relation::Refused) => return Err(ContactRefusal::RefusedByYou),
            (ContactAction::Hide, _) => self.side_of_mut(actor).hidden = true,
            (ContactAction::Unhide, _) => self.side_of_mut(actor).hidden = false,
        }
        Ok(())
    }

    fn note(&mut self, actor: AccountId, notes: &NotesChange) -> Result<(), ContactRefusal> {
        let relation = self.relation_for(actor);
        if notes.favourite == Some(true) && relation == Relation::Refused {
            return Err(ContactRefusal::RefusedByYou);
        }
        if matches!(notes.rating, Some(Some(_))) && relation != Relation::Accepted {
            return Err(ContactRefusal::NotAContact);
        }
        let mine = self.side_of_mut(actor);
        mine.favourite = notes.favourite.unwrap_or(mine.favourite);
        if let Some(nickname) = &notes.nickname {
            mine.nickname.clone_from(nickname);
        }
        if let Some(group) = &notes.group {
            mine.group.clone_from(group);
        }
        mine.rating = notes.rating.unwrap_or(mine.rating);
        Ok(())
    }
}

#[cfg(test)]
mod tests;
