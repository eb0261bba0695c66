use std::collections::HashMap;
use std::sync::{Arc, PoisonError};

use crate::account::{Account, Member};
use crate::contact::Pair;
use crate::engine::{Engine, EngineError, Receipt, Visitor};
use crate::group::Membership;
use crate::messaging::{ConversationPlace, ConversationView, Draft, Notice, Sequence, ShownMessage};
use crate::{AccountId, ConversationId, GroupId};

/// Most messages on a page of history.
pub const MAX_HISTORY_PAGE: usize = 200;
/// Most people or conversations on a page of a list.
pub const MAX_LIST_PAGE: usize = 200;

/// A conversation with what its list entry shows.
#[derive(Debug, Clone)]
pub struct ConversationInfo {
    /// The conversation as the visitor sees it.
    pub view: ConversationView,
    /// Its newest message.
    pub last_message: Option<ShownMessage>,
    /// What the visitor has begun to write in it.
    pub draft: Option<Draft>,
    /// Its members that still exist; of a room nobody but those who announce in it.
    pub members: Vec<Arc<Member>>,
    /// Who is invited to a conference.
    pub invited: Vec<Arc<Member>>,
    /// The group whose room it is, as the visitor sees it.
    pub group: Option<Membership>,
    /// Whether the visitor may write in it now.
    pub may_write: bool,
    /// Whether the visitor may delete others' messages in it.
    pub manages: bool,
    /// How far the others have got, where that was asked for and they let others know.
    pub receipts: Vec<Receipt>,
}

impl ConversationInfo {
    /// With nobody in it, where nothing may be done.
    fn bare(view: ConversationView, last_message: Option<ShownMessage>, draft: Option<Draft>) -> Self {
        Self {
            view,
            last_message,
            draft,
            members: Vec::new(),
            invited: Vec::new(),
            group: None,
            may_write: false,
            manages: false,
            receipts: Vec::new(),
        }
    }
}

/// A page of the visitor's conversations.
#[derive(Debug, Clone)]
pub struct ConversationList {
    /// The conversations, newest message first.
    pub conversations: Vec<ConversationInfo>,
    /// Where the next page begins; `None` at the end.
    pub next: Option<ConversationPlace>,
}

/// A page of history.
#[derive(Debug, Clone)]
pub struct HistoryPage {
    /// The messages, oldest first.
    pub messages: Vec<ShownMessage>,
    /// Whether there are older ones.
    pub more: bool,
}

impl Engine {
    /// The direct conversation with another person; `true` when it was made now.
    ///
    /// # Errors
    /// [`EngineError::NotFound`] for unknown and invisible people alike; [`EngineError::NotPermitted`] when the visitor
    /// may not write to them.
    pub async fn open_direct(
        &self,
        visitor: &Visitor,
        with: AccountId,
    ) -> Result<(ConversationInfo, bool), EngineError> {
        self.members_only(visitor)?;
        let pair = Pair::new(visitor.account(), with)
            .ok_or_else(|| EngineError::Unacceptable("a conversation with oneself is not possible".into()))?;
        let (_, permissions) =
            self.facts_about(visitor, with).await?.filter(|(_, may)| may.see).ok_or(EngineError::NotFound)?;
        permissions.write?;
        if let Some(restriction) = self.write_restriction(visitor) {
            return Err(EngineError::WriteRestricted(restriction));
        }
        let now = self.clock.now();
        let id = ConversationId::generate(now);
        let (conversation, made) = self.store.open_direct(visitor.community(), pair, id, now).await?;
        if made {
            self.conversations.forget([&conversation.id]);
        }
        let info = self.conversation(visitor, conversation.id).await?;
        Ok((info, made))
    }

    /// One of the visitor's conversations.
    ///
    /// # Errors
    /// [`EngineError::NotFound`]
    pub async fn conversation(
        &self,
        visitor: &Visitor,
        id: ConversationId,
    ) -> Result<ConversationInfo, EngineError> {
        let known = self.conversation_of(visitor, id).await?.ok_or(EngineError::NotFound)?;
        if visitor.is_guest() {
            let mut views = self.guest_views(visitor).await?;
            views.retain(|view| view.conversation.id == id);
            return self.inform(visitor, views).await?.pop().ok_or(EngineError::NotFound);
        }
        let view = self.store.conversation_view(id, visitor.account()).await?.ok_or(EngineError::NotFound)?;
        let mut infos = self.inform(visitor, vec![view]).await?;
        let mut info = infos.pop().ok_or(EngineError::NotFound)?;
        info.receipts = self.receipts_in(visitor, &known).await?;
        Ok(info)
    }

    /// The visitor's conversations, newest message first.
    ///
    /// # Errors
    /// When the store does not answer.
    pub async fn conversations(
        &self,
        visitor: &Visitor,
        after: Option<ConversationPlace>,
        limit: usize,
    ) -> Result<ConversationList, EngineError> {
        if visitor.is_guest() {
            // A front has few rooms of news: one page.
            let views = if after.is_none() { self.guest_views(visitor).await? } else { Vec::new() };
            return Ok(ConversationList { conversations: self.inform(visitor, views).await?, next: None });
        }
        let limit = limit.clamp(1, MAX_LIST_PAGE);
        let mut views =
            self.store.conversations(visitor.community(), visitor.account(), after, limit + 1).await?;
        let more = views.len() > limit;
        views.truncate(limit);
        let next = views.last().filter(|_| more).map(ConversationView::place);
        Ok(ConversationList { conversations: self.inform(visitor, views).await?, next })
    }

    async fn inform(
        &self,
        visitor: &Visitor,
        views: Vec<ConversationView>,
    ) -> Result<Vec<ConversationInfo>, EngineError> {
        let members = self.members_in(visitor, &views).await?;
        let known = |ids: &[AccountId]| ids.iter().filter_map(|id| members.get(id).cloned()).collect();
        let others = views.iter().filter_map(|view| view.conversation.other_than(visitor.account()));
        let others: Vec<AccountId> = others.filter(|other| members.contains_key(other)).collect();
        let eyes = self.look(visitor, &others).await?;
        let (mut newest, mut drafts) = self.beside(visitor, &views).await?;
        let moderates = visitor.options().moderator;
        let restricted = self.write_restriction(visitor).is_some();
        let rooms = views.iter().any(|view| view.conversation.group.is_some());
        let groups = match (rooms, visitor.is_guest()) {
            (true, true) => self.open_rooms(visitor).await?,
            (true, false) => self.groups(visitor).await?,
            (false, _) => Vec::new(),
        };
        let mut groups: HashMap<GroupId, Membership> =
            groups.into_iter().map(|membership| (membership.group.id, membership)).collect();
        let announcers = if rooms { self.announcers() } else { Vec::new() };
        let mut infos = Vec::with_capacity(views.len());
        for view in views {
            let id = view.conversation.id;
            let mut info = ConversationInfo::bare(view, newest.remove(&id), drafts.remove(&id));
            let conversation = &info.view.conversation;
            if let Some(group) = conversation.group {
                info.group = groups.remove(&group);
                let part = info.group.as_ref();
                info.may_write = !restricted && part.is_some_and(|part| part.group.lets_write(part.manager));
                info.manages = moderates || part.is_some_and(|part| part.manager);
                info.members.clone_from(&announcers);
            } else {
                let other = conversation.other_than(visitor.account()).and_then(|id| members.get(&id));
                info.may_write = match other {
                    _ if conversation.conference.is_some() => !restricted,
                    // Who has entered no front is no person: the administration can't be written to.
                    Some(other) if !restricted && !other.fronts.is_empty() => {
                        self.permissions_in(visitor, &eyes, other, id).await?.write.is_ok()
                    }
                    _ => false,
                };
                info.members = known(&conversation.members);
                info.invited = known(&invited(&info.view));
            }
            infos.push(info);
        }
        Ok(infos)
    }

    /// Who is in these conversations or invited to them.
    async fn members_in(
        &self,
        visitor: &Visitor,
        views: &[ConversationView],
    ) -> Result<HashMap<AccountId, Arc<Member>>, EngineError> {
        let mut ids: Vec<AccountId> = views
            .iter()
            .flat_map(|view| [view.conversation.members.clone(), invited(view)].concat())
            .collect();
        ids.sort_unstable();
        ids.dedup();
        let mut members = HashMap::with_capacity(ids.len());
        for chunk in ids.chunks(1000) {
            let found = self.store.members(visitor.community(), chunk).await?;
            members.extend(found.into_iter().map(|member| (member.account.id, Arc::new(member))));
        }
        if let Some(sender) = self.desk.sender().filter(|sender| ids.contains(&sender.id)) {
            let member = Member { account: sender.as_ref().clone(), fronts: Vec::new() };
            members.insert(sender.id, Arc::new(member));
        }
        Ok(members)
    }

    /// The newest messages of conversations, and what the visitor has begun to write in them.
    async fn beside(
        &self,
        visitor: &Visitor,
        views: &[ConversationView],
    ) -> Result<(HashMap<ConversationId, ShownMessage>, HashMap<ConversationId, Draft>), EngineError> {
        let newest = views.iter().filter_map(|view| view.last_message.clone()).map(Arc::new).collect();
        let newest = self.shown(visitor, newest).await?;
        let newest = newest.into_iter().map(|message| (message.conversation, message)).collect();
        let ids: Vec<ConversationId> = views.iter().map(|view| view.conversation.id).collect();
        let drafts = match visitor.is_guest() || ids.is_empty() {
            true => Vec::new(),
            false => self.store.drafts(visitor.account(), &ids).await?,
        };
        Ok((newest, drafts.into_iter().collect()))
    }

    fn announcers(&self) -> Vec<Arc<Member>> {
        let announcers = self.announcers.lock().unwrap_or_else(PoisonError::into_inner);
        let member = |account: &Arc<Account>| {
            Arc::new(Member { account: account.as_ref().clone(), fronts: Vec::new() })
        };
        announcers.values().map(member).collect()
    }

    /// The messages of a conversation before `before`.
    ///
    /// # Errors
    /// [`EngineError::NotFound`]
    pub async fn history(
        &self,
        visitor: &Visitor,
        id: ConversationId,
        before: Option<Sequence>,
        limit: usize,
    ) -> Result<HistoryPage, EngineError> {
        let conversation = self.conversation_of(visitor, id).await?.ok_or(EngineError::NotFound)?;
        let limit = limit.clamp(1, MAX_HISTORY_PAGE);
        let mut messages = self.store.history(id, before, limit + 1).await?;
        let floor = conversation.floor_of(visitor.account());
        messages.retain(|message| message.sequence > floor);
        let more = messages.len() > limit;
        if more {
            messages.remove(0);
        }
        let messages = self.shown(visitor, messages.into_iter().map(Arc::new).collect()).await?;
        Ok(HistoryPage { messages, more })
    }

    /// Marks a conversation as read up to a message of it, on all the visitor's devices. Never moves back.
    ///
    /// # Errors
    /// [`EngineError::NotFound`] when the conversation or the message in it is not there.
    pub async fn mark_read(
        &self,
        visitor: &Visitor,
        id: ConversationId,
        upto: Sequence,
    ) -> Result<(), EngineError> {
        self.members_only(visitor)?;
        let conversation = self.conversation_of(visitor, id).await?.ok_or(EngineError::NotFound)?;
        let readable = upto > conversation.floor_of(visitor.account());
        self.store.message(id, upto).await?.filter(|_| readable).ok_or(EngineError::NotFound)?;
        if self.store.mark_read(id, visitor.account(), upto).await? {
            self.mailboxes.push(visitor.community(), [visitor.account()], &Notice::Read(id, upto));
            self.note_read(visitor, &conversation, upto).await?;
        }
        Ok(())
    }
}

fn invited(view: &ConversationView) -> Vec<AccountId> {
    let conferences = view.conversation.conference.iter();
    conferences.flat_map(|conference| &conference.invited).map(|one| one.account).collect()
}
