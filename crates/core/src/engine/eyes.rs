//! With which eyes somebody sees others: the facts that `policy` decides by, gathered from memory.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::sync::Arc;

use crate::account::Member;
use crate::contact::Relation;
use crate::engine::terms::{Terms, has_terms_by_role};
use crate::engine::{ContactBook, Engine, EngineError, Visitor};
use crate::group::Group;
use crate::messaging::PresenceState;
use crate::policy::{self, Availability, Facts, OfflineChoice, Permissions, WriteRefusal};
use crate::ports::{Ratings, StoreResult};
use crate::{AccountId, CommunityId, ConversationId, GroupId};

/// Most accounts that one call of the store is asked about.
const AT_ONCE: usize = 1000;

/// The groups that somebody is in and that count, in order.
pub(super) type GroupIds = Arc<Vec<GroupId>>;

/// What a visitor knows of some people.
#[derive(Debug)]
pub(super) struct Eyes {
    pub(super) book: Arc<ContactBook>,
    mine: GroupIds,
    theirs: HashMap<AccountId, GroupIds>,
    /// The groups themselves, where roles hang on them.
    groups: HashMap<GroupId, Arc<Group>>,
    pub(super) ratings: HashMap<AccountId, Ratings>,
}

impl Eyes {
    /// The groups that the visitor and `other` are both in.
    pub(super) fn shared_with(&self, other: AccountId) -> Vec<GroupId> {
        let Some(theirs) = self.theirs.get(&other) else { return Vec::new() };
        self.mine.iter().copied().filter(|group| theirs.binary_search(group).is_ok()).collect()
    }

    /// The groups that `other` is in, where roles hang on them.
    fn groups_of(&self, other: AccountId) -> Vec<Arc<Group>> {
        let ids = self.theirs.get(&other).map(|ids| ids.as_slice()).unwrap_or_default();
        ids.iter().filter_map(|id| self.groups.get(id).cloned()).collect()
    }

    fn shares_with(&self, other: AccountId) -> bool {
        self.theirs
            .get(&other)
            .is_some_and(|theirs| self.mine.iter().any(|group| theirs.binary_search(group).is_ok()))
    }
}

impl Engine {
    /// Gathers what decides what `visitor` may do with `others`.
    pub(super) async fn look(&self, visitor: &Visitor, others: &[AccountId]) -> StoreResult<Eyes> {
        let community = visitor.community();
        self.know_presences(community, others.iter().copied()).await?;
        let book = self.contact_book(community, visitor.account()).await?;
        let mut theirs = HashMap::new();
        let mut mine = GroupIds::default();
        let here = || self.fronts.iter().filter(|front| front.community == *community);
        let by_role = here().any(|front| has_terms_by_role(&front));
        if by_role || self.groups_matter(community) {
            theirs = self.group_ids(community, others.iter().copied().chain([visitor.account()])).await?;
            mine = theirs.get(&visitor.account()).cloned().unwrap_or_default();
        }
        let mut groups = HashMap::new();
        if by_role {
            for id in theirs.values().flat_map(|ids| ids.iter().copied()) {
                if let Entry::Vacant(place) = groups.entry(id)
                    && let Some(group) = self.group_of(id).await?
                {
                    place.insert(group);
                }
            }
        }
        let ratings = self.ratings_shown_to(visitor, others).await?;
        Ok(Eyes { book, mine, theirs, groups, ratings })
    }

    /// Whether who is in which group decides anything in a community.
    pub(super) fn groups_matter(&self, community: &CommunityId) -> bool {
        self.fronts.iter().any(|front| front.community == *community && front.mode.is_of_groups())
    }

    /// The groups that people are in and that count.
    pub(super) async fn group_ids(
        &self,
        community: &CommunityId,
        people: impl IntoIterator<Item = AccountId>,
    ) -> StoreResult<HashMap<AccountId, GroupIds>> {
        let load = |keys: Vec<(CommunityId, AccountId)>| async move {
            let mut found: HashMap<(CommunityId, AccountId), Vec<GroupId>> = HashMap::new();
            let people: Vec<AccountId> = keys.iter().map(|(_, person)| *person).collect();
            for some in people.chunks(AT_ONCE) {
                for (person, group) in self.store.group_ids(community, some).await? {
                    found.entry((community.clone(), person)).or_default().push(group);
                }
            }
            let in_order = |mut groups: Vec<GroupId>| {
                groups.sort_unstable();
                Arc::new(groups)
            };
            Ok(found.into_iter().map(|(key, groups)| (key, in_order(groups))).collect())
        };
        let keys = people.into_iter().map(|person| (community.clone(), person));
        let found = self.group_ids.get_many(keys, load).await?;
        Ok(found.into_iter().map(|((_, person), groups)| (person, groups)).collect())
    }

    /// What options say about somebody, whether they are here or not.
    pub(super) async fn terms_of_member(&self, visitor: &Visitor, other: &Member) -> StoreResult<Terms> {
        let eyes = self.look(visitor, &[other.account.id]).await?;
        Ok(self.terms_of(other, &eyes.groups_of(other.account.id)))
    }

    /// What `visitor` may do with `other`, one of those who were looked at, and the relation that it follows from.
    pub(super) fn permissions(
        &self,
        visitor: &Visitor,
        eyes: &Eyes,
        other: &Member,
    ) -> (Permissions, Relation) {
        let facts = self.facts_between(visitor, eyes, other);
        (self.decide(visitor, other, &facts), facts.relation)
    }

    /// The same within their conversation, in which somebody may be answered who could not be written to otherwise.
    pub(super) async fn permissions_in(
        &self,
        visitor: &Visitor,
        eyes: &Eyes,
        other: &Member,
        conversation: ConversationId,
    ) -> StoreResult<Permissions> {
        let mut facts = self.facts_between(visitor, eyes, other);
        let may = self.decide(visitor, other, &facts);
        if may.write != Err(WriteRefusal::NotGrouped) {
            return Ok(may);
        }
        let key = (conversation, other.account.id);
        let wrote = self.wrote.get(&key, || self.store.has_written(conversation, other.account.id)).await?;
        if !wrote {
            // It may be so with the next message.
            self.wrote.forget([&key]);
        }
        facts.wrote_to_viewer = wrote;
        Ok(self.decide(visitor, other, &facts))
    }

    fn decide(&self, visitor: &Visitor, other: &Member, facts: &Facts) -> Permissions {
        let entered = other.fronts.iter().filter_map(|front| self.fronts.get(front));
        let modes = entered.filter(|front| front.community == *visitor.community()).map(|front| front.mode);
        policy::between(visitor.front().mode, modes, facts)
    }

    fn facts_between(&self, visitor: &Visitor, eyes: &Eyes, other: &Member) -> Facts {
        let (me, them) = (visitor.account(), other.account.id);
        let contact = eyes.book.get(&them);
        let (mine, theirs) = (contact.map(|c| c.side_of(me)), contact.map(|c| c.side_of(them)));
        let (my_terms, their_terms) =
            (Terms::of_visitor(visitor), self.terms_of(other, &eyes.groups_of(them)));
        Facts {
            relation: contact.map(|contact| contact.relation_for(me)).unwrap_or_default(),
            shared_group: eyes.shares_with(them),
            other_grouped: eyes.theirs.get(&them).is_some_and(|groups| !groups.is_empty()),
            hidden_by_viewer: mine.is_some_and(|side| side.hidden),
            hidden_by_other: theirs.is_some_and(|side| side.hidden),
            favourite_of_other: theirs.is_some_and(|side| side.favourite),
            viewer_reachable: my_terms.reachable,
            other_reachable: their_terms.reachable,
            viewer_rank: my_terms.rank,
            other_rank: their_terms.rank,
            availability: self.availability(visitor.community(), them),
            offline_choice: self.offline_choice(visitor.community(), them),
            offline_messages: my_terms.offline_messages && their_terms.offline_messages,
            wrote_to_viewer: false,
        }
    }

    /// How somebody is, as the rules of writing take it.
    fn availability(&self, community: &CommunityId, account: AccountId) -> Availability {
        match self.true_state(community, account) {
            PresenceState::Online => Availability::Online,
            PresenceState::Away => Availability::Away,
            PresenceState::Busy => Availability::Busy,
            PresenceState::DoNotDisturb => Availability::DoNotDisturb,
            PresenceState::Invisible => Availability::Invisible,
            PresenceState::Offline => Availability::Offline,
        }
    }

    /// Whose messages somebody takes while offline.
    fn offline_choice(&self, community: &CommunityId, account: AccountId) -> OfflineChoice {
        self.known_record(community, account, |record| record.offline_choice).unwrap_or_default()
    }

    /// The facts of another person that decide what the visitor may do with them; `None` for strangers.
    pub(super) async fn facts_about(
        &self,
        visitor: &Visitor,
        other: AccountId,
    ) -> Result<Option<(Arc<Member>, Permissions)>, EngineError> {
        let Some(member) = self.member_of(visitor.community(), other).await? else { return Ok(None) };
        let eyes = self.look(visitor, &[other]).await?;
        let permissions = self.permissions(visitor, &eyes, &member).0;
        Ok(Some((member, permissions)))
    }
}
