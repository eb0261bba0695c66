//! What somebody who leaves has said to others' messages without words.

use std::collections::BTreeMap;

use portico_core::messaging::Sequence;
use sea_orm::{ColumnTrait, DatabaseTransaction, EntityTrait, QueryFilter, QueryOrder, QuerySelect};
use uuid::Uuid;

use super::super::reactions::{keep_short_form, recount};
use super::super::rows;
use crate::entity::reaction;
use crate::failure::Sql;
use crate::key::Key;
use crate::sql_store::SqlStore;

/// Most reactions in one step: each has its message counted anew, while writers wait.
const AT_ONCE: usize = 100;

impl SqlStore {
    /// Takes some of a person's reactions back, from the messages that show them too. Whether there may be more.
    pub(super) async fn take_back_reactions(
        &self,
        txn: &DatabaseTransaction,
        account: Uuid,
        limit: usize,
    ) -> Sql<bool> {
        let limit = limit.min(AT_ONCE);
        let own: Vec<(i64, Key)> = reaction::Entity::find()
            .select_only()
            .column(reaction::Column::Message)
            .column(reaction::Column::Emoji)
            .filter(reaction::Column::Account.eq(account))
            .order_by_asc(reaction::Column::Message)
            .order_by_asc(reaction::Column::Emoji)
            .limit(rows(limit))
            .into_tuple()
            .all(txn)
            .await?;
        let more = own.len() == limit;
        let mut by_message: BTreeMap<i64, Vec<Key>> = BTreeMap::new();
        for (message, emoji) in own {
            by_message.entry(message).or_default().push(emoji);
        }
        for (sequence, emojis) in by_message {
            // Held first, as whoever reacts meanwhile does.
            let message = self.held_message(txn, Sequence::new(sequence)).await?;
            reaction::Entity::delete_many()
                .filter(reaction::Column::Message.eq(sequence))
                .filter(reaction::Column::Account.eq(account))
                .filter(reaction::Column::Emoji.is_in(emojis.iter().cloned()))
                .exec(txn)
                .await?;
            let Some(mut message) = message else { continue };
            for emoji in &emojis {
                recount(txn, &mut message, &emoji.0).await?;
            }
            keep_short_form(txn, &mut message).await?;
        }
        Ok(more)
    }
}
