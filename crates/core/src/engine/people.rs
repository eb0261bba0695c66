use std::sync::Arc;

use sha2::{Digest, Sha256};

use crate::AccountId;
use crate::account::{Account, Member, fold_login};
use crate::contact::{ContactAction, Pair, Relation};
use crate::engine::talk::MAX_LIST_PAGE;
use crate::engine::{ContactBook, Engine, EngineError, Visitor};
use crate::messaging::{MayDo, Notice, PersonView, PresenceView};
use crate::policy::{Mode, Permissions};
use crate::ports::ContactWrite;

/// A page of the roster.
#[derive(Debug, Clone)]
pub struct RosterPage {
    /// The people, without the visitor.
    pub people: Vec<PersonView>,
    /// Where the next page begins; `None` at the end.
    pub next: Option<AccountId>,
}

/// People found by name.
pub type PeoplePage = Vec<PersonView>;

/// Where the picture of an account is, under the front's `api/v1/`; another path for another picture, so that it can be
/// kept for long.
pub fn avatar_path(account: &Account) -> Option<String> {
    let source = account.profile.avatar.as_ref()?;
    let digest = Sha256::digest(source.as_bytes());
    let version: String = digest.iter().take(6).map(|byte| format!("{byte:02x}")).collect();
    Some(format!("people/{}/avatar?v={version}", account.id))
}

impl Engine {
    /// The people that the visitor sees, by id, beginning after `after`. A page may be shorter than `limit` though
    /// more follow.
    ///
    /// # Errors
    /// When the store does not answer.
    pub async fn roster(
        &self,
        visitor: &Visitor,
        after: Option<AccountId>,
        limit: usize,
    ) -> Result<RosterPage, EngineError> {
        if visitor.is_guest() {
            return Ok(RosterPage { people: Vec::new(), next: None });
        }
        let limit = limit.clamp(1, MAX_LIST_PAGE);
        let community = visitor.community();
        let book = self.contact_book(community, visitor.account()).await?;
        let (members, next) = if visitor.front().mode == Mode::Normal {
            // Only those with whom there is something can be seen: no look at the whole community.
            let mut known: Vec<AccountId> = book.keys().copied().filter(|id| Some(*id) > after).collect();
            known.sort_unstable();
            let next = (known.len() > limit).then(|| known[limit - 1]);
            known.truncate(limit);
            let mut members = self.store.members(community, &known).await?;
            members.sort_by_key(|member| member.account.id);
            (members, next)
        } else {
            let page = self.store.roster(community, after, limit).await?;
            (page.members, page.next)
        };
        let people = members
            .iter()
            .filter_map(|member| self.see(visitor, &book, member, |allowed| allowed.see))
            .collect();
        Ok(RosterPage { people, next })
    }

    /// The people whose login is exactly `login`, whatever its case, and whom the visitor may find.
    ///
    /// # Errors
    /// When the store does not answer.
    pub async fn find_people(&self, visitor: &Visitor, login: &str) -> Result<PeoplePage, EngineError> {
        self.members_only(visitor)?;
        if login.contains('\0') {
            // Nobody's, and no text to PostgreSQL.
            return Ok(Vec::new());
        }
        let book = self.contact_book(visitor.community(), visitor.account()).await?;
        let members = self.store.members_by_login(visitor.community(), &fold_login(login)).await?;
        Ok(members
            .iter()
            .filter_map(|member| self.see(visitor, &book, member, |allowed| allowed.find))
            .collect())
    }

    /// One person, with the relation to them.
    ///
    /// # Errors
    /// [`EngineError::NotFound`] when there is none that the visitor may find.
    pub async fn person(&self, visitor: &Visitor, other: AccountId) -> Result<PersonView, EngineError> {
        self.members_only(visitor)?;
        let book = self.contact_book(visitor.community(), visitor.account()).await?;
        let member = self.member_of(visitor.community(), other).await?.ok_or(EngineError::NotFound)?;
        self.see(visitor, &book, &member, |allowed| allowed.find).ok_or(EngineError::NotFound)
    }

    /// Does something to the relation with another person; durable on return.
    ///
    /// # Errors
    /// [`EngineError`]
    pub async fn change_contact(
        &self,
        visitor: &Visitor,
        other: AccountId,
        action: ContactAction,
    ) -> Result<PersonView, EngineError> {
        self.members_only(visitor)?;
        let pair = Pair::new(visitor.account(), other)
            .ok_or_else(|| EngineError::Unacceptable("this is you yourself".into()))?;
        self.person(visitor, other).await?;
        if action == ContactAction::Request
            && let Some(restriction) = self.write_restriction(visitor)
        {
            return Err(EngineError::WriteRestricted(restriction));
        }
        let write = ContactWrite {
            community: visitor.community().clone(),
            actor: visitor.account(),
            pair,
            action,
            limit: visitor.limits().max_contacts,
            now: self.clock.now(),
        };
        self.store.write_contact(&write).await??;
        let community = visitor.community();
        let keys = [(community.clone(), pair.low()), (community.clone(), pair.high())];
        self.contacts.forget(keys.iter());
        self.mailboxes.push(community, [visitor.account()], &Notice::Person(other));
        self.mailboxes.push(community, [other], &Notice::Person(visitor.account()));
        self.person(visitor, other).await
    }

    /// Ends whatever the visitor has with another person: contact, own request or own refusal.
    ///
    /// # Errors
    /// [`EngineError`]
    pub async fn remove_contact(&self, visitor: &Visitor, other: AccountId) -> Result<(), EngineError> {
        self.change_contact(visitor, other, ContactAction::Remove).await.map(drop)
    }

    /// A person as the visitor sees them, if `allowed` says so; never the visitor.
    pub(super) fn see(
        &self,
        visitor: &Visitor,
        book: &ContactBook,
        other: &Member,
        allowed: impl Fn(&Permissions) -> bool,
    ) -> Option<PersonView> {
        if other.account.id == visitor.account() {
            return None;
        }
        let (permissions, relation) = self.permissions(visitor, book, other);
        allowed(&permissions).then(|| self.view(visitor, other, permissions, relation))
    }

    fn view(&self, visitor: &Visitor, other: &Member, may: Permissions, relation: Relation) -> PersonView {
        let account = &other.account;
        let presence = if may.presence {
            self.presence.view(visitor.community(), account.id)
        } else {
            PresenceView { state: crate::messaging::PresenceState::Offline, since: None }
        };
        let restricted = self.write_restriction(visitor).is_some();
        PersonView {
            id: account.id,
            login: account.profile.login.clone(),
            display_name: account.profile.display_name.clone(),
            realm: account.realm.as_str().to_owned(),
            realm_label: self.realm_label(&account.realm),
            proven: account.proven,
            relation,
            presence,
            avatar: avatar_path(account),
            colour: account.profile.colour.clone(),
            language: account.profile.language.clone(),
            timezone: account.profile.timezone.clone(),
            profile_url: account.profile.profile_url.clone(),
            may: MayDo { write: may.write && !restricted, request: may.request && !restricted },
        }
    }

    /// The address of a person's picture over there, for somebody who may see the person.
    ///
    /// # Errors
    /// [`EngineError::NotFound`] when there is no picture, or no such person for the visitor.
    pub async fn avatar_source(&self, visitor: &Visitor, of: AccountId) -> Result<String, EngineError> {
        self.members_only(visitor)?;
        // From memory for whoever is visible; only others are looked for in the rooms that one shares with them.
        let visible = of == visitor.account() || self.person(visitor, of).await.is_ok();
        if !visible && !self.shares_room(visitor, of).await? {
            return Err(EngineError::NotFound);
        }
        let member = self.member_of(visitor.community(), of).await?.ok_or(EngineError::NotFound)?;
        member.account.profile.avatar.clone().ok_or(EngineError::NotFound)
    }

    /// A member of the visitor's community, whose picture the visitor may see.
    ///
    /// # Errors
    /// [`EngineError::NotFound`] when there is none.
    pub async fn account_of(&self, visitor: &Visitor, of: AccountId) -> Result<Account, EngineError> {
        self.avatar_source(visitor, of).await?;
        let member = self.member_of(visitor.community(), of).await?.ok_or(EngineError::NotFound)?;
        Ok(member.account.clone())
    }

    /// How people of a realm are labelled.
    pub fn realm_label(&self, realm: &crate::auth::Realm) -> String {
        self.settings.realm_labels.get(realm).cloned().unwrap_or_else(|| realm.as_str().to_owned())
    }

    /// The facts of another person that decide what the visitor may do with them; `None` for strangers.
    pub(super) async fn facts_about(
        &self,
        visitor: &Visitor,
        other: AccountId,
    ) -> Result<Option<(Arc<Member>, Permissions)>, EngineError> {
        let book = self.contact_book(visitor.community(), visitor.account()).await?;
        let member = self.member_of(visitor.community(), other).await?;
        Ok(member.map(|member| {
            let permissions = self.permissions(visitor, &book, &member).0;
            (member, permissions)
        }))
    }
}
