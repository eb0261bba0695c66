//! Messages whose time is over.

use std::collections::{HashMap, HashSet};

use portico_core::FileId;
use portico_core::messaging::{Expired, Expiring, Expiry, Sequence};
use sea_orm::{
    ColumnTrait, DatabaseTransaction, EntityTrait, FromQueryResult, QueryFilter, QueryOrder, QuerySelect,
};
use uuid::Uuid;

use super::removal::remove;
use super::short_forms::files_of;
use super::{CHUNK, rows};
use crate::entity::{conversation, conversation_member, message};
use crate::failure::{Sql, retried};
use crate::key::Key;
use crate::sql_store::SqlStore;

/// What decides whether a message goes.
#[derive(Debug, FromQueryResult)]
struct Old {
    sequence: i64,
    conversation: Uuid,
    sender: Uuid,
    front: Key,
    sent_at: i64,
}

impl SqlStore {
    pub(crate) async fn remove_old(&self, expiry: &Expiry, limit: usize) -> Sql<Expired> {
        retried(|| self.try_remove_old(expiry, limit)).await
    }

    async fn try_remove_old(&self, expiry: &Expiry, limit: usize) -> Sql<Expired> {
        // Looked at without a lock: what is in a message that decides here never changes, and what is new lies behind.
        let mut old: Vec<Old> = message::Entity::find()
            .select_only()
            .columns([
                message::Column::Sequence,
                message::Column::Conversation,
                message::Column::Sender,
                message::Column::Front,
                message::Column::SentAt,
            ])
            .filter(message::Column::Sequence.gt(expiry.after.get()))
            .order_by_asc(message::Column::Sequence)
            .limit(rows(limit))
            .into_model()
            .all(self.reader()?)
            .await?;
        let before = expiry.before.as_millis();
        let end = old.iter().position(|message| message.sent_at >= before).unwrap_or(old.len());
        let more = end == limit;
        old.truncate(end);
        let upto = old.last().map_or(expiry.after, |message| Sequence::new(message.sequence));
        old.retain(|message| message.front.0 == expiry.front.as_str());
        if old.is_empty() {
            return Ok(Expired { gone: Vec::new(), files: Vec::new(), upto, more });
        }
        let txn = self.begin().await?;
        if expiry.which == Expiring::NeverRead {
            old = never_read(&txn, old).await?;
        }
        let gone: Vec<i64> = old.into_iter().map(|message| message.sequence).collect();
        let files = carried(&txn, &gone).await?;
        remove(&txn, &gone, before).await?;
        txn.commit().await?;
        Ok(Expired { gone: gone.into_iter().map(Sequence::new).collect(), files, upto, more })
    }
}

/// Those of direct conversations whose recipient has not got so far.
async fn never_read(txn: &DatabaseTransaction, old: Vec<Old>) -> Sql<Vec<Old>> {
    let talks: HashSet<Uuid> = old.iter().map(|message| message.conversation).collect();
    let talks: Vec<Uuid> = talks.into_iter().collect();
    let mut read: HashMap<(Uuid, Uuid), i64> = HashMap::new();
    let mut people: HashMap<Uuid, [Option<Uuid>; 2]> = HashMap::new();
    for some in talks.chunks(CHUNK) {
        let direct = conversation::Entity::find()
            .filter(conversation::Column::Id.is_in(some.iter().copied()))
            .filter(conversation::Column::Low.is_not_null())
            .all(txn)
            .await?;
        people.extend(direct.into_iter().map(|row| (row.id, [row.low, row.high])));
        let marks: Vec<(Uuid, Uuid, Option<i64>)> = conversation_member::Entity::find()
            .select_only()
            .columns([
                conversation_member::Column::Conversation,
                conversation_member::Column::Account,
                conversation_member::Column::ReadUpTo,
            ])
            .filter(conversation_member::Column::Conversation.is_in(some.iter().copied()))
            .into_tuple()
            .all(txn)
            .await?;
        read.extend(marks.into_iter().map(|(talk, person, mark)| ((talk, person), mark.unwrap_or(0))));
    }
    let unread = |message: &Old| {
        let both = people.get(&message.conversation)?;
        let recipient = both.iter().flatten().find(|person| **person != message.sender)?;
        let mark = read.get(&(message.conversation, *recipient)).copied().unwrap_or(0);
        Some(mark < message.sequence)
    };
    Ok(old.into_iter().filter(|message| unread(message) == Some(true)).collect())
}

/// The files of some messages.
async fn carried(txn: &DatabaseTransaction, gone: &[i64]) -> Sql<Vec<FileId>> {
    let mut files = Vec::new();
    for some in gone.chunks(CHUNK) {
        let lists: Vec<Option<String>> = message::Entity::find()
            .select_only()
            .column(message::Column::Files)
            .filter(message::Column::Sequence.is_in(some.iter().copied()))
            .filter(message::Column::Files.is_not_null())
            .into_tuple()
            .all(txn)
            .await?;
        for list in lists {
            files.extend(files_of(list.as_deref())?.into_iter().map(|file| file.id));
        }
    }
    Ok(files)
}
