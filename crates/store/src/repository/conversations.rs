//! Conversations and their members.

use std::collections::HashMap;

use portico_core::contact::Pair;
use portico_core::messaging::{Conversation, Sequence};
use portico_core::{AccountId, CommunityId, ConversationId, GroupId, Timestamp};
use sea_orm::sea_query::Expr;
use sea_orm::{
    ActiveValue::Set, ColumnTrait, Condition, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder,
    QuerySelect,
};
use uuid::Uuid;

use super::conferences::conference;
use super::{community_id, key_of, moment};
use crate::entity::{conversation, conversation_member, group};
use crate::failure::{Failure, Sql, retried};
use crate::sql_store::SqlStore;

impl SqlStore {
    pub(crate) async fn open_pair(
        &self,
        community: &CommunityId,
        pair: Pair,
        id: ConversationId,
        now: Timestamp,
    ) -> Sql<(Conversation, bool)> {
        if let Some(known) = direct(self.reader()?, community, pair).await? {
            return Ok((known, false));
        }
        match retried(|| self.make_direct(community, pair, id, now)).await {
            Ok(()) => {
                let members = vec![pair.low(), pair.high()];
                let community = community.clone();
                let conversation =
                    Conversation { id, community, group: None, conference: None, members, created_at: now };
                Ok((conversation, true))
            }
            Err(failure) if failure.is_conflict() => match direct(self.writer()?, community, pair).await? {
                Some(known) => Ok((known, false)),
                None => Err(failure),
            },
            Err(failure) => Err(failure),
        }
    }

    async fn make_direct(
        &self,
        community: &CommunityId,
        pair: Pair,
        id: ConversationId,
        now: Timestamp,
    ) -> Sql<()> {
        let txn = self.begin().await?;
        let row = conversation::ActiveModel {
            id: Set(id.as_uuid()),
            community: Set(key_of(community)),
            low: Set(Some(pair.low().as_uuid())),
            high: Set(Some(pair.high().as_uuid())),
            host: Set(None),
            topic: Set(None),
            created_at: Set(now.as_millis()),
        };
        conversation::Entity::insert(row).exec_without_returning(&txn).await?;
        let member = |account: AccountId| conversation_member::ActiveModel {
            conversation: Set(id.as_uuid()),
            account: Set(account.as_uuid()),
            community: Set(key_of(community)),
            last_sequence: Set(0),
            read_up_to: Set(None),
            from_sequence: Set(0),
            invited_by: Set(None),
            joined_at: Set(None),
        };
        let members = [member(pair.low()), member(pair.high())];
        conversation_member::Entity::insert_many(members).exec_without_returning(&txn).await?;
        Ok(txn.commit().await?)
    }

    pub(crate) async fn find_conversation(&self, id: ConversationId) -> Sql<Option<Conversation>> {
        let Some(row) = conversation::Entity::find_by_id(id.as_uuid()).one(self.reader()?).await? else {
            return Ok(None);
        };
        let members = conversation_member::Entity::find()
            .filter(conversation_member::Column::Conversation.eq(id.as_uuid()))
            .order_by_asc(conversation_member::Column::Account)
            .all(self.reader()?)
            .await?;
        if row.low.is_some() {
            return pair(&row, &members).map(Some);
        }
        if row.host.is_some() {
            let invited = self.invited_to([row.id]).await?.remove(&row.id).unwrap_or_default();
            // Nobody's any more once the last one has left.
            let open = !members.is_empty();
            return open.then(|| conference(&row, &members, &invited)).transpose();
        }
        let group = self.groups_of_rooms([&row]).await?.remove(&row.id);
        // A group that was dissolved leaves its room to nobody.
        group.map(|group| room(&row, group, &members)).transpose()
    }

    /// The groups whose rooms these conversations are, by conversation.
    pub(super) async fn groups_of_rooms(
        &self,
        rows: impl IntoIterator<Item = &conversation::Model>,
    ) -> Sql<HashMap<Uuid, GroupId>> {
        let rooms: Vec<Uuid> = rows
            .into_iter()
            .filter(|row| row.low.is_none() && row.host.is_none())
            .map(|row| row.id)
            .collect();
        if rooms.is_empty() {
            return Ok(HashMap::new());
        }
        let groups: Vec<(Uuid, Uuid)> = group::Entity::find()
            .select_only()
            .column(group::Column::Room)
            .column(group::Column::Id)
            .filter(group::Column::Room.is_in(rooms))
            .into_tuple()
            .all(self.reader()?)
            .await?;
        Ok(groups.into_iter().map(|(room, group)| (room, GroupId::from_uuid(group))).collect())
    }

    pub(crate) async fn move_read_mark(
        &self,
        id: ConversationId,
        account: AccountId,
        upto: Sequence,
    ) -> Sql<bool> {
        let mark = conversation_member::Column::ReadUpTo;
        let moved = retried(async || {
            let update = conversation_member::Entity::update_many()
                .col_expr(mark, Expr::value(upto.get()))
                .filter(conversation_member::Column::Conversation.eq(id.as_uuid()))
                .filter(conversation_member::Column::Account.eq(account.as_uuid()))
                .filter(Condition::any().add(mark.is_null()).add(mark.lt(upto.get())));
            Ok(update.exec(self.writer()?).await?)
        });
        Ok(moved.await?.rows_affected > 0)
    }
}

/// The direct conversation of a pair.
async fn direct(db: &impl ConnectionTrait, community: &CommunityId, pair: Pair) -> Sql<Option<Conversation>> {
    let row = conversation::Entity::find()
        .filter(conversation::Column::Community.eq(key_of(community)))
        .filter(conversation::Column::Low.eq(pair.low().as_uuid()))
        .filter(conversation::Column::High.eq(pair.high().as_uuid()))
        .one(db)
        .await?;
    row.map(|row| plain(&row, vec![pair.low(), pair.high()])).transpose()
}

/// A conversation by what its row says, with these members.
pub(super) fn plain(row: &conversation::Model, members: Vec<AccountId>) -> Sql<Conversation> {
    Ok(Conversation {
        id: ConversationId::from_uuid(row.id),
        community: community_id(&row.community)?,
        group: None,
        conference: None,
        members,
        created_at: moment(row.created_at),
    })
}

pub(super) fn accounts(members: &[conversation_member::Model]) -> Vec<AccountId> {
    members.iter().map(|member| AccountId::from_uuid(member.account)).collect()
}

/// A conversation of two people.
pub(super) fn pair(row: &conversation::Model, members: &[conversation_member::Model]) -> Sql<Conversation> {
    if members.is_empty() {
        return Err(Failure::broken("a conversation without members"));
    }
    plain(row, accounts(members))
}

/// The room of a group.
pub(super) fn room(
    row: &conversation::Model,
    group: GroupId,
    members: &[conversation_member::Model],
) -> Sql<Conversation> {
    Ok(Conversation { group: Some(group), ..plain(row, accounts(members))? })
}
