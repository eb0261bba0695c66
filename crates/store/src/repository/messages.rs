//! Reading messages.

use portico_core::messaging::{ClientKey, Message, Sequence};
use portico_core::{AccountId, CommunityId, ConversationId, Timestamp};
use sea_orm::sea_query::{Order, Query, UnionType};
use sea_orm::{
    ColumnTrait, Condition, ConnectionTrait, EntityTrait, Iterable, QueryFilter, QueryOrder, QuerySelect,
    Select,
};
use uuid::Uuid;

use super::short_forms::{files_of, mentions_of, reactions_of};
use super::{CHUNK, front_id, in_order, moment, rows};
use crate::entity::{conversation_member, message};
use crate::failure::Sql;
use crate::key::Key;
use crate::sql_store::{Kind, SqlStore, all};

/// Most client ids that one statement looks up. SQLite compares no tuples with a list, so each is a branch of an OR.
const LOOKED_UP_AT_ONCE: usize = 200;
/// Most conversations that one statement merges; SQLite takes 500 parts of a `UNION`.
const MERGED_AT_ONCE: usize = 100;

impl SqlStore {
    pub(crate) async fn sent_under(&self, keys: &[ClientKey]) -> Sql<Vec<Message>> {
        let mut messages = Vec::new();
        for some in keys.chunks(LOOKED_UP_AT_ONCE) {
            let mut any = Condition::any();
            for key in some {
                let this = Condition::all()
                    .add(message::Column::Conversation.eq(key.conversation.as_uuid()))
                    .add(message::Column::Sender.eq(key.sender.as_uuid()))
                    .add(message::Column::ClientId.eq(Key::from(key.client_id.as_str())));
                any = any.add(this);
            }
            // By the writing connection: a message must not be missed because it has just been committed.
            messages.extend(message::Entity::find().filter(any).all(self.writer()?).await?);
        }
        messages.sort_unstable_by_key(|row| row.sequence);
        messages.dedup_by_key(|row| row.sequence);
        messages.into_iter().map(message_of).collect()
    }

    /// The writer's clock never goes back, so the newest message has the latest time.
    pub(crate) async fn newest_message(&self) -> Sql<Option<(Sequence, Timestamp)>> {
        let newest = message::Entity::find().order_by_desc(message::Column::Sequence).limit(1);
        let row = self.settled(newest).await?.pop();
        Ok(row.map(|row| (Sequence::new(row.sequence), moment(row.sent_at))))
    }

    pub(crate) async fn after_in_all(&self, after: Sequence, limit: usize) -> Sql<Vec<Message>> {
        let found = message::Entity::find()
            .filter(message::Column::Sequence.gt(after.get()))
            .order_by_asc(message::Column::Sequence)
            .limit(rows(limit));
        self.settled(found).await?.into_iter().map(message_of).collect()
    }

    /// The messages of a query, read after every append that is still under way in the database: one whose connection
    /// broke during its commit, or that of a killed process, may yet go through.
    async fn settled(&self, query: Select<message::Entity>) -> Sql<Vec<message::Model>> {
        if !self.serves() {
            return Ok(query.all(self.reader()?).await?);
        }
        match self.kind() {
            // The one writing connection does one thing after the other.
            Kind::Sqlite => Ok(query.all(self.writer()?).await?),
            // A locking read waits for rows that are not committed yet.
            Kind::MySql => Ok(query.lock_exclusive().all(self.writer()?).await?),
            // A locking read does not see such rows; a lock on the table waits for who writes to it.
            Kind::Postgres => {
                let txn = self.begin().await?;
                txn.execute_unprepared("LOCK TABLE messages IN SHARE MODE").await?;
                let found = query.all(&txn).await?;
                txn.commit().await?;
                Ok(found)
            }
        }
    }

    pub(crate) async fn page_before(
        &self,
        id: ConversationId,
        before: Option<Sequence>,
        limit: usize,
    ) -> Sql<Vec<Message>> {
        let page = in_order::before(self.kind(), id.as_uuid(), before.map_or(i64::MAX, Sequence::get))
            .columns(message::Column::iter())
            .limit(rows(limit))
            .take();
        let found: Vec<message::Model> = all(self.reader()?, &page).await?;
        found.into_iter().rev().map(message_of).collect()
    }

    pub(crate) async fn find_message(&self, id: ConversationId, sequence: Sequence) -> Sql<Option<Message>> {
        let found = message::Entity::find_by_id(sequence.get()).one(self.reader()?).await?;
        found.filter(|row| row.conversation == id.as_uuid()).map(message_of).transpose()
    }

    pub(crate) async fn after_for(
        &self,
        community: &CommunityId,
        account: AccountId,
        after: Sequence,
        limit: usize,
    ) -> Sql<Vec<Message>> {
        let changed: Vec<(Uuid, i64)> = conversation_member::Entity::find()
            .select_only()
            .column(conversation_member::Column::Conversation)
            .column(conversation_member::Column::FromSequence)
            .filter(conversation_member::Column::Account.eq(account.as_uuid()))
            .filter(conversation_member::Column::Community.eq(Key::from(community.as_str())))
            .filter(conversation_member::Column::LastSequence.gt(after.get()))
            .into_tuple()
            .all(self.reader()?)
            .await?;
        let mut sequences: Vec<i64> = Vec::new();
        for some in changed.chunks(MERGED_AT_ONCE) {
            sequences.extend(self.sequences_after(some, after, limit).await?);
            sequences.sort_unstable();
            sequences.truncate(limit);
        }
        self.by_sequence(&sequences).await
    }

    /// The first sequence numbers after `after` in some conversations, in order: the index alone answers.
    /// Each has a message up to which the person reads nothing.
    async fn sequences_after(
        &self,
        conversations: &[(Uuid, i64)],
        after: Sequence,
        limit: usize,
    ) -> Sql<Vec<i64>> {
        let mut parts = conversations.iter().map(|&(conversation, from)| {
            let part = in_order::after(self.kind(), conversation, after.get().max(from))
                .column(message::Column::Sequence)
                .limit(rows(limit))
                .take();
            Query::select().column(message::Column::Sequence).from_subquery(part, "part").take()
        });
        let Some(mut query) = parts.next() else {
            return Ok(Vec::new());
        };
        query
            .unions(parts.map(|part| (UnionType::All, part)))
            .order_by(message::Column::Sequence, Order::Asc)
            .limit(rows(limit));
        let found = self.reader()?.query_all(&query).await?;
        found.iter().map(|row| Ok(row.try_get_by_index(0)?)).collect()
    }

    /// The messages with these sequence numbers, in order.
    pub(crate) async fn by_sequence(&self, sequences: &[i64]) -> Sql<Vec<Message>> {
        let mut messages = Vec::with_capacity(sequences.len());
        for some in sequences.chunks(CHUNK) {
            let found = message::Entity::find().filter(message::Column::Sequence.is_in(some.iter().copied()));
            messages.extend(found.all(self.reader()?).await?);
        }
        messages.sort_unstable_by_key(|row| row.sequence);
        messages.into_iter().map(message_of).collect()
    }
}

pub(super) fn message_of(row: message::Model) -> Sql<Message> {
    Ok(Message {
        sequence: Sequence::new(row.sequence),
        conversation: ConversationId::from_uuid(row.conversation),
        sender: AccountId::from_uuid(row.sender),
        front: front_id(&row.front)?,
        text: row.text,
        client_id: row.client_id.map(|key| key.0),
        sent_at: moment(row.sent_at),
        reply_to: row.reply_to.map(Sequence::new),
        mentions: mentions_of(row.mentions.as_deref())?,
        version: row.version.unwrap_or(0),
        edited_at: row.edited_at.map(moment),
        deleted_at: row.deleted_at.map(moment),
        reactions: reactions_of(row.reactions.as_deref())?,
        files: files_of(row.files.as_deref())?,
    })
}
