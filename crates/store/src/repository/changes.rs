//! Messages that are edited or deleted.

use portico_core::administration::AuditEntry;
use portico_core::messaging::{
    ChangeKind, ChangeRefusal, ChangedMessage, MAX_EDITS, Mentions, Message, MessageChange, MessageVersion,
    Sequence,
};
use portico_core::{AccountId, ConversationId};
use sea_orm::sea_query::{Expr, LockType};
use sea_orm::{
    ActiveValue::Set, ColumnTrait, DatabaseTransaction, EntityTrait, PaginatorTrait, QueryFilter, QueryOrder,
    QuerySelect,
};

use super::administer::add_line;
use super::messages::message_of;
use super::short_forms::{files_text, mentions_text};
use super::{CHUNK, moment};
use crate::entity::{message, message_version, reaction};
use crate::failure::{Sql, retried};
use crate::key::Key;
use crate::sql_store::{Kind, SqlStore};

/// What was decided in a transaction.
pub(super) type Outcome = Result<ChangedMessage, ChangeRefusal>;

impl SqlStore {
    pub(crate) async fn change_one(&self, change: &MessageChange) -> Sql<Outcome> {
        retried(|| self.try_change_message(change, None)).await
    }

    pub(crate) async fn change_one_with_line(
        &self,
        change: &MessageChange,
        line: &AuditEntry,
    ) -> Sql<Outcome> {
        retried(|| self.try_change_message(change, Some(line))).await
    }

    async fn try_change_message(&self, change: &MessageChange, line: Option<&AuditEntry>) -> Sql<Outcome> {
        let txn = self.begin().await?;
        let outcome = match self.held(&txn, change.conversation, change.message).await? {
            None => Err(ChangeRefusal::Unknown),
            Some(message) => decide(&txn, message, change).await?,
        };
        if let Some(line) = line.filter(|_| outcome.as_ref().is_ok_and(|done| done.changed)) {
            add_line(&txn, line).await?;
        }
        finish(txn, outcome).await
    }

    /// A message of this conversation, held against other transactions that do the same until the end of this one.
    pub(super) async fn held(
        &self,
        txn: &DatabaseTransaction,
        conversation: ConversationId,
        sequence: Sequence,
    ) -> Sql<Option<Message>> {
        let found = self.held_message(txn, sequence).await?;
        Ok(found.filter(|message| message.conversation == conversation))
    }

    /// A message, whichever conversation it belongs to, held in the same way.
    pub(super) async fn held_message(
        &self,
        txn: &DatabaseTransaction,
        sequence: Sequence,
    ) -> Sql<Option<Message>> {
        let mut query = message::Entity::find_by_id(sequence.get());
        match self.kind() {
            // The transaction has the only writing connection to itself.
            Kind::Sqlite => {}
            Kind::MySql => query = query.lock_exclusive(),
            Kind::Postgres => query = query.lock(LockType::NoKeyUpdate),
        }
        query.one(txn).await?.map(message_of).transpose()
    }

    pub(crate) async fn versions_of(&self, message: Sequence) -> Sql<Vec<MessageVersion>> {
        let rows = message_version::Entity::find()
            .filter(message_version::Column::Message.eq(message.get()))
            .order_by_asc(message_version::Column::Version)
            .all(self.reader()?)
            .await?;
        Ok(rows.into_iter().map(version_of).collect())
    }

    pub(crate) async fn texts_as_sent(&self, messages: &[Sequence]) -> Sql<Vec<(Sequence, String)>> {
        let mut texts: Vec<(Sequence, String)> = Vec::with_capacity(messages.len());
        for some in messages.chunks(CHUNK) {
            let rows = message_version::Entity::find()
                .filter(message_version::Column::Message.is_in(some.iter().map(|message| message.get())))
                .order_by_asc(message_version::Column::Message)
                .order_by_asc(message_version::Column::Version)
                // By the writing connection: a repeated send must not miss the edit that has just been committed.
                .all(self.writer()?)
                .await?;
            for row in rows {
                let message = Sequence::new(row.message);
                if texts.last().is_none_or(|(known, _)| *known != message) {
                    texts.push((message, row.text));
                }
            }
        }
        Ok(texts)
    }
}

pub(super) async fn finish(txn: DatabaseTransaction, outcome: Outcome) -> Sql<Outcome> {
    match &outcome {
        Ok(changed) if changed.changed => txn.commit().await?,
        _ => txn.rollback().await?,
    }
    Ok(outcome)
}

async fn decide(txn: &DatabaseTransaction, message: Message, change: &MessageChange) -> Sql<Outcome> {
    let unchanged = |message| Ok(Ok(ChangedMessage { message, changed: false }));
    let mut after = message.clone();
    after.version += 1;
    let mut edit = None;
    match (&change.kind, message.deleted_at) {
        (ChangeKind::Delete, Some(_)) => return unchanged(message),
        (ChangeKind::Edit { .. }, Some(_)) => return Ok(Err(ChangeRefusal::Deleted)),
        (ChangeKind::Delete, None) => {
            after.text.clear();
            after.mentions = Mentions::default();
            after.reactions.clear();
            after.files.clear();
            after.deleted_at = Some(change.now);
            reaction::Entity::delete_many()
                .filter(reaction::Column::Message.eq(message.sequence.get()))
                .exec(txn)
                .await?;
        }
        (ChangeKind::Edit { text, mentions, client_id }, None) => {
            if let Some(made) = text_made_by(txn, &message, client_id.as_deref()).await? {
                return if made == *text {
                    unchanged(message)
                } else {
                    Ok(Err(ChangeRefusal::ClientIdConflict))
                };
            }
            if *text == message.text {
                return unchanged(message);
            }
            let edits = message_version::Entity::find()
                .filter(message_version::Column::Message.eq(message.sequence.get()))
                .count(txn)
                .await?;
            if edits >= MAX_EDITS as u64 {
                return Ok(Err(ChangeRefusal::TooManyEdits));
            }
            after.text.clone_from(text);
            after.mentions = mentions.clone();
            after.edited_at = Some(change.now);
            edit = client_id.as_deref().map(Key::from);
        }
    }
    keep_version(txn, message, change, edit).await?;
    write(txn, &after).await?;
    Ok(Ok(ChangedMessage { message: after, changed: true }))
}

/// Keeps what the message said before the change, and under which client id the change came.
async fn keep_version(
    txn: &DatabaseTransaction,
    before: Message,
    change: &MessageChange,
    edit: Option<Key>,
) -> Sql<()> {
    let replaced = message_version::ActiveModel {
        message: Set(before.sequence.get()),
        version: Set(before.version),
        text: Set(before.text),
        replaced_at: Set(change.now.as_millis()),
        replaced_by: Set(change.by.as_uuid()),
        client_id: Set(edit),
    };
    message_version::Entity::insert(replaced).exec_without_returning(txn).await?;
    Ok(())
}

async fn write(txn: &DatabaseTransaction, after: &Message) -> Sql<()> {
    message::Entity::update_many()
        .col_expr(message::Column::Text, Expr::value(after.text.clone()))
        .col_expr(message::Column::Mentions, Expr::value(mentions_text(&after.mentions)))
        .col_expr(message::Column::Version, Expr::value(after.version))
        .col_expr(
            message::Column::EditedAt,
            Expr::value(after.edited_at.map(portico_core::Timestamp::as_millis)),
        )
        .col_expr(
            message::Column::DeletedAt,
            Expr::value(after.deleted_at.map(portico_core::Timestamp::as_millis)),
        )
        .col_expr(
            message::Column::Reactions,
            Expr::value(super::short_forms::reactions_text(&after.reactions)),
        )
        .col_expr(message::Column::Files, Expr::value(files_text(&after.files)))
        .filter(message::Column::Sequence.eq(after.sequence.get()))
        .exec(txn)
        .await?;
    Ok(())
}

/// The text that an edit under this client id gave the message, if there was one.
async fn text_made_by(
    txn: &DatabaseTransaction,
    message: &Message,
    client_id: Option<&str>,
) -> Sql<Option<String>> {
    let Some(client_id) = client_id else { return Ok(None) };
    let of_it = message_version::Column::Message.eq(message.sequence.get());
    let edit = message_version::Entity::find()
        .filter(of_it.clone())
        .filter(message_version::Column::ClientId.eq(Key::from(client_id)))
        .one(txn)
        .await?;
    let Some(edit) = edit else { return Ok(None) };
    let next = message_version::Entity::find()
        .filter(of_it)
        .filter(message_version::Column::Version.gt(edit.version))
        .order_by_asc(message_version::Column::Version)
        .limit(1)
        .one(txn)
        .await?;
    Ok(Some(next.map_or_else(|| message.text.clone(), |next| next.text)))
}

fn version_of(row: message_version::Model) -> MessageVersion {
    MessageVersion {
        version: row.version,
        text: row.text,
        until: moment(row.replaced_at),
        by: AccountId::from_uuid(row.replaced_by),
        client_id: row.client_id.map(|key| key.0),
    }
}
