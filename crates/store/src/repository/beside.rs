//! People beside each other: shared groups, ratings, names.

use std::collections::HashMap;

use portico_core::account::Member;
use portico_core::auth::Realm;
use portico_core::ports::{NEWS_PREFIX, Ratings};
use portico_core::{AccountId, CommunityId, ConversationId, GroupId};
use sea_orm::sea_query::{Expr, ExprTrait, LikeExpr, Order, Query, SelectStatement};
use sea_orm::{ConnectionTrait, FromQueryResult};
use uuid::Uuid;

use super::roster::members_of;
use super::{CHUNK, rows};
use crate::entity::{account, contact, group, group_member, member, message};
use crate::failure::Sql;
use crate::key::Key;
use crate::sql_store::{SqlStore, all};

/// What makes the next character of a pattern an ordinary one. The backslash is something else on every database.
const ESCAPE: char = '!';

#[derive(Debug, FromQueryResult)]
struct Seat {
    account: Uuid,
    group_id: Uuid,
}

#[derive(Debug, FromQueryResult)]
struct Person {
    account: Uuid,
}

#[derive(Debug, FromQueryResult)]
struct Rated {
    person: Uuid,
    rating: i16,
}

impl SqlStore {
    pub(crate) async fn seats_that_count(
        &self,
        community: &CommunityId,
        accounts: &[AccountId],
    ) -> Sql<Vec<(AccountId, GroupId)>> {
        let mut seats = Vec::new();
        for some in accounts.chunks(CHUNK) {
            let query = seats_in(community)
                .column((group_member::Entity, group_member::Column::Account))
                .column((group_member::Entity, group_member::Column::GroupId))
                .and_where(
                    Expr::col((group_member::Entity, group_member::Column::Account))
                        .is_in(some.iter().map(AccountId::as_uuid)),
                )
                .take();
            let found: Vec<Seat> = all(self.reader()?, &query).await?;
            seats.extend(
                found
                    .iter()
                    .map(|seat| (AccountId::from_uuid(seat.account), GroupId::from_uuid(seat.group_id))),
            );
        }
        Ok(seats)
    }

    pub(crate) async fn people_in_groups(
        &self,
        community: &CommunityId,
        groups: Option<&[GroupId]>,
        after: Option<AccountId>,
        limit: usize,
    ) -> Sql<Vec<AccountId>> {
        let place = (group_member::Entity, group_member::Column::Account);
        let page =
            |some: Option<&[GroupId]>| {
                let ids = some.map(|some| some.iter().map(GroupId::as_uuid).collect::<Vec<_>>());
                seats_in(community)
                    .column(place)
                    .distinct()
                    .and_where_option(after.map(|after| Expr::col(place).gt(after.as_uuid())))
                    .and_where_option(ids.map(|ids| {
                        Expr::col((group_member::Entity, group_member::Column::GroupId)).is_in(ids)
                    }))
                    .order_by(place, Order::Asc)
                    .limit(rows(limit))
                    .take()
            };
        let queries = match groups {
            None => vec![page(None)],
            Some(groups) => groups.chunks(CHUNK).map(|some| page(Some(some))).collect(),
        };
        let mut people = Vec::new();
        for query in queries {
            let found: Vec<Person> = all(self.reader()?, &query).await?;
            people.extend(found.iter().map(|row| AccountId::from_uuid(row.account)));
        }
        people.sort_unstable();
        people.dedup();
        people.truncate(limit);
        Ok(people)
    }

    pub(crate) async fn ratings(
        &self,
        community: &CommunityId,
        accounts: &[AccountId],
    ) -> Sql<Vec<(AccountId, Ratings)>> {
        use contact::Column::{High, Low, RatingByHigh, RatingByLow};
        let mut ratings: HashMap<AccountId, Ratings> = HashMap::new();
        for some in accounts.chunks(CHUNK) {
            for (person, rating) in [(Low, RatingByHigh), (High, RatingByLow)] {
                let query = Query::select()
                    .expr_as(Expr::col(person), "person")
                    .expr_as(Expr::col(rating), "rating")
                    .from(contact::Entity)
                    .and_where(Expr::col(contact::Column::Community).eq(community.as_str()))
                    .and_where(Expr::col(person).is_in(some.iter().map(AccountId::as_uuid)))
                    .and_where(Expr::col(contact::Column::Link).eq(Key::from("accepted")))
                    .and_where(Expr::col(rating).is_not_null())
                    .take();
                for row in all::<Rated, _, _>(self.reader()?, &query).await? {
                    let entry = ratings.entry(AccountId::from_uuid(row.person)).or_default();
                    entry.count += 1;
                    entry.sum += u32::try_from(row.rating).unwrap_or_default();
                }
            }
        }
        Ok(ratings.into_iter().collect())
    }

    pub(crate) async fn named(
        &self,
        community: &CommunityId,
        part: &str,
        after: Option<AccountId>,
        limit: usize,
    ) -> Sql<Vec<Member>> {
        let place = (member::Entity, member::Column::Account);
        let like = || LikeExpr::new(format!("%{}%", literally(part))).escape(ESCAPE);
        let by_login = Expr::col((account::Entity, account::Column::FoldedLogin)).like(like());
        let by_name = Expr::col((account::Entity, account::Column::FoldedName)).like(like());
        let query = members_of(community)
            .and_where(Expr::col((account::Entity, account::Column::RetiredAt)).is_null())
            .and_where(by_login.or(by_name))
            .and_where_option(after.map(|after| Expr::col(place).gt(after.as_uuid())))
            .order_by(place, Order::Asc)
            .limit(rows(limit))
            .take();
        self.with_fronts(community, &query).await
    }

    pub(crate) async fn wrote(&self, conversation: ConversationId, account: AccountId) -> Sql<bool> {
        let query = Query::select()
            .expr_as(Expr::val(1_i64), "one")
            .from(message::Entity)
            .and_where(Expr::col(message::Column::Conversation).eq(conversation.as_uuid()))
            .and_where(Expr::col(message::Column::Sender).eq(account.as_uuid()))
            .limit(1)
            .take();
        Ok(self.reader()?.query_one(&query).await?.is_some())
    }
}

/// Who is in which group of a community, without those of news rooms.
fn seats_in(community: &CommunityId) -> SelectStatement {
    let news = Expr::col((group::Entity, group::Column::Realm))
        .eq(Realm::OWN)
        .and(Expr::col((group::Entity, group::Column::ExternalId)).like(format!("{NEWS_PREFIX}%")));
    Query::select()
        .from(group_member::Entity)
        .inner_join(
            group::Entity,
            Expr::col((group::Entity, group::Column::Id))
                .equals((group_member::Entity, group_member::Column::GroupId)),
        )
        .and_where(Expr::col((group::Entity, group::Column::Community)).eq(community.as_str()))
        .and_where(news.not())
        .take()
}

/// A text in which nothing is a pattern.
fn literally(text: &str) -> String {
    let mut literal = String::with_capacity(text.len());
    for c in text.chars() {
        if matches!(c, '%' | '_' | ESCAPE) {
            literal.push(ESCAPE);
        }
        literal.push(c);
    }
    literal
}
