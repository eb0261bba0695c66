//! Finding messages again, and their end.

use std::sync::Arc;
use std::time::Duration;

use tokio::time::{MissedTickBehavior, interval};

use crate::engine::{Engine, EngineError, Visitor};
use crate::messaging::{
    EXPIRED_AT_ONCE, Expiring, Expiry, MAX_FOUND, MessageSearch, SearchWords, Sequence, ShownMessage,
};
use crate::ports::StoreError;
use crate::{AccountId, ConversationId};

/// Most steps that one round of expiry takes for a rule; the rest comes with the next ones.
const STEPS: usize = 200;

/// Where and of whom messages are looked for.
#[derive(Debug, Clone, Copy, Default)]
pub struct SearchScope {
    /// In this conversation only.
    pub conversation: Option<ConversationId>,
    /// Of this sender only.
    pub from: Option<AccountId>,
    /// Older than this message.
    pub before: Option<Sequence>,
}

/// A page of found messages.
#[derive(Debug, Clone)]
pub struct FoundPage {
    /// The messages, newest first.
    pub messages: Vec<ShownMessage>,
    /// For `before` of the next page; `None` at the end.
    pub next: Option<Sequence>,
}

/// How often people are told how far others have got.
const TELL: Duration = Duration::from_secs(1);
/// How often messages whose time is over are removed.
const AGE: Duration = Duration::from_secs(600);

impl Engine {
    /// What must be done for messages from time to time. Runs until it is dropped.
    pub(super) async fn look_after_messages(self: Arc<Self>) {
        let (mut tell, mut age) = (interval(TELL), interval(AGE));
        tell.set_missed_tick_behavior(MissedTickBehavior::Delay);
        age.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            tokio::select! {
                _ = tell.tick() => self.tell_receipts(),
                _ = age.tick() => self.expire_messages().await,
            }
        }
    }

    /// The messages with these words that the visitor may read now, newest first.
    ///
    /// # Errors
    /// [`EngineError`]
    pub async fn search(
        &self,
        visitor: &Visitor,
        typed: &str,
        scope: SearchScope,
        limit: usize,
    ) -> Result<FoundPage, EngineError> {
        self.members_only(visitor)?;
        if !visitor.options().search {
            return Err(EngineError::NotPermitted("messages can't be searched here".into()));
        }
        let words = SearchWords::of(typed).map_err(|error| EngineError::Unacceptable(error.to_string()))?;
        if let Some(id) = scope.conversation {
            self.conversation_of(visitor, id).await?.ok_or(EngineError::NotFound)?;
        }
        let limit = limit.clamp(1, MAX_FOUND);
        let search = MessageSearch {
            community: visitor.community().clone(),
            account: visitor.account(),
            words,
            conversation: scope.conversation,
            from: scope.from,
            before: scope.before,
            limit: limit + 1,
        };
        let mut found = self.store.search_messages(&search).await?;
        let more = found.len() > limit;
        found.truncate(limit);
        let next = found.last().filter(|_| more).map(|message| message.sequence);
        let messages = self.shown(visitor, found.into_iter().map(Arc::new).collect()).await?;
        Ok(FoundPage { messages, next })
    }

    /// Removes the messages whose time is over by the options of the fronts they were sent through: those older than
    /// `message_retention`, and those that their recipient has not read within `undelivered_validity`. In small
    /// transactions, and each message is looked at once for each rule: how far it got is remembered over restarts.
    pub async fn expire_messages(&self) {
        for front in self.fronts.iter() {
            let rules = [
                (Expiring::All, front.options.message_retention),
                (Expiring::NeverRead, front.options.undelivered_validity),
            ];
            for (which, span) in rules {
                let Some(span) = span else { continue };
                let before = self.clock.now().minus(span);
                let expiry = Expiry { front: front.id.clone(), before, which, after: Sequence::START };
                // Another span is another rule: what was too young for the one may be too old for the other.
                let mark = format!("expiry:{}:{}:{}", front.id, which.as_str(), span.as_secs());
                match self.expire_by(expiry, &mark).await {
                    Ok(0) => {}
                    Ok(gone) => {
                        tracing::info!(front = %front.id, gone, "messages whose time is over are removed")
                    }
                    Err(error) => tracing::warn!(%error, "messages whose time is over could not be removed"),
                }
            }
        }
    }

    async fn expire_by(&self, mut expiry: Expiry, mark: &str) -> Result<usize, StoreError> {
        let kept = self.store.meta_or_insert(mark, &[0; 8]).await?;
        let began = <[u8; 8]>::try_from(kept).map(i64::from_be_bytes).unwrap_or(0);
        expiry.after = Sequence::new(began);
        let mut gone = 0;
        for _ in 0..STEPS {
            let step = self.store.expire(&expiry, EXPIRED_AT_ONCE).await?;
            gone += step.gone.len();
            self.quotes.forget(&step.gone);
            self.forget_carried(&step.files).await;
            if step.upto > expiry.after {
                self.store.put_meta(mark, &step.upto.get().to_be_bytes()).await?;
            }
            expiry.after = step.upto;
            if !step.more {
                break;
            }
        }
        Ok(gone)
    }
}
