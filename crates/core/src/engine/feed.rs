use std::sync::Arc;

use async_trait::async_trait;

use crate::engine::ConversationCache;
use crate::engine::administration::Counters;
use crate::messaging::{CommitFeed, Conversation, Mailboxes, Message};
use crate::ports::Store;

/// Pushes committed messages to the mailboxes of live members.
#[derive(Debug)]
pub(super) struct MailboxFeed {
    pub(super) store: Arc<dyn Store>,
    pub(super) mailboxes: Arc<Mailboxes>,
    pub(super) conversations: Arc<ConversationCache>,
    pub(super) counters: Arc<Counters>,
}

#[async_trait]
impl CommitFeed for MailboxFeed {
    async fn committed(&self, conversation: &Conversation, message: &Arc<Message>) {
        self.counters.message(&message.front, message.sent_at);
        let community = &conversation.community;
        if conversation.is_direct() {
            return self.mailboxes.push_message(community, &conversation.members, message);
        }
        // Whoever came before this message was committed is entitled to it, and whoever had gone is not. Who comes later
        // is told so after this, and finds it in the history.
        let load = || async { Ok(self.store.conversation(conversation.id).await?.map(Arc::new)) };
        match self.conversations.get(&conversation.id, load).await {
            Ok(Some(now)) => self.mailboxes.push_message(community, &now.members, message),
            Ok(None) => self.mailboxes.push_message(community, &[], message),
            Err(error) => {
                tracing::warn!(%error, "who is in a conversation can't be read; those who were in it are told");
                self.mailboxes.push_message(community, &conversation.members, message);
            }
        }
    }
}
