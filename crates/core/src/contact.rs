//! The relation between two people: asked for, accepted, refused.

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

/// Everything between two people in a community.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Contact {
    /// Who.
    pub pair: Pair,
    /// How far they are.
    pub link: Link,
    /// Whether the one with the smaller id refuses the other.
    pub refused_by_low: bool,
    /// Whether the one with the greater id refuses the other.
    pub refused_by_high: bool,
    /// When it last changed.
    pub changed_at: Timestamp,
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
    /// End the contact, one's request or one's refusal.
    Remove,
}

/// Why an action was not done.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ContactRefusal {
    /// The other refuses this person.
    #[error("this person does not want to be contacted")]
    RefusedByThem,
    /// There is no request to accept or withdraw.
    #[error("there is no request to {0}")]
    NothingTo(&'static str),
    /// The person has as many contacts as the front allows.
    #[error("the limit of {limit} contacts is reached")]
    LimitReached {
        /// The front's `max_contacts`.
        limit: u32,
    },
}

impl Contact {
    /// Nothing between two people.
    pub fn none(pair: Pair, now: Timestamp) -> Self {
        Self { pair, link: Link::None, refused_by_low: false, refused_by_high: false, changed_at: now }
    }

    /// The contact as `viewer` sees it. One's own refusal hides everything else.
    pub fn relation_for(&self, viewer: AccountId) -> Relation {
        let (mine, theirs) = if viewer == self.pair.low {
            (self.refused_by_low, self.refused_by_high)
        } else {
            (self.refused_by_high, self.refused_by_low)
        };
        match self.link {
            _ if mine => Relation::Refused,
            _ if theirs => Relation::RefusedByThem,
            Link::None => Relation::None,
            Link::Accepted => Relation::Accepted,
            Link::RequestedBy(person) if person == viewer => Relation::Requested,
            Link::RequestedBy(_) => Relation::RequestedByThem,
        }
    }

    /// Whether nothing is worth remembering.
    pub fn is_empty(&self) -> bool {
        self.link == Link::None && !self.refused_by_low && !self.refused_by_high
    }

    /// What the contact becomes when `actor` does `action`. Repeating what has been done changes nothing.
    ///
    /// # Errors
    /// [`ContactRefusal`], except the limit, which needs a count.
    pub fn after(
        &self,
        actor: AccountId,
        action: ContactAction,
        now: Timestamp,
    ) -> Result<Self, ContactRefusal> {
        let relation = self.relation_for(actor);
        let mut next = *self;
        match (action, relation) {
            (ContactAction::Request, Relation::Requested | Relation::Accepted)
            | (ContactAction::Accept, Relation::Accepted)
            | (ContactAction::Refuse, Relation::Refused)
            | (ContactAction::Remove, Relation::None | Relation::RefusedByThem) => return Ok(next),

            (ContactAction::Request, Relation::RefusedByThem) => return Err(ContactRefusal::RefusedByThem),
            (ContactAction::Request, Relation::Refused) if self.refuses(self.pair.other_than(actor)) => {
                return Err(ContactRefusal::RefusedByThem);
            }
            (ContactAction::Request, Relation::None | Relation::Refused) => {
                next.set_refused(actor, false);
                next.link = Link::RequestedBy(actor);
            }
            (ContactAction::Request | ContactAction::Accept, Relation::RequestedByThem) => {
                next.link = Link::Accepted;
            }
            (ContactAction::Accept, _) => return Err(ContactRefusal::NothingTo("accept")),
            (ContactAction::Refuse, _) => {
                next.set_refused(actor, true);
                next.link = Link::None;
            }
            (ContactAction::Withdraw, Relation::Requested) => next.link = Link::None,
            (ContactAction::Withdraw, _) => return Err(ContactRefusal::NothingTo("withdraw")),
            (ContactAction::Remove, Relation::Refused) => next.set_refused(actor, false),
            (ContactAction::Remove, Relation::Requested | Relation::RequestedByThem | Relation::Accepted) => {
                next.link = Link::None;
            }
        }
        next.changed_at = now;
        Ok(next)
    }

    fn refuses(&self, person: AccountId) -> bool {
        if person == self.pair.low { self.refused_by_low } else { self.refused_by_high }
    }

    fn set_refused(&mut self, person: AccountId, refused: bool) {
        if person == self.pair.low {
            self.refused_by_low = refused;
        } else {
            self.refused_by_high = refused;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Timestamp = Timestamp::from_secs(1);

    fn people() -> (AccountId, AccountId, Contact) {
        let (me, you) = (AccountId::generate(NOW), AccountId::generate(NOW));
        (me, you, Contact::none(Pair::new(me, you).unwrap(), NOW))
    }

    #[test]
    fn a_request_that_is_accepted_is_a_contact_for_both() {
        let (me, you, contact) = people();
        let asked = contact.after(me, ContactAction::Request, NOW).unwrap();
        assert_eq!(asked.relation_for(me), Relation::Requested);
        assert_eq!(asked.relation_for(you), Relation::RequestedByThem);
        let done = asked.after(you, ContactAction::Accept, NOW).unwrap();
        assert_eq!((done.relation_for(me), done.relation_for(you)), (Relation::Accepted, Relation::Accepted));
    }

    #[test]
    fn a_refusal_binds_until_the_refuser_takes_it_back() {
        let (me, you, contact) = people();
        let refused = contact.after(you, ContactAction::Refuse, NOW).unwrap();
        assert_eq!(refused.relation_for(me), Relation::RefusedByThem);
        assert_eq!(refused.after(me, ContactAction::Request, NOW), Err(ContactRefusal::RefusedByThem));
        assert_eq!(refused.after(me, ContactAction::Remove, NOW), Ok(refused));
        let open = refused.after(you, ContactAction::Remove, NOW).unwrap();
        assert!(open.is_empty());
    }

    #[test]
    fn both_may_refuse_and_each_takes_back_only_the_own_refusal() {
        let (me, you, contact) = people();
        let both = contact
            .after(me, ContactAction::Refuse, NOW)
            .unwrap()
            .after(you, ContactAction::Refuse, NOW)
            .unwrap();
        assert_eq!(both.relation_for(me), Relation::Refused);
        assert_eq!(both.after(me, ContactAction::Request, NOW), Err(ContactRefusal::RefusedByThem));
        let theirs = both.after(me, ContactAction::Remove, NOW).unwrap();
        assert_eq!(theirs.relation_for(me), Relation::RefusedByThem);
    }

    #[test]
    fn every_action_can_be_repeated_without_effect() {
        for relation_maker in [ContactAction::Request, ContactAction::Refuse] {
            let (me, _, contact) = people();
            let once = contact.after(me, relation_maker, NOW).unwrap();
            assert_eq!(once.after(me, relation_maker, Timestamp::from_secs(9)), Ok(once));
        }
    }

    #[test]
    fn there_must_be_something_to_accept_or_withdraw() {
        let (me, _, contact) = people();
        assert_eq!(contact.after(me, ContactAction::Accept, NOW), Err(ContactRefusal::NothingTo("accept")));
        assert_eq!(
            contact.after(me, ContactAction::Withdraw, NOW),
            Err(ContactRefusal::NothingTo("withdraw"))
        );
    }
}
