use std::collections::BTreeSet;
use std::sync::{Arc, PoisonError};
use std::time::Duration;

use futures_util::future::join_all;

use crate::account::{Account, Profile};
use crate::administration::{Actor, Audience, Broadcast, BroadcastKind, Change};
use crate::auth::{Realm, SubjectId};
use crate::contact::Pair;
use crate::engine::{Engine, EngineError};
use crate::front::{Front, FrontId};
use crate::messaging::{Announcement, Appended, Conversation, NewMessage, Notice, SendFailure, check_text};
use crate::ports::{NewAccount, Store, StoreError, StoreResult};
use crate::{AccountId, BroadcastId, CommunityId, ConversationId};

/// How many copies are written at a time: few enough that nobody's own message waits long behind them.
const AT_ONCE: usize = 100;
/// How soon a text that could not be delivered is tried again at first, and how soon at last.
const AGAIN_FIRST: Duration = Duration::from_secs(5);
const AGAIN_AT_LAST: Duration = Duration::from_secs(5 * 60);
/// How many sessions are looked through at a time.
const SESSIONS_AT_ONCE: usize = 1000;
/// The subject of the account that the administration writes from, in Portico's own realm.
const SUBJECT: &str = "administration";
const NAME: &str = "Administration";

/// A text to many that is to be sent.
#[derive(Debug, Clone)]
pub struct NewBroadcast {
    /// What kind of text it is.
    pub kind: BroadcastKind,
    /// Who gets it.
    pub audience: Audience,
    /// Only people of this front.
    pub front: Option<FrontId>,
    /// The text.
    pub text: String,
}

/// The account that the administration writes from, if it was ever made.
pub(super) async fn known_sender(store: &dyn Store) -> StoreResult<Option<Account>> {
    let (realm, subject) = own_key()?;
    Ok(store.identity(&realm, &subject).await?.map(|known| known.account))
}

fn own_key() -> StoreResult<(Realm, SubjectId)> {
    let broken = |_| StoreError::Inconsistent("the administration can't have an account".into());
    Ok((Realm::new(Realm::OWN).map_err(broken)?, SubjectId::new(SUBJECT).map_err(broken)?))
}

impl Engine {
    /// Sends a text to many. What goes to those who are online is told at once and kept nowhere; everything else is on
    /// its way when this returns, survives a restart, and reaches everybody once.
    ///
    /// # Errors
    /// [`EngineError::Text`]; [`EngineError::NotFound`] for a group or account that isn't there.
    pub async fn send_to_many(&self, by: &Actor, new: NewBroadcast) -> Result<Broadcast, EngineError> {
        check_text(&new.text, None)?;
        let community = self.check_audience(&new).await?;
        let now = self.clock.now();
        let mut broadcast = Broadcast {
            id: BroadcastId::generate(now),
            kind: new.kind,
            audience: new.audience,
            front: new.front,
            community,
            text: new.text,
            created_at: now,
            by: by.name.clone(),
            sent: 0,
            reached: None,
            done: false,
        };
        if broadcast.audience == Audience::Online {
            broadcast.sent = self.tell_online(&broadcast);
            broadcast.done = true;
        }
        let mut entry = self.audit_entry(by, "message-sent").on("broadcast", broadcast.id);
        (entry.front, entry.community) = (broadcast.front.clone(), broadcast.community.clone());
        self.administer(&Change::StartBroadcast(broadcast.clone()), entry).await?;
        self.desk.broadcast.notify_one();
        Ok(broadcast)
    }

    /// Tells those who decide something, in the server's own name: nobody has acted, so there is no line in the audit log.
    pub(super) async fn tell_deciders(&self, front: &Front, text: String) -> Result<(), EngineError> {
        let now = self.clock.now();
        let broadcast = Broadcast {
            id: BroadcastId::generate(now),
            kind: BroadcastKind::Alert,
            audience: Audience::Deciders(front.id.clone()),
            front: None,
            community: None,
            text,
            created_at: now,
            by: NAME.to_owned(),
            sent: 0,
            reached: None,
            done: false,
        };
        self.store.begin_broadcast(&broadcast).await?;
        self.desk.broadcast.notify_one();
        Ok(())
    }

    /// Whether there is such an audience, and the community it lives in if it is one.
    async fn check_audience(&self, new: &NewBroadcast) -> Result<Option<CommunityId>, EngineError> {
        match &new.audience {
            Audience::Group(group) => {
                let group = self.store.group(*group).await?.ok_or(EngineError::NotFound)?;
                Ok(Some(group.community))
            }
            Audience::Account(account) => self.any_account(*account).await.map(|_| None),
            Audience::Role(role) => {
                if self.fronts.iter().any(|front| front.role_book.contains_key(role)) {
                    Ok(None)
                } else {
                    Err(super::unknown("role", role))
                }
            }
            Audience::Everybody | Audience::Online | Audience::Administrators | Audience::Deciders(_) => {
                Ok(None)
            }
        }
    }

    fn tell_online(&self, broadcast: &Broadcast) -> u64 {
        let notice = Arc::new(Announcement {
            text: broadcast.text.clone(),
            from: broadcast.by.clone(),
            sent_at: broadcast.created_at,
        });
        let here = self
            .sessions
            .all()
            .into_iter()
            .filter(|session| broadcast.front.as_ref().is_none_or(|front| session.front() == front));
        let mut people: Vec<_> =
            here.map(|session| (session.community().clone(), session.account())).collect();
        people.sort_unstable();
        people.dedup();
        people.retain(|(community, account)| self.is_present(community, *account));
        let count = people.len();
        for (community, account) in people {
            self.mailboxes.push(&community, [account], &Notice::Announcement(Arc::clone(&notice)));
        }
        u64::try_from(count).unwrap_or(u64::MAX)
    }

    /// Texts to many, newest first.
    ///
    /// # Errors
    /// When the store does not answer.
    pub async fn broadcasts(
        &self,
        before: Option<BroadcastId>,
        limit: usize,
    ) -> Result<Vec<Broadcast>, EngineError> {
        Ok(self.store.broadcasts(before, limit).await?)
    }

    /// One of them.
    ///
    /// # Errors
    /// [`EngineError::NotFound`]
    pub async fn broadcast(&self, id: BroadcastId) -> Result<Broadcast, EngineError> {
        self.store.broadcast(id).await?.ok_or(EngineError::NotFound)
    }

    /// Delivers texts to many as they come. Runs until it is dropped; goes on after a restart where it was. What fails is
    /// tried again, ever more rarely; what comes meanwhile waits for none of that.
    pub(in crate::engine) async fn deliver_as_they_come(self: Arc<Self>) {
        let mut pause = AGAIN_FIRST;
        loop {
            let comes = self.desk.broadcast.notified();
            if self.deliver_broadcasts().await.is_ok() {
                pause = AGAIN_FIRST;
                comes.await;
                continue;
            }
            match tokio::time::timeout(pause, comes).await {
                Ok(()) => {}
                Err(_) => pause = (pause * 2).min(AGAIN_AT_LAST),
            }
        }
    }

    /// Delivers what is on its way, each by itself: one that fails holds up no other.
    ///
    /// # Errors
    /// The first failure; what is left is delivered by the next call.
    pub async fn deliver_broadcasts(&self) -> Result<(), EngineError> {
        let waiting = self.store.unfinished_broadcasts().await.inspect_err(|error| {
            tracing::warn!(%error, "texts to many can't be read; they are tried again");
        })?;
        let mut first = Ok(());
        for broadcast in waiting {
            let id = broadcast.id;
            if let Err(error) = self.deliver(broadcast).await {
                tracing::warn!(broadcast.id = %id, %error, "a text to many is stuck; it is tried again later");
                first = first.and(Err(error));
            }
        }
        first
    }

    async fn deliver(&self, mut broadcast: Broadcast) -> Result<(), EngineError> {
        let sender = self.sender().await?;
        let wanted: BTreeSet<CommunityId> = self
            .fronts
            .iter()
            .filter(|front| broadcast.front.as_ref().is_none_or(|id| front.id == *id))
            .filter(|front| broadcast.community.as_ref().is_none_or(|id| front.community == *id))
            .map(|front| front.community.clone())
            .collect();
        for community in wanted {
            let mut after = match &broadcast.reached {
                Some((reached, _)) if *reached > community => continue,
                Some((reached, person)) if *reached == community => *person,
                _ => None,
            };
            let chosen = self.chosen(&broadcast, &community).await?;
            loop {
                let (page, next) = self.recipients(&broadcast, &community, chosen.as_ref(), after).await?;
                broadcast.sent += self.write_copies(&broadcast, &community, sender.id, page).await?;
                after = next;
                // At the end of a community the place is behind everybody in it.
                broadcast.reached =
                    Some((community.clone(), after.or(broadcast.reached.and_then(|at| at.1))));
                self.store.keep_broadcast(&broadcast).await?;
                if after.is_none() {
                    break;
                }
            }
        }
        broadcast.done = true;
        self.store.keep_broadcast(&broadcast).await?;
        Ok(())
    }

    /// Those whom no page of the store tells apart: people of a role, administrators. Roles follow from what a login said,
    /// so who has no session has only those that administrators gave.
    async fn chosen(
        &self,
        broadcast: &Broadcast,
        community: &CommunityId,
    ) -> Result<Option<BTreeSet<AccountId>>, EngineError> {
        let mut chosen = match &broadcast.audience {
            Audience::Account(account) => return Ok(Some(BTreeSet::from([*account]))),
            Audience::Everybody | Audience::Online | Audience::Group(_) => return Ok(None),
            Audience::Role(_) => BTreeSet::new(),
            Audience::Administrators | Audience::Deciders(_) => {
                let all = self.administrators().into_iter().filter(|(_, rights)| !rights.is_empty());
                all.map(|(id, _)| id).collect()
            }
        };
        for front in self.fronts.iter().filter(|front| front.community == *community) {
            if broadcast.front.as_ref().is_some_and(|id| front.id != *id) {
                continue;
            }
            if matches!(&broadcast.audience, Audience::Deciders(id) if front.id != *id) {
                continue;
            }
            chosen.extend(self.granted_at(&front, &broadcast.audience));
            self.choose_at(&front, &broadcast.audience, &mut chosen).await?;
        }
        Ok(Some(chosen))
    }

    /// Those to whom administrators gave a role that counts.
    fn granted_at(&self, front: &Front, audience: &Audience) -> Vec<AccountId> {
        let counts = |name: &String| match audience {
            Audience::Role(role) => name == role,
            Audience::Administrators | Audience::Deciders(_) => {
                let role = front.role_book.get(name);
                role.is_some_and(|role| role.options.receive_alerts == Some(true))
            }
            Audience::Everybody | Audience::Online | Audience::Group(_) | Audience::Account(_) => false,
        };
        let roles = self.roles.read().unwrap_or_else(PoisonError::into_inner);
        let here = roles.iter().filter(|((community, _), _)| *community == front.community);
        here.filter(|(_, granted)| granted.iter().any(counts)).map(|((_, account), _)| *account).collect()
    }

    /// Those whose sessions at a front say that they are meant.
    async fn choose_at(
        &self,
        front: &Front,
        audience: &Audience,
        chosen: &mut BTreeSet<AccountId>,
    ) -> Result<(), EngineError> {
        let (now, mut after) = (self.clock.now(), None);
        loop {
            let page = self.store.sessions_at(&front.id, after, now, SESSIONS_AT_ONCE).await?;
            let Some(last) = page.last().map(|session| session.account) else { return Ok(()) };
            for session in &page {
                let member = self.member_of(&front.community, session.account).await?;
                let Some(member) = member else { continue };
                let own = self.own_roles(&front.community, &member.account);
                let meant = match audience {
                    Audience::Role(role) => {
                        front.roles_of(&session.standing, &own).iter().any(|held| held.role.name == *role)
                    }
                    _ => front.options_for(&session.standing, &own).receive_alerts,
                };
                if meant {
                    chosen.insert(session.account);
                }
            }
            if page.len() < SESSIONS_AT_ONCE {
                return Ok(());
            }
            // Sessions come by account, and what one of somebody's says the others say too.
            after = Some(last);
        }
    }

    /// The next people who get a copy, and behind whom to go on; `None` at the end.
    async fn recipients(
        &self,
        broadcast: &Broadcast,
        community: &CommunityId,
        chosen: Option<&BTreeSet<AccountId>>,
        after: Option<AccountId>,
    ) -> Result<(Vec<AccountId>, Option<AccountId>), EngineError> {
        let (people, next): (Vec<AccountId>, Option<AccountId>) = if let Some(chosen) = chosen {
            let behind = chosen.iter().copied().filter(|id| after.is_none_or(|after| *id > after));
            let people: Vec<AccountId> = behind.take(AT_ONCE).collect();
            let next = people.last().copied().filter(|_| people.len() == AT_ONCE);
            (people, next)
        } else if let Audience::Group(group) = broadcast.audience {
            let members = self.store.group_members(group, after, AT_ONCE).await?;
            let people: Vec<AccountId> = members.into_iter().map(|(account, _)| account).collect();
            let next = people.last().copied().filter(|_| people.len() == AT_ONCE);
            (people, next)
        } else {
            let page = self.store.roster(community, after, AT_ONCE).await?;
            (page.members.into_iter().map(|member| member.account.id).collect(), page.next)
        };
        let members = self.store.members(community, &people).await?;
        let here = members
            .into_iter()
            .filter(|member| broadcast.front.as_ref().is_none_or(|front| member.fronts.contains(front)));
        Ok((here.map(|member| member.account.id).collect(), next))
    }

    async fn write_copies(
        &self,
        broadcast: &Broadcast,
        community: &CommunityId,
        sender: AccountId,
        people: Vec<AccountId>,
    ) -> Result<u64, EngineError> {
        let mut copies = Vec::with_capacity(people.len());
        for person in people {
            let Some(conversation) = self.conversation_with(community, sender, person).await? else {
                continue;
            };
            let fresh = broadcast.kind != BroadcastKind::Alert
                || !self.waits_unread(&conversation, person, broadcast).await?;
            if let (Some(front), true) = (self.any_front(broadcast, community), fresh) {
                let mut copy = NewMessage::of_text(conversation, sender, front, broadcast.text.clone());
                copy.client_id = Some(broadcast.client_id());
                copies.push(copy);
            }
        }
        let mut written = 0;
        for outcome in join_all(copies.into_iter().map(|copy| self.writer.append(copy))).await {
            match outcome {
                Ok(Appended::New(_)) => written += 1,
                Ok(Appended::Repeated(_)) | Err(SendFailure::ClientIdConflict) => {}
                Err(failure) => return Err(failure.into()),
            }
        }
        Ok(written)
    }

    fn any_front(&self, broadcast: &Broadcast, community: &CommunityId) -> Option<FrontId> {
        let of_community = self.fronts.iter().find(|front| front.community == *community);
        broadcast.front.clone().or_else(|| of_community.map(|front| front.id.clone()))
    }

    async fn conversation_with(
        &self,
        community: &CommunityId,
        sender: AccountId,
        person: AccountId,
    ) -> Result<Option<Arc<Conversation>>, EngineError> {
        let Some(pair) = Pair::new(sender, person) else { return Ok(None) };
        let now = self.clock.now();
        let fresh = ConversationId::generate(now);
        let (conversation, made) = self.store.open_direct(community, pair, fresh, now).await?;
        if made {
            self.conversations.forget([&conversation.id]);
        }
        Ok(Some(Arc::new(conversation)))
    }

    /// The account that the administration writes from; it is no person and on nobody's roster.
    pub(super) async fn sender(&self) -> Result<Arc<Account>, EngineError> {
        if let Some(known) = self.desk.sender() {
            return Ok(known);
        }
        let (realm, subject) = own_key()?;
        let account = match known_sender(self.store.as_ref()).await? {
            Some(known) => known,
            None => {
                let now = self.clock.now();
                let new = NewAccount {
                    id: AccountId::generate(now),
                    realm,
                    subject,
                    registered_at: None,
                    profile: Profile::named(NAME),
                    proven: true,
                    pending: false,
                    replaces: None,
                    created_at: now,
                };
                self.store.create_account(new).await?
            }
        };
        let account = Arc::new(account);
        *self.desk.sender.lock().unwrap_or_else(PoisonError::into_inner) = Some(Arc::clone(&account));
        Ok(account)
    }
}
