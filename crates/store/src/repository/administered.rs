//! Groups, conferences and shouts as administrators list them.

use std::collections::HashMap;

use portico_core::auth::Realm;
use portico_core::ports::{
    ConferenceCount, ConferenceFilter, GroupCount, GroupFilter, NEWS_PREFIX, ShoutFilter,
};
use portico_core::shoutbox::ShoutTally;
use portico_core::{AccountId, ConversationId};
use sea_orm::sea_query::{Expr, Query};
use sea_orm::{
    ColumnTrait, Condition, ConnectionTrait, EntityTrait, IntoSimpleExpr, QueryFilter, QueryOrder,
    QuerySelect,
};
use uuid::Uuid;

use super::groups::group_of;
use super::{CHUNK, community_id, key_of, moment, rows};
use crate::entity::{
    conference_invitation, conversation, conversation_member, group, group_member, group_pending, message,
    shout,
};
use crate::failure::{Failure, Sql};
use crate::key::Key;
use crate::sql_store::SqlStore;

impl SqlStore {
    pub(crate) async fn page_of_groups(&self, filter: &GroupFilter) -> Sql<Vec<GroupCount>> {
        // The rooms of news are kept by the server, and nobody is put into them by hand.
        let news = Condition::all()
            .add(group::Column::Realm.eq(Key::from(Realm::OWN)))
            .add(group::Column::ExternalId.gte(Key::from(NEWS_PREFIX)))
            .add(group::Column::ExternalId.lt(Key::from(AFTER_NEWS)));
        let mut wanted = Condition::all().add(news.not());
        if let Some(id) = filter.id {
            wanted = wanted.add(group::Column::Id.eq(id.as_uuid()));
        }
        if let Some(community) = &filter.community {
            wanted = wanted.add(group::Column::Community.eq(key_of(community)));
        }
        if let Some(realm) = &filter.realm {
            wanted = wanted.add(group::Column::Realm.eq(Key::from(realm.as_str())));
        }
        if let Some(kind) = filter.kind {
            wanted = wanted.add(group::Column::Kind.eq(Key::from(kind.as_str())));
        }
        if let Some(after) = filter.after {
            wanted = wanted.add(group::Column::Id.gt(after.as_uuid()));
        }
        let page =
            group::Entity::find().filter(wanted).order_by_asc(group::Column::Id).limit(rows(filter.limit));
        let db = self.reader()?;
        let page = page.all(db).await?;
        let ids: Vec<Uuid> = page.iter().map(|row| row.id).collect();
        let members =
            counts::<group_member::Entity, _>(db, group_member::Column::GroupId, &ids, None).await?;
        let manages = group_member::Column::Manager.eq(true);
        let managers =
            counts::<group_member::Entity, _>(db, group_member::Column::GroupId, &ids, Some(manages)).await?;
        let asks = group_pending::Column::Part.is_in(["asks-to-join", "asks-to-leave"].map(Key::from));
        let waiting =
            counts::<group_pending::Entity, _>(db, group_pending::Column::GroupId, &ids, Some(asks)).await?;
        let count = |counts: &HashMap<Uuid, u64>, id: Uuid| counts.get(&id).copied().unwrap_or(0);
        let counted = |row: group::Model| {
            let id = row.id;
            Ok(GroupCount {
                group: group_of(row)?,
                members: count(&members, id),
                managers: count(&managers, id),
                waiting: count(&waiting, id),
            })
        };
        page.into_iter().map(counted).collect()
    }

    pub(crate) async fn page_of_conferences(&self, filter: &ConferenceFilter) -> Sql<Vec<ConferenceCount>> {
        // Those that the last one has left have nobody in them.
        let inside = Query::select()
            .column(conversation_member::Column::Conversation)
            .from(conversation_member::Entity)
            .take();
        let mut wanted = Condition::all()
            .add(conversation::Column::Host.is_not_null())
            .add(conversation::Column::Id.in_subquery(inside));
        if let Some(community) = &filter.community {
            wanted = wanted.add(conversation::Column::Community.eq(key_of(community)));
        }
        if let Some(after) = filter.after {
            wanted = wanted.add(conversation::Column::Id.gt(after.as_uuid()));
        }
        let db = self.reader()?;
        let page = conversation::Entity::find()
            .filter(wanted)
            .order_by_asc(conversation::Column::Id)
            .limit(rows(filter.limit))
            .all(db)
            .await?;
        let ids: Vec<Uuid> = page.iter().map(|row| row.id).collect();
        let members = conversation_member::Column::Conversation;
        let participants = counts::<conversation_member::Entity, _>(db, members, &ids, None).await?;
        let place = conference_invitation::Column::Conversation;
        let invited = counts::<conference_invitation::Entity, _>(db, place, &ids, None).await?;
        let said = last_said(db, &ids).await?;
        let mut listed = Vec::with_capacity(page.len());
        for row in page {
            let host = row.host.ok_or_else(|| Failure::broken("a conference without a host"))?;
            listed.push(ConferenceCount {
                id: ConversationId::from_uuid(row.id),
                community: community_id(&row.community)?,
                topic: row.topic,
                host: AccountId::from_uuid(host),
                participants: participants.get(&row.id).copied().unwrap_or(0),
                invited: invited.get(&row.id).copied().unwrap_or(0),
                created_at: moment(row.created_at),
                last_message_at: said.get(&row.id).map(|at| moment(*at)),
            });
        }
        Ok(listed)
    }

    pub(crate) async fn page_of_shouts(&self, filter: &ShoutFilter) -> Sql<Vec<ShoutTally>> {
        let mut wanted = Condition::all();
        if !filter.states.is_empty() {
            let words = filter.states.iter().map(|state| Key::from(state.as_str()));
            wanted = wanted.add(shout::Column::State.is_in(words));
        }
        if let Some(wall) = &filter.wall {
            wanted = wanted.add(shout::Column::Wall.eq(Key::from(wall.to_string().as_str())));
        }
        if let Some(before) = filter.before {
            wanted = wanted.add(shout::Column::Id.lt(before.as_uuid()));
        }
        let page =
            shout::Entity::find().filter(wanted).order_by_desc(shout::Column::Id).limit(rows(filter.limit));
        let db = self.reader()?;
        super::shouts::tallies(db, page.all(db).await?).await
    }
}

/// The first id behind those of the rooms of news, compared as bytes.
const AFTER_NEWS: &str = "news;";

/// When something was last said in each of these conversations, by the time that the newest message has.
async fn last_said(db: &impl ConnectionTrait, ids: &[Uuid]) -> Sql<HashMap<Uuid, i64>> {
    use message::Column::{Conversation, SentAt, Sequence};
    let mut said = HashMap::with_capacity(ids.len());
    for some in ids.chunks(CHUNK) {
        let newest: Vec<Option<i64>> = message::Entity::find()
            .select_only()
            .column_as(Sequence.max(), "newest")
            .filter(Conversation.is_in(some.iter().copied()))
            .group_by(Conversation)
            .into_tuple()
            .all(db)
            .await?;
        let times: Vec<(Uuid, i64)> = message::Entity::find()
            .select_only()
            .columns([Conversation, SentAt])
            .filter(Sequence.is_in(newest.into_iter().flatten()))
            .into_tuple()
            .all(db)
            .await?;
        said.extend(times);
    }
    Ok(said)
}

/// How many rows of a table have each of these ids in a column.
async fn counts<E: EntityTrait, C: ColumnTrait + IntoSimpleExpr>(
    db: &impl ConnectionTrait,
    column: C,
    ids: &[Uuid],
    only: Option<Expr>,
) -> Sql<HashMap<Uuid, u64>> {
    let mut counted = HashMap::with_capacity(ids.len());
    for some in ids.chunks(CHUNK) {
        let mut query = E::find()
            .select_only()
            .column(column)
            .column_as(column.count(), "many")
            .filter(column.is_in(some.iter().copied()))
            .group_by(column);
        if let Some(only) = &only {
            query = query.filter(only.clone());
        }
        let found: Vec<(Uuid, i64)> = query.into_tuple().all(db).await?;
        counted.extend(found.into_iter().map(|(id, many)| (id, u64::try_from(many).unwrap_or(0))));
    }
    Ok(counted)
}
