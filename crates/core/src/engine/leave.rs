//! Somebody leaves: out at once, and what belongs to them goes in small steps.

use std::sync::Arc;

use secrecy::SecretString;

use crate::account::{AccountState, OwnMessages};
use crate::administration::{AuditEntry, Change};
use crate::auth::Authenticator;
use crate::engine::{Engine, EngineError, Visitor};
use crate::group::Group;
use crate::messaging::{Conversation, Notice, Readers};
use crate::ports::StoreResult;
use crate::session::Ending;
use crate::{AccountId, CommunityId, ConversationId, GroupId};

/// How many rows one transaction deletes.
const ROWS_AT_ONCE: usize = 500;
/// Steps that the caller waits for; the rest is done by upkeep.
const STEPS_AT_ONCE: usize = 4;
/// Accounts, and steps of each, in one round of upkeep.
const LEAVING_AT_ONCE: usize = 20;
const STEPS_OF_UPKEEP: usize = 20;

impl Engine {
    /// The visitor leaves for good. Accounts of Portico's own need their password once more.
    ///
    /// # Errors
    /// [`EngineError::NotPermitted`] where nobody may leave, or with a wrong password.
    pub async fn leave(
        &self,
        visitor: &Visitor,
        password: Option<&SecretString>,
        messages: OwnMessages,
        peer: Option<std::net::IpAddr>,
    ) -> Result<(), EngineError> {
        self.members_only(visitor)?;
        if !visitor.options().leave {
            return Err(EngineError::NotPermitted("accounts are not deleted here by their people".into()));
        }
        let standing = visitor.session.standing();
        let by = self.authenticators.get(&standing.authenticator);
        if by.is_some_and(|by| by.passwords().is_some()) {
            self.prove_again(visitor, password, peer).await?;
        }
        self.delete_account(visitor.account(), messages).await
    }

    /// Deletes an account with everything that belongs to it: when this returns, its person is out and has no name any more;
    /// what is many rows goes on in small steps, after a restart too.
    ///
    /// # Errors
    /// [`EngineError::NotFound`] when there is no such account, or it is leaving already.
    pub async fn delete_account(&self, account: AccountId, messages: OwnMessages) -> Result<(), EngineError> {
        self.delete_with(account, messages, None).await
    }

    /// The same, by an administrator: `line` is written with the beginning.
    pub(super) async fn delete_with(
        &self,
        account: AccountId,
        messages: OwnMessages,
        line: Option<AuditEntry>,
    ) -> Result<(), EngineError> {
        let surroundings = self.surroundings_of(account).await?;
        let stored = self.store.end_sessions(account, None).await?;
        let now = self.clock.now();
        let begun = match line {
            Some(line) => {
                self.store.administer(&Change::Leave { account, messages, now }, line).await?.is_some()
            }
            None => self.store.begin_leaving(account, messages, now).await?,
        };
        if !begun {
            return Err(EngineError::NotFound);
        }
        self.forget_sessions(account, None, &stored, Ending::Gone);
        self.desk.forget(account);
        self.forget_granted(account);
        for place in &surroundings {
            self.forget_place(account, place);
        }
        if let Err(error) = self.erase_steps(account, STEPS_AT_ONCE).await {
            // The person is out, and others are told so: upkeep goes on with the rest.
            tracing::warn!(%account, %error, "what belongs to somebody who left could not be deleted yet");
        }
        self.tell_surroundings(account, surroundings, messages).await;
        Ok(())
    }

    /// Goes on with the accounts of those who left.
    pub async fn erase_leaving(&self) {
        let leaving = match self.store.accounts_in(AccountState::Leaving, None, LEAVING_AT_ONCE).await {
            Ok(leaving) => leaving,
            Err(error) => {
                tracing::warn!(%error, "accounts of those who left could not be looked for");
                return;
            }
        };
        for (account, _) in leaving {
            if let Err(error) = self.go_on_erasing(account).await {
                tracing::warn!(%account, %error, "what belongs to somebody who left could not be deleted");
                return;
            }
        }
    }

    /// The last step is the one that takes the person out of groups and conferences: whoever is in them hears of it.
    async fn go_on_erasing(&self, account: AccountId) -> Result<(), EngineError> {
        let surroundings = self.surroundings_of(account).await?;
        match self.erase_steps(account, STEPS_OF_UPKEEP).await {
            // So much was deleted since others were told, be it messages or reactions to theirs, that they read anew.
            Ok(true) => self.tell_surroundings(account, surroundings, OwnMessages::Delete).await,
            Ok(false) => {}
            Err(error) => {
                // Whether the last step took place is not known.
                surroundings.iter().for_each(|place| self.forget_place(account, place));
                return Err(error.into());
            }
        }
        Ok(())
    }

    /// Deletes some of what belongs to somebody who left; `true` = all of it.
    async fn erase_steps(&self, account: AccountId, steps: usize) -> StoreResult<bool> {
        for _ in 0..steps {
            if self.store.erase_some(account, ROWS_AT_ONCE).await? {
                return Ok(true);
            }
        }
        Ok(false)
    }

    async fn tell_surroundings(&self, account: AccountId, surroundings: Vec<Place>, messages: OwnMessages) {
        for place in surroundings {
            self.forget_place(account, &place);
            self.tell_place(&place, messages);
            let groups: Vec<GroupId> = place.groups.iter().map(|group| group.id).collect();
            let Place { community, readers, .. } = place;
            self.tell_of_lost_sight(&community, account, readers, &groups).await;
        }
    }

    /// Whose facts in memory speak of a person.
    async fn surroundings_of(&self, account: AccountId) -> Result<Vec<Place>, EngineError> {
        let mut places = Vec::new();
        for community in self.store.communities_of(account).await? {
            let book = self.contact_book(&community, account).await?;
            let groups = self.store.groups_of(&community, account).await?;
            places.push(Place {
                readers: self.readers_of(&community, account, |_| true),
                people: book.keys().copied().collect(),
                groups: groups.into_iter().map(|part| part.group).collect(),
                talks: self.talks_of(&community, account).await?,
                community,
            });
        }
        Ok(places)
    }

    /// The conversations of a person, those of groups with their members too.
    async fn talks_of(&self, community: &CommunityId, account: AccountId) -> StoreResult<Vec<Conversation>> {
        let mut talks = self.store.talks(community, account).await?;
        for room in talks.iter_mut().filter(|talk| talk.group.is_some()) {
            let id = room.id;
            let load = || async move { Ok(self.store.conversation(id).await?.map(Arc::new)) };
            if let Some(whole) = self.conversations.get(&id, load).await? {
                room.members.clone_from(&whole.members);
            }
        }
        Ok(talks)
    }

    /// Tells those who were in something with a person that is different without them.
    fn tell_place(&self, place: &Place, messages: OwnMessages) {
        let community = &place.community;
        let members = |room: ConversationId| place.talks.iter().find(|talk| talk.id == room);
        for group in place.groups.iter().filter(|group| group.is_local()) {
            let others = members(group.room).map(|room| room.members.clone()).unwrap_or_default();
            self.mailboxes.push(community, others, &Notice::Group(group.id));
        }
        for talk in &place.talks {
            let everybody =
                talk.conference.as_ref().map_or(talk.members.clone(), |it| it.everybody().collect());
            // Whose messages went one by one is more than is worth telling so.
            let notice = match messages {
                OwnMessages::Delete => Notice::Anew,
                OwnMessages::Keep if talk.conference.is_some() => Notice::Room(talk.id),
                OwnMessages::Keep => continue,
            };
            self.mailboxes.push(community, everybody, &notice);
        }
    }

    fn forget_place(&self, account: AccountId, place: &Place) {
        let key = |person: &AccountId| (place.community.clone(), *person);
        let keys: Vec<_> = place.people.iter().map(key).chain([(place.community.clone(), account)]).collect();
        self.contacts.forget(&keys);
        let own = (place.community.clone(), account);
        self.members.forget([&own]);
        self.group_ids.forget([&own]);
        self.conversations.forget(place.talks.iter().map(|talk| &talk.id));
        self.groups.forget(place.groups.iter().map(|group| &group.id));
    }
}

/// What of a community speaks of a person.
struct Place {
    community: CommunityId,
    people: Vec<AccountId>,
    groups: Vec<Group>,
    talks: Vec<Conversation>,
    /// Who is told.
    readers: Readers,
}
