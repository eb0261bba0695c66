//! Conversations as one of their members sees them.

use std::collections::HashMap;

use portico_core::messaging::{Conversation, ConversationPlace, ConversationView, Message, Sequence};
use portico_core::{AccountId, CommunityId, ConversationId};
use sea_orm::sea_query::{Expr, ExprTrait, Order, Query, SelectStatement, UnionType};
use sea_orm::{ColumnTrait, EntityTrait, FromQueryResult, Iterable, QueryFilter, QueryOrder, QuerySelect};
use uuid::Uuid;

use super::conferences::conference;
use super::conversations::{pair, room};
use super::{CHUNK, in_order, rows};
use crate::entity::{conversation, conversation_member, message};
use crate::failure::Sql;
use crate::key::Key;
use crate::sql_store::{Kind, SqlStore, all};

/// Unread messages are counted up to here.
const MOST_UNREAD: u64 = 1000;
/// Most conversations whose unread messages one statement counts; SQLite takes 500 parts of a `UNION`.
const COUNTED_AT_ONCE: usize = 100;

/// How many messages a person has not read.
#[derive(Debug, FromQueryResult)]
struct Unread {
    place: i64,
    unread: i64,
}

impl SqlStore {
    pub(crate) async fn view(&self, id: ConversationId, account: AccountId) -> Sql<Option<ConversationView>> {
        let key = (id.as_uuid(), account.as_uuid());
        let Some(place) = conversation_member::Entity::find_by_id(key).one(self.reader()?).await? else {
            return Ok(None);
        };
        Ok(self.views(vec![place]).await?.pop())
    }

    pub(crate) async fn views_of(
        &self,
        community: &CommunityId,
        account: AccountId,
        after: Option<ConversationPlace>,
        limit: usize,
    ) -> Sql<Vec<ConversationView>> {
        use conversation_member::Column::{Account, Community, Conversation, LastSequence};
        let mut query = Query::select();
        query
            .columns(conversation_member::Column::iter())
            .from(conversation_member::Entity)
            .and_where(Expr::col(Account).eq(account.as_uuid()))
            .and_where(Expr::col(Community).eq(community.as_str()))
            .order_by(LastSequence, Order::Desc)
            .order_by(Conversation, Order::Desc)
            .limit(rows(limit));
        if let Some(after) = after {
            let (last, id) = (after.last.get(), after.id.as_uuid());
            // The first condition is what the index begins at; the second passes over its equals.
            query
                .and_where(Expr::col(LastSequence).lte(last))
                .and_where(Expr::col(LastSequence).lt(last).or(Expr::col(Conversation).lt(id)));
        }
        let places = all(self.reader()?, &query).await?;
        self.views(places).await
    }

    pub(crate) async fn talks_of(
        &self,
        community: &CommunityId,
        account: AccountId,
    ) -> Sql<Vec<Conversation>> {
        let places: Vec<Uuid> = conversation_member::Entity::find()
            .select_only()
            .column(conversation_member::Column::Conversation)
            .filter(conversation_member::Column::Account.eq(account.as_uuid()))
            .filter(conversation_member::Column::Community.eq(Key::from(community.as_str())))
            .into_tuple()
            .all(self.reader()?)
            .await?;
        let mut talks = Vec::with_capacity(places.len());
        for some in places.chunks(CHUNK) {
            talks.extend(self.conversations_with(some.to_vec()).await?.into_values());
        }
        Ok(talks)
    }

    /// The views of a person's places, in their order.
    async fn views(&self, places: Vec<conversation_member::Model>) -> Sql<Vec<ConversationView>> {
        if places.is_empty() {
            return Ok(Vec::new());
        }
        let ids = places.iter().map(|place| place.conversation).collect();
        let mut conversations = self.conversations_with(ids).await?;
        let mut newest = self.newest(&places).await?;
        let unread = self.unread(&places).await?;
        let view = |(place, unread): (conversation_member::Model, u32)| {
            let readable = place.last_sequence > place.from_sequence;
            Some(ConversationView {
                conversation: conversations.remove(&place.conversation)?,
                last_message: newest.remove(&place.last_sequence).filter(|_| readable),
                newest: Sequence::new(place.last_sequence),
                unread,
                read_up_to: place.read_up_to.map(Sequence::new),
            })
        };
        Ok(places.into_iter().zip(unread).filter_map(view).collect())
    }

    /// These conversations with their members; those of rooms are not loaded.
    async fn conversations_with(&self, ids: Vec<Uuid>) -> Sql<HashMap<Uuid, Conversation>> {
        let found = conversation::Entity::find().filter(conversation::Column::Id.is_in(ids.iter().copied()));
        let conversations: HashMap<Uuid, _> =
            found.all(self.reader()?).await?.into_iter().map(|row| (row.id, row)).collect();
        let groups = self.groups_of_rooms(conversations.values()).await?;
        let ids: Vec<Uuid> = ids.into_iter().filter(|id| !groups.contains_key(id)).collect();
        let conferences = conversations.values().filter(|row| row.host.is_some()).map(|row| row.id);
        let invited = self.invited_to(conferences).await?;
        let mut members: HashMap<Uuid, Vec<conversation_member::Model>> =
            HashMap::with_capacity(conversations.len());
        let all_members = conversation_member::Entity::find()
            .filter(conversation_member::Column::Conversation.is_in(ids))
            .order_by_asc(conversation_member::Column::Account);
        for member in all_members.all(self.reader()?).await? {
            members.entry(member.conversation).or_default().push(member);
        }
        let whole = |row: conversation::Model| {
            let people = members.remove(&row.id).unwrap_or_default();
            let conversation = match groups.get(&row.id) {
                Some(group) => room(&row, *group, &[])?,
                None if row.host.is_some() => {
                    conference(&row, &people, invited.get(&row.id).map_or(&[], Vec::as_slice))?
                }
                None => pair(&row, &people)?,
            };
            Ok((row.id, conversation))
        };
        conversations.into_values().map(whole).collect()
    }

    async fn newest(&self, places: &[conversation_member::Model]) -> Sql<HashMap<i64, Message>> {
        let sequences: Vec<_> =
            places.iter().map(|place| place.last_sequence).filter(|last| *last > 0).collect();
        let messages = self.by_sequence(&sequences).await?;
        Ok(messages.into_iter().map(|message| (message.sequence.get(), message)).collect())
    }

    /// The unread messages of each place.
    async fn unread(&self, places: &[conversation_member::Model]) -> Sql<Vec<u32>> {
        let mut unread = vec![0; places.len()];
        let behind = |place: &conversation_member::Model| place.last_sequence > mark(place);
        let unsure: Vec<_> = places.iter().enumerate().filter(|(_, place)| behind(place)).collect();
        for some in unsure.chunks(COUNTED_AT_ONCE) {
            let mut counts = some.iter().map(|(number, place)| count_of_unread(self.kind(), *number, place));
            let Some(mut query) = counts.next() else { continue };
            query.unions(counts.map(|count| (UnionType::All, count)));
            for count in all::<Unread, _, _>(self.reader()?, &query).await? {
                let place = usize::try_from(count.place).ok().and_then(|place| unread.get_mut(place));
                if let Some(place) = place {
                    *place = u32::try_from(count.unread).unwrap_or(u32::MAX);
                }
            }
        }
        Ok(unread)
    }
}

/// The message after which everything is unread.
fn mark(place: &conversation_member::Model) -> i64 {
    Ord::max(place.read_up_to.unwrap_or(0), place.from_sequence)
}

/// Counts the messages of others behind a read mark, by the index alone, and no further than anybody wants to know.
fn count_of_unread(kind: Kind, number: usize, place: &conversation_member::Model) -> SelectStatement {
    let behind = in_order::after(kind, place.conversation, mark(place))
        .expr_as(Expr::val(1_i64), "one")
        // Not beyond the newest message that this list knows: what arrives meanwhile is told by its own event.
        .and_where(Expr::col(message::Column::Sequence).lte(place.last_sequence))
        .and_where(Expr::col(message::Column::Sender).ne(place.account))
        .limit(MOST_UNREAD)
        .take();
    Query::select()
        .expr_as(Expr::val(i64::try_from(number).unwrap_or(-1)), "place")
        .expr_as(Expr::col("one").count(), "unread")
        .from_subquery(behind, "behind")
        .take()
}
