//! Writing messages.

use std::collections::BTreeMap;

use portico_core::messaging::{Message, Sequence};
use sea_orm::sea_query::{CaseStatement, Expr, ExprTrait, Query, UpdateStatement};
use sea_orm::{
    ActiveValue::Set, ColumnTrait, ConnectionTrait, DatabaseTransaction, EntityTrait, QueryFilter,
};
use uuid::Uuid;

use super::CHUNK;
use super::short_forms::{files_text, mentions_text};
use crate::entity::{conversation_member, file, message};
use crate::failure::{Sql, retried};
use crate::key::Key;
use crate::sql_store::SqlStore;

/// Most bytes of text in one statement: MySQL's and MariaDB's smallest usual `max_allowed_packet` is 4 MiB.
const MOST_BYTES: usize = 1 << 20;
/// Most conversations that one statement moves: its work grows with the square of this.
const MOVED_AT_ONCE: usize = 100;

impl SqlStore {
    pub(crate) async fn append_all(&self, messages: &[Message]) -> Sql<()> {
        if messages.is_empty() {
            return Ok(());
        }
        retried(|| self.try_append(messages)).await
    }

    async fn try_append(&self, messages: &[Message]) -> Sql<()> {
        let txn = self.begin().await?;
        for some in portions(messages) {
            message::Entity::insert_many(some.iter().map(row_of)).exec_without_returning(&txn).await?;
        }
        for message in messages.iter().filter(|message| !message.files.is_empty()) {
            carry_files(&txn, message).await?;
        }
        let mut newest: BTreeMap<Uuid, i64> = BTreeMap::new();
        for message in messages {
            let last = newest.entry(message.conversation.as_uuid()).or_default();
            *last = Ord::max(*last, message.sequence.get());
        }
        let newest: Vec<_> = newest.into_iter().collect();
        for some in newest.chunks(MOVED_AT_ONCE) {
            txn.execute(&moves(some)).await?;
        }
        Ok(txn.commit().await?)
    }
}

/// The files of a message learn which one it is: they are read by those who read it.
async fn carry_files(txn: &DatabaseTransaction, message: &Message) -> Sql<()> {
    file::Entity::update_many()
        .col_expr(file::Column::Message, Expr::value(message.sequence.get()))
        .filter(file::Column::Id.is_in(message.files.iter().map(|file| file.id.as_uuid())))
        .filter(file::Column::Conversation.eq(message.conversation.as_uuid()))
        .exec(txn)
        .await?;
    Ok(())
}

/// Moves the last sequence numbers of some conversations, where they are lower.
fn moves(newest: &[(Uuid, i64)]) -> UpdateStatement {
    use conversation_member::Column::{Conversation, LastSequence};
    let mut higher = CaseStatement::new();
    for &(conversation, last) in newest {
        let lower = Expr::col(LastSequence).lt(last);
        higher = higher.case(Expr::col(Conversation).eq(conversation).and(lower), last);
    }
    Query::update()
        .table(conversation_member::Entity)
        .value(LastSequence, higher.finally(Expr::col(LastSequence)))
        .and_where(Expr::col(Conversation).is_in(newest.iter().map(|&(conversation, _)| conversation)))
        .take()
}

/// Cuts messages into portions that fit into one statement each.
fn portions(messages: &[Message]) -> Vec<&[Message]> {
    let mut portions = Vec::new();
    let (mut start, mut bytes) = (0, 0);
    for (end, message) in messages.iter().enumerate() {
        if end - start == CHUNK || (end > start && bytes + message.text.len() > MOST_BYTES) {
            portions.push(&messages[start..end]);
            (start, bytes) = (end, 0);
        }
        bytes += message.text.len();
    }
    portions.push(&messages[start..]);
    portions
}

fn row_of(message: &Message) -> message::ActiveModel {
    message::ActiveModel {
        sequence: Set(message.sequence.get()),
        conversation: Set(message.conversation.as_uuid()),
        sender: Set(message.sender.as_uuid()),
        front: Set(message.front.as_str().into()),
        text: Set(message.text.clone()),
        client_id: Set(message.client_id.as_deref().map(Key::from)),
        sent_at: Set(message.sent_at.as_millis()),
        reply_to: Set(message.reply_to.map(Sequence::get)),
        mentions: Set(mentions_text(&message.mentions)),
        version: Set(None),
        edited_at: Set(None),
        deleted_at: Set(None),
        reactions: Set(None),
        files: Set(files_text(&message.files)),
    }
}
