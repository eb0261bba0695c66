//! Everything that somebody has here, for themselves.

use std::collections::VecDeque;
use std::sync::{Arc, PoisonError};
use std::time::Duration;

use serde::Serialize;

use crate::account::{Preferences, Profile};
use crate::administration::ReportTarget;
use crate::engine::talk::MAX_HISTORY_PAGE;
use crate::engine::{Engine, EngineError, Visitor};
use crate::front::FrontId;
use crate::messaging::{ConversationPlace, PersonView, Sequence, ShownMessage};
use crate::shoutbox::{ShoutState, Wall};
use crate::{
    AccountId, CommunityId, ConversationId, FileId, GroupId, ReportId, SessionId, ShoutId, Timestamp,
};

/// When to try again while another export is under way.
const TRY_AGAIN: Duration = Duration::from_secs(30);
/// Most conversations that are read at once.
const CONVERSATIONS: usize = 50;

/// One thing of an export.
#[derive(Debug, Serialize)]
#[serde(tag = "type", rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Exported {
    /// Oneself.
    Account {
        /// The account.
        id: AccountId,
        /// Where one comes from.
        realm: String,
        /// What is shown of one, and one's e-mail address.
        profile: Profile,
        /// One's roles at this front.
        roles: Vec<String>,
        /// Since when.
        created_at: Timestamp,
        /// When this was written.
        exported_at: Timestamp,
    },
    /// What one has chosen.
    Preferences {
        /// The choices.
        preferences: Preferences,
    },
    /// Where one is logged in.
    Session {
        /// Its id.
        id: SessionId,
        /// Where it holds.
        front: FrontId,
        /// How one proved who one is.
        proof: &'static str,
        /// Whether the export was asked for in it.
        current: bool,
        /// When it began.
        created_at: Timestamp,
        /// When it was last seen, to within the time that this is written behind.
        seen_at: Timestamp,
        /// When it ends whatever happens.
        expires_at: Timestamp,
    },
    /// A passkey that one may log in with. What it is proved by is not in the export.
    Passkey {
        /// Its id.
        id: String,
        /// What one calls it.
        name: String,
        /// When it was made.
        made_at: Timestamp,
        /// When it was last used.
        used_at: Option<Timestamp>,
    },
    /// Somebody with whom there is something, with one's own notes about them.
    Contact {
        /// As on one's roster.
        person: Box<PersonView>,
    },
    /// A group that one is in.
    Group {
        /// Its id.
        id: GroupId,
        /// Its name.
        name: String,
        /// How one comes to be in it.
        kind: &'static str,
        /// Whether one manages it.
        manager: bool,
    },
    /// A conversation that one is in; its messages follow, the newest first.
    Conversation {
        /// Its id.
        id: ConversationId,
        /// `direct`, or the group whose room it is.
        group: Option<GroupId>,
        /// Its members; none of a room.
        members: Vec<AccountId>,
        /// Up to where one has read.
        read_up_to: Option<Sequence>,
        /// What one has begun to write in it.
        draft: Option<String>,
        /// Since when.
        created_at: Timestamp,
    },
    /// A message that one may read.
    Message {
        /// The object of the history.
        message: ShownMessage,
    },
    /// A file that one has sent. Its contents are not in the export.
    File {
        /// Its id.
        id: FileId,
        /// What it is called.
        name: String,
        /// Its length in bytes.
        size: u64,
        /// What it is, by its contents.
        media_type: &'static str,
        /// The conversation that it was sent to; `None` = it was not sent yet.
        conversation: Option<ConversationId>,
        /// Where its contents are, below a front's `api/v1/`.
        path: String,
        /// When.
        created_at: Timestamp,
    },
    /// A shout of one's own.
    Shout {
        /// Its id.
        id: ShoutId,
        /// Where it stands.
        wall: Wall,
        /// The text.
        text: String,
        /// How far it has come.
        state: ShoutState,
        /// Votes for it.
        up: u32,
        /// Votes against it.
        down: u32,
        /// When.
        at: Timestamp,
    },
    /// A report that one has filed.
    Report {
        /// Its id.
        id: ReportId,
        /// Through which front.
        front: FrontId,
        /// What it is about.
        target: ReportTarget,
        /// Why.
        text: String,
        /// When.
        created_at: Timestamp,
        /// When it was decided; `None` = it waits.
        closed_at: Option<Timestamp>,
    },
    /// The end: what has no such line was cut off.
    End {},
}

/// An export under way, read in small steps.
#[derive(Debug)]
pub struct Export {
    pub(super) engine: Arc<Engine>,
    pub(super) visitor: Visitor,
    pub(super) stage: Stage,
    _slot: Slot,
}

#[derive(Debug)]
pub(super) enum Stage {
    Oneself,
    Sessions,
    Contacts,
    Groups,
    Conversations(Option<ConversationPlace>, VecDeque<Exported>),
    Messages(Option<ConversationPlace>, VecDeque<Exported>, ConversationId, Option<Sequence>),
    Files(Option<FileId>),
    Shouts(Option<ShoutId>),
    Reports(Option<ReportId>),
    End,
    Done,
}

/// One export at a time for each person.
#[derive(Debug)]
struct Slot {
    engine: Arc<Engine>,
    key: (CommunityId, AccountId),
}

impl Drop for Slot {
    fn drop(&mut self) {
        self.engine.exporting.lock().unwrap_or_else(PoisonError::into_inner).remove(&self.key);
    }
}

impl Engine {
    /// Begins to write down everything that the visitor has here.
    ///
    /// # Errors
    /// [`EngineError::NotPermitted`], and [`EngineError::Busy`] while another export of theirs is under way.
    pub fn export(self: &Arc<Self>, visitor: Visitor) -> Result<Export, EngineError> {
        self.members_only(&visitor)?;
        if !visitor.options().export {
            return Err(EngineError::NotPermitted("one's data can't be exported here".into()));
        }
        let key = (visitor.community().clone(), visitor.account());
        let began = self.exporting.lock().unwrap_or_else(PoisonError::into_inner).insert(key.clone());
        if !began {
            return Err(EngineError::Busy(TRY_AGAIN));
        }
        let slot = Slot { engine: Arc::clone(self), key };
        Ok(Export { engine: Arc::clone(self), visitor, stage: Stage::Oneself, _slot: slot })
    }
}

impl Export {
    /// The next things; `None` behind the end.
    ///
    /// # Errors
    /// [`EngineError`]: the export ends without its last line.
    pub async fn next(&mut self) -> Result<Option<Vec<Exported>>, EngineError> {
        self.engine.still_here(&self.visitor)?;
        match std::mem::replace(&mut self.stage, Stage::Done) {
            Stage::Oneself => {
                self.stage = Stage::Sessions;
                self.oneself().await.map(Some)
            }
            Stage::Sessions => {
                self.stage = Stage::Contacts;
                let mut ways_in = self.sessions().await?;
                ways_in.extend(self.passkeys().await?);
                Ok(Some(ways_in))
            }
            Stage::Contacts => {
                self.stage = Stage::Groups;
                self.contacts().await.map(Some)
            }
            Stage::Groups => {
                self.stage = Stage::Conversations(None, VecDeque::new());
                self.groups().await.map(Some)
            }
            Stage::Conversations(after, waiting) => self.conversation(after, waiting).await.map(Some),
            Stage::Messages(after, waiting, id, before) => {
                self.messages(after, waiting, id, before).await.map(Some)
            }
            Stage::Files(after) => self.files(after).await.map(Some),
            Stage::Shouts(after) => self.shouts(after).await.map(Some),
            Stage::Reports(after) => self.reports(after).await.map(Some),
            Stage::End => Ok(Some(vec![Exported::End {}])),
            Stage::Done => Ok(None),
        }
    }

    async fn oneself(&self) -> Result<Vec<Exported>, EngineError> {
        let (community, account) = (self.visitor.community(), self.visitor.account());
        let member = self.engine.member_of(community, account).await?.ok_or(EngineError::NotFound)?;
        let preferences = self.engine.preferences(&self.visitor).await?;
        let account = &member.account;
        let oneself = Exported::Account {
            id: account.id,
            realm: account.realm.as_str().to_owned(),
            profile: account.profile.clone(),
            roles: self.roles(),
            created_at: account.created_at,
            exported_at: self.engine.clock.now(),
        };
        Ok(vec![oneself, Exported::Preferences { preferences }])
    }

    async fn contacts(&self) -> Result<Vec<Exported>, EngineError> {
        let book = self.engine.contact_book(self.visitor.community(), self.visitor.account()).await?;
        let mut people = Vec::with_capacity(book.len());
        for &other in book.keys() {
            match self.engine.person(&self.visitor, other).await {
                Ok(person) => people.push(Exported::Contact { person: Box::new(person) }),
                Err(EngineError::NotFound) => {}
                Err(error) => return Err(error),
            }
        }
        Ok(people)
    }

    async fn groups(&self) -> Result<Vec<Exported>, EngineError> {
        let groups = self.engine.groups(&self.visitor).await?;
        let group = groups.into_iter().map(|part| Exported::Group {
            id: part.group.id,
            name: part.group.name,
            kind: part.group.kind.as_str(),
            manager: part.manager,
        });
        Ok(group.collect())
    }

    async fn conversation(
        &mut self,
        after: Option<ConversationPlace>,
        mut waiting: VecDeque<Exported>,
    ) -> Result<Vec<Exported>, EngineError> {
        let mut next = after;
        if waiting.is_empty() {
            let list = self.engine.conversations(&self.visitor, after, CONVERSATIONS).await?;
            next = list.conversations.last().map(|info| info.view.place());
            waiting = list
                .conversations
                .into_iter()
                .map(|info| Exported::Conversation {
                    id: info.view.conversation.id,
                    group: info.view.conversation.group,
                    members: info.view.conversation.members.clone(),
                    read_up_to: info.view.read_up_to,
                    draft: info.draft.map(|draft| draft.text),
                    created_at: info.view.conversation.created_at,
                })
                .collect();
        }
        let Some(conversation) = waiting.pop_front() else {
            self.stage = Stage::Files(None);
            return Ok(Vec::new());
        };
        if let Exported::Conversation { id, .. } = &conversation {
            self.stage = Stage::Messages(next, waiting, *id, None);
        }
        Ok(vec![conversation])
    }

    async fn messages(
        &mut self,
        after: Option<ConversationPlace>,
        waiting: VecDeque<Exported>,
        id: ConversationId,
        before: Option<Sequence>,
    ) -> Result<Vec<Exported>, EngineError> {
        // Left meanwhile: the rest is no longer theirs to read.
        let page = match self.engine.history(&self.visitor, id, before, MAX_HISTORY_PAGE).await {
            Err(EngineError::NotFound) => None,
            other => Some(other?),
        };
        let oldest = page.as_ref().and_then(|page| page.messages.first()).map(|message| message.sequence);
        let more = page.as_ref().is_some_and(|page| page.more);
        self.stage = match (more, oldest) {
            (true, Some(oldest)) => Stage::Messages(after, waiting, id, Some(oldest)),
            _ => Stage::Conversations(after, waiting),
        };
        let messages = page.map(|page| page.messages).unwrap_or_default();
        Ok(messages.into_iter().rev().map(|message| Exported::Message { message }).collect())
    }
}
