//! Messages as their readers see them: with what they answer, and what of them is about the reader.

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use crate::ConversationId;
use crate::engine::{Engine, EngineError, Visitor};
use crate::messaging::{Message, NAMED_REACTORS, Quote, Sequence, ShownMessage, ShownReactions};
use crate::ports::StoreResult;

/// The messages that replies answer, by their numbers.
type Quotes = HashMap<Sequence, Arc<Quote>>;

impl Engine {
    /// Messages as the visitor sees them, in the same order.
    pub(super) async fn shown(
        &self,
        visitor: &Visitor,
        messages: Vec<Arc<Message>>,
    ) -> Result<Vec<ShownMessage>, EngineError> {
        let mut quotes = self.quotes(&messages).await?;
        for message in messages.iter().filter(|message| message.reply_to.is_some()) {
            if let Some(original) = message.reply_to
                && !self.reads_in(visitor, message.conversation, original).await?
            {
                quotes.insert(original, Arc::new(Quote::gone(original)));
            }
        }
        let mut mine = self.many_reactions_of(visitor, &messages).await?;
        let shown = messages.into_iter().map(|message| {
            let answered = message.reply_to.and_then(|original| quotes.get(&original).cloned());
            let mine = mine.remove(&message.sequence).unwrap_or_else(|| own_reactions(visitor, &message));
            ShownMessage::new(message, answered, visitor.account(), mine)
        });
        Ok(shown.collect())
    }

    /// One message as the visitor sees it.
    pub(super) async fn shown_one(
        &self,
        visitor: &Visitor,
        message: Arc<Message>,
    ) -> Result<ShownMessage, EngineError> {
        let quote = match message.reply_to {
            None => None,
            Some(original) if self.reads_in(visitor, message.conversation, original).await? => {
                Some(self.quote(message.conversation, original).await?)
            }
            Some(original) => Some(Arc::new(Quote::gone(original))),
        };
        let mine = self.reactions_of(visitor, &message).await?;
        Ok(ShownMessage::new(message, quote, visitor.account(), mine))
    }

    /// The reactions to a message as the visitor sees them.
    pub(super) async fn shown_reactions(
        &self,
        visitor: &Visitor,
        message: Arc<Message>,
    ) -> Result<ShownReactions, EngineError> {
        let mine = self.reactions_of(visitor, &message).await?;
        Ok(ShownReactions::new(message, mine))
    }

    /// Whether the visitor may be told of a message of a conversation: they are in it now, and it was not said before they
    /// came.
    pub(super) async fn reads_in(
        &self,
        visitor: &Visitor,
        id: ConversationId,
        message: Sequence,
    ) -> StoreResult<bool> {
        // Guests are told of what is announced to everybody, and are in no conversation.
        if visitor.is_guest() {
            return Ok(true);
        }
        self.may_read(visitor, id, message).await
    }

    /// Whether the visitor is in a conversation since before a message of it: what it says and carries is theirs to read.
    pub(super) async fn may_read(
        &self,
        visitor: &Visitor,
        id: ConversationId,
        message: Sequence,
    ) -> StoreResult<bool> {
        let conversation = self.conversation_of(visitor, id).await?;
        Ok(conversation.is_some_and(|conversation| message > conversation.floor_of(visitor.account())))
    }

    async fn reactions_of(&self, visitor: &Visitor, message: &Arc<Message>) -> StoreResult<Vec<String>> {
        let mut many = self.many_reactions_of(visitor, std::slice::from_ref(message)).await?;
        Ok(many.remove(&message.sequence).unwrap_or_else(|| own_reactions(visitor, message)))
    }

    /// The visitor's reactions to those messages that don't name everybody who reacted.
    async fn many_reactions_of(
        &self,
        visitor: &Visitor,
        messages: &[Arc<Message>],
    ) -> StoreResult<HashMap<Sequence, Vec<String>>> {
        let crowded: Vec<Sequence> = messages
            .iter()
            .filter(|message| message.reactions.iter().any(|one| one.count as usize > NAMED_REACTORS))
            .map(|message| message.sequence)
            .collect();
        let mut mine: HashMap<_, Vec<String>> =
            crowded.iter().map(|&message| (message, Vec::new())).collect();
        if !crowded.is_empty() {
            for (message, emoji) in self.store.reactions_by(visitor.account(), &crowded).await? {
                mine.entry(message).or_default().push(emoji);
            }
        }
        Ok(mine)
    }

    /// What a reply in `conversation` answers, from memory where it is known.
    async fn quote(&self, conversation: ConversationId, original: Sequence) -> StoreResult<Arc<Quote>> {
        let load = || async {
            let found = self.store.message(conversation, original).await?;
            Ok(Arc::new(found.as_ref().map_or_else(|| Quote::gone(original), Quote::of)))
        };
        self.quotes.get(&original, load).await
    }

    /// What these messages answer; what is not known is read at once.
    async fn quotes(&self, messages: &[Arc<Message>]) -> StoreResult<Quotes> {
        let wanted: BTreeSet<Sequence> = messages.iter().filter_map(|message| message.reply_to).collect();
        let mut quotes = Quotes::with_capacity(wanted.len());
        let mut unknown = Vec::new();
        for original in wanted {
            match self.quotes.peek(&original) {
                Some(quote) => _ = quotes.insert(original, quote),
                None => unknown.push(original),
            }
        }
        if !unknown.is_empty() {
            for message in self.store.messages_numbered(&unknown).await? {
                quotes.insert(message.sequence, Arc::new(Quote::of(&message)));
            }
        }
        for original in unknown {
            quotes.entry(original).or_insert_with(|| Arc::new(Quote::gone(original)));
        }
        Ok(quotes)
    }
}

/// The visitor's reactions to a message that names everybody who reacted.
fn own_reactions(visitor: &Visitor, message: &Message) -> Vec<String> {
    let own = message.reactions.iter().filter(|one| one.accounts.contains(&visitor.account()));
    own.map(|one| one.emoji.clone()).collect()
}
