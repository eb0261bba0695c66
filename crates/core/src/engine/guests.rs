//! Guests: visitors without an account, who read what is announced to everybody, and nothing else.
//!
//! A guest is a session in memory alone. It ends with the server, or when it has been idle for a while; whoever was a guest
//! becomes one again without noticing.

use std::sync::Arc;
use std::time::Duration;

use crate::account::{Account, Profile};
use crate::auth::{Realm, Refusal, Restriction, Restrictions, SubjectId};
use crate::engine::{Engine, EngineError, EntryError, Login, LoginOrigin, Visitor};
use crate::front::{Front, NewsPlace};
use crate::group::{GroupKind, Membership, Part};
use crate::messaging::{Conversation, ConversationView, Message, Notice, Sequence};
use crate::ports::{SessionRecord, StoreError, StoreResult};
use crate::session::{FrontFull, LiveSession, Proof, Standing};
use crate::{AccountId, SessionId};

use super::groups::news_seat;
use super::sessions::lifetime;

/// Most guests at one front. They take no place that members could need.
const MOST_GUESTS: usize = 1000;

impl Engine {
    /// Lets somebody look around without an account.
    ///
    /// # Errors
    /// [`EntryError::Refused`] where the front takes no guests; [`EntryError::FrontFull`].
    pub async fn enter_as_guest(
        &self,
        front: &Arc<Front>,
        origin: &LoginOrigin,
    ) -> Result<Login, EntryError> {
        if !front.guests {
            return Err(EntryError::Refused(Refusal::NotPermitted));
        }
        self.check_address(front, origin)?;
        // They are made for nothing, so their number is bounded: per address like new accounts, and per front.
        let _counted = self.throttle.begin_registration(origin.peer).await?;
        if self.guests_at(front).len() >= MOST_GUESTS {
            return Err(FrontFull { retry_after: Duration::from_secs(60) }.into());
        }
        let now = self.clock.now();
        let (id, account) = (SessionId::generate(now), AccountId::generate(now));
        let token = self.tokens.issue().map_err(super::no_randomness)?;
        let record = SessionRecord {
            id,
            token_hash: token.hash(),
            account,
            front: front.id.clone(),
            community: front.community.clone(),
            expires_at: now.plus(lifetime(front, Proof::Guest)),
            standing: standing(&self.own_realm, account)?,
            created_at: now,
            seen_at: now,
        };
        let session =
            self.sessions.insert(LiveSession::new(record)).ok_or_else(super::sessions::ended_early)?;
        if let Some(peer) = origin.peer {
            session.seen_from(peer);
        }
        let visitor = Visitor { session, front: Arc::clone(front) };
        let cursor = self.current_cursor(&visitor);
        let account = self.guest_account(&visitor);
        Ok(Login { token, visitor, account, cursor, reply: None, known_device: None })
    }

    /// What is shown of a guest to the guest.
    pub(super) fn guest_account(&self, visitor: &Visitor) -> Account {
        let standing = visitor.session.standing();
        Account {
            id: visitor.account(),
            realm: standing.realm.clone(),
            subject: standing.subject.clone(),
            profile: Profile::named("Guest"),
            proven: false,
            created_at: self.clock.now(),
        }
    }

    /// The rooms that a guest of this front may read: those of its news.
    pub(super) async fn open_rooms(&self, visitor: &Visitor) -> StoreResult<Vec<Membership>> {
        let seats = visitor.front.news.iter().filter_map(|rule| match &rule.place {
            NewsPlace::Room(name) => Some(news_seat(name, false).external_id),
            NewsPlace::Group(_) => None,
        });
        let wanted: Vec<String> = seats.collect();
        if wanted.is_empty() {
            return Ok(Vec::new());
        }
        let groups = self.store.groups_from(visitor.community(), &self.own_realm).await?;
        let open = groups
            .into_iter()
            .filter(|group| group.kind == GroupKind::Public && wanted.contains(&group.external_id));
        let seen = |group| Membership {
            group,
            manager: false,
            part: Part::Outside,
            members: 0,
            waiting: 0,
            announcement: None,
        };
        Ok(open.map(seen).collect())
    }

    /// The rooms as a guest's list shows them.
    pub(super) async fn guest_views(&self, visitor: &Visitor) -> Result<Vec<ConversationView>, EngineError> {
        let mut views = Vec::new();
        for part in self.open_rooms(visitor).await? {
            let conversation = Conversation {
                id: part.group.room,
                community: part.group.community.clone(),
                group: Some(part.group.id),
                conference: None,
                members: Vec::new(),
                created_at: part.group.created_at,
            };
            let last_message = self.store.history(conversation.id, None, 1).await?.pop();
            let newest = last_message.as_ref().map_or(Sequence::START, |message| message.sequence);
            views.push(ConversationView { conversation, last_message, newest, unread: 0, read_up_to: None });
        }
        views.sort_by_key(|view| std::cmp::Reverse(view.place()));
        Ok(views)
    }

    /// Tells the guests of a front what was announced in its room; they belong to no conversation.
    pub(super) fn tell_guests(&self, front: &Front, message: &Arc<Message>) {
        let guests = self.guests_at(front);
        self.mailboxes.push(&front.community, guests, &Notice::Message(Arc::clone(message)));
    }

    /// Tells the guests of what changed in a room that is open to them.
    pub(super) fn tell_guests_of(&self, conversation: &Conversation, notice: &Notice) {
        let Some(group) = conversation.group else { return };
        let open = |front: &Arc<Front>| {
            front.guests && front.community == conversation.community && !front.news.is_empty()
        };
        // Known from memory, or nobody reads it here.
        let Some(Some(group)) = self.groups.peek(&group) else { return };
        for front in self.fronts.iter().filter(open) {
            let shows = front.news.iter().any(|rule| match &rule.place {
                NewsPlace::Room(name) => news_seat(name, false).external_id == group.external_id,
                NewsPlace::Group(_) => false,
            });
            if shows && group.kind == GroupKind::Public && group.realm == self.own_realm {
                self.mailboxes.push(&front.community, self.guests_at(&front), notice);
            }
        }
    }

    fn guests_at(&self, front: &Front) -> Vec<AccountId> {
        let is_guest = |session: &Arc<LiveSession>| {
            *session.front() == front.id && session.standing().proof == Proof::Guest
        };
        self.sessions
            .all()
            .iter()
            .filter(|session| is_guest(session))
            .map(|session| session.account())
            .collect()
    }

    /// A guest has gone: nothing of them stays.
    pub(super) fn forget_guest(&self, session: &LiveSession) {
        if session.standing().proof == Proof::Guest {
            self.mailboxes.close(session.community(), session.account());
        }
    }

    /// Refuses what guests may not do.
    pub(super) fn members_only(&self, visitor: &Visitor) -> Result<(), EngineError> {
        if visitor.is_guest() {
            return Err(EngineError::NotPermitted("guests only read: log in to take part".into()));
        }
        Ok(())
    }
}

fn standing(realm: &Realm, account: AccountId) -> Result<Standing, StoreError> {
    let subject = SubjectId::new(format!("guest:{account}"))
        .map_err(|_| StoreError::Inconsistent("a guest's id is no subject".into()))?;
    Ok(Standing {
        authenticator: String::new(),
        realm: realm.clone(),
        subject,
        proof: Proof::Guest,
        groups: Some(Vec::new()),
        secret_stamp: None,
        restrictions: Restrictions { write: Some(Restriction::new("guests only read")) },
        lent: Restrictions::default(),
    })
}
