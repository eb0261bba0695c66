//! What people do about each other.

use crate::AccountId;
use crate::CommunityId;
use crate::account::{Account, fold_login};
use crate::contact::{
    ContactAction, ContactChange, ContactLimits, ContactRefusal, MAX_NOTE, MAX_REQUEST_TEXT, NotesChange,
    Pair, Relation,
};
use crate::engine::eyes::Eyes;
use crate::engine::talk::MAX_LIST_PAGE;
use crate::engine::{Engine, EngineError, RosterPage, Visitor};
use crate::front::{ContactRating, Front};
use crate::messaging::{Notice, PersonView, Tenths};
use crate::policy::Permissions;
use crate::ports::{ContactWrite, Ratings, StoreResult};

/// An average is shown when it stands for more than this many people.
const FEW_RATINGS: u32 = 2;

impl Eyes {
    /// How somebody's contacts rate them, if that is shown.
    pub(super) fn rating_of(&self, person: AccountId) -> Option<Tenths> {
        let Ratings { count, sum } = *self.ratings.get(&person)?;
        // Rounded to the nearest tenth.
        (count > FEW_RATINGS).then(|| Tenths((sum * 10 + count / 2) / count))
    }
}

impl Engine {
    /// Everybody with whom the visitor has something, as far as the front lets them be found, by id.
    ///
    /// # Errors
    /// When the store does not answer.
    pub async fn contacts(
        &self,
        visitor: &Visitor,
        after: Option<AccountId>,
        limit: usize,
    ) -> Result<RosterPage, EngineError> {
        self.members_only(visitor)?;
        let limit = limit.clamp(1, MAX_LIST_PAGE);
        let me = visitor.account();
        let book = self.contact_book(visitor.community(), me).await?;
        let mine = book.iter().filter(|(id, contact)| {
            let something =
                contact.relation_for(me) != Relation::None || *contact.side_of(me) != Default::default();
            something && Some(**id) > after
        });
        let mut known: Vec<AccountId> = mine.map(|(id, _)| *id).collect();
        known.sort_unstable();
        let page = self.page_of(visitor, known, limit).await?;
        let people = self.seen_of(visitor, &page.members, |allowed| allowed.find).await?;
        Ok(RosterPage { people, next: page.next })
    }

    /// Does something about another person; durable on return.
    ///
    /// # Errors
    /// [`EngineError`]
    pub async fn change_contact(
        &self,
        visitor: &Visitor,
        other: AccountId,
        change: impl Into<ContactChange>,
    ) -> Result<PersonView, EngineError> {
        self.members_only(visitor)?;
        let pair = Pair::new(visitor.account(), other)
            .ok_or_else(|| EngineError::Unacceptable("this is you yourself".into()))?;
        let known = self.facts_about(visitor, other).await?.filter(|(_, may)| may.find);
        let (member, may) = known.ok_or(EngineError::NotFound)?;
        let change = match acceptable(change.into())? {
            ContactChange::Ask(text) => ContactChange::Ask(self.filtered_if_any(&visitor.front, text)?),
            // What is noted of somebody is read by nobody else: nicknames and labels are one's own.
            other => other,
        };
        self.check_may_change(visitor, other, &change, may).await?;
        let theirs = self.terms_of_member(visitor, &member).await?;
        let options = visitor.options();
        let write = ContactWrite {
            community: visitor.community().clone(),
            actor: visitor.account(),
            pair,
            limits: ContactLimits {
                mine: options.max_contacts,
                theirs: theirs.max_contacts,
                pending: options.max_pending_requests,
            },
            now: self.clock.now(),
            change,
        };
        self.store.write_contact(&write).await??;
        self.contact_changed(&write, other);
        self.person(visitor, other).await
    }

    /// Ends whatever the visitor has with another person: contact, own request, own refusal, own notes.
    ///
    /// # Errors
    /// [`EngineError`]
    pub async fn remove_contact(&self, visitor: &Visitor, other: AccountId) -> Result<(), EngineError> {
        self.change_contact(visitor, other, ContactAction::Remove).await.map(drop)
    }

    /// What the options and the front's mode say to a change.
    async fn check_may_change(
        &self,
        visitor: &Visitor,
        other: AccountId,
        change: &ContactChange,
        may: Permissions,
    ) -> Result<(), EngineError> {
        let options = visitor.options();
        let refuse = |why: &str| Err(EngineError::NotPermitted(why.to_owned()));
        let unseen = || refuse("there is nothing between you and this person");
        match change {
            ContactChange::Act(ContactAction::Hide) if !options.hide_from_contacts => {
                refuse("nobody hides from single people here")
            }
            ContactChange::Act(ContactAction::Hide) if !may.see => unseen(),
            ContactChange::Act(ContactAction::Hide | ContactAction::Unhide) => Ok(()),
            ContactChange::Note(notes) => {
                if matches!(notes.nickname, Some(Some(_))) && !options.contact_nicknames {
                    return refuse("people are called by their own names here");
                }
                if matches!(notes.rating, Some(Some(_))) && options.contact_rating == ContactRating::Off {
                    return refuse("nobody is rated here");
                }
                if may.see { Ok(()) } else { unseen() }
            }
            _ if !options.manage_contacts => refuse("contacts are managed by the administrators here"),
            ContactChange::Ask(_) | ContactChange::Act(ContactAction::Request) => {
                if let Some(restriction) = self.write_restriction(visitor) {
                    return Err(EngineError::WriteRestricted(restriction));
                }
                if may.request {
                    return Ok(());
                }
                let book = self.contact_book(visitor.community(), visitor.account()).await?;
                let relation = book.get(&other).map(|contact| contact.relation_for(visitor.account()));
                match relation {
                    Some(Relation::RefusedByThem) => Err(ContactRefusal::RefusedByThem.into()),
                    _ => refuse("this person can't be asked for a contact"),
                }
            }
            ContactChange::Act(_) | ContactChange::Befriend | ContactChange::Separate => Ok(()),
        }
    }

    /// Forgets what was known between two people, and tells who is concerned.
    pub(super) fn contact_changed(&self, write: &ContactWrite, other: AccountId) {
        let community = &write.community;
        let keys = [(community.clone(), write.pair.low()), (community.clone(), write.pair.high())];
        self.contacts.forget(keys.iter());
        let rated = match &write.change {
            ContactChange::Note(notes) => notes.rating.is_some(),
            _ => true,
        };
        if rated {
            self.ratings.forget(keys.iter());
        }
        self.mailboxes.push(community, [write.actor], &Notice::Person(other));
        // What is noted of somebody is nobody else's business, but favourites may do more.
        let concerns_them = match &write.change {
            ContactChange::Note(notes) => notes.favourite.is_some(),
            _ => true,
        };
        if concerns_them {
            self.mailboxes.push(community, [other], &Notice::Person(write.actor));
        }
    }

    /// Makes somebody who has just entered a front for the first time a contact of those whom the front names.
    pub(super) async fn befriend(&self, front: &Front, account: &Account) -> StoreResult<()> {
        let wanted = &front.options.auto_contacts;
        if wanted.is_empty() {
            return Ok(());
        }
        let realms: Vec<_> = front.chain.members().iter().map(|member| member.realm().clone()).collect();
        for login in wanted {
            let found = self.store.members_by_login(&front.community, &fold_login(login)).await?;
            let here = found.iter().filter(|member| realms.contains(&member.account.realm));
            let here: Vec<AccountId> = here.map(|member| member.account.id).collect();
            if here.is_empty() {
                self.warn_of_unknown_contact(front, login);
            }
            for person in here {
                let Some(pair) = Pair::new(account.id, person) else { continue };
                self.make_contacts(&front.community, account.id, pair).await?;
            }
        }
        Ok(())
    }

    async fn make_contacts(&self, community: &CommunityId, actor: AccountId, pair: Pair) -> StoreResult<()> {
        let write = ContactWrite {
            community: community.clone(),
            actor,
            pair,
            change: ContactChange::Befriend,
            limits: ContactLimits::default(),
            now: self.clock.now(),
        };
        // Nobody is refused this, and there is no limit to it.
        if self.store.write_contact(&write).await?.is_ok() {
            self.contact_changed(&write, pair.other_than(actor));
        }
        Ok(())
    }

    fn warn_of_unknown_contact(&self, front: &Front, login: &str) {
        let what = format!("auto_contacts {} {login}", front.id);
        let mut silent = self.silent.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        if silent.insert(what) {
            tracing::warn!(front = %front.id, login, "nobody of this name is here yet: auto_contacts passes over it");
        }
    }

    /// How people are rated, if the visitor's front shows it.
    pub(super) async fn ratings_shown_to(
        &self,
        visitor: &Visitor,
        people: &[AccountId],
    ) -> StoreResult<std::collections::HashMap<AccountId, Ratings>> {
        if visitor.options().contact_rating != ContactRating::Public {
            return Ok(std::collections::HashMap::new());
        }
        let community = visitor.community();
        let load = |keys: Vec<(CommunityId, AccountId)>| async move {
            let people: Vec<AccountId> = keys.iter().map(|(_, person)| *person).collect();
            let rated = self.store.ratings_of(community, &people).await?;
            Ok(rated.into_iter().map(|(person, ratings)| ((community.clone(), person), ratings)).collect())
        };
        let keys = people.iter().map(|person| (community.clone(), *person));
        let found = self.ratings.get_many(keys, load).await?;
        Ok(found.into_iter().map(|((_, person), ratings)| (person, ratings)).collect())
    }
}

/// A change as it can be kept.
fn acceptable(change: ContactChange) -> Result<ContactChange, EngineError> {
    Ok(match change {
        ContactChange::Ask(Some(text)) => {
            let text = text.trim();
            let length = text.chars().count();
            if length > MAX_REQUEST_TEXT || text.chars().any(|c| c.is_control() && c != '\n') {
                return Err(EngineError::Unacceptable(format!(
                    "the text of a request has at most {MAX_REQUEST_TEXT} characters, and no control characters"
                )));
            }
            ContactChange::Ask((length > 0).then(|| text.to_owned()))
        }
        ContactChange::Note(NotesChange { favourite, nickname, group, rating }) => {
            if rating.flatten().is_some_and(|rating| !(1..=5).contains(&rating)) {
                return Err(EngineError::Unacceptable("a rating is a number from 1 to 5".into()));
            }
            let nickname = nickname.map(|name| name.map(|name| note("nickname", &name)).transpose());
            let group = group.map(|name| name.map(|name| note("group", &name)).transpose());
            ContactChange::Note(NotesChange {
                favourite,
                nickname: nickname.transpose()?,
                group: group.transpose()?,
                rating,
            })
        }
        other => other,
    })
}

fn note(what: &str, text: &str) -> Result<String, EngineError> {
    let text = text.trim();
    let length = text.chars().count();
    if length == 0 || length > MAX_NOTE || text.chars().any(char::is_control) {
        return Err(EngineError::Unacceptable(format!(
            "{what}: expected 1 to {MAX_NOTE} characters, none of them a control character, or null"
        )));
    }
    Ok(text.to_owned())
}
