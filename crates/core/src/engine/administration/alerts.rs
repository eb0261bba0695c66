use std::collections::VecDeque;
use std::num::NonZeroUsize;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use lru::LruCache;

use crate::administration::{Actor, ActorKind, Audience, Broadcast, BroadcastKind};
use crate::engine::{Engine, EngineError, Visitor};
use crate::messaging::{Conversation, check_text};
use crate::{AccountId, GroupId, Timestamp};

use super::NewBroadcast;

/// Most alerts of one person in an hour.
const PER_HOUR: usize = 10;
const HOUR: Duration = Duration::from_secs(3600);
/// How many people's alerts are remembered.
const REMEMBERED: NonZeroUsize = NonZeroUsize::new(10_000).unwrap();
/// Longest alert, in bytes.
const MAX_ALERT: usize = 2000;
/// How far back an unread alert of the same text is looked for.
const LOOKED_BACK: usize = 20;

/// Whom somebody alerts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AlertTo {
    /// Administrators, and those who receive alerts.
    Administrators,
    /// The members of a group that the visitor is in.
    Group(GroupId),
    /// Everybody of the front.
    Everybody,
}

/// When people sent alerts lately.
#[derive(Debug)]
pub(super) struct Alarms(Mutex<LruCache<AccountId, VecDeque<Timestamp>>>);

impl Alarms {
    pub(super) fn new() -> Self {
        Self(Mutex::new(LruCache::new(REMEMBERED)))
    }

    /// Counts one more, or says when there is room again.
    fn count(&self, account: AccountId, now: Timestamp) -> Result<(), EngineError> {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let theirs = all.get_or_insert_mut(account, VecDeque::new);
        // After a clock that went back, what lies ahead counts as now: nobody waits longer than an hour.
        theirs.iter_mut().for_each(|at| *at = now.min(*at));
        theirs.retain(|at| at.plus(HOUR) > now);
        match theirs.front() {
            Some(oldest) if theirs.len() >= PER_HOUR => {
                Err(EngineError::TooOften { retry_after: oldest.plus(HOUR).since(now) })
            }
            _ => {
                theirs.push_back(now);
                Ok(())
            }
        }
    }
}

impl Engine {
    /// Alerts administrators, a group or everybody of the front: as a message of the administration that names who
    /// alerted. Who has the same alert unread since less than an hour doesn't get it again.
    ///
    /// # Errors
    /// [`EngineError::NotPermitted`] without the front's option for it; [`EngineError::TooOften`];
    /// [`EngineError::NotFound`] for a group that the visitor isn't in.
    pub async fn alert(&self, visitor: &Visitor, to: AlertTo, text: &str) -> Result<Broadcast, EngineError> {
        self.members_only(visitor)?;
        check_text(text, None)?;
        if text.len() > MAX_ALERT {
            return Err(EngineError::Unacceptable(format!("an alert has at most {MAX_ALERT} bytes")));
        }
        if let Some(restriction) = self.write_restriction(visitor) {
            return Err(EngineError::WriteRestricted(restriction));
        }
        let options = visitor.options();
        let (permitted, audience) = match to {
            AlertTo::Administrators => (options.alert_administrators, Audience::Administrators),
            AlertTo::Group(group) => (options.alert_group, Audience::Group(group)),
            AlertTo::Everybody => (options.alert_everybody, Audience::Everybody),
        };
        if !permitted {
            return Err(EngineError::NotPermitted("you may not send this kind of alert here".into()));
        }
        if let AlertTo::Group(wanted) = to {
            let mine = self.groups(visitor).await?;
            mine.into_iter().find(|part| part.group.id == wanted).ok_or(EngineError::NotFound)?;
        }
        let text = self.filtered(visitor.front(), text)?;
        self.desk.alarms.count(visitor.account(), self.clock.now())?;
        let account = self.account(visitor).await?;
        let profile = &account.profile;
        let name = if profile.display_name == profile.login {
            profile.login.clone()
        } else {
            format!("{} ({})", profile.display_name, profile.login)
        };
        let by = Actor {
            kind: ActorKind::Person,
            id: Some(visitor.account()),
            name: profile.login.clone(),
            address: visitor.session().address(),
        };
        let new = NewBroadcast {
            kind: BroadcastKind::Alert,
            front: (to == AlertTo::Everybody).then(|| visitor.front().id.clone()),
            audience,
            text: format!("Alert from {name}:\n{text}"),
        };
        self.send_to_many(&by, new).await
    }

    /// Whether the person has not read the same text yet, and got it within the hour.
    pub(super) async fn waits_unread(
        &self,
        conversation: &Conversation,
        person: AccountId,
        broadcast: &Broadcast,
    ) -> Result<bool, EngineError> {
        let Some(view) = self.store.conversation_view(conversation.id, person).await? else {
            return Ok(false);
        };
        if view.unread == 0 {
            return Ok(false);
        }
        let since = broadcast.created_at.minus(HOUR);
        let own = broadcast.client_id();
        let recent = self.store.history(conversation.id, None, LOOKED_BACK).await?;
        Ok(recent.iter().any(|message| {
            message.text == broadcast.text
                && message.sent_at > since
                && view.read_up_to.is_none_or(|mark| message.sequence > mark)
                && message.client_id.as_deref() != Some(own.as_str())
        }))
    }
}
