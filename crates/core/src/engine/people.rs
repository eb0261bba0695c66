use sha2::{Digest, Sha256};

use crate::AccountId;
use crate::account::{Account, Member, fold_login};
use crate::engine::eyes::Eyes;
use crate::engine::talk::MAX_LIST_PAGE;
use crate::engine::{Engine, EngineError, Visitor};
use crate::front::ContactRating;
use crate::messaging::{MayDo, PersonView, PresenceView};
use crate::policy::{Mode, Permissions};
use crate::ports::AccountPage;

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

/// Fewest characters that people are searched by.
const MIN_SEARCH: usize = 2;
/// Most people that a search finds.
const MOST_FOUND: usize = 20;
/// Most people that a search looks at: somebody who may find few of many is not worth more.
const MOST_LOOKED_AT: usize = 5_000;

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
        let AccountPage { members, next } = self.candidates(visitor, after, limit).await?;
        let people = self.seen_of(visitor, &members, |allowed| allowed.see).await?;
        Ok(RosterPage { people, next })
    }

    /// A page of those who could be seen: nobody is looked at who can't, as far as that is known beforehand.
    async fn candidates(
        &self,
        visitor: &Visitor,
        after: Option<AccountId>,
        limit: usize,
    ) -> Result<AccountPage, EngineError> {
        let community = visitor.community();
        let lists_everybody = visitor.options().list_everybody;
        match visitor.front().mode {
            Mode::OpenCommunity if lists_everybody => Ok(self.store.roster(community, after, limit).await?),
            Mode::OpenGroupCommunity if lists_everybody => {
                let ids = self.store.grouped_people(community, None, after, limit + 1).await?;
                self.page_of(visitor, ids, limit).await
            }
            Mode::Normal | Mode::OpenCommunity | Mode::OpenGroupCommunity => {
                let book = self.contact_book(community, visitor.account()).await?;
                let mut known: Vec<AccountId> = book.keys().copied().filter(|id| Some(*id) > after).collect();
                known.sort_unstable();
                self.page_of(visitor, known, limit).await
            }
            Mode::GroupCommunity => {
                let mine = self.group_ids(community, [visitor.account()]).await?;
                let mine = mine.get(&visitor.account()).cloned().unwrap_or_default();
                let ids = match mine.as_slice() {
                    [] => Vec::new(),
                    groups => self.store.grouped_people(community, Some(groups), after, limit + 1).await?,
                };
                self.page_of(visitor, ids, limit).await
            }
        }
    }

    /// The members among the first `limit` of these ids, which are in order.
    pub(super) async fn page_of(
        &self,
        visitor: &Visitor,
        mut ids: Vec<AccountId>,
        limit: usize,
    ) -> Result<AccountPage, EngineError> {
        let next = (ids.len() > limit).then(|| ids[limit - 1]);
        ids.truncate(limit);
        let mut members = self.store.members(visitor.community(), &ids).await?;
        members.sort_by_key(|member| member.account.id);
        Ok(AccountPage { members, next })
    }

    /// Those of `members` whom the visitor is `allowed` to.
    pub(super) async fn seen_of(
        &self,
        visitor: &Visitor,
        members: &[Member],
        allowed: impl Fn(&Permissions) -> bool,
    ) -> Result<PeoplePage, EngineError> {
        let ids: Vec<AccountId> = members.iter().map(|member| member.account.id).collect();
        let eyes = self.look(visitor, &ids).await?;
        Ok(members.iter().filter_map(|member| self.see(visitor, &eyes, member, &allowed)).collect())
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
        let members = self.store.members_by_login(visitor.community(), &fold_login(login)).await?;
        self.seen_of(visitor, &members, |allowed| allowed.find).await
    }

    /// Some people whose login or name contains `part`, whatever its case, and whom the visitor may find.
    ///
    /// # Errors
    /// [`EngineError::Unacceptable`] for less than two characters.
    pub async fn search_people(&self, visitor: &Visitor, part: &str) -> Result<PeoplePage, EngineError> {
        self.members_only(visitor)?;
        let part = fold_login(part);
        if part.chars().count() < MIN_SEARCH {
            return Err(EngineError::Unacceptable(format!(
                "people are searched by at least {MIN_SEARCH} characters of a name"
            )));
        }
        let (mut found, mut after) = (Vec::new(), None);
        if part.contains('\0') {
            return Ok(found);
        }
        for _ in 0..MOST_LOOKED_AT / MAX_LIST_PAGE {
            let members = self.store.members_named(visitor.community(), &part, after, MAX_LIST_PAGE).await?;
            found.extend(self.seen_of(visitor, &members, |allowed| allowed.find).await?);
            after = members.last().map(|member| member.account.id);
            if members.len() < MAX_LIST_PAGE || found.len() >= MOST_FOUND {
                break;
            }
        }
        found.truncate(MOST_FOUND);
        Ok(found)
    }

    /// One person, with the relation to them.
    ///
    /// # Errors
    /// [`EngineError::NotFound`] when there is none that the visitor may find.
    pub async fn person(&self, visitor: &Visitor, other: AccountId) -> Result<PersonView, EngineError> {
        self.members_only(visitor)?;
        let member = self.member_of(visitor.community(), other).await?.ok_or(EngineError::NotFound)?;
        let eyes = self.look(visitor, &[other]).await?;
        self.see(visitor, &eyes, &member, |allowed| allowed.find).ok_or(EngineError::NotFound)
    }

    /// A person as the visitor sees them, if `allowed` says so; never the visitor.
    pub(super) fn see(
        &self,
        visitor: &Visitor,
        eyes: &Eyes,
        other: &Member,
        allowed: impl Fn(&Permissions) -> bool,
    ) -> Option<PersonView> {
        if other.account.id == visitor.account() {
            return None;
        }
        let permissions = self.permissions(visitor, eyes, other).0;
        allowed(&permissions).then(|| self.view(visitor, eyes, other, permissions))
    }

    fn view(&self, visitor: &Visitor, eyes: &Eyes, other: &Member, may: Permissions) -> PersonView {
        let account = &other.account;
        let presence =
            if may.presence { self.presence_for(visitor, account.id) } else { PresenceView::default() };
        let timezone = account.profile.timezone.clone();
        let timezone = timezone.or_else(|| self.time_zone_of(visitor.community(), account.id));
        let restricted = self.write_restriction(visitor).is_some();
        let contact = eyes.book.get(&account.id);
        let mine = contact.map(|contact| contact.side_of(visitor.account()).clone()).unwrap_or_default();
        let rated = visitor.options().contact_rating != ContactRating::Off;
        PersonView {
            id: account.id,
            login: account.profile.login.clone(),
            display_name: account.profile.display_name.clone(),
            realm: account.realm.as_str().to_owned(),
            realm_label: self.realm_label(&account.realm),
            proven: account.proven,
            relation: contact.map(|contact| contact.relation_for(visitor.account())).unwrap_or_default(),
            presence,
            avatar: avatar_path(account),
            colour: account.profile.colour.clone(),
            language: account.profile.language.clone(),
            timezone: timezone.filter(|_| visitor.options().show_time_zone),
            profile_url: account.profile.profile_url.clone(),
            nickname: mine.nickname,
            contact_group: mine.group,
            favourite: mine.favourite,
            hidden: mine.hidden,
            request_text: contact.and_then(|contact| contact.request_text.clone()),
            my_rating: mine.rating.filter(|_| rated),
            rating: eyes.rating_of(account.id),
            groups: if visitor.front().mode.is_of_groups() {
                eyes.shared_with(account.id)
            } else {
                Vec::new()
            },
            may: MayDo {
                write: may.write.is_ok() && !restricted,
                request: may.request && !restricted && visitor.options().manage_contacts,
                call: may.call && !restricted,
            },
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
}
