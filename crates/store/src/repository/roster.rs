//! Finding members.

use portico_core::account::Member;
use portico_core::auth::Realm;
use portico_core::ports::AccountPage;
use portico_core::{AccountId, CommunityId};
use sea_orm::sea_query::{Expr, ExprTrait, Order, Query, SelectStatement};
use sea_orm::{ConnectionTrait, Iterable};
use uuid::Uuid;

use super::{CHUNK, rows};
use crate::entity::{account, member};
use crate::failure::Sql;
use crate::sql_store::SqlStore;

/// Most members that are found by one login: one a realm, and few realms.
const MOST_BY_LOGIN: u64 = 100;

impl SqlStore {
    pub(crate) async fn find_members(
        &self,
        community: &CommunityId,
        accounts: &[AccountId],
    ) -> Sql<Vec<Member>> {
        let mut ids: Vec<Uuid> = accounts.iter().map(AccountId::as_uuid).collect();
        ids.sort_unstable();
        ids.dedup();
        let mut members = Vec::with_capacity(ids.len());
        for some in ids.chunks(CHUNK) {
            let query = members_of(community)
                .and_where(Expr::col((member::Entity, member::Column::Account)).is_in(some.iter().copied()))
                .take();
            members.extend(self.with_fronts(community, &query).await?);
        }
        Ok(members)
    }

    pub(crate) async fn roster_page(
        &self,
        community: &CommunityId,
        after: Option<AccountId>,
        limit: usize,
    ) -> Sql<AccountPage> {
        let place = (member::Entity, member::Column::Account);
        let query = members_of(community)
            .and_where(Expr::col((account::Entity, account::Column::RetiredAt)).is_null())
            .and_where_option(after.map(|after| Expr::col(place).gt(after.as_uuid())))
            .order_by(place, Order::Asc)
            // One more tells whether there is another page.
            .limit(rows(limit.saturating_add(1)))
            .take();
        let mut members = self.with_fronts(community, &query).await?;
        let more = members.len() > limit;
        members.truncate(limit);
        let next = if more { members.last().map(|member| member.account.id) } else { None };
        Ok(AccountPage { members, next })
    }

    pub(crate) async fn find_by_login(&self, community: &CommunityId, folded: &str) -> Sql<Vec<Member>> {
        let query = with_login(community, folded)
            .order_by((account::Entity, account::Column::Id), Order::Asc)
            .limit(MOST_BY_LOGIN)
            .take();
        self.with_fronts(community, &query).await
    }

    pub(crate) async fn has_login_elsewhere(
        &self,
        community: &CommunityId,
        folded: &str,
        realm: &Realm,
    ) -> Sql<bool> {
        let query = with_login(community, folded)
            .and_where(Expr::col((account::Entity, account::Column::Realm)).ne(realm.as_str()))
            .limit(1)
            .take();
        Ok(self.reader()?.query_one(&query).await?.is_some())
    }
}

/// The accounts of a community's members.
pub(super) fn members_of(community: &CommunityId) -> SelectStatement {
    Query::select()
        .columns(account::Column::iter().map(|column| (account::Entity, column)))
        .from(member::Entity)
        .inner_join(
            account::Entity,
            Expr::col((account::Entity, account::Column::Id))
                .equals((member::Entity, member::Column::Account)),
        )
        .and_where(Expr::col((member::Entity, member::Column::Community)).eq(community.as_str()))
        .take()
}

/// The live ones with this login.
fn with_login(community: &CommunityId, folded: &str) -> SelectStatement {
    members_of(community)
        .and_where(Expr::col((account::Entity, account::Column::FoldedLogin)).eq(folded))
        .and_where(Expr::col((account::Entity, account::Column::RetiredAt)).is_null())
        .take()
}
