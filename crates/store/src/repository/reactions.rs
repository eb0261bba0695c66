//! Reactions to messages.

use portico_core::AccountId;
use portico_core::messaging::{
    ChangeRefusal, ChangedMessage, MAX_REACTIONS, Message, NAMED_REACTORS, Reaction, ReactionWrite, Sequence,
};
use sea_orm::sea_query::Expr;
use sea_orm::{
    ActiveValue::Set, ColumnTrait, Condition, DatabaseTransaction, EntityTrait, PaginatorTrait, QueryFilter,
    QueryOrder, QuerySelect,
};

use super::changes::{Outcome, finish};
use super::short_forms::reactions_text;
use super::{CHUNK, rows};
use crate::entity::{message, reaction};
use crate::failure::{Sql, retried};
use crate::key::Key;
use crate::sql_store::SqlStore;

impl SqlStore {
    pub(crate) async fn write_reaction(&self, write: &ReactionWrite) -> Sql<Outcome> {
        retried(|| self.try_react(write)).await
    }

    async fn try_react(&self, write: &ReactionWrite) -> Sql<Outcome> {
        let txn = self.begin().await?;
        let outcome = match self.held(&txn, write.conversation, write.message).await? {
            None => Err(ChangeRefusal::Unknown),
            Some(message) if message.deleted_at.is_some() => Err(ChangeRefusal::Deleted),
            Some(message) => decide(&txn, message, write).await?,
        };
        finish(txn, outcome).await
    }

    pub(crate) async fn reactions_of_person(
        &self,
        account: AccountId,
        messages: &[Sequence],
    ) -> Sql<Vec<(Sequence, String)>> {
        let mut found = Vec::new();
        for some in messages.chunks(CHUNK) {
            let rows = reaction::Entity::find()
                .filter(reaction::Column::Message.is_in(some.iter().map(|message| message.get())))
                .filter(reaction::Column::Account.eq(account.as_uuid()))
                .all(self.reader()?)
                .await?;
            found.extend(rows.into_iter().map(|row| (Sequence::new(row.message), row.emoji.0)));
        }
        Ok(found)
    }
}

async fn decide(txn: &DatabaseTransaction, mut message: Message, write: &ReactionWrite) -> Sql<Outcome> {
    let emoji = write.emoji.as_str();
    let key = (message.sequence.get(), Key::from(emoji), write.account.as_uuid());
    let given = reaction::Entity::find_by_id(key.clone()).one(txn).await?.is_some();
    if given == write.given {
        return Ok(Ok(ChangedMessage { message, changed: false }));
    }
    if write.given {
        if !message.reactions.iter().any(|one| one.emoji == emoji) && message.reactions.len() >= MAX_REACTIONS
        {
            return Ok(Err(ChangeRefusal::TooManyReactions));
        }
        let row = reaction::ActiveModel {
            message: Set(key.0),
            emoji: Set(key.1),
            account: Set(key.2),
            reacted_at: Set(write.now.as_millis()),
        };
        reaction::Entity::insert(row).exec_without_returning(txn).await?;
    } else {
        reaction::Entity::delete_by_id(key).exec(txn).await?;
    }
    recount(txn, &mut message, emoji).await?;
    keep_short_form(txn, &mut message).await?;
    Ok(Ok(ChangedMessage { message, changed: true }))
}

/// Makes what a message says of one emoji what the reactions are.
pub(super) async fn recount(txn: &DatabaseTransaction, message: &mut Message, emoji: &str) -> Sql<()> {
    let now = counted(txn, message.sequence, emoji).await?;
    match message.reactions.iter().position(|one| one.emoji == emoji) {
        Some(at) if now.count == 0 => _ = message.reactions.remove(at),
        Some(at) => message.reactions[at] = now,
        None if now.count == 0 => {}
        None => message.reactions.push(now),
    }
    Ok(())
}

/// Keeps what a message says of its reactions, as another version of it.
pub(super) async fn keep_short_form(txn: &DatabaseTransaction, message: &mut Message) -> Sql<()> {
    message.version += 1;
    message::Entity::update_many()
        .col_expr(message::Column::Version, Expr::value(message.version))
        .col_expr(message::Column::Reactions, Expr::value(reactions_text(&message.reactions)))
        .filter(message::Column::Sequence.eq(message.sequence.get()))
        .exec(txn)
        .await?;
    Ok(())
}

/// Everybody who reacted to a message with an emoji, the first by name.
async fn counted(txn: &DatabaseTransaction, message: Sequence, emoji: &str) -> Sql<Reaction> {
    let these = Condition::all()
        .add(reaction::Column::Message.eq(message.get()))
        .add(reaction::Column::Emoji.eq(Key::from(emoji)));
    let count = reaction::Entity::find().filter(these.clone()).count(txn).await?;
    let first = reaction::Entity::find()
        .filter(these)
        .order_by_asc(reaction::Column::ReactedAt)
        .order_by_asc(reaction::Column::Account)
        .limit(rows(NAMED_REACTORS))
        .all(txn)
        .await?;
    Ok(Reaction {
        emoji: emoji.to_owned(),
        count: u32::try_from(count).unwrap_or(u32::MAX),
        accounts: first.into_iter().map(|row| AccountId::from_uuid(row.account)).collect(),
    })
}
